"""Collection: what becomes of an invoice that nobody pays."""

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from tests.connectors.mail_server import mail_server
from tests.flows.test_collection import BY, Collecting, collected_by
from tests.flows.test_payment_information import deliver, rule, set_up
from tests.flows.test_run_dunning import Diary, levels, switch_on
from tests.stage import Paid, Stage, order

from zahlmeister.collection.models import Agency, AgencyPayout, Case
from zahlmeister.collection.states import HandOver, Money
from zahlmeister.connectors.agencies.profile import names, profile
from zahlmeister.dunning.models import Notice
from zahlmeister.dunning.plan import BaseDay, Ending
from zahlmeister.flows.agree_plan import agree_plan, price_plan
from zahlmeister.flows.hand_over import preview
from zahlmeister.flows.steer_collection import cost_of_ending, end, save_creditor
from zahlmeister.flows.steer_dunning import PolicyWanted, save_policy
from zahlmeister.flows.verify_merchant import name_operator
from zahlmeister.ledger.queries import balance
from zahlmeister.ledger.rules import Book
from zahlmeister.merchants.models import Merchant
from zahlmeister.plans.rules import Prices
from zahlmeister.plans.usage import usage
from zahlmeister.receivables.costs import Costs, ask_costs
from zahlmeister.receivables.figures import owed
from zahlmeister.receivables.queries import ItemsWanted, items
from zahlmeister.receivables.states import ItemState
from zahlmeister.refusals import Refused


def test_an_invoice_nobody_pays_is_overdue(stage: Stage) -> None:
    """I1: The customer buys on invoice, and the merchant sees which invoices are not paid."""
    stage.orders(
        order("100012345", "24.98", "Eva Roth", payment_kind="invoice", due_on=date(2026, 11, 18)),
        order("100012354", "31.50", payment_kind="invoice", due_on=date(2026, 11, 18)),
        order("100012366", "88.40", "Dirk Vogel", payment_kind="invoice", due_on=date(2026, 12, 18)),
    )
    stage.pays(Paid(3150, "100012354"))
    today = stage.now.date()
    late = items(stage.merchant.pk, ItemsWanted(is_overdue_on=today, kind="invoice")).rows
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


@pytest.fixture
def collecting(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Iterator[Collecting]:
    """Eva was asked twice for 89.90 and has not paid."""
    monkeypatch.setenv("ZAHLMEISTER_PRIVATE", "1")
    with collected_by(stage) as collecting:
        yield collecting


def taken(collecting: Collecting) -> Case:
    """Eva's invoice is with the agency."""
    case = collecting.hand_over()
    collecting.work()
    collecting.desk.accept(case.reference)
    collecting.later(hours=1)
    return case


def test_after_the_last_reminder_it_goes_to_the_agency(collecting: Collecting) -> None:
    """I5: After the last reminder the order goes to a collection agency, fully automatically or by hand."""
    assert collecting.desk.cases == {}
    save_creditor(collecting.merchant, {"is_automatic": True}, by=BY, at=collecting.stage.now)
    collecting.work()
    assert [case.owed["principal"] for case in collecting.desk.cases.values()] == [8990]


def test_the_partners_are_there_as_profiles(collecting: Collecting) -> None:
    """I6: The partners are PAIR Finance and eCollect, who know online orders; for now without a document of theirs."""
    assert {"pair_finance", "ecollect"} <= set(names())
    case = taken(collecting)
    for name in ("pair_finance", "ecollect"):
        assert profile(name).calls["submit"].body is not None
    assert case.claim["order_number"] == "100012345"


def test_the_agency_says_how_it_got_in_touch(collecting: Collecting) -> None:
    """I7: The agency gets in touch online (e-mail, Skype, WhatsApp), by phone, by letter or in person; we show it."""
    case = taken(collecting)
    collecting.desk.progress(case.reference, "WhatsApp an die Schuldnerin")
    collecting.later(hours=1)
    assert "WhatsApp an die Schuldnerin" in list(case.events.values_list("text", flat=True))


def test_an_agreement_or_a_court_brings_the_debt_in(collecting: Collecting) -> None:
    """I8: The debt is brought in by an agreement with the customer or by a court."""
    case = taken(collecting)
    collecting.desk.go_to(case.reference, "court_order")
    collecting.desk.collect(case.reference, 4000)
    collecting.desk.close(case.reference, "settled")
    collecting.later(hours=1)
    found = collecting.case()
    assert (found.money, found.collected_minor) == (Money.SETTLED, 4000)


def test_the_progress_is_reported_by_itself(collecting: Collecting) -> None:
    """I9: The progress is reported back automatically and can be seen in the merchant area."""
    case = taken(collecting)
    assert collecting.case().hand_over == HandOver.ACCEPTED
    collecting.desk.close(case.reference, "insolvent")
    collecting.later(hours=1)
    assert collecting.case().closed == "insolvent"


def test_direct_payments_are_reported_to_the_agency(collecting: Collecting) -> None:
    """I11: What the debtor pays directly is reported to the agency automatically."""
    case = taken(collecting)
    collecting.stage.pays(Paid(8990, "100012345", "Eva Ehrlich", on=collecting.stage.now.date()))
    collecting.later(hours=1)
    told = collecting.desk.cases[case.reference].told
    assert [(one["kind"], one["minor"]) for one in told] == [("direct_payment", 8990)]


def test_what_was_brought_in_is_paid_out(collecting: Collecting) -> None:
    """I12: What was brought in is paid out automatically."""
    case = taken(collecting)
    collecting.desk.collect(case.reference, 8990)
    number, total = collecting.desk.pay_out()
    collecting.later(hours=1)
    collecting.stage.pays(Paid(total, f"Auszahlung {number}", "Paywise GmbH", on=collecting.stage.now.date()))
    collecting.later(hours=1)
    assert AgencyPayout.objects.get().payment is not None
    assert collecting.owed_by_agency() == 0


def test_the_merchant_gets_everything_and_the_agency_its_costs_and_the_interest(collecting: Collecting) -> None:
    """I13: The debtor bears all fees and the default interest; the merchant gets the full amount."""
    case = taken(collecting)
    collecting.desk.collect(case.reference, 1_000_000)
    _, total = collecting.desk.pay_out()
    collecting.later(hours=1)
    assert total == 8990
    assert collecting.case().collected_minor > 8990
    assert collecting.stage.item("100012345").surplus_minor == 0


def test_the_agency_keeps_the_interest(collecting: Collecting) -> None:
    """I16: The agency keeps the default interest."""
    case = taken(collecting)
    collecting.desk.collect(case.reference, 1_000_000)
    collecting.later(hours=1)
    assert case.interest_minor > 0
    assert collecting.desk.cases[case.reference].collected["interest"] == case.interest_minor
    assert collecting.owed_by_agency() == 8990


def test_germany_austria_and_switzerland_and_others_by_a_list(collecting: Collecting) -> None:
    """I14: It is there for orders from Germany, Austria and Switzerland, and for other countries on request."""
    item = collecting.stage.item("100012345")
    for country, can_go in {"DE": True, "AT": False, "CH": False}.items():
        item.order.country = country
        item.order.save()
        assert preview(collecting.merchant, item.pk, at=collecting.stage.now).candidate.can_go is can_go
    Agency.objects.update(countries=["DE", "AT", "CH", "NL"])
    for country in ("DE", "AT", "CH", "NL"):
        item.order.country = country
        item.order.save()
        assert preview(collecting.merchant, item.pk, at=collecting.stage.now).candidate.can_go


def test_it_costs_the_merchant_nothing(collecting: Collecting) -> None:
    """I15: It costs the merchant nothing."""
    case = taken(collecting)
    collecting.desk.collect(case.reference, 1_000_000)
    collecting.desk.close(case.reference, "paid_full")
    collecting.later(hours=1)
    assert balance(collecting.merchant.pk, Book.CHARGES, "EUR").minor == 0


def test_reminder_fees_are_part_of_the_claim(collecting: Collecting) -> None:
    """I17: Reminder fees are added to the debt, and who sent the reminders keeps them: the merchant, or the operator
    where the plan says so.
    """
    Notice.objects.filter(level=2).update(fee_minor=250)
    ask_costs(
        collecting.merchant.pk,
        [Costs(collecting.stage.item("100012345").pk, 250, "notice:2", is_claimed=False, fee=250)],
        by=BY,
        on=collecting.stage.now.date(),
        at=collecting.stage.now,
    )
    case = taken(collecting)
    assert [one["fee"] for one in case.claim["reminders"]] == ["0.00", "2.50"]
    assert collecting.desk.cases[case.reference].owed["fees"] == 250
    collecting.desk.collect(case.reference, 1_000_000)
    collecting.later(hours=1)
    assert collecting.owed_by_agency() == 8990 + 250
    assert charged_by_operator(collecting) == [("reminder_fees", 250)]


def charged_by_operator(collecting: Collecting) -> list[tuple[str, int]]:
    """What the running month costs the merchant with a plan under which the operator keeps the fees of reminders."""
    at = collecting.stage.now
    name_operator(Merchant.objects.create(name="Zahlstelle", slug="zahlstelle"), by=BY, at=at)
    price_plan("Mahnt mit", date(2025, 1, 1), Prices(keeps_reminder_fees=True), by=BY, at=at)
    agree_plan(collecting.merchant, "Mahnt mit", date(2025, 1, 1), by=BY, at=at)
    found = usage(collecting.merchant.pk, at.date().replace(day=1))
    assert found is not None
    return [(line.kind, line.net) for line in found.lines]


def test_ending_early_can_cost(collecting: Collecting) -> None:
    """I18: If the merchant stops a case early, the costs so far can be charged."""
    case = taken(collecting)
    cost = cost_of_ending(collecting.merchant, case.pk)
    assert cost is not None
    assert cost.minor > 0
    end(collecting.merchant, case.pk, "geeinigt", cost=cost, by=BY, at=collecting.stage.now)
    collecting.work()
    collecting.later(hours=1)
    assert collecting.case().closed == "cancelled_client"


def test_of_late_money_the_agency_keeps_a_share(collecting: Collecting) -> None:
    """I19: For what comes in after a case was given up or after the court, the agency gets a share."""
    case = taken(collecting)
    collecting.desk.close(case.reference, "monitoring")
    collecting.later(hours=1)
    collecting.desk.collect(case.reference, 1000)
    _, total = collecting.desk.pay_out()
    collecting.later(hours=1)
    assert (total, collecting.owed_by_agency()) == (700, 700)
    assert balance(collecting.merchant.pk, Book.CHARGES, "EUR").minor == 300
    assert collecting.stage.item("100012345").open_minor == 7990
