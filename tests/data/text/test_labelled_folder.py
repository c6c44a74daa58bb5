from __future__ import annotations

import io
import os
import tarfile
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from seqexp.config.errors import InputError
from seqexp.data.files.byte_files import InputFile
from seqexp.data.text.corpus import Corpus
from seqexp.data.text.labelled_folder import folder_digest, read_archive, read_folder
from seqexp.data.text.official_reviews import read_reviews
from tests.paths import REPO

SHARED = REPO.parent / "shared" / "data" / "imdb"

ACL = {f"{part}/{label}/{number}_{7}.txt": f"{part} {label} {number}<br />It's." for part in ("train", "test")
       for label in ("pos", "neg") for number in range(12)}  # fmt: skip
OTHERS = {"README": "read me", "imdbEr.txt": "7.3", "train/urls_pos.txt": "http://", "train/unsup/0_0.txt": "unsup",
          "train/pos/._0_7.txt": "mac"}  # fmt: skip


def tree(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(text.encode())
    return root


def archive(path: Path, files: dict[str, str], lead: str = "aclImdb/") -> Path:
    with tarfile.open(path, "w:gz") as tar:
        for name, text in files.items():
            member = tarfile.TarInfo(f"{lead}{name}")
            member.size = len(text.encode())
            tar.addfile(member, io.BytesIO(text.encode()))
    return path


def contents(corpus: Corpus) -> list[tuple[int, str, str]]:
    return [
        (int(corpus.given[row]), corpus.classes[corpus.labels[row]], corpus.text_of(row)) for row in range(len(corpus))
    ]


def test_the_original_folder_and_its_archive_are_one_corpus(tmp_path: Path) -> None:
    folder = read_folder(InputFile(tree(tmp_path / "aclImdb", ACL | OTHERS), "dataset.path"), None)
    packed = read_archive(InputFile(archive(tmp_path / "a.tar.gz", ACL | OTHERS), "dataset.path"), None)
    around = read_folder(
        InputFile(tree(tmp_path / "around", {f"aclImdb/{n}": t for n, t in (ACL | OTHERS).items()}), "p"), None
    )
    assert contents(folder) == contents(packed) == contents(around)
    assert folder.digest == packed.digest == around.digest
    assert Counter(contents(folder)) == Counter(
        (0 if name.startswith("train") else 2, name.split("/")[1], text) for name, text in ACL.items()
    )
    assert folder.words_of(0)[-2:] == ["br", "it's"]
    assert folder.classes == ("neg", "pos")
    assert folder.notes == (
        "texts without labels left out: 1 in train/unsup",
        ".txt files left out: 2 that are in no folder of a class",
        "files sorted by name, then shuffled within each part (seed 0)",
    )


def test_the_last_texts_are_of_every_class(tmp_path: Path) -> None:
    corpus = read_folder(InputFile(tree(tmp_path, ACL), "dataset.path"), None)
    assert corpus.given.tolist() == [0] * 24 + [2] * 24
    assert len(set(corpus.labels[:24][-8:].tolist())) == 2


def test_a_folder_a_class(tmp_path: Path) -> None:
    files = {f"{label}/{number}.txt": f"{label} {number}" for label in ("ham", "spam", "eggs") for number in range(10)}
    corpus = read_folder(InputFile(tree(tmp_path, files), "dataset.path"), None)
    assert corpus.classes == ("eggs", "ham", "spam")
    assert set(corpus.given.tolist()) == {-1}
    assert Counter(contents(corpus)) == Counter((-1, name.split("/")[0], text) for name, text in files.items())


def test_parts_under_their_usual_names(tmp_path: Path) -> None:
    files = {f"{part}/{label}/a.txt": f"{part} {label}" for part in ("Train", "dev", "test") for label in "ab"}
    corpus = read_folder(InputFile(tree(tmp_path, files), "dataset.path"), None)
    assert corpus.given.tolist() == [0, 0, 1, 1, 2, 2]


@pytest.mark.parametrize(
    "files",
    [{}, {"pos/a.txt": "a"}, {"a.txt": "a", "b.txt": "b"}, {"train/pos/a.txt": "a", "test/pos/b.txt": "b"}],
    ids=["nothing", "one class", "no folders", "one class in parts"],
)
def test_a_folder_of_something_else(files: dict[str, str], tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        read_folder(InputFile(tree(tmp_path, files), "dataset.path"), None)
    assert "must be a folder with a folder of .txt files for each class" in str(caught.value)
    assert f"with {len(files)} .txt files" in str(caught.value)


def test_damaged_archives_say_so(tmp_path: Path) -> None:
    path = archive(tmp_path / "a.tar.gz", ACL)
    path.write_bytes(path.read_bytes()[:-300])
    with pytest.raises(InputError, match="must be a whole, readable tar file"):
        read_archive(InputFile(path, "dataset.path"), None)
    path.write_bytes(b"nothing")
    with pytest.raises(InputError, match="must be a whole, readable tar file"):
        read_archive(InputFile(path, "dataset.path"), None)
    with pytest.raises(InputError, match="No such file"):
        read_archive(InputFile(tmp_path / "absent.tar", "dataset.path"), None)


def test_other_encodings_are_said(tmp_path: Path) -> None:
    tree(tmp_path, {"pos/a.txt": "gut", "neg/a.txt": "schlecht"})
    (tmp_path / "pos" / "b.txt").write_bytes("süß".encode("cp1252"))
    corpus = read_folder(InputFile(tmp_path, "dataset.path"), None)
    assert "files not in utf-8: 1, read as cp1252 or latin-1" in corpus.notes
    assert "süß" in (corpus.raw or ())
    with pytest.raises(InputError, match=r"byte 0xfc at 1, in line 1 of .*/pos/b\.txt"):
        read_folder(InputFile(tmp_path, "dataset.path"), "utf-8")


def test_a_folders_digest_follows_its_files(tmp_path: Path) -> None:
    tree(tmp_path, {"pos/a.txt": "good", "neg/a.txt": "bad"})
    first = folder_digest(InputFile(tmp_path, "dataset.path"))
    assert folder_digest(InputFile(tmp_path, "dataset.path")) == first
    file = tmp_path / "pos" / "a.txt"
    before = file.stat()
    file.write_text("gold")  # of the same size, and of the same time
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    second = folder_digest(InputFile(tmp_path, "dataset.path"))
    (tmp_path / "pos" / "a.txt").rename(tmp_path / "pos" / "b.txt")
    third = folder_digest(InputFile(tmp_path, "dataset.path"))
    assert len({first, second, third}) == 3
    with pytest.raises(InputError, match="No such file"):
        folder_digest(InputFile(tmp_path / "absent", "dataset.path"))


@pytest.mark.slow
@pytest.mark.skipif(not SHARED.exists(), reason="the real reviews in ../shared/data are not here")
def test_the_rule_of_words_is_that_of_the_official_file() -> None:
    """The raw reviews, split into words, are those of the npz, which drops what its index doesn't know."""
    raw = read_archive(InputFile(SHARED / "aclImdb_labelled.tar.gz", "dataset.path"), None)
    official = read_reviews(
        InputFile(SHARED / "imdb.npz", "dataset.path"), InputFile(SHARED / "imdb_word_index.json", "the word index")
    )
    known = set(official.words)
    whole, reviews = Counter(), Counter()
    for corpus, counted in ((raw, whole), (official, reviews)):
        for row in range(len(corpus)):
            words = tuple(word for word in corpus.words_of(row) if word in known)
            counted[int(corpus.given[row]), int(corpus.labels[row]), words] += 1
    assert sum((whole - reviews).values()) == 0
    assert sum(reviews.values()) == sum(whole.values()) == 50_000
    # Of the training half the index knows every word.
    train = np.flatnonzero(raw.given == 0)
    assert all(word in known for row in train for word in raw.words_of(row))
