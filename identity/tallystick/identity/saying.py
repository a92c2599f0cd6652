"""By whose entries what identity shows came about: for grades that whoever said it raised since (`ledger.Thing.said`).

What officers decide by is shown to whoever may decide, whatever its grade: proposals and decisions, grades, permissions.
"""

from __future__ import annotations

from functools import lru_cache

#: Entry types, without versions.
Types = tuple[str, ...]
record_types: Types = (
    "identity.handle.create",
    "identity.handle.write",
    "identity.handle.renew",
)
name_types: Types = ("identity.name.claim", "identity.name.release")
contest_types: Types = ("identity.name.contest", "identity.name.settle")
relation_types: Types = ("identity.relation.add", "identity.relation.remove")
content_types: Types = ("identity.content.register",)
batch_types: Types = ("identity.batch",)
credential_types: Types = (
    "identity.credential.issue",
    "identity.credential.state",
    "identity.credential.see",
    "identity.credential.show",
    "identity.material.declare",
)
requirement_types: Types = ("identity.qualification.require",)
agreement_types: Types = (
    "identity.disclose",
    "identity.share.offer",
    "identity.share.accept",
    "identity.share.end",
)
paper_types: Types = ("identity.papers.hand",)
incident_types: Types = ("identity.incident.tell",)
remembered = 4096


@lru_cache(maxsize=remembered)
def said_by(types: Types, *organisations: str | None) -> tuple[tuple[str, str], ...]:
    """That what is shown came about by such entries of any of these organisations."""
    return tuple((stem, one) for one in organisations if one for stem in types)
