"""Import MLflow while something else is waited for."""

from __future__ import annotations

import contextlib
import importlib
import threading

# What opening a local store and recording a run import; together they take two seconds or more.
_MODULES = ("mlflow.tracking", "mlflow.store.tracking.sqlalchemy_store")


def import_ahead() -> threading.Thread:
    """Begin to import MLflow in a thread of its own: TensorFlow's import keeps one core busy, this one the other.

    What goes wrong here goes wrong again where MLflow is needed, and is told there.
    """
    thread = threading.Thread(target=_import_all, name="import of MLflow", daemon=True)
    thread.start()
    return thread


def _import_all() -> None:
    with contextlib.suppress(Exception):
        for name in _MODULES:
            importlib.import_module(name)
