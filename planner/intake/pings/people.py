"""The cells of ids -> hashed persons, one person however the file is encoded."""

import numpy as np
from numpy.typing import NDArray

from planner.compiled import kernel
from planner.intake.pings.texts import Cells, hash_texts

__all__ = ["hash_ids"]

_ASCII, _ASCII_ONLY, _UTF8, _OTHER = 128, 0, 1, 2


def hash_ids(
    cells: Cells, salt: NDArray[np.uint64], *, encoding: str = "utf-8"
) -> NDArray[np.uint64]:
    """Hash ids as `hash_texts` does, those in GBK as the same text in UTF-8.

    Parameters
    ----------
    encoding
        Of the file; where it is "utf-8", a cell that is none is taken for GBK all the same. What
        can be read both ways (two-byte letters: 豫 and 鲁) follows the file.
    """
    out = hash_texts(*cells, salt)
    if not len(cells.text) or int(cells.text.max()) < _ASCII:
        return out
    kind = _kinds(*cells)
    rows = np.flatnonzero(kind >= (_UTF8 if encoding == "gb18030" else _OTHER))
    if len(rows):
        _, first, own = np.unique(out[rows], return_index=True, return_inverse=True)
        texts = [_in_utf8(cells, int(row)) for row in rows[first]]
        ends = np.cumsum([len(text) for text in texts], dtype=np.int64)
        starts = ends - np.array([len(text) for text in texts], dtype=np.int64)
        joined = np.frombuffer(b"".join(texts), dtype=np.uint8)
        out[rows] = hash_texts(joined, starts, ends, salt)[own.reshape(-1)]
    return out


def _in_utf8(cells: Cells, row: int) -> bytes:
    raw = bytes(cells.text[cells.starts[row] : cells.ends[row]])
    return raw.decode("gb18030", errors="surrogateescape").encode(errors="surrogateescape")


@kernel
def _kinds(  # noqa: C901, PLR0912 - one walk over the bytes
    text: NDArray[np.uint8], starts: NDArray[np.int64], ends: NDArray[np.int64]
) -> NDArray[np.uint8]:
    """Tell for each cell whether it is ASCII, else UTF-8, or neither."""
    out = np.zeros(len(starts), dtype=np.uint8)
    for row in range(len(starts)):
        left = 0  # bytes that the letter still needs
        for at in range(starts[row], ends[row]):
            code = text[at]
            if left:
                if code < 0x80 or code >= 0xC0:  # noqa: PLR2004 - no byte that goes on
                    out[row] = _OTHER
                    break
                left -= 1
            elif code >= 0x80:  # noqa: PLR2004
                out[row] = _UTF8
                if 0xC2 <= code < 0xE0:  # noqa: PLR2004 - of two bytes
                    left = 1
                elif 0xE0 <= code < 0xF0:  # noqa: PLR2004 - of three
                    left = 2
                elif 0xF0 <= code < 0xF5:  # noqa: PLR2004 - of four
                    left = 3
                else:
                    out[row] = _OTHER
                    break
        if left:
            out[row] = _OTHER
    return out
