"""Organisations, people, devices, their keys; handles and their resolution."""

from tallystick.identity import minting, names
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
from tallystick.identity.records import is_public, versions
from tallystick.identity.registry import register
from tallystick.identity.rest import challenge
from tallystick.identity.rest.administering import Administrator, HandleAccess
from tallystick.identity.rest.errors import (
    AuthenticationFailed,
    AuthenticationNeeded,
    CannotAuthenticate,
    HandleRefused,
    SessionEnded,
    TooManyFailures,
)
from tallystick.identity.routes import router
from tallystick.identity.views import Record, Value, resolve, values_for

__all__ = [
    "AddDevice",
    "AddKey",
    "AddPerson",
    "AddPlaceholder",
    "Administrator",
    "AuthenticationFailed",
    "AuthenticationNeeded",
    "CannotAuthenticate",
    "CreateHandles",
    "DelegatePrefix",
    "DeleteHandle",
    "Directory",
    "Grant",
    "HandleAccess",
    "HandleRecord",
    "HandleRefused",
    "HandleValue",
    "NotEntitled",
    "NumberRefused",
    "Organisation",
    "Pen",
    "Record",
    "RegisterOrganisation",
    "RenewHandle",
    "RevokeKey",
    "Said",
    "SessionEnded",
    "Speaker",
    "TooManyFailures",
    "UnknownParty",
    "Value",
    "WebAuthn",
    "WriteHandle",
    "act_for",
    "challenge",
    "check_lei",
    "check_uscc",
    "holds_handle",
    "is_public",
    "minting",
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
    "versions",
]
