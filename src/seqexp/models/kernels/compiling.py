"""How the recurrent kernels are compiled, and where the machine code is kept."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from numba import njit

Function = TypeVar("Function", bound=Callable[..., Any])

# `contract` lets a product and a sum become one instruction. No flag that assumes finite numbers: what diverges must
# stay visible. error_model: Python's check of every division would keep LLVM from vectorising the loop around it.
_OPTIONS: dict[str, Any] = {"nogil": True, "fastmath": {"contract", "nsz"}, "error_model": "numpy"}


def kernel(function: Callable[..., Any]) -> Any:
    """Compile a function at its first call; Numba keeps the machine code on disk for later processes.

    Numba takes that code for outdated when the function's own file has changed, but not when a part in another file
    has: the name under which it is kept therefore holds a digest of all of them.
    """
    function.__qualname__ = f"{function.__qualname__}_{sources_digest()}"
    return njit(cache=True, **_OPTIONS)(function)


def part(function: Function) -> Function:
    """Compile a part of a kernel: each is small enough for LLVM to vectorise its loops."""
    compiled: Function = njit(**_OPTIONS)(function)
    return compiled


@cache
def sources_digest() -> str:
    """Return what tells this version of the kernels from others."""
    digest = hashlib.sha256()
    for file in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:12]
