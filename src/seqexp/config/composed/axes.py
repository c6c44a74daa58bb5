"""The axes of a sweep that are asked for by a number: `sweep.seeds` and `sweep.folds`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from seqexp.config.errors import Fault, wrong
from seqexp.config.model_section import is_integer
from seqexp.config.overrides import Parsed, last_of_each_key, parse
from seqexp.config.schema import SLIDING, Fold


@dataclass(frozen=True)
class _Axis:
    """An axis of repetitions."""

    word: str  # of its values
    asked: str  # the key that says how many
    key: str  # the key that it varies
    least: int
    searched: str  # what a search does instead
    values: Callable[[int], list[str]]  # from their number to the values


def with_axes(
    usable: Sequence[Parsed],
    sweep: Mapping[str, Any],
    seed: Any,
    faults: list[Fault],
    *,
    is_sweep: bool,
    is_search: bool,
) -> list[Parsed]:
    """Return the overrides with the axes of folds and of seeds that are asked for, and add what is wrong with them.

    Args:
        usable: The overrides.
        sweep: The section `sweep`, as the files have it.
        seed: The files' seed.
        faults: Receives what is wrong.
        is_sweep: Whether there is a sweep at all.
        is_search: Whether it is a search.
    """
    chosen = [item for item in usable if item.key == "seed"]
    first = chosen[-1].override.value() if chosen else seed
    train = _given(usable, "sweep.fold_train", sweep.get("fold_train"))
    end = SLIDING if train == "sliding" else ""
    axes = (
        _Axis(
            "folds",
            "sweep.folds",
            "dataset.fold",
            2,
            "of one split: dataset.fold=2/5 searches on one fold, and a sweep over folds judges what it finds",
            lambda count: [f"{fold}{end}" for fold in Fold(1, count).siblings],
        ),
        _Axis(
            "seeds",
            "sweep.seeds",
            "seed",
            1,
            "of one seed",
            lambda count: [str(first + number) for number in range(count)] if is_integer(first) else [],
        ),
    )
    faults += _train_faults(usable, sweep)
    for axis in axes:
        usable = _with_axis(usable, axis, sweep, faults, is_sweep=is_sweep, is_search=is_search)
    return list(usable)


def _given(usable: Sequence[Parsed], key: str, default: Any) -> Any:
    given = [item for item in usable if item.key == key]
    return given[-1].override.value() if given else default


def _train_faults(usable: Sequence[Parsed], sweep: Mapping[str, Any]) -> Iterator[Fault]:
    """Yield why what the folds train on can't be set so."""
    given = [item for item in usable if item.key == "sweep.fold_train"]
    if any(item.is_sweep for item in given):
        yield wrong("sweep.fold_train", "must be one of expanding, sliding. Received: several.")
    elif given and _given(usable, "sweep.folds", sweep.get("folds")) is None:
        text = f"{given[-1].text} says what folds train on: add sweep.folds=5, say."
        yield Fault("sweep.fold_train", text)


def _with_axis(
    usable: Sequence[Parsed],
    axis: _Axis,
    sweep: Mapping[str, Any],
    faults: list[Fault],
    *,
    is_sweep: bool,
    is_search: bool,
) -> list[Parsed]:
    given = [item for item in usable if item.key == axis.asked]
    chosen = [item for item in usable if item.key == axis.key]
    count = _given(usable, axis.asked, sweep.get(axis.asked.removeprefix("sweep.")))
    if is_search and count is not None:
        faults.append(
            Fault(axis.asked, f"{axis.asked}={count} is for grids: a search compares trials {axis.searched}.")
        )
        return [item for item in usable if item not in given]
    if any(item.is_sweep for item in given):
        faults.append(wrong(axis.asked, f"must be one number: how many {axis.word}. Received: several."))
    elif not is_integer(count) or count < axis.least:
        pass  # whatever it is, the check of the configuration reports it
    elif not is_sweep:
        if given:
            faults.append(Fault(axis.asked, f"{axis.asked}={count} makes {axis.word} an axis of a sweep: add -m."))
    elif any(item.is_sweep or axis.key != "seed" for item in chosen):
        text = f"{axis.asked}={count} and {chosen[-1].text} both name the {axis.word}: leave out one of them."
        faults.append(Fault(axis.asked, text))
    elif values := axis.values(count):
        more, _ = parse([f"{axis.key}={','.join(values)}"])
        return last_of_each_key([*usable, *more])
    return list(usable)
