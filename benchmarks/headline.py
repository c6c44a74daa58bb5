"""The headline: a training step and an evaluation step of every model with every peer, and a whole epoch of the GRU."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from benchmarks import crew
from benchmarks.client import Client, PeerError
from benchmarks.rounds import Figure, Sample, in_turn
from benchmarks.task import Task, task_of

Say = Callable[[str], None]

# Which model's whole epoch is measured, too.
WHOLE_EPOCH_MODEL = "gru"


def measure_headline(
    names: Sequence[str],
    models: Sequence[str],
    *,
    threads: int,
    rounds: int,
    steps: int | None,
    whole_epoch: bool,
    say: Say,
) -> dict[str, Any]:
    """Return the figures of every model and peer.

    Args:
        names: The peers.
        models: The models.
        threads: Of every peer.
        rounds: Rounds that count.
        steps: Training steps of a measurement; None: as each model's task says.
        whole_epoch: Whether to measure a whole epoch of the GRU.
        say: Told how far it is.

    Returns:
        models: for each model and peer its parameters, note, and train and evaluation in ms per step;
        whole_epoch: for each peer the seconds of the GRU's; failed: what a peer raised, by "peer, model";
        idle_share: of a core, that a peer used at most while it was another's turn.
    """
    found: dict[str, Any] = {"models": {}, "whole_epoch": {}, "failed": {}, "idle_share": 0.0}
    with crew.running(names, threads) as peers:
        for model in models:
            task = task_of(model, **({"train_steps": steps, "eval_steps": 4 * steps} if steps else {}))
            loaded, usable = _load(peers, task, found["failed"], say)
            figures = step_figures(usable, task, rounds)
            found["models"][model] = {name: {**loaded[name], **figures[name]} for name in usable}
            for name in usable:
                train, evaluation = (figures[name][what]["median"] for what in ("train", "evaluation"))
                say(f"{model:<18}{name:<9}train {train:8.2f} ms   evaluation {evaluation:8.2f} ms   a step")
            if whole_epoch and model == WHOLE_EPOCH_MODEL:
                found["whole_epoch"] = _whole_epochs(usable, model, found["failed"], say)
        found["idle_share"] = max((p.worked / p.waited for p in peers.values() if p.waited), default=0.0)
    return found


def step_figures(peers: Mapping[str, Client], task: Task, rounds: int) -> dict[str, dict[str, Figure]]:
    """Return the milliseconds of a training step and of an evaluation step by peer, batches made and all."""

    def measure(_: str, peer: Client) -> Sample:
        times = peer.call("epoch")
        return {
            "train": 1000 * times["train"] / task.train_steps,
            "evaluation": 1000 * times["evaluation"] / task.eval_steps,
        }

    return in_turn(peers, measure, rounds=rounds)


def _whole_epochs(peers: Mapping[str, Client], model: str, failed: dict[str, str], say: Say) -> dict[str, float]:
    """Return the seconds of a whole epoch by peer."""
    found = {}
    for name, peer in peers.items():
        try:
            found[name] = sum(peer.call("whole_epoch").values())
            say(f"{model:<18}{name:<9}a whole epoch {found[name]:.1f} s")
        except PeerError as error:
            _note_failure(failed, f"{name}, a whole epoch of {model}", error, say)
    return found


def _load(
    peers: Mapping[str, Client], task: Task, failed: dict[str, str], say: Say
) -> tuple[dict[str, Any], dict[str, Client]]:
    """Let every peer build the model and run its first epoch; return what it says, and the peers that could."""
    loaded, usable = {}, {}
    for name, peer in peers.items():
        try:
            loaded[name] = peer.call("load", **asdict(task))
            peer.call("epoch")
            usable[name] = peer
        except PeerError as error:
            _note_failure(failed, f"{name}, {task.model}", error, say)
    return loaded, usable


def _note_failure(failed: dict[str, str], what: str, error: PeerError, say: Say) -> None:
    """Keep the last line of what went wrong for the report, and show all of it."""
    failed[what] = str(error).strip().splitlines()[-1]
    say(f"{what}: failed, left out\n{error}")
