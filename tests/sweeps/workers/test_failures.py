from __future__ import annotations

from pathlib import Path

import pytest

from seqexp.config.errors import InputError
from seqexp.config.plugins import read_plugins
from seqexp.models.plugins import telling_where
from seqexp.models.registry import NO_PLUGINS, make_registry
from seqexp.sweeps.workers.failures import failure_of, how_it_died

PLUGIN = """\
class Odd:
    parameters = 1

    def fit(self, windows):
        self.deeper({})

    def deeper(self, there):
        return there["not there"]

    def predict(self, windows, rows): ...
"""


def test_a_failure_shows_the_last_frames_of_the_plugin(tmp_path: Path) -> None:
    (tmp_path / "own.py").write_text(PLUGIN)
    plugins = read_plugins([str(tmp_path / "own.py")])
    estimator = make_registry(plugins).make_estimator({"Odd": {}}, "forecast")
    with pytest.raises(Exception, match="not there") as caught, telling_where(plugins):
        estimator.fit(None)  # type: ignore[arg-type]
    failure = failure_of(caught.value, plugins)
    assert failure.kind == "PluginError"
    assert failure.line == f"PluginError: {tmp_path}/own.py, line 8, in deeper: KeyError: 'not there'"
    assert failure.frames[-2:] == (
        f"{tmp_path}/own.py, line 5, in fit: self.deeper({{}})",
        f'{tmp_path}/own.py, line 8, in deeper: return there["not there"]',
    )
    assert "KeyError: 'not there'" in failure.traceback
    assert "PluginError" in failure.traceback


def test_frames_of_other_libraries_and_of_the_caller_are_left_out() -> None:
    with pytest.raises(InputError) as caught:
        NO_PLUGINS.make_estimator({"Odd": {}}, "forecast")
    frames = failure_of(caught.value).frames
    assert 1 <= len(frames) <= 3
    assert all(frame.startswith("seqexp/models/registry.py, line ") for frame in frames)


@pytest.mark.parametrize(
    ("exitcode", "said"),
    [
        (-9, "killed by signal 9 (SIGKILL): out of memory?"),
        (-11, "killed by signal 11 (SIGSEGV): a fault in compiled code"),
        (-6, "killed by signal 6 (SIGABRT)"),
        (-40, "killed by signal 40 (no name)"),
        (0, "its process ended with exit code 0"),
        (7, "its process ended with exit code 7"),
    ],
)
def test_how_a_process_died(exitcode: int, said: str) -> None:
    assert how_it_died(exitcode) == said
