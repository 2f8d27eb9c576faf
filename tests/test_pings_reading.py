"""Files of GPS records, good and damaged -> batches; nothing is lost in silence."""

import gzip
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped] # it has no types
import pyarrow.parquet as pq  # type: ignore[import-untyped] # the same
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.errors import Problem
from planner.intake.pings import (
    Batch,
    PingTask,
    Reading,
    TaskFaults,
    count_set_aside,
    find_files,
    look_at,
    merge_faults,
    offsets_of,
    problems_of,
    read_batches,
    split_file,
)
from planner.intake.pings.headers import joined_cells
from planner.intake.pings.streaming import LONGEST_LINE
from planner.intake.pings.texts import hash_numbers, hash_texts, read_floats

READING = Reading(salt=(11, 12), zone=offsets_of("Asia/Shanghai"))
HEADER = "vehicle,time,lng,lat,speed"


def line(person: str = "a", minute: int = 0, lon: str = "114.05", lat: str = "22.55") -> str:
    return f"{person},2024-05-06 08:{minute:02d}:00,{lon},{lat},3"


def write(path: Path, lines: Sequence[str], encoding: str = "utf-8") -> Path:
    path.write_bytes("\n".join(lines).encode(encoding))
    return path


class Read:
    """All that a file gave."""

    def __init__(
        self, path: Path, columns: Mapping[str, str] | None = None, *, task_bytes: int = 1 << 20
    ) -> None:
        look = look_at(path, columns=columns or {}, near=(113.7, 22.4, 114.7, 22.9))
        self.layout = look.layout
        self.notes = look.notes
        self.batches: list[Batch] = []
        parts: list[TaskFaults] = []
        tasks: tuple[PingTask, ...] = ()
        if look.layout is not None:
            tasks = split_file(path, look.layout, task_bytes=task_bytes, task_rows=task_bytes)
        for task in reversed(tasks):
            faults = TaskFaults(path=task.path, start=task.start)
            self.batches += read_batches(task, READING, faults)
            parts.append(faults)
        self.files = merge_faults(parts)
        layouts = {} if look.layout is None else {path: look.layout}
        self.problems: tuple[Problem, ...] = (*look.problems, *problems_of(self.files, layouts))
        self.set_aside = count_set_aside(self.files)

    def rows(self) -> list[tuple[int, int, float, float]]:
        """Person, time, lon and lat of each record, in order of size."""
        return sorted(
            (int(p), int(t), float(x), float(y))
            for one in self.batches
            for p, t, x, y in zip(
                one.person if len(one.person) else np.zeros(len(one.lon), np.uint64),
                one.time_s,
                one.lon,
                one.lat,
                strict=True,
            )
        )

    def told(self) -> list[tuple[int | str, str]]:
        """Line and column of each problem."""
        return [(problem.row, problem.column) for problem in self.problems]


def test_each_fault_is_told_with_its_line_and_column_and_the_others_are_used(
    tmp_path: Path,
) -> None:
    lines = [
        HEADER,
        line(),
        line(minute=1, lon="nan", lat="nan"),
        line(minute=2, lon="0", lat="0"),
        line(minute=3, lon="22.55", lat="114.05"),
        "b,2024-05-06 08:04:00,114.05",
        "b,08h,114.05,22.55,0",
        "b,,114.05,22.55,0",
        ",2024-05-06 08:05:00,114.05,22.55,0",
        "",
        'b,"2024-05-06 08:06:00,114.05,22.55,0',
        "b,2024-05-06 08:07:00,200,22.55,0",
        "b,2024-05-06,114.05,22.55,0",
        line("b", 8),
    ]
    found = Read(write(tmp_path / "a.csv", lines))
    assert len(found.rows()) == 2
    assert sorted(found.told(), key=str) == sorted(
        [
            (3, "lng"),
            (4, "lng"),
            (5, "lng"),
            (6, ""),
            (7, "time"),
            (8, "time"),
            (9, "vehicle"),
            (12, "lng"),
            (13, "time"),
        ],
        key=str,
    )
    assert found.set_aside["broken"] == 2
    assert sum(found.set_aside.values()) == 10


def test_faults_of_one_kind_fold_into_one_problem_with_their_number_and_first_lines(
    tmp_path: Path,
) -> None:
    lines = [HEADER, *(line(lon="0", lat="0") for _ in range(1234)), line()]
    (problem,) = Read(write(tmp_path / "a.csv", lines)).problems
    assert problem.row == 2
    assert problem.fix.values["count"] == "1,234"
    assert problem.fix.values["lines"] == "2, 3, 4"


def test_one_broken_line_in_the_middle_of_many_parts_is_told_by_its_number(tmp_path: Path) -> None:
    lines = [HEADER, *(line("ab", at % 60) for at in range(4_999)), 'x,"y', line("ab", 1)]
    lines += [line("c", at % 60) for at in range(5_000)]
    path = write(tmp_path / "a.csv", lines)
    for task_bytes in (1_000, 10_007, 1 << 24):
        found = Read(path, task_bytes=task_bytes)
        assert found.told() == [(5_001, "")]
        assert len(found.rows()) == 10_000


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 300), st.booleans(), st.booleans(), st.data())
def test_the_parts_of_a_file_together_are_the_file(
    tmp_path_factory: pytest.TempPathFactory,
    task_bytes: int,
    windows: bool,  # noqa: FBT001 - drawn
    ends: bool,  # noqa: FBT001 - drawn
    data: st.DataObject,
) -> None:
    bodies = st.sampled_from([line("a", 1), line("b", 2), "", "x", line(lon="0", lat="0"), " "])
    lines = [HEADER, line("z", 59), *data.draw(st.lists(bodies, max_size=12))]
    text = ("\r\n" if windows else "\n").join(lines) + ("\n" if ends else "")
    path = tmp_path_factory.mktemp("parts") / "a.csv"
    path.write_bytes(text.encode())
    whole, parts = Read(path), Read(path, task_bytes=task_bytes)
    assert parts.rows() == whole.rows()
    assert parts.problems == whole.problems
    good = [one for one in lines if one.startswith(("a,", "b,", "z,")) and ",0,0" not in one]
    assert len(whole.rows()) == sum(",114.05," in one for one in good)


def test_a_damaged_gzip_gives_the_rows_before_the_damage(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    lines = [HEADER, *(line(str(n), n % 60) for n in rng.integers(0, 10**9, 40_000))]
    packed = bytearray(gzip.compress("\n".join(lines).encode()))
    cut = tmp_path / "cut.csv.gz"
    cut.write_bytes(packed[: len(packed) // 2])
    found = Read(cut)
    assert 15_000 < len(found.rows()) < 25_000
    assert [(p.row, p.fatal) for p in found.problems] == [(len(found.rows()) + 2, True)]
    packed[len(packed) // 2 : len(packed) // 2 + 64] = bytes(64)
    spoiled = tmp_path / "spoiled.csv.gz"
    spoiled.write_bytes(packed)
    found = Read(spoiled)
    assert 15_000 < len(found.rows()) <= 40_000
    assert "damaged" in found.files[0].by_kind
    whole = tmp_path / "whole.csv.gz"
    whole.write_bytes(gzip.compress("\n".join(lines).encode()))
    assert len(Read(whole).rows()) == 40_000
    assert Read(whole).problems == ()


def test_gzip_members_that_follow_one_another_are_one_file(tmp_path: Path) -> None:
    path = tmp_path / "two.csv.gz"
    first, second = f"{HEADER}\n{line()}\n", f"{line(minute=1)}\n"
    path.write_bytes(gzip.compress(first.encode()) + gzip.compress(second.encode()))
    assert len(Read(path).rows()) == 2


def test_a_line_without_end_is_one_broken_line_and_fills_no_memory(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(
        f"{HEADER}\n{line()}\n".encode() + b"x" * (12 * LONGEST_LINE) + f"\n{line()}".encode()
    )
    found = Read(path)
    assert len(found.rows()) == 2
    assert found.told() == [(3, "")]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "utf-16"])
def test_chinese_headers_are_understood_in_each_encoding(tmp_path: Path, encoding: str) -> None:
    lines = ["车牌号,时间,经度,纬度,备注", "粤B12345,2024-05-06 08:00:00,114.05,22.55,正常"]
    found = Read(write(tmp_path / "a.csv", lines, encoding))
    assert [row[1:] for row in found.rows()] == [(1_083_830_400, 114.05, 22.55)]
    assert found.problems == ()


def test_a_position_in_one_cell_is_split(tmp_path: Path) -> None:
    lines = ["骑手编号,时间,坐标", '7,2024-05-06 08:00:00,"114.05,22.55"']
    assert Read(write(tmp_path / "a.csv", lines)).rows()[0][2:] == (114.05, 22.55)
    lines = ["id;time;latlng", "7;2024-05-06 08:00:00;22.55 114.05"]
    assert Read(write(tmp_path / "b.csv", lines)).rows()[0][2:] == (114.05, 22.55)


def test_a_date_and_a_time_in_two_columns_are_one_moment(tmp_path: Path) -> None:
    lines = ["日期,时间,经度,纬度", "2024-05-06,08:00:00,114.05,22.55"]
    one = ["时间,经度,纬度", "2024-05-06 08:00:00,114.05,22.55"]
    assert (
        Read(write(tmp_path / "a.csv", lines)).rows() == Read(write(tmp_path / "b.csv", one)).rows()
    )


def test_a_file_without_headers_is_read_by_what_stands_there(tmp_path: Path) -> None:
    lines = ["22223,22:54:04,114.167,22.718383,0,0", "22223,18:26:26,114.190598,22.6478,0,4"] * 5
    found = Read(write(tmp_path / "a.csv", lines))
    assert found.layout is not None
    assert not found.layout.header
    assert found.layout.columns == {"id": 0, "time": 1, "lon": 2, "lat": 3}
    assert len(found.rows()) == 10
    assert len(found.notes) == 1
    swapped = [",".join([*one.split(",")[:2], "22.718383,114.167"]) for one in lines]
    layout = Read(write(tmp_path / "b.csv", swapped)).layout
    assert layout is not None
    assert layout.columns == {"id": 0, "time": 1, "lat": 2, "lon": 3}


def test_columns_without_headers_can_be_named_by_number(tmp_path: Path) -> None:
    lines = ["1.5,7,2024-05-06 08:00:00,3,5.25", "1.5,7,2024-05-06 08:01:00,3,5.25"]
    columns = {"id": "2", "time": "3", "lon": "1", "lat": "5"}
    assert [row[2:] for row in Read(write(tmp_path / "a.csv", lines), columns).rows()] == [
        (1.5, 5.25),
        (1.5, 5.25),
    ]


def test_a_declared_column_that_is_not_there_is_told(tmp_path: Path) -> None:
    found = Read(write(tmp_path / "a.csv", [HEADER, line()]), {"time": "上报"})
    assert found.layout is None
    assert "上报" in str(found.problems[0])


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n\n\n",
        b"\xef\xbb\xbf",
        b"\x00\x01\x02" * 50,
        b"PAR1 not really",
        b"\x1f\x8b\x08nothing",
        b"time,name\n2024-05-06 08:00:00,x\n",
        b"lon,lat\n114.05,22.55\n",
        b"PK\x03\x04\x00\x00",
    ],
)
def test_a_file_that_holds_no_records_is_one_problem(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    found = Read(path)
    assert found.layout is None
    assert [problem.table for problem in found.problems] == ["a.csv"]


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=300))
def test_no_bytes_at_all_stop_the_reading(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    path = tmp_path_factory.mktemp("bytes") / "a.csv"
    path.write_bytes(HEADER.encode() + b"\n" + content + b"\n" + line().encode())
    found = Read(path)
    assert found.layout is None or len(found.rows()) >= 0
    path.write_bytes(content)
    Read(path)


def test_mixed_forms_of_times_are_read_and_told(tmp_path: Path) -> None:
    lines = [HEADER, line(), line(minute=1), "a,2024/05/06 08:02:00,114.05,22.55,1"]
    lines += ["a,08:03:00,114.05,22.55,1", "a,1714953840,114.05,22.55,1"]
    found = Read(write(tmp_path / "a.csv", lines))
    assert len(found.rows()) == 5
    assert sorted(p.row for p in found.problems if not p.fatal) == [4, 5, 6]


def test_days_before_months_are_read_where_some_line_shows_it(tmp_path: Path) -> None:
    lines = ["time,lon,lat", "03/04/2024 08:00,114.05,22.55", "23/04/2024 08:00,114.05,22.55"]
    times = [row[1] for row in Read(write(tmp_path / "a.csv", lines)).rows()]
    assert times[1] - times[0] == 20 * 86_400
    unclear = Read(write(tmp_path / "b.csv", lines[:2]))
    assert unclear.rows() == []
    assert unclear.told() == [(2, "time")]


def test_what_stands_in_a_wrong_column_is_never_told(tmp_path: Path) -> None:
    lines = [HEADER, "x,粤B12345,114.05,22.55,1", "x,13800138000,114.05,22.55,1", line()]
    told = " ".join(map(str, Read(write(tmp_path / "a.csv", lines)).problems))
    assert "12345" not in told
    assert "138" not in told
    assert "粤B" not in told


def test_a_first_line_that_may_be_a_person_is_never_told(tmp_path: Path) -> None:
    (problem,) = Read(write(tmp_path / "a.csv", ["张三,外卖,上班", "李四,外卖,休息"])).problems
    assert "张三" not in str(problem)


@pytest.mark.parametrize(
    "who", ["１３８７７６６５５４４", "٣٤٥٦٧٨٩", "𝟏𝟑𝟖𝟎𝟎𝟏𝟑𝟖", "①③⑧⑦⑦", "粤Ｂ１２３４５", "ⅣⅤⅥ王"]
)
def test_digits_of_any_script_in_a_wrong_column_are_hidden(tmp_path: Path, who: str) -> None:
    (problem,) = Read(
        write(tmp_path / "a.csv", [HEADER, f"x,{who},114.05,22.55,1", line()])
    ).problems
    shown = str(problem.found)
    assert set(shown) <= {"x", "#"}
    assert shown


def test_of_a_line_that_lacks_a_column_only_known_headers_are_told(tmp_path: Path) -> None:
    for name, first in (("a", "PLATEQZ,QZXW,time"), ("b", "王小明;粤B8K3T7;时间")):
        (problem,) = Read(write(tmp_path / f"{name}.csv", [first, "a,b,c"])).problems
        assert problem.found == f"{first[-4:] if name == 'a' else '时间'} (1/3)"


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("粤B8K3T7.csv", "***.csv #1"),
        ("13877665544.csv", "***.csv #1"),
        ("taxi_２２２２３.csv", "taxi_***.csv #1"),
        ("gps_20141022.csv", "gps_20141022.csv"),
        ("2014-10-22 GCJ02 0.csv", "2014-10-22 GCJ02 0.csv"),
    ],
)
def test_a_plate_or_number_in_the_name_of_a_file_is_never_told(
    tmp_path: Path, name: str, told: str
) -> None:
    for content in ([HEADER, "x,bad,114.05,22.55,1", line()], ["a,b"], [HEADER[:7]]):
        found = Read(write(tmp_path / name, content))
        assert {problem.table for problem in found.problems} == {told}
        assert not any(name in str(note) for note in found.notes) or name == told


@pytest.mark.parametrize("plate", ["粤B12345", "鲁A00001", "豫C2222D", "沪A·88888", "张三"])
@pytest.mark.parametrize("encoding", ["gbk", "gb18030", "utf-16", "utf-8-sig"])
def test_one_plate_is_one_person_in_each_encoding(
    tmp_path: Path, plate: str, encoding: str
) -> None:
    lines = ["车牌号,时间,经度,纬度", f"{plate},2024-05-06 08:00:00,114.05,22.55"]
    first = Read(write(tmp_path / "a.csv", lines)).rows()
    assert Read(write(tmp_path / "b.csv", lines, encoding)).rows() == first
    ascii_header = ["id,time,lon,lat", *["a,2024-05-06 08:00:00,114.05,22.55"] * 3000, lines[1]]
    late = Read(write(tmp_path / "c.csv", ascii_header, "gbk" if plate[0] in "粤沪张" else "utf-8"))
    assert first[0] in late.rows()
    bytes_of = parquet(
        tmp_path / "d.parquet", id=pa.array([plate.encode()]), time=["2024-05-06 08:00:00"],
        lon=[114.05], lat=[22.55],
    )  # fmt: skip
    assert Read(bytes_of).rows() == first


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("201", "201.0", True),
        ("201", "201.000", True),
        ("-7", "-7.0", True),
        ("200", "200.0", True),
        ("201", "201.5", False),
        ("201", "2010", False),
        ("v1.0", "v1", False),
        ("1.2.0", "1.2", False),
        (".0", "0", False),
        ("10", "1", False),
    ],
)
def test_a_whole_number_with_a_decimal_point_is_that_number(
    one: str, other: str, *, same: bool
) -> None:
    hashed = hash_texts(*joined_cells([one, other]), np.array([3, 4], dtype=np.uint64))
    assert (hashed[0] == hashed[1]) == same


def parquet(path: Path, groups: int = 1, **columns: object) -> Path:
    table = pa.table(columns)
    pq.write_table(table, path, row_group_size=max(len(table) // groups, 1))
    return path


MOMENTS = np.array(["2024-05-06T08:00:00", "2024-05-06T08:01:30"], dtype="datetime64[ms]")


@pytest.mark.parametrize(
    "time",
    [
        pa.array(MOMENTS),
        pa.array(MOMENTS.astype("datetime64[s]")),
        pa.array(MOMENTS.astype("datetime64[ns]") - np.timedelta64(8, "h")).cast(
            pa.timestamp("ns", "UTC")
        ),
        pa.array([1714953600, 1714953690]),
        pa.array([1714953600.0, 1714953690.5]),
        pa.array([1714953600123, 1714953690123]),
        pa.array([20240506080000, 20240506080130]),
        pa.array(["2024-05-06 08:00:00", "2024-05-06 08:01:30"]),
        pa.array(["2024-05-06 08:00:00", "2024-05-06 08:01:30"], pa.large_string()),
        pa.array(["2024-05-06 08:00:00", "2024-05-06 08:01:30"]).dictionary_encode(),
    ],
    ids=lambda array: f"{array.type}-{array[0]}",
)
def test_times_of_each_parquet_type_are_the_same(tmp_path: Path, time: pa.Array) -> None:
    path = parquet(tmp_path / "a.parquet", time=time, lon=[114.05, 114.06], lat=["22.5", "22.6"])
    assert Read(path).rows() == [(0, 1_083_830_400, 114.05, 22.5), (0, 1_083_830_490, 114.06, 22.6)]


@pytest.mark.parametrize(
    "ids",
    [
        pa.array([22223, 22223]),
        pa.array([22223.0, 22223.0]),
        pa.array(["22223", "22223"]),
        pa.array(["22223", "22223"]).dictionary_encode(),
        pa.array([22223, 22223], pa.uint64()),
    ],
    ids=lambda array: f"{array.type}-{array[0]}",
)
def test_an_id_has_one_hash_in_each_kind_of_file(tmp_path: Path, ids: pa.Array) -> None:
    path = parquet(tmp_path / "a.parquet", id=ids, time=MOMENTS, lon=[114.05] * 2, lat=[22.5] * 2)
    text = write(tmp_path / "a.csv", ["id,time,lon,lat", "22223,2024-05-06 08:00:00,114.05,22.5"])
    assert {row[0] for row in Read(path).rows()} == {Read(text).rows()[0][0]}


def test_nulls_in_a_parquet_file_are_told_by_their_row(tmp_path: Path) -> None:
    path = parquet(
        tmp_path / "a.parquet",
        id=pa.array([1, None, 3, 4, 5]),
        time=pa.array([*MOMENTS, None, *MOMENTS]),
        lon=[114.05, 114.05, 114.05, None, 114.05],
        lat=[22.5, 22.5, 22.5, 22.5, 22.5],
    )
    found = Read(path, task_bytes=2)
    assert len(found.rows()) == 2
    assert sorted(found.told(), key=str) == [(2, "id"), (3, "time"), (4, "lon")]


def test_the_row_groups_of_a_parquet_file_together_are_the_file(tmp_path: Path) -> None:
    count = 1000
    lon = np.where(np.arange(count) == 777, 0.0, 114.05)
    lat = np.where(np.arange(count) == 777, 0.0, 22.5)
    times = MOMENTS[0] + np.arange(count) * np.timedelta64(1000, "ms")
    path = parquet(tmp_path / "a.parquet", groups=10, time=times, lon=lon, lat=lat)
    for rows in (1, 150, 10_000):
        found = Read(path, task_bytes=rows)
        assert len(found.rows()) == 999
        assert found.told() == [(778, "lon")]


def test_a_parquet_file_without_coordinates_names_the_columns_it_has(tmp_path: Path) -> None:
    path = parquet(tmp_path / "a.parquet", time=MOMENTS, place=["a", "b"])
    (problem,) = Read(path).problems
    assert (problem.table, problem.row) == ("a.parquet", "")
    assert problem.found == "time (1/2)"


def test_a_parquet_file_that_is_damaged_inside_is_told(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    path = parquet(
        tmp_path / "a.parquet",
        groups=2,
        time=MOMENTS[0] + np.arange(20_000) * np.timedelta64(1000, "ms"),
        lon=rng.uniform(114.0, 114.1, 20_000),
        lat=rng.uniform(22.5, 22.6, 20_000),
    )
    content = bytearray(path.read_bytes())
    content[len(content) // 2 : len(content) // 2 + 2000] = b"\xff" * 2000
    path.write_bytes(content)
    found = Read(path)
    assert len(found.rows()) <= 20_000
    assert all(problem.table == "a.parquet" for problem in found.problems)


def test_a_folder_gives_its_files_in_a_fixed_order_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()
    for name in ("c.csv", "b/a.parquet", "notes.docx", ".hidden.csv", "d.csv.gz"):
        (tmp_path / name).touch()
    names = [path.name for path in find_files([tmp_path, tmp_path / "c.csv"])]
    assert names == ["a.parquet", "c.csv", "d.csv.gz"]


@settings(deadline=None)
@given(st.lists(st.floats(-1e6, 1e6).map(lambda x: round(x, 7)), min_size=1, max_size=20))
def test_numbers_are_read_as_python_reads_them(numbers: list[float]) -> None:
    texts = [f"{number:.7f}" for number in numbers]
    assert read_floats(*joined_cells(texts)).tolist() == [float(text) for text in texts]


@settings(deadline=None)
@given(st.lists(st.integers(-(2**62), 2**62), min_size=1, max_size=20), st.integers(0, 2**64 - 1))
def test_a_number_and_its_digits_have_one_hash(numbers: list[int], salt: int) -> None:
    key = np.array([salt, 5], dtype=np.uint64)
    array = np.array(numbers, dtype=np.int64)
    none = np.zeros(len(array), dtype=np.bool_)
    texts = hash_texts(*joined_cells([str(number) for number in numbers]), key)
    assert hash_numbers(array, none, key).tolist() == texts.tolist()
    assert len(set(texts.tolist())) == len(set(numbers))
