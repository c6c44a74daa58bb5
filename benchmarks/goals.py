"""What was aimed at, and whether it was reached: computed from the results, never written by hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from benchmarks.results import OURS, QUANTITIES, Results, headline_rows, others, ratio

REACHED, LEAST, MISSED, UNKNOWN = "reached", "least reached", "missed", "not measured"


@dataclass(frozen=True)
class Verdict:
    """A row of the goals' table."""

    goal: str
    wanted: str
    measured: str
    verdict: str


def verdicts(results: Results) -> list[Verdict]:
    """Return every goal with what was measured and the verdict."""
    recurrent = ("gru", "gru_dropout")
    return [
        _faster(
            "GRU and gru_dropout, training step, against the lecture",
            _ratios(results, recurrent, "lecture", "train"),
            5,
            3.5,
        ),
        _faster("the same against tuned stock Keras", _ratios(results, recurrent, "stock", "train"), 1.6, 1.3),
        _ahead(results, ("torch", "jax")),
        _faster(
            "GRU and gru_dropout, evaluation step, against the lecture",
            _ratios(results, recurrent, "lecture", "evaluation"),
            3,
        ),
        _faster("a whole epoch of the GRU against the lecture", _whole_epoch(results), 4),
        _windows(results, 1.0),
        _faster(
            "mlp and conv1d, epoch, against the lecture", _ratios(results, ("mlp", "conv1d"), "lecture", "epoch"), 5
        ),
    ]


def judge(worst: float | None, wanted: float, least: float | None = None) -> str:
    """Return the verdict on the worst of the ratios, for all of which the goal holds."""
    if worst is None:
        return UNKNOWN
    if worst >= wanted:
        return REACHED
    return LEAST if least is not None and worst >= least else MISSED


def _faster(goal: str, ratios: Mapping[str, float], wanted: float, least: float | None = None) -> Verdict:
    """Judge ratios by what they are of."""
    text = f">= {wanted:g}x" + (f" (at least {least:g}x)" if least is not None else "")
    measured = ", ".join(f"{name} {ratio:.2f}x" for name, ratio in ratios.items())
    return Verdict(goal, text, measured or "-", judge(min(ratios.values(), default=None), wanted, least))


def _ratios(results: Results, models: tuple[str, ...], peer: str, quantity: str) -> dict[str, float]:
    found = {model: ratio(results, model, peer, quantity) for model in models}
    return {model: value for model, value in found.items() if value is not None}


def _ahead(results: Results, peers: tuple[str, ...]) -> Verdict:
    """Judge every row of the headline against peers that are to be behind in all of them."""
    words = {key: text for key, text, _ in QUANTITIES}
    ratios = {
        f"{model} {words[quantity]}, {peer}": found
        for model, quantity in headline_rows(results)
        for peer in peers
        if (found := ratio(results, model, peer, quantity)) is not None
    }
    goal, wanted = "torch.nn and Keras on JAX", "ahead of both in every row of the headline"
    if not ratios:
        return Verdict(goal, wanted, "-", UNKNOWN)
    behind = {name: value for name, value in ratios.items() if value <= 1}
    closest = min(ratios, key=lambda name: ratios[name])
    if behind:
        measured = f"behind in {len(behind)} of {len(ratios)}: " + "; ".join(
            f"{name} {value:.2f}x" for name, value in sorted(behind.items(), key=lambda item: item[1])
        )
    else:
        measured = f"ahead in all {len(ratios)}; the closest: {closest} {ratios[closest]:.2f}x"
    missing = [peer for peer in peers if peer not in others(results)]
    if missing:
        measured += f" ({', '.join(missing)} left out)"
    return Verdict(goal, wanted, measured, MISSED if behind else REACHED)


def _whole_epoch(results: Results) -> dict[str, float]:
    """Return the ratio of the whole epochs; of the derived ones where none was measured."""
    whole = results.get("headline", {}).get("whole_epoch", {})
    if "lecture" in whole and OURS in whole:
        return {"measured whole:": whole["lecture"] / whole[OURS]}
    derived = ratio(results, "gru", "lecture", "epoch")
    return {} if derived is None else {"derived from the steps:": derived}


def _windows(results: Results, most: float) -> Verdict:
    figure = results.get("windows", {}).get(OURS)
    goal, wanted = "windows, 128 x 240 x 14", f"<= {most:g} ms per batch"
    if figure is None:
        return Verdict(goal, wanted, "-", UNKNOWN)
    return Verdict(goal, wanted, f"{figure['median']:.2f} ms", REACHED if figure["median"] <= most else MISSED)
