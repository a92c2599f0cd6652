"""Why an act is refused, in words for the person who was about to sign it. Each is a message of the catalogue."""

from __future__ import annotations

from collections.abc import Mapping

from tallystick.app.pages import (
    advance_words,
    guarantee_words,
    hold_words,
    insurance_words,
    limit_words,
    payment_words,
    sentences,
    tender_words,
)
from tallystick.app.pages.language import Language, translate
from tallystick.app.pages.words import message

_same_person = (
    message("This takes two persons"),
    message("Somebody else must do it: you did the first half, or it is about you."),
)
_closed = (
    message("This was decided, withdrawn, or lapsed"),
    message("Load the page again to see how it stands."),
)
_gone = (
    message("There is nothing of this name that you may act on"),
    message("Load the page again, and choose from what it shows."),
)
#: (title, advice) by code.
refusals: Mapping[str, tuple[str, str]] = {
    "already-registered": (
        message("This handle or key is registered already"),
        message("Choose another one: handles and keys are never given twice."),
    ),
    "statement-moved-on": (
        message("The statement is not what follows from the log by now"),
        message("Load the page again: goods came, went back or were stated since."),
    ),
    "statement-line-wrong": (
        message("The statement line cannot be answered or billed like this"),
        message("Load the page again: each line is answered once."),
    ),
    "statement-line-billed": (
        message("This statement line was billed or credited before"),
        message("Load the page again, and choose from what it shows."),
    ),
    "credit-differs-from-statement": (
        message("The credit note is not equal to the agreed statement line"),
        message("Load the page again, and choose from what it shows."),
    ),
    "subcontract-not-agreed": (
        message("The materials of this order were not agreed by both firms"),
        message("Let the subcontractor agree to them first."),
    ),
    "material-short": (
        message("More material would be used, returned or lost than was issued"),
        message("Let both firms put on record what was issued, or correct the quantity."),
    ),
    "circular-subcontract": (
        message("The material would go back to a firm from which it came, to be worked on"),
        message("Whoever gives material out does not work on it for others."),
    ),
    "units-not-convertible": (
        message("The quantity is in another unit, and no factor was agreed"),
        message("Use the unit of the agreed materials, or agree the factor first."),
    ),
    "body-refused": (
        message("A field is not in its form"),
        message("Correct it and try again."),
    ),
    **hold_words.refusals,
    **limit_words.refusals,
    **tender_words.refusals,
    **payment_words.refusals,
    **guarantee_words.refusals,
    **advance_words.refusals,
    **insurance_words.refusals,
    "document-unknown": _gone,
    "hold-unknown": _gone,
    "certificate-unknown": _gone,
    "offer-unknown": _gone,
    "quote-unknown": _gone,
    "proposal-unknown": _gone,
    "policy-unknown": _gone,
    "waiver-unknown": _gone,
    "hop-unknown": _gone,
    "policy-wrong": (
        message("The standing policy is not as it must be"),
        message(
            "Let no cap be above the wider one, end it within twelve months, and name your own service and a bank."
        ),
    ),
    "policy-ended": (
        message("The standing policy is not in force"),
        message("Two people sign another one, or confirm by hand."),
    ),
    "waiver-text-wrong": (
        message("The text is not the one that the body names"),
        message("Choose the file again."),
    ),
    "erp-block-awaited": (
        message("The issuer's ERP has not confirmed that the invoice is blocked"),
        message(
            "Wait until it says that the invoice is blocked for ordinary payment and not assigned elsewhere."
        ),
    ),
    "erp-not-awaited": _closed,
    "notice-acknowledged": _closed,
    "notice-given": _closed,
    "unknown-party": (
        message("Nobody is registered under this handle"),
        message("Copy it exactly as it is registered."),
    ),
    "not-entitled": (
        message("Your role does not let you do this"),
        message("Ask somebody of your organisation who has the role."),
    ),
    "key-not-valid": (
        message("None of your keys may sign this now"),
        message("Add a key, or ask the officers of your organisation to replace a lost one."),
    ),
    "nobody-countersigns": (
        message("Nobody else may sign that your key is replaced"),
        message(
            "It takes an administrator of your organisation who is not you, with a key of their own. Without one, "
            "add another key and then revoke this one."
        ),
    ),
    "not-yours-to-replace": (
        message("You neither replace this key nor countersign it"),
        message("Load the page again to see how it stands."),
    ),
    "rotation-refused": (
        message("The key cannot be replaced like this"),
        message("Load the page again to see how it stands."),
    ),
    "own-key-required": (
        message("A key that the node holds does not suffice for this"),
        message("Use a key of your own: a passkey, or one in your browser."),
    ),
    "same-person": _same_person,
    "two-persons-needed": (
        message("One person alone may not do this"),
        message("Propose it, and let a second person decide."),
    ),
    "more-persons-needed": (
        message("Your organisation asks for more persons above this amount"),
        message("Let further makers or checkers sign the same entry."),
    ),
    "second-key-needed": (
        message("Above this amount you sign on a second device"),
        message("Register a second key, on another device, and sign with both."),
    ),
    "proposal-closed": _closed,
    "ended": _closed,
    "wrong-status": _closed,
    "too-early": (
        message("The waiting period is not over"),
        message("The page shows from when on it can be decided."),
    ),
    "person-suspended": (
        message("The person is suspended"),
        message("Two other persons can readmit it."),
    ),
    "person-left": (
        message("The person does not act for the organisation any more"),
        message("If it comes back, it is registered anew."),
    ),
    "last-officer": (
        message("Nobody would be left who decides about people"),
        message("Give the role to somebody else first."),
    ),
    "roles-conflict": (
        message("One person may not have these roles together"),
        message("Administrators are three people, and none of them is maker or checker."),
    ),
    "nothing-to-do": (
        message("It is so already"),
        message("Load the page again to see how it stands."),
    ),
    "paper-ended": (
        message("A paper has ended, or is named twice"),
        message("Hand in the one that is valid now, one of each kind."),
    ),
    "paper-end-missing": (
        message("A paper of this kind says when it ends"),
        message("Name the last day on which it is valid."),
    ),
    "organisation-suspended": (
        message("Your organisation is suspended"),
        message("It makes no new promises; paying, accepting and refusing go on."),
    ),
    "tolerances-moved-on": (
        message("The tolerances have another version by now"),
        message("Load the page again, look at the version in force, and propose them again."),
    ),
    "not-releasable": (
        message("This is not held for a reason that two persons may let pass"),
        message("Load the page again: it may be released already."),
    ),
    "release-too-high": (
        message("The line is held for more than two persons may let pass"),
        message("Ask the seller for a credit note, or let two persons raise the limit."),
    ),
    "above-confirmable": (
        message("More than may be confirmed now"),
        message("The page of the invoice shows what is held, why, and what would release it."),
    ),
    "due-date-refused": (
        message("The due date is not possible"),
        message("Choose a later date within the longest term."),
    ),
    "term-reason-missing": (
        message("A term as long as this needs a reason"),
        message("Choose the reason, or an earlier due date."),
    ),
    "not-enough-free": (
        message("Less than this is free"),
        message("Offered, locked and pledged parts cannot be passed on."),
    ),
    "draft-not-yours": (
        message("You are not logged in as the person who signs"),
        message("Log in again, and open the page once more."),
    ),
    "hand-over-unknown": (
        message("There is nothing to sign under this code"),
        message("Show a new code on the other device: each is good once, for five minutes."),
    ),
    "hand-over-signature-wrong": (
        message("This is not the signature of the person who drafted it"),
        message("Sign with a passkey of your own."),
    ),
    "hand-overs-too-many": (
        message("Too many codes of yours are open"),
        message("Wait five minutes, or sign one of them."),
    ),
}


def in_words(code: str, language: Language) -> tuple[str, str] | None:
    """Title and advice in the reader's language; None where only the error's own English is known."""
    found = refusals.get(code) or sentences.problems.get(code)
    if found is None:
        return None
    title, advice = found
    return translate(language, title), translate(language, advice)
