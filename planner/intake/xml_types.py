"""An XML document -> whether it declares a document type, by which a few bytes can swell."""

from typing import IO
from xml.parsers.expat import ExpatError, ParserCreate  # it ends before anything is built

__all__ = ["declares_a_type"]

_PART = 65_536
_DECLARED = (b"<!DOCTYPE", b"<!ENTITY")
_LONGEST = max(map(len, _DECLARED))


class _FoundType(Exception):  # noqa: N818 - no error of a person's: it ends the reading
    """Raised where a document type begins."""


class _FoundElement(Exception):  # noqa: N818 - as above
    """Raised where the first element begins."""


def declares_a_type(document: IO[bytes]) -> bool:
    """Tell whether a document declares a type; only what stands before its first element is read.

    By a type, a few bytes can swell beyond all measure or name other files. What is no XML at all
    declares none.
    """
    parser = ParserCreate()

    def found_type(*_: object) -> None:
        raise _FoundType

    def found_element(*_: object) -> None:
        raise _FoundElement

    parser.StartDoctypeDeclHandler = found_type
    parser.StartElementHandler = found_element
    part = beginning = document.read(_PART)
    try:
        while part:
            parser.Parse(part)
            part = document.read(_PART)
    except _FoundType:
        return True
    except _FoundElement:
        return False
    except (ExpatError, ValueError):
        # In another encoding, perhaps: whoever reads it may understand more than this parser.
        return _plain(beginning).lstrip().startswith(b"<") and _holds_words(part, document)
    return False


def _plain(part: bytes) -> bytes:
    """Give letters of one byte, whichever encoding of two they stand in."""
    return part.replace(b"\0", b"").removeprefix(b"\xef\xbb\xbf").lstrip(b"\xff\xfe")


def _holds_words(part: bytes, document: IO[bytes]) -> bool:
    """Tell whether a type is declared in a part of a document or behind it."""
    before = b""
    while part:
        plain = before + _plain(part)
        if any(word in plain for word in _DECLARED):
            return True
        before, part = plain[-_LONGEST:], document.read(_PART)
    return False
