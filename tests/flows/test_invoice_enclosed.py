"""The invoice goes along with the letter that asks for its money: handed in by a program, or given out by the shop."""

from datetime import date
from io import BytesIO

import pytest
from pypdf import PdfReader, PdfWriter
from tests.connectors.mail_server import Post
from tests.flows.test_letters_on_paper import files
from tests.flows.test_payment_information import AT_HOME, deliver, post, rule, set_up  # noqa: F401 - a fixture
from tests.flows.test_run_dunning import levels, switch_on
from tests.shops import ConnectedShop, connected
from tests.stage import Stage, order

from zahlmeister.correspondence.models import Enclosing, InformationRule
from zahlmeister.dunning.plan import BaseDay
from zahlmeister.flows.receive_program_orders import hand_in_invoice
from zahlmeister.flows.run_dunning import run_next
from zahlmeister.outbox.models import Message
from zahlmeister.outbox.states import MessageState
from zahlmeister.outbox.write import Said, tell
from zahlmeister.programs.models import HandedInvoice
from zahlmeister.refusals import Unreachable

pytestmark = pytest.mark.django_db(transaction=True)
BY = "program:7"


def invoice_pdf(pages: int = 2) -> bytes:
    made, file = PdfWriter(), BytesIO()
    for _ in range(pages):
        made.add_blank_page(595, 842)
    made.write(file)
    return file.getvalue()


def enclosed(post: Post) -> list[list[str]]:  # noqa: F811 - a fixture
    return [[part.get_filename() or "" for part in mail.iter_attachments()] for mail in post.mails]


@pytest.fixture
def office(stage: Stage, post: Post) -> Stage:  # noqa: F811 - a fixture
    """Brigitte's buyers on invoice are told how to pay as soon as the invoice number is there."""
    set_up(stage, post.port)
    rule(stage, "invoice", waits_for_invoice=True)
    return stage


def ordered(office: Stage, number: str = "1001", **more: object) -> None:
    office.orders(
        order(number, "49.90", payment_kind="invoice", **{"invoice_number": f"RE/{number}", **AT_HOME, **more})
    )


def hand_in(office: Stage, number: str = "1001", content: bytes = b"") -> HandedInvoice:
    content = content or invoice_pdf()
    return hand_in_invoice(office.item(number).order, f"RE/{number}", content, by=BY, at=office.now)


def test_what_a_program_has_handed_in_goes_along(office: Stage, post: Post):  # noqa: F811 - a fixture
    ordered(office, invoice_number="")
    hand_in(office)
    ordered(office)
    deliver(office)

    assert enclosed(post) == [["Überweisung.pdf", "Rechnung-RE-1001.pdf"]]
    [_slip, invoice] = post.mails[0].iter_attachments()
    assert invoice.get_content() == invoice_pdf()


def test_a_corrected_invoice_is_the_one_that_goes(office: Stage, post: Post):  # noqa: F811 - a fixture
    ordered(office, invoice_number="")
    hand_in(office)
    office.later(minutes=1)
    hand_in(office, content=invoice_pdf(3))
    ordered(office)
    deliver(office)

    [_slip, invoice] = post.mails[0].iter_attachments()
    assert invoice.get_content() == invoice_pdf(3)


def test_a_program_that_hands_in_invoices_is_waited_for(office: Stage, post: Post):  # noqa: F811 - a fixture
    ordered(office)
    deliver(office)
    assert enclosed(post) == [["Überweisung.pdf"]]  # nobody knew of invoices yet

    hand_in(office)
    ordered(office, "1002", name="Bernd Kunz")
    deliver(office)
    assert len(post.mails) == 1
    hand_in(office, "1002")
    deliver(office)
    assert enclosed(post)[1:] == [["Überweisung.pdf", "Rechnung-RE-1002.pdf"]]


def test_after_a_day_it_goes_without(office: Stage, post: Post):  # noqa: F811 - a fixture
    ordered(office, invoice_number="")
    hand_in(office)
    ordered(office, "1002")
    for _ in range(25):
        deliver(office)
        office.later(hours=1, minutes=1)
    deliver(office)

    assert enclosed(post) == [["Überweisung.pdf"]]
    assert not Message.objects.filter(state=MessageState.STUCK).exists()


@pytest.fixture
def shop(office: Stage, monkeypatch: pytest.MonkeyPatch) -> ConnectedShop:
    shop = connected(office, monkeypatch, name="Zweite")
    InformationRule.objects.create(
        merchant=office.merchant, shop=shop.connection.shop, payment_kind="invoice", is_on=True, since=date(2026, 11, 1)
    )
    shop.shop.place("100", "49.90", payment_method="invoice", status="complete", invoice_numbers=("R-100",))
    return shop


def test_a_connected_shop_gives_it_out_once(shop: ConnectedShop, post: Post):  # noqa: F811 - a fixture
    shop.shop.invoices["R-100"] = invoice_pdf()
    shop.read()
    deliver(shop.stage)
    deliver(shop.stage)

    assert enclosed(post) == [["Überweisung.pdf", "Rechnung-R-100.pdf"]]
    assert HandedInvoice.objects.count() == 1


def test_a_shop_that_has_none_holds_nothing_up(shop: ConnectedShop, post: Post):  # noqa: F811 - a fixture
    shop.read()
    deliver(shop.stage)

    assert enclosed(post) == [["Überweisung.pdf"]]


def test_what_is_no_pdf_does_not_go_along(shop: ConnectedShop, post: Post):  # noqa: F811 - a fixture
    shop.shop.invoices["R-100"] = b"<html>Fatal error</html>"
    shop.read()
    deliver(shop.stage)

    assert enclosed(post) == [["Überweisung.pdf"]]


def test_a_shop_that_is_away_is_waited_for(shop: ConnectedShop, post: Post):  # noqa: F811 - a fixture
    shop.shop.invoices["R-100"] = invoice_pdf()
    shop.read()
    shop.shop.trouble = Unreachable("zweite.example does not answer.")
    deliver(shop.stage)
    assert post.mails == []
    assert "is awaited from its shop" in Message.objects.get(channel="mail").error

    shop.shop.trouble = None
    shop.stage.later(hours=2)
    deliver(shop.stage)
    assert enclosed(post) == [["Überweisung.pdf", "Rechnung-R-100.pdf"]]


@pytest.mark.parametrize(
    ("wanted", "with_information", "with_notice"),
    [(Enclosing.NEVER, False, False), (Enclosing.INFORMATION, True, False), (Enclosing.ALWAYS, True, True)],
)
def test_with_which_letters_is_the_merchants_choice(
    office: Stage,
    post: Post,  # noqa: F811 - a fixture
    wanted: Enclosing,
    with_information: bool,
    with_notice: bool,
):
    InformationRule.objects.filter(payment_kind="invoice").update(encloses_invoice=wanted)
    ordered(office, invoice_number="", ordered_on=date(2026, 11, 10))
    hand_in(office)
    ordered(office, ordered_on=date(2026, 11, 10))
    deliver(office)
    switch_on(office.merchant, "invoice", levels=levels(5), base=BaseDay.INVOICED)
    for _ in range(10):
        office.later(days=1)
        run_next(clock=office.clock)
        deliver(office)

    assert ["Rechnung-RE-1001.pdf" in names for names in enclosed(post)] == [with_information, with_notice]


def test_on_paper_it_comes_behind_the_letter(office: Stage, settings, tmp_path):
    settings.PRINT_FOLDER = str(tmp_path / "print")
    ordered(office, invoice_number="")
    hand_in(office)
    ordered(office)
    item = office.item("1001")
    payload = {"kind": "invoice_information", "item": item.pk}
    tell(office.merchant.pk, [Said("letter", "order:x", "by-hand", payload)], at=office.now)
    deliver(office)

    [letter] = files(office)
    words = [page.extract_text() for page in PdfReader(letter).pages]
    assert len(words) == 4
    assert "Wollstube" in words[0]
    assert words[2:] == ["", ""]  # the two pages of the invoice


def test_a_damaged_invoice_does_not_damage_the_letter(office: Stage, settings, tmp_path):
    settings.PRINT_FOLDER = str(tmp_path / "print")
    ordered(office, invoice_number="")
    hand_in(office, content=b"%PDF-1.4\nan invoice\n%%EOF\n")
    ordered(office)
    payload = {"kind": "invoice_information", "item": office.item("1001").pk}
    tell(office.merchant.pk, [Said("letter", "order:x", "by-hand", payload)], at=office.now)
    deliver(office)

    [letter] = files(office)
    assert len(PdfReader(letter).pages) == 2
