"""What a page concludes and advises, in whole sentences. Each is a message of the catalogue."""

from __future__ import annotations

from collections.abc import Mapping

from tallystick.app.pages.words import message

#: (line, advice) of the verdict on an item.
verdicts: Mapping[str, tuple[str, str]] = {
    "authentic": (
        message("Authentic, and consistent with the log"),
        message("Compare the code below with the code on the pack."),
    ),
    "sold": (
        message("Authentic, and already sold"),
        message("If you are offered it as new, ask the seller where it came from."),
    ),
    "unsealed": (
        message("Authentic; its newest entry is about to be sealed"),
        message("Look again in two seconds."),
    ),
    "issued": (
        message("Registered; nothing has been recorded about it yet"),
        message("The identifier was issued by the firm below. No scan has named it so far."),
    ),
    "party": (
        message("Registered in this log"),
        message("This handle names an organisation, a person or a device, not a product."),
    ),
    "deleted": (
        message("This record was deleted"),
        message("Its history stays below. If you hold something with this code, ask its maker."),
    ),
    "as-of": (
        message("As it stood then, not as it stands now"),
        message("It may have changed since. Its versions are listed below."),
    ),
    "foreign": (
        message("Recorded here; its code was issued elsewhere"),
        message("The events below are in this log. Who issued the code is not registered here."),
    ),
    "consumed": (
        message("Authentic, and built into another product"),
        message("It no longer exists by itself. Do not buy it as a separate item."),
    ),
    "destroyed": (
        message("This item was destroyed"),
        message("If you hold something with this code, its label is not genuine. Do not use it."),
    ),
    "decommissioned": (
        message("This identifier was retired"),
        message("If you hold something with this code, ask the maker before you use it."),
    ),
    "recalled": (
        message("Recalled"),
        message("Stop using it, and return it to where you bought it."),
    ),
    "broken": (
        message("Does not verify: an entry behind this item contradicts the log"),
        message("Trust nothing on this page. Tell the operator and the auditor of this log."),
    ),
}

#: (title, advice) of the refusals that a page can meet, by code.
problems: Mapping[str, tuple[str, str]] = {
    "log-in-first": (
        message("Log in to see this page"),
        message("It is about you, or about what your organisation decides."),
    ),
    "role-missing": (
        message("None of your roles may see this"),
        message("Ask an officer of your organisation, or somebody who has the role."),
    ),
    "not-readable": (
        message("Not found, or not yours to read"),
        message("If you take part in it, look at it in the name of your organisation."),
    ),
    "not-found-or-not-yours": (
        message("Not found, or not yours to read"),
        message("If you take part in it, look at it in the name of your organisation."),
    ),
    "not-your-devices": (
        message("No devices of yours"),
        message("Look in the name of the organisation whose devices you want to see."),
    ),
    "not-your-applications": (
        message("No applications that are yours to see"),
        message("Log in as an officer of the node to which they were made."),
    ),
    "index-unknown": (
        message("The log has no entry with this number"),
        message("Numbers start at 0 and end below the size of the log."),
    ),
    "prefix-not-found": (
        message("Nobody ever held this prefix in this log"),
        message("Compare it with what is printed before the slash."),
    ),
    "as-of-malformed": (
        message("This is neither the number of an entry nor a time"),
        message("Write a number, or a time as 2026-03-05T08:00:00Z."),
    ),
    "as-of-beyond-log": (
        message("The log has no entry with this number yet"),
        message("Leave it out for the record as it stands now."),
    ),
    "as-of-before-log": (
        message("The log had not begun at this time"),
        message("Ask for a later time."),
    ),
    "as-of-before-record": (
        message("There was no such record yet"),
        message("The versions on its page name the entry that wrote the first one."),
    ),
    "parameters-refused": (
        message("The address of this page is not in its form"),
        message("Go back to the start page and follow a link from there."),
    ),
}
problem_otherwise = (
    message("This page cannot be shown"),
    message("Go back to the start page and try again."),
)
