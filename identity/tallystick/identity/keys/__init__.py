"""The life of a key: replaced by its holder or by officers, asked for as of an index, bound to a certificate."""

from tallystick.identity.key_types import signing_types
from tallystick.identity.keys.answers import read_ca_answer
from tallystick.identity.keys.binding import anchor_kind, binding_bytes
from tallystick.identity.keys.bodies import (
    BindKey,
    CertificateStatus,
    ListAnchor,
    RotateKey,
    WithdrawAnchor,
)
from tallystick.identity.keys.officers import may_recover
from tallystick.identity.keys.validity import (
    KeyAt,
    KeyUnknown,
    key_at,
    keys_at,
)

__all__ = [
    "BindKey",
    "CertificateStatus",
    "KeyAt",
    "KeyUnknown",
    "ListAnchor",
    "RotateKey",
    "WithdrawAnchor",
    "anchor_kind",
    "binding_bytes",
    "key_at",
    "keys_at",
    "may_recover",
    "read_ca_answer",
    "signing_types",
]
