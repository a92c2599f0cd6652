"""One record under many names: claims of codes, contests between claimants, and resolution by any name."""

from tallystick.identity.claims.bodies import (
    ClaimName,
    ContestName,
    Continues,
    ReleaseName,
    SettleName,
)
from tallystick.identity.claims.kinds import register
from tallystick.identity.claims.subjects import Subject, owner_of, subject
from tallystick.identity.claims.views import (
    Contest,
    Name,
    by_name,
    contests_about,
    contests_for,
    contests_of,
    names_for,
    names_of,
)

__all__ = [
    "ClaimName",
    "Contest",
    "ContestName",
    "Continues",
    "Name",
    "ReleaseName",
    "SettleName",
    "Subject",
    "by_name",
    "contests_about",
    "contests_for",
    "contests_of",
    "names_for",
    "names_of",
    "owner_of",
    "register",
    "subject",
]
