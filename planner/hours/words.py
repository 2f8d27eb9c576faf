"""Free text about opening hours -> words whose meaning is known: days, times, closed and so on."""

import re
import unicodedata
from dataclasses import dataclass
from enum import Enum, auto

from planner.language import note

__all__ = ["HALVES", "Clock", "Kind", "Word", "words_of"]


class Kind(Enum):
    """What a word means."""

    DAYS = auto()
    HOLIDAY = auto()
    """Public holidays; a week has none, so what is said of them is left out."""
    TIME = auto()
    ALL_DAY = auto()
    TO = auto()
    NEXT_DAY = auto()
    CLOSED = auto()
    BREAK = auto()
    COMMA = auto()


@dataclass(frozen=True, slots=True)
class Clock:
    """A time of day as it is written."""

    hour: int
    """As written, also where no clock shows it; above 24 is on the next day."""
    minute: int
    half: str
    """A key of `HALVES` where a word says it, else ""."""
    bare: bool = False
    """Only a number stands there, no colon and no word for the hour."""
    to_the_second: bool = False
    """Seconds stand there, so that 23:59:00 is not meant for midnight."""


@dataclass(frozen=True, slots=True)
class Word:
    """One word, as it stands in the text."""

    kind: Kind
    text: str
    days: frozenset[int] = frozenset()
    """Days of the week, Monday is 0; for DAYS alone."""
    clock: Clock | None = None
    """For TIME alone."""


_CHINESE_DAYS = {**dict(zip("一二三四五六日", range(7), strict=True)), "天": 6}
_CHINESE_DAYS |= {str(number): number - 1 for number in range(1, 8)}
_ENGLISH_DAYS = ("mo", "tu", "we", "th", "fr", "sa", "su")
_DIGITS = {char: value for value, char in enumerate("零一二三四五六七八九")} | {"两": 2}
HALVES = {
    "am": "凌晨|清晨|早上|早晨|清早|早|朝|上午",
    "noon": "中午|午间|正午",
    "pm": "下午|午后|傍晚",
    "evening": "晚上|晚间|晚",
    "night": "夜间|夜里|夜晚|深夜|半夜|夜",
}
_HALF = "|".join(f"(?P<{name}>{words})" for name, words in HALVES.items())
_NUMERAL = "[零一二两三四五六七八九十]{1,3}"
_ENGLISH_DAY = (
    "mon(?:days?)?|tue(?:s(?:days?)?)?|wed(?:nesdays?)?|thu(?:rs?(?:days?)?)?|fri(?:days?)?"
    "|sat(?:urdays?)?|sun(?:days?)?|mo|tu|we|th|fr|sa|su"
)

# In this order: the longer or stricter phrase stands before a shorter one that begins it.
_PATTERNS: tuple[tuple[str, str], ...] = (
    ("space", r"\s+|[()\[\]【】「」\"'。:]|\.(?!\d)"),
    (
        "all_day",
        (
            r"(?:7|七)\s*[x*×]\s*24\s*(?:小时|h(?:ours?|rs?)?(?![a-z]))?|24\s*/\s*7|24\s*个?小时"
            r"|24\s*h(?:ours?|rs?)?(?:\s*a\s*day)?(?![a-z])|二十四小时|全天候|全天|昼夜"
            r"|around\s+the\s+clock|all\s+day"
        ),
    ),
    ("break", r"午休|(?:中午|午间|午餐|午饭)休息|lunch\s*break|lunch"),
    ("filler", r"(?:全年)?无休|不休息|不打烊|照常|不休"),
    (
        "closed",
        (
            r"不对外开放|不开放|不营业|不服务|不开门|休息日?|闭馆日?|休馆日?|闭店|店休|关闭|关门"
            r"|歇业|公休日?|除外|except|(?:off|closed?)(?:\s+on)?(?![a-z])|休"
        ),
    ),
    (
        "holiday",
        (
            r"(?:国家)?法定(?:节假日|假日|节日)|节假日|公共假日|节日|春节(?:期间|假期)?|国庆(?:期间|假期|节)?"
            r"|(?:public\s+)?holidays?|ph(?![a-z])"
        ),
    ),
    (
        "filler",
        (
            r"(?:服务|开放|营业|工作|上班|办公|接待)时(?:间段?|段)|时间段?|对外|开放|营业|服务|接待|开门"
            r"|正常|均为|均|都|全年|包括|包含|含|从|自|为|是"
            r"|(?:opening|business|service)?\s*hours?(?![a-z])|open(?:ing)?(?![a-z])|from(?![a-z])"
            r"|including|incl"
        ),
    ),
    ("next_day", r"次日|翌日|第二天|隔天|隔日|(?:the\s+)?next\s+day"),
    ("every_day", r"每天|每日|天天|一周七天|daily|every\s*day"),
    ("workdays", r"(?:法定)?工作日|平日|working\s*days?|weekdays?"),
    ("weekend", r"双休日|周末|weekends?"),
    ("chinese_day", r"(?:周|星期|礼拜)\s*(?P<day>[一二三四五六日天]|[1-7](?![\d点时]|\s*:))"),
    ("english_day", rf"(?P<name>{_ENGLISH_DAY})(?![a-z])"),
    (
        "time",
        (
            rf"(?:(?:{_HALF})\s*)?(?:"
            r"(?P<hour>\d{1,2})\s*:\s*(?P<minute>\d{2})(?::(?P<second>\d{2})(?:\.0+)?)?(?!\d)分?"
            r"|(?P<pointed>(?!0\.)\d{1,2}\.\d{2})(?!\d)"
            r"|(?P<share>0\.(?:\d{3,}|[6-9]\d|\d(?!\d)))"
            r"|(?P<four>[0-2]\d[0-5]\d)(?!\d)"
            rf"|(?P<word_hour>\d{{1,2}}|{_NUMERAL})\s*(?:点钟?|时)整?"
            rf"(?:(?P<part>半|[一1三3]刻)|(?P<word_minute>\d{{1,2}}|{_NUMERAL})(?:分|(?![\d:点时])))?"
            r"|(?P<bare>\d{1,2})(?![\d:.])"
            rf"|(?<=[早朝晚夜午])(?P<numeral>{_NUMERAL})"
            r")(?:\s*(?:(?P<am_after>a\.?m\.?)|(?P<pm_after>p\.?m\.?))(?![a-z]))?"
        ),
    ),
    ("english_time", r"(?P<twelve>noon|midday|midnight)(?![a-z])"),
    ("to", r"-+|直?至|直?到|to(?![a-z])|(?:un)?til?l?(?![a-z])"),
    ("comma", r"[,;、/|&+]|以及|及|和|与|and(?![a-z])"),
)
_LEXER = re.compile("|".join(f"(?P<k{at}>{text})" for at, (_, text) in enumerate(_PATTERNS)))
_FOLLOWING_DAY = re.compile(
    r"\s*(?P<day>[一二三四五六日天])(?![点时])|(?P<digit>[1-7])(?![\d点时:.])"
)
_LONG_NUMBER = re.compile(r"\d[\d -]{4,}\d")
_DATE = re.compile(r"\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}")
_DASHES = re.compile("[‐‑‒–—―−﹣~〜∼]+")
_NOON = 12
_SIMPLE = {
    "all_day": Kind.ALL_DAY,
    "break": Kind.BREAK,
    "closed": Kind.CLOSED,
    "holiday": Kind.HOLIDAY,
    "next_day": Kind.NEXT_DAY,
    "to": Kind.TO,
    "comma": Kind.COMMA,
}
_GROUPS_OF_DAYS = {
    "every_day": frozenset(range(7)),
    "workdays": frozenset(range(5)),
    "weekend": frozenset({5, 6}),
}


def words_of(text: str) -> list[Word]:
    """Take a text apart into words; spaces, brackets and words such as 开放时间 are left out.

    Raises
    ------
    ValueError
        If a part is not understood; `args[0]` is a `Message` that names it.
    """
    plain = _plain(text)
    date = _DATE.search(plain)
    if date is not None:
        raise ValueError(note("'{part}' is a date", part=date[0]))
    words: list[Word] = []
    at = 0
    while at < len(plain):
        match = _following_day(plain, at, words) or _LEXER.match(plain, at)
        if match is None:
            raise ValueError(note("'{part}' is not understood", part=_rest(plain, at)))
        word = _word(match)
        if word is not None:
            words.append(word)
        at = match.end()
    return words


def _plain(text: str) -> str:
    """Make full-width and look-alike characters plain, and 除周一外 into 周一除外."""
    plain = unicodedata.normalize("NFKC", text).lower().strip().replace("∶", ":")
    plain = _DASHES.sub("-", plain)
    plain = re.sub(r"\((次日|第二天|next day)\)", r"\1", plain)
    return re.sub(r"除了?([^,;。除]+?)(?:以外|之外|外)", r"\1除外", plain)


def _following_day(plain: str, at: int, words: list[Word]) -> re.Match[str] | None:
    """Read the 五 of 周一至五 and the 三五 of 周一三五: days without their 周."""
    before = [word for word in words[-2:] if word.kind is not Kind.COMMA]
    if not before or words[-1].kind not in {Kind.DAYS, Kind.TO, Kind.COMMA}:
        return None
    day = before[0] if before[-1].kind is Kind.TO else before[-1]
    if not _is_chinese_day(day):
        return None
    match = _FOLLOWING_DAY.match(plain, at)
    if match is not None and match["digit"] and words[-1].kind is Kind.DAYS:
        return None  # 周1 30 is not three days
    return match


def _is_chinese_day(word: Word) -> bool:
    return word.kind is Kind.DAYS and len(word.days) == 1 and not word.text.isascii()


def _rest(plain: str, at: int) -> str:
    """Quote what follows, without a number that may be somebody's telephone."""
    return _LONG_NUMBER.sub("…", plain[at:])[:20].strip()


def _word(match: re.Match[str]) -> Word | None:
    text = match[0].strip()
    if match.re is _FOLLOWING_DAY:
        return Word(Kind.DAYS, f"周{text}", days=frozenset({_CHINESE_DAYS[text]}))
    name = _PATTERNS[int(str(match.lastgroup)[1:])][0]
    if name in _SIMPLE:
        return Word(_SIMPLE[name], text)
    if name in {"time", "english_time"}:
        return Word(Kind.TIME, text, clock=_clock(match))
    days = _days(name, match)
    return Word(Kind.DAYS, text, days=days) if days else None


def _days(name: str, match: re.Match[str]) -> frozenset[int]:
    if name == "chinese_day":
        return frozenset({_CHINESE_DAYS[match["day"]]})
    if name == "english_day":
        return frozenset({_ENGLISH_DAYS.index(match["name"][:2])})
    return _GROUPS_OF_DAYS.get(name, frozenset())


def _clock(match: re.Match[str]) -> Clock:
    """Read the number of a time; whether it can be is for the reader to say."""
    if match["twelve"]:
        return Clock(*((0, 0, "night") if match["twelve"] == "midnight" else (12, 0, "noon")))
    half = next((name for name in HALVES if match[name]), "")
    half = "am" if match["am_after"] else "pm" if match["pm_after"] else half
    if match["share"]:
        minutes = round(float(match["share"]) * 24 * 60)
        return Clock(minutes // 60, minutes % 60, half)
    hour, minute = _hour_and_minute(match)
    if hour == _NOON and (match["am_after"] or match[0].startswith("凌晨")):
        hour = 0
    bare = bool(match["bare"]) and not half
    return Clock(hour, minute, half, bare=bare, to_the_second=bool(match["second"]))


def _hour_and_minute(match: re.Match[str]) -> tuple[int, int]:
    if match["hour"]:
        late = match["second"] == "59" and match["minute"] == "59"  # 23:59:59 is the end of a day
        return int(match["hour"]) + late, 0 if late else int(match["minute"])
    if match["pointed"]:
        hour, minute = match["pointed"].split(".")
        return int(hour), int(minute)
    if match["four"]:
        return int(match["four"][:2]), int(match["four"][2:])
    if match["word_hour"]:
        parts = {"半": 30, "一刻": 15, "1刻": 15, "三刻": 45, "3刻": 45, None: 0}
        minute = _number(match["word_minute"]) if match["word_minute"] else parts[match["part"]]
        return _number(match["word_hour"]), minute
    return _number(match["bare"] or match["numeral"]), 0


def _number(text: str) -> int:
    """Read a number to 99 in digits or Chinese: 8, 十二, 二十, 零."""
    if text.isdigit() and text.isascii():
        return int(text)
    tens, ten, ones = text.rpartition("十")
    if not ten:
        return int("".join(str(_DIGITS[char]) for char in text))
    return (_DIGITS.get(tens[-1:], 0) if tens else 1) * 10 + (_DIGITS[ones[-1]] if ones else 0)
