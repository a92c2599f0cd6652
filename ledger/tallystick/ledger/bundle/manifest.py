"""`bundle.json`: of which log the bundle is, and which statements are to be computed from it.

Which statements there are is not the ledger's business: the forms of requests are given.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tallystick.ledger import canonical
from tallystick.ledger.bundle.errors import ManifestRefused

format_version = 1
requests_max = 1000
text_chars_max = 300
number_max = 10**15 - 1

#: The members of a request by what it is about, and whether each is a text or a number ≥ 0.
Forms = Mapping[str, Mapping[str, type[str] | type[int]]]


@dataclass(frozen=True, slots=True)
class Request:
    """What a bundle asks its verifier to compute."""

    about: str
    members: tuple[tuple[str, str | int], ...]

    @staticmethod
    def of(about: str, **members: str | int) -> Request:
        return Request(about, tuple(sorted(members.items())))

    def text(self, name: str) -> str:
        return str(dict(self.members)[name])

    def number(self, name: str) -> int:
        return int(dict(self.members)[name])

    def document(self) -> dict[str, str | int]:
        return {"about": self.about, **dict(self.members)}


@dataclass(frozen=True, slots=True)
class Manifest:
    origin: str
    requests: tuple[Request, ...]

    def encode(self) -> bytes:
        """RFC 8785 bytes."""
        asked = [request.document() for request in self.requests]
        return canonical.encode(
            {"bundle": format_version, "origin": self.origin, "statements": asked}
        )

    @staticmethod
    def parse(data: bytes, forms: Forms) -> Manifest:
        """Raises `ManifestRefused`."""
        try:
            told = canonical.decode_object(data)
        except canonical.NotCanonical as error:
            raise ManifestRefused(error.detail) from None
        if told.keys() != {"bundle", "origin", "statements"}:
            raise ManifestRefused("it has the members bundle, origin and statements")
        origin, asked = told["origin"], told["statements"]
        if type(told["bundle"]) is not int or told["bundle"] != format_version:
            raise ManifestRefused(f"only bundles of version {format_version} are read")
        if not isinstance(origin, str) or not isinstance(asked, list):
            raise ManifestRefused("origin is a text, statements a list")
        if not 0 < len(asked) <= requests_max:
            raise ManifestRefused(f"1 to {requests_max} statements are computed")
        requests = tuple(_request(row, forms) for row in asked)
        if len(set(requests)) != len(requests):
            raise ManifestRefused("a statement is asked for twice")
        return Manifest(origin, requests)


def _request(row: object, forms: Forms) -> Request:
    if not isinstance(row, dict):
        raise ManifestRefused("a statement to compute is an object")
    about = row.get("about")
    form = forms.get(about) if isinstance(about, str) else None
    if form is None:
        raise ManifestRefused(f"{str(about)[:60]!r} is nothing that a bundle states")
    if row.keys() != {"about", *form}:
        raise ManifestRefused(f"{about} has the members {', '.join(['about', *form])}")
    for name, kind in form.items():
        if type(row[name]) is not kind or not _fits(row[name]):
            raise ManifestRefused(f"{about}: {name} is not in its form")
    return Request.of(str(about), **{name: row[name] for name in form})


def _fits(value: Sequence[object] | int) -> bool:
    if isinstance(value, int):
        return 0 <= value <= number_max
    return 0 < len(value) <= text_chars_max
