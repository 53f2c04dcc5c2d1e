"""How kernels are compiled."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import numba

Kernel = TypeVar("Kernel", bound=Callable[..., Any])


def compiled(kernel: Kernel) -> Kernel:
    """Compile a function when it is first called; keep the machine code on disk where there is a place for it.

    The code runs without Python's lock, so that threads may share the work. It is kept for as long as the file of
    the function is unchanged, whatever happens to other files: a kernel calls kernels of its own file only.
    """
    try:
        found: Kernel = numba.njit(kernel, cache=True, nogil=True)
    except RuntimeError:  # there is no folder that may be written
        found = numba.njit(kernel, nogil=True)
    return found


def inlined(kernel: Kernel) -> Kernel:
    """Write a small function into the kernels that call it: for those that are too big for the compiler to do so."""
    found: Kernel = numba.njit(kernel, inline="always")
    return found
