"""What is wrong with the settings of a TOML or GeoJSON file, in our words: every fault with the place it stands in."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from cfc_gis import locale, text
from cfc_gis.faults import Fault, Said, closest

if TYPE_CHECKING:
    from pydantic import ValidationError

Fields = Callable[[tuple[Any, ...]], Iterable[str]]
"""From the place of a section to the settings that it may have."""

NO_TYPES: Mapping[str, str] = MappingProxyType({})
_TYPES = {
    "string_type": "text", "bool_type": "flag", "int_type": "count", "int_from_float": "count", "float_type": "number",
    "greater_than": "number", "finite_number": "number", "list_type": "list", "dict_type": "section",
    "model_type": "section", "model_attributes_type": "section", "date_type": "date", "date_ahead": "past",
    "less_than_equal": "share", "tuple_type": "list", "too_short": "longer", "missing": "section",
    "districts_type": "districts",
}  # fmt: skip


def of(
    error: ValidationError, fields: Fields, *, own: Collection[str] = (), types: Mapping[str, str] = NO_TYPES
) -> Iterator[Fault]:
    """Yield what pydantic found, as faults.

    Parameters
    ----------
    error
        What it raised.
    fields
        Settings of each section, to name the closest to one that does not exist.
    own
        Words that pydantic puts into the place of a fault and that do not stand in the file, such as the kind of a row.
    types
        Words (locale section ``setting``) for what was wanted, by kind of error, beside those known here.
    """
    wanted = {**_TYPES, **types}
    for each in error.errors(include_url=False):
        if _of_its_type(each):
            place = tuple(part for part in each["loc"] if part not in own)
            yield _said({**each, "loc": place}, fields, wanted)


def parsed(words: str) -> tuple[dict[str, Any], Fault | None]:
    """Return what a TOML text says, or the fault that it is none, with its line.

    Examples
    --------
    >>> parsed("a = 1")[0], parsed("a = 1\\nb = = 2")[1].row
    ({'a': 1}, 2)
    """
    try:
        return tomllib.loads(words), None
    except tomllib.TOMLDecodeError as error:
        row = next((int(word) for word in str(error).replace(",", " ").split() if word.isdigit()), None)
        return {}, Fault("toml_syntax", "error", row, None, str(error))


def _of_its_type(error: Any) -> bool:
    """Tell whether an error is of the branch that was meant, where a setting is one of several words or a section."""
    branch = str(error["loc"][-1])
    return not (branch.startswith("dict[") and error["type"] == "dict_type") and not (
        branch.startswith("literal[") and isinstance(error["input"], dict)
    )


def _said(error: Any, fields: Fields, types: dict[str, str]) -> Fault:
    """Return what pydantic found as a fault with our words."""
    place, kind = error["loc"], error["type"]
    column = _place(place)
    if kind == "extra_forbidden":
        known = list(fields(place[:-1]))
        facts = {"suggestion": closest(str(place[-1]), known), "known": ", ".join(known)}
        return Fault("setting_unknown", "error", None, column, None, facts)
    if kind == "missing":
        return Fault("setting_missing", "error", None, column)
    wanted = (
        one_of(error["ctx"]["expected"].replace("'", "").replace(" or ", ", "), str(error["input"]))
        if kind == "literal_error"
        else (locale.Words(f"setting.{types.get(kind, 'text')}"))
    )
    return Fault("setting_wrong", "error", None, column, text.display(error["input"]), {"wanted": wanted})


def one_of(known: str, found: str) -> Said:
    """Return which words may stand there, and the closest to what does."""
    suggestion = closest(found.lower(), known.split(", "))
    facts = {"known": known, "suggestion": suggestion}
    return Said(*(locale.say("setting.one_of", lang, **facts).strip() for lang in locale.LANGS))


def _place(parts: tuple[Any, ...]) -> str:
    """Return where a setting stands, as one would look for it: ``register 2: category``."""
    kept = [part for part in parts if not str(part).startswith(("literal[", "dict["))]  # branches of a choice of types
    words = [f"[{part + 1}]" if isinstance(part, int) else f".{part}" for part in kept]
    return "".join(words).removeprefix(".")
