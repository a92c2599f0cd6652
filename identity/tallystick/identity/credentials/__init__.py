"""Credentials: qualification certificates and material declarations, shown field by field to one organisation.

`disclosures`, `jws` and `sdjwt` are the format; `types` and `materials` what credentials say; `bodies`, `rules`
and `kinds` what the log knows of them; `status_list`, `standing` and `views` what readers are told; `rollup`
what declarations of parts say of a whole.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tallystick.identity.credentials import errors, status_list
from tallystick.identity.credentials.bodies import (
    DeclareMaterials,
    IssueCredential,
    ReinstateCredential,
    RequireQualifications,
    RevokeCredential,
    SeeCredential,
    ShowCredential,
    StateCredential,
    StatusPlace,
    SuspendCredential,
    ThresholdList,
    list_places,
)
from tallystick.identity.credentials.disclosures import Hidden, Revealed
from tallystick.identity.credentials.kinds import by_expiry, register
from tallystick.identity.credentials.materials import (
    Declared,
    MaterialDeclaration,
    Substance,
    hide_declaration,
    million,
    numbering,
    read_declaration,
)
from tallystick.identity.credentials.packed import Packed
from tallystick.identity.credentials.rollup import Component, Declarations, Finding, roll_up
from tallystick.identity.credentials.rules import (
    kind,
    material_kind,
    material_part,
    require_standing,
)
from tallystick.identity.credentials.rules import list_name as status_list_name
from tallystick.identity.credentials.rules import place_kind as status_place_kind
from tallystick.identity.credentials.sdjwt import (
    Asked,
    Credential,
    age_s_default,
    issue,
    nonce_of,
    present,
    require_bound,
    unsigned,
)
from tallystick.identity.credentials.shown import shown_fields
from tallystick.identity.credentials.standing import (
    Standing,
    Stood,
    expiring_days,
    standings,
    stood,
)
from tallystick.identity.credentials.types import (
    Day,
    Qualification,
    end_of,
    hide_qualification,
    list_url,
    material_type,
    qualification_type,
    visible_claims,
)
from tallystick.identity.credentials.views import (
    Listed,
    Page,
    Side,
    asks,
    credential_for,
    credentials,
    credentials_for,
    needs_of,
    qualifications,
)
from tallystick.identity.credentials.views import Qualification as QualificationRow

__all__ = [
    "Asked",
    "Component",
    "Credential",
    "Day",
    "Declarations",
    "DeclareMaterials",
    "Declared",
    "Finding",
    "Hidden",
    "IssueCredential",
    "Listed",
    "MaterialDeclaration",
    "Packed",
    "Page",
    "Qualification",
    "QualificationRow",
    "ReinstateCredential",
    "RequireQualifications",
    "Revealed",
    "RevokeCredential",
    "SeeCredential",
    "ShowCredential",
    "Side",
    "Standing",
    "StateCredential",
    "StatusPlace",
    "Stood",
    "Substance",
    "SuspendCredential",
    "ThresholdList",
    "age_s_default",
    "asks",
    "by_expiry",
    "credential_for",
    "credentials",
    "credentials_for",
    "end_of",
    "errors",
    "expiring_days",
    "hide_declaration",
    "hide_qualification",
    "issue",
    "kind",
    "list_places",
    "list_url",
    "material_kind",
    "material_part",
    "material_type",
    "million",
    "needs_of",
    "nonce_of",
    "numbering",
    "present",
    "qualification_type",
    "qualifications",
    "read_declaration",
    "register",
    "require_bound",
    "require_standing",
    "roll_up",
    "router",
    "shown_fields",
    "standings",
    "status_list",
    "status_list_name",
    "status_place_kind",
    "stood",
    "unsigned",
    "visible_claims",
]

if TYPE_CHECKING:
    from fastapi import APIRouter


def router(*given: Any) -> APIRouter:
    """The routes of `api`, which are imported only where they are served."""
    from tallystick.identity.credentials import api

    return api.router(*given)
