"""Documents and the entry type of logins by a directory."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tallystick.identity import directory
from tallystick.identity.logins import bodies, rules
from tallystick.ledger import Act, EntryType, Kind, RuleSet, State, graded

subject_type = "identity.person.subject/1"


def register(rule_set: RuleSet) -> None:
    """Add what is about directories."""
    rule_set.add_kinds(Kind(rules.directory_kind), Kind(rules.subject_kind), Kind("subject-of"))
    rule_set.add(
        EntryType(
            subject_type,
            bodies.SetSubject,
            rules.set_subject,
            "Who a person is at its organisation's directory, as a salted digest",
            parties=_own,
            own_key=True,
            data=graded("identity", "partner"),
        )
    )


def _own(state: State, act: Act[Any]) -> Iterable[str]:
    yield directory.speaker(state, act.author).organisation
