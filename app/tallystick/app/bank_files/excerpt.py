"""The lines of a notification that an entry rests on, cut from the bank's file, without those of others.

What is kept stands byte for byte as the bank wrote it: everything up to the account of the notification, each entry, and
of a batch only the transactions that are meant, and no free text about all of them. Comments and other processing
instructions are left out. A processing instruction in front of the end says of which file it was cut:
`<?tallystick excerpt-of="hex SHA-256" lines="1.2.1 1.3.1"?>`, with the certificate where one line speaks of several.
The hex SHA-256 of the excerpt is the entry's evidence, and the excerpt its record.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from xml.sax.saxutils import quoteattr

from tallystick.app.bank_files.parts import Part

_tag = re.compile(rb"<([^\s>/]+)")
_asides = re.compile(rb"<!--.*?-->|<\?(?!xml\s).*?\?>", re.DOTALL)
#: Free text of a bank about an entry as a whole, of which others have a part.
_about_all = ("AddtlNtryInf",)


@dataclass(frozen=True, slots=True)
class Cut:
    """Where one payment stands: as which of the file, in which notification and entry, and as which of the entry's
    transactions."""

    number: int
    head: int
    entry: tuple[int, int]
    details: tuple[tuple[int, int], ...]
    beside: tuple[tuple[int, int], ...]
    mine: int


@dataclass(slots=True)
class Source:
    """A file, and where everything stands in it. heads: of each notification, where the elements around it begin, and
    where its account ends."""

    data: bytes
    digest: str
    heads: list[tuple[tuple[int, ...], int]] = field(default_factory=list)
    cuts: dict[str, Cut] = field(default_factory=dict)

    def account(self, account: Part) -> None:
        """A notification, of which the account is read."""
        self.heads.append((account.within, self._behind(account)))

    def add(self, place: str, entry: Part, details: Sequence[Part]) -> None:
        """An entry with its transactions; one without any is a payment itself."""
        spans = tuple((one.start, self._behind(one)) for one in details)
        others = (one for one in _within(entry) if one.name in ("TxDtls", *_about_all))
        beside = tuple((one.start, self._behind(one)) for one in others)
        whole = (entry.start, self._behind(entry))
        for number in range(max(1, len(details))):
            cut = Cut(len(self.cuts), len(self.heads) - 1, whole, spans, beside, number)
            self.cuts[f"{place}.{number + 1}"] = cut

    def excerpt(self, places: Sequence[str], certificate: str = "") -> bytes:
        """Of one or more lines, in the order of the file."""
        wanted = ((place, self.cuts[place]) for place in set(places))
        found = sorted(wanted, key=lambda one: one[1].number)
        first = found[0][1].head
        pieces = [self.data[: self.heads[0][0][-1]]]
        for head, lines in groupby(found, key=lambda one: one[1].head):
            within, ends = self.heads[head]
            if head != first:
                pieces.append(self._closing(within[-1:]))
            pieces.append(self.data[within[-1] : ends])
            entries = groupby((cut for _, cut in lines), key=lambda cut: cut.entry)
            pieces += [piece for _, cuts in entries for piece in self._entry(list(cuts))]
        told = [_asides.sub(b"", piece) for piece in pieces]
        told.append(self._origin([place for place, _ in found], certificate))
        told.append(self._closing(self.heads[first][0]))
        return b"\n".join(told) + b"\n"

    def _entry(self, cuts: Sequence[Cut]) -> Iterator[bytes]:
        """The entry, without the transactions that are not meant."""
        (start, end), details = cuts[0].entry, cuts[0].details
        kept = {details[cut.mine] for cut in cuts} if details else set[tuple[int, int]]()
        pieces, at = [], start
        dropped = [] if len(details) == len(kept) else [*details, *cuts[0].beside]
        for begins, behind in sorted({*dropped} - kept):
            if begins >= at:
                pieces.append(self.data[at:begins])
                at = behind
        yield b"".join((*pieces, self.data[at:end]))

    def _origin(self, places: Sequence[str], certificate: str) -> bytes:
        told = {"excerpt-of": self.digest, "lines": " ".join(places), "certificate": certificate}
        said = " ".join(f"{name}={quoteattr(text)}" for name, text in told.items() if text)
        return f"<?tallystick {said}?>".encode()

    def _closing(self, within: Sequence[int]) -> bytes:
        """The end tags of the elements that begin there, innermost first."""
        names = (_tag.match(self.data, at) for at in reversed(within))
        return b"".join(b"</%b>" % name[1] for name in names if name)

    def _behind(self, part: Part) -> int:
        """Of an element without anything in it, the parser's end is behind it already."""
        if self.data[part.end - 2 : part.end] == b"/>":
            return part.end
        return self.data.find(b">", part.end) + 1


def _within(part: Part) -> Iterator[Part]:
    for one in part.parts:
        yield one
        yield from _within(one)
