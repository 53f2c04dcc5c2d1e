"""Read our docstrings as the documentation site needs them; named in ``mkdocs.yml``.

Roles become plain code, and parameters that share a description get one line each, so that each shows its own type. The
parameters of a pydantic model are its attributes, since no signature has them.
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
            words = read_for_site(obj.docstring.value)
            obj.docstring.value = _of_fields(words) if isinstance(obj, griffe.Class) and _is_model(obj) else words


def _is_model(cls: griffe.Class) -> bool:
    """Tell whether a class takes its fields without a signature: neither a dataclass nor one with an ``__init__``."""
    made = any("dataclass" in str(decorator.value) for decorator in cls.decorators)
    return not made and "__init__" not in cls.members and bool(cls.bases)


def _of_fields(docstring: str) -> str:
    return _SECTION.sub(lambda section: f"Attributes\n----------\n{section[2]}", docstring)
