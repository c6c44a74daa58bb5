from __future__ import annotations

from pathlib import Path

import pytest

from seqexp.config.errors import InputError
from seqexp.config.schema import Experiment
from seqexp.data.findings import CheckResult
from seqexp.reporting.console import Console
from seqexp.runs.prepare import Prepared, Sources, check_data, prepare
from seqexp.runs.summary import print_header
from tests.data.helpers import Server, body
from tests.factories import make_plan


def experiments(small: list[str], *more: str) -> tuple[Experiment, ...]:
    return make_plan([*small, *more], multirun=True).experiments


def test_the_source_is_resolved_once_for_all_jobs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Or a sweep could begin on the official record and end on the stand-in."""
    monkeypatch.setenv("SEQEXP_DATA_DIR", str(tmp_path / "empty"))
    with Server(body(b"zip")) as server:
        dataset = make_plan([f"dataset.url={server.url}"]).experiments[0].dataset
        sources = Sources()
        first = sources.resolve(dataset)
    assert first.source == "official"
    assert sources.resolve(dataset) is first  # the server is gone by now
    assert Sources().resolve(dataset).source == "simulated"


def test_each_series_is_read_once(small: list[str]) -> None:
    lines: list[str] = []
    check_data(experiments(small, "dataset.step=3,6,12", "model=gru,mlp"), Sources(), lines.append)
    assert len([line for line in lines if "series.csv" in line and "as asked" in line]) == 1


def test_the_faults_of_all_jobs_are_told_once_each(small: list[str]) -> None:
    jobs = experiments(
        small,
        "dataset.target=Q,R",
        "dataset.boundary=strict",
        "dataset.split.val={first:800,end:810}",
        "dataset.step=3,6",
    )
    with pytest.raises(InputError) as caught:
        check_data(jobs, Sources(), lambda line: None)
    faults = caught.value.texts
    assert len(faults) == 3
    assert sum("dataset.target" in fault for fault in faults) == 2
    assert sum("shorter than one window" in fault for fault in faults) == 1


def test_a_file_read_in_two_ways_is_two_series(small: list[str]) -> None:
    """A sweep over how a file is read checks each job against its own columns."""
    jobs = experiments(small, "dataset.format.drop=[],['T (degC)']")
    with pytest.raises(InputError) as caught:
        check_data(jobs, Sources(), lambda line: None)
    (fault,) = caught.value.texts
    assert fault.startswith("dataset.target must be one of the columns p (mbar), wv (m/s).")


def test_rows_and_times_that_mean_the_same_have_the_same_digests(small: list[str]) -> None:
    def prepared(*overrides: str) -> Prepared:
        (job,) = experiments([text for text in small if text.split("=")[0] not in MEASURES], "model=naive", *overrides)
        return prepare(job, Sources().resolve(job.dataset), lambda line: None)

    in_rows = prepared("dataset.lookback=48", "dataset.step=6", "dataset.delay=12", "dataset.max_gap=6")
    in_times = prepared("dataset.lookback=8h", "dataset.step=1h", "dataset.delay=120min", "dataset.max_gap=1h")
    mixed = prepared("dataset.lookback=8h", "dataset.step=6", "dataset.delay=12", "dataset.max_gap=65min")
    assert in_rows.task.digest == in_times.task.digest == mixed.task.digest
    assert in_rows.config_digest == in_times.config_digest == mixed.config_digest
    assert in_times.experiment.dataset == in_rows.experiment.dataset
    longer = prepared("dataset.lookback=9h", "dataset.step=1h", "dataset.delay=2h", "dataset.max_gap=1h")
    assert longer.task.digest == in_rows.task.digest
    assert longer.config_digest != in_rows.config_digest
    later = prepared("dataset.lookback=8h", "dataset.step=1h", "dataset.delay=3h", "dataset.max_gap=1h")
    assert later.task.digest != in_rows.task.digest


MEASURES = ("dataset.lookback", "dataset.step", "dataset.delay")


def test_what_falls_back_to_kerass_loop_is_told_with_the_model(
    small: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    inner = "{GRU:{units:3,activation:elu,return_sequences:true}},{LSTM:{units:2,return_sequences:true}}"
    (job,) = experiments(small, "model=gru", f"model.layers=[{inner},{{keras/GRU:{{units:2}}}}]")
    told: list[str] = []
    prepared = prepare(job, Sources().resolve(job.dataset), told.append)
    (note,) = prepared.model.notes  # neither of what is compiled nor of what was asked to be Keras's
    assert note.startswith("layer gru")
    assert "runs Keras's own loop: the compiled one doesn't support elu" in note
    assert note not in told
    print_header(Console(), prepared)
    lines = capsys.readouterr().out.splitlines()
    at = next(index for index, line in enumerate(lines) if line.startswith("model "))
    assert lines[at + 1].strip() == note


def test_what_can_not_be_read_is_told_once(tmp_path: Path, cache_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEQEXP_DATA_DIR", str(cache_dir))
    path = tmp_path / "texts.csv"
    path.write_text("text,label\n" + "".join(f"words of {n},{'ab'[n % 2]}\n" for n in range(100)))
    jobs = experiments(["dataset=text", f"dataset.path={path}", "dataset.labels={c:a}"], "dataset.maxlen=5,6,7")
    lines: list[str] = []
    with pytest.raises(InputError) as caught:
        check_data(jobs, Sources(), lines.append)
    assert len(caught.value.texts) == 1
    assert len([line for line in lines if "as asked" in line]) == 1


def test_findings_are_told_once_and_only_where_asked(
    tmp_path: Path, cache_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEQEXP_DATA_DIR", str(cache_dir))
    path = tmp_path / "texts.csv"
    rows = (f"words of {n},{'a' if n % 10 else 'b'}\n" for n in range(300))
    path.write_text("text,label\n" + "".join(rows))
    jobs = experiments(["dataset=text", f"dataset.path={path}", "model=bow_logreg"], "dataset.maxlen=5,6,7")
    found: list[CheckResult] = []
    check_data(jobs, Sources(), lambda line: None, found.append)
    expected = prepare(jobs[0], Sources().resolve(jobs[0].dataset), lambda line: None).findings
    assert found == expected != []
