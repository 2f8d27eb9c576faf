"""The workspace: copies, folders elsewhere, and zip files that mean harm."""

import io
import zipfile
from pathlib import Path

import pytest

from app_pages.workspace import Workspace, workspace
from planner.errors import InputError

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
