"""XML from a bank, element by element: no document type, no entities, nothing fetched; everything is bounded.

Only what stands within one notification's head or one entry is kept at a time, each element with its line.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from xml.etree.ElementTree import ParseError

from defusedxml import ElementTree as Safe
from defusedxml.common import DefusedXmlException

from tallystick.app.bank_files.errors import NotificationTooLarge, NotificationUnreadable

file_bytes_max = 64 << 20
depth_max = 24
text_chars_max = 4_000
#: Elements of one entry, which may stand for a batch of payments.
parts_max = 2_000_000
_chunk_bytes = 1 << 16


@dataclass(slots=True)
class Part:
    """An element with its local name, its line in the file, and what stands in it.

    start, end: its bytes in the file. within: where the elements that it stands in begin, outermost first, of one that
    stands in none of those kept.
    """

    name: str
    line: int
    attributes: dict[str, str]
    text: str = ""
    parts: list[Part] = field(default_factory=list)
    start: int = 0
    end: int = 0
    within: tuple[int, ...] = ()

    def each(self, *path: str) -> Iterator[Part]:
        if not path:
            yield self
            return
        for part in self.parts:
            if part.name == path[0]:
                yield from part.each(*path[1:])

    def first(self, *path: str) -> Part | None:
        return next(self.each(*path), None)

    def said(self, *path: str) -> str:
        """The text of the first element at a path; empty if there is none."""
        found = self.first(*path)
        return "" if found is None else found.text.strip()


class Parts:
    """The target of a parser: gives whole elements of the wanted names to `found`, and forgets them."""

    def __init__(self, wanted: tuple[str, ...], found: Callable[[Part], None]) -> None:
        self.wanted, self.found = wanted, found
        self.line: Callable[[], int] = lambda: 0
        self.at: Callable[[], int] = lambda: 0
        self.root = ("", "")
        self._open: list[Part] = []
        self._within: list[int] = []
        self._depth = self._count = 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        space, mark, local = tag.rpartition("}")
        name = local if mark else tag
        if not self._depth:
            self.root = (space.removeprefix("{"), name)
        self._depth += 1
        if self._depth > depth_max:
            raise NotificationTooLarge(f"line {self.line()}: {name}: more than {depth_max} levels")
        if self._open or name in self.wanted:
            self._count = self._count + 1 if self._open else 1
            if self._count > parts_max:
                where = f"line {self.line()}: {self._open[0].name}"
                raise NotificationTooLarge(f"{where}: more than {parts_max} elements")
            part = Part(name, self.line(), attributes, start=self.at())
            if self._open:
                self._open[-1].parts.append(part)
            else:
                part.within = tuple(self._within)
            self._open.append(part)
        else:
            self._within.append(self.at())

    def data(self, text: str) -> None:
        if self._open:
            part = self._open[-1]
            part.text += text
            if len(part.text) > text_chars_max:
                where = f"line {self.line()}: {part.name}"
                raise NotificationTooLarge(f"{where}: more than {text_chars_max} characters")

    def end(self, _tag: str) -> None:
        self._depth -= 1
        if self._open:
            part = self._open.pop()
            part.end = self.at()
            if not self._open:
                self.found(part)
        else:
            self._within.pop()

    def close(self) -> tuple[str, str]:
        return self.root


def read_parts(
    data: bytes, wanted: tuple[str, ...], found: Callable[[Part], None]
) -> tuple[str, str]:
    """Namespace and name of the root. Raises `NotificationUnreadable` or `NotificationTooLarge`."""
    if len(data) > file_bytes_max:
        raise NotificationTooLarge(f"{len(data)} bytes, at most {file_bytes_max}")
    target = Parts(wanted, found)
    parser = Safe.XMLParser(target=target, forbid_dtd=True)
    expat = parser.parser
    target.line = lambda: int(expat.CurrentLineNumber)
    target.at = lambda: int(expat.CurrentByteIndex)
    try:
        for start in range(0, len(data), _chunk_bytes):
            parser.feed(data[start : start + _chunk_bytes])
        parser.close()
    except ParseError as error:
        line, column = error.position
        raise NotificationUnreadable(f"line {line}, column {column + 1}: {error.msg}") from None
    except DefusedXmlException as error:
        raise NotificationUnreadable(f"line {target.line()}: {type(error).__name__}") from None
    except (ValueError, LookupError) as error:
        raise NotificationUnreadable(f"line {target.line()}: {str(error)[:200]}") from None
    return target.root
