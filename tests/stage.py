"""The stage: a shop, a bank and an accountant in a few verbs, so that stories read like stories."""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from io import BytesIO
from pathlib import Path

from zahlmeister.banking.claim import claim
from zahlmeister.banking.models import StatementImport
from zahlmeister.flows.check_books import check_books
from zahlmeister.flows.hand_in_statement import hand_in_statement
from zahlmeister.flows.import_orders import OrdersImported, import_orders
from zahlmeister.flows.learn import learn_from_settled
from zahlmeister.flows.receive_statement import receive_statement
from zahlmeister.formats.orders_csv import OrderRow
from zahlmeister.merchants.models import Merchant
from zahlmeister.money.amount import Amount
from zahlmeister.orders.record import shop_called
from zahlmeister.receivables.models import OpenItem, Payment

ACCOUNT = "DE02120300000000202051"
ANNA, BERND, CORA, DIRK = (
    "DE89370400440532013000",
    "DE27100777770209299700",
    "DE68210501700012345678",
    "DE12500105170648489890",
)


@dataclass(frozen=True, slots=True)
class Paid:
    """One line of a statement that a test invents; minor is signed."""

    minor: int
    text: str
    name: str = "Anna Weber"
    iban: str = ANNA
    on: date = date(2026, 11, 19)
    reference: str = ""


@dataclass(slots=True)
class Stage:
    """Brigitte's merchant with a clock that can be set."""

    merchant: Merchant
    folder: Path
    now: datetime
    _files: int = field(default=0)

    def clock(self) -> datetime:
        return self.now

    def later(self, **time: int) -> None:
        self.now += timedelta(**time)

    def orders(self, *rows: OrderRow) -> OrdersImported:
        shop = shop_called(self.merchant.pk, "Wollstube")
        return import_orders(shop, rows, by="shop", clock=self.clock)

    def statement(self, *lines: Paid, opening: int = 100_000) -> bytes:
        """A camt.053 of one day with these lines."""
        self._files += 1
        return camt(lines, number=self._files, opening=opening)

    def receive(self, content: bytes, name: str = "statement.xml") -> StatementImport:
        """Hand a file in and read it, as the worker would."""
        handed_in = hand_in_statement(self.merchant, BytesIO(content), name, by="brigitte", at=self.now)
        work = claim(self.now, only=handed_in.statement_import.pk)
        if work is not None:
            receive_statement(work, clock=self.clock)
            learn_from_settled(self.merchant, at=self.now)
        return StatementImport.objects.get(pk=handed_in.statement_import.pk)

    def pays(self, *lines: Paid) -> StatementImport:
        return self.receive(self.statement(*lines))

    def item(self, number: str) -> OpenItem:
        return OpenItem.objects.select_related("order").get(merchant=self.merchant, order__number=number)

    def payments(self) -> list[Payment]:
        return list(Payment.objects.filter(merchant=self.merchant).select_related("transaction").order_by("id"))

    def payment(self) -> Payment:
        [payment] = self.payments()
        return payment

    def books(self) -> list[str]:
        """What does not add up; a good story ends with nothing."""
        return check_books(self.merchant)


def camt(lines: Sequence[Paid], *, number: int, opening: int = 100_000) -> bytes:
    """A camt.053 of one day with these lines."""
    closing = opening + sum(line.minor for line in lines)
    entries = "".join(_entry(line) for line in lines)
    day = lines[0].on if lines else date(2026, 11, 19)
    return (
        '<?xml version="1.0" encoding="UTF-8"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08">'
        f"<BkToCstmrStmt><GrpHdr><MsgId>M{number}</MsgId><CreDtTm>{day}T20:00:00</CreDtTm></GrpHdr>"
        f"<Stmt><Id>S{number}-{day}</Id><ElctrncSeqNb>{number}</ElctrncSeqNb>"
        f"<Acct><Id><IBAN>{ACCOUNT}</IBAN></Id><Ccy>EUR</Ccy></Acct>"
        f"{_balance('OPBD', opening, day)}{_balance('CLBD', closing, day)}{entries}"
        "</Stmt></BkToCstmrStmt></Document>"
    ).encode()


def order(number: str, amount: str, name: str = "Anna Weber", **more: object) -> OrderRow:
    """An order of the shop; what is not said is as usual."""
    given = {"ordered_on": date(2026, 11, 16), "email": f"{name.split(maxsplit=1)[0].lower()}@post.example", **more}
    return OrderRow(line=2, number=number, amount=Amount.parse(amount, "EUR"), name=name, **given)  # type: ignore[arg-type]


def _entry(line: Paid) -> str:
    side, role = ("CRDT", "Dbtr") if line.minor > 0 else ("DBIT", "Cdtr")
    told = f"{line.minor}{line.text}{line.name}{line.iban}"  # a bank's reference of a line is the same in every file
    reference = line.reference or f"{line.on:%Y%m%d}{zlib.crc32(told.encode()):08X}"
    return (
        f'<Ntry><Amt Ccy="EUR">{_plain(abs(line.minor))}</Amt><CdtDbtInd>{side}</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>'
        f"<BookgDt><Dt>{line.on}</Dt></BookgDt><ValDt><Dt>{line.on}</Dt></ValDt>"
        f"<AcctSvcrRef>{reference}</AcctSvcrRef>"
        "<BkTxCd><Prtry><Cd>NTRF+166+00931</Cd><Issr>DK</Issr></Prtry></BkTxCd>"
        f'<NtryDtls><TxDtls><Amt Ccy="EUR">{_plain(abs(line.minor))}</Amt><CdtDbtInd>{side}</CdtDbtInd>'
        f"<RltdPties><{role}><Pty><Nm>{line.name}</Nm></Pty></{role}>"
        f"<{role}Acct><Id><IBAN>{line.iban}</IBAN></Id></{role}Acct></RltdPties>"
        f"<RmtInf><Ustrd>{line.text}</Ustrd></RmtInf></TxDtls></NtryDtls></Ntry>"
    )


def _balance(kind: str, minor: int, day: date) -> str:
    side = "CRDT" if minor >= 0 else "DBIT"
    return (
        f'<Bal><Tp><CdOrPrtry><Cd>{kind}</Cd></CdOrPrtry></Tp><Amt Ccy="EUR">{_plain(abs(minor))}</Amt>'
        f"<CdtDbtInd>{side}</CdtDbtInd><Dt><Dt>{day}</Dt></Dt></Bal>"
    )


def _plain(minor: int) -> str:
    return f"{minor // 100}.{minor % 100:02d}"
