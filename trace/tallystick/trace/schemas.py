"""The JSON of the trace part's endpoints."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from pydantic import BaseModel

from tallystick.trace.graph import Tree
from tallystick.trace.views import Item, Journey, Step

Names = Mapping[str, str]
Private = Mapping[str, Any] | None


class FaultModel(BaseModel):
    """One thing that is wrong: where (a JSON pointer), what, and what to do."""

    pointer: str
    message: str
    advice: str


class EventDigests(BaseModel):
    digest: str
    cbv_hash: str


class Validation(BaseModel):
    valid: bool
    events: list[EventDigests] = []
    errors: list[FaultModel] = []


class ItemModel(BaseModel):
    identifier: str
    kind: str
    status: str
    step: str | None
    date: str
    holder_name: Names
    maker_name: Names
    place_name: Names
    containers: tuple[str, ...]
    private: Private

    @classmethod
    def of(cls, item: Item) -> ItemModel:
        return cls.model_validate(asdict(item))


class StepModel(BaseModel):
    cursor: str
    step: str | None
    relation: str
    date: str
    until: str | None
    count: int
    inherited: bool
    disposition: str | None
    mark: str | None = None
    party_name: Names
    place_name: Names
    private: Private


class HistoryPage(BaseModel):
    """`next` is the `after` of the next page, absent on the last."""

    steps: list[StepModel]
    next: str | None

    @classmethod
    def of(cls, steps: Sequence[Step], limit: int) -> HistoryPage:
        full = len(steps) == limit
        return cls(
            steps=[StepModel.model_validate(asdict(step)) for step in steps],
            next=steps[-1].cursor if full else None,
        )


class JourneyModel(BaseModel):
    steps: list[StepModel]
    complete: bool

    @classmethod
    def of(cls, journey: Journey) -> JourneyModel:
        return cls.model_validate(asdict(journey))


class NodeModel(BaseModel):
    """A node of a tree laid flat: `above` is the position of the node it hangs from."""

    above: int | None
    identifier: str | None
    kind: str
    status: str | None
    maker_name: Names
    seen: bool
    more: bool
    link: Private


class TreeModel(BaseModel):
    """Nodes, those above before those below; the first is the item asked for."""

    nodes: list[NodeModel]
    complete: bool

    @classmethod
    def of(cls, tree: Tree) -> TreeModel:
        laid: list[NodeModel] = []
        todo = [(tree.root, None)]
        for node, above in todo:  # grows while it is read: breadth first
            laid.append(NodeModel.model_validate({**_flat(node), "above": above}))
            todo.extend((branch, len(laid) - 1) for branch in node.branches)  # type: ignore[misc]
        return cls(nodes=laid, complete=tree.complete)


def _flat(node: Any) -> dict[str, Any]:
    return {name: getattr(node, name) for name in NodeModel.model_fields if name != "above"}
