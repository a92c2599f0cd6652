"""Applications as JSON: for the applicant, and for those who look at them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast, get_args

from tallystick.app.applications import kept, papers
from tallystick.app.applications.desk import Application, nodes
from tallystick.app.applications.verifying import missing
from tallystick.identity import number_holder, papers_with_end
from tallystick.ledger import View


def terms(view: View) -> dict[str, Any]:
    """What one has to know before one applies."""
    return {
        "nodes": [
            {"node": name, "organisation": holder, "name": _name(view, holder)}
            for name, holder in sorted(nodes(view).items())
        ],
        "schemes": {scheme: list(kinds) for scheme, kinds in kept.wanted.items()},
        "capacities": list(get_args(kept.CapacityAsked)),
        "papers": {
            "kinds": list(papers.kinds),
            "with_end": list(papers_with_end),
            "types": list(papers.types),
            "file_bytes_max": papers.file_bytes_max,
            "files_max": papers.files_max,
            "total_bytes_max": papers.total_bytes_max,
        },
        "days": dict(kept.days),
        "persons_max": kept.persons_max,
    }


def own(found: Application) -> dict[str, Any]:
    """For who has the token."""
    filled = found.filled
    told: dict[str, Any] = {
        "number": found.number,
        "state": found.state,
        "node": found.row.node,
        "expires": found.row.expires,
        "organisation": found.open.organisation,
        "persons": list(found.open.persons),
        "papers": [one.model_dump(exclude_none=True) for one in filled.papers],
        "people": [_person(one) for one in filled.people],
    }
    if filled.form is not None:
        told["form"] = filled.form.model_dump(exclude_none=True)
    if found.state in kept.writable_states:
        told["missing"] = missing(found)
    more = {"question": filled.question, "reason": found.open.reason, "text": found.last.text}
    return told | {name: value for name, value in more.items() if value is not None}


def listed(found: Application) -> dict[str, Any]:
    """A line of the node's list."""
    form = found.filled.form
    told = {"number": found.number, "state": found.state, "made": found.row.made}
    more = {"expires": found.row.expires, "by": found.open.by, "proposal": found.open.proposal}
    named = {} if form is None else {"name": form.name, "scheme": form.scheme, "id": form.number}
    return {**told, **{name: value for name, value in (named | more).items() if value is not None}}


def looked_at(view: View, found: Application) -> dict[str, Any]:
    """For officers of the node: with what they have to see at once."""
    told = own(found) | {"made": found.row.made}
    form = found.filled.form
    if form is not None and form.number is not None:
        holder = number_holder(view, form.scheme, form.number, form.country)
        if holder is not None and holder != found.open.organisation:
            told["number_taken_by"] = holder
    more = {"by": found.open.by, "proposal": found.open.proposal}
    return told | {name: value for name, value in more.items() if value is not None}


def _person(one: Any) -> dict[str, Any]:
    return {
        "person": one.person,
        "roles": list(one.roles),
        "keys": [
            {"key": key.key, "passkey": key.webauthn is not None, "jwk": dict(key.jwk)}
            for key in one.keys
        ],
    }


def _name(view: View, handle: str) -> Mapping[str, str]:
    row = cast(Mapping[str, Any] | None, view.get("organisation", handle))
    return {} if row is None else cast(Mapping[str, str], row["name"])
