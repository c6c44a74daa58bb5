"""A user's own Python, named on the command line alone: read and checked here, executed only once all else is right."""

from __future__ import annotations

import ast
import hashlib
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import CodeType

from seqexp.config.errors import Fault, collecting, raise_any, refused, shown, wrong
from seqexp.config.limits.file_kinds import kind_of
from seqexp.config.locations import absolute


@dataclass(frozen=True)
class Plugin:
    """One file of a user's own layers, model builders and estimators; not executed yet."""

    given: str  # the file as the user wrote it, for messages
    path: Path  # absolute
    content: bytes
    code: CodeType  # what the content compiles to
    classes: frozenset[str]  # the names of those that it defines

    def __reduce__(self) -> tuple[Callable[..., Plugin], tuple[str, Path, bytes]]:
        """Travel to another process as the bytes that were read: compiled code can't."""
        return _compiled, (self.given, self.path, self.content)

    @property
    def name(self) -> str:
        """The file's name, such as "my_layers.py"."""
        return self.path.name

    @property
    def digest(self) -> str:
        """The SHA-256 of the bytes, 64 hex digits."""
        return hashlib.sha256(self.content).hexdigest()


def read_plugins(files: Sequence[str]) -> tuple[Plugin, ...]:
    """Return the plugins of a command line, in its order; a file that is named twice counts once.

    Raises:
        InputError: With every file that isn't there, isn't Python, or has the name of another.
    """
    plugins: dict[Path, Plugin] = {}
    faults: list[Fault] = []
    for file in files:
        path = absolute(file)
        if path in plugins:
            continue
        with collecting(faults):
            plugins[path] = _read(file, path)
    named: dict[str, Plugin] = {}
    for plugin in plugins.values():
        other = named.setdefault(plugin.name, plugin)
        if other is not plugin:
            faults.append(wrong("--plugin", f"{plugin.given} has the same name as {other.given}: rename one of them."))
    raise_any(faults)
    return tuple(plugins.values())


def _read(file: str, path: Path) -> Plugin:
    if path.suffix != ".py":
        raise refused("--plugin", f"must be a Python file, such as my_layers.py. Received: {shown(file)}.")
    if os.path.exists(path) and not path.is_file():  # noqa: PTH110 (Path's own raises where a name is too long)
        raise refused("--plugin", f"must be a file. Received: {shown(file)}, which is {kind_of(path)}.")
    try:
        content = path.read_bytes()
    except (OSError, ValueError) as error:  # a null character in its name, too
        reason = error.strerror if isinstance(error, OSError) else error
        raise refused("--plugin", f"{file} can't be read: {reason}.") from None
    return _compiled(file, path, content)


def _compiled(file: str, path: Path, content: bytes) -> Plugin:
    try:
        tree = ast.parse(content, str(path))
        # The plugin's own future imports hold for it, ours don't.
        code = compile(content, str(path), "exec", dont_inherit=True)
    except SyntaxError as error:
        source = f": {error.text.strip()}" if error.text else ""
        raise refused("--plugin", f"{file}, line {error.lineno}: {error.msg}{source}") from None
    except (ValueError, RecursionError, MemoryError) as error:  # such as null bytes, or far too deep nesting
        raise refused("--plugin", f"{file} is not Python: {error}") from None
    return Plugin(file, path, content, code, frozenset(n.name for n in tree.body if isinstance(n, ast.ClassDef)))


def classes_of(plugins: Sequence[Plugin]) -> frozenset[str]:
    """Return the names of the classes that plugins define."""
    return frozenset(name for plugin in plugins for name in plugin.classes)
