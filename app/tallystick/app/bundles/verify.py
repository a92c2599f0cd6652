"""Verifying a bundle from its bytes to its statements (docs/reference/bundle-format.md). No I/O, no clock."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from tallystick.app.bundles.certificates import about_certificate
from tallystick.app.bundles.claims import (
    about_key,
    about_key_at,
    absent,
    never_confirmed,
    not_revoked,
)
from tallystick.app.bundles.custody import about_item
from tallystick.app.bundles.entries import about_entry
from tallystick.app.bundles.facts import Facts
from tallystick.app.bundles.records import about_record
from tallystick.app.bundles.statements import Statement, note, proven
from tallystick.ledger import simulated_suffix, witness
from tallystick.ledger.bundle import Bundle, Forms, Pins, Request, open_bundle

forms: Forms = {
    "entry": {"index": int},
    "custody": {"item": str},
    "certificate": {"certificate": str},
    "key": {"key": str},
    "key-at": {"key": str, "index": int},
    "not-revoked": {"key": str},
    "never-confirmed": {"invoice": str, "line": int},
    "absent": {"kind": str, "name": str},
    "record": {"handle": str, "index": int},
}
_computed: Mapping[str, Callable[[Facts, Request], Iterator[Statement]]] = {
    "entry": about_entry,
    "custody": about_item,
    "certificate": about_certificate,
    "key": about_key,
    "key-at": about_key_at,
    "not-revoked": not_revoked,
    "never-confirmed": never_confirmed,
    "absent": absent,
    "record": about_record,
}


def verify(data: bytes, pins: Pins) -> list[Statement]:
    """All that follows from a bundle. Raises `NothingPinned` or `BundleRefused`."""
    return states(open_bundle(data, pins, forms))


def states(bundle: Bundle) -> list[Statement]:
    """What an opened bundle states, once its signatures verify."""
    facts = Facts(bundle)
    found = [*_about_log(bundle), facts.signers.statement()]
    for request in bundle.manifest.requests:
        found += _computed[request.about](facts, request)
    return found


def _about_log(bundle: Bundle) -> Iterator[Statement]:
    checkpoint, pins = bundle.checkpoint, bundle.pins
    origin, root = checkpoint.origin, checkpoint.root.hex()
    yield proven("log", origin=origin, size=checkpoint.size, root=root, time=bundle.block.time)
    if origin.endswith(simulated_suffix):
        yield note("log.simulated", origin=origin)
    if pins.log_keys:
        yield proven("pin.log-key")
    if pins.genesis is not None:
        yield proven("pin.genesis")
    if pins.policy is not None:
        yield proven("pin.policy")
    if bundle.policy.is_none:
        yield note("policy.none")
    else:
        have = bundle.verdict.cosigned
        names = [one.name for one in bundle.policy.witnesses if one.name in have]
        said = ", ".join(witness.printable(name) for name in names)
        yield proven("policy.final", witnesses=said, quorum=witness.printable(bundle.policy.quorum))
    if bundle.anchor is not None:
        place = bundle.anchor.place
        yield note(
            "anchor.claimed", chain=place.chain, contract=place.contract,
            transaction=f"0x{place.transaction.hex()}", block=place.block, time=place.time,
        )  # fmt: skip
    if not bundle.keeps_heads:
        yield note("heads.none")
