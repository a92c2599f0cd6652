"""A desk on which limits are set by two persons, and what must be so of them after every act (I17)."""

from __future__ import annotations

from collections import Counter
from typing import Any, cast

from tests.finance.desk import bank, checker, maker
from tests.finance.holdings.vault import Vault, node

from tallystick import finance
from tallystick.finance.draft import Row
from tallystick.finance.limits.recount import differences

Key = tuple[str, str, str]


class Floor(Vault):
    def propose_limit(self, kind: str, amount: int | None, by: str = bank, **more: Any) -> str:
        mine = node if kind in ("core", "group") else by
        told: dict[str, Any] = {"currency": "CNY", "after": 0, **more}
        body = finance.LimitPropose(kind=cast(Any, kind), amount=amount, **told)
        return self.play("finance.limit.propose/1", maker(mine), body)

    def approve_limit(self, proposal: str, by: str) -> None:
        body = finance.LimitApprove(proposal=proposal)
        self.play("finance.limit.approve/1", by, body)

    def limit(self, kind: str, amount: int | None, by: str = bank, **more: Any) -> None:
        proposal = self.propose_limit(kind, amount, by, **more)
        mine = node if kind in ("core", "group") else by
        self.approve_limit(proposal, checker(mine))

    def taken(self, limit: str, currency: str = "CNY") -> tuple[int, int]:
        """Used and reserved."""
        found = cast("Row | None", self.state.get("limit", limit, currency))
        return (0, 0) if found is None else (found["used"], found["reserved"])

    def version(self, limit: str, currency: str = "CNY") -> int:
        found = cast("Row | None", self.state.get("limit", limit, currency))
        return 0 if found is None else int(found.get("version", 0))

    def check_limits(self) -> None:
        """Counters are what lots and open quotes give; nothing is above what is set."""
        assert list(differences(self.state)) == []
        stored: Counter[Key] = Counter()
        for (kind, name, part), document in self.state.documents():
            if kind != "limit":
                continue
            row = cast(Row, document)
            stored[name, part, "used"] += row["used"]
            stored[name, part, "reserved"] += row["reserved"]
            assert row["used"] >= 0
            assert row["reserved"] >= 0
            if "amount" in row:
                taken = row["used"] + row["reserved"]
                if name.startswith("group "):
                    taken = self._group_use(name.partition(" ")[2], part)
                assert taken <= row["amount"], name
        assert +stored == self._recounted()

    def _group_use(self, group: str, currency: str) -> int:
        members = self.row("limit-group", group)["members"]
        return sum(self.taken(f"core {core}", currency)[0] for core in members)

    def _recounted(self) -> Counter[Key]:
        """From holdings and quotes, by their own fields alone."""
        found: Counter[Key] = Counter()
        for (kind, name, _), document in self.state.documents():
            row = cast(Row, document)
            if kind == "holding" and row["state"] not in ("paid", "cancelled"):
                head = self.row("certificate", name)
                self._use(found, head["issuer"], head["currency"], row)
            if kind == "quote" and row["status"] == "accepted":
                head = self.row("certificate", row["certificate"])
                funder = row["bank"]
                for limit in (
                    f"funder {funder}",
                    f"funder-core {funder} {head['issuer']}",
                    f"supplier {funder} {row['holder']}",
                ):
                    found[limit, head["currency"], "reserved"] += row["amount"]
        return +found

    def _use(self, found: Counter[Key], issuer: str, currency: str, lot: Row) -> None:
        units, holder = lot["end"] - lot["start"], lot["holder"]
        found[f"core {issuer}", currency, "used"] += units
        if "bank" in self.row("organisation", holder)["capacities"]:
            found[f"funder {holder}", currency, "used"] += units
            found[f"funder-core {holder} {issuer}", currency, "used"] += units
            if lot["batch"]:
                seller = self.row("quote", lot["batch"])["holder"]
                found[f"supplier {holder} {seller}", currency, "used"] += units
