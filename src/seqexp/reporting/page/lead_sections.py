"""The sections about forecasts at many leads and of many columns."""

from __future__ import annotations

from collections.abc import Sequence

from seqexp.evaluation.fans import FEWEST_LEADS, read_fans
from seqexp.evaluation.lead_scores import read_scores
from seqexp.reporting.board.comparison import Board
from seqexp.reporting.board.groups import Group
from seqexp.reporting.board.losses import naming_the_run
from seqexp.reporting.page.content import Chart, PageLine, PageSection
from seqexp.reporting.page.lead_charts import LeadScorer, error_by_column_figure, error_by_lead_figure, fan_figure
from seqexp.reporting.runs.lead_plots import columns_drawn
from seqexp.tasks.lead import leads_in_words
from seqexp.tracking.reading.artifacts import artifact_file
from seqexp.tracking.store.store import Store

_MOST_COLUMNS = 30  # that bars can be told apart


def lead_sections(
    store: Store, board: Board, scored: Sequence[tuple[Group, PageLine]], prefix: str
) -> list[PageSection | None]:
    """Return error by lead and by column, and forecasts beside what came, of the best run of some groups.

    The groups stand beside their lines in the leaderboard; the prefix begins the sections' ids.

    Raises:
        TrackingError: The store can't be read.
    """
    metric, runs, known = board.task.metric, list[LeadScorer](), list[tuple[Group, PageLine]]()
    for group, line in scored:
        row = group.rows[0]
        path = artifact_file(store, row.stored, "scores.parquet")
        if path is not None:
            with naming_the_run(row, path):
                runs.append(LeadScorer(line, read_scores(path)["test"]))
                known.append((group, line))
    if not runs:
        return []
    best, row = runs[0].scores, known[0][0].rows[0]
    whose = "The best run of each of the first groups, as recorded, beside the naive forecasts."
    charts = []
    if len(best.leads) > 1:
        between = leads_in_words([lead for lead in (row.lead, row.last_lead) if lead is not None])
        figure = error_by_lead_figure(runs, metric, between)
        over = " Means over all columns." if len(best.columns) > 1 else ""
        charts.append(Chart(f"{prefix}-leads", f"Test {metric.label} over the lead", whose + over, figure, 400))
    if 1 < len(best.columns) <= _MOST_COLUMNS:
        figure = error_by_column_figure(runs, metric)
        over = " Means over all leads." if len(best.leads) > 1 else ""
        charts.append(Chart(f"{prefix}-columns", f"Test {metric.label} by column", whose + over, figure, 380))
    note = "Errors are of scaled columns, so that those of unlike units can be compared."
    sections: list[PageSection | None] = [PageSection(f"{prefix}-errors", "Error by lead and column", note, charts)]
    if len(best.leads) >= FEWEST_LEADS and (fans := _fans(store, board, known, runs[0], prefix)):
        note = (
            "Forecasts of a few windows from the beginning of the test part on: each line begins behind the last row "
            "seen. With the weights of the best epoch."
        )
        sections.append(PageSection(f"{prefix}-forecasts", "Forecasts against actual values", note, fans))
    return sections


def _fans(
    store: Store, board: Board, known: Sequence[tuple[Group, PageLine]], best: LeadScorer, prefix: str
) -> list[Chart]:
    charts = []
    for number, column in enumerate(columns_drawn(best.scores, board.task.metric)):
        drawn, baseline = [], ""
        for group, line in known:
            row = group.rows[0]
            path = artifact_file(store, row.stored, "predictions/test.parquet")
            if path is not None:
                with naming_the_run(row, path):
                    facts, fans = read_fans(path, column)
                    baseline = baseline or facts.baselines[0]
                    drawn.append((line, fans))
        if drawn:
            which = ""
            if len(best.scores.columns) > 2:
                which = f"Of all columns the one with the {('least', 'largest')[number]} error. "
            caption = f"{which}The legend shows or hides a line."
            figure = fan_figure(drawn, column, baseline)
            charts.append(Chart(f"{prefix}-fan{number}", f"{column} from several origins", caption, figure, 420))
    return charts
