"""Before the operator knows who a merchant is, few letters and invitations leave; afterwards, and without one, all."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import time_machine
from django.test import Client
from tests.connectors.mail_server import Post, mail_server
from tests.flows.test_payment_information import deliver, set_up
from tests.messages import messages
from tests.office.conftest import signed_in
from tests.stage import Stage, order

from zahlmeister.correspondence.models import SentLetter
from zahlmeister.flows.before_verified import limits_of
from zahlmeister.flows.oversee_far_sides import told
from zahlmeister.flows.people.invite import invite, invite_again, withdraw
from zahlmeister.flows.people.members import Given
from zahlmeister.flows.people.own_access import ask_address, confirm_address
from zahlmeister.flows.verify_merchant import verify_merchant
from zahlmeister.letters.kinds import Kind
from zahlmeister.merchants.models import Merchant, Person, Role
from zahlmeister.merchants.states import Verification
from zahlmeister.outbox.models import Message
from zahlmeister.outbox.states import MessageState
from zahlmeister.outbox.write import Said, tell
from zahlmeister.refusals import Refused

CLERK = Given(Role.CLERK)


@pytest.fixture
def post() -> Iterator[Post]:
    with mail_server() as server:
        yield server


@pytest.fixture
def few(settings: object) -> None:
    """The operator allows two of each."""
    settings.UNVERIFIED_LETTERS = settings.UNVERIFIED_INVITATIONS = 2  # type: ignore[attr-defined]


@pytest.fixture
def operator(db: None) -> Merchant:
    return Merchant.objects.create(name="Zahlstelle", slug="zahlstelle", is_operator=True)


@pytest.fixture
def office(stage: Stage, post: Post, few: None) -> Stage:
    """Brigitte is not verified, and her buyers are told how to pay."""
    del few
    set_up(stage, post.port)
    return stage


def three_orders(stage: Stage) -> None:
    stage.orders(*(order(str(1001 + number), "49.90") for number in range(3)))


def waiting(stage: Stage) -> list[str]:
    rows = Message.objects.filter(merchant=stage.merchant, channel="mail", state=MessageState.WAITING)
    return list(rows.values_list("error", flat=True))


def verified(stage: Stage) -> None:
    verify_merchant(stage.merchant, Verification.VERIFIED, why="register extract", by="olaf", at=stage.now)


def test_two_letters_leave_and_the_third_says_why_it_waits(office: Stage, post: Post, operator: Merchant) -> None:
    three_orders(office)
    deliver(office)
    assert len(post.mails) == 2
    assert SentLetter.objects.filter(merchant=office.merchant).count() == 2
    [why] = waiting(office)
    assert why.startswith("Until you are verified, at most 2 letters leave within 24 hours")
    office.later(hours=2)
    deliver(office)
    assert len(post.mails) == 2


def test_a_letter_that_waits_for_this_is_no_failure_of_the_mail(office: Stage, post: Post, operator: Merchant) -> None:
    three_orders(office)
    deliver(office)
    [mail] = [one for one in told(datetime.now(UTC)) if one.channel == "mail"]
    assert (mail.count, mail.delivered, mail.failed, mail.merchants) == (3, 2, 0, 0)
    Message.objects.filter(state=MessageState.WAITING).update(error="The mail server does not answer.")
    [mail] = [one for one in told(datetime.now(UTC)) if one.channel == "mail"]
    assert (mail.failed, mail.merchants) == (1, 1)


def test_it_leaves_by_itself_when_the_day_is_over(office: Stage, post: Post, operator: Merchant) -> None:
    three_orders(office)
    deliver(office)
    office.later(hours=25)
    deliver(office)
    assert (len(post.mails), waiting(office)) == (3, [])


def test_it_leaves_within_the_hour_when_the_merchant_is_verified(office: Stage, post: Post, operator: Merchant) -> None:
    three_orders(office)
    deliver(office)
    verified(office)
    office.later(hours=1)
    deliver(office)
    assert (len(post.mails), waiting(office)) == (3, [])


def held_for(stage: Stage, days: int) -> None:
    """The limit is for good, and workers try for so many days."""
    for _ in range(days):
        stage.later(days=1)
        SentLetter.objects.filter(merchant=stage.merchant).update(sent_at=stage.now)
        deliver(stage)


def test_what_has_waited_for_too_long_leaves_when_the_merchant_is_verified(
    office: Stage, post: Post, operator: Merchant
) -> None:
    three_orders(office)
    deliver(office)
    held_for(office, 9)
    [stuck] = Message.objects.filter(channel="mail", state=MessageState.STUCK)
    for _ in range(2):
        verified(office)
        deliver(office)
    stuck.refresh_from_db()
    assert (stuck.state, len(post.mails)) == (MessageState.DELIVERED, 3)


def test_what_is_older_than_a_month_is_left_to_a_person(office: Stage, post: Post, operator: Merchant) -> None:
    three_orders(office)
    deliver(office)
    held_for(office, 31)
    verified(office)
    deliver(office)
    assert (Message.objects.filter(channel="mail", state=MessageState.STUCK).count(), len(post.mails)) == (1, 2)


def test_what_a_far_side_refused_does_not_leave_with_the_verification(
    office: Stage, post: Post, operator: Merchant
) -> None:
    three_orders(office)
    deliver(office)
    held_for(office, 9)
    Message.objects.filter(channel="mail", state=MessageState.STUCK).update(error="550 no such mailbox")
    verified(office)
    deliver(office)
    assert len(post.mails) == 2


def test_a_verification_that_is_not_accepted_lets_nothing_go(office: Stage, post: Post, operator: Merchant) -> None:
    three_orders(office)
    deliver(office)
    held_for(office, 9)
    verify_merchant(office.merchant, Verification.FAILED, why="forged", by="olaf", at=office.now)
    deliver(office)
    assert len(post.mails) == 2


def test_a_new_address_of_ones_own_counts_like_an_invitation(
    few: None, stage: Stage, brigitte: Person, operator: Merchant
) -> None:
    with time_machine.travel(stage.now, tick=False):
        invite(stage.merchant, "a@post.example", CLERK, by=brigitte, at=stage.now)
        ask_address(brigitte, "b@post.example", at=stage.now)
        asked = messages("leaves_address")[0].payload["page"].split("/")[-1]
        assert confirm_address(asked, at=stage.now) is False
        with pytest.raises(Refused, match="at most 2 new addresses"):
            confirm_address(asked, at=stage.now)
        with pytest.raises(Refused, match="at most 2 new addresses"):
            ask_address(brigitte, "c@post.example", at=stage.now)
        with pytest.raises(Refused, match="at most 2 invitations"):
            invite(stage.merchant, "d@post.example", CLERK, by=brigitte, at=stage.now)
        verified(stage)
        ask_address(brigitte, "c@post.example", at=stage.now)
    assert len(messages("takes_address")) == 1


def test_who_is_verified_is_not_limited(office: Stage, post: Post, operator: Merchant) -> None:
    verified(office)
    three_orders(office)
    deliver(office)
    assert len(post.mails) == 3
    assert limits_of(office.merchant.pk, office.now) is None


def test_who_runs_the_house_for_himself_is_not_limited(office: Stage, post: Post) -> None:
    three_orders(office)
    deliver(office)
    assert len(post.mails) == 3
    assert limits_of(office.merchant.pk, office.now) is None


def test_what_the_merchants_own_people_read_neither_waits_nor_counts(
    office: Stage, post: Post, operator: Merchant
) -> None:
    three_orders(office)
    deliver(office)
    payload = {"kind": Kind.ORDER_PAID.value, "item": office.item("1001").pk, "reader": "brigitte@wollstube.example"}
    tell(office.merchant.pk, [Said("mail", "merchant:1", "test:one", payload)], at=office.now)
    deliver(office)
    assert post.readers[-1] == "brigitte@wollstube.example"
    assert limits_of(office.merchant.pk, office.now).letters_left_house == 2  # type: ignore[union-attr]


def test_two_people_are_invited_and_no_third(few: None, stage: Stage, brigitte: Person, operator: Merchant) -> None:
    first, _second = (invite(stage.merchant, f"{name}@post.example", CLERK, by=brigitte, at=stage.now) for name in "ab")
    with pytest.raises(Refused, match="at most 2 invitations"):
        invite(stage.merchant, "c@post.example", CLERK, by=brigitte, at=stage.now)
    invite(stage.merchant, "a@post.example", CLERK, by=brigitte, at=stage.now)  # no mail
    with pytest.raises(Refused, match="at most 2 invitations"):
        invite_again(first, by=brigitte, at=stage.now)
    stage.later(hours=25)
    with pytest.raises(Refused, match="as many may be open"):
        invite(stage.merchant, "c@post.example", CLERK, by=brigitte, at=stage.now)
    invite_again(first, by=brigitte, at=stage.now)
    withdraw(first, by=brigitte, at=stage.now)
    invite(stage.merchant, "c@post.example", CLERK, by=brigitte, at=stage.now)
    with pytest.raises(Refused, match="within 24 hours"):  # withdrawing gives no mail back
        invite(stage.merchant, "d@post.example", CLERK, by=brigitte, at=stage.now)


@pytest.mark.parametrize("is_verified", [True, False])
def test_many_are_invited_where_nobody_limits(
    few: None, stage: Stage, brigitte: Person, is_verified: bool, request: pytest.FixtureRequest
) -> None:
    if is_verified:
        request.getfixturevalue("operator")
        verified(stage)
    for number in range(4):
        invite(stage.merchant, f"{number}@post.example", CLERK, by=brigitte, at=stage.now)
    assert len(messages("invited", merchant=stage.merchant)) == 4


@pytest.mark.parametrize("page", ["/letters/", "/people/", "/verification/"])
def test_the_pages_say_so(few: None, stage: Stage, brigitte: Person, operator: Merchant, page: str) -> None:
    browser: Client = signed_in(brigitte)
    sentence = "Until you are verified, at most 2 letters"
    headers = {"accept-language": "en"}
    assert sentence in browser.get(page, headers=headers).content.decode()
    verified(stage)
    assert sentence not in browser.get(page, headers=headers).content.decode()
