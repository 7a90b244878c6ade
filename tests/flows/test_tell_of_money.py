"""What became of the money is told to whom the merchant chose, by mail over a real server, and to nobody else."""

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest
from tests.connectors.mail_server import Post, mail_server
from tests.flows.test_payment_information import deliver, set_up
from tests.flows.test_run_dunning import Diary, levels, switch_on
from tests.stage import Paid, Stage, order

from zahlmeister.correspondence.models import InformationRule
from zahlmeister.flows.assign_payment import assign, unassign
from zahlmeister.flows.mark_paid import cancel_item, mark_paid, unmark_paid
from zahlmeister.flows.tell_of_money import save_rules
from zahlmeister.merchants.models import Event, Person
from zahlmeister.outbox.models import Message

pytestmark = pytest.mark.django_db(transaction=True)
BOTH, BUYER, NOBODY = (True, True), (True, False), (False, False)


@pytest.fixture
def post() -> Iterator[Post]:
    with mail_server() as server:
        yield server


@pytest.fixture
def office(stage: Stage, post: Post, brigitte: Person) -> Stage:
    """Brigitte tells everybody of everything, and sends no payment information."""
    set_up(stage, post.port)
    InformationRule.objects.update(is_on=False)
    save_rules(stage.merchant, dict.fromkeys(Event, BOTH), by=brigitte.email, at=stage.now)
    stage.orders(order("100012345", "24.98", street="Ring 1", postcode="10115", city="Berlin", country="DE"))
    return stage


def pays(office: Stage, minor: int) -> None:
    """Anna pays so much, and it is assigned to her order whether the matcher dares or not."""
    office.pays(Paid(minor, "Bestellung 100012345"))
    payment = office.payments()[-1]
    if payment.open_minor:
        share = [(office.item("100012345").pk, minor)]
        assign(office.merchant, payment.pk, share, by="brigitte", at=office.now, source=f"form{payment.pk}")


def told(office: Stage, post: Post) -> dict[str, str]:
    """Who has been written what, some minutes later: reader → subject."""
    office.later(minutes=11)
    deliver(office)
    return {reader: str(mail["Subject"]) for reader, mail in zip(post.readers, post.mails, strict=True)}


def test_paid_exactly(office: Stage, post: Post) -> None:
    pays(office, 2498)

    subjects = told(office, post)

    assert set(subjects) == {"anna@post.example", "brigitte@wollstube.example"}
    assert "100012345" in subjects["anna@post.example"]


def test_who_paid_too_little_is_told_what_is_missing_and_how_to_pay_it(office: Stage, post: Post) -> None:
    pays(office, 2000)

    assert "Es fehlen noch 4,98" in told(office, post)["anna@post.example"].replace("\xa0", " ")
    text = post.mails[post.readers.index("anna@post.example")].get_body(("plain",)).get_content()
    assert "DE02 1203 0000 0000 2020 51" in text


def test_who_paid_too_much_is_told_so(office: Stage, post: Post) -> None:
    pays(office, 3000)

    assert "5,02" in told(office, post)["anna@post.example"]


def test_money_for_a_cancelled_order(office: Stage, post: Post) -> None:
    item = office.item("100012345")
    cancel_item(office.merchant, item.pk, by="brigitte", at=office.now)
    assert "storniert" in told(office, post)["anna@post.example"]

    mark_paid(office.merchant, item.pk, by="brigitte", at=office.now, source="s1")
    told(office, post)

    assert "stornierten" in str(post.mails[-1]["Subject"]) or "stornierten" in str(post.mails[-2]["Subject"])


def test_nobody_is_told_of_what_is_taken_back_at_once(office: Stage, post: Post) -> None:
    item = office.item("100012345")
    mark_paid(office.merchant, item.pk, by="brigitte", at=office.now, source="s1")
    office.later(minutes=2)
    unmark_paid(office.merchant, item.pk, by="brigitte", at=office.now)

    assert told(office, post) == {}


def test_only_the_last_of_several_changes_is_told(office: Stage, post: Post) -> None:
    pays(office, 2000)
    unassign(office.merchant, office.payments()[-1].pk, by="brigitte", at=office.now)
    mark_paid(office.merchant, office.item("100012345").pk, by="brigitte", at=office.now, source="s1")

    told(office, post)

    assert len(post.readers) == 2
    assert not any("fehlen" in str(mail["Subject"]) for mail in post.mails)


def test_only_those_are_told_who_were_chosen(office: Stage, post: Post) -> None:
    rules = dict.fromkeys(Event, NOBODY) | {Event.PAID: BUYER}
    save_rules(office.merchant, rules, by="brigitte", at=office.now)
    pays(office, 2498)

    assert set(told(office, post)) == {"anna@post.example"}


def test_without_a_choice_nothing_is_even_written_down(office: Stage, post: Post) -> None:
    save_rules(office.merchant, dict.fromkeys(Event, NOBODY), by="brigitte", at=office.now)
    pays(office, 2498)

    assert told(office, post) == {}
    assert not Message.objects.exists()


@pytest.mark.parametrize(("to_merchant", "readers"), [(True, ["brigitte@wollstube.example"]), (False, [])])
def test_what_is_overdue_to_the_end_is_told_to_the_merchant_who_wants_it(
    office: Stage, post: Post, to_merchant: bool, readers: list[str]
) -> None:
    rules = dict.fromkeys(Event, NOBODY) | {Event.OVERDUE: (False, to_merchant)}
    save_rules(office.merchant, rules, by="brigitte", at=office.now)
    switch_on(office.merchant, levels=[], ending="overdue", end_days=1, on_working_days=False)
    office.now = datetime(2026, 11, 17, 9, 0, tzinfo=UTC)
    Diary(office).until(date(2026, 11, 19))

    told(office, post)

    assert post.readers == readers
    assert Message.objects.exists() is to_merchant


def test_a_reminder_reaches_the_buyer_and_none_follows_a_payment(office: Stage, post: Post) -> None:
    save_rules(office.merchant, dict.fromkeys(Event, NOBODY), by="brigitte", at=office.now)
    switch_on(office.merchant, levels=levels(3, 3), on_working_days=False)
    office.now = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)
    diary = Diary(office)
    diary.until(date(2026, 11, 19))
    deliver(office)

    [reminder] = post.mails
    assert post.readers == ["anna@post.example"]
    assert "Zahlungserinnerung" in reminder["Subject"]
    assert "24,98" in reminder.get_body(("plain",)).get_content()

    diary.until(date(2026, 11, 22))  # the second one is written in the morning, and the money comes before it is sent
    pays(office, 2498)
    deliver(office)

    assert len(post.mails) == 1
    assert Message.objects.filter(channel="mail", answer__has_key="not_needed").count() == 1
