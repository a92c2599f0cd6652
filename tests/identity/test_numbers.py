"""Check digits of organisations' numbers, against python-stdnum."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import lei
from stdnum.cn import uscc

from tallystick.identity import NumberRefused, check_lei, check_uscc, uscc_with_check

alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def passes(check: object, number: str) -> bool:
    try:
        check(number)  # type: ignore[operator]
    except NumberRefused:
        return False
    return True


def _first(rng: random.Random) -> str:
    return "".join(rng.choices("0123456789", k=8)) + "".join(rng.choices(alphabet, k=9))


def test_uscc_as_another_implementation_checks_them() -> None:
    rng, good = random.Random(32100), 0
    for _ in range(500):
        number = _first(rng) + rng.choice(alphabet)
        assert passes(check_uscc, number) == uscc.is_valid(number)
        right = uscc_with_check(number[:17])
        assert uscc.is_valid(right)
        check_uscc(right)
        good += passes(check_uscc, number)
    assert 0 < good < 500


def test_lei_as_another_implementation_checks_them() -> None:
    rng, good = random.Random(17442), 0
    letters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    for _ in range(500):
        base = "".join(rng.choices(letters, k=18))
        value = int("".join(str(int(c, 36)) for c in base) + "00")
        right = f"{base}{98 - value % 97:02d}"
        assert lei.is_valid(right)
        check_lei(right)
        other = base + f"{rng.randrange(100):02d}"
        assert passes(check_lei, other) == lei.is_valid(other)
        good += passes(check_lei, other)
    assert good < 500


@given(st.integers(0, 16), st.sampled_from(alphabet))
def test_a_changed_character_is_found(place: int, letter: str) -> None:
    good = uscc_with_check("91350211M000100Y4"[:17])
    bad = good[:place] + letter + good[place + 1 :]
    assert passes(check_uscc, bad) == (bad == good)


@pytest.mark.parametrize(
    "number",
    ["", "9135", "91350211M000100Y43X", "91350211m000100y43", "９１350211M000100Y43",
     "91350211I000100Y43", " 1350211M000100Y43"],
)  # fmt: skip
def test_malformed_uscc(number: str) -> None:
    assert not passes(check_uscc, number)


@pytest.mark.parametrize(
    "number",
    ["", "213800KUD8LAJWSQ9D1", "213800kud8lajwsq9d15", "213800KUD8LAJWSQ9D16",
     "２13800KUD8LAJWSQ9D15", "213800KUD8LAJWSQ9D1-"],
)  # fmt: skip
def test_malformed_lei(number: str) -> None:
    assert not passes(check_lei, number)
    check_lei("213800KUD8LAJWSQ9D15")
