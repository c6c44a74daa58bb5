"""The environment tells what matters for a number, and nothing about a person."""

from __future__ import annotations

import getpass
import json
import platform
import re
from importlib.metadata import version
from pathlib import Path

from seqexp.tracking.environment import describe


def test_it_tells_what_matters() -> None:
    found = describe(threads=2)
    assert found["threads"] == 2
    assert platform.python_version() in str(found["python"])
    packages = found["packages"]
    assert isinstance(packages, dict)
    assert packages["mlflow"] == version("mlflow")
    assert packages["hydra-core"] == version("hydra-core")
    distributions = found["distributions"]
    assert isinstance(distributions, list)
    assert f"numpy=={version('numpy')}" in distributions
    assert distributions == sorted(set(distributions), key=lambda line: line.split("==")[0])
    assert isinstance(found["cores"], int)
    assert found["cores"] >= 1
    assert found["cpu"]


def test_it_is_json_and_names_nobody() -> None:
    text = json.dumps(describe(threads=1))
    # As a word: a machine called "vm" is not named by "llvmlite".
    assert not re.search(rf"\b{re.escape(platform.node())}\b", text)
    assert str(Path.home()) not in text
    assert f'"{getpass.getuser()}"' not in text
