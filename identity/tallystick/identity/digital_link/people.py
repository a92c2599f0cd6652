"""Who asks, and who makes pages of answers that would be JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from tallystick.ledger import Reader, Snapshot, TallystickError, View

if TYPE_CHECKING:
    from fastapi import Request, Response

    from tallystick.identity.digital_link.link import DigitalLink
    from tallystick.identity.digital_link.record_links import Offer


class ReadingLinks(Protocol):
    @property
    def snapshot(self) -> Snapshot: ...

    @property
    def view(self) -> View: ...

    @property
    def reader(self) -> Reader: ...


class People(Protocol):
    """Pages for people, in their language. The resolver adds the headers that all of its answers have."""

    def links(
        self,
        request: Request,
        reading: ReadingLinks,
        link: DigitalLink,
        offers: Sequence[Offer],
        at: int | None,
        /,
    ) -> Response:
        """All links of a code, from the finest level up; `at`: as of which entry, None for now."""
        ...

    def choices(
        self, request: Request, reading: ReadingLinks, link: DigitalLink, offers: Sequence[Offer], /
    ) -> Response:
        """Links between which the reader chooses (300)."""
        ...

    def missing(
        self,
        request: Request,
        reading: ReadingLinks,
        link: DigitalLink,
        offers: Sequence[Offer],
        error: TallystickError,
        /,
    ) -> Response:
        """A code that nothing here knows, or a type of link that it has not; `offers`: what there is."""
        ...

    def refused(self, request: Request, status: int, code: str, /) -> Response:
        """An address that is no link, by the code of the error."""
        ...
