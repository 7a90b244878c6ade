"""What goes wrong: a table of faults, each done to a running house and over after a moment."""

import random
import time
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

from tests.faults.disk import Disk
from tests.faults.hosts import HOSTS, Hosts
from tests.faults.house import House
from tests.faults.line import Line
from tests.faults.server import Server

#: So long a process takes to begin, and to have something in hand.
GROWN_SECONDS = 3
#: A clock is wrong by at most so much.
MOST_WRONG = 3 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Scene:
    """A house, and whatever around it may fail."""

    house: House
    lines: Mapping[str, Line]
    server: Server | None = None
    disk: Disk | None = None
    hosts: Hosts | None = None
    roll: random.Random = field(default_factory=random.Random)
    say: Callable[[str], None] = str  # is told what happens

    def somebody(self) -> str:
        """One of the processes that have been at work for a while; one that only begins has nothing to lose."""
        while True:
            self.house.supervise()
            grown = [name for name, since in self.house.since.items() if time.monotonic() - since > GROWN_SECONDS]
            if grown:
                return self.roll.choice(sorted(grown))
            time.sleep(0.1)

    def a_line(self) -> Line:
        return self.lines[self.roll.choice(sorted(self.lines))]

    def a_moment(self, most: float = 1.5) -> None:
        time.sleep(self.roll.uniform(0.05, most))


def _kill(scene: Scene) -> None:
    scene.house.kill(scene.somebody())


def _freeze(scene: Scene) -> None:
    scene.house.freeze(scene.somebody(), scene.roll.uniform(0.05, 1.5))


def _tear(scene: Scene) -> None:
    """The network between two parts breaks, and each is told so."""
    line = scene.a_line()
    line.tear()
    scene.a_moment()
    line.mend()


def _silence(scene: Scene) -> None:
    """The network between two parts breaks, and nobody is told; in the end it may turn out to be torn."""
    line = scene.a_line()
    line.silence()
    scene.a_moment(3)
    if scene.roll.random() < 0.5:
        line.tear()
    line.mend()


def _crash(scene: Scene) -> None:
    """The database loses its power."""
    assert scene.server is not None
    scene.server.crash()
    scene.a_moment()
    scene.server.start()
    scene.server.wait()


def _fill(scene: Scene) -> None:
    """Nothing can be written any more; a database that stops for it is started again when there is room."""
    assert scene.disk is not None
    scene.disk.fill()
    scene.a_moment(3)
    scene.disk.clear()
    if scene.server is not None:
        scene.server.wait()


def _mistime(scene: Scene) -> None:
    """One process believes in another time, back or ahead; half of them are told the right one in the end."""
    name = scene.somebody()
    scene.house.set_clock(name, scene.roll.randint(-MOST_WRONG, MOST_WRONG))
    scene.a_moment(3)
    if scene.roll.random() < 0.5:
        scene.house.set_clock(name, 0)


def _pull(scene: Scene) -> None:
    """Somebody stumbles over the cable of a host."""
    assert scene.hosts is not None
    host = scene.roll.choice(sorted(HOSTS))
    scene.hosts.pull(host)
    scene.a_moment(5)
    scene.hosts.plug_in(host)


def _kill_pool(scene: Scene) -> None:
    assert scene.hosts is not None
    scene.hosts.kill_pool()
    scene.a_moment()
    scene.hosts.start_pool()


def _fail_over(scene: Scene) -> None:
    """The host with the primary is gone, and its standby goes on."""
    assert scene.hosts is not None
    scene.hosts.fail_over()


#: Each fault by its name, with how often it comes.
FAULTS: Mapping[str, tuple[Callable[[Scene], None], int]] = {
    "kill": (_kill, 6),
    "freeze": (_freeze, 6),
    "tear": (_tear, 3),
    "silence": (_silence, 2),
    "crash": (_crash, 1),
    "fill": (_fill, 1),
    "mistime": (_mistime, 2),
    "pull": (_pull, 6),
    "kill pool": (_kill_pool, 1),
    "fail over": (_fail_over, 2),
}


def possible(scene: Scene, wanted: Collection[str]) -> list[str]:
    """Those of the wanted faults that can be done here, in the order of the table."""
    lacks = {
        "crash": scene.server is None,
        "fill": scene.disk is None,
        **dict.fromkeys(("pull", "kill pool", "fail over"), scene.hosts is None),
    }
    return [name for name in FAULTS if name in wanted and not lacks.get(name)]


def harm(scene: Scene, faults: int, wanted: Collection[str]) -> Counter[str]:
    """Do so many faults, one after another; each that is possible at least once when there are enough of them.

    Returns:
        How many there were of each.
    """
    names = possible(scene, wanted)
    done: Counter[str] = Counter()
    for number in range(faults):
        time.sleep(scene.roll.uniform(0.05, 1))
        often = [FAULTS[name][1] for name in names]
        name = names[number] if number < len(names) else scene.roll.choices(names, often)[0]
        began = time.monotonic()
        FAULTS[name][0](scene)
        scene.say(f"{number + 1}: {name}, {time.monotonic() - began:.1f} s")
        done[name] += 1
    for process in list(scene.house.processes):
        scene.house.set_clock(process, 0)
    return done
