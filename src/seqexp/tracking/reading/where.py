"""Conditions that select runs, such as "model.units > 16 and dataset.step in [3, 6]", parsed and applied.

    condition   = and-part ("or" and-part)*
    and-part    = term ("and" term)*
    term        = "not" term | "(" condition ")" | comparison
    comparison  = NAME ("=" | "==" | "!=" | "<" | "<=" | ">" | ">=") VALUE
                | NAME ["not"] "in" "[" VALUE ("," VALUE)* "]"
                | NAME "~" VALUE

MLflow's own filters compare parameters only as texts, for which "9" is more than "16".
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from seqexp.config.errors import Fault, InputError, nearest, nearest_path, raise_any, refused, shown, wrong
from seqexp.tracking.reading.stored_runs import ATTRIBUTES, PREFIXES, StoredRun

_TOKEN = re.compile(
    r"""\s*(?:
        (?P<number>[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?(?![\w.]))
      | (?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
      | (?P<quoted>`[^`]+`)
      | (?P<word>[\w.][\w.:/+-]*)
      | (?P<sign>==|!=|<=|>=|[=<>~()\[\],])
    )""",
    re.VERBOSE,
)
_Compare = Callable[[Any, Any], bool]
_COMPARES: dict[str, _Compare] = {
    "=": operator.eq,
    "==": operator.eq,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_SIGNS = ("=", "==", "!=", "<", "<=", ">", ">=", "~")
_KEYWORDS = ("and", "or", "not", "in")

_DEEPEST = 100  # brackets and nots within one another

Condition = Callable[[StoredRun], bool]


class _Word(str):
    """A value without quotes; in comparisons its upper and lower case are equal, as in true and True."""


@dataclass(frozen=True)
class Where:
    """A condition as the user wrote it and as it was parsed; its names are in their order, each once."""

    text: str
    names: tuple[str, ...]
    holds: Condition


def select_runs(runs: Sequence[StoredRun], text: str) -> list[StoredRun]:
    """Return the runs for which a condition holds, in their order.

    A name is `name`, `id`, `status`, `experiment`, a configuration key, a metric or a tag, in this order where
    several are called so; `params.x`, `metrics.x` and `tags.x` name one of them alone, and backticks hold names
    with spaces. A value is a number, a text in quotes, or a word. A number is compared with what can be read as a
    number, a text with the text; = and != of a word take no account of upper and lower case. `~` asks whether a
    regular expression is found in the text. Nothing is equal to, less or more than what a run does not have, what
    is no number where a number is asked for, or NaN: only !=, `not in` and what `not` turns round hold for it.

    Raises:
        InputError: The condition can't be understood, or names what none of the runs has. Not where there are no runs.
    """
    where = parse_condition(text)
    known = dict.fromkeys((*ATTRIBUTES, *(name for what in PREFIXES for run in runs for name in getattr(run, what))))
    raise_any([_unknown(name, known) for name in where.names if runs and not _is_known(name, known)])
    return [run for run in runs if where.holds(run)]


def parse_condition(text: str) -> Where:
    """Parse a condition; see `select_runs`.

    Raises:
        InputError: The text is no condition; the message says at which character, and what is allowed there.
    """
    parser = _Parser(text)
    holds = parser.condition()
    parser.end()
    return Where(text, tuple(dict.fromkeys(parser.names)), holds)


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str
    at: int


class _Parser:
    """Reads a condition from left to right, one token ahead."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.names: list[str] = []
        self._tokens = list(self._split())
        self._next = 0
        self._depth = 0

    def condition(self) -> Condition:
        parts = [self._conjunction()]
        while self._takes("or"):
            parts.append(self._conjunction())
        return parts[0] if len(parts) == 1 else lambda run: any(part(run) for part in parts)

    def end(self) -> None:
        if self._token.kind != "end":
            raise self._fault("and, or, or the end")

    def _conjunction(self) -> Condition:
        parts = [self._term()]
        while self._takes("and"):
            parts.append(self._term())
        return parts[0] if len(parts) == 1 else lambda run: all(part(run) for part in parts)

    def _term(self) -> Condition:
        if self._takes("not"):
            inner = self._within(self._term)
            return lambda run: not inner(run)
        if self._takes("("):
            inner = self._within(self.condition)
            if not self._takes(")"):
                raise self._fault("and, or, or )")
            return inner
        return self._comparison()

    def _within(self, read: Callable[[], Condition]) -> Condition:
        """Read what stands behind a `not` or a bracket."""
        if self._depth == _DEEPEST:
            raise self._fault(f"at most {_DEEPEST} brackets and nots within one another")
        self._depth += 1
        inner = read()
        self._depth -= 1
        return inner

    def _comparison(self) -> Condition:
        name = self._name()
        if self._takes("in"):
            return self._member(name)
        if self._takes("not"):
            if not self._takes("in"):
                raise self._fault("in")
            member = self._member(name)
            return lambda run: not member(run)
        sign = self._token.text
        if self._token.kind != "sign" or sign not in _SIGNS:
            raise self._fault(f"in, not in, or one of {' '.join(_SIGNS)}")
        self._next += 1
        if sign == "~":
            return self._found(name)
        value = self._value()
        if sign == "!=":
            return lambda run: not _compares(run.value(name), operator.eq, value)
        return lambda run: _compares(run.value(name), _COMPARES[sign], value)

    def _member(self, name: str) -> Condition:
        if not self._takes("["):
            raise self._fault("[")
        values = [self._value()]
        while self._takes(","):
            values.append(self._value())
        if not self._takes("]"):
            raise self._fault(", or ]")
        return lambda run: any(_compares(run.value(name), operator.eq, value) for value in values)

    def _found(self, name: str) -> Condition:
        at, pattern = self._token, str(self._value(raw=True))
        try:
            search = re.compile(pattern).search
        except (re.error, OverflowError, RecursionError) as error:
            raise refused(
                "--where",
                f"must have a regular expression after ~, at character {at.at + 1}. "
                f"Received: {shown(pattern)} ({error}).",
            ) from None

        def holds(run: StoredRun) -> bool:
            found = run.value(name)
            return found is not None and search(str(found)) is not None

        return holds

    def _name(self) -> str:
        token = self._token
        if token.kind == "quoted":
            name = token.text[1:-1]
        elif token.kind == "word" and token.text.lower() not in _KEYWORDS:
            name = token.text
        else:
            raise self._fault("a name such as model.units")
        self._next += 1
        self.names.append(name)
        return name

    def _value(self, *, raw: bool = False) -> float | str:
        token = self._token
        if token.kind not in ("number", "text", "word") or (token.kind == "word" and token.text.lower() in _KEYWORDS):
            raise self._fault("a number, a text in quotes, or a word")
        self._next += 1
        if token.kind == "text":
            return re.sub(r"\\([\\'\"])", r"\1", token.text[1:-1])
        if token.kind == "number" and not raw:
            return float(token.text)
        return token.text if raw else _Word(token.text)

    @property
    def _token(self) -> _Token:
        return self._tokens[self._next]

    def _takes(self, text: str) -> bool:
        token = self._token
        if token.kind in ("word", "sign") and token.text.lower() == text:
            self._next += 1
            return True
        return False

    def _split(self) -> Iterator[_Token]:
        at = 0
        while self.text[at:].strip():
            match = _TOKEN.match(self.text, at)
            if match is None or match.lastgroup is None:
                at += len(self.text[at:]) - len(self.text[at:].lstrip())
                raise refused(
                    "--where",
                    f"must be a condition such as 'model.units > 16'. Received: {shown(self.text)}, whose "
                    f"character {at + 1}, {self.text[at]!r}, can't be read.",
                )
            yield _Token(match.lastgroup, match[match.lastgroup], match.start(match.lastgroup))
            at = match.end()
        yield _Token("end", "", len(self.text))

    def _fault(self, wanted: str) -> InputError:
        token = self._token
        where = f"instead of {token.text!r} at character {token.at + 1}" if token.kind != "end" else "at the end"
        return refused("--where", f"must have {wanted} {where}. Received: {shown(self.text)}.")


def _compares(found: float | str | None, compare: _Compare, value: float | str) -> bool:
    """Return whether what a run has compares so with a value; nothing does that it lacks, or is no number."""
    if found is None:
        return False
    if isinstance(value, float):
        number = _number(found)
        return number is not None and compare(number, value)
    if isinstance(value, _Word) and compare is operator.eq:
        return str(found).lower() == value.lower()
    return compare(str(found), value)


def _number(value: float | str) -> float | None:
    try:
        return float(value)
    except ValueError:
        return None


def _is_known(name: str, known: dict[str, None]) -> bool:
    prefix, _, rest = name.partition(".")
    return name in known or (prefix in PREFIXES and rest in known)


def _unknown(name: str, known: dict[str, None]) -> Fault:
    names = [key for key in known if not key.startswith("mlflow.")]
    hint = nearest(name, names) or nearest_path(name, names)
    return wrong(
        "--where", f"names {name!r}, which is not a configuration key, metric or tag of any of the runs.{hint}"
    )
