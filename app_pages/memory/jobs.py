"""Long steps in threads of their own: they go on while pages come and go."""

import threading
import time
from collections.abc import Callable
from typing import Generic, TypeVar

from planner.language import Message

__all__ = ["Job"]

_Answer = TypeVar("_Answer")


class Job(Generic[_Answer]):
    """One long step; anybody may look at how far it is."""

    def __init__(self, work: Callable[["Job[_Answer]"], _Answer]) -> None:
        """Begin; the work is given the job itself, to report and to ask whether to stop."""
        self._done = threading.Event()
        self._stop = threading.Event()
        self._answer: _Answer | None = None
        self._error: BaseException | None = None
        self._began = time.monotonic()
        self._lasted_s: float | None = None
        self.step: Message | None = None
        self.done_share = 0.0
        self.best: object = None
        """The best answer so far, where the work tells one."""
        threading.Thread(target=self._run, args=(work,), daemon=True).start()

    @property
    def done(self) -> bool:
        """Whether it has ended, well or badly."""
        return self._done.is_set()

    @property
    def failed(self) -> bool:
        """Whether it has ended badly."""
        return self._error is not None

    @property
    def seconds(self) -> float:
        """How long ago it began."""
        return time.monotonic() - self._began

    @property
    def lasted_s(self) -> float:
        """How long it has been at work, or was."""
        return self.seconds if self._lasted_s is None else self._lasted_s

    def report(self, step: Message, done_share: float) -> None:
        """Say what is being done and the share of the step that is done; for the work."""
        self.step, self.done_share = step, min(max(done_share, 0.0), 1.0)

    def tell(self, best: object) -> None:
        """Say what the best answer is so far; for the work."""
        self.best = best

    def should_stop(self) -> bool:
        """Tell whether to end soon with the best so far; for the work."""
        return self._stop.is_set()

    def stop(self) -> None:
        """Ask it to end soon with the best so far."""
        self._stop.set()

    def wait(self, seconds: float) -> bool:
        """Wait for the end, at most so long; tell whether it has ended."""
        return self._done.wait(seconds)

    def answer(self) -> _Answer:
        """Give the answer of a job that is done, or raise what it raised."""
        if self._error is not None:
            raise self._error
        if not self.done or self._answer is None:
            raise RuntimeError("the job is not done")
        return self._answer

    def _run(self, work: Callable[["Job[_Answer]"], _Answer]) -> None:
        try:
            self._answer = work(self)
        except BaseException as error:  # noqa: BLE001 - raised again by `answer`, where a page waits for it
            self._error = error
        self._lasted_s = self.seconds
        self._done.set()
