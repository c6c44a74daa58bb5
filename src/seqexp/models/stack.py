"""Make Keras layers of the entries of a model's YAML, and apply them one after the other."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from seqexp.config.errors import Fault, InputError, raise_any, refused, shown
from seqexp.config.model_section import layer_faults
from seqexp.config.output.causes import line_of_cause
from seqexp.config.repeat import StackedLayer, copies, is_repeat, written_out
from seqexp.models.memory import TooLargeError
from seqexp.models.plugins import where_in
from seqexp.models.registry import Registry, argument_names, check_names, check_written
from seqexp.tasks.target import Problem

# What TensorFlow takes for the name of a scope: every layer opens one.
SCOPE = re.compile(r"[A-Za-z0-9.][A-Za-z0-9_.\\/>-]*")
AHEAD, LEVELS = "ahead", "levels"  # arguments that are given what `Problem` says of it
# Words that stand for a number which only the task determines, as an argument's value or an item of its list.
VOCABULARY, LEADS, TARGETS, OUTPUTS = WORDS = ("vocabulary", "leads", "targets", "outputs")


@dataclass(frozen=True)
class LayerMaker:
    """Makes the layers of one problem.

    Attributes:
        registry: What the layers' names mean.
        problem: What the words in their arguments stand for; within a layer such as PerColumn, that of one column.
    """

    registry: Registry
    problem: Problem

    def stack(self, tensor: Any, entries: Sequence[Any], key: str) -> Any:
        """Apply layers one after the other and return the last one's output; `key` is the list's, "model.layers".

        Raises:
            InputError: If a layer can't be made, or doesn't fit its input; it names the layer's key.
        """
        for placed in written_out(entries, key):
            layer = self._layer(placed.entry, placed.where)
            repetition = f", {placed.repetition}" if placed.repetition else ""
            name = f"{placed.where} ({layer.__class__.__name__}{repetition})"
            self._check_columns(layer, placed, tensor.shape)
            left_open = ", whose length dataset.bucket=true leaves open" if None in tensor.shape[1:] else ""
            fit = f"{name} doesn't fit its input of shape {shape_in_words(tensor.shape)}{left_open}"
            with refusing(fit, self.registry):
                tensor = layer(tensor)
            if not hasattr(tensor, "shape"):
                several = f"{len(tensor)} of them" if hasattr(tensor, "__len__") else shown(tensor)
                raise InputError(Fault(placed.where, f"{name} must give one output. Received: {several}."))
        return tensor

    def _check_columns(self, layer: Any, placed: StackedLayer, shape: Any) -> None:
        """Refuse a layer that finds the targets by their positions behind one that has changed the window's columns."""
        columns = self.problem.shape[-1]
        by_position = getattr(type(layer), "gives_forecasts", False) is True and hasattr(layer, TARGETS)
        arguments = next(iter(placed.entry.values())) if isinstance(placed.entry, Mapping) else None
        if by_position and len(shape) == 3 and shape[2] != columns and TARGETS not in (arguments or {}):
            raise refused(
                placed.where,
                f"({type(layer).__name__}) finds the targets by their positions among the window's {columns} columns: "
                f"put it before the layers that change these. Received: {shape_in_words(shape)}.",
            )

    def _layer(self, entry: Any, where: str) -> Any:
        name, given = (entry, {}) if isinstance(entry, str) else next(iter(entry.items()))
        cls = self.registry.layer_class(name, where)
        where = f"{where}.{name}"
        names = argument_names(cls)
        arguments = {
            **self._of_the_task(cls, names, given or {}, where),
            **self._arguments(cls, given or {}, where),
        }
        check_names(arguments, names, name, where)
        with refusing(f"{where.removesuffix(f'.{name}')} ({name})", self.registry):
            layer = cls(**arguments)
        if not SCOPE.fullmatch(layer.name):
            what = "must be a name of letters without accents, digits and _ . - that begins with none of _ and -"
            raise refused(f"{where}.name", f"{what}: TensorFlow takes no other. Received: {shown(layer.name)}.")
        return layer

    def _of_the_task(self, cls: type, names: Sequence[str], given: Mapping[str, Any], where: str) -> dict[str, Any]:
        """Return those of `leads`, `targets`, `ahead` and `levels` that the layer takes and the YAML doesn't give."""
        due = (LEADS, TARGETS, AHEAD, *((LEVELS,) if self.problem.levels > 1 else ()))
        asked = [name for name in due if name in names and name not in given]
        if not self.problem.classes:
            problem = self.problem
            facts = {LEADS: problem.leads, TARGETS: list(problem.targets), AHEAD: problem.ahead, LEVELS: problem.levels}
            return {name: facts[name] for name in asked}
        if getattr(cls, "gives_forecasts", False) is True:
            raise refused(where, "forecasts columns of a series, and texts have none: leave it out for texts.")
        return {}

    def _arguments(self, cls: type, given: Mapping[str, Any], where: str) -> dict[str, Any]:
        """Return the arguments that the YAML gives, with layers and numbers in place of their names and words."""
        inner = self
        if getattr(cls, "one_column", False) and not self.problem.classes:
            inner = replace(self, problem=self.problem.of_one_column)
        made = {}
        for key, value in given.items():
            if key == "layers" and getattr(cls, "holds_layers", False):
                made[key] = inner._inner_layers(value, f"{where}.{key}")
            elif key == "name":
                made[key] = value
            else:
                made[key] = inner._argument(value, f"{where}.{key}")
        return made

    def _inner_layers(self, entries: Any, where: str) -> list[Any]:
        """Return the layers of the list that a layer such as LastValue is around."""
        if not isinstance(entries, list) or not entries:
            raise refused(where, f"must be a list of at least one layer. Received: {shown(entries)}.")
        raise_any(layer_faults(entries, where, tuple(self.registry.layers)))
        return [self._layer(placed.entry, placed.where) for placed in written_out(entries, where)]

    def _argument(self, value: Any, where: str) -> Any:
        """Return an argument's value; a mapping from a layer's name to its arguments becomes that layer."""
        if isinstance(value, str) and value in WORDS:
            return self._number(value, where)
        if isinstance(value, list):
            return [item for index, entry in enumerate(value) for item in self._items(entry, f"{where}.{index}")]
        if isinstance(value, Mapping) and len(value) == 1:
            name = str(next(iter(value)))
            if self.registry.is_layer(name):
                return self._layer(value, where)
        check_written(value, where)
        if self._repeats_layers(value):
            raise refused(where, "must be one layer: repeat is allowed only in lists of layers.")
        return value

    def _items(self, entry: Any, where: str) -> list[Any]:
        """Return what an item of an argument's list becomes: one value, or the layers that it repeats."""
        placed = copies(entry, where) if self._repeats_layers(entry) else [StackedLayer(where, entry)]
        return [self._argument(item.entry, item.where) for item in placed]

    def _repeats_layers(self, value: Any) -> bool:
        """Return whether an argument repeats layers; one of a user's own layer may be called repeat, too."""
        return is_repeat(value) and any(key == "layers" or self.registry.is_layer(str(key)) for key in value)

    def _number(self, word: str, where: str) -> int:
        """Return what a word stands for.

        Raises:
            InputError: If the samples have no such thing.
        """
        problem = self.problem
        if word == VOCABULARY and not problem.vocabulary:
            raise refused(where, f"asks for the {word}, which only texts have: give dataset=imdb, for example.")
        if word in (LEADS, TARGETS) and problem.classes:
            raise refused(where, f"asks for the {word}, which only forecasts have: give a number, or {OUTPUTS}.")
        numbers = {
            VOCABULARY: problem.vocabulary,
            LEADS: problem.leads,
            TARGETS: problem.numbers // problem.leads,
            OUTPUTS: problem.outputs,
        }
        return numbers[word]


@contextmanager
def refusing(what: str, registry: Registry) -> Iterator[None]:
    """Turn whatever is raised into the message that a person reads, a plugin's with its own line.

    `what` begins with the key that it is about, such as "model.layers.0 (GRU)".
    """
    try:
        yield
    except TooLargeError as error:
        error.where = re.split(" doesn't fit| must return|: ", what)[0]
        raise
    except Exception as error:
        why = where_in(registry.plugins, error) or line_of_cause(error) or type(error).__name__
        raise InputError(Fault(re.split("[ :=]", what)[0], f"{what}: {why}")) from error


def shape_in_words(shape: Any) -> str:
    """Return "(batch, 6, 3)"; other lengths that are open are "any"."""
    names = ["batch", *["any"] * (len(shape) - 1)]
    return "(" + ", ".join(name if size is None else str(size) for name, size in zip(names, shape, strict=True)) + ")"
