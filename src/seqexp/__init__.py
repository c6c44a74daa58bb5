"""seqexp: train sequence models from configuration, record every run, compare them honestly."""

from importlib.metadata import version

__version__ = version("seqexp")
