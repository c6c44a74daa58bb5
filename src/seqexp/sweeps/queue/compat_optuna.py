"""Everything that seqexp uses of Optuna beyond its documented interface, which a new release of Optuna may change."""

from __future__ import annotations

from optuna.study import Study
from optuna.trial import FrozenTrial, Trial


def reopened(study: Study, trial: FrozenTrial) -> Trial:
    """Return a trial that has not ended as one that can be reported to and drawn from again.

    Optuna itself gives such a trial only to the process that asked for it, which may have crashed since.
    """
    return Trial(study, trial._trial_id)
