"""Runs of a file of one's own are called as it is, unless somebody says otherwise."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seqexp.config.composed.own_name import name_of_file
from tests.config.oracle import one
from tests.factories import make_plan

TAKEN = ("csv", "imdb", "jena", "text")


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("power_2024.csv", "power_2024"),
        ("/data/a/power_2024.csv.gz", "power_2024"),
        ("Lüfter Süd (2024).parquet", "Lüfter_Süd_2024"),
        ("-rf.csv", "rf"),
        (".hidden.csv", "hidden"),
        ("v1.2.tsv", "v1.2"),
        ("aclImdb", "aclImdb"),
        ("reviews/", "reviews"),
        ("x" * 300 + ".csv", "x" * 60),
        ("jena.csv", "jena_file"),
        ("Jena.CSV", "Jena_file"),
        ("Lu\u0308fter.csv", "L\u00fcfter"),
        ("csv.csv", "csv_file"),
        ("???.csv", None),
        ("a\nb.csv", "a_b"),
    ],
)
def test_the_name_is_that_of_the_file_without_what_is_awkward(path: str, name: str | None) -> None:
    assert name_of_file(path, TAKEN) == name


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=80))
def test_every_name_can_be_typed_and_kept(path: str) -> None:
    name = name_of_file(path, TAKEN)
    assert name is None or (
        len(name) <= 65 and name.lower() not in TAKEN and name[0] not in "-._" and not set(name) & set(" /\\\n'\"")
    )


def names_of(*texts: str, folder: Path | None = None) -> tuple[str, str]:
    experiment = one(*texts, folder=folder)
    return experiment.dataset.name, experiment.tracking.experiment


def test_what_somebody_names_keeps_its_name(tmp_path: Path) -> None:
    (tmp_path / "dataset").mkdir()
    (tmp_path / "dataset" / "roof.yaml").write_text("defaults: [csv, _self_]\nname: roof\npath: log.csv\n")
    (tmp_path / "dataset" / "nameless.yaml").write_text("defaults: [text, _self_]\npath: mails.csv\n")
    path = "dataset.path=power_2024.csv"
    assert names_of("dataset=csv", path) == ("power_2024", "power_2024")
    assert names_of("dataset=text", path) == ("power_2024", "power_2024")
    assert names_of("dataset=csv", "dataset={path:power_2024.csv}") == ("power_2024", "power_2024")
    assert names_of("dataset=csv", path, "dataset.name=mine") == ("mine", "mine")
    assert names_of("dataset=csv", path, "tracking.experiment=study") == ("power_2024", "study")
    assert names_of("dataset=jena", path) == ("jena", "jena")
    assert names_of("dataset=roof", folder=tmp_path) == ("roof", "roof")
    assert names_of("dataset=nameless", folder=tmp_path) == ("mails", "mails")
    assert names_of("dataset=csv", "dataset.path=???.csv")[0] == "csv"
    assert names_of("dataset=csv", "dataset.path=data/${dataset.name}.parquet")[0] == "csv"
    assert names_of("dataset=csv", "dataset.path=2024.csv") == ("2024", "2024")


def test_a_sweep_on_several_files_names_the_jobs_after_them() -> None:
    plan = make_plan(["dataset=csv", "dataset.path=a.csv,b.csv", "dataset.target=T", "seed=1,2"], multirun=True)
    assert [experiment.dataset.name for experiment in plan.experiments] == ["a", "a", "b", "b"]
    assert plan.tracked_in == ("a", "b")
