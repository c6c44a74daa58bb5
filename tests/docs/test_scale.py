"""Every command of docs/scale.md does what the page says: with a real PostgreSQL, a real S3 server, Ray and Slurm."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
from mlflow import MlflowClient

from seqexp.config.launcher import Ray, Slurm
from tests import documents
from tests.background import free_port
from tests.paths import REPO
from tests.postgres import running_postgres
from tests.ray_nodes import RAY
from tests.slurm import running_slurm

PAGE = (REPO / "docs" / "scale.md").read_text(encoding="utf-8")
COMMANDS = documents.commands(PAGE)
BIN = Path(sys.executable).parent
PATIENCE = 240.0  # seconds
# A training of seconds, on the threads that two workers share.
SHORT = ["training.epochs=1", "training.steps_per_epoch=2", "model.units=2,3"]


def only(*words: str) -> str:
    """Return the page's one command that has these words."""
    (command,) = [command for command in COMMANDS if all(word in command for word in words)]
    return command


def with_real(command: str, real: Mapping[str, str]) -> list[str]:
    """Return a command with the page's names replaced, as words; programs are those beside this Python."""
    for name, value in real.items():
        command = command.replace(name, value)
    program, *words = shlex.split(command)
    return [str(BIN / program), *words]


@contextmanager
def server(command: list[str], environment: Mapping[str, str], port: int, cwd: Path) -> Iterator[str]:
    """Run an MLflow server until the block ends: its address."""
    url = f"http://127.0.0.1:{port}"
    with (cwd / "server.log").open("w") as log:
        process = subprocess.Popen(command, cwd=cwd, env=environment, stdout=log, stderr=log, start_new_session=True)
        try:
            end = time.monotonic() + PATIENCE
            while True:
                try:
                    urllib.request.urlopen(f"{url}/health", timeout=2).close()
                    break
                except OSError:
                    assert process.poll() is None, (cwd / "server.log").read_text()
                    assert time.monotonic() < end
                    time.sleep(0.2)
            yield url
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(30)


def sweep(command: str, real: Mapping[str, str], small: list[str], environment: Mapping[str, str], cwd: Path) -> str:
    """Run a sweep of the page on the small series, and return what it prints."""
    words = [*with_real(command, real), *small, *SHORT]
    done = subprocess.run(
        words, cwd=cwd, env=environment, capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "the sweep's 2 jobs" in done.stdout
    return done.stdout


def finished(url: str) -> list[str]:
    """Return the artifact folders of the finished runs of a store."""
    client = MlflowClient(tracking_uri=url)
    runs = client.search_runs([e.experiment_id for e in client.search_experiments()])
    assert {run.info.status for run in runs} == {"FINISHED"}
    return [str(run.info.artifact_uri) for run in runs]


@pytest.mark.slow
def test_a_server_on_postgresql_takes_parallel_jobs(
    tmp_path: Path, small: list[str], environment: dict[str, str]
) -> None:
    pytest.importorskip("psycopg")
    (tmp_path / "shared").mkdir()
    command, port = only("mlflow server", "/shared/artifacts"), free_port()
    with running_postgres() as postgres:
        database = postgres.create("runs")
        real = {
            "postgresql://seqexp:PASSWORD@db.example/seqexp": database,
            "/shared": str(tmp_path / "shared"),
            "--host 0.0.0.0 --port 5000": f"--host 127.0.0.1 --port {port}",
            "tracking.example:5000": f"127.0.0.1:{port}",
        }
        with server([*with_real(command, real), "--workers", "2"], environment, port, tmp_path) as url:
            here = {**environment, "MLFLOW_TRACKING_URI": url}
            shown = sweep(only("parallel"), real, small, here, tmp_path)
            assert "2 jobs over model.units" in shown
            assert len(finished(url)) == 3
            done = subprocess.run(
                with_real(only("seqexp compare"), real),
                cwd=tmp_path,
                env=here,
                capture_output=True,
                text=True,
                check=False,
            )
            assert (done.returncode, "model.units" in done.stdout or "gru" in done.stdout) == (0, True), done.stderr
        assert postgres.sql("SELECT status, count(*) FROM runs GROUP BY status", "runs") == "FINISHED|3"
        # The database itself, which is read without a server; a password is never shown.
        done = subprocess.run(
            [BIN / "seqexp", "ls", "runs", "--uri", database],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert "units=2" in done.stdout
        assert "not-to-be-shown" not in done.stdout + done.stderr
    assert not (tmp_path / "mlflow.db").exists()
    assert not (tmp_path / "mlartifacts").exists()
    assert len(list((tmp_path / "shared" / "artifacts").rglob("model.keras"))) == 2


@pytest.mark.slow
def test_a_servers_artifacts_lie_on_s3(tmp_path: Path, small: list[str], environment: dict[str, str]) -> None:
    boto3 = pytest.importorskip("boto3")
    moto = pytest.importorskip("moto.server")
    storage = moto.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    storage.start()
    try:
        host, s3_port = storage.get_host_and_port()
        keys = dict(word.split("=") for word in shlex.split(only("AWS_SECRET_ACCESS_KEY"))[1:])
        keys |= {"MLFLOW_S3_ENDPOINT_URL": f"http://{host}:{s3_port}", "AWS_DEFAULT_REGION": "us-east-1"}
        s3 = boto3.client(
            "s3",
            endpoint_url=keys["MLFLOW_S3_ENDPOINT_URL"],
            region_name="us-east-1",
            aws_access_key_id="KEY",
            aws_secret_access_key="SECRET",
        )
        s3.create_bucket(Bucket="our-runs")
        port = free_port()
        real = {
            "postgresql://seqexp:PASSWORD@db.example/seqexp": f"sqlite:///{tmp_path}/runs.db",
            "--host 0.0.0.0 --port 5000": f"--host 127.0.0.1 --port {port}",
            "tracking.example:5000": f"127.0.0.1:{port}",
        }
        command = [*with_real(only("mlflow server", "s3://"), real), "--workers", "1"]
        with server(command, {**environment, **keys}, port, tmp_path) as url:
            sweep(only("parallel"), real, small, {**environment, "MLFLOW_TRACKING_URI": url}, tmp_path)
            assert len(finished(url)) == 3
        names = [item["Key"] for item in s3.list_objects_v2(Bucket="our-runs")["Contents"]]
        assert all(name.startswith("artifacts/") for name in names)
        assert sum(name.endswith("/model.keras") for name in names) == 2
    finally:
        storage.stop()


@pytest.mark.slow
def test_ray_on_this_machine_and_on_a_cluster(tmp_path: Path, small: list[str], environment: dict[str, str]) -> None:
    pytest.importorskip("ray")
    port = free_port()
    real = {
        "--port=6379": f"--port={port} --num-cpus=1 --include-dashboard=false",
        "head.example:6379": f"127.0.0.1:{port}",
    }
    head, node = (
        with_real(only("ray start --head"), real),
        [*with_real(only("ray start --address"), real), "--num-cpus=1"],
    )
    # A short path: Ray's sockets lie there.
    with tempfile.TemporaryDirectory(prefix="ray-", ignore_cleanup_errors=True) as folder:
        told = {**environment, **RAY, "RAY_TMPDIR": folder}
        (own,) = [command for command in COMMANDS if "launcher=ray" in command and "address" not in command]
        assert "1 thread each" in sweep(own, {}, small, told, tmp_path)
        try:
            for command in (head, node):
                subprocess.run(command, env=told, cwd=tmp_path, capture_output=True, timeout=PATIENCE, check=True)
            assert "2 at once" in sweep(only("launcher.address="), real, small, told, tmp_path)
        finally:
            for process in psutil.process_iter(["cmdline"]):
                if folder in str(process.info["cmdline"]):
                    process.kill()


@pytest.mark.slow
def test_slurm_with_and_without_a_cluster(tmp_path: Path, small: list[str], environment: dict[str, str]) -> None:
    pytest.importorskip("submitit")
    sweep(only("cluster=local"), {}, small, environment, tmp_path)
    with running_slurm() as slurm:
        more = ["hydra.launcher.threads=1", "hydra.launcher.memory=2"]
        sweep(only("launcher=slurm", "partition"), {}, [*small, *more], {**environment, **slurm}, tmp_path)


def test_every_command_has_its_test() -> None:
    tested = ("parallel", "mlflow server", "seqexp compare", "launcher=ray", "ray start", "launcher=slurm")
    exported = ("export MLFLOW_TRACKING_URI=http://tracking.example:5000", "export AWS_ACCESS_KEY_ID=KEY AWS_SECRET")
    left = [c for c in COMMANDS if not any(word in c for word in tested) and not c.startswith(exported)]
    assert left == ["pip install 'seqexp[postgres]'", "pip install 'seqexp[postgres,s3]'"]


@pytest.mark.parametrize(("kind", "heading"), [(Ray, "## Ray"), (Slurm, "## Slurm")])
def test_every_key_is_told(kind: type[Ray] | type[Slurm], heading: str) -> None:
    section = PAGE.partition(f"\n{heading}\n")[2].partition("\n## ")[0]
    rows = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    told = {word.strip("`") for row in rows for word in row.replace(",", " ").split()}
    assert told == set(kind.model_fields) - {"kind"}


def test_the_extras_are_those_of_the_package() -> None:
    assert shutil.which("seqexp", path=str(BIN)) is not None
    text = (REPO / "pyproject.toml").read_text()
    for extra in ("ray", "slurm", "postgres", "s3"):
        assert f"\n{extra} = [" in text
        assert f"seqexp[{extra}]" in PAGE or f",{extra}]" in PAGE
