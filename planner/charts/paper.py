"""What every picture shares: colours, fonts, language, and the way to PNG."""

import io
import logging
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from types import MappingProxyType

from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, findfont, fontManager, get_font
from matplotlib.text import Text

from planner.language import Message, current_language
from planner.scenarios.drawn import names_apart

__all__ = [
    "STYLE",
    "ChartStyle",
    "Picture",
    "Words",
    "draw_png",
    "labels",
    "short",
    "words_in_use",
]

_log = logging.getLogger(__name__)

_CHINESE_FONTS = (
    "Microsoft YaHei",
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Source Han Sans SC",
    "Source Han Sans CN",
    "PingFang SC",
    "PingFang HK",
    "Hiragino Sans GB",
    "SimHei",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
    "Noto Serif CJK SC",
    "SimSun",
    "Arial Unicode MS",
)
_LATIN_FONT = "DejaVu Sans"
"""It comes with matplotlib."""
_LONGEST = 28
"""Letters of a name in a legend, or on a line beside a chart."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartStyle:
    """How the pictures look, also to a colour-blind person or on a black-and-white print."""

    share_colours: tuple[str, ...] = ("#b5500f", "#eda55d", "#f3e3bd", "#8fbbd9", "#1f67a8")
    """From nobody served (orange) to everybody (blue)."""
    share_borders: tuple[float, ...] = (0.2, 0.4, 0.6, 0.8)
    """Where one colour ends, 0 to 1; a border belongs to the class above it."""
    density_colours: tuple[str, ...] = (
        "#fdeaa8", "#fbbd64", "#f08050", "#cc4659", "#8c266c", "#481567",
    )  # fmt: skip
    """From few workers to many, each darker than the one before."""
    gap_colours: Mapping[str, str] = field(
        default_factory=lambda: MappingProxyType(
            {"served": "#bcd0de", "gap": "#d2691e", "exempt": "#4b2a7b"}
        )
    )
    """By the state of a cell in the check of the largest gap."""
    difference_colours: Mapping[str, str] = field(
        default_factory=lambda: MappingProxyType(
            {
                "gained_much": "#1f67a8",
                "gained": "#8fbbd9",
                "lost_much": "#b5500f",
                "lost": "#eda55d",
                "gained_and_lost": "#75407f",
                "both": "#b4bdc3",
                "neither": "#e6e9eb",
            }
        )
    )
    """By what a cell gains or loses from one plan to another."""
    spots: str = "#0b4f57"
    nominal: str = "#c9dbeb"
    effective: str = "#1f67a8"
    side_colours: tuple[str, ...] = (
        "#55636f", "#1f67a8", "#c2137a", "#9a4300", "#0a7d5a", "#75407f", "#6b5d00", "#14212b",
    )  # fmt: skip
    """Of scenarios side by side."""
    today: str = "#9aa5ae"
    planned: str = "#c2137a"
    changed: str = "#ffd23f"
    """Of stations that are upgraded; their numbers are dark."""
    existing: str = "#14212b"
    streets: str = "#bcc2c6"
    outline: str = "#5a6570"
    communities: str = "#8d8aa3"
    text: str = "#1b242b"
    width_inches: float = 8.0
    dots_an_inch: int = 200


STYLE = ChartStyle()


class Picture(bytes):
    """A PNG that notebooks show."""

    __slots__ = ()

    def __repr__(self) -> str:
        """Tell the size instead of every byte."""
        return f"<PNG, {len(self) / 1000:,.0f} kB>"

    def _repr_png_(self) -> bytes:
        """Give what IPython shows."""
        return bytes(self)


@dataclass(frozen=True, slots=True)
class Words:
    """The language and the fonts of a picture: English where no font has Chinese letters."""

    language: str
    fonts: tuple[str, ...]

    def tell(self, message: Message | str) -> str:
        """Give a text as it can be drawn: without letters that no font has, and no formulas."""
        text = message.text(self.language) if isinstance(message, Message) else message
        known = _letters(self.fonts)
        return "".join(sign for sign in text if ord(sign) in known).replace("$", r"\$")


def words_in_use() -> Words:
    """Give the language in use and fonts for it; English where no font has Chinese letters."""
    chinese = _chinese_font()
    if chinese is None:
        if current_language() == "zh":
            _log.warning("No installed font has Chinese letters: pictures are labelled in English.")
        return Words("en", (_LATIN_FONT,))
    fonts = (chinese, _LATIN_FONT) if current_language() == "zh" else (_LATIN_FONT, chinese)
    return Words(current_language(), fonts)


def labels(names: Sequence[Message], words: Words) -> list[str]:
    """Name groups or parts of the day beside a chart, on two or three lines, no two alike."""
    told = names_apart([short(name.text(words.language), lines=2) for name in names])
    return ["\n".join(textwrap.wrap(words.tell(each), _LONGEST)) for each in told]


def short(text: str, *, lines: int = 1) -> str:
    """Cut a long name in its middle: names of one kind often differ at their end alone."""
    most = lines * _LONGEST
    return text if len(text) <= most else f"{text[: most - 11]}…{text[-10:]}"


def _chinese_font() -> str | None:
    installed = {font.name for font in fontManager.ttflist}
    return next((name for name in _CHINESE_FONTS if name in installed), None)


@cache
def _letters(fonts: tuple[str, ...]) -> frozenset[int]:
    found: set[int] = set()
    for name in fonts:
        found.update(get_font(findfont(FontProperties(family=name))).get_charmap())
    return frozenset(found)


def draw_png(figure: Figure, words: Words, style: ChartStyle) -> Picture:
    """Draw a figure in the fonts of the language, as PNG."""
    for text in figure.findobj(Text):
        if isinstance(text, Text):
            text.set_fontfamily(list(words.fonts))
    picture = io.BytesIO()
    figure.savefig(
        picture,
        format="png",
        dpi=style.dots_an_inch,
        facecolor="#ffffff",
        bbox_inches="tight",
        pad_inches=0.05,
        metadata={"Software": None},
    )
    return Picture(picture.getvalue())
