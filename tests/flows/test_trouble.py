"""A row at which the work breaks off rests, and those behind it are worked on."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.flows.test_pay_out import Desk

from zahlmeister.flows.check_nightly import check_next, check_today
from zahlmeister.merchants.models import Merchant, Trouble
from zahlmeister.merchants.trouble import take_first
from zahlmeister.payouts.models import BooksCheck, PayoutPlan

pytestmark = pytest.mark.django_db(transaction=True)
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


class Broken(Exception):
    """What nobody had thought of."""


def test_one_that_fails_lets_the_next_one_go_and_comes_again_later() -> None:
    bad, good = (Merchant.objects.create(name=name, slug=name) for name in ("bad", "good"))
    done: list[str] = []

    def work(merchant: Merchant) -> None:
        if merchant == bad:
            raise Broken("why?")
        done.append(merchant.slug)

    def take(at: datetime) -> Merchant | None:
        rows = Merchant.objects.exclude(slug__in=done).order_by("pk")
        return take_first("test", rows, work, at=at)

    with pytest.raises(Broken):
        take(NOON)
    assert take(NOON) == good
    assert take(NOON) is None
    with pytest.raises(Broken):
        take(NOON + timedelta(minutes=1))
    assert take(NOON + timedelta(minutes=2)) is None  # it rests twice as long
    trouble = Trouble.objects.get()
    assert (trouble.row, trouble.failures, trouble.what) == (bad.pk, 2, "Broken: why?")
    bad, good = good, bad
    assert take(NOON + timedelta(hours=1)) == good
    assert not Trouble.objects.exists()


def test_a_plan_that_breaks_the_payouts_keeps_no_other_merchant_waiting(merchant: Merchant, tmp_path: Path) -> None:
    broken = Desk(merchant, tmp_path)
    sound = Desk(Merchant.objects.create(name="sound", slug="sound"), tmp_path)
    for desk in (broken, sound):
        desk.pays_to()
        desk.plan()
        desk.buyers_pay()
        desk.next_day()
    PayoutPlan.objects.filter(merchant=merchant).update(rhythm="hourly")  # written by some other version
    with pytest.raises(ValueError, match="hourly"):
        sound.works()
    sound.works()
    assert sound.payout().amount_minor == 12990


def test_a_merchant_whose_books_cannot_be_checked_is_passed_by(merchant: Merchant, tmp_path: Path) -> None:
    first = Desk(merchant, tmp_path)
    second = Desk(Merchant.objects.create(name="second", slug="second"), tmp_path)
    Trouble.objects.create(
        merchant=merchant, turn="check", row=merchant.pk, look_at=first.stage.now + timedelta(hours=1)
    )
    assert check_next(clock=second.stage.clock) == second.merchant
    assert check_next(clock=second.stage.clock) is None
    check_today(merchant, at=first.stage.now)
    assert BooksCheck.objects.count() == 2
