"""Notifications of a bank, as banks write them in three versions of camt.054."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

#: Versions 2, 6 and 8: their statuses stand as text before version 4, as a code from version 8 on.
versions = ("02", "06", "08")
own_number, other_number = "6222020200001111", "6222020200001234"


@dataclass(frozen=True)
class Entry:
    """One booked entry. `amount` as the bank writes it; `split`: its transactions' own amounts, each with its reference."""

    amount: str = "1000.00"
    reference: str = "E2E-1"
    side: str = "DBIT"
    currency: str = "CNY"
    status: str = "BOOK"
    reversal: str = ""
    booked: str = "<Dt>2026-03-16</Dt>"
    other: str = other_number
    returned: str = ""
    remittance: str = ""
    split: tuple[tuple[str, str], ...] = ()

    def xml(self, version: str) -> str:
        status = f"<Cd>{self.status}</Cd>" if version == "08" else self.status
        reversal = f"<RvslInd>{self.reversal}</RvslInd>" if self.reversal else ""
        details = "".join(
            self._detail(version, reference, amount)
            for reference, amount in self.split or ((self.reference, ""),)
        )
        return (
            f'<Ntry><Amt Ccy="{self.currency}">{self.amount}</Amt><CdtDbtInd>{self.side}</CdtDbtInd>{reversal}'
            f"<Sts>{status}</Sts><BookgDt>{self.booked}</BookgDt><ValDt><Dt>2026-03-16</Dt></ValDt>"
            f"<AcctSvcrRef>SVC-1</AcctSvcrRef><NtryDtls>{details}</NtryDtls></Ntry>"
        )

    def _detail(self, version: str, reference: str, amount: str) -> str:
        told = f'<Amt Ccy="{self.currency}">{amount}</Amt>' if amount else ""
        if amount and version == "02":
            told = f"<AmtDtls><TxAmt>{told}</TxAmt></AmtDtls>"
        side = "CdtrAcct" if self.side == "DBIT" else "DbtrAcct"
        account = f"<Othr><Id>{self.other}</Id></Othr>"
        parties = f"<{side}><Id>{account}</Id></{side}>" if self.other else ""
        end_to_end = f"<EndToEndId>{reference}</EndToEndId>" if reference else ""
        remittance = f"<RmtInf><Ustrd>{self.remittance}</Ustrd></RmtInf>" if self.remittance else ""
        back = f"<RtrInf><Rsn><Cd>{self.returned}</Cd></Rsn></RtrInf>" if self.returned else ""
        return (
            f"<TxDtls><Refs>{end_to_end}</Refs>{told}<RltdPties>{parties}</RltdPties>"
            f"{remittance}{back}</TxDtls>"
        )


def notification(
    entries: Sequence[Entry], version: str = "08", account: str = own_number, head: str = ""
) -> bytes:
    told = "\n".join(one.xml(version) for one in entries)
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>{head}\n'
        f'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.054.001.{version}"><BkToCstmrDbtCdtNtfctn>\n'
        "<GrpHdr><MsgId>MSG-1</MsgId><CreDtTm>2026-03-16T18:00:00+08:00</CreDtTm></GrpHdr>\n"
        "<Ntfctn><Id>NTF-1</Id><CreDtTm>2026-03-16T18:00:00+08:00</CreDtTm>\n"
        f"<Acct><Id><Othr><Id>{account}</Id></Othr></Id><Ccy>CNY</Ccy></Acct>\n"
        f"{told}\n</Ntfctn></BkToCstmrDbtCdtNtfctn></Document>"
    ).encode()
