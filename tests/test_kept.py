"""A prepared district is kept on disk, and is the same when it is read again."""

import inspect
import json
import os
import shutil
import subprocess
import sys
import zlib
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields, is_dataclass, replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import real_districts
import shapely
from district_folders import make_folder, write_list
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal
from scipy.sparse import csr_array
from shapely.geometry.base import BaseGeometry

from planner.bundle import sample_folder
from planner.district import read_settings, write_settings
from planner.language import Message, note, use_language
from planner.pipeline import Prepared, cover, prepare
from planner.pipeline import kept as kept_module
from planner.pipeline.kept import keep_prepared, kept_key, kept_prepared
from planner.pipeline.kept_values import to_tree
from planner.pipeline.prepare import cache_folder, prepare_afresh


def assert_same(one: Any, other: Any, where: str = "") -> None:  # noqa: ANN401, C901, PLR0912, PLR0915 - by kind
    """Compare two values to the last array, type and missing cell."""
    if isinstance(one, Message):  # some kinds of them are equal to one another
        assert type(one) is type(other), where
        assert (one.text("zh"), one.text("en")) == (other.text("zh"), other.text("en")), where
    elif is_dataclass(one):
        assert type(one) is type(other), where
        for part in fields(one):
            name = f"{where}.{part.name}"
            assert_same(getattr(one, part.name), getattr(other, part.name), name)
    elif isinstance(one, pd.DataFrame):
        assert type(one) is type(other), where
        assert_frame_equal(pd.DataFrame(one), pd.DataFrame(other), check_exact=True)
        if isinstance(one, gpd.GeoDataFrame):
            assert one.crs == other.crs
            assert one.geometry.name == other.geometry.name
    elif isinstance(one, pd.Series):
        assert_same(one.to_frame(), other.to_frame(), where)
    elif isinstance(one, csr_array):
        for name in ("data", "indices", "indptr", "shape"):
            assert_same(getattr(one, name), getattr(other, name), f"{where}.{name}")
    elif isinstance(one, np.ndarray):
        assert one.dtype == other.dtype, where
        assert np.array_equal(one, other, equal_nan=one.dtype.kind == "f"), where
    elif isinstance(one, Mapping):
        assert list(one) == list(other), where
        for key in one:
            assert_same(one[key], other[key], f"{where}[{key}]")
    elif isinstance(one, tuple):
        assert type(one) is type(other), where
        assert len(one) == len(other), where
        for at, (left, right) in enumerate(zip(one, other, strict=True)):
            assert_same(left, right, f"{where}[{at}]")
    elif isinstance(one, BaseGeometry):
        assert shapely.to_wkb(one) == shapely.to_wkb(other), where
    else:
        assert type(one) is type(other), where
        assert one == other or (one != one and other != other), where  # noqa: PLR0124 - not a number


def sample(folder: Path) -> Path:
    shutil.copytree(sample_folder(), folder)
    return folder


def small(folder: Path) -> Path:
    """With a closed station, one without a position, and a row that is set aside."""
    made = make_folder(folder)
    with (made / "venues.csv").open("a", encoding="utf-8") as file:
        file.write("V丙,坏行,999,29.5,银行网点,1,联系13800138000\n")
    return made


def xinwu(folder: Path) -> Path:
    if not real_districts.DATA.is_dir():
        pytest.skip("the shared real data are not here")
    real_districts.xinwu(folder)
    return folder


@pytest.mark.parametrize("make", [small, sample, xinwu])
def test_what_is_kept_is_what_was_prepared(make: Callable[[Path], Path], tmp_path: Path) -> None:
    # given
    folder = make(tmp_path / "district")
    prepared = prepare_afresh(folder)
    key = kept_key(folder, read_settings(folder))
    # when
    keep_prepared(prepared, tmp_path / "cache", key)
    kept = kept_prepared(Prepared, tmp_path / "cache", key)
    # then
    assert kept is not None
    assert_same(prepared, kept)
    assert kept.coverage.demand is kept.demand  # what is shared stays shared
    assert kept.coverage.options is kept.options
    assert_same(cover(prepared), cover(kept))


def test_preparing_again_reads_what_is_kept_with_the_limits_of_today(tmp_path: Path) -> None:
    folder = small(tmp_path / "district")
    first = prepare(folder)
    files = list(cache_folder().glob("prepared-*.kept"))
    changed = read_settings(folder)
    write_settings(folder, replace(changed, limits=replace(changed.limits, count=1)))
    told: list[str] = []
    second = prepare(folder, progress=lambda step, _share: told.append(str(step)))
    assert told == ["Reading what was prepared before"]
    assert list(cache_folder().glob("prepared-*.kept")) == files
    assert second.district.settings.limits.count == 1
    same_limits = replace(second.district, settings=first.district.settings)
    assert_same(first, replace(second, district=same_limits))


def change_toml(folder: Path) -> None:
    path = folder / "district.toml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text + "\n[assumptions]\naccess = 'gated'\n", encoding="utf-8")


def change_file(folder: Path) -> None:
    write_list(folder / "workers.csv", "社区,外卖骑手,快递员", "西社区,41,10", "东社区,20,")


def keep_size_and_time(folder: Path) -> None:
    path = folder / "workers.csv"
    before = path.stat()
    text = path.read_text(encoding="utf-8").replace("40,10", "10,40")
    path.write_text(text, encoding="utf-8")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert path.stat().st_size == before.st_size


def lose_file(folder: Path) -> None:
    (folder / "boundary.geojson").unlink()


def speak_chinese(_folder: Path) -> None:
    use_language("zh")


@pytest.mark.parametrize(
    "change", [change_toml, change_file, keep_size_and_time, lose_file, speak_chinese]
)
def test_whatever_matters_gives_another_key(change: Callable[[Path], None], tmp_path: Path) -> None:
    folder = make_folder(tmp_path / "district")
    before = kept_key(folder, read_settings(folder))
    assert kept_key(folder, read_settings(folder)) == before
    change(folder)
    assert kept_key(folder, read_settings(folder)) != before


def test_season_and_place_of_the_folder_matter_and_limits_do_not(tmp_path: Path) -> None:
    folder = make_folder(tmp_path / "district")
    usual = read_settings(folder)
    other = make_folder(tmp_path / "other")
    limits = replace(usual, limits=replace(usual.limits, count=9))
    assert kept_key(folder, replace(usual, season="summer")) != kept_key(folder, usual)
    assert kept_key(other, usual) != kept_key(folder, usual)
    assert kept_key(folder, limits) == kept_key(folder, usual)


@dataclass(frozen=True)
class Thing:
    table: pd.DataFrame
    parts: object


@pytest.fixture(scope="module")
def thing() -> Thing:
    table = pd.DataFrame(
        {
            "text": ["a", None, "汉"],
            "number": [1.5, np.nan, -0.0],
            "mixed": [(1, "x"), None, float("nan")],
        },
        index=pd.Index(["r", "s", "t"], name="id"),
    )
    return Thing(table, (np.arange(70.0).reshape(7, 10), {"k": (True, 1, 1.0)}, note("n {a}", a=1)))


def test_a_damaged_file_is_no_file(thing: Thing, tmp_path: Path) -> None:
    """Cut anywhere, or with any single byte changed (in the padding too), or empty."""
    keep_prepared(thing, tmp_path, "k")
    (path,) = tmp_path.glob("*.kept")
    whole = path.read_bytes()
    rng = np.random.default_rng(1)
    for end in [0, 3, 16, 31, *rng.integers(0, len(whole) - 1, 40).tolist()]:
        path.write_bytes(whole[:end])
        assert kept_prepared(Thing, tmp_path, "k") is None
    used = len(whole.rstrip(b"\0"))
    for at in range(0, used, 3):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        found = kept_prepared(Thing, tmp_path, "k")
        if found is not None:  # a byte that only fills up
            assert_same(found, thing)
    path.write_bytes(whole)
    assert_same(kept_prepared(Thing, tmp_path, "k"), thing)


def forge(folder: Path, tree: object, *arrays: np.ndarray[Any, Any]) -> None:
    """Write a file with right checksums and a tree of somebody's own."""
    pieces = kept_module._pieces(tree, arrays)  # noqa: SLF001 - the layout itself
    (folder / "prepared-k.kept").write_bytes(b"".join(pieces))


def test_a_forged_file_is_no_file(tmp_path: Path) -> None:
    """Right checksums, and content that libraries refuse with errors of their own."""
    wkb = [np.frombuffer(b"no shape", np.uint8), np.array([0, 8]), np.array([True])]
    nested: list[object] = ["tuple", []]
    for _ in range(400):
        nested = ["tuple", [nested]]
    whole = ["frame", ["range", 0, 0, 1, None], ["range", 0, 0, 1, None], []]
    for part in (["shapes", 0, 1, 2], nested):
        forge(tmp_path, ["object", "Thing", [["table", whole], ["parts", part]]], *wkb)
        limit = sys.getrecursionlimit()
        sys.setrecursionlimit(300 + len(inspect.stack(0)))
        try:
            assert kept_prepared(Thing, tmp_path, "k") is None
        finally:
            sys.setrecursionlimit(limit)
    points = gpd.GeoDataFrame({"geometry": [shapely.Point(1, 2)]}, crs="EPSG:4326")
    tree, arrays = to_tree(Thing(points, None), {Thing})
    forge(tmp_path, tree, *arrays)
    assert kept_prepared(Thing, tmp_path, "k") is not None
    tree[2][0][1][2] = "EPSG:99999999"
    forge(tmp_path, tree, *arrays)
    assert kept_prepared(Thing, tmp_path, "k") is None
    deep = "[" * 100_000 + "]" * 100_000
    text = f'{{"arrays": [], "bytes": 0, "tree": {deep}}}'.encode()
    numbers = np.array([len(text), zlib.crc32(text)], "<u8").tobytes()
    head = b"planner kept 1\n\0" + numbers + text
    (tmp_path / "prepared-k.kept").write_bytes(head + bytes(-len(head) % 64))
    assert kept_prepared(Thing, tmp_path, "k") is None


def test_an_object_whose_fields_are_of_another_kind_is_no_file(tmp_path: Path) -> None:
    forge(
        tmp_path,
        ["object", "Prepared", [[part.name, None] for part in fields(Prepared)]],
    )
    assert kept_prepared(Prepared, tmp_path, "k") is None
    forge(tmp_path, ["object", "Thing", [["table", 5], ["parts", None]]])
    assert kept_prepared(Thing, tmp_path, "k") is None


def test_another_version_of_any_library_gives_another_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = make_folder(tmp_path / "district")
    there = kept_module._library_versions()  # noqa: SLF001 - the list itself
    needed = ["numba", "numpy", "pandas", "pyproj", "scikit-learn", "scipy", "shapely"]
    assert set(needed) <= set(there)
    keys = set()
    for changed in ("", *there):
        told = {name: there[name] + ".1" * (name == changed) for name in there}
        monkeypatch.setattr(kept_module, "_library_versions", told.copy)
        keys.add(kept_key(folder, read_settings(folder)))
    assert len(keys) == len(there) + 1


def test_a_file_of_somebody_else_makes_no_value_of_another_class(
    thing: Thing, tmp_path: Path
) -> None:
    keep_prepared(thing, tmp_path, "k")
    assert kept_prepared(Prepared, tmp_path, "k") is None  # Thing is not one of its classes
    assert kept_prepared(Path, tmp_path, "k") is None


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: (
            st.lists(inner, max_size=4).map(tuple)
            | st.dictionaries(st.text(max_size=3), inner, max_size=3)
        ),
        max_leaves=20,
    )
)
@settings(max_examples=60, deadline=None)
def test_any_plain_value_comes_back(
    tmp_path_factory: pytest.TempPathFactory, value: object
) -> None:
    folder = tmp_path_factory.mktemp("kept")
    thing = Thing(pd.DataFrame(index=pd.RangeIndex(0)), value)
    keep_prepared(thing, folder, "k")
    assert_same(kept_prepared(Thing, folder, "k"), thing)


def test_what_cannot_be_kept_is_not_kept_and_no_error(tmp_path: Path) -> None:
    for value in (object(), {1, 2}, np.array(["text"]), pd.Categorical(["a"])):
        keep_prepared(Thing(pd.DataFrame(), value), tmp_path, "k")
    assert not list(tmp_path.iterdir())


def test_arrays_of_the_file_can_be_written_to_and_the_file_stays(
    thing: Thing, tmp_path: Path
) -> None:
    keep_prepared(thing, tmp_path, "k")
    first: Any = kept_prepared(Thing, tmp_path, "k")
    first.parts[0][:] = 7
    again: Any = kept_prepared(Thing, tmp_path, "k")
    assert_same(again, thing)


def test_the_oldest_files_go_when_all_are_too_many(thing: Thing, tmp_path: Path) -> None:
    keep_prepared(thing, tmp_path, "0")
    size = next(tmp_path.glob("*.kept")).stat().st_size
    for number in range(1, 4):
        keep_prepared(thing, tmp_path, str(number), most_bytes=2 * size)
        os.utime(tmp_path / f"prepared-{number}.kept", (number, number))
    assert {path.name for path in tmp_path.iterdir()} == {"prepared-3.kept", "prepared-0.kept"} or {
        path.name for path in tmp_path.iterdir()
    } == {"prepared-3.kept", "prepared-2.kept"}
    keep_prepared(thing, tmp_path, "large", most_bytes=size - 1)
    assert not (tmp_path / "prepared-large.kept").exists()


def test_many_writers_at_once_leave_one_whole_file(thing: Thing, tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: keep_prepared(thing, tmp_path, "k"), range(24)))
    assert [path.name for path in tmp_path.iterdir()] == ["prepared-k.kept"]
    assert_same(kept_prepared(Thing, tmp_path, "k"), thing)


def test_a_folder_that_cannot_be_written_is_no_error(thing: Thing, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    keep_prepared(thing, tmp_path / "file", "k")
    assert kept_prepared(Thing, tmp_path / "file", "k") is None


def test_another_process_reads_what_this_one_kept_and_no_phone_is_in_it(tmp_path: Path) -> None:
    folder = small(tmp_path / "district")
    first = prepare(folder)
    assert len(first.district.rejected) > 0
    code = (
        "import sys, json; from pathlib import Path; from planner.language import use_language;"
        "use_language('en'); from planner.pipeline import prepare, cover; steps = [];"
        "p = prepare(Path(sys.argv[1]), progress=lambda s, _: steps.append(str(s)));"
        "print(json.dumps([steps, cover(p).effective_share]))"
    )
    done = subprocess.run(  # noqa: S603 - this interpreter
        [sys.executable, "-c", code, str(folder)], check=True, capture_output=True, text=True
    )
    assert json.loads(done.stdout) == [
        ["Reading what was prepared before"], cover(first).effective_share
    ]  # fmt: skip
    for path in cache_folder().glob("prepared-*.kept"):
        assert b"13800138000" not in path.read_bytes()
