"""The life of a key: replaced by its holder or by officers, asked for as of an index, bound to a certificate."""

from tallystick.identity.keys.bodies import (
    ApproveAsOfficer,
    RecoverKey,
    RefuseAsOfficer,
    RotateKey,
    SetOfficers,
)

__all__ = ["ApproveAsOfficer", "RecoverKey", "RefuseAsOfficer", "RotateKey", "SetOfficers"]
