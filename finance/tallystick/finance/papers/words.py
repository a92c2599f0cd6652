"""The words of the papers, in Chinese and English: a pure function of the facts.

A paper repeats what the entries say and adds nothing: where it and the log differ, the log is right. That a waiver is
named says that it was signed, not that it holds in law.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tallystick.finance.money.amounts import format_amount
from tallystick.finance.money.dates import local_time
from tallystick.finance.money.words import capitals
from tallystick.finance.papers.facts import (
    Facts,
    Hop,
    Language,
    Paper,
    PaperKind,
    PaperMissing,
    Seal,
    Signed,
)
from tallystick.finance.papers.phrases import Phrases, phrases

_statuses = ("offered", "live", "partially_paid", "settled")


def write(facts: Facts, language: Language) -> Paper:
    """Raises `PaperMissing` for what the facts do not bear out."""
    said = phrases[language]
    _require(facts)
    rows = tuple(_rows(facts, said))
    return Paper(
        title=said.titles[facts.kind],
        subtitle=said.number.format(certificate=facts.certificate),
        language=language,
        opening=said.openings[facts.kind].format(**_parties(facts, said)),
        rows=rows,
        paragraphs=tuple(_paragraphs(facts, said)),
        payouts=tuple(_payouts(facts, said)) if facts.kind == "settlement" else (),
        signatory=tuple(_signatory(facts, said)),
        seal=_seal(facts, said),
        evidence=said.evidence,
        table=(said.columns, *(_entry(one, said) for one in facts.entries)),
        closing=tuple(_closing(facts, said)),
        lookup=facts.lookup,
        footer=f"{said.titles[facts.kind]} · {facts.certificate}",
        made=max(entry.time for entry in facts.entries),
    )


def money(minor: int, currency: str) -> str:
    """
    >>> money(900000000, "CNY")
    'CNY 9,000,000.00'
    """
    return f"{currency} {format_amount(minor, currency)}"


def _require(facts: Facts) -> None:
    status = facts.head["status"]
    if status not in _statuses:
        raise PaperMissing(f"{facts.certificate} is {status}")
    if facts.kind in ("assignment", "notice") and facts.hop is None:
        raise PaperMissing("no hop is named")
    if facts.kind == "settlement" and status != "settled":
        raise PaperMissing(f"{facts.certificate} is {status}")


def _parties(facts: Facts, said: Phrases) -> dict[str, str]:
    head, name = facts.head, facts.names
    told = {
        "issuer": name[head["issuer"]],
        "holder": name[head["holder"]] if "holder" in head else "–",
        "bank": name[head["paying_bank"]],
        "by": said.by_policy if "policy" in head else said.by_persons,
    }
    if facts.hop is not None:
        told |= {"giver": name[facts.hop.giver], "taker": name[facts.hop.taker]}
    return told


def _party(facts: Facts, handle: str) -> str:
    found = facts.names[handle]
    return handle if found == handle else f"{found} ({handle})"


def _amount(minor: int, currency: str, said: Phrases) -> Iterator[tuple[str, str]]:
    """In figures, and as Chinese papers have it in capitals."""
    yield said.amount, money(minor, currency)
    if currency == "CNY":
        yield said.capitals, capitals(minor)


def _rows(facts: Facts, said: Phrases) -> Iterator[tuple[str, str]]:
    head, hop = facts.head, facts.hop
    currency = head["currency"]
    if hop is None:
        yield from _amount(head["face"], currency, said)
        yield said.debtor, _party(facts, head["issuer"])
        yield said.creditor, _party(facts, head["holder"])
    else:
        yield from _amount(hop.amount, currency, said)
        yield said.giver, _party(facts, hop.giver)
        yield said.taker, _party(facts, hop.taker)
        yield said.debtor, _party(facts, head["issuer"])
        yield said.face, money(head["face"], currency)
    yield said.paying_bank, _party(facts, head["paying_bank"])
    yield said.issued, f"{head['issued_on']} ({head['zone']})"
    yield (
        said.due,
        head["due_on"]
        if facts.pays_on == head["due_on"]
        else (said.rolled.format(due=head["due_on"], on=facts.pays_on)),
    )
    if "invoice" in head:
        yield said.invoice, head["invoice"]
    if head.get("contracts"):
        yield said.contracts, ", ".join(head["contracts"])
    if facts.kind == "undertaking":
        yield said.status, said.statuses[head["status"]]
        yield said.assignability, said.assignable[head.get("assignment", "free")]
    if hop is not None:
        yield from _hop_rows(facts, hop, said)


def _hop_rows(facts: Facts, hop: Hop, said: Phrases) -> Iterator[tuple[str, str]]:
    zone, currency = facts.head["zone"], facts.head["currency"]

    def clock(time: str) -> str:
        return f"{local_time(time, zone)} ({zone})"

    if facts.kind == "assignment":
        if hop.offered:
            yield said.offered, clock(hop.offered)
        yield said.accepted, clock(hop.time)
        if hop.background:
            yield said.background, hop.background
    if facts.kind == "notice":
        given, found = hop.noticed, hop.acknowledged
        yield said.accepted, clock(hop.time)
        yield said.noticed, said.not_noticed if given is None else clock(given["time"])
        yield said.acknowledged, said.not_acknowledged if found is None else clock(found["time"])
    if hop.financing is not None and facts.kind == "assignment":
        yield said.net, money(hop.financing["net"], currency)
        yield said.discount, money(hop.financing["discount"], currency)
        yield said.value_on, hop.financing["value_on"]


def _paragraphs(facts: Facts, said: Phrases) -> Iterator[str]:
    parties = _parties(facts, said)
    for text in said.paragraphs[facts.kind]:
        yield text.format(**parties)
    if facts.waiver is not None and facts.kind != "settlement":
        yield said.waiver.format(**{key: facts.waiver[key] for key in ("version", "sha256")})


def _payouts(facts: Facts, said: Phrases) -> Iterator[tuple[str, ...]]:
    """Each payment, and what ended otherwise: to whom a debtor paid early, and at what price, is for those two."""
    currency, total = facts.head["currency"], 0
    payee, sum_, paid_at, entry = said.payout_columns
    yield payee, f"{sum_} ({currency})", f"{paid_at} ({facts.head['zone']})", entry
    for row in facts.payouts:
        total += row["amount"]
        yield (
            _party(facts, row["holder"]),
            format_amount(row["amount"], currency),
            local_time(row["paid_at"], facts.head["zone"]),
            str(row["index"]),
        )
    for member, label in (("early", said.paid_early), ("cancelled", said.given_up)):
        amount = facts.head.get(member, 0)
        if amount:
            total += amount
            yield label, format_amount(amount, currency), "", ""
    if total != facts.head["face"]:
        raise PaperMissing(f"{total} of {facts.head['face']} minor units were paid")
    yield said.together, format_amount(total, currency), "", ""


def _signatory(facts: Facts, said: Phrases) -> Iterator[str]:
    own = [entry for entry in facts.entries if entry.index in facts.signing]
    for entry in own:
        word = said.verified if entry.verified else said.unverified
        yield f"{said.acts[entry.act]}: {entry.author} ({word})"
    if not facts.sealed:
        yield said.no_seal


def _seal(facts: Facts, said: Phrases) -> Seal | None:
    if not facts.sealed:
        return None
    whose = facts.head["paying_bank"] if facts.kind == "settlement" else facts.head["issuer"]
    if facts.hop is not None and facts.kind in ("assignment", "notice"):
        given = facts.hop.noticed if facts.kind == "notice" else None
        whose = facts.hop.giver if given is None else given["organisation"]
    numbers = " · ".join(f"#{index}" for index in facts.signing)
    return Seal(facts.names[whose], said.seal, numbers)


def _entry(one: Signed, said: Phrases) -> tuple[str, ...]:
    return (
        str(one.index),
        said.acts[one.act],
        one.time,
        one.leaf_hash,
        said.verified if one.verified else said.unverified,
    )


def _closing(facts: Facts, said: Phrases) -> Iterator[str]:
    yield said.checkpoint.format(origin=facts.origin, size=facts.size, root=facts.root)
    yield said.how_to_check
    yield said.ledger_rules
    if facts.simulated:
        yield said.simulated


def titles(language: Language) -> Mapping[PaperKind, str]:
    return phrases[language].titles
