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
    "ftp://anonymous@h/x and file:///a:b@c and //server/share/a:b@c",
    "http://[2001:db8::1]:5000/x or http://HOST:PORT, http://127.0.0.1:5000.",
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


SECRET_NAMES = (
    "download_token authkey t%6Fken rlkey dl_token share_token userToken X-Plex-Token tok auth_key app_key api.key pw"
    " bearer sessionid session_id PHPSESSID JSESSIONID resourcekey token[] token[0] token%5B0%5D auth[token] auth.token"
    " %74oken to%6ben t%256Fken token2 apiKEY dbPassword credentials user-secret sid code"
)
PLAIN_NAMES = (
    "station country monkey keyword key_figures tokens format author signal design designation passage bypass compass"
    " highpass username hockey decode sidereal sids country_code unit_codes keys"
)


@pytest.mark.parametrize("name", SECRET_NAMES.split())
def test_names_are_known_by_their_last_word(name: str) -> None:
    for address in (f"https://h/x?{name}=geheim&b=2", f"https://h/x?a=1&{name}=geheim&b=2"):
        due = address.replace("geheim", "***")
        assert masked(f"see {address} x") == f"see {due} x"
        assert masked_address(address) == masked_values({"dataset.url": address})["dataset.url"] == due
        assert "geheim" not in masked(quote(address, safe=""))
    assert masked(f"Server=h;{name}=geheim;Port=2") == f"Server=h;{name}=***;Port=2"


def test_names_of_ordinary_parameters_leave_their_values() -> None:
    for pair in (*(f"{name}=geheim" for name in PLAIN_NAMES.split()), "code=DE", "sid=10637"):
        assert masked(f"https://h/x?{pair}&b=2") == f"https://h/x?{pair}&b=2"


@pytest.mark.parametrize(
    ("address", "due"),
    [
        ("//u:geheim@h", "//u:***@h"),
        ("https:/u:geheim@h", "https:/u:***@h"),
        ("https:/geheim@h", "https:/***@h"),
        ("http:///u:geheim@h", "http:///u:***@h"),
        ("redis:/u:geheim@h/0", "redis:/u:***@h/0"),
        ("http://u:geheim", "http://u:***"),
        ("http://u:9geheim/x", "http://u:***/x"),
        ("https://u:geheim%40h/x", "https://u:***/x"),
        ("https://api.telegram.org/bot123456:geheim/getFile", "https://api.telegram.org/bot123456:***/getFile"),
        ("https://hooks.slack.com/services/T0/B0/geheim", "https://hooks.slack.com/services/T0/B0/***"),
        (
            "mssql+pyodbc:///?odbc_connect=DRIVER%3DX%3BPWD+%3D+geheim",
            "mssql+pyodbc:///?odbc_connect=DRIVER%3DX%3BPWD+%3D***",
        ),
        (
            "mssql+pyodbc:///?odbc_connect=PWD+%3D+%7Bge%3Bheim%7D%3BX%3D1",
            "mssql+pyodbc:///?odbc_connect=PWD+%3D+***%3BX%3D1",
        ),
    ],
)
def test_addresses_that_are_not_quite_addresses(address: str, due: str) -> None:
    assert masked(f"tracking.uri='{address}', or") == f"tracking.uri='{due}', or"
    assert masked_address(address) == masked_values([address])[0] == due
    assert masked_address(due) == masked(due) == due


@pytest.mark.parametrize(
    ("address", "due"),
    [
        ("u:geheim@h", "u:***@h"),
        ("u:ge@heim@h.example:80/x", "u:***@h.example:80/x"),
        ("postgresql:u:geheim@h", "postgresql:***@h"),
        ("postgresql://u:ge\nheim@h", "postgresql://u:***@h"),
        ("https://h/x?token=ge\nheim&x=1", "https://h/x?token=***&x=1"),
    ],
)
def test_values_that_are_one_address(address: str, due: str) -> None:
    assert masked_address(address) == due
    assert masked_values({"tracking": {"uri": address}}) == {"tracking": {"uri": due}}
    assert masked_values({"tracking.uri": address}) == {"tracking.uri": due}
    assert masked_override(f"tracking.uri='{address}'") == f"tracking.uri='{due}'"


def test_a_column_that_looks_like_an_address_keeps_its_name() -> None:
    assert masked_values({"dataset.target": "TMP:2m@ground"}) == {"dataset.target": "TMP:2m@ground"}
