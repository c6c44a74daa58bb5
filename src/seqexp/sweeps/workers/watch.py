"""What a person sees of a sweep while it runs, and how each of its jobs ended."""

from __future__ import annotations

from seqexp.reporting.console import Console
from seqexp.reporting.numbers import duration, number, percent
from seqexp.reporting.sweeps.sweep_progress import SweepProgress
from seqexp.runs.jobs import Job, Outcome
from seqexp.sweeps.spec import JobSource, JobSpec, Slot
from seqexp.sweeps.workers.messages import EpochReport, Message, Printed


class SweepWatch:
    """Shows the progress of a sweep, and collects how its jobs ended, by their numbers, in `jobs`.

    Where one job runs at a time, it shows what the job prints. Jobs that were cut short are left out of `jobs`.
    """

    def __init__(self, console: Console, source: JobSource, progress: SweepProgress, at_once: int) -> None:
        self._console, self._source, self._progress, self._at_once = console, source, progress, at_once
        self.jobs: dict[int, Job] = {}

    @property
    def in_order(self) -> list[Job]:
        """How each job ended, in the order of their numbers."""
        return [self.jobs[number] for number in sorted(self.jobs)]

    def began(self, slot: Slot, spec: JobSpec) -> None:
        """Say that a slot begins a job."""
        self.add_done_elsewhere()
        job = self._progress.began(slot.name, spec.name)
        goes_on = ", which goes on from its checkpoint" if spec.resumes else ""
        if self._at_once == 1:
            self._console.print()
            self._console.print(f"job {job.number} of {self._source.total}: {spec.name}{goes_on}", style="bold")
        elif goes_on or not self._console.is_terminal:
            self._console.print(f"begins   {spec.name}{goes_on}", style="dim")

    def received(self, slot: Slot, spec: JobSpec, message: Message) -> None:
        """Show what was printed, if it is clear which job printed it, and how far the job is."""
        if isinstance(message, Printed) and self._at_once == 1:
            self._console.relay(message.text, message.shown)
        elif isinstance(message, Printed) and message.is_urgent:
            self._console.print(f"note     {spec.name}: {message.text.rstrip()}", style="yellow")
        elif isinstance(message, EpochReport):
            self._progress.epoch_ended(slot.name, message.epoch, message.epochs, message.value)

    def ended(self, slot: Slot, spec: JobSpec, outcome: Outcome) -> None:
        """Keep how a job ended, and say so."""
        how = "stopped" if outcome.stopped else "failed" if outcome.failure else "pruned" if outcome.pruned else "done"
        self._progress.finished(slot.name, how, outcome.seconds)
        if outcome.stopped:
            return
        resumed = "resumed" if spec.resumes else ""
        job = Job(**vars(outcome), number=spec.number, name=spec.name, values=spec.values, how=resumed)
        self.jobs[job.number] = job
        self._say_ended(job)

    def ticked(self, *, waiting: bool) -> None:
        """Take over what was done elsewhere, and move the display on; waiting: for jobs that another sweep runs."""
        self.add_done_elsewhere()
        if waiting and not self._progress.waiting and not self._console.is_terminal:
            self._console.print("waiting for jobs that another sweep runs, or for the store")
        self._progress.waiting = waiting

    def add_done_elsewhere(self) -> None:
        """Add the jobs that need not run, since they were done elsewhere."""
        for job in self._source.done_elsewhere():
            self.jobs[job.number] = job
            self._progress.before += 1
            self._console.print(f"{job.how}: {job.name} (run {job.run_id})", style="dim")

    def _say_ended(self, job: Job) -> None:
        if job.failure is not None:
            name = "" if self._at_once == 1 else f" {job.name}:"
            self._console.print(f"failed:{name} {job.failure.message}", style="red")
        elif self._at_once > 1:
            what = f"pruned   {job.name}" if job.result is None else f"done     {job.name}, {_figures(job)}"
            self._console.print(f"{what}, {duration(job.seconds)}", style="" if job.result else "dim")
        elif job.pruned:
            self._console.print(f"pruned after epoch {job.pruned}", style="dim")
        if not self._console.is_terminal:
            self._console.print(f"sweep    {self._progress.status()}", style="dim")


def _figures(job: Job) -> str:
    assert job.result is not None
    value, skill = job.result.val
    against = "" if skill is None else f" ({percent(skill)})"
    return f"val {job.result.metric.label} {number(value, 4)}{against}"
