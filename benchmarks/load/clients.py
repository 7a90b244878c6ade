"""Clerks and shops as real HTTP clients: clerks read a page and think, shops push orders at a fixed rate.

A shop does not wait for the house: orders leave when their time has come, and what they wait for counts from then on,
so that a house that stands still for a second is not praised for the orders it kept waiting (coordinated omission).
"""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

import httpx

PATIENCE = 30.0
#: A page that came whole ends so.
_END = b"</html>"


@dataclass(frozen=True, slots=True)
class Load:
    """What the clients do. `bases` are the offices' addresses; `day` is on the orders."""

    bases: Sequence[str]
    clerks: Sequence[str]  # session cookies
    pages: Sequence[str]
    keys: Sequence[str]  # of shops
    orders_a_second: float
    think: float  # seconds between a clerk's pages, in the mean
    day: str
    lot: int = 1  # orders in a call
    seed: int = 1


@dataclass(slots=True)
class Told:
    """What came of it: milliseconds and answers by kind of client, and the numbers of orders that were acknowledged."""

    milliseconds: dict[str, list[float]] = field(default_factory=lambda: {"pages": [], "orders": []})
    answers: Counter[str] = field(default_factory=Counter)
    orders: list[str] = field(default_factory=list)
    seconds: float = 0

    def note(self, kind: str, began: float, answer: str) -> None:
        self.milliseconds[kind].append((time.perf_counter() - began) * 1000)
        self.answers[f"{kind}: {answer}"] += 1


def play(load: Load, name: str, is_over: Callable[[], bool], *, is_house: bool = True) -> Told:
    """Let clerks and shops work until it is over. The numbers of orders begin with `name`."""
    return asyncio.run(_play(load, name, is_over, is_house=is_house))


async def _play(load: Load, name: str, is_over: Callable[[], bool], *, is_house: bool) -> Told:
    told, stop, began = Told(), asyncio.Event(), time.perf_counter()
    dice = random.Random(load.seed)
    work: list[Awaitable[None]] = [
        _clerk(load, number, told, stop, random.Random(dice.random()), is_house=is_house)
        for number in range(len(load.clerks))
    ]
    work += [_shop(load, number, name, told, stop) for number in range(len(load.keys))]
    tasks = [asyncio.ensure_future(one) for one in work]
    while not await asyncio.to_thread(is_over):
        await _wait(stop, 0.25)
    stop.set()
    await asyncio.gather(*tasks)
    told.seconds = time.perf_counter() - began
    return told


async def _clerk(
    load: Load, number: int, told: Told, stop: asyncio.Event, dice: random.Random, *, is_house: bool
) -> None:
    base = load.bases[number % len(load.bases)]
    cookies = {"sessionid": load.clerks[number]}
    async with httpx.AsyncClient(base_url=base, cookies=cookies, timeout=PATIENCE, trust_env=False) as http:
        await _wait(stop, dice.uniform(0, load.think))
        while not stop.is_set():
            began = time.perf_counter()
            try:
                answer = await http.get(dice.choice(load.pages))
            except httpx.HTTPError as error:
                told.note("pages", began, type(error).__name__)
            else:
                is_whole = not is_house or answer.status_code != 200 or _END in answer.content[-200:]
                told.note("pages", began, str(answer.status_code) if is_whole else "cut off")
            await _wait(stop, dice.expovariate(1 / load.think))


async def _shop(load: Load, number: int, name: str, told: Told, stop: asyncio.Event) -> None:
    """Each shop calls from an address of its own, as shops do."""
    base, each = load.bases[number % len(load.bases)], load.lot * len(load.keys) / load.orders_a_second
    transport = httpx.AsyncHTTPTransport(local_address=f"127.0.1.{number % 250 + 1}")
    headers = {"Authorization": f"Bearer {load.keys[number]}"}
    sent: set[asyncio.Task[None]] = set()
    async with httpx.AsyncClient(base_url=base, transport=transport, headers=headers, timeout=PATIENCE) as http:
        due, count = time.perf_counter() + each * number / len(load.keys), 0
        while not stop.is_set():
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            task = asyncio.ensure_future(_push(http, f"{name}-{number}-{count}", load, told, due))
            sent.add(task)
            task.add_done_callback(sent.discard)
            due, count = due + each, count + 1
        await asyncio.gather(*sent)


async def _push(http: httpx.AsyncClient, name: str, load: Load, told: Told, due: float) -> None:
    """One order in a call of its own, or a lot of them in one call; each order counts from when the call was due."""
    numbers = [name] if load.lot == 1 else [f"{name}-{place}" for place in range(load.lot)]
    orders = [order(number, load.day) for number in numbers]
    path, content = ("/api/v1/orders", orders[0]) if load.lot == 1 else ("/api/v1/orders/batch", {"orders": orders})
    try:
        answer = await http.post(path, json=content, headers={"Idempotency-Key": name})
    except httpx.HTTPError as error:
        said, taken = type(error).__name__, []
    else:
        said = str(answer.status_code)
        taken = _taken(answer) if answer.status_code == 200 else []
    for _ in numbers:
        told.note("orders", due, said)
    told.orders += taken


def _taken(answer: httpx.Response) -> list[str]:
    """The numbers of the orders that are acknowledged: those with an id."""
    said = answer.json()
    return [order["number"] for order in said.get("orders", [said]) if order.get("id")]


def order(number: str, day: str) -> dict[str, object]:
    return {
        "number": number,
        "kind": "prepayment",
        "total": "49.90",
        "currency": "EUR",
        "ordered_on": day,
        "email": f"{number.lower()}@buyers.example",
        "billing": {"first_name": "Anna", "last_name": f"Weber{number}", "city": "Köln", "country": "DE"},
    }


async def _wait(stop: asyncio.Event, seconds: float) -> None:
    """Think, unless it is over."""
    try:
        await asyncio.wait_for(stop.wait(), seconds)
    except TimeoutError:
        return
