"""`--replay`: the rules executed again over the entries of a bundle, and what they give compared with it.

For a bundle that was made for it: it then holds, beside the acts themselves, every entry that wrote what
their rules read. That nothing of these was left out follows only as far as the rules would miss it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, cast

from tallystick.app.bootstrap import rule_set
from tallystick.app.bundles.certificates import standing
from tallystick.app.bundles.facts import Facts
from tallystick.app.bundles.statements import Statement, authentic
from tallystick.identity import Directory
from tallystick.ledger import Snapshot, SuiteLacking, TallystickError, auditor_reader
from tallystick.ledger.bundle import Bundle, Given, Rerun, closure, dependencies, errors

#: Lists of what ends at which hour: each entry that makes something that ends writes its own rows anew.
unread = frozenset({"expiry", "expiry-hour"})


def replayed(bundle: Bundle) -> Statement:
    """Raises `ReplayRefused` for the first thing that comes out otherwise."""
    rerun = Rerun(rule_set(), Directory())
    for index in sorted(bundle.entries):
        _run(rerun, bundle, index)
    touched = rerun.touched()
    for name, head in bundle.heads.items():
        if touched.get(name, ()) != head.indexes:
            raise errors.ReplayRefused(
                f"{' '.join(name)}: other entries touch it than the log lists"
            )
    facts, certificates = Facts(bundle), 0
    for request in bundle.manifest.requests:
        if request.about == "certificate":
            _compare(rerun, facts, request.text("certificate"))
            certificates += 1
    return authentic("replay.same", entries=len(bundle.entries), certificates=certificates)


def needed(snapshot: Snapshot, size: int, start: Iterable[int]) -> list[int]:
    """The entries on which these rest, by a replay of the whole log up to a size."""
    entries = (
        Given(found.row.index, found.row.leaf, found.body or b"", found.salt or b"")
        for found in snapshot.disclosed(0, size, auditor_reader)
    )
    return sorted(closure(start, dependencies(entries, rule_set(), Directory(), unread)))


def _run(rerun: Rerun, bundle: Bundle, index: int) -> None:
    held = bundle.entries[index]
    if held.body is None or held.salt is None:
        raise errors.ReplayRefused(f"entry {index} is here without its body")
    try:
        outcome = rerun.run(Given(index, held.leaf, held.body, held.salt))
    except SuiteLacking as error:
        raise errors.BundleSuiteLacking(f"entries {index}: {error.suite}") from None
    except TallystickError as error:
        raise errors.ReplayRefused(f"entry {index}: {error.code}: {error.detail}") from None
    if outcome.refusal is not None and bundle.applied(held):
        refusal = outcome.refusal
        raise errors.ReplayRefused(f"entry {index}: {refusal.code}: {refusal.detail}")


def _compare(rerun: Rerun, facts: Facts, name: str) -> None:
    """Holdings cent by cent, against what the acts add up to."""
    held: dict[str, int] = {}
    for document in rerun.state.group("holding", name).values():
        row = cast(Mapping[str, Any], document)
        held[row["holder"]] = held.get(row["holder"], 0) + row["end"] - row["start"]
    head = cast(Mapping[str, Any], rerun.state.get("certificate", name) or {})
    found = standing(facts, name)
    if (held, head.get("status")) != found:
        raise errors.ReplayRefused(f"{name}: {head.get('status')}, {held}, and not {found}")
