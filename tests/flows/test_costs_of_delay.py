"""Fees and interest for paying late: who owes them, what becomes of them when they are paid, and when they are not."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import transaction
from tests.flows.test_run_dunning import Diary, levels, switch_on
from tests.stage import ACCOUNT, Paid, Stage, order

from zahlmeister.banking.models import BankAccount
from zahlmeister.correspondence.models import Sender
from zahlmeister.flows.assign_payment import assign, unassign
from zahlmeister.flows.mark_paid import cancel_item, mark_paid, reopen_item, unmark_paid
from zahlmeister.flows.steer_dunning import leave_costs
from zahlmeister.flows.write_letter import write
from zahlmeister.ledger.queries import balance
from zahlmeister.ledger.rules import Book
from zahlmeister.letters.as_text import as_text
from zahlmeister.outbox.models import Message
from zahlmeister.receivables import costs
from zahlmeister.receivables.costs import Costs, ask_costs
from zahlmeister.receivables.models import DelayCosts, MatchKey, OpenItem
from zahlmeister.receivables.states import ItemState, PaymentState
from zahlmeister.refusals import Refused

pytestmark = pytest.mark.django_db(transaction=True)
BY = "brigitte@wollstube.example"
DUE = date(2026, 11, 20)
REMINDED = date(2026, 11, 25)
LATER = date(2026, 11, 27)


@pytest.fixture
def late(stage: Stage) -> Stage:
    """Anna owes 49.90 since the 20th and was reminded on the 25th, with a fee of 2.50."""
    stage.now = datetime(2026, 11, 19, 9, 0, tzinfo=UTC)
    stage.orders(order("100012345", "49.90", payment_kind="invoice", due_on=DUE, country="DE"))
    return stage


def remind(stage: Stage, *, claims: bool, until: date = REMINDED, **more: object) -> OpenItem:
    switch_on(
        stage.merchant, "invoice", levels=levels(5, 7, fee=250), on_working_days=False, claims_costs=claims, **more
    )
    Diary(stage).until(until)
    return stage.item("100012345")


def pays(stage: Stage, minor: int, *, on: date = LATER) -> OpenItem:
    stage.now = datetime(on.year, on.month, on.day, 18, 0, tzinfo=UTC)
    stage.pays(Paid(minor, "Bestellung 100012345", on=on))
    return stage.item("100012345")


def use_account(stage: Stage) -> None:
    BankAccount.objects.create(merchant=stage.merchant, number=ACCOUNT, currency="EUR", holder="Brigitte Berger")
    Sender.objects.create(merchant=stage.merchant, name="Wollstube", address="zahlung@wollstube.example")


def income(stage: Stage) -> int:
    return -balance(stage.merchant.pk, Book.DUNNING, "EUR").minor


def figures(item: OpenItem) -> tuple[str, int, int]:
    return item.state, item.open_minor, item.surplus_minor


def test_claimed_costs_are_owed_like_the_order(late):
    item = remind(late, claims=True)

    assert figures(item) == (ItemState.OPEN, 5_240, 0)
    assert (item.total_minor, income(late), late.books()) == (4_990, 250, [])


def test_who_pays_order_and_fee_has_paid_exactly(late):
    remind(late, claims=True)

    item = pays(late, 5_240)

    assert figures(item) == (ItemState.PAID, 0, 0)
    assert late.payment().state == PaymentState.ASSIGNED
    assert (income(late), late.books()) == (250, [])


def test_who_pays_the_order_alone_stays_underpaid_by_the_fee(late):
    remind(late, claims=True)

    item = pays(late, 4_990)

    assert late.payment().decided_by == "matcher"  # the amount of the order is known without the fee as well
    assert figures(item) == (ItemState.PART_PAID, 250, 0)
    assert (income(late), late.books()) == (250, [])
    assert figures(pays(late, 250, on=date(2026, 11, 28))) == (ItemState.PAID, 0, 0)
    assert late.books() == []


def test_the_order_alone_is_known_by_name_and_amount_too(late):
    remind(late, claims=True)

    late.now = datetime(2026, 11, 27, 18, 0, tzinfo=UTC)
    late.pays(Paid(4_990, "danke", on=LATER))

    [share] = late.payment().candidates[0]["shares"] if late.payment().candidates else [{"minor": 4_990}]
    assert share["minor"] == 4_990
    assert figures(late.item("100012345"))[0] != ItemState.PAID


def test_unclaimed_costs_are_welcome_and_not_owed(late):
    item = remind(late, claims=False)
    assert figures(item) == (ItemState.OPEN, 4_990, 0)
    assert (item.costs_asked_minor, income(late)) == (250, 0)

    item = pays(late, 4_990)

    assert figures(item) == (ItemState.PAID, 0, 0)
    assert (income(late), late.books()) == (0, [])


def test_an_unclaimed_fee_that_is_paid_is_income_and_no_surplus(late):
    remind(late, claims=False)

    item = pays(late, 5_240)

    assert late.payment().state == PaymentState.ASSIGNED
    assert figures(item) == (ItemState.PAID, 0, 0)
    assert (income(late), late.books()) == (250, [])


def test_what_comes_beyond_the_fee_is_a_surplus(late):
    remind(late, claims=False)

    item = pays(late, 5_500)
    if late.payment().state != PaymentState.ASSIGNED:
        assign(late.merchant, late.payment().pk, [(item.pk, 5_500)], by=BY, at=late.now, source="form")

    assert figures(late.item("100012345")) == (ItemState.PAID, 0, 260)
    assert (income(late), late.books()) == (250, [])


@pytest.mark.parametrize("claims", [True, False])
@pytest.mark.parametrize("minor", [4_990, 5_240, 2_000])
def test_a_payment_taken_back_leaves_everything_as_it_was(late, claims, minor):
    before = figures(remind(late, claims=claims))
    booked = income(late)
    item = pays(late, minor)
    if late.payment().state != PaymentState.ASSIGNED:
        assign(late.merchant, late.payment().pk, [(item.pk, minor)], by=BY, at=late.now, source="form")
    paid = figures(late.item("100012345"))

    for _ in range(2):
        unassign(late.merchant, late.payment().pk, by=BY, at=late.now)
        assert figures(late.item("100012345")) == before
        assert (income(late), late.books()) == (booked, [])
        assign(late.merchant, late.payment().pk, [(item.pk, minor)], by=BY, at=late.now, source=f"again{_}")
        assert figures(late.item("100012345")) == paid
        assert late.books() == []


def test_a_payment_that_crossed_with_the_notice_has_paid_everything(late):
    remind(late, claims=True)

    item = pays(late, 4_990, on=REMINDED)

    assert figures(item) == (ItemState.PAID, 0, 0)
    assert (income(late), late.books()) == (0, [])
    unassign(late.merchant, late.payment().pk, by=BY, at=late.now)
    assert figures(late.item("100012345")) == (ItemState.OPEN, 5_240, 0)
    assert (income(late), late.books()) == (250, [])


def test_what_crossed_with_the_second_notice_still_owes_the_first(late):
    remind(late, claims=True, until=date(2026, 12, 2))
    assert late.item("100012345").open_minor == 5_490

    item = pays(late, 4_990, on=date(2026, 12, 2))

    assert figures(item) == (ItemState.PART_PAID, 500, 0)
    item = pays(late, 250, on=date(2026, 12, 2))
    assert figures(item) == (ItemState.PAID, 0, 0)
    assert (income(late), late.books()) == (250, [])


def test_a_part_goes_to_the_order_first(late):
    remind(late, claims=True)

    item = pays(late, 3_000)
    if late.payment().state != PaymentState.ASSIGNED:
        assign(late.merchant, late.payment().pk, [(item.pk, 3_000)], by=BY, at=late.now, source="form")

    item = late.item("100012345")
    assert figures(item) == (ItemState.PART_PAID, 2_240, 0)
    assert costs.unpaid_costs(item) == 250


def test_no_fee_is_asked_for_a_fee(late):
    remind(late, claims=True)
    pays(late, 4_990)

    Diary(late).until(date(2026, 12, 20))

    assert [notice.fee_minor for notice in late.item("100012345").notices.order_by("level")] == [250, 0]
    assert figures(late.item("100012345")) == (ItemState.PART_PAID, 250, 0)


def test_with_a_cancelled_order_its_costs_fall_away_and_come_back_with_it(late):
    item = remind(late, claims=True)

    cancel_item(late.merchant, item.pk, by=BY, at=late.now)
    assert (late.item("100012345").cancelled_minor, income(late), late.books()) == (4_990, 0, [])

    reopen_item(late.merchant, item.pk, by=BY, at=late.now)
    assert figures(late.item("100012345")) == (ItemState.OPEN, 5_240, 0)
    assert (income(late), late.books()) == (250, [])


def test_marked_as_paid_by_hand_and_not_after_all(late):
    item = remind(late, claims=True)

    mark_paid(late.merchant, item.pk, by=BY, at=late.now, source="cash")
    assert figures(late.item("100012345")) == (ItemState.PAID, 0, 0)
    unmark_paid(late.merchant, item.pk, by=BY, at=late.now)
    assert figures(late.item("100012345")) == (ItemState.OPEN, 5_240, 0)
    assert late.books() == []


@pytest.mark.parametrize("claims", [True, False])
def test_an_order_that_grows_takes_back_what_was_taken_for_the_fee_only_where_it_is_not_claimed(late, claims):
    remind(late, claims=claims)
    pays(late, 5_240)

    late.orders(order("100012345", "59.90", payment_kind="invoice", due_on=DUE))

    assert figures(late.item("100012345")) == (ItemState.PART_PAID, 1_000 if claims else 750, 0)
    assert (income(late), late.books()) == (250 if claims else 0, [])


@pytest.mark.parametrize("claims", [True, False])
def test_goodwill_drops_the_costs_once(late, claims):
    item = remind(late, claims=claims)

    leave_costs(late.merchant, item.pk, by=BY, at=late.now)

    item = late.item("100012345")
    assert (figures(item), item.costs_asked_minor) == ((ItemState.OPEN, 4_990, 0), 0)
    assert (income(late), late.books()) == (0, [])
    with pytest.raises(Refused, match="look again"):
        leave_costs(late.merchant, item.pk, by=BY, at=late.now)
    assert figures(pays(late, 5_240)) == (ItemState.PAID, 0, 250)


def test_goodwill_for_who_has_paid_the_order_settles_it(late):
    remind(late, claims=True)
    item = pays(late, 4_990)

    leave_costs(late.merchant, item.pk, by=BY, at=late.now)

    assert figures(late.item("100012345")) == (ItemState.PAID, 0, 0)
    assert (income(late), late.books()) == (0, [])


def interest(stage: Stage) -> int:
    return -balance(stage.merchant.pk, Book.INTEREST, "EUR").minor


def asks(stage: Stage, minor: int, of_interest: int, *, claims: bool) -> None:
    costs = Costs(stage.item("100012345").pk, minor, f"more-{minor}", claims, of_interest)
    for _twice in range(2):
        with transaction.atomic():
            ask_costs(stage.merchant.pk, [costs], by="dunning", on=LATER, at=stage.now)


def test_interest_is_income_of_its_own_and_paid_after_the_fees(late):
    remind(late, claims=False)
    asks(late, 370, 120, claims=False)
    assert late.item("100012345").open_minor == 4_990
    assert figures(pays(late, 4_990 + 550)) == (ItemState.PAID, 0, 0)
    assert (income(late), interest(late), late.books()) == (500, 50, [])

    [payment] = late.payments()
    unassign(late.merchant, payment.pk, by=BY, at=late.now)
    assert (income(late), interest(late), late.books()) == (0, 0, [])


def test_claimed_interest_that_nobody_pays_is_dropped_and_no_income(late):
    remind(late, claims=True)
    asks(late, 370, 120, claims=True)
    assert (income(late), interest(late), late.item("100012345").open_minor) == (500, 120, 4_990 + 620)
    item = pays(late, 4_990 + 510, on=LATER + timedelta(days=1))
    assert (item.state, item.open_minor) == (ItemState.PART_PAID, 110)

    leave_costs(late.merchant, item.pk, by=BY, at=late.now)

    assert figures(late.item("100012345")) == (ItemState.PAID, 0, 0)
    assert (income(late), interest(late), late.books()) == (500, 10, [])
    assert late.item("100012345").interest_asked_minor == 10


def test_the_same_notice_asks_once(late):
    item = remind(late, claims=True)
    source = DelayCosts.objects.get().source

    with transaction.atomic():
        ask_costs(late.merchant.pk, [Costs(item.pk, 250, source, True)], by="dunning", on=LATER, at=late.now)

    assert late.item("100012345").open_minor == 5_240
    assert (income(late), late.books()) == (250, [])


def test_a_run_that_dies_before_it_commits_claims_nothing_and_the_next_claims_once(late, monkeypatch):
    switch_on(late.merchant, "invoice", levels=levels(5, fee=250), on_working_days=False, claims_costs=True)
    real, deaths = costs.write_keys, [RuntimeError("killed")]

    def dies_once(*args: object) -> None:
        real(*args)
        if deaths:
            raise deaths.pop()

    monkeypatch.setattr(costs, "write_keys", dies_once)
    late.now = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
    with pytest.raises(RuntimeError, match="killed"):
        Diary(late).morning()
    assert (income(late), DelayCosts.objects.count(), late.item("100012345").notices.count()) == (0, 0, 0)

    late.later(minutes=30)
    Diary(late).morning()
    assert (income(late), late.item("100012345").open_minor, late.books()) == (250, 5_240, [])


def test_the_keys_of_a_paid_item_are_those_that_last(late):
    before = MatchKey.objects.count()
    remind(late, claims=True)
    assert MatchKey.objects.count() > before

    leave_costs(late.merchant, late.item("100012345").pk, by=BY, at=late.now)

    assert MatchKey.objects.count() == before


def test_interest_is_claimed_as_far_as_it_is_new_and_never_on_the_fee(late):
    switch_on(
        late.merchant, "invoice", levels=levels(5, 300, 300, fee=250), on_working_days=False, claims_costs=True,
        with_interest=True,
    )  # fmt: skip
    Diary(late).until(date(2028, 7, 20))
    item = late.item("100012345")
    first, second, third = item.notices.order_by("level")

    assert (first.interest_minor, 100 < second.interest_minor < third.interest_minor) == (0, True)
    assert item.costs_asked_minor == 3 * 250 + third.interest_minor
    assert {part["principal"] for part in third.facts["slices"]} == {4_990}
    assert (income(late), interest(late), late.books()) == (3 * 250, third.interest_minor, [])


@pytest.mark.parametrize("claims", [True, False])
def test_the_letter_asks_for_the_sum_of_order_and_all_fees(late, claims):
    use_account(late)
    remind(late, claims=claims, until=date(2026, 12, 2))
    message = Message.objects.filter(channel="mail", key__startswith="notice:").order_by("id").last()

    written = write(message)

    assert written.asked.amount.minor == 4_990 + 2 * 250
    text = as_text(written.letter, written.look)
    assert ("49,90 EUR" in text, "5,00 EUR" in text, "54,90 EUR" in text) == (True, True, True)


def test_after_goodwill_a_letter_asks_for_the_new_fee_only(late):
    use_account(late)
    item = remind(late, claims=True)
    leave_costs(late.merchant, item.pk, by=BY, at=late.now)
    Diary(late).until(date(2026, 12, 2))
    message = Message.objects.filter(channel="mail", key__startswith="notice:").order_by("id").last()

    assert write(message).asked.amount.minor == 4_990 + 250
    assert "2,50 EUR" in as_text(write(message).letter, write(message).look)
