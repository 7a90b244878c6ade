"""The month goes to the bookkeeper: each posting once, the same file again to the byte, and all of it adds up."""

import io
import zipfile
from datetime import date
from pathlib import Path

import pytest
from django.db import IntegrityError, connection, transaction
from tests.formats.datev_reading import balances, read
from tests.formats.datev_validator import faults
from tests.guaranteed import Market
from tests.stage import BERND, Paid, Stage, order

from zahlmeister.accounting.models import (
    DATEV_FORMATS,
    Batch,
    BatchPosting,
    BookAccount,
    BookFormat,
    BookkeeperSettings,
)
from zahlmeister.accounting.plan import plan_of
from zahlmeister.flows import export_books as flow
from zahlmeister.flows.assign_payment import unassign
from zahlmeister.flows.bookkeeper_facts import document_name
from zahlmeister.flows.export_books import batch_file, export_books, export_debtors
from zahlmeister.flows.export_documents import export_documents
from zahlmeister.flows.month_statement import month_statement
from zahlmeister.flows.month_statement import prepaid as received_before_invoice
from zahlmeister.flows.receive_program_orders import hand_in_invoice
from zahlmeister.formats.datev.write import parts
from zahlmeister.ledger import queries
from zahlmeister.ledger.models import Posting
from zahlmeister.ledger.post import Booking, post
from zahlmeister.ledger.rules import REFUND_MADE, REFUND_OF_ORDER, Book
from zahlmeister.merchants.models import Merchant
from zahlmeister.money.amount import Amount
from zahlmeister.orders.models import Order
from zahlmeister.refunds.models import Refund
from zahlmeister.refusals import Refused

pytestmark = pytest.mark.django_db(transaction=True)
NOVEMBER = date(2026, 11, 30)


@pytest.fixture
def settings_of_bookkeeper(stage: Stage) -> BookkeeperSettings:
    return BookkeeperSettings.objects.create(
        merchant=stage.merchant, consultant=1001, client=456, begins_on=date(2026, 11, 1)
    )


@pytest.fixture
def month(stage: Stage, settings_of_bookkeeper: BookkeeperSettings) -> Stage:
    """Paid exactly, too much, too little, unclear, and money that leaves."""
    stage.merchant.tolerance_minor = 10
    stage.merchant.save()
    stage.orders(
        order("100012345", "24.98", invoice_number="RE-17"),
        order("100012346", "49.90", "Bernd Krause"),
        order("100012347", "10.00", "Cora Lindner"),
    )
    stage.pays(
        Paid(2498, "RE-17 100012345"),
        Paid(5000, "100012346", "Bernd Krause", BERND),
        Paid(996, "100012347", "Cora Lindner"),
        Paid(3333, "danke", "Unbekannt Verzogen"),
        Paid(-1234, "Miete", "Jiří Nowák"),
    )
    return stage


def exported(stage: Stage, until: date = NOVEMBER) -> list[Batch]:
    return export_books(stage.merchant, until, by="brigitte", at=stage.now)


def together(stage: Stage) -> dict[str, int]:
    """All batches there are, as the bookkeeper's accounts."""
    found: dict[str, int] = {}
    for batch in Batch.objects.filter(merchant=stage.merchant):
        for account, minor in balances(batch_file(batch)).items():
            found[account] = found.get(account, 0) + minor
    return {account: minor for account, minor in found.items() if minor}


def ours(stage: Stage, *, without: tuple[Book, ...] = ()) -> dict[str, int]:
    """The balances of our books by the bookkeeper's accounts, where all customers share one."""
    settings = BookkeeperSettings.objects.get(merchant=stage.merchant)
    found: dict[str, int] = {}
    for book, about, amount in queries.balances(stage.merchant.pk):
        account = settings.debtor if book in without else plan_of(settings).account(book, about, settings.debtor)
        found[account] = found.get(account, 0) + amount.minor
    return {account: minor for account, minor in found.items() if minor}


def everything_is_exported(stage: Stage) -> None:
    for book, number in ((Book.ORDERS, "8400"), (Book.OPENING, "9000")):
        BookAccount.objects.create(merchant=stage.merchant, book=book, number=number)


def test_the_sum_of_the_export_is_that_of_the_books(month: Stage) -> None:
    everything_is_exported(month)
    [batch] = exported(month)
    assert together(month) == ours(month)
    assert together(month)["8400"] == -8488
    assert batch.sum_minor > 0
    assert Posting.objects.count() == BatchPosting.objects.count()


def test_what_is_left_to_others_is_all_that_differs(month: Stage) -> None:
    exported(month)
    wanted = ours(month, without=(Book.ORDERS,))
    wanted["1200"] -= 100_000  # what the bookkeeper's own opening balance says
    wanted = {account: minor for account, minor in wanted.items() if account and minor}
    assert together(month) == wanted


def test_a_payment_stands_there_as_the_statement_has_it(month: Stage) -> None:
    [batch] = exported(month)
    rows = {row["Belegfeld 1"]: row for row in read(batch_file(batch)).rows}
    paid = rows["RE-17"]
    assert (paid["Konto"], paid["Gegenkonto (ohne BU-Schlüssel)"], paid["Umsatz (ohne Soll/Haben-Kz)"]) == (
        "1200", "10000", "24,98",
    )  # fmt: skip
    assert (paid["Belegdatum"], paid["Auftragsnummer"], paid["Buchungstext"]) == (
        "1911", "100012345", "Anna Weber, Zahlung",
    )  # fmt: skip
    assert batch.changes == [
        next(
            change for change in batch.changes if "“Jiří Nowák, Zahlungsausgang”" in change and "Buchungstext" in change
        )
    ]


def test_every_line_names_its_posting_and_every_posting_its_line(month: Stage) -> None:
    [batch] = exported(month)
    rows = read(batch_file(batch)).rows
    for told in BatchPosting.objects.filter(batch=batch).exclude(line=0):
        assert rows[told.line - 3]["Zusatzinformation- Inhalt 1"] == Posting.objects.get(pk=told.posting).source
    assert len({row["Buchungs GUID"] for row in rows}) == len(rows) == batch.rows


def test_datev_would_take_it(month: Stage, settings_of_bookkeeper: BookkeeperSettings) -> None:
    settings_of_bookkeeper.links_documents = True
    settings_of_bookkeeper.save()
    for program in DATEV_FORMATS:
        BookkeeperSettings.objects.update(program=program)
        BatchPosting.objects.all().delete()
        assert [faults(batch_file(batch)) for batch in exported(month)] == [[]]


def test_a_booking_names_the_statement_that_comes_in_the_package(month: Stage) -> None:
    BookkeeperSettings.objects.update(links_documents=True)
    [batch] = exported(month)
    named = {row["Beleglink"] for row in read(batch_file(batch)).rows if row["Konto"] == "1200"}
    with zipfile.ZipFile(io.BytesIO(export_documents(batch))) as package:
        listed = package.read("document.xml").decode()
        assert package.namelist() == ["document.xml", "0001_statement.xml"]
    assert [f'guid="{name[6:-1]}"' in listed for name in named] == [True]


def test_a_fiscal_year_that_begins_in_july_is_named_in_each_file(month: Stage) -> None:
    BookkeeperSettings.objects.update(year_begins=7, begins_on=date(2026, 6, 1))
    month.pays(Paid(100, "Juni", "Dirk", on=date(2026, 6, 30)), Paid(100, "Juli", "Dirk", on=date(2026, 7, 1)))
    files = [read(batch_file(batch)) for batch in exported(month)]
    years = {file.header[14][:6]: file.header[12] for file in files}
    assert years == {"202606": "20250701", "202607": "20260701", "202611": "20260701"}


def test_too_many_rows_make_another_file(month: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    everything_is_exported(month)
    monkeypatch.setattr(flow, "parts", lambda rows: parts(rows, 4))
    batches = exported(month)
    assert [batch.rows for batch in batches] == [4] * (len(batches) - 1) + [batches[-1].rows]
    assert len(batches) > 1
    assert together(month) == ours(month)


@pytest.mark.parametrize("program", sorted(set(BookFormat.values) - {*DATEV_FORMATS}))
def test_other_programs_get_every_currency_and_all_of_it(month: Stage, program: str) -> None:
    BookkeeperSettings.objects.update(program=program, consultant=0, client=0, chart="ch")
    everything_is_exported(month)
    batches = exported(month)
    assert [(batch.program, batch.currency) for batch in batches] == [(program, "EUR")]
    assert batch_file(batches[0])
    assert BatchPosting.objects.count() == Posting.objects.count()


def test_twice_is_once(month: Stage) -> None:
    assert len(exported(month)) == 1
    assert exported(month) == []
    told = BatchPosting.objects.first()
    assert told is not None
    with pytest.raises(IntegrityError), transaction.atomic():
        BatchPosting.objects.create(merchant=month.merchant, batch=told.batch, posting=told.posting)


def test_what_is_undone_later_comes_with_a_later_file(month: Stage) -> None:
    everything_is_exported(month)
    [first] = exported(month)
    before = batch_file(first)
    paid = next(payment for payment in month.payments() if payment.amount_minor == 2498)
    month.later(days=1)
    unassign(month.merchant, paid.pk, by="brigitte", at=month.now)
    [second] = exported(month)
    assert (first.number, second.number) == (1, 2)
    assert batch_file(Batch.objects.get(pk=first.pk)) == before
    assert balances(batch_file(second)) == {"10000": 2498, "1590": -2498}
    assert together(month) == ours(month)


def test_the_same_batch_again_whatever_has_changed_since(month: Stage) -> None:
    [batch] = exported(month)
    before = batch_file(batch)
    BookkeeperSettings.objects.update(chart="04", consultant=2002)
    BookAccount.objects.create(merchant=month.merchant, book=Book.BANK, number="1888")
    month.item("100012345").order.__class__.objects.update(name="Somebody Else", invoice_number="X")
    assert batch_file(Batch.objects.get(pk=batch.pk)) == before


def test_a_batch_that_somebody_changed_is_not_given_out(month: Stage) -> None:
    [batch] = exported(month)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE accounting_batch SET sha256 = %s", ["0" * 64])
    with pytest.raises(Refused, match="backup"):
        batch_file(Batch.objects.get(pk=batch.pk))


def test_killed_in_the_middle_nothing_was_exported(month: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    def dies(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(flow, "_note", dies)
    with pytest.raises(KeyboardInterrupt):
        exported(month)
    assert not Batch.objects.exists()
    monkeypatch.undo()
    assert [batch.number for batch in exported(month)] == [1]


def test_more_rows_than_a_file_holds_are_more_files(month: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    everything_is_exported(month)
    monkeypatch.setattr(flow, "parts", lambda rows: [rows[start : start + 3] for start in range(0, len(rows), 3)])
    batches = exported(month)
    assert len(batches) > 2
    assert all(batch.rows <= 3 for batch in batches)
    assert together(month) == ours(month)


def test_each_month_is_a_file_of_its_own_fiscal_year(month: Stage) -> None:
    BookkeeperSettings.objects.update(year_begins=12)
    month.pays(Paid(1000, "Dezember", "Dirk Ott", on=date(2026, 12, 2)))
    november, december = exported(month, date(2026, 12, 31))
    assert [read(batch_file(batch)).header[12] for batch in (november, december)] == ["20251201", "20261201"]
    assert (november.last, december.first) == (date(2026, 11, 19), date(2026, 12, 2))


def test_what_was_booked_before_the_beginning_is_somebody_elses(month: Stage) -> None:
    BookkeeperSettings.objects.update(begins_on=date(2026, 11, 20))
    assert exported(month) == []


def test_each_customer_has_an_account_that_stays(month: Stage) -> None:
    BookkeeperSettings.objects.update(has_debtors=True)
    exported(month)
    month.pays(Paid(100, "100012345 noch etwas"))
    debtors = read(export_debtors(month.merchant, at=month.now).content).rows
    assert sorted(row["Konto"] for row in debtors) == ["10001", "10002", "10003"]
    assert {row["Name (Adressattyp natürl. Person)"] for row in debtors} == {
        "Anna Weber", "Bernd Krause", "Cora Lindner",
    }  # fmt: skip
    bernd = next(row["Konto"] for row in debtors if row["Name (Adressattyp natürl. Person)"] == "Bernd Krause")
    assert together(month)[bernd] == -5000


def test_nobody_has_said_whose_client_it_is(stage: Stage) -> None:
    with pytest.raises(Refused, match="Nobody has said"):
        exported(stage)


def test_at_the_terminal(month: Stage, tmp_path: Path) -> None:
    from tests.cli.test_database_commands import run

    done = run("export-books", "--until", "2026-11-30", "--into", str(tmp_path))
    assert done.exit_code == 0, done.output
    assert "Jirí" in done.stderr
    [file] = tmp_path.glob("EXTF_*.csv")
    assert file.read_bytes() == batch_file(Batch.objects.get())
    assert "Nothing is new" in run("export-books", "--until", "2026-11-30", "--into", str(tmp_path)).output
    refused = run("export-books", "--again", "1", "--into", str(tmp_path))
    assert refused.exit_code == 1
    assert "another folder" in refused.stderr
    (elsewhere := tmp_path / "again").mkdir()
    assert run("export-books", "--again", "1", "--into", str(elsewhere)).exit_code == 0
    assert (elsewhere / file.name).read_bytes() == file.read_bytes()
    assert "There is no batch 9" in run("export-books", "--again", "9").stderr
    assert "account of his own" in run("export-books", "--debtors").stderr


@pytest.fixture
def prepaid(stage: Stage, settings_of_bookkeeper: BookkeeperSettings) -> Stage:
    """Anna has paid in November, no invoice is written, and prepayments are taxed on an account of their own."""
    settings_of_bookkeeper.prepayments = "1718"
    settings_of_bookkeeper.save()
    stage.orders(
        order("100012345", "24.98", payment_kind="prepayment"),
        order("100012346", "49.90", "Bernd Krause", payment_kind="prepayment", invoice_number="RE-9"),
    )
    stage.pays(Paid(2498, "100012345"), Paid(4990, "100012346", "Bernd Krause", BERND))
    return stage


def bookings_of(batch: Batch) -> list[tuple[str, ...]]:
    """Amount, side, account, contra account, voucher, day and kind of each booking about a prepayment."""
    names = ("Umsatz (ohne Soll/Haben-Kz)", "Soll/Haben-Kennzeichen", "Konto", "Gegenkonto (ohne BU-Schlüssel)",
             "Belegfeld 1", "Belegdatum", "Buchungstyp")  # fmt: skip
    return [tuple(row[name] for name in names) for row in read(batch_file(batch)).rows if row["Buchungstyp"]]


def test_a_prepayment_is_taxed_in_its_month_and_settled_by_the_invoice(prepaid: Stage) -> None:
    [half] = exported(prepaid, date(2026, 11, 20))
    assert bookings_of(half) == []  # the month is not over
    [november] = exported(prepaid)
    assert bookings_of(november) == [("24,98", "S", "10000", "1718", "100012345", "3011", "AG")]
    assert exported(prepaid) == []
    Order.objects.filter(number="100012345").update(invoice_number="RE-8", invoiced_on=date(2026, 12, 2))
    [december] = exported(prepaid, date(2026, 12, 31))
    assert bookings_of(december) == [("24,98", "H", "10000", "1718", "RE-8", "3112", "SR")]
    assert "1718" not in together(prepaid)
    assert exported(prepaid, date(2027, 1, 31)) == []
    assert [faults(batch_file(batch)) for batch in (half, november, december)] == [[]] * 3


def test_a_prepayment_that_went_back_is_not_taxed_any_more(prepaid: Stage) -> None:
    exported(prepaid)
    item = prepaid.item("100012345")
    refund = Refund.objects.create(
        merchant=prepaid.merchant, number=1, source="x", origin="office", item=item, amount_minor=1000, currency="EUR",
        of_order_minor=1000, state="paid", iban="x", due_on=NOVEMBER, created_by="b", created_at=prepaid.now,
    )  # fmt: skip
    ten, on = Amount(1000, "EUR"), date(2026, 12, 3)
    with transaction.atomic():
        promised = Booking(REFUND_OF_ORDER, ten, f"refund:{refund.pk}:promised", on)
        post(prepaid.merchant.pk, [promised], at=prepaid.now)
    assert [line.received for line in received_before_invoice(prepaid.merchant, date(2026, 12, 31))] == [2498]
    with transaction.atomic():
        post(prepaid.merchant.pk, [Booking(REFUND_MADE, ten, f"refund:{refund.pk}:made:1", on)], at=prepaid.now)
    said = month_statement(prepaid.merchant, date(2026, 12, 1), date(2026, 12, 31))
    assert [(one.before, one.change, one.after) for one in said.prepaid_sums] == [(2498, -1000, 1498)]
    [december] = exported(prepaid, date(2026, 12, 31))
    assert bookings_of(december) == [("10,00", "H", "10000", "1718", "100012345", "3112", "AG")]
    assert together(prepaid)["1718"] == -1498


def test_a_booked_order_names_its_invoice(month: Stage, settings_of_bookkeeper: BookkeeperSettings) -> None:
    everything_is_exported(month)
    settings_of_bookkeeper.links_documents = True
    settings_of_bookkeeper.save()
    invoice = hand_in_invoice(month.item("100012345").order, "RE-17", b"%PDF-1.7 Anna", by="shop", at=month.now)
    [batch] = exported(month)
    linked = {row["Beleglink"]: row["Gegenkonto (ohne BU-Schlüssel)"] for row in read(batch_file(batch)).rows}
    assert linked[f'BEDI "{document_name(invoice.pk)}"'] == "8400"
    with zipfile.ZipFile(io.BytesIO(export_documents(batch))) as package:
        [name] = [name for name in package.namelist() if name.endswith("RE-17.pdf")]
        assert package.read(name) == b"%PDF-1.7 Anna"
        assert document_name(invoice.pk) in package.read("document.xml").decode()


def test_a_guarantor_clears_the_claims_it_has_bought(merchant: Merchant, tmp_path: Path) -> None:
    market = Market(merchant, tmp_path)
    BookkeeperSettings.objects.create(merchant=market.party, consultant=1001, client=456, begins_on=date(2026, 11, 1))
    market.confirms()
    market.bills()
    exported(market.stage)
    assert together(market.stage) == ours(market.stage) == {"10000": 10_000, "1700": -10_000}
    accounts = {row["Konto"] for row in read(batch_file(Batch.objects.get())).rows}
    assert "1592" in accounts | {
        row["Gegenkonto (ohne BU-Schlüssel)"] for row in read(batch_file(Batch.objects.get())).rows
    }
