"""The tests every shop connector passes, whatever it speaks: derive a class from `ShopContract` and give it a `peer`.

    class TestMyShop(ShopContract):
        @pytest.fixture
        def peer(self) -> Iterator[Peer]:
            stand_in = MyStandIn()
            yield stand_in
            stand_in.close()

The peer is a stand-in that speaks the shop's side over real HTTP. Between it and the connector lies a line that fails
on demand (`faults.Line`), so that every shop is tried under the same faults. Orders are numbered by digits only, as
some shops know no other numbers.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any, Protocol, TypeVar

import pytest

from tests.connectors.shops.faults import Fault, Line, self_signed
from zahlmeister.connectors import web
from zahlmeister.connectors.shops.contract import (
    SENT_BACK,
    Heard,
    NotesRefunds,
    Reading,
    SentBack,
    ShopOrder,
    ShopPort,
    Telling,
    Verdict,
)
from zahlmeister.connectors.shops.systems import SYSTEMS
from zahlmeister.money.amount import Amount
from zahlmeister.refusals import Unreachable

Found = TypeVar("Found")
PAID, CANCELLED = Verdict.PAID, Verdict.CANCELLED

#: What keeps a whole answer from arriving; the answer may still be read where that is certain.
FAULTS = [
    Fault.SILENCE,
    Fault.ERROR,
    Fault.HTML_AROUND,
    Fault.HTML_INSTEAD,
    Fault.HALF,
    Fault.HALF_QUIETLY,
]


class Peer(Protocol):
    """A stand-in shop, and what the tests need to know of it."""

    system: str  # its row in SYSTEMS
    address: str  # where it listens
    wanted: Reading  # with at least two payment methods for prepayment, unless the shop keeps its own mapping
    statuses: dict[Verdict, str]  # what the merchant mapped; empty texts where the shop decides itself
    has_credits: bool
    is_cancelled_revivable: bool  # whether PAID is taken after CANCELLED
    takes_cancelled: bool  # whether CANCELLED can be written at all

    def access(self, address: str) -> tuple[dict[str, Any], dict[str, str]]:
        """Settings and secret as the merchant types them in, with this address."""

    def place(self, number: str, amount: Amount, *, method: int = 0, name: str = "Anna Arendt") -> None:
        """Somebody orders and will pay in advance, by the first or second of the mapped methods; the order is open."""

    def change_amount(self, number: str, amount: Amount) -> None:
        """Somebody in the shop changes what is to be paid."""

    def change_by_hand(self, number: str) -> None:
        """Somebody in the shop gives the order a status that is none of the mapped ones."""

    def outcome(self, number: str) -> Verdict | None:
        """What the shop believes about the money of an order."""

    def effects(self, number: str) -> int:
        """How often an outcome was written to an order."""

    def credit(self, number: str, amount: Amount) -> str:
        """The shop wants money of this order to be sent back; gives the key."""

    def credit_answer(self, key: str) -> str:
        """What was answered to a credit; empty when nothing was."""

    def restart(self) -> None:
        """The shop's machine starts anew at the same address; what it knows stays."""

    def close(self) -> None:
        """Stop."""


class ShopContract:
    """Reading, telling, and every way the line may fail."""

    @pytest.fixture(autouse=True)
    def _quick(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("ZAHLMEISTER_PRIVATE", "1")
        monkeypatch.setattr(web, "TO_ANSWER", 1.0)

    @pytest.fixture
    def line(self, peer: Peer) -> Iterator[Line]:
        line = Line(peer.address)
        yield line
        line.close()

    @pytest.fixture
    def shop(self, peer: Peer, line: Line) -> Iterator[ShopPort]:
        with opened(peer, line.address) as shop:
            yield shop

    # --- reading

    def test_says_who_it_is(self, shop: ShopPort):
        assert shop.about().system

    def test_an_empty_shop_has_nothing_open(self, shop: ShopPort, peer: Peer):
        assert list(shop.open_keys(peer.wanted)) == []
        assert list(shop.orders([])) == []

    def test_open_orders_come_in(self, shop: ShopPort, peer: Peer):
        peer.place("1001", Amount(4990, "EUR"), name="Jürgen Weiß")
        peer.place("1002", Amount(1, "EUR"))

        orders = read(shop, peer)

        assert {order.number: order.amount for order in orders.values()} == {
            "1001": Amount(4990, "EUR"),
            "1002": Amount(1, "EUR"),
        }
        first = orders["1001"]
        assert (first.billing.first_name, first.billing.last_name) == ("Jürgen", "Weiß")
        assert first.ordered_on is not None
        assert "@" in first.email

    def test_every_payment_method_of_a_kind_is_read(self, shop: ShopPort, peer: Peer):
        peer.place("1001", Amount(4990, "EUR"), method=0)
        peer.place("1002", Amount(2000, "EUR"), method=1)

        assert set(read(shop, peer)) == {"1001", "1002"}

    def test_a_change_is_seen(self, shop: ShopPort, peer: Peer):
        peer.place("1001", Amount(4990, "EUR"))
        read(shop, peer)
        peer.change_amount("1001", Amount(5990, "EUR"))

        assert read(shop, peer)["1001"].amount == Amount(5990, "EUR")

    def test_many_orders_are_read_to_the_last(self, shop: ShopPort, peer: Peer):
        numbers = {str(number) for number in range(1000, 1260)}
        for number in sorted(numbers):
            peer.place(number, Amount(1000, "EUR"))

        assert set(read(shop, peer)) == numbers

    def test_one_order_is_found_by_its_number(self, shop: ShopPort, peer: Peer):
        peer.place("1001", Amount(4990, "EUR"))
        peer.place("10011", Amount(77, "EUR"))

        found = shop.find("1001")

        assert found is not None
        assert (found.number, found.amount) == ("1001", Amount(4990, "EUR"))
        assert shop.find("4711") is None

    def test_an_order_that_is_not_there_is_left_out(self, shop: ShopPort, peer: Peer):
        peer.place("1001", Amount(4990, "EUR"))
        [key] = shop.open_keys(peer.wanted)

        assert [order.number for order in shop.orders([key, "987654"])] == ["1001"]

    def test_what_a_person_changed_is_no_longer_open(self, shop: ShopPort, peer: Peer):
        peer.place("1001", Amount(4990, "EUR"))
        peer.change_by_hand("1001")

        assert list(shop.open_keys(peer.wanted)) == []

    # --- telling

    @pytest.mark.parametrize("verdict", list(Verdict))
    def test_told_once_and_told_twice_it_is_written_once(self, shop: ShopPort, peer: Peer, verdict: Verdict):
        peer.place("1001", Amount(4990, "EUR"))
        telling = told(peer, read(shop, peer)["1001"], verdict)

        first, second = shop.tell([telling]), shop.tell([telling])

        is_taken = verdict is PAID or peer.takes_cancelled
        assert first[0].heard is (Heard.WRITTEN if is_taken else Heard.LEFT)
        assert second[0].heard in {Heard.ALREADY, Heard.LEFT}
        assert (peer.outcome("1001"), peer.effects("1001")) == ((verdict, 1) if is_taken else (None, 0))

    def test_what_is_told_is_no_longer_open(self, shop: ShopPort, peer: Peer):
        peer.place("1001", Amount(4990, "EUR"))
        peer.place("1002", Amount(4990, "EUR"))
        shop.tell([told(peer, read(shop, peer)["1001"], PAID)])

        assert set(read(shop, peer)) == {"1002"}

    def test_several_are_told_at_once(self, shop: ShopPort, peer: Peer):
        for number in ("1001", "1002", "1003"):
            peer.place(number, Amount(4990, "EUR"))
        orders = read(shop, peer)
        tellings = [
            told(peer, orders["1003"], PAID),
            told(peer, orders["1001"], CANCELLED),
            told(peer, orders["1002"], PAID),
        ]

        heard = Heard.WRITTEN if peer.takes_cancelled else Heard.LEFT
        assert [answer.heard for answer in shop.tell(tellings)] == [Heard.WRITTEN, heard, Heard.WRITTEN]
        cancelled = CANCELLED if peer.takes_cancelled else None
        assert [peer.outcome(number) for number in ("1001", "1002", "1003")] == [cancelled, PAID, PAID]

    def test_late_money_revives_a_cancelled_order_where_the_shop_can(self, shop: ShopPort, peer: Peer):
        peer.place("1001", Amount(4990, "EUR"))
        order = read(shop, peer)["1001"]
        shop.tell([told(peer, order, CANCELLED)])
        late = told(peer, order, PAID, seen=peer.statuses[CANCELLED])

        [answer] = shop.tell([late])

        expected = (Heard.WRITTEN, PAID) if peer.is_cancelled_revivable else (Heard.LEFT, CANCELLED)
        assert (answer.heard, peer.outcome("1001")) == expected

    def test_what_a_person_changed_is_left_alone(self, shop: ShopPort, peer: Peer):
        peer.place("1001", Amount(4990, "EUR"))
        order = read(shop, peer)["1001"]
        peer.change_by_hand("1001")

        [answer] = shop.tell([told(peer, order, PAID)])

        assert answer.heard is Heard.LEFT
        assert (peer.outcome("1001"), peer.effects("1001")) == (None, 0)

    def test_cancelled_is_not_written_where_no_status_is_chosen_for_it(self, shop: ShopPort, peer: Peer):
        if not peer.statuses[CANCELLED]:
            return
        peer.place("1001", Amount(4990, "EUR"))
        telling = replace(told(peer, read(shop, peer)["1001"], CANCELLED), status="")

        [answer] = shop.tell([telling])

        assert answer.heard is Heard.LEFT
        assert (peer.outcome("1001"), peer.effects("1001")) == (None, 0)

    def test_an_unknown_order_spoils_nothing(self, shop: ShopPort, peer: Peer):
        peer.place("1001", Amount(4990, "EUR"))
        order = read(shop, peer)["1001"]
        nobody = Telling(key="987654", number="9999", verdict=PAID, callback="zm-9", status=peer.statuses[PAID])

        answers = shop.tell([nobody, told(peer, order, PAID)])

        assert answers[0].heard in {Heard.UNKNOWN, Heard.LEFT}
        assert answers[1].heard is Heard.WRITTEN

    # --- what went back

    def test_what_went_back_is_noted_once_and_the_status_stays(self, shop: ShopPort, peer: Peer):
        if not isinstance(shop, NotesRefunds):
            return
        peer.place("1001", Amount(4990, "EUR"))
        order = read(shop, peer)["1001"]
        shop.tell([told(peer, order, PAID)])
        back = SentBack(order.key, "ZMR00000001", Amount(990, "EUR"), date(2026, 11, 20))

        heard = [shop.note_refund(back).heard for _ in range(2)]
        heard += [shop.note_refund(replace(back, reference="ZMR00000002")).heard]
        heard += [shop.note_refund(replace(back, has_left=False)).heard for _ in range(2)]

        assert heard == [Heard.WRITTEN, Heard.ALREADY, Heard.WRITTEN, Heard.WRITTEN, Heard.ALREADY]
        assert (peer.outcome("1001"), peer.effects("1001")) == (PAID, 1)
        assert shop.note_refund(replace(back, key="987654")).heard is Heard.UNKNOWN
        assert list(shop.credits()) == []

    # --- credits

    def test_credits_are_read_and_answered(self, shop: ShopPort, peer: Peer):
        if not peer.has_credits:
            assert list(shop.credits()) == []
            return
        peer.place("1001", Amount(4990, "EUR"))
        shop.tell([told(peer, read(shop, peer)["1001"], PAID)])
        key = peer.credit("1001", Amount(990, "EUR"))

        [credit] = shop.credits()
        assert (credit.key, credit.order_number) == (key, "1001")
        assert credit.amount in {None, Amount(990, "EUR")}

        assert shop.answer_credit(key, SENT_BACK, "zm-r-1").heard is Heard.WRITTEN
        assert SENT_BACK in peer.credit_answer(key).upper()
        assert list(shop.credits()) == []

    def test_two_credits_of_one_order_are_two(self, shop: ShopPort, peer: Peer):
        if not peer.has_credits:
            return
        peer.place("1001", Amount(4990, "EUR"))
        shop.tell([told(peer, read(shop, peer)["1001"], PAID)])
        keys = {peer.credit("1001", Amount(990, "EUR")), peer.credit("1001", Amount(500, "EUR"))}

        found = list(shop.credits())

        assert {credit.key for credit in found} == keys
        assert {credit.order_number for credit in found} == {"1001"}
        assert all(credit.on and len(credit.key) <= 64 for credit in found)

    def test_a_credit_that_is_answered_twice_is_answered_once(self, shop: ShopPort, peer: Peer):
        if not peer.has_credits:
            return
        peer.place("1001", Amount(4990, "EUR"))
        shop.tell([told(peer, read(shop, peer)["1001"], PAID)])
        key = peer.credit("1001", Amount(990, "EUR"))

        heard = [shop.answer_credit(key, SENT_BACK, "zm-r-1").heard for _ in range(2)]

        assert heard == [Heard.WRITTEN, Heard.ALREADY]
        assert peer.credit_answer(key).upper().count(SENT_BACK) == 1

    def test_a_credit_that_the_shop_does_not_know_is_not_answered(self, shop: ShopPort, peer: Peer):
        del peer
        assert shop.answer_credit("987654", SENT_BACK, "zm-r-1").heard is not Heard.WRITTEN

    @pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
    def test_credits_are_whole_or_refused(self, shop: ShopPort, peer: Peer, line: Line, fault: Fault):
        if not peer.has_credits:
            return
        peer.place("1001", Amount(4990, "EUR"))
        shop.tell([told(peer, read(shop, peer)["1001"], PAID)])
        for minor in (990, 500):
            peer.credit("1001", Amount(minor, "EUR"))
        line.always = fault

        found = answered(lambda: list(shop.credits()))

        assert found is None or len(found) == 2

    # --- when the line fails

    @pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
    def test_an_open_list_is_whole_or_refused(self, shop: ShopPort, peer: Peer, line: Line, fault: Fault):
        for number in ("1001", "1002", "1003"):
            peer.place(number, Amount(4990, "EUR"))
        assert len(shop.open_keys(peer.wanted)) == 3
        line.always = fault
        found = answered(lambda: shop.open_keys(peer.wanted))
        assert found is None or len(found) == 3

        line.always = None
        assert len(read(shop, peer)) == 3

    @pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
    def test_orders_are_whole_or_refused(self, shop: ShopPort, peer: Peer, line: Line, fault: Fault):
        for number in ("1001", "1002", "1003"):
            peer.place(number, Amount(4990, "EUR"))
        keys = shop.open_keys(peer.wanted)
        line.always = fault
        found = answered(lambda: list(shop.orders(keys)))

        if found is not None:
            amounts = {order.number: order.amount.minor for order in found}
            assert amounts == dict.fromkeys(("1001", "1002", "1003"), 4990)

    @pytest.mark.parametrize("fault", [*FAULTS, Fault.LOST_ANSWER, Fault.ERROR_AFTER], ids=lambda fault: fault.name)
    def test_a_telling_that_failed_may_be_told_again(self, shop: ShopPort, peer: Peer, line: Line, fault: Fault):
        peer.place("1001", Amount(4990, "EUR"))
        telling = told(peer, read(shop, peer)["1001"], PAID)
        line.always = fault
        answered(lambda: shop.tell([telling]))
        line.always = None

        [answer] = shop.tell([telling])

        assert answer.heard in {Heard.WRITTEN, Heard.ALREADY, Heard.LEFT}
        assert (peer.outcome("1001"), peer.effects("1001")) == (PAID, 1)

    @pytest.mark.parametrize("answered", range(6))
    def test_a_telling_that_broke_off_in_the_middle_may_be_told_again(
        self, shop: ShopPort, peer: Peer, line: Line, answered: int
    ):
        """So many questions go well, and the next one is done and not answered."""
        peer.place("1001", Amount(4990, "EUR"))
        telling = told(peer, read(shop, peer)["1001"], PAID)
        line.faults.extend([*[None] * answered, Fault.ERROR_AFTER])
        with suppress(Unreachable):
            shop.tell([telling])
        line.faults.clear()

        [answer] = shop.tell([telling])

        assert answer.heard in {Heard.WRITTEN, Heard.ALREADY, Heard.LEFT}
        assert (peer.outcome("1001"), peer.effects("1001")) == (PAID, 1)

    def test_a_shop_that_wants_to_be_asked_later_is_asked_later(self, shop: ShopPort, peer: Peer, line: Line):
        peer.place("1001", Amount(4990, "EUR"))
        line.faults.append(Fault.TOO_MANY)

        assert set(read(shop, peer)) == {"1001"}

    def test_a_shop_that_wants_to_be_left_alone_says_for_how_long(self, shop: ShopPort, peer: Peer, line: Line):
        line.always, line.retry_after = Fault.TOO_MANY, "600"

        with pytest.raises(Unreachable) as stop:
            shop.open_keys(peer.wanted)

        assert stop.value.after == 600

    def test_a_shop_that_started_anew_goes_on(self, shop: ShopPort, peer: Peer):
        peer.place("1001", Amount(4990, "EUR"))
        telling = told(peer, read(shop, peer)["1001"], PAID)
        shop.tell([telling])
        peer.restart()

        [answer] = shop.tell([telling])

        assert answer.heard in {Heard.ALREADY, Heard.LEFT}
        assert peer.effects("1001") == 1

    def test_a_certificate_nobody_vouches_for_is_refused(self, peer: Peer, tmp_path: Path):
        line = Line(peer.address, certificate=self_signed(tmp_path))
        try:
            with pytest.raises(Unreachable, match="certificate"), opened(peer, line.address) as shop:
                shop.open_keys(peer.wanted)
        finally:
            line.close()


@contextmanager
def opened(peer: Peer, address: str) -> Iterator[ShopPort]:
    """The shop behind an address, introduced and open."""
    system = SYSTEMS[peer.system]
    introduced = system.introduce(*peer.access(address))
    with system.open(introduced.settings, introduced.secret) as shop:
        yield shop


def answered(ask: Callable[[], Found]) -> Found | None:
    """What the shop answered, or None when it could not, which is then said in a sentence."""
    try:
        return ask()
    except Unreachable as stop:
        sentence = str(stop)
    assert sentence.strip().endswith(".")
    return None


def read(shop: ShopPort, peer: Peer) -> dict[str, ShopOrder]:
    """What is open now, by number."""
    return {order.number: order for order in shop.orders(shop.open_keys(peer.wanted))}


def told(peer: Peer, order: ShopOrder, verdict: Verdict, *, seen: str | None = None) -> Telling:
    """What we say about an order; `seen` is the status we know."""
    return Telling(
        key=order.key,
        number=order.number,
        verdict=verdict,
        callback=f"zm-{order.number}-{verdict.lower()}",
        status=peer.statuses[verdict],
        seen_status=order.status if seen is None else seen,
        amount=order.amount if verdict is PAID else None,
    )
