"""The life of a key: replaced by its holder or by officers, asked for as of an index, bound to a certificate."""

from tallystick.identity.keys.bodies import (
    ApproveAsOfficer,
    RecoverKey,
    RefuseAsOfficer,
    RotateKey,
    SetOfficers,
)
from tallystick.identity.keys.recovery import completes
from tallystick.identity.keys.rotation import signing_types
from tallystick.identity.keys.validity import (
    KeyAt,
    KeyUnknown,
    key_at,
    keys_at,
    open_proposals,
    proposal,
)

__all__ = [
    "ApproveAsOfficer", "KeyAt", "KeyUnknown", "RecoverKey", "RefuseAsOfficer", "RotateKey",
    "SetOfficers", "completes", "key_at", "keys_at", "open_proposals", "proposal", "signing_types",
]  # fmt: skip
