"""Trials as jobs: what is proposed, by whom, and what becomes of those whose process has died."""

from __future__ import annotations

from pathlib import Path

import pytest
from optuna.trial import TrialState

from seqexp.runs.checkpointing import recorded_run
from seqexp.runs.jobs import Failure, Outcome, Result
from seqexp.sweeps.queue.study import PARENT_KEY
from seqexp.sweeps.queue.trial_record import LEASE_KEY, RUN_KEY
from seqexp.tasks.metric import MAE
from tests.sweeps.queue.driving import SPACE, Bench, drive, error_of, fail, finish, search_of


@pytest.mark.parametrize("sampler", ["tpe", "random"])
def test_a_range_never_yields_its_end(bench: Bench, sampler: str) -> None:
    search = search_of(
        "model=gru",
        "model.units=range(4,6)",
        "dataset.step=range(10,1,-4)",
        "training.clipnorm=range(0.1,0.4,0.1)",
        "hydra.sweeper.trials=20",
        f"hydra.sweeper.sampler.name={sampler}",
        "dataset.lookback=720",
    )
    found = drive(bench.source(search), figure=lambda values: -float(values["model.units"]))
    assert len(found) == 20
    assert {values["model.units"] for values in found} == {"4", "5"}  # though more is better
    assert {values["dataset.step"] for values in found} == {"10", "6", "2"}
    assert {values["training.clipnorm"] for values in found} == {"0.1", "0.2", "0.3"}


def test_values_reach_the_experiment(bench: Bench) -> None:
    source = bench.source(search_of(*SPACE, "hydra.sweeper.trials=3"))
    for number in range(3):
        spec = source.next()
        assert spec is not None
        assert spec.number == number
        assert spec.asks
        assert str(spec.experiment.model.hyperparameters["units"]) == spec.values["model.units"]
        assert repr(spec.experiment.training.learning_rate) == spec.values["training.learning_rate"]
        assert 1e-4 <= spec.experiment.training.learning_rate <= 1e-1
        rate = float(spec.values["training.learning_rate"])
        assert spec.name == f"#{number} units={spec.values['model.units']} learning_rate={rate:.3g}"
        assert f"model.units={spec.values['model.units']}" in spec.overrides
        finish(source, spec, 1.0)
    assert source.next() is None
    assert not source.waits


def test_what_has_a_condition_is_drawn_only_where_it_holds(bench: Bench, tmp_path: Path) -> None:
    (tmp_path / "experiment").mkdir()
    (tmp_path / "experiment" / "two.yaml").write_text(
        "# @package _global_\n# Two.\ndefaults:\n  - override /hydra/sweeper: optuna\nhydra:\n  sweeper:\n"
        "    trials: 10\n"
        "    params:\n      model: {choice: [gru, gru_dropout]}\n"
        "      model.dropout: {float: [0, 0.5], when: {model: gru_dropout}}\n"
    )
    from tests.factories import make_plan

    search = make_plan(["experiment=two"], multirun=True, config_dir=str(tmp_path)).search
    assert search is not None
    source, seen = bench.source(search), set()
    while (spec := source.next()) is not None:
        model = spec.experiment.model
        assert ("model.dropout" in spec.values) == (model.name == "gru_dropout")
        assert ("dropout" in model.hyperparameters) == (model.name == "gru_dropout")
        if model.name == "gru_dropout":
            assert repr(model.hyperparameters["dropout"]) == spec.values["model.dropout"]
        seen.add(model.name)
        finish(source, spec, 1.0 if model.name == "gru" else 0.5)
    assert seen == {"gru", "gru_dropout"}


@pytest.mark.parametrize("together", ["true", pytest.param("false", marks=pytest.mark.slow)])
def test_a_study_that_was_killed_proposes_what_it_would_have(bench: Bench, together: str) -> None:
    search = search_of(
        *SPACE,
        "hydra.sweeper.trials=12",
        "hydra.sweeper.sampler.startup_trials=4",
        f"hydra.sweeper.sampler.multivariate={together}",
    )
    whole = drive(bench.source(search, "whole"))
    first = drive(bench.source(search, "cut"), most=6)
    left_open = bench.source(search, "cut", resumes=True, run="killed").next()  # and its process dies
    assert left_open is not None
    assert whole == [*first, *drive(bench.source(search, "cut", resumes=True))]
    assert whole[6] == left_open.values
    assert len({tuple(values.values()) for values in whole}) > 8
    assert bench.states("cut") == [TrialState.COMPLETE] * 12


def test_other_seeds_propose_other_values(bench: Bench) -> None:
    found = [
        drive(bench.source(search_of(*SPACE, "hydra.sweeper.trials=4", f"hydra.sweeper.sampler.seed={seed}"), name))
        for seed, name in ((0, "a"), (0, "b"), (1, "c"))
    ]
    assert found[0] == found[1] != found[2]


@pytest.mark.slow
def test_tpe_finds_more_than_chance(bench: Bench) -> None:
    """Oracle: the figure is 0 at 16 units and a rate of 0.01."""
    best = {}
    for sampler in ("tpe", "random"):
        search = search_of(*SPACE, "hydra.sweeper.trials=25", f"hydra.sweeper.sampler.name={sampler}")
        figures = sorted(error_of(values) for values in drive(bench.source(search, sampler)))
        best[sampler] = sum(figures[:12]) / 12
    assert best["tpe"] < 0.75 * best["random"]


def test_two_processes_share_the_trials_and_never_run_the_same(bench: Bench) -> None:
    search = search_of(*SPACE, "hydra.sweeper.trials=9")
    with (
        recorded_run(bench.recorder("a"), bench.runs_folder) as (a, _),
        recorded_run(bench.recorder("b"), bench.runs_folder) as (b, _),
    ):
        sources = [bench.source(search, run=a.run_id), bench.source(search, resumes=True, run=b.run_id)]
        taken: list[int] = []
        running = []
        for turn in range(20):
            spec = sources[turn % 2].next()
            if spec is not None:
                taken.append(spec.number)
                running.append((sources[turn % 2], spec))
            if len(running) == 3:
                source, done = running.pop(0)
                finish(source, done, 1.0 + done.number)
        assert taken == list(range(9))
        for source, spec in running:
            finish(source, spec, 1.0)
        of_b = sources[0].done_elsewhere()
        assert len(of_b) in (4, 5)
        assert {job.how for job in of_b} == {"done by another sweep"}
    assert bench.states() == [TrialState.COMPLETE] * 9


def test_a_trial_of_a_living_process_is_left_alone(bench: Bench) -> None:
    search = search_of(*SPACE, "hydra.sweeper.trials=2")
    with recorded_run(bench.recorder("a"), bench.runs_folder) as (a, _):
        assert bench.source(search, run=a.run_id).next() is not None
        other = bench.source(search, resumes=True, run="other")
        second = other.next()
        assert second is not None
        assert second.number == 1
        assert other.next() is None
    finish(other, second, 1.0)
    first = other.next()  # its lock was given back, the trial was not
    assert first is not None
    assert first.number == 0


def test_a_trial_that_was_interrupted_is_gone_on_with(bench: Bench) -> None:
    search = search_of(*SPACE, "hydra.sweeper.trials=2")
    source = bench.source(search)
    spec = source.next()
    assert spec is not None
    source.ended(spec, Outcome(None, None, None, 1.0, stopped=True))
    again = bench.source(search, resumes=True).next()
    assert again is not None
    assert (again.number, again.values, again.resumes) == (0, spec.values, None)


@pytest.mark.parametrize("kind", ["NothingAnswers", "TrackingError"])
def test_a_trial_whose_store_failed_is_gone_on_with(bench: Bench, kind: str) -> None:
    search = search_of(*SPACE, "hydra.sweeper.trials=2")
    source = bench.source(search)
    spec = source.next()
    assert spec is not None
    source.ended(spec, Outcome(None, None, Failure(kind, "no MLflow server answers there"), 1.0))
    assert bench.states() == [TrialState.RUNNING]
    assert source.next() is None  # what is proposed without results would be so for good
    assert not source.waits
    again = bench.source(search, resumes=True).next()
    assert again is not None
    assert (again.number, again.values) == (0, spec.values)


def test_a_trial_that_another_command_goes_on_with_holds_up_nothing_for_long(bench: Bench) -> None:
    now = [0.0]
    search = search_of(*SPACE, "hydra.sweeper.trials=2")
    source = bench.source(search)
    spec = source.next()
    assert spec is not None
    with recorded_run(bench.recorder("trial"), bench.runs_folder) as (
        run,
        _,
    ):  # as `--resume` with the run of the trial does
        source.started(spec, run.run_id)
        again = bench.source(search, resumes=True, run="other", clock=lambda: now[0])
        assert again.next() is None
        assert again.waits
        now[0] = 151.0
        assert not again.waits
        following = again.next()
        assert following is not None
        assert following.number == 1
        assert again.next() is None
        assert not again.waits


def test_what_a_sweep_that_is_stopped_did_not_pass_on_is_known_from_the_end(bench: Bench) -> None:
    search = search_of(*SPACE, "hydra.sweeper.trials=2")
    source = bench.source(search)
    done, cut = source.next(), source.next()
    assert done is not None
    assert cut is not None
    curve = ((1, 0.5), (2, 0.25))
    result = Result("done", MAE, (0.25, 0.1), (0.3, 0.2), "task", curve)
    source.ended(done, Outcome("done", result, None, 1.0))
    source.ended(cut, Outcome("cut", None, None, 1.0, stopped=True))
    first, second = bench.study(search).trials
    assert (first.user_attrs[RUN_KEY], first.intermediate_values) == ("done", dict(curve))
    assert (second.user_attrs[RUN_KEY], second.state) == ("cut", TrialState.RUNNING)


def test_a_finished_run_that_could_not_be_told_is_told(bench: Bench) -> None:
    search = search_of(*SPACE, "hydra.sweeper.trials=2")
    source = bench.source(search)
    spec = source.next()
    assert spec is not None
    with bench.recorder("trial") as run:
        source.started(spec, run.run_id)
        for epoch, value in ((1, 0.5), (2, 0.25)):
            run.log_epoch(epoch, {"val_mae": value})
        run.log_summary({"best_val_mae": 0.25, "skill_val": 0.1, "test_mae": 0.3, "skill_test": 0.2})
    goes_on = bench.source(search, resumes=True)
    second = goes_on.next()
    assert second is not None
    assert second.number == 1
    trial = bench.study(search).trials[0]
    assert (trial.state, trial.value) == (TrialState.COMPLETE, 0.25)
    (job,) = goes_on.done_elsewhere()
    assert job.result is not None
    assert (job.result.val, job.result.test, job.result.curve) == ((0.25, 0.1), (0.3, 0.2), ((1, 0.5), (2, 0.25)))


def test_what_a_run_had_recorded_is_reported_when_its_trial_goes_on(bench: Bench) -> None:
    search = search_of(*SPACE, "hydra.sweeper.trials=2")
    source = bench.source(search)
    spec = source.next()
    assert spec is not None
    with bench.killed() as run:
        source.started(spec, run.run_id)
        run.log_epoch(1, {"val_mae": 0.5})
        assert source.epoch_ended(spec, 1, 0.5)
        run.log_epoch(2, {"val_mae": 0.25})
    again = bench.source(search, resumes=True)
    spec = again.next()
    assert spec is not None
    assert spec.resumes is None  # it has no checkpoint
    assert bench.study(search).trials[0].intermediate_values == {1: 0.5, 2: 0.25}
    assert again.epoch_ended(spec, 1, 0.5)  # from its begin once more


def test_a_trial_worse_than_the_median_is_pruned_after_its_warmup(bench: Bench) -> None:
    search = search_of(*SPACE, "hydra.sweeper.trials=8", "hydra.sweeper.pruner.startup_trials=3")
    source = bench.source(search)
    for value in (1.0, 2.0, 3.0):
        spec = source.next()
        assert spec is not None
        assert all(source.epoch_ended(spec, epoch, value) for epoch in (1, 2, 3))
        finish(source, spec, value)
    spec = source.next()
    assert spec is not None
    assert source.epoch_ended(spec, 1, 9.0)  # worse than the median, 2.0, but before two epochs nothing is pruned
    assert not source.epoch_ended(spec, 2, 9.0)
    source.ended(spec, Outcome("run3", None, None, 1.0, pruned=2))
    spec = source.next()
    assert spec is not None
    assert source.epoch_ended(spec, 2, 1.9)
    source.ended(spec, Outcome("run4", None, None, 1.0, stopped=True))
    trial = bench.study(search).trials[3]
    assert (trial.state, trial.value) == (TrialState.PRUNED, 9.0)
    *_, job = bench.source(search, resumes=True).done_elsewhere()
    assert (job.pruned, job.result, job.failure, job.how) == (2, None, None, "done before")


def test_a_trial_that_was_to_be_pruned_when_its_process_died_is_pruned(bench: Bench) -> None:
    search = search_of(*SPACE, "hydra.sweeper.trials=5", "hydra.sweeper.pruner.startup_trials=1")
    source = bench.source(search)
    spec = source.next()
    assert spec is not None
    assert source.epoch_ended(spec, 2, 1.0)
    finish(source, spec, 1.0)
    spec = source.next()
    assert spec is not None
    with bench.killed() as run:
        source.started(spec, run.run_id)
        run.log_epoch(2, {"val_mae": 5.0})
    following = bench.source(search, resumes=True).next()
    assert following is not None
    assert following.number == 2
    assert bench.states()[1] == TrialState.PRUNED


def test_a_failed_trial_is_no_figure_and_the_others_go_on(bench: Bench) -> None:
    search = search_of(*SPACE, "hydra.sweeper.trials=3")
    source = bench.source(search)
    for number in range(3):
        spec = source.next()
        assert spec is not None
        if number == 0:
            fail(source, spec, "boom")
        else:
            finish(source, spec, float("nan") if number == 1 else 1.0)
    assert bench.states() == [TrialState.FAIL, TrialState.FAIL, TrialState.COMPLETE]
    jobs = bench.source(search, resumes=True).done_elsewhere()
    assert [job.failure and job.failure.line for job in jobs] == [
        "ValueError: boom",
        "its validation figure is nan",
        None,
    ]


def test_values_that_do_not_go_together_fail_and_the_next_is_proposed(bench: Bench) -> None:
    wide = ["dataset.step=range(1,400)", "dataset.lookback=range(1000,2000)", "hydra.sweeper.trials=12"]
    search = search_of("model=gru", *(text for text in wide if "lookback" not in text), "dataset.lookback=159600")
    source = bench.source(search)
    taken = []
    while (spec := source.next()) is not None:
        taken.append(spec)
        finish(source, spec, 1.0)
    states = bench.states()
    assert len(states) == 12
    assert states.count(TrialState.COMPLETE) == len(taken)
    assert 0 < states.count(TrialState.FAIL) < 12


def test_no_trial_begins_after_the_timeout(bench: Bench) -> None:
    now = [0.0]
    search = search_of(*SPACE, "hydra.sweeper.trials=9", "hydra.sweeper.timeout=1min")
    source = bench.source(search, clock=lambda: now[0])
    spec = source.next()
    assert spec is not None
    now[0] = 59.0
    other = source.next()
    assert other is not None
    now[0] = 60.0
    assert source.next() is None
    finish(source, spec, 1.0)
    finish(source, other, 1.0)
    assert len(bench.states()) == 2


def test_a_trial_tells_whose_it_is(bench: Bench) -> None:
    search = search_of(*SPACE, "hydra.sweeper.trials=2")
    source = bench.source(search, run="parent")
    spec = source.next()
    assert spec is not None
    source.started(spec, "child")
    study = bench.study(search)
    assert study.user_attrs[PARENT_KEY] == "parent"
    attributes = study.trials[0].user_attrs
    assert (attributes[LEASE_KEY]["run"], attributes[RUN_KEY]) == ("parent", "child")
