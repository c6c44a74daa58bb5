"""Names of parameters that say that a secret follows: in the query of an address, and in a connection string."""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import unquote

# The last word of a name, as in "dl_token", "userToken", "X-Plex-Token" and "api.key".
_WORDS = frozenset(
    (
        *("token", "tok", "key", "apikey", "sig", "signature", "secret", "sas", "hmac", "otp", "jwt", "bearer"),
        *("pass", "passwd", "password", "passphrase", "pwd", "pw", "auth", "oauth", "authorization"),
        *("credential", "credentials", "cred", "creds", "session", "sessid", "sid"),
    )
)
# The end of a name without its separators: words that are run together, as in "authkey" and "PHPSESSID".
_ENDS = (
    *("token", "secret", "signature", "password", "passwd", "passphrase", "pwd", "credential", "credentials"),
    *("sessionid", "sessid", "bearer", "key"),
)
# Whole names, without their separators.
_NAMES = frozenset(("keypairid", "policy", "ticket", "appid", "authcode", "authorizationcode"))
_NO_KEYS = (
    *("monkey", "donkey", "turkey", "hockey", "jockey", "whiskey", "lackey", "flunkey", "mickey", "hickey", "dickey"),
    *("hotkey", "malarkey", "smokey", "pokey"),
)
_MAY_BE_PLAIN = ("code", "sid")  # of countries and stations, too: those are short
_SHORT = 5
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_ROUNDS = 3  # of percent-encoding


@lru_cache(maxsize=1024)
def least_secret(name: str) -> int | None:
    """Return how long a value must be to be a secret under this name, or None if the name speaks of none.

    Letters of the name may be percent-encoded; it may have brackets, as in "token[0]" and "auth[token]".
    """
    for _ in range(_ROUNDS):
        name = unquote(name)
    lengths = [length for each in (name, name.partition("[")[0]) if (length := _least(each)) is not None]
    return min(lengths, default=None)


def _least(name: str) -> int | None:
    words = [word.lower() for word in _WORD.findall(name)]
    flat = "".join(words)
    if flat in _MAY_BE_PLAIN:
        return _SHORT + 1
    is_secret = flat in _NAMES or (
        bool(words) and (words[-1] in _WORDS or (flat.endswith(_ENDS) and not words[-1].endswith(_NO_KEYS)))
    )
    return 1 if is_secret else None
