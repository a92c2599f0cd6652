"""Serials that nobody guesses: 20 characters of upper-case Crockford base32 (formats §9).

4 characters name the batch, 15 are 75 bits of the system's random source, the last is a check character by
Luhn's algorithm modulo 32. `0000` is no batch: serials that are minted one by one begin with it.
A batch holds at most 2^25 serials, so that a guess that knows prefix, batch and check is right with a
probability of at most 2^25 / 2^75: one valid code in 2^50 guesses.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import dataclass

from tallystick.identity import names
from tallystick.ledger import RuleError

serial_chars = 20
batch_chars = 4
random_chars = 15
no_batch = "0000"
#: 2^75 codes of a batch, and at least 2^50 of them for each valid one.
batch_serials_max = 1 << 25

Random = Callable[[int], bytes]

_alphabet = names.crockford.encode()
_form = re.compile(f"[{names.crockford}]{{{serial_chars}}}")
_codes = bytes(_alphabet.find(byte) & 0xFF for byte in range(256))
#: 256 is a multiple of 32: every character is as likely as every other.
_drawn = bytes(_alphabet[byte & 31] for byte in range(256))
#: A doubled code's digits to the base 32, added (Luhn).
_doubled = bytes(sum(divmod(2 * code, 32)) if code < 32 else 0 for code in _codes)


class SerialRefused(RuleError):
    code = "serial-refused"
    title = "This is not a serial of a batch"
    advice = "20 characters of upper-case Crockford base32 (no I, L, O, U), the last of which checks the others."


@dataclass(frozen=True, slots=True)
class Serial:
    """A handle `<prefix>/<batch><15 random><check>`, taken apart."""

    prefix: str
    batch: str
    handle: str


def check_character(body: bytes) -> int:
    """The character that completes 19 of them (Luhn modulo 32, doubling from the right)."""
    total = sum(body[-1::-2].translate(_doubled)) + sum(body[-2::-2].translate(_codes))
    return _alphabet[-total % 32]


def is_serial(suffix: str) -> bool:
    """Whether the suffix has the form of a serial and its check holds; case does not matter."""
    upper = suffix.upper()
    if not suffix.isascii() or _form.fullmatch(upper) is None:
        return False
    body = upper.encode()
    return check_character(body[:-1]) == body[-1]


def read(handle: str) -> Serial | None:
    """The serial that a handle is, in upper case; None if it is none, or of no batch."""
    prefix, _, suffix = handle.partition("/")
    if not is_serial(suffix) or suffix.startswith(no_batch):
        return None
    upper = suffix.upper()
    return Serial(prefix, upper[:batch_chars], f"{prefix}/{upper}")


def require(handle: str) -> Serial:
    """As `read`, spelled in upper case; raises `SerialRefused`."""
    found = read(handle)
    if found is None or found.handle != handle:
        raise SerialRefused(handle)
    return found


def batch_number(position: int) -> str:
    """The batch number of a position counted from 0: `0001`, `0002`, … `000Z`, `0010`."""
    number = position + 1
    if not 0 < number < 32**batch_chars:
        raise SerialRefused(f"a prefix has {32**batch_chars - 1} batches")
    return "".join(
        names.crockford[number >> 5 * place & 31] for place in reversed(range(batch_chars))
    )


def batch_position(number: str) -> int:
    """The other way round."""
    found = 0
    for character in number:
        found = found << 5 | names.crockford.index(character)
    return found - 1


def number_before(number: str) -> str:
    """The number before; `0000`, which is no batch, before the first."""
    position = batch_position(number)
    return no_batch if position == 0 else batch_number(position - 1)


def draw(batch: str, count: int, random: Random = os.urandom) -> list[bytes]:
    """So many suffixes of a batch, from `random`: 15 bytes for each, of which 75 bits are used."""
    head, drawn = batch.encode(), random(random_chars * count).translate(_drawn)
    found: list[bytes] = []
    for start in range(0, random_chars * count, random_chars):
        body = head + drawn[start : start + random_chars]
        # Written out, not by `check_character`: a million of them in a few seconds.
        total = sum(body[-1::-2].translate(_doubled)) + sum(body[-2::-2].translate(_codes))
        found.append(body + _alphabet[-total % 32 : (-total % 32) + 1])
    return found


def new_suffix(random: Random = os.urandom) -> str:
    """One serial of no batch, for a record that is registered at once."""
    return draw(no_batch, 1, random)[0].decode()
