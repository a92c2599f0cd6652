"""Why an act about people is refused."""

from __future__ import annotations

from tallystick.ledger import RuleError


class RolesConflict(RuleError):
    code = "roles-conflict"
    title = "One person may not have these roles together"
    advice = "Give them to different people; only the one person of a one-person firm may have all."


class SamePerson(RuleError):
    code = "same-person"
    title = "An act of several persons takes several persons"
    advice = (
        "Let somebody else decide: nobody who has agreed, nor whom it is about, whatever the key."
    )


class TwoPersonsNeeded(RuleError):
    code = "two-persons-needed"
    title = "One person alone may not do this"
    advice = (
        "Propose it with `identity.propose/1`, and let a second person decide; an organisation that has none yet "
        "registers its people first, and is founded (docs/how-to/decide-in-twos.md)."
    )


class ProposalUnknown(RuleError):
    code = "proposal-unknown"
    title = "There is no such proposal"
    advice = "Name the payload hash of the entry that proposed it."


class ProposalClosed(RuleError):
    code = "proposal-closed"
    title = "The proposal was decided, withdrawn, or lapsed"
    advice = "Propose it anew."


class NotRestated(RuleError):
    code = "not-restated"
    title = "The approval does not say what it completes"
    advice = (
        "The approval that recovers a key restates the proposal in `recovered`; no other answer has it. "
        "`tallystick pending approve` does so."
    )


class TooEarly(RuleError):
    code = "too-early"
    title = "The waiting period has not passed"
    advice = "Whoever is told can object until then: a one-person firm, and a node that helps it, wait three days."


class PersonSuspended(RuleError):
    code = "person-suspended"
    title = "The person is suspended"
    advice = "Two other people readmit it."


class PersonLeft(RuleError):
    code = "person-left"
    title = "The person does not act for the organisation any more"
    advice = "Register it anew, under a handle of its own, if it comes back."


class PersonReadsOnly(RuleError):
    code = "person-reads-only"
    title = "The person only reads for its organisation"
    advice = "Let somebody say it who has another role; two officers give one."


class LastOfficer(RuleError):
    code = "last-officer"
    title = "Nobody would be left who decides about the organisation's people"
    advice = "Give the role to somebody else first."


class AlreadyFounded(RuleError):
    code = "already-founded"
    title = "The organisation's own people decide already"
    advice = "Nothing is to be done."


class OrganisationSuspended(RuleError):
    code = "organisation-suspended"
    title = "The organisation makes no new promises while it is suspended"
    advice = (
        "It pays, receives, refuses, discloses and complains as before; ask its node for the rest."
    )


class MorePersonsNeeded(RuleError):
    code = "more-persons-needed"
    title = "The organisation asks for more persons above this amount"
    advice = "Let further makers or checkers of the organisation sign the same entry."


class SecondKeyNeeded(RuleError):
    code = "second-key-needed"
    title = "Above this amount the organisation asks you to sign on a second device"
    advice = "Read the act on another device, and sign the same entry with your key there."


class NothingToDo(RuleError):
    code = "nothing-to-do"
    title = "It is so already"
    advice = "Look at what holds now, and propose only what differs from it."
