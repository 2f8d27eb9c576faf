"""Files that mean harm: archives that swell or leave their folder, names that are code."""

import gzip
import io
import stat
import zipfile
from pathlib import Path

import pytest
from intake_files import GOOD, HEADER, fatal, only, stations_of, write_xlsx

from planner.errors import InputError
from planner.intake import archives, read_boundary, read_communities, read_stations

MANY = 40 * 1024 * 1024


def zip_of(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def test_a_gzip_that_swells_is_not_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "s.csv.gz"
    path.write_bytes(gzip.compress(bytes(MANY)))
    with pytest.raises(InputError, match=r"s.csv.gz: the archive unpacks to far more"):
        read_stations(path)


def test_a_zip_that_swells_is_not_unpacked(tmp_path: Path) -> None:
    path = zip_of(tmp_path / "s.zip", {"p.geojson": bytes(MANY)})
    with pytest.raises(InputError, match=r"s.zip: the archive unpacks to far more"):
        read_communities(path)


def test_a_workbook_that_swells_is_not_opened(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "s.xlsx", {"a": [HEADER, GOOD]})
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/image1.png", bytes(MANY))
    with pytest.raises(InputError, match=r"s.xlsx: the archive unpacks to far more"):
        read_stations(path)


def test_a_zip_with_thousands_of_members_is_not_unpacked(tmp_path: Path) -> None:
    path = zip_of(tmp_path / "s.zip", {f"{k}.txt": b"" for k in range(2_001)})
    with pytest.raises(InputError, match=r"s.zip: the archive unpacks to far more"):
        read_communities(path)


def test_a_member_that_lies_about_its_size_is_an_error(tmp_path: Path) -> None:
    content = zip_of(tmp_path / "s.zip", {"p.geojson": bytes(MANY)}).read_bytes()
    lie = content.replace(MANY.to_bytes(4, "little"), (100).to_bytes(4, "little"))
    (tmp_path / "s.zip").write_bytes(lie)
    with pytest.raises(InputError, match=r"s.zip: "):
        read_communities(tmp_path / "s.zip")


@pytest.mark.parametrize(
    "name", ["../p.shp", "/etc/p.shp", "a/../../p.shp", "C:/p.shp", "..\\p.shp", "C:\\p.shp"]
)
def test_a_path_that_leaves_the_folder_is_not_unpacked(tmp_path: Path, name: str) -> None:
    path = zip_of(tmp_path / "s.zip", {name: b"x"})
    with pytest.raises(InputError, match=r"s.zip: the archive holds a path that leaves"):
        read_boundary(path)
    assert [file.name for file in tmp_path.iterdir()] == ["s.zip"]


def test_a_link_is_not_unpacked(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("p.geojson")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "s.zip", "w") as archive:
        archive.writestr(link, "/etc/passwd")
    with pytest.raises(InputError, match=r"s.zip: the archive holds a path that leaves"):
        read_boundary(tmp_path / "s.zip")


def test_two_members_of_one_name_are_refused(tmp_path: Path) -> None:
    path = zip_of(tmp_path / "s.zip", {"a/p.geojson": b"{}", "b/p.geojson": b"{}"})
    with pytest.raises(InputError, match=r"s.zip: the archive holds two files named p.geojson"):
        read_boundary(path)


def test_a_locked_zip_is_an_error(tmp_path: Path) -> None:
    content = bytearray(zip_of(tmp_path / "s.zip", {"p.geojson": b"{}"}).read_bytes())
    content[content.index(b"PK\x03\x04") + 6] |= 1
    content[content.index(b"PK\x01\x02") + 8] |= 1
    (tmp_path / "s.zip").write_bytes(bytes(content))
    with pytest.raises(InputError, match=r"s.zip: .*locked with a password"):
        read_boundary(tmp_path / "s.zip")


def test_what_an_archive_program_adds_is_passed_over(tmp_path: Path) -> None:
    shape = b'{"type": "Polygon", "coordinates": [[[113,23],[114,23],[114,24],[113,23]]]}'
    members = {"__MACOSX/._p.geojson": b"x", ".DS_Store": b"x", "区/p.geojson": shape}
    area = read_boundary(zip_of(tmp_path / "s.zip", members)).rows
    assert area.area == pytest.approx(0.5)


def test_the_largest_archive_that_is_allowed_is_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archives, "_HARMLESS_BYTES", 1_000)
    monkeypatch.setattr(archives, "_MOST_TIMES", 1)
    content = HEADER_LINE + b"\n" * (1_000 - len(HEADER_LINE))
    path = tmp_path / "s.csv.gz"
    path.write_bytes(gzip.compress(content))
    with pytest.raises(InputError, match="there is a header but no row"):
        read_stations(path)
    path.write_bytes(gzip.compress(content + b"\n"))
    with pytest.raises(InputError, match="unpacks to far more"):
        read_stations(path)


HEADER_LINE = "名称,经度,纬度".encode()


def test_a_workbook_with_endless_text_is_not_opened(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "s.xlsx", {"a": [HEADER, GOOD]})
    out = io.BytesIO()
    entities = "".join(f'<!ENTITY a{k} "{f"&a{k - 1};" * 10}">' for k in range(1, 10))
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(out, "w") as target:
        for name in source.namelist():
            text = source.read(name)
            if name.endswith("sheet1.xml"):
                text = f'<!DOCTYPE x [<!ENTITY a0 "x">{entities}]>'.encode() + text
            target.writestr(name, text)
    path.write_bytes(out.getvalue())
    with pytest.raises(InputError, match=r"s.xlsx: the workbook is damaged"):
        read_stations(path)


@pytest.mark.parametrize(
    "text",
    [
        "<img src=x onerror=alert(1)>",
        "${7*7}",
        "`rm`",
        "{0}",
        "{name}",
        "%s",
        "'; DROP TABLE s; --",
        "a\u202egnp.exe",
        "\U0001f3e0站",
    ],
)
def test_a_name_that_is_code_stays_a_name(tmp_path: Path, text: str) -> None:
    checked = stations_of(tmp_path, ("A1", text, *GOOD[2:]), ("A2", "b", "", text, "23"))
    assert checked.rows["name"].tolist() == [text]
    assert fatal(checked) == [(3, "经度")]
    assert str(only(checked)).startswith("stations.csv, row 3, column '经度': found '")


@pytest.mark.parametrize("header", ["{0}", "{file}", "<b>", "%s"])
def test_a_header_that_is_code_stays_a_header(tmp_path: Path, header: str) -> None:
    checked = stations_of(tmp_path, (*GOOD, "1"), header=(*HEADER, header))
    assert any(header in str(message) for message in checked.notes)


def test_a_very_long_cell_is_shortened_where_it_is_told(tmp_path: Path) -> None:
    checked = stations_of(tmp_path, GOOD, ("A2", "b", "", "9" * 5_000, "23"))
    assert len(only(checked).found) <= 42


@pytest.mark.parametrize(("size", "faults"), [(32_767, []), (32_768, [(3, "名称")])])
def test_a_cell_that_no_workbook_can_hold_sets_its_row_aside(
    tmp_path: Path, size: int, faults: list[tuple[int, str]]
) -> None:
    assert fatal(stations_of(tmp_path, GOOD, ("A2", "x" * size, "", 113, 23))) == faults


def test_a_long_cell_in_a_column_that_is_not_used_is_no_fault(tmp_path: Path) -> None:
    checked = stations_of(tmp_path, (*GOOD, "x" * 200_000), header=(*HEADER, "边界"))
    assert checked.problems == ()


@pytest.mark.parametrize(
    "geometry",
    [
        '{"type": "Point", "coordinates": [1e308, 1e308]}',
        '{"type": "Point", "coordinates": []}',
        '{"type": "Point", "coordinates": ["a", "b"]}',
        '{"type": "Polygon", "coordinates": [[[1e300,0],[1e300,1e300],[0,1e300],[1e300,0]]]}',
        '{"type": "Polygon", "coordinates": [[[113,23]]]}',
        '{"type": "Polygon", "coordinates": []}',
        '{"type": "GeometryCollection", "geometries": []}',
        '{"type": "Blob", "coordinates": [1, 2]}',
        "null",
        "7",
    ],
)
def test_odd_shapes_are_faults_or_errors(tmp_path: Path, geometry: str) -> None:
    path = tmp_path / "s.geojson"
    feature = f'{{"type": "Feature", "properties": {{"name": "a"}}, "geometry": {geometry}}}'
    path.write_text(f'{{"type": "FeatureCollection", "features": [{feature}]}}', encoding="utf-8")
    for read in (read_stations, read_communities, read_boundary):
        with pytest.raises(InputError, match=r"s.geojson: "):
            read(path)
