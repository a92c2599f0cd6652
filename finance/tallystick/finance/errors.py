"""The errors of finance: each says what happened and what to do."""

from __future__ import annotations

from tallystick.ledger import RuleError, TallystickError


class AmountRefused(TallystickError):
    code = "amount-refused"
    status = 400
    title = "This is not an amount of money"
    advice = "Write digits with at most the currency's decimals, as in 1,234.50."


class ZoneUnknown(RuleError):
    code = "zone-unknown"
    title = "This time zone is not known"
    advice = "Name a zone of the IANA time zone database, such as Asia/Shanghai."


class DateRefused(RuleError):
    code = "date-refused"
    title = "This is not a date of the calendar"
    advice = "Write the date as YYYY-MM-DD."


class AccountRefused(RuleError):
    code = "account-refused"
    title = "This is not an account to which that may be paid"
    advice = "Check bank code, number, owner and currency of the account; then repeat."


class AccountDetailsWrong(RuleError):
    code = "account-details-wrong"
    title = "The account's details are not as they must be"
    advice = "Correct number, holder or country in the attachment, or the last four characters in the body."


class AccountUnknown(RuleError):
    code = "account-unknown"
    title = "There is no such account, or it is not yours to look after"
    advice = "Name an account of your organisation, or one that it keeps or verifies."


class AccountWrongStatus(RuleError):
    code = "account-wrong-status"
    status = 409
    title = "The account's status does not allow this act"
    advice = "Look at the account: it is registered, then confirmed, and nothing is paid once it is closed."


class AccountHeld(RuleError):
    code = "account-held"
    status = 409
    title = "Nothing may be paid to this party's account now"
    advice = "Let the party have an account confirmed and named by two of its officers."


class ChallengeWrong(RuleError):
    code = "challenge-wrong"
    title = "What is revealed is not what was logged before the payment"
    advice = "Reveal the salt and the amount from which the digest of the challenge was made."


class ChangePending(RuleError):
    code = "change-pending"
    status = 409
    title = "Another change of this payee account is on its way"
    advice = "Wait until it is in force, or let an officer cancel it."


class CalendarUnknown(RuleError):
    code = "calendar-unknown"
    title = "There is no such calendar, or not this version of it"
    advice = "Name a calendar as `publisher#code`, as its list has it; its node publishes it first."


class CalendarWrong(RuleError):
    code = "calendar-wrong"
    title = "The table of the calendar contradicts itself"
    advice = "Correct the named day: each stands once, in its year, and working days are weekly rest days."


class CalendarFileWrong(TallystickError):
    code = "calendar-file-wrong"
    status = 400
    title = "This file is no table of a year's holidays"
    advice = (
        "Correct the named line or event; the how-to on calendars has an example of both forms."
    )


class CalendarMovedOn(RuleError):
    code = "calendar-moved-on"
    status = 409
    title = "The calendar has another version by now"
    advice = "Look at the newest version, and propose the table again behind it."


class NotReadable(TallystickError):
    code = "not-found-or-not-yours"
    status = 404
    title = "There is nothing here, or nothing that you may read"
    advice = "Only the parties of a document or certificate, and auditors, may read it."


class DocumentExists(RuleError):
    code = "document-exists"
    status = 409
    title = "This number was used before"
    advice = "A number stands for one document of its issuer for ever; choose the next one."


class DocumentUnknown(RuleError):
    code = "document-unknown"
    title = "A document that this one refers to is not on record, or is not yours"
    advice = "Put that document on record first, or check its name; then repeat."


class DocumentWrong(RuleError):
    code = "document-wrong"
    title = "The document contradicts itself or what it refers to"
    advice = "Correct the named line and send it again under the same number."


class DocumentOnly(RuleError):
    code = "document-only"
    title = "This document is a copy that its issuer did not sign"
    advice = "Ask the issuer to put the document on record; a copy binds nobody."


class QuantityInexact(RuleError):
    code = "quantity-inexact"
    title = "The quantity has more decimals than the order line"
    advice = "State the quantity with the decimals and the unit of the order line."


class NotDespatched(RuleError):
    code = "not-despatched"
    title = "What was scanned is not in the despatch advice"
    advice = "Check the despatch reference of the scan, or ask the seller for a correct advice."


class OverReceipt(RuleError):
    code = "over-receipt"
    title = "More was received than was despatched or ordered, beyond tolerance"
    advice = "Count again; take extra goods only against a new order and despatch advice."


class CountedAlready(RuleError):
    code = "counted-already"
    status = 409
    title = "This was counted in a receipt before"
    advice = (
        "A serial counts once per sale: again for the same seller and buyer only after a signed "
        "return, and in the next sale when its buyer sells it on."
    )


class ReturnUnknown(RuleError):
    code = "return-unknown"
    title = "What is returned was not received under this despatch"
    advice = "Name the despatch under which the goods were received, and only what is held."


class NotAMatch(RuleError):
    code = "above-confirmable"
    title = "The amount is above what the three-way match allows"
    advice = "Look at the match of the invoice: it says what is held, why, and what releases it."


class DueDateRefused(RuleError):
    code = "due-date-refused"
    title = "The due date breaks the term rule in force"
    advice = "Choose a due date after the issue date and within the longest term; where it rolls back, its payment date is after the issue date, too."


class TermReasonMissing(RuleError):
    code = "term-reason-missing"
    title = "A term this long needs a reason"
    advice = (
        "State a reason code for the term (银发〔2025〕77号 art. 11), or choose an earlier date."
    )


class SameParty(RuleError):
    code = "same-party"
    title = "Both sides of this act are the same organisation"
    advice = "Name the other party: nobody owes, sells or transfers to itself."


class SamePerson(RuleError):
    code = "same-person"
    title = "Maker and checker are one person"
    advice = "Let another person with the role of checker approve."


class ProposalUnknown(RuleError):
    code = "proposal-unknown"
    title = "There is no such open proposal of your organisation"
    advice = "Name the payload hash of a proposal that was neither approved nor overtaken."


class CertificateUnknown(RuleError):
    code = "certificate-unknown"
    title = "There is no such certificate, or you have no part in it"
    advice = "Check the certificate's name; only its parties are told whether it exists."


class WrongStatus(RuleError):
    code = "wrong-status"
    status = 409
    title = "The certificate's status does not allow this act"
    advice = "Look at the certificate: an act is possible only in the status that it asks for."


class Matured(RuleError):
    code = "matured"
    status = 409
    title = "The certificate has reached its due date"
    advice = "Nothing is transferred or financed from the due date on; it is paid to its holders."


class NotDue(RuleError):
    code = "not-due"
    status = 409
    title = "The certificate is not due yet"
    advice = "Pay on or after the due date, in the certificate's zone."


class NotEnoughFree(RuleError):
    code = "not-enough-free"
    status = 409
    title = "The holder has less than this amount free"
    advice = "Choose an amount up to the free balance, or end an open offer first."


class AlreadyFinanced(RuleError):
    code = "already-financed"
    status = 409
    title = "These units were financed before"
    advice = "A unit is financed once; offer units that no bank has paid for."


class BelowMinimum(RuleError):
    code = "below-minimum"
    title = "The amount is below the smallest split"
    advice = "Move at least the smallest split, or the whole free balance."


class SplitBudgetSpent(RuleError):
    code = "split-budget-spent"
    status = 409
    title = "The holder has no split left for a part of a holding"
    advice = "Move a whole holding, which splits nothing, or wait until an open offer ends and gives its split back."


class OfferUnknown(RuleError):
    code = "offer-unknown"
    title = "There is no such transfer offer by or to your organisation"
    advice = "Name the payload hash of the offer."


class QuoteUnknown(RuleError):
    code = "quote-unknown"
    title = "There is no such quote by or to your organisation"
    advice = "Name the payload hash of the quote."


class Ended(RuleError):
    code = "ended"
    status = 409
    title = "This offer or quote has ended"
    advice = "It was answered, withdrawn or expired, each of which happens once; make a new one."


class QuoteWrong(RuleError):
    code = "quote-wrong"
    title = "The figures of the quote do not follow from its terms"
    advice = "Recompute days, discount and net from amount, rate, basis, rounding and dates."


class EvidenceWrong(RuleError):
    code = "evidence-wrong"
    title = "The time of payment does not fit"
    advice = "State when the bank paid: on the agreed value date, or from the due date on, not later than now."


class RecordWrong(RuleError):
    code = "record-wrong"
    title = "The bank's record is not as it must be"
    advice = "Attach the file whose SHA-256 is the evidence, restricted: a camt.054 (application/xml), a PDF or an OFD."


class NotPayingBank(RuleError):
    code = "not-paying-bank"
    status = 403
    title = "Another bank pays this certificate"
    advice = "Only the paying bank that the issuer named may state payment."


class OverPayment(RuleError):
    code = "over-payment"
    title = "The payment is larger than what is still owed"
    advice = "Pay at most the outstanding amount; penalties are paid outside the certificate."


class EvidenceUsed(RuleError):
    code = "evidence-used"
    status = 409
    title = "This record of a payment counted before"
    advice = "State each payment once, with the bank's own record of it."


class IssuerStopped(RuleError):
    code = "issuer-stopped"
    status = 409
    title = "This debtor owes something that is overdue: it makes no new promise"
    advice = (
        "Have principal and late interest of the overdue certificates paid; then it is free again."
    )
