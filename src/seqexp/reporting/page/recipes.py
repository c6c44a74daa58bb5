"""What was trained, on what, and how it is made again."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from seqexp.config.output.shell import shell_line
from seqexp.config.overrides import STORAGE_KEYS, as_one_run, names_storage
from seqexp.reporting.board.groups import Group
from seqexp.reporting.board.leaderboard import RankedTask
from seqexp.reporting.board.rows import absent, recipe_of
from seqexp.reporting.board.words import STAND_IN
from seqexp.reporting.numbers import differing_parts
from seqexp.reporting.page.content import Config
from seqexp.tasks.recorded import whole_number
from seqexp.tracking.reading.artifacts import facts_of_file, text_of
from seqexp.tracking.reading.stored_runs import StoredRun
from seqexp.tracking.store.store import Store, TrackingError

# A value's part in quotes, an escaped character, or the space before the next override: values may have spaces.
_PIECE = re.compile(r""""(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|\\.| (?=[+~]{0,2}[\w.@/-]+=)""", re.DOTALL)
# The folders of a path; the origin of data may name two, and names may have spaces.
_FOLDERS = re.compile(r"(?<!\S)(?:/(?:(?! with the (?:word )?index )[^/])+)*/")
_ABSOLUTE = re.compile(r"(?:/|[A-Za-z]:[/\\])[^/\\%\n][^%\n]*")  # no format of time stamps, which has percent signs
# The folders of absolute paths in a text, whose names have no spaces; not of addresses and units.
_FOLDERS_IN_TEXT = re.compile(r"(?:(?<=file://)|(?<![\w:/.\\%)]))(?:/[^/\s'\",:;)\]}<>]+)+/(?=[^/\s'\",:;)\]}<>])")
_LONGEST = 160  # characters of a choice that is written whole, even where only a part of it differs
_PARENT = "mlflow.parentRunId"
_SOURCES = ("official", "package", "simulated")  # what `auto` may come to
_SPLITS = ("train", "val", "test")
_IS_OF_SEEDS = re.compile(r"seed=|sweep\.|hydra\.mode=").match


def configs_of(store: Store, groups: Sequence[Group], *, has_best: bool) -> list[Config]:
    """Return the configuration of each group's best run, and in what it differs from the best group's.

    The first group is the best if one `has_best`; else none is, and none differs from it.

    Raises:
        TrackingError: The store can't be read.
    """
    found = []
    best = dict(recipe_of(groups[0].rows[0].stored))
    for position, group in enumerate(groups):
        run = group.rows[0].stored
        own = dict(recipe_of(run))
        known = dict.fromkeys([*own, *best]) if has_best else ()
        keys = [key for key in known if _value(own, key) != _value(best, key)]
        found.append(
            Config(
                name=group.name,
                differs=[_differs(key, own, best) for key in sorted(keys, key=_rank)],
                yaml=_config_of(store, run),
                is_best=has_best and position == 0,
                command=command_of(run),
                facts=_facts(store, group),
            )
        )
    return found


def _config_of(store: Store, run: StoredRun) -> str:
    import yaml

    try:
        return _without_locations(text_of(store, run, "config.yaml"))
    except yaml.YAMLError as error:
        what = " ".join(str(error).split())
        raise TrackingError(f"the run {run.name!r} ({run.run_id}) has a damaged config.yaml: {what}") from error


def _without_locations(config: str) -> str:
    """Return a configuration without where its store, its checkpoints and its files are: folders are private."""
    import yaml

    content = _without_folders_of_files(yaml.safe_load(config))
    if not isinstance(content, dict) or not isinstance(content.get("tracking"), dict):
        return config
    for key in STORAGE_KEYS:
        content["tracking"].pop(key.removeprefix("tracking."), None)
    return str(yaml.safe_dump(content, sort_keys=False, allow_unicode=True))


def _differs(key: str, own: dict[str, str], best: dict[str, str]) -> tuple[str, str, str]:
    here, there = differing_parts([_value(own, key), _value(best, key)], _LONGEST)
    return key, here, there


def _value(recipe: dict[str, str], key: str) -> str:
    return _file_alone(recipe.get(key, absent(key)))


def _rank(key: str) -> tuple[bool, bool, str]:
    return key != "model.name", not key.startswith("model."), key


def _facts(store: Store, group: Group) -> list[tuple[str, str]]:
    """Return (name, text) about what the best run of a group was made with."""
    run = group.rows[0].stored
    tags = run.tags
    environment = facts_of_file(store, run, "environment.json")
    packages = environment.get("packages", {})
    packages = packages if isinstance(packages, dict) else {}
    dirty = {"true": ", with changes that were not committed", "unknown": ""}.get(tags.get("seqexp.git_dirty", ""), "")
    commit = tags.get("seqexp.git_commit", "none")
    facts = [
        ("run", f"{run.name} ({run.run_id})"),
        ("seeds", ", ".join(row.seed for row in group.rows if row.seed)),
        ("config digest", tags.get("seqexp.config_digest", "")),
        ("folder's commit", "in no git repository" if commit == "none" else f"{commit}{dirty}"),
        ("plugins", tags.get("seqexp.plugins", "")),
        ("packages", ", ".join(f"{name} {version}" for name, version in packages.items() if version)),
        ("Python", str(environment.get("python", ""))),
        ("machine", _machine(environment, run)),
    ]
    return [(name, text) for name, text in facts if text]


def command_of(run: StoredRun) -> str:
    """Return the command line that trains a run again, ready for a shell.

    It holds the overrides as they were given, the seed, and which source of the data was taken, but not where the store
    and checkpoints were, nor the folders of files outside the working folder. Files of one's own (--config-dir,
    --plugin) are not among them; the run has saved plugins.
    """
    given = _given(run)
    return shell_line(["seqexp", "train", *(as_one_run(given) if _PARENT in run.tags else given)])


def command_of_seeds(runs: Sequence[StoredRun], count: int) -> str:
    """Return the command line that trains the first of some runs with so many seeds that none of them has.

    The runs differ in nothing but their seeds. What holds for `command_of` holds for it.
    """
    first = 1 + max((seed for run in runs if (seed := whole_number(run.params.get("seed"))) is not None), default=0)
    given = [text for text in _given(runs[0]) if not _IS_OF_SEEDS(text.lstrip("+"))]
    if count == 1:
        return shell_line(["seqexp", "train", *as_one_run(given), f"seed={first}"])
    return shell_line(["seqexp", "train", "-m", *given, f"seed={first}", f"sweep.seeds={count}"])


def _given(run: StoredRun) -> list[str]:
    """Return the overrides of a run, and which source of the data was taken."""
    recorded = _split(run.tags.get("seqexp.overrides", "").strip())
    given = [_with_file_alone(text) for text in recorded if not names_storage(text)]
    if run.params.get("dataset.source") == "auto" and (used := run.tags.get("seqexp.data_source")) in _SOURCES:
        # What was there then, and stood in or not, may not be there another time.
        given = [text for text in given if text.partition("=")[0].lstrip("+") != "dataset.source"]
        given.append(f"dataset.source={used}")
    return given


def _with_file_alone(override: str) -> str:
    key, equals, value = override.partition("=")
    quote = value[:1] if len(value) > 1 and value[0] == value[-1] and value[0] in "'\"" else ""
    inner = value[1:-1] if quote else value
    return f"{key}{equals}{quote}{_file_alone(inner)}{quote}"


def _without_folders_of_files(content: Any) -> Any:
    """Return lists and mappings with the names of files alone."""
    if isinstance(content, dict):
        return {key: _without_folders_of_files(value) for key, value in content.items()}
    if isinstance(content, list):
        return list(map(_without_folders_of_files, content))
    return _file_alone(content) if isinstance(content, str) else content


def _file_alone(value: str) -> str:
    """Return an absolute path as it may be passed on: from the working folder on, else its name; other texts as is."""
    if not _ABSOLUTE.fullmatch(value):
        return value
    path = Path(value)
    if path.is_relative_to(Path.cwd()) and path != Path.cwd():
        return path.relative_to(Path.cwd()).as_posix()
    return re.split(r"[/\\]", value.rstrip("/\\"))[-1]


def _split(overrides: str) -> list[str]:
    """Return the overrides one by one, of a text with spaces between them."""
    spaces = [piece.start() for piece in _PIECE.finditer(overrides) if piece[0] == " "]
    edges = zip([0, *spaces], [*spaces, len(overrides)], strict=True)
    return [text for first, end in edges if (text := overrides[first:end].strip())]


def _machine(environment: dict[str, object], run: StoredRun) -> str:
    if not environment:
        return ""
    return (
        f"{environment.get('cpu', 'unknown processor')}, {environment.get('cores', '?')} cores, "
        f"{environment.get('memory_gib', '?')} GiB, threads: {run.tags.get('seqexp.threads', '?')}"
    )


def data_facts_of(store: Store, task: RankedTask) -> list[tuple[str, str]]:
    """Return what is known about a task's data.

    Raises:
        TrackingError: The store can't be read.
    """
    run = task.groups[0].rows[0].stored
    params, tags = run.params, run.tags
    windows = (row.stored.tags.get("seqexp.windows") for row in task.rows)
    facts = [
        ("dataset", task.dataset),
        ("source", STAND_IN if task.simulated else tags.get("seqexp.data_source")),
        ("origin", without_folders(tags.get("seqexp.data_origin", ""))),
        *_recorded(store, run),
        ("target", task.target),
        ("splits", _splits(params)),
        ("windows", "; ".join(dict.fromkeys(filter(None, windows)))),
        ("texts", tags.get("seqexp.texts")),
        ("boundary", params.get("dataset.boundary")),
        ("repairs", tags.get("seqexp.repairs")),
        ("inputs", tags.get("seqexp.inputs")),
        ("findings", without_folders_in_text(tags.get("seqexp.findings", ""))),
        ("data digest", tags.get("seqexp.data_digest")),
        ("task digest", task.digest),
    ]
    return [(name, text) for name, text in facts if text]


def _splits(params: Mapping[str, str]) -> str:
    parts = []
    for part in _SPLITS:
        first, end = (params.get(f"dataset.split.{part}.{edge}") for edge in ("first", "end"))
        if first is not None:
            parts.append(f"{part} [{first}, {'end' if end in (None, 'null') else end})")
    return ", ".join(parts)


def _recorded(store: Store, run: StoredRun) -> list[tuple[str, str]]:
    """Return what the store's own record of the dataset says, such as rows and columns."""
    with store.reporting(f"read the data of the run {run.run_id}"):
        inputs = store.client.get_run(run.run_id).inputs
        if inputs is None or not inputs.dataset_inputs:
            return []
        facts = dict(json.loads(inputs.dataset_inputs[0].dataset.profile or "{}"))
    return [(name.replace("_", " "), _said(value)) for name, value in facts.items() if value not in ([], None)]


def without_folders(origin: str) -> str:
    """Return where data came from with the names of files alone: the names of folders are private."""
    return _FOLDERS.sub("", origin)


def without_folders_in_text(text: str) -> str:
    """Return a text, such as an error message, with the names of files alone."""
    return _FOLDERS_IN_TEXT.sub("", text)


def _said(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(map(str, value))
    if isinstance(value, dict):
        return ", ".join(f"{name} {_said(count)}" for name, count in value.items())
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)
