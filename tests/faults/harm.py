"""What goes wrong: a table of faults, each done to a running house and over after a moment."""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

from tests.faults.alarms import OF_WORKERS, SILENT, Watch
from tests.faults.disk import Disk
from tests.faults.hosts import HOSTS, Hosts
from tests.faults.house import House
from tests.faults.line import Line
from tests.faults.server import Server

#: So many faults are told of at once.
TOLD_AT_ONCE = 50
#: A process stands still for at most so long until an alarm is raised for it.
_HALTED_SECONDS = 120
#: A clock is wrong by at most so much.
MOST_WRONG = 3 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Scene:
    """A house, and whatever around it may fail."""

    house: House
    lines: Mapping[str, Line]
    watch: Watch
    server: Server | None = None
    disk: Disk | None = None
    hosts: Hosts | None = None
    roll: random.Random = field(default_factory=random.Random)
    say: Callable[[str], None] = str  # is told what happens
    over: threading.Event = field(default_factory=threading.Event)  # nothing more is to fail
    wrong: list[str] = field(default_factory=list)

    def somebody(self) -> str:
        """One of the processes that have been at work for a while; one that only begins has nothing to lose."""
        while True:
            self.house.supervise()
            if grown := self.house.grown():
                return self.roll.choice(grown)
            time.sleep(0.1)

    def set_clocks_right(self) -> None:
        for process in list(self.house.processes):
            self.house.set_clock(process, 0)

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


def _halt(scene: Scene) -> None:
    """An office, or the only worker of a duty, stands still until somebody hears of it.

    Not one that writes at this moment: on the embedded database the whole house would stand still with it.
    """
    scene.set_clocks_right()  # how long something waits is told by the office's clock
    scene.house.supervise()
    offices = scene.watch.offices
    name = scene.roll.choice(sorted(name for name in scene.house.processes if name in {*offices, *OF_WORKERS}))
    alarm, at = (SILENT, name) if name in offices else (OF_WORKERS[name], "")
    until = time.monotonic() + _HALTED_SECONDS
    while time.monotonic() < until:
        began = time.monotonic()
        with scene.house.frozen(name):
            while not scene.house.is_writing(name) and time.monotonic() < until:
                if scene.watch.heard_since(alarm, began, at):
                    return
                time.sleep(0.1)
        time.sleep(0.1)
    heard = sorted(each for each in set(OF_WORKERS.values()) | {SILENT} if scene.watch.heard_since(each, began))
    scene.wrong.append(f"{name} stood still for {_HALTED_SECONDS} s, and {alarm} was not raised; heard: {heard}")


#: Each fault by its name, with how often it comes.
FAULTS: Mapping[str, tuple[Callable[[Scene], None], int]] = {
    "kill": (_kill, 36),
    "freeze": (_freeze, 36),
    "tear": (_tear, 18),
    "silence": (_silence, 12),
    "crash": (_crash, 6),
    "fill": (_fill, 6),
    "mistime": (_mistime, 12),
    "pull": (_pull, 36),
    "kill pool": (_kill_pool, 6),
    "fail over": (_fail_over, 12),
    "halt": (_halt, 1),
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

    It ends before that when the scene is over, or when what is around the house cannot be put right again.

    Returns:
        How many there were of each.
    """
    names = possible(scene, wanted)
    done: Counter[str] = Counter()
    began = time.monotonic()
    for number in range(faults):
        if scene.over.wait(scene.roll.uniform(0.05, 1)):
            scene.wrong.append(f"ended after {number} of {faults} faults; this is the verdict on these")
            break
        often = [FAULTS[name][1] for name in names]
        name = names[number] if number < len(names) else scene.roll.choices(names, often)[0]
        try:
            FAULTS[name][0](scene)
        except Exception as trouble:  # noqa: BLE001 - what was counted so far is told all the same
            scene.wrong.append(f"fault {number + 1} of {faults}, {name}, did not end: {trouble!r}")
            break
        done[name] += 1
        if not (number + 1) % TOLD_AT_ONCE:
            scene.say(f"{number + 1} of {faults} faults, {time.monotonic() - began:.0f} s: {counted(done)}")
    scene.set_clocks_right()
    return done


def counted(things: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in sorted(things.items()))
