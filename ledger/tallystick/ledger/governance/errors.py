"""What an act of governance is refused for, each by its name (formats §3)."""

from __future__ import annotations

from tallystick.ledger.errors import RuleError, TallystickError


class GovernanceRefused(RuleError):
    """Base of all of them; where no other fits, the act itself is malformed."""

    code = "governance-refused"
    title = "The act of governance does not hold"
    advice = "`tallystick governance show` says what is in force; propose again from that."


class NotGoverned(GovernanceRefused):
    code = "governance-none"
    title = "Genesis names no governance keys, so policy, rules and operator of this log stay as they are"
    advice = (
        "A log is governed from its beginning: `tallystick init --policy FILE --governance FILE…`."
    )


class GovernanceNumber(GovernanceRefused):
    code = "governance-number"
    title = "The act of governance is not the next one"
    advice = (
        "Another act was enacted meanwhile. Propose this one again, and have it signed again: a "
        "signature is for one place in the order of acts."
    )


class GovernanceQuorumMissing(GovernanceRefused):
    code = "governance-quorum-missing"
    title = "The governance keys that signed are no quorum of the policy in force"
    advice = (
        "Collect more signatures with `tallystick governance sign`, and enact all files together."
    )


class GovernanceSignatureRefused(GovernanceRefused):
    code = "governance-signature"
    title = "A governance signature fails, is there twice, or is by no key that governs this log"
    advice = (
        "Sign the proposal itself with a governance key in force; leave the other signature out."
    )


class GovernanceKeyRefused(GovernanceRefused):
    code = "governance-key-refused"
    title = "The governance keys are not those of the policy's witnesses, or not acceptable"
    advice = (
        "Name one key for each witness of the policy, made by `tallystick governance key` for this "
        "origin, and never a key that cosigns, signs the log or is another's."
    )


class GovernanceTooLate(GovernanceRefused):
    code = "governance-too-late"
    title = (
        "The act was to hold from an index that is not behind it, or not behind a change to come"
    )
    advice = (
        "Propose it again with a later index, or with none: then it holds from the next entry on."
    )


class PolicyChangeRefused(GovernanceRefused):
    code = "policy-change-refused"
    title = "The new policy is not one that this log can have"
    advice = "Correct the policy; `tallystick log policy FILE` reads it."


class RulesChangeRefused(GovernanceRefused):
    code = "rules-change-refused"
    title = "The rule set is in force already, or was before"
    advice = "A rule set is switched on once; what changes again gets a new name."


class EpochRefused(GovernanceRefused):
    code = "epoch-refused"
    title = "The epoch does not begin where the witnesses stopped, or not with fresh keys"
    advice = "Propose it again from the statements of a quorum of witnesses that stopped the log."


class StopStatementRefused(EpochRefused):
    code = "stop-statement-refused"
    title = (
        "A witness's statement that it stopped is malformed, of another log, or not signed by it"
    )
    advice = "Ask that witness again: `tallystick witness stop-log` gives the statement it made."


class EpochElsewhere(TallystickError):
    code = "epoch-elsewhere"
    status = 403
    title = "An epoch begins on the machine of the new operator, and no other way"
    advice = "Run `tallystick governance take-over` there, on a complete store."


class RulesUnknown(TallystickError):
    code = "rules-unknown"
    status = 503
    title = "A rule set is in force that this version of Tallystick does not know"
    advice = (
        "Install a version that knows it; until then this log is neither continued nor replayed."
    )
