"""Stories of the outbox: a fishmonger's shop is told what was paid, whoever falls over in between."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from zahlmeister.flows.deliver_outbox import Deliverer, deliver_next, let_go, replay
from zahlmeister.history.models import Step
from zahlmeister.merchants.models import Merchant
from zahlmeister.outbox.deliver import LEASE, PATIENCE, claim, one_by_one, settle, while_somebody_answers
from zahlmeister.outbox.models import Message
from zahlmeister.outbox.states import Done, Later, MessageState, Never, Outcome
from zahlmeister.outbox.write import Said, drop, tell
from zahlmeister.refusals import Refused, Unreachable

pytestmark = pytest.mark.django_db(transaction=True)
START = datetime(2026, 11, 20, 8, 0, tzinfo=UTC)


@dataclass
class Shop:
    """The far side: it counts what it hears, and can be told how to answer."""

    heard: list[str] = field(default_factory=list)
    answers: list[Outcome | Exception] = field(default_factory=list)
    unspeakable: set[str] = field(default_factory=set)

    def deliver(self, messages: Sequence[Message]) -> Sequence[Outcome]:
        outcomes: list[Outcome] = []
        for message in messages:
            if message.key in self.unspeakable:
                raise KeyError(message.key)
            answer = self.answers.pop(0) if self.answers else Done()
            if isinstance(answer, Exception):
                raise answer
            self.heard.append(message.key)
            outcomes.append(answer)
        return outcomes


@dataclass
class World:
    """A merchant, a shop, and a clock."""

    merchant: Merchant
    now: datetime = START
    shop: Shop = field(default_factory=Shop)

    def tell(self, *said: Said) -> None:
        tell(self.merchant.pk, said, at=self.now)

    def deliver(self) -> list[Message] | None:
        deliverers: dict[str, Deliverer] = {"shop": self.shop.deliver}
        return deliver_next(clock=lambda: self.now, deliverers=deliverers)

    def later(self, **time: int) -> None:
        self.now += timedelta(**time)


@pytest.fixture
def world(merchant: Merchant) -> World:
    return World(merchant)


def paid(number: int, *, change: int = 1, group: str = "fish") -> Said:
    return Said("shop", f"order:{number}", f"order:{number}:{change}", {"verdict": "PAID"}, group)


def state_of(key: str) -> str:
    return Message.objects.get(key=key).state


def test_what_was_written_twice_is_told_once(world):
    world.tell(paid(1))
    world.tell(paid(1), paid(2))

    world.deliver()

    assert world.shop.heard == ["order:1:1", "order:2:1"]
    assert world.deliver() is None


def test_messages_of_one_subject_go_out_in_their_order_even_when_the_first_one_fails(world):
    world.tell(paid(1), paid(1, change=2), paid(2))
    world.shop.answers = [Later("The shop is busy.")]

    world.deliver()
    assert world.shop.heard == ["order:1:1", "order:2:1"]
    assert world.deliver() is None  # the second message about order 1 waits for the first

    world.later(minutes=2)
    world.deliver()
    world.deliver()
    assert world.shop.heard[2:] == ["order:1:1", "order:1:2"]


def test_a_message_for_next_week_waits_until_then(world):
    world.tell(Said("shop", "order:1", "order:1:1", due_at=START + timedelta(days=7)))

    assert world.deliver() is None
    world.later(days=7)
    world.deliver()

    assert world.shop.heard == ["order:1:1"]


def test_a_shop_that_is_away_costs_one_attempt_and_not_one_per_message(world):
    world.tell(*(paid(number) for number in range(120)), paid(500, group="wool"))
    world.shop.answers = [Unreachable("The fish shop does not answer.")]

    world.deliver()
    world.deliver()
    assert world.shop.heard == ["order:500:1"]  # the other shop is not kept waiting
    assert world.deliver() is None
    assert Message.objects.filter(error="The fish shop does not answer.").count() == 50

    world.later(minutes=1)
    while world.deliver():
        pass
    assert len(world.shop.heard) == 121


def test_a_message_that_nobody_knows_how_to_tell_keeps_back_none_of_the_others(world):
    world.tell(*(paid(number) for number in range(1, 4)))
    world.shop.unspeakable = {"order:2:1"}

    world.deliver()
    assert [state_of(f"order:{number}:1") for number in (1, 2, 3)] == ["delivered", "waiting", "delivered"]
    assert "KeyError" in Message.objects.get(key="order:2:1").error
    assert world.deliver() is None  # it waits like one that failed, and is tried again

    world.shop.unspeakable = set()
    world.later(minutes=2)
    world.deliver()
    assert state_of("order:2:1") == MessageState.DELIVERED


def test_a_message_that_is_never_told_waits_for_a_person_in_the_end(world):
    world.tell(paid(1))
    world.shop.unspeakable = {"order:1:1"}

    for _ in range(8 * 24):
        world.deliver()
        world.later(hours=1)
    assert state_of("order:1:1") == MessageState.STUCK


def test_a_worker_that_dies_while_telling_is_followed_by_another_when_its_claim_ends(world):
    world.tell(paid(1))
    assert claim(world.now, channels=["shop"])  # and dies

    assert world.deliver() is None
    world.later(seconds=int(LEASE.total_seconds()) + 1)
    world.deliver()

    assert world.shop.heard == ["order:1:1"]
    assert state_of("order:1:1") == MessageState.DELIVERED


def test_what_takes_too_long_waits_for_the_next_turn_so_that_nobody_else_tells_it_too(world):
    world.tell(*(paid(number) for number in range(1, 51)))
    seconds = 0
    told: list[str] = []

    def slowly(message: Message) -> Outcome:
        nonlocal seconds
        seconds += 60
        told.append(message.key)
        return Done()

    def deliver(messages: Sequence[Message]) -> Sequence[Outcome]:
        return one_by_one(messages, slowly, moment=lambda: seconds)

    deliver_next(clock=lambda: world.now, deliverers={"shop": deliver})
    assert seconds < LEASE.total_seconds()
    assert told == ["order:1:1", "order:2:1", "order:3:1"]

    while Message.objects.filter(state=MessageState.WAITING).exists():
        world.later(seconds=2)
        deliver_next(clock=lambda: world.now, deliverers={"shop": deliver})
    assert sorted(told) == sorted(f"order:{number}:1" for number in range(1, 51))


@pytest.mark.parametrize(
    ("broken", "told"),
    [
        ({2, 4, 8}, {1, 3, 5, 6, 7}),  # who has just answered is there: one call that breaks keeps none behind it
        ({1}, set()),  # nobody is there, and the rest is not tried
        ({4, 5}, {1, 2, 3}),
    ],
)
def test_a_line_that_breaks_now_and_then_keeps_back_only_what_it_broke(world, broken: set[int], told: set[int]):
    world.tell(*(paid(number) for number in range(1, 9)))
    tried: list[str] = []

    def tell(message: Message) -> Outcome:
        tried.append(message.key)
        if int(message.key.split(":")[1]) in broken:
            raise Unreachable("The program hung up.")
        return Done()

    def deliver(messages: Sequence[Message]) -> Sequence[Outcome]:
        return while_somebody_answers(messages, tell, after=timedelta(minutes=15))

    deliver_next(clock=lambda: world.now, deliverers={"shop": deliver})
    keys = {number: f"order:{number}:1" for number in range(1, 9)}
    assert {number for number, key in keys.items() if state_of(key) == MessageState.DELIVERED} == told
    assert set(tried) == {keys[number] for number in told | broken}
    left = Message.objects.filter(state=MessageState.WAITING)
    assert set(left.values_list("due_at", "error")) == {(world.now + timedelta(minutes=15), "The program hung up.")}


def test_a_worker_that_was_frozen_notes_nothing_over_the_one_that_followed(world):
    world.tell(paid(1))
    (frozen,) = claim(world.now, channels=["shop"])
    world.later(seconds=int(LEASE.total_seconds()) + 1)
    world.deliver()

    assert settle(frozen, Never("I was away."), at=world.now) is None
    assert state_of("order:1:1") == MessageState.DELIVERED


def test_nobody_else_speaks_to_a_shop_while_one_worker_does(world):
    world.tell(*(paid(number) for number in range(60)), paid(500, group="wool"))
    assert len(claim(world.now, channels=["shop"])) == 50

    assert [message.group for message in claim(world.now, channels=["shop"])] == ["wool"]
    assert claim(world.now, channels=["shop"]) == []


def test_after_a_week_a_person_has_to_look_and_can_have_it_tried_anew(world):
    world.tell(paid(1))
    for _ in range(60):
        world.shop.answers = [Later("The shop is busy.")]
        world.deliver()
        world.later(hours=6)
    assert world.now > START + PATIENCE
    message = Message.objects.get()
    assert (message.state, message.error) == (MessageState.STUCK, "The shop is busy.")
    assert Step.objects.get(subject="message", subject_id=message.pk).verb == "stuck"

    replay(world.merchant.pk, message.pk, by="brigitte", at=world.now)
    world.shop.answers = []
    world.deliver()

    assert state_of("order:1:1") == MessageState.DELIVERED


def test_what_is_out_of_date_cannot_be_tried_anew(world):
    world.tell(paid(1), paid(1, change=2))
    world.shop.answers = [Never("Order 1 is unknown.")]
    world.deliver()
    world.deliver()
    stuck = Message.objects.get(state=MessageState.STUCK)

    with pytest.raises(Refused, match="newer"):
        replay(world.merchant.pk, stuck.pk, by="brigitte", at=world.now)
    let_go(world.merchant.pk, stuck.pk, by="brigitte", at=world.now, why="corrected in the shop")

    assert state_of("order:1:1") == MessageState.DROPPED


def test_a_message_of_somebody_else_cannot_be_touched(world):
    world.tell(paid(1))
    world.shop.answers = [Never("Order 1 is unknown.")]
    world.deliver()
    other = Merchant.objects.create(name="Fischhaus", slug="fisch")

    with pytest.raises(Refused, match="no such message"):
        replay(other.pk, Message.objects.get().pk, by="brigitte", at=world.now)


def test_what_is_not_true_any_more_is_taken_back_unless_it_is_being_told(world):
    world.tell(paid(1), paid(2))
    claim(world.now, channels=["shop"], most=1)

    dropped = [
        drop(world.merchant.pk, channel="shop", subject=f"order:{number}", at=world.now, why="taken back")
        for number in (1, 2)
    ]

    assert dropped == [0, 1]
    assert state_of("order:2:1") == MessageState.DROPPED


def test_a_delivered_message_is_not_moved_again(world):
    world.tell(paid(1))
    world.deliver()

    with pytest.raises(Refused, match="cannot become"):
        replay(world.merchant.pk, Message.objects.get().pk, by="brigitte", at=world.now)
