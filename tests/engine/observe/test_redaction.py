from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.observe.redaction import MASK, Redactor, secret_values


@pytest.mark.parametrize(
    "text",
    [
        "Authorization: Bearer S3CR3T-token",
        "authorization = Basic czNjcjN0OnM=S3CR3T",
        '{"access_token": "S3CR3T", "x": 1}',
        "{'refreshToken': 'S3CR3T'}",
        '{\\"client_secret\\": \\"S3CR3T\\"}',
        "grant_type=refresh_token&client_secret=S3CR3T&x=y",
        "refresh_token=S3CR3T",
        "<clientSecret>S3CR3T</clientSecret>",
        '<syn:password xml:space="preserve">S3CR3T</syn:password>',
        "password: S3CR3T",
        "db.password=S3CR3T",
        "SALESFORCE_ACCESS_TOKEN=S3CR3T",
        "Cookie: a=b; session=S3CR3T",
        "X-Api-Key: S3CR3T",
        "sent with bearer 00D5j000S3CR3T!AQ4 in it",
        "the known value k-S3CR3T-k itself",
    ],
)
def test_secrets_are_masked(text: str) -> None:
    redactor = Redactor()
    redactor.know("test", ["k-S3CR3T-k"])
    cleaned = redactor.clean(text)
    assert "S3CR3T" not in cleaned
    assert MASK in cleaned


@pytest.mark.parametrize(
    "text",
    [
        "the token must be a name, found '<'",
        "Basic authentication failed",
        "bearer of news",
        '{"user": "bob", "id": 7}',
        "api createjob > POST /getJobInfo (flows/a.xml:12)",
        "<secretary>Ann</secretary>",
        "tokens: 7 left",
    ],
)
def test_ordinary_text_is_left_alone(text: str) -> None:
    assert Redactor().clean(text) == text


def test_quotes_stay_so_that_json_stays_json() -> None:
    assert Redactor().clean('{"password": "x\\"y", "a": 1}') == f'{{"password": "{MASK}", "a": 1}}'


def test_own_names_are_masked_too() -> None:
    assert Redactor(["pin-code"]).clean("pinCode=1234") == f"pinCode={MASK}"


def test_known_values_of_a_group_replace_the_earlier_ones() -> None:
    redactor = Redactor()
    redactor.know("entries", ["first-secret"])
    redactor.know("settings", ["other-secret"])
    redactor.know("entries", ["second-secret"])
    assert redactor.clean("first-secret second-secret other-secret") == f"first-secret {MASK} {MASK}"
    redactor.know("entries", [])
    assert redactor.clean("second-secret") == "second-secret"


def test_short_values_are_not_known() -> None:
    redactor = Redactor()
    redactor.know("x", ["demo", ""])
    assert redactor.clean("a demo") == "a demo"


def test_secret_names() -> None:
    redactor = Redactor()
    assert redactor.is_secret("clientSecret")
    assert redactor.is_secret("DB_PASSWORD")
    assert redactor.is_secret("Authorization")
    assert not redactor.is_secret("clientId")
    assert redactor.clean_pairs({"Authorization": "x", "A": "b"}) == {"Authorization": MASK, "A": "b"}
    assert secret_values(redactor, {"SALESFORCE_REFRESH_TOKEN": "abc", "HOME": "/root"}) == ["abc"]


@given(st.text(alphabet=st.characters(min_codepoint=33, max_codepoint=126, exclude_characters="<>&\"'"), min_size=8))
def test_a_known_value_never_passes(value: str) -> None:
    redactor = Redactor()
    redactor.know("x", [value])
    assert value not in redactor.clean(f"before {value} after {value}") or value in MASK


def test_the_working_folder_of_the_shell_is_no_secret() -> None:
    environment = {"PWD": "/srv/flows", "OLDPWD": "/srv", "DB_PASSWORD": "correct horse"}
    assert secret_values(Redactor(), environment) == ["correct horse"]
