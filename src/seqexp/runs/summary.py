"""What a person reads before and after a training."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text

from seqexp.config.schema import Experiment
from seqexp.data.findings import CheckResult
from seqexp.models.keras_settings import ignored_settings
from seqexp.reporting.console import Console, PlainTable
from seqexp.reporting.numbers import counted, duration, number, percent
from seqexp.reporting.runs.results import lead_tables, result_remarks, result_table
from seqexp.reporting.runs.view import view_of
from seqexp.reporting.text_table import plain_table, print_text_table
from seqexp.runs.jobs import Job, best_of
from seqexp.runs.prepare import Prepared
from seqexp.runs.record import as_yaml
from seqexp.tasks.kinds import baseline_in_words
from seqexp.tasks.score import Score


def print_ignored_settings(console: Console, experiments: Sequence[Experiment] | None) -> None:
    """Say which settings of Keras, made for other programs, these experiments ignore; None: it isn't known yet."""
    ignored = ignored_settings()
    if ignored and (experiments is None or any(experiment.model.estimator is None for experiment in experiments)):
        console.fact("keras", f"ignored: {ignored}. seqexp always uses TensorFlow in float32.")


def print_header(console: Console, prepared: Prepared) -> None:
    """Print the facts of a run: its data, its task, what changes the meaning of its result, its model."""
    for name, line in view_of(prepared.task, prepared.vectors).facts():
        console.fact(name, line)
    print_findings(console, prepared.findings)
    console.fact("model", f"{prepared.experiment.model.name}, {prepared.model.about}")
    for note in prepared.model.notes:
        console.fact("", note)


def print_findings(console: Console, findings: Sequence[CheckResult]) -> None:
    """Print what is found in the data that changes the meaning of a result."""
    for index, item in enumerate(findings):
        console.fact("" if index else "found", f"{item.name}: {item.text}")


def print_result(console: Console, prepared: Prepared, name: str, val: Score, test: Score) -> None:
    """Print the scores of a run that came to its end, beside the baseline's."""
    task, experiment = prepared.task, prepared.experiment
    source = ", simulated stand-in" if task.samples.data.source == "simulated" else ""
    console.print()
    console.print(f"{name}: {task.samples.data.name}{source}", style="bold")
    scale = view_of(task, prepared.vectors).scale
    print_text_table(result_table(task, experiment.model.name, val, test, scale), console)
    for heading, table in lead_tables(task, experiment.model.name, test):
        console.print()
        console.print(heading, style="bold")
        print_text_table(table, console)
    for remark in result_remarks(task, val):
        console.fact("remark", remark)
    console.print()


def print_next_commands(console: Console, sweep: str | None) -> None:
    """Print what to try next; `sweep` is the command line of a sweep that fits the run, if there is one."""
    console.print("next", style="bold")
    for what, command in (("leaderboard", "seqexp compare"), ("curves", "seqexp ui"), ("a sweep", sweep)):
        if command is not None:
            console.print(f"  {what:<11}  {command}")


def print_sweep(console: Console, jobs: Sequence[Job], *, is_search: bool = False) -> None:
    """Print how each job of a sweep ended, which is best, and what failed and where."""
    labels = list(dict.fromkeys(job.result.metric.label for job in jobs if job.result is not None))
    figure = " or ".join(labels) or "figure"
    best = best_of(jobs)
    headings = ("job", f"val {figure}", "skill", f"test {figure}", "skill", "time", "ended")
    rows = []
    for job in jobs:
        figures = [""] * 4
        ended = f"pruned after epoch {job.pruned}" if job.pruned else "failed"  # why: in the table below
        if job.result is not None:
            parts = (job.result.val, job.result.test)
            figures = [text for value, skill in parts for text in (number(value, 4), percent(skill))]
            ended = job.how or "finished"
            if job is best and len(jobs) > 1:
                ended = f"{ended}, the best"
        rows.append([job.name, *figures, duration(job.seconds), ended])
    console.print()
    if best is not None and best.result is not None and ((skill := best.result.val[1]) is None or skill <= 0):
        label, baseline = best.result.metric.label, baseline_in_words(best.result.baseline)
        why = (
            "it never errs there, so no skill can be computed"
            if skill is None
            else f"the best, {best.name}, has a skill of {percent(skill)}"
        )
        console.prose(f"by val {label} no job is better than {baseline}, a baseline: {why}", style="yellow")
    console.print(f"the sweep's {counted(len(jobs), 'job')}", style="bold")
    print_text_table(plain_table(headings, rows, left=("job", "ended"), kept=(1, 3, 6)), console)
    console.print()
    _print_failures(console, [job for job in jobs if job.failure is not None], is_search=is_search)


def _print_failures(console: Console, failed: Sequence[Job], *, is_search: bool) -> None:
    """Print what each job raised, and the last lines of the user's or of seqexp's own code on the way to it."""
    if not failed:
        return
    console.print("failures, with their tracebacks in failures.txt of the sweep's run", style="bold")
    table = PlainTable("job", "what happened, and where", box=None, pad_edge=False)
    for job in failed:
        if job.failure is not None:
            where = (f"  {frame}" for frame in job.failure.frames)
            table.add_row(job.name, Text("\n".join((job.failure.line, *where))))
    console.print(table)
    if is_search:
        console.prose("A failed trial has ended: later proposals take no account of it.")
        if any(job.failure is not None and job.failure.is_of_store for job in failed):
            console.prose("Those whose store failed are left open: the same command with --resume goes on with them.")
    else:
        console.prose("The same command with --resume runs these again, and skips what is done.")
    console.print()


def print_configuration(console: Console, experiment: Experiment) -> None:
    """Print the resolved configuration as YAML."""
    console.print()
    console.print("configuration", style="bold")
    console.print(as_yaml(experiment).rstrip())


def print_layers(console: Console, prepared: Prepared) -> None:
    """Print a network's layers with their output shapes and parameters."""
    console.print()
    console.print("layers", style="bold")
    layers = prepared.model.layers()
    if not layers:
        console.print(f"none: {prepared.experiment.model.name} is not a network")
        return
    headings = ("layer", "output shape", "parameters")
    rows = [(layer.name, layer.shape, f"{layer.parameters:,}") for layer in layers]
    total = ("total", "", f"{prepared.model.parameters:,}")
    print_text_table(plain_table(headings, [*rows, total], left=headings[:2], kept=(1, 2)), console)
    for note in prepared.model.notes:
        console.print(note)


def print_samples(console: Console, prepared: Prepared) -> None:
    """Print the shapes and the counts of the samples, part by part."""
    heading, table, line = view_of(prepared.task, prepared.vectors).samples_table()
    console.print()
    console.print(heading, style="bold")
    print_text_table(table, console)
    console.print(line)
