"""Which runs are repetitions of one configuration, and what their lines are called."""

from __future__ import annotations

from dataclasses import replace

import pytest

from seqexp.reporting.board.leaderboard import leaderboard
from seqexp.tracking.reading.stored_runs import StoredRun
from tests.reporting.recorded import stored


def test_a_run_that_was_made_again_counts_once() -> None:
    runs = [
        stored("first", 1, 0.26),
        stored("again", 2, 0.27),
        stored("lost", 3, status="FAILED", seed="2"),
        stored("other", 4, 0.28, seed="3"),
        stored("lost at first", 5, status="FAILED", seed="3"),
    ]
    (task,) = leaderboard(runs).tasks
    (group,) = task.groups
    assert ([row.name for row in group.rows], task.older) == (["again", "other"], 1)
    assert group.failed == 1  # seed 2; seed 3 has a finished run


def test_groups_of_one_name_are_told_apart_by_what_they_chose() -> None:
    runs = [
        stored("trial", minute, model__size=size, model__layers=f"a long text that follows from {size}", data=every)
        for minute, (size, every) in enumerate((("16", "1"), ("32", "1"), ("32", "2")))
    ]
    (task,) = leaderboard(runs).tasks
    assert {group.name for group in task.groups} == {
        "trial size=16 data=1", "trial size=32 data=1", "trial size=32 data=2",
    }  # fmt: skip


def with_tags(run: StoredRun, **tags: str) -> StoredRun:
    return replace(run, tags={**run.tags, **{f"seqexp.{name}": value for name, value in tags.items()}})


def test_runs_of_one_digest_are_repetitions_whatever_their_parameters_say() -> None:
    runs = [
        with_tags(stored("gru", 1, seed="1", dataset__lookback="720"), group_digest="a"),
        with_tags(stored("gru", 2, seed="2", dataset__lookback="5d"), group_digest="a"),
        with_tags(stored("gru", 3, seed="2", dataset__lookback="720"), group_digest="b"),
    ]
    (task,) = leaderboard(runs).tasks
    assert (sorted(group.n for group in task.groups), task.older) == ([1, 2], 0)


@pytest.mark.parametrize("tags", [{"group_digest": "{}"}, {"config_digest": "{}"}])
def test_networks_whose_parameters_were_cut_alike_are_two_lines(tags: dict[str, str]) -> None:
    """A run of an earlier version has the digest of its configuration with the seed, and a mark without a digest."""
    cut_short = "['Flatten', 'Flatten' ... [cut: 1070 more characters]"
    runs = [
        with_tags(
            stored("deep", number, model__layers=cut_short),
            **{key: value.format(number) for key, value in tags.items()},
        )
        for number in (1, 2)
    ]
    (task,) = leaderboard(runs).tasks
    assert (len(task.groups), task.older) == (2, 0)


def test_a_run_of_an_earlier_version_joins_those_that_chose_the_same() -> None:
    new = [with_tags(stored("gru", seed, seed=str(seed)), group_digest="a") for seed in (1, 2)]
    (task,) = leaderboard([*new, stored("gru", 3, seed="3"), stored("gru", 4, seed="3", model__units="9")]).tasks
    assert sorted(group.n for group in task.groups) == [1, 3]
    other_vectors = with_tags(stored("gru", 5, seed="5"), group_digest="b")
    (task,) = leaderboard([*new, other_vectors, stored("gru", 3, seed="3")]).tasks
    assert sorted(group.n for group in task.groups) == [1, 1, 2]  # it may be of either, so it is of none


@pytest.mark.parametrize("by", [(), ("model.layers",)])
def test_a_long_choice_names_a_group_by_what_is_different_in_it(by: tuple[str, ...]) -> None:
    layers = ["Flatten"] * 900
    runs = [
        stored("deep", units, seed=str(units), model__layers=str([*layers, {"Dense": {"units": units}}]))
        for units in (2, 9)
    ]
    (task,) = leaderboard(runs, by).tasks
    assert {group.name.removeprefix("deep ") for group in task.groups} == {
        "layers=…{'Dense': {'units': 2}}]", "layers=…{'Dense': {'units': 9}}]",
    }  # fmt: skip


def test_where_data_lies_and_how_it_was_computed_make_no_group() -> None:
    no_choice = {
        "dataset__path": "a.csv", "dataset__name": "mine", "dataset__format__time": "Zeit", "training__threads": "2",
        "tracking__note": "n",
    }  # fmt: skip
    runs = [stored("gru", seed, seed=str(seed), **{key: value}) for seed, (key, value) in enumerate(no_choice.items())]
    runs.append(stored("gru", 9, seed="9", training__learning_rate="0.1"))
    (task,) = leaderboard(runs).tasks
    assert sorted(group.n for group in task.groups) == [1, 5]
