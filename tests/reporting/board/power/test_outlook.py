"""How many seeds it takes, from saved forecasts; the oracles are plain loops over errors and runs."""

from __future__ import annotations

import csv
import io
import json
import math
from dataclasses import replace
from itertools import product
from pathlib import Path
from statistics import fmean, variance

import numpy as np
import pytest

from seqexp.data.arrays import Floats
from seqexp.evaluation.intervals import over_windows
from seqexp.evaluation.power import POWER
from seqexp.reporting.board.pairs.words import in_percent
from seqexp.reporting.board.power.formats import print_outlooks, written_outlooks
from seqexp.reporting.board.power.outlook import DIFFERENCES, Outlook, outlook
from seqexp.reporting.board.power.words import next_step, section_of
from seqexp.reporting.console import Console
from seqexp.tracking.reading.stored_runs import StoredRun
from tests.factories import small_windows
from tests.reporting.board.test_comparison import text_run
from tests.reporting.forecasts import board_of, noisy, run_of_scores, scores_of

STRICT = ("model=naive", "dataset.boundary=strict")
# By how much the errors of each seed are larger: luck; and which errors they are: each run has its own.
SIZES = {"gru": (0.50, 0.53, 0.51, 0.55), "lstm": (0.52, 0.49, 0.56, 0.53)}


def error_seed(name: str, seed: int) -> int:
    return 100 * len(name) + seed


def runs_of_sizes(folder: Path, sizes: dict[str, tuple[float, ...]]) -> list[StoredRun]:
    windows, found = small_windows(*STRICT), []
    for name, each in sizes.items():
        for seed, size in enumerate(each, 1):
            scores = scores_of(windows, noisy(size, error_seed(name, seed)))
            run = run_of_scores(folder, name, scores, windows, seed=seed)
            tags = {**run.tags, "seqexp.overrides": f"model={name} seed={seed}"}
            found.append(replace(run, tags=tags))
    return found


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> list[StoredRun]:
    return runs_of_sizes(tmp_path_factory.mktemp("two"), SIZES)


@pytest.fixture(scope="module")
def found(two: list[StoredRun]) -> Outlook:
    return outlook(board_of(two), [0.2])


def losses_of(name: str) -> list[Floats]:
    """Return what each window cost each run of a group, its mean taken out: seeds shift it."""
    windows, losses = small_windows(*STRICT), []
    for seed, size in enumerate(SIZES[name], 1):
        _, test = scores_of(windows, noisy(size, error_seed(name, seed)))
        lost = np.abs(test.predictions - test.truth[:]).ravel()
        losses.append(lost - lost.mean())
    return losses


def test_the_two_sources_of_chance_are_taken_apart(two: list[StoredRun], found: Outlook) -> None:
    (pair,) = found.pairs
    judgement = found.board.judgement
    assert judgement is not None
    assert pair.name == " vs ".join(group.name for group in judgement.groups)
    figures = {name: [run.metrics["test_mae"] for run in two if run.params["model.variant"] == name] for name in SIZES}
    assert sorted(pair.chance.runs) == pytest.approx(sorted(variance(each) for each in figures.values()))
    assert pair.best == pytest.approx(min(fmean(each) for each in figures.values()))
    gru, lstm = (losses_of(name) for name in ("gru", "lstm"))
    block = judgement.pairs.block
    whole = over_windows(np.mean(gru, axis=0) - np.mean(lstm, axis=0), block)
    assert whole is not None
    assert pair.chance.found == pytest.approx(whole.variance, rel=1e-4)  # forecasts are kept as float32
    # What single runs have of their own, by all pairs of them: these models err alike in nothing.
    own = {}
    for name, losses in (("gru", gru), ("lstm", lstm)):
        apart = [over_windows(a - b, block) for a, b in product(losses, losses) if a is not b]
        own[name] = fmean(each.variance for each in apart if each is not None) / 2
    expected = max(0.0, whole.variance - sum(own.values()) / 4)
    assert pair.chance.windows == pytest.approx(expected, abs=0.3 * whole.variance)
    assert pair.chance.windows < 0.5 * whole.variance
    assert pair.chance.runs_freedom == pytest.approx(6, abs=1.5)


def test_what_is_needed_is_what_the_chance_says(found: Outlook) -> None:
    ((pair, needed),) = found.needed
    assert [each.relative for each in needed] == sorted([*DIFFERENCES, 0.2])
    for each in needed:
        difference = each.relative * pair.best
        if each.seeds is None:
            assert each.can_be_told is False
            assert pair.chance.power(difference, math.inf) < POWER
        else:
            assert each.can_be_told is True
            assert pair.chance.power(difference, each.seeds) >= POWER
            assert each.seeds == 3 or pair.chance.power(difference, each.seeds - 1) < POWER
            assert each.low is not None
            assert each.low <= each.seeds <= (each.high or math.inf)
        if each.folds is not None:
            assert (pair.chance.folded(each.folds).seeds_for(difference) or math.inf) <= 3
            assert each.folds == 1 or (pair.chance.folded(each.folds - 1).seeds_for(difference) or math.inf) > 3
    assert needed[-1].seeds is not None
    assert needed[-1].folds is not None


def test_a_difference_that_no_number_of_seeds_tells_is_called_so(found: Outlook) -> None:
    (pair,) = found.pairs
    chance = replace(pair.chance, windows=pair.chance.found)
    wide = replace(found, pairs=(replace(pair, chance=chance),))
    table = section_of(wide)
    least = wide.pairs[0].floor[0]
    for share, cells in zip(wide.differences, table.table.rows, strict=True):
        assert cells[2].startswith("none") == (share < least)
    (line,) = [line for line in table.remarks if "no number of seeds tells less than" in line]
    assert f"no number of seeds tells less than {in_percent(least)} (" in line
    assert "5 folds would tell about" in line
    assert line.startswith(f"4 seeds of each tell about {in_percent(wide.pairs[0].now or 0)}; ")


def test_where_no_limit_shows_it_is_said_how_low_it_must_be(found: Outlook) -> None:
    """The windows' part may be as little as nothing: single runs explain all that a bootstrap finds."""
    (pair,) = found.pairs
    none = replace(found, pairs=(replace(pair, chance=replace(pair.chance, windows=0.0)),))
    least, _, high = none.pairs[0].floor
    assert least == 0 < high
    (line,) = [line for line in section_of(none).remarks if "show no limit" in line]
    assert line.endswith(f"if there is one, it is below {in_percent(high)} (90 %)")
    assert {each.can_be_told for each in none.needed[0][1]} == {True}
    assert not any(line.startswith("none:") for line in section_of(none).remarks)


def test_the_next_step_is_what_trains_the_seeds_that_are_missing(found: Outlook, two: list[StoredRun]) -> None:
    relative, missing = found.next_step
    needed = next(each for each in found.needed[0][1] if each.relative == relative)
    assert relative == 0.2  # it was asked for
    short = (needed.seeds or 0) - 4
    assert missing == [] if short <= 0 else [count for _, count in missing] == [short, short]
    unasked = outlook(board_of(two))
    wanted, missing = unasked.next_step
    seeds = {each.relative: each.seeds for each in unasked.needed[0][1]}
    assert wanted == min(share for share, count in seeds.items() if count is not None and count <= 30)
    step = next_step(unasked)
    more = (seeds[wanted] or 0) - 4
    assert step is not None
    assert step.what.startswith(f"{more} more seed")
    assert step.commands == [
        f"seqexp train -m model={group.name} seed=5 sweep.seeds={more}" for group, _ in missing
    ]  # fmt: skip


def test_of_too_few_seeds_the_windows_alone_are_said_and_three_seeds_proposed(two: list[StoredRun]) -> None:
    one = outlook(board_of([run for run in two if run.params["seed"] == "1"]))
    (pair,) = one.pairs
    assert not pair.knows_seeds
    assert {(each.seeds, each.can_be_told) for each in one.needed[0][1]} == {(None, None)}
    table = section_of(one)
    assert {cells[2] for cells in table.table.rows} == {"-"}
    (line,) = [line for line in table.remarks if "isn't known" in line]
    limit = f"no number of seeds tells less than about {in_percent(pair.floor[0])}"
    assert f"{limit}, or less, for what single runs err by themselves is in it" in line
    step = next_step(one)
    assert step is not None
    assert step.what.endswith("to know their spread")
    assert sorted(step.commands) == [f"seqexp train -m model={name} seed=2 sweep.seeds=2" for name in ("gru", "lstm")]
    content = json.loads(written_outlooks("json", [one]))
    assert {(each["seeds"], each["can_be_told"]) for each in content["differences"]} == {(None, None)}


def test_a_group_with_one_seed_is_taken_to_spread_like_the_others(two: list[StoredRun]) -> None:
    some = [run for run in two if run.params["model.variant"] == "gru" or run.params["seed"] == "2"]
    (pair,) = outlook(board_of(some)).pairs
    assert pair.knows_seeds
    assert pair.chance.runs[0] == pair.chance.runs[1]
    assert (pair.seeds, pair.now) == (1, None)


def test_a_typical_pair_of_those_that_may_be_the_best_stands_beside_the_first_two(
    tmp_path: Path, two: list[StoredRun]
) -> None:
    third = runs_of_sizes(tmp_path, {"transformer": (0.52, 0.53, 0.51)})
    three = outlook(board_of([*two, *third]))
    best, typical = three.pairs
    names = [standing.group.name for standing in three.board.standings]
    assert best.name == f"{names[0]} vs {names[1]}"
    assert typical.name == "a typical pair"
    pooled = sum(
        variance(figures) * (len(figures) - 1)
        for figures in ([row.figures["test_mae"] for row in group.rows] for group in three.board.groups)
    )
    assert typical.chance.runs == pytest.approx((pooled / 8, pooled / 8))
    assert typical.chance.runs_freedom == 8
    assert len(section_of(three).table.columns) == 5


def test_a_hopeless_model_is_in_no_typical_pair(tmp_path: Path, two: list[StoredRun]) -> None:
    """However much its seeds vary."""
    bad = runs_of_sizes(tmp_path, {"hopeless": (5.0, 4.8, 5.3)})
    (pair,) = outlook(board_of([*two, *bad])).pairs
    (alone,) = outlook(board_of(two)).pairs
    assert pair.name == alone.name
    assert pair.chance.runs == alone.chance.runs
    (filled,) = outlook(board_of([*(run for run in two if run.params["seed"] in "12"), *bad])).pairs
    assert filled.knows_seeds  # nothing else says how much seeds vary
    assert min(filled.chance.runs) > 20 * max(alone.chance.runs)


def test_one_group_has_nothing_to_be_told_from(two: list[StoredRun]) -> None:
    only = outlook(board_of([run for run in two if run.params["model.variant"] == "gru"]))
    assert (only.pairs, only.next_step, next_step(only)) == ((), (None, []), None)
    assert "nothing to tell apart" in section_of(only).warnings[-1]
    assert json.loads(written_outlooks("json", [only]))["differences"] == []


def test_texts_have_it_too(tmp_path: Path) -> None:
    runs = [text_run(tmp_path, name, seed, 0.8) for name in ("gru", "mlp") for seed in (1, 2, 3)]
    texts = outlook(board_of(runs))
    (pair,) = texts.pairs
    assert pair.knows_seeds
    assert any("independent texts" in line for line in section_of(texts).remarks)


def test_all_formats_say_the_same(found: Outlook, capsys: pytest.CaptureFixture[str]) -> None:
    content = json.loads(written_outlooks("json", [found]))
    lines = list(csv.DictReader(io.StringIO(written_outlooks("csv", [found]))))
    ((pair, needed),) = found.needed
    assert [each["relative"] for each in content["differences"]] == [each.relative for each in needed]
    assert [each["seeds"] for each in content["differences"]] == [each.seeds for each in needed]
    assert [line["seeds"] for line in lines] == ["" if each.seeds is None else str(each.seeds) for each in needed]
    assert [line["can_be_told"] for line in lines] == [str(each.can_be_told).lower() for each in needed]
    (task,) = content["tasks"]
    assert task["figure"] == "test_mae"
    assert (task["pairs"][0]["least"], task["pairs"][0]["least_now"]) == (pair.floor[0], pair.now)
    markdown = written_outlooks("md", [found])
    assert markdown.startswith("## jena: T (degC)")
    print_outlooks([found], Console())
    printed = capsys.readouterr().out
    for cells in section_of(found).table.rows:
        assert f"| {' | '.join(cells)} |" in markdown
        assert [word for cell in cells for word in cell.split()] in [line.split() for line in printed.splitlines()]
    step = next_step(found)
    assert (task["next"] is None) == (step is None)
    assert written_outlooks("md", []) == "No finished runs yet.\n"
