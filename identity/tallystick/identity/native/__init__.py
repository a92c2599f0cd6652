"""The Handle System's own protocol, on port 2641 by UDP and TCP (RFC 3652, DO-IRP 3.0).

fields, message, values, bodies, sites, fragments   bytes in, values out: nothing is sent here
forms, site_json, translate                          between those and values of a record
login, signing                                       who asks, and whose answer it is
present, answering, proving, guard, server           a node's answers
client                                               questions to any server
"""

from tallystick.identity.native import site_json
from tallystick.identity.native.answering import (
    NodeAnswers,
    Service,
    Told,
)
from tallystick.identity.native.client import Caller, NativeClient, port_default
from tallystick.identity.native.errors import NativeRefused, NativeUnanswered
from tallystick.identity.native.guard import Guard
from tallystick.identity.native.login import Admission, Asker, Noting
from tallystick.identity.native.present import Present
from tallystick.identity.native.proving import proof_index, proof_type, record_digest
from tallystick.identity.native.server import NativePortTaken, NativeServer, serving
from tallystick.identity.native.signing import published
from tallystick.identity.native.sites import Interface, Server, Site

__all__ = [
    "Admission",
    "Asker",
    "Caller",
    "Guard",
    "Interface",
    "NativeClient",
    "NativePortTaken",
    "NativeRefused",
    "NativeServer",
    "NativeUnanswered",
    "NodeAnswers",
    "Noting",
    "Present",
    "Server",
    "Service",
    "Site",
    "Told",
    "port_default",
    "proof_index",
    "proof_type",
    "published",
    "record_digest",
    "serving",
    "site_json",
]
