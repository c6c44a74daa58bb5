"""The bounds of a series' parts: those that are given, and the others, which follow them."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Mapping
from typing import Any

from seqexp.config.errors import Fault, InputError, wrong

SPLIT = "dataset.split"
_PARTS = ("train", "val", "test")

Bound = int | float | None  # a row, a share of the rows, or null
Places = Mapping[str, Bound]  # of the six bounds by their keys, such as "train.end", in the order of the rows


def as_sections(key: str, value: Any) -> Any:
    """Return what an override sets: of a part as a list [first, end], its two keys."""
    if key == SPLIT and isinstance(value, dict):
        return {name: as_sections(f"{SPLIT}.{name}", inner) for name, inner in value.items()}
    if key in {f"{SPLIT}.{part}" for part in _PARTS} and isinstance(value, list) and len(value) == 2:
        return dict(zip(("first", "end"), value, strict=True))
    return value


def places_of(content: Any) -> Places | None:
    """Return the bounds of a configuration; None where its data is no series, or the bounds have other values."""
    places, dataset = dict[str, Bound](), content.get("dataset")
    split = dataset.get("split") if isinstance(dataset, Mapping) else None
    for part, edge in itertools.product(_PARTS, ("first", "end")):
        section = split.get(part) if isinstance(split, Mapping) else None
        value = section.get(edge, "") if isinstance(section, Mapping) else ""
        if isinstance(value, bool) or not (value is None or isinstance(value, int | float)):
            return None
        places[f"{part}.{edge}"] = value
    return places


def completed(now: Places, before: Places, given: Collection[str], usual: Places) -> Places:
    """Return the bounds with those that are not given moved, so that they follow those that are.

    Rows that are given beside shares that aren't move these: each keeps its share of the rows before, between or after
    what is given. Shares that are given beside shares move these only where they would overlap. Shares that are given
    beside rows move nothing.

    Args:
        now: The bounds as set.
        before: The bounds as they were without overrides.
        given: The keys of the bounds that overrides set.
        usual: The bounds of a dataset that says nothing: what is the same in a file is not given by it.

    Raises:
        InputError: Rows and shares are given and others are not, so that the number of rows would have to be known.
    """
    kinds = {_kind(value, now, key) for key, value in before.items()} - {None}
    given = set(given)
    if kinds == {"row", "share"}:  # a file sets rows beside the usual shares
        given |= {key for key, value in before.items() if value != usual[key]}
        before = usual
    rows = {key for key in given if _kind(now[key], now, key) == "row"}
    shares = {key for key in given if _kind(now[key], now, key) == "share"}
    left = {_kind(now[key], now, key) for key in now if key not in given} - {None}
    if rows and shares and "share" in left:
        raise InputError(_mixed(now, shares, usual))
    if rows and "share" in left:
        return _in_rows(now, before, given)
    if shares and not rows and left == {"share"} and not _rising(now):
        return _in_shares(now, before, shares)
    return now


def _kind(value: Bound, now: Places, key: str) -> str | None:
    """Return whether a bound is a row or a share; None for what may be either: 0, null, and 1 beside a share."""
    other = now[key.replace("first", "end") if key.endswith("first") else key.replace("end", "first")]
    if value is None or value == 0 or (value == 1 and isinstance(other, float)):
        return None
    return "share" if isinstance(value, float) else "row"


def _share(places: Places, key: str) -> float:
    value = places[key]
    return 1.0 if value is None else float(value)


def _in_shares(now: Places, before: Places, given: Collection[str]) -> Places:
    anchors = sorted([(0.0, 0.0), (1.0, 1.0), *((_share(before, key), _share(now, key)) for key in given)])
    return {
        key: value if key in given or value is None else round(_between(anchors, _share(before, key)), 10)
        for key, value in now.items()
    }


def _in_rows(now: Places, before: Places, given: Collection[str]) -> Places:
    """Return the bounds in rows; above the last that is given, ends are shares of the rows behind their part's first.

    How many rows there are is not known yet.
    """
    rows = [
        (_share(before, key), float(value)) for key, value in now.items() if key in given and isinstance(value, int)
    ]
    anchors = sorted([(0.0, 0.0), *rows])
    moved, last, end_before = dict[str, Bound](), anchors[-1][0], 0.0
    for part in _PARTS:
        first, end = _share(before, f"{part}.first"), _share(before, f"{part}.end")
        for edge, share in (("first", first), ("end", end)):
            key = f"{part}.{edge}"
            if key in given or before[key] is None:
                moved[key] = now[key]
            elif share <= last:
                moved[key] = round(_between(anchors, share))
            elif edge == "end":
                moved[key] = round((end - first) / (1 - first), 10)
            elif share == end_before:
                moved[key] = None  # it begins where the part before ends
            else:
                raise InputError(_mixed(now, [key], before))
        end_before = end
    return moved


def _between(anchors: list[tuple[float, float]], share: float) -> float:
    """Return where a share of all rows comes to lie, by the two anchors around it."""
    if any(place == share for place, _ in anchors):
        return next(to for place, to in anchors if place == share)
    (low, start), (high, end) = next(pair for pair in itertools.pairwise(anchors) if pair[0][0] < share < pair[1][0])
    return start + (share - low) / (high - low) * (end - start)


def _rising(places: Places) -> bool:
    return all(_share(places, left) <= _share(places, right) for left, right in itertools.pairwise(places))


def _mixed(now: Places, shares: Collection[str], usual: Places) -> Fault:
    """Return the fault of parts in rows and in shares, with a whole line to type."""
    alike = dict(_in_shares({**usual, **{key: now[key] for key in shares}}, usual, shares))
    line = " ".join(
        f"{SPLIT}.{part}=[{_written(alike[f'{part}.first'])},{_written(alike[f'{part}.end'])}]" for part in _PARTS
    )
    received = ", ".join(f"{SPLIT}.{key}={_written(value)}" for key, value in now.items())
    return wrong(SPLIT, f"must be all in rows, or all in shares of the rows, such as {line}. Received: {received}.")


def _written(value: Bound) -> str:
    return "null" if value is None else f"{value:g}" if isinstance(value, float) else str(value)
