"""`planner pings` and `planner plan-many` as their users call them."""

import json
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from line_town import line_town

from planner.cli import main

Capture = pytest.CaptureFixture[str]
RECORDS = """vehicle,time,lng,lat
B-secret-1,2026-03-02 08:00:00,106.4801,29.5
B-secret-1,2026-03-02 08:20:00,106.4801,29.5
B-secret-1,2026-03-02 08:40:00,106.5101,29.5
B-secret-2,2026-03-02 08:00:00,0,0
"""


def test_pings_writes_squares_by_hour_and_no_id(tmp_path: Path, capsys: Capture) -> None:
    (tmp_path / "records.csv").write_text(RECORDS, encoding="utf-8")
    out = tmp_path / "bins.csv"
    arguments = ["pings", str(tmp_path / "records.csv"), "--centre", "106.5,29.5"]
    assert main([*arguments, "--out", str(out), "--workers", "1", "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert told["person_hours"] == pytest.approx(40 / 60)
    assert told["persons"] == 1
    assert sum(told["set_aside"].values()) == 1
    assert "secret" not in out.read_text(encoding="utf-8") + json.dumps(told)
    bins = pd.read_csv(out)
    assert bins["person_hours"].sum() == pytest.approx(40 / 60)


def test_pings_needs_to_know_where_the_squares_lie(tmp_path: Path, capsys: Capture) -> None:
    out = str(tmp_path / "bins.parquet")
    assert main(["--lang", "en", "pings", "x.csv", "--out", out]) == 2
    assert "--centre" in capsys.readouterr().err
    assert main(["--lang", "en", "pings", "x.csv", "--out", out, "--centre", "here"]) == 2
    assert "here" in capsys.readouterr().err
    assert main(["--lang", "en", "pings", "x.csv", "--out", "x.doc", "--centre", "1,2"]) == 2
    assert "x.doc" in capsys.readouterr().err


def test_plan_many_plans_each_district_and_tells_the_one_that_fails(
    tmp_path: Path, capsys: Capture
) -> None:
    county = tmp_path / "county"
    county.mkdir()
    line_town(county / "east")
    line_town(county / "west")
    (county / "west" / "venues.csv").unlink()
    out = tmp_path / "plans"
    arguments = ["plan-many", str(county), "--out", str(out), "--count", "1", "--workers", "1"]
    assert main([*arguments, "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    status = {row["district"]: row["status"] for row in told["districts"]}
    assert status == {"east": "planned", "west": "failed"}
    assert "venues.csv" in told["districts"][1]["notes"]
    assert (out / "east" / "plan.json").is_file()
    book = openpyxl.load_workbook(out / "comparison.xlsx")
    assert book.worksheets[0].max_row >= 3
    line_town(tmp_path / "mended")
    (tmp_path / "mended" / "venues.csv").rename(county / "west" / "venues.csv")
    assert main([*arguments, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert {row["district"]: row["status"] for row in told["districts"]} == {
        "east": "kept",
        "west": "planned",
    }


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (["--cell", "0.5"], "--cell"),
        (["--cell", "nan"], "--cell"),
        (["--column", "vehicle=车牌"], "vehicle"),
        (["--most-gap", "-1"], "--most-gap"),
        (["--timezone", "Mars/Olympus"], "Mars/Olympus"),
    ],
)
def test_pings_refuses_wrong_arguments_in_one_sentence(
    wrong: list[str], told: str, tmp_path: Path, capsys: Capture
) -> None:
    (tmp_path / "records.csv").write_text(RECORDS, encoding="utf-8")
    out = ["--out", str(tmp_path / "bins.csv"), "--centre", "106.5,29.5"]
    assert main(["pings", str(tmp_path / "records.csv"), *out, *wrong, "--json"]) == 2
    assert told in json.loads(capsys.readouterr().out)["error"]


def test_pings_never_writes_over_what_it_reads(tmp_path: Path, capsys: Capture) -> None:
    records = tmp_path / "records.csv"
    records.write_text(RECORDS, encoding="utf-8")
    for source, out in ((records, records), (tmp_path, tmp_path / "bins.csv")):
        arguments = ["pings", str(source), "--centre", "106.5,29.5", "--out", str(out)]
        assert main(["--lang", "en", *arguments]) == 2
        assert "to be read" in capsys.readouterr().err
    assert records.read_text(encoding="utf-8") == RECORDS


def test_a_folder_that_cannot_be_written_to_is_told_before_anything_is_read(
    tmp_path: Path, capsys: Capture
) -> None:
    (tmp_path / "bins.csv").mkdir()
    arguments = ["pings", "no-such-file.csv", "--centre", "106.5,29.5"]
    assert main(["--lang", "en", *arguments, "--out", str(tmp_path / "bins.csv")]) == 2
    assert "cannot be written" in capsys.readouterr().err


def test_a_district_says_how_its_records_are_read(tmp_path: Path, capsys: Capture) -> None:
    town = line_town(tmp_path / "town")
    source = (
        '\n[[workers]]\nkind = "pings"\npath = "records.csv"\ncrs = "WGS-84"\n'
        "[workers.pings]\nmost_gap_min = 15\n"
    )
    settings = town / "district.toml"
    settings.write_text(settings.read_text(encoding="utf-8") + source, encoding="utf-8")
    (town / "records.csv").write_text(RECORDS, encoding="utf-8")
    out = tmp_path / "bins.csv"
    arguments = ["pings", str(town / "records.csv"), "--district", str(town), "--out", str(out)]
    main([*arguments, "--workers", "1", "--json"])
    told = json.loads(capsys.readouterr().out)
    assert told["person_hours"] < 40 / 60  # the gaps of 20 minutes do not count
