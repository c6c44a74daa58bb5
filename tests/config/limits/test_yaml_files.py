"""A folder of YAML files that are no files, have no end or unfold to millions of values: refused at once."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from seqexp.config.limits.yaml_files import folder_faults
from tests.config.oracle import only_fault

LAUGHS = "a: &a [1,1,1,1,1,1,1,1,1,1]\n" + "".join(
    f"{this}: &{this} [{','.join([f'*{before}'] * 10)}]\n" for before, this in zip("abcde", "bcdef", strict=True)
)


def socket_at(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(str(path))


WRONG: dict[str, tuple[Callable[[Path], object] | str, str]] = {
    "a list that holds itself": ("layers: &a\n  - Dense\n  - *a\n", "*a"),
    "a mapping that holds itself": ("&x\nname: a\nmore: *x\n", "*x"),
    "a million laughs": (LAUGHS, "20,000"),
    "lists in lists": ("layers: " + "[" * 100 + "]" * 100, "50 levels"),
    "lists in lists without end": ("layers: " + "[" * 20_000, "50 levels"),
    "mappings in mappings": ("layers: " + "{a: " * 100 + "1" + "}" * 100, "50 levels"),
    "long": ("name: " + "x" * 1_000_001, "1,000,000"),
    "a pipe": (os.mkfifo, "is a pipe, not a file"),
    "a folder": (Path.mkdir, "is a folder, not a file"),
    "a socket": (socket_at, "is a socket, not a file"),
    "a device": (lambda path: path.symlink_to("/dev/zero"), "is a device, not a file"),
    "a link to nothing": (lambda path: path.symlink_to("nowhere"), "is a link to nothing"),
    "a link to itself": (lambda path: path.symlink_to(path.name), "can't be read"),
}


@pytest.mark.parametrize("kind", WRONG)
@pytest.mark.parametrize("group", ["model", "hydra/launcher"])
def test_what_hydra_would_stumble_over_is_refused_before(
    kind: str, group: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, fact = WRONG[kind]
    (tmp_path / group).mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    path = Path(group, "odd.yaml")
    if isinstance(made, str):
        path.write_text(made)
    else:
        made(path)
    fault = only_fault("seed=1", folder=tmp_path)
    assert fault.key == "--config-dir"
    assert str(path) in fault.text
    assert fact in fault.text


def test_what_is_used_every_day_is_taken(tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()
    layers = "  - Dense: {units: 3}\n" * 1000
    large = f"name: large\nunits: &u 3\nmore: [*u, *u, *nothing]\nlayers:\n{layers}"
    (tmp_path / "model" / "large.yaml").write_text(large)
    (tmp_path / "model" / "wrong.yaml").write_text("name: [")  # Hydra says it, once it is picked
    assert list(folder_faults(tmp_path, ("model", "dataset"))) == []


def test_interpolations_that_unfold_are_refused(tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()
    lists = ["a0: [1,1,1,1,1,1,1,1,1,1]"]
    for before in range(6):
        ten = ",".join(["'${model.a%d}'" % before] * 10)  # noqa: UP031 (braces)
        lists.append(f"a{before + 1}: [{ten}]")
    text = "\n".join(["name: odd", *lists, "layers: ['${model.a6}']"])
    (tmp_path / "model" / "odd.yaml").write_text(text)
    fault = only_fault("model=odd", folder=tmp_path)
    assert fault.key == "model"
    assert "20,000" in fault.text
