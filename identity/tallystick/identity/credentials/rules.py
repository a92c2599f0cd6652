"""Who may issue, revoke, state, see and show credentials.

    credential         <digest>  {kind?, source, issuer, holder, status, since, expires?, key?, holder_key?, list?, place?, …}
    credential-place   <issuer>#<list> part <index>   {credential}   a place in a status list is used once
    credential-shown   <digest> part <buyer>   {holder, buyer, fields, kind?, index, document, time}
    qualification-need <buyer> part <supplier> {kinds, since, time}
    material           <folded part> part <list>|<version>|<lot>   {credential, number, …}   the declaration that holds

`source`: issued (by an organisation of this log), declared (of oneself), stated (a paper from elsewhere).
`status`: valid, suspended, revoked. Whether it has expired is for whoever reads, by the clock of then.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from tallystick.identity import directory, names
from tallystick.identity.credentials import bodies
from tallystick.identity.credentials.errors import (
    CredentialExpired,
    CredentialKeyRefused,
    CredentialRevoked,
    CredentialSelfIssued,
    CredentialSlotTaken,
    CredentialStatusRefused,
    CredentialSuspended,
    CredentialUnknown,
    MaterialVersionRefused,
)
from tallystick.identity.directory import AlreadyRegistered, NotEntitled
from tallystick.identity.keyring import Directory
from tallystick.ledger import Act, Change, Effects, State

kind, place_kind, shown_kind = "credential", "credential-place", "credential-shown"
need_kind, material_kind = "qualification-need", "material"
#: A key that presents a credential is one that may show it through the log.
show_type = "identity.credential.show/1"
_roles = frozenset({"maker", "checker"})
Row = Mapping[str, Any]


def issue(state: State, act: Act[bodies.IssueCredential]) -> Effects:
    body = act.body
    issuer = spokesman(state, act)
    directory.organisation(state, body.holder)
    if issuer == body.holder:
        raise CredentialSelfIssued(issuer)
    _require_key(state, act, body.key, issuer, act.type)
    _require_key(state, act, body.holder_key, body.holder, show_type)
    row = {
        "source": "issued",
        "kind": body.kind,
        "issuer": issuer,
        "holder": body.holder,
        "key": body.key,
        "holder_key": body.holder_key,
        "expires": body.expires,
    }
    return _registered(state, act, body.status, row)


def declare(state: State, act: Act[bodies.DeclareMaterials]) -> Effects:
    body = act.body
    holder = spokesman(state, act)
    if not directory.holds_handle(state, holder, body.part):
        raise NotEntitled(f"{holder} does not hold the prefix of {body.part}")
    _require_key(state, act, body.key, holder, act.type)
    folded, part = names.fold(body.part), material_part(body.list, body.lot)
    before = cast(Row | None, state.get(material_kind, folded, part))
    newest = before["number"] if before else 0
    if body.number != newest + 1:
        raise MaterialVersionRefused(f"the newest is {newest}")
    said: dict[str, Any] = {
        "part": body.part,
        "list": body.list.model_dump(),
        "number": body.number,
        **({"lot": body.lot} if body.lot else {}),
    }
    row: dict[str, Any] = {
        "source": "declared",
        "kind": "material-declaration",
        "issuer": holder,
        "holder": holder,
        "key": body.key,
        "holder_key": body.key,
        **({"expires": body.expires} if body.expires else {}),
        "material": said,
    }
    current: dict[str, Any] = {
        "credential": body.credential,
        "holder": holder,
        "since": act.index,
        **said,
    }
    changes = [*_registered(state, act, body.status, row)]
    changes.append(Change(material_kind, folded, current, part))
    return [*changes, *(_superseded(state, act, before["credential"]) if before else ())]


def revoke(state: State, act: Act[bodies.RevokeCredential]) -> Effects:
    return _turned(state, act, ("valid", "suspended"), "revoked")


def suspend(state: State, act: Act[bodies.SuspendCredential]) -> Effects:
    return _turned(state, act, ("valid",), "suspended")


def reinstate(state: State, act: Act[bodies.ReinstateCredential]) -> Effects:
    return _turned(state, act, ("suspended",), "valid")


def state_own(state: State, act: Act[bodies.StateCredential]) -> Effects:
    body = act.body
    holder = spokesman(state, act)
    if body.credential != body.document.hash:
        raise CredentialStatusRefused("a stated certificate is named by the hash of its paper")
    row: dict[str, Any] = {
        "source": "stated",
        "kind": body.kind,
        "issuer": holder,
        "holder": holder,
        **({"expires": body.expires} if body.expires else {}),
    }
    return _registered(state, act, None, row)


def see(state: State, act: Act[bodies.SeeCredential]) -> Effects:
    row = credential(state, act.body.credential)
    who = spokesman(state, act)
    if row["source"] != "stated":
        raise CredentialStatusRefused("only what is stated by its holder is seen by a node")
    if who != verifying_node(state, row["holder"]):
        raise NotEntitled(f"{who} is not the node that registered {row['holder']}")
    seen: dict[str, Any] = {"by": who, "index": act.index, "time": act.time}
    return [Change(kind, act.body.credential, {**row, "seen": seen})]


def show(state: State, act: Act[bodies.ShowCredential]) -> Effects:
    body = act.body
    row = credential(state, body.credential)
    holder = spokesman(state, act)
    if holder != row["holder"]:
        raise CredentialUnknown(body.credential)
    directory.organisation(state, body.to)
    if body.to == holder:
        raise NotEntitled("a credential is shown to somebody else")
    require_standing(row, act.time)
    shown: dict[str, Any] = {
        "holder": holder,
        "buyer": body.to,
        "fields": sorted(set(body.fields)),
        "index": act.index,
        "id": act.id,
        "document": body.document.hash,
        "time": act.time,
    }
    if "kind" in body.fields or row["source"] != "issued":
        shown["kind"] = row["kind"]
    return [Change(shown_kind, body.credential, shown, body.to)]


def require(state: State, act: Act[bodies.RequireQualifications]) -> Effects:
    body = act.body
    buyer = spokesman(state, act)
    directory.organisation(state, body.supplier)
    if body.supplier == buyer:
        raise NotEntitled("certificates are asked of somebody else")
    row: dict[str, Any] = {"kinds": sorted(set(body.kinds)), "since": act.index, "time": act.time}
    return [Change(need_kind, buyer, row if body.kinds else None, body.supplier)]


def spokesman(state: State, act: Act[Any]) -> str:
    """The organisation for which the author speaks: itself, or a maker or checker of it. Raises `NotEntitled`."""
    who = directory.speaker(state, act.author)
    if who.kind == "device" or (who.kind == "person" and not who.roles & _roles):
        raise NotEntitled(f"{act.author} is no maker or checker of {who.organisation}")
    return who.organisation


def credential(state: State, digest: str) -> Row:
    """Raises `CredentialUnknown`."""
    row = state.get(kind, digest)
    if row is None:
        raise CredentialUnknown(digest)
    return cast(Row, row)


def require_standing(row: Row, time: str) -> None:
    """Raises `CredentialRevoked`, `CredentialSuspended` or `CredentialExpired`."""
    if row["status"] == "revoked":
        raise CredentialRevoked(f"{row['reason']}, by entry {row['turned']}")
    if row["status"] == "suspended":
        raise CredentialSuspended(f"{row['reason']}, by entry {row['turned']}")
    if "expires" in row and time >= row["expires"]:
        raise CredentialExpired(f"at {row['expires']}")


def verifying_node(state: State, holder: str) -> str | None:
    """The organisation that holds the prefix under which the holder was registered."""
    return directory.prefix_holder(state, directory.organisation(state, holder).node)


def material_part(threshold: bodies.ThresholdList, lot: str | None) -> str:
    return f"{threshold.name}|{threshold.version}|{lot or ''}"


def list_name(issuer: str, number: int) -> str:
    return f"{issuer}#{number}"


def _registered(
    state: State, act: Act[Any], place: bodies.StatusPlace | None, row: Mapping[str, Any]
) -> list[Change]:
    digest = act.body.credential
    if state.get(kind, digest) is not None:
        raise AlreadyRegistered("this credential is in the log already")
    if "expires" in row and (row["expires"] <= act.time or not row["expires"].endswith(".000Z")):
        raise CredentialExpired(f"at {row['expires']}: a whole second after {act.time} is expected")
    whole: dict[str, Any] = {**row, "status": "valid", "since": act.index, "time": act.time}
    whole["document"] = act.body.document.hash
    if place is None:
        return [Change(kind, digest, whole)]
    name, part = list_name(row["issuer"], place.list), f"{place.index:05d}"
    if state.get(place_kind, name, part) is not None:
        raise CredentialSlotTaken(f"{place.index} of list {place.list}")
    whole |= {"list": place.list, "place": place.index}
    return [
        Change(kind, digest, whole),
        Change(place_kind, name, {"credential": digest}, part),
    ]


def _superseded(state: State, act: Act[Any], digest: str) -> list[Change]:
    row = credential(state, digest)
    if row["status"] == "revoked":
        return []
    return [Change(kind, digest, _turn(row, act, "revoked", "superseded"))]


def _turned(state: State, act: Act[Any], from_: tuple[str, ...], to: str) -> list[Change]:
    digest = act.body.credential
    row = state.get(kind, digest)
    issuer = spokesman(state, act)
    if row is None or row["issuer"] != issuer:
        raise CredentialUnknown(f"{issuer} issued no {digest}")
    if row["status"] not in from_:
        raise CredentialStatusRefused(f"it is {row['status']}, and cannot become {to}")
    return [Change(kind, digest, _turn(cast(Row, row), act, to, act.body.reason))]


def _turn(row: Row, act: Act[Any], to: str, reason: str) -> dict[str, Any]:
    return {**row, "status": to, "reason": reason, "turned": act.index}


def _require_key(
    state: State, act: Act[Any], reference: str, organisation: str, entry_type: str
) -> None:
    """A key of the organisation itself that stands now, may sign such entries, and is no passkey.

    Not one of its people: who checks a credential offline would have to be shown who works for whom.
    """
    found = Directory().key(state, reference)
    if found is None or found.owner != organisation:
        raise CredentialKeyRefused(f"{reference} is no key of {organisation}")
    if not found.valid_at(act.index):
        raise CredentialKeyRefused(f"{reference} is revoked from index {found.until} on")
    if not found.may_sign(entry_type):
        raise CredentialKeyRefused(f"{reference} may not sign {entry_type}")
    if found.public.passkey is not None:
        raise CredentialKeyRefused(f"{reference} is a passkey, which signs no credentials")
