"""What a person reads before and after a training."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from rich.table import Table

from seqexp.config.schema import Experiment
from seqexp.data.splits import PARTS
from seqexp.data.windows import Windows
from seqexp.evaluation.scores import PartScore
from seqexp.reporting.console import Console
from seqexp.reporting.data_facts import repairs_in_words
from seqexp.reporting.numbers import number, percent
from seqexp.runner.jobs import Job
from seqexp.runner.prepare import Prepared
from seqexp.runner.record import as_yaml


def print_header(console: Console, prepared: Prepared) -> None:
    """Print the facts of a run: its windows, its task, its model."""
    windows, experiment, compute = prepared.windows, prepared.experiment, prepared.compute
    rows, every = windows.rows, experiment.training.score_every
    share = "" if every == 1 else f" (every {_ordinal(every)})"
    for note in windows.series.notes:
        console.fact("", note)
    for index, line in enumerate(repairs_in_words(windows)):
        console.fact("repaired" if index == 0 else "", line)
    console.fact(
        "windows",
        f"{len(rows.train):,} train, {len(rows.val):,} validation and {len(rows.test):,} test{share}, "
        f"each {windows.shape[0]} x {windows.shape[1]}",
    )
    console.fact(
        "task",
        f"{windows.target_name}, {windows.delay} rows after the window's end: "
        f"a true lead of {windows.true_lead_hours:.4g} h",
    )
    if prepared.network is not None:
        by = "XLA, " if compute.jit_compile else "compiled recurrence, " if compute.layers == "seqexp" else ""
        how = f"{prepared.parameters:,} parameters, {by}{compute.threads} threads"
    else:
        how = "not a network: fitted at once"
    console.fact("model", f"{experiment.model.name}, {how}")
    for note in prepared.notes:
        console.fact("", note)
    console.print()


def _ordinal(number: int) -> str:
    suffix = "th" if 10 <= number % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{suffix}"


def print_result(console: Console, prepared: Prepared, name: str, val: PartScore, test: PartScore) -> None:
    """Print the scores of a run that came to its end, beside the naive forecast's."""
    windows = prepared.windows
    unit = windows.unit or "unit"
    source = ", simulated stand-in" if windows.series.source == "simulated" else ""
    table = Table(box=None, pad_edge=False)
    table.add_column("")
    for heading in ("val MAE", unit, "skill", "test MAE", unit, "skill"):
        table.add_column(heading, justify="right")

    def row(label: str, val_mae: float, val_skill: str, test_mae: float, test_skill: str) -> None:
        scale = windows.target_scale
        table.add_row(
            label,
            number(val_mae, 4),
            number(val_mae * scale, 2),
            val_skill,
            number(test_mae, 4),
            number(test_mae * scale, 2),
            test_skill,
        )

    row(prepared.experiment.model.name, val.mae, percent(val.skill), test.mae, percent(test.skill))
    if not np.array_equal(val.predictions, val.naive):
        row("naive", val.naive_mae, "", test.naive_mae, "")
    console.print()
    console.print(f"{name}: {prepared.experiment.dataset.name}{source}", style="bold")
    console.print(table)
    console.print()


def print_next_commands(console: Console, sweep: str) -> None:
    """Print what to try next.

    Args:
        console: Where to.
        sweep: The command line of a sweep that fits the run.
    """
    console.print("next", style="bold")
    for what, command in (("leaderboard", "seqexp compare"), ("curves", "seqexp ui"), ("a sweep", sweep)):
        console.print(f"  {what:<11}  {command}")


def print_sweep(console: Console, jobs: Sequence[Job]) -> None:
    """Print how each job of a sweep ended."""
    table = Table(box=None, pad_edge=False)
    for heading in ("job", "val MAE", "skill", "test MAE", "skill", "ended"):
        table.add_column(heading, justify="left" if heading in ("job", "ended") else "right")
    for job in jobs:
        if job.result is None:
            reason = str(job.error) or type(job.error).__name__
            table.add_row(job.name, "", "", "", "", f"failed: {reason.splitlines()[0]}")
            continue
        val, test = job.result.val, job.result.test
        table.add_row(
            job.name, number(val.mae, 4), percent(val.skill), number(test.mae, 4), percent(test.skill), "finished"
        )
    console.print()
    console.print(f"the sweep's {len(jobs)} jobs", style="bold")
    console.print(table)
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
    if prepared.network is None:
        console.print(f"none: {prepared.experiment.model.name} is not a network")
        return
    table = Table(box=None, pad_edge=False)
    for heading in ("layer", "output shape", "parameters"):
        table.add_column(heading, justify="right" if heading == "parameters" else "left")
    for layer in prepared.network.layers:
        table.add_row(_layer_name(layer), _shapes(layer.output), f"{layer.count_params():,}")
    table.add_row("total", "", f"{prepared.parameters:,}", style="bold")
    console.print(table)
    for note in prepared.notes:
        console.print(note)


def _shapes(outputs: Any) -> str:
    """Return the shape of a layer's output; of several, such as a recurrent layer's state, all of them."""
    if isinstance(outputs, list | tuple):
        return ", ".join(map(_shapes, outputs))
    return "(" + ", ".join("batch" if size is None else str(size) for size in outputs.shape) + ")"


def _layer_name(layer: object) -> str:
    """Return a layer's class; of a wrapper also what it wraps."""
    inner = getattr(layer, "forward_layer", None) or getattr(layer, "layer", None)
    name = type(layer).__name__
    return f"{name}({type(inner).__name__})" if inner is not None else name


def print_windows(console: Console, windows: Windows) -> None:
    """Print the shapes and the counts of the windows, part by part."""
    console.print()
    console.print("windows", style="bold")
    table = Table(box=None, pad_edge=False)
    for heading in ("part", "windows", "first row", "last row", "first target", "last target"):
        table.add_column(heading, justify="left" if heading == "part" else "right")
    for part in PARTS:
        rows = getattr(windows.rows, part)
        times = windows.target_times(rows[[0, -1]]).astype("datetime64[m]")
        table.add_row(
            part, f"{len(rows):,}", f"{rows[0]:,}", f"{rows[-1]:,}", *(str(t).replace("T", " ") for t in times)
        )
    console.print(table)
    console.print(
        f"each {windows.shape[0]} timesteps x {windows.shape[1]} columns, float32; "
        f"batches of {windows.batch_size}; target {windows.target_name}, "
        f"true lead {windows.true_lead_hours:.4g} h"
    )
