"""What models are judged by: METRICS is the one table that training, monitor, search, leaderboard and report read."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from seqexp.data.arrays import Floats, Values, blocks_of
from seqexp.tasks import classes

# Which way a figure is better. A number: the nearer to it, the better. None: it says nothing of better or worse.
Better = Literal["lower", "higher"] | float | None
Truth = NDArray[Any]
_ROUNDING = 1e-6  # an error, in standard deviations of the target or as a share of texts, that is none


@dataclass(frozen=True)
class Metric:
    """A figure that models are judged by; a `Score` has its value.

    Attributes:
        key: In the names of recorded figures, such as "mae" in best_val_mae.
        label: For people, such as "MAE".
        samples: The kind of samples that it is of, a key of `KINDS`.
        better: Which way it is better.
        loss: From the truth and the predictions of some samples to what each of them costs, (samples, ...) float64;
            None for a figure that is no matter of single samples, such as an F1.
        finish: From all losses to the figure; or, where there is no loss, from the truth and the predictions: None
            where it can't be had of these.
        is_relative: Whether the losses are those in terms of `Score.seasonal`: of the seasonal naive forecast.
        has_unit: Whether the figure, of scaled series, is in the target's unit once it is multiplied by the target's
            standard deviation.
        in_brief: Whether the table at a run's end has it.
        least: A model whose validation figure is less is remarked on; None: no figure is.
        remark: What is said of such a model, such as "their forecasts hardly move".
    """

    key: str
    label: str
    samples: Literal["series", "text"]
    better: Better
    loss: Callable[[Truth, Floats], Floats] | None
    finish: Callable[..., float | None]
    is_relative: bool = False
    has_unit: bool = False
    in_brief: bool = True
    least: float | None = None
    remark: str = ""

    def is_remarkable(self, value: float) -> bool:
        """Return whether a model with this validation figure is remarked on."""
        return self.least is not None and value < self.least

    @property
    def is_error(self) -> bool:
        """Whether it is an error in the target's unit: those of one task should tell the same of its models."""
        return self.has_unit and self.better == "lower"

    def name(self, part: str) -> str:
        """Return what the figure of a part is recorded as: best_val_mae, test_mae."""
        return f"best_val_{self.key}" if part == "val" else f"{part}_{self.key}"

    def never_errs(self, value: float) -> bool:
        """Return whether a figure is that of no error but rounding."""
        return (1 - value if self.better == "higher" else value) < _ROUNDING

    def skill(self, value: float, baseline: float) -> float | None:
        """Return the share of the baseline's error that a model takes away; None of a baseline that never errs."""
        if self.never_errs(baseline):
            return None
        error, of_baseline = (1 - value, 1 - baseline) if self.better == "higher" else (value, baseline)
        return 1 - error / of_baseline


def order_key(better: Better, value: float) -> float:
    """Return what values are sorted by, the best first; those that can't be better or worse stay as they are."""
    if better is None:
        return 0.0
    if isinstance(better, float):
        return abs(value - better)
    return -value if better == "higher" else value


def is_better(better: Better, value: float, than: float) -> bool:
    """Return whether a figure is better than another one; one that is not a number never is."""
    return order_key(better, value) < order_key(better, than)


def is_clearly_less(error: float, than: float) -> bool:
    """Return whether an error is less than another one by more than 1 %: by less chance and rounding may decide."""
    return error < 0.99 * than


def better_of(figure: str) -> Better:
    """Return which way a recorded figure is better, by its name: "best_val_f1" rises, "test_mae_units" falls.

    It is a metric of any part, or what the training took. Names of other programs' figures count by what they are
    usually called; of one that nothing is known of, less is better.
    """
    plain = re.sub(r"^(metrics\.)?(best_|\w+_(?=(val|test)_))?(val_|test_|train_)?", "", figure)
    plain = plain.removesuffix("_units")
    if plain in METRICS:
        return METRICS[plain].better
    return next((better for pattern, better in _OTHER_FIGURES if re.search(pattern, figure)), "lower")


# Figures that are not of a part's samples, and those of other programs, by parts of their names.
_OTHER_FIGURES: tuple[tuple[str, Better], ...] = (
    (r"skill|accuracy|auc|f1|precision|recall|r2|coverage", "higher"),
    (r"learning_rate|gradient_norm|bias", None),
)


def _absolute(truth: Truth, predictions: Floats) -> Floats:
    losses: Floats = np.abs(predictions - truth)
    return losses


def _squared(truth: Truth, predictions: Floats) -> Floats:
    losses: Floats = (predictions - truth) ** 2
    return losses


def _signed(truth: Truth, predictions: Floats) -> Floats:
    """Return the errors themselves: above 0 where a forecast is too high."""
    losses: Floats = predictions - truth
    return losses


def _sd_ratio(truth: Values, predictions: Values) -> float | None:
    """Return the standard deviation of the forecasts over that of the truth; None where the truth never changes.

    Of several columns or leads it is that of their mean variances. It is one of the parts of the mean squared error,
    beside bias and correlation: Murphy (1988), Skill scores based on the mean square error and their relationships to
    the correlation coefficient, Monthly Weather Review 116. A mean absolute error doesn't show it: of a target with
    rare peaks that of a flat line may be low.
    """
    variance = _mean_variance(truth)
    return math.sqrt(_mean_variance(predictions) / variance) if variance else None


def _mean_variance(values: Values) -> float:
    """Return the variance over (samples, leads, columns) samples, the mean of all leads and columns.

    Blocks are joined as Chan, Golub and LeVeque (1979), Updating formulae and a pairwise algorithm for computing sample
    variances, equation 2.1.
    """
    count, mean, squares = 0, np.float64(0), np.float64(0)
    for block in blocks_of(values):
        found = np.asarray(values[block], dtype=np.float64)
        moved, more = found.mean(axis=0) - mean, len(found)
        squares = squares + np.var(found, axis=0) * more + moved**2 * (count * more / (count + more))
        mean, count = mean + moved * (more / (count + more)), count + more
    return float(np.mean(squares / count))


def _wrong(truth: Truth, probabilities: Floats) -> Floats:
    losses: Floats = (classes.most_probable(probabilities) != truth).astype(np.float64)
    return losses


def _mean(losses: Floats) -> float:
    return float(np.mean(losses))


def _root_of_mean(losses: Floats) -> float:
    return float(np.sqrt(np.mean(losses)))


def _share_of_none(losses: Floats) -> float:
    return float(np.mean(losses == 0))


MAE = Metric("mae", "MAE", "series", "lower", _absolute, _mean, has_unit=True)
ACCURACY = Metric("accuracy", "accuracy", "text", "higher", _wrong, _share_of_none)

# In the order in which they are shown; of each kind of samples the first one ranks.
METRICS = {
    metric.key: metric
    for metric in (
        MAE,
        Metric("mse", "MSE", "series", "lower", _squared, _mean, in_brief=False),
        Metric("rmse", "RMSE", "series", "lower", _squared, _root_of_mean, has_unit=True),
        # Hyndman and Koehler (2006), Another look at measures of forecast accuracy, section 3, with its season.
        Metric("mase", "MASE", "series", "lower", _absolute, _mean, is_relative=True, in_brief=False),
        Metric("bias", "bias", "series", None, _signed, _mean, has_unit=True),
        Metric(
            "sd_ratio",
            "sd ratio",
            "series",
            None,
            None,
            _sd_ratio,
            in_brief=False,
            least=0.5,
            remark="forecasts move less than half as much as the target (standard deviations in validation)",
        ),
        ACCURACY,
        Metric("loss", "loss", "text", "lower", classes.log_losses, _mean),
        Metric("f1", "F1", "text", "higher", None, classes.f1),
        Metric("auc", "AUC", "text", "higher", None, classes.auc),
        Metric("ece", "ECE", "text", "lower", None, classes.calibration_error, in_brief=False),
    )
}

# What published tables of forecasts over several horizons have, in their order.
PUBLISHED = (METRICS["mse"], MAE)
