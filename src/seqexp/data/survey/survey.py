"""Everything there is to know about a series before a training: its columns, its time stamps, its windows."""

from __future__ import annotations

from dataclasses import dataclass

from seqexp.config.errors import InputError
from seqexp.config.schema import Experiment
from seqexp.data.series.series import Series
from seqexp.data.series.windows import Windows, check_fit, make_windows
from seqexp.data.survey.stamps import Stamps, stamp_facts
from seqexp.data.survey.statistics import Column, column_statistics


@dataclass(frozen=True)
class Survey:
    """What is known about a series and how its configuration fits.

    Attributes:
        series: As recorded.
        experiment: Its dataset section says how windows are cut.
        columns: Figures of each column.
        stamps: Facts about the time stamps.
        windows: None if they can't be made.
        misfits: Faults of the configuration: it doesn't fit this series.
        faults: Faults of the series: no windows can be made of it as the configuration repairs it.
    """

    series: Series
    experiment: Experiment
    columns: tuple[Column, ...]
    stamps: Stamps
    windows: Windows | None
    misfits: tuple[str, ...]
    faults: tuple[str, ...]


def make_survey(series: Series, experiment: Experiment) -> Survey:
    """Look at a whole series; whatever is wrong with it is kept, not raised.

    Args:
        series: As recorded.
        experiment: Its dataset section, and training.score_every.
    """
    columns = column_statistics(series, experiment.series.sentinels)
    windows: Windows | None = None
    misfits: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()
    try:
        check_fit(series, experiment.series)
    except InputError as error:
        misfits = error.faults
    else:
        try:
            windows = make_windows(series, experiment)
        except InputError as error:
            faults = error.faults
    return Survey(series, experiment, columns, stamp_facts(series), windows, misfits, faults)
