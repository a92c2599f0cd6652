"""Errors of subcontract orders."""

from __future__ import annotations

from tallystick.ledger import RuleError


class SubcontractNotAgreed(RuleError):
    code = "subcontract-not-agreed"
    status = 409
    title = "The materials of this order were not agreed by both firms"
    advice = "The subcontractor agrees to them first (finance.agree/1); then repeat."


class MaterialShort(RuleError):
    code = "material-short"
    title = "More of the buyer's material would be used, returned or lost than was issued"
    advice = "Let both firms put on record what was issued, or correct the quantity."


class CircularSubcontract(RuleError):
    code = "circular-subcontract"
    title = "The material would come back, to be worked on, to a firm from which it came"
    advice = "Whoever gives material out does not work on it for those who have it from there."


class UnitsNotConvertible(RuleError):
    code = "units-not-convertible"
    title = "The note counts in another unit, and no factor was agreed for it"
    advice = "Use the unit of the agreed materials, or agree the factor (finance.items/1) first."
