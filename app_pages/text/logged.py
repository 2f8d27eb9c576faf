"""Lines of the log -> lines that forge no other, command no terminal and tell of nobody."""

import logging
import re
import textwrap
import traceback
from types import TracebackType

from planner.language import visible

__all__ = ["log_safely", "safe_line"]

_MOST_LETTERS = 20_000
_ENDS = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029]")
"""What some program takes for the end of a line, and what `visible` lets stand in sentences."""
_SUSPECT = re.compile(
    r"\d[\W_]*(?:\d[\W_]*){4}|[@\uff20微京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼]"
)
"""What can be a number or an address of a person; how to tell is imported only then."""

_Info = tuple[type[BaseException], BaseException, TracebackType | None]


def safe_line(text: str) -> str:
    r"""Give a text as one line: letters that are not seen by their numbers, no private number.

    Examples
    --------
    >>> safe_line("two\nlines, call 138 0013 8000")
    'two‹U+000A›lines, call ***'
    """
    return _ENDS.sub(
        lambda found: f"‹U+{ord(found[0]):04X}›", visible(_masked(text[:_MOST_LETTERS]))
    )


def log_safely() -> None:
    """Make every line that any library logs from now on pass `safe_line`.

    What a browser sent, and what stood in a file, gets into messages of libraries and into the
    words of exceptions.
    """
    make = logging.getLogRecordFactory()
    if getattr(make, "is_safe", False):
        return

    def made(*args: object, **kwargs: object) -> logging.LogRecord:
        record = make(*args, **kwargs)
        try:
            said = record.getMessage()
        except (TypeError, ValueError, KeyError):
            said = f"{record.msg!r} {record.args!r}"  # its words and values do not fit together
        record.msg, record.args = safe_line(said), ()
        if isinstance(record.exc_info, tuple) and record.exc_info[0] is not None:
            record.exc_text = _trace(record.exc_info)
        return record

    made.is_safe = True  # type: ignore[attr-defined]  # a mark of ours, so that it is done once
    logging.setLogRecordFactory(made)


def _trace(info: _Info) -> str:
    """Tell where an exception came from; no line of it begins as a line of the log does."""
    told = "".join(traceback.format_exception(*info))
    return textwrap.indent("\n".join(map(safe_line, told.splitlines())), "    ")


def _masked(text: str) -> str:
    if not _SUSPECT.search(text):
        return text
    from planner.intake.privacy import mask  # noqa: PLC0415 - slow to import, and seldom needed

    return mask(text)
