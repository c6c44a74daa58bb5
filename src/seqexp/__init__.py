"""seqexp: train sequence models from configuration, record every run, compare them honestly."""

__version__: str


def __getattr__(name: str) -> str:
    """Find `__version__` when it is asked for: that takes longer than printing the help."""
    if name != "__version__":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib.metadata import version

    return version("seqexp")
