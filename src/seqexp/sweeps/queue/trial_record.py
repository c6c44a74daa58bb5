"""What a study keeps of each trial beside its values: its run, its figures, why it failed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from optuna.trial import FrozenTrial, Trial, TrialState

from seqexp.config.search.space import Real, Space, Value
from seqexp.runs.jobs import Failure, Job, Result
from seqexp.runs.names import shortened
from seqexp.tasks.metric import Measure

OWNER, RUN, OUTCOME = "seqexp.owner", "seqexp.run", "seqexp.outcome"


def values_of(space: Space, params: Mapping[str, Any]) -> dict[str, Value]:
    """Return the value of each key that a trial sets."""
    return space.draw(lambda entry: params[entry.key])


def texts_of(space: Space, values: Mapping[str, Value]) -> dict[str, str]:
    """Return the values of the searched keys in full, as text."""
    return {
        entry.key: entry.among.text(values[entry.key]).strip("'\"") for entry in space.searched if entry.key in values
    }


def name_of(space: Space, number: int, values: Mapping[str, Value]) -> str:
    """Return a trial's name: its number, and its values with three digits: "#7 units=16 learning_rate=0.00313"."""
    shown = []
    for entry in space.searched:
        if entry.key in values:
            text = entry.among.text(values[entry.key])
            is_real = isinstance(entry.among, Real) and entry.among.step is None
            shown.append(f"{entry.key}={float(text):.3g}" if is_real else f"{entry.key}={text}")
    return f"#{number} {' '.join(shortened(shown))}"


def keep_outcome(trial: Trial, result: Result | None, failure: Failure | None, seconds: float) -> None:
    """Keep how a trial ended beside it."""
    told: dict[str, Any] = {"seconds": seconds, "failure": None if failure is None else asdict(failure)}
    if result is not None:
        told |= {"val": result.val, "test": result.test, "task": result.task_digest, "curve": result.curve}
    trial.set_user_attr(OUTCOME, told)


def job_of(space: Space, trial: FrozenTrial, measure: Measure, how: str) -> Job:
    """Return a trial that has ended as a job of the sweep.

    Args:
        space: What was drawn from.
        trial: The trial.
        measure: What its figures are.
        how: How it comes that it is done, such as "done before".
    """
    told = trial.user_attrs.get(OUTCOME, {})
    run_id = trial.user_attrs.get(RUN)
    values = values_of(space, trial.params)
    result = failure = None
    if trial.state == TrialState.COMPLETE and "val" in told:
        curve = tuple((int(epoch), float(value)) for epoch, value in told["curve"])
        (val, skill_val), (test, skill_test) = told["val"], told["test"]
        result = Result(str(run_id), measure, (val, skill_val), (test, skill_test), told["task"], curve)
    elif trial.state != TrialState.PRUNED:
        written = told.get("failure") or {"kind": "", "message": "it ended without a word"}
        failure = Failure(**{**written, "frames": tuple(written.get("frames", ()))})
    pruned = trial.last_step if trial.state == TrialState.PRUNED else None
    name, texts = name_of(space, trial.number, values), texts_of(space, values)
    return Job(name, texts, run_id, result, failure, float(told.get("seconds", 0.0)), how, pruned)
