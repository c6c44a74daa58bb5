"""The `seqexp` command: picks the sub-command, and turns what it raises into messages and exit codes."""

from __future__ import annotations

import argparse
import importlib
import itertools
import os
import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import seqexp
from seqexp.cli import streams
from seqexp.config.errors import Fault, InputError, nearest, not_one_of, raise_any, wrong
from seqexp.config.output.causes import said_by
from seqexp.config.output.printable import masked_streams, print_error, print_traceback

if TYPE_CHECKING:
    from _typeshed import SupportsWrite

# In the order of the help. Each module has HELP, DESCRIPTION, EPILOG, add_arguments(parser), main(args) -> exit code.
COMMANDS = (
    "train",
    "validate",
    "show",
    "data",
    "ls",
    "compare",
    "power",
    "report",
    "embeddings",
    "ui",
    "sync",
    "rm",
    "gc",
    "completion",
)

_COMPLETE = "__complete"  # what the scripts of `seqexp completion` call

_PLACES = ("URI", "DIR", "FILE")  # metavars of what is never empty

_TOP_FLAGS = ("-h", "--help", "--version")

DONE, FAILED, WRONG_INPUT, INTERRUPTED, NO_READER, TERMINATED = 0, 1, 2, 130, 141, 143
# What is raised where something other than Ctrl-C ends a command: its exit code, and what is printed.
_ENDS = {
    "Terminated": (TERMINATED, "terminated"),
    "ReaderEnded": (NO_READER, "interrupted: the program that reads the output has ended"),
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command line and return its exit code.

    0 done; 1 the run or a job of the sweep failed; 2 the input was wrong; 130 interrupted; 141 the program that read
    the output has ended, which a shell gives for every program that SIGPIPE ends; 143 terminated.

    Args:
        argv: The arguments after `seqexp`; None: those of the process.
    """
    streams.open_missing()
    streams.print_in_any_encoding()
    try:
        try:
            with masked_streams():
                code = _run(list(sys.argv[1:] if argv is None else argv))
        finally:
            streams.flush()
    except OSError as error:
        code = NO_READER if streams.reader_has_ended(error) else _failed(error, debug=False)
        streams.discard()
    if argv is None and code in (INTERRUPTED, TERMINATED):
        os._exit(code)  # all is recorded, and TensorFlow takes its time to end
    return code


def _run(arguments: list[str]) -> int:
    # MLflow sends usage data unless this is set; a user who wants that sets it to false.
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")  # the console shows its own
    debug = "--debug" in arguments
    arguments = [argument for argument in arguments if argument != "--debug"]
    try:
        if arguments[:1] == [_COMPLETE]:
            from seqexp.cli.completing.answer import answer, first_word

            command = first_word(arguments[1:])
            return answer(arguments[1:], _parser(command if command in COMMANDS else None))
        args = _parse(arguments)
        return int(args.run(args))
    except InputError as error:
        if debug:
            print_traceback(error)
        for text in error.texts:
            print_error(f"error: {text}")
        return WRONG_INPUT
    except KeyboardInterrupt as error:
        print_error(_ended("interrupted", error))
        return INTERRUPTED
    except Exception as error:  # the last resort: one line, or the traceback with --debug
        if isinstance(error, OSError) and streams.reader_has_ended(error):
            raise
        code = _failed(error, debug)
        streams.discard()  # a stream that can't be written may be what failed: once told, it is not tried again
        return code
    except BaseException as error:
        if type(error).__name__ not in _ENDS:  # its class is not imported: --help needs nothing of what runs
            raise
        return _cut_short(error)


def _parse(arguments: list[str]) -> argparse.Namespace:
    """Parse the arguments; all that are no flags are overrides, wherever flags stand between them."""
    parser = _parser(arguments[0] if arguments and arguments[0] in COMMANDS else None)
    if not arguments:
        parser.print_help()
        raise SystemExit(WRONG_INPUT)
    if arguments[0] not in COMMANDS:
        flags = [a for a in itertools.takewhile(lambda a: a.startswith("-"), arguments) if a not in _TOP_FLAGS]
        if flags:
            raise InputError(*(_unknown(flag, parser, _TOP_FLAGS) for flag in flags))
    args, rest = parser.parse_known_args(arguments)
    flags = [argument for argument in rest if argument.startswith("-")]
    if flags or (rest and not hasattr(args, "overrides")):
        command = args.parser
        known = [flag for action in command._actions for flag in action.option_strings]
        raise InputError(*(_unknown(argument, command, known) for argument in flags or rest))
    raise_any([*_empty(args)])
    if hasattr(args, "overrides"):
        args.overrides = [*args.overrides, *rest]
    return args


def _empty(args: argparse.Namespace) -> Iterator[Fault]:
    """Yield a fault for each file, folder or store that is named by an empty text, such as a shell's unset variable."""
    for action in args.parser._actions:
        value = getattr(args, action.dest, None)
        if action.metavar in _PLACES and "" in (value if isinstance(value, list) else [value]):
            yield wrong(action.option_strings[-1], "must be a non-empty text. Received: ''.")


def _unknown(argument: str, parser: argparse.ArgumentParser, known: Sequence[str]) -> Fault:
    flag = argument.partition("=")[0]
    hint = nearest(flag, known) if flag.startswith("-") else ""
    return Fault(flag, f"{argument} is not an argument of {parser.prog}.{hint} See {parser.prog} --help.")


def _parser(command: str | None) -> argparse.ArgumentParser:
    """Return the parser; only the command that is asked for is imported where one is."""
    parser = _Parser(
        prog="seqexp",
        description="Train sequence models from configuration, record every run in MLflow, compare them honestly.",
        epilog="--debug shows the traceback of an error. Exit codes: 0 done, 1 failed, 2 wrong input, "
        "130 interrupted, 141 the output's reader has ended, 143 terminated.",
        formatter_class=_Formatter,
    )
    parser.add_argument("--version", action=_Version, nargs=0, help="print the version")
    subparsers = parser.add_subparsers(dest="command", metavar="COMMAND", parser_class=_Parser, required=True)
    for name in [command] if command else COMMANDS:
        module = importlib.import_module(f"seqexp.cli.{name}")
        texts = {"help": module.HELP, "description": module.DESCRIPTION, "epilog": module.EPILOG}
        # The help of train lists what can be picked, and heeds its other flags: it prints it itself.
        of_command = subparsers.add_parser(name, **texts, add_help=name != "train")
        module.add_arguments(of_command)
        of_command.set_defaults(run=module.main, parser=of_command)
    return parser


class _Parser(argparse.ArgumentParser):
    """A parser that raises an InputError with the nearest name instead of printing its usage to stderr.

    It prints descriptions and examples with the line ends that they have.
    """

    def __init__(self, **settings: Any) -> None:
        super().__init__(**{"formatter_class": argparse.RawDescriptionHelpFormatter, **settings}, allow_abbrev=False)

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        if action.choices is not None and value not in action.choices:
            known = [str(choice) for choice in action.choices]
            name = "/".join(action.option_strings) or str(action.metavar or action.dest)
            fault = not_one_of(name, value, known)
            raise InputError(Fault(name, f"{fault.text} See {self.prog} --help."))

    def _print_message(self, message: str, file: SupportsWrite[str] | None = None) -> None:
        """Print; argparse's own ignores what goes wrong."""
        (file or sys.stderr).write(message)

    def error(self, message: str) -> None:  # type: ignore[override]
        for action in self._actions:
            name = action.metavar or action.dest
            if action.choices and not action.option_strings and message.endswith(f" required: {name}"):
                message += f", one of {', '.join(map(str, action.choices))}"
        raise InputError(Fault(self.prog, f"{message}. See {self.prog} --help."))


class _Version(argparse.Action):
    """Prints the version, which nothing looks up before."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        print(f"seqexp {seqexp.__version__}")
        parser.exit()


class _Formatter(argparse.HelpFormatter):
    """A formatter that keeps each command and its help on one line; argparse does not count the commands' indent."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog)
        self._action_max_length = len("    ") + max(map(len, COMMANDS))


def _ended(how: str, error: BaseException) -> str:
    notes = getattr(error, "__notes__", [])
    return "\n".join([how, *notes])


def _cut_short(error: BaseException) -> int:
    code, how = _ENDS[type(error).__name__]
    if code != NO_READER or hasattr(error, "__notes__"):  # they tell what else was cut short than the output
        print_error(_ended(how, error))
    return code


def _failed(error: Exception, debug: bool) -> int:
    if debug:
        print_traceback(error)
    else:
        print_error(f"failed: {said_by(error)}")
        for note in getattr(error, "__notes__", []):
            print_error(f"        {note}")
        if not str(error):
            print_error("        --debug shows the traceback.")
    return FAILED


if __name__ == "__main__":
    sys.exit(main())
