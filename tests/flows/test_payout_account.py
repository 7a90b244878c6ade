"""Where payouts go changes only with a mail's link, a second person, and a waiting period."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from tests.flows.test_pay_out import HOUSE_BANK, Desk

from zahlmeister.flows import payout_account as flow
from zahlmeister.flows.deliver_outbox import deliver_next
from zahlmeister.flows.verify_merchant import name_operator
from zahlmeister.history.queries import steps_of
from zahlmeister.merchants.models import Membership, Merchant, Person, Role
from zahlmeister.outbox.models import Message
from zahlmeister.payouts.accounts import active_account, token
from zahlmeister.payouts.models import Payout, PayoutAccount
from zahlmeister.refusals import Refused

pytestmark = pytest.mark.django_db(transaction=True)

OTHER = "DE89370400440532013000"


@pytest.fixture
def desk(merchant: Merchant, tmp_path: Path) -> Desk:
    return Desk(merchant, tmp_path)


def ask(desk: Desk, number: str = HOUSE_BANK, by: Person | None = None) -> PayoutAccount:
    person = by or desk.brigitte
    return flow.ask_account(desk.merchant, "EUR", name="Wollstube", number=number, by=person, at=desk.stage.now)


def test_the_first_account_is_used_at_once_when_two_have_seen_it(desk: Desk) -> None:
    account = desk.pays_to()
    assert (account.state, account.usable_from) == ("active", date(2026, 11, 23))
    verbs = [step.verb for step in steps_of(desk.merchant.pk, "payout_account", account.pk)]
    assert verbs == ["asked", "confirmed", "approved", "active"]


def test_one_person_is_not_enough_and_nothing_works_without_the_link(desk: Desk) -> None:
    account = ask(desk)
    with pytest.raises(Refused, match="cannot become"):
        flow.approve_account(account, by=desk.karl, at=desk.stage.now)
    with pytest.raises(Refused, match="not yours"):
        flow.confirm_account(account, "0" * 40, by=desk.brigitte, at=desk.stage.now)
    with pytest.raises(Refused, match="not yours"):
        flow.confirm_account(account, token(account), by=desk.karl, at=desk.stage.now)
    flow.confirm_account(account, token(account), by=desk.brigitte, at=desk.stage.now)
    with pytest.raises(Refused, match="Somebody else"):
        flow.approve_account(account, by=desk.brigitte, at=desk.stage.now)
    assert active_account(desk.merchant.pk, "EUR") is None


def test_said_twice_is_once(desk: Desk) -> None:
    assert ask(desk) == ask(desk)
    account = PayoutAccount.objects.get()
    for _ in range(2):
        flow.confirm_account(account, token(account), by=desk.brigitte, at=desk.stage.now)
        flow.approve_account(account, by=desk.karl, at=desk.stage.now)
    assert PayoutAccount.objects.get().state == "active"
    assert Message.objects.filter(channel="people").count() == 4  # the link, the notice, and two that it is approved


def test_another_account_waits_a_week_and_the_old_one_is_paid_to_meanwhile(desk: Desk) -> None:
    desk.pays_to()
    desk.plan()
    second = desk.pays_to(OTHER)
    assert (second.state, second.usable_from) == ("approved", date(2026, 11, 30))
    desk.buyers_pay()
    desk.next_day()
    desk.works()
    assert desk.payout().order.creditor_number == HOUSE_BANK

    desk.sends()
    desk.stage.now = datetime(2026, 11, 29, 8, tzinfo=UTC)
    desk.bank.move_to(date(2026, 11, 29))
    desk.stranger_pays()
    desk.next_day()
    desk.works()
    assert Payout.objects.count() == 1
    flow.take_over(desk.merchant.pk, "EUR", at=desk.stage.now)
    assert {one.number: one.state for one in PayoutAccount.objects.all()} == {HOUSE_BANK: "replaced", OTHER: "active"}


def test_any_owner_may_refuse_it_while_it_waits(desk: Desk) -> None:
    desk.pays_to()
    second = desk.pays_to(OTHER)
    flow.refuse_account(second, by=desk.karl, at=desk.stage.now)
    desk.stage.later(days=30)
    flow.take_over(desk.merchant.pk, "EUR", at=desk.stage.now)
    kept = active_account(desk.merchant.pk, "EUR")
    assert kept is not None
    assert kept.number == HOUSE_BANK


def test_clerks_and_strangers_may_do_nothing(desk: Desk) -> None:
    clerk = Person.objects.create_user("clerk@wollstube.example", name="Clerk")
    Membership.objects.create(merchant=desk.merchant, person=clerk, role=Role.CLERK)
    with pytest.raises(Refused, match="owner"):
        ask(desk, by=clerk)
    account = ask(desk)
    for verb in (flow.approve_account, flow.refuse_account):
        with pytest.raises(Refused, match="owner"):
            verb(account, by=clerk, at=desk.stage.now)


def test_who_owns_alone_is_approved_by_the_operator(desk: Desk) -> None:
    runs = Merchant.objects.create(name="Zahlstelle", slug="zahlstelle")
    olga = Person.objects.create_user("olga@zahlstelle.example", name="Olga")
    Membership.objects.create(merchant=runs, person=olga, role=Role.OWNER)
    account = ask(desk)
    flow.confirm_account(account, token(account), by=desk.brigitte, at=desk.stage.now)
    with pytest.raises(Refused, match="owner"):
        flow.approve_account(account, by=olga, at=desk.stage.now)
    name_operator(runs, by="root", at=desk.stage.now)
    assert flow.approve_account(account, by=olga, at=desk.stage.now).state == "active"


def test_a_mistyped_number_is_refused(desk: Desk) -> None:
    with pytest.raises(Refused, match="IBAN"):
        ask(desk, "DE89370400440532013001")


def test_the_mails_wait_until_somebody_can_send_and_show_the_number_in_part(desk: Desk) -> None:
    ask(desk)
    link, notice = Message.objects.filter(channel="people").order_by("id")
    assert (link.payload["reader"], notice.payload["reader"]) == (desk.brigitte.email, desk.karl.email)
    assert "/confirm/" in link.payload["page"]
    assert "/confirm/" not in notice.payload["page"]
    assert HOUSE_BANK not in str(link.payload)
    while deliver_next(clock=desk.stage.clock):
        pass
    assert "Nobody is set up" in Message.objects.filter(channel="people").values_list("error", flat=True)[0]
