from __future__ import annotations

import pytest

from seqexp.config.errors import InputError
from seqexp.config.launcher import Parallel, Serial
from seqexp.config.plan import Plan
from tests.config.oracle import only_fault
from tests.factories import make_plan
from tests.faults import is_about


def plan(*texts: str) -> Plan:
    return make_plan(texts, multirun=True)


def test_a_sweep_runs_one_job_after_the_other_unless_told_otherwise() -> None:
    assert plan("seed=1,2").launcher == Serial(kind="serial")
    chosen = plan("seed=1,2", "hydra/launcher=parallel", "hydra.launcher.workers=3")
    assert chosen.launcher == Parallel(kind="parallel", workers=3, threads=None)
    assert chosen.overrides == (("seed=1",), ("seed=2",))  # where a job runs changes nothing about it


@pytest.mark.parametrize(
    ("texts", "key", "words"),
    [
        (["hydra/launcher=paralel"], "hydra/launcher", ["'paralel'", "'parallel'"]),
        (["hydra/launcher=basic"], "hydra/launcher", ["'basic'"]),
        (["hydra/launcher=serial,parallel"], "hydra/launcher", ["serial,parallel"]),
        (["hydra.launcher.workers=2"], "hydra.launcher.workers", ["'serial'"]),
        (
            ["hydra/launcher=parallel", "hydra.launcher.worker=2"],
            "hydra.launcher.worker",
            ["'parallel'", "'hydra.launcher.workers'"],
        ),
        (["hydra/launcher=parallel", "hydra.launcher.workers=0"], "hydra.launcher.workers", ["Received: 0"]),
        (["hydra/launcher=parallel", "hydra.launcher.threads=x"], "hydra.launcher.threads", ["Received: 'x'"]),
    ],
)
def test_wrong_launchers_are_reported_beside_other_faults(texts: list[str], key: str, words: list[str]) -> None:
    with pytest.raises(InputError) as raised:
        plan("model=gruu", *texts)
    assert len(raised.value.faults) == 2
    assert any(is_about(fault, "model", "'gruu'", "'gru'") for fault in raised.value.faults)
    assert any(is_about(fault, key, *words) for fault in raised.value.faults)


def test_seeds_are_an_axis() -> None:
    made = plan("model=gru,mlp", "sweep.seeds=3")
    assert made.axes == ("model", "seed")
    assert [(one.model.name, one.seed) for one in made.experiments] == [
        (model, seed) for model in ("gru", "mlp") for seed in (0, 1, 2)
    ]
    assert [one.seed for one in plan("sweep.seeds=2", "seed=7").experiments] == [7, 8]
    assert made.experiments[0] == make_plan(["model=gru", "seed=0"]).experiments[0]  # no part of the experiment


@pytest.mark.parametrize(
    ("texts", "key", "words"),
    [
        (["sweep.seeds=0"], "sweep.seeds", ["1000", "Received: 0"]),
        (["sweep.seeds=x"], "sweep.seeds", ["Received: 'x'"]),
        (["sweep.seeds=1,2"], "sweep.seeds", ["Received: several"]),
        (["sweep.seeds=2", "seed=1,2"], "sweep.seeds", ["sweep.seeds=2", "seed=1,2"]),
        (["sweep.seds=2"], "sweep.seds", ["'sweep.seeds'"]),
    ],
)
def test_wrong_numbers_of_seeds_are_reported(texts: list[str], key: str, words: list[str]) -> None:
    with pytest.raises(InputError) as raised:
        plan(*texts)
    assert any(is_about(fault, key, *words) for fault in raised.value.faults)


def test_seeds_need_a_sweep() -> None:
    assert is_about(only_fault("sweep.seeds=3"), "sweep.seeds", "sweep.seeds=3", "-m")
    assert make_plan([]).experiments[0].seed == 0
