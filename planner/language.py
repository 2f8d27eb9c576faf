"""Chinese and English: messages are templates with values, told in the reader's language."""

import gettext
import os
import re
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

__all__ = [
    "LANGUAGES",
    "Message",
    "choose_language",
    "current_language",
    "note",
    "say",
    "use_language",
    "visible",
]

LANGUAGES = ("zh", "en")
_CATALOGUES = Path(__file__).parent / "locale" / "zh_CN" / "LC_MESSAGES"
_UNSEEN = re.compile(
    "[\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f\\u061c\\u200b\\u200e\\u200f\\u2028-\\u202e\\u2060-\\u2069\\ufeff\\ud800-\\udfff]"
)
_current: ContextVar[str] = ContextVar("language", default="zh")


@dataclass(frozen=True, slots=True)
class Message:
    """A sentence for a person, told in the language that is in use when it is printed."""

    template: str
    """English, with `{name}` where a value goes; the key of the catalogues."""
    values: Mapping[str, object] = field(default_factory=dict, hash=False)

    def __str__(self) -> str:
        """Tell it in the language in use."""
        return self.text(current_language())

    def text(self, language: str) -> str:
        """Tell it in Chinese ("zh") or English ("en")."""
        with_language = {name: _told(value, language) for name, value in self.values.items()}
        template = _translated(self.template) if language == "zh" else self.template
        return template.format(**with_language) if self.values else template


def _told(value: object, language: str) -> object:
    """Tell a value of a message, with every letter of it to be seen, also of names in a list."""
    told = value.text(language) if isinstance(value, Message) else value
    return visible(told) if isinstance(told, str) else told


def visible(text: str) -> str:
    """Show the number of each letter that commands a terminal, turns the text around, or hides.

    Examples
    --------
    >>> visible("east \u202e station")
    'east ‹U+202E› station'
    """
    if text.isprintable():
        return text
    return _UNSEEN.sub(lambda found: f"‹U+{ord(found[0]):04X}›", text)


def note(template: str, **values: object) -> Message:
    """Keep a message for later; `template` is English and a key of the catalogues."""
    return Message(template, values)


def say(template: str, **values: object) -> str:
    """Tell a message now, in the language in use."""
    return str(Message(template, values))


def use_language(language: str) -> None:
    """Choose the language of this thread or task.

    Raises
    ------
    ValueError
        If the language is neither "zh" nor "en".
    """
    if language not in LANGUAGES:
        raise ValueError(f"language must be one of {', '.join(LANGUAGES)}, got {language!r}")
    _current.set(language)


def current_language() -> str:
    """Give the language in use: "zh" or "en"."""
    return _current.get()


def choose_language(environment: Mapping[str, str]) -> str:
    """Choose by PLANNER_LANG, else by the locale: English only where that says so."""
    named = environment.get("PLANNER_LANG", "").lower()
    if named[:2] in LANGUAGES:
        return named[:2]
    locale = next(
        (environment[k] for k in ("LC_ALL", "LC_MESSAGES", "LANG") if environment.get(k)), ""
    )
    return "en" if locale.lower().startswith("en") else "zh"


@cache
def _catalogue() -> Mapping[str, str]:
    """Read every compiled catalogue: one for each part of the program."""
    merged: dict[str, str] = {}
    for path in sorted(_CATALOGUES.glob("*.mo")):
        with path.open("rb") as file:
            # Private to gettext, but stable since Python 2; its public door tells no missing text.
            merged.update(gettext.GNUTranslations(file)._catalog)  # type: ignore[attr-defined]  # noqa: SLF001
    return merged


def _translated(template: str) -> str:
    return _catalogue().get(template) or template


def compile_catalogues(folder: Path = _CATALOGUES) -> list[Path]:
    """Compile each `.po` file to the `.mo` beside it; the same text gives the same bytes."""
    # Babel is a tool of the developers, not of the program.
    from babel.messages.mofile import write_mo  # noqa: PLC0415
    from babel.messages.pofile import read_po  # noqa: PLC0415

    written = []
    for path in sorted(folder.glob("*.po")):
        with path.open(encoding="utf-8") as text, path.with_suffix(".mo").open("wb") as binary:
            catalogue = read_po(text, locale="zh_CN")
            catalogue.creation_date = catalogue.revision_date = datetime(2026, 1, 1, tzinfo=UTC)
            write_mo(binary, catalogue)
        written.append(path.with_suffix(".mo"))
    return written


if __name__ == "__main__":
    os.umask(0o022)
    compile_catalogues()
