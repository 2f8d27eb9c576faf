"""Text files, packed or not -> blocks of whole lines, in bounded memory."""

import codecs
import zlib
from collections.abc import Iterator
from typing import BinaryIO

__all__ = ["LONGEST_LINE", "Unpacked", "part_of", "to_utf8", "whole_lines"]

_CHUNK = 1 << 20
_BLOCK = 4 << 20
LONGEST_LINE = 1 << 18
"""A longer line is broken; it is skipped in pieces, so that it never fills the memory."""
_BROKEN_LINE = b'"\n'
"""Stands for a line that is too long: a quote that is not closed."""
_GZIP = 31
"""Of zlib: the format of gzip with its header and check."""


def part_of(file: BinaryIO, start: int, end: int) -> Iterator[bytes]:
    """Read the lines that begin at a byte from `start` on and before `end` (-1: to the end)."""
    at = max(start - 1, 0)
    file.seek(at)
    skipping = start > 0  # the line that runs over the start belongs to the part before
    while chunk := file.read(_CHUNK):
        if skipping:
            first = chunk.find(b"\n")
            if first < 0:
                at += len(chunk)
                continue
            skipping = False
            at += first + 1
            chunk = chunk[first + 1 :]
        if 0 <= end <= at:
            return
        if 0 <= end <= at + len(chunk):
            last = chunk.find(b"\n", end - 1 - at)
            if last >= 0:
                yield chunk[: last + 1]
                return
            yield chunk
            yield from _rest_of_line(file)
            return
        at += len(chunk)
        yield chunk


def _rest_of_line(file: BinaryIO) -> Iterator[bytes]:
    while chunk := file.read(_CHUNK):
        last = chunk.find(b"\n")
        yield chunk if last < 0 else chunk[: last + 1]
        if last >= 0:
            return


class Unpacked:
    """The content of a gzip file, up to where it is damaged."""

    def __init__(self, file: BinaryIO) -> None:
        self.file = file
        self.damaged = False

    def __iter__(self) -> Iterator[bytes]:
        """Unpack piece by piece; members that follow one another count as one file."""
        unpacker = zlib.decompressobj(_GZIP)
        started = False
        while packed := self.file.read(_CHUNK >> 4):
            while packed:
                if unpacker.eof:
                    if not packed.strip(b"\0"):
                        break  # padding after the last member
                    unpacker = zlib.decompressobj(_GZIP)
                before = unpacker.copy()
                try:
                    out = unpacker.decompress(packed, _CHUNK)
                except zlib.error:
                    self.damaged = True
                    yield _until_damage(before, packed)
                    return
                started = True
                packed = unpacker.unused_data if unpacker.eof else unpacker.unconsumed_tail
                yield out
        self.damaged = started and not unpacker.eof


def _until_damage(unpacker: "zlib._Decompress", packed: bytes) -> bytes:
    """Unpack byte by byte what can still be unpacked."""
    out = []
    for at in range(len(packed)):
        try:
            out.append(unpacker.decompress(packed[at : at + 1]))
        except zlib.error:
            break
    return b"".join(out)


def to_utf8(chunks: Iterator[bytes], encoding: str) -> Iterator[bytes]:
    """Turn UTF-16 into UTF-8, piece by piece; a damaged letter becomes a replacement."""
    decoder = codecs.getincrementaldecoder(encoding)(errors="replace")
    for chunk in chunks:
        yield decoder.decode(chunk).encode(errors="replace")


def whole_lines(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Gather pieces into blocks that end with a line break; only the last one may end without."""
    parts: list[bytes] = []
    size = 0
    skipping = False
    for chunk in chunks:
        last = chunk.rfind(b"\n")
        if skipping:
            first = chunk.find(b"\n")
            if first < 0:
                continue
            skipping = False
            chunk = chunk[first + 1 :]  # noqa: PLW2901 - the rest of it
            last -= first + 1
        if last < 0:
            parts.append(chunk)
            size += len(chunk)
            tail = _tail(parts)
            if tail > LONGEST_LINE:
                yield b"".join(parts)[: size - tail] + _BROKEN_LINE
                parts, size, skipping = [], 0, True
            continue
        parts.append(chunk)
        size += len(chunk)
        if size >= _BLOCK:
            block = b"".join(parts)
            cut = block.rfind(b"\n") + 1
            yield block[:cut]
            parts, size = ([block[cut:]], size - cut) if cut < size else ([], 0)
    if size:
        yield b"".join(parts)


def _tail(parts: list[bytes]) -> int:
    """Count the bytes after the last line break."""
    out = 0
    for part in reversed(parts):
        last = part.rfind(b"\n")
        if last >= 0:
            return out + len(part) - last - 1
        out += len(part)
    return out
