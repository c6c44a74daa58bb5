"""`--plugin FILE` in the real command: what is run, what is recorded, and what is refused with nothing written."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from mlflow.entities import Run as MlflowRun

from seqexp.cli.main import main
from tests.cli.recorded import runs_in
from tests.conftest import Run
from tests.faults import assert_faults, keys_of

OWN = """\
import keras


class Scale(keras.layers.Layer):
    def __init__(self, start=1.0, fails=False, **kwargs):
        super().__init__(**kwargs)
        self.start, self.fails = start, fails

    def build(self, shape):
        self.factor = self.add_weight(shape=(), initializer=keras.initializers.Constant(self.start))

    def call(self, x, training=False):
        if self.fails and training:
            raise RuntimeError("not while training")
        return x * self.factor


def small(shape, units=2):
    window = keras.Input(shape)
    last, state = keras.layers.GRU(units, return_state=True)(window)
    return keras.Model(window, keras.layers.Dense(1)(last + state))


class Mean:
    parameters = 1

    def __init__(self, shrink=0.5):
        self.shrink = shrink

    def fit(self, windows):
        self.mean = float(windows.targets(windows.rows.train).mean())

    def predict(self, windows, rows):
        return windows.last_seen(rows) * self.shrink + self.mean * (1 - self.shrink)
"""
LAYER = (
    "name: scaled\nstart: 2.0\n"
    "layers:\n  - repeat: 2\n    Scale:\n      start: ${model.start}\n  - GRU:\n      units: 2\n"
)
MODELS = {
    "scaled": LAYER,
    "built": "name: built\nunits: 3\nbuilder:\n  small:\n    units: ${model.units}\n",
    "mean": "name: mean\nshrink: 0.5\nestimator:\n  Mean:\n    shrink: ${model.shrink}\n",
    "both": "name: both\nlayers:\n  - GRU\nbuilder:\n  small:\n",
}


def own_folder(folder: Path) -> Path:
    """Return a folder with a plugin and models of one's own, and work/ to run in."""
    for name in ("work", "model"):
        (folder / name).mkdir()
    (folder / "own.py").write_text(OWN)
    for name, text in MODELS.items():
        (folder / "model" / f"{name}.yaml").write_text(text)
    return folder


def artifacts(run: MlflowRun) -> Path:
    return Path(run.info.artifact_uri.removeprefix("file://"))


@pytest.fixture(scope="module")
def swept(tmp_path_factory: pytest.TempPathFactory, seqexp: Run, small: list[str]) -> Path:
    """A sweep over a layer, a builder and an estimator of one's own, then one of them again, and edited."""
    folder = own_folder(tmp_path_factory.mktemp("plugin"))
    flags = ["--config-dir", str(folder), "--plugin", "../own.py"]
    done = seqexp("train", "-m", *flags, "model=scaled,built,mean", *small, cwd=folder / "work")
    assert (done.returncode, done.stderr) == (0, ""), done.stdout + done.stderr
    for edit in ("", "# an edit\n"):
        (folder / "own.py").write_text(OWN + edit)
        done = seqexp("train", *flags, "model=mean", *small, cwd=folder / "work")
        assert (done.returncode, done.stderr) == (0, "")
    return folder / "work"


@pytest.mark.slow
def test_a_sweep_hands_the_plugin_to_each_job(swept: Path) -> None:
    parent, *jobs = runs_in(swept)[:4]
    digest = hashlib.sha256(OWN.encode()).hexdigest()
    assert [run.data.params["model.name"] for run in jobs] == ["scaled", "built", "mean"]
    for run in (parent, *jobs):
        assert run.info.status == "FINISHED"
        assert run.data.tags["seqexp.plugins"] == f"own.py {digest[:16]}"
    for run in jobs:
        assert (artifacts(run) / "plugins" / "own.py").read_text() == OWN


@pytest.mark.slow
def test_the_digest_changes_with_the_file_and_with_nothing_else(swept: Path) -> None:
    job, again, edited = runs_in(swept)[3:]
    digests = [run.data.tags["seqexp.config_digest"] for run in (job, again, edited)]
    assert digests[0] == digests[1] != digests[2]
    assert (artifacts(edited) / "plugins" / "own.py").read_text() == OWN + "# an edit\n"
    assert again.data.tags["seqexp.plugins"] != edited.data.tags["seqexp.plugins"]
    assert job.data.metrics["test_mae"] == edited.data.metrics["test_mae"]


@pytest.mark.slow
def test_without_a_plugin_nothing_of_it_is_recorded(tmp_path: Path, seqexp: Run, small: list[str]) -> None:
    assert seqexp("train", "model=naive", *small, cwd=tmp_path).returncode == 0
    (run,) = runs_in(tmp_path)
    assert "seqexp.plugins" not in run.data.tags
    assert not (artifacts(run) / "plugins").exists()


@pytest.mark.slow
def test_show_prints_the_layers_of_a_repeat_and_of_overrides(tmp_path: Path, seqexp: Run, small: list[str]) -> None:
    folder = own_folder(tmp_path)
    layers = "model.layers=[{repeat:2,Scale:{start:3}},{GRU:{units:${model.units}}}]"
    done = seqexp("show", "--plugin", "../own.py", "model=gru", layers, *small, cwd=folder / "work")
    assert done.returncode == 0, done.stderr
    table = done.stdout.partition("\nlayers\n")[2].splitlines()[1:6]
    assert [line.split()[0] for line in table] == ["InputLayer", "Scale", "Scale", "GRU", "Dense"]
    by_override = ["model.layers=null", "+model.builder={small:{units:${model.units}}}"]
    done = seqexp("show", "--plugin", "../own.py", "model=gru", *by_override, *small, cwd=folder / "work")
    assert done.returncode == 0, done.stderr
    assert "(batch, 32), (batch, 32)" in done.stdout
    assert list((folder / "work").iterdir()) == []


@pytest.mark.slow
def test_an_error_while_training_fails_the_run_with_the_plugins_line(
    tmp_path: Path, seqexp: Run, small: list[str]
) -> None:
    folder = own_folder(tmp_path)
    layers = "model.layers=[{Scale:{fails:true}},{GRU:{units:2}}]"
    done = seqexp("train", "--plugin", "../own.py", layers, *small, cwd=folder / "work")
    assert done.returncode == 1
    assert done.stderr.splitlines()[0] == "failed: ../own.py, line 14, in call: RuntimeError: not while training"
    assert "Traceback" not in done.stderr
    (run,) = runs_in(folder / "work")
    assert run.info.status == "FAILED"
    assert run.data.tags["seqexp.failure"].startswith("PluginError: ../own.py, line 14")
    assert 'raise RuntimeError("not while training")' in (artifacts(run) / "traceback.txt").read_text()


PLUGIN = ["--plugin", "../own.py"]
# What the fault is about, and what its line must hold.
WRONG: list[tuple[list[str], tuple[str, ...]]] = [
    (["--plugin", "../nowhere.py"], ("--plugin", "../nowhere.py", "No such file or directory")),
    (["--plugin", "../model"], ("--plugin", "'../model'")),
    (["--plugin", "../syntax.py"], ("--plugin", "../syntax.py, line 2", "'(' was never closed", "def small(shape:")),
    (["--plugin", "../raises.py"], ("--plugin", "../raises.py, line 3, in f", "ZeroDivisionError: division by zero")),
    (["--plugin", "../gru.py"], ("--plugin", "../gru.py", "GRU")),
    (["--plugin", "../beside.py"], ("--plugin", "../beside.py, line 1", "ModuleNotFoundError: No module named 'own'")),
    ([*PLUGIN, *PLUGIN, "--plugin", "../twice.py"], ("--plugin", "../twice.py", "small", "../own.py")),
    ([*PLUGIN, "model=both"], ("model/both.yaml", "layers, estimator and builder")),
    ([*PLUGIN, "model=built", "+model.head=[Dense]"], ("model.head", "null", "model.builder")),
    ([*PLUGIN, "model=scaled", "model.layers.0.repeat=0"], ("model.layers.0.repeat", ">= 1", "Received: 0")),
    ([*PLUGIN, "model=scaled", "model.layers.0.repeat=2000"], ("model.layers", "1,000")),
    ([*PLUGIN, "model=built", "seed=-1"], ("seed", ">= 0", "<= 4294967295", "Received: -1.")),
    (["model=scaled"], ("model.layers.0", "'Scale'")),
    (["model=built"], ("model.builder", "--plugin", "Received: small")),
    (["model=mean"], ("model.estimator", "Naive")),
    ([*PLUGIN, "model=scaled", "+model.layers.0.Scale.strt=2"], ("model.layers.0.Scale.strt",)),
    ([*PLUGIN, "model=built", "+model.builder.small.unit=2"], ("model.builder.small.unit", "small")),
    ([*PLUGIN, "model=mean", "+model.estimator.Mean.shrnk=2"], ("model.estimator.Mean.shrnk",)),
    (["plugin=../own.py"], ("plugin",)),
]


@pytest.mark.parametrize(("arguments", "fault"), WRONG, ids=[" ".join(arguments) for arguments, _ in WRONG])
def test_wrong_input_is_told_and_nothing_is_written(
    tmp_path: Path,
    small: list[str],
    cache_dir: Path,
    arguments: list[str],
    fault: tuple[str, ...],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The whole command in this process, where TensorFlow is imported once."""
    folder = own_folder(tmp_path)
    (folder / "syntax.py").write_text("import keras\ndef small(shape:\n    return None\n")
    (folder / "raises.py").write_text("def f():\n    one = 1\n    return one / 0\nf()\n")
    (folder / "gru.py").write_text("import keras\nclass GRU(keras.layers.Layer): pass\n")
    (folder / "beside.py").write_text("import own\n")
    (folder / "twice.py").write_text("def small(shape): ...\n")
    before = sorted(folder.rglob("*"))
    monkeypatch.chdir(folder / "work")
    monkeypatch.setenv("SEQEXP_DATA_DIR", str(cache_dir))
    code = main(["train", "--config-dir", "..", *arguments, *small])
    assert code == 2
    assert_faults(capsys.readouterr().err, [fault])
    assert sorted(folder.rglob("*")) == before


def test_every_faulty_file_is_told_along_with_the_other_faults(tmp_path: Path, seqexp: Run) -> None:
    flags = ["--plugin", "a.py", "--plugin", "b.txt", "seed=-1"]
    for command in (["train"], ["validate", "--static"], ["show"]):
        done = seqexp(*command, *flags, cwd=tmp_path)
        assert done.returncode == 2
        assert keys_of(done.stderr) == ["--plugin", "--plugin", "seed"]


def test_validate_executes_a_plugin_unless_told_not_to(tmp_path: Path, seqexp: Run, small: list[str]) -> None:
    (tmp_path / "raises.py").write_text("raise ValueError('boom')\n")
    done = seqexp("validate", "--plugin", "raises.py", *small, cwd=tmp_path)
    assert done.returncode == 2
    assert_faults(done.stderr, [("--plugin", "raises.py, line 1", "ValueError: boom")])
    done = seqexp("validate", "--static", "--plugin", "raises.py", *small, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.slow
def test_debug_shows_the_traceback(tmp_path: Path, seqexp: Run) -> None:
    (tmp_path / "raises.py").write_text("def f():\n    raise ValueError('boom')\nf()\n")
    done = seqexp("train", "--debug", "--plugin", "raises.py", cwd=tmp_path)
    assert done.returncode == 2
    assert "Traceback (most recent call last)" in done.stderr
    assert "raise ValueError('boom')" in done.stderr
