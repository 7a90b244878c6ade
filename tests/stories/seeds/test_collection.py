"""Collection: what becomes of an invoice that nobody pays."""

from datetime import date, timedelta

import pytest
from tests.connectors.mail_server import mail_server
from tests.flows.test_payment_information import deliver, rule, set_up
from tests.flows.test_run_dunning import Diary, levels, switch_on
from tests.stage import Paid, Stage, order

from zahlmeister.dunning.plan import BaseDay, Ending
from zahlmeister.flows.steer_dunning import PolicyWanted, save_policy
from zahlmeister.receivables.figures import owed
from zahlmeister.receivables.queries import ItemsWanted, items
from zahlmeister.receivables.states import ItemState
from zahlmeister.refusals import Refused

WAITING = {
    "I5: After the last reminder the order goes to a collection agency, fully automatically or by hand.": "collection",
    "I6: The partners are PAIR Finance and eCollect, who know online orders.": "collection",
    "I7: The agency gets in touch online (e-mail, Skype, WhatsApp), by phone, by letter or in person.": "collection",
    "I8: The debt is brought in by an agreement with the customer or by a court.": "collection",
    "I9: The progress is reported back automatically and can be seen in the merchant area.": "collection",
    "I11: What the debtor pays directly is reported to the agency automatically.": "collection",
    "I12: What was brought in is paid out automatically.": "collection",
    "I13: The debtor bears all fees and the default interest; the merchant gets the full amount.": "collection",
    "I14: It is there for orders from Germany, Austria and Switzerland, and for other countries on request.": (
        "collection"
    ),
    "I15: It costs the merchant nothing.": "collection",
    "I16: The agency keeps the default interest.": "collection",
    "I17: Reminder fees are added to the debt, and the operator keeps them where the operator sent the reminders.": (
        "collection"
    ),
    "I18: If the merchant stops a case early, the costs so far can be charged.": "collection",
    "I19: For what comes in after a case was given up or after the court, the agency gets a share.": "collection",
}


def test_an_invoice_nobody_pays_is_overdue(stage: Stage) -> None:
    """I1: The customer buys on invoice, and the merchant sees which invoices are not paid."""
    stage.orders(
        order("100012345", "24.98", "Eva Roth", payment_kind="invoice", due_on=date(2026, 11, 18)),
        order("100012354", "31.50", payment_kind="invoice", due_on=date(2026, 11, 18)),
        order("100012366", "88.40", "Dirk Vogel", payment_kind="invoice", due_on=date(2026, 12, 18)),
    )
    stage.pays(Paid(3150, "100012354"))
    today = stage.now.date()
    late = items(stage.merchant.pk, ItemsWanted(is_overdue_on=today, kind="invoice"))
    assert [item.order.number for item in late] == ["100012345"]
    figures = owed(stage.merchant.pk, "EUR", today)
    assert (figures.count, figures.overdue, figures.overdue_minor) == (2, 1, 2498)


def test_who_buys_on_invoice_is_told_how_to_pay(stage: Stage) -> None:
    """I2: The customer is sent the payment information, by us or by the shop system."""
    invoice = {"payment_kind": "invoice", "due_on": date(2026, 12, 4)}
    with mail_server() as post:
        set_up(stage, post.port)
        stage.orders(order("100012344", "12.00", "Cora Lindner", **invoice))  # the shop system sends it, as it did
        rule(stage, "invoice")
        stage.orders(order("100012345", "73.15", "Eva Roth", **invoice))
        deliver(stage)

    [mail] = post.mails
    text = mail.get_body(("plain",)).get_content()
    assert post.readers == ["eva@post.example"]
    assert all(each in text for each in ("73,15 EUR", "DE02 1203 0000 0000 2020 51", "4. Dezember 2026"))
    stage.pays(Paid(7315, stage.item("100012345").order.reference, "Sparkasse"))
    assert stage.item("100012345").state == ItemState.PAID


@pytest.mark.django_db(transaction=True)
def test_who_bought_on_invoice_is_reminded(stage: Stage) -> None:
    """I3: For purchases on invoice, payment reminders are sent automatically."""
    with mail_server() as post:
        set_up(stage, post.port)
        stage.orders(
            order("100012345", "73.15", "Eva Roth", payment_kind="invoice", due_on=date(2026, 11, 20)),
            order("100012346", "20.00", payment_kind="invoice", due_on=date(2026, 11, 20)),
        )
        switch_on(stage.merchant, "invoice", levels=levels(4))
        stage.pays(Paid(2000, "100012346"))
        Diary(stage).until(date(2026, 11, 24))
        deliver(stage)

    [mail] = post.mails
    assert post.readers == ["eva@post.example"]
    assert "73,15 EUR" in mail.get_body(("plain",)).get_content()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("days", [(), (7,), (3, 7), (2, 3, 4, 5, 6)], ids=len)
def test_number_and_times_are_the_merchants_choice(stage: Stage, days: tuple[int, ...]) -> None:
    """I4: Up to five reminders are sent; their number and their times are the merchant's choice."""
    stage.orders(order("100012345", "73.15", "Eva Roth", payment_kind="invoice", due_on=date(2026, 11, 20)))
    switch_on(stage.merchant, "invoice", levels=levels(*days), on_working_days=False)
    asked = Diary(stage).until(date(2026, 12, 31))
    assert [day for day, _order, _level in asked] == [
        date(2026, 11, 20) + timedelta(days=sum(days[:level])) for level in range(1, len(days) + 1)
    ]
    six = PolicyWanted("invoice", levels(1, 1, 1, 1, 1, 1), BaseDay.DUE, Ending.OVERDUE, 14)
    with pytest.raises(Refused, match="five is the most"):
        save_policy(stage.merchant, six, by="brigitte", at=stage.now)


def test_money_that_comes_directly_is_recognised(stage: Stage) -> None:
    """I10: What the debtor pays directly, long after the due date, is recognised."""
    stage.orders(order("100012345", "73.15", "Eva Roth", payment_kind="invoice", due_on=date(2026, 11, 18)))
    stage.later(days=90)
    stage.pays(Paid(7315, "Rechnung zu Bestellung 100012345", "Eva Roth", on=stage.now.date()))
    assert stage.item("100012345").state == ItemState.PAID
    assert owed(stage.merchant.pk, "EUR", stage.now.date()).count == 0
    assert stage.books() == []
