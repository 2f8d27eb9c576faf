"""The workspace: copies, folders elsewhere, and zip files that mean harm."""

import errno
import io
import os
import shutil
import zipfile
from pathlib import Path

import pytest

from app_pages.opening import uploads
from app_pages.spaces.unpacking import holds_settings
from app_pages.spaces.workspace import Workspace, workspace
from planner.errors import InputError
from planner.language import note

SETTINGS = '[district]\nname = "Town"\n'


@pytest.fixture
def space(tmp_path: Path) -> Workspace:
    return Workspace(tmp_path / "districts")


def zipped(names: dict[str, str]) -> io.BytesIO:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as bundle:
        for name, text in names.items():
            bundle.writestr(name, text)
    file.seek(0)
    return file


def district(folder: Path) -> Path:
    folder.mkdir(parents=True)
    (folder / "district.toml").write_text(SETTINGS)
    return folder


def test_the_sample_is_a_copy_and_keeps_what_was_set(space: Workspace) -> None:
    place = space.add_sample()
    settings = place.folder / "district.toml"
    assert settings.is_file()
    assert not list(place.folder.glob("*.py"))
    settings.write_text(settings.read_text(encoding="utf-8") + "# mine\n", encoding="utf-8")
    again = space.add_sample()
    assert again == place
    assert settings.read_text(encoding="utf-8").endswith("# mine\n")


def test_the_last_district_is_found_again_after_a_restart(space: Workspace) -> None:
    first, second = (space.add_zip(zipped({"district.toml": SETTINGS}), title=t) for t in "ab")
    space.remember(first)
    assert Workspace(space.root).last() == first
    space.remember(second)
    assert Workspace(space.root).last() == second


def test_where_the_disk_refuses_a_district_opens_though_it_is_not_remembered(
    space: Workspace,
) -> None:
    place = space.add_zip(zipped({"district.toml": SETTINGS}), title="a")
    (space.root / ".workspace.json.part").mkdir()  # as a full disk: nothing can be written there
    for person in ("", "person:1"):
        space.remember(place, person)
    assert space.last() is None


def test_a_folder_elsewhere_is_opened_where_it_lies(space: Workspace, tmp_path: Path) -> None:
    folder = district(tmp_path / "elsewhere" / "我的区")
    place = space.add_folder(str(folder))
    assert place.folder == folder
    assert space.find(place.id) == place
    assert "/" not in place.id


def test_two_folders_of_one_name_are_told_apart(space: Workspace, tmp_path: Path) -> None:
    one = space.add_folder(str(district(tmp_path / "a" / "town")))
    other = space.add_folder(str(district(tmp_path / "b" / "town")))
    assert one.id != other.id
    assert space.find(one.id) == one


def test_a_folder_that_is_gone_is_no_longer_offered(space: Workspace, tmp_path: Path) -> None:
    folder = district(tmp_path / "town")
    place = space.add_folder(str(folder))
    (folder / "district.toml").unlink()
    assert space.find(place.id) is None


@pytest.mark.parametrize(
    "name", ["..", ".", "../town", "town/../town", ".hidden", "", "\0", "\udc80", "x" * 5000]
)
def test_a_link_finds_nothing_but_districts_of_the_workspace(space: Workspace, name: str) -> None:
    district(space.root.parent / "town")
    district(space.root / ".hidden")
    district(space.root / "town")
    assert space.find(name) is None


def test_a_folder_that_is_not_there_is_named(space: Workspace, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no folder .*nowhere"):
        space.add_folder(str(tmp_path / "nowhere"))


def test_a_folder_without_settings_is_told_how_to_get_them(
    space: Workspace, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match="planner init"):
        space.add_folder(str(tmp_path))


def test_a_zipped_folder_is_unpacked_from_where_its_settings_are(space: Workspace) -> None:
    place = space.add_zip(
        zipped({"outer/town/district.toml": SETTINGS, "outer/town/a.csv": "x", "outer/b": "y"}),
        title="My town!",
    )
    assert place.id == "My-town"
    assert sorted(path.name for path in place.folder.iterdir()) == ["a.csv", "district.toml"]


def test_a_second_upload_of_one_name_does_not_touch_the_first(space: Workspace) -> None:
    first = space.add_zip(zipped({"district.toml": SETTINGS}), title="town")
    second = space.add_zip(zipped({"district.toml": SETTINGS}), title="town")
    assert first.folder != second.folder


@pytest.mark.parametrize("name", ["../escaped.txt", "a/../../escaped.txt", "C:/escaped.txt"])
def test_a_zip_that_names_a_place_outside_is_refused_and_leaves_nothing(
    space: Workspace, name: str
) -> None:
    with pytest.raises(InputError, match="outside its folder"):
        space.add_zip(zipped({"district.toml": SETTINGS, name: "x"}), title="town")
    assert list(space.root.iterdir()) == []
    assert not (space.root.parent / "escaped.txt").exists()


def test_a_zip_without_settings_is_refused(space: Workspace) -> None:
    with pytest.raises(InputError, match=r"no district\.toml"):
        space.add_zip(zipped({"a.csv": "x"}), title="town")


def test_a_file_that_is_no_zip_is_refused(space: Workspace) -> None:
    with pytest.raises(InputError, match="not a zip file"):
        space.add_zip(io.BytesIO(b"\x00\x01"), title="town")


def test_a_zip_of_too_many_files_is_refused(space: Workspace) -> None:
    names = {"district.toml": SETTINGS} | {f"{n}.csv": "" for n in range(501)}
    with pytest.raises(InputError, match="more than 500 files"):
        space.add_zip(zipped(names), title="town")


def gbk_zip(names: dict[str, bytes]) -> io.BytesIO:
    """Pack as Windows in Chinese does: names in GBK, without the mark of UTF-8."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as bundle:
        for name, content in names.items():
            entry = zipfile.ZipInfo("x" * len(name.encode("gbk")))
            bundle.writestr(entry, content)
    packed = file.getvalue()
    for name in names:
        raw = name.encode("gbk")
        packed = packed.replace(b"x" * len(raw), raw)
    return io.BytesIO(packed)


def test_names_that_windows_packed_in_gbk_are_read(space: Workspace) -> None:
    settings = SETTINGS + '[files.stations]\npath = "站点.csv"\n'
    file = gbk_zip({"辖区/district.toml": settings.encode(), "辖区/站点.csv": "名称".encode()})
    assert "辖" not in zipfile.ZipFile(file).namelist()[0]
    file.seek(0)
    place = space.add_zip(file, title="town")
    assert sorted(path.name for path in place.folder.iterdir()) == ["district.toml", "站点.csv"]


def test_names_in_utf_8_stay_as_they_are(space: Workspace) -> None:
    place = space.add_zip(zipped({"区/district.toml": SETTINGS, "区/é站.csv": "x"}), title="town")
    assert sorted(path.name for path in place.folder.iterdir()) == ["district.toml", "é站.csv"]


def test_a_damaged_zip_is_told_and_leaves_nothing(space: Workspace) -> None:
    content = zipped({"district.toml": SETTINGS * 50, "a.csv": "1,2\n" * 50}).getvalue()
    spoiled = content.replace(b"1,2\n1,2", b"1,9\n1,2", 1)
    with pytest.raises(InputError, match="damaged"):
        space.add_zip(io.BytesIO(spoiled), title="town")
    with pytest.raises(InputError, match="not a zip file"):
        space.add_zip(io.BytesIO(content[:-30]), title="town")
    assert list(space.root.iterdir()) == []


def test_a_zip_with_a_name_in_no_letters_is_told(space: Workspace) -> None:
    content = zipped({"district.toml": SETTINGS, "é.csv": ""}).getvalue()
    file = io.BytesIO(content.replace("é".encode(), b"\xff\xff"))
    assert holds_settings(file, name="town.zip")
    with pytest.raises(InputError, match="damaged"):
        space.add_zip(file, title="town")


def test_a_locked_zip_is_told_and_leaves_nothing(space: Workspace) -> None:
    content = bytearray(zipped({"district.toml": SETTINGS}).getvalue())
    content[content.index(b"PK\x01\x02") + 8] |= 1  # the mark of a password
    with pytest.raises(InputError, match="password"):
        space.add_zip(io.BytesIO(bytes(content)), title="town")
    assert list(space.root.iterdir()) == []


def test_a_way_of_packing_that_python_does_not_know_is_told(space: Workspace) -> None:
    content = bytearray(zipped({"district.toml": SETTINGS}).getvalue())
    content[content.index(b"PK\x01\x02") + 10] = 99
    content[8] = 99
    with pytest.raises(InputError, match="damaged or cannot be read"):
        space.add_zip(io.BytesIO(bytes(content)), title="town")
    assert list(space.root.iterdir()) == []


@pytest.mark.parametrize(
    "lines",
    [
        '[files.stations]\npath = "/etc/passwd"',
        '[files.venues]\npath = "../other/stations.xlsx"',
        '[[workers]]\nkind = "points"\npath = "a/../../x.csv"',
        '[streets]\npath = "../x.osm"',
    ],
)
def test_a_zip_whose_settings_read_other_files_is_refused(space: Workspace, lines: str) -> None:
    with pytest.raises(InputError, match="outside the zip file"):
        space.add_zip(zipped({"district.toml": SETTINGS + lines}), title="town")
    assert list(space.root.iterdir()) == []


def test_a_zip_whose_settings_download_streets_is_refused(space: Workspace) -> None:
    settings = SETTINGS + '[streets]\nplace = "Futian, Shenzhen, China"'
    with pytest.raises(InputError, match="downloaded"):
        space.add_zip(zipped({"district.toml": settings}), title="town")


def test_a_district_that_could_not_be_filled_leaves_nothing(space: Workspace) -> None:
    def fill(folder: Path) -> None:
        district(folder / "deep")
        raise InputError(note("No."))

    with pytest.raises(InputError):
        space.add_filled(fill, title="town")
    assert list(space.root.iterdir()) == []


def test_a_disk_without_room_is_told_as_that_and_not_as_a_damaged_zip(
    space: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(shutil, "copyfileobj", full)
    with pytest.raises(InputError, match="cannot be written to: No space left"):
        space.add_zip(zipped({"district.toml": SETTINGS}), title="town")
    records = uploads._Given(name="days.zip", file=zipped({"one.csv": "x"}), use="pings")  # noqa: SLF001 - as the page makes it
    with pytest.raises(InputError, match="cannot be written to: No space left"):
        uploads._write(records, space.root)  # noqa: SLF001 - as above
    shutil.rmtree(space.root / "days")
    monkeypatch.setattr(shutil, "copytree", full)
    with pytest.raises(InputError, match="cannot be written to: No space left"):
        space.add_sample()
    assert list(space.root.iterdir()) == []


def test_a_zipped_district_is_known_by_its_settings() -> None:
    packed = zipped({"town/district.toml": SETTINGS, "a.csv": "x"})
    assert holds_settings(packed, name="town.zip")
    assert packed.tell() == 0
    assert not holds_settings(zipped({"streets.shp": "district.toml"}), name="streets.zip")
    assert holds_settings(io.BytesIO(packed.getvalue()[:-30]), name="Town.ZIP")  # told when opened
    assert not holds_settings(io.BytesIO(b"PK\x03\x04"), name="stations.xlsx")


def test_a_damaged_state_is_as_none(space: Workspace) -> None:
    space.root.mkdir(parents=True)
    (space.root / "workspace.json").write_text("{broken")
    assert space.last() is None
    assert space.places() == ()


def test_the_environment_names_the_workspace(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PLANNER_WORKSPACE", str(tmp_path))
    assert workspace().root == tmp_path
