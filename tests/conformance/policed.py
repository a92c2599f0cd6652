"""Certificates that software issued within a policy that two persons signed, honest and false; cases as in `bundles`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.conformance.bundles import Case, Files, Story, bank, invoice, maker
from tests.ledger.world import core, supplier

from tallystick.finance import views
from tallystick.ledger.bundle import Request, layout, pack

checker = core.replace("/O-", "/P-C")
service, other_service = (f"99.100/D-ERP-{n}" for n in (1, 2))
amount = 70_000_00


class Policed(Story):
    """The story, and after it a policy under which the core's software confirms one more certificate."""

    def __init__(self, **wrong: Any) -> None:
        """`wrong`: by whom or with which values it is done instead."""
        self.wrong = wrong
        super().__init__()

    def __post_init__(self) -> None:
        super().__post_init__()
        told = {"organisation": core, "person": checker, "roles": ["checker"]}
        self.keys += [self.write(core, "identity.person.add/1", told), self.add_key(core, checker)]
        for device, firm in ((service, core), (other_service, core)):
            self._service(device, firm)
        if self.wrong.get("late"):
            self.standing = f"{core}#SP-{len(self.leaves) + 3}"
            self._confirm()
            self._sign()
        else:
            self._sign()
            if self.wrong.get("stopped") == "before":
                self.stop()
            self._confirm()
        if self.wrong.get("stopped") == "after":
            self.stop()
        self.end = self.block()

    def _service(self, device: str, firm: str) -> None:
        told = {"device": device, "organisation": firm, "purpose": "service"}
        self.keys += [self.write(core, "identity.device.add/1", told), self.add_key(core, device)]

    def _sign(self) -> None:
        terms = {
            "organisation": core, "service": service, "currency": "CNY", "certificate_max": 80_000_00,
            "supplier_max": 100_000_00, "day_max": 100_000_00, "total_max": 500_000_00,
            "until": "2026-12-31", "evidence": "device", "term_days_max": 180, "zone": "Asia/Shanghai",
            "paying_bank": bank, "roll": "none", "calendar": "none", "rolled_days": "holders",
            "suppliers": [], **self.wrong.get("terms", {}),
        }  # fmt: skip
        self.terms = self.write(maker[core], "finance.policy.propose/1", terms, fields=True)
        signed = {"proposal": self.payload(self.terms)}
        by = self.wrong.get("approver", checker)
        self.signed = self.write(by, "finance.policy.approve/1", signed, fields=True)
        self.standing = self.wrong.get("policy", f"{core}#SP-{self.signed}")

    def _confirm(self) -> None:
        self.under = f"{core}#C-{len(self.leaves)}"
        told = {
            "policy": self.standing, "invoice": invoice, "amount": amount, "due_on": "2026-07-10",
            "lines": [{"line": 2, "amount": amount}],
        }  # fmt: skip
        mine = ("certificate", self.under)
        by = self.wrong.get("by", service)
        self.write(
            by, "finance.policy.confirm/1", told, (), [mine, ("invoice line", f"{invoice}#2")],
            fields=True, **self.wrong.get("how", {}),
        )  # fmt: skip
        accept = {"certificate": self.under}
        self.write(maker[supplier], "finance.certificate.accept/1", accept, (), [mine])

    def stop(self) -> None:
        told = {"policy": self.standing, "reason": "suspected"}
        self.keys += [self.write(checker, "finance.policy.stop/1", told)]

    def told(self, show: dict[int, Any] | None = None, *, head: bool = True) -> Files:
        """A bundle of the certificate that the software issued."""
        mine = ("certificate", self.under)
        indexes = [*self.keys, *self.touched[mine], self.terms, self.signed]
        asked = [Request.of("certificate", certificate=self.under)]
        names = [*self.key_heads(), *([mine] if head else [])]
        return self.bundle(asked, indexes, names, show=show)


def cases() -> Iterator[Case]:
    """The log key is pinned in all of them."""
    story = Policed()
    fields = {story.terms: views.policy_fields, story.signed: ("/proposal",)}
    yield Case("standing-policy", "issued by software within a policy", pack(story.told()))
    yield Case(
        "standing-policy-terms",
        "as its holder shows it, without the caps",
        pack(story.told(fields)),
    )
    fewer = [one for one in views.policy_fields if one != "/certificate_max"]
    missing = "bundle-entry-missing"
    yield Case(
        "standing-policy-without-cap", "a policy without what it allows for a certificate",
        pack(story.told({story.terms: fewer})), missing,
    )  # fmt: skip
    for name, said, index in (
        ("terms", "the policy's proposal left out", story.terms),
        ("approval", "the policy's approval left out", story.signed),
    ):
        gone = {
            layout.entry_file(index), layout.body_file(index), layout.salt_file(index),
            layout.proof_file(index),
        }  # fmt: skip
        kept = {file: data for file, data in story.told().items() if file not in gone}
        yield Case(f"standing-policy-{name}-left-out", said, pack(kept), missing)
    yield Case(
        "standing-policy-stopped-after", "a policy that was stopped behind it",
        pack(Policed(stopped="after").told()),
    )  # fmt: skip
    for name, said, wrong in (
        ("by-one-person", "a policy that one person signed twice", {"approver": maker[core]}),
        ("by-another-firm", "a policy that another firm approved", {"approver": maker[supplier]}),
        ("of-another", "a policy that names another firm", {"terms": {"organisation": supplier}}),
        ("of-no-issuer", "a policy under another firm's name", {"policy": f"{supplier}#SP-5"}),
        ("no-name", "a policy that is none", {"policy": f"{core}#SP-0"}),
        ("other-service", "software that the policy does not name", {"by": other_service}),
        ("by-a-person", "a person in place of the software", {"by": maker[core]}),
        ("above-its-cap", "more than the policy allows", {"terms": {"certificate_max": 69_999_99}}),
        ("stopped-before", "a policy that was stopped before", {"stopped": "before"}),
        ("signed-behind", "a policy that was signed behind it", {"late": True}),
    ):  # fmt: skip
        code = missing if name == "no-name" else "bundle-statement-refused"
        yield Case(f"standing-policy-{name}", said, pack(Policed(**wrong).told()), code)
    stream = Policed(how={"stream": True})
    yield Case(
        "standing-policy-stream", "by software whose entries are a stream", pack(stream.told())
    )
    yield Case(
        "standing-policy-refused", "a confirmation that the log may have refused",
        pack(stream.told(head=False)), "bundle-statement-refused",
    )  # fmt: skip
