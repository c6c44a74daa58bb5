"""Who runs a trial: a process that may have died without a word."""

from __future__ import annotations

import socket
import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from optuna.trial import FrozenTrial, Trial, TrialState

from seqexp.config.search.space import Real, Space, Value
from seqexp.runs.jobs import Failure, Job, Result
from seqexp.runs.names import shortened
from seqexp.sweeps.queue.adopt import may_go_on
from seqexp.tasks.metric import Metric
from seqexp.tracking.crashed_runs import is_out_of_sight, run_folder
from seqexp.tracking.store import RunMissing, Store, TrackingError

if TYPE_CHECKING:
    from mlflow.entities import Run


@dataclass(frozen=True)
class Owner:
    """A process that takes trials of a study.

    Attributes:
        token: No other process has it.
        run: The id of its sweep's run, whose lock it holds while it lives.
        host: Its machine.
    """

    token: str
    run: str
    host: str

    @classmethod
    def of_this_process(cls, run: str) -> Owner:
        """Return the owner that this process is.

        Args:
            run: The id of its sweep's run.
        """
        return cls(uuid.uuid4().hex, run, socket.gethostname())

    def as_dict(self) -> dict[str, str]:
        """Return it as a study keeps it."""
        return asdict(self)


@dataclass(frozen=True)
class Runs:
    """The runs of trials.

    Attributes:
        store: Where they are.
        place: The folder of all runs' folders.
    """

    store: Store
    place: Path

    def lives(self, told: Mapping[str, Any] | None, us: Owner) -> bool:
        """Return whether the process that took a trial still runs it.

        The lock of its sweep's run tells; where that is another machine's, the store has to be believed.

        Args:
            told: What the trial says of its owner.
            us: This process.
        """
        if not told:
            return False  # it was killed before it could say
        owner = Owner(**told)
        if owner.run == us.run:
            return owner.token == us.token  # else its run goes on as ours
        try:
            run = self.store.run(owner.run)
        except RunMissing:
            return False  # it was removed
        except TrackingError:
            return True  # nobody knows, and its trial must not be run twice
        return run_folder(run, self.place).is_held or (owner.host != us.host and is_out_of_sight(run, self.place))

    def state(self, run_id: str) -> Literal["held", "finished", "goes on", "over"]:
        """Return what can be done with the run of a trial whose owner has died.

        "held": its process is about to end; "goes on": it has a checkpoint; "over": begin anew.

        Raises:
            TrackingError: The store failed.
        """
        try:
            run = self.store.run(run_id)
        except RunMissing:
            return "over"  # it was removed
        if run.info.lifecycle_stage == "deleted":
            return "over"
        if run_folder(run, self.place).is_held:
            return "held"
        if run.info.status == "FINISHED":
            return "finished"
        return "goes on" if may_go_on(run, self.place) else "over"

    def run(self, run_id: str) -> Run:
        """Return a run."""
        return self.store.run(run_id)

    def curve(self, run_id: str, metric: str) -> list[tuple[int, float]]:
        """Return (epoch, figure) of each epoch that a run has recorded."""
        with self.store.reporting(f"read the epochs of the run {run_id}"):
            history = self.store.client.get_metric_history(run_id, metric)
        return sorted({point.step: float(point.value) for point in history}.items())


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


def job_of(space: Space, trial: FrozenTrial, metric: Metric, how: str) -> Job:
    """Return a trial that has ended as a job of the sweep.

    Args:
        space: What was drawn from.
        trial: The trial.
        metric: The metric whose values its figures are.
        how: How it comes that it is done, such as "done before".
    """
    told = trial.user_attrs.get(OUTCOME, {})
    run_id = trial.user_attrs.get(RUN)
    values = values_of(space, trial.params)
    result = failure = None
    if trial.state == TrialState.COMPLETE and "val" in told:
        curve = tuple((int(epoch), float(value)) for epoch, value in told["curve"])
        (val, skill_val), (test, skill_test) = told["val"], told["test"]
        result = Result(str(run_id), metric, (val, skill_val), (test, skill_test), told["task"], curve)
    elif trial.state != TrialState.PRUNED:
        written = told.get("failure") or {"kind": "", "message": "it ended without a word"}
        failure = Failure(**{**written, "frames": tuple(written.get("frames", ()))})
    pruned = trial.last_step if trial.state == TrialState.PRUNED else None
    name, texts = name_of(space, trial.number, values), texts_of(space, values)
    return Job(name, texts, run_id, result, failure, float(told.get("seconds", 0.0)), how, pruned)
