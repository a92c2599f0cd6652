"""Entries on their way from API processes to the one process that appends (ADR 0024)."""

from tallystick.app.handover.address import Address, AddressRefused
from tallystick.app.handover.remote import RemoteLog, SequencerUnreachable
from tallystick.app.handover.secured import HandoverTlsUnusable, Secured
from tallystick.app.handover.serving import run

__all__ = [
    "Address",
    "AddressRefused",
    "HandoverTlsUnusable",
    "RemoteLog",
    "Secured",
    "SequencerUnreachable",
    "run",
]
