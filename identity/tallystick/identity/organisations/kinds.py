"""Documents and entry types of organisations beyond their registration."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tallystick.identity import directory
from tallystick.identity.organisations import (
    bodies,
    holds,
    incidents,
    numbers,
    papers,
    past,
    quotas,
    searching,
)
from tallystick.ledger import (
    Act,
    AttachmentRef,
    EntryType,
    Kind,
    Mark,
    RuleSet,
    State,
    graded,
)

hand_papers_type, incident_type = "identity.papers.hand/1", "identity.incident.tell/1"
#: Of the kind `organisation`.
indexes = {papers.by_end: papers.ends, searching.by_text: searching.texts}


def register(rule_set: RuleSet) -> None:
    """Add them."""
    rule_set.add_kinds(
        Kind(numbers.kind),
        Kind(past.kind),
        Kind(holds.kind),
        Kind(quotas.kind),
        Kind(papers.kind, {papers.by_organisation: papers.of_organisation}),
        Kind(incidents.kind),
    )
    rule_set.add(
        EntryType(
            hand_papers_type,
            bodies.HandPapers,
            papers.hand,
            "An organisation hands in later papers, which two people of its node confirm",
            parties=_own_and_node,
            own_key=True,
            attachments=_documents,
            data=graded(
                "identity", "partner", attachments=Mark("personal", "restricted"), shared=True
            ),
        ),
        EntryType(
            incident_type,
            bodies.TellIncident,
            incidents.tell,
            "A node says what went wrong, since when, and whom it concerns",
            parties=incidents.readers,
            own_key=True,
            attachments=_text,
            data=graded("identity", "partner", attachments=Mark("identity", "partner")),
        ),
    )


def _own_and_node(state: State, act: Act[Any]) -> Iterable[str]:
    yield act.body.organisation
    found = state.get("organisation", act.body.organisation)
    node = None if found is None else directory.prefix_holder(state, str(found["node"]))
    if node is not None:
        yield node


def _documents(body: bodies.HandPapers) -> Iterable[AttachmentRef]:
    return (paper.document for paper in body.papers)


def _text(body: bodies.TellIncident) -> Iterable[AttachmentRef]:
    return () if body.text is None else (body.text,)
