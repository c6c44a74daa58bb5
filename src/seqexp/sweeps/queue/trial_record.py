"""What a study stores beside each trial: its lease, its run and its outcome; and a trial as a sweep's job."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from optuna.trial import FrozenTrial, Trial, TrialState

from seqexp.config.search.space import Real, SearchValue, Space
from seqexp.runs.jobs import Failure, Job, Result
from seqexp.runs.names import shortened
from seqexp.tasks.metric import Metric

# The user attributes of a trial: the lease of the process that runs it, the id of its run, and how it ended.
LEASE_KEY, RUN_KEY, OUTCOME_KEY = "seqexp.owner", "seqexp.run", "seqexp.outcome"


def drawn_values(space: Space, params: Mapping[str, Any]) -> dict[str, SearchValue]:
    """Return the value of each key that a trial sets, from its parameters as Optuna has them."""
    return space.draw(lambda entry: params[entry.key])


def value_texts(space: Space, values: Mapping[str, SearchValue]) -> dict[str, str]:
    """Return the values of the searched keys as text, with all their digits."""
    return {
        entry.key: entry.among.text(values[entry.key]).strip("'\"") for entry in space.searched if entry.key in values
    }


def name_of_trial(space: Space, number: int, values: Mapping[str, SearchValue]) -> str:
    """Return a trial's name: its number, and its values with three digits: "#7 units=16 learning_rate=0.00313"."""
    shown = []
    for entry in space.searched:
        if entry.key in values:
            text = entry.among.text(values[entry.key])
            is_real = isinstance(entry.among, Real) and entry.among.step is None
            shown.append(f"{entry.key}={float(text):.3g}" if is_real else f"{entry.key}={text}")
    return f"#{number} {' '.join(shortened(shown))}"


def record_outcome(trial: Trial, result: Result | None, failure: Failure | None, seconds: float) -> None:
    """Store how a trial ended: with a result or a failure, or with neither where it was pruned."""
    outcome: dict[str, Any] = {"seconds": seconds, "failure": None if failure is None else asdict(failure)}
    if result is not None:
        outcome |= {"val": result.val, "test": result.test, "task": result.task_digest, "curve": result.curve}
        outcome["baseline"] = result.baseline
    trial.set_user_attr(OUTCOME_KEY, outcome)


def job_of_trial(space: Space, trial: FrozenTrial, metric: Metric, how: str) -> Job:
    """Return a trial that has ended as a job of the sweep; `how` says why that need not run it, as in "done before"."""
    outcome = trial.user_attrs.get(OUTCOME_KEY, {})
    run_id = trial.user_attrs.get(RUN_KEY)
    values = drawn_values(space, trial.params)
    result = failure = None
    if trial.state == TrialState.COMPLETE and "val" in outcome:
        curve = tuple((int(epoch), float(value)) for epoch, value in outcome["curve"])
        (val, skill_val), (test, skill_test) = outcome["val"], outcome["test"]
        baseline = str(outcome.get("baseline", Result.baseline))
        result = Result(str(run_id), metric, (val, skill_val), (test, skill_test), outcome["task"], curve, baseline)
    elif trial.state != TrialState.PRUNED:
        written = outcome.get("failure") or {"kind": "", "message": "it ended without a message"}
        failure = Failure(**{**written, "frames": tuple(written.get("frames", ()))})
    pruned = trial.last_step if trial.state == TrialState.PRUNED else None
    name, texts = name_of_trial(space, trial.number, values), value_texts(space, values)
    seconds = float(outcome.get("seconds", 0.0))
    return Job(run_id, result, failure, seconds, pruned, number=trial.number, name=name, values=texts, how=how)
