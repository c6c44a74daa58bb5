"""Imports between rooms go one way, and what answers at once imports nothing heavy."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

import seqexp
from seqexp.cli.main import COMMANDS
from seqexp.tasks.metric import METRICS

PACKAGE = Path(seqexp.__file__).parent
# From the top; rooms on one level don't import each other.
LEVELS = (
    ("cli",),
    ("sweeps",),
    ("runs",),
    ("reporting",),
    ("tracking",),
    ("training",),
    ("evaluation", "models"),
    ("tasks",),
    ("data",),
    ("config",),
)
LEVEL = {room: index for index, rooms in enumerate(LEVELS) for room in rooms}
HEAVY = ("tensorflow", "keras", "mlflow", "pandas")


def room_of(path: Path) -> str:
    parts = path.relative_to(PACKAGE).parts
    return parts[0] if len(parts) > 1 else ""


def imports(path: Path) -> Iterator[tuple[int, str]]:
    """Yield (line, module) of every import, those in functions and those for type checkers alone among them."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            module = node.module or ""
            if node.level:
                base = ["seqexp", *path.relative_to(PACKAGE).parts][: -node.level]
                module = ".".join([*base, *([module] if module else [])])
            yield node.lineno, module
            yield from ((node.lineno, f"{module}.{alias.name}") for alias in node.names)


def rooms_imported(path: Path) -> set[tuple[int, str]]:
    names = ((line, module.split(".")) for line, module in imports(path))
    return {(line, parts[1]) for line, parts in names if parts[0] == "seqexp" and parts[1:] and parts[1] in LEVEL}


def test_every_room_has_its_level() -> None:
    assert {path.parent.name for path in PACKAGE.glob("*/__init__.py")} == set(LEVEL)


def test_imports_between_rooms_go_one_way() -> None:
    wrong, seen = [], 0
    for path in sorted(PACKAGE.rglob("*.py")):
        room = room_of(path)
        for line, other in sorted(rooms_imported(path)):
            seen += 1
            if room in LEVEL and other != room and LEVEL[other] <= LEVEL[room]:
                wrong.append(f"{path.relative_to(PACKAGE)}:{line}: {room} imports {other}")
    assert seen > 50, "the imports were not found"
    assert wrong == []


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("def f():\n    from seqexp.cli import main\n", {"cli"}),
        ("import seqexp.runs.jobs as j\n", {"runs"}),
        ("from seqexp import training\n", {"training"}),
        ("from ..reporting import console\n", {"reporting"}),
        ("if TYPE_CHECKING:\n    from seqexp.cli import main\nelse:\n    from seqexp import data\n", {"cli", "data"}),
        ("import seqexpensive.cli\nimport os\n", set()),
    ],
)
def test_the_search_sees_every_form_of_import(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str, found: set[str]
) -> None:
    monkeypatch.setattr(sys.modules[__name__], "PACKAGE", tmp_path)
    path = tmp_path / "config" / "example.py"
    path.parent.mkdir()
    path.write_text(source)
    assert {room for _, room in rooms_imported(path)} == found


def module_of(path: Path) -> str:
    return ".".join(("seqexp", *path.relative_to(PACKAGE).with_suffix("").parts))


def test_no_two_files_import_each_other_not_even_for_types() -> None:
    files = {module_of(path): path for path in PACKAGE.rglob("*.py")}
    imported = {name: {module for _, module in imports(path)} & set(files) - {name} for name, path in files.items()}
    left = set(imported)
    while ends := {name for name in left if not imported[name] & left}:
        left -= ends
    assert left == set(), "these files, and those between them, import each other"


def test_a_public_name_stands_once_in_the_house() -> None:
    owners: defaultdict[str, list[str]] = defaultdict(list)
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef | ast.FunctionDef):
                owners[node.name].append(module_of(path))
            elif isinstance(node, ast.Assign | ast.AnnAssign):  # of what is assigned only names of types
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                named = [target.id for target in targets if isinstance(target, ast.Name)]
                for name in named:
                    if re.fullmatch(r"[A-Z]\w*[a-z]\w*", name):
                        owners[name].append(module_of(path))
    assert len(owners) > 500, "the names were not found"
    a_command_has_each = {"main", "add_arguments"}
    twice = {name: found for name, found in owners.items() if len(found) > 1 and not name.startswith("_")}
    assert {name: found for name, found in twice.items() if name not in a_command_has_each} == {}


def test_reporting_names_no_metric() -> None:
    named = re.compile(rf"\b({'|'.join(key for key in METRICS if key != 'loss')})\b|\b(MAE|ACCURACY)\b")
    wrong = [
        f"{path.relative_to(PACKAGE)}:{node.lineno}"
        for path in sorted((PACKAGE / "reporting").rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if (isinstance(node, ast.Constant) and isinstance(node.value, str) and _is_code(node.value, named))
        or (isinstance(node, ast.Name) and named.search(node.id))
    ]
    assert wrong == []


def _is_code(text: str, named: re.Pattern[str]) -> bool:
    """Return whether a text names a metric, and is no docstring, which may say an example."""
    return named.search(text.replace("_", " ")) is not None and "\n" not in text and not text.endswith(".")


def test_a_folder_holds_about_a_dozen_files_and_a_file_about_three_hundred_lines() -> None:
    uncounted = {PACKAGE / "cli" / f"{command}.py" for command in COMMANDS} | set(PACKAGE.rglob("__init__.py"))
    folders = Counter(path.parent.relative_to(PACKAGE) for path in PACKAGE.rglob("*.py") if path not in uncounted)
    assert {str(name): count for name, count in folders.items() if count > 15} == {}
    lines = {path.name: len(path.read_text(encoding="utf-8").splitlines()) for path in PACKAGE.rglob("*.py")}
    assert {name: count for name, count in lines.items() if count > 320} == {}


def heavy_after(code: str, cwd: Path, *arguments: str) -> tuple[list[str], list[str]]:
    """Return the heavy modules that are loaded after the code, and seqexp's own, in a fresh process."""
    report = f"""
import sys, json
try:
    {code}
except SystemExit:
    pass
tops = {{name.split(".")[0] for name in sys.modules}}
own = sorted(name for name in sys.modules if name.startswith("seqexp."))
print("\\n" + json.dumps([sorted(tops & set({HEAVY!r})), own]))
"""
    done = subprocess.run(
        [sys.executable, "-c", report, *arguments], cwd=cwd, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    heavy, own = json.loads(done.stdout.splitlines()[-1])
    return heavy, own


def test_the_configuration_room_imports_nothing_heavy(tmp_path: Path) -> None:
    modules = [f"seqexp.config.{path.stem}" for path in (PACKAGE / "config").glob("[!_]*.py")]
    heavy, own = heavy_after(f"import {', '.join(modules)}", tmp_path)
    assert set(modules) <= set(own)
    assert heavy == []


@pytest.mark.parametrize(
    "command",
    [
        ["--help"],
        ["train", "--help"],
        ["train", "seed=-1", "model=gro"],
        ["train", "-m", "seed=1,-1"],
        ["train", "--nope"],
        ["validate", "--static", "-m", "model=gru,mlp", "seed=1,2"],
        ["ls", "models"],
        ["ls", "experiments"],
    ],
    ids=" ".join,
)
def test_what_answers_at_once_imports_nothing_heavy(tmp_path: Path, command: list[str]) -> None:
    heavy, own = heavy_after("from seqexp.cli.main import main; main()", tmp_path, *command)
    assert "seqexp.cli.main" in own
    assert heavy == []


def test_heavy_imports_would_be_seen(tmp_path: Path) -> None:
    heavy, _ = heavy_after("import types; sys.modules['keras.layers'] = types.ModuleType('keras.layers')", tmp_path)
    assert heavy == ["keras"]
