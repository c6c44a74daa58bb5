"""Every preset of experiments/ is sound, and runs: the study itself, on little data and for moments."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from seqexp.cli.main import main
from seqexp.config.locations import choices
from seqexp.config.plan import Plan
from tests.cli.recorded import runs_in
from tests.cli.test_train_texts import write_csv
from tests.conftest import Run, write_series
from tests.data.text.corpora import TELLING, WORDS
from tests.factories import make_plan

PRESETS = choices("experiment")

# What the README's table calls a preset's time.
DURATION = re.compile(r"; (about )?\d+( to \d+)? min\.$")


def plan(*overrides: str) -> Plan:
    return make_plan(overrides)


@pytest.fixture(scope="module")
def series(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Overrides of a series that holds the presets' longest windows, and of a training of moments."""
    path = write_series(tmp_path_factory.mktemp("series") / "long.csv", 11_000)
    split = "dataset.split={train:{first:0,end:4000},val:{first:4000,end:7500},test:{first:7500,end:null}}"
    moments = ["training.epochs=1", "training.steps_per_epoch=2", "training.score_every=32", "dataset.sampling=random"]
    return [f"dataset.path={path}", "dataset.format.time=null", split, *moments]


@pytest.fixture(scope="module")
def texts(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Overrides of few and short texts, and of a training of moments."""
    path = write_csv(tmp_path_factory.mktemp("texts") / "two.csv", 240, 2)
    return [f"dataset.path={path}", "dataset.maxlen=60", "training.epochs=1", "training.steps_per_epoch=2"]


@pytest.fixture(scope="module")
def vectors(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small file in GloVe's format, with most of the texts' words."""
    random = np.random.default_rng(0)
    words = [*WORDS, *(word for telling in TELLING for word in telling)]
    lines = [f"{word} {' '.join(f'{number:.4f}' for number in random.normal(size=6))}" for word in words]
    path = tmp_path_factory.mktemp("vectors") / "small.txt"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


@pytest.mark.parametrize("preset", PRESETS)
def test_it_says_what_it_shows_and_how_long_it_takes_and_asks_for_the_official_data(
    preset: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["validate", "--static", "-m", f"experiment={preset}"]) == 0
    valid = capsys.readouterr().out
    summary = PRESETS[preset].summary
    assert DURATION.search(summary), summary
    jobs = plan(f"experiment={preset}")
    assert {job.dataset.source for job in jobs.experiments} == {"official"}
    if jobs.is_sweep:
        assert {job.tracking.experiment for job in jobs.experiments} == {preset}
    if jobs.search is not None:
        assert f"{jobs.search.settings.trials} trials" in valid
        assert f"{jobs.search.settings.trials} trials; " in summary
    elif jobs.is_sweep:
        assert f"{len(jobs.experiments)} jobs" in valid
        assert "jobs" not in summary or f"{len(jobs.experiments)} " in summary
    else:
        assert summary.startswith("One run: ")


@pytest.mark.parametrize("folder", [path for path in PRESETS["jena_ladder"].path.parent.iterdir() if path.is_dir()])
def test_what_a_preset_says_of_a_model_is_of_one_that_it_trains(folder: Path) -> None:
    trained = {job.model.name for job in plan(f"experiment={folder.name}").experiments}
    assert {path.stem for path in folder.iterdir()} <= trained


def test_the_ladder_is_the_lecture() -> None:
    """Windows, epochs and index arithmetic of each of its models, as the lecture states them."""
    jobs = {job.model.name: job for job in plan("experiment=jena_ladder").experiments}
    assert {job.series.boundary for job in jobs.values()} == {"lecture"}
    assert {(job.series.delay, job.series.batch_size, job.training.steps_per_epoch) for job in jobs.values()} == {
        (144, 128, 500)
    }
    epochs = {name: job.training.epochs for name, job in jobs.items()}
    assert {name for name in epochs if epochs[name] == 40} == {"gru_dropout", "gru_stacked", "gru_bidirectional"}
    assert {name for name in epochs if epochs[name] == 20} > {"mlp", "gru", "conv1d", "conv_gru"}
    windows = {name: (job.series.lookback, job.series.step) for name, job in jobs.items()}
    assert windows.pop("conv_gru") == (720, 3)
    assert set(windows.values()) == {(1440, 6)}


def check(preset: str, folder: Path, seqexp: Run, overrides: list[str]) -> None:
    """Run a preset, and compare what it recorded with what it had planned."""
    planned = plan(f"experiment={preset}", *overrides)
    done = seqexp("train", f"experiment={preset}", *overrides, cwd=folder)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    runs = runs_in(folder)
    trials = [run for run in runs if run.data.tags["seqexp.kind"] != "sweep"]
    assert len(trials) == len(planned.experiments)
    assert {run.info.status for run in runs} == {"FINISHED"}
    assert len({run.data.tags["seqexp.config_digest"] for run in trials}) == len(trials), "every job is another one"
    measure = "mae" if planned.experiments[0].dataset.kind == "series" else "accuracy"
    for run, job in zip(trials, planned.experiments, strict=True):
        assert run.data.params["model.name"] == job.model.name
        assert np.isfinite([run.data.metrics[f"best_val_{measure}"], run.data.metrics[f"test_{measure}"]]).all()
        if job.dataset.kind == "series":
            window = run.data.params["dataset.lookback"], run.data.params["dataset.step"]
            assert window == (str(job.series.lookback), str(job.series.step))


def check_search(preset: str, folder: Path, seqexp: Run, overrides: list[str]) -> None:
    """Run a preset that searches, and hold its trials to its space."""
    search = plan(f"experiment={preset}", *overrides).search
    assert search is not None
    done = seqexp("train", f"experiment={preset}", *overrides, cwd=folder)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    trials = [run for run in runs_in(folder) if run.data.tags["seqexp.kind"] == "trial"]
    assert len(trials) == search.settings.trials
    for run in trials:
        assert 8 <= int(run.data.params["model.units"]) <= 64
        assert 1e-4 <= float(run.data.params["training.learning_rate"]) <= 1e-2
        assert run.data.params["dataset.step"] in ("3", "6", "12")
        # Only the model that has a dropout is given one.
        assert ("model.dropout" in run.data.params) == (run.data.params["model.name"] == "gru_dropout")


@pytest.mark.slow
def test_a_ladder_runs_and_is_one_task(series: list[str], seqexp: Run, tmp_path: Path) -> None:
    """Two of its models, one with a window of its own: the leaderboard ranks them together."""
    check("jena_ladder", tmp_path, seqexp, [*series, "model=mlp,conv_gru"])
    table = seqexp("compare", cwd=tmp_path).stdout
    assert table.count("jena: ") == 1
    assert "24.5 h" in table


@pytest.mark.slow
@pytest.mark.parametrize("preset", PRESETS)
def test_it_runs(preset: str, series: list[str], texts: list[str], vectors: Path, seqexp: Run, tmp_path: Path) -> None:
    """All its jobs; only how many texts there are, and where their vectors come from, is brought down to size."""
    jobs = plan(f"experiment={preset}")
    if jobs.search is not None:
        check_search(preset, tmp_path, seqexp, [*series, "hydra.sweeper.trials=5"])
        return
    if jobs.experiments[0].dataset.kind == "series":
        check(preset, tmp_path, seqexp, series)
        return
    axes = {
        "dataset.split.train": "dataset.split.train=40,80,120",
        "model.embedding.source": f"model.embedding.source=learned,{vectors}",
    }
    check(preset, tmp_path, seqexp, [*texts, *(axes[key] for key in jobs.axes if key in axes)])
