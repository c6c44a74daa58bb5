"""The sections of RESULTS.md."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from benchmarks.crew import PEERS
from benchmarks.goals import verdicts
from benchmarks.results import OURS, QUANTITIES, Results, headline_models, headline_rows, others, ratio, value
from benchmarks.tables import number, table, times
from benchmarks.task import EPOCH_EVAL_STEPS, EPOCH_TRAIN_STEPS

_TORCH_DROPOUT = ("gru_dropout", "gru_stacked", "conv_gru")


def machine(results: Results) -> str:
    """Return the machine, the date and the versions."""
    facts = results["machine"]
    versions = ", ".join(f"{name} {version}" for name, version in facts["packages"].items() if version)
    cores = f"{facts['threads']} threads on {facts['threads']} of {facts['cores']} cores"
    text = (
        f"{facts['cpu']}, {cores}, {facts['memory_gib']} GiB; {facts['platform']}; {facts['date']}; "
        f"seqexp {facts['commit'] or 'of no commit'}.\n{facts['python']}, {versions}.\n"
    )
    if facts["load"] is not None and facts["load"] > 0.5:
        text += f"\n**The machine was busy**: {facts['load']} processes wanted to run in the minute before.\n"
    return text


def goals(results: Results) -> str:
    """Return the goals and the verdicts on them."""
    rows = [(v.goal, v.wanted, v.measured, v.verdict) for v in verdicts(results)]
    return table(("goal", "wanted", "measured", "verdict"), rows, words=4)


def headline(results: Results) -> str:
    """Return the medians of all peers, and the ratios between them."""
    names = list(results["peers"])
    words = {key: f"{text}, {unit}" for key, text, unit in QUANTITIES}
    compared = others(results) if OURS in names else []
    rows = [
        [
            model,
            words[quantity],
            *(_marked(number(value(results, model, name, quantity)), model, name) for name in names),
            *(times(ratio(results, model, name, quantity)) for name in compared),
        ]
        for model, quantity in headline_rows(results)
    ]
    text = (
        "Medians; a step is 128 windows, its batch made and all. An epoch is derived: "
        f"{EPOCH_TRAIN_STEPS} training steps and {EPOCH_EVAL_STEPS} evaluation steps, as in the lecture. "
        f"{f'The ratios are others by {OURS}: above 1, {OURS} is faster.' if compared else ''}\n\n"
    )
    text += table(("model", "", *names, *(f"{name}/{OURS}" for name in compared)), rows, words=2)
    return text + _footnotes(results)


def _marked(shown: str, model: str, peer: str) -> str:
    return f"{shown} *" if peer == "torch" and shown != "-" and model in (*_TORCH_DROPOUT, "lstm") else shown


def _footnotes(results: Results) -> str:
    text = ""
    if "torch" in results["peers"]:
        text += (
            f"\n\\* torch.nn.GRU has no recurrent dropout: {', '.join(_TORCH_DROPOUT)} have dropout of their inputs "
            "alone there, and the second layer of gru_stacked is tanh instead of relu. torch.nn.LSTM has a second "
            "bias: 128 parameters more.\n"
        )
    for who, why in results["headline"]["failed"].items():
        text += f"\n{who}: failed ({why}).\n"
    return text


def spread(results: Results) -> str:
    """Return minimum to maximum over the rounds."""
    names = list(results["peers"])
    rows = []
    for model in headline_models(results):
        entries = results["headline"]["models"][model]
        for key, text, unit in QUANTITIES[:2]:
            cells = [_range(entries[name][key]) if name in entries else "-" for name in names]
            rows.append([model, f"{text}, {unit}", *cells])
    return table(("model", "", *names), rows, words=2)


def _range(figure: Any) -> str:
    return f"{number(figure['min'])} to {number(figure['max'])}"


def whole_epoch(results: Results) -> str:
    """Return the measured epochs beside the derived ones."""
    whole = results["headline"]["whole_epoch"]
    rows = [
        (
            name,
            number(seconds),
            number(value(results, "gru", name, "epoch")),
            times(seconds / whole[OURS] if OURS in whole else None),
        )
        for name, seconds in whole.items()
    ]
    return "Measured once, with everything compiled before.\n\n" + table(
        ("peer", "measured, s", "derived, s", f"measured, by {OURS}"), rows
    )


def scaling(results: Results) -> str:
    """Return the training step of the GRU in each size."""
    names = list(results["scaling"][0]["train"])
    compared = [name for name in names if name != OURS] if OURS in names else []
    rows = []
    for size in results["scaling"]:
        medians = {name: size["train"][name]["median"] for name in names}
        rows.append(
            [
                *(str(size[key]) for key in ("units", "timesteps", "batch")),
                *(number(medians[name]) for name in names),
                *(times(medians[name] / medians[OURS]) for name in compared),
            ]
        )
    header = ("units", "timesteps", "batch", *names, *(f"{name}/{OURS}" for name in compared))
    return "GRU, ms a training step.\n\n" + table(header, rows, words=0)


def windows(results: Results) -> str:
    """Return the milliseconds of a batch by way."""
    words = {
        OURS: "seqexp: one gather in the graph",
        "fancy index": "numpy: a fancy index",
        "lecture": "the lecture's generator",
        "timeseries_dataset_from_array": "keras.utils.timeseries_dataset_from_array",
    }
    found = results["windows"]
    rows = [
        (words[way], number(figure["median"]), _range(figure), f"{128_000 / figure['median']:,.0f}")
        for way, figure in sorted(found.items(), key=lambda item: item[1]["median"])
    ]
    return "A batch of 128 x 240 x 14 float32 from random rows.\n\n" + table(
        ("way", "ms per batch", "min to max", "windows per second"), rows
    )


def startup(results: Results) -> str:
    """Return the seconds of each command."""
    rows = [
        (f"`{name}`" if "..." not in name else name, number(figure["median"]), _range(figure))
        for name, figure in results["startup"].items()
    ]
    return "From Enter to the end, with cached data; the last row to the end of the first training step.\n\n" + table(
        ("command", "s", "min to max"), rows
    )


def method(results: Results) -> str:
    """Return how all this was measured."""
    how = results["method"]
    command = " ".join(["python -m benchmarks", *how["arguments"]])
    text = f"""`{command}`

Every peer reads the same random float32 series in memory, 420,551 x 14; windows of 240 x 14 (lookback 1440, step 6;
conv_gru: 720 and 3), delay 144, batches of 128, RMSprop, MAE, on the CPU. Each has a process of its own that stays
alive and sleeps while it is another's turn. The peers are measured in turn, round after round, each round beginning
with another one: {how["rounds"]} counted, after a first epoch and a round that cover tracing and compiling. The median
is quoted.

A training is one `fit` a model that is held up between its epochs. A step's time is that of an epoch of some steps by
their number, so making the batches and what an epoch costs once are in it; an evaluation's likewise. Tuned peers
evaluate in batches of 512, the lecture's in 128; seqexp as a run does. Keras peers evaluate by `model.evaluate`, from
its first step to its last: what `fit` with `validation_data` adds on TensorFlow, where it waits for up to seconds an
epoch until the last evaluation's iterator has gone, is not counted.
"""
    if "headline" in results:
        share = results["headline"]["idle_share"]
        text += f"\nWhile others were measured, no peer used more than {100 * share:.2f} % of a core.\n"
    return text


def peers(results: Results) -> str:
    """Return what the peers are, and which were left out."""
    lines = [f"- {name}: {PEERS[name].what}{_ways(results, name)}" for name in results["peers"]]
    lines += [f"- {name}: {why}, left out" for name, why in results["left_out"].items()]
    return "\n".join(lines) + "\n"


def _ways(results: Results, peer: str) -> str:
    """Return how a peer ran its models, those that it ran alike together."""
    ways: dict[str, list[str]] = {}
    for model in headline_models(results):
        note = results["headline"]["models"][model].get(peer, {}).get("note")
        if note:
            ways.setdefault(note, []).append(model)
    return "".join(f"\n  - {_listed(models)}: {note}" for note, models in ways.items())


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names)
