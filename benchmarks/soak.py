"""`python -m benchmarks.soak`: many tiny jobs in parallel. Do memory, files, threads and time stay level?

The sweep is the real command in a folder of its own; its processes are looked at from outside, twice a second.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import fmean, median

import numpy as np

_ROWS = 1500
_EVERY = 0.5  # seconds
_PARTS = 4
_SMALL = (
    "dataset=csv", "dataset.target=a", "dataset.lookback=48", "dataset.step=6", "dataset.delay=12",
    "dataset.batch_size=32", "dataset.split.train={first:0,end:800}", "dataset.split.val={first:800,end:1100}",
    "dataset.split.test={first:1100,end:null}", "model=gru", "model.units=4", "training.epochs=2",
    "training.steps_per_epoch=8",
)  # fmt: skip


@dataclass(frozen=True)
class Look:
    """What was seen at one moment.

    Attributes:
        done: Jobs that had ended.
        parent: Bytes that the command holds.
        workers: Bytes that its largest worker holds.
        files: Open files of the command and of its workers.
        threads: Their threads.
        processes: How many processes there are.
    """

    done: int
    parent: int
    workers: int
    files: int
    threads: int
    processes: int


@dataclass
class Soak:
    """A sweep that was watched.

    Attributes:
        looks: What was seen.
        ends: When each job had ended, in seconds from the begin.
        code: The command's exit code.
    """

    looks: list[Look] = field(default_factory=list)
    ends: list[float] = field(default_factory=list)
    code: int = -1


def write_series(path: Path) -> None:
    """Write a small series, a row every ten minutes."""
    generator = np.random.default_rng(0)
    values = np.cumsum(generator.normal(size=(_ROWS, 2)), axis=0) * 0.1 + np.sin(np.arange(_ROWS) / 23)[:, None]
    stamps = np.datetime64("2020-01-01T00:00") + np.arange(_ROWS) * np.timedelta64(10, "m")
    rows = [f"{stamp},{a:.4f},{b:.4f}\n" for stamp, (a, b) in zip(stamps, values, strict=True)]
    path.write_text("time,a,b\n" + "".join(rows))


def soak(jobs: int, workers: int, folder: Path) -> Soak:
    """Run the sweep and watch it.

    Args:
        jobs: How many jobs.
        workers: How many at once.
        folder: Where it runs; its store is left there.
    """
    import psutil

    write_series(folder / "series.csv")
    launcher = ("hydra/launcher=parallel", f"hydra.launcher.workers={workers}", "hydra.launcher.threads=1")
    command = [sys.executable, "-u", "-m", "seqexp", "train", "-m", *_SMALL, f"dataset.path={folder / 'series.csv'}"]
    found, begin = Soak(), time.perf_counter()
    with (folder / "printed.txt").open("w") as printed:
        process = subprocess.Popen([*command, f"sweep.seeds={jobs}", *launcher], cwd=folder, stdout=printed)
        watched = psutil.Process(process.pid)
        while process.poll() is None:
            time.sleep(_EVERY)
            done = (folder / "printed.txt").read_text().count("\ndone  ")
            found.ends += [time.perf_counter() - begin] * (done - len(found.ends))
            try:
                found.looks.append(_look(watched, done))
            except psutil.NoSuchProcess:
                continue  # it has just ended
    found.code = process.returncode
    return found


def _look(parent: object, done: int) -> Look:
    import psutil

    assert isinstance(parent, psutil.Process)
    family = [parent]
    for child in parent.children(recursive=True):
        if "resource_tracker" not in " ".join(child.cmdline()):
            family.append(child)
    sizes = [process.memory_info().rss for process in family]
    files = sum(process.num_fds() for process in family)
    threads = sum(process.num_threads() for process in family)
    return Look(done, sizes[0], max(sizes[1:], default=0), files, threads, len(family))


def table(found: Soak, jobs: int) -> str:
    """Return a line for each quarter of the jobs: what was seen while they ran."""
    lines = ["jobs        s a job  command MB  largest worker MB  open files  threads  processes"]
    for part in range(_PARTS):
        first, last = part * jobs // _PARTS, (part + 1) * jobs // _PARTS
        looks = [look for look in found.looks if first <= look.done < last]
        if not looks or last > len(found.ends):
            continue
        begin = found.ends[first - 1] if first else 0.0
        lines.append(
            f"{first + 1:>3} to {last:>3}  {(found.ends[last - 1] - begin) / (last - first):>7.2f}  "
            f"{max(look.parent for look in looks) / 1e6:>10.0f}  {max(look.workers for look in looks) / 1e6:>17.0f}  "
            f"{median(look.files for look in looks):>10.0f}  {fmean(look.threads for look in looks):>7.1f}  "
            f"{median(look.processes for look in looks):>9.0f}"
        )
    return "\n".join(lines)


def main(arguments: Sequence[str]) -> int:
    """Run the soak, print its table, and return the command's exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak", description=__doc__)
    parser.add_argument("--jobs", type=int, default=200, help="how many; default: 200")
    parser.add_argument("--workers", type=int, default=2, help="how many at once; default: 2")
    args = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="seqexp-soak-") as folder:
        found = soak(args.jobs, args.workers, Path(folder))
        print(table(found, args.jobs))
        print(f"{len(found.ends)} of {args.jobs} jobs done, exit code {found.code}")
        if found.code:
            print((Path(folder) / "printed.txt").read_text()[-3000:])
    return found.code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
