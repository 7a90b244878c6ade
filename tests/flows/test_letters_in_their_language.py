"""Each buyer is written to in the language of the order: from the shop's word for it to the mail that arrives."""

from datetime import UTC, date, datetime
from email.message import EmailMessage
from pathlib import Path

import pytest
from tests.connectors.mail_server import Post
from tests.flows.test_payment_information import AT_HOME, deliver, office, post, set_up  # noqa: F401 - fixtures
from tests.flows.test_run_dunning import levels, switch_on
from tests.shops import connected
from tests.stage import Paid, Stage, order

from zahlmeister.banking.models import BankAccount
from zahlmeister.correspondence.models import InformationRule, OwnText, Sender
from zahlmeister.flows.import_orders import import_orders
from zahlmeister.flows.run_dunning import run_next
from zahlmeister.formats.order_files import read_order_file
from zahlmeister.merchants.models import Event, NoticeRule, Person
from zahlmeister.orders.record import shop_called

pytestmark = pytest.mark.django_db(transaction=True)
LANGUAGE_OF = {"Guten": "de", "Dear": "en", "Bonjour": "fr", "Buongiorno": "it"}
SWISS = "CH9300762011623852957"


def words(mail: EmailMessage) -> str:
    body = mail.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


@pytest.mark.parametrize(
    ("told", "greeting"),
    [
        ("", "Guten Tag Anna Weber"),
        ("de-AT", "Guten Tag Anna Weber"),
        ("en", "Dear Anna Weber"),
        ("en_GB", "Dear Anna Weber"),
        ("Englisch", "Dear Anna Weber"),
        ("fr-CH", "Bonjour Anna Weber"),
        ("Italiano", "Buongiorno Anna Weber"),
        ("nl", "Guten Tag Anna Weber"),
    ],
)
def test_the_order_says_in_which_language(office: Stage, post: Post, told: str, greeting: str):  # noqa: F811 - fixtures
    office.orders(order("1001", "49.90", language=told, **AT_HOME))
    deliver(office)

    [mail] = post.mails
    assert greeting in words(mail)
    assert mail["Content-Language"] == LANGUAGE_OF[greeting.split(maxsplit=1)[0]]


def test_german_is_with_du_where_the_shops_sender_says_so(office: Stage, post: Post):  # noqa: F811 - fixtures
    Sender.objects.update(language="de-du")
    office.orders(order("1001", "49.90", language="de-DE"), order("1002", "20.00", "Bernd Kunz", language="en"))
    deliver(office)

    spoken = {str(mail["To"]): words(mail) for mail in post.mails}
    assert "du " in next(text for reader, text in spoken.items() if "anna" in reader).lower()
    assert "Dear Bernd Kunz" in next(text for reader, text in spoken.items() if "bernd" in reader)


def test_a_german_buyer_of_an_english_shop_is_written_to_in_german(office: Stage, post: Post):  # noqa: F811 - fixtures
    Sender.objects.update(language="en")
    office.orders(order("1001", "49.90", language="de"), order("1002", "20.00", "Bernd Kunz"))
    deliver(office)

    assert ["Guten Tag" in words(mail) for mail in post.mails] == [True, False]


def test_a_swiss_buyer_reads_letter_and_qr_bill_in_french(office: Stage, post: Post, tmp_path: Path):  # noqa: F811 - fixtures
    BankAccount.objects.create(merchant=office.merchant, number=SWISS, currency="CHF", holder="Brigitte Berger")
    table = "number;amount;currency;date;name;email;street;postcode;city;country;Sprache\n"
    row = "1001;49.90;CHF;2026-11-16;Anne Favre;anne@post.example;Rue du Lac 1;1201;Genève;CH;fr_CH\n"
    (tmp_path / "orders.csv").write_text(table + row, encoding="utf-8")
    import_orders(
        shop_called(office.merchant.pk, "Wollstube"),
        read_order_file(tmp_path / "orders.csv"),
        by="shop",
        clock=office.clock,
    )
    deliver(office)

    [mail] = post.mails
    [slip] = mail.iter_attachments()
    assert "Bonjour Anne Favre" in words(mail)
    assert slip.get_filename() == "Paiement.pdf"
    assert b"%PDF" in slip.get_content()[:8]


def test_what_a_connected_shop_tells_reaches_the_mail(stage: Stage, post: Post, monkeypatch: pytest.MonkeyPatch):  # noqa: F811 - fixtures
    set_up(stage, post.port)
    shop = connected(stage, monkeypatch, name="Zweite")
    rule_of_shop(stage, "Zweite")
    shop.shop.place("100", "49.90", language="en-US", customer_group="VIP")
    shop.read()
    deliver(stage)

    [mail] = post.mails
    assert "Dear Anna Weber" in words(mail)
    assert (shop.order("100").language, shop.order("100").customer_group) == ("en-US", "VIP")


def test_a_shop_that_says_nothing_of_it_later_leaves_what_it_said(stage: Stage, monkeypatch: pytest.MonkeyPatch):
    shop = connected(stage, monkeypatch)
    shop.shop.place("100", "49.90", language="en-US", customer_group="VIP")
    shop.read()
    shop.shop.change("100", language="", customer_group="")
    shop.read()

    assert (shop.order("100").language, shop.order("100").customer_group) == ("en-US", "VIP")


def test_reminders_are_in_the_language_of_the_order_too(stage: Stage, post: Post):  # noqa: F811 - fixtures
    stage.now = datetime(2026, 11, 16, 9, 0, tzinfo=UTC)
    set_up(stage, post.port)
    stage.orders(order("1001", "49.90", language="en", ordered_on=date(2026, 10, 30)))
    switch_on(stage.merchant, levels=levels(6))
    stage.later(days=8)
    while run_next(clock=stage.clock):
        pass
    deliver(stage)

    [mail] = post.mails
    assert "Dear Anna Weber" in words(mail)


def test_what_the_merchant_is_told_stays_in_the_merchants_language(office: Stage, post: Post, brigitte: Person):  # noqa: F811 - fixtures
    NoticeRule.objects.create(merchant=office.merchant, event=Event.PAID, to_buyer=True, to_merchant=True)
    office.orders(order("1001", "49.90", language="en"))
    office.pays(Paid(4990, office.item("1001").order.reference))
    office.later(minutes=11)
    deliver(office)

    spoken = {str(mail["To"].addresses[0].addr_spec): mail["Content-Language"] for mail in post.mails}
    assert spoken == {"anna@post.example": "en", "brigitte@wollstube.example": "de"}


def test_own_words_in_the_language_of_the_order_are_used(office: Stage, post: Post):  # noqa: F811 - fixtures
    OwnText.objects.create(
        merchant=office.merchant, kind="payment_information", language="en", subject="Wool {reference}", body="Hello!"
    )
    office.orders(order("1001", "49.90", language="en"), order("1002", "20.00", "Bernd Kunz", language="de"))
    deliver(office)

    assert [mail["Subject"].startswith("Wool ") for mail in post.mails] == [True, False]


def rule_of_shop(stage: Stage, name: str) -> None:
    shop = shop_called(stage.merchant.pk, name)
    InformationRule.objects.create(
        merchant=stage.merchant, shop=shop, payment_kind="prepayment", is_on=True, since=date(2026, 11, 1)
    )
