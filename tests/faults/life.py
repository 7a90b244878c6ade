"""One run: load, faults at random moments, then the verdict from both sides."""

import random
import threading
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.connectors.mail_server import Post, mail_server
from tests.faults.far_side import Program, program
from tests.faults.harm import FAULTS, Scene, harm
from tests.faults.house import house
from tests.faults.line import line
from tests.faults.load import AT_ONCE, Load
from tests.faults.places import PLACES


@dataclass(frozen=True, slots=True)
class Life:
    """What happened, and everything that is wrong with it."""

    faults: Mapping[str, int]
    orders: int
    payments: int
    asked: int
    handed_in_again: int
    handed_in_late: int
    calls: int
    calls_again: int
    mails: int
    mails_again: int
    wrong: tuple[str, ...]


def live(
    home: Path,
    *,
    faults: int,
    seed: int,
    on: str = "sqlite",
    kinds: Collection[str] = FAULTS,
    least: int = 3,
    say: Callable[[str], None] = str,
) -> Life:
    """Play so many faults.

    Args:
        home: an empty folder.
        faults: how many; between two of them passes up to a second.
        seed: of every chance in it.
        on: where it plays, see `PLACES`.
        kinds: of faults, see `harm.FAULTS`; those that cannot be done here are left out.
        least: so many lots of orders at least.
        say: is told what happens.
    """
    with ExitStack() as all_of_it:
        enter = all_of_it.enter_context
        heard, post = enter(program(seed)), enter(mail_server())
        place = PLACES[on](home, enter)
        lines = {
            "program": enter(line(("127.0.0.1", heard.port), host=place.host)),
            "post": enter(line(("127.0.0.1", post.port), host="0.0.0.0")),
            "office": enter(line(*place.offices)),
            **place.lines,
        }
        if place.hosts is not None:
            place.hosts.hand_on_mails(lines["post"].at[1])
        mails = f"smtp+plain://127.0.0.1:{lines['post'].at[1]}"
        there = enter(house(home / "disk" / "house", place.crew, mails=mails, database=place.database, notes=home))
        key = there.set_up(f"http://{place.host}:{lines['program'].at[1]}/paid")
        for name in place.crew:
            there.start(name)
        load = Load(f"http://127.0.0.1:{lines['office'].at[1]}", key, random.Random(seed + 1))
        pushing = threading.Thread(target=load.run, args=(least,))
        pushing.start()
        done = harm(Scene(there, lines, place.server, place.disk, place.hosts, random.Random(seed), say), faults, kinds)
        load.stop.set()
        while pushing.is_alive():
            there.supervise()
            pushing.join(timeout=1)
        say(f"{len(load.orders)} orders are acknowledged; nothing fails any more")
        if load.trouble:
            raise load.trouble[0]
        there.finish()
        return _verdict(there.summary(), load, heard, post, done)


def _verdict(held: dict[str, Any], load: Load, heard: Program, post: Post, done: Counter[str]) -> Life:
    wrong = [
        f"{what}: {is_there!r}, expected {expected!r}"
        for what, is_there, expected in (
            ("orders that were acknowledged", held["orders"], sorted(load.orders)),
            ("statements", held["imports"], {"done": len(load.orders) // AT_ONCE + load.again}),
            ("lines of statements", held["lines"], load.lines),
            ("their sum", held["minor"], load.minor),
            ("what was assigned", held["allocated"], load.minor),
            ("orders that are paid", held["paid"], sorted(load.paid)),
            ("payments by state", held["payments"], ["assigned "]),
            ("findings in the books", held["findings"], []),
            (
                "messages that wait or are stuck",
                [each for each in held["messages"] if not each.endswith(("delivered", "dropped"))],
                [],
            ),
            ("calls that arrived", sorted(heard.keys), held["calls"]),
            (
                "what the program believes is paid",
                sorted(n for n, s in heard.last_status().items() if s == "PAID"),
                held["paid"],
            ),
            ("letters that arrived", sorted({mail_id.strip("<>") for mail_id in post.ids}), held["letters"]),
        )
        if is_there != expected
    ]
    again = len(post.ids) - len(set(post.ids))
    if again > sum(done.values()):
        wrong.append(f"{again} mails came twice by {sum(done.values())} faults")
    return Life(
        faults=dict(done),
        orders=len(load.orders),
        payments=load.lines,
        asked=load.asked,
        handed_in_again=load.again,
        handed_in_late=load.late,
        calls=len(heard.keys),
        calls_again=len(heard.calls) - len(heard.keys),
        mails=len(set(post.ids)),
        mails_again=again,
        wrong=tuple(wrong),
    )
