"""An estimator that ends its process in the ways that no Python can catch, as a user's plugin."""

from __future__ import annotations

from pathlib import Path

import psutil

CODE = '''\
import os
import signal
import sys
import time

held = []


class Odd:
    """Forecasts, or dies. `marks` is a file in which each job leaves its process's id."""

    parameters = 1

    def __init__(self, how="fine", marks=""):
        self.how, self.marks = how, marks

    def fit(self, windows):
        if self.how == "stubborn":
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
        print("fitting", self.how)
        if self.marks:
            with open(self.marks, "a") as file:
                print(self.how, os.getpid(), file=file)
        if self.how == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        if self.how == "segfault":
            os.kill(os.getpid(), signal.SIGSEGV)
        if self.how == "exit":
            os._exit(7)
        if self.how == "leave":
            sys.exit("bye")
        if self.how == "raise":
            raise ValueError("not like this")
        if self.how == "once" and not os.path.exists(self.marks + ".once"):
            open(self.marks + ".once", "w").close()
            raise ValueError("not the first time")
        if self.how == "stubborn":
            time.sleep(600)
        if self.how == "grow":
            held.append(b"x" * 300_000_000)
        if self.how == "spike":
            len(b"x" * 300_000_000)  # and it is given back

    def predict(self, windows, rows):
        return windows.last_seen(rows) * 0.5
'''
MODEL = (
    "name: odd\nhow: fine\nmarks: ''\n"
    "estimator:\n  Odd:\n    how: ${model.how}\n    marks: ${model.marks}\n"
)  # fmt: skip


def write_plugin(folder: Path) -> list[str]:
    """Write the plugin and its model into a folder, and return the flags that name them."""
    (folder / "my" / "model").mkdir(parents=True)
    (folder / "my" / "model" / "odd.yaml").write_text(MODEL)
    (folder / "own.py").write_text(CODE)
    return ["--config-dir", str(folder / "my"), "--plugin", str(folder / "own.py")]


def line_of(code: str) -> int:
    """Return the number of the plugin's one line that holds some code."""
    (number,) = [number for number, line in enumerate(CODE.splitlines(), 1) if code in line]
    return number


def process_of(how: str, marks: Path) -> psutil.Process | None:
    """Return the process in which a job has begun to fit, if one has."""
    lines = marks.read_text().splitlines() if marks.exists() else []
    return next((psutil.Process(int(line.split()[1])) for line in lines if line.split()[0] == how), None)
