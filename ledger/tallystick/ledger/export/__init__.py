"""Export of a log into a folder that verifies by itself, and import from one (formats §8)."""

from tallystick.ledger.export.check import audit_export, import_log
from tallystick.ledger.export.errors import (
    ExportChanged,
    ExportElsewhere,
    ExportMissing,
    ExportPartial,
    ExportPathRefused,
    ExportRecordRefused,
    ExportRefused,
    ExportSumsRefused,
    ExportTreeDiffers,
    ExportUnwritable,
)
from tallystick.ledger.export.read import Export
from tallystick.ledger.export.write import Exported, export_log

__all__ = [
    "Export",
    "ExportChanged",
    "ExportElsewhere",
    "ExportMissing",
    "ExportPartial",
    "ExportPathRefused",
    "ExportRecordRefused",
    "ExportRefused",
    "ExportSumsRefused",
    "ExportTreeDiffers",
    "ExportUnwritable",
    "Exported",
    "audit_export",
    "export_log",
    "import_log",
]
