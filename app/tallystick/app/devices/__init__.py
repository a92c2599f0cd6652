"""Devices on a node: invitations, requests and approvals beside the log; clones that are caught; commands and pages."""
