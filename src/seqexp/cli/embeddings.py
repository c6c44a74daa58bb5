"""`seqexp embeddings`: what a run's word vectors say: neighbours, analogies, a picture, an export."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seqexp.config.errors import Fault, collecting, raise_any, refused, wrong
from seqexp.config.locations import expanded
from seqexp.config.output.printable import printable_json

if TYPE_CHECKING:
    from seqexp.reporting.embeddings.word_vectors import WordVectors

_K = 10
_METHODS = ("pca", "tsne")

HELP = "look at the word vectors that a run has learned"
DESCRIPTION = "Look at the word vectors that a run has learned."
EPILOG = """\
RUN is a run's id, the beginning of one, or a run's name: then the newest of that name.
L2 is the length of the difference of two vectors; the cosine leaves their lengths out.

examples:
  seqexp embeddings lstm --near good bad              neighbours by cosine and by L2
  seqexp embeddings lstm --analogy man woman king     man is to woman as king is to ?
  seqexp embeddings lstm --plot                       frequent words on a plane: RUN-words.png
  seqexp embeddings lstm --plot good great bad awful --method tsne -o words.png
  seqexp embeddings lstm --export vectors             then: tensorboard --logdir vectors
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what the command takes."""
    parser.add_argument("name", metavar="RUN", help="the run, as seqexp ls runs lists it")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--near", nargs="+", metavar="WORD", help="the words nearest to each of these")
    what.add_argument("--analogy", nargs=3, metavar=("A", "B", "C"), help="A is to B as C is to which words?")
    what.add_argument(
        "--plot", nargs="*", metavar="WORD", help="draw these words; without any, the 51st to 150th most frequent"
    )
    what.add_argument("--export", metavar="DIR", help="write the files that TensorBoard's projector reads")
    parser.add_argument("--k", type=int, metavar="K", help=f"for --near and --analogy: how many words; default: {_K}")
    parser.add_argument("--format", choices=("text", "json"), help="for --near and --analogy; default: text")
    parser.add_argument("--method", choices=_METHODS, help="for --plot: how to project onto the plane; default: pca")
    parser.add_argument("-o", "--output", metavar="FILE", help="for --plot: the PNG file; default: RUN-words.png")
    parser.add_argument("--uri", metavar="URI", help="the MLflow store; default: MLFLOW_TRACKING_URI, else ./mlflow.db")


def main(args: argparse.Namespace) -> int:
    """Do what is asked for with the run's word vectors.

    Raises:
        InputError: With every fault of the command line.
    """
    from seqexp.reporting.embeddings.word_vectors import read_word_vectors
    from seqexp.tracking.store.opening import find_store
    from seqexp.tracking.store.store import before_writing

    (asked,) = [name for name in _ACTIONS if getattr(args, name) is not None]
    faults = _misplaced(args, asked)
    with collecting(faults), before_writing():
        learned = read_word_vectors(find_store(args.uri, Path.cwd()), args.name)
        ids = _ids(args, asked, learned)
    raise_any(faults)
    return _ACTIONS[asked](args, learned, ids)


def _misplaced(args: argparse.Namespace, asked: str) -> list[Fault]:
    """Return a fault for each flag that does not go with what is asked for, or has a wrong value."""
    faults = []
    for flag, value, actions in (
        ("--k", args.k, ("near", "analogy")),
        ("--format", args.format, ("near", "analogy")),
        ("--method", args.method, ("plot",)),
        ("--output", args.output, ("plot",)),
    ):
        if value is not None and asked not in actions:
            goes_with = " and ".join(f"--{action}" for action in actions)
            faults.append(wrong(flag, f"goes with {goes_with}, not with --{asked}. Received: {value!r}."))
    if args.k is not None and args.k < 1:
        faults.append(wrong("--k", f"must be an integer >= 1. Received: {args.k}."))
    return faults


def _ids(args: argparse.Namespace, asked: str, learned: WordVectors) -> list[int]:
    """Return the ids of the words on the command line, or those to draw where none are given."""
    from seqexp.reporting.embeddings.plots import MIN_WORDS

    if asked == "export":
        return []
    words = getattr(args, asked)
    ids = learned.ids_of(words, f"--{asked}") if words else learned.frequent()
    if asked == "analogy" and len(ids) < 3:
        raise refused("--analogy", f"must be three different words. Received: {' '.join(words)}.")
    if asked == "plot" and len(ids) < MIN_WORDS:
        received = " ".join(words) if words else f"a vocabulary of {len(ids)}"
        raise refused("--plot", f"must be at least {MIN_WORDS} different words. Received: {received}.")
    return ids


def _near(args: argparse.Namespace, learned: WordVectors, ids: list[int]) -> int:
    """Print each word's neighbours."""
    from seqexp.reporting.embeddings.tables import near_table

    found = [learned.near(id, args.k or _K) for id in ids]
    return _print(args, learned, {"near": found}, lambda: near_table(found))


def _analogy(args: argparse.Namespace, learned: WordVectors, ids: list[int]) -> int:
    """Print what completes the analogy."""
    from seqexp.reporting.embeddings.tables import analogy_table

    found = learned.analogy(ids, args.k or _K)
    return _print(args, learned, found, lambda: analogy_table(found))


def _print(args: argparse.Namespace, learned: WordVectors, found: dict[str, Any], table: Callable[[], Any]) -> int:
    from seqexp.reporting.console import Console

    if args.format == "json":
        print(printable_json(json.dumps({**learned.facts, **found}, indent=2, ensure_ascii=False)))
        return 0
    console = Console()
    _say_which(console, learned)
    console.print(table())
    return 0


def _plot(args: argparse.Namespace, learned: WordVectors, ids: list[int]) -> int:
    """Draw the words, and print the path of the picture."""
    from seqexp.reporting.console import Console
    from seqexp.reporting.embeddings.plots import plot_words, project_words

    # What file names can't hold becomes a hyphen.
    name = "".join(char if char.isalnum() or char in "._=" else "-" for char in learned.run_name).strip("-.")[:80]
    path = expanded(args.output) if args.output else Path(f"{name or 'run'}-words.png")
    words = [learned.tokeniser.word_of(id) for id in ids]
    title = f"{learned.run_name}: {len(words)} of {len(learned.tokeniser.words):,} {learned.tokeniser.tokens}"
    plot_words(project_words(learned.table[ids], args.method or "pca"), words, path, title)
    console = Console()
    _say_which(console, learned)
    console.fact("picture", str(path))
    return 0


def _export(args: argparse.Namespace, learned: WordVectors, ids: list[int]) -> int:  # noqa: ARG001 (a form for all)
    """Write the projector's files, and print their paths."""
    from seqexp.reporting.console import Console
    from seqexp.reporting.embeddings.projector import export

    paths = export(learned, expanded(args.export))
    console = Console()
    _say_which(console, learned)
    for path in paths:
        console.fact("file", str(path))
    console.fact("next", f"tensorboard --logdir {args.export}")
    return 0


def _say_which(console: Any, learned: WordVectors) -> None:
    console.fact("run", learned.label)
    words = f"{len(learned.tokeniser.words):,} {learned.tokeniser.tokens}"
    console.fact("vectors", f"{words}, {learned.table.shape[1]} dimensions")
    console.print()


_ACTIONS: dict[str, Callable[[argparse.Namespace, Any, list[int]], int]] = {
    "near": _near,
    "analogy": _analogy,
    "plot": _plot,
    "export": _export,
}
