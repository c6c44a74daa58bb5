from __future__ import annotations

import string
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from seqexp.config.output.secrets import masked, masked_address, masked_override, masked_values

# As people type them into an address: a space, a quote and what parts the values of a query is encoded there.
UNQUOTED = string.ascii_letters + string.digits + "-._~!$*+,:;=@/?%^()|"
SECRETS = st.text(UNQUOTED, min_size=6, max_size=20).map(lambda text: f"Se{text}crE")
ANY = st.text(string.printable[:95], min_size=6, max_size=20).map(lambda text: f"Se{text}crE")
AROUND = st.sampled_from(
    ["{}", "'{}'", '"{}"', "tracking.uri='{}' failed", "see {} for it", '{{"url": "{}", "rows": 3}}', "`{}`.", "<{}>"]
)
WHERE_RAW = (
    "postgresql://me:{}@db.example/runs",
    "postgresql+psycopg://me:{}@db.example:5432/runs?sslmode=require",
    "postgresql://db.example/runs?user=me&password={}&sslmode=require",
    "https://me:{}@data.example:8443/jena.csv?year=2016",
    "s3://me:{}@bucket/jena.csv",
    "https://data.example/jena.csv?token={}",
    "https://data.example/jena.csv?access_token={}&year=2016",
    "https://data.example/jena.csv?key={}",
    "https://data.example/jena.csv?sv=2022-11-02&sr=b&sig={}&se=2027",
    "https://data.example/jena.csv?X-Amz-Date=1&X-Amz-Credential={}&X-Amz-Expires=9",
    "https://data.example/jena.csv?X-Amz-Signature={}",
    "https://data.example/jena.csv?X-Goog-Signature={}",
)
WHERE_ENCODED = (
    *WHERE_RAW,
    "https://{}@data.example/jena.csv",
    "http://{}:x-oauth-basic@data.example/jena.csv",
    "mssql+pyodbc:///?odbc_connect=DRIVER%3D%7BODBC+18%7D%3BUID%3Dme%3BPWD%3D{}%3BDatabase%3Druns",
    "mssql+pyodbc:///?odbc_connect=Driver%3DX%3BPassword%3D{}",
)
PLAIN = (
    "sqlite:////home/a:b@c/mlflow.db",
    "sqlite:///mlflow.db",
    "http://127.0.0.1:5000",
    "http://host:5000/path@2?mail=a@b.c",
    "postgresql://me@db.example:5432/runs?application_name=a@b",
    "https://data.example/jena.csv?country=DE&key_figures=3&tokens=5#top",
    "git@github.com:me/it.git",
    "model.key_dim=3 model.num_tokens=5 key=3 sorted(rows, key=len)",
    "a:b@c, see http://x.y:80/z",
    "tracking.uri=null dataset.where={station: A} training=quick",
    "dataset.url is kept without its secret: give it again; a password: what for",
    "set MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or MLFLOW_TRACKING_TOKEN",
)


def spellings(secret: str) -> set[str]:
    once = {quote(secret, safe=""), quote_plus(secret), quote(secret)}
    return {secret, *once, *(quote(text, safe="") for text in once)}


def assert_hidden(secret: str, text: str) -> None:
    assert [found for found in spellings(secret) if found in text] == []
    assert secret[-7:] not in text, "the end of it is there"


@given(secret=SECRETS, where=st.sampled_from(WHERE_RAW), around=AROUND)
@example(secret="p@ss/w:rd@?x", where=WHERE_RAW[0], around="{}")
def test_no_secret_of_an_address_is_left_in_a_text(secret: str, where: str, around: str) -> None:
    address = where.format(secret)
    assert_hidden(secret, masked(around.format(address)))
    assert_hidden(secret, masked_address(address))
    assert_hidden(secret, masked_override(f"dataset.url='{address}'"))
    once = masked(around.format(address))
    assert masked(once) == once


@given(secret=ANY, where=st.sampled_from(WHERE_ENCODED), around=AROUND, twice=st.booleans())
def test_nor_is_one_that_is_percent_encoded(secret: str, where: str, around: str, twice: bool) -> None:
    assume(";" not in secret or "odbc" not in where)  # which ends a value of ODBC that stands in no braces
    address = where.format(quote(secret, safe=""))
    text = quote(address, safe="") if twice and "pyodbc" in where else address
    assert_hidden(secret, masked(around.format(text)))


@given(secret=ANY, where=st.sampled_from(WHERE_RAW[:4]))
def test_nor_one_with_spaces_and_quotes_in_an_address_that_stands_alone(secret: str, where: str) -> None:
    assume("&" not in secret or "password=" not in where)
    assert_hidden(secret, masked_address(where.format(secret)))
    assert_hidden(secret, str(masked_values({"tracking": {"uri": [where.format(secret)]}})))


@given(secret=st.text(UNQUOTED + " {}", min_size=6, max_size=20).map(lambda text: f"Se{text}crE"))
def test_nor_one_in_braces_or_quotes_of_a_connection_string(secret: str) -> None:
    braced = "{" + secret.replace("}", "}}") + "}"
    raw = f"mssql+pyodbc:///?odbc_connect=DRIVER={{ODBC 18}};UID=me;PWD={braced};Database=runs"
    assert_hidden(secret, masked(raw))
    assert masked(raw).endswith("PWD=***;Database=runs")
    encoded = f"mssql+pyodbc:///?odbc_connect={quote(f'DRIVER=x;PWD={braced};Database=runs', safe='')}"
    assert_hidden(secret, masked(encoded))
    assert masked(encoded).endswith("PWD%3D***%3BDatabase%3Druns")
    assert masked(f"host=db password='{secret}' dbname=runs") == "host=db password='***' dbname=runs".replace("'", "")


@pytest.mark.parametrize("text", PLAIN)
def test_what_has_no_secret_is_as_it_was(text: str) -> None:
    assert masked(text) == masked_address(text) == masked_values({"a": [text]})["a"][0] == text
    assert " ".join(map(masked_override, text.split(" "))) == text


@pytest.mark.parametrize(
    ("text", "due"),
    [
        ("postgresql://me:p@ss@db.example/runs", "postgresql://me:***@db.example/runs"),
        ("https://h/f.csv?token=abc&x=1", "https://h/f.csv?token=***&x=1"),
        ("url='https://h/f?sig=a%3Db', x", "url='https://h/f?sig=***', x"),
        ("AccountName=x;AccountKey=abc==;Suffix=y", "AccountName=x;AccountKey=***;Suffix=y"),
        ("MLFLOW_TRACKING_PASSWORD=abc seqexp ls", "MLFLOW_TRACKING_PASSWORD=*** seqexp ls"),
        ("Authorization: Bearer abc.def", "Authorization: Bearer ***"),
        ("AWS_SECRET_ACCESS_KEY: abc", "AWS_SECRET_ACCESS_KEY: ***"),
        ('{"client_secret": "abc", "rows": 3}', '{"client_secret": "***", "rows": 3}'),
    ],
)
def test_what_is_around_a_secret_stays(text: str, due: str) -> None:
    assert masked(text) == due


def test_variables_of_workers_are_not_recorded() -> None:
    assert masked_override("hydra.launcher.runtime_env.env_vars={HF: abc}") == (
        "hydra.launcher.runtime_env.env_vars=***"
    )
    assert masked_override("+hydra.launcher.runtime_env.env_vars.HF=abc").endswith("HF=***")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("http://u:12/34@h/x", "http://u:***@h/x"),
        ("http://u:12#34@h:80", "http://u:***@h:80"),
        ("http://u:12?34@h", "http://u:***@h"),
        ("PWD=se;cret;Server=a b", "PWD=***;Server=a b"),
        ("PWD=se;cret;", "PWD=***;"),
        ("?odbc_connect=UID%3Dme%3BPWD%3Dse%3Bcret%3BX%3D1", "?odbc_connect=UID%3D***%3BPWD%3D***%3BX%3D1"),
        ("see http%3A%2F%2Fme%3Ap%40ss%40h%2Fx, b", "see http%3A%2F%2Fme%3A***%40h%2Fx, b"),
        ("http%253A%252F%252Fme%253Asecret%2540h", "http%253A%252F%252Fme%253A***%2540h"),
        ("http://me%253Asecret%2540h", "http://me%253A***%2540h"),
        ("x=http%3A%2F%2Fhost%3A5000%2Fx%40y", "x=http%3A%2F%2Fhost%3A5000%2Fx%40y"),
        ("http://host:5000/a/b@c", "http://host:5000/a/b@c"),
    ],
)
def test_passwords_that_look_like_other_parts_of_an_address(text: str, expected: str) -> None:
    assert masked(text) == masked_address(text) == expected


def test_names_of_keys_in_queries() -> None:
    names = (
        "X-Amz-Signature sig token apikey api_key access_key auth code ticket otp appid x-oss-signature client_secret"
    )
    for name in [*names.split(), "Subscription-Key", "x-functions-key"]:
        assert masked(f"https://h/x?a=1&{name}=geheim&b=2") == f"https://h/x?a=1&{name}=***&b=2", name
