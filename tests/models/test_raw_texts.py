"""A saved baseline of texts takes raw strings and gives the probabilities that the run recorded."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np

from seqexp.data.text.prepare import make_texts
from seqexp.data.text.texts import Texts
from seqexp.models.estimators.texts import NBSVM, BowLogreg, Majority
from seqexp.models.saved_models import save_text_estimator
from tests.data.text.helpers import corpus_of, text_config

PROGRAM = """
import json, sys, numpy, mlflow
strings = numpy.array(json.loads(sys.argv[1]))
print(json.dumps([mlflow.pyfunc.load_model(name).predict(strings).tolist() for name in sys.argv[2:]]))
"""
PHRASES = ("good fine film", "bad poor film", "plain usual film")
CASES = (
    (Majority(), 2, "words"),
    (BowLogreg(), 2, "words"),
    (NBSVM(), 2, "words"),
    (NBSVM(), 3, "words"),
    (NBSVM(), 3, "characters"),
    (BowLogreg(), 2, "characters"),
)


def texts_of(classes: int, tokens: str = "words") -> Texts:
    strings = [f"{PHRASES[row % classes]} number {row // 7}" for row in range(60)]
    return make_texts(corpus_of(strings, [row % classes for row in range(60)]), text_config(tokens=tokens), 1)


def test_raw_strings_get_the_probabilities_of_the_texts(tmp_path: Path) -> None:
    expected = []
    for number, (estimator, classes, tokens) in enumerate(CASES):
        texts = texts_of(classes, tokens)
        estimator.fit(texts)
        save_text_estimator(estimator, tmp_path / str(number), texts.tokeniser, texts.classes)
        expected.append(estimator.predict(texts, np.arange(4)))
    # Those that both corpora begin with; one without a word; one that is written otherwise.
    begin = {classes: [texts_of(classes).corpus.text_of(row) for row in range(4)] for classes in (2, 3)}
    given = [*begin[2], *begin[3], "", "Good, FINE film!", "good fine film"]
    names = [str(number) for number in range(len(CASES))]
    command = [sys.executable, "-c", PROGRAM, json.dumps(given), *names]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    for (_, classes, _), wanted, said in zip(CASES, expected, json.loads(done.stdout.splitlines()[-1]), strict=True):
        found = np.array(said)
        assert found.shape == ((11,) if classes == 2 else (11, 3))
        of_texts = found[:4] if classes == 2 else found[4:8]
        np.testing.assert_allclose(of_texts, wanted[:, 1] if classes == 2 else wanted, rtol=1e-5)
        np.testing.assert_array_equal(found[-1], found[-2])
