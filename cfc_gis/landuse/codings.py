"""Codings of land use: the codes they have, and the class of land use that each stands for."""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from cfc_gis.errors import ChoiceUnknown


@dataclass(frozen=True)
class Coding:
    """A coding of land use.

    Parameters
    ----------
    id
        ``sandiao`` or ``yongdi_yonghai``.
    title
        Its name.
    aliases
        Other names by which it may be asked for.
    columns
        Names of the column in which layers of this coding keep it.
    codes
        Land use (:data:`cfc_gis.schema.LAND_USES`) of every code.
    names
        Short names of the codes that have a use here.
    verified
        Whether the codes were seen in a source.
    """

    id: str
    title: str
    aliases: tuple[str, ...]
    columns: tuple[str, ...]
    codes: Mapping[str, str]
    names: Mapping[str, str]
    verified: bool


@cache
def codings() -> Mapping[str, Coding]:
    """Return the codings that are known, by id.

    Examples
    --------
    >>> {name: coding.codes["0702"] for name, coding in codings().items()}
    {'sandiao': 'residential', 'yongdi_yonghai': 'community_service'}
    """
    return MappingProxyType({name: _coding(name) for name in ("sandiao", "yongdi_yonghai")})


def find_coding(name: str) -> Coding:
    """Return a coding by its id, title or another name.

    Raises
    ------
    ChoiceUnknown
        When there is none of that name.

    Examples
    --------
    >>> find_coding("三调").id
    'sandiao'
    """
    for coding in codings().values():
        if name.strip() in {coding.id, coding.title, *coding.aliases}:
            return coding
    known = [word for coding in codings().values() for word in (coding.id, coding.aliases[0])]
    near = next(iter(difflib.get_close_matches(name, known, 1)), None)
    suggestion = f" ({near}?)" if near else ""
    raise ChoiceUnknown(
        "choice_unknown", what="land-use coding", found=name, suggestion=suggestion, known=", ".join(known)
    )


def classify(codes: Iterable[str | None], coding: Coding) -> pd.DataFrame:
    """Return the land use of codes.

    Parameters
    ----------
    codes
        As text; None where there is none.
    coding
        The coding they follow.

    Returns
    -------
    DataFrame
        ``code`` (with its leading zero), ``landuse`` (None for an unknown or missing code) and ``how``: ``exact``,
        ``zero_restored``, ``part`` (longer than a final code that it begins with), ``unknown`` or ``missing``.

    Examples
    --------
    >>> classify(["0701", "701", "0201K", "0799", None], codings()["sandiao"])["how"].tolist()
    ['exact', 'zero_restored', 'part', 'unknown', 'missing']
    """
    final = {
        code for code in coding.codes if not any(other != code and other.startswith(code) for other in coding.codes)
    }
    known = {code: _classified(code, coding, final) for code in set(codes)}
    return pd.DataFrame([known[code] for code in codes], columns=["code", "landuse", "how"], dtype=object)


def suggest(codes: Iterable[str | None]) -> Mapping[str, dict[str, int]]:
    """Return how well each coding fits a column of codes: for the eye of the planner, who decides.

    Returns
    -------
    mapping
        By coding: ``known`` (rows whose code it has), ``alone`` (rows whose code no other coding has) and ``unknown``.

    Examples
    --------
    >>> suggest(["0702", "08H2", "08H2"])["sandiao"]
    {'known': 3, 'alone': 2, 'unknown': 0}
    """
    present = [code for code in codes if code is not None]
    fits = {name: classify(present, coding)["landuse"].notna().to_numpy() for name, coding in codings().items()}
    return MappingProxyType(
        {
            name: {
                "known": int(known.sum()),
                "alone": int((known & ~_others(fits, name)).sum()),
                "unknown": int((~known).sum()),
            }
            for name, known in fits.items()
        }
    )


def fits_text(codes: Iterable[str | None]) -> str:
    """Return :func:`suggest` in words, for messages.

    Examples
    --------
    >>> fits_text(["0702", "08H2"])
    '三调 (sandiao): 2 ✓ (1 !), 0 ✗; 用地用海 (yongdi_yonghai): 1 ✓ (0 !), 1 ✗'
    """
    found = suggest(codes)
    return "; ".join(
        f"{codings()[name].aliases[0]} ({name}): {facts['known']} ✓ ({facts['alone']} !), {facts['unknown']} ✗"
        for name, facts in found.items()
    )


def resource(name: str) -> dict[str, Any]:
    """Return a file of ``resources/landuse``."""
    text = (resources.files("cfc_gis") / "resources" / "landuse" / f"{name}.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def _coding(name: str) -> Coding:
    content = resource(name)
    codes = dict.fromkeys(content["other"], "other")
    names: dict[str, str] = {}
    for use, members in content["codes"].items():
        codes |= dict.fromkeys(members, use)
        names |= members
    return Coding(
        name,
        content["title"],
        tuple(content["aliases"]),
        tuple(content["columns"]),
        MappingProxyType(codes),
        MappingProxyType(names),
        content["verified"],
    )


def _classified(code: str | None, coding: Coding, final: set[str]) -> tuple[str | None, str | None, str]:
    if code is None:
        return None, None, "missing"
    for how, full in (("exact", code), ("zero_restored", f"0{code}")):
        if full in coding.codes:
            return full, coding.codes[full], how
    whole = next((known for known in sorted(final) if code.startswith(known)), None)
    return (code, coding.codes[whole], "part") if whole else (code, None, "unknown")


def _others(fits: Mapping[str, NDArray[np.bool_]], name: str) -> NDArray[np.bool_]:
    known = [rows for other, rows in fits.items() if other != name]
    return np.asarray(np.logical_or.reduce(known), dtype=np.bool_)
