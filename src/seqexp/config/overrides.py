"""Parse the overrides of a command line one by one, so that every fault is found at once."""

from __future__ import annotations

import fnmatch
import itertools
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Glob, Override, OverrideType
from hydra.errors import HydraException

from seqexp.config.composed.literal import literally, parsed_as_written
from seqexp.config.errors import Fault, not_one_of, shown
from seqexp.config.locations import GROUPS, choices

# A sweep of more jobs would take weeks: it is a mistake, such as range(1000000).
MAX_SWEEP_JOBS = 10_000
_PLAIN = re.compile(r"[\w/.+%*@:-]+", re.ASCII)  # what needs no quotes as a value
ONE_RUN = "hydra.mode=RUN"  # whatever a preset says
# The keys that say where a run is kept, and nothing of what is run.
STORAGE_KEYS = ("tracking.uri", "tracking.checkpoints")
URL_KEY = "dataset.url"  # which a run keeps without its secret


@dataclass(frozen=True)
class Parsed:
    """One override as Hydra's grammar reads it."""

    text: str  # as the user wrote it, but with quotes around what Hydra's grammar can't read
    key: str  # such as "model.units", or a group such as "model"
    override: Override  # Hydra's own object
    is_group: bool  # whether it picks a file of a group instead of setting a value

    @property
    def is_hydra(self) -> bool:
        """Whether it concerns Hydra itself (launcher, sweeper, output folder)."""
        return self.key == "hydra" or self.key.startswith(("hydra.", "hydra/"))

    @property
    def is_sweep(self) -> bool:
        """Whether it names several values."""
        return bool(self.override.is_sweep_override())

    @property
    def adds(self) -> bool:
        """Whether it may add a key (+ or ++)."""
        return bool(self.override.is_add() or self.override.is_force_add())


def parse(texts: Sequence[str], *, intervals: bool = False) -> tuple[list[Parsed], list[Fault]]:
    """Return the overrides that can be read, and a message for each that can't.

    interval() is taken only with `intervals`: a search draws from it, a grid can't.
    """
    parsed, faults = [], []
    for text in texts:
        if any("\ud800" <= character <= "\udfff" for character in text):  # bytes that are not UTF-8
            faults.append(Fault(text, f"{text!r} is not valid UTF-8."))
            continue
        try:
            override = _read(text)
            if override.is_discrete_sweep() and not isinstance(override.value(), Glob):
                next(override.sweep_string_iterator(), None)  # range(1, 2, 0) fails only now
        except (HydraException, ValueError, RecursionError) as error:
            faults.append(_unreadable(text, str(error)))
            continue
        fault = _refused(text, override, intervals)
        if fault:
            faults.append(fault)
            continue
        key = str(override.key_or_group)
        is_group = key in GROUPS and not isinstance(_plain(override), dict)
        parsed.append(Parsed(override.input_line or text, key, override, is_group or key.startswith("hydra/")))
    return parsed, faults


def readable(texts: Sequence[str]) -> list[str]:
    """Return overrides with quotes around what Hydra's grammar can't read; what is no override is left as it is."""
    found = []
    for text in texts:
        try:
            found.append(_read(text).input_line or text)
        except (HydraException, ValueError, RecursionError):
            found.append(text)
    return found


def _read(text: str) -> Override:
    """Return an override as Hydra's grammar reads it; of a text that it can't read, with quotes around what it is.

    Raises:
        HydraException: It can't be read either way.
    """
    try:
        return parsed_as_written(text)
    except HydraException:
        plain = literally(text, partial(quoted, mark='"'))
        if plain is None:
            raise
        with suppress(HydraException):
            return parsed_as_written(plain)
        raise


def _unreadable(text: str, reason: str) -> Fault:
    if "=" not in text:
        return Fault(text, f"{shown(text)} is not an override: write key=value, such as model=gru or model.units=64.")
    key, _, value = text.partition("=")
    hint = f" Quotes take a value literally: {key}='…'." if value and not value.startswith(("'", '"')) else ""
    if value.startswith("{"):
        hint = f' Names in a mapping that are more than a word stand in double quotes: {key}={{"two words": …}}.'
    why = reason.splitlines()[0] if reason else "too deep"
    return Fault(key, f"{shown(text)} can't be read as key=value: {why}.{hint}")


def as_one_run(texts: Sequence[str]) -> list[str]:
    """Return the overrides of a sweep's job as those of a run by itself: a preset that is a sweep is none then."""
    is_preset = any(text.partition("=")[0].lstrip("+") == "experiment" for text in texts)
    return [*texts, ONE_RUN] if is_preset else list(texts)


def quoted(text: str, mark: str = "'") -> str:
    """Return a text as an override takes it literally: quotes, backslashes and ${ mean nothing in it."""
    literal = re.sub(r"(\\*)\$\{", lambda match: match[1] * 2 + "\\${", text)
    escaped = re.sub(rf"(\\*){mark}", lambda match: match[1] * 2 + "\\" + mark, literal)
    return mark + re.sub(r"(\\+)\Z", lambda match: match[1] * 2, escaped) + mark


def as_value(text: str) -> str:
    """Return a text as an override takes it: as it is where Hydra reads just that, else in quotes.

    They are double ones, for those of a shell are single.
    """
    return text if _PLAIN.fullmatch(text) and _reads(text) == text else quoted(text, '"')


def as_list(values: Iterable[str | float | None]) -> str:
    """Return a list as an override takes it."""
    return f"[{','.join(map(_element, values))}]"


def as_mapping(values: Mapping[str, str | float | Sequence[str | float | None]]) -> str:
    """Return a mapping as an override takes it."""
    pairs = (f"{_name(key)}:{_element(value)}" for key, value in values.items())
    return f"{{{','.join(pairs)}}}"


def _name(key: str) -> str:
    is_plain = re.fullmatch(r"[\w.-]+", key, re.ASCII) and _reads(f"{{{key}:0}}") == {key: 0}
    return key if is_plain else quoted(key, '"')


def _element(value: str | float | Sequence[str | float | None] | None) -> str:
    if isinstance(value, str):
        return as_value(value)
    if isinstance(value, Sequence):
        return as_list(value)
    return "null" if value is None else f"{value:.0f}" if value == round(value) and abs(value) < 1e15 else repr(value)


def _reads(value: str) -> Any:
    """Return what Hydra reads as the value of an override; None where it can't."""
    try:
        return OverridesParser.create().parse_override(f"key={value}").value()
    except HydraException:
        return None


def names_storage(text: str) -> bool:
    """Return whether an override says where a run is kept, and nothing of what is run."""
    return text.partition("=")[0].lstrip("+") in STORAGE_KEYS


def _refused(text: str, override: Override, intervals: bool) -> Fault | None:
    """Return why an override that can be read is not taken: these forms are Hydra's, and not supported here."""
    key = str(override.key_or_group)
    picks_preset = key.startswith("experiment.") or (key == "experiment" and isinstance(_plain(override), dict))
    reasons = {
        "names no key: write key=value, such as model=gru or model.units=64.": not key,
        "would remove a key; set it to null instead, where null is allowed.": override.type == OverrideType.DEL,
        "has @, which isn't supported; pick a file by group=name, such as model=gru.": override.package is not None,
        "sets keys, but experiment picks a preset by its name; `seqexp ls experiments` lists them.": picks_preset,
        "isn't supported; name a folder of your own by --config-dir DIR.": key == "hydra.searchpath",
        "is a range without steps; name the values with commas, range() or choice(), or search it: "
        "hydra/sweeper=optuna.": override.is_sweep_override() and not override.is_discrete_sweep() and not intervals,
    }
    return next((Fault(key or text, f"{shown(text)} {reason}") for reason, applies in reasons.items() if applies), None)


def _plain(override: Override) -> Any:
    return None if override.is_sweep_override() else override.value()


def group_faults(parsed: Sequence[Parsed], config_dir: Path | None) -> dict[str, Fault]:
    """Return a fault for each override that picks a file which its group doesn't have, by its text."""
    faults = {}
    for item in parsed:
        if not item.is_group or item.is_hydra:
            continue
        known = list(choices(item.key, config_dir))
        for name in map(_unquoted, values_of(item, config_dir)):
            if name not in known:
                faults[item.text] = not_one_of(item.key, name, known)
    return faults


def usable_of(parsed: Sequence[Parsed], unknown: Mapping[str, Fault]) -> list[Parsed]:
    """Return the overrides that can be checked further: not those of a file that `group_faults` found not to exist."""
    broken = {item.key for item in parsed if item.text in unknown}
    sound = [item for item in parsed if item.text not in unknown]
    return [item for item in sound if item.is_group or item.key.split(".")[0] not in broken]


def _unquoted(text: str) -> str:
    return text[1:-1] if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"" else text


def values_of(item: Parsed, config_dir: Path | None) -> list[str]:
    """Return the values of one override as text: one, or all those of a sweep."""
    if not item.is_sweep:
        return [str(item.override.get_value_element_as_str())]
    value = item.override.value()
    if isinstance(value, Glob):
        names = sorted(choices(item.key, config_dir)) if item.is_group else []
        included = {name for pattern in value.include for name in fnmatch.filter(names, pattern)}
        excluded = {name for pattern in value.exclude for name in fnmatch.filter(names, pattern)}
        return sorted(included - excluded)
    return [str(text) for text in itertools.islice(item.override.sweep_string_iterator(), MAX_SWEEP_JOBS + 1)]


def sweep_faults(parsed: Sequence[Parsed], config_dir: Path | None) -> list[Fault]:
    """Return what is wrong with the number of jobs: an axis without values, or far too many."""
    axes = [(item, len(values_of(item, config_dir))) for item in parsed if item.is_sweep]
    faults = [Fault(item.key, f"{item.text!r} names no value to sweep over.") for item, count in axes if not count]
    if not faults and math.prod(count for _, count in axes) > MAX_SWEEP_JOBS:
        received = ", ".join(item.text for item, _ in axes)
        faults.append(Fault("--multirun", f"A sweep must have at most {MAX_SWEEP_JOBS:,} jobs. Received: {received}."))
    return faults


def last_of_each_key(parsed: Sequence[Parsed]) -> list[Parsed]:
    """Return one override a key, the last, in the position of the first, as Hydra's sweeper does."""
    return list({item.override.get_key_element(): item for item in parsed}.values())


def expand(parsed: Sequence[Parsed], config_dir: Path | None) -> list[list[Parsed]]:
    """Return the jobs of a sweep: each a list of overrides with one value, in Hydra's own order.

    Several overrides without a sweep among them give one job.
    """
    parser = OverridesParser.create()
    axes = []
    for item in parsed:
        if not item.is_sweep:
            axes.append([item])
            continue
        texts = [f"{item.override.get_key_element()}={value}" for value in values_of(item, config_dir)]
        axes.append([Parsed(t, item.key, parser.parse_override(t), item.is_group) for t in texts])
    return [list(job) for job in itertools.product(*axes)]
