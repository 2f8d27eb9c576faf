"""Files of strangers: archives that swell or leave their folder, names that harm a disk, XML."""

import io
import stat
import struct
import tomllib
import unicodedata
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path, PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st
from street_files import write_osm

from app_pages.opening.uploads import _add, _refuse_names
from app_pages.spaces.unpacking import holds_settings, unpack, unpack_files
from app_pages.spaces.workspace import Workspace
from app_pages.text.file_names import is_harmless, one_spelling, shown
from planner.district.reading import settings_from_toml
from planner.district.slow_text import takes_long
from planner.errors import InputError, PlannerError, SettingsError
from planner.intake import read_boundary, read_communities, read_stations
from planner.intake.archives import lists_too_many
from planner.intake.xml_types import declares_a_type
from planner.streets.graphml import read_graphml
from planner.streets.osm import read_osm

SETTINGS = '[district]\nname = "Town"\n'


def zipped(*files: tuple[str, bytes]) -> io.BytesIO:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as bundle:
        for name, content in files:
            bundle.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    made.seek(0)
    return made


def refused(file: io.BytesIO, folder: Path, told: str) -> None:
    """Hold that an archive is refused, whatever it is unpacked as, and that nothing is left."""
    space = Workspace(folder / "space")
    with pytest.raises(InputError, match=told):
        space.add_zip(file, title="town")
    assert list(space.root.iterdir()) == []
    file.seek(0)
    with pytest.raises(InputError, match=told):
        unpack_files(file, folder / "records")
    written = [path for path in folder.rglob("*") if path.is_file()]
    assert written == []


# Archives that swell -----------------------------------------------------------------------------


def test_an_archive_that_swells_a_thousand_times_is_not_unpacked(tmp_path: Path) -> None:
    file = zipped(("district.toml", SETTINGS.encode()), ("a.csv", bytes(40_000_000)))
    assert len(file.getvalue()) < 100_000
    refused(file, tmp_path, "far more than a district's data")


def test_an_archive_that_grows_as_tables_do_is_unpacked(tmp_path: Path) -> None:
    rows = b"".join(b"%d,113.%06d,23.5\n" % (n, n) for n in range(200_000))
    unpack(zipped(("district.toml", SETTINGS.encode()), ("a.csv", rows)), tmp_path)
    assert (tmp_path / "a.csv").stat().st_size == len(rows)


def overlapping(copies: int) -> io.BytesIO:
    """Make an archive in which many names share the bytes of one file."""
    body = zlib.compress(bytes(1_000_000), 9)[2:-4]
    check = zlib.crc32(bytes(1_000_000))
    sizes = struct.pack("<IIIHH", check, len(body), 1_000_000, 1, 0)
    local = b"PK\x03\x04" + struct.pack("<HHHHH", 20, 0, 8, 0, 33) + sizes + b"a" + body
    settings = SETTINGS.encode()
    name = b"district.toml"
    plain = struct.pack("<IIIHH", zlib.crc32(settings), len(settings), len(settings), len(name), 0)
    first = b"PK\x03\x04" + struct.pack("<HHHHH", 20, 0, 0, 0, 33) + plain + name + settings
    listed = [
        b"PK\x01\x02"
        + struct.pack("<HHHHHH", 20, 20, 0, 0, 0, 33)
        + plain
        + struct.pack("<HHHII", 0, 0, 0, 0, 0)
        + name
    ]
    listed += [
        b"PK\x01\x02"
        + struct.pack("<HHHHHH", 20, 20, 0, 8, 0, 33)
        + sizes
        + struct.pack("<HHHII", 0, 0, 0, 0, len(first))
        + b"a"
        for _ in range(copies)
    ]
    directory = b"".join(listed)
    end = struct.pack(
        "<HHHHIIH", 0, 0, copies + 1, copies + 1, len(directory), len(first + local), 0
    )
    return io.BytesIO(first + local + directory + b"PK\x05\x06" + end)


def test_an_archive_whose_files_share_their_bytes_is_not_unpacked(tmp_path: Path) -> None:
    file = overlapping(3)
    assert zipfile.ZipFile(file).namelist() == ["district.toml", "a", "a", "a"]
    refused(file, tmp_path, "far more than a district's data")


def test_an_archive_in_an_archive_stays_one_file(tmp_path: Path) -> None:
    inner = zipped(("../../evil.csv", b"x")).getvalue()
    unpack(zipped(("district.toml", SETTINGS.encode()), ("a.zip", inner)), tmp_path / "town")
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["a.zip", "district.toml", "town"]
    with pytest.raises(InputError, match="a path that leaves its folder"):
        read_boundary(tmp_path / "town" / "a.zip")


def listing(count: int, *, wide: bool = False, disguised: bool = False) -> io.BytesIO:
    """Make an archive that lists one file again and again."""
    sizes = struct.pack("<HHHHHIIIH", 20, 0, 0, 0, 33, 0, 0, 0, 1)
    local = b"PK\x03\x04" + sizes + b"\0\0a"
    entry = b"PK\x01\x02" + struct.pack("<H", 20) + sizes + bytes(14) + b"\0\0a"
    listed = entry * count
    record = b""
    if wide:
        counts = struct.pack("<QQQQ", count, count, len(listed), len(local))
        at = len(local) + len(listed)
        record = b"PK\x06\x06" + struct.pack("<QHHII", 44, 45, 45, 0, 0) + counts
        record += b"PK\x06\x07" + struct.pack("<IQI", 0, at, 1)
    told = (0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF) if wide else (count & 0xFFFF, len(listed), len(local))
    if disguised:  # Python believes neither the counts nor the smaller of two sizes
        told = (0xFFFF, 46, 0) if wide else (0, len(listed), len(local))
    end = b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, told[0], told[0], told[1], told[2], 0)
    if disguised and not wide:
        end = end[:8] + b"PK\x05\x06" + end[12:]
    return io.BytesIO(local + listed + record + end)


@pytest.mark.parametrize("disguised", [False, True])
@pytest.mark.parametrize("wide", [False, True])
def test_an_archive_that_lists_files_without_end_is_not_even_listed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, wide: bool, disguised: bool
) -> None:
    few = listing(3, wide=wide, disguised=disguised)
    assert zipfile.ZipFile(few).namelist() == ["a"] * 3
    assert not lists_too_many(few)
    many = listing(30_000, wide=wide, disguised=disguised)
    assert len(zipfile.ZipFile(many).namelist()) == 30_000
    (tmp_path / "a.zip").write_bytes(many.getvalue())

    def listed(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr(zipfile.ZipFile, "_RealGetContents", listed)
    assert holds_settings(many, name="a.zip")
    refused(many, tmp_path / "space", "more than 500 files")
    with pytest.raises(InputError, match="far more than a district's data"):
        read_boundary(tmp_path / "a.zip")


# Names -------------------------------------------------------------------------------------------

HARMFUL = [
    "../evil.csv",
    "a/../../evil.csv",
    "..\\evil.csv",
    "C:evil.csv",
    "C:\\evil.csv",
    "\\\\server\\share\\evil.csv",
    "a\x1f.csv",
    "con",
    "CON.csv",
    "a/nul.txt",
    "COM1",
    "lpt9.geojson",
    "com¹.csv",
    "conin$",
    "a.csv.",
    "a.csv ",
    " a.csv",
    "a/b /c.csv",
    "a:stream.csv",
    "a|b.csv",
    "a?.csv",
    "a*.csv",
    'a".csv',
    "a<b>.csv",
    "a\u202egnp.csv",
    "a\u200b.csv",
    "a\u2066b\u2069.csv",
    "x" * 250 + ".csv",
    "站" * 90 + ".csv",
    "/".join("a" * 13),
]


@pytest.mark.parametrize("name", HARMFUL)
def test_a_name_that_harms_a_disk_is_refused_in_an_archive(name: str, tmp_path: Path) -> None:
    file = zipped(("district.toml", SETTINGS.encode()), (name, b"x"))
    refused(file, tmp_path, "outside its folder|cannot be read")


@pytest.mark.parametrize("name", ["/etc/evil.csv", "//server/evil.csv", "../evil.csv"])
def test_a_name_that_leads_out_is_refused_wherever_it_stands(name: str, tmp_path: Path) -> None:
    refused(zipped(("a/district.toml", SETTINGS.encode()), (name, b"x")), tmp_path, "outside its")


def test_a_name_that_goes_on_behind_its_end_is_refused(tmp_path: Path) -> None:
    content = zipped(("district.toml", SETTINGS.encode()), ("aZcsv", b"x")).getvalue()
    refused(io.BytesIO(content.replace(b"aZcsv", b"a\0csv")), tmp_path, "outside its folder")


@pytest.mark.parametrize(
    "name", [*HARMFUL, "a\x00.csv", "/etc/evil.csv", "a/b.csv", "..", ".", "", "PLAN"]
)
def test_a_name_that_harms_a_disk_is_refused_as_an_upload(name: str) -> None:
    with pytest.raises(InputError, match="cannot be called") as told:
        _refuse_names([name])
    assert not set("\u202e\u200b\u2066\x00\x1f") & set(str(told.value))


@pytest.mark.parametrize("other", ["A.csv", "a.CSV", "ａ.csv", "Ａ.csv"])
def test_two_names_that_one_disk_takes_for_the_same_are_refused(other: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="Two files are called"):
        _refuse_names(["a.csv", other])
    file = zipped(("district.toml", SETTINGS.encode()), ("a.csv", b"x"), (other, b"y"))
    refused(file, tmp_path, "two files of one name")


def test_a_file_that_is_a_folder_too_is_refused(tmp_path: Path) -> None:
    file = zipped(("district.toml", SETTINGS.encode()), ("A", b"x"), ("a/b.csv", b"y"))
    refused(file, tmp_path, "two files of one name")


def test_the_settings_cannot_be_written_over_by_a_name_in_other_letters(tmp_path: Path) -> None:
    file = zipped(("district.toml", SETTINGS.encode()), ("District.TOML", b"x"))
    refused(file, tmp_path, "two files of one name")


def test_a_link_in_an_archive_is_refused(tmp_path: Path) -> None:
    made = io.BytesIO()
    link = zipfile.ZipInfo("a.csv")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(made, "w") as bundle:
        bundle.writestr("district.toml", SETTINGS)
        bundle.writestr(link, "/etc/passwd")
    made.seek(0)
    refused(made, tmp_path, "outside its folder")


@pytest.mark.parametrize(
    "name",
    ["站点台账.xlsx", "a b.csv", "2024年（汇总）.csv", "a.b.c", "é.csv", "console.csv", "com10"],
)
def test_names_that_people_use_are_kept(name: str, tmp_path: Path) -> None:
    unpack(zipped(("区/district.toml", SETTINGS.encode()), (f"区/{name}", b"x")), tmp_path)
    assert (tmp_path / name).read_bytes() == b"x"
    _refuse_names([name])


@given(st.text(max_size=60))
def test_no_name_that_is_let_through_leaves_its_folder(name: str) -> None:
    if is_harmless(PurePosixPath(name)):
        root = Path("/space/town")
        assert (root / PurePosixPath(name)).resolve().is_relative_to(root)
        assert one_spelling(name) == one_spelling(one_spelling(name))
    assert all(unicodedata.category(letter) not in ("Cc", "Cf", "Cs") for letter in shown(name))


# XML ---------------------------------------------------------------------------------------------

LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 9))
TYPES = {
    "laughs": f'<!DOCTYPE x [<!ENTITY l0 "ha">{LAUGHS}]>',
    "outside": '<!DOCTYPE x [<!ENTITY l8 SYSTEM "file:///etc/passwd">]>',
    "parameter": '<!DOCTYPE x [<!ENTITY % p SYSTEM "http://127.0.0.1:9/x"> %p; <!ENTITY l8 "a">]>',
    "elsewhere": '<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd">',
}
KML = (
    '<kml xmlns="http://www.opengis.net/kml/2.2"><Document><Placemark><name>{text}</name><Polygon>'
    "<outerBoundaryIs><LinearRing><coordinates>113,23 114,23 114,24 113,23</coordinates>"
    "</LinearRing></outerBoundaryIs></Polygon></Placemark></Document></kml>"
)
GRAPHML = (
    '<graphml xmlns="http://graphml.graphdrawing.org/xmlns"><graph edgedefault="directed">'
    '<node id="{text}"/></graph></graphml>'
)


def kml(folder: Path, head: str, text: str) -> None:
    (folder / "a.kml").write_text(head + KML.format(text=text), encoding="utf-8")
    read_communities(folder / "a.kml")


def kml_far_down(folder: Path, head: str, text: str) -> None:
    head = "<?kml?>" + " " * 10_000 + head
    kml(folder, head, text)


def kmz(folder: Path, head: str, text: str) -> None:
    content = (head + KML.format(text=text)).encode()
    (folder / "a.kmz").write_bytes(zipped(("doc.kml", content)).getvalue())
    read_communities(folder / "a.kmz")


def graphml(folder: Path, head: str, text: str) -> None:
    (folder / "a.graphml").write_text(head + GRAPHML.format(text=text), encoding="utf-8")
    read_graphml(folder / "a.graphml", crs=None)


def osm(folder: Path, head: str, text: str) -> None:
    path = write_osm(folder / "a.osm", {1: (0, 0), 2: (9, 9)}, [((1, 2), {"highway": text})])
    path.write_text(head + path.read_text(encoding="utf-8").split("\n", 1)[1], encoding="utf-8")
    read_osm(path)


def as_it_is(name: str, content: bytes) -> tuple[str, bytes]:
    return name, content


def workbook(
    folder: Path,
    head: str,
    text: str,
    spelled: Callable[[str, bytes], tuple[str, bytes]] = as_it_is,
) -> None:
    sheet = (
        '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
        f'<row r="1"><c r="A1" t="inlineStr"><is><t>{text}</t></is></c></row>'
        "</sheetData></worksheet>"
    )
    from openpyxl import Workbook  # noqa: PLC0415 - of this file alone

    made = io.BytesIO()
    Workbook().save(made)
    with (
        zipfile.ZipFile(made) as source,
        zipfile.ZipFile(folder / "a.xlsx", "w") as target,
    ):
        for name in source.namelist():
            is_sheet = name.endswith("sheet1.xml")
            content = (head + sheet).encode() if is_sheet else source.read(name)
            target.writestr(*spelled(name, content))
    read_stations(folder / "a.xlsx")


def workbook_far_down(folder: Path, head: str, text: str) -> None:
    workbook(folder, f"<!--{'x' * 5_000}-->{head}", text)


def workbook_in_two_bytes(folder: Path, head: str, text: str) -> None:
    def in_two_bytes(name: str, content: bytes) -> tuple[str, bytes]:
        is_sheet = name.endswith("sheet1.xml")
        return name, content.decode().encode("utf-16") if is_sheet else content

    workbook(folder, head, text, in_two_bytes)


def workbook_of_another_name(folder: Path, head: str, text: str) -> None:
    def renamed(name: str, content: bytes) -> tuple[str, bytes]:
        return name.replace("sheet1.xml", "a.bin"), content.replace(b"sheet1.xml", b"a.bin")

    workbook(folder, head, text, renamed)


@pytest.mark.parametrize("kind", TYPES)
def test_a_type_is_found_without_any_help_of_the_library_that_reads_workbooks(kind: str) -> None:
    for head in (TYPES[kind], f"<!--{'x' * 70_000}-->{TYPES[kind]}"):
        for code in ("utf-8", "utf-16", "gbk"):
            stated = f'<?xml version="1.0" encoding="{code}"?>{head}<x/>'
            assert declares_a_type(io.BytesIO(stated.encode(code)))
    plain = '<?xml version="1.0"?><!-- <!DOCTYPE --><x><![CDATA[<!DOCTYPE x>]]></x>'
    assert not declares_a_type(io.BytesIO(plain.encode()))
    assert not declares_a_type(io.BytesIO(b"\x89PNG\r\n"))


def test_a_workbook_of_cells_without_end_is_refused_before_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("planner.intake.workbook.MOST_CELLS", 1_000)

    def many(name: str, content: bytes) -> tuple[str, bytes]:
        row = b"<row>" + b"<c/>" * 1_000 + b"</row>"
        return name, content.replace(b"</sheetData>", row + b"</sheetData>")

    workbook_without_header(tmp_path, as_it_is)
    with pytest.raises(InputError, match="far more than a district's data"):
        workbook(tmp_path, "", "a", many)


def workbook_without_header(
    folder: Path, spelled: Callable[[str, bytes], tuple[str, bytes]]
) -> None:
    with pytest.raises(InputError, match="header"):
        workbook(folder, "", "a", spelled)


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize(
    "read",
    [
        kml,
        kml_far_down,
        kmz,
        graphml,
        osm,
        workbook,
        workbook_far_down,
        workbook_in_two_bytes,
        workbook_of_another_name,
    ],
)
def test_xml_that_declares_a_document_type_is_refused(
    read: Callable[[Path, str, str], None], kind: str, tmp_path: Path
) -> None:
    if read is osm and kind == "elsewhere":
        pytest.skip("pyosmium passes over a document type without entities and fetches nothing")
    with pytest.raises(PlannerError) as told:
        read(tmp_path, TYPES[kind], "a" if kind == "elsewhere" else "&l8;")
    assert "root:" not in str(told.value)


def test_a_description_that_holds_a_page_is_no_document_type(tmp_path: Path) -> None:
    kml(tmp_path, "", "<![CDATA[<!DOCTYPE html><b>x</b>]]>")


# Settings ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("depth", [200, 5_000])
def test_settings_that_nest_without_end_are_told(depth: int, tmp_path: Path) -> None:
    text = "a = " + "[" * depth + "]" * depth
    with pytest.raises((RecursionError, tomllib.TOMLDecodeError)):
        tomllib.loads("a = " + "[" * 5_000)
    space = Workspace(tmp_path)
    space.add_zip(zipped(("district.toml", text.encode())), title="Town")
    assert [place.title for place in space.places()] == ["Town"]  # the list of it stands for all


LONG = (
    "a" + ".a" * 50 + " = 1",
    "[" + '"a,b" . ' * 50 + "a]",
    "a = {" + "'x\"'." * 50 + "a = 1}",
    "[[" + "1." * 50 + "a]]",
    "# " + "x" * 2_000_000,
)


@pytest.mark.parametrize("lines", LONG)
def test_settings_that_take_minutes_to_read_are_refused_unread(
    lines: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr(tomllib, "loads", read)
    file = zipped(("district.toml", (SETTINGS + lines).encode()))
    space = Workspace(tmp_path / "space")
    with pytest.raises(InputError, match="too many parts"):
        space.add_zip(file, title="town")
    assert list(space.root.iterdir()) == []
    with pytest.raises(SettingsError, match="too many parts"):
        settings_from_toml(SETTINGS + lines)


@pytest.mark.parametrize(
    "text",
    [
        "[limits]\ncount = 5",
        "a.b.c.d = 1",
        "a = [" + "[113.1, 22.5]," * 500 + "]",
        'a = "' + "." * 500 + '"',
        "# " + "One word. " * 3 + "." * 100,
        '"' * 30_000,
        '"\\' * 30_000,
        "a" * 100_000,
        "a " * 50_000,
        " " * 100_000,
    ],
)
def test_settings_of_a_usual_kind_are_read(text: str) -> None:
    assert not takes_long(text)


def test_settings_that_call_themselves_a_list_cannot_be_replaced_by_others(tmp_path: Path) -> None:
    own = SETTINGS + '[files.stations]\npath = "district.toml"\n'
    unpack(zipped(("district.toml", own.encode())), tmp_path)
    outside = SETTINGS + '[files.stations]\npath = "/etc/passwd"\n'
    with pytest.raises(InputError, match=r"cannot be called district\.toml"):
        _add(tmp_path, [], {"district.toml": io.BytesIO(outside.encode())})
    assert (tmp_path / "district.toml").read_text(encoding="utf-8") == own
