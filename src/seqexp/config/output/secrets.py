"""Secrets in addresses: passwords, tokens and signatures become *** before a text leaves the program."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

from seqexp.config.output.secret_names import least_secret

MASK = "***"

_DATABASE = r"(?:postgres|postgresql|mysql|mariadb|mssql|oracle)(?:\+\w+)?"
_USER = r"[^\s:/?#@'\"]*"
# Names that say by themselves that a secret follows.
_NAMED = (
    r"(?<![\w.-])[\w.-]{0,40}?(?:password|passwd|passphrase|pwd|secret|(?:secret|api|access|account|subscription|functions)[_-]?key(?:[_-]?id)?"
    r"|(?:access|refresh|auth|id|api|security|session|private|tracking)[_-]?token|sharedaccesssignature"
    r"|(?:amz|goog)-(?:signature|credential))"
)
_ENCODED = r"%(?:25)*"  # a percent sign, however often it was encoded
# A name in the query of an address, or between the semicolons of a connection string; letters of it may be encoded.
_NAME = rf"(?:[\w.+\[\]-]|{_ENCODED}(?:3\d|[4-7][1-9A-F]|[57]0|2D|2E)){{1,80}}"
_LEAD = rf"(?:[?&\#]|;\s?|{_ENCODED}(?:3B|26|3F|23)(?:{_ENCODED}20|\+)?)"
_USER_ID = r"(?:(?<=;)|(?<=3B)|(?<=3b)|(?<=odbc_connect=))uid"
# What follows a semicolon that ends a value of a connection string: the next name.
_NEXT, _NEXT_ENCODED = r"\s*[\w .-]+=", rf"(?:{_ENCODED}20|\+)*[\w+.-]+(?:{_ENCODED}20[\w+.-]*)*{_ENCODED}3D"
# Of a value: a quote ends it in a text, unless it stands between letters, as in "it's"; in an address nothing does.
_SIGN, _SIGN_OF_ONE = r"(?:[^\s'\"<>]|['\"](?=[^\s'\"<>,;:)\]}&]))", r"[\s\S]"
# Environment variables of workers are nobody's business, whatever they are called.
_SECRET_KEY = re.compile(rf"{_NAMED}\Z|\benv_vars\b", re.IGNORECASE)
_AUTHORIZATION = r"(authorization['\"]?\s*[:=]\s*['\"]?(?:basic|bearer)\s+)[^\s'\"]+"
# A user with a password whose colon and @ are encoded, as where the address is a value within another one.
_ENCODED_USER = (
    rf"([a-z][\w+.-]{{0,30}}(?:{_ENCODED}3A{_ENCODED}2F{_ENCODED}2F|://)(?:(?!{_ENCODED}(?:2F|3A|40))[^\s/:?\#@&'\"])*{_ENCODED}3A)"
    rf"(?!\d+(?:{_ENCODED}2F|[^\w%]|\Z))[^\s&'\"<>]*({_ENCODED}40)"
)
_NAMELESS = ("", "x-oauth-basic")  # passwords of addresses whose user is a token
# Addresses of services that take a secret as a part of the path.
_PATHS = re.compile(
    r"(/bot\d+(?::|%3A)|//hooks\.slack\.com/services/[^\s/]+/[^\s/]+/|/api/webhooks/\d+/)[\w%-]+", re.IGNORECASE
)
# A value that is an address without a scheme. A name of a column may look like that: only keys of addresses have one.
_BARE = re.compile(
    r"([^\s:/?#@'\"]+):(?!/|\d+/)[^\s'\"]+@((?:\[[\da-f:]+\]|[\w-][\w.-]*)(?::\d+)?(?:[/?][^\s@]*)?)", re.IGNORECASE
)
_ADDRESS_KEYS = ("uri", "url", "address", "storage")


def masked(text: str) -> str:
    """Return a text with *** for each secret of the addresses and connection strings in it.

    Secrets are the passwords of users, and the values of what is called password, token, signature and the like, also
    where the address stands percent-encoded in another one. A text without any is returned as it is.
    """
    return _masked(text, whole=False)


def masked_address(address: str) -> str:
    """Return what `masked` does for a text that is one address.

    Its password may have spaces and quotes in it, and its scheme may be missing.
    """
    bare = _BARE.fullmatch(address)
    return f"{bare[1]}:{MASK}@{bare[2]}" if bare else _masked_value(address)


def masked_override(override: str) -> str:
    """Return an override of the configuration with *** for the secrets of its value, which may stand in quotes."""
    key, equals, value = override.partition("=")
    if equals and _SECRET_KEY.search(key):
        return f"{key}={MASK}"
    quote = value[:1] if len(value) > 1 and value[0] == value[-1] and value[0] in "'\"" else ""
    inner = value[1:-1] if quote else value
    hidden = masked_address if key.endswith(_ADDRESS_KEYS) else _masked_value
    return f"{key}{equals}{quote}{hidden(inner)}{quote}" if key[:1] not in "'\"" else masked(override)


def masked_values(content: Any) -> Any:
    """Return what was given, with *** for the secrets of all texts in lists and mappings."""
    if isinstance(content, str):
        return _masked_value(content)
    if isinstance(content, Mapping):
        return {
            key: masked_address(value)
            if isinstance(value, str) and str(key).endswith(_ADDRESS_KEYS)
            else masked_values(value)
            for key, value in content.items()
        }
    if isinstance(content, list | tuple):
        return type(content)(map(masked_values, content))
    return content


def has_mask(address: str | None) -> bool:
    """Return whether an address was recorded without its secret, which must be given again before it can be used."""
    return address is not None and MASK in address


def _masked_value(value: str) -> str:
    return _masked(value, whole=re.match(r"\s*(?:[A-Za-z][\w+.-]*:)?//?", value) is not None)


def _masked(text: str, *, whole: bool) -> str:
    if ":" not in text and "=" not in text and "%" not in text:
        return text
    users, tokens, portless, names, authorization, encoded = _patterns(whole)
    if "@" in text:
        text = users.sub(_without_password, text)
        text = tokens.sub(rf"\1{MASK}\2", text)
    if "//" in text:
        text = portless.sub(rf"\1{MASK}", text)
        text = _PATHS.sub(rf"\1{MASK}", text)
    text = authorization.sub(rf"\1{MASK}", text)
    if "%" in text:
        text = encoded.sub(rf"\1{MASK}\2", text)
    parts, done = [], 0
    for found in names.finditer(text):
        least = 1 if found["name"] is None else least_secret(found["name"])
        if found.start() < done or least is None:
            continue  # it is within the value before, or speaks of no secret
        end = _end_of_value(text, found, whole=whole)
        if end - found.end() >= least:
            parts += [text[done : found.end()], MASK]
            done = end
    return "".join([*parts, text[done:]])


@cache
def _patterns(whole: bool) -> tuple[re.Pattern[str], ...]:
    """Return the patterns of what is masked in a text.

    Users with passwords, tokens as users, passwords without a host, names of secrets, headers, and encoded users.
    """
    sign = _SIGN_OF_ONE if whole else _SIGN
    # What follows the colon is no password where it is a port, with a path, a query or nothing behind it.
    # It is one where a host stands behind an @ that is the next sign of an address, as in http://me:12/34@host.
    port = r"(?!\d+(?:[\s'\"]|\Z|[/?\#](?![^\s/?\#@=]*@[a-z][\w.-]*(?:[:/\s'\"]|\Z))))"
    port_of_database = r"(?!\d+(?:/[^\s@?]*)?\?\w+=)"
    # Slashes that were forgotten make no password public; before a path of one slash only schemes stand that are known.
    scheme = rf"(?:https?:/*|(?!{_DATABASE}:)[a-z][\w+.-]{{1,30}}:/?/|(?<![\w:/])//)"
    return tuple(
        re.compile(pattern, re.IGNORECASE | re.MULTILINE)
        for pattern in (
            rf"((?:{_DATABASE}:(?://?)?(?={_USER}:{port_of_database})|{scheme}(?={_USER}:{port})))({_USER}):({sign}*)@",
            rf"(https?:/+){_USER}(:?@)",
            # A host is followed by a port, by PORT where it is a pattern; what else follows is a password.
            r"((?:[a-z][\w+.-]{0,30}:|(?<![\w:/]))//(?!\[)[^\s:/?#@'\"]+:)"
            rf"(?!\d+(?:[^\w%]|\Z)|PORT\b)(?=[\w%])(?:(?![/?#@]){sign})+",
            rf"(?P<lead>{_LEAD})?(?:{_NAMED}|(?(lead)(?P<name>{_NAME})|(?!))|{_USER_ID})"
            rf"(?P<equals>\s?=\s?|(?:{_ENCODED}20|\+)*{_ENCODED}3D(?:(?:{_ENCODED}20|\+)+(?={_ENCODED}7B|\*\*\*))?)"
            # A mapping's line of YAML, or an entry of JSON.
            rf"|(?:^[ \t]*|(?P<quote>['\"])){_NAMED}(?(quote)['\"]):[ ]['\"]?",
            _AUTHORIZATION,
            _ENCODED_USER,
        )
    )


def _without_password(found: re.Match[str]) -> str:
    scheme, user, password = found.groups()
    is_token = scheme.lower() in ("http://", "https://") and password.lower() in _NAMELESS
    return f"{scheme}{MASK if is_token else user}:{MASK}@"


def _end_of_value(text: str, name: re.Match[str], *, whole: bool) -> int:
    """Return where the value ends that begins after the name of a secret and its equals sign, raw or encoded."""
    start, equals = name.end(), (name["equals"] or ":").strip()
    encoded = re.search(r"%(?:25)*(?=3D)", equals, re.IGNORECASE)
    percent = encoded[0] if encoded else ""
    quoted = _quoted(percent).match(text, start)
    if quoted:
        return quoted.end()
    of_address = not percent and (name["lead"] or "")[-1:] in ("?", "&", "#")
    return _unquoted(percent, whole, of_address).match(text, start).end()  # type: ignore[union-attr]  # it may be empty


@cache
def _quoted(percent: str) -> re.Pattern[str]:
    """Return the pattern of a value in braces, as ODBC has them, or in quotes, as libpq has them."""
    if percent:
        opening, closing = f"{percent}7B", f"{percent}7D"
        return re.compile(rf"{opening}(?:(?!{closing})[^\s&]|{closing}{closing})*{closing}", re.IGNORECASE)
    return re.compile(r"\{(?:[^}\n]|\}\})*\}(?=[;&\s'\"]|\Z)|'(?:[^'\\\n]|\\.)*'(?=[\s'\"]|\Z)")


@cache
def _unquoted(percent: str, whole: bool, of_address: bool) -> re.Pattern[str]:
    """Return the pattern of any other value; only in the query of an address it may have semicolons in it."""
    # A password with a semicolon should stand in braces; where it doesn't, no name and no equals sign follow.
    ends = (
        "&"
        if of_address
        else rf"&|{percent}3B(?={_NEXT_ENCODED}|\Z|[\s'\"&])"
        if percent
        else rf"&|;(?={_NEXT}|\Z|[\s'\"])"
    )
    return re.compile(rf"(?:(?!{ends}){_SIGN_OF_ONE if whole else _SIGN})*", re.IGNORECASE)
