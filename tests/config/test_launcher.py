from __future__ import annotations

import pytest

from seqexp.config.errors import InputError
from seqexp.config.launcher import Parallel, Serial
from seqexp.config.plan import Plan
from tests.factories import make_plan


def plan(*texts: str) -> Plan:
    return make_plan(texts, multirun=True)


def test_a_sweep_runs_one_job_after_the_other_unless_told_otherwise() -> None:
    assert plan("seed=1,2").launcher == Serial(kind="serial")
    chosen = plan("seed=1,2", "hydra/launcher=parallel", "hydra.launcher.workers=3")
    assert chosen.launcher == Parallel(kind="parallel", workers=3, threads=None)
    assert chosen.overrides == (("seed=1",), ("seed=2",))  # where a job runs changes nothing about it


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        (["hydra/launcher=paralel"], r"hydra/launcher must be one of .*'paralel'\. Did you mean 'parallel'\?"),
        (["hydra/launcher=basic"], r"hydra/launcher must be one of .*Received: 'basic'\."),
        (["hydra/launcher=serial,parallel"], "a sweep has one"),
        (["hydra.launcher.workers=2"], "hydra.launcher.workers is not a key of the launcher 'serial'"),
        (
            ["hydra/launcher=parallel", "hydra.launcher.worker=2"],
            "is not a key of the launcher 'parallel'. Did you mean 'hydra.launcher.workers'",
        ),
        (
            ["hydra/launcher=parallel", "hydra.launcher.workers=0"],
            "workers must be an integer >= 1 or null. Received: 0",
        ),
        (["hydra/launcher=parallel", "hydra.launcher.threads=x"], "threads must be an integer >= 1 or null"),
    ],
)
def test_wrong_launchers_are_told_beside_other_faults(texts: list[str], message: str) -> None:
    with pytest.raises(InputError, match=message) as raised:
        plan("model=gruu", *texts)
    assert any("Did you mean 'gru'?" in fault for fault in raised.value.texts)
    assert len(raised.value.texts) == 2


def test_seeds_are_an_axis() -> None:
    made = plan("model=gru,mlp", "sweep.seeds=3")
    assert made.axes == ("model", "seed")
    assert [(one.model.name, one.seed) for one in made.experiments] == [
        (model, seed) for model in ("gru", "mlp") for seed in (0, 1, 2)
    ]
    assert [one.seed for one in plan("sweep.seeds=2", "seed=7").experiments] == [7, 8]
    assert made.experiments[0] == make_plan(["model=gru", "seed=0"]).experiments[0]  # no part of the experiment


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        (["sweep.seeds=0"], r"sweep.seeds must be an integer >= 1 and <= 1000 or null\. Received: 0"),
        (["sweep.seeds=x"], "sweep.seeds must be an integer"),
        (["sweep.seeds=1,2"], "sweep.seeds must be one number"),
        (["sweep.seeds=2", "seed=1,2"], "both name the seeds"),
        (["sweep.seds=2"], "Did you mean 'sweep.seeds'"),
    ],
)
def test_wrong_numbers_of_seeds_are_told(texts: list[str], message: str) -> None:
    with pytest.raises(InputError, match=message):
        plan(*texts)


def test_seeds_need_a_sweep() -> None:
    with pytest.raises(InputError, match="makes seeds an axis of a sweep: add -m"):
        make_plan(["sweep.seeds=3"])
    assert make_plan([]).experiments[0].seed == 0
