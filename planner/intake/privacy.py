"""Text with phone numbers and papers of people -> text without them."""

import re
import unicodedata

import numpy as np
from numpy.typing import NDArray

__all__ = ["is_private", "mask", "mask_all", "shown"]

_HIDDEN = "***"
_LONGEST = 40
_FEWEST_DIGITS = 5
_PLACES = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"
_SUSPECT = re.compile(rf"[@\uff20]|微信|wechat|qq|[{_PLACES}][a-z\uff21-\uff3a]", re.IGNORECASE)
"""What can be private with few digits."""
_BETWEEN = r"[\s.\-_·•/()\u00ad\u2010-\u2015\u2212\u200b-\u200f\u2060]{0,3}"
"""What people put between the digits of one number."""
_START = r"(?<!\d)(?<!\d\.)(?!\d+\.\d+(?![\d.\-\u2010-\u2015]))"
"""Neither inside a number nor at a decimal number, such as a degree."""
_PRIVATE = re.compile(
    # a mobile phone, with anything usual before it and between its digits
    rf"{_START}(?:0|\(?(?:\+|00)?86\)?{_BETWEEN})?1{_BETWEEN}[3-9](?:{_BETWEEN}\d){{9}}(?!\d)"
    r"|(?<!\d)(?<!\d\.)1[3-9]\d\W{1,3}\d{4}\W{1,3}\d{4}(?!\d)"
    # an identity card: six digits of a place, a date of birth, three digits and a check
    rf"|(?<!\d)[1-9]\d{{5}}{_BETWEEN}(?:19|20)\d{{2}}{_BETWEEN}(?:0[1-9]|1[0-2]){_BETWEEN}"
    rf"(?:0[1-9]|[12]\d|3[01]){_BETWEEN}\d{{3}}{_BETWEEN}[\dXx](?!\d)"
    # a telephone with its area code
    rf"|{_START}\(?(?:0|(?:\+|00)86{_BETWEEN}0?)(?:10|2\d|[3-9]\d{{2}}){_BETWEEN}"
    rf"[2-9](?:{_BETWEEN}\d){{6,7}}(?!\d)"
    # a telephone without one, as 6788-1234; what begins with 2 may be two years
    r"|(?<![a-z\d.\-])[3-8]\d{3}-\d{4}(?![a-z\d\-])"
    # any number that is said to be one
    r"|(?:(?<![a-z])(?:tel|telephone|fax|phone|mobile|wechat|qq)(?:[\s.]?no)?|电话|手机|座机|固话|热线|"
    r"传真|微信|方式)(?:号码|号)?\W{0,4}"
    rf"(?P<number>\+?\d(?:{_BETWEEN}\d){{4,}}|(?<=:|\s)[a-z](?=\w*[\d_])[a-z\d_\-]{{5,}})"
    # a mail address
    r"|[\w.+-]{1,64}@[\w-]{1,64}(?:\.[\w-]+)+"
    # the plate of a vehicle
    rf"|[{_PLACES}][a-hj-np-z][·\s]?"
    rf"(?=[a-z]*\d)[a-hj-np-z\d]{{5,6}}(?![a-z\d])",
    re.IGNORECASE,
)


class _Plain(dict[int, str]):
    """Maps each letter to its half-width form, one to one, so that places in a text hold."""

    def __missing__(self, code: int) -> str:
        letter = chr(code)
        plain = unicodedata.normalize("NFKC", letter)
        digit = unicodedata.digit(letter, None)
        self[code] = str(digit) if digit is not None else plain if len(plain) == 1 else letter
        return self[code]


_PLAIN = _Plain()


def mask(text: str) -> str:
    """Hide what looks like a phone number, an identity card, a mail address or a plate.

    Full-width digits, separators between digits and dialling prefixes make no difference; degrees
    are no phone numbers.

    Examples
    --------
    >>> mask("张记便利店 138-0013-8000"), mask("113.380013800138000")
    ('张记便利店 ***', '113.380013800138000')
    >>> mask("１３８ ００１ ３８０００"), mask("电话：67881234"), mask("8:30-17:30")
    ('***', '电话：***', '8:30-17:30')
    """
    plain = text if text.isascii() else text.translate(_PLAIN)
    out, end = [], 0
    for found in _PRIVATE.finditer(plain):
        start = found.start("number") if found["number"] else found.start()
        out += [text[end:start], _HIDDEN]
        end = found.end()
    return "".join([*out, text[end:]])


def is_private(text: str) -> bool:
    """Tell whether a text holds something that `mask` hides."""
    return mask(text) != text


def mask_all(texts: NDArray[np.object_]) -> tuple[NDArray[np.object_], int]:
    """Hide private numbers in an array of texts, None where there is none.

    Returns
    -------
    tuple
        The texts, same shape, and how many of them were changed.
    """
    out = texts.copy()
    changed = 0
    for position, text in enumerate(texts):
        if text is not None and _is_suspect(text) and (hidden := mask(text)) != text:
            out[position] = hidden
            changed += 1
    return out, changed


def _is_suspect(text: str) -> bool:
    """Tell quickly whether a text can be private at all."""
    return sum(map(str.isdigit, text)) >= _FEWEST_DIGITS or _SUSPECT.search(text) is not None


def shown(text: str) -> str:
    """Give a cell as it is told in a fault: private numbers hidden, shortened, in quotes."""
    safe = " ".join(mask(text).split())
    return f"'{safe if len(safe) <= _LONGEST else safe[: _LONGEST - 1] + '…'}'"
