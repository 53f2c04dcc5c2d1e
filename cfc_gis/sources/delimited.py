"""Read a text table (CSV, TSV): its encoding, its delimiter, its rows.

UTF-8, with or without BOM, is tried first, then GB18030, both strictly: a byte that fits neither is an error. The
choice is said. A file may be valid GB18030 by chance; :mod:`cfc_gis.sources.mojibake` looks at what then comes out.
"""

from __future__ import annotations

import codecs
import csv
import io
from pathlib import Path

from cfc_gis.errors import ChoiceUnknown, InputDamaged
from cfc_gis.sources.grid import Cell, Grid

_CODECS = (("utf-8-sig", "UTF-8"), ("gb18030", "GB18030"))
_DELIMITERS = {",": "CSV", "\t": "TSV", ";": "CSV (;)", "|": "CSV (|)"}
_NAMES = {"gbk": "gb18030", "gb2312": "gb18030", "936": "gb18030", "cp936": "gb18030", "utf-8": "utf-8-sig"}


def read(file: Path, encoding: str | None = None) -> Grid:
    """Read the cells of a text table.

    Parameters
    ----------
    file
        The file.
    encoding
        Its encoding, where the planner knows it; GBK and GB2312 are read as GB18030, which holds both.

    Raises
    ------
    InputDamaged
        When it is empty, no text in the encoding, or a quoted cell does not end.
    ChoiceUnknown
        When there is no such encoding.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "a.csv"
    ...     _ = file.write_bytes("名称,学位\\n和兴,90\\n".encode("gb18030"))
    ...     grid = read(file)
    >>> grid.rows, grid.numbers, grid.how["encoding"]
    ([['名称', '学位'], ['和兴', '90']], [1, 2], 'GB18030')
    """
    text, name = _decode(file, encoding)
    delimiter = "\t" if file.suffix.lower() == ".tsv" else _delimiter(text)
    rows, numbers = _parse(text, delimiter, file)
    return Grid(rows, numbers, {"how": f"{_DELIMITERS[delimiter]}, {name}", "encoding": name})


def _decode(file: Path, encoding: str | None) -> tuple[str, str]:
    data = file.read_bytes()
    if not data.strip(b"\x00 \r\n\t"):
        raise InputDamaged("table_empty", path=file)
    candidates = _CODECS if encoding is None else (_named(encoding),)
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        candidates = (("utf-16", "UTF-16"),)
    for codec, name in candidates:
        try:
            text = data.decode(codec)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:  # a binary file may decode by chance; no table holds NUL
            return text, name
    raise InputDamaged("table_encoding", path=file)


def _named(encoding: str) -> tuple[str, str]:
    codec = _NAMES.get(encoding.lower(), encoding)
    try:
        return codec, codecs.lookup(codec).name.removesuffix("-sig").upper()
    except LookupError as error:
        raise ChoiceUnknown(
            "choice_unknown", what="encoding", found=encoding, suggestion="", known="UTF-8, GB18030"
        ) from error


def _delimiter(text: str) -> str:
    """Return the delimiter that occurs most often outside quotes in the first lines; a comma where none does."""
    head = "\n".join(text.splitlines()[:20])
    plain = "".join(part for at, part in enumerate(head.split('"')) if at % 2 == 0)
    return max(_DELIMITERS, key=plain.count)


def _parse(text: str, delimiter: str, file: Path) -> tuple[list[list[Cell]], list[int]]:
    """Return the rows that hold anything, and the line on which each begins."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows: list[list[Cell]] = []
    numbers: list[int] = []
    begins = 1
    try:
        for row in reader:
            cells = [cell.strip() or None for cell in row]
            if any(cells):
                rows.append(cells)
                numbers.append(begins)
            begins = reader.line_num + 1
    except csv.Error as error:
        raise InputDamaged("table_unreadable", path=file, cause=f"{error} ({begins})") from error
    return rows, numbers
