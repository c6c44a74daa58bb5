"""The peers: which there are, which can be measured here, and their processes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec

from benchmarks.client import Client


@dataclass(frozen=True)
class Peer:
    """A way to train and score the models.

    Attributes:
        where: Its class.
        what: It in words, for the report.
        needs: The package that must be installed.
        environment: Variables that its process needs.
    """

    where: str
    what: str
    needs: str = "tensorflow"
    environment: Mapping[str, str] = field(default_factory=dict)


_TENSORFLOW = {"KERAS_BACKEND": "tensorflow"}

# In the order of the tables' columns. Seqexp comes last: each ratio is another's time by its time.
PEERS = {
    "lecture": Peer(
        "benchmarks.lecture_peer:LecturePeer",
        "the lecture's Python generator and stock Keras layers of input shape (None, 14) through `model.fit`",
        environment=_TENSORFLOW,
    ),
    "stock": Peer(
        "benchmarks.stock_peer:StockPeer",
        "stock Keras layers, tuned: static shapes, one `tf.gather` a batch in a tf.data pipeline, XLA for recurrent "
        "models (`use_cudnn=False`); for mlp and conv1d the fastest of XLA on and off with 1 and 16 steps a call",
        environment=_TENSORFLOW,
    ),
    "jax": Peer(
        "benchmarks.jax_peer:JaxPeer",
        "Keras on JAX, compiled as by default, fed by a generator of numpy fancy indices",
        needs="jax",
        environment={"KERAS_BACKEND": "jax", "JAX_PLATFORMS": "cpu"},
    ),
    "torch": Peer(
        "benchmarks.torch_peer:TorchPeer",
        "torch.nn modules, a training loop by hand, batches by indexing a tensor",
        needs="torch",
    ),
    "seqexp": Peer(
        "benchmarks.seqexp_peer:SeqexpPeer",
        "the functions that `seqexp train` calls, as it calls them, without its store",
        environment=_TENSORFLOW,
    ),
}


def available(names: Sequence[str]) -> tuple[list[str], dict[str, str]]:
    """Return the peers that can be measured here, and why the others can't."""
    left_out = {name: "not installed" for name in names if find_spec(PEERS[name].needs) is None}
    return [name for name in names if name not in left_out], left_out


@contextmanager
def running(names: Sequence[str], threads: int) -> Iterator[dict[str, Client]]:
    """Start the peers' processes, and end them at the end."""
    with ExitStack() as stack:
        yield {name: stack.enter_context(Client(PEERS[name].where, threads, PEERS[name].environment)) for name in names}
