"""Where this node anchors, by its settings."""

from __future__ import annotations

from pathlib import Path

import httpx

import tallystick.contracts as contracts
from tallystick.app.bootstrap import Node
from tallystick.app.settings import Settings
from tallystick.ledger import Snapshot, TallystickError


class AnchorNotConfigured(TallystickError):
    code = "anchor-not-configured"
    status = 503
    title = "This node does not know where to anchor"
    advice = (
        "Set TALLYSTICK_ANCHOR_RPC, TALLYSTICK_ANCHOR_CHAIN and TALLYSTICK_ANCHOR_CONTRACT "
        "(`tallystick anchor deploy` makes one)."
    )


class NothingToAnchor(TallystickError):
    code = "anchor-nothing"
    status = 409
    title = "There is no final checkpoint of this size to anchor"
    advice = "`tallystick log show` says how far the log is final, and what it waits for."


class AnchorBusy(TallystickError):
    code = "anchor-busy"
    status = 503
    title = "Another process of this node is anchoring"
    advice = "Wait a moment; `tallystick anchor show` says how far it is."


def key_path(settings: Settings) -> Path:
    return settings.folder / "keys" / "anchor.pem"


def servers(settings: Settings) -> list[str]:
    """The RPC servers; raises `AnchorNotConfigured`."""
    found = [url.strip() for url in settings.anchor_rpc.split(",") if url.strip()]
    if not found or not settings.anchor_chain:
        raise AnchorNotConfigured
    return found


def chains(settings: Settings, http: httpx.Client | None = None) -> list[contracts.Chain]:
    """The contract as each server tells of it. Raises `AnchorNotConfigured` or `AnchorAddressRefused`."""
    urls = servers(settings)
    if not settings.anchor_contract:
        raise AnchorNotConfigured
    contract = contracts.read_address(settings.anchor_contract)
    return [contracts.Chain(url, settings.anchor_chain, contract, http) for url in urls]


def publisher(node: Node, chain: contracts.Chain) -> contracts.Publisher:
    """Raises `AnchorKeyMissing` or `AnchorKeyRefused`."""
    key = contracts.PublisherKey.load(key_path(node.settings))
    return contracts.Publisher(chain, key, node.settings.anchor_fee_max_gwei * contracts.gwei)


def anchorable(snapshot: Snapshot) -> tuple[int, str] | None:
    """The newest checkpoint that may be anchored: the newest final one, under `none` the newest."""
    return snapshot.checkpoint() if snapshot.policy().is_none else snapshot.final_checkpoint()
