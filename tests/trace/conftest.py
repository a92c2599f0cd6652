"""A world for the trace rules without a ledger: two makers, a carrier, and a reader's view."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pytest

from tallystick.identity import names
from tallystick.ledger.fields import AttachmentRef
from tallystick.ledger.rules import Act, RuleSet
from tallystick.ledger.state import Change, Found, Kind, MemoryState
from tallystick.trace import Capture, builders, register, summarise

MAKER, BUYER, CARRIER = "99.100/O-MAKER00000000", "99.100/O-BUYER00000000", "99.100/O-CARRIER000000"
SCANNER = {MAKER: "99.100.7/scanner-1", BUYER: "99.100.8/scanner-1", CARRIER: "99.100.9/scanner-1"}
TIME = "2026-03-05T08:00:00.000Z"


class MemoryView(MemoryState):
    """A `View` over a `MemoryState`: indexes computed on each question."""

    def __init__(self, kinds: Iterable[Kind]) -> None:
        super().__init__()
        self._indexes = {
            index: (kind.name, keys) for kind in kinds for index, keys in kind.indexes.items()
        }

    def find(
        self, index: str, key: str, *, after: tuple[str, str] | None = None, limit: int = 100
    ) -> Sequence[Found]:
        kind, keys = self._indexes[index]
        found = [
            Found(kind, name, part, doc)
            for (which, name, part), doc in self.documents()
            if which == kind
            and key in set(keys(name, part, doc))
            and (after is None or (name, part) > after)
        ]
        return found[:limit]

    def below(self, kind: str, name: str, before: str = "", limit: int = 100) -> Sequence[Found]:
        found = [Found(kind, name, part, doc) for part, doc in self.group(kind, name).items()]
        return [row for row in reversed(found) if not before or row.part < before][:limit]

    def count(self, index: str, key: str) -> int:
        return len(self.find(index, key, limit=10**9))

    def names(self, kind: str, *, after: str = "", limit: int = 100) -> Sequence[str]:
        found = sorted({name for (which, name, _), _ in self.documents() if which == kind})
        return [name for name in found if name > after][:limit]


class World:
    """Judges captures one after the other and keeps the state."""

    def __init__(self) -> None:
        self.rules = RuleSet()
        register(self.rules)
        self.state = MemoryView(self.rules.kinds.values())
        self.acts: list[Act[Any]] = []
        for organisation, device in SCANNER.items():
            name = organisation.split("-")[1].rstrip("0").title()
            self.state.apply(
                [
                    Change(
                        "organisation",
                        organisation,
                        {"name": {"en": name, "zh": name}, "scheme": "none", "verified": True,
                         "node": "99.100", "capacities": ["supplier"]},
                    ),
                    Change("device", device, {"organisation": organisation, "purpose": "scanner"}),
                    Change("prefix", names.split(device)[0], {"holder": organisation}),
                ]
            )  # fmt: skip
        self.state.apply(
            [Change("person", "99.100/P-1", {"organisation": MAKER, "roles": ["warehouse"]})]
        )

    def handles(self, *handles: str, name: str | None = None) -> None:
        values = [{"index": 1, "type": "NAME", "data": name}] if name else []
        self.state.apply(
            Change("handle", names.fold(handle), {"handle": handle, "values": values, "owner": "x"})
            for handle in handles
        )

    def act(self, *events: dict[str, Any], by: str = MAKER, time: str = TIME) -> Act[Any]:
        author = SCANNER.get(by, by)
        body = capture_of(*events)
        return Act(len(self.acts) + 1, "trace.capture/1", author, "id", "0" * 64, time, body)

    def capture(self, *events: dict[str, Any], by: str = MAKER, time: str = TIME) -> None:
        act = self.act(*events, by=by, time=time)
        self.state.apply(self.rules.judge(self.state, act))
        self.acts.append(act)

    def item(self, identifier: str) -> dict[str, Any]:
        found = self.state.get("item", identifier)
        assert found is not None
        return dict(found)


def capture_of(*events: dict[str, Any]) -> Capture:
    document = builders.document(list(events), created=TIME)
    data = builders.encode(document)
    reference = AttachmentRef(hash="0" * 64, type="application/ld+json", size=len(data))
    return Capture(events=summarise(document), document=reference)


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def helpers() -> Any:
    """The names of this module, for tests (which are not a package)."""
    import types

    return types.SimpleNamespace(
        MAKER=MAKER, BUYER=BUYER, CARRIER=CARRIER, TIME=TIME, World=World, capture_of=capture_of
    )


@pytest.fixture(scope="session")
def shared_epcis() -> Path:
    folder = Path(__file__).parents[2].parent / "shared" / "fixtures" / "epcis"
    if not folder.is_dir():
        pytest.skip(f"the EPCIS documents of others are not beside the checkout: {folder}")
    return folder
