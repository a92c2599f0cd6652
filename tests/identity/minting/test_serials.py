"""The generator of serials: its form, its check character, its randomness."""

from __future__ import annotations

import collections
import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.identity.minting.minted import prefix

from tallystick.identity import names
from tallystick.identity.minting import serials
from tallystick.ledger import TallystickError

drawn_count = 20_000


def luhn(body: str) -> str:
    """Luhn's algorithm modulo 32, written anew from its description: double every second from the right."""
    total = 0
    for place, character in enumerate(reversed(body)):
        value = names.crockford.index(character) * (2 if place % 2 == 0 else 1)
        total += value // 32 + value % 32
    return names.crockford[-total % 32]


def test_every_serial_has_the_form_and_its_check() -> None:
    for one in serials.draw("0A7Z", 500):
        text = one.decode()
        assert len(text) == 20
        assert text.startswith("0A7Z")
        assert text[-1] == luhn(text[:-1])
        assert serials.is_serial(text)
        assert serials.is_serial(text.lower())


def test_no_single_wrong_character_passes_and_no_neighbours_swapped() -> None:
    """Luhn finds every single error, and swaps of neighbours but 0 with Z."""
    (one,) = serials.draw("0001", 1)
    text = one.decode()
    for place, other in itertools.product(range(20), names.crockford):
        wrong = text[:place] + other + text[place + 1 :]
        assert serials.is_serial(wrong) == (wrong == text)
    for place in range(19):
        pair = text[place : place + 2]
        swapped = text[:place] + pair[::-1] + text[place + 2 :]
        blind = pair[0] == pair[1] or set(pair) == {"0", "Z"}
        assert serials.is_serial(swapped) == blind


@given(st.text(max_size=24))
def test_anything_else_is_no_serial(text: str) -> None:
    if serials.is_serial(text):
        assert len(text) == 20
        assert luhn(text.upper()[:-1]) == text.upper()[-1]
    assert serials.read(f"{prefix}/{text}") is None or serials.is_serial(text)


def test_random_characters_are_all_alike_and_none_comes_twice() -> None:
    """Chi-squared over 32 characters at each of 15 places; 99.9999 % of fair sources stay below the bound."""
    drawn = serials.draw("0001", drawn_count)
    assert len(set(drawn)) == drawn_count
    expected = drawn_count / 32
    for place in range(4, 19):
        counts = collections.Counter(one[place] for one in drawn)
        assert len(counts) == 32
        chi = sum((count - expected) ** 2 / expected for count in counts.values())
        assert chi < 95, f"place {place}"
    pairs = collections.Counter((one[4], one[18]) for one in drawn)
    assert max(pairs.values()) < 60


def test_all_75_bits_come_from_the_source() -> None:
    """Each of the 15 bytes drawn decides 5 bits of the serial, and nothing else does."""
    base = bytes(15)
    found = {serials.draw("0001", 1, lambda _size: base)[0]}
    for place, bit in itertools.product(range(15), range(5)):
        changed = bytearray(base)
        changed[place] = 1 << bit
        found.add(serials.draw("0001", 1, lambda _size, told=bytes(changed): told)[0])
    assert len(found) == 1 + 75


def test_at_most_one_guess_in_2_to_the_50_is_right() -> None:
    """Whoever knows prefix, batch and check guesses 75 bits, of which a batch uses at most 2^25 values."""
    space = 32**serials.random_chars
    assert space == 2**75
    assert space // serials.batch_serials_max == 2**50
    million = math.log2(space / 1_000_000)
    plates = math.log2(space / 4_700_000)
    assert million > 55
    assert plates > 52
    # Chance that 4,700,000 draws hold a pair: the birthday bound.
    assert 4_700_000**2 / 2 / space < 1e-9


def test_batch_numbers_count_on_and_sort_as_they_count() -> None:
    told = [serials.batch_number(position) for position in range(2000)]
    assert told[:2] == ["0001", "0002"]
    assert told[30:32] == ["000Z", "0010"]
    assert told == sorted(told)
    assert [serials.batch_position(number) for number in told] == list(range(2000))
    with pytest.raises(TallystickError):
        serials.batch_number(32**4 - 1)


@pytest.mark.parametrize(
    "handle",
    ["99.100.1/SN-1", "99.100.1/", "99.100.1/0001ABCDEFGHJKMNPQRI", "99.100.1/" + "0" * 20],
)
def test_what_is_no_serial_of_a_batch_is_refused_by_name(handle: str) -> None:
    with pytest.raises(serials.SerialRefused):
        serials.require(handle)


def test_serials_of_no_batch_are_apart() -> None:
    suffix = serials.new_suffix()
    assert suffix.startswith("0000")
    assert serials.is_serial(suffix)
    assert serials.read(f"{prefix}/{suffix}") is None
