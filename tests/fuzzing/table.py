"""Every parser of shipped code by its name: `part.module.Class.function`, without `tallystick.`.

A name with a comma is another way of reading the same: verified, stated, proven.
"""

from __future__ import annotations

from tests.fuzzing import (
    bundle_parsers,
    ca_parsers,
    credential_parsers,
    device_parsers,
    document_parsers,
    exchange_parsers,
    handle_parsers,
    ledger_parsers,
    machine_parsers,
    native_parsers,
    part_parsers,
    service_parsers,
)
from tests.fuzzing.engine import Parser

_parts = ("identity", "trace", "finance", "scanners", "contracts", "app")


def named(name: str) -> str:
    """The full name; those of the ledger stand in its tables without `ledger.`."""
    if "," in name:
        return ""
    return name if name.partition(".")[0] in _parts else f"ledger.{name}"


parsers: dict[str, Parser] = {
    **ledger_parsers.parsers,
    **bundle_parsers.parsers,
    **credential_parsers.parsers,
    **part_parsers.parsers,
    **exchange_parsers.parsers,
    **service_parsers.parsers,
    **handle_parsers.parsers,
    **native_parsers.parsers,
    **machine_parsers.parsers,
    **device_parsers.parsers,
    **document_parsers.parsers,
    **ca_parsers.parsers,
}
for _name, _parser in parsers.items():
    _parser.name = _name
