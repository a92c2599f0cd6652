"""A content is registered under a record of the author's organisation; the entry proves since when it exists.

That two organisations register one content is no conflict: each says only that it had it, at its index.
"""

from __future__ import annotations

from tallystick.identity import records
from tallystick.identity.claims.subjects import own
from tallystick.identity.contents.bodies import RegisterContent
from tallystick.ledger import Act, Change, Effects, RuleError, State


class ContentKnown(RuleError):
    code = "content-known"
    status = 409
    title = "This record stands for this very content already"


def register_content(state: State, act: Act[RegisterContent]) -> Effects:
    body = act.body
    named = own(state, act, body.handle)
    versions = list(state.group("content-version", named.folded).values())
    if versions and versions[-1]["sha256"] == body.sha256:
        raise ContentKnown(f"{body.sha256}, since entry {versions[-1]['since']}")
    told = body.model_dump(mode="json", exclude_none=True, exclude={"handle"})
    row = {
        "handle": named.handle, "owner": named.owner, "since": act.index, "time": act.time, **told,
    }  # fmt: skip
    part = records.version_part(act.index)
    return [Change("content-version", named.folded, row, part)]
