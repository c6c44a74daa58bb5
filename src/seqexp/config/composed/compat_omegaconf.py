"""What OmegaConf has no interface for: a limit to what texts that refer to each other unfold to."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from omegaconf import Node
from omegaconf.errors import InterpolationResolutionError
from omegaconf.grammar_visitor import GrammarVisitor

MOST_REFERENCES = 10_000
MOST_CHARACTERS = 1_000_000


class Unfolding:
    """How much the references of a configuration have unfolded to so far."""

    def __init__(self) -> None:
        self.references = 0
        self.characters = 0

    @property
    def is_too_much(self) -> bool:
        """Whether the limit is reached: nothing more is resolved then."""
        return self.references > MOST_REFERENCES or self.characters > MOST_CHARACTERS

    def add(self, value: object) -> None:
        """Count a reference that has been resolved."""
        self.references += 1
        self.characters += len(value) if isinstance(value, str) else 0


@contextmanager
def limited_references() -> Iterator[Unfolding]:
    """Within the block no more references are resolved than anybody writes, those in what they refer to included.

    Where each of a chain of texts refers to the one before it twice, they would double until no memory is left.
    OmegaConf's own error is raised beyond the limit.
    """
    unfolding, visit = Unfolding(), GrammarVisitor.visitInterpolationNode

    def counted(visitor: GrammarVisitor, context: Any) -> Any:
        if unfolding.is_too_much:
            raise InterpolationResolutionError("the references unfold to too much")
        node = visit(visitor, context)
        unfolding.add(node._value() if isinstance(node, Node) else node)
        return node

    GrammarVisitor.visitInterpolationNode = counted  # type: ignore[method-assign,assignment]
    try:
        yield unfolding
    finally:
        GrammarVisitor.visitInterpolationNode = visit  # type: ignore[method-assign]
