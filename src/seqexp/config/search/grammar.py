"""Read a search's space: overrides in Hydra's grammar, and entries in YAML."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from hydra.core.override_parser.types import IntervalSweep, QuotedString, RangeSweep

from seqexp.config.errors import Fault, InputError, collecting, nearest, raise_any, refused, shown, wrong
from seqexp.config.overrides import Parsed, parse, quoted, values_of
from seqexp.config.search.space import Among, Choice, Entry, Fixed, Real, SearchValue, Whole

WHERE = "hydra.sweeper.params"
_MEANT_OTHERWISE = ("null", "true", "false", "nan", "inf")  # words that are no text
_KINDS = ("int", "float", "choice", "value")
_EXAMPLES = "{int: [8, 64], step: 8}, {float: [1e-4, 1e-2], log: true}, {choice: [3, 6]} or {value: 3}"


def among_override(item: Parsed, config_dir: Path | None) -> Among:
    """Return what an override's values are.

    `range(a, b, step)` leaves out b, as it does in a grid; `interval(a, b)` has all numbers between, and
    `int(interval(a, b))` the whole ones, both ends included. `tag(log, …)` draws by the logarithm.

    Raises:
        InputError: If nothing can be drawn from it.
    """
    value = item.override.value()
    if not item.is_sweep:
        return Fixed(_plain(value), str(item.override.get_value_element_as_str()))
    log = _is_log(item)
    if isinstance(value, IntervalSweep):
        assert value.start is not None
        assert value.end is not None
        return _numbers(item.text, value.start, value.end, None, log)
    if isinstance(value, RangeSweep):
        return _range(item.text, value, log)
    texts = values_of(item, config_dir)
    if not texts:
        raise _unfit(item.text, " names no value to search.")
    if log:
        raise _unfit(item.text, ": log is for numbers of a range() or an interval().")
    parsed, faults = parse([f"{item.override.get_key_element()}={text}" for text in texts])
    assert not faults, faults
    return _choice(item.text, [_plain(each.override.value()) for each in parsed], texts)


def _unfit(where: str, what: str) -> InputError:
    """Return the error of an override or a key of the YAML, which is quoted as the subject of the sentence."""
    return InputError(Fault(where.partition("=")[0], f"{where!r}{what}"))


def _is_log(item: Parsed) -> bool:
    tags = set(getattr(item.override.value(), "tags", ()))
    for tag in sorted(tags - {"log"}):
        what = f"{item.text!r}: the only tag is log. Received: {tag!r}."
        raise InputError(Fault(item.key, what + nearest(tag, ["log"])))
    return "log" in tags


def _range(where: str, sweep: RangeSweep, log: bool) -> Whole | Real:
    """Return the numbers of a range, its `stop` left out."""
    start, stop, step = (Decimal(str(number)) for number in (sweep.start, sweep.stop, sweep.step))
    count = math.ceil((stop - start) / step)
    if count < 1:
        raise _unfit(where, " names no value to search.")
    ends = sorted((start, start + (count - 1) * step))
    if all(isinstance(number, int) for number in (sweep.start, sweep.stop, sweep.step)):
        return _numbers(where, int(ends[0]), int(ends[1]), int(abs(step)), log)
    return _numbers(where, float(ends[0]), float(ends[1]), float(abs(step)), log)


def _plain(value: Any) -> SearchValue:
    """Return a value as a study can hold it: lists and mappings as their text."""
    if isinstance(value, QuotedString):
        return value.text
    return value if isinstance(value, bool | int | float | str) or value is None else str(value)


def _choice(where: str, values: list[SearchValue], texts: list[str]) -> Choice:
    for index, value in enumerate(values):
        if value in values[:index]:
            raise _unfit(where, f" names {texts[index]} twice.")
    return Choice(tuple(values), tuple(texts))


def _numbers(where: str, low: float, high: float, step: float | None, log: bool) -> Whole | Real:
    """Return the numbers between two ends.

    Raises:
        InputError: If there are none.
    """
    if not (math.isfinite(low) and math.isfinite(high)) or low > high:
        raise _unfit(where, " must go from a finite number to one that is not less.")
    if log and low <= 0:
        raise _unfit(where, " must begin above 0, as log takes the logarithm.")
    if step is not None and step <= 0:
        raise _unfit(where, " must have a step above 0.")
    whole = isinstance(low, int) and isinstance(high, int) and not isinstance(step, float)
    if log and (step not in (None, 1) if whole else step is not None):
        raise _unfit(where, ": log goes without steps.")
    if whole:
        by = int(step or 1)
        return Whole(int(low), int(low) + (int(high) - int(low)) // by * by, by, log)
    if step is not None:
        high = low + math.floor((high - low) / step + 1e-9) * step
        high = float(Real(low, high, step).text(float(high)))
    return Real(float(low), float(high), step, log)


def entry_of_yaml(key: str, written: Any, config_dir: Path | None) -> Entry:
    """Return an entry of `params`: a text in Hydra's grammar, a mapping, or a value that is fixed.

    Raises:
        InputError: With everything that is wrong with it.
    """
    if isinstance(written, Mapping):
        return _entry_of_mapping(key, {str(name): value for name, value in written.items()})
    if isinstance(written, list):
        raise refused(f"{WHERE}.{key}", f"must be a text or a mapping such as {_EXAMPLES}. Received: {shown(written)}.")
    text = written if isinstance(written, str) else _as_text(written)
    parsed, faults = parse([f"{key}={text}"], intervals=True)
    if faults:
        raise InputError(*(Fault(f"{WHERE}.{key}", f"{WHERE}: {fault.text}") for fault in faults))
    return Entry(parsed[0].key, among_override(parsed[0], config_dir), element=parsed[0].override.get_key_element())


def _entry_of_mapping(key: str, written: Mapping[str, Any]) -> Entry:
    where = f"{WHERE}.{key}"
    kinds = [kind for kind in _KINDS if kind in written]
    if len(kinds) != 1:
        raise refused(where, f"must have one of {', '.join(_KINDS)}, as {_EXAMPLES}. Received: {shown(written)}.")
    kind = kinds[0]
    allowed = {"int": ("step", "log"), "float": ("step", "log"), "choice": (), "value": ()}[kind]
    known = (kind, *allowed, "when")
    faults = [wrong(f"{where}.{name}", f"is not a key.{nearest(name, known)}") for name in written if name not in known]
    among: Among = Fixed(None, "null")
    when: dict[str, tuple[SearchValue, ...]] = {}
    with collecting(faults):
        among = _among_mapping(where, kind, written)
    with collecting(faults):
        when = _condition(where, written.get("when", {}))
    raise_any(faults)
    return Entry(key.lstrip("+"), among, when, key)


def _among_mapping(where: str, kind: str, written: Mapping[str, Any]) -> Among:
    value = written[kind]
    if kind == "value":
        return Fixed(_plain(value), _as_text(value))
    if kind == "choice":
        if not isinstance(value, list) or not value:
            raise refused(f"{where}.choice", f"must be a list of values. Received: {shown(value)}.")
        return _choice(f"{where}.choice", [_plain(item) for item in value], [_as_text(item) for item in value])
    cast, kinds, what = (int, (int,), "whole numbers") if kind == "int" else (float, (int, float), "numbers")
    if not isinstance(value, list) or len(value) != 2 or not all(_is_number(end, kinds) for end in value):
        raise refused(f"{where}.{kind}", f"must be two {what}, [lowest, highest]. Received: {shown(value)}.")
    step, log = written.get("step"), written.get("log", False)
    faults = []
    if step is not None and not _is_number(step, kinds):
        faults.append(wrong(f"{where}.step", f"must be one of the {what}. Received: {shown(step)}."))
    if not isinstance(log, bool):
        faults.append(wrong(f"{where}.log", f"must be true or false. Received: {shown(log)}."))
    raise_any(faults)
    return _numbers(where, cast(value[0]), cast(value[1]), None if step is None else cast(step), log)


def _is_number(value: Any, kinds: tuple[type, ...]) -> bool:
    return isinstance(value, kinds) and not isinstance(value, bool)


def _condition(where: str, written: Any) -> dict[str, tuple[SearchValue, ...]]:
    if not isinstance(written, Mapping):
        raise refused(f"{where}.when", f"must be a mapping such as {{model: gru}}. Received: {shown(written)}.")
    return {
        str(key): tuple(_plain(item) for item in (value if isinstance(value, list) else [value]))
        for key, value in written.items()
    }


def _as_text(value: Any) -> str:
    """Return a value of YAML as an override writes it."""
    if isinstance(value, str):
        is_word = re.fullmatch(r"[A-Za-z_]\w*", value) and value.lower() not in _MEANT_OTHERWISE
        return value if is_word else quoted(value)
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    if isinstance(value, Mapping):
        return "{" + ",".join(f"{key}:{_as_text(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_as_text, value)) + "]"
    return repr(value)
