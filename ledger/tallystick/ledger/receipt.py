"""Receipts: the node's signed promise about entries it took in (formats §3)."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from tallystick.ledger import canonical
from tallystick.ledger.entry import SigningKey, pae
from tallystick.ledger.errors import TallystickError
from tallystick.ledger.keys import PublicKey
from tallystick.ledger.values import hot_value

Grade = Literal["durable", "replicated"]
payload_type = "application/vnd.tallystick.receipt+json"


class ReceiptRefused(TallystickError):
    code = "receipt-refused"
    status = 422
    title = "The receipt is malformed or not signed by the receipt key"
    advice = "Ask the node again with the same entry: the first receipt is given once more."


class ReceiptWrongKey(ReceiptRefused):
    code = "receipt-wrong-key"
    title = "The receipt is not signed by the receipt key that genesis names"
    advice = "Whoever gave it spoke for no log that you know. Compare origin and log key."


@hot_value
class Received:
    """One entry of a receipt; `outcome` is `accepted` or `refused`."""

    author: str
    id: str
    index: int
    leaf_hash: str
    outcome: str


def sign_receipt(
    origin: str,
    entries: Sequence[Received],
    sealed_by: str,
    key: SigningKey,
    grade: Grade = "durable",
) -> dict[str, Any]:
    """A DSSE object. `sealed_by`: latest ledger time of the block that seals these entries.

    `grade`: what had happened to them when it was given, on disk here or also on the standbys.
    """
    payload = canonical.encode(
        {
            "origin": origin,
            "grade": grade,
            "sealed_by": sealed_by,
            "entries": [[e.author, e.id, e.index, e.leaf_hash, e.outcome] for e in entries],
        }
    )
    signature = key.private.sign(pae(payload, payload_type))
    return {
        "payload": base64.b64encode(payload).decode(),
        "payloadType": payload_type,
        "signatures": [{"keyid": key.keyid, "sig": base64.b64encode(signature).decode()}],
    }


def open_receipt(receipt: Mapping[str, Any], key: PublicKey) -> dict[str, Any]:
    """The payload of a receipt signed by `key`; raises `ReceiptRefused`."""
    try:
        payload = base64.b64decode(receipt["payload"], validate=True)
        signature = base64.b64decode(receipt["signatures"][0]["sig"], validate=True)
        kind = receipt["payloadType"]
    except (KeyError, IndexError, TypeError, ValueError):
        raise ReceiptRefused("payload, payloadType or signature is missing") from None
    if not isinstance(kind, str):
        raise ReceiptRefused("payloadType is text")
    if kind != payload_type or not key.verifies(signature, pae(payload, payload_type)):
        raise ReceiptWrongKey("the signature does not verify")
    return dict(canonical.decode_object(payload))


def receipt_grade(payload: Mapping[str, Any]) -> Grade:
    """What a receipt's payload says of its entries; raises `ReceiptRefused`."""
    grade = payload.get("grade")
    if grade == "durable" or grade == "replicated":
        found: Grade = grade
        return found
    raise ReceiptRefused("its grade is neither durable nor replicated")


def signed_payload(receipt: Mapping[str, Any]) -> dict[str, Any]:
    """Of a receipt that was signed here, and is not verified again."""
    return dict(canonical.decode_object(base64.b64decode(receipt["payload"])))
