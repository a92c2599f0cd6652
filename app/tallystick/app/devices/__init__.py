"""Devices on a node: invitations, requests and approvals beside the log; clones that are caught; commands and pages."""

from tallystick.app.devices.api import router
from tallystick.app.devices.catching import CatchingLog
from tallystick.app.devices.enrolments import Enrolments

__all__ = ["CatchingLog", "Enrolments", "router"]
