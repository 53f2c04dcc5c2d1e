"""Make untrusted strings safe: the one door to HTML, scripts, table cells and file names; and fold words to compare.

Names of shops and schools come from strangers. Each string passes one of these functions on its way into a map, a
report, a notebook or a spreadsheet.
"""

from __future__ import annotations

import html
import json
import math
import re
import unicodedata

_INVISIBLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028\u2029\u202a-\u202e\u2060-\u2069\ufeff]"
)
ALMOST_NONE, SURE = 0.005, 0.995
"""Shares beyond these are told with their own bound: <1%, >99%."""

_SIGNS = re.compile(r"[\s\-_.·:：,，、/()]+")
_FORMULA_STARTS = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_RESERVED_NAMES = {"con", "prn", "aux", "nul", *(f"com{i}" for i in range(1, 10)), *(f"lpt{i}" for i in range(1, 10))}


def display(value: object) -> str:
    """Return a value as one line to show: control and bidirectional characters gone, missing as empty.

    Examples
    --------
    >>> display("第一\\u202e小学\\x07\\n东门")
    '第一小学 东门'
    >>> display(float("nan"))
    ''
    """
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    return re.sub(r"\s+", " ", _INVISIBLE.sub("", str(value))).strip()


def folded(value: str) -> str:
    """Return a header or word for comparison: half-width, lower case, without spaces and signs.

    Examples
    --------
    >>> folded("学位数 （个）"), folded("Entr_Location")
    ('学位数个', 'entrlocation')
    """
    return _SIGNS.sub("", unicodedata.normalize("NFKC", value).lower())


def html_text(value: object) -> str:
    """Escape a value for HTML text and quoted attributes, inert also inside a JavaScript template or string.

    Backslashes, backticks and ``$`` become character references, since map libraries paste HTML into scripts.

    Examples
    --------
    >>> html_text('<b>"5"</b>')
    '&lt;b&gt;&quot;5&quot;&lt;/b&gt;'
    >>> html_text("`${x}\\\\`")
    '&#96;&#36;&#123;x&#125;&#92;&#96;'
    """
    safe = html.escape(display(value), quote=True)
    for char in "\\`${}":
        safe = safe.replace(char, f"&#{ord(char)};")
    return safe


def script_json(value: object) -> str:
    r"""Serialise plain data as JSON that may stand inside an HTML ``<script>``.

    ``<``, ``>``, ``&`` and the line separators of JavaScript are written as ``\u`` escapes, so that no text can
    close the script or open a comment. Keys are sorted: same data, same bytes.

    Raises
    ------
    ValueError
        On NaN or infinity, which JSON cannot say; use ``None``.

    Examples
    --------
    >>> script_json({"name": "</script>"})
    '{"name":"\\u003c/script\\u003e"}'
    """
    out = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"), sort_keys=True)
    for char in "<>&\u2028\u2029":
        out = out.replace(char, f"\\u{ord(char):04x}")
    return out


def cell(value: object) -> object:
    """Return a table cell that no spreadsheet will run as a formula.

    Control characters go, tabs and line ends become spaces, and text that begins like a formula is given a leading
    apostrophe; numbers, also those written as text, stay.

    Examples
    --------
    >>> cell("=HYPERLINK(1)")
    "'=HYPERLINK(1)"
    >>> cell("-3.5")
    '-3.5'
    >>> cell(-3.5)
    -3.5
    """
    if not isinstance(value, str):
        return value
    shown = re.sub(r"[\t\r\n]+", " ", _INVISIBLE.sub("", value))  # a stray line end would break the row
    if shown.lstrip().startswith(_FORMULA_STARTS) and not _NUMBER.fullmatch(shown):
        return "'" + shown
    return shown


def file_stem(name: str, fallback: str = "study") -> str:
    """Return a name that is safe as a folder or file name on Linux, macOS and Windows.

    Path separators, dots in front, reserved characters and reserved device names are replaced; Chinese stays. At
    most 60 characters are kept.

    Examples
    --------
    >>> file_stem("哈尔滨市")
    '哈尔滨市'
    >>> file_stem("../../etc/passwd")
    'etc-passwd'
    >>> file_stem("CON"), file_stem("nul.txt")
    ('CON-', 'nul-.txt')
    """
    clean = unicodedata.normalize("NFC", display(name))
    clean = re.sub(r'[\\/:*?"<>|\s]+', "-", clean).strip(".- ")[:60].strip(".- ")
    device, dot, rest = clean.partition(".")  # Windows looks at what stands before the first dot
    if device.strip().lower() in _RESERVED_NAMES:
        clean = f"{device}-{dot}{rest}"
    return clean or fallback
