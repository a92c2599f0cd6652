"""The life of a key: replaced by its holder or by officers, asked for as of an index, bound to a certificate."""

from tallystick.identity.keys.bodies import (
    ApproveAsOfficer,
    RecoverKey,
    RefuseAsOfficer,
    RotateKey,
    SetOfficers,
)
from tallystick.identity.keys.rotation import signing_types

__all__ = ["ApproveAsOfficer", "RecoverKey", "RefuseAsOfficer", "RotateKey", "SetOfficers", "signing_types"]
