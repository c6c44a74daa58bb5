"""The sections about many runs: their curves, and the sweeps that they belong to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from seqexp.reporting.board.comparison import Board
from seqexp.reporting.board.groups import Group
from seqexp.reporting.board.lines import as_baseline, shown_baselines
from seqexp.reporting.board.rows import Row
from seqexp.reporting.numbers import counted
from seqexp.reporting.page.board import baseline_name
from seqexp.reporting.page.content import Chart, PageLine, PageSection
from seqexp.reporting.page.figures import is_map
from seqexp.reporting.page.run_charts import Curve, curves_figure, read_sweep, sweep_figures
from seqexp.reporting.runs.differences import read_curve
from seqexp.reporting.sweeps.setting import Described, Setting, common_setting
from seqexp.reporting.sweeps.sweep_plots import FinishedJob
from seqexp.tasks.kinds import baseline_in_words
from seqexp.tracking.reading.artifacts import artifact_file, naming_the_file
from seqexp.tracking.reading.stored_runs import SWEEP, StoredRun
from seqexp.tracking.store.store import Store

_PARENT = "mlflow.parentRunId"
_SWEEPS = 12  # the newest ones


def curves_section(
    store: Store, board: Board, drawn: Sequence[tuple[Group, PageLine]], most: int, prefix: str
) -> PageSection | None:
    """Return the validation curves; None where no run was trained in epochs.

    Those are drawn of the first groups, which stand beside their lines in the leaderboard, and `most` runs of each.

    Raises:
        TrackingError: The store can't be read.
    """
    metric, of_baselines = board.task.metric, shown_baselines(board)
    run = [as_baseline(group, of_baselines) for group, _ in drawn]  # which are lines already
    # Epochs were scored once, on a run's own windows: beside them stand no figures of other windows.
    if board.common is not None:
        drawn = [(replace(group, rows=tuple(map(_as_recorded, group.rows))), line) for group, line in drawn]
    curves = [
        Curve(
            line=run.id,
            group=line,
            name=row.name if len(group.rows) == 1 else f"{row.name}, seed {row.seed}",
            points=read_curve(store, row.stored, metric),
            best=row.val,
        )
        for group, line in drawn
        for run, row in list(zip(line.runs, group.rows, strict=True))[:most]
    ]
    shown = sum(bool(curve.points) for curve in curves)
    if not shown:
        return None
    trained = "" if shown == len(curves) else f", {shown:,} of them trained in epochs"
    caption = f"{counted(len(curves), 'run')}{trained}; runs of a group have one colour."
    left = sum(max(0, len(group.rows) - most) for group, _ in drawn)
    if left:
        which = "best" if board.is_ranked else "first"
        caption += f" Of each group the {which} {most}: {left:,} runs are not drawn."
    if board.common is None:
        baselines = [
            (baseline_name(board, baseline), baseline.figures[metric.name("val")])
            for baseline in of_baselines
            if baseline not in run
            and any(baseline.name == row.baselines[0] for group, _ in drawn for row in group.rows)
        ]
    else:
        caption += " All as recorded, each run on its own windows, which are not those of the leaderboard."
        level = {round(row.val, 6) for (group, _), same in zip(drawn, run, strict=True) if same for row in group.rows}
        baselines = [(name, value) for name, value in _recorded_baselines(drawn) if round(value, 6) not in level]
    figure = curves_figure(curves, _setting_of([row for group, _ in drawn for row in group.rows], board), baselines)
    chart = Chart(f"{prefix}-curves", f"Validation {metric.label} by epoch", caption, figure, 460)
    note = "Drag to zoom, double-click to see all. The legend hides a group, as its tick in the leaderboard does."
    return PageSection(f"{prefix}-runs", "Learning curves", note, [chart])


def _as_recorded(row: Row) -> Row:
    return replace(row, figures=row.stored.metrics)


def _recorded_baselines(drawn: Sequence[tuple[Group, PageLine]]) -> list[tuple[str, float]]:
    """Return (name, validation figure) of the baseline on each set of windows, by lookback where there are several."""
    found: dict[float, Row] = {}
    for group, _ in drawn:
        for row in group.rows:
            value = row.baseline("val")
            if value is not None:
                found.setdefault(round(value, 6), row)
    several = len(found) > 1

    def name(row: Row) -> str:
        lookback = f", lookback {row.stored.params.get('dataset.lookback', '?')}" if several else ""
        return f"{baseline_in_words(row.baselines[0])} baseline{lookback}"

    return [(name(row), value) for value, row in found.items()]


def sweeps_section(store: Store, board: Board, runs: Sequence[StoredRun], prefix: str) -> PageSection | None:
    """Return the figures over what sweeps varied; None where no ranked run belongs to a sweep that varied anything.

    The sweeps' own runs are among all `runs`.

    Raises:
        TrackingError: The store can't be read.
    """
    ranked = {row.stored.run_id: row for group in board.groups for row in group.rows}
    parents = {row.stored.tags.get(_PARENT) for row in ranked.values()}
    sweeps = [run for run in runs if run.kind == SWEEP and run.run_id in parents]
    charts: list[Chart] = []
    for run in sweeps[:_SWEEPS]:
        summary = artifact_file(store, run, "summary.csv")
        if summary is None:  # it has not ended yet
            continue
        with naming_the_file(run, summary):
            known = read_sweep(run.name, summary.read_text(encoding="utf-8"))
        rows = {run_id: ranked[run_id] for run_id in known if run_id in ranked}
        setting = _setting_of(rows.values(), board, run.name)
        jobs = [
            replace(
                known[run_id] if board.common is None else _scored_anew(known[run_id], row),
                baseline=setting.baseline_of(run_id),
            )
            for run_id, row in rows.items()
        ]
        for title, figure in sweep_figures(jobs, setting):
            facts = [f"{setting.title}, {run.started.astimezone():%Y-%m-%d %H:%M}: {counted(len(jobs), 'job')}"]
            if is_map(figure):
                facts += [setting.with_unit(name, value) for name, value in setting.lines().items()]
            caption = f"{'; '.join(facts)}."
            charts.append(Chart(f"{prefix}-sweep{len(charts)}", title, caption, figure, 380, is_wide=False))
    if not charts:
        return None
    note = (
        "Validation decides; the test figure of the same weights stands beside it. Where several jobs share a value, "
        "small points are the jobs and large ones their mean."
    )
    if board.common is not None:
        note += " Scored anew on the windows that all runs have in common; jobs that can't be are left out."
    if len(sweeps) > _SWEEPS:
        note += f" The newest {_SWEEPS} of {len(sweeps)} sweeps."
    return PageSection(f"{prefix}-sweeps", "Sweeps", note, charts)


def _setting_of(rows: Iterable[Row], board: Board, name: str = "") -> Setting:
    """Return what ranked runs have in common, by the figures that they are shown with."""
    described = (Described(row.stored.run_id, row.stored.params, row.stored.tags, row.figures) for row in rows)
    return common_setting(described, name, board.task.metric)


def _scored_anew(job: FinishedJob, row: Row) -> FinishedJob:
    anew = row.figure(row.metric.name("test"))
    return replace(job, val=row.val, test=job.test if anew is None else anew)
