"""What may stand at the cursor: proposed to any shell, and inserted by real ones."""

from __future__ import annotations

import json
import os
import pty
import select
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from seqexp.cli.completing.bash_line import escaped, split
from seqexp.cli.completion import SHELLS
from seqexp.cli.main import COMMANDS, main
from seqexp.config.locations import choices
from seqexp.tracking.recorder import RunRecorder
from seqexp.tracking.store.opening import open_store
from tests.background import until

BREAKS = " \t\n\"'><=;|&(:"
BEGIN = {
    "bash": (["--norc", "--noprofile", "-i"], "source <(seqexp completion bash)"),
    "zsh": (["-f", "-i"], "autoload -U compinit; compinit -D -u; source <(seqexp completion zsh)"),
    "fish": (["--no-config", "-i"], "seqexp completion fish | source"),
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with runs, files and a model of one's own."""
    path = tmp_path_factory.mktemp("completion")
    store = open_store(None, path)
    for name in ("wide", "my run", "my run", "red\x1b[31m"):
        with RunRecorder(store, "study", name, "run", {}, {}, None, None):
            pass
    with pytest.raises(KeyboardInterrupt), RunRecorder(store, "other", "cut short", "run", {}, {}, None, None):
        raise KeyboardInterrupt
    for name in ("data/one.csv", "data/two words.csv", "data/.hidden", "mine/model/own.yaml"):
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_text("")
    (path / "mine/model/own.yaml").write_text("# My own.\nname: own\nwide: true\nlayers: [Flatten]\n")
    return path


def proposed(capsys: pytest.CaptureFixture[str], *words: str) -> list[str]:
    assert main(["__complete", "zsh", *words]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    return [line.partition("\t")[0] for line in out.splitlines()]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ([""], COMMANDS),
        (["tra"], ["train"]),
        (["--v"], ["--version"]),
        (["nonsense", ""], []),
        (["train", "--mul"], ["--multirun"]),
        (["train", "--cfg", ""], ["job", "hydra", "all"]),
        (["train", "--cfg=j"], ["--cfg=job"]),
        (["ls", ""], ["models", "datasets", "experiments", "runs"]),
        (["ls", "models", ""], []),
        (["data", "ch"], ["check"]),
        (["data", "check", "je"], ["jena"]),
        (["data", "check", "text", "dataset.num"], ["dataset.num_words="]),
        (["data", "check", "jena", "dataset.num"], []),
        (["completion", ""], SHELLS),
        (["train", "mod"], ["model=", "model."]),
        (["train", "model=tc"], ["model=tcn"]),
        (["train", "model=gru,tc"], ["model=gru,tcn"]),
        (["train", "model="], [f"model={name}" for name in choices("model")]),
        (["train", "training=q"], ["training=quick"]),
        (["train", "experiment=imdb_l"], ["experiment=imdb_ladder"]),
        (["train", "hydra/launcher=p"], ["hydra/launcher=parallel"]),
        (["train", "hydra/launcher=slurm", "hydra.launcher.part"], ["hydra.launcher.partition="]),
        (["train", "hydra/sweeper=optuna", "hydra.sweeper.tr"], ["hydra.sweeper.trials="]),
        (["train", "model=gru_dropout", "model.rec"], ["model.recurrent_dropout="]),
        (["train", "model=gru", "model.rec"], []),
        (["train", "experiment=jena_gru_dropout", "model.rec"], ["model.recurrent_dropout="]),
        (["train", "--config-dir", "mine", "model=ow"], ["model=own"]),
        (["train", "--config-dir", "mine", "model=own", "model.wide="], ["model.wide=true", "model.wide=false"]),
        (["train", "model=ow"], []),
        (["train", "model.embedding.di"], ["model.embedding.dim="]),
        (["train", "training.optimizer=ada"], ["training.optimizer=adam", "training.optimizer=adamw"]),
        (["train", "++training.loss=mae"], ["++training.loss=mae"]),
        (["train", "training.jit_compile=t"], ["training.jit_compile=true"]),
        (["train", "training.patience="], ["training.patience=null"]),
        (["train", "training.monitor=val_r"], ["training.monitor=val_rmse"]),
        (["train", "dataset=imdb", "training.monitor=val_ac"], ["training.monitor=val_accuracy"]),
        (["train", "-m", "seed=1,2", "--name", "a", "dataset.lookb"], ["dataset.lookback="]),
        (["train", "--name", ""], []),
        (["train", "dataset.split.tr"], ["dataset.split.train."]),
        (
            ["train", "dataset=csv", "dataset.path=data/"],
            ["dataset.path=data/one.csv", "dataset.path=data/two words.csv"],
        ),
        (["train", "dataset.path=da"], ["dataset.path=data/"]),
        (["train", "--config-dir", "m"], ["mine/"]),
        (["train", "--plugin", "data/o"], ["data/one.csv"]),
        (["train", "--config-dir", "~no-such-user/"], []),
        (["train", "--plugin", f"{'x' * 300}/"], []),  # too long a name
        (["train", "--config-dir", "x" * 300, "model=tc"], ["model=tcn"]),
        (["compare", ""], ["cut short", "my run", r"red\x1b[31m", "wide"]),  # as the store has it, and no escape
        (["compare", "wide", "m"], ["my run"]),
        (["compare", "--uri", "sqlite:///none.db", ""], []),
        (["compare", "--uri", "http://127.0.0.1:1", ""], []),
        (["compare", "--experiment", ""], ["other", "study"]),
        (["rm", "my"], ["my run"]),
        (["embeddings", "w"], ["wide"]),
        (["train", "--resume", "cu"], ["cut short"]),
        (["train", "--resume", "w"], []),
        (["train", "tracking.experiment=st"], ["tracking.experiment=study"]),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_is_proposed(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: list[str],
    found: list[str],
) -> None:
    monkeypatch.chdir(folder)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    assert sorted(proposed(capsys, *words)) == sorted(found)


def test_the_beginning_of_an_id_is_completed(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(folder)
    store = open_store(None, folder)
    (run,) = (run for run in store.runs(list(store.experiments().values())) if run.info.run_name == "wide")
    assert run.info.run_id in proposed(capsys, "compare", run.info.run_id[:6])


def test_every_key_is_found_by_typing_every_proposal_on(capsys: pytest.CaptureFixture[str]) -> None:
    whole = set[str]()
    begun = proposed(capsys, "train", "")
    while begun:
        word = begun.pop()
        if word.endswith("."):
            begun += proposed(capsys, "train", word)
        else:
            whole.add(word)
    assert {"dataset.split.train.first=", "training.threads=", "model.units=", "sweep.seeds=", "seed="} <= whole
    assert len(whole) > 60


@pytest.mark.parametrize(
    ("line", "words", "inserted_after", "quote"),
    [
        ("seqexp tra", ["seqexp", "tra"], "", ""),
        ("seqexp ", ["seqexp", ""], "", ""),
        ("seqexp train model=gr", ["seqexp", "train", "model=gr"], "model=", ""),
        ("seqexp train model='gr", ["seqexp", "train", "model=gr"], "model=", "'"),
        ("seqexp train 'model=gr", ["seqexp", "train", "model=gr"], "", "'"),
        ('seqexp compare "my r', ["seqexp", "compare", "my r"], "", '"'),
        ("seqexp compare my\\ r", ["seqexp", "compare", "my r"], "", ""),
        ('seqexp \'a b\' "c \\" d" e', ["seqexp", "a b", 'c " d', "e"], "", ""),
        ("seqexp train dataset.path=C:x", ["seqexp", "train", "dataset.path=C:x"], "dataset.path=C:", ""),
    ],
)
def test_the_words_of_a_line(line: str, words: list[str], inserted_after: str, quote: str) -> None:
    found, kept, open_quote = split(line, BREAKS)
    assert found == words
    assert (found[-1][:kept], open_quote) == (inserted_after, quote)


@pytest.mark.parametrize("text", ["my run", "a'b\"c", "$x `y` \\", "(a) [b] {c} *?!#&;|<>", "x=1,2:y/z.é"])
def test_what_is_inserted_means_itself(text: str) -> None:
    done = subprocess.run(["bash", "-c", f"printf %s {escaped(text)}"], capture_output=True, text=True, check=True)
    assert done.stdout == text


def test_it_answers_at_once_and_imports_nothing_heavy(folder: Path) -> None:
    code = "import sys; from seqexp.cli.main import main; main(sys.argv[1:]); print(*sys.modules)"
    for words in (["tr"], ["train", "model.un"], ["train", "training.optimizer="], ["compare", ""]):
        done = subprocess.run(
            [sys.executable, "-c", code, "__complete", "zsh", *words],
            cwd=folder, capture_output=True, text=True, check=True,
        )  # fmt: skip
        modules = set(done.stdout.splitlines()[-1].split())
        assert "seqexp.cli.completing.answer" in modules
        assert not modules & {"tensorflow", "keras", "mlflow", "pandas", "numpy", "hydra", "omegaconf", "sqlalchemy"}


@contextmanager
def typing(shell: str, folder: Path, environment: dict[str, str]) -> Iterator[int]:
    """A shell on a terminal of its own, and the end into which keys are typed."""
    ours, theirs = pty.openpty()
    takes_terminal = "import os, sys; os.login_tty(0); os.execvp(sys.argv[1], sys.argv[1:])"
    process = subprocess.Popen(
        [sys.executable, "-c", takes_terminal, shell, *BEGIN[shell][0]],
        cwd=folder,
        env=environment,
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    try:
        yield ours
    finally:
        process.kill()
        process.wait()
        os.close(ours)


@pytest.mark.slow
@pytest.mark.parametrize("shell", SHELLS)
def test_a_shell_inserts_what_is_proposed(shell: str, folder: Path, tmp_path: Path) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"there is no {shell}")
    received = tmp_path / "received"
    python, real = sys.executable, "from seqexp.cli.main import main; sys.exit(main(sys.argv[1:]))"
    record = "import json, os, pathlib; draft = pathlib.Path(os.environ['RECEIVED'] + '.draft'); "
    record += "draft.write_text(json.dumps(sys.argv[1:])); draft.rename(os.environ['RECEIVED'])"
    program = tmp_path / "seqexp"
    program.write_text(
        f"#!{python}\nimport sys\nif sys.argv[1] in ('__complete', 'completion'):\n    {real}\n{record}\n"
    )
    program.chmod(0o755)
    environment = {name: text for name, text in os.environ.items() if not name.startswith(("MLFLOW_", "COLUMNS"))}
    environment |= {"PATH": f"{tmp_path}:{os.environ['PATH']}", "RECEIVED": str(received), "TERM": "xterm"}
    environment |= {"HOME": str(tmp_path), "PS1": "$ ", "PROMPT": "$ ", "LC_ALL": "C.UTF-8"}
    lines = {
        "tra\tmodel=gru_dr\ttraining.optimiz\tsg\t": ["train", "model=gru_dropout", "training.optimizer=sgd"],
        "train 'training.optimizer=sg\t": ["train", "training.optimizer=sgd"],
        "compare my\twid\t": ["compare", "my run", "wide"],
        "train dataset.path=da\ttw\t--mul\t": ["train", "dataset.path=data/two words.csv", "--multirun"],
    }
    with typing(shell, folder, environment) as keys:

        def read() -> None:
            while select.select([keys], [], [], 0)[0]:
                os.read(keys, 4096)

        def came() -> bool:
            read()  # a terminal that nobody reads holds its program up
            return received.exists()

        os.write(keys, f"{BEGIN[shell][1]}\rseqexp ready\r".encode())
        until(came, 60)
        received.unlink()
        for line, words in lines.items():
            os.write(keys, f"seqexp {line}\r".encode())
            until(came, 60)
            assert json.loads(received.read_text()) == words
            received.unlink()
