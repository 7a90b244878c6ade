"""Who is asked when: stories with a moved clock, and workers that die in the middle of a run."""

from datetime import UTC, date, datetime

import pytest
from django.db import transaction
from tests.connectors.mail_server import mail_server
from tests.flows.test_payment_information import deliver, set_up
from tests.letters.asked import printed
from tests.stage import Paid, Stage, order

from zahlmeister.correspondence.models import InformationRule, SentLetter
from zahlmeister.correspondence.sent import content_of
from zahlmeister.dunning.models import DunningCase, DunningPolicy, DunningRun, Notice
from zahlmeister.dunning.plan import BaseDay, Ending
from zahlmeister.dunning.policies import standard
from zahlmeister.dunning.runs import LEASE
from zahlmeister.dunning.states import Pause
from zahlmeister.flows import run_dunning as flow
from zahlmeister.flows.assign_payment import assign
from zahlmeister.flows.mark_paid import reopen_item
from zahlmeister.flows.steer_dunning import (
    PolicyWanted,
    ask_after_all,
    begin_again,
    block_customer,
    count_from,
    pause,
    resume,
    save_policy,
    skip_next,
    unblock_customer,
)
from zahlmeister.formats.orders_csv import OrderRow
from zahlmeister.history.models import Step
from zahlmeister.merchants.models import Merchant
from zahlmeister.outbox.models import Message
from zahlmeister.receivables.states import ItemState
from zahlmeister.refusals import Refused

pytestmark = pytest.mark.django_db(transaction=True)
BY = "brigitte@wollstube.example"


class Diary:
    """Days go by; each morning the run of the day is done."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage

    def until(self, last: date) -> list[tuple[date, str, int]]:
        """Let the days pass up to one, and say what was asked since: day, order, level."""
        before = set(Notice.objects.values_list("pk", flat=True))
        while self.stage.now.date() < last:
            self.stage.later(days=1)
            self.morning()
        asked = Notice.objects.exclude(pk__in=before).order_by("on", "id").select_related("item__order")
        return [(notice.on, notice.item.order.number, notice.level) for notice in asked]

    def morning(self) -> None:
        while flow.run_next(clock=self.stage.clock):
            pass


def switch_on(merchant: Merchant, kind: str = "prepayment", **changes: object) -> DunningPolicy:
    policy = next(policy for policy in standard(merchant.pk) if policy.payment_kind == kind)
    policy.is_on, policy.bank_hours = True, None
    for name, value in changes.items():
        setattr(policy, name, value)
    policy.save()
    return policy


def levels(*days: int, fee: int = 0) -> list[dict[str, object]]:
    return [{"days": one, "sent_by": "mail", "fees": {"EUR": fee}} for one in days]


@pytest.fixture
def diary(stage: Stage) -> Diary:
    stage.now = datetime(2026, 11, 16, 9, 0, tzinfo=UTC)
    return Diary(stage)


def test_prepayment_is_asked_for_twice_and_then_cancelled(stage, diary):
    stage.orders(order("100012345", "24.98"))
    switch_on(stage.merchant)

    assert diary.until(date(2026, 12, 6)) == [
        (date(2026, 11, 23), "100012345", 1),  # the sixth day is a Sunday
        (date(2026, 11, 30), "100012345", 2),
    ]
    assert stage.item("100012345").state == ItemState.OPEN
    assert diary.until(date(2026, 12, 31)) == []

    item = stage.item("100012345")
    assert (item.state, item.dunning.ended) == (ItemState.CANCELLED, "cancel")
    assert [step.verb for step in Step.objects.filter(subject="item", subject_id=item.pk).order_by("ordinal")] == [
        "opened", "asked", "asked", "cancelled",
    ]  # fmt: skip
    assert stage.books() == []


def test_late_money_still_finds_a_cancelled_order(stage, diary):
    stage.orders(order("100012345", "24.98"))
    switch_on(stage.merchant)
    diary.until(date(2026, 12, 10))

    stage.pays(Paid(2498, "Bestellung 100012345", on=date(2026, 12, 10)))

    [payment] = stage.payments()
    assert payment.candidates[0]["shares"][0]["item"] == stage.item("100012345").pk
    assign(stage.merchant, payment.pk, [(stage.item("100012345").pk, 2498)], by=BY, at=stage.now, source="form")
    assert stage.item("100012345").state == ItemState.PAID
    assert stage.books() == []


def test_five_levels_of_an_invoice_with_fees_and_then_overdue(stage, diary):
    stage.orders(order("100012345", "100.00", payment_kind="invoice", due_on=date(2026, 11, 30)))
    switch_on(stage.merchant, "invoice", levels=levels(3, 7, 7, 7, 7, fee=250), on_working_days=False)

    asked = diary.until(date(2027, 2, 28))

    assert [(day, level) for day, _, level in asked] == [
        (date(2026, 12, 3), 1),
        (date(2026, 12, 10), 2),
        (date(2026, 12, 17), 3),
        (date(2026, 12, 24), 4),
        (date(2026, 12, 31), 5),
    ]
    item = stage.item("100012345")
    assert (item.state, item.dunning.ended, item.open_minor) == (ItemState.OPEN, "overdue", 10_000)
    assert set(Notice.objects.values_list("fee_minor", flat=True)) == {250}
    assert begun_again(stage, item.pk).ended == ""


def begun_again(stage: Stage, item_id: int) -> DunningCase:
    begin_again(stage.merchant, item_id, by=BY, at=stage.now)
    return DunningCase.objects.get(item_id=item_id)


def test_who_pays_between_two_levels_is_left_alone(stage, diary):
    stage.orders(order("100012345", "24.98"), order("100012399", "30.00", "Bernd Kunz"))
    switch_on(stage.merchant)
    diary.until(date(2026, 11, 24))

    stage.pays(Paid(2498, "Bestellung 100012345", on=date(2026, 11, 24)))

    assert diary.until(date(2026, 12, 5)) == [(date(2026, 11, 30), "100012399", 2)]


def test_who_paid_a_part_is_asked_for_the_rest(stage, diary):
    stage.orders(order("100012345", "24.98"))
    switch_on(stage.merchant)
    stage.pays(Paid(2000, "Bestellung 100012345"))
    [payment] = stage.payments()
    if payment.open_minor:
        assign(stage.merchant, payment.pk, [(stage.item("100012345").pk, 2000)], by=BY, at=stage.now, source="form")

    diary.until(date(2026, 11, 24))

    assert Notice.objects.get().open_minor == 498


def test_who_moves_between_two_notices_gets_the_next_one_at_the_new_address(stage, diary, settings):
    """Two mails and two letters: Anna changes her mail address after the first, and moves after the third."""
    settings.PRINT_FOLDER = str(stage.folder / "print")
    first = {"email": "anna@old.example", "street": "Hauptstr. 5", "postcode": "10115", "city": "Berlin"}
    asked = [{"days": 7, "sent_by": way, "fees": {}} for way in ("mail", "mail", "letter", "letter")]
    switch_on(stage.merchant, levels=asked, on_working_days=False)

    with mail_server() as post:
        set_up(stage, post.port)
        InformationRule.objects.update(is_on=False)
        stage.orders(order("100012345", "24.98", **first))
        diary.until(date(2026, 11, 23))
        deliver(stage)
        stage.orders(order("100012345", "24.98", **first | {"email": "anna@new.example"}))
        diary.until(date(2026, 12, 7))
        deliver(stage)
        stage.orders(order("100012345", "24.98", **first | {"street": "Neuer Weg 7"}))
        diary.until(date(2026, 12, 14))
        deliver(stage)

    assert post.readers == ["anna@old.example", "anna@new.example"]
    letters = [printed(content_of(row)) for row in SentLetter.objects.filter(medium="letter").order_by("id")]
    assert [[street in text for street in ("Hauptstr. 5", "Neuer Weg 7")] for text in letters] == [
        [True, False],
        [False, True],
    ]
    assert len(list((stage.folder / "print").glob("*.pdf"))) == 2
    assert stage.books() == []


def test_nobody_is_asked_for_less_than_the_merchant_cares_about(stage, diary):
    stage.orders(order("100012345", "24.98"))
    switch_on(stage.merchant, minimum_minor=2_500)

    assert diary.until(date(2026, 11, 30)) == []
    assert stage.item("100012345").dunning.holds == ["too_little"]


def test_an_order_with_money_that_waits_for_a_person_is_held(stage, diary):
    stage.orders(order("100012345", "24.98"), order("100012346", "24.98"))
    switch_on(stage.merchant)
    stage.pays(Paid(2498, "danke"))
    [payment] = stage.payments()
    suggested = payment.candidates[0]["shares"][0]["item"]

    asked = diary.until(date(2026, 11, 24))

    assert len(asked) == 1
    assert DunningCase.objects.get(item_id=suggested).holds == ["waiting_payment"]


def test_nobody_is_asked_while_nobody_knows_what_came_in(stage, diary):
    stage.orders(order("100012345", "24.98"), order("100012399", "30.00", "Bernd Kunz"))
    switch_on(stage.merchant, bank_hours=48)

    assert diary.until(date(2026, 11, 24)) == []
    assert stage.item("100012345").dunning.holds == ["stale_bank"]

    stage.pays(Paid(2498, "Bestellung 100012345", on=date(2026, 11, 24)))
    assert diary.until(date(2026, 11, 25)) == [(date(2026, 11, 25), "100012399", 1)]


def test_a_pause_holds_an_order_and_its_end_goes_on_where_it_stood(stage, diary):
    stage.orders(order("100012345", "24.98"))
    switch_on(stage.merchant)
    item = stage.item("100012345")
    pause(stage.merchant, item.pk, Pause.DISPUTE, date(2026, 11, 25), by=BY, at=stage.now)

    assert diary.until(date(2026, 11, 25)) == []
    assert diary.until(date(2026, 11, 26)) == [(date(2026, 11, 26), "100012345", 1)]

    pause(stage.merchant, item.pk, Pause.RETURN, None, by=BY, at=stage.now)
    assert diary.until(date(2027, 1, 31)) == []
    resume(stage.merchant, item.pk, by=BY, at=stage.now)
    assert diary.until(date(2027, 2, 1)) == [(date(2027, 2, 1), "100012345", 2)]


def test_a_blocked_customer_is_not_asked_for_any_order(stage, diary):
    stage.orders(order("100012345", "24.98"), order("100012346", "12.00"))
    switch_on(stage.merchant)
    customer = stage.item("100012345").order.customer_id
    block_customer(stage.merchant, customer, None, "old friend", by=BY, at=stage.now)

    assert diary.until(date(2026, 12, 15)) == []
    unblock_customer(stage.merchant, customer, by=BY, at=stage.now)
    assert len(diary.until(date(2026, 12, 16))) == 2


def test_a_notice_that_was_left_out_is_not_sent_and_counts_as_reached(stage, diary):
    stage.orders(order("100012345", "24.98"))
    switch_on(stage.merchant)
    item = stage.item("100012345")

    skip_next(stage.merchant, item.pk, 1, by=BY, at=stage.now)
    with pytest.raises(Refused, match="not the next"):
        skip_next(stage.merchant, item.pk, 1, by=BY, at=stage.now)

    assert diary.until(date(2026, 12, 5)) == [(date(2026, 11, 30), "100012345", 2)]
    assert Message.objects.count() == 1


def test_a_notice_that_was_left_out_is_sent_after_all(stage, diary):
    stage.orders(order("100012345", "24.98"))
    switch_on(stage.merchant)
    item = stage.item("100012345")
    with pytest.raises(Refused, match="left out last"):
        ask_after_all(stage.merchant, item.pk, 0, by=BY, at=stage.now)
    skip_next(stage.merchant, item.pk, 1, by=BY, at=stage.now)

    ask_after_all(stage.merchant, item.pk, 1, by=BY, at=stage.now)
    with pytest.raises(Refused, match="left out last"):
        ask_after_all(stage.merchant, item.pk, 1, by=BY, at=stage.now)

    assert diary.until(date(2026, 12, 5)) == [
        (date(2026, 11, 23), "100012345", 1),
        (date(2026, 11, 30), "100012345", 2),
    ]


def test_after_a_reminder_the_one_left_out_is_reckoned_from_it_again_until_another_has_gone_out(stage, diary):
    stage.orders(order("100012345", "24.98"))
    switch_on(stage.merchant)
    item = stage.item("100012345")
    assert diary.until(date(2026, 11, 23)) == [(date(2026, 11, 23), "100012345", 1)]
    with pytest.raises(Refused, match="left out last"):  # that one was sent
        ask_after_all(stage.merchant, item.pk, 1, by=BY, at=stage.now)
    skip_next(stage.merchant, item.pk, 2, by=BY, at=stage.now)
    ask_after_all(stage.merchant, item.pk, 2, by=BY, at=stage.now)
    case = DunningCase.objects.get(item=item)
    assert (case.level, case.reached_on) == (1, date(2026, 11, 23))

    assert diary.until(date(2026, 11, 30)) == [(date(2026, 11, 30), "100012345", 2)]
    with pytest.raises(Refused, match="left out last"):
        ask_after_all(stage.merchant, item.pk, 2, by=BY, at=stage.now)


def test_an_order_that_came_with_a_level_goes_back_to_that_one(stage, diary):
    stage.orders(order("100012345", "24.98", dunning_level=1))
    switch_on(stage.merchant)
    item = stage.item("100012345")
    [before] = DunningCase.objects.filter(item=item).values_list("level", "reached_on")
    skip_next(stage.merchant, item.pk, 2, by=BY, at=stage.now)

    ask_after_all(stage.merchant, item.pk, 2, by=BY, at=stage.now)

    [after] = DunningCase.objects.filter(item=item).values_list("level", "reached_on")
    assert after == before
    assert after[0] == 1


def test_counting_from_another_day_moves_everything(stage, diary):
    stage.orders(order("100012345", "24.98"))
    switch_on(stage.merchant)
    count_from(stage.merchant, stage.item("100012345").pk, date(2026, 12, 1), by=BY, at=stage.now)

    assert diary.until(date(2026, 12, 10)) == [(date(2026, 12, 7), "100012345", 1)]


def test_orders_older_than_the_beginning_are_for_a_person(stage, diary):
    stage.orders(order("100012345", "24.98", ordered_on=date(2026, 10, 1)), order("100012399", "30.00", "Bernd Kunz"))
    switch_on(stage.merchant, since=date(2026, 11, 1))

    assert {number for _, number, _ in diary.until(date(2026, 11, 24))} == {"100012399"}


def test_each_country_has_its_own_holidays(stage, diary):
    """Both are due on 8 December, which is a holiday in Austria only."""
    stage.orders(
        order("100012345", "24.98", ordered_on=date(2026, 12, 2), country="DE"),
        order("100012399", "30.00", "Bernd Kunz", ordered_on=date(2026, 12, 2), country="AT"),
    )
    switch_on(stage.merchant)

    assert diary.until(date(2026, 12, 10)) == [
        (date(2026, 12, 8), "100012345", 1),
        (date(2026, 12, 9), "100012399", 1),
    ]


def test_a_shop_can_be_more_patient_than_the_others(stage, diary):
    stage.orders(order("100012345", "24.98"))
    switch_on(stage.merchant)
    shop = stage.item("100012345").order.shop
    save_policy(
        stage.merchant,
        PolicyWanted("prepayment", levels(20), BaseDay.ORDERED, Ending.NOTHING, 5, is_on=True, shop_id=shop.pk,
                     more={"bank_hours": None}),
        by=BY,
        at=stage.now,
    )  # fmt: skip

    assert diary.until(date(2026, 12, 31)) == [(date(2026, 12, 7), "100012345", 1)]


def test_a_customer_group_can_be_given_more_time(stage, diary):
    stage.orders(order("1", "24.98"), order("2", "10.00", "Bernd Kunz", customer_group="Händler"))
    switch_on(stage.merchant, levels=levels(7))
    switch_on(stage.merchant, levels=levels(21), customer_group="Händler")

    assert [(number, level) for _day, number, level in diary.until(date(2026, 11, 30))] == [("1", 1)]
    assert [(number, level) for _day, number, level in diary.until(date(2026, 12, 8))] == [("2", 1)]


def test_a_customer_who_comes_into_a_group_is_asked_by_its_rule_from_then_on(stage, diary):
    stage.orders(order("1", "24.98"))
    switch_on(stage.merchant, levels=levels(7))
    switch_on(stage.merchant, levels=levels(21), customer_group="Händler")
    stage.orders(order("1", "24.98", customer_group="Händler"))

    assert diary.until(date(2026, 12, 6)) == []


def test_a_shops_own_rule_counts_before_that_of_a_group(stage, diary):
    stage.orders(order("1", "24.98", customer_group="Händler"))
    switch_on(stage.merchant, levels=levels(21), customer_group="Händler")
    switch_on(stage.merchant, levels=levels(7), shop=stage.item("1").order.shop)

    assert [(number, level) for _day, number, level in diary.until(date(2026, 11, 30))] == [("1", 1)]


def test_switched_off_nobody_is_asked(stage, diary):
    stage.orders(order("100012345", "24.98"))
    switch_on(stage.merchant, is_on=False)

    assert diary.until(date(2026, 12, 31)) == []
    assert not DunningRun.objects.exists()


def test_nobody_is_asked_at_night_and_the_hours_follow_summer_time(stage):
    stage.orders(order("100012345", "24.98", ordered_on=date(2026, 10, 1)))
    switch_on(stage.merchant)

    for early in (datetime(2026, 10, 24, 5, 59, tzinfo=UTC), datetime(2026, 10, 26, 6, 59, tzinfo=UTC)):
        stage.now = early
        assert flow.run_next(clock=stage.clock) is None
    stage.now = datetime(2026, 10, 26, 7, 0, tzinfo=UTC)  # summer time ended on the 25th
    assert flow.run_next(clock=stage.clock) is not None


def test_a_day_is_run_once(stage, diary):
    stage.orders(order("100012345", "24.98"))
    switch_on(stage.merchant, levels=levels(1), on_working_days=False)
    diary.until(date(2026, 11, 17))
    stage.later(hours=3)
    diary.morning()

    assert Notice.objects.count() == Message.objects.count() == 1
    assert DunningRun.objects.count() == 1


def test_a_cancelled_order_that_somebody_reopened_is_not_cancelled_again(stage, diary):
    stage.orders(order("100012345", "24.98"))
    switch_on(stage.merchant)
    diary.until(date(2026, 12, 8))
    item = stage.item("100012345")
    reopen_item(stage.merchant, item.pk, by=BY, at=stage.now)

    diary.until(date(2026, 12, 24))

    assert stage.item("100012345").state == ItemState.OPEN


@pytest.mark.parametrize(
    ("wanted", "sentence"),
    [
        (PolicyWanted("invoice", levels(3), BaseDay.DUE, Ending.CANCEL, 5), "Only prepaid"),
        (PolicyWanted("invoice", levels(0), BaseDay.DUE, Ending.OVERDUE, 5), "interval"),
        (PolicyWanted("invoice", levels(1, 2, 3, 4, 5, 6), BaseDay.DUE, Ending.OVERDUE, 5), "five"),
        (PolicyWanted("invoice", levels(3), BaseDay.DUE, Ending.OVERDUE, 5, shop_id=4711), "shop"),
    ],
)
def test_what_no_run_could_follow_is_refused(stage, wanted, sentence):
    with pytest.raises(Refused, match=sentence):
        save_policy(stage.merchant, wanted, by=BY, at=stage.now)


def test_a_merchant_cannot_touch_the_orders_of_another(stage):
    stage.orders(order("100012345", "24.98"))
    other = Merchant.objects.create(name="Fischhaus", slug="fisch")

    with pytest.raises(Refused, match="does not exist"):
        pause(other, stage.item("100012345").pk, Pause.OTHER, None, by=BY, at=stage.now)


class Killed(BaseException):
    """The process is gone."""


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_run_that_is_killed_at_any_commit_asks_nobody_twice_and_forgets_nobody(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    monkeypatch.setattr("zahlmeister.dunning.forecast.BATCH", 3)
    monkeypatch.setattr(flow, "BATCH", 3)
    stage.orders(*(order(f"1000123{n:02d}", "24.98", f"Name{n} Weber") for n in range(8)))
    switch_on(stage.merchant, levels=levels(1), on_working_days=False)
    stage.now = datetime(2026, 11, 18, 9, 0, tzinfo=UTC)

    deaths = 0
    for nth in range(1, 6):
        with monkeypatch.context() as patch:
            dying(patch, nth, moment)
            try:
                flow.run_next(clock=stage.clock)
            except Killed:
                deaths += 1
        stage.later(seconds=int(LEASE.total_seconds()) + 1)
    while flow.run_next(clock=stage.clock):
        pass

    assert deaths >= 2
    assert Notice.objects.count() == Message.objects.count() == 8
    run = DunningRun.objects.get()
    assert (run.state, run.reminded) == ("done", 8)


def dying(patch: pytest.MonkeyPatch, nth: int, moment: str) -> None:
    """Die at the n-th commit: before it happens, or right after it did."""
    leave, count = transaction.Atomic.__exit__, iter(range(1, 100))

    def exit_or_die(atomic, kind, value, trace):  # type: ignore[no-untyped-def]
        if not atomic.durable or next(count) != nth:
            return leave(atomic, kind, value, trace)
        if moment == "before":
            leave(atomic, Killed, Killed(), None)
        else:
            leave(atomic, kind, value, trace)
        raise Killed

    patch.setattr(transaction.Atomic, "__exit__", exit_or_die)


def invoice(number: str, amount: str, **more: object) -> OrderRow:
    given = {"payment_kind": "invoice", "due_on": date(2026, 11, 30), "country": "DE", **more}
    return order(number, amount, **given)  # type: ignore[arg-type]


def test_interest_is_asked_for_from_the_day_after_the_first_notice(stage, diary):
    stage.orders(invoice("100012345", "1000.00"))
    switch_on(
        stage.merchant, "invoice", levels=levels(1, 30, 30), on_working_days=False, with_interest=True,
        with_flat_sum=True,
    )  # fmt: skip
    diary.until(date(2027, 1, 31))

    first, second, third = Notice.objects.order_by("level")
    assert (first.on, first.interest_minor) == (date(2026, 12, 1), 0)  # it is what puts the buyer in default
    assert second.facts["default_since"] == "2026-12-02"
    assert second.interest_minor == 518  # 1000 · 6.52 % · 29 of 365 days
    assert third.interest_minor == 1054  # 59 days, no new base rate known
    assert {notice.flat_minor for notice in (first, second, third)} == {0}  # Anna is no company


def test_interest_counts_what_was_open_on_each_day(stage, diary):
    stage.orders(invoice("100012345", "1000.00"))
    switch_on(stage.merchant, "invoice", levels=levels(1, 30), on_working_days=False, with_interest=True)
    diary.until(date(2026, 12, 12))
    stage.pays(Paid(60_000, "Bestellung 100012345", on=date(2026, 12, 12)))
    [payment] = stage.payments()
    if payment.open_minor:
        assign(stage.merchant, payment.pk, [(stage.item("100012345").pk, 60_000)], by=BY, at=stage.now, source="form")
    diary.until(date(2027, 1, 1))

    notice = Notice.objects.get(level=2)
    assert [(one["days"], one["principal"]) for one in notice.facts["slices"]] == [(10, 100_000), (19, 40_000)]
    assert notice.interest_minor == 314  # 1000 · 6.52 % · 10/365 + 400 · 6.52 % · 19/365


def test_a_company_in_default_is_asked_for_more_and_for_the_flat_sum(stage, diary):
    stage.orders(invoice("100012345", "1000.00", company="Weber GmbH"))
    switch_on(
        stage.merchant, "invoice", levels=levels(1, 30), on_working_days=False, with_interest=True, with_flat_sum=True
    )
    diary.until(date(2027, 1, 1))

    notice = Notice.objects.get(level=2)
    assert (notice.interest_minor, notice.flat_minor) == (836, 4_000)  # 10.52 %
    assert notice.facts["basis"] == "§ 288 (2) BGB"


def test_prepayment_is_never_asked_for_interest(stage, diary):
    stage.orders(order("100012345", "1000.00", country="DE"))
    switch_on(stage.merchant, levels=levels(1, 30), on_working_days=False)
    diary.until(date(2026, 12, 31))

    assert {notice.interest_minor for notice in Notice.objects.all()} == {0}


def test_an_order_taken_over_goes_on_at_its_level_and_counts_from_the_day_it_came(stage, diary):
    stage.orders(order("100012345", "24.98", ordered_on=date(2026, 10, 1), dunning_level=1))
    switch_on(stage.merchant)

    assert diary.until(date(2026, 11, 30)) == [(date(2026, 11, 23), "100012345", 2)]
    stage.orders(order("100012345", "24.98", ordered_on=date(2026, 10, 1), dunning_level=1))  # the same report again
    assert DunningCase.objects.get().level == 2
