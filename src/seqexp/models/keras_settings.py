"""Keras computes with TensorFlow in float32 here, whatever a user has set for other programs."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from seqexp.config.errors import shown
from seqexp.config.locations import expanded

# What Keras does where nothing is set, which is what it does here.
_OWN = {
    "backend": "tensorflow",
    "floatx": "float32",
    "epsilon": 1e-7,
    "image_data_format": "channels_last",
    "nnx_enabled": False,
}
_HOME = "KERAS_HOME"
_BACKEND, _LEGACY = "KERAS_BACKEND", "TF_USE_LEGACY_KERAS"


def ignored_settings() -> str | None:
    """Return the settings of Keras, in the environment and in keras.json, that differ from seqexp's; None: none do.

    To be asked before `own_settings`, which takes them out of the environment.
    """
    found = []
    backend = os.environ.get(_BACKEND)
    if backend and backend != _OWN["backend"]:
        found.append(f"{_BACKEND}={shown(backend)}")
    if os.environ.get(_LEGACY) in ("true", "True", "1"):
        found.append(f"{_LEGACY}={shown(os.environ[_LEGACY])}")
    path = _keras_home() / "keras.json"
    try:
        settings = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None
    except (OSError, ValueError):  # there is none, or it sets nothing
        settings = None
    if isinstance(settings, dict):
        of_file = [f"{key}={shown(settings[key])}" for key, own in _OWN.items() if settings.get(key, own) != own]
        found += [f"{', '.join(of_file)} in {path}"] if of_file else []
    return " and ".join(found) or None


@contextmanager
def own_settings() -> Iterator[None]:
    """Let Keras be imported in the block with seqexp's settings, and keep what it caches where it always does."""
    os.environ[_BACKEND] = str(_OWN["backend"])
    os.environ.pop(_LEGACY, None)
    home, before = _keras_home(), os.environ.get(_HOME)
    with tempfile.TemporaryDirectory(prefix="seqexp-") as empty:
        os.environ[_HOME] = empty  # Keras reads its keras.json there when it is imported, and never again
        try:
            yield
        finally:
            os.environ.pop(_HOME)
            if before is not None:
                os.environ[_HOME] = before
    from seqexp.models.compat_keras import set_home

    set_home(home)


def _keras_home() -> Path:
    """Return the folder of Keras, by its own rule."""
    named = os.environ.get(_HOME)
    if named is not None:
        return expanded(named)
    home = expanded("~")
    return (home if os.access(home, os.W_OK) else Path("/tmp")) / ".keras"
