"""Long tables for `planner solve`: what is read, what is told, what is refused."""

import gzip
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from planner.errors import InputError
from planner.siting.matrix import read_site_pairs, read_ways

TRAVEL = "site,cell,cost\nA,x,0\nA,y,2.5\nB,y,1\n"


def put(folder: Path, text: str, name: str = "travel.csv", *, encoding: str = "utf-8") -> Path:
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path


def test_a_table_is_read_with_its_zero_and_without_the_pairs_it_lacks(tmp_path: Path) -> None:
    ways = read_ways(put(tmp_path, TRAVEL))
    assert (ways.sites, ways.cells) == (("A", "B"), ("x", "y"))
    assert ways.start.tolist() == [0, 1, 3]
    assert ways.site.tolist() == [0, 1, 0]
    assert ways.cost.tolist() == [0.0, 1.0, 2.5]
    assert ways.weight.tolist() == [1.0, 1.0]
    assert not ways.notes


@pytest.mark.parametrize(
    "text",
    [
        "A,x,0\nA,y,2.5\nB,y,1\n",
        "cost,cell,site\n0,x,A\n2.5,y,A\n1,y,B\n",
        "站点编号,地点编号,路程（米）\nA,x,0\nA,y,2.5\nB,y,1\n",
        "Facility ID;Demand_ID;Distance\nA;x;0\nA;y;2.5\nB;y;1\n",
        "site\tcell\tcost\tmode\nA\tx\t0\twalk\nA\ty\t2.5\twalk\nB\ty\t1\twalk\n",
        "\ufeffsite,cell,cost\r\n\r\nA,x,0\r\n A , y ,2.5\r\nB,y,1\r\n",
        '"site","cell","cost"\n"A","x","0"\n"A","y","2.5"\n"B","y","1"\n',
        "j,i,d\nA,x,0.0\nA,y,2.50\nB,y,1e0\n",
    ],
)
def test_columns_are_found_by_name_or_else_by_order(tmp_path: Path, text: str) -> None:
    ways = read_ways(put(tmp_path, text))
    assert (ways.sites, ways.cells) == (("A", "B"), ("x", "y"))
    assert ways.cost.tolist() == [0.0, 1.0, 2.5]
    assert not ways.notes


def test_unknown_headers_over_three_columns_are_taken_by_order_and_told(tmp_path: Path) -> None:
    ways = read_ways(put(tmp_path, "uno,due,tre\nA,x,0\nB,x,1\n"))
    assert ways.sites == ("A", "B")
    assert "taken in the order site, cell, cost" in str(ways.notes[0])


def test_gbk_and_packed_files_are_read(tmp_path: Path) -> None:
    chinese = "站点,地点,距离\n银行,社区一,3\n"
    assert read_ways(put(tmp_path, chinese, encoding="gbk")).sites == ("银行",)
    packed = tmp_path / "travel.csv.gz"
    packed.write_bytes(gzip.compress(TRAVEL.encode()))
    assert read_ways(packed).sites == ("A", "B")


def test_parquet_ids_of_numbers_are_those_of_text(tmp_path: Path) -> None:
    frame = pd.DataFrame({"site": [1, 2], "cell": [7.0, 8.0], "cost": np.array([1, 2], np.int32)})
    frame.to_parquet(tmp_path / "travel.parquet")
    demand = put(tmp_path, "cell,weight\n7,3\n8,4\n", "demand.csv")
    ways = read_ways(tmp_path / "travel.parquet", demand)
    assert (ways.sites, ways.cells) == (("1", "2"), ("7", "8"))
    assert ways.weight.tolist() == [3.0, 4.0]


def test_demand_and_sites_join_by_id_and_what_is_missing_is_told(tmp_path: Path) -> None:
    demand = put(tmp_path, "cell,weight,load\ny,3,2\nz,4,5\n", "demand.csv")
    sites = put(tmp_path, "site,cost,capacity,fixed\nB,7,,1\nC,1,9,0\n", "sites.csv")
    ways = read_ways(put(tmp_path, TRAVEL), demand, sites)
    assert (ways.sites, ways.cells) == (("A", "B", "C"), ("x", "y", "z"))
    assert ways.weight.tolist() == [0.0, 3.0, 4.0]
    assert ways.load.tolist() == [0.0, 2.0, 5.0]
    assert ways.site_cost.tolist() == [1.0, 7.0, 1.0]
    assert ways.capacity.tolist() == [np.inf, np.inf, 9.0]
    assert ways.fixed.tolist() == [False, True, False]
    assert ways.reached.tolist() == [True, True, False]
    told = " ".join(map(str, ways.notes))
    assert "demand.csv: 1 cells of the table of ways are not in it" in told
    assert "sites.csv: 1 sites of the table of ways are not in it" in told
    assert "sites.csv: 1 sites are not in the table of ways" in told


def test_a_pair_that_is_there_twice_with_one_cost_counts_once_and_is_told(tmp_path: Path) -> None:
    ways = read_ways(put(tmp_path, TRAVEL + "A,x,0\n"))
    assert len(ways.cost) == 3
    assert "1 rows repeat an earlier one" in str(ways.notes[0])


@pytest.mark.parametrize(
    ("row", "line", "column", "expected"),
    [
        ("A,z,-1", 5, "cost", "a finite number, 0 or more"),
        ("A,z,nan", 5, "cost", "a finite number, 0 or more"),
        ("A,z,inf", 5, "cost", "a finite number, 0 or more"),
        ("A,z,", 5, "cost", "a finite number, 0 or more"),
        ("A,z,far", 5, "cost", "a finite number, 0 or more"),
        (",z,1", 5, "site", "an id"),
        ("A, ,1", 5, "cell", "an id"),
        ("A,x,3", 5, "cost", "one cost for each pair"),
        ("A,x", 5, "", "3 columns"),
        ("A,x,3,4", 5, "", "3 columns"),
    ],
)
def test_every_fault_names_its_row_and_nothing_is_dropped(
    tmp_path: Path, row: str, line: int, column: str, expected: str
) -> None:
    with pytest.raises(InputError) as refused:
        read_ways(put(tmp_path, f"{TRAVEL}{row}\n"))
    problem = refused.value.problems[0]
    assert (problem.row, problem.column, str(problem.expected)) == (line, column, expected)


def test_lines_are_counted_with_the_blank_ones(tmp_path: Path) -> None:
    with pytest.raises(InputError) as refused:
        read_ways(put(tmp_path, "\nsite,cell,cost\n\nA,x,1\n\nA,y,-2\n"))
    assert refused.value.problems[0].row == 6


@pytest.mark.parametrize(
    ("demand", "told"),
    [
        ("cell,weight\nx,1\nx,2\n", "each id once"),
        ("cell,weight\nx,-1\n", "0 or more"),
        ("cell,weight\nx,NaN\n", "0 or more"),
        ("cell,weight\nx,\n", "0 or more"),
        ("cell,weight\nq,1\n", "none of its cells is in the table of ways"),
        ("cell,name\nx,1\n", "there is no column 'weight'"),
        ("cell,weight\n", "there is no row under the header"),
    ],
)
def test_wrong_demand_is_refused(tmp_path: Path, demand: str, told: str) -> None:
    with pytest.raises(InputError) as refused:
        read_ways(put(tmp_path, TRAVEL), put(tmp_path, demand, "demand.csv"))
    assert told in str(refused.value)


@pytest.mark.parametrize(
    ("sites", "told"),
    [
        ("site,cost\nA,1\nA,1\n", "each id once"),
        ("site,cost\nA,-1\n", "0 or more"),
        ("site,capacity\nA,-1\n", "0 or more"),
        ("site,capacity\nA,many\n", "0 or more"),
        ("site,fixed\nA,maybe\n", "1 (there already) or 0"),
        ("name,cost\nA,1\n", "there is no column 'site'"),
    ],
)
def test_wrong_sites_are_refused(tmp_path: Path, sites: str, told: str) -> None:
    with pytest.raises(InputError) as refused:
        read_ways(put(tmp_path, TRAVEL), None, put(tmp_path, sites, "sites.csv"))
    assert told in str(refused.value)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "the file is empty"),
        ("site,cell,cost\n", "there is no row under the header"),
        ("site,cell\nA,x\n", "there is no column 'cost'"),
        ("alpha,beta,gamma,delta\na,b,c,d\n", "there is no column 'site'"),
        ("\x00\x01\x02", "no text file"),
    ],
)
def test_files_without_a_table_are_refused(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(InputError, match=told):
        read_ways(put(tmp_path, text))


def test_missing_broken_and_strange_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be opened"):
        read_ways(tmp_path / "none.csv")
    with pytest.raises(InputError, match="not read here"):
        read_ways(put(tmp_path, TRAVEL, "travel.doc"))
    with pytest.raises(InputError, match="damaged"):
        read_ways(put(tmp_path, TRAVEL, "travel.parquet"))


def test_ways_between_sites_hold_there_and_back(tmp_path: Path) -> None:
    ways = read_site_pairs(put(tmp_path, "site,site,cost\na,b,3\nb,a,2\nc,a,5\na,a,0\n"))
    assert ways.sites == ways.cells == ("a", "b", "c")
    assert ways.cost.tolist() == [2.0, 5.0, 2.0, 5.0]
    assert "1 pairs of sites have another cost there than back" in str(ways.notes[0])


def test_a_large_table_is_read_whole(tmp_path: Path) -> None:
    n = 200_000
    numbers = np.arange(n)
    frame = pd.DataFrame({"site": numbers % 500, "cell": numbers // 500, "cost": numbers % 97})
    frame.to_csv(tmp_path / "travel.csv", index=False)
    ways = read_ways(tmp_path / "travel.csv")
    assert (len(ways.sites), len(ways.cells), len(ways.cost)) == (500, 400, n)
    assert ways.cost.sum() == float((numbers % 97).sum())
