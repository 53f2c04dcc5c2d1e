"""Being told how far a run is."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[str], None]
"""Told the key of each step of a run (locale section ``step``)."""


def silent(step: str) -> None:
    """Report no progress."""
