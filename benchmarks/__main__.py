"""`python -m benchmarks`: measure, and write RESULTS.md, results.json and results.png."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks import crew
from benchmarks.client import PeerError
from benchmarks.machine import facts, use_cores
from benchmarks.plot import write_plot
from benchmarks.report import report
from benchmarks.task import MODELS

PARTS = ("headline", "scaling", "windows", "startup")
# As many rounds as a median needs to be worth quoting.
_ROUNDS = 5
# Scaling is about orders of magnitude.
_SCALING_ROUNDS = 3


def main(arguments: Sequence[str]) -> int:
    """Measure what is asked for, write the report, and return the exit code."""
    args = _parsed(arguments)
    threads = use_cores(args.threads)
    peers, left_out = crew.available(args.peers)
    results: dict[str, Any] = {
        "machine": facts(threads),
        "method": {"rounds": args.rounds, "steps": args.steps, "arguments": _told(arguments)},
        "peers": peers,
        "left_out": left_out,
    }
    for name, why in left_out.items():
        print(f"{name}: {why}, left out")
    failed = False
    for part in args.only:
        try:
            results[part] = _measure(part, args, threads, peers)
        except PeerError as error:  # the other parts are still worth their time
            failed = True
            print(f"{part}: failed, left out\n{error}")
    args.out.mkdir(parents=True, exist_ok=True)
    (args.out / "results.json").write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")
    (args.out / "RESULTS.md").write_text(report(results), encoding="utf-8")
    write_plot(results, args.out / "results.png")
    print(f"written: {args.out / 'RESULTS.md'}")
    return 1 if failed else 0


def _measure(part: str, args: argparse.Namespace, threads: int, peers: Sequence[str]) -> Any:
    begin = time.perf_counter()

    def say(line: str) -> None:
        print(f"{time.perf_counter() - begin:6.0f} s  {line}", flush=True)

    if part == "headline":
        from benchmarks.headline import measure_headline

        return measure_headline(
            peers,
            args.models,
            threads=threads,
            rounds=args.rounds,
            steps=args.steps,
            whole_epoch=args.whole_epoch,
            say=say,
        )
    if part == "scaling":
        from benchmarks.scaling import measure_scaling

        rounds = min(args.rounds, _SCALING_ROUNDS)
        return measure_scaling(peers, threads=threads, rounds=rounds, steps=args.steps, say=say)
    if part == "windows":
        from benchmarks.windows import measure_windows

        return measure_windows(threads=threads, rounds=args.rounds, say=say)
    from benchmarks.startup import measure_startup

    return measure_startup(rounds=args.rounds, say=say)


def _parsed(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--only", type=_names(PARTS), default=list(PARTS), help=f"of {','.join(PARTS)}")
    for part in PARTS:
        parser.add_argument(f"--no-{part}", action="store_true", help=f"leave {part} out")
    parser.add_argument("--models", type=_names(MODELS), default=list(MODELS), help=f"of {','.join(MODELS)}")
    parser.add_argument("--peers", type=_names(tuple(crew.PEERS)), default=list(crew.PEERS), help="by name")
    parser.add_argument("--rounds", type=int, default=_ROUNDS, help="rounds that count (default: %(default)s)")
    parser.add_argument("--steps", type=int, help="training steps of a measurement (default: as a model needs)")
    parser.add_argument("--threads", type=int, default=2, help="threads and cores of every peer (default: %(default)s)")
    parser.add_argument(
        "--whole-epoch", action=argparse.BooleanOptionalAction, default=True, help="measure a whole epoch of the GRU"
    )
    parser.add_argument("--out", type=Path, help="folder of the results; benchmarks/ for a whole run")
    args = parser.parse_args(arguments)
    args.only = [part for part in args.only if not getattr(args, f"no_{part}")]
    if args.out is None:
        if not _is_whole(args):
            parser.error("this measures a part only: say with --out where its results go")
        args.out = Path(__file__).parent
    return args


def _told(arguments: Sequence[str]) -> list[str]:
    """Return the arguments without the folder of the results, which says nothing about them."""
    without = [text for text in arguments if not text.startswith("--out=")]
    return [text for index, text in enumerate(without) if "--out" not in (text, without[index - 1] if index else "")]


def _names(known: Sequence[str]) -> Any:
    """Return a parser of a comma-separated choice that keeps the known order."""

    def parsed(text: str) -> list[str]:
        chosen = text.split(",")
        unknown = [name for name in chosen if name not in known]
        if unknown:
            raise argparse.ArgumentTypeError(f"must be of {','.join(known)}. Received: {','.join(unknown)}")
        return [name for name in known if name in chosen]

    return parsed


def _is_whole(args: argparse.Namespace) -> bool:
    """Return whether the run measures all that the report of the repository says."""
    return (
        args.only == list(PARTS)
        and args.models == list(MODELS)
        and args.peers == list(crew.PEERS)
        and args.rounds >= _ROUNDS
        and args.steps is None
        and args.whole_epoch
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
