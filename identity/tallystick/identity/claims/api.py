"""Records as data, with their names, relations and contests, found by handle or by any name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Protocol

from fastapi import APIRouter, Depends, Query

from tallystick.identity import codes
from tallystick.identity.asof.history import version_at
from tallystick.identity.asof.moment import index_of
from tallystick.identity.claims.rules import NameUnknown
from tallystick.identity.claims.views import (
    Contest,
    Name,
    by_name,
    contests_about,
    contests_for,
    contests_of,
    names_for,
    names_of,
)
from tallystick.identity.contents import Content, contents_for, contents_of, records_with
from tallystick.identity.relations import Relation, relations_for, relations_of
from tallystick.identity.views import Value, shown_for
from tallystick.ledger import Reader, Snapshot, View


class ReadingRecords(Protocol):
    @property
    def view(self) -> View: ...

    @property
    def reader(self) -> Reader: ...

    @property
    def snapshot(self) -> Snapshot: ...


def router(reading: Callable[..., Any]) -> APIRouter:
    """Routes of records and names; `reading` is the dependency that says who asks."""
    routes = APIRouter(tags=["names"])

    @routes.get("/v1/schemes", summary="Schemes of codes, and what is checked of each")
    def get_schemes() -> list[dict[str, Any]]:
        return [_scheme(one) for one in codes.schemes.values()]

    @routes.get("/v1/records/{handle:path}", summary="A record with names, relations, contests")
    def get_record(
        handle: str,
        reading: ReadingRecords = Depends(reading),
        as_of: Annotated[str | None, Query(alias="asOf")] = None,
    ) -> dict[str, Any]:
        """What the asking reader may see of it. `asOf`: an index of the log or a time (RFC 3339)."""
        at = None if as_of is None else index_of(reading.snapshot, as_of)
        return told_record(reading.view, reading.reader, handle, at)

    @routes.get("/api/names/{scheme}/{code:path}", summary="The record that a code names")
    def get_named(
        scheme: str, code: str, reading: ReadingRecords = Depends(reading)
    ) -> dict[str, Any]:
        """`code` as people spell it, percent-encoded once. A name that the reader may not see is unknown."""
        found = find_name(reading.view, reading.reader, scheme, code)
        return {"found_by": _name(found), **told_record(reading.view, reading.reader, found.handle)}

    @routes.get("/v1/contests", summary="Open contests of the reader's organisation")
    def get_contests(
        reading: ReadingRecords = Depends(reading), organisation: str | None = None
    ) -> list[dict[str, Any]]:
        """`organisation`: for an auditor, whose."""
        whose = reading.reader.lists_of(organisation)
        found = () if whose is None else contests_about(reading.view, whose)
        return [_contest(one) for one in contests_for(reading.reader, found)]

    @routes.get("/v1/contents/{digest}", summary="Records that hold a content")
    def get_content(
        digest: str, reading: ReadingRecords = Depends(reading)
    ) -> list[dict[str, Any]]:
        """By its SHA-256 in hex, the earliest first: an entry's index and time prove that it existed."""
        found = records_with(reading.view, digest.lower())
        return [_content(one) for one in contents_for(reading.reader, found)]

    return routes


def find_name(view: View, reader: Reader, scheme: str, text: str) -> Name:
    """As `by_name`, for what the reader may see; raises `NameUnknown`."""
    found = by_name(view, scheme, text)
    seen = names_for(reader, [found] if found else [])
    if not seen:
        raise NameUnknown(str(codes.parse(scheme, text)))
    return seen[0]


def told_record(view: View, reader: Reader, handle: str, at: int | None = None) -> dict[str, Any]:
    """Contests as they stand now. Raises `RecordUnknown`, or `AsOfBeforeRecord`."""
    record = version_at(view, handle, at)
    told: dict[str, Any] = {
        "handle": record.handle,
        "owner": record.owner,
        "since": record.since,
        "values": [
            {**_value(one), **({"masked": True} if masked else {})}
            for one, masked in shown_for(reader, record)
        ],
        "names": [_name(one) for one in names_for(reader, names_of(view, handle, at=at))],
        "relations": [
            _relation(one) for one in relations_for(reader, relations_of(view, handle, at=at))
        ],
        "contents": [
            _content(one) for one in contents_for(reader, contents_of(view, handle, at=at))
        ],
        "contests": [_contest(one) for one in contests_for(reader, contests_of(view, handle))],
    }
    then = {} if at is None else {"asOf": at}
    return told | then | ({"deleted": dict(record.deleted)} if record.deleted else {})


def _scheme(one: codes.Scheme) -> dict[str, Any]:
    return {
        "scheme": one.name,
        "source": one.source,
        "title": dict(one.title),
        "form": dict(one.form),
        "check": dict(one.check),
        "example": one.example,
    }


def _value(value: Value) -> dict[str, Any]:
    return _given(
        {
            "index": value.index,
            "type": value.type,
            "format": value.format,
            "value": value.value,
            "ttl": value.ttl,
            "permissions": value.permissions,
            "time": value.timestamp,
            "references": list(value.references) or None,
        }
    )


def _name(name: Name) -> dict[str, Any]:
    return _given(
        {
            "scheme": name.scheme,
            "title": dict(codes.scheme(name.scheme).title),
            "code": name.code,
            "handle": name.handle,
            "since": name.since,
            "public": name.public,
            "continues": name.continues,
            "replaces": name.replaces,
            "replaced_by": name.replaced_by,
        }
    )


def _relation(relation: Relation) -> dict[str, Any]:
    return {
        "kind": relation.kind,
        "source": relation.source,
        "target": relation.target,
        "since": relation.since,
        "public": not relation.readers,
    }


def _contest(contest: Contest) -> dict[str, Any]:
    return _given(
        {
            "scheme": contest.scheme,
            "code": contest.code,
            "handle": contest.handle,
            "owner": contest.owner,
            "holder": contest.holder,
            "reason": contest.reason,
            "evidence": contest.evidence,
            "since": contest.since,
            "until": contest.until,
            "outcome": contest.outcome,
            "decider": contest.decider,
        }
    )


def _content(content: Content) -> dict[str, Any]:
    return _given(
        {
            "handle": content.handle,
            "owner": content.owner,
            "what": content.what,
            "sha256": content.sha256,
            "digests": content.digests or None,
            "size": content.size,
            "media_type": content.media_type,
            "licence": content.licence,
            "since": content.since,
            "time": content.time,
            "public": not content.readers,
            "proof": f"/v1/bundles/entries/{content.since}",
        }
    )


def _given(told: Mapping[str, Any]) -> dict[str, Any]:
    """Without what is not there."""
    return {name: value for name, value in told.items() if value is not None}
