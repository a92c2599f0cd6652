"""Organisations, people, devices, their keys; handles and their resolution."""

from tallystick.identity import names
from tallystick.identity.bodies import (
    AddDevice,
    AddKey,
    AddPerson,
    AddPlaceholder,
    CreateHandles,
    DelegatePrefix,
    DeleteHandle,
    Grant,
    HandleRecord,
    HandleValue,
    RegisterOrganisation,
    RenewHandle,
    RevokeKey,
    WebAuthn,
    WriteHandle,
)
from tallystick.identity.directory import (
    NotEntitled,
    Organisation,
    Speaker,
    UnknownParty,
    act_for,
    holds_handle,
    organisation,
    prefix_holder,
    require_capacity,
    speaker,
)
from tallystick.identity.keyring import Directory
from tallystick.identity.names import new_organisation_handle, new_person_handle
from tallystick.identity.numbers import NumberRefused, check_lei, check_uscc, uscc_with_check
from tallystick.identity.pen import Pen, Said
from tallystick.identity.prefixes import travel as prefix_travel
from tallystick.identity.prefixes.answers import Standing, asked_there, referral, standing
from tallystick.identity.prefixes.answers import data as prefix_data
from tallystick.identity.prefixes.bodies import (
    ArrivePrefix,
    CarriedPrefix,
    CarriedRecord,
    CarryPrefix,
    HandPrefix,
    LeavePrefix,
    LiftPrefix,
    Proven,
    RenewPrefix,
    SuspendPrefix,
    TakenRecord,
    TakeRecords,
)
from tallystick.identity.prefixes.counting import Counts, DailyCounts
from tallystick.identity.prefixes.leaving import batch_part
from tallystick.identity.prefixes.listing import PrefixNotFound
from tallystick.identity.prefixes.listing import listed as listed_prefixes
from tallystick.identity.prefixes.standing import charge, overseer, require_writable
from tallystick.identity.records import is_public, versions
from tallystick.identity.registry import register
from tallystick.identity.routes import prefix_router, router
from tallystick.identity.views import Record, Value, resolve, values_for

__all__ = [
    "AddDevice",
    "AddKey",
    "AddPerson",
    "AddPlaceholder",
    "ArrivePrefix",
    "CarriedPrefix",
    "CarriedRecord",
    "CarryPrefix",
    "Counts",
    "CreateHandles",
    "DailyCounts",
    "DelegatePrefix",
    "DeleteHandle",
    "Directory",
    "Grant",
    "HandPrefix",
    "HandleRecord",
    "HandleValue",
    "LeavePrefix",
    "LiftPrefix",
    "NotEntitled",
    "NumberRefused",
    "Organisation",
    "Pen",
    "PrefixNotFound",
    "Proven",
    "Record",
    "RegisterOrganisation",
    "RenewHandle",
    "RenewPrefix",
    "RevokeKey",
    "Said",
    "Speaker",
    "Standing",
    "SuspendPrefix",
    "TakeRecords",
    "TakenRecord",
    "UnknownParty",
    "Value",
    "WebAuthn",
    "WriteHandle",
    "act_for",
    "asked_there",
    "batch_part",
    "charge",
    "check_lei",
    "check_uscc",
    "holds_handle",
    "is_public",
    "listed_prefixes",
    "names",
    "new_organisation_handle",
    "new_person_handle",
    "organisation",
    "overseer",
    "prefix_data",
    "prefix_holder",
    "prefix_router",
    "prefix_travel",
    "referral",
    "register",
    "require_capacity",
    "require_writable",
    "resolve",
    "router",
    "speaker",
    "standing",
    "uscc_with_check",
    "values_for",
    "versions",
]
