"""The life of a key: replaced by its holder or by officers, asked for as of an index, bound to a certificate."""

from tallystick.identity.keys.binding import anchor_kind, binding_bytes
from tallystick.identity.keys.bodies import (
    ApproveAsOfficer,
    BindKey,
    CertificateStatus,
    ListAnchor,
    RecoverKey,
    RefuseAsOfficer,
    RotateKey,
    SetOfficers,
    WithdrawAnchor,
)
from tallystick.identity.keys.recovery import completes
from tallystick.identity.keys.rotation import signing_types
from tallystick.identity.keys.validity import (
    KeyAt,
    KeyUnknown,
    key_at,
    keys_at,
    pending_proposals,
    proposal,
)

__all__ = [
    "ApproveAsOfficer",
    "BindKey",
    "CertificateStatus",
    "KeyAt",
    "KeyUnknown",
    "ListAnchor",
    "RecoverKey",
    "RefuseAsOfficer",
    "RotateKey",
    "SetOfficers",
    "WithdrawAnchor",
    "anchor_kind",
    "binding_bytes",
    "completes",
    "key_at",
    "keys_at",
    "pending_proposals",
    "proposal",
    "signing_types",
]
