"""Plain words for what happens to people, their keys and their proposals. Each is a message of the catalogue."""

from __future__ import annotations

from collections.abc import Mapping

from tallystick.app.pages.language import message

#: Why somebody left, is suspended, or a key ended.
leaving: Mapping[str, str] = {
    "left": message("left"),
    "dismissed": message("dismissed"),
    "mistake": message("registered by mistake"),
    "key-lost": message("key lost"),
    "suspected": message("suspected"),
    "absent": message("absent"),
    "dispute": message("dispute"),
    "lost": message("lost"),
    "stolen": message("stolen"),
    "replaced": message("replaced by another"),
    "retired": message("not used any more"),
    "broken": message("broken"),
    "compromised": message("in others' hands"),
    "papers-expired": message("papers expired"),
    "sanctions": message("sanctions"),
    "fraud": message("fraud"),
    "insolvency": message("insolvency"),
    "request": message("at its own request"),
    "court-order": message("court order"),
}
proposal_states: Mapping[str, str] = {
    "open": message("open"),
    "done": message("carried out"),
    "refused": message("refused"),
    "withdrawn": message("withdrawn"),
    "lapsed": message("lapsed"),
}
key_states: Mapping[str, str] = {
    "valid": message("valid"),
    "not-yet": message("not yet valid"),
    "revoked": message("revoked"),
    "rotated": message("replaced"),
}
#: What is proposed, where no sentence says it.
proposals: Mapping[str, str] = {
    "roles": message("roles of a person"),
    "dismiss": message("a dismissal"),
    "readmit": message("the end of a suspension"),
    "control": message("amounts above which more persons sign"),
    "recover": message("the recovery of a key"),
    "officers": message("who recovers keys"),
    "directory": message("a directory for logging in"),
    "directory-end": message("the end of a directory for logging in"),
    "admit": message("the admission of an organisation"),
    "suspend": message("the suspension of an organisation"),
    "lift": message("the end of an organisation's suspension"),
    "hold": message("to hold payments to an organisation"),
    "release": message("to release payments to an organisation"),
    "quota": message("a quota of an organisation"),
    "papers": message("that papers of an organisation count"),
    "remit": message("a remit to read across organisations"),
    "lower-grade": message("to lower the grade of data"),
    "permit-leaving": message("that data may leave to a recipient"),
}
#: Kinds of notices of other parts, where no sentence says them.
notices: Mapping[str, str] = {}
