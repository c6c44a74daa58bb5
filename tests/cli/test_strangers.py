"""Files of strangers: whatever a YAML of --config-dir says, nothing of it is run and nothing is written."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import Run
from tests.faults import keys_of

GLOBAL = "# @package _global_\n"
TOUCH = "{_target_: pathlib.Path.touch, self: {_target_: pathlib.Path, _args_: [touched]}}"
SEARCH = f"{GLOBAL}defaults:\n  - override /hydra/sweeper: optuna\n"
SLURM = f"{GLOBAL}hydra:\n  mode: MULTIRUN\n  sweeper: {{params: {{seed: '1,2'}}}}\n"

# A file of --config-dir, what it holds, the overrides that pick it, and what the fault is about.
FILES = [
    ("experiment/x.yaml", f"{GLOBAL}hydra:\n  callbacks: {{gift: {TOUCH}}}\n", "hydra.callbacks"),
    ("experiment/x.yaml", f"# @package hydra.callbacks\ngift: {TOUCH}\n", "hydra.callbacks"),
    ("model/x.yaml", f"# @package _global_\nhydra: {{callbacks: {{gift: {TOUCH}}}}}\n", "hydra.callbacks"),
    ("dataset/x.yaml", "defaults:\n  - csv\n  - /gift@_global_.hydra.callbacks: it\n", "hydra.callbacks"),
    ("experiment/x.yaml", f"{GLOBAL}defaults:\n  - override /hydra/callbacks: it\n", "hydra/callbacks"),
    ("experiment/x.yaml", f"{GLOBAL}hydra: {{launcher: {TOUCH}}}\n", "hydra.launcher._target_"),
    ("hydra/launcher/x.yaml", TOUCH, "hydra/launcher"),
    ("hydra/launcher/x.yaml", f"kind: parallel\nworkers: 2\nthreads: 1\ncalled: {TOUCH}\n", "hydra.launcher.called"),
    ("experiment/x.yaml", f"{SLURM}  launcher: {{cluster: local, setup: [touch touched]}}\n", "hydra.launcher.setup"),
    ("experiment/x.yaml", f"{SLURM}  launcher: {{parameters: {{wrap: x}}}}\n", "hydra.launcher.parameters"),
    ("experiment/x.yaml", f"{SLURM}  launcher: {{folder: touched}}\n", "hydra.launcher.folder"),
    ("experiment/x.yaml", f'{SLURM}  launcher: {{partition: "a\\ntouch touched"}}\n', "hydra.launcher.partition"),
    ("experiment/x.yaml", f"{GLOBAL}hydra: {{sweeper: {TOUCH}}}\n", "hydra.sweeper.self"),
    ("experiment/x.yaml", f"{SEARCH}hydra: {{mode: MULTIRUN, sweeper: {TOUCH}}}\n", "hydra.sweeper._target_"),
    ("hydra/sweeper/x.yaml", TOUCH, "hydra/sweeper"),
    ("experiment/x.yaml", f"{GLOBAL}hydra: {{run: {{dir: touched}}}}\n", "hydra.run.dir"),
    ("experiment/x.yaml", f"{GLOBAL}hydra: {{sweep: {{dir: touched, subdir: x}}}}\n", "hydra.sweep.dir"),
    ("experiment/x.yaml", f"{GLOBAL}hydra: {{output_subdir: touched}}\n", "hydra.output_subdir"),
    ("experiment/x.yaml", f"{GLOBAL}hydra: {{job: {{env_set: {{PATH: /tmp}}}}}}\n", "hydra.job.env_set"),
    ("experiment/x.yaml", f"{GLOBAL}hydra: {{job: {{env_copy: [PATH]}}}}\n", "hydra.job.env_copy"),
    ("experiment/x.yaml", f"{GLOBAL}hydra: {{job: {{env_copy: [NO_SUCH_NAME]}}}}\n", "experiment=x"),
    ("experiment/x.yaml", f"{GLOBAL}hydra: {{job: {{chdir: true}}}}\n", "hydra.job.chdir"),
    ("experiment/x.yaml", f"{GLOBAL}hydra: {{job: {{name: x}}}}\n", "hydra.job.name"),
    ("experiment/x.yaml", f"{GLOBAL}hydra: {{job_logging: {{root: {{level: x}}}}}}\n", "hydra.job_logging"),
    ("experiment/x.yaml", f"{GLOBAL}hydra: {{searchpath: ['pkg://os']}}\n", "hydra.searchpath"),
    ("experiment/x.yaml", f"{GLOBAL}hydra: {{verbose: true}}\n", "hydra.verbose"),
    ("experiment/x.yaml", f"{GLOBAL}hydra: {{help: {{header: x}}}}\n", "hydra.help.header"),
    ("experiment/x.yaml", f"{GLOBAL}hydra: {{new: 1}}\n", "hydra.new"),
    ("experiment/x.yaml", f"{GLOBAL}hydra: {{overrides: {{task: [x]}}}}\n", "hydra.overrides"),
    ("experiment/x.yaml", f"{GLOBAL}hydra: {{runtime: {{output_dir: touched}}}}\n", "hydra.runtime.output_dir"),
    ("experiment/x.yaml", f"{GLOBAL}a: !!python/object/apply:os.system [touch touched]\n", "A"),
    ("experiment/x.yaml", f"{GLOBAL}training: {TOUCH}\n", "training._target_"),
    ("model/x.yaml", f"name: x\nlayers:\n  - GRU: {{units: 4, kernel_initializer: {TOUCH}}}\n", "model.layers.0"),
    ("experiment/x.yaml", f"{GLOBAL}tracking: {{note: '${{oc.env:SECRET}}'}}\n", "tracking.note"),
    ("experiment/x.yaml", f"{GLOBAL}tracking: {{note: '${{${{model.name}}:SECRET}}'}}\n", "tracking.note"),
    ("experiment/x.yaml", f"{GLOBAL}dataset: '${{oc.create:{{path: a}}}}'\n", "dataset"),
    ("experiment/x.yaml", f"{GLOBAL}dataset: {{official: {{file: ../touched}}}}\n", "dataset.official.file"),
    ("experiment/x.yaml", f"{GLOBAL}dataset: {{official: {{file: /tmp/touched}}}}\n", "dataset.official.file"),
]  # fmt: skip

COMMANDS = [
    ["show"],
    ["train"],
    ["train", "--cfg", "hydra"],
    ["train", "--info", "all"],
    ["train", "--dry-run"],
    ["train", "-m", "seed=1,2"],
]


def is_refused(seqexp: Run, work: Path, arguments: list[str], key: str) -> None:
    done = seqexp(*arguments, cwd=work, SECRET="s3cret")
    assert (done.returncode, done.stdout) == (2, ""), done.stderr
    assert "s3cret" not in done.stderr
    assert any(found.startswith(key) for found in keys_of(done.stderr)), done.stderr
    assert list(work.iterdir()) == []


@pytest.fixture
def work(tmp_path: Path) -> Path:
    """An empty folder to run in."""
    (tmp_path / "work").mkdir()
    return tmp_path / "work"


@pytest.mark.parametrize(("file", "text", "key"), FILES, ids=[f"{file}-{key}" for file, _, key in FILES])
def test_a_file_sets_nothing_that_runs_or_writes(
    seqexp: Run, work: Path, tmp_path: Path, file: str, text: str, key: str
) -> None:
    own = tmp_path / "own"
    shared = {
        "gift/it.yaml": f"gift: {TOUCH}\n",
        "hydra/callbacks/it.yaml": f"gift: {TOUCH}\n",
        "hydra/job_logging/it.yaml": "{}\n",
    }
    for name, content in {**shared, file: text}.items():
        (own / name).parent.mkdir(parents=True, exist_ok=True)
        (own / name).write_text(content)
    is_refused(seqexp, work, ["validate", "--static", "--config-dir", str(own), f"{file.rpartition('/')[0]}=x"], key)


@pytest.mark.parametrize(
    "text",
    [
        "+hydra.callbacks.gift._target_=pathlib.Path.touch",
        "hydra.run.dir=touched",
        "hydra.sweep.dir=touched",
        "hydra.output_subdir=touched",
        "hydra.job.chdir=true",
        "+hydra.job.env_set.PATH=/tmp",
        "hydra/job_logging=default",
        "hydra/callbacks=it",
        "hydra={run:{dir:touched}}",
        "hydra.sweeper._target_=os.system",
        "hydra.launcher={kind:serial,_target_:os.system}",
        "+hydra.launcher._target_=os.system",
        "hydra.searchpath=[file:///tmp]",
        "hydra.searchpath=[pkg://os]",
        "++training._target_=os.system",
        "tracking.note=${oc.env:SECRET}",
        "dataset.name='${oc.decode:${oc.env:SECRET}}'",
        "dataset.official.file=../touched",
    ],
)
def test_an_override_sets_nothing_that_runs_or_writes(seqexp: Run, work: Path, text: str) -> None:
    key = text.lstrip("+").partition("=")[0]
    is_refused(seqexp, work, ["validate", "--static", text], f"'{key}" if "searchpath" in key else key)


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_refuses_it(seqexp: Run, work: Path, tmp_path: Path, command: list[str]) -> None:
    (tmp_path / "own" / "experiment").mkdir(parents=True)
    (tmp_path / "own" / "experiment" / "x.yaml").write_text(FILES[0][1])
    is_refused(seqexp, work, [*command, "--config-dir", str(tmp_path / "own"), "experiment=x"], "hydra.callbacks")
    is_refused(seqexp, work, [*command, "hydra.run.dir=touched"], "hydra.run.dir")


def test_a_launcher_of_ones_own_sets_what_is_typed_and_is_picked_by_its_name(
    seqexp: Run, work: Path, tmp_path: Path
) -> None:
    (tmp_path / "own" / "hydra" / "launcher").mkdir(parents=True)
    launcher = tmp_path / "own" / "hydra" / "launcher" / "two.yaml"
    launcher.write_text("kind: parallel\nworkers: 2\nthreads: 1\n")
    arguments = ["validate", "--static", "-m", "--config-dir", str(tmp_path / "own"), "hydra/launcher=two", "seed=1,2"]
    done = seqexp(*arguments, cwd=work)
    assert (done.returncode, done.stderr) == (0, "")
