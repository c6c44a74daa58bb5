"""Execute a user's own Python, and say where in it an error was raised."""

from __future__ import annotations

import importlib.util
import sys
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import ModuleType
from typing import Any

from seqexp.config.errors import InputError, refused
from seqexp.config.output.causes import line_of_cause
from seqexp.config.plugins import Plugin


class PluginError(Exception):
    """A user's own code raised while it trained or forecast; the message gives its file and line."""


def execute(plugin: Plugin) -> dict[str, Any]:
    """Execute a plugin and return the classes and functions that it defines, by name.

    The module stays in sys.modules, where Keras looks for the classes that it saves. The bytes that were read are
    what runs: nothing is read again, and no __pycache__ is written. A plugin is one file: modules beside it are not
    put within its reach, since the run's digest and artifacts would know nothing of them.

    Raises:
        InputError: If it raises; with the line of the plugin.
    """
    name = f"seqexp_plugin_{plugin.digest[:16]}_{plugin.path.stem}"
    spec = importlib.util.spec_from_file_location(name, plugin.path)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        exec(plugin.code, module.__dict__)
    except (Exception, SystemExit) as error:
        del sys.modules[name]
        raise refused("--plugin", f"{where_in([plugin], error)}{_beside(plugin, error)}") from error
    return {key: value for key, value in vars(module).items() if _is_defined_in(value, module)}


def _is_defined_in(value: object, module: ModuleType) -> bool:
    return (isinstance(value, type) or callable(value)) and getattr(value, "__module__", None) == module.__name__


def _beside(plugin: Plugin, error: BaseException) -> str:
    """Return what to do about a module that lies beside the plugin."""
    name = (error.name or "").partition(".")[0] if isinstance(error, ModuleNotFoundError) else ""
    beside = plugin.path.parent / name
    if name and (beside.is_dir() or beside.with_suffix(".py").is_file()):
        return f". A plugin is one file, which the run keeps: put what it needs of {name} into it, or install {name}."
    return ""


def where_in(plugins: Sequence[Plugin], error: BaseException) -> str | None:
    """Return "my_layers.py, line 7, in call: ValueError: …" for an error that passed through a plugin, else None."""
    given = {str(plugin.path): plugin.given for plugin in plugins}
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename in given]
    if not frames:
        return None
    frame = frames[-1]
    function = "" if frame.name == "<module>" else f", in {frame.name}"
    return f"{given[frame.filename]}, line {frame.lineno}{function}: {reason(error)}"


def reason(error: BaseException) -> str:
    """Return an error's class and what it says, in one line."""
    said = line_of_cause(error)
    return f"{type(error).__name__}: {said}" if said else type(error).__name__


@contextmanager
def telling_where(plugins: Sequence[Plugin]) -> Iterator[None]:
    """Within the block, an error that a plugin's code raises becomes a PluginError with its file and line.

    Raises:
        PluginError: In place of that error, which is its cause.
    """
    try:
        yield
    except (InputError, PluginError):
        raise
    except Exception as error:
        where = where_in(plugins, error)
        if where is None:
            raise
        raise PluginError(where) from error
