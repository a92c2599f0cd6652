"""Errors about the ground of a hop."""

from __future__ import annotations

from tallystick.ledger import RuleError


class EvidenceMissing(RuleError):
    code = "hop-evidence-missing"
    title = "The trade on which this transfer rests is not named, or does not add up to it"
    advice = "Name contract, order or invoice by which you owe the other firm, with amounts that add up to the transfer."


class EvidenceUnfit(RuleError):
    code = "hop-evidence-unfit"
    title = "This document shows no debt of the giver to the taker"
    advice = (
        "Name a document of these two firms in which the giver buys and the taker sells: agreed, not "
        "cancelled, in the certificate's currency; a contract counts only with a stated total."
    )


class EvidenceConsumed(RuleError):
    code = "hop-evidence-consumed"
    status = 409
    title = "This document has paid for other transfers or certificates already"
    advice = "Each amount of a contract, order or invoice counts once; name what is still open."


class SaleUnfit(RuleError):
    code = "sale-unfit"
    title = "This is no sale between two funders"
    advice = "A funder sells units that it financed to another funder, at a price and under an agreement of the two."
