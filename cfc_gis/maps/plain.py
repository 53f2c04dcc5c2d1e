"""Columns of tables as plain values for JSON: rounded numbers, clean text, positions in place of ids."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from cfc_gis import text


def texts(values: Iterable[object]) -> list[str]:
    """Return values as one line each, without control characters; missing is empty."""
    return [text.display(None if pd.isna(value) else value) for value in values]  # type: ignore[call-overload]


def positions(values: Iterable[object], ids: Sequence[str]) -> list[int | None]:
    """Return where each value stands among the ids; ``None`` where it is not one of them.

    Examples
    --------
    >>> positions(["b", None], ["a", "b"])
    [1, None]
    """
    where: dict[object, int] = {value: position for position, value in enumerate(ids)}
    return [where.get(value) for value in values]


def number(value: Any, digits: int) -> float | int | None:
    """Return a rounded number; missing is ``None``, whole numbers lose their point.

    Examples
    --------
    >>> number(2.04, 1), number(float("nan"), 1)
    (2, None)
    """
    return None if value is None else numbers([value], digits)[0]


def numbers(values: ArrayLike, digits: int) -> list[float | int | None]:
    """Return rounded numbers; missing ones are ``None``, whole ones lose their point."""
    rounded = np.asarray(values, dtype=float).round(digits)
    whole = rounded.astype(object)
    is_whole = rounded == np.trunc(rounded)
    whole[is_whole] = [int(value) for value in rounded[is_whole]]
    whole[np.isnan(rounded)] = None
    return list(whole)


def shares(values: ArrayLike) -> list[float | int | None]:
    """Return shares by the hundred; what is not quite nothing or all does not become it, so that it is told as <1%.

    Examples
    --------
    >>> shares([0.0, 0.0012, 0.125, 0.9999, 1.0, float("nan")])
    [0, 0.001, 0.13, 0.999, 1, None]
    """
    exact = np.asarray(values, dtype=float)
    rounded = np.floor(exact * 100 + 0.5) / 100
    rounded[(exact > 0) & (exact <= text.ALMOST_NONE)] = 0.001
    rounded[(exact >= text.SURE) & (exact < 1)] = 0.999
    return numbers(rounded, 3)


def on_its_side(values: ArrayLike, threshold: float, met: ArrayLike, digits: int) -> list[float | int | None]:
    """Return numbers rounded so that each still lies on its side of a threshold: 500.3 stays, 503.2 becomes 503.

    Parameters
    ----------
    values
        What was measured.
    threshold
        Largest value that is within.
    met
        Whether each is.
    digits
        Decimals where they suffice.

    Examples
    --------
    >>> on_its_side([500.3, 503.2, 499.6], 500, [False, False, True], 0)
    [500.3, 503, 500]
    """
    exact, within = np.asarray(values, dtype=float), np.asarray(met, dtype=bool)
    rounded = exact.round(digits)
    for more in range(digits + 1, 9):
        crossed = ((rounded <= threshold) != within) & ~np.isnan(exact)
        rounded[crossed] = exact[crossed].round(more)
    return numbers(rounded, 9)


def flags(values: ArrayLike) -> str:
    """Return flags as one string of 0 and 1.

    Examples
    --------
    >>> flags([True, False])
    '10'
    """
    return "".join("1" if value else "0" for value in np.asarray(values, dtype=bool).tolist())
