"""The anchor of a bundle, checked by asking the chain: the one thing in it that no file shows."""

from __future__ import annotations

from collections.abc import Sequence

from tallystick.app.anchor.checking import AnchorOfAnother, check, contradictions
from tallystick.app.bundles.statements import Statement, authentic, note
from tallystick.contracts import host_of
from tallystick.ledger import TallystickError
from tallystick.ledger.bundle import Bundle


class AnchorRefused(TallystickError):
    code = "bundle-anchor-not-there"
    status = 422
    title = "The chain does not hold the anchor that the bundle claims"
    advice = "What else it proves stands without --rpc; keep it, and show it to the log's operator."


class AnchorMissing(AnchorRefused):
    code = "bundle-anchor-missing"
    title = "The bundle claims no anchor that could be checked"
    advice = "Ask for one made by `tallystick bundle make --anchored`, or leave out --rpc."


def anchor_statements(
    bundle: Bundle, servers: Sequence[str], contract: str = ""
) -> list[Statement]:
    """What the servers say of it. Raises `AnchorRefused`, and what keeps it from knowing."""
    if bundle.anchor is None:
        raise AnchorMissing
    try:
        seen = check(bundle.anchor, bundle.note.encode(), bundle.log, servers, contract)
    except (*contradictions, AnchorOfAnother) as error:
        raise AnchorRefused(f"{error.code}: {error.diagnosis()}") from None
    hosts = ", ".join(dict.fromkeys(host_of(url) for url in servers))
    said = authentic(
        "anchor.checked", servers=hosts, confirmations=seen.confirmations, time=seen.place.time
    )
    return [said, authentic("anchor.contract") if contract else note("anchor.any-contract")]
