"""Files of strangers: whatever a YAML of --config-dir says, nothing of it is run and nothing is written."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from seqexp.cli.main import main
from seqexp.config.errors import InputError
from seqexp.config.launcher import Parallel, Serial
from tests.conftest import Run
from tests.factories import make_plan
from tests.faults import assert_faults, keys_of

GLOBAL = "# @package _global_\n"
TOUCH = "{_target_: pathlib.Path.touch, self: {_target_: pathlib.Path, _args_: [touched]}}"
SEARCH = f"{GLOBAL}defaults:\n  - override /hydra/sweeper: optuna\n"
GRID = f"{GLOBAL}hydra: {{mode: MULTIRUN, sweeper: {{"
DRAWN = f"{SEARCH}hydra: {{mode: MULTIRUN, sweeper: {{"
STUDIES, PARAMS = "hydra.sweeper.storage", "hydra.sweeper.params.tracking"
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
    ("experiment/x.yaml", f"{GLOBAL}defaults:\n  - override /hydra/job_logging: default\n", "hydra/job_logging"),
    ("experiment/x.yaml", f"{GLOBAL}defaults:\n  - override /hydra/launcher: basic\n", "hydra/launcher"),
    ("experiment/x.yaml", f"{GLOBAL}defaults:\n  - override /hydra/launcher: other\n", "hydra/launcher"),
    ("experiment/x.yaml", f"{GLOBAL}tracking: {{uri: 'http://me:s3cret@127.0.0.1:9'}}\n", "tracking.uri"),
    ("experiment/x.yaml", f"{GLOBAL}tracking: {{note: touched, uri: '${{tracking.note}}'}}\n", "tracking.uri"),
    ("experiment/x.yaml", f"{GLOBAL}tracking: {{checkpoints: touched}}\n", "tracking.checkpoints"),
    ("tracking/x.yaml", "defaults: [local]\nuri: sqlite:///touched\n", "tracking.uri"),
    ("experiment/x.yaml", f"{GRID}params: {{tracking.uri: touched, seed: '1,2'}}}}}}\n", "tracking.uri"),
    ("experiment/x.yaml", f"{GRID}params: {{tracking: '{{uri: touched}}'}}}}}}\n", "tracking.uri"),
    ("experiment/x.yaml", f"{DRAWN}storage: 'sqlite:///touched', params: {{seed: {{int: [1, 2]}}}}}}}}\n", STUDIES),
    ("experiment/x.yaml", f"{DRAWN}params: {{seed: {{int: [1, 2]}}, tracking.uri: {{value: touched}}}}}}}}\n", PARAMS),
    ("experiment/x.yaml", f"{DRAWN}params: {{tracking: {{value: '{{uri: touched}}'}}}}}}}}\n", PARAMS),
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


Refuses = Callable[[list[str], str], None]


def is_refused(code: int, output: str, errors: str, work: Path, key: str) -> None:
    assert (code, output) == (2, ""), errors
    assert "s3cret" not in errors
    assert any(found.startswith(key) for found in keys_of(errors)), errors
    assert list(work.iterdir()) == []


@pytest.fixture
def work(tmp_path: Path) -> Path:
    """An empty folder to run in."""
    (tmp_path / "work").mkdir()
    return tmp_path / "work"


@pytest.fixture
def refuses(work: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Refuses:
    """Assert that a command, run in this process, is refused for a key."""
    monkeypatch.chdir(work)
    monkeypatch.setenv("SECRET", "s3cret")

    def check(arguments: list[str], key: str) -> None:
        code = main(arguments)
        printed = capsys.readouterr()
        is_refused(code, printed.out, printed.err, work, key)

    return check


@pytest.mark.parametrize(("file", "text", "key"), FILES, ids=[f"{file}-{key}" for file, _, key in FILES])
def test_a_file_sets_nothing_that_runs_or_writes(
    refuses: Refuses, tmp_path: Path, file: str, text: str, key: str
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
    refuses(["validate", "--static", "--config-dir", str(own), f"{file.rpartition('/')[0]}=x"], key)


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
def test_an_override_sets_nothing_that_runs_or_writes(refuses: Refuses, text: str) -> None:
    key = text.lstrip("+").partition("=")[0]
    refuses(["validate", "--static", text], f"'{key}" if "searchpath" in key else key)


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_every_command_refuses_it(seqexp: Run, work: Path, tmp_path: Path, command: list[str]) -> None:
    (tmp_path / "own" / "experiment").mkdir(parents=True)
    (tmp_path / "own" / "experiment" / "x.yaml").write_text(FILES[0][1])
    for given, key in (
        (["--config-dir", str(tmp_path / "own"), "experiment=x"], "hydra.callbacks"),
        (["hydra.run.dir=touched"], "hydra.run.dir"),
    ):
        done = seqexp(*command, *given, cwd=work)
        is_refused(done.returncode, done.stdout, done.stderr, work, key)


def test_what_is_typed_counts_where_a_file_may_not_say_it(seqexp: Run, work: Path, tmp_path: Path) -> None:
    (tmp_path / "own" / "experiment").mkdir(parents=True)
    preset = tmp_path / "own" / "experiment" / "x.yaml"
    preset.write_text(f"{GLOBAL}tracking: {{uri: 'http://me:s3cret@127.0.0.1:9', checkpoints: 'a b'}}\n")
    arguments = ["validate", "--static", "--config-dir", str(tmp_path / "own"), "experiment=x"]
    refused = seqexp(*arguments, cwd=work)
    assert_faults(
        refused.stderr,
        [
            ["tracking.uri", "'tracking.uri=http://me:***@127.0.0.1:9'"],
            ["tracking.checkpoints", """'tracking.checkpoints="a b"'"""],
        ],
    )
    done = seqexp(*arguments, "tracking.uri=null", 'tracking.checkpoints="a b"', cwd=work)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_launcher_of_ones_own_sets_what_is_typed_and_is_picked_by_its_name(work: Path, tmp_path: Path) -> None:
    (tmp_path / "own" / "hydra" / "launcher").mkdir(parents=True)
    launcher = tmp_path / "own" / "hydra" / "launcher" / "two.yaml"
    launcher.write_text("kind: parallel\nworkers: 2\nthreads: 1\n")
    (tmp_path / "own" / "experiment").mkdir()
    preset = tmp_path / "own" / "experiment" / "x.yaml"
    preset.write_text(f"{GLOBAL}defaults:\n  - override /hydra/launcher: two\n")
    picked: dict[str, list[str]] = {
        "by the command line": ["hydra/launcher=two"],
        "by a preset": ["experiment=x"],
    }
    for how, texts in picked.items():
        for typed, workers in (([], 2), (["hydra.launcher.workers=3"], 3)):
            made = make_plan([*texts, *typed, "seed=1,2"], multirun=True, config_dir=str(tmp_path / "own"))
            assert made.launcher == Parallel(kind="parallel", workers=workers, threads=1), how
    with pytest.raises(InputError, match=r"hydra\.launcher\.minutes"):
        make_plan(["experiment=x", "hydra.launcher.minutes=3"], multirun=True, config_dir=str(tmp_path / "own"))
    serial = make_plan(["experiment=x", "hydra/launcher=serial"], multirun=True, config_dir=str(tmp_path / "own"))
    assert serial.launcher == Serial(kind="serial")
