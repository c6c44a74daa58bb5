"""The tags that say of a run what it did, and how it ended."""

from __future__ import annotations

PRUNED_TAG = "seqexp.pruned"  # the epoch after which a search pruned it
JOB_DIGEST_TAG = "seqexp.job_digest"  # which job of a sweep it does
SHAPE_DIGEST_TAG = "seqexp.shape_digest"  # equal for runs whose training steps cost the same
GROUP_DIGEST_TAG = "seqexp.group_digest"  # equal for runs of one task that differ in nothing but their seeds
FOLDS_TAG = "seqexp.folds_digest"  # of a fold: equal for runs of all folds of one task
SCORED_TAG = "seqexp.scored"  # which targets it was scored on: equal where figures may be compared as recorded
SCALE_TAG = "seqexp.target_scale"  # the standard deviation of the target, in its unit
RESUMED_TAG = "seqexp.resumed"  # the epochs after which it was interrupted and then resumed
FAILURE_TAG = "seqexp.failure"  # one line about what ended it
COLUMNS_TAG = "seqexp.columns"  # the columns that are forecast, as a JSON list, where these are several
AUDIT_TAG = "seqexp.audit"  # "passed", or which checks failed or could not be made
