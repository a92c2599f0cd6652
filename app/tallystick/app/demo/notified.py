"""What the banks of the story notify: a camt.054 for each payment, which comes along with what is said of it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import tallystick.finance as finance
from tallystick.app import access
from tallystick.app.bootstrap import Node
from tallystick.app.demo import cast, goods
from tallystick.app.demo.stage import Stage
from tallystick.ledger import Attachment, Body, Reader, Submission, reference_to

_space = "urn:iso:std:iso:20022:tech:xsd:camt.054.001.08"
_ordinary = "SAP-2026-0710"


def notice(reference: str, minor: int, at: str, side: str) -> bytes:
    """One booked payment in CNY. side: DBIT or CRDT."""
    amount = finance.format_amount(minor).replace(",", "")
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<Document xmlns="{_space}"><BkToCstmrDbtCdtNtfctn>\n'
        f"<GrpHdr><MsgId>DEMO-{reference}</MsgId><CreDtTm>{at}</CreDtTm></GrpHdr>\n"
        f"<Ntfctn><Id>{reference}</Id><Acct><Id><Othr><Id>DEMO</Id></Othr></Id><Ccy>CNY</Ccy></Acct>\n"
        f'<Ntry><Amt Ccy="CNY">{amount}</Amt><CdtDbtInd>{side}</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>'
        f"<BookgDt><DtTm>{at}</DtTm></BookgDt><NtryDtls><TxDtls><Refs><EndToEndId>{reference}</EndToEndId>"
        "</Refs></TxDtls></NtryDtls></Ntry>\n</Ntfctn></BkToCstmrDbtCdtNtfctn></Document>\n"
    ).encode()


def said(
    stage: Stage,
    handle: str,
    entry_type: str,
    body: Callable[..., Body],
    record: bytes,
    **told: Any,
) -> Submission:
    """Signed, with the bank's record beside it."""
    kept = Attachment("application/xml", record, stage.random(32), "restricted")
    evidence = hashlib.sha256(record).hexdigest()
    made = body(**told, evidence=evidence, record=reference_to(kept))
    return stage.sign(handle, entry_type, made, attachments=(kept,))


def pay_twice(node: Node, stage: Stage) -> int:
    """The debtor's ERP pays the invoice as well. Both firms say so; so many minor units are paid twice, until they are back."""
    stage.at("2026-07-10T03:00:00.000Z")
    told: dict[str, Any] = {"invoice": goods.invoice, "reference": _ordinary}
    paid = {**told, "currency": "CNY", "amount_minor": goods.face, "paid_at": stage.now}
    sides = ((goods.maker.maker, "CRDT"), (cast.core.maker, "DBIT"))
    stage.append(
        [
            said(
                stage, person, "finance.ordinary.paid/1", finance.OrdinaryPaid,
                notice(_ordinary, goods.face, stage.now, side), **paid,
            )
            for person, side in sides
        ]
    )  # fmt: skip
    twice = _twice(node)
    stage.at("2026-07-10T03:30:00.000Z")
    back = notice(f"{_ordinary}-R", goods.face, stage.now, "CRDT")
    closed = {**told, "how": "paid-back", "at": stage.now}
    stage.append(
        [
            said(
                stage,
                cast.core.maker,
                "finance.ordinary.close/1",
                finance.OrdinaryClose,
                back,
                **closed,
            )
        ]
    )
    return twice - _twice(node)


def _twice(node: Node) -> int:
    """As the debtor is shown it."""
    with node.reader.open() as snapshot:
        reading = access.Reading(snapshot, Reader.party(cast.core.handle))
        page = finance.views.ordinary_payments(reading)
    return sum(one.excess for one in page.rows)
