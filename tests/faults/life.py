"""One run: load, faults at random moments, then the verdict from both sides."""

import random
import threading
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from tests.connectors.mail_server import Post, mail_server
from tests.faults.alarms import METRICS_KEY, OF_WORKERS, SILENT, Watch, watch
from tests.faults.far_side import Program, program
from tests.faults.harm import FAULTS, Scene, counted, harm
from tests.faults.house import MOST_SILENT_SECONDS, House, house
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
    alarms: Mapping[str, int]  # how often each began to sound
    dead_offices_heard: int
    offices_killed_unanswered: int
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
    over: threading.Event | None = None,
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
        over: whoever sets it wants no more faults, and the verdict on those that were.
    """
    over = over or threading.Event()
    with ExitStack() as all_of_it:
        enter = all_of_it.enter_context
        heard, post = enter(program(seed)), enter(mail_server())
        place = PLACES[on](home, enter)
        lines = {
            "program": enter(line(("127.0.0.1", heard.port), host=place.host)),
            "post": enter(line(("127.0.0.1", post.port), host="0.0.0.0")),
            "office": enter(line(*place.offices.values())),
            **place.lines,
        }
        if place.hosts is not None:
            place.hosts.hand_on_mails(lines["post"].at[1])
        mails = f"smtp+plain://127.0.0.1:{lines['post'].at[1]}"
        told = {"mails": mails, "database": place.database, "notes": home, "metrics": METRICS_KEY}
        there = enter(house(home / "disk" / "house", place.crew, offices=tuple(place.offices), **told))
        key = there.set_up(f"http://{place.host}:{lines['program'].at[1]}/paid")
        for name in place.crew:
            there.start(name)
        ears = enter(watch(there, place.offices))
        load = Load(f"http://127.0.0.1:{lines['office'].at[1]}", key, random.Random(seed + 1), over=over)
        pushing = threading.Thread(target=load.run, args=(least,))
        pushing.start()
        roll = random.Random(seed)
        scene = Scene(there, lines, ears, place.server, place.disk, place.hosts, roll, say, over)
        done = harm(scene, faults, kinds)
        load.stop.set()
        while pushing.is_alive():
            there.supervise()
            pushing.join(timeout=1)
        say(f"{len(load.orders)} orders are acknowledged, {len(heard.keys)} calls heard; nothing fails any more")
        there.finish()
        wrong = [*scene.wrong, *load.wrong, *_unheard(there, ears, next(iter(place.offices)))]
        say(f"Heard: {counted(ears.began)}")
        return _verdict(there, load, heard, post, done=done, ears=ears, before=wrong)


def _unheard(there: House, ears: Watch, office: str) -> list[str]:
    """What was not heard, and what sounds on although nothing fails any more and nothing waits."""
    there.start(office)
    left = ears.quiet(office, {SILENT, *OF_WORKERS.values()}, patience=MOST_SILENT_SECONDS)
    there.stop()
    missed = f"{ears.deaths_missed} times nobody heard that an office was dead"
    return [*([missed] if ears.deaths_missed else []), *(f"{alarm} sounds on in the end" for alarm in sorted(left))]


def _verdict(
    there: House, load: Load, heard: Program, post: Post, *, done: Counter[str], ears: Watch, before: list[str]
) -> Life:
    held = there.summary()
    wrong = before + [
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
        alarms=dict(ears.began),
        dead_offices_heard=ears.deaths_heard,
        offices_killed_unanswered=there.killed_unanswered,
        wrong=tuple(wrong),
    )
