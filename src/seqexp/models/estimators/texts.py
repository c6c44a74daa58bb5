"""Models of texts that are not networks: the yardsticks that a network has to beat.

They read whole texts, not the cut rows, and of these the ids of words alone: no padding and no start id. The unknown id
counts as a word like any other, since networks see it, too.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from seqexp.config.errors import Fault, nearest, raise_any, refused, shown, wrong
from seqexp.config.model_section import is_integer, is_number
from seqexp.models.estimators.grams import Grams, learn_grams

if TYPE_CHECKING:
    from seqexp.data.arrays import Floats, Rows
    from seqexp.data.text.texts import Texts

WEIGHTINGS = ("count", "binary", "tfidf")
# Where the solvers give up, with a warning; they take a few hundred at most on 25,000 reviews.
_ITERATIONS = 10_000


class Majority:
    """The baseline: every text is of the training part's most frequent class, as probably as it is frequent there."""

    task: ClassVar[Literal["classify"]] = "classify"

    def __init__(self) -> None:
        self._shares: Floats = np.empty(0)

    def fit(self, texts: Texts) -> None:
        """Count the classes of the training texts."""
        counts = np.bincount(texts.labels(texts.rows.train), minlength=len(texts.classes))
        self._shares = counts / counts.sum()

    def predict(self, texts: Texts, rows: Rows) -> Floats:
        """Return (texts, classes) float64: the classes' shares of the training part, for every text."""
        return np.tile(self._shares, (len(rows), 1))

    @property
    def parameters(self) -> int:
        """A share for each class."""
        return len(self._shares)

    def artifacts(self) -> Mapping[str, NDArray[Any]]:
        """Return shares (classes,) float64."""
        return {"shares": self._shares}

    def restore(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Take over what `artifacts` returned."""
        self._shares = arrays["shares"]


class BowLogreg:
    """Logistic regression on how often each word occurs in a text: a bag of words, without their order.

    Minimises |w|^2 / 2 + C x the sum of the training texts' losses; the intercepts are free. More than two classes:
    multinomial. The words are those of the training part. Of texts that are read in characters, pairs of neighbouring
    characters are words as well: most words of scripts without spaces are one or two characters long.

    Args:
        C: How much the losses weigh beside the weights' squares, above 0: a larger one fits more closely.
        weighting: A word's number in a text. count: how often it occurs. binary: 1 where it does. tfidf:
            (1 + ln count) x (1 + ln((1 + n) / (1 + texts with it))) of n training texts, then scaled so that the
            squares of a text's numbers add up to 1.

    Raises:
        InputError: If an argument is not allowed.
    """

    task: ClassVar[Literal["classify"]] = "classify"

    def __init__(self, C: float = 1.0, weighting: str = "tfidf") -> None:  # noqa: N803 - scikit-learn's name
        faults = _above_zero("C", C)
        if weighting not in WEIGHTINGS:
            faults.append(
                wrong(
                    "model.weighting",
                    f"must be one of {', '.join(WEIGHTINGS)}. Received: {shown(weighting)}."
                    f"{nearest(str(weighting), WEIGHTINGS)}",
                )
            )
        raise_any(faults)
        self._penalty, self._weighting = C, weighting
        self._grams = Grams(0, ())
        self._tfidf: Any = None
        self._regression: Any = None

    def fit(self, texts: Texts) -> None:
        """Learn words, weights and intercepts.

        Raises:
            InputError: If the training texts are all of one class.
        """
        from sklearn.feature_extraction.text import TfidfTransformer
        from sklearn.linear_model import LogisticRegression

        rows = texts.rows.train
        _classes_to_learn(texts)
        self._grams = learn_grams(texts, rows, longest=2 if texts.tokeniser.tokens == "characters" else 1)
        counts = self._grams.counts(texts, rows)
        if self._weighting == "tfidf":
            self._tfidf = TfidfTransformer(sublinear_tf=True).fit(counts)
        # The solver is lbfgs: it starts at 0 and draws nothing.
        self._regression = LogisticRegression(C=self._penalty, max_iter=_ITERATIONS)
        self._regression.fit(self._weighted(counts), texts.labels(rows))

    def predict(self, texts: Texts, rows: Rows) -> Floats:
        """Return (texts, classes) float64; 0 for a class that the training part lacks."""
        found = np.zeros((len(rows), len(texts.classes)))
        if len(rows):
            weighted = self._weighted(self._grams.counts(texts, rows))
            found[:, self._regression.classes_] = self._regression.predict_proba(weighted)
        return found

    @property
    def parameters(self) -> int:
        """A weight for each word and an intercept, of each class; of two classes one set does."""
        return 0 if self._regression is None else self._regression.coef_.size + self._regression.intercept_.size

    def artifacts(self) -> Mapping[str, NDArray[Any]]:
        """Return what was learned.

        Returns:
            words (words,) int64 ids, rising, of so many ids (); of characters their pairs, too, as in `Grams.keys`;
            weights (classes or 1, words and pairs) and intercepts (classes or 1,) float64; the present classes'
            numbers; with tfidf the factors idf (words and pairs,) float64.
        """
        if self._regression is None:
            return {}
        learned = {
            **dict(zip(("words", "pairs"), self._grams.keys, strict=False)),
            "weights": self._regression.coef_,
            "intercepts": self._regression.intercept_,
            "ids": np.array(self._grams.size),
            "present": self._regression.classes_,
        }
        return learned if self._tfidf is None else learned | {"idf": self._tfidf.idf_}

    def restore(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Take over what `artifacts` returned."""
        from sklearn.feature_extraction.text import TfidfTransformer
        from sklearn.linear_model import LogisticRegression

        keys = tuple(arrays[name] for name in ("words", "pairs") if name in arrays)
        self._grams = Grams(int(arrays["ids"]), keys)
        self._regression = LogisticRegression(C=self._penalty, max_iter=_ITERATIONS)
        self._regression.coef_, self._regression.intercept_ = arrays["weights"], arrays["intercepts"]
        self._regression.classes_ = arrays["present"]
        if "idf" in arrays:
            self._tfidf = TfidfTransformer(sublinear_tf=True)
            self._tfidf.idf_ = arrays["idf"]

    def _weighted(self, counts: Any) -> Any:
        if self._weighting == "binary":
            return _present(counts)
        return counts if self._tfidf is None else self._tfidf.transform(counts)


class NBSVM:
    """A linear model between naive Bayes and logistic regression on runs of words: Wang and Manning's NBSVM.

    Wang and Manning (2012), Baselines and Bigrams: Simple, Good Sentiment and Topic Classification. A text is the set
    of its n-grams, f in {0, 1}. With p and q the texts of the class and of the others that hold each gram, alpha added,
    r = ln((p / |p|_1) / (q / |q|_1)). A linear model with weights w and intercept b is fitted to r x f; then w' =
    (1 - beta) mean|w| + beta w. Two things differ from the paper:

    - The linear model is a logistic regression, not a support vector machine, so that it gives probabilities.
    - The intercept is interpolated as the weights are, b' = (1 - beta) mean|w| ln(texts of the class / others) +
      beta b: naive Bayes has that one. With b as it is, the interpolated model leans to one class.

    A small beta shrinks the weights: the probabilities are then less sure than they could be. More than two classes:
    each against all others, the probabilities divided by their sum.

    Args:
        ngrams: The longest run of words, not less than 1.
        alpha: Added to each gram's counts, above 0.
        beta: 0: naive Bayes. 1: the regression alone.
        C: As in `BowLogreg`; the intercept is penalised like a weight, as LIBLINEAR does it.

    Raises:
        InputError: If an argument is not allowed.
    """

    task: ClassVar[Literal["classify"]] = "classify"

    def __init__(self, ngrams: int = 2, alpha: float = 1.0, beta: float = 0.25, C: float = 1.0) -> None:  # noqa: N803
        faults = [*_above_zero("alpha", alpha), *_above_zero("C", C)]
        if not is_integer(ngrams) or ngrams < 1:
            faults.append(wrong("model.ngrams", f"must be an integer >= 1. Received: {shown(ngrams)}."))
        if not is_number(beta) or not 0 <= beta <= 1:
            faults.append(wrong("model.beta", f"must be a number from 0 to 1. Received: {shown(beta)}."))
        raise_any(faults)
        self._longest, self._alpha, self._beta, self._penalty = ngrams, alpha, beta, C
        self._grams = Grams(0, ())
        self._present: list[int] = []
        self._weights: Floats = np.empty((0, 0))
        self._intercepts: Floats = np.empty(0)

    def fit(self, texts: Texts) -> None:
        """Learn the n-grams, and for each class a weight for each and an intercept.

        Raises:
            InputError: If the training texts are all of one class.
        """
        rows = texts.rows.train
        self._present = _classes_to_learn(texts)
        fitted_classes = self._present[1:] if len(self._present) == 2 else self._present  # of two one model says all
        self._grams = learn_grams(texts, rows, self._longest)
        presence, labels = _present(self._grams.counts(texts, rows)), texts.labels(rows)
        fitted = [self._fit_one(presence, labels == index) for index in fitted_classes]
        self._weights = np.stack([weights for weights, _ in fitted])
        self._intercepts = np.array([intercept for _, intercept in fitted])

    def _fit_one(self, presence: Any, is_class: NDArray[np.bool_]) -> tuple[Floats, float]:
        """Return the weights of f, r x w', and the intercept b' of one class against all others."""
        from sklearn.linear_model import LogisticRegression

        ratio = self._log_ratio(presence, is_class)
        # More grams than texts: the dual problem is the smaller one. It draws texts in an order that the seed gives.
        model = LogisticRegression(
            C=self._penalty, solver="liblinear", dual=True, max_iter=_ITERATIONS, random_state=0
        ).fit(presence.multiply(ratio).tocsr(), is_class)
        size = np.abs(model.coef_[0]).mean()
        weights = (1 - self._beta) * size + self._beta * model.coef_[0]
        prior = np.log(is_class.sum() / (~is_class).sum())
        return ratio * weights, float((1 - self._beta) * size * prior + self._beta * model.intercept_[0])

    def _log_ratio(self, presence: Any, is_class: NDArray[np.bool_]) -> Floats:
        """Return (grams,) float64, r: how much more usual a gram is in the class than elsewhere."""
        inside, outside = self._alpha + presence.T @ is_class, self._alpha + presence.T @ ~is_class
        ratio: Floats = np.log(inside / inside.sum()) - np.log(outside / outside.sum())
        return ratio

    def predict(self, texts: Texts, rows: Rows) -> Floats:
        """Return (texts, classes) float64; 0 for a class that the training part lacks."""
        from scipy.special import expit

        presence = _present(self._grams.counts(texts, rows))
        likely = expit(presence @ self._weights.T + self._intercepts)
        if len(self._weights) == 1:
            likely = np.hstack([1 - likely, likely])
        found = np.zeros((len(rows), len(texts.classes)))
        found[:, self._present] = likely / likely.sum(axis=1, keepdims=True)
        return found

    @property
    def parameters(self) -> int:
        """A weight for each gram and an intercept, of each class; of two classes one set does."""
        return self._weights.size + self._intercepts.size

    def artifacts(self) -> Mapping[str, NDArray[Any]]:
        """Return what was learned.

        Returns:
            grams_N (grams,) int64 for each length N, as in `Grams.keys`; weights (classes or 1, grams) of the presence
            of each gram, shorter ones first, and intercepts (classes or 1,), float64; the present classes' numbers;
            and of how many ids () the grams are.
        """
        grams = {f"grams_{length}": keys for length, keys in enumerate(self._grams.keys, start=1)}
        learned = {"weights": self._weights, "intercepts": self._intercepts, "present": np.array(self._present)}
        return {**grams, **learned, "ids": np.array(self._grams.size)}

    def restore(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Take over what `artifacts` returned."""
        keys = tuple(arrays[f"grams_{length}"] for length in range(1, self._longest + 1))
        self._grams, self._present = Grams(int(arrays["ids"]), keys), arrays["present"].tolist()
        self._weights, self._intercepts = arrays["weights"], arrays["intercepts"]


def _present(counts: Any) -> Any:
    """Return the sparse matrix with 1 where a count is above 0: none is stored that is not."""
    presence = counts.copy()
    presence.data[:] = 1.0
    return presence


def _classes_to_learn(texts: Texts) -> list[int]:
    """Return the classes that the training part holds, at least two of them."""
    present: list[int] = np.unique(texts.labels(texts.rows.train)).tolist()
    if len(present) < 2:
        names = ", ".join(texts.classes[index] for index in present)
        raise refused(
            "dataset.split.train",
            f"must leave texts of at least two classes to learn from. Received: {names or 'none'}.",
        )
    return present


def _above_zero(name: str, value: object) -> list[Fault]:
    if is_number(value) and value > 0:
        return []
    return [wrong(f"model.{name}", f"must be a number > 0. Received: {shown(value)}.")]
