"""The catalogue of what commands say of wrong input, word by word; other tests go by keys and values.

What `seqexp validate --static` says of a configuration stands in the catalogue of tests/config.
"""

from __future__ import annotations

import re
import shlex
import socket
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from seqexp.tracking.store.opening import open_store
from tests.cli.test_embeddings import VECTORS, record_words, table_of
from tests.conftest import Run
from tests.faults import read_catalogue
from tests.reporting.recorded import record, record_texts

# After "$ " what stands behind `seqexp`, then its errors. TAKEN is a port that something else listens on.
CATALOGUE = read_catalogue(Path(__file__).with_name("messages_catalogue.txt"))

MOODS = [("good", "happy"), ("bad", "sad")]
PLUGINS = {
    "syntax.py": "import keras\ndef small(shape:\n    return None\n",
    "raises.py": "raise ValueError('boom')\n",
    "gru.py": "import keras\nclass GRU(keras.layers.Layer): pass\n",
    "beside.py": "import one\n",
    "one.py": "def small(shape): ...\n",
    "two.py": "def small(shape): ...\n",
    "empty.py": "",
}

DATA = {
    "pond.csv": [
        "time,level,rain,flat",
        *(f"2020-01-{1 + i // 24:02}T{i % 24:02}:00,{i % 24},{i % 7},5" for i in range(200)),
    ],
    "stacked.csv": [
        "time,well,level",
        *(f"2020-01-{1 + i // 24:02}T{i % 24:02}:00,{well},{i % 7}" for well in "AB" for i in range(200)),
    ],
    "moods.csv": ["text,label,part", *(f"a {word} day,{label},train" for word, label in MOODS * 10)],
    "by_mood.csv": ["text,label", *(f"a {word} day number {i},{label}" for word, label in MOODS for i in range(10))],
    "stars.csv": ["text,label", *(f"a day number {i},{i / 7:.3f}" for i in range(40))],
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with plugins and data, and with a store of runs with and without word vectors."""
    folder = tmp_path_factory.mktemp("messages")
    for name, source in PLUGINS.items():
        (folder / name).write_text(source)
    (folder / "model").mkdir()
    for name, rows in DATA.items():
        (folder / name).write_text("\n".join(rows) + "\n")
    store = open_store(f"sqlite:///{folder}/mlflow.db", folder)
    record(store, "near", 0.25, lead=24.5)
    record_texts(store, "texts")
    record_words(store, "words", table_of(VECTORS))
    record_words(store, "bag", None)
    record_words(store, "short", table_of(VECTORS)[:-1])
    record_words(store, "nan", np.full((13, 2), np.nan, np.float32))
    record_words(store, "damaged", b"\x93NUMPY")
    return folder


@pytest.fixture(scope="module")
def taken() -> Iterator[str]:
    """A port that something else listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield str(listener.getsockname()[1])


@pytest.mark.parametrize("line", CATALOGUE)
def test_a_command_says_so(line: str, seqexp: Run, folder: Path, taken: str) -> None:
    before = sorted(folder.rglob("*"))
    done = seqexp(*shlex.split(line.replace("TAKEN", taken)), cwd=folder)
    said = done.stderr.replace(str(folder), "FOLDER").replace(taken, "TAKEN")
    assert [unvarying(text) for text in said.splitlines() if text.startswith("error: ")] == CATALOGUE[line]
    assert (done.returncode, "Traceback" in said) == (2, False)
    assert sorted(folder.rglob("*")) == before


def unvarying(text: str) -> str:
    """Return a message without the ids and times of runs, and without what the system and NumPy say of their own."""
    text = re.sub(r"\(id \w+, started [\d: -]+\)", "(id ID, started WHEN)", text)
    text = re.sub(r"this machine \(.*\)", "this machine (WHY)", text)
    return re.sub("ValueError: EOF.*", "ValueError: WHY", text)
