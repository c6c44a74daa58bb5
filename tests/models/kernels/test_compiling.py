"""Machine code of an earlier version of the kernels, or of one of their parts, is never run."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from seqexp.models import kernels
from seqexp.models.kernels.compiling import sources_digest
from seqexp.models.kernels.recurrent import backward, forward
from seqexp.models.kernels.warm import are_compiled, compile_kernels
from tests.models.kernels.formulas import make_case

FOLDER = Path(kernels.__file__).parent


def test_the_digest_is_of_all_sources() -> None:
    contents = b"".join(path.read_bytes() for path in sorted(FOLDER.glob("*.py")))
    assert sources_digest() == hashlib.sha256(contents).hexdigest()[:12]


def test_the_machine_code_is_kept_under_the_digest() -> None:
    compile_kernels()
    assert are_compiled()
    for kernel, name in ((forward, "forward"), (backward, "backward")):
        assert kernel.py_func.__qualname__ == f"{name}_{sources_digest()}"
        kept = [path.name for path in Path(kernel.stats.cache_path).glob(f"*{sources_digest()}*.nbi")]
        assert any(f".{name}_{sources_digest()}" in file for file in kept)


def test_one_compilation_serves_every_call() -> None:
    compile_kernels()
    case = make_case(0, dropped=True, masked=True)
    forward(*case.given(), np.zeros((18, 3, 3), np.float32), np.zeros((0, 0, 0), np.float32))
    assert len(forward.signatures) == len(backward.signatures) == 1


@pytest.mark.slow  # compiles twice
def test_a_changed_part_is_compiled_anew(tmp_path: Path) -> None:
    copy = tmp_path / "seqexp" / "models" / "kernels"
    shutil.copytree(FOLDER, copy, ignore=shutil.ignore_patterns("__pycache__"))
    for package in (tmp_path / "seqexp", copy.parent):
        (package / "__init__.py").touch()  # else an installed package goes before
    code = (
        "import numpy as np; from seqexp.models.kernels.recurrent import forward;"
        "one, none, nothing = np.ones((1, 1), 'f'), np.zeros((0, 0), 'f'), np.zeros((0, 0, 0), 'f');"
        "keep = np.zeros((0, 0), bool);"
        "hs = np.zeros((1, 1, 1), 'f');"
        "forward(0, 3, 0, False, one[None], nothing, one, one, one, none, nothing, one, keep, hs, nothing);"
        "print(hs[0, 0, 0], *forward.stats.cache_hits.values())"
    )

    def run() -> list[str]:
        return subprocess.run(
            [sys.executable, "-c", code],
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(tmp_path)},
            capture_output=True,
            text=True,
            check=True,
            timeout=300,
        ).stdout.split()

    assert run() == ["3.0"]
    assert run() == ["3.0", "1"]  # found on disk
    part = copy / "activations.py"
    relu = "a[j] = F(0) if a[j] < F(0) else a[j]"
    assert relu in part.read_text()
    part.write_text(part.read_text().replace(relu, "a[j] = F(0) if a[j] < F(0) else a[j] + ONE"))
    assert run() == ["4.0"]
