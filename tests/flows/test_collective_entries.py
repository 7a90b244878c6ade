"""Collective entries of Swiss and German banks: the sum in one file, its parts in another, whichever comes first."""

import pytest
from tests.stage import ACCOUNT, Stage, order

from zahlmeister.banking.models import BankAccount
from zahlmeister.formats.orders_csv import OrderRow
from zahlmeister.ledger.queries import balance
from zahlmeister.ledger.rules import Book
from zahlmeister.money.amount import Amount
from zahlmeister.receivables.states import ItemState, PaymentState

SWISS = "CH9300762011623852957"
#: QR references of three bills: 26 digits and the check digit of modulo 10 recursive.
BILLS = {
    "2026-1001": ("210000000003139471430009017", 10_000),
    "2026-1002": ("210000000003139471430009025", 24_995),
    "2026-1003": ("210000000003139471430009030", 4_940),
}
DAY = "2026-11-19"
SUM_FIRST, PARTS_FIRST = ("sum", "parts"), ("parts", "sum")


def check_digit(digits: str) -> str:
    """Modulo 10 recursive, as the Swiss QR reference wants it."""
    carry = 0
    for digit in digits:
        carry = (0, 9, 4, 6, 8, 2, 7, 1, 3, 5)[(carry + int(digit)) % 10]
    return str((10 - carry) % 10)


def bills(stage: Stage) -> None:
    for number, (reference, minor) in BILLS.items():
        row = order(number, "1.00", "Reto Muster", reference=reference, payment_kind="invoice")
        stage.orders(
            OrderRow(**{**{name: getattr(row, name) for name in row.__slots__}, "amount": Amount(minor, "CHF")})
        )


def francs(minor: int) -> str:
    return f'<Amt Ccy="CHF">{minor // 100}.{minor % 100:02d}</Amt>'


def entry(details: str, text: str, reference: str = "PAKET-ID 7001") -> str:
    total = sum(minor for _, minor in BILLS.values())
    return (
        f"<Ntry><NtryRef>{SWISS}</NtryRef>{francs(total)}<CdtDbtInd>CRDT</CdtDbtInd><Sts>BOOK</Sts>"
        f"<BookgDt><Dt>{DAY}</Dt></BookgDt><ValDt><Dt>{DAY}</Dt></ValDt><AcctSvcrRef>{reference}</AcctSvcrRef>"
        "<BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>RCDT</Cd><SubFmlyCd>VCOM</SubFmlyCd></Fmly></Domn></BkTxCd>"
        f"{details}<AddtlNtryInf>{text}</AddtlNtryInf></Ntry>"
    )


def detail(reference: str, minor: int, place: int, kind: str = "QRR") -> str:
    return (
        f"<TxDtls><Refs><AcctSvcrRef>D{place}</AcctSvcrRef></Refs>{francs(minor)}<CdtDbtInd>CRDT</CdtDbtInd>"
        "<RltdPties><Dbtr><Nm>Reto Muster</Nm></Dbtr></RltdPties><RmtInf><Strd><CdtrRefInf><Tp><CdOrPrtry>"
        f"<Prtry>{kind}</Prtry></CdOrPrtry></Tp><Ref>{reference}</Ref></CdtrRefInf></Strd></RmtInf></TxDtls>"
    )


def statement(entries: str) -> bytes:
    """A Swiss camt.053 that books the day's QR payments as one sum."""
    return (
        '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.04"><BkToCstmrStmt><GrpHdr><MsgId>S1</MsgId>'
        f"<CreDtTm>{DAY}T21:00:00</CreDtTm></GrpHdr><Stmt><Id>S1</Id><Acct><Id><IBAN>{SWISS}</IBAN></Id>"
        f"<Ccy>CHF</Ccy></Acct>{entries}</Stmt></BkToCstmrStmt></Document>"
    ).encode()


def notification(entries: str) -> bytes:
    """The camt.054 that tells the payments in it."""
    return (
        '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.054.001.04"><BkToCstmrDbtCdtNtfctn><GrpHdr>'
        f"<MsgId>N1</MsgId><CreDtTm>{DAY}T21:05:00</CreDtTm></GrpHdr><Ntfctn><Id>N1</Id><Acct><Id>"
        f"<IBAN>{SWISS}</IBAN></Id><Ccy>CHF</Ccy></Acct>{entries}</Ntfctn></BkToCstmrDbtCdtNtfctn></Document>"
    ).encode()


def parts(kind: str = "QRR", *, less: int = 0) -> str:
    details = "".join(
        detail(reference, minor - (less if place == 1 else 0), place, kind)
        for place, (reference, minor) in enumerate(BILLS.values(), start=1)
    )
    return f"<NtryDtls><Btch><NbOfTxs>{len(BILLS)}</NbOfTxs></Btch>{details}</NtryDtls>"


WHOLE = entry("<NtryDtls><Btch><NbOfTxs>3</NbOfTxs></Btch></NtryDtls>", "GUTSCHRIFT QR-RECHNUNG SAMMELBUCHUNG")


def states(stage: Stage) -> set[str]:
    return {stage.item(number).state for number in BILLS}


def bank(stage: Stage) -> int:
    [account] = BankAccount.objects.all()
    return balance(stage.merchant.pk, Book.BANK, account.currency, about=account.pk).minor


def test_the_references_of_this_story_are_right() -> None:
    for reference, _ in BILLS.values():
        assert check_digit(reference[:-1]) == reference[-1]


@pytest.mark.parametrize("kind", ["QRR", "ISR"])
@pytest.mark.parametrize("files", [SUM_FIRST, PARTS_FIRST])
def test_a_swiss_sum_and_its_qr_payments_are_the_same_money(stage: Stage, files: tuple[str, str], kind: str) -> None:
    bills(stage)
    content = {
        "sum": statement(WHOLE),
        "parts": notification(entry(parts(kind), "GUTSCHRIFT QR-RECHNUNG")),
    }
    for name in (*files, *files):  # and both of them once more
        stage.receive(content[name], f"{name}.xml")
    assert states(stage) == {ItemState.PAID}
    assert bank(stage) == sum(minor for _, minor in BILLS.values())
    assert stage.books() == []


def test_a_swiss_sum_without_its_parts_waits(stage: Stage) -> None:
    bills(stage)
    stage.receive(statement(WHOLE))
    assert states(stage) == {ItemState.OPEN}
    assert stage.payment().state in {PaymentState.UNCLEAR, PaymentState.SUGGESTED}
    assert stage.books() == []


def test_parts_that_do_not_make_the_sum_are_not_divided(stage: Stage) -> None:
    bills(stage)
    stage.receive(notification(entry(parts(less=100), "GUTSCHRIFT QR-RECHNUNG")))
    assert states(stage) == {ItemState.OPEN}
    assert len(stage.payments()) == 1
    assert stage.books() == []


def mt940() -> bytes:
    """A German MT940 that books the same day's batch as one line."""
    return (
        f":20:STARTUMSE\r\n:25:{ACCOUNT}\r\n:28C:00007/001\r\n:60F:C261118EUR1000,00\r\n"
        ":61:2611191119CR60,00NTRFNONREF//SAMMLER-88\r\n:86:194?00SAMMELGUTSCHRIFT?20ANZAHL 2?30DEUTDEFF\r\n"
        ":62F:C261119EUR1060,00\r\n-\r\n"
    ).encode()


def german_parts() -> bytes:
    details = "".join(
        f'<TxDtls><Amt Ccy="EUR">{amount}</Amt><CdtDbtInd>CRDT</CdtDbtInd><RltdPties><Dbtr><Pty><Nm>{name}</Nm></Pty>'
        f"</Dbtr></RltdPties><RmtInf><Ustrd>Bestellung {number}</Ustrd></RmtInf></TxDtls>"
        for amount, name, number in (("24.98", "Anna Weber", "100012345"), ("35.02", "Bernd Krause", "100012399"))
    )
    return (
        '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.054.001.08"><BkToCstmrDbtCdtNtfctn><GrpHdr>'
        f"<MsgId>N2</MsgId><CreDtTm>{DAY}T21:05:00</CreDtTm></GrpHdr><Ntfctn><Id>N2</Id><Acct><Id><IBAN>{ACCOUNT}</IBAN></Id>"
        '<Ccy>EUR</Ccy></Acct><Ntry><Amt Ccy="EUR">60.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>'
        f"<BookgDt><Dt>{DAY}</Dt></BookgDt><AcctSvcrRef>SAMMLER-88</AcctSvcrRef><BkTxCd><Prtry><Cd>NTRF+194+0000</Cd>"
        f"<Issr>DK</Issr></Prtry></BkTxCd><NtryDtls><Btch><NbOfTxs>2</NbOfTxs></Btch>{details}</NtryDtls></Ntry>"
        "</Ntfctn></BkToCstmrDbtCdtNtfctn></Document>"
    ).encode()


@pytest.mark.parametrize("files", [SUM_FIRST, PARTS_FIRST])
def test_a_german_batch_told_by_mt940_and_camt_is_the_same_money(stage: Stage, files: tuple[str, str]) -> None:
    stage.orders(order("100012345", "24.98"), order("100012399", "35.02", "Bernd Krause"))
    content = {"sum": (mt940(), "umsatz.sta"), "parts": (german_parts(), "details.xml")}
    for name in (*files, *files):
        stage.receive(*content[name])
    assert stage.item("100012345").state == stage.item("100012399").state == ItemState.PAID
    beginning = -balance(stage.merchant.pk, Book.OPENING, "EUR", about=BankAccount.objects.get().pk).minor
    assert bank(stage) == beginning + 6000
    assert stage.books() == []
