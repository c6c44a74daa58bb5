from __future__ import annotations

from pathlib import Path

from benchmarks.plot import write_plot
from benchmarks.report import report
from tests.benchmarks.canned import results


def rows(text: str, begin: str) -> list[list[str]]:
    return [[cell.strip() for cell in line.split("|")[1:-1]] for line in text.splitlines() if line.startswith(begin)]


def test_the_headline_has_medians_and_ratios() -> None:
    text = report(results())
    assert rows(text, "| model |")[0] == ["model", "", "lecture", "seqexp", "lecture/seqexp"]
    assert rows(text, "| gru |")[:3] == [
        ["gru", "training step, ms", "180", "30.0", "6.00x"],
        ["gru", "evaluation step, ms", "44.0", "11.0", "4.00x"],
        ["gru", "epoch, s", "124", "23.5", "5.28x"],
    ]
    assert ["gru", "training step, ms", "162 to 216", "27.0 to 36.0"] in rows(text, "| gru |")


def test_the_report_says_where_when_and_how() -> None:
    text = report(results())
    assert "A CPU, 2 threads on 2 of 4 cores" in text
    assert "tensorflow 2.21.0" in text
    assert "2026-01-31" in text
    assert "5 counted" in text
    assert "gru, gru_dropout: jit_compile on" in text
    assert "was busy" not in text


def test_peers_that_are_missing_are_left_out_by_name() -> None:
    text = report(results())
    assert "- torch: not installed, left out" in text
    assert "torch/seqexp" not in text
    assert "torch.nn.LSTM" not in text


def test_a_model_that_failed_with_one_peer_is_told() -> None:
    found = results()
    del found["headline"]["models"]["gru"]["lecture"]
    found["headline"]["failed"] = {"lecture, gru": "MemoryError"}
    text = report(found)
    assert rows(text, "| gru |")[0] == ["gru", "training step, ms", "-", "30.0", "-"]
    assert "lecture, gru: failed (MemoryError)." in text


def test_a_busy_machine_is_told() -> None:
    found = results()
    found["machine"]["load"] = 2.5
    assert "**The machine was busy**: 2.5" in report(found)


def test_parts_that_were_not_measured_are_left_out() -> None:
    found = results()
    for part in ("headline", "scaling", "startup"):
        del found[part]
    text = report(found)
    assert "## Windows" in text
    assert "## Training" not in text
    assert "## Units" not in text
    assert "## Start-up" not in text


def test_the_plot_is_drawn_of_what_is_there(tmp_path: Path) -> None:
    write_plot(results(), tmp_path / "results.png")
    assert (tmp_path / "results.png").stat().st_size > 10_000
    write_plot({"peers": ["seqexp"], "windows": {}}, tmp_path / "none.png")
    assert not (tmp_path / "none.png").exists()
