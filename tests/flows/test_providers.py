"""Anna pays at a provider: the money is in the books once, whatever the calls do. The far side is a stand-in.

Every story is told with PayPal, Stripe and Mollie, and ends with our books and the provider's agreeing to the cent.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from tests.dying import Killed, dying
from tests.stage import Paid, Stage, order

from zahlmeister.connectors.providers import mollie as mollie_connector
from zahlmeister.connectors.providers import paypal as paypal_connector
from zahlmeister.connectors.providers.contract import Found, Method
from zahlmeister.flows import hear_provider
from zahlmeister.flows.assign_payment import ignore
from zahlmeister.flows.connect_provider import ProviderWanted, save_provider
from zahlmeister.flows.hear_provider import look_next, look_soon
from zahlmeister.flows.mark_paid import unmark_paid
from zahlmeister.flows.pay_by_provider import Wish, start
from zahlmeister.flows.refund_by_provider import Wanted, refund, send_next
from zahlmeister.flows.take_provider_payout import give_back_payout, read_next, take_next, take_payout
from zahlmeister.intents.connections import keep_keys, webhook_url
from zahlmeister.intents.models import PaymentIntent, ProviderConnection, ProviderEvent, ProviderPayout, ProviderRefund
from zahlmeister.intents.rules import LAST_LATE_LOOK
from zahlmeister.intents.states import GoesBack, IntentState, Purpose
from zahlmeister.ledger.queries import balance
from zahlmeister.ledger.rules import Book
from zahlmeister.merchants.models import Membership, Person, Role
from zahlmeister.merchants.states import Verification
from zahlmeister.money.amount import Amount
from zahlmeister.receivables.states import ItemState, PaymentState
from zahlmeister.refunds.models import Refund
from zahlmeister.refunds.states import RefundState
from zahlmeister.refusals import Refused, Unreachable
from zahlmeister.sandbox.providers import mollie, paypal, stripe
from zahlmeister.sandbox.providers.till import CHARGEBACK_FEE, Sent, Till

pytestmark = pytest.mark.django_db(transaction=True)
BY = "brigitte@wollstube.example"
BACK = "https://shop.example/back?payment={intent}"
#: Of 89.90, by the stand-ins' tariff.
FEE = 151
SYSTEMS: dict[str, tuple[type[Till], Method, dict[str, str]]] = {
    "stripe": (
        stripe.StripeStandIn,
        Method.CARD,
        {"api_key": stripe.API_KEY, "webhook_secret": stripe.SIGNING_SECRET},
    ),
    "mollie": (
        mollie.MollieStandIn,
        Method.INSTANT,
        {"api_key": mollie.API_KEY, "access_token": mollie.ACCESS_TOKEN},
    ),
    "paypal": (
        paypal.PayPalStandIn,
        Method.PAYPAL,
        {"client_id": paypal.CLIENT_ID, "client_secret": paypal.CLIENT_SECRET, "webhook_id": paypal.WEBHOOK_ID},
    ),
}


class Paying:
    """A merchant with a provider, and buyers who pay there."""

    def __init__(self, stage: Stage, system: str) -> None:
        kind, self.method, keys = SYSTEMS[system]
        self.stage, self.merchant, self.system = stage, stage.merchant, system
        self.till = kind(stage.clock)
        stage.merchant.verification = Verification.VERIFIED
        stage.merchant.save()
        self.connection = ProviderConnection(
            merchant=stage.merchant,
            system=system,
            name=system.title(),
            address=self.till.address,
            methods=[self.method.value],
            payouts_at=stage.now,
            payouts_since=stage.now.date(),
            created_at=stage.now,
        )
        keep_keys(self.connection, keys)
        self.connection.save()
        self.till.webhook_url = webhook_url(self.connection)
        self._client = Client()

    def wants(self, minor: int, *numbers: str) -> PaymentIntent:
        shares, left = [], minor
        for number in numbers:
            item = self.stage.item(number)
            shares.append((item.pk, min(item.total_minor, left)))
            left -= shares[-1][1]
        wish = Wish(Purpose.ITEMS, Amount(minor, "EUR"), self.method, "Bestellung 12345", BACK, shares)
        return start(self.merchant, wish, at=self.stage.now)

    def pays(self, minor: int, *numbers: str) -> PaymentIntent:
        intent = self.wants(minor, *numbers)
        self.till.approve(intent.provider_id)
        self.calls()
        self.work()
        intent.refresh_from_db()
        return intent

    def calls(self, *, times: int = 1, backwards: bool = False) -> set[int]:
        """The calls that are due are made; with what answers."""
        return set(self.till.deliver(self.send, times=times, backwards=backwards))

    def send(self, sent: Sent) -> int:
        headers = {f"HTTP_{name.upper().replace('-', '_')}": text for name, text in sent.headers.items()}
        kind = headers.pop("HTTP_CONTENT_TYPE")
        with time_machine.travel(self.stage.now, tick=False):
            answer = self._client.post(sent.url, sent.body, content_type=kind, **headers)
        return answer.status_code

    def work(self) -> None:
        turns = (look_next, send_next, read_next, take_next)
        while any(turn(clock=self.stage.clock) is not None for turn in turns):
            pass

    def later(self, **time: int) -> None:
        self.stage.later(**time)
        self.work()

    def back(self, minor: int, key: str = "1", number: str = "100012345") -> ProviderRefund:
        wanted = Wanted(self.stage.item(number).pk, Amount(minor, "EUR"), key)
        return refund(self.merchant, self.intent().pk, wanted, by=BY, at=self.stage.now)

    def book(self, book: Book = Book.PROVIDERS) -> int:
        about = self.connection.pk if book == Book.PROVIDERS else 0
        return balance(self.merchant.pk, book, "EUR", about=about).minor

    def intent(self) -> PaymentIntent:
        return PaymentIntent.objects.filter(merchant=self.merchant).earliest("id")

    def state(self, number: str = "100012345") -> str:
        return self.stage.item(number).state

    def fee(self) -> int:
        """What is known of the fee of 89.90: Mollie tells it with the payout only."""
        return 0 if self.system == "mollie" else FEE

    def check(self) -> None:
        assert self.stage.books() == []
        assert self.book() == self.till.owes
        assert self.book(Book.PAID_ELSEWHERE) == 0


@contextmanager
def paying_at(stage: Stage, system: str) -> Iterator[Paying]:
    stage.orders(order("100012345", "89.90"), order("100012346", "20.00"))
    paying = Paying(stage, system)
    yield paying
    paying.till.close()


@pytest.fixture(params=list(SYSTEMS))
def paying(request: pytest.FixtureRequest, stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Iterator[Paying]:
    monkeypatch.setenv("ZAHLMEISTER_PRIVATE", "1")
    with paying_at(stage, request.param) as paying:
        yield paying
        paying.check()


# ---- a payment ----------------------------------------------------------------------------------------------------


def test_a_payment_settles_the_order_once_however_often_and_in_whatever_order_it_is_told(paying: Paying):
    intent = paying.wants(8990, "100012345")
    assert intent.state == IntentState.AWAITING
    assert intent.redirect_url == paying.till.page(paying.till.sale(intent.provider_id))
    paying.till.approve(intent.provider_id)
    assert paying.state() == ItemState.OPEN  # nobody has told us, and coming back proves nothing

    assert paying.calls(times=3, backwards=True) == {200}
    paying.work()
    assert paying.state() == ItemState.PAID
    assert paying.intent().state == IntentState.SUCCEEDED
    assert (paying.book(), paying.book(Book.PROVIDER_FEES)) == (8990 - paying.fee(), paying.fee())
    assert {event.times for event in ProviderEvent.objects.all()} <= {1, 3}

    paying.calls(times=2)  # PayPal tells again that the approved order was taken
    paying.later(days=2)
    assert paying.book() == 8990 - paying.fee()
    with pytest.raises(Refused, match="not marked"):
        unmark_paid(paying.merchant, paying.stage.item("100012345").pk, by=BY, at=paying.stage.now)


def test_a_payment_that_nobody_tells_of_is_found_and_one_that_nobody_makes_expires(paying: Paying):
    intent, other = paying.wants(8990, "100012345"), paying.wants(2000, "100012346")
    paying.till.approve(intent.provider_id)
    paying.till.due.clear()  # the tab is closed, and the call never comes
    for _ in range(6):
        paying.later(minutes=5)
    assert (paying.state(), paying.state("100012346")) == (ItemState.PAID, ItemState.OPEN)
    for _ in range(4):
        paying.later(minutes=30)
    other.refresh_from_db()
    assert other.state == IntentState.EXPIRED
    paying.till.approve(other.provider_id)  # the page is left open in a tab
    paying.calls()
    paying.work()
    assert paying.state("100012346") == ItemState.OPEN


def test_a_call_that_comes_while_the_payment_is_looked_at_makes_us_look_again(
    paying: Paying, monkeypatch: pytest.MonkeyPatch
):
    intent = paying.wants(8990, "100012345")
    keep = hear_provider.apply

    def slowly(intent: PaymentIntent, found: Found, **more: Any) -> None:
        paying.till.approve(intent.provider_id)  # after the provider was asked
        paying.calls()
        keep(intent, found, **more)

    look_soon(intent, at=paying.stage.now)
    with monkeypatch.context() as patched:
        patched.setattr(hear_provider, "apply", slowly)
        look_next(clock=paying.stage.clock)
    paying.work()  # in the same minute
    assert paying.state() == ItemState.PAID


def test_what_expired_here_but_not_at_the_provider_is_looked_at_for_some_days(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("ZAHLMEISTER_PRIVATE", "1")
    monkeypatch.setattr(mollie_connector.Mollie, "cancel", lambda *_: None)
    with paying_at(stage, "mollie") as paying:
        intent, other = paying.wants(8990, "100012345"), paying.wants(2000, "100012346")
        for sale in paying.till.sales.values():
            sale.expires_at += timedelta(days=30)
        paying.later(hours=2)
        assert paying.intent().state == IntentState.EXPIRED
        paying.till.approve(intent.provider_id)
        paying.till.due.clear()  # the call never comes
        paying.later(hours=1)
        assert (paying.state(), paying.intent().state) == (ItemState.PAID, IntentState.SUCCEEDED)

        paying.later(days=LAST_LATE_LOOK.days + 1)
        other.refresh_from_db()
        assert (other.state, other.look_at) == (IntentState.EXPIRED, None)
        paying.check()


def test_coming_back_without_having_paid_changes_nothing(paying: Paying):
    intent = paying.wants(8990, "100012345")
    paying.till.decline(intent.provider_id)
    paying.till.give_up(intent.provider_id)
    look_soon(intent, at=paying.stage.now)
    paying.calls()
    paying.work()
    assert paying.state() == ItemState.OPEN
    assert paying.intent().state in {IntentState.AWAITING, IntentState.FAILED}


def test_two_tabs_are_one_payment_and_what_is_paid_twice_is_the_buyers(paying: Paying):
    first, second = paying.wants(8990, "100012345"), paying.wants(8990, "100012345")
    assert first.pk == second.pk
    third = paying.wants(5000, "100012345")
    for intent in (first, third):
        paying.till.approve(intent.provider_id)
    paying.calls()
    paying.work()
    assert paying.stage.item("100012345").surplus_minor == 5000
    assert paying.wants(1000, "100012345").pk not in {first.pk, third.pk}


def test_one_payment_pays_several_orders_and_the_rest_stays_open(paying: Paying):
    paying.pays(10000, "100012345", "100012346")
    assert (paying.state(), paying.state("100012346")) == (ItemState.PAID, ItemState.PART_PAID)
    assert paying.stage.item("100012346").open_minor == 990


def test_an_answer_that_is_lost_makes_no_second_payment(paying: Paying):
    paying.till.lost = 1 if paying.system != "paypal" else 0
    paying.till.broken = 1
    for _ in range(2 if paying.till.lost else 1):
        with pytest.raises(Unreachable):
            paying.wants(8990, "100012345")
    paying.pays(8990, "100012345")
    assert len(paying.till.sales) == 1
    assert PaymentIntent.objects.count() == 1
    assert paying.state() == ItemState.PAID


def test_who_is_not_the_provider_is_not_heard(paying: Paying):
    intent = paying.wants(8990, "100012345")
    sale = paying.till.sale(intent.provider_id)
    for forged in FORGED[paying.system](paying, sale):
        assert paying.send(forged) == 400
    assert not ProviderEvent.objects.exists()
    paying.work()
    assert paying.state() == ItemState.OPEN


def _not_stripe(paying: Paying, sale: object) -> list[Sent]:
    till = paying.till
    assert isinstance(till, stripe.StripeStandIn)
    true = till.signed("checkout.session.completed", {"id": "cs_1"})
    paying.stage.later(minutes=-6)
    late = till.signed("checkout.session.completed", {"id": "cs_1"})
    paying.stage.later(minutes=6)
    return [
        till.signed("checkout.session.completed", {"id": "cs_1"}, secret="whsec_other"),
        Sent(true.url, true.headers, true.body.replace(b"cs_1", b"cs_2")),
        Sent(true.url, {"Content-Type": "application/json"}, true.body),
        late,
    ]


def _not_mollie(paying: Paying, sale: object) -> list[Sent]:
    return [mollie.called(paying.till.webhook_url, "../settlements"), mollie.called(paying.till.webhook_url, "")]


def _not_paypal(paying: Paying, sale: object) -> list[Sent]:
    till = paying.till
    assert isinstance(till, paypal.PayPalStandIn)
    true = till.signed("PAYMENT.CAPTURE.COMPLETED", {"id": "X"})
    elsewhere = [f"{paying.till.address}.evil.example/certs/standin.pem", "https://paypal.com.evil.example/c.pem"]
    return [
        till.signed("PAYMENT.CAPTURE.COMPLETED", {"id": "X"}, webhook_id="other"),
        Sent(true.url, true.headers, true.body.replace(b'"X"', b'"Y"')),
        Sent(true.url, {**true.headers, "Paypal-Transmission-Time": "2026-11-20T00:00:00Z"}, true.body),
        *[Sent(true.url, {**true.headers, "Paypal-Cert-Url": url}, true.body) for url in elsewhere],
    ]


FORGED: dict[str, Callable[[Paying, object], list[Sent]]] = {
    "stripe": _not_stripe,
    "mollie": _not_mollie,
    "paypal": _not_paypal,
}


# ---- money that goes back -----------------------------------------------------------------------------------------


def test_a_refund_leaves_once_by_the_way_it_was_paid(paying: Paying):
    paying.pays(8990, "100012345")
    assert paying.back(3000).pk == paying.back(3000).pk  # asked for twice
    assert paying.book(Book.REFUNDS) == -3000
    paying.till.lost = 2 if paying.system != "paypal" else 0
    paying.work()
    paying.till.lost = 0
    paying.till._keys.clear()  # providers keep keys for a few hours only
    for _ in range(3):
        paying.later(hours=3)
    assert [back.minor for back in paying.till.sale(paying.intent().provider_id).backs] == [3000]
    assert Refund.objects.get().state == RefundState.PAID
    assert (paying.intent().state, paying.book(Book.REFUNDS)) == (IntentState.PARTIALLY_REFUNDED, 0)
    paying.calls(times=2)
    paying.work()

    with pytest.raises(Refused, match=r"at most 59\.90 EUR"):
        paying.back(6000, "2")
    paying.back(5990, "2")
    paying.work()
    assert paying.intent().state == IntentState.REFUNDED


def test_a_refund_made_at_the_provider_is_found_and_one_that_fails_is_owed_still(paying: Paying):
    intent = paying.pays(8990, "100012345")
    sale = paying.till.sale(intent.provider_id)
    paying.till.refund(sale, 4000, "")
    paying.calls(backwards=True)
    paying.work()
    found = Refund.objects.get()
    assert (found.state, found.amount_minor, found.by_provider) == (RefundState.PAID, 4000, paying.connection.name)

    paying.till.refund_fails(intent.provider_id)
    paying.calls()
    paying.work()
    found.refresh_from_db()
    assert (found.state, paying.book(Book.REFUNDS)) == (RefundState.ACCOUNT_MISSING, -4000)
    assert paying.intent().state == IntentState.SUCCEEDED


def test_what_the_provider_declines_is_owed_all_the_same(paying: Paying):
    intent = paying.pays(8990, "100012345")
    paying.back(8000)
    paying.till.refund(paying.till.sale(intent.provider_id), 8000, "")  # at the same moment, at the provider itself
    paying.work()
    assert ProviderRefund.objects.get(key__startswith=intent.reference).state == GoesBack.FAILED
    assert sorted(Refund.objects.values_list("state", "amount_minor")) == [
        (RefundState.ACCOUNT_MISSING, 8000),
        (RefundState.PAID, 8000),
    ]


def test_a_chargeback_opens_the_order_again_and_a_dispute_that_is_won_closes_it(paying: Paying):
    intent = paying.pays(8990, "100012345")
    paying.till.charge_back(intent.provider_id)
    paying.calls(times=2, backwards=True)
    paying.work()
    assert (paying.state(), paying.intent().state) == (ItemState.OPEN, IntentState.CHARGED_BACK)
    known = 0 if paying.system == "mollie" else FEE + CHARGEBACK_FEE
    assert paying.book() == -known

    paying.stage.later(days=3)
    paying.till.win(intent.provider_id)
    paying.till.due.clear()  # the call never comes
    paying.later(days=1)
    assert (paying.state(), paying.intent().state) == (ItemState.PAID, IntentState.SUCCEEDED)


def test_what_is_charged_back_does_not_go_back_as_well(paying: Paying):
    intent = paying.pays(8990, "100012345")
    back = paying.back(3000)
    paying.till.charge_back(intent.provider_id)
    paying.till.due.clear()  # only the turn that would send it hears of it
    paying.work()
    back.refresh_from_db()
    stopped = Refund.objects.get()
    assert (back.state, paying.till.sale(intent.provider_id).backs) == (GoesBack.FAILED, [])
    assert (stopped.state, stopped.reason, stopped.by_provider) == (RefundState.STOPPED, "payment_gone", "")


def test_what_the_provider_declines_because_of_a_chargeback_does_not_leave_as_a_transfer(
    paying: Paying, monkeypatch: pytest.MonkeyPatch
):
    intent = paying.pays(8990, "100012345")
    paying.back(3000)
    send = paying.till.refund

    def too_late(*given: Any) -> object:
        paying.till.charge_back(intent.provider_id)  # after we have looked
        return send(*given)

    monkeypatch.setattr(paying.till, "refund", too_late)
    paying.work()
    assert Refund.objects.get().state == RefundState.STOPPED


def test_what_left_beside_a_chargeback_is_in_the_books(paying: Paying):
    intent = paying.pays(8990, "100012345")
    known, late = paying.back(3000, "1"), paying.back(1000, "2")
    sale = paying.till.sale(intent.provider_id)
    paying.till.refund(sale, 3000, known.key)  # it has left, and the answer was lost
    paying.till.charge_back(intent.provider_id, 2000)
    paying.work()
    known.refresh_from_db()
    late.refresh_from_db()
    assert (known.state, late.state) == (GoesBack.DONE, GoesBack.FAILED)
    assert set(Refund.objects.values_list("state", "amount_minor")) == {
        (RefundState.PAID, 3000),
        (RefundState.STOPPED, 1000),
    }
    with pytest.raises(Refused, match=r"Of this payment at most 0\.00 EUR"):
        paying.back(500, "3")
    paying.till.refund(sale, 1000, late.key)  # it was on its way when we gave it up
    paying.calls()
    paying.work()
    assert Refund.objects.filter(state=RefundState.PAID, amount_minor=1000).count() == 1


def test_a_part_that_is_charged_back_opens_the_last_order(paying: Paying):
    intent = paying.pays(10990, "100012345", "100012346")
    paying.till.charge_back(intent.provider_id, 1500)
    paying.calls()
    paying.work()
    assert paying.state() == ItemState.PAID
    assert paying.stage.item("100012346").open_minor == 1500


# ---- payouts ------------------------------------------------------------------------------------------------------


def test_a_payout_meets_its_payment_and_the_providers_book_is_empty(paying: Paying):
    paying.pays(8990, "100012345")
    paid = paying.till.pay_out()
    paying.later(hours=7)
    payout = ProviderPayout.objects.get()
    assert (payout.amount_minor, payout.payment) == (8990 - FEE, None)

    text = f"{paid.statement} Auszahlung"
    paying.stage.pays(Paid(paid.minor, text, "Mollie PayPal Stripe", on=paying.stage.now.date()))
    paying.later(hours=1)
    payout.refresh_from_db()
    assert payout.payment is not None
    assert payout.payment.state == PaymentState.PAYOUT
    assert (paying.book(), paying.book(Book.PROVIDER_FEES)) == (0, FEE)
    take_payout(paying.merchant, payout.pk, payout.payment_id, by=BY, at=paying.stage.now)  # twice is once
    give_back_payout(paying.merchant, payout.pk, by=BY, at=paying.stage.now)
    assert paying.book() == paid.minor
    paying.later(hours=1)
    assert paying.book() == paid.minor  # the person's word stands
    take_payout(paying.merchant, payout.pk, payout.payment_id, by=BY, at=paying.stage.now)
    assert paying.book() == 0


def test_a_payout_that_was_given_back_meets_the_next_payment_that_names_it(paying: Paying):
    paying.pays(8990, "100012345")
    paid = paying.till.pay_out()
    paying.later(hours=7)
    met = []
    for word in ("Auszahlung", "Auszahlung erneut"):
        text = f"{paid.statement} {word}"
        paying.stage.pays(Paid(paid.minor, text, "Mollie PayPal Stripe", on=paying.stage.now.date()))
        paying.later(hours=1)
        payout = ProviderPayout.objects.get()
        met.append(payout.payment_id)
        give_back_payout(paying.merchant, payout.pk, by=BY, at=paying.stage.now)
        paying.later(hours=1)
    assert met == [each.pk for each in paying.stage.payments()]
    take_payout(paying.merchant, payout.pk, met[1], by=BY, at=paying.stage.now)


def test_what_a_person_has_ignored_is_no_payout_unless_a_person_says_so(paying: Paying):
    paying.pays(8990, "100012345")
    paid = paying.till.pay_out()
    text = f"{paid.statement} Auszahlung"
    paying.stage.pays(Paid(paid.minor, text, "Haus und Hof", on=paying.stage.now.date()))
    payment = paying.stage.payments()[-1]
    ignore(paying.merchant, payment.pk, by=BY, at=paying.stage.now)
    paying.later(hours=7)
    paying.later(hours=1)
    payout = ProviderPayout.objects.get()
    assert payout.payment is None
    take_payout(paying.merchant, payout.pk, payment.pk, by=BY, at=paying.stage.now)
    assert paying.book() == 0


def test_a_payout_without_its_number_is_known_by_name_and_amount_only_near_its_day(paying: Paying):
    paying.pays(8990, "100012345")
    paid = paying.till.pay_out()
    paying.later(hours=7)
    name = paying.till.title
    paying.stage.pays(Paid(paid.minor, "Umsatz", name, on=paying.stage.now.date() - timedelta(days=20)))
    paying.later(hours=1)
    assert ProviderPayout.objects.get().payment is None
    paying.stage.pays(Paid(paid.minor, "Umsatz", name, on=paying.stage.now.date()))
    paying.later(hours=1)
    assert ProviderPayout.objects.get().payment is not None


# ---- a worker that dies -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("system", ["mollie", "paypal"])
def test_a_worker_that_dies_at_any_commit_moves_nothing_twice(
    system: str, moment: str, stage: Stage, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("ZAHLMEISTER_PRIVATE", "1")
    with paying_at(stage, system) as paying:
        intent = paying.wants(8990, "100012345")
        paying.till.approve(intent.provider_id)
        for at in range(1, 4):
            with dying(monkeypatch, at=at, moment=moment):
                _until_dead(paying)
            paying.stage.later(minutes=6)
        paying.work()
        paying.back(3000)
        for at in range(1, 4):
            with dying(monkeypatch, at=at, moment=moment):
                _until_dead(paying)
            paying.stage.later(minutes=6)
        paying.work()
        assert (paying.state(), Refund.objects.get().state) == (ItemState.PAID, RefundState.PAID)
        assert paying.till.sale(intent.provider_id).refunded == 3000
        paying.check()


def _until_dead(paying: Paying) -> None:
    try:
        paying.calls(times=2)
        paying.work()
    except Killed:
        pass


# ---- who may connect one ------------------------------------------------------------------------------------------


def test_only_an_owner_connects_a_provider_or_changes_its_keys(stage: Stage):
    person = Person.objects.create_user("bea@wollstube.example", "langes-kennwort-1", name="Bea Buch")
    member = Membership.objects.create(merchant=stage.merchant, person=person, role=Role.ACCOUNTANT)
    wanted = ProviderWanted("Mollie", [Method.CARD], {"api_key": mollie.API_KEY, "access_token": mollie.ACCESS_TOKEN})
    with pytest.raises(Refused, match="Only an owner"):
        save_provider(stage.merchant, "mollie", wanted, by=person, at=stage.now)
    member.role = Role.OWNER
    member.save()
    kept = save_provider(stage.merchant, "mollie", wanted, by=person, at=stage.now)
    member.role = Role.ACCOUNTANT
    member.save()
    with pytest.raises(Refused, match="Only an owner"):
        save_provider(stage.merchant, kept.pk, wanted, by=person, at=stage.now)


# ---- what only one of them does -----------------------------------------------------------------------------------


def test_paypals_certificate_is_taken_from_paypal_only():
    provider = paypal_connector.PayPal(None, "https://api-m.paypal.com", {})  # type: ignore[arg-type]
    taken = ["https://api.paypal.com/v1/notifications/certs/CERT-1", "https://api.sandbox.paypal.com/c"]
    others = [
        "http://api.paypal.com/c",
        "https://api.paypal.com.evil.example/c",
        "https://evilpaypal.com/c",
        "https://paypal.com@evil.example/c",
        "file:///etc/passwd",
        "",
    ]
    assert [provider._is_paypals(url) for url in taken] == [True, True]
    assert [provider._is_paypals(url) for url in others] == [False] * len(others)


def test_paypal_is_asked_without_disputes_and_payouts_where_the_app_may_not_see_them(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("ZAHLMEISTER_PRIVATE", "1")
    with paying_at(stage, "paypal") as paying:
        assert isinstance(paying.till, paypal.PayPalStandIn)
        paying.till.sees_disputes = paying.till.sees_payouts = False
        paying.pays(8990, "100012345")
        paying.till.pay_out()
        paying.later(days=1)
        assert paying.state() == ItemState.PAID
        assert not ProviderPayout.objects.exists()
