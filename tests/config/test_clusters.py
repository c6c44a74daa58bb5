"""The keys of the launchers that need a cluster."""

from __future__ import annotations

import pytest

from seqexp.config.errors import InputError
from seqexp.config.launcher import Ray, Slurm
from tests.factories import make_plan


def launcher(kind: str, *more: str) -> object:
    return make_plan([f"hydra/launcher={kind}", "seed=1,2", *more], multirun=True).launcher


def test_the_presets_are_complete() -> None:
    ray, slurm = launcher("ray"), launcher("slurm")
    assert isinstance(ray, Ray)
    assert isinstance(slurm, Slurm)
    assert (ray.address, ray.workers, ray.threads, ray.wait) == (None, None, 1, 120.0)
    assert (slurm.cluster, slurm.workers, slurm.threads, slurm.wait, slurm.parameters) == ("slurm", 4, 2, None, {})


def test_what_the_cluster_alone_knows_is_passed_on() -> None:
    ray = launcher("ray", "+hydra.launcher.runtime_env.env_vars.TOKEN=abc")
    slurm = launcher("slurm", "+hydra.launcher.parameters.reservation=big", "hydra.launcher.setup=[module load cuda]")
    assert isinstance(ray, Ray)
    assert isinstance(slurm, Slurm)
    assert ray.runtime_env == {"env_vars": {"TOKEN": "abc"}}
    assert (slurm.parameters, slurm.setup) == ({"reservation": "big"}, ["module load cuda"])


@pytest.mark.parametrize(
    ("kind", "texts", "says"),
    [
        ("ray", ["host=head"], ["hydra.launcher.host is not a key of the launcher 'ray'"]),
        ("slurm", ["ports=9-30"], ["hydra.launcher.ports is not a key of the launcher 'slurm'"]),
        ("ray", ["adress=auto"], ["Did you mean 'hydra.launcher.address'?"]),
        ("ray", ["wait=-1", "gpus=-1"], ["wait must be a finite number > 0 or null", "gpus must be an integer >= 0"]),
        ("slurm", ["cluster=slrm"], ["must be one of slurm, local", "Did you mean 'slurm'?"]),
        (
            "slurm",
            ["workers=null", "minutes=0"],
            ["workers must be", "minutes must be an integer >= 1"],
        ),
        ("slurm", ["parameters=3", "setup=x"], ["parameters must be a mapping", "setup must be a list"]),
    ],
)
def test_wrong_values_are_all_told(kind: str, texts: list[str], says: list[str]) -> None:
    with pytest.raises(InputError) as caught:
        launcher(kind, *(f"hydra.launcher.{text}" for text in texts))
    assert len(caught.value.texts) == len(texts)
    for words in says:
        assert words in str(caught.value)
