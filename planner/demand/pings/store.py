"""Records by partition, in memory up to a limit and then in a file that nobody else can open."""

import os
import tempfile
from threading import Lock
from types import TracebackType
from typing import IO, Self

import numpy as np
from numpy.typing import NDArray

from planner.demand.pings.model import RECORD, Scattered

__all__ = ["MOST_BYTES", "PartitionStore"]

MOST_BYTES = 1_500_000_000
"""So many bytes of records are held in memory; the file takes all of them when there are more."""


class PartitionStore:
    """What has been read, by partition; several threads may write, then several may read.

    The file has no name from the moment it is made (where the system allows it), so it is gone
    with the program, however that ends.
    """

    def __init__(self, partitions: int, *, most_bytes: int = MOST_BYTES) -> None:
        self.partitions = partitions
        self.most_bytes = most_bytes
        self.held: list[Scattered] = []
        self.bytes = 0
        self.written: list[tuple[int, NDArray[np.int64]]] = []
        self.file: IO[bytes] | None = None
        self.lock = Lock()

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Forget everything."""
        self.held.clear()
        if self.file is not None:
            self.file.close()

    @property
    def is_filled(self) -> bool:
        """Tell whether there is any record."""
        return bool(self.held or self.written)

    def add(self, piece: Scattered) -> None:
        """Take records over."""
        if not len(piece.records):
            return
        with self.lock:
            self.held.append(piece)
            self.bytes += piece.records.nbytes
            if self.bytes > self.most_bytes or self.file is not None:
                self._write()

    def _write(self) -> None:
        if self.file is None:
            self.file = tempfile.TemporaryFile(prefix="planner-pings-")  # noqa: SIM115 - closed by __exit__
        for piece in self.held:
            self.written.append((self.file.tell(), piece.starts))
            self.file.write(piece.records.tobytes())
        self.file.flush()
        self.held.clear()
        self.bytes = 0

    def of(self, partition: int) -> NDArray[np.void]:
        """Give all records of a partition."""
        pieces = [piece.of(partition) for piece in self.held]
        spans = [
            (
                at + int(starts[partition]) * RECORD.itemsize,
                starts[partition + 1] - starts[partition],
            )
            for at, starts in self.written
        ]
        out = np.empty(sum(map(len, pieces)) + sum(int(count) for _, count in spans), dtype=RECORD)
        done = 0
        for piece in pieces:
            out[done : done + len(piece)] = piece
            done += len(piece)
        for at, count in spans:
            out[done : done + count] = self._read(at, int(count))
            done += int(count)
        return out

    def _read(self, at: int, count: int) -> NDArray[np.void]:
        if self.file is None or not count:
            return np.empty(0, dtype=RECORD)
        if hasattr(os, "pread"):
            return np.frombuffer(os.pread(self.file.fileno(), count * RECORD.itemsize, at), RECORD)
        with self.lock:  # a system without reads at a place
            self.file.seek(at)
            return np.frombuffer(self.file.read(count * RECORD.itemsize), RECORD)
