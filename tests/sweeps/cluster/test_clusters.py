"""What the launchers of clusters need, and what submitit makes of Slurm's keys."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from seqexp.config.errors import InputError
from seqexp.runs.prepare import Sources
from seqexp.sweeps.cluster.setup import setup_of
from seqexp.sweeps.cluster.slurm_cluster import SlurmCluster, parameters_of
from seqexp.sweeps.slots import check_installed
from tests.factories import make_plan


def launcher(kind: str, *more: str) -> Any:
    return make_plan([f"hydra/launcher={kind}", "seed=1,2", *more], multirun=True).launcher


@pytest.mark.parametrize(("kind", "package"), [("ray", "ray"), ("slurm", "submitit")])
def test_what_is_not_installed_is_named_with_its_extra(
    kind: str, package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, package, None)  # as if it were not installed
    with pytest.raises(InputError) as caught:
        check_installed(launcher(kind))
    assert str(caught.value) == (
        f"hydra/launcher={kind} needs {package}, which is not installed: pip install 'seqexp[{kind}]'."
    )
    check_installed(launcher("parallel"))


@pytest.mark.slow
def test_the_command_says_so_before_it_reads_any_data(
    tmp_path: Path, small: list[str], environment: dict[str, str]
) -> None:
    code = "import sys; sys.modules['ray'] = None; from seqexp.cli.main import main; sys.exit(main())"
    arguments = ["train", "-m", *small, "hydra/launcher=ray", "seed=1,2"]
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: hydra/launcher=ray needs ray, which is not installed")
    assert list(tmp_path.iterdir()) == []


def test_a_submission_file_says_what_the_keys_say(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("submitit")
    # submitit takes a machine for one of a Slurm cluster if it has the program srun; none is started here.
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "srun").write_text("")
    (tmp_path / "bin" / "srun").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"), prepend=":")
    settings = launcher(
        "slurm",
        "hydra.launcher.threads=3",
        "hydra.launcher.gpus=1",
        "hydra.launcher.memory=2.5",
        "hydra.launcher.minutes=90",
        "hydra.launcher.partition=long",
        "hydra.launcher.account=lab",
        "hydra.launcher.qos=high",
        "hydra.launcher.constraint=avx512",
        "hydra.launcher.setup=[module load cuda]",
        "+hydra.launcher.parameters.reservation=big",
    )
    cluster = SlurmCluster(settings, tmp_path)
    executor: Any = cluster._executor
    text = executor._executor._make_submission_file_text("the command", "id")
    lines = text.strip().splitlines()
    assert lines[0] == "#!/bin/bash"
    assert set(lines) >= {
        "#SBATCH --job-name=seqexp",
        "#SBATCH --cpus-per-task=3",
        "#SBATCH --gpus-per-node=1",
        "#SBATCH --mem=2560MB",
        "#SBATCH --time=90",
        "#SBATCH --partition=long",
        "#SBATCH --account=lab",
        "#SBATCH --qos=high",
        "#SBATCH --constraint=avx512",
        "#SBATCH --reservation=big",
        "#SBATCH --signal=USR2@90",
        "#SBATCH --nodes=1",
        "module load cuda",
    }
    assert lines.index("module load cuda") < lines.index("export SUBMITIT_EXECUTOR=slurm")
    assert lines[-1].startswith("srun ")
    assert lines[-1].endswith(" the command")
    (own,) = (tmp_path / ".seqexp" / "slurm").iterdir()
    assert own.stat().st_mode & 0o777 == 0o700


def test_there_are_no_more_slots_than_jobs(tmp_path: Path) -> None:
    pytest.importorskip("submitit")
    from seqexp.sweeps.cluster.slurm_slots import SlurmWorkers

    setup = setup_of((), Sources(), None, shares_store=True)
    settings = launcher("slurm", "hydra.launcher.cluster=local")
    assert [len(SlurmWorkers(settings, setup, tmp_path, jobs, print).slots) for jobs in (2, 100)] == [2, 4]


def test_without_slurm_the_command_says_what_can_be_done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("submitit")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(
        InputError, match=r"no srun, so it does not belong to a Slurm cluster\. hydra\.launcher\.cluster=local"
    ):
        SlurmCluster(launcher("slurm"), tmp_path)


def test_what_has_a_key_of_its_own_is_no_parameter() -> None:
    settings = launcher("slurm", "+hydra.launcher.parameters.mem=3", "+hydra.launcher.parameters.cpus_per_task=3")
    with pytest.raises(InputError) as caught:
        parameters_of(settings)
    assert caught.value.texts == (
        "hydra.launcher.parameters.mem: set hydra.launcher.memory",
        "hydra.launcher.parameters.cpus_per_task: set hydra.launcher.threads",
    )
