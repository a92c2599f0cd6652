"""Every entry type that states a payment is in the journal and in the daily equality, or says here why it is not.

What pays, and what is told of money, is sorted for every type of finance in `test_who_is_paid`; what evidence stands
in a body of a new type is found by its fields.
"""

from __future__ import annotations

from tests.finance.books.reconciling import reconciled
from tests.finance.desk import Desk, bank, core, supplier
from tests.finance.test_who_is_paid import asked, others

from tallystick.finance import books, equality

#: States money, and no posting of its own follows: why.
not_posted = {
    "finance.account.challenge/1": "the small amount is a digest until it is revealed, and is the bank's own cost",
    "finance.advance.instruct/1": "nobody says yet that it was paid",
    "finance.advance.unpaid/1": "nothing was paid",
    "finance.disburse.fail/1": "nothing was paid",
    "finance.disburse.receive/1": "what was paid is posted by finance.disburse/1; it is final",
    "finance.instruct/1": "nobody says yet that it was paid",
    "finance.ordinary.close/1": "it stands in the books of the two firms, as what it closes",
    "finance.ordinary.paid/1": "it is paid beside this log, and stands in the books of the two firms by their own account statements",
    "finance.pay.receive/1": "what was paid is posted by finance.pay/1 and pay.due/1; it is final",
}
not_compared = {
    "finance.account.challenge/1": "its amount is a digest",
    "finance.advance.instruct/1": "in-payment by the advance's own document",
    "finance.advance.unpaid/1": "what left and was not paid is told by the advance's own document",
    "finance.disburse.receive/1": "it is evidence of no other amount",
    "finance.pay.receive/1": "it is evidence of no other amount",
}
#: States no payment, and moves what the books hold.
posted_without_money = {"finance.cancel.agree/1", "finance.certificate.accept/1"}
compared_without_money = {"finance.registration.cancel/1", "finance.registration.renew/1"}
#: Evidence of something else than money.
other_evidence = {
    "finance.account.attest/1", "finance.dispute/1", "finance.search/1", "finance.transfer.offer/1",
    "finance.pledge.accept/1",
}  # fmt: skip
_said_of_money = {"paid_at", "returned_at", "payment"}


def _states_money() -> set[str]:
    return {*asked, *others["told"], *others["back"]}


def test_every_payment_is_in_the_journal_or_says_why_not() -> None:
    stated = _states_money()
    assert sorted(stated - set(books.types) - set(not_posted)) == []
    assert sorted(set(books.types) - stated - posted_without_money) == []
    assert sorted(set(not_posted) & set(books.types)) == []


def test_every_payment_is_in_the_daily_equality_or_says_why_not() -> None:
    stated = _states_money()
    assert sorted(stated - set(equality.types) - set(not_compared)) == []
    assert sorted(set(equality.types) - stated - compared_without_money) == []
    assert sorted(set(not_compared) & set(equality.types)) == []


def test_a_body_with_evidence_of_money_is_known_as_a_payment() -> None:
    """Found by the fields, whatever somebody wrote in the tables."""
    for name, entry_type in Desk().rules.types.items():
        fields = set(entry_type.body.model_fields)
        evident = "evidence" in fields and fields & {"amount", "amount_minor", "at"}
        if name.startswith("finance.") and (fields & _said_of_money or evident):
            assert name in _states_money() | other_evidence, name


def test_each_of_the_books_is_reached() -> None:
    """Of one log, by everybody who has books: nobody's posting is without its counterpart."""
    desk = Desk()
    name = desk.live(900_000_000)
    found = reconciled(desk)
    assert found[core, "certificates-payable"] == -900_000_000
    assert found[supplier, "certificates-receivable"] == desk.balances(name)[supplier]
    assert (bank, "bank") not in found
