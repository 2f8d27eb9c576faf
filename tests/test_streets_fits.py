"""Files in another coordinate system than declared are found by their distance to the streets."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray
from street_files import ALL, PLANE, graph_of

from planner.geo import from_wgs84, to_degrees, to_wgs84
from planner.language import use_language
from planner.streets import CoordinateFit, Places, StreetGraph, coordinate_fits, fit_coordinates

SYSTEMS = ("WGS-84", "GCJ-02", "BD-09")
Floats = NDArray[np.float64]


def grid_of_streets(seed: int = 4, half_m: float = 4000.0) -> StreetGraph:
    """Streets about 200 m apart, at uneven distances as in a real town."""
    rng = np.random.default_rng(seed)
    across = np.cumsum(rng.uniform(90, 330, 45)) - half_m
    along = np.cumsum(rng.uniform(90, 330, 45)) - half_m
    lines = [([(-half_m, y), (half_m, y)], ALL, ALL) for y in across]
    lines += [([(x, -half_m), (x, half_m)], ALL, ALL) for x in along]
    return graph_of(lines)


TOWN = grid_of_streets()


def beside_streets(n: int, *, set_back_m: float = 6.0, seed: int = 1) -> Floats:
    """Places a few metres from streets, metres in the plane of the town."""
    rng = np.random.default_rng(seed)
    street = rng.integers(0, len(TOWN.tail), n)
    first, last = (
        TOWN.line_xy[TOWN.line_start[street]],
        TOWN.line_xy[TOWN.line_start[street + 1] - 1],
    )
    on_street = first + rng.uniform(0.2, 0.8, (n, 1)) * (last - first)
    return on_street + rng.normal(0, set_back_m, (n, 2))


def file_of(xy: Floats, *, declared: str, truly: str | list[str], crs: str | None = None) -> Places:
    """A file whose rows are written down in their true systems and read as declared."""
    lon, lat = to_degrees(xy, projection=PLANE)
    of_row = np.array([truly] * len(xy) if isinstance(truly, str) else truly)
    written = [from_wgs84(lon, lat, crs=system) for system in SYSTEMS]
    rows = np.array([SYSTEMS.index(system) for system in of_row.tolist()], np.intp)
    at = np.arange(len(xy))
    raw = np.array([w[0] for w in written])[rows, at], np.array([w[1] for w in written])[rows, at]
    read = to_wgs84(*raw, crs=declared)
    return Places(
        table="stations.xlsx",
        ids=tuple(f"S{n}" for n in range(len(xy))),
        lon=read[0],
        lat=read[1],
        crs=crs or declared,
    )


def only(fits: tuple[CoordinateFit, ...]) -> CoordinateFit:
    (fit,) = fits
    return fit


@pytest.mark.parametrize("system", SYSTEMS)
def test_a_file_declared_rightly_is_not_reported(system: str) -> None:
    assert fit_coordinates(TOWN, file_of(beside_streets(120), declared=system, truly=system)) == ()


@pytest.mark.parametrize("declared", SYSTEMS)
@pytest.mark.parametrize("truly", SYSTEMS)
def test_a_file_declared_wrongly_is_reported_with_both_fits(declared: str, truly: str) -> None:
    if declared == truly:
        return
    fit = only(fit_coordinates(TOWN, file_of(beside_streets(120), declared=declared, truly=truly)))
    assert (fit.declared, fit.system, fit.share, fit.of_streets) == (declared, truly, 1.0, False)
    assert fit.system_m < 8
    assert fit.declared_m > 20


def test_cgcs2000_and_a_projected_system_count_as_wgs_84() -> None:
    xy = beside_streets(120)
    for crs in ("CGCS2000", "EPSG:4547"):
        right = file_of(xy, declared="WGS-84", truly="WGS-84", crs=crs)
        assert fit_coordinates(TOWN, right) == ()
        wrong = file_of(xy, declared="WGS-84", truly="GCJ-02", crs=crs)
        assert only(fit_coordinates(TOWN, wrong)).system == "GCJ-02"


def test_a_part_pasted_in_from_another_source_is_found_with_its_rows() -> None:
    truly = ["WGS-84"] * 120 + ["GCJ-02"] * 40 + ["WGS-84"] * 40
    fit = only(fit_coordinates(TOWN, file_of(beside_streets(200), declared="WGS-84", truly=truly)))
    assert fit.system == "GCJ-02"
    assert fit.share == pytest.approx(0.2, abs=0.03)
    rows = {int(name[1:]) for name in fit.ids}
    assert len(rows & set(range(120, 160))) >= 36
    assert len(rows - set(range(120, 160))) <= 4


def test_a_list_in_three_systems_by_turns_is_found_with_about_the_share_of_each() -> None:
    rng = np.random.default_rng(3)
    truly = rng.choice(SYSTEMS, 400).tolist()
    fits = fit_coordinates(TOWN, file_of(beside_streets(400), declared="WGS-84", truly=truly))
    shares = {fit.system: fit.share for fit in fits}
    assert set(shares) == {"GCJ-02", "BD-09"}
    assert all(0.2 < share < 0.47 for share in shares.values())
    for fit in fits:
        right = [truly[int(name[1:])] == fit.system for name in fit.ids]
        assert np.mean(right) > 0.75


def test_streets_in_another_system_than_declared_are_told_as_such() -> None:
    lon, lat = to_degrees(beside_streets(150), projection=PLANE)
    lon, lat = to_wgs84(lon, lat, crs="GCJ-02")  # the streets lie where GCJ-02 would have them
    places = Places(table="a.csv", ids=tuple(map(str, range(150))), lon=lon, lat=lat)
    fit = only(fit_coordinates(TOWN, places))
    assert (fit.system, fit.of_streets) == ("GCJ-02", True)
    (problem,) = coordinate_fits(TOWN, [places])
    assert "the streets in GCJ-02: median" in str(problem.expected)
    assert "`crs` under [streets]" in str(problem.fix)


@pytest.mark.parametrize("seed", range(6))
def test_places_that_do_not_lie_along_streets_speak_for_no_system(seed: int) -> None:
    rng = np.random.default_rng(seed)
    anywhere = rng.uniform(-3500, 3500, (300, 2))
    assert fit_coordinates(TOWN, file_of(anywhere, declared="WGS-84", truly="WGS-84")) == ()


def test_the_centres_of_a_grid_speak_for_no_system() -> None:
    side = np.arange(-3000, 3000, 250) + 125.0
    centres = np.stack(np.meshgrid(side, side), axis=-1).reshape(-1, 2)
    assert fit_coordinates(TOWN, file_of(centres, declared="WGS-84", truly="WGS-84")) == ()


@pytest.mark.parametrize("n", [0, 1, 4])
def test_a_handful_of_places_speaks_for_no_system(n: int) -> None:
    assert (
        fit_coordinates(TOWN, file_of(beside_streets(n), declared="WGS-84", truly="GCJ-02")) == ()
    )


def test_a_crowd_in_one_spot_is_one_witness() -> None:
    crowd = beside_streets(1) + np.random.default_rng(2).normal(0, 3, (200, 2))
    assert fit_coordinates(TOWN, file_of(crowd, declared="WGS-84", truly="GCJ-02")) == ()


def test_places_beyond_the_map_of_the_streets_do_not_count() -> None:
    inside, outside = beside_streets(100), beside_streets(100) + 40_000.0
    mixed = file_of(np.vstack([outside, inside]), declared="GCJ-02", truly="WGS-84")
    fit = only(fit_coordinates(TOWN, mixed))
    assert fit.share == 1.0
    assert {int(name[1:]) >= 100 for name in fit.ids} == {True}
    assert fit_coordinates(TOWN, file_of(outside, declared="GCJ-02", truly="WGS-84")) == ()


def test_outside_china_there_is_nothing_to_tell_apart() -> None:
    places = Places(
        table="a.csv",
        ids=tuple(map(str, range(50))),
        lon=np.linspace(1.45, 1.65, 50),
        lat=np.full(50, 42.5),
        crs="GCJ-02",
    )
    assert fit_coordinates(TOWN, places) == ()


def test_a_big_file_is_judged_by_a_sample() -> None:
    many = file_of(beside_streets(30_000), declared="BD-09", truly="GCJ-02")
    fit = only(fit_coordinates(TOWN, many))
    assert fit.system == "GCJ-02"
    assert len(fit.ids) <= 5000


def test_a_finding_is_told_as_a_fault_that_does_not_stop_in_both_languages() -> None:
    places = file_of(beside_streets(120), declared="WGS-84", truly="GCJ-02")
    fit = only(fit_coordinates(TOWN, places))
    (problem,) = coordinate_fits(TOWN, [places])
    assert not problem.fatal
    far, near = f"{fit.declared_m:.0f}", f"{fit.system_m:.0f}"
    assert str(problem) == (
        f"stations.xlsx: found WGS-84 ({far} m), expected GCJ-02: median {near} m from the nearest "
        f"street; as WGS-84: {far} m. Check where the coordinates come from; if it is GCJ-02, set "
        "`crs` of this file in district.toml (Amap and Tencent: GCJ-02, Baidu: BD-09, GPS: WGS-84)."
    )
    use_language("zh")
    assert f"距最近道路的中位数为 {near} 米，而按 WGS-84 为 {far} 米" in str(problem)


def test_a_mixed_file_is_told_with_the_share_and_the_first_rows() -> None:
    truly = ["WGS-84"] * 120 + ["BD-09"] * 60
    places = file_of(beside_streets(180), declared="WGS-84", truly=truly)
    (problem,) = coordinate_fits(TOWN, [places])
    text = str(problem.expected)
    assert text.startswith("about 3")
    assert "% of the rows in BD-09: median" in text
    assert text.endswith(f"({len(only(fit_coordinates(TOWN, places)).ids)}))")
    assert "different files" in str(problem.fix)


def test_the_rows_of_a_mixed_file_are_told_by_their_lines_and_sheets() -> None:
    truly = ["WGS-84"] * 120 + ["BD-09"] * 60
    places = file_of(beside_streets(180), declared="WGS-84", truly=truly)
    sheets = [("stations.xlsx", 2 + n) for n in range(150)]
    sheets += [("stations.xlsx [二街]", 2 + n) for n in range(30)]
    lined = replace(places, rows=tuple(sheets))
    fit = only(fit_coordinates(TOWN, lined))
    lines = [f"{sheet.removeprefix('stations.xlsx')} {line}".strip() for sheet, line in sheets]
    told = [row.removeprefix("stations.xlsx ") for row in fit.rows]
    assert told == [lines[int(name[1:])] for name in fit.ids]
    (problem,) = coordinate_fits(TOWN, [lined])
    assert f"(rows {', '.join(fit.rows[:10])}, ... " in str(problem.expected)
