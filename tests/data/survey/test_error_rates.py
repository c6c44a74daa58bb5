"""How often `data check` is wrong: thirty made-up files that have a fault, thirty that have none, and real ones.

The files were written before the checks, and every third was kept aside until the checks were done: `KEPT_ASIDE`. Each
is made anew for several seeds.
"""

from __future__ import annotations

import shlex
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from seqexp.data.findings import CheckResult
from seqexp.data.survey.series_check import check_series
from tests.conftest import Run
from tests.data.survey.made_faulty import FAULTY
from tests.data.survey.made_harder import HARD_FAULTS, HARD_SOUND
from tests.data.survey.made_plausible import PLAUSIBLE
from tests.data.survey.made_series import MadeFile, Maker, Recipe
from tests.data.survey.test_series_check import survey_of
from tests.factories import split_config
from tests.paths import REPO

KEPT_ASIDE = range(1, 30, 3)
SEEDS = range(5)


def made(recipes: tuple[Recipe, ...], number: int, seed: int = 0) -> MadeFile:
    return recipes[number](Maker(number + 1000 * seed))


def checked(made: MadeFile) -> list[CheckResult]:
    parts = split_config((0.0, 0.7), (0.7, 0.85), (0.85, None))
    return check_series(survey_of(made.series, target=made.target, lookback=48, step=1, delay=24, split=parts))


def of_level(results: list[CheckResult], level: str) -> str:
    return "\n".join(item.text for item in results if item.level == level)


@pytest.mark.parametrize("number", range(30), ids=lambda number: FAULTY[number].__name__)
def test_every_fault_is_found(number: int) -> None:
    for seed in SEEDS:
        file = made(FAULTY, number, seed)
        results = checked(file)
        text = of_level(results, file.level)
        assert [name for name in file.faulty if name not in text] == [], seed
        assert file.level == "finding" or not of_level(results, "finding")


@pytest.mark.parametrize("number", range(30), ids=lambda number: PLAUSIBLE[number].__name__)
def test_nothing_is_found_where_nothing_is_wrong(number: int) -> None:
    assert [of_level(checked(made(PLAUSIBLE, number, seed)), "finding") for seed in SEEDS] == [""] * len(SEEDS)


MISSED = {
    "a_week_of_noise", "an_offset_after_a_repair", "twenty_hours_of_one_value", "zeros_in_a_noisy_count",
    "a_clock_that_drifts", "a_counter_that_starts_again",
}  # fmt: skip
BLAMED = {"a_match_in_the_stadium", "power_cuts_of_a_minute", "a_bank_holiday", "a_flash_crash"}


def test_what_is_known_of_the_harder_files() -> None:
    """It says what `data check` can't tell, for most seeds: one name less in these sets is a gain."""

    def is_missed(file: MadeFile) -> bool:
        text = of_level(checked(file), file.level)
        return any(name not in text for name in file.faulty)

    def mostly(recipes: tuple[Recipe, ...], is_wrong: Callable[[MadeFile], bool]) -> set[str]:
        wrong = [[is_wrong(made(recipes, number, seed)) for seed in SEEDS] for number in range(12)]
        return {recipe.__name__ for recipe, found in zip(recipes, wrong, strict=True) if np.mean(found) > 0.5}

    assert mostly(HARD_FAULTS, is_missed) == MISSED
    assert mostly(HARD_SOUND, lambda file: bool(of_level(checked(file), "finding"))) == BLAMED


def written(file: MadeFile, folder: Path) -> list[str]:
    """Write a file and return what the command is told of it."""
    series, path = file.series, folder / "made.csv"
    lines = [",".join(("time", *(f'"{name}"' for name in series.columns)))]
    lines += [
        f"{time},{','.join(map(repr, row))}" for time, row in zip(series.times, series.values.tolist(), strict=True)
    ]
    path.write_text("\n".join(lines).replace("nan", "") + "\n", encoding="utf-8")
    return ["csv", f"dataset.path={path}", f'dataset.target="{file.target}"', "dataset.lookback=48"]


WITHOUT_REMEDY = {"the_target_stands_still", "a_unit_changes_at_the_end"}  # another file, or another part, is needed


def remedies(done: subprocess.CompletedProcess[str]) -> dict[str, str]:
    """Return what a check advises: the text of each result that has a remedy, and the remedy as it is pasted."""
    found = (line.partition("Remedy: ") for line in done.stdout.splitlines())
    return {text: remedy for text, mark, remedy in found if mark}


@pytest.mark.parametrize("repair", ["hold", "off"])
@pytest.mark.parametrize("number", range(30), ids=lambda number: FAULTY[number].__name__)
def test_remedies_work_when_all_are_pasted(number: int, repair: str, seqexp: Run, tmp_path: Path) -> None:
    """Those that one check gives are pasted together; what comes up then, once more."""
    told = [*written(made(FAULTY, number), tmp_path), f"dataset.repair={repair}"]
    done = seqexp("data", "check", *told, cwd=tmp_path)
    advised = remedies(done)
    assert bool(advised) == (FAULTY[number].__name__ not in WITHOUT_REMEDY), done.stdout
    for _ in range(2):
        for remedy in remedies(done).values():
            echoed = ["bash", "-c", f"printf '%s\\n' {remedy}"]
            told += subprocess.run(echoed, capture_output=True, text=True, check=True).stdout.splitlines()
        done = seqexp("data", "check", *told, cwd=tmp_path)
        assert done.returncode in (0, 1), done.stderr
    assert remedies(done) == {}
    assert [text for text in advised if text in done.stdout] == []
    if advised:
        assert done.returncode == 0, done.stdout


def test_names_of_any_kind_can_be_pasted(seqexp: Run, tmp_path: Path) -> None:
    file = made(FAULTY, 4)
    names = {"T (degC)": "Lüfter °C, 'innen' {1}", "rh (%)": "rh (%)"}
    other = MadeFile({names[name]: values for name, values in file.columns.items()}, "rh (%)")
    told = written(other, tmp_path)
    found = seqexp("data", "check", *told, cwd=tmp_path)
    (remedy,) = [line.partition("Remedy: ")[2] for line in found.stdout.splitlines() if "Remedy" in line]
    done = seqexp("data", "check", *told, *shlex.split(remedy), cwd=tmp_path)
    assert (found.returncode, done.returncode) == (1, 0), done.stderr


FILES = REPO.parent / "shared" / "data"
REAL = (
    ("jena/jena_first20002_10min_13cols.csv", '"T (degC)"', set()),
    ("jena/mpi_roof_2024jun_oct_raw.csv", '"T (degC)"', {"max. wv (m/s) stays at 4.13", "wd (deg) stays at 302.2"}),
    ("ltsf/ETTh1.csv", "OT", set()),
    ("ltsf/national_illness.csv", "OT", {"the mean of OT in test lies 3.3 standard deviations above that of training"}),
)


@pytest.mark.parametrize(("file", "target", "expected"), REAL)
def test_what_is_found_in_real_files(file: str, target: str, expected: set[str], seqexp: Run, tmp_path: Path) -> None:
    """All of it is true: two sensors of the roof stood still in 2024, and the influenza of the last years was worse."""
    if not (FILES / file).is_file():
        pytest.skip(f"no real rows to check: ../shared/data/{file} is absent")
    told = [f"dataset.path={FILES / file}", f"dataset.target={target}", "dataset.lookback=48"]
    done = seqexp("data", "check", "csv", *told, cwd=tmp_path)
    found = [line for line in done.stdout.splitlines() if line.startswith("finding ")]
    assert (len(found), done.returncode) == (len(expected), 1 if expected else 0)
    assert [text for text in expected if not any(text in line for line in found)] == []
