"""Read our docstrings as the documentation site needs them; named in ``mkdocs.yml``.

Roles become plain code, and parameters that share a description get one line each, so that each shows its own type.
"""

from __future__ import annotations

import re
from typing import Any

import griffe

_ROLE = re.compile(r":(?:attr|class|data|exc|func|meth|mod):`~?([^`]+)`")
_SECTION = re.compile(r"(?m)(^Parameters\n-+\n)(.*?)(?=^\S[^\n]*\n-{3,}\n|\Z)", re.DOTALL)
_SHARED = re.compile(r"(?m)^(\*{0,2}\w+(?:, \*{0,2}\w+)+)\n((?:[ ]+.*\n?|\n(?=[ ]))+)")


def read_for_site(docstring: str) -> str:
    """Return a docstring without roles, one parameter an entry.

    Examples
    --------
    >>> read_for_site("The sum (:func:`sum`).")
    'The sum (`sum`).'
    """

    def parted(shared: re.Match[str]) -> str:
        words = shared[2].rstrip("\n") + "\n"
        return "".join(f"{name}\n{words}" for name in shared[1].split(", "))

    plain = _ROLE.sub(r"`\1`", docstring)
    return _SECTION.sub(lambda section: section[1] + _SHARED.sub(parted, section[2] + "\n"), plain)


class Docstrings(griffe.Extension):
    """Griffe's hook for :func:`read_for_site`."""

    def on_object(self, *, obj: griffe.Object, **_: Any) -> None:
        """Rewrite the docstring of each object once it is loaded."""
        if obj.docstring:
            obj.docstring.value = read_for_site(obj.docstring.value)
