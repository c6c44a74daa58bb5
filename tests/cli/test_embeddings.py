"""`seqexp embeddings` as a user runs it, on a run that was recorded with its tokeniser and its vectors."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from seqexp.cli.main import main
from seqexp.data.text.tokeniser import Tokeniser
from seqexp.tracking.recorder import RunRecorder
from seqexp.tracking.store.opening import open_store
from seqexp.tracking.store.store import Store
from tests.conftest import Run
from tests.faults import assert_faults

VECTORS = {
    "the": (0.1, 0.1, 0.1),
    "man": (1, 0, 0.1),
    "woman": (-1, 0, 0.1),
    "king": (3, 6, 0.3),
    "queen": (-1, 2, 0.1),
    "good": (0, 1, 5),
    "great": (0, 2, 11),
    "bad": (0, -1, 5),
    "never": (0, 0, 0),
}
WORDS = tuple(VECTORS)


def record_words(
    store: Store, name: str, table: NDArray[np.float32] | bytes | None, words: tuple[str, ...] = WORDS
) -> str:
    """Record a run as a training of texts does; without a table, as one without an embedding."""
    with RunRecorder(store, "imdb", name, "run", {}, {}, None, None) as run:
        run.log_text(Tokeniser(words, 20).as_json(), "tokeniser.json")
        if table is not None:
            folder = Path(store.uri.removeprefix("sqlite:///")).parent / "staged" / run.run_id
            folder.mkdir(parents=True)
            path = folder / "embedding.npy"
            path.write_bytes(table) if isinstance(table, bytes) else np.save(path, table)
            run.log_file(path, None)
    return run.run_id


def table_of(vectors: dict[str, tuple[float, float, float]]) -> NDArray[np.float32]:
    return np.array([(9, 9, 9)] * 4 + list(vectors.values()), dtype=np.float32)


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("study")
    store = open_store(f"sqlite:///{folder}/mlflow.db", folder)
    record_words(store, "lstm units=3", table_of(VECTORS))
    many = tuple(f"word{number}" for number in range(200))
    record_words(store, "many", np.random.default_rng(0).normal(size=(204, 8)).astype(np.float32), many)
    record_words(store, "bag", None)
    record_words(store, "short", table_of(VECTORS)[:-1])
    record_words(store, "nan", np.full((13, 2), np.nan, np.float32))
    record_words(store, "damaged", b"\x93NUMPY")
    return folder


@pytest.fixture
def here(study: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.chdir(study)
    return study


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """Run the command, which must do well, and return what it prints."""
    assert main(["embeddings", *arguments]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    return out


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """Run the command, which must refuse its input, and return what it writes to stderr."""
    assert main(["embeddings", *arguments]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    return err


def test_neighbours_stand_side_by_side(seqexp: Run, study: Path) -> None:
    done = seqexp("embeddings", "lstm units=3", "--near", "Good", "man", "--k", "3", cwd=study)
    assert (done.returncode, done.stderr) == (0, "")
    first, second, _, *table = done.stdout.splitlines()
    assert first.startswith("run      lstm units=3 (id ")
    assert second == "vectors  9 words, 3 dimensions"
    # By hand: good and great lie in one direction, great is twice as long; man and woman are equally far from good.
    assert [line.split() for line in table] == [
        ["word", "nearest", "by", "cosine", "cosine", "nearest", "by", "L2", "distance"],
        ["good", "great", "1.000", "bad", "2.000"],
        ["bad", "0.923", "the", "4.983"],
        ["the", "0.679", "man", "5.100"],
        [],
        ["man", "the", "0.632", "the", "0.906"],
        ["king", "0.449", "woman", "2.000"],
        ["great", "0.098", "queen", "2.828"],
    ]


def test_json_gives_exact_values(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = json.loads(said(capsys, "lstm units=3", "--near", "good", "bad", "--k", "20", "--format", "json"))
    assert (found["run_name"], found["words"], found["dimensions"]) == ("lstm units=3", 9, 3)
    good, bad = found["near"]
    assert (good["word"], good["id"], bad["word"]) == ("good", 9, "bad")
    others = {
        word: np.float32(vector).astype(float) for word, vector in VECTORS.items() if word not in ("good", "never")
    }
    query = np.array([0.0, 1.0, 5.0])
    cosines = {word: x @ query / np.sqrt((x @ x) * (query @ query)) for word, x in others.items()}
    assert {word["word"]: word["cosine"] for word in good["cosine"]} == pytest.approx(cosines)
    assert [word["word"] for word in good["cosine"]] == sorted(cosines, key=lambda word: -cosines[word])
    distances = {word: np.sqrt(((x - query) ** 2).sum()) for word, x in others.items()}
    assert {word["word"]: word["distance"] for word in good["l2"]} == pytest.approx(distances)
    assert [word["distance"] for word in good["l2"]] == sorted(word["distance"] for word in good["l2"])


def test_ten_neighbours_unless_told_otherwise(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = json.loads(said(capsys, "many", "--near", "word7", "--format", "json"))["near"][0]
    assert (len(found["cosine"]), len(found["l2"])) == (10, 10)


def test_an_analogy(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = said(capsys, "lstm units=3", "--analogy", "man", "woman", "king", "--k", "1").splitlines()
    assert [word for word in lines[3].split() if len(word) > 2] == ["man", "woman", "king", "cosine"]
    assert [line.split()[0] for line in lines[4:]] == ["queen"]
    found = json.loads(said(capsys, "lstm units=3", "--analogy", "man", "woman", "king", "--format", "json"))
    assert found["analogy"] == ["man", "woman", "king"]
    assert found["found"][0]["word"] == "queen"
    assert len(found["found"]) == 5  # all that have a vector, but the three


def test_pictures(here: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = said(capsys, "lstm units=3", "--plot")
    assert out.endswith("picture  lstm-units=3-words.png\n")
    assert (here / "lstm-units=3-words.png").read_bytes().startswith(b"\x89PNG")
    path = tmp_path / "deep" / "x.png"
    said(capsys, "many", "--plot", "word1", "word2", "word3", "word4", "--method", "tsne", "-o", str(path))
    assert path.read_bytes().startswith(b"\x89PNG")


def test_a_picture_without_words_shows_the_frequent_ones_but_the_most_frequent(
    here: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from seqexp.reporting.embeddings import plots as embedding_plots

    drawn: list[tuple[list[str], str]] = []
    original = embedding_plots.words_figure

    def watched(projection: embedding_plots.Projection, words: list[str], title: str) -> object:
        drawn.append((words, title))
        return original(projection, words, title)

    monkeypatch.setattr(embedding_plots, "words_figure", watched)
    said(capsys, "many", "--plot", "-o", str(tmp_path / "x.png"))
    assert drawn == [([f"word{number}" for number in range(50, 150)], "many: 100 of 200 words")]


def test_the_export_is_what_the_projector_reads(here: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "a" / "b"
    out = said(capsys, "lstm units=3", "--export", str(folder))
    assert out.endswith(f"next     tensorboard --logdir {folder}\n")
    # As TensorBoard reads them: a line a vector or word, no heading where there is one column.
    lines = (folder / "vectors.tsv").read_text().split("\n")
    assert lines.pop() == ""
    words = (folder / "metadata.tsv").read_text(encoding="utf-8").split("\n")[:-1]
    assert tuple(words) == WORDS[:-1]  # `never` has no vector
    read = np.array([list(map(float, line.split("\t"))) for line in lines], dtype=np.float32)
    np.testing.assert_array_equal(read, table_of(VECTORS)[4:-1])
    config = (folder / "projector_config.pbtxt").read_text()
    assert 'tensor_path: "vectors.tsv"' in config
    assert 'metadata_path: "metadata.tsv"' in config


def test_every_fault_of_the_words_is_told(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["--near", "quen", "good", "never", "zzz", "good man", "--k", "0", "--method", "tsne"]
    assert_faults(
        refused(capsys, "lstm units=3", *asked),
        [
            ("--method", "--plot", "--near", "Received: 'tsne'"),
            ("--k", ">= 1", "Received: 0"),
            ("--near", "'quen'", "9 words", "mean 'queen'?"),
            ("--near", "'never'", "zeros"),
            ("--near", "'zzz'", "9 words"),
            ("--near", "'good man'", "9 words", "mean 'good' or 'woman'?"),
        ],
    )


def test_flags_that_go_with_something_else(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert_faults(
        refused(capsys, "lstm units=3", "--plot", "--format", "json", "--k", "3"),
        [
            ("--k", "--near and --analogy", "not with --plot", "Received: 3"),
            ("--format", "--near and --analogy", "not with --plot", "Received: 'json'"),
        ],
    )
    faults = [("--output", "--plot", "not with --export", "Received: 'y'")]
    assert_faults(refused(capsys, "many", "--export", "x", "-o", "y"), faults)
    assert not Path("x").exists()
    assert "--near" in refused(capsys, "many")
    assert "not allowed with" in refused(capsys, "many", "--plot", "--near", "word1")


def test_too_few_words(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    error = refused(capsys, "lstm units=3", "--analogy", "man", "MAN", "king")
    assert_faults(error, [("--analogy", "three", "Received: man MAN king.")])
    error = refused(capsys, "lstm units=3", "--plot", "man", "king", "man")
    assert_faults(error, [("--plot", "at least 3", "Received: man king man.")])


def test_runs_that_have_no_vectors(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert_faults(refused(capsys, "bag", "--near", "good"), [("RUN", "'bag'", "no embedding.npy")])
    assert_faults(refused(capsys, "damaged", "--near", "good"), [("RUN", "Received: damaged (id ")])
    for name, shape in (("short", (12, 3)), ("nan", (13, 2))):
        faults = [("RUN", "13 ids", f"Received: {name} (id ", f"embedding.npy has the shape {shape}")]
        assert_faults(refused(capsys, name, "--near", "good"), faults)
    error = refused(capsys, "lstm", "--near", "good", "--uri", f"sqlite:///{here}/mlflow.db")
    assert_faults(error, [("RUN", "Received: 'lstm'", "mean 'lstm units=3'?")])


def test_what_cant_be_written(here: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    error = refused(capsys, "many", "--export", str(blocked))
    assert_faults(error, [("--export", "folder", "(File exists)", f"Received: {blocked}")])
    error = refused(capsys, "many", "--plot", "-o", str(tmp_path))
    assert_faults(error, [("--output", "PNG", "(Is a directory)", f"Received: {tmp_path}")])


def test_it_answers_without_tensorflow(here: Path) -> None:
    script = (
        "import sys; from seqexp.cli.main import main\n"
        "main(['embeddings', 'many', '--near', 'word1'])\n"
        "main(['embeddings', 'many', '--plot', '-o', 'unused.png'])\n"
        "print(sorted({'tensorflow', 'keras'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.endswith("\n[]\n")


def test_the_help_imports_nothing_heavy() -> None:
    script = (
        "import sys; from seqexp.cli.main import main\n"
        "try: main(['embeddings', '--help'])\n"
        "except SystemExit: pass\n"
        "print({'mlflow', 'numpy', 'matplotlib', 'sklearn', 'rich', 'sqlalchemy'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert "seqexp embeddings lstm --analogy man woman king" in done.stdout
    assert done.stdout.endswith("set()\n")
