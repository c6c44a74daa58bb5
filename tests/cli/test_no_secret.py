"""Addresses with secrets in them, given to the real commands: no secret is printed, recorded or left on the disk."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest

from tests.cli.recorded import runs_in
from tests.cli.test_resume import end_after_epochs, start
from tests.conftest import ROWS, SMALL, Run
from tests.data.helpers import Server
from tests.faults import assert_faults

PASSWORD, TOKEN, SIGNATURE = "p@ss:wOrd", "t0ken-of-mine", "siGned/4Me="
SECRETS = (PASSWORD, TOKEN, SIGNATURE)
OFFICIAL = (
    "dataset=jena",
    "dataset.stand_in=null",
    "dataset.source=official",
    "dataset.official.file=series.csv",
    f"dataset.official.rows={ROWS}",
    "dataset.official.first=2009-01-01T00:10:00",
    "dataset.official.last=2009-01-11T10:00:00",
    "dataset.official.columns=['p (mbar)','T (degC)','wv (m/s)']",
)


@pytest.fixture
def server(series_csv: Path) -> Iterator[Server]:
    """A server that gives the file to who has the password, the token and the signature, and to nobody else."""

    def answer(handler: BaseHTTPRequestHandler, _: object) -> None:
        allowed = (
            TOKEN in handler.path and quote(SIGNATURE, safe="") in handler.path and "Basic" in str(handler.headers)
        )
        content = series_csv.read_bytes() if allowed else b""
        handler.send_response(200 if allowed else 403)
        handler.send_header("Content-Length", str(len(content)))
        handler.end_headers()
        handler.wfile.write(content)

    with Server(answer) as found:
        yield found


def url_of(server: Server, token: str = TOKEN) -> str:
    host = server.url.split("/")[2]
    user = f"me:{quote(PASSWORD, safe='')}"
    return f"dataset.url='http://{user}@{host}/series.csv?token={token}&sig={quote(SIGNATURE, safe='')}&x=1'"


def assert_none_printed(done: subprocess.CompletedProcess[str]) -> None:
    for secret in spellings():
        assert secret not in done.stdout
        assert secret not in done.stderr


def assert_none_kept(folder: Path) -> None:
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert files
    for path in files:
        content = path.read_bytes()
        for secret in spellings():
            assert secret.encode() not in content, path


def spellings() -> set[str]:
    return {form for secret in SECRETS for form in (secret, quote(secret, safe=""), quote(secret), quote_plus(secret))}


@pytest.mark.slow
def test_no_secret_of_an_address_leaves_the_program(seqexp: Run, server: Server, tmp_path: Path) -> None:
    pytest.importorskip("submitit")
    home = {"SEQEXP_DATA_DIR": str(tmp_path / "cache")}

    def run(*arguments: str, code: int = 0) -> str:
        done = seqexp(*arguments, cwd=tmp_path, **home)
        assert done.returncode == code, done.stderr
        assert_none_printed(done)
        return done.stdout + done.stderr

    asked = [*OFFICIAL, *SMALL, "model=linear"]
    # Without the token it fails, and says with which address, but for the secrets.
    failed = run("train", *asked, url_of(server, token="wrong"), "--debug", code=2)
    assert "HTTP 403" in failed
    assert "/series.csv?token=***&sig=***&x=1" in failed
    assert "token=***&sig=***" in run("show", *asked, url_of(server))
    assert "token=***&sig=***" in run("train", *asked, url_of(server), "--cfg", "job")
    run(
        "train",
        *asked,
        url_of(server),
        "--tag",
        f"from=http://me:{PASSWORD}@host/",
        "--note",
        f"see http://h/?token={TOKEN}",
    )
    run("train", "-m", *asked, url_of(server), "seed=1,2", "hydra/launcher=parallel")
    here = ("hydra.launcher.cluster=local", "hydra.launcher.workers=1")
    run("train", "-m", *asked, url_of(server), "seed=3,4", "hydra/launcher=slurm", *here)
    keys = ("hydra/sweeper=optuna", "hydra.sweeper.trials=2", "dataset.step=choice(3,6)")
    run("train", "-m", *asked, url_of(server), *keys)
    for form in ("table", "json", "csv", "md"):
        run("compare", "--format", form)
    run("ls", "runs")
    run("report")
    run("data", "describe", "jena", *OFFICIAL[1:], *SMALL[:7], url_of(server), "--format", "json")
    for file in (tmp_path / "report.html", *tmp_path.rglob("predictions/*.parquet")):
        assert str(tmp_path).encode() not in file.read_bytes(), file
    assert "***@" in runs_in(tmp_path)[0].data.params["dataset.url"]
    assert_none_kept(tmp_path)


ODBC = "DRIVER={ODBC 18};UID=me;PWD={" + PASSWORD + "};Database=runs"


@pytest.mark.parametrize(
    "address",
    [
        f"postgresql://me:{PASSWORD}@127.0.0.1:9/runs",
        f"postgresql://127.0.0.1:9/runs?user=me&password={TOKEN}",
        f"http://me:{PASSWORD}@127.0.0.1:9",
        f"ftp://me:{PASSWORD}@host/runs",
        f"mssql+pyodbc:///?odbc_connect={quote_plus(ODBC)}",
        f"mysql+pymysql://me:{PASSWORD}@127.0.0.1:9/runs",
    ],
)
def test_nor_one_of_a_store_that_does_not_answer(address: str, seqexp: Run, small: list[str], tmp_path: Path) -> None:
    for command in (
        ["train", *small, "model=naive"],
        ["train", "-m", *small, "model=naive,linear"],
        ["train", "--resume", "x"],
    ):
        done = seqexp(*command, f"tracking.uri='{address}'", "--debug", cwd=tmp_path)
        assert done.returncode == 2, done.stderr
        assert "***" in done.stderr
        assert_none_printed(done)
    done = seqexp("ls", "runs", "--uri", address, cwd=tmp_path, MLFLOW_TRACKING_TOKEN=TOKEN)
    assert_none_printed(done)


@pytest.mark.slow
def test_a_checkpoint_has_none_and_is_gone_on_with_by_whom_has_it(
    seqexp: Run, server: Server, environment: dict[str, str], tmp_path: Path
) -> None:
    home = {**environment, "SEQEXP_DATA_DIR": str(tmp_path / "cache")}
    begun = [
        "train",
        *OFFICIAL,
        *SMALL[:-2],
        "training.epochs=12",
        "training.steps_per_epoch=8",
        "model=gru",
        "model.units=4",
    ]
    code, errors = end_after_epochs(start([*begun, url_of(server)], tmp_path, home), 3, 0.0, signal.SIGKILL)
    assert code == -signal.SIGKILL, errors
    assert list(tmp_path.rglob("*.checkpoint"))
    assert_none_kept(tmp_path)
    (tmp_path / "cache" / "series.csv").unlink()
    (run,) = runs_in(tmp_path)
    done = seqexp("train", "--resume", run.info.run_id, cwd=tmp_path, **home)
    assert done.returncode == 2
    assert_faults(done.stderr, [("dataset.url", "***")])
    assert_none_printed(done)
    done = seqexp("train", "--resume", run.info.run_id, url_of(server), cwd=tmp_path, **home)
    assert done.returncode == 0, done.stderr
    assert_none_printed(done)
    assert_none_kept(tmp_path)
