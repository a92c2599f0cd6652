"""Plain words about organisations, their papers, applications and suspensions. Each is a message of the catalogue."""

from __future__ import annotations

from collections.abc import Mapping

from tallystick.app.pages.language import message

#: By what register an organisation is known, as an applicant chooses.
number_schemes: Mapping[str, str] = {
    "uscc": message("Unified social credit code"),
    "lei": message("LEI"),
    "register": message("A foreign register"),
    "none": message("None: unverified"),
}
capacities: Mapping[str, str] = {
    "core": message("core enterprise"),
    "supplier": message("supplier"),
    "bank": message("bank"),
    "carrier": message("carrier"),
    "node": message("node"),
    "root": message("root authority"),
    "auditor": message("auditor"),
    "regulator": message("regulator"),
    "inspector": message("inspection body"),
    "insurer": message("insurer"),
    "court": message("court officer"),
}
paper_kinds: Mapping[str, str] = {
    "business-licence": message("Business licence"),
    "legal-representative": message("Legal representative's identity"),
    "beneficial-owner": message("Beneficial owners"),
    "agent-authorisation": message("Authorisation of who applies"),
    "bank-account": message("Proof of the bank account"),
    "register-extract": message("Extract of the foreign register"),
    "contact": message("How it is reached"),
    "other": message("Another paper"),
}
application_states: Mapping[str, str] = {
    "draft": message("Begun, not handed in"),
    "submitted": message("Handed in"),
    "asked": message("Asked back"),
    "proposed": message("Proposed, waits for a second person"),
    "admitted": message("Admitted"),
    "refused": message("Refused"),
    "withdrawn": message("Withdrawn"),
    "lapsed": message("Lapsed"),
}
refusal_reasons: Mapping[str, str] = {
    "papers-insufficient": message("The papers do not suffice"),
    "number-not-found": message("The number is not in its register"),
    "not-authorised": message("Who applied is not authorised"),
    "sanctions": message("A list of sanctions names it"),
    "duplicate": message("It is registered already"),
    "other": message("Another reason"),
}
organisation_events: Mapping[str, str] = {
    "admitted": message("Admitted"),
    "papers": message("Papers confirmed"),
    "suspended": message("Suspended from new promises"),
    "lifted": message("Suspension lifted"),
    "held": message("Payments held"),
    "released": message("Payments released"),
    "quota": message("Quota set"),
}
suspension_reasons: Mapping[str, str] = {
    "papers-expired": message("Papers have ended"),
    "sanctions": message("A list of sanctions names it"),
    "fraud": message("Fraud"),
    "insolvency": message("Insolvency"),
    "request": message("Its own request"),
    "court-order": message("Court order"),
}
release_reasons: Mapping[str, str] = {
    "delisted": message("No longer on the list"),
    "another-party": message("Another party of the same name"),
    "licensed": message("Licensed by the authority"),
    "mistake": message("Mistake"),
    "court-order": message("Court order"),
}
incident_kinds: Mapping[str, str] = {
    "outage": message("Outage"),
    "delay": message("Delay"),
    "data-lost": message("Data lost"),
    "data-disclosed": message("Data disclosed"),
    "key-compromised": message("Key compromised"),
    "key-lost": message("Key lost"),
    "wrong-entry": message("Wrong entry"),
    "attack": message("Attack"),
    "other": message("Something else"),
}
tables: Mapping[str, Mapping[str, str]] = {
    "number_schemes": number_schemes,
    "capacities": capacities,
    "paper_kinds": paper_kinds,
    "application_states": application_states,
    "refusal_reasons": refusal_reasons,
    "organisation_events": organisation_events,
    "suspension_reasons": suspension_reasons,
    "release_reasons": release_reasons,
    "incident_kinds": incident_kinds,
}
