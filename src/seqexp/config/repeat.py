"""`repeat: N` in a list of layers: what it stacks, without knowing the layers themselves.

    - repeat: 3          or      - repeat: 3
      GRU:                         layers:
        units: 8                     - Conv1D: {...}
                                     - LayerNormalization

Each repetition is a layer of its own, with weights of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from seqexp.config.errors import InputError, refused, shown

# More is a mistake: Keras takes a minute to build as many, and hours to train them.
MAX_LAYERS = 1000


@dataclass(frozen=True)
class StackedLayer:
    """A layer of a list once its repeats are written out."""

    where: str  # the key of the entry as it stands in the YAML, such as "model.layers.0.layers.1"
    entry: Any  # the layer's name, or a mapping from it to its arguments
    repetition: str = ""  # such as "repetition 2 of 3"; empty outside a repeat


def is_repeat(entry: Any) -> bool:
    """Return whether an entry of a list of layers is a repeat, well-formed or not."""
    return isinstance(entry, Mapping) and "repeat" in entry


def repeated(entry: Mapping[str, Any], where: str) -> tuple[int, list[tuple[str, Any]]]:
    """Return how often the repeat with the key `where` stacks its layers, and the (key, entry) of each of them.

    Raises:
        InputError: If it isn't a count with one layer, or with a list of layers.
    """
    times, rest = entry["repeat"], {key: value for key, value in entry.items() if key != "repeat"}
    if not isinstance(times, int) or isinstance(times, bool) or times < 1:
        raise refused(f"{where}.repeat", f"must be an integer >= 1. Received: {shown(times)}.")
    if len(rest) != 1:
        what = "must hold, beside repeat, either one layer or layers with a list of them"
        raise refused(where, f"{what}. Received: {', '.join(map(str, rest)) or 'nothing'}.")
    if "layers" not in rest:
        return times, [(where, rest)]
    layers = rest["layers"]
    if not isinstance(layers, Sequence) or isinstance(layers, str) or not layers:
        raise refused(f"{where}.layers", f"must be a list of at least one layer. Received: {shown(layers)}.")
    return times, [(f"{where}.layers.{index}", layer) for index, layer in enumerate(layers)]


def written_out(entries: Sequence[Any], key: str) -> Iterator[StackedLayer]:
    """Yield the layers of a list, such as that of "model.layers", in order, those of a repeat as often as it says.

    Raises:
        InputError: If a repeat is malformed.
    """
    for index, entry in enumerate(entries):
        yield from copies(entry, f"{key}.{index}")


def copies(entry: Any, where: str, repetitions: tuple[str, ...] = ()) -> Iterator[StackedLayer]:
    """Yield the layers of one entry: itself, or what it repeats as often as it says.

    The repetitions around it are given in words, from the outermost.

    Raises:
        InputError: If a repeat is malformed.
    """
    if not is_repeat(entry):
        yield StackedLayer(where, entry, " within ".join(reversed(repetitions)))
        return
    times, inner = repeated(entry, where)
    for number in range(1, times + 1):
        for key, layer in inner:
            yield from copies(layer, key, (*repetitions, f"repetition {number} of {times}"))


def layers_in(entries: Sequence[Any]) -> int:
    """Return how many layers a list makes; those that repeats stack within a layer's arguments count, too.

    What is malformed counts as one.
    """
    return sum(map(_layers_of, entries))


def _layers_of(entry: Any) -> int:
    if not is_repeat(entry):
        return 1 + _layers_within(entry)
    try:
        times, inner = repeated(entry, "")
    except InputError:
        return 1
    return times * sum(_layers_of(layer) for _, layer in inner)


def _layers_within(node: Any) -> int:
    if isinstance(node, Mapping):
        return sum(map(_layers_within, node.values()))
    if isinstance(node, list):
        return sum(_layers_of(item) if is_repeat(item) else _layers_within(item) for item in node)
    return 0
