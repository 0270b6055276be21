from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.sandbox.salesforce.ids import ALPHABET, canonical_id, make_id, number_of, suffix


@pytest.mark.parametrize(
    ("short", "mark"),
    [
        ("7508d00000Ihhl5", "AAB"),
        ("0018d00000SIDcy", "AAH"),
        ("0058d000006mtd1", "AAA"),
        ("7508d00000IhhkK", "AAR"),
        ("0055j000008dizP", "AAQ"),
        ("0018d00000UVCju", "AAH"),
    ],
)
def test_suffix_is_the_one_salesforce_computes(short: str, mark: str) -> None:
    assert suffix(short) == mark


@given(st.text(ALPHABET, min_size=15, max_size=15))
def test_an_id_survives_the_loss_of_its_case(short: str) -> None:
    full = short + suffix(short)
    assert canonical_id(short) == full
    assert canonical_id(full.lower()) == full
    assert canonical_id(full.upper()) == full


@pytest.mark.parametrize("text", ["", "7508d00000Ihhl", "7508d00000Ihhl5AABx", "7508d00000Ihh-5", "ü" * 15])
def test_what_is_no_id_has_no_canonical_form(text: str) -> None:
    assert canonical_id(text) is None


def test_a_suffix_that_does_not_fit_the_characters_is_no_id() -> None:
    assert canonical_id("750000000000000" + "B00") is None


def test_numbers_become_ids_in_order_and_back() -> None:
    first = make_id("001", number_of("SIDcy"))
    assert first == "0018d00000SIDcyAAH"
    assert make_id("001", number_of("SIDcy") + 1) == canonical_id("0018d00000SIDcz")
