"""Brigitte's open orders as the matcher sees them: the known five among two thousand others."""

from dataclasses import replace
from datetime import date
from functools import cache
from random import Random
from zlib import crc32

from benchmarks.matching.orders import world

from zahlmeister.matching.engine import Matcher
from zahlmeister.matching.facts import Item, Payment, Policy, Proposal
from zahlmeister.matching.population import Population
from zahlmeister.matching.store import MemoryStore

TODAY = date(2026, 11, 20)


def item(number: str, minor: int, name: str | None = None, **more) -> Item:
    facts = {"id": crc32(number.encode()) + 10**6, "total_minor": minor, "open_minor": minor, "currency": "EUR"}
    return Item(number=number, name=name, **{"opened_on": date(2026, 11, 16), **facts, **more})


def payment(minor: int, payer: str | None, remittance: str | None = None, **more) -> Payment:
    return Payment(minor, "EUR", payer=payer, remittance=remittance, **{"booked_on": TODAY, **more})


@cache
def others() -> tuple[Item, ...]:
    """Two thousand orders of other people, with a counter that is dense around 100500000."""
    crowd = [order.item for order in world(Random(77), 2_000).open]
    return tuple(replace(one, number=str(100_500_000 + 2 * i), invoice_numbers=()) for i, one in enumerate(crowd))


@cache
def population_of_others() -> Population:
    return Population.of(others())


def matcher(*items: Item, policy: Policy | None = None) -> Matcher:
    store = MemoryStore([*others(), *items])
    return Matcher(store, policy or Policy(), store.population())


def propose(payments: Payment | list[Payment], *items: Item, policy: Policy | None = None) -> list[Proposal]:
    asked = payments if isinstance(payments, list) else [payments]
    return matcher(*items, policy=policy).propose(asked)


def propose_one(asked: Payment, *items: Item, policy: Policy | None = None) -> Proposal:
    return propose([asked], *items, policy=policy)[0]


def orders_of(proposal: Proposal) -> list[str]:
    """The order numbers of the best answer."""
    return [share.item.number for share in proposal.candidates[0].shares] if proposal.candidates else []


def kinds_of(proposal: Proposal) -> list[str]:
    return [clue.kind for clue in proposal.candidates[0].clues]
