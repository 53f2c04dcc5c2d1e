"""Tell Chinese text that was decoded by the wrong table: 鍝堝皵婊ㄥ競 is 哈尔滨市, UTF-8 that was read as GBK."""

from __future__ import annotations

import re

_HAN = re.compile("[一-鿿]")
_LOST = re.compile("\ufffd|锟斤拷|烫烫烫")
_LATIN_1 = re.compile("[\x80-\xffŒœŠšŽžŸƒˆ˜–—‘’‚“”„†‡•…‰‹›€™]")
_WESTERN = ("cp1252", "latin-1")
_LEAST = 2  # Chinese characters that must come out: a single one may do so by chance


def restore(value: str) -> str | None:
    """Return what a text was before it was decoded wrongly; ``None`` where it looks right.

    UTF-8 read as GBK, UTF-8 or GBK read as a western table, and text of which bytes were already replaced (then the
    marks of the replacement come back, for nothing can be restored). A byte lost at the end is passed over.

    Parameters
    ----------
    value
        A cell.

    Examples
    --------
    >>> restore("哈尔滨市".encode().decode("gb18030")), restore("哈尔滨市".encode("gbk").decode("latin-1"))
    ('哈尔滨市', '哈尔滨市')
    >>> restore("哈尔滨市") is None, restore("Größe") is None, restore("锟斤拷")
    (True, True, '锟斤拷')
    """
    if value.isascii():
        return None
    lost = _LOST.search(value)
    return _decoded_again(value.rstrip("?\ufffd")) or (lost.group() if lost else None)


def _decoded_again(value: str) -> str | None:
    if _HAN.search(value):
        return _as_utf8(value, "gb18030")
    if len(_LATIN_1.findall(value)) < _LEAST * 2:
        return None
    return next(filter(None, (_as_utf8(value, table) or _as_gbk(value, table) for table in _WESTERN)), None)


def _as_utf8(value: str, table: str) -> str | None:
    data = _bytes(value, table)
    if data is None:
        return None
    found = data.decode("utf-8", errors="replace").rstrip("\ufffd")
    return found if "\ufffd" not in found and len(_HAN.findall(found)) >= _LEAST else None


def _as_gbk(value: str, table: str) -> str | None:
    data = _bytes(value, table)
    try:
        found = "" if data is None else data.decode("gb18030")
    except UnicodeDecodeError:
        return None
    return found if len(_HAN.findall(found)) >= _LEAST else None


def _bytes(value: str, table: str) -> bytes | None:
    try:
        return value.encode(table)
    except UnicodeEncodeError:
        return None
