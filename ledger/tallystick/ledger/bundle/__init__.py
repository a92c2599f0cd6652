"""Proof bundles (`.tally`): facts of one log, proven offline against one checkpoint (formats §5)."""

from tallystick.ledger.bundle import errors, layout
from tallystick.ledger.bundle.container import bundle_bytes_max, files_max, pack, unpack
from tallystick.ledger.bundle.errors import BundleRefused, NothingPinned
from tallystick.ledger.bundle.held import Bundle, HeldEntry, HeldHead, Pins
from tallystick.ledger.bundle.manifest import Forms, Manifest, Request
from tallystick.ledger.bundle.opening import open_bundle
from tallystick.ledger.bundle.shown import Shown, ShownField

__all__ = [
    "Bundle",
    "BundleRefused",
    "Forms",
    "HeldEntry",
    "HeldHead",
    "Manifest",
    "NothingPinned",
    "Pins",
    "Request",
    "Shown",
    "ShownField",
    "bundle_bytes_max",
    "errors",
    "files_max",
    "layout",
    "open_bundle",
    "pack",
    "unpack",
]
