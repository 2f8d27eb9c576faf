"""Numbers, dates and money on the screens follow the language: one place for it."""

import ast
import re
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from app_pages.text.tables import day, decimal, fine_share, moment, money, number, share, yuan
from planner.language import use_language

PAGES = Path(__file__).parents[2] / "app_pages"


@pytest.mark.parametrize(("language", "told"), [("zh", "2026年3月5日"), ("en", "5 March 2026")])
def test_a_day_is_written_as_the_language_does(language: str, told: str) -> None:
    use_language(language)
    assert day(date(2026, 3, 5)) == told


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_moment_is_told_in_the_time_of_the_machine(
    monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    import time  # noqa: PLC0415 - only this test changes the time zone

    monkeypatch.setenv("TZ", "Asia/Shanghai")
    time.tzset()
    try:
        use_language(language)
        late = datetime(2026, 12, 31, 16, 5, tzinfo=UTC)
        told = {"zh": "2027年1月1日 00:05", "en": "1 January 2027 00:05"}
        assert moment(late) == told[language]
    finally:
        monkeypatch.undo()
        time.tzset()


@pytest.mark.parametrize(("language", "told"), [("zh", "12,300 元"), ("en", "12,300 yuan")])
def test_money_names_its_unit_in_the_language(language: str, told: str) -> None:
    use_language(language)
    assert money(12_300.4) == told
    assert yuan(12_300.4) == "12,300"


@pytest.mark.parametrize("language", ["zh", "en"])
def test_thousands_and_decimals_are_parted_alike_in_both(language: str) -> None:
    use_language(language)
    assert number(1_234_567.8) == "1,234,568"
    assert decimal(1_234.56) == "1,234.6"
    assert share(0.1234) == "12.3%"
    assert fine_share(0.00123) == "0.13%"  # never less than it is


def test_what_is_no_number_is_never_written_as_one() -> None:
    for nothing in (None, float("nan"), float("inf"), "x"):
        assert (number(nothing), decimal(nothing), money(nothing)) == ("", "", "")
        assert share(nothing) == "–"


def test_no_other_page_writes_dates_of_its_own() -> None:
    """Every date goes through `tables`, or it would be in one language only."""
    kept = ("runs.py", "unfinished.py")  # moments that the server keeps; nobody reads them there
    found = [
        f"{path.name}:{node.lineno}"
        for path in sorted(PAGES.rglob("*.py"))
        if path.name not in ("tables.py", *kept)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if (isinstance(node, ast.Attribute) and node.attr in ("strftime", "isoformat", "ctime"))
        or (isinstance(node, ast.Constant) and re.search(r"%[YmdHM]\b", str(node.value)))
    ]
    assert found == []
