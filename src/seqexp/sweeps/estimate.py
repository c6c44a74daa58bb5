"""How long the jobs of a sweep will take, and how much disk and memory: from past runs, else from a timed step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from statistics import fmean
from typing import TYPE_CHECKING

from seqexp.runs.cleaning import artifacts_size
from seqexp.tracking.recorder import RESUMED_TAG, SHAPE_DIGEST_TAG
from seqexp.tracking.store import Store

if TYPE_CHECKING:
    from mlflow.entities import Run

_NEWEST = 5  # past runs that are looked at


@dataclass(frozen=True)
class Estimate:
    """What a job will take.

    Attributes:
        seconds: From its begin to its end, the import of what is heavy not among them.
        memory: Bytes that its process holds, or None.
        disk: Bytes of its record.
        source: Where that comes from.
    """

    seconds: float
    memory: float | None
    disk: float
    source: str


def from_past_runs(store: Store, experiment_ids: Sequence[str], shape: str, epochs: int) -> Estimate | None:
    """Return what the newest finished runs of a shape say of a job with so many epochs, or None.

    The shape is the digest of what a step of the job costs.
    """
    query = f"tags.`{SHAPE_DIGEST_TAG}` = '{shape}' and attributes.status = 'FINISHED'"
    # One that went on later has no time of its own: between its begin and its end lie the hours in which it rested.
    whole = (run for run in store.runs(list(experiment_ids), query) if RESUMED_TAG not in run.data.tags)
    runs = list(islice(whole, _NEWEST))
    if not runs:
        return None
    memory = [run.data.metrics["memory_mb"] * 1e6 for run in runs if "memory_mb" in run.data.metrics]
    return Estimate(
        fmean(_seconds(store, run, epochs) for run in runs),
        fmean(memory) if memory else None,
        fmean(artifacts_size(run) for run in runs),
        "a past run" if len(runs) == 1 else f"{len(runs)} past runs",
    )


def _seconds(store: Store, run: Run, epochs: int) -> float:
    """Return how long a run would have taken with another number of epochs."""
    whole: float = ((run.info.end_time or run.info.start_time) - run.info.start_time) / 1000
    with store.reporting("read the epochs of a past run"):
        done = len(store.client.get_metric_history(run.info.run_id, "epoch_seconds"))
    training = float(run.data.metrics.get("train_seconds", 0.0))
    return whole + training / done * (epochs - done) if done else whole


def together(seconds: Sequence[float], at_once: int) -> float:
    """Return how long jobs take that are begun in their order, so many at once, from the seconds of each."""
    ends = [0.0] * at_once
    for each in seconds:
        ends[ends.index(min(ends))] += each
    return max(ends)


def mean_of(estimates: Sequence[Estimate]) -> Estimate | None:
    """Return the mean of other jobs' estimates, for one that was not timed; None if there are none."""
    if not estimates:
        return None
    memory = [one.memory for one in estimates if one.memory is not None]
    return Estimate(
        fmean(one.seconds for one in estimates),
        max(memory) if memory else None,
        fmean(one.disk for one in estimates),
        "the mean of the others",
    )
