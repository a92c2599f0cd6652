"""A desk whose supplier has two officers, whose node publishes calendars, and that looks after bank accounts."""

from __future__ import annotations

from tests.finance.calendars.shop import Shop, node
from tests.finance.desk import bank, checker, digest, maker, supplier

from tallystick.finance import accounts
from tallystick.finance.draft import Row
from tallystick.ledger.fields import AttachmentRef
from tallystick.ledger.state import Change

first, second, third = (f"99.100/P-OFFICER{number}" for number in (1, 2, 3))
other_bank = "99.100/O-BNK2"
icbc = "102100099996"
salt = "5a" * 32


class Counter(Shop):
    def __init__(self, tables: bool = True) -> None:
        super().__init__(["99.100/O-FRIEND"])
        self.state.apply([Change("prefix", "99.100", {"holder": node, "role": "node"})])
        if tables:
            self.shipped()
        self.time = "2026-01-12T02:00:00.000Z"
        self.found(supplier, first, second)

    def found(self, firm: str, *officers: str) -> None:
        """Officers of a firm whose people decide from here on."""
        row = {**self.row("organisation", firm), "founded": 1}
        changes = [Change("organisation", firm, row)]
        roles = [["administrator"], ["security-administrator"], ["administrator"]]
        for person, has in zip(officers, roles, strict=False):
            changes.append(Change("person", person, {"organisation": firm, "roles": has}))
            changes.append(Change("member", firm, {"roles": has}, person))
        changes.append(Change("member", firm, {"roles": ["maker"]}, maker(firm)))
        self.state.apply(changes)

    def body(self, owner: str = supplier, **more: object) -> accounts.AccountRegister:
        told: dict[str, object] = {
            "organisation": owner, "scheme": "cnaps", "bank_code": icbc, "bank": bank,
            "country": "CN", "currency": "CNY", "tail": "1234",
            "details": AttachmentRef(hash=digest("a"), type=accounts.details_type, size=60, grade="restricted"),
        }  # fmt: skip
        return accounts.AccountRegister(**{**told, **more})  # type: ignore[arg-type]

    def registered(self, owner: str = supplier, **more: object) -> str:
        self.play("finance.account.register/1", maker(owner), self.body(owner, **more))
        return f"{owner}#A-{self.index - 1}"

    def attest(self, name: str, belongs: bool = True, by: str = checker(bank)) -> None:
        body = accounts.AccountAttest(account=name, belongs=belongs)
        self.play("finance.account.attest/1", by, body)

    def confirmed(self, owner: str = supplier, by: str = checker(bank), **more: object) -> str:
        name = self.registered(owner, **more)
        self.attest(name, by=by)
        return name

    def challenge(self, name: str, amount: int, by: str = maker(node)) -> None:
        told = accounts.challenge_digest(salt, amount)
        body = accounts.AccountChallenge(account=name, digest=told)
        self.play("finance.account.challenge/1", by, body)

    def answer(self, name: str, amount: int, by: str = maker(supplier)) -> None:
        body = accounts.AccountAnswer(account=name, amount_minor=amount)
        self.play("finance.account.answer/1", by, body)

    def reveal(self, name: str, amount: int, by: str = maker(node)) -> None:
        body = accounts.AccountReveal(account=name, amount_minor=amount, salt=salt)
        self.play("finance.account.reveal/1", by, body)

    def close(self, name: str, by: str = first) -> None:
        body = accounts.AccountClose(account=name, reason="closed")
        self.play("finance.account.close/1", by, body)

    def propose_payee(self, name: str, by: str = first, currency: str = "CNY") -> str:
        owner = name.rpartition("#")[0]
        body = accounts.PayeePropose(organisation=owner, currency=currency, account=name)
        return self.play("finance.payee.propose/1", by, body)

    def approve_payee(self, proposal: str, by: str = second) -> None:
        body = accounts.PayeeApprove(proposal=proposal)
        self.play("finance.payee.approve/1", by, body)

    def cancel(self, proposal: str, by: str = second) -> None:
        body = accounts.PayeeCancel(proposal=proposal)
        self.play("finance.payee.cancel/1", by, body)

    def named(self, name: str) -> str:
        """The payee account by two officers."""
        proposal = self.propose_payee(name)
        self.approve_payee(proposal)
        return proposal

    def payee(self, owner: str = supplier) -> Row:
        return self.row("payee", owner, "CNY")

    def target(self, owner: str = supplier, currency: str = "CNY") -> str:
        return accounts.target(self.state, owner, currency, self.time).account
