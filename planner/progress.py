"""How a long step says how far it is, and learns that it should stop."""

from collections.abc import Callable

from planner.language import Message

__all__ = ["Progress", "Stop", "never", "silent"]

Progress = Callable[[Message, float], None]
"""Called with what is being done and the share of the step that is done, 0 to 1."""

Stop = Callable[[], bool]
"""Asked now and then; true: end soon with the best so far."""


def silent(step: Message, done_share: float) -> None:
    """Say nothing."""
    del step, done_share


def never() -> bool:
    """Go on to the end."""
    return False
