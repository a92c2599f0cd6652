"""Documents and entry type of digital things.

content-version  <folded handle> part <since>  {handle, owner, since, time, what, sha256, digests?, size, media_type, licence, readers?}
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

from tallystick.identity.claims.subjects import readers_said
from tallystick.identity.contents import bodies, rules
from tallystick.ledger import Document, EntryType, HeadName, Kind, RuleSet, graded


def register(rule_set: RuleSet) -> None:
    rule_set.add_kinds(
        Kind("content-version", {"content-by-sha256": _by_digest}, heads=_handle_head)
    )
    rule_set.add(
        EntryType(
            "identity.content.register/1",
            bodies.RegisterContent,
            rules.register_content,
            "A record stands for a drawing, process, algorithm or data set of this content",
            parties=readers_said,
            data=graded("quality", "partner"),
        )
    )


def _by_digest(_name: str, _part: str, value: Document) -> Iterable[str]:
    return [cast(str, value["sha256"])]


def _handle_head(name: str, _part: str, _value: Document | None) -> Iterable[HeadName]:
    return (("handle", name),)
