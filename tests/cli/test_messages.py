"""The catalogue of what the command itself says of wrong input, word by word; other tests go by keys and values."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import Run
from tests.faults import fault_lines

BEGUN = "the run was begun already."
KEEPS = "the run keeps its configuration; only tracking.uri and tracking.checkpoints say where it is."

SENTENCES = {
    "train --resume long -m": f"-m can't be used with --resume: {BEGUN}",
    "train --resume long --dry-run": f"--dry-run can't be used with --resume: {BEGUN}",
    "train --resume long --cfg job": f"--cfg can't be used with --resume: {BEGUN}",
    "train --resume long model=gru": f"model=gru can't be used with --resume: {KEEPS}",
    "train --resume long tracking.urn=x": f"tracking.urn=x can't be used with --resume: {KEEPS} "
    "Did you mean 'tracking.uri'?",
    "train --resume long tracking.uri=3": "tracking.uri must be a non-empty text. Received: 3.",
    "train --plugin nowhere.py": "--plugin nowhere.py can't be read: No such file or directory.",
    "train --plugin gru.py": "--plugin gru.py defines GRU, which Keras has already: name it otherwise.",
    "validate --plugin raises.py": "--plugin raises.py, line 1: ValueError: boom",
    "ui --port 70000": "--port must be between 1 and 65535. Received: 70000",
}


@pytest.mark.parametrize("command", SENTENCES)
def test_a_command_says_so(command: str, seqexp: Run, tmp_path: Path) -> None:
    (tmp_path / "gru.py").write_text("import keras\nclass GRU(keras.layers.Layer): pass\n")
    (tmp_path / "raises.py").write_text("raise ValueError('boom')\n")
    done = seqexp(*command.split(), cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    (said,) = fault_lines(done.stderr)
    assert said == SENTENCES[command]
