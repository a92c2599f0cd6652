"""Taking in a company's own table files: orders, despatches, deliveries and invoices, and what refers to them.

Start at `open_table` (rows of a CSV or Excel file), `load_mapping` (which column feeds which field),
`read_trade` (rows to documents, and what is wrong with the others; `read_later` for those that refer to one) and `Plan` (documents to bodies of
entries). Nothing here appends, asks or knows who is registered.
"""

from __future__ import annotations

from tallystick.app.imports.drafts import (
    DeliveryDraft,
    DespatchDraft,
    Draft,
    InvoiceDraft,
    OrderDraft,
    Party,
)
from tallystick.app.imports.entry_ids import entry_id
from tallystick.app.imports.errors import (
    ColumnsMissing,
    MapRefused,
    RowError,
    TableRefused,
    write_errors,
)
from tallystick.app.imports.files.table import Cell, Row, Table, open_table
from tallystick.app.imports.guess import guess
from tallystick.app.imports.later import LaterDocument, LaterDocuments, read_later
from tallystick.app.imports.mapping import (
    Mapping,
    importer,
    load_mapping,
    open_mapped,
    parse_mapping,
    shipped_maps,
)
from tallystick.app.imports.plan import Held, Plan, Planned
from tallystick.app.imports.trade import Trade, read_trade

__all__ = [
    "Cell",
    "ColumnsMissing",
    "DeliveryDraft",
    "DespatchDraft",
    "Draft",
    "Held",
    "InvoiceDraft",
    "LaterDocument",
    "LaterDocuments",
    "MapRefused",
    "Mapping",
    "OrderDraft",
    "Party",
    "Plan",
    "Planned",
    "Row",
    "RowError",
    "Table",
    "TableRefused",
    "Trade",
    "entry_id",
    "guess",
    "importer",
    "load_mapping",
    "open_mapped",
    "open_table",
    "parse_mapping",
    "read_later",
    "read_trade",
    "shipped_maps",
    "write_errors",
]
