"""Candidates that were added by hand: read from the settings, and prepared without the rest."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from district_folders import make_folder
from scipy.sparse import issparse

from planner.bundle import sample_folder
from planner.district import (
    read_district,
    read_settings,
    settings_from_text,
    settings_from_toml,
    settings_text,
    settings_to_toml,
    write_settings,
)
from planner.district.settings import AddedSite, Settings
from planner.errors import SettingsError
from planner.pipeline import Prepared, prepare, problem_for, with_candidates
from planner.pipeline.prepare import prepare_afresh

HERE = AddedSite(id="A1", name="桥下空地", lon=106.54, lat=29.56, host="bank")
THERE = AddedSite(id="A2", name="", lon=106.56, lat=29.55, host="shop")
ADDED = """
[[added]]
id = "A1"
name = "桥下空地"
lon = 106.54
lat = 29.56
host = "bank"
"""


def with_text(text: str) -> Settings:
    return settings_from_toml(f'[district]\nname = "x"\n{text}')


def leaves(value: object, path: str = "") -> Iterator[tuple[str, object]]:
    """Give every value in a tree of dataclasses, tables and arrays, with its path."""
    if isinstance(value, pd.DataFrame):
        yield from ((f"{path} {name}", value[name].astype(str).tolist()) for name in value.columns)
        yield f"{path} index", (value.index.tolist(), value.index.dtype, value.dtypes.tolist())
    elif isinstance(value, np.ndarray):
        yield path, (value.dtype, value.tolist())
    elif issparse(value):
        yield path, [getattr(value, name).tolist() for name in ("indptr", "indices", "data")]
    elif is_dataclass(value):
        for each in fields(value):
            yield from leaves(getattr(value, each.name), f"{path}.{each.name}")
    elif isinstance(value, dict | tuple | list):
        pairs = value.items() if isinstance(value, dict) else enumerate(value)
        for key, part in pairs:
            yield from leaves(part, f"{path}[{key}]")
    else:
        yield path, str(value)


def assert_same(one: object, other: object) -> None:
    """Hold that two trees are equal to the last digit."""
    for (path, value), (same_path, same) in zip(leaves(one), leaves(other), strict=True):
        assert path == same_path
        assert value == same, path


def test_an_added_site_is_read_as_it_stands() -> None:
    assert with_text(ADDED).added == (HERE,)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ('host = "bank"|host = "palace"', "host: found palace"),
        ("lon = 106.54|lon = 200", "lon: found 200, expected a number from -180 to 180"),
        ("lat = 29.56|", "lat: found -, expected a number in degrees"),
        ('id = "A1"|id = ""', "id: found"),
        ("lon = 106.54|lon = 106.54\ncolour = 1", "colour: found colour"),
    ],
)
def test_a_wrong_value_of_an_added_site_is_told(wrong: str, told: str) -> None:
    before, after = wrong.split("|")
    with pytest.raises(SettingsError) as found:
        with_text(ADDED.replace(before, after))
    assert told in str(found.value)
    assert r"[[added]] 1" in str(found.value)


def test_an_id_that_two_added_sites_have_is_told() -> None:
    with pytest.raises(SettingsError, match="each id once"):
        with_text(ADDED + ADDED)


def test_added_sites_are_written_and_read_again_and_comments_stay(tmp_path: Path) -> None:
    folder = make_folder(tmp_path / "d")
    settings = replace(read_settings(folder), added=(HERE, THERE))
    write_settings(folder, settings)
    text = (folder / "district.toml").read_text(encoding="utf-8")
    assert "# 预算 money" in text
    assert text.count("[[added]]") == 2
    assert read_settings(folder) == settings == settings_from_text(settings_text(settings))
    assert "[[added]]" not in settings_to_toml(replace(settings, added=()), text)


def test_an_added_site_is_a_venue_that_its_host_type_describes(tmp_path: Path) -> None:
    folder = make_folder(tmp_path / "d")
    settings = replace(read_settings(folder), added=(HERE, THERE))
    district = read_district(folder, settings=settings)
    venue = district.venues.loc["A1"]
    bank = next(host for host in settings.hosts if host.id == "bank")
    assert (venue["name"], venue["table"], venue["row"]) == ("桥下空地", "added", 1)
    assert venue["cost_setup_yuan"] == bank.cost_setup_yuan
    assert venue["hours_assumed"]
    assert venue["community"] == "C1"
    assert list(district.venues.index[-2:]) == ["A1", "A2"]
    assert district.fingerprint != read_district(folder).fingerprint


def test_an_added_site_far_away_or_with_a_taken_id_is_left_out_and_told(tmp_path: Path) -> None:
    folder = make_folder(tmp_path / "d")
    far = replace(HERE, id="A3", lon=100.0)
    settings = replace(read_settings(folder), added=(far, replace(HERE, id="V甲"), THERE))
    district = read_district(folder, settings=settings)
    assert list(district.venues.index).count("V甲") == 1
    assert "A3" not in district.venues.index
    assert "A2" in district.venues.index
    wrong = [each for each in district.problems if "[[added]]" in each.table]
    assert [(each.row, str(each.expected)) for each in wrong] == [
        (1, "a place in the district or within 2 km of its boundary"),
        (2, "an id that no station and no venue has"),
    ]


@pytest.fixture(scope="module")
def sample() -> Prepared:
    return prepare_afresh(sample_folder())


def near(prepared: Prepared, site: int, identity: str, *, east: float = 0.001) -> AddedSite:
    """Put a candidate some 100 m east of a site."""
    row = prepared.options.sites.iloc[site]
    return AddedSite(
        id=identity, name="", lon=float(row["lon"]) + east, lat=float(row["lat"]), host="shop"
    )


def test_adding_moving_and_dropping_candidates_equals_preparing_afresh(sample: Prepared) -> None:
    base = sample.district.settings
    two = replace(base, added=(near(sample, 3, "A1"), near(sample, 40, "A2")))
    with_two = with_candidates(sample, two)
    assert_same(with_two, prepare_afresh(sample_folder(), settings=two))
    moved = replace(two, added=(near(sample, 3, "A2", east=-0.002),))
    assert_same(with_candidates(with_two, moved), prepare_afresh(sample_folder(), settings=moved))
    assert_same(with_candidates(with_two, base), sample)
    assert_same(prepare(sample_folder(), settings=two), with_two)


def test_where_more_differs_the_district_is_prepared_as_usual(sample: Prepared) -> None:
    base = sample.district.settings
    far = tuple(
        replace(each, ways=tuple(replace(way, reach_m=way.reach_m / 2) for way in each.ways))
        for each in base.groups
    )
    other = replace(base, groups=far, added=(near(sample, 3, "A1"),))
    found = with_candidates(sample, other)
    assert_same(found, prepare_afresh(sample_folder(), settings=other))


def test_an_added_candidate_can_be_chosen_and_locked(sample: Prepared) -> None:
    limits = replace(sample.district.settings.limits, lock=("A1",))
    settings = replace(sample.district.settings, added=(near(sample, 3, "A1"),), limits=limits)
    problem = problem_for(with_candidates(sample, settings), limits)
    place = problem.options.index("A1")
    assert problem.serves[[place]].nnz > 0
    assert "A1" not in problem.excluded
