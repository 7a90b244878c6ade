"""Anna pays at a provider: the money is in the books once, whatever the calls do. The far side is a stand-in."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import time_machine
from django.test import Client
from tests.stage import Stage, order

from zahlmeister.connectors.providers.contract import Method
from zahlmeister.flows.hear_provider import look_next
from zahlmeister.flows.pay_by_provider import Wish, start
from zahlmeister.intents.connections import keep_keys
from zahlmeister.intents.models import PaymentIntent, ProviderConnection
from zahlmeister.intents.states import IntentState, Purpose
from zahlmeister.ledger.queries import balance
from zahlmeister.ledger.rules import Book
from zahlmeister.money.amount import Amount
from zahlmeister.receivables.states import ItemState
from zahlmeister.sandbox.providers.stripe import API_KEY, SIGNING_SECRET, StripeStandIn
from zahlmeister.sandbox.providers.till import Sent, Till

pytestmark = pytest.mark.django_db(transaction=True)
BACK = "https://shop.example/back?payment={intent}"
KEYS = {"stripe": {"api_key": API_KEY, "webhook_secret": SIGNING_SECRET}}


class Paying:
    """A merchant with a provider, and buyers who pay there."""

    def __init__(self, stage: Stage, till: Till, system: str, method: Method) -> None:
        self.stage, self.till, self.method = stage, till, method
        self.merchant = stage.merchant
        self.connection = ProviderConnection(
            merchant=stage.merchant,
            system=system,
            name=system.title(),
            address=till.address,
            methods=[method.value],
            payouts_at=stage.now,
            payouts_since=stage.now.date(),
            created_at=stage.now,
        )
        keep_keys(self.connection, KEYS[system])
        self.connection.save()
        till.webhook_url = f"/api/providers/{self.connection.pk}"
        self._client = Client()

    def wants(self, minor: int, *numbers: str, text: str = "Bestellung") -> PaymentIntent:
        items = [self.stage.item(number) for number in numbers]
        shares = [(item.pk, item.open_minor) for item in items]
        while sum(share for _, share in shares) > minor:
            shares[-1] = (shares[-1][0], minor - sum(share for _, share in shares[:-1]))
        wish = Wish(Purpose.ITEMS, Amount(minor, "EUR"), self.method, text, BACK, shares)
        return start(self.merchant, wish, at=self.stage.now)

    def calls(self, **how: object) -> list[int]:
        return self.till.deliver(self.send, **how)

    def send(self, sent: Sent) -> int:
        headers = {f"HTTP_{name.upper().replace('-', '_')}": text for name, text in sent.headers.items()}
        kind = headers.pop("HTTP_CONTENT_TYPE")
        with time_machine.travel(self.stage.now, tick=False):
            answer = self._client.post(sent.url, sent.body, content_type=kind, **headers)
        return answer.status_code

    def work(self) -> None:
        while look_next(clock=self.stage.clock) is not None:
            pass

    def later(self, **time: int) -> None:
        self.stage.later(**time)
        self.work()

    def book(self, book: Book = Book.PROVIDERS) -> int:
        about = self.connection.pk if book == Book.PROVIDERS else 0
        return balance(self.merchant.pk, book, "EUR", about=about).minor

    def intent(self) -> PaymentIntent:
        return PaymentIntent.objects.get(merchant=self.merchant)

    def check(self) -> None:
        """Our books, the provider's and each other agree to the cent."""
        assert self.stage.books() == []
        assert self.book() == self.till.owes
        assert self.book(Book.PAID_ELSEWHERE) == 0


@contextmanager
def paying_at(stage: Stage, system: str) -> Iterator[Paying]:
    till, method = {"stripe": (StripeStandIn, Method.CARD)}[system]
    far_side = till(stage.clock)
    stage.orders(order("100012345", "89.90"), order("100012346", "20.00"))
    yield Paying(stage, far_side, system, method)
    far_side.close()


@pytest.fixture(params=["stripe"])
def paying(request: pytest.FixtureRequest, stage: Stage, monkeypatch: pytest.MonkeyPatch) -> Iterator[Paying]:
    monkeypatch.setenv("ZAHLMEISTER_PRIVATE", "1")
    with paying_at(stage, request.param) as paying:
        yield paying
        paying.check()


def test_a_payment_settles_the_order_and_is_in_the_books(paying: Paying):
    intent = paying.wants(8990, "100012345")
    assert intent.state == IntentState.AWAITING
    assert intent.redirect_url.startswith(paying.till.address)
    paying.till.approve(intent.provider_id)
    assert paying.stage.item("100012345").state == ItemState.OPEN

    assert paying.calls() == [200]
    paying.work()
    assert paying.intent().state == IntentState.SUCCEEDED
    assert paying.stage.item("100012345").state == ItemState.PAID
    assert paying.book() == 8990 - paying.intent().fee_minor
    assert paying.book(Book.PROVIDER_FEES) == paying.intent().fee_minor == 151
    paying.later(days=2)
    assert paying.book() == 8990 - 151
