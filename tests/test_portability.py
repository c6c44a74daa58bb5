"""Nothing that only POSIX systems have is used where nobody asks whether it is there."""

from __future__ import annotations

import ast
import json
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

import seqexp
from tests.conftest import Run

PACKAGE = Path(seqexp.__file__).parent

# What Windows has not: https://docs.python.org/3/library/os.html and signal.html, "Availability".
_NAMES = {
    "os": """
        fork forkpty setsid setpgid getpgid getpgrp killpg getuid geteuid getgid getegid getgroups setuid setgid nice
        sched_getaffinity sched_setaffinity sched_yield sysconf confstr statvfs fstatvfs uname mkfifo mknod getloadavg
        wait wait3 wait4 waitid WIFEXITED WIFSIGNALED WEXITSTATUS WTERMSIG chown lchown fchown chroot sync pipe2 pread
        pwrite posix_spawn register_at_fork openpty login_tty ttyname tcgetpgrp tcsetpgrp ctermid pidfd_open
        memfd_create sendfile fdatasync lockf O_CLOEXEC O_DIRECTORY O_NOFOLLOW O_NONBLOCK O_SYNC O_DSYNC O_TMPFILE
    """,
    "signal": """
        SIGHUP SIGKILL SIGUSR1 SIGUSR2 SIGQUIT SIGALRM SIGPIPE SIGCHLD SIGCONT SIGSTOP SIGTSTP SIGTTIN SIGTTOU SIGBUS
        SIGSYS SIGTRAP SIGWINCH SIGXCPU SIG_BLOCK SIG_UNBLOCK SIG_SETMASK alarm setitimer getitimer pause siginterrupt
        pthread_kill pthread_sigmask sigpending sigwait sigwaitinfo sigtimedwait
    """,
    "select": "poll POLLERR POLLHUP POLLIN epoll kqueue devpoll",
    "socket": "AF_UNIX SO_REUSEPORT",
}
NAMES = {module: text.split() for module, text in _NAMES.items()}
MODULES = ("fcntl", "resource", "pwd", "grp", "termios", "tty", "pty", "syslog", "posix", "crypt", "spwd", "readline")
# Arguments of subprocess that Windows refuses.
ARGUMENTS = ("preexec_fn", "start_new_session", "pass_fds")
ASKS = ("hasattr", "os.name", "sys.platform", "getattr", "AttributeError", "ImportError")
# Launchers of clusters that are refused on other systems before any of this runs.
OF_POSIX_ALONE = {"sweeps/cluster/slurm_cluster.py"}

ABSENT = f"""
import builtins, types
NAMES, MODULES, kept = {NAMES!r}, {MODULES!r}, builtins.__import__
def without(module, names):
    found = types.ModuleType(module.__name__)
    vars(found).update((name, value) for name, value in vars(module).items() if name not in names)
    if module.__name__ == "os":
        found.name = "nt"
    return found
copies = {{}}
def absent(name, globals=None, locals=None, fromlist=(), level=0):
    if (globals or {{}}).get("__name__", "").startswith("seqexp."):
        if name in MODULES:
            raise ModuleNotFoundError("No module named " + repr(name), name=name)
        if name in NAMES:
            return copies.setdefault(name, without(kept(name), NAMES[name]))
    return kept(name, globals, locals, fromlist, level)
builtins.__import__ = absent
"""


def unguarded(source: str) -> Iterator[tuple[int, str]]:
    """Yield (line, name) of what only POSIX has, where neither its function nor its statement asks for it."""
    lines = source.splitlines()
    for statement in ast.parse(source).body:
        methods = statement.body if isinstance(statement, ast.ClassDef) else [statement]
        for scope in methods:
            text = "\n".join(lines[scope.lineno - 1 : scope.end_lineno])
            if any(ask in text for ask in ASKS):
                continue
            for node in ast.walk(scope):
                if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                    if node.attr in NAMES.get(node.value.id, ()):
                        yield node.lineno, f"{node.value.id}.{node.attr}"
                elif isinstance(node, ast.ImportFrom) and node.module in NAMES:
                    yield from ((node.lineno, a.name) for a in node.names if a.name in NAMES[node.module])
                elif isinstance(node, ast.Import | ast.ImportFrom):
                    named = [node.module] if isinstance(node, ast.ImportFrom) else [a.name for a in node.names]
                    yield from ((node.lineno, str(name)) for name in named if name in MODULES)
                elif isinstance(node, ast.keyword) and node.arg in ARGUMENTS:
                    yield node.lineno, str(node.arg)


def test_nothing_of_posix_alone_is_used_unasked() -> None:
    found = {
        f"{path.relative_to(PACKAGE)}:{line}": name
        for path in sorted(PACKAGE.rglob("*.py"))
        if path.relative_to(PACKAGE).as_posix() not in OF_POSIX_ALONE
        for line, name in unguarded(path.read_text(encoding="utf-8"))
    }
    assert found == {}


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("import os\nos.fork()\n", ["os.fork"]),
        ("import signal\ndef f():\n    signal.signal(signal.SIGHUP, None)\n", ["signal.SIGHUP"]),
        ("import resource\n", ["resource"]),
        ("def f():\n    from fcntl import flock\n", ["fcntl"]),
        ("from os import getuid\n", ["getuid"]),
        ("class A:\n    def f(self):\n        subprocess.Popen([], start_new_session=True)\n", ["start_new_session"]),
        ("def f():\n    if hasattr(os, 'setsid'):\n        os.setsid()\n", []),
        ("def f():\n    try:\n        import resource\n    except ImportError:\n        pass\n", []),
        ("def f():\n    signal.signal(signal.SIGTERM, None)\n    os.kill(1, signal.SIGINT)\n", []),
    ],
)
def test_the_search_sees_what_is_unasked(source: str, found: list[str]) -> None:
    assert [name for _, name in unguarded(source)] == found


@pytest.fixture
def elsewhere(tmp_path: Path) -> dict[str, str]:
    """The environment of processes, and of those that they start, in which seqexp finds nothing of POSIX alone."""
    site = tmp_path / "site"
    site.mkdir()
    (site / "sitecustomize.py").write_text(ABSENT)
    return {"PYTHONPATH": os.pathsep.join(filter(None, [str(site), os.environ.get("PYTHONPATH")]))}


def test_help_and_checks_need_nothing_of_posix_alone(
    seqexp_process: Run, elsewhere: dict[str, str], tmp_path: Path
) -> None:
    shown = seqexp_process("--help", cwd=tmp_path, **elsewhere)
    assert (shown.returncode, shown.stderr) == (0, "")
    assert "compare" in shown.stdout
    checked = seqexp_process("validate", "--static", "model=gru,mlp", "-m", cwd=tmp_path, **elsewhere)
    assert (checked.returncode, checked.stderr) == (0, "")
    wrong = seqexp_process("train", "-m", "seed=0,1", "hydra/launcher=slurm", cwd=tmp_path, **elsewhere)
    assert wrong.returncode == 2
    assert "hydra/launcher=slurm needs Linux" in wrong.stderr


@pytest.mark.slow
def test_runs_and_sweeps_need_nothing_of_posix_alone(
    seqexp_process: Run, elsewhere: dict[str, str], tmp_path: Path, small: list[str]
) -> None:
    single = seqexp_process("train", "model=linear", *small, cwd=tmp_path, **elsewhere)
    assert (single.returncode, single.stderr) == (0, "")
    sweep = seqexp_process("train", "-m", "model=linear,naive", *small, cwd=tmp_path, **elsewhere)
    assert (sweep.returncode, sweep.stderr) == (0, "")
    board = json.loads(seqexp_process("compare", "--format", "json", cwd=tmp_path, **elsewhere).stdout)
    assert sum(len(task["groups"]) for task in board["tasks"]) == 2
    with closing(sqlite3.connect(tmp_path / "mlflow.db")) as store:
        statuses = [status for (status,) in store.execute("select status from runs")]
    assert statuses == ["FINISHED"] * 4
