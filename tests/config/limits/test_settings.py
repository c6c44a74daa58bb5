"""Limits that no single key's type gives: of the store, of the machine, of what can be counted."""

from __future__ import annotations

import pytest

from seqexp.config.limits.machine import cores
from tests.config.oracle import faults, keys_of, only_fault, plan
from tests.faults import is_about

MANY = 4 * cores() + 1


@pytest.mark.parametrize(
    ("overrides", "key", "facts"),
    [
        (["training.epochs=1000001"], "training.epochs", ["1000000", "1000001"]),
        (["training.epochs=1000", "training.steps_per_epoch=3000000"], "training.steps_per_epoch", ["2147483", "1000"]),
        (["dataset.step=2147483648", "dataset.lookback=2147483648"], "dataset.lookback", ["2147483647"]),
        (["dataset.batch_size=1000001"], "dataset.batch_size", ["1000000"]),
        (["dataset=imdb", "dataset.maxlen=1000001"], "dataset.maxlen", ["1000000"]),
        ([f"dataset.sentinels=[{'9' * 400}]"], "dataset.sentinels.0", ["< 2**63", "999"]),
        ([f"dataset.valid={{wv:[0,{'9' * 400}]}}"], "dataset.valid.wv.1", ["< 2**63", "999"]),
        ([f"model.units={2**63}"], "model.units", [">= 1", str(2**63)]),
        (["dataset.format.time=[]"], "dataset.format.time", ["non-empty", "[]"]),
        ([f"training.threads={MANY}"], "training.threads", [str(MANY - 1), str(MANY)]),
        (["+tracking.tags={a//b:x}"], "tracking.tags", ["'a//b'"]),
        (["+tracking.tags={../up:x}"], "tracking.tags", ["'../up'"]),
        (["+tracking.tags={'a;b':x}"], "tracking.tags", ["'a;b'"]),
        ([f"+tracking.tags={{{'k' * 251}:x}}"], "tracking.tags", ["250", "kkk"]),
        ([f"+tracking.tags={{k:{'v' * 8001}}}"], "tracking.tags.k", ["8000", "8001"]),
        ([f"tracking.note={'n' * 8001}"], "tracking.note", ["8000", "8001"]),
        ([f"tracking.experiment={'e' * 251}"], "tracking.experiment", ["250", "251"]),
    ],
)
def test_what_is_beyond_a_limit_is_told_with_the_limit(overrides: list[str], key: str, facts: list[str]) -> None:
    fault = faults(*overrides)[0]
    assert is_about(fault, key, *facts), fault


def test_what_is_just_within_the_limits_is_taken() -> None:
    plan(
        "training.epochs=1000",
        "training.steps_per_epoch=2147483",
        f"training.threads={MANY - 1}",
        "dataset.sentinels=[9223372036854775807,-9223372036854775808,1e300]",
        f"+tracking.tags={{{'k' * 250}:{'v' * 8000},a/b:x,a b.c-d:x}}",
        f"tracking.experiment='{'é' * 250}'",
    )


def test_threads_are_limited_where_the_jobs_run_on_this_machine() -> None:
    asked = ("seed=0,1", f"training.threads={MANY}")
    assert only_fault(*asked, "hydra/launcher=parallel", multirun=True).key == "training.threads"
    threads = f"hydra.launcher.threads={MANY}"
    assert only_fault("seed=0,1", "hydra/launcher=parallel", threads, multirun=True).key == "hydra.launcher.threads"
    plan(*asked, "hydra/launcher=slurm", multirun=True)


def test_limits_of_the_machine_are_told_beside_all_other_faults() -> None:
    alone = ["seed=-5", f"training.threads={MANY}", "dataset.max_gap=-1d", "dataset.kind=x", "training.epochz=1"]
    keys = ["seed", "training.threads", "dataset.max_gap", "dataset.kind", "training.epochz"]
    assert sorted(keys_of(faults(*alone))) == sorted({*keys} - {"dataset.max_gap"})
    assert sorted(keys_of(faults(*alone[:3]))) == sorted(keys[:3])
    sweep = ["hydra/launcher=parallel", f"hydra.launcher.threads={MANY}", "tracking.offline=true", *alone[:2]]
    expected = ["hydra.launcher.threads", "tracking.offline", *keys[:2]]
    assert sorted(keys_of(faults(*sweep, multirun=True))) == sorted(expected)
