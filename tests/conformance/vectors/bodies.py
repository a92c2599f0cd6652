"""Forms of bodies for the verifier page: the product's own models as JSON Schema, without what is for people."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from pydantic import BaseModel

import tallystick.finance as finance
from tallystick.app.bundles import issued, proposed
from tallystick.identity import (
    AddDevice,
    AddKey,
    AddPerson,
    BindKey,
    CreateHandles,
    Decide,
    DeleteHandle,
    LeavePerson,
    RenewHandle,
    RevokeKey,
    RotateKey,
    WriteHandle,
    devices,
)
from tallystick.ledger import Body
from tallystick.ledger.governance.bodies import Epoch, NewPolicy, SwitchRules
from tallystick.ledger.system import Block, Genesis
from tallystick.trace import Capture

_folder = Path(__file__).parents[3] / "app" / "verifier" / "src" / "bundle"
path, classes_path = _folder / "bodies.json", _folder / "classes.json"
models: dict[str, type[Body]] = {
    "ledger.genesis/1": Genesis,
    "ledger.block/1": Block,
    "ledger.policy/1": NewPolicy,
    "ledger.rules/1": SwitchRules,
    "ledger.epoch/1": Epoch,
    "identity.key.add/1": AddKey,
    "identity.key.revoke/1": RevokeKey,
    "identity.key.rotate/1": RotateKey,
    "identity.decide/1": Decide,
    "identity.key.bind/1": BindKey,
    "identity.person.add/1": AddPerson,
    "identity.person.leave/1": LeavePerson,
    "identity.device.add/1": AddDevice,
    devices.enrol_type: devices.EnrolDevice,
    devices.retire_type: devices.RetireDevice,
    devices.suspend_type: devices.SuspendDevice,
    "identity.handle.create/1": CreateHandles,
    "identity.handle.write/1": WriteHandle,
    "identity.handle.delete/1": DeleteHandle,
    "identity.handle.renew/1": RenewHandle,
    "trace.capture/1": Capture,
    "finance.confirm.propose/1": finance.ConfirmPropose,
    "finance.confirm.approve/1": finance.ConfirmApprove,
    "finance.policy.confirm/1": finance.policies.PolicyConfirm,
    "finance.policy.stop/1": finance.policies.PolicyStop,
    "finance.certificate.accept/1": finance.CertificateAccept,
    "finance.certificate.refuse/1": finance.CertificateRefuse,
    "finance.transfer.offer/1": finance.TransferOffer,
    "finance.transfer.accept/1": finance.TransferAccept,
    "finance.quote/1": finance.Quote,
    "finance.tender.open/1": finance.TenderOpen,
    "finance.bid.open/1": finance.BidOpen,
    "finance.disburse/1": finance.Disburse,
    "finance.disburse.return/1": finance.DisburseEnd,
    "finance.pay/1": finance.Pay,
    "finance.pay.due/1": finance.PayDue,
    "finance.pay.return/1": finance.Returned,
    "finance.insurance.claim/1": finance.InsuranceClaim,
    "finance.insurance.paid/1": finance.ClaimPaid,
    "finance.recourse.demand/1": finance.RecourseDemand,
    "finance.recourse.receive/1": finance.RecourseReceived,
    "finance.cancel.propose/1": finance.CancelPropose,
    "finance.cancel.agree/1": finance.CancelAnswer,
}
#: Parts of bodies, under names that are no entry types.
parts: dict[str, type[BaseModel]] = {
    "approval": proposed.Approval,
    "dismissal": proposed.Dismissal,
    "admission": proposed.Admission,
    "signed-policy": issued.Signed,
    "policy-terms": issued.Terms,
}
_for_people = {"title", "description", "examples", "default"}
#: What the page's program understands; another word would be passed over unseen.
_understood = {
    "$defs", "$ref", "additionalProperties", "anyOf", "const", "enum", "exclusiveMinimum", "items",
    "maxItems", "maxLength", "maxProperties", "maximum", "minItems", "minLength", "minimum", "pattern",
    "patternProperties", "properties", "propertyNames", "required", "type",
}  # fmt: skip


def text() -> str:
    """What the file must hold."""
    named: dict[str, type[BaseModel]] = {**models, **parts}
    told = {name: _schema(model.model_json_schema()) for name, model in named.items()}
    return json.dumps(told, indent=2, ensure_ascii=False) + "\n"


def classes_text() -> str:
    """What the keys of a device may sign, by its class."""
    told = {name: list(one.types) for name, one in devices.classes.items()}
    return json.dumps(told, indent=2) + "\n"


def _schema(told: dict[str, Any]) -> dict[str, Any]:
    kept = {word: value for word, value in told.items() if word not in _for_people}
    if strange := kept.keys() - _understood:
        raise ValueError(f"the page does not understand {', '.join(sorted(strange))}")
    return {word: _part(word, value) for word, value in kept.items()}


def _part(word: str, value: Any) -> Any:
    if word in {"$defs", "patternProperties", "properties"}:
        return {name: _schema(schema) for name, schema in value.items()}
    if word == "anyOf":
        return [_schema(schema) for schema in value]
    return _schema(value) if isinstance(value, dict) else value
