"""Entry types and kinds of document of templates."""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

from tallystick.identity import names
from tallystick.identity.templates import rules
from tallystick.identity.templates.bodies import PublishTemplate, WithdrawTemplate
from tallystick.identity.templates.template import claim_kind, kind
from tallystick.ledger import Document, EntryType, Kind, RuleSet, graded

by_owner = "template-by-owner"
by_template = "handle-by-template"
by_prefix = "template-by-prefix"


def records_by_template(_name: str, _part: str, document: Document) -> Iterable[str]:
    """A record under the version of the template that it follows."""
    reference = document.get("template")
    return [] if reference is None or "deleted" in document else [names.fold(str(reference))]


def _owner(_name: str, _part: str, value: Document) -> Iterable[str]:
    return [cast(str, value["owner"])]


def _prefix(name: str, _part: str, _value: Document) -> Iterable[str]:
    return [names.split(name)[0]]


def _named(body: PublishTemplate) -> Iterable[tuple[str, str]]:
    folded = names.fold(body.template)
    return ((kind, folded), ("handle", folded), ("party", folded))


def register(rule_set: RuleSet) -> None:
    """Add templates to a rule set; `identity.register` calls it."""
    rule_set.add_kinds(
        Kind(kind, {by_owner: _owner, by_prefix: _prefix}),
        Kind(claim_kind),
    )
    rule_set.add(
        EntryType(
            "identity.template/1",
            PublishTemplate,
            rules.publish,
            "The holder of a prefix says what records under it hold: the next version of a template",
            reads=_named,
            data=graded("identity", "public"),
        ),
        EntryType(
            "identity.template.withdraw/1",
            WithdrawTemplate,
            rules.withdraw,
            "No record is created under this version of a template from now on",
            data=graded("identity", "public"),
        ),
    )
    rule_set.follow("identity.handle.delete/1", rules.keep_template)
