"""What can be said about how two handles belong together."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from tallystick.ledger import Body, Handle

readers_max = 32

RelationKind = Literal["contains", "split-from", "merged-into", "replaced-by", "same-as"]


class AddRelation(Body):
    """`source` contains, was split from, merged into, replaced by, or is the same as `target`.

    The author speaks for the owner of `source`; the owner of `target`, if another, has signed too. `readers`: the
    relation is not public, but for both owners and these organisations.
    """

    source: Handle
    kind: RelationKind
    target: Handle
    readers: Annotated[tuple[Handle, ...], Field(min_length=1, max_length=readers_max)] | None = (
        None
    )

    @model_validator(mode="after")
    def _two(self) -> Self:
        if self.source == self.target:
            raise ValueError("source and target are one handle")
        return self


class RemoveRelation(Body):
    """The relation holds no longer; said by the owner of either."""

    source: Handle
    kind: RelationKind
    target: Handle
