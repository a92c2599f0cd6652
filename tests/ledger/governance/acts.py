"""Acts of governance as the tests make them, and logs whose witnesses govern."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from tests.ledger.witness.history import cosigner
from tests.ledger.world import World, key, root, rules_with_notes

from tallystick.ledger import ChainEntry, PrivateKey, Submission, governance
from tallystick.ledger.governance import GovernanceAct, GovernanceKey, GovernanceSignature

origin = "log.example/tests/simulated"
three = ("w1", "w2", "w3")
A = TypeVar("A", bound=GovernanceAct)


def policy_text(names: Sequence[str] = three, rule: str = "2", comment: str = "") -> str:
    lines = [f"# {comment}"] if comment else []
    lines += [f"witness {name} {cosigner(f'witness.example/{name}').encode()}" for name in names]
    return "\n".join([*lines, f"group g {rule} {' '.join(names)}", "quorum g", ""])


def reference(name: str) -> str:
    return f"300:99/G-{name.upper()}"


def private(name: str) -> PrivateKey:
    return key(reference(name)).private


def named(name: str, by: str | None = None, log: str = origin) -> GovernanceKey:
    """The governance key of the witness; `by`: the key of another one."""
    return governance.name_key(private(by or name), log, name, reference(by or name))


def governors(names: Iterable[str] = three) -> tuple[GovernanceKey, ...]:
    return tuple(named(name) for name in names)


def governed_world(url: str, home: Path, **more: Any) -> World:
    """Three witnesses of which two suffice, each with a governance key."""
    more = {"rules": rules_with_notes(), "policy": policy_text(), "governors": governors(), **more}
    return World(url, home, **more)


def signed(entry_type: str, body: A, *names: str, by_root: bool = False, log: str = origin) -> A:
    """The act with the signatures of these witnesses' governance keys, or of the root authority's."""
    message = governance.act_bytes(log, entry_type, body.act())
    keys = [(reference(name), private(name)) for name in names]
    keys += [(f"300:{root}", key(f"300:{root}").private)] if by_root else []
    made = tuple(GovernanceSignature(key=ref, sig=k.sign(message).hex()) for ref, k in keys)
    return body.model_copy(update={"signatures": made})


def new_policy(number: int = 1, **change: Any) -> governance.NewPolicy:
    told = {
        "number": number, "signatures": (), "policy": policy_text(comment="another"),
        "governance": governors(), "from_index": None,
    }  # fmt: skip
    return governance.NewPolicy(**{**told, **change})


def new_rules(
    number: int = 1, name: str = "tallystick/rules/2", **more: Any
) -> governance.SwitchRules:
    return governance.SwitchRules(number=number, signatures=(), rules=name, **more)


def written(world: World, entry_type: str, body: GovernanceAct) -> Submission:
    """By the root authority, who only brings it."""
    return world.write(root, entry_type, body)


def enacted(world: World, entry_type: str, body: GovernanceAct) -> int:
    """Appended and sealed; the index of the entry."""
    (answer,) = world.append([written(world, entry_type, body)])
    world.ledger.seal()
    return answer.index


def chain(world: World) -> list[ChainEntry]:
    """Genesis and every accepted act, as a node shows them."""
    from tallystick.ledger import auditor_reader

    types = {"ledger.genesis/1", "ledger.policy/1", "ledger.rules/1", "ledger.epoch/1"}
    found: list[ChainEntry] = []
    with world.reader.open() as snapshot:
        for one in snapshot.disclosed(0, snapshot.size(), auditor_reader):
            if one.row.type in types and one.row.outcome == "accepted":
                found.append(
                    ChainEntry(one.row.index, one.row.leaf, one.body or b"", one.salt or b"")
                )
    return found
