"""Organisations, people, devices, their keys; handles and their resolution."""

from tallystick.identity import names
from tallystick.identity.asof.errors import AsOfBeforeRecord, RecordUnknown
from tallystick.identity.asof.history import (
    History,
    Version,
    change_points,
    history,
    history_page_max,
    version_at,
)
from tallystick.identity.asof.moment import index_of
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
from tallystick.identity.records import find as find_record
from tallystick.identity.records import is_public, versions
from tallystick.identity.registry import register
from tallystick.identity.routes import router
from tallystick.identity.views import Record, Value, resolve, values_for

__all__ = [
    "AddDevice",
    "AddKey",
    "AddPerson",
    "AddPlaceholder",
    "AsOfBeforeRecord",
    "CreateHandles",
    "DelegatePrefix",
    "DeleteHandle",
    "Directory",
    "Grant",
    "HandleRecord",
    "HandleValue",
    "History",
    "NotEntitled",
    "NumberRefused",
    "Organisation",
    "Pen",
    "Record",
    "RecordUnknown",
    "RegisterOrganisation",
    "RenewHandle",
    "RevokeKey",
    "Said",
    "Speaker",
    "UnknownParty",
    "Value",
    "Version",
    "WebAuthn",
    "WriteHandle",
    "act_for",
    "change_points",
    "check_lei",
    "check_uscc",
    "find_record",
    "history",
    "history_page_max",
    "holds_handle",
    "index_of",
    "is_public",
    "names",
    "new_organisation_handle",
    "new_person_handle",
    "organisation",
    "prefix_holder",
    "register",
    "require_capacity",
    "resolve",
    "router",
    "speaker",
    "uscc_with_check",
    "values_for",
    "version_at",
    "versions",
]
