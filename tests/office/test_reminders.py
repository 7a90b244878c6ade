"""Reminders in the office: what would be sent, not this one, not now, and the rules that say so."""

from datetime import UTC, date, datetime

import pytest
import time_machine
from django.db import transaction
from django.test import Client
from tests.flows.test_run_dunning import levels, switch_on
from tests.office.conftest import signed_in
from tests.stage import Stage, order

from zahlmeister.dunning.models import DunningCase, DunningPolicy, Notice
from zahlmeister.flows import run_dunning
from zahlmeister.merchants.models import Merchant, NoticeRule, Person
from zahlmeister.office.listing import ROWS
from zahlmeister.receivables.costs import Costs, ask_costs

pytestmark = pytest.mark.django_db(transaction=True)
MONDAY = datetime(2026, 11, 16, 9, tzinfo=UTC)
FORM = {
    "is_on": "on", "base": "ordered", "term_days": "14", "ending": "cancel", "end_days": "6", "on_working_days": "on",
    "days_1": "6", "sent_by_1": "mail", "days_2": "6", "sent_by_2": "mail", "fee_2": "", "bank_hours": "48",
    "minimum": "5,00",
}  # fmt: skip


@pytest.fixture
def clock() -> object:
    with time_machine.travel(MONDAY, tick=False) as moved:
        yield moved


@pytest.fixture
def office(clock: object, brigitte: Person) -> Client:
    return signed_in(brigitte, "de")


def test_before_anything_is_switched_on_the_page_says_what_to_do(office):
    page = office.get("/reminders/").content.decode()

    assert "Noch wird niemand erinnert" in page
    assert "/reminders/rules/" in page


def test_the_next_thirty_days_with_a_button_to_leave_one_out(office, stage, merchant):
    stage.now = MONDAY
    stage.orders(order("100012345", "24.98"), order("100012399", "30.00", "Bernd Kunz"))
    switch_on(merchant)

    page = office.get("/reminders/").content.decode()
    assert "100012345" in page
    assert "Bernd Kunz" in page
    item = stage.item("100012345")

    answer = office.post(f"/orders/{item.order_id}/leave-out", {"level": "1", "day": "2026-11-23"})
    assert answer.headers["Location"] == "/reminders/?day=2026-11-23"
    page = office.get("/reminders/?day=2026-11-23").content.decode()
    assert f"/orders/{item.order_id}/" not in page
    assert "100012399" in page
    assert Notice.objects.get().was_skipped

    page = office.get(f"/orders/{item.order_id}/").content.decode()
    assert "Die ausgelassene doch senden" in page
    office.post(f"/orders/{item.order_id}/after-all", {"level": "1"})
    assert not Notice.objects.exists()
    assert f"/orders/{item.order_id}/" in office.get("/reminders/?day=2026-11-23").content.decode()
    assert "Die ausgelassene doch senden" not in office.get(f"/orders/{item.order_id}/").content.decode()
    page = office.post(f"/orders/{item.order_id}/after-all", {"level": "1"}, follow=True).content.decode()
    assert "zuletzt ausgelassen" in page


def test_a_day_with_many_steps_has_several_pages(office, stage, merchant):
    stage.now = MONDAY
    stage.orders(*(order(f"1000123{at:02}", "24.98") for at in range(53)))
    switch_on(merchant)

    pages = [office.get(f"/reminders/?day=2026-11-23&page={number}") for number in (1, 2)]

    assert [len(page.context["rows"]) for page in pages] == [50, 3]
    assert len({row.item.pk for page in pages for row in page.context["rows"]}) == 53
    assert "?day=2026-11-23&amp;page=2" in pages[0].content.decode()
    assert "page=3" not in pages[1].content.decode()


def test_a_later_step_cannot_be_left_out_before_the_earlier_one(office, stage, merchant):
    stage.now = MONDAY
    stage.orders(order("100012345", "24.98"))
    switch_on(merchant)

    page = office.get("/reminders/?day=2026-11-30").content.decode()

    assert "100012345" in page
    assert "leave-out" not in page


def test_who_was_held_back_stands_there_with_the_reason(office, stage, merchant):
    stage.now = datetime(2026, 11, 24, 9, tzinfo=UTC)
    stage.orders(order("100012345", "24.98"))
    switch_on(merchant, bank_hours=24)
    run_dunning.run_next(clock=stage.clock)

    page = office.get("/reminders/").content.decode()

    assert "Die Bank wurde länger nicht gelesen" in page


def test_all_who_were_held_back_can_be_reached_beside_the_list_of_the_day(office, stage, merchant):
    stage.now = datetime(2026, 11, 24, 9, tzinfo=UTC)
    stage.orders(*[order(str(100012345 + number), "24.98") for number in range(ROWS + 1)])
    switch_on(merchant, bank_hours=24)
    run_dunning.run_next(clock=stage.clock)

    first = held_back(office.get("/reminders/?day=2026-11-25"))
    second = held_back(office.get("/reminders/?day=2026-11-25&held=2"))

    assert [first.count('class="lead"'), second.count('class="lead"')] == [ROWS, 1]
    assert 'rel="next" href="?day=2026-11-25&amp;held=2#held"' in first
    assert 'rel="prev" href="?day=2026-11-25#held"' in second
    assert "data-key" not in first + second
    assert "100012345" not in first
    assert "100012345" in second


def held_back(answer):
    return " ".join(answer.content.decode().split('<h2 id="held">')[1].split())


def test_who_would_be_held_back_is_said_before_the_day_comes(office, stage, merchant):
    stage.now = MONDAY
    stage.orders(order("100012345", "24.98"), order("100012399", "30.00", "Bernd Kunz"))
    switch_on(merchant)
    office.post(f"/orders/{stage.item('100012345').order_id}/pause", {"why": "dispute"})

    page = " ".join(office.get("/reminders/").content.decode().split())

    kept_back, asked = sorted(page.split('<tr role="row">')[-2:])
    assert "100012345" in kept_back
    assert "Zurückgehalten: Die Erinnerungen zu dieser Bestellung ruhen." in kept_back
    assert "100012399" in asked
    assert "Zurückgehalten" not in asked


def test_asking_for_an_invoice_is_called_a_dunning_notice(office, stage, merchant):
    stage.now = MONDAY
    stage.orders(order("100012345", "24.98"), order("100012399", "30.00", payment_kind="invoice"))
    switch_on(merchant)
    switch_on(merchant, "invoice")

    for number, word, other in (("100012345", "Erinnerung 1", "Mahnung 1"), ("100012399", "Mahnung 1", "Erinnerung 1")):
        page = office.get(f"/orders/{stage.item(number).order_id}/").content.decode()
        assert word in page
        assert other not in page
    assert "Mahnung 2, Tage nach der vorigen" in office.get("/reminders/rules/invoice/").content.decode()


def test_a_fee_is_only_asked_for_an_invoice(office):
    assert "Gebühr in EUR" in office.get("/reminders/rules/invoice/").content.decode()
    assert "Gebühr in EUR" not in office.get("/reminders/rules/prepayment/").content.decode()
    office.post("/reminders/rules/prepayment/", {**FORM, "fee_1": "5,00"})
    assert [level["fees"] for level in DunningPolicy.objects.get().levels] == [{}, {}]


def test_an_order_is_paused_goes_on_and_is_counted_from_another_day(office, stage, merchant):
    stage.now = MONDAY
    stage.orders(order("100012345", "24.98"))
    switch_on(merchant)
    at = f"/orders/{stage.item('100012345').order_id}/"
    assert "23. November" in office.get(at).content.decode()

    office.post(f"{at}pause", {"why": "dispute", "until": "2026-12-24"})
    case = DunningCase.objects.get()
    assert (case.paused_for, case.paused_until) == ("dispute", date(2026, 12, 24))
    assert "24. Dezember" in office.get(at).content.decode()

    office.post(f"{at}resume")
    office.post(f"{at}count-from", {"day": "2026-12-01"})
    assert "7. Dezember" in office.get(at).content.decode()


@pytest.mark.parametrize("typed", [{"why": "dispute", "until": "someday"}, {"why": "nonsense"}])
def test_a_pause_that_cannot_be_understood_changes_nothing(office, stage, merchant, typed):
    stage.now = MONDAY
    stage.orders(order("100012345", "24.98"))
    switch_on(merchant)

    office.post(f"/orders/{stage.item('100012345').order_id}/pause", typed)

    assert not DunningCase.objects.exists()


def test_a_rule_is_switched_on(office, merchant):
    page = office.get("/reminders/rules/prepayment/").content.decode()
    assert 'value="6"' in page

    answer = office.post("/reminders/rules/prepayment/", FORM)

    assert answer.status_code == 302
    policy = DunningPolicy.objects.get()
    assert (policy.is_on, policy.minimum_minor, policy.bank_hours) == (True, 500, 48)
    assert [level["days"] for level in policy.levels] == [6, 6]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"days_2": "", "days_3": "4", "sent_by_3": "mail"}, "fehlt"),
        ({"minimum": "viel"}, "kein Betrag"),
        ({"days_1": "0"}, "1"),
    ],
)
def test_a_rule_that_cannot_be_followed_stays_on_the_page_with_its_error(office, changes, sentence):
    answer = office.post("/reminders/rules/prepayment/", {**FORM, **changes})

    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    assert not DunningPolicy.objects.exists()


def test_a_customer_group_gets_a_rule_of_its_own(office, stage, merchant):
    stage.now = MONDAY
    stage.orders(order("100012345", "24.98"), order("100012399", "30.00", "Bernd Kunz", customer_group="Händler & Co"))
    address = "/reminders/rules/prepayment/?group=H%C3%A4ndler%20%26%20Co"
    office.post("/reminders/rules/prepayment/", FORM)
    assert address in office.get("/reminders/rules/").content.decode()

    page = office.get(address).content.decode()
    assert "Gruppe Händler &amp; Co" in page
    assert 'name="is_on" checked' not in page.replace(' id="id_is_on"', "")  # it begins switched off
    answer = office.post(address, {**FORM, "days_1": "20"})
    assert answer.status_code == 302

    policies = DunningPolicy.objects.filter(merchant=merchant, payment_kind="prepayment").order_by("customer_group")
    assert [(one.customer_group, one.levels[0]["days"]) for one in policies] == [("", 6), ("Händler & Co", 20)]
    assert "Gruppe Händler &amp; Co" in office.get("/reminders/rules/").content.decode()


def test_without_customer_groups_none_is_spoken_of(office, stage):
    stage.orders(order("100012345", "24.98"))

    assert "Kundengruppe" not in office.get("/reminders/rules/").content.decode()
    assert "Kundengruppe" not in office.get("/reminders/rules/prepayment/").content.decode()


def test_invoices_cannot_be_cancelled_by_themselves(office):
    answer = office.post("/reminders/rules/invoice/", FORM)

    assert answer.status_code == 422


def test_a_fee_that_courts_would_not_let_stand_is_warned_of(office, merchant):
    switch_on(merchant, "invoice", levels=levels(4, 7, fee=500))

    page = office.get("/reminders/rules/invoice/").content.decode()

    assert "lassen deutsche Gerichte" in page


def test_another_merchants_orders_and_shops_are_not_found(office, stage):
    other = Merchant.objects.create(name="Fischhaus", slug="fisch")
    foreign = Stage(other, stage.folder, MONDAY)
    foreign.orders(order("100012345", "24.98"))
    item = foreign.item("100012345")

    for verb in ("pause", "resume", "leave-out", "after-all", "count-from", "asked-again", "leave-costs"):
        assert office.post(f"/orders/{item.order_id}/{verb}").status_code == 404
    assert office.get(f"/reminders/rules/invoice/{item.order.shop_id}/").status_code == 404
    assert office.get("/reminders/rules/nonsense/").status_code == 404


def test_who_is_told_of_what_is_ticked_and_kept(office: Client, merchant: Merchant) -> None:
    office.post("/letters/notices", {"buyer": ["underpaid", "overpaid"], "merchant": ["underpaid"]})

    kept = {rule.event: (rule.to_buyer, rule.to_merchant) for rule in NoticeRule.objects.filter(merchant=merchant)}
    assert kept == {"underpaid": (True, True), "overpaid": (True, False)}
    assert office.get("/letters/notices").content.decode().count("checked") == 3


def test_an_order_that_is_not_paused_cannot_be_resumed_nor_begun_again(office: Client, stage: Stage) -> None:
    stage.now = MONDAY
    stage.orders(order("100012345", "24.98"))
    at = f"/orders/{stage.item('100012345').order_id}/"

    for verb, sentence in (("resume", "ruhen nicht"), ("asked-again", "ist nicht zu Ende")):
        page = office.post(f"{at}{verb}", follow=True).content.decode()
        assert sentence in page
    assert not DunningCase.objects.exists()


def test_goodwill_is_a_button_on_the_order_and_the_rule_says_whether_fees_are_claimed(office, stage, merchant):
    answer = office.post(
        "/reminders/rules/invoice/", {**FORM, "base": "due", "ending": "overdue", "claims_costs": "on"}
    )
    assert answer.status_code == 302
    assert DunningPolicy.objects.get(payment_kind="invoice").claims_costs

    stage.now = MONDAY
    stage.orders(order("100012345", "24.98", payment_kind="invoice"))
    item = stage.item("100012345")
    with transaction.atomic():
        asked = [Costs(item.pk, 250, "notice:1", is_claimed=True)]
        ask_costs(merchant.pk, asked, by="dunning", on=date(2026, 11, 23), at=stage.now)
    page = office.get(f"/orders/{item.order_id}/").content.decode()
    assert "27,48" in page
    assert "geschuldet wie die Bestellung" in page

    office.post(f"/orders/{item.order_id}/leave-costs")

    assert stage.item("100012345").open_minor == 2_498
    assert "leave-costs" not in office.get(f"/orders/{item.order_id}/").content.decode()


def test_a_fee_may_be_said_for_each_currency_and_is_shown_as_it_was_typed(office, merchant):
    typed = {**FORM, "base": "due", "ending": "overdue", "fee_2": "2,50; 5,00 CHF"}
    assert office.post("/reminders/rules/invoice/", typed).status_code == 302

    assert [level["fees"] for level in DunningPolicy.objects.get().levels] == [{}, {"EUR": 250, "CHF": 500}]
    assert "2,50; 5,00 CHF" in office.get("/reminders/rules/invoice/").content.decode()


@pytest.mark.parametrize("typed", ["viel CHF", "2,50; -1 CHF", "2,50 5,00"])
def test_a_fee_that_is_no_amount_stays_on_the_page(office, typed):
    answer = office.post("/reminders/rules/invoice/", {**FORM, "ending": "overdue", "fee_2": typed})

    assert answer.status_code == 422
    assert not DunningPolicy.objects.exists()
