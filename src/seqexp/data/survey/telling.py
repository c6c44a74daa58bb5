"""What is said with every training: the findings that change what its result means."""

from __future__ import annotations

from seqexp.config.schema import Experiment
from seqexp.data.findings import CheckResult
from seqexp.data.samples import Samples
from seqexp.data.series.windows import Windows
from seqexp.data.survey.series_check import telling_windows
from seqexp.data.survey.text_check import telling_texts
from seqexp.data.text.texts import Texts


def telling_findings(samples: Samples, experiment: Experiment) -> list[CheckResult]:
    """Return what `seqexp data check` finds that changes the meaning of a result, as far as it is cheap to find.

    Findings and notes alone, none that says that all is well; the most important first.
    """
    if isinstance(samples, Texts):
        return telling_texts(samples)
    return telling_windows(samples, experiment) if isinstance(samples, Windows) else []
