"""Entry types and kinds of document of credentials."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

from tallystick.identity import directory
from tallystick.identity.credentials import admitting, bodies, rules
from tallystick.identity.credentials.rules import list_name
from tallystick.ledger import (
    Act,
    Document,
    EntryType,
    HeadName,
    Kind,
    Mark,
    Rule,
    RuleSet,
    State,
    graded,
)

by_holder, by_issuer = "credential-by-holder", "credential-by-issuer"
by_expiry, not_valid = "credential-by-expiry", "credential-not-valid"
shown_to, shown_by = "credential-shown-to", "credential-shown-by"
need_of = "qualification-need-of"
material_of = "material-by-holder"


def _holder(_name: str, _part: str, row: Document) -> Iterable[str]:
    return [cast(str, row["holder"])]


def _issuer(_name: str, _part: str, row: Document) -> Iterable[str]:
    return [cast(str, row["issuer"])]


def _expiry(_name: str, _part: str, row: Document) -> Iterable[str]:
    """Only of what would count until then."""
    return [cast(str, row["expires"])] if "expires" in row and row["status"] != "revoked" else []


def _not_valid(_name: str, _part: str, row: Document) -> Iterable[str]:
    if row["status"] == "valid" or "list" not in row:
        return []
    return [list_name(cast(str, row["issuer"]), cast(int, row["list"]))]


def _shown_to(_name: str, buyer: str, row: Document) -> Iterable[str]:
    """By buyer, and by buyer and holder."""
    return [buyer, f"{buyer} {row['holder']}"]


def _supplier(_name: str, supplier: str, _row: Document) -> Iterable[str]:
    return [supplier]


def _head(digest: str, _part: str, _row: Document | None) -> Iterable[HeadName]:
    return (("credential", digest),)


def _own(state: State, act: Act[Any]) -> Iterable[str]:
    return (directory.speaker(state, act.author).organisation,)


def _with_holder(state: State, act: Act[bodies.IssueCredential]) -> Iterable[str]:
    return (*_own(state, act), act.body.holder)


def _with_node(state: State, act: Act[bodies.StateCredential]) -> Iterable[str]:
    own = directory.speaker(state, act.author).organisation
    return (own, rules.verifying_node(state, own) or own)


def _of_stated(state: State, act: Act[bodies.SeeCredential]) -> Iterable[str]:
    return (*_own(state, act), rules.credential(state, act.body.credential)["holder"])


def _with_buyer(state: State, act: Act[bodies.ShowCredential]) -> Iterable[str]:
    return (*_own(state, act), act.body.to)


def _with_supplier(state: State, act: Act[bodies.RequireQualifications]) -> Iterable[str]:
    return (*_own(state, act), act.body.supplier)


def _type(name: str, body: type[Any], rule: Rule, summary: str, **more: Any) -> EntryType:
    return EntryType(f"identity.{name}/1", body, rule, summary, **more)


def _document(body: Any) -> Iterable[Any]:
    return (body.document,)


with_document = graded("quality", "partner", attachments=Mark("quality", "partner"))


def register(rule_set: RuleSet) -> None:
    """Add credentials to a rule set; `identity.register` calls it."""
    rule_set.add_kinds(
        Kind(
            rules.kind,
            {by_holder: _holder, by_issuer: _issuer, by_expiry: _expiry, not_valid: _not_valid},
            heads=_head,
        ),
        Kind(rules.place_kind),
        Kind(rules.shown_kind, {shown_to: _shown_to, shown_by: _holder}),
        Kind(rules.need_kind, {need_of: _supplier}, by_name=True),
        Kind(rules.material_kind, {material_of: _holder}),
    )
    rule_set.add(
        _type(
            "credential.issue",
            bodies.IssueCredential,
            rules.issue,
            "An organisation certifies another: the digest of an SD-JWT credential",
            parties=_with_holder,
            attachments=_document,
            admit=admitting.issued,
            data=with_document,
            promise=True,
        ),
        _type(
            "credential.revoke",
            bodies.RevokeCredential,
            rules.revoke,
            "A credential does not count any more, for ever",
            data=graded("quality", "public"),
        ),
        _type(
            "credential.suspend",
            bodies.SuspendCredential,
            rules.suspend,
            "A credential does not count until it is reinstated",
            data=graded("quality", "public"),
        ),
        _type(
            "credential.reinstate",
            bodies.ReinstateCredential,
            rules.reinstate,
            "A suspended credential counts again",
            data=graded("quality", "public"),
            promise=True,
        ),
        _type(
            "credential.state",
            bodies.StateCredential,
            rules.state_own,
            "The holder states a certificate of somebody who is not in this log",
            parties=_with_node,
            attachments=_document,
            data=with_document,
        ),
        _type(
            "credential.see",
            bodies.SeeCredential,
            rules.see,
            "The holder's node has seen a certificate that the holder states",
            parties=_of_stated,
            data=graded("quality", "partner"),
        ),
        _type(
            "credential.show",
            bodies.ShowCredential,
            rules.show,
            "The holder shows one organisation chosen fields of a credential",
            parties=_with_buyer,
            attachments=_document,
            admit=admitting.shown,
            data=with_document,
        ),
        _type(
            "qualification.require",
            bodies.RequireQualifications,
            rules.require,
            "A buyer says which kinds of certificate it asks of a supplier",
            parties=_with_supplier,
            data=graded("quality", "partner"),
        ),
        _type(
            "material.declare",
            bodies.DeclareMaterials,
            rules.declare,
            "What is in a part or a lot, by one list of substances: the digest of an SD-JWT credential",
            parties=_own,
            attachments=_document,
            admit=admitting.declared,
            data=with_document,
        ),
    )
