"""Strings of bits, written and read from the left, in the URI-safe alphabet of 64 characters (RFC 4648 §5), six bits each."""

from __future__ import annotations

from math import ceil, log2

from tallystick.identity.digital_link.errors import LinkNotCompressed

alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_bits_per_character = 6
_places = {character: at for at, character in enumerate(alphabet)}
#: The standard adds this before it rounds up.
_margin = 0.01


def bits_of_digits(count: int) -> int:
    """How many bits hold a number of so many decimal digits.

    >>> bits_of_digits(14), bits_of_digits(6), bits_of_digits(0)
    (47, 20, 1)
    """
    return ceil(count * log2(10) + _margin)


def bits_of_length(most: int) -> int:
    """How many bits hold the length of a text of at most so many characters.

    >>> bits_of_length(20), bits_of_length(1)
    (5, 1)
    """
    return ceil(log2(most) + _margin)


class Writer:
    """Collects bits."""

    def __init__(self) -> None:
        self._bits = ""

    def number(self, value: int, width: int) -> None:
        self._bits += f"{value:0{width}b}"

    def digits(self, text: str) -> None:
        """Decimal digits as one number; how many they are, the reader must know."""
        self.number(int(text or "0"), bits_of_digits(len(text)))

    def text(self) -> str:
        """All bits, with zeros at the end up to a whole character."""
        whole = self._bits + "0" * (-len(self._bits) % _bits_per_character)
        steps = range(0, len(whole), _bits_per_character)
        return "".join(alphabet[int(whole[at : at + _bits_per_character], 2)] for at in steps)


class BitReader:
    """Gives bits back in their order."""

    def __init__(self, text: str) -> None:
        """Raises `LinkNotCompressed` for a character that is not of the alphabet."""
        if not text or any(character not in _places for character in text):
            raise LinkNotCompressed("it holds characters other than letters, digits, - and _")
        self._set("".join(f"{_places[character]:06b}" for character in text))

    @classmethod
    def of_hexadecimal(cls, text: str) -> BitReader:
        """Of small hexadecimal digits, four bits each."""
        made = cls.__new__(cls)
        made._set("".join(f"{int(digit, 16):04b}" for digit in text))
        return made

    def _set(self, bits: str) -> None:
        self._bits, self._at = bits, 0

    def number(self, width: int) -> int:
        """The next bits as a number; raises `LinkNotCompressed` at the end."""
        found = self._bits[self._at : self._at + width]
        if len(found) < width:
            raise LinkNotCompressed("it ends within a value")
        self._at += width
        return int(found, 2) if width else 0

    def digits(self, count: int) -> str:
        """So many decimal digits, zeros before them too."""
        told = str(self.number(bits_of_digits(count)))
        if len(told.lstrip("0")) > count:
            raise LinkNotCompressed(f"a number has more than {count} digits")
        return told.zfill(count) if count else ""

    def more(self) -> bool:
        """Whether another value follows; raises `LinkNotCompressed` if what is left is no filling."""
        left = self._bits[self._at :]
        if len(left) >= _bits_per_character:
            return True
        if "1" in left:
            raise LinkNotCompressed("the bits that fill the last character are not zero")
        return False

    def end(self) -> None:
        """Nothing but zeros is left, as words of memory are filled with; raises `LinkNotCompressed`."""
        if "1" in self._bits[self._at :]:
            raise LinkNotCompressed("more follows the end of the value")
