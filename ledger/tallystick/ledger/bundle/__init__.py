"""Proof bundles (`.tally`): facts of one log, proven offline against one checkpoint (formats §5)."""

from tallystick.ledger.bundle import errors, layout
from tallystick.ledger.bundle.container import bundle_bytes_max, files_max, pack, unpack
from tallystick.ledger.bundle.errors import BundleRefused, NothingPinned
from tallystick.ledger.bundle.held import Bundle, HeldEntry, HeldHead, Pins
from tallystick.ledger.bundle.manifest import Forms, Manifest, Request
from tallystick.ledger.bundle.opening import open_bundle
from tallystick.ledger.bundle.rerun import Given, Rerun, closure, dependencies
from tallystick.ledger.bundle.shown import Shown, ShownField, fields_of

__all__ = [
    "Bundle",
    "BundleRefused",
    "Forms",
    "Given",
    "HeldEntry",
    "HeldHead",
    "Manifest",
    "NothingPinned",
    "Pins",
    "Request",
    "Rerun",
    "Shown",
    "ShownField",
    "bundle_bytes_max",
    "closure",
    "dependencies",
    "errors",
    "fields_of",
    "files_max",
    "layout",
    "open_bundle",
    "pack",
    "unpack",
]
