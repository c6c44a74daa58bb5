"""The name of a dataset that is a file of the user's own, where nobody gives one: it is called as the file is."""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Collection
from pathlib import PurePath

_LONGEST = 60
_ENDINGS = (
    *(".csv", ".tsv", ".txt", ".dat", ".parquet", ".jsonl", ".ndjson", ".json", ".npz"),
    *(".zip", ".tar", ".tgz", ".gz", ".xz", ".bz2", ".zst"),
)


def name_of_file(path: str, taken: Collection[str]) -> str | None:
    """Return a name for a file or folder, such as "power_2024" for "data/power_2024.csv.gz".

    Letters, digits and . - _ stay, and whatever else becomes one _. The name is None where nothing is left. A name that
    is `taken`, as those of seqexp's own datasets are, ends in "_file".
    """
    name = PurePath(os.path.abspath(os.path.expanduser(path))).name  # noqa: PTH100, PTH111 (the file need not be there)
    while name.lower().endswith(_ENDINGS):
        name = name.rpartition(".")[0]
    name = unicodedata.normalize("NFC", name)  # as some systems write an accent apart from its letter
    name = re.sub(r"[^\w.-]+", "_", name).strip("._-")[:_LONGEST].rstrip("._-")
    return f"{name}_file" if name.lower() in taken else name or None
