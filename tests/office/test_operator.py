"""The operator's desk: for his people only; and visits, only by consent, only to read, with a trace of each page."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.test import Client
from tests.office.conftest import fill, signed_in
from tests.stage import ACCOUNT, Stage

from zahlmeister.accounting.models import BookDelivery
from zahlmeister.banking.models import BankAccount, Connection
from zahlmeister.collection.models import Agency
from zahlmeister.credit.models import BureauConnection
from zahlmeister.desk.models import Consent, Visit
from zahlmeister.erps.models import ErpConnection
from zahlmeister.flows.agree_plan import price_plan
from zahlmeister.flows.look_after_house import signs
from zahlmeister.flows.oversee_merchant import by_day, failures
from zahlmeister.flows.reconcile import reconcile
from zahlmeister.flows.visit import begin_visit, give_consent, revoke_consent
from zahlmeister.history.models import Step
from zahlmeister.history.queries import broken_chains
from zahlmeister.history.record import Happened, record
from zahlmeister.intents.models import ProviderConnection
from zahlmeister.ledger.queries import balance
from zahlmeister.ledger.rules import Book
from zahlmeister.merchants.ids import first_id_at
from zahlmeister.merchants.models import Membership, Merchant, Person, Role, Trouble
from zahlmeister.orders.models import Shop, ShopConnection
from zahlmeister.orders.states import ShopState
from zahlmeister.outbox.models import Message
from zahlmeister.plans.models import Subscription
from zahlmeister.plans.rules import Prices
from zahlmeister.refusals import Refused

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _friday() -> object:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def otto(stage: Stage) -> Person:
    """Otto works for who runs the installation."""
    fill(stage)
    runs = Merchant.objects.get(is_operator=True)
    person = Person.objects.create_user("otto@zahlstelle.example", "x", name="Otto")
    Membership.objects.create(merchant=runs, person=person, role=Role.CLERK)
    return person


def consented(stage: Stage, brigitte: Person, hours: int = 4) -> Consent:
    return give_consent(stage.merchant, brigitte, hours, "Eine Zahlung fehlt", at=NOW)


def test_the_desk_is_for_the_operators_people_only(stage: Stage, office: Client, otto: Person):
    assert office.get("/operator/").status_code == 404
    page = signed_in(otto).get("/operator/")
    assert page.status_code == 200
    assert stage.merchant in [one.merchant for one in page.context["tenants"]]
    assert 'href="/operator/"' in page.content.decode()
    assert 'href="/operator/"' not in office.get("/").content.decode()


def test_pooled_accounts_stand_with_their_comparison_and_what_is_unclear(stage: Stage, otto: Person):
    account = BankAccount.objects.get(merchant=stage.merchant, name="", number=ACCOUNT)
    BankAccount.objects.filter(pk=account.pk).update(kind="pooled")
    reconcile(stage.merchant, datetime(2026, 11, 19, tzinfo=UTC).date(), at=NOW)

    found = {one.account.pk: one for one in signed_in(otto).get("/operator/").context["pooled"]}

    assert (found[account.pk].unclear, found[account.pk].unclear_minor) == (1, 3333)
    assert found[account.pk].on is not None
    other = next(one for number, one in found.items() if number != account.pk)
    assert not (other.agrees and other.on is None)


def test_rows_that_fail_again_and_again_are_named(stage: Stage, otto: Person):
    told = {"turn": "check", "row": 1, "look_at": NOW, "what": "KeyError: x"}
    Trouble.objects.create(merchant=stage.merchant, failures=3, **told)
    page = signed_in(otto).get("/operator/").content.decode()
    assert "KeyError: x" in page
    assert "failed 3 times" in page
    assert leads_to(stage, page, "trouble") == 1


def leads_to(stage: Stage, page: str, where: str) -> int:
    """How many rows of a list of the desk lead to the merchant."""
    begin = {"trouble": "What fails again and again", "failed": "What failed in the last 30 days"}[where]
    rows = page.partition(begin)[2].partition("</ul>")[0]
    return rows.count(f'href="/operator/merchants/{stage.merchant.pk}/"')


def test_nobody_looks_in_without_consent(stage: Stage, otto: Person):
    client = signed_in(otto)
    answer = client.post("/operator/visit", {"merchant": stage.merchant.pk}, follow=True)
    assert "has not agreed" in answer.content.decode()
    assert not Visit.objects.exists()


def test_a_visit_reads_everything_changes_nothing_and_leaves_a_trace(stage: Stage, brigitte: Person, otto: Person):
    consented(stage, brigitte)
    client = signed_in(otto)
    client.post("/operator/visit", {"merchant": stage.merchant.pk})
    numbers = stage.payments()[0].pk

    page = client.get(f"/payments/{numbers}/")
    assert page.status_code == 200
    assert "by consent: Eine Zahlung fehlt" in page.content.decode()
    for address in (f"/payments/{numbers}/ignore", "/views/keep", "/people/operator", "/me/"):
        assert client.post(address, {"end": "1", "page": "orders", "name": "x"}).status_code == 403, address

    reasons = list(Step.objects.filter(subject="visit", verb="looked").values_list("reason", flat=True))
    assert f"/payments/{numbers}/" in reasons
    assert set(Step.objects.filter(subject="visit").values_list("merchant", "actor")) == {
        (stage.merchant.pk, "otto@zahlstelle.example")
    }
    assert broken_chains(stage.merchant.pk) == []
    assert "Otto" in signed_in(brigitte).get("/people/operator").content.decode()

    client.post("/operator/visit/end")
    assert client.get(f"/payments/{numbers}/").status_code == 404
    assert Visit.objects.get().ended_at is not None


def test_a_visit_ends_with_its_consent(stage: Stage, brigitte: Person, otto: Person):
    consented(stage, brigitte, hours=1)
    client = signed_in(otto)
    client.post("/operator/visit", {"merchant": stage.merchant.pk})
    number = stage.payments()[0].pk
    assert client.get(f"/payments/{number}/").status_code == 200
    with time_machine.travel(NOW + timedelta(hours=1), tick=False):
        assert client.get(f"/payments/{number}/").status_code == 404

    consented(stage, brigitte)
    client.post("/operator/visit", {"merchant": stage.merchant.pk})
    assert client.get(f"/payments/{number}/").status_code == 200
    revoke_consent(stage.merchant, by=brigitte.email, at=NOW)
    assert client.get(f"/payments/{number}/").status_code == 404


def test_only_an_owner_agrees_for_some_hours_and_says_what_for(
    stage: Stage, office: Client, brigitte: Person, otto: Person
):
    clerk = Person.objects.create_user("carl@wollstube.example", "x", name="Carl")
    Membership.objects.create(merchant=stage.merchant, person=clerk, role=Role.CLERK)
    for who, hours, why in ((clerk, 4, "x"), (brigitte, 73, "x")):
        with pytest.raises(Refused):
            give_consent(stage.merchant, who, hours, why, at=NOW)
    assert office.get("/people/operator").status_code == 200
    answer = office.post("/people/operator", {"hours": "4", "why": "Hilfe"}, follow=True)
    assert "may look in now" in answer.content.decode()
    assert Consent.objects.get(revoked_at=None).why == "Hilfe"
    office.post("/people/operator", {"end": "1"})
    assert not Consent.objects.filter(revoked_at=None).exists()


def test_who_does_not_work_for_the_operator_cannot_visit(stage: Stage, brigitte: Person, otto: Person):
    consented(stage, brigitte)
    stranger = Person.objects.create_user("s@nowhere.example", "x", name="S")
    with pytest.raises(Refused, match="not agreed"):
        begin_visit(stranger, stage.merchant.pk, at=NOW)


def test_a_visit_ends_when_the_person_leaves_the_operator(stage: Stage, brigitte: Person, otto: Person):
    consented(stage, brigitte)
    client = signed_in(otto)
    client.post("/operator/visit", {"merchant": stage.merchant.pk})
    number = stage.payments()[0].pk
    assert client.get(f"/payments/{number}/").status_code == 200
    Membership.objects.filter(person=otto, merchant__is_operator=True).delete()
    assert client.get(f"/payments/{number}/").status_code == 403
    elsewhere = Merchant.objects.create(name="Anderswo", slug="anderswo")
    Membership.objects.create(merchant=elsewhere, person=otto, role=Role.OWNER)
    client = signed_in(otto)
    session = client.session
    session["visit"] = Visit.objects.get().pk
    session.save()
    assert client.get(f"/payments/{number}/").status_code == 404


def test_no_page_of_a_visit_goes_without_a_trace_by_how_it_is_asked_for(stage: Stage, brigitte: Person, otto: Person):
    consented(stage, brigitte)
    client = signed_in(otto)
    client.post("/operator/visit", {"merchant": stage.merchant.pk})
    number = stage.payments()[0].pk
    assert client.get(f"/payments/{number}/", headers={"HX-Request": "true"}).status_code == 200
    assert [step.reason for step in Step.objects.filter(subject="visit", verb="looked")] == [f"/payments/{number}/"]


def test_the_second_factor_that_the_operator_demands_holds_at_the_desk_and_on_visits(
    stage: Stage, brigitte: Person, otto: Person
):
    consented(stage, brigitte)
    client, runs = signed_in(otto), Merchant.objects.filter(is_operator=True)
    runs.update(wants_second_factor=True)
    assert client.get("/operator/").headers["Location"] == "/me/second-factor/"
    assert client.post("/operator/visit", {"merchant": stage.merchant.pk}).headers["Location"] == "/me/second-factor/"
    assert not Visit.objects.exists()

    runs.update(wants_second_factor=False)
    client.post("/operator/visit", {"merchant": stage.merchant.pk})
    assert client.get("/payments/").status_code == 200
    runs.update(wants_second_factor=True)
    assert client.get("/payments/").headers["Location"] == "/me/second-factor/"
    assert client.get("/me/").status_code == 200


def test_the_desk_needs_the_right_to_the_settings_and_visits_the_right_to_change_them(stage: Stage, otto: Person):
    mine = Membership.objects.filter(person=otto)
    mine.update(rights={"settings": 0})
    assert signed_in(otto).get("/operator/").status_code == 403
    assert 'href="/operator/"' not in signed_in(otto).get("/").content.decode()
    mine.update(rights={"settings": 1})
    assert signed_in(otto).get("/operator/").status_code == 200
    assert signed_in(otto).post("/operator/visit", {"merchant": stage.merchant.pk}).status_code == 403


def test_a_visit_ends_when_the_visitor_loses_the_right(stage: Stage, brigitte: Person, otto: Person) -> None:
    give_consent(stage.merchant, brigitte, 2, "Hilfe", at=NOW)
    client = signed_in(otto)
    client.post("/operator/visit", {"merchant": stage.merchant.pk})
    assert Visit.objects.filter(ended_at=None).exists()
    Membership.objects.filter(person=otto).update(role=Role.CLERK, rights={"settings": 1})
    assert "Brigittes Wollstube" not in client.get("/").content.decode()
    with pytest.raises(Refused, match="has not agreed"):
        begin_visit(otto, stage.merchant.pk, at=NOW)


def test_every_balance_leads_to_the_merchants_books_plan_and_days(stage: Stage, otto: Person):
    account = BankAccount.objects.get(merchant=stage.merchant, name="", number=ACCOUNT)
    BankAccount.objects.filter(pk=account.pk).update(kind="pooled")
    reconcile(stage.merchant, datetime(2026, 11, 19, tzinfo=UTC).date(), at=NOW)
    client = signed_in(otto)

    [mine] = [one for one in client.get("/operator/").context["balances"] if one.merchant == stage.merchant]
    assert mine.bank == balance(stage.merchant.pk, Book.BANK, "EUR", about=account.pk).minor + sum(
        balance(stage.merchant.pk, Book.BANK, "EUR", about=other.pk).minor
        for other in BankAccount.objects.filter(merchant=stage.merchant).exclude(pk=account.pk)
    )
    assert mine.unclear == -balance(stage.merchant.pk, Book.UNCLEAR, "EUR").minor > 0
    assert mine.owed >= mine.unclear

    page = client.get(f"/operator/merchants/{stage.merchant.pk}/")
    [(shown, days)] = [row for row in page.context["accounts"] if row[0] == account]
    assert [str(day.on) for day in days] == ["2026-11-19"]
    assert shown == account
    rows = {(name, about): amount for name, about, amount in page.context["balances"]}
    assert rows[Book.BANK, account.number] == balance(stage.merchant.pk, Book.BANK, "EUR", about=account.pk)


def test_a_plan_is_agreed_at_the_desk_once(stage: Stage, otto: Person):
    price_plan("Klein", datetime(2026, 1, 1, tzinfo=UTC).date(), Prices(), by="otto", at=NOW)
    client, address = signed_in(otto), f"/operator/merchants/{stage.merchant.pk}/"
    Subscription.objects.filter(merchant=stage.merchant).delete()
    assert client.post(address, {"plan": "Klein", "since": "2026-12"}).status_code == 403  # a price: owners alone
    assert "Agree this plan" not in client.get(address).content.decode()
    Membership.objects.filter(person=otto).update(role=Role.OWNER)
    assert client.post(address, {"plan": "Klein", "since": "Dezember"}).status_code == 422
    for _twice in range(2):
        assert client.post(address, {"plan": "Klein", "since": "2026-12"}).status_code == 302
    assert list(Subscription.objects.filter(merchant=stage.merchant).values_list("plan", flat=True)) == ["Klein"]


def test_one_merchant_is_shown_to_the_operators_people_only(stage: Stage, office: Client, otto: Person):
    assert office.get(f"/operator/merchants/{stage.merchant.pk}/").status_code == 404
    assert signed_in(otto).get("/operator/merchants/1/").status_code == 404


def test_what_failed_is_counted_by_day_and_named(stage: Stage, otto: Person):
    connection = Connection.objects.filter(merchant=stage.merchant).first()
    failed = [Happened("connection", connection.pk, "troubled", "system", "The bank does not answer.")]
    for hours in (1, 2, 26):
        record(stage.merchant.pk, failed, at=NOW - timedelta(hours=hours))
    record(stage.merchant.pk, failed, at=NOW - timedelta(days=31))
    found = failures(NOW)
    assert [one.at for one in found] == [NOW - timedelta(hours=hours) for hours in (1, 2, 26)]
    counts = {day.day: kinds["bank"] for day, kinds in by_day(found, NOW).items()}
    assert len(counts) == 30
    assert (counts[20], counts[19], counts[18]) == (1, 1, 0)
    page = signed_in(otto).get("/operator/").content.decode()
    assert page.count("The bank does not answer.") == 3
    assert leads_to(stage, page, "failed") == 3
    assert "What failed in the last 30 days" in page


def failing_shops(count: int, of: int) -> list[Merchant]:
    """Merchants who are connected to one shop system, the first of whom it does not answer."""
    merchants = []
    for number in range(of):
        merchant = Merchant.objects.create(name=f"Laden {number}", slug=f"laden-{number}")
        shop = Shop.objects.create(merchant=merchant, name=f"Shop {number}")
        fails = number < count
        ShopConnection.objects.create(
            merchant=merchant,
            shop=shop,
            system="shopware",
            state=ShopState.TROUBLED if fails else ShopState.CONNECTED,
            error="The shop does not answer (503)." if fails else "",
            due_at=NOW,
            created_at=NOW,
        )
        merchants.append(merchant)
    return merchants


@pytest.mark.parametrize(("failing", "is_down"), [(2, False), (3, True)])
def test_a_system_that_fails_for_several_merchants_raises_an_alarm(otto: Person, failing: int, is_down: bool) -> None:
    merchants = failing_shops(failing, of=6)
    answer = signed_in(otto).get("/operator/")
    page = answer.content.decode()
    side = next(one.of for one in answer.context["sides"] if one.of.system == "shopware")
    assert (side.count, len(side.failing), side.merchants, side.per_mille) == (6, failing, failing, 1000 * failing // 6)
    assert ("does not work for 3 merchants at once" in page) is is_down
    assert page.count("The shop does not answer (503).") == failing
    assert f'href="/operator/merchants/{merchants[0].pk}/"' in page
    down = [sign for sign in signs(NOW) if sign.name == "system_down_merchants"]
    assert [sign.labels["system"] for sign in down] == (["shopware"] if is_down else [])
    failed = {sign.labels["kind"]: sign.value for sign in signs(NOW) if sign.name == "connections_failing"}
    assert failed["shop"] == failing


def test_every_kind_of_far_side_is_on_the_desk(stage: Stage, otto: Person) -> None:
    of = {"merchant": stage.merchant, "name": "Weit weg", "error": "No answer."}
    ErpConnection.objects.create(**of, way="odoo", due_at=NOW, created_by="otto", created_at=NOW)
    off = {**of, "name": "Aus", "is_on": False}
    ErpConnection.objects.create(**off, way="odoo", due_at=NOW, created_by="otto", created_at=NOW)
    ProviderConnection.objects.create(**of, system="stripe", payouts_at=NOW, payouts_since=NOW.date(), created_at=NOW)
    Agency.objects.create(**of, profile="rest", due_at=NOW)
    BureauConnection.objects.create(**of)
    BookDelivery.objects.create(merchant=stage.merchant, way="sftp", look_at=NOW, error="No answer.")
    found = {one.of.kind: one for one in signed_in(otto).get("/operator/").context["sides"] if one.of.failing}
    assert {"erp", "provider", "agency", "bureau", "books"} <= set(found)
    assert (found["erp"].of.count, found["erp"].system) == (1, "asked from Odoo")
    assert found["provider"].system == "Stripe"


@pytest.mark.parametrize(("failed", "of", "is_bad"), [(2, 9, False), (2, 10, False), (3, 10, True), (9, 9, False)])
def test_messages_that_do_not_arrive_are_counted_by_channel(
    stage: Stage, otto: Person, failed: int, of: int, is_bad: bool
) -> None:
    told = {"merchant": stage.merchant, "channel": "webhook", "due_at": NOW, "give_up_at": NOW, "created_at": NOW}
    old = first_id_at(NOW - timedelta(days=1, minutes=1))
    Message.objects.create(**told, pk=old, subject="old", key="old", state="stuck", error="long ago")
    for number in range(of):
        fails = number < failed
        state = {"state": "waiting" if number else "stuck", "attempts": 1} if fails else {"state": "delivered"}
        Message.objects.create(**told, **state, subject="s", key=f"k{number}", error="404" if fails else "")
    Message.objects.create(**{**told, "channel": "erp"}, subject="s", key="not tried yet")
    answer = signed_in(otto).get("/operator/")
    channels = {one.of.channel: one.of for one in answer.context["channels"]}
    assert (channels["webhook"].count, channels["webhook"].failed, channels["webhook"].why) == (of, failed, "404")
    assert (channels["erp"].count, channels["erp"].failed, channels["erp"].is_bad) == (1, 0, False)
    assert channels["webhook"].is_bad is is_bad
    assert (f"{failed} of {of} messages of the last 24 hours have not arrived" in answer.content.decode()) is is_bad


def test_the_last_hour_and_a_week_stand_beside_the_day(stage: Stage, otto: Person) -> None:
    told = {"merchant": stage.merchant, "channel": "webhook", "due_at": NOW, "give_up_at": NOW, "created_at": NOW}
    ages = {
        "hour": timedelta(minutes=30),
        "day": timedelta(hours=3),
        "week": timedelta(days=6),
        "old": timedelta(days=8),
    }
    for name, age in ages.items():
        at = {**told, "subject": name}
        begin = first_id_at(NOW - age)
        Message.objects.create(**at, pk=begin, key=f"{name}:stuck", state="stuck", attempts=9, error=f"{name}: 503")
        Message.objects.create(**at, pk=begin + 1, key=f"{name}:late", state="delivered", attempts=2)
        Message.objects.create(**at, pk=begin + 2, key=f"{name}:once", state="delivered", attempts=1)
    Message.objects.create(**{**told, "channel": "erp"}, pk=begin + 3, subject="older", key="older")
    answer = signed_in(otto).get("/operator/", headers={"accept-language": "en"})
    channels = {one.of.channel: one for one in answer.context["channels"]}
    assert "erp" not in channels
    found = channels["webhook"]
    figures = [(each.count, each.failed, each.late) for each in (found.hour, found.of, found.week)]
    assert figures == [(3, 1, 1), (6, 2, 2), (9, 3, 3)]
    page = " ".join(answer.content.decode().split())
    assert all(each in page for each in ("1 of 3", "3 of 9", "2 not at the first try", "3 not at the first try"))
    assert "hour: 503" in page
    assert "week: 503" not in page
