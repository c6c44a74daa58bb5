"""Where submissions to Slurm are kept: they hold the sweep's environment, with its passwords."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from seqexp.config.errors import InputError
from seqexp.config.launcher import Slurm
from seqexp.sweeps.cluster.slurm_cluster import SlurmCluster
from tests.factories import make_plan

pytest.importorskip("submitit")


def cluster(folder: Path) -> SlurmCluster:
    overrides = ["hydra/launcher=slurm", "hydra.launcher.cluster=local", f"hydra.launcher.folder={folder}", "seed=1,2"]
    launcher = make_plan(overrides, multirun=True).launcher
    assert isinstance(launcher, Slurm)
    return SlurmCluster(launcher, Path("/nowhere"))


@pytest.mark.parametrize("mode", [0o777, 0o2775, 0o755])
def test_a_folder_that_is_there_keeps_its_permissions(tmp_path: Path, mode: int) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(mode)
    for _ in range(2):
        own = cluster(shared).folder
        assert own.parent == shared
        assert own.stat().st_mode & 0o777 == 0o700
        assert shared.stat().st_mode & 0o7777 == mode


def test_what_somebody_else_has_put_there_is_not_used(tmp_path: Path) -> None:
    shared, theirs = tmp_path / "shared", tmp_path / "theirs"
    theirs.mkdir(mode=0o755)
    own = cluster(shared).folder
    own.rmdir()
    own.symlink_to(theirs)
    with pytest.raises(InputError, match=rf"hydra\.launcher\.folder: {own} must be a folder of your own"):
        cluster(shared)
    assert theirs.stat().st_mode & 0o777 == 0o755
    if os.getuid() == 0:
        own.unlink()
        own.mkdir()
        os.chown(own, 12345, 12345)
        with pytest.raises(InputError, match="another user's"):
            cluster(shared)
