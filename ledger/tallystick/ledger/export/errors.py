"""What can be wrong with an export, each by its name."""

from __future__ import annotations

from tallystick.ledger.errors import TallystickError


class ExportElsewhere(TallystickError):
    code = "export-elsewhere"
    status = 409
    title = "The folder holds something else than an earlier export of this log for this reader"
    advice = "Name an empty folder, or the one of the earlier export."


class ExportUnwritable(TallystickError):
    code = "export-unwritable"
    status = 507
    title = "The export cannot be written"
    advice = "Check that the disk has room and the folder is yours, and run it again: it goes on."


class ExportRefused(TallystickError):
    """Base of what an import or an audit of an export refuses before it replays anything."""

    code = "export-refused"
    status = 422
    title = "The export is not in its form"
    advice = "Nothing was imported. Copy the export again, and compare it by its SHA256SUMS."


class ExportMissing(ExportRefused):
    code = "export-file-missing"
    title = "A file of the export is missing"


class ExportPathRefused(ExportRefused):
    code = "export-path-refused"
    title = "A file of the export is a link, no plain file, or cannot be read"
    advice = "Nothing was imported. Copy the files themselves; an export holds no links."


class ExportSumsRefused(ExportRefused):
    code = "export-sums-refused"
    title = "SHA256SUMS is not in its form, or lists what no export holds"


class ExportChanged(ExportRefused):
    code = "export-file-changed"
    title = "A file of the export is not the one that SHA256SUMS lists"


class ExportRecordRefused(ExportRefused):
    code = "export-record-refused"
    title = "A file of the export does not hold the records that belong there"
    advice = "Nothing was imported. Keep this export as evidence, and ask for another one."


class ExportTreeDiffers(ExportRefused):
    code = "export-tree-differs"
    title = "Tiles, entries and checkpoint of the export are not of one tree"
    advice = "Nothing was imported. Keep this export as evidence, and ask for another one."


class ExportPartial(ExportRefused):
    code = "export-partial"
    title = "The export does not disclose everything, and only a full one replays"
    advice = "Ask the operator or an auditor for a full export; single entries verify in this one."
