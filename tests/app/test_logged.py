"""What is logged: no words of a stranger forge a line, command a terminal or tell of a person."""

import io
import logging
from collections.abc import Iterator

import pytest

from app_pages.text.logged import log_safely

HOSTILE = (
    "\x1b[2J\x1b]0;x\x07\r\n2026-01-01 admin signed in\u202e\u2028 138-0013-8000 lin@office.example"
)


@pytest.fixture
def log() -> Iterator[tuple[logging.Logger, io.StringIO]]:
    before = logging.getLogRecordFactory()
    log_safely()
    log_safely()
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
    logger = logging.getLogger("a library")
    logger.addHandler(handler)
    logger.propagate = False
    yield logger, written
    logger.removeHandler(handler)
    logging.setLogRecordFactory(before)


def harmless(said: str) -> bool:
    return (
        not set(said) & set("\x1b\x07\r\u202e\u2028\u0085")
        and "8000" not in said
        and "office.example" not in said
    )


def test_no_words_that_a_stranger_sent_make_a_line_of_their_own(
    log: tuple[logging.Logger, io.StringIO],
) -> None:
    logger, written = log
    logger.error("error: %s of %s", HOSTILE, 3)
    logger.warning(HOSTILE)
    said = written.getvalue()
    assert len(said.splitlines()) == 2
    assert "admin signed in" in said
    assert harmless(said)


def test_an_exception_tells_where_it_came_from_and_no_number_of_a_person(
    log: tuple[logging.Logger, io.StringIO],
) -> None:
    logger, written = log
    nothing: dict[str, str] = {}
    try:
        nothing[HOSTILE]
    except KeyError as error:
        logger.exception("it failed")
        kept = error
    logger.error("it failed", exc_info=kept)
    said = written.getvalue()
    assert __file__ in said
    assert harmless(said)
    assert [line for line in said.splitlines() if line[:1] not in (" ", "2")] == []
    assert sum(line.startswith("2") for line in said.splitlines()) == 2


@pytest.mark.parametrize("words", ["%d", "%(x)s", "%", "%q"])
def test_words_that_do_not_fit_their_values_are_told_as_they_are(
    words: str, log: tuple[logging.Logger, io.StringIO]
) -> None:
    logger, written = log
    logger.error(words, HOSTILE)
    assert words in written.getvalue()
    assert len(written.getvalue().splitlines()) == 1
    assert harmless(written.getvalue())
