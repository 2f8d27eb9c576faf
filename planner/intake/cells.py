"""The text of one cell -> a number, degrees or a word; nothing here knows about rows or files."""

import math
import re
import unicodedata
from collections.abc import Mapping

__all__ = [
    "BLANKS",
    "Axis",
    "has_position",
    "is_blank",
    "is_damaged",
    "is_date",
    "is_formula_error",
    "plain",
    "plain_id",
    "read_degrees",
    "read_number",
    "read_pair",
    "word_key",
]

Axis = str
"""Which way a degree counts: "lon", "lat", or "" where the cell does not say."""

BLANKS = frozenset(
    {"", "nan", "null", "none", "n/a", "na", "-", "--", "---", "—", "——", "/", "\\", "无", "未知"}
    | {"不详", "暂无", "空", "待定", "待填", "暂缺", "缺"}
)
"""Words, in lower case, that stand for nothing where a number or a choice is asked for."""

_LONGEST_BLANK = max(map(len, BLANKS))

_FORMULA_ERRORS = frozenset(
    {"#ref!", "#n/a", "#div/0!", "#value!", "#name?", "#num!", "#null!", "#spill!", "#calc!"}
    | {"#getting_data", "#field!", "#blocked!", "#connect!"}
)
_DAMAGE = ("�", "锟斤拷", "烫烫烫")
_DATE = re.compile(
    r"\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}日?([ T]\d{1,2}:\d{2}(:\d{2})?)?|\d{1,2}月\d{1,2}日"
)
# NFKC would turn these into letters or into spaces with accents.
_DEGREE_MARKS = str.maketrans(
    {"º": "°", "˚": "°", "’": "'", "‘": "'", "′": "'", "”": '"', "“": '"', "″": '"'}
)
_NUMBER = re.compile(
    r"(?:约|大约|大概|近|共计|共|计|合计|人民币|rmb|¥|\$|~|≈)*"
    r"(?P<number>[+-]?(?:\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)"
    r"(?:余|多|来)?(?P<unit>(?:[^\d.,+\-].*?)?)(?:余|多|左右|上下)?"
)
_AXES = {
    **dict.fromkeys(("e", "w", "东", "西", "东经", "西经", "经度", "lon", "lng"), "lon"),
    **dict.fromkeys(("n", "s", "北", "南", "北纬", "南纬", "纬度", "lat"), "lat"),
}
_NEGATIVE = frozenset({"w", "s", "西", "南", "西经", "南纬"})
_MARK = "东经|西经|北纬|南纬|经度|纬度|lon|lng|lat|[eswn东西南北]"
_DECIMAL = re.compile(
    rf"(?P<before>{_MARK})?:?(?P<degrees>[+-]?\d{{1,9}}(?:\.\d*)?)[°度]?(?P<after>{_MARK})?"
)
_SEXAGESIMAL = re.compile(
    rf"(?P<before>{_MARK})?:?(?P<degrees>[+-]?\d{{1,3}})(?:[°度:d ])"
    r"(?P<minutes>\d{1,2}(?:\.\d+)?)(?:['分:m ]|$|(?=[eswn东西南北]))"
    rf"(?:(?P<seconds>\d{{1,2}}(?:\.\d+)?)(?:\"|''|秒|s)?)?(?P<after>{_MARK})?"
)
_PAIR_SEPARATOR = re.compile(r"\s*[,，;；、|/]\s*")
_PAIR_LABEL = re.compile(r"(?<=[^\s,;:])(?=北纬|南纬|东经|西经|纬度|经度)")


def plain(text: str) -> str:
    """Give the text in half-width letters, lower case, without outer spaces."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text.translate(_DEGREE_MARKS))
    return text.strip().casefold()


def plain_id(text: str) -> str:
    """Give an id in half-width letters, without outer spaces; blank words become "".

    Examples
    --------
    >>> plain_id(" Ａ０１ "), plain_id("-")
    ('A01', '')
    """
    plain_text = unicodedata.normalize("NFKC", text).strip()
    return "" if plain_text.casefold() in BLANKS else plain_text


def word_key(text: str) -> str:
    """Give the form in which words are compared: `plain`, without space, hyphen, underscore."""
    return re.sub(r"[\s_\-]+", "", plain(text))


def is_blank(text: str) -> bool:
    """Tell whether a cell says that there is nothing."""
    return len(text) <= _LONGEST_BLANK and plain(text) in BLANKS


def is_formula_error(text: str) -> bool:
    """Tell whether a cell holds the error of a formula, such as #REF!."""
    return text[:1] == "#" and text.strip().casefold() in _FORMULA_ERRORS


def is_damaged(text: str) -> bool:
    """Tell whether a text was destroyed by a wrong encoding."""
    if len(text) > 1 and not text.strip("?？"):
        return True  # letters that an older encoding does not have
    return not text.isascii() and any(mark in text for mark in _DAMAGE)


def is_date(text: str) -> bool:
    """Tell whether a cell holds a date, as when Excel turned 8-12 into one."""
    return _DATE.fullmatch(text.strip()) is not None


def read_number(text: str, *, units: Mapping[str, float]) -> tuple[float, bool]:
    """Read a number that may carry a unit, a thousands separator or a word such as 约.

    Parameters
    ----------
    text
        The cell.
    units
        Unit that may follow, by its spelling, with the factor to the unit that is wanted.

    Returns
    -------
    tuple
        The number (in the wanted unit where the cell names one; not a number where the text is
        none or its unit is not known), and whether the cell names a unit.

    Examples
    --------
    >>> read_number("３.5万元", units={"万元": 10_000.0})
    (35000.0, True)
    >>> read_number("约20人", units={"人": 1.0}), read_number("1,200", units={})
    ((20.0, True), (1200.0, False))
    >>> read_number("10-15", units={})
    (nan, False)
    """
    match = _NUMBER.fullmatch(re.sub(r"\s+", "", plain(text)))
    if match is None:
        return math.nan, False
    unit = match["unit"]
    value = float(match["number"].replace(",", "")) * (units.get(unit, math.nan) if unit else 1.0)
    # 3.3 x 10,000 is 33,000 without a trace of binary rounding.
    return (round(value, 9) if math.isfinite(value) else math.nan), bool(unit)


def read_degrees(text: str) -> tuple[float, Axis]:
    """Read degrees, decimal or as degrees, minutes and seconds.

    Returns
    -------
    tuple
        Degrees (west and south below 0; not a number where the text is none), and which axis the
        text itself names.

    Examples
    --------
    >>> read_degrees("东经113°15′36″"), read_degrees("23.13N"), read_degrees("113 15 36")
    ((113.26, 'lon'), (23.13, 'lat'), (113.26, ''))
    >>> read_degrees("113°75'")
    (nan, '')
    """
    compact = re.sub(r"\s*([°度'分\"秒:])\s*", r"\1", plain(text)).replace("''", '"')
    match = _DECIMAL.fullmatch(compact.replace(" ", "")) if " " not in compact.strip() else None
    match = match or _SEXAGESIMAL.fullmatch(compact) or _DECIMAL.fullmatch(compact.replace(" ", ""))
    if match is None or not _agree(match["before"], match["after"]):
        return math.nan, ""
    parts = match.groupdict()
    minutes, seconds = float(parts.get("minutes") or 0), float(parts.get("seconds") or 0)
    if minutes >= 60 or seconds >= 60:  # noqa: PLR2004 - sixty minutes make a degree
        return math.nan, ""
    size = abs(float(parts["degrees"])) + minutes / 60 + seconds / 3600
    marks = [mark for mark in (match["before"], match["after"]) if mark]
    negative = parts["degrees"].startswith("-") or any(mark in _NEGATIVE for mark in marks)
    axis = _AXES[marks[0]] if marks else ""
    return round(-size if negative else size, 12), axis


def has_position(cells: Mapping[str, str]) -> bool:
    """Tell whether a row states a position, given its cells by canonical name.

    Examples
    --------
    >>> has_position({"name": "合计", "lon": "106.46", "lat": "29.56"}), has_position({"lon": "12"})
    (True, False)
    """
    two = [read_degrees(cells.get(name, ""))[0] for name in ("lon", "lat")]
    one = [read_pair(cells.get(name, ""))[0] for name in ("lnglat", "latlng")]
    return all(map(math.isfinite, two)) or any(map(math.isfinite, one))


def _agree(before: str | None, after: str | None) -> bool:
    return before is None or after is None or _AXES[before] == _AXES[after]


def read_pair(text: str) -> tuple[float, float, Axis]:
    """Read two degrees in one cell, in the order in which they stand.

    Returns
    -------
    tuple
        First and second number (both not a number where the text is no pair), and the axis of the
        first where the text itself names it.

    Examples
    --------
    >>> read_pair("113.26，23.13"), read_pair("(113.26 23.13)")
    ((113.26, 23.13, ''), (113.26, 23.13, ''))
    >>> read_pair("北纬23°7′48″ 东经113°15′36″")
    (23.13, 113.26, 'lat')
    """
    inside = re.sub(r"^(?:point)?\s*[(\[]\s*|\s*[)\]]$", "", plain(text))
    parts = [part for part in _PAIR_SEPARATOR.split(inside) if part]
    if len(parts) == 1:
        parts = [part.strip() for part in _PAIR_LABEL.split(inside)]
    if len(parts) == 1:
        parts = inside.split()
    if len(parts) != 2:  # noqa: PLR2004 - a pair
        return math.nan, math.nan, ""
    (first, first_axis), (second, second_axis) = read_degrees(parts[0]), read_degrees(parts[1])
    if math.isnan(first) or math.isnan(second) or (first_axis and first_axis == second_axis):
        return math.nan, math.nan, ""
    other = {"lon": "lat", "lat": "lon", "": ""}
    return first, second, first_axis or other[second_axis]
