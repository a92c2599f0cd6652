"""Anchors against the chain: those in the store, and those that others claim."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import httpx

import tallystick.contracts as contracts
from tallystick.app.anchor.configured import AnchorNotConfigured, servers
from tallystick.app.bootstrap import Node
from tallystick.ledger import (
    AnchorRow,
    Note,
    TallystickError,
    Verifier,
    anchor,
    claim_of,
    log_verifier,
)

#: That the chain contradicts what was claimed; everything else only keeps us from knowing.
contradictions = (
    anchor.AnchorClaimRefused,
    contracts.AnchorDiffers,
    contracts.AnchorFork,
    contracts.AnchorGone,
    contracts.ChainAhead,
    contracts.NotOurContract,
    contracts.RpcsDiffer,
    contracts.TransactionReverted,
)


class AnchorOfAnother(contracts.AnchorFailed):
    code = "anchor-other-contract"
    status = 409
    title = "The anchor stands in another contract than the one you named"
    advice = (
        "It shows when the checkpoint existed, and nothing about other histories of this log: anybody can "
        "deploy a contract of his own. Compare the address with the one that the log's operator published."
    )


def check_kept(
    node: Node, urls: Sequence[str] = ()
) -> Iterator[tuple[AnchorRow, TallystickError | None]]:
    """Every anchor of the store that is in a block, with what the chain says against it.

    Asks `urls`, or the servers of the settings. Raises what keeps it from knowing.
    """
    told = list(urls) or servers(node.settings)
    with node.store.read() as transaction:
        rows = [AnchorRow(*row) for row in transaction.rows("anchor")]
    for row in rows:
        if row.status not in ("mined", "confirmed"):
            continue
        with node.reader.open() as snapshot:
            note = snapshot.checkpoint_of(row.size) or ""
            log = log_verifier(snapshot.view, row.size)
        try:
            check(claim_of(row), note, log, told)
        except contradictions as error:
            yield row, error
        else:
            yield row, None


def check(
    claim: anchor.Claim,
    note: str,
    log: Verifier,
    urls: Sequence[str],
    contract: str = "",
    http: httpx.Client | None = None,
) -> contracts.Seen:
    """That all servers show the claimed anchor of this checkpoint. Raises one of `AnchorFailed`.

    `contract`: the one that is expected; without it any will do, and only the time is shown.
    """
    if not urls:
        raise AnchorNotConfigured
    place = claim.place
    if contract and contracts.read_address(contract) != place.contract:
        raise AnchorOfAnother(f"{place.contract}, not {contract}")
    commitment = anchor.Commitment.of(Note.parse(note), log)
    asked = [contracts.Chain(url, place.chain, place.contract, http) for url in urls]
    return contracts.check_claim(asked, commitment, claim)
