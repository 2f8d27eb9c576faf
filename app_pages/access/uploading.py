"""Who may bring files to the server, to which window, and how much one person may."""

import threading
from collections import Counter, OrderedDict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import streamlit as st
from streamlit.runtime import Runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx

from app_pages.access.signing import Person, at_least

__all__ = ["Uploads", "note_window", "windows_of"]

MOST_FILES = 200
"""Most files of one person that wait to be taken in, in all windows."""
MOST_BYTES = 1_000_000_000
"""Most bytes of them."""
_MOST_WINDOWS = 10_000
_lock = threading.Lock()
_windows: OrderedDict[str, str] = OrderedDict()
"""Session of Streamlit -> key of the person who sits at it."""


def note_window(person: Person | None) -> None:
    """Note whose the window is that the page is drawn for: nobody else may bring files to it."""
    context = get_script_run_ctx()
    if context is None:
        return
    with _lock:
        _windows[context.session_id] = "" if person is None else person.id
        _windows.move_to_end(context.session_id)
        while len(_windows) > _MOST_WINDOWS:
            _windows.popitem(last=False)


def windows_of(person: str) -> set[str]:
    """Give the sessions of a person."""
    with _lock:
        return {window for window, owner in _windows.items() if owner == person}


class Uploads:
    """Counts what each person has brought and what is on its way."""

    def __init__(self) -> None:
        self._coming: Counter[str] = Counter()
        self._coming_bytes: Counter[str] = Counter()

    def refusal(
        self, window: str, person: Person | None, *, adds: bool, size: int | None
    ) -> int | None:
        """Give the status with which a file is refused; None: it may come, or go.

        Parameters
        ----------
        window
            The session that it is sent to.
        person
            Who sends it.
        adds
            Whether a file is brought; else one is taken back.
        size
            Bytes as announced; None: it is not told, so it may be as large as any.
        """
        who = "" if person is None else person.id
        if person is not None and not at_least(person.role, "plan"):
            return 403
        with _lock:
            owner = _windows.get(window)
        if owner != who:
            return 403
        return 413 if adds and self._is_too_much(who, size) else None

    def _is_too_much(self, who: str, size: int | None) -> bool:
        files, held = _held(windows_of(who))
        too_many = files + self._coming[who] >= MOST_FILES
        too_large = held + self._coming_bytes[who] + _expected(size) > MOST_BYTES
        return too_many or too_large

    @contextmanager
    def coming(self, person: Person | None, *, size: int | None) -> Iterator[None]:
        """Count a file while it is on its way."""
        who = "" if person is None else person.id
        self._coming[who] += 1
        self._coming_bytes[who] += _expected(size)
        try:
            yield
        finally:
            self._coming[who] -= 1
            self._coming_bytes[who] -= _expected(size)
            for counted in (self._coming, self._coming_bytes):
                if not counted[who]:
                    del counted[who]


def _expected(size: int | None) -> int:
    most = int(st.get_option("server.maxUploadSize")) * 1024 * 1024
    return most if size is None else min(max(size, 0), most)


def _held(windows: set[str]) -> tuple[int, int]:
    """Count the files that wait in some sessions, and their bytes."""
    stored: Mapping[str, Mapping[str, Any]] = getattr(
        Runtime.instance().uploaded_file_mgr, "file_storage", {}
    )
    sizes = [len(each.data) for one in windows for each in list(stored.get(one, {}).values())]
    return len(sizes), sum(sizes)
