"""Plain words of limits. Each is a message of the catalogue."""

from __future__ import annotations

from collections.abc import Mapping

from tallystick.app.pages.language import message

titles: Mapping[str, str] = {
    "finance.limit.propose/1": message("Propose a limit"),
    "finance.limit.approve/1": message("Put a limit in force"),
}
#: (title, advice) by code.
refusals: Mapping[str, tuple[str, str]] = {
    "limit-wrong": (
        message("The limit is not as its kind must be"),
        message("Name the core or the seller, or the group and its cores, and nothing else."),
    ),
    "limit-moved-on": (
        message("The limit was set again since"),
        message("Load the page again, and propose after the version that it shows."),
    ),
    "limit-below-use": (
        message("So much is used and reserved already"),
        message("Set it no lower, or wait until something is paid or released."),
    ),
    "core-limit-reached": (
        message("Your organisation would owe more than its limit"),
        message("Confirm less, wait until something is paid, or ask the node for a higher limit."),
    ),
    "group-limit-reached": (
        message("The group would owe more than its limit"),
        message("Confirm less, wait until something is paid, or ask the node for a higher limit."),
    ),
    "funder-limit-reached": (
        message("Your organisation's own limit does not reach so far"),
        message("Ask for less, or let two persons set a higher limit."),
    ),
    "not-available": (
        message("This is not available"),
        message("Ask for another amount, ask another funder, or try again later."),
    ),
}
tables: Mapping[str, Mapping[str, str]] = {
    "limit_kinds": {
        "core": message("All that a core owes"),
        "group": message("All that a group owes"),
        "funder": message("All that we hold and have reserved"),
        "funder-core": message("Of one core"),
        "supplier": message("Financed from one seller"),
    },
}
