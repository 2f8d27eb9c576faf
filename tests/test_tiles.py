"""Base maps of tiles: own folders and files, servers outside, and the addresses of the app."""

import asyncio
import json
import logging
import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.applications import Starlette
from starlette.types import Message, Scope
from tile_servers import picture, send, silent_server, tile_server, with_picture

from app_pages.mapping import tile_book as book_module
from app_pages.mapping.tile_book import (
    OWN,
    BaseSettings,
    TileBook,
    keep_bases,
    kept_bases,
    tile_book,
)
from app_pages.mapping.tile_routes import tile_routes
from planner.errors import SettingsError
from planner.language import note, use_language
from planner.maps import (
    BASES,
    NOTHING,
    SERVERS,
    TileBase,
    TileFolder,
    TilePack,
    TileRefusal,
    TileServer,
    TileSource,
    check_address,
    offered_at,
    open_tiles,
    picture_type,
    within,
)

GREEN, RED = picture((0, 128, 0)), picture((200, 0, 0))


@pytest.fixture(autouse=True)
def _english() -> None:
    use_language("en")


def own_base(**changes: object) -> TileBase:
    values = {"id": OWN, "name": note("Own tiles"), "system": "WGS-84", "layers": (OWN,)}
    return TileBase(**{**values, "marks": note("Own tiles"), "max_zoom": 18, **changes})  # type: ignore[arg-type]  # of one dictionary


def folder_with(root: Path, *tiles: tuple[int, int, int], suffix: str = ".png") -> Path:
    for number, (zoom, column, row) in enumerate(tiles):
        path = root / str(zoom) / str(column) / f"{row}{suffix}"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes((GREEN, RED)[number % 2])
    return root


def pack_with(path: Path, tiles: Mapping[tuple[int, int, int], bytes], **told: str) -> Path:
    with sqlite3.connect(path) as file:
        file.execute("create table metadata (name text, value text)")
        file.execute(
            "create table tiles (zoom_level int, tile_column int, tile_row int, tile_data blob)"
        )
        file.executemany("insert into metadata values (?, ?)", told.items())
        file.executemany(
            "insert into tiles values (?, ?, ?, ?)", [(*at, data) for at, data in tiles.items()]
        )
    file.close()
    return path


# Own tiles ---------------------------------------------------------------------------------------


def test_a_folder_gives_the_picture_of_zoom_column_and_row(tmp_path: Path) -> None:
    tiles = open_tiles(folder_with(tmp_path, (3, 5, 2), (3, 5, 3)))
    assert tiles.tile(OWN, 3, 5, 2) == GREEN
    assert tiles.tile(OWN, 3, 5, 3) == RED
    assert tiles.tile(OWN, 3, 5, 4) is None
    assert tiles.max_zoom == 3


def test_rows_of_a_flipped_folder_count_from_the_south(tmp_path: Path) -> None:
    # Of the 8 rows of zoom 3 the northernmost, 0, is the one that TMS numbers 7.
    tiles = open_tiles(folder_with(tmp_path, (3, 5, 7)), flipped=True)
    assert tiles.tile(OWN, 3, 5, 0) == GREEN
    assert tiles.tile(OWN, 3, 5, 7) is None


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".jpeg", ".webp"])
def test_a_folder_may_hold_any_kind_of_picture(tmp_path: Path, suffix: str) -> None:
    assert open_tiles(folder_with(tmp_path, (1, 0, 0), suffix=suffix)).tile(OWN, 1, 0, 0) == GREEN


def test_a_file_of_tiles_counts_its_rows_from_the_south(tmp_path: Path) -> None:
    path = pack_with(tmp_path / "a b#%.mbtiles", {(2, 1, 3): GREEN, (2, 1, 0): RED}, format="png")
    tiles = open_tiles(path)
    assert tiles.tile(OWN, 2, 1, 0) == GREEN
    assert tiles.tile(OWN, 2, 1, 3) == RED
    assert tiles.tile(OWN, 2, 2, 0) is None
    assert tiles.max_zoom == 2


def test_authors_named_in_a_file_are_text_and_no_code(tmp_path: Path) -> None:
    told = {"format": "png", "attribution": "<a href='x' onclick=alert(1)>© Me</a> & <b>You</b>"}
    tiles = open_tiles(pack_with(tmp_path / "t.mbtiles", {(0, 0, 0): GREEN}, **told))
    assert isinstance(tiles, TilePack)
    assert tiles.marks == "© Me & You"


@pytest.mark.parametrize("kind", ["folder", "file"])
def test_vector_tiles_are_refused_with_what_to_do(tmp_path: Path, kind: str) -> None:
    if kind == "file":
        path = pack_with(tmp_path / "v.mbtiles", {(0, 0, 0): b"\x1f\x8b"}, format="pbf")
    else:
        path = tmp_path
        (tmp_path / "3" / "1").mkdir(parents=True)
        (tmp_path / "3" / "1" / "1.pbf").write_bytes(b"\x1f\x8b")
    with pytest.raises(SettingsError, match=r"vector tiles.*Export them as pictures"):
        open_tiles(path)


def test_what_holds_no_tiles_is_refused(tmp_path: Path) -> None:
    text = tmp_path / "list.txt"
    text.write_text("no tiles")
    empty = pack_with(tmp_path / "empty.mbtiles", {}, format="png")
    with pytest.raises(SettingsError, match="no MBTiles that can be read"):
        open_tiles(text)
    with pytest.raises(SettingsError, match="holds no tiles that are pictures"):
        open_tiles(empty)
    with pytest.raises(SettingsError, match="holds no tiles"):
        open_tiles(tmp_path)
    with pytest.raises(SettingsError, match="no folder and no file"):
        open_tiles(tmp_path / "missing")


def test_a_link_out_of_the_folder_is_no_tile(tmp_path: Path) -> None:
    secret = tmp_path / "secret.png"
    secret.write_bytes(RED)
    root = folder_with(tmp_path / "tiles", (1, 0, 0))
    (root / "1" / "0" / "1.png").symlink_to(secret)
    (root / "1" / "1").symlink_to(tmp_path)
    (tmp_path / "0.png").write_bytes(RED)
    tiles = open_tiles(root)
    assert tiles.tile(OWN, 1, 0, 1) is None
    assert tiles.tile(OWN, 1, 1, 0) is None
    assert tiles.tile(OWN, 1, 0, 0) == GREEN


def test_a_huge_file_is_no_tile(tmp_path: Path) -> None:
    root = folder_with(tmp_path / "tiles", (1, 0, 0))
    (root / "1" / "0" / "0.png").write_bytes(GREEN + bytes(2_000_001))
    pack = pack_with(tmp_path / "t.mbtiles", {(1, 0, 0): GREEN + bytes(2_000_001)})
    assert open_tiles(root).tile(OWN, 1, 0, 0) is None
    assert open_tiles(pack).tile(OWN, 1, 0, 1) is None


@given(zoom=st.integers(-3, 40), column=st.integers(-5, 1 << 24), row=st.integers(-5, 1 << 24))
def test_only_numbers_of_a_tile_that_can_be_are_within(zoom: int, column: int, row: int) -> None:
    expected = 0 <= zoom <= 22 and 0 <= column <= 2**zoom - 1 and 0 <= row <= 2**zoom - 1
    assert within(zoom, column, row) == expected


def test_the_see_through_tile_is_a_picture() -> None:
    assert picture_type(NOTHING) == "image/png"
    assert picture_type(picture(kind="JPEG")) == "image/jpeg"
    assert picture_type(picture(kind="WEBP")) == "image/webp"
    assert picture_type(b"<html>") is None


def test_a_base_map_of_gcj_02_is_offered_in_china_alone() -> None:
    amap = next(base for base in BASES if base.id == "amap")
    osm = next(base for base in BASES if base.id == "osm")
    shenzhen, seoul = (113.9, 22.5, 114.0, 22.6), (126.9, 37.5, 127.0, 37.6)
    assert offered_at(amap, shenzhen)
    assert not offered_at(amap, seoul)
    assert offered_at(osm, seoul)


# Servers outside ---------------------------------------------------------------------------------


def test_a_server_is_asked_once_for_a_tile_that_is_looked_at_twice() -> None:
    with tile_server() as (address, asked):
        server = TileServer({OWN: address})
        assert server.tile(OWN, 4, 3, 2) == picture()
        assert server.tile(OWN, 4, 3, 2) == picture()
        assert server.tile("other", 4, 3, 2) is None
    assert asked == ["/4/3/2.png"]


def test_addresses_of_tianditu_name_key_row_and_column() -> None:
    with tile_server() as (address, asked):
        host = address.removesuffix("/{z}/{x}/{y}.png")
        moved = {
            layer: host + "/" + text.split("/", 3)[3] for layer, text in SERVERS["tianditu"].items()
        }
        server = TileServer(moved, key="k&=y")
        server.tile("vec", 10, 857, 418)
        server.tile("cva", 10, 857, 418)
    assert [path.split("?")[0] for path in asked] == ["/vec_w/wmts", "/cva_w/wmts"]
    for path in asked:
        assert "TILEMATRIX=10&TILECOL=857&TILEROW=418&tk=k%26%3Dy" in path


def _forbidden(handler: BaseHTTPRequestHandler) -> None:
    send(handler, 403, b"key wrong")


def _elsewhere(handler: BaseHTTPRequestHandler) -> None:
    send(handler, 302, b"", Location="http://127.0.0.1:9/secret")


def _page(handler: BaseHTTPRequestHandler) -> None:
    send(handler, 200, b"<html><script>alert(1)</script>")


def _endless(handler: BaseHTTPRequestHandler) -> None:
    handler.send_response(200)
    handler.end_headers()
    for _ in range(400):
        handler.wfile.write(GREEN + bytes(65_536))


@pytest.mark.parametrize(
    ("answer", "why"),
    [(_forbidden, "key"), (_elsewhere, "answer"), (_page, "answer"), (_endless, "answer")],
)
def test_what_is_no_tile_is_refused_with_a_reason(
    answer: Callable[[BaseHTTPRequestHandler], None], why: str
) -> None:
    with tile_server(answer) as (address, _), pytest.raises(TileRefusal) as told:
        TileServer({OWN: address}).tile(OWN, 1, 0, 0)
    assert told.value.why == why


def test_a_server_that_never_answers_is_left_alone_after_some_failures() -> None:
    now = [0.0]
    with silent_server() as address:
        server = TileServer({OWN: address}, limit_s=0.2, rest_s=30, clock=lambda: now[0])
        for _ in range(3):
            with pytest.raises(TileRefusal, match="slow"):
                server.tile(OWN, 1, 0, 0)
    with tile_server() as (address, asked):
        server.addresses = {OWN: address}
        with pytest.raises(TileRefusal, match="slow"):
            server.tile(OWN, 1, 0, 0)
        assert asked == []  # it rests: nobody waits
        now[0] = 31.0
        assert server.tile(OWN, 1, 0, 0) == picture()


def test_a_person_who_asks_wakes_a_server_that_rests() -> None:
    with tile_server() as (address, _):
        server = TileServer({OWN: "http://127.0.0.1:9/{z}/{x}/{y}"}, most_failures=1)
        with pytest.raises(TileRefusal, match="unreachable"):
            server.tile(OWN, 1, 0, 0)
        server.addresses = {OWN: address}
        server.wake()
        assert server.tile(OWN, 1, 0, 0) == picture()


@pytest.mark.parametrize(
    "address",
    [
        "", "file:///etc/{z}/{x}/{y}", "http://host/{z}/{x}.png", "http:///{z}/{x}/{y}",
        "ftp://h/{z}{x}{y}", "http://[/{z}/{x}/{y}",
    ],
)  # fmt: skip
def test_an_address_that_is_none_of_tiles_is_refused(address: str) -> None:
    with pytest.raises(SettingsError, match="is no address of tiles"):
        check_address(address)


# What an office sets -----------------------------------------------------------------------------


@pytest.fixture
def space(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PLANNER_WORKSPACE", str(tmp_path / "space"))
    for name in ("PLANNER_TILES", "PLANNER_TIANDITU_KEY"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path / "space"


def test_nothing_set_offers_amap_and_openstreetmap(space: Path) -> None:
    assert not space.exists()
    assert [base.id for base in tile_book().bases] == ["amap", "osm"]


def test_a_key_is_kept_for_the_user_of_the_server_alone_and_shown_nowhere(space: Path) -> None:
    keep_bases(BaseSettings(tianditu_key="abc123secret"))
    assert [base.id for base in tile_book().bases] == ["tianditu", "amap", "osm"]
    assert (space / "base_maps.json").stat().st_mode & 0o077 == 0
    shown = repr((kept_bases(), tile_book()))
    assert "abc123secret" not in shown


def test_the_environment_goes_before_what_is_kept(
    space: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    del space
    monkeypatch.setenv("PLANNER_TIANDITU_KEY", "from outside")
    monkeypatch.setenv("PLANNER_TILES", str(folder_with(tmp_path / "tiles", (1, 0, 0))))
    assert kept_bases().tianditu_key == "from outside"
    assert [base.id for base in tile_book().bases] == ["tianditu", "amap", "osm", "own"]
    assert isinstance(tile_book().sources[OWN], TileFolder)


def test_own_tiles_that_cannot_be_shown_are_not_kept(space: Path) -> None:
    with pytest.raises(SettingsError, match="no folder and no file"):
        keep_bases(BaseSettings(own="/nowhere/at/all"))
    assert not (space / "base_maps.json").exists()


@pytest.mark.parametrize("own", ["x" * 5000, "~nobody-of-this-name/tiles"])
def test_own_tiles_that_cannot_be_read_leave_the_other_base_maps(
    space: Path, own: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    del space
    with pytest.raises(SettingsError, match="cannot be read"):
        keep_bases(BaseSettings(own=own))
    monkeypatch.setenv("PLANNER_TILES", own)  # a share that is gone when the app starts
    assert [base.id for base in tile_book().bases] == ["amap", "osm"]


def test_other_tiles_named_by_the_environment_are_not_taken_for_those_kept(
    space: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    del space
    kept = folder_with(tmp_path / "kept", (1, 0, 0))
    keep_bases(BaseSettings(own=str(kept), own_system="GCJ-02", own_flipped=True))
    assert kept_bases().own_system == "GCJ-02"
    monkeypatch.setenv("PLANNER_TILES", str(folder_with(tmp_path / "other", (1, 0, 0))))
    assert kept_bases().own_system == "WGS-84"
    assert not kept_bases().own_flipped


def test_a_key_of_the_environment_never_comes_into_the_file(
    space: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep_bases(BaseSettings(tianditu_key="kept before"))
    monkeypatch.setenv("PLANNER_TIANDITU_KEY", "from outside")
    keep_bases(replace(kept_bases(), own_marks="© us"))
    assert "from outside" not in (space / "base_maps.json").read_text()
    monkeypatch.delenv("PLANNER_TIANDITU_KEY")
    assert (kept_bases().tianditu_key, kept_bases().own_marks) == ("kept before", "© us")


@pytest.mark.parametrize("text", ["{", "[]", '{"own_system": "BD-09"}', '{"own": "/gone"}', "\0"])
def test_a_damaged_file_leaves_the_other_base_maps(space: Path, text: str) -> None:
    space.mkdir()
    (space / "base_maps.json").write_text(text)
    assert [base.id for base in tile_book().bases] == ["amap", "osm"]


# The addresses of the app ------------------------------------------------------------------------


@dataclass
class Answered:
    status: int
    headers: dict[str, str]
    body: bytes


def get(source: TileSource, path: str, *, base: TileBase | None = None) -> Answered:
    """Ask the app for an address, as a server of ASGI does."""
    shown = base or own_base()
    app = Starlette(routes=tile_routes(lambda: TileBook((shown,), {shown.id: source})))
    return asyncio.run(_asked(app, path))


async def _asked(app: Starlette, path: str) -> Answered:
    told: list[Message] = []
    where, _, query = path.partition("?")
    scope: Scope = {
        "type": "http",
        "method": "GET",
        "path": where,
        "raw_path": where.encode(),
        "query_string": query.encode(),
        "headers": [],
        "scheme": "http",
        "server": ("test", 80),
    }

    async def receive() -> Message:
        return {"type": "http.request", "body": b""}

    async def take(message: Message) -> None:
        told.append(message)

    await app(scope, receive, take)
    headers = {name.decode(): value.decode() for name, value in told[0]["headers"]}
    return Answered(
        told[0]["status"], headers, b"".join(each.get("body", b"") for each in told[1:])
    )


def test_the_app_gives_a_tile_with_its_kind_and_nothing_that_could_run(tmp_path: Path) -> None:
    answer = get(open_tiles(folder_with(tmp_path, (3, 5, 2))), "/planner/tiles/own/own/3/5/2")
    assert (answer.status, answer.body) == (200, GREEN)
    assert answer.headers["content-type"] == "image/png"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"].startswith("private")


def test_what_own_tiles_do_not_cover_is_see_through(tmp_path: Path) -> None:
    root = folder_with(tmp_path, (3, 5, 2))
    (root / "3" / "5" / "3.png").write_bytes(b"<script>alert(1)</script>")
    for row in (3, 4):
        answer = get(open_tiles(root), f"/planner/tiles/own/own/3/5/{row}")
        assert (answer.status, answer.body) == (200, NOTHING)


@pytest.mark.parametrize(
    "path",
    [
        "own/own/3/5/../2", "own/own/..%2f..%2fetc/5/2", "own/own/3/5/2.png", "own/own/-1/0/0",
        "own/own/3/8/0", "own/own/3/0/8", "own/own/23/0/0", "own/own/3/٣/2", "own/own/3/5/0x2",
        f"own/own/3/5/{'9' * 5000}", "own/../own/3/5/2", "own/base/3/5/2", "other/own/3/5/2",
        "own/own/3/5/", "own/own/3/5", "../tiles/own/own/3/5/2",
    ],
)  # fmt: skip
def test_tricks_in_an_address_find_nothing(tmp_path: Path, path: str) -> None:
    answer = get(open_tiles(folder_with(tmp_path, (3, 5, 2))), f"/planner/tiles/{path}")
    assert answer.status == 404


def test_whether_a_base_map_answers_is_told_without_its_address(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    with tile_server(_forbidden) as (address, _):
        server = TileServer({OWN: address + "?tk={key}"}, key="abc123secret")
        answer = get(server, "/planner/tiles/own?z=3&x=5&y=2")
        tile = get(server, "/planner/tiles/own/own/3/5/2")
    assert json.loads(answer.body) == {"ok": False, "why": "key"}
    assert (tile.status, tile.body) == (503, b"key")
    written = caplog.text + str(answer.headers) + str(tile.headers)
    assert "own" in written
    assert "abc123secret" not in written
    assert "127.0.0.1" not in written


def test_a_base_map_that_answers_is_told() -> None:
    with tile_server(with_picture) as (address, asked):
        answer = get(TileServer({OWN: address}), "/planner/tiles/own?z=3&x=5&y=2")
        assert get(TileServer({OWN: address}), "/planner/tiles/own?z=3&x=5").status == 404
    assert json.loads(answer.body) == {"ok": True, "why": ""}
    assert asked == ["/3/5/2.png"]


def test_a_server_that_never_answers_is_told_soon() -> None:
    with silent_server() as address:
        answer = get(TileServer({OWN: address}, limit_s=0.3), "/planner/tiles/own?z=3&x=5&y=2")
    assert json.loads(answer.body) == {"ok": False, "why": "slow"}


def test_books_are_made_anew_only_where_settings_change(space: Path) -> None:
    del space
    assert tile_book() is tile_book()
    first = tile_book()
    keep_bases(BaseSettings(tianditu_key="k"))
    assert tile_book() is not first
    assert len(book_module._BOOKS) == 1  # noqa: SLF001 - keys of before are not kept
