"""Jobs of the plugin whose processes die, for the places of a sweep."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from mlflow import MlflowClient
from mlflow.entities import Run

from seqexp.config.plugins import Plugin, read_plugins
from seqexp.runs.jobs import Outcome, Request
from seqexp.sweeps.workers.messages import Assignment
from tests.factories import make_plan
from tests.runs.dying import write_plugin


class Bench:
    """Jobs of the plugin, in a folder of their own."""

    def __init__(self, folder: Path, small: list[str]) -> None:
        flags = write_plugin(folder)
        self.folder, self.small, self.config_dir = folder, small, flags[1]
        self.plugins: tuple[Plugin, ...] = read_plugins([flags[3]])
        self.marks = folder / "marks.txt"

    def order(self, how: str) -> Assignment:
        """Return a job of the plugin."""
        return self.assignment_of(how, ["model=odd", f"model.how={how}", f"model.marks={self.marks}"])

    def assignment_of(self, name: str, overrides: Sequence[str], threads: int | None = None) -> Assignment:
        """Return a job of a model."""
        texts = [*self.small, *overrides]
        (experiment,) = make_plan(texts, config_dir=self.config_dir, own_layers={"Odd"}).experiments
        return Assignment(experiment, Request(self.folder, texts, name, None, threads))

    def status(self, outcome: Outcome) -> tuple[str, str]:
        """Return the status of an outcome's run, and its tag seqexp.failure."""
        run = self._run(outcome)
        return run.info.status, run.data.tags.get("seqexp.failure", "")

    def metrics(self, outcome: Outcome) -> dict[str, float]:
        """Return the last figures of an outcome's run."""
        return dict(self._run(outcome).data.metrics)

    def _run(self, outcome: Outcome) -> Run:
        assert outcome.run_id is not None
        return MlflowClient(tracking_uri=f"sqlite:///{self.folder / 'mlflow.db'}").get_run(outcome.run_id)

    def processes(self) -> list[tuple[str, int]]:
        """Return (how, process id) of each job that began to fit, in their order."""
        return [(how, int(pid)) for how, pid in (line.split() for line in self.marks.read_text().splitlines())]
