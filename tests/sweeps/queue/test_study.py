"""A study belongs to one search, and is begun or gone on with as one says."""

from __future__ import annotations

import re

import pytest
from optuna.trial import TrialState

from seqexp.config.errors import Fault, InputError
from seqexp.sweeps.queue.study import study_name
from seqexp.tasks.metric import ACCURACY
from tests.sweeps.queue.driving import SPACE, Bench, drive, search_of


def faults(
    bench: Bench, *overrides: str, name: str = "study", resumes: bool = True, data: str = "data"
) -> tuple[Fault, ...]:
    with pytest.raises(InputError) as caught:
        bench.request(search_of(*overrides), name, resumes=resumes, data=data).find()
    return caught.value.faults


def test_a_study_that_is_there_is_gone_on_with_only_if_one_says_so(bench: Bench) -> None:
    search = search_of(*SPACE, "hydra.sweeper.trials=2")
    assert bench.request(search).find() is None
    assert not bench.storage.exists  # nothing was written
    drive(bench.source(search))
    (fault,) = faults(bench, *SPACE, resumes=False)
    assert fault.key == "hydra.sweeper.study"
    assert all(fact in fault.text for fact in ("'study'", "2 trials", bench.storage.shown, "--resume"))
    with pytest.raises(InputError, match="study"):
        bench.source(search)  # another process has begun it meanwhile
    more = search_of(*SPACE, "hydra.sweeper.trials=5", "hydra.sweeper.timeout=1h", "hydra/launcher=parallel")
    assert len(drive(bench.source(more, resumes=True))) == 3
    assert bench.states() == [TrialState.COMPLETE] * 5


def test_a_study_that_is_not_there_is_not_gone_on_with(bench: Bench) -> None:
    drive(bench.source(search_of(*SPACE, "hydra.sweeper.trials=1"), "mine"))
    (fault,) = faults(bench, *SPACE, name="mime")
    assert fault.key == "--resume"
    assert all(fact in fault.text for fact in ("'mime'", "'mine'?", bench.storage.shown))


def test_every_difference_from_the_study_is_told(bench: Bench) -> None:
    drive(bench.source(search_of(*SPACE, "hydra.sweeper.trials=1")))
    said = faults(
        bench,
        "model=gru",
        "model.units=range(4,65,4)",
        "dataset.step=3,6",
        "training.learning_rate=0.01",
        "training.epochs=7",
        "hydra.sweeper.sampler.seed=5",
        data="other",
    )
    assert {fault.key for fault in said} == {"hydra.sweeper.study"}
    *shown, rest = (fault.text for fault in said)
    assert "3 more" in rest
    for text, facts in zip(
        shown,
        (
            ("model.units", "from 4 to 32 in steps of 4", "from 4 to 64 in steps of 4"),
            ("training.learning_rate", "from 0.0001 to 0.1, logarithmic", "nothing"),
            ("dataset.step", "nothing", "one of 3, 6"),
            ("dataset.step", "6", "3"),
            ("training.epochs", "20", "7"),
        ),
        strict=True,
    ):
        assert re.search(".*".join(map(re.escape, facts)), text), text  # the key, what it was, what it is


def test_a_study_has_the_name_that_one_gives_it() -> None:
    search = search_of(*SPACE)
    derived = study_name(search, None)
    assert derived.startswith("model.units training.learning_rate ")
    assert derived == study_name(search_of(*SPACE, "hydra.sweeper.trials=5"), None)
    assert derived != study_name(search_of(*SPACE, "training.epochs=5"), None)
    assert study_name(search, "mine") == "mine"
    assert study_name(search_of(*SPACE, "hydra.sweeper.study=ours"), "mine") == "ours"


def test_an_accuracy_is_to_rise(bench: Bench) -> None:
    from dataclasses import replace

    request = replace(bench.request(search_of(*SPACE)), metric=ACCURACY)
    assert request.open().direction.name == "MAXIMIZE"
    assert bench.request(search_of(*SPACE), "other").open().direction.name == "MINIMIZE"
