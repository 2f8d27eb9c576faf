"""What was read lately -> the same again, as long as its version stands."""

import threading
from collections import OrderedDict
from typing import Generic, TypeVar

__all__ = ["Recent"]

_Value = TypeVar("_Value")


class Recent(Generic[_Value]):
    """Values by id and version, the newest few of them. May be used by many threads at once.

    A version never has two contents, so what is found here is what the database has.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._values: OrderedDict[str, tuple[int, _Value]] = OrderedDict()
        self._lock = threading.Lock()

    def find(self, identity: str, version: int) -> tuple[_Value] | None:
        """Give the value in a tuple of its own, since it may be None itself; None: not here."""
        with self._lock:
            known, value = self._values.get(identity, (None, None))
            if known != version:
                return None
            self._values.move_to_end(identity)
            return (value,)  # type: ignore[return-value]  # it is of the version that was asked for

    def put(self, identity: str, version: int, value: _Value) -> _Value:
        """Remember a value, give it back, and forget the one that was used longest ago."""
        with self._lock:
            self._values[identity] = (version, value)
            self._values.move_to_end(identity)
            while len(self._values) > self._most:
                self._values.popitem(last=False)
        return value
