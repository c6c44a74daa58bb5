"""Word vectors as the files that TensorBoard's Embedding Projector reads."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from seqexp.config.errors import refused
from seqexp.reporting.embeddings.word_vectors import WordVectors
from seqexp.reporting.whole_file import whole_file

VECTORS, METADATA, CONFIG = "vectors.tsv", "metadata.tsv", "projector_config.pbtxt"

_CONFIG = f"""\
embeddings {{
  tensor_name: "embedding"
  tensor_path: "{VECTORS}"
  metadata_path: "{METADATA}"
}}
"""


def export(learned: WordVectors, folder: Path) -> list[Path]:
    """Write every word that has a vector: for `tensorboard --logdir FOLDER`, or to load at projector.tensorflow.org.

    A line of vectors.tsv is a vector, its numbers with tabs between, exact to the last bit of float32; the same line of
    metadata.tsv is its word, without a heading, as the projector wants it of a single column. The folder is made if it
    is missing; files of these names are replaced, and returned.

    Raises:
        InputError: The folder can't be written.
    """
    ids = learned.with_vector()
    words = [learned.tokeniser.word_of(int(id)) for id in ids]
    paths = [folder / name for name in (VECTORS, METADATA, CONFIG)]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with whole_file(paths[0]) as draft:
            np.savetxt(draft, learned.table[ids], fmt="%.9g", delimiter="\t", newline="\n", encoding="utf-8")
        for path, text in ((paths[1], "".join(f"{word}\n" for word in words)), (paths[2], _CONFIG)):
            with whole_file(path) as draft:
                draft.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        why = error.strerror or error
        raise refused("--export", f"must be a folder that can be written ({why}). Received: {folder}") from error
    return paths
