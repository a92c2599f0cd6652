"""EPCIS 2.0 / CBV 2.0: parsing, validation, hashes."""

from tallystick.trace.epcis.clock import instant
from tallystick.trace.epcis.event_hash import cbv_hash, strict_digest
from tallystick.trace.epcis.json_ld import parse
from tallystick.trace.epcis.validate import validate, validate_document, validate_event

__all__ = [
    "cbv_hash",
    "instant",
    "parse",
    "strict_digest",
    "validate",
    "validate_document",
    "validate_event",
]
