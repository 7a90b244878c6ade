"""A fault run tells what it has seen, whatever stops it, and hears the alarms that its faults must raise."""

import random
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import httpx
import pytest

from tests.faults import alarms, harm, house, load
from tests.faults.alarms import SILENT, Watch, raised
from tests.faults.harm import FAULTS, Scene
from tests.faults.house import House
from tests.faults.load import Load


@pytest.fixture
def there(tmp_path: Path) -> Iterator[House]:
    """A house whose processes only sleep."""
    crew = dict.fromkeys(("office", "reader"), ("sleep", "600"))
    with house.house(tmp_path, crew, mails="", database="", notes=tmp_path, offices=["office"]) as made:
        for name in crew:
            made.start(name)
        yield made


@pytest.fixture
def ears(there: House) -> Watch:
    return Watch(there, {"office": ("127.0.0.1", 1)})


def ages(there: House, **seconds: float) -> None:
    there.since |= {name: time.monotonic() - age for name, age in seconds.items()}


def test_an_office_is_not_killed_before_it_has_answered(there: House) -> None:
    ages(there, office=20, reader=2)
    assert there.grown() == []
    there.answers("office", time.monotonic() - 1)
    assert there.grown() == ["office"]


def test_what_the_office_before_has_said_is_no_answer(there: House) -> None:
    ages(there, office=20, reader=2)
    assert not there.answers("office", time.monotonic() - 21)
    assert there.grown() == []


def test_an_office_that_never_answers_is_killed_after_a_minute_and_that_is_counted(there: House) -> None:
    ages(there, office=house.MOST_SILENT_SECONDS + 1, reader=2)
    assert there.grown() == ["office"]
    there.kill("office")
    assert there.killed_unanswered == 1
    assert there.grown() == []


def test_a_worker_is_given_the_time_that_an_office_took(there: House) -> None:
    ages(there, office=20, reader=15)
    there.answers("office", time.monotonic())
    assert there.grown() == ["office"]
    ages(there, reader=21)
    assert there.grown() == ["office", "reader"]


def answer(monkeypatch: pytest.MonkeyPatch, text: str | None, status: int = 200) -> None:
    def get(*_: object, **__: object) -> Any:
        if text is None:
            raise httpx.ConnectError("nobody is there")
        return SimpleNamespace(text=text, status_code=status)

    monkeypatch.setattr(alarms.httpx, "get", get)


def test_the_death_of_an_office_is_heard_once(ears: Watch, monkeypatch: pytest.MonkeyPatch) -> None:
    ears.house.kill("office")
    answer(monkeypatch, None)
    ears.ask("office")
    ears.ask("office")
    assert (ears.deaths_heard, ears.deaths_missed, ears.began) == (1, 0, {SILENT: 1})
    answer(monkeypatch, "")
    ears.ask("office")
    assert (ears.deaths_heard, ears.deaths_missed, ears.sounding) == (1, 0, {"office": set()})


def test_a_death_that_nobody_has_noticed_is_told(ears: Watch, monkeypatch: pytest.MonkeyPatch) -> None:
    ears.house.kill("office")
    answer(monkeypatch, "")
    ears.ask("office")
    assert (ears.deaths_heard, ears.deaths_missed) == (0, 1)


def test_an_office_without_its_figures_does_not_answer(ears: Watch, monkeypatch: pytest.MonkeyPatch) -> None:
    before = time.monotonic()
    answer(monkeypatch, "", status=500)
    ears.ask("office")
    assert ears.heard_since(SILENT, before, "office")
    assert not ears.heard_since(SILENT, before, "another")
    assert not ears.heard_since(SILENT, time.monotonic())


def test_an_alarm_is_quiet_when_the_next_figures_say_so(ears: Watch, monkeypatch: pytest.MonkeyPatch) -> None:
    answer(monkeypatch, "zahlmeister_statements_oldest_seconds 3\n")
    ears.ask("office")
    assert ears.quiet("office", {"StatementsWait"}, patience=0) == {"StatementsWait"}
    answer(monkeypatch, "zahlmeister_statements_oldest_seconds 0\n")
    ears.ask("office")
    assert ears.quiet("office", {"StatementsWait"}, patience=0) == set()


def test_only_seconds_go_faster_in_a_run() -> None:
    waits = "zahlmeister_statements_oldest_seconds 2\n"
    assert (raised(waits), raised(waits, alarms.PACE)) == (set(), {"StatementsWait"})
    full = "zahlmeister_disk_free_bytes 1000000000\n"
    assert raised(full, alarms.PACE) == set()


def scene(there: House, ears: Watch, **more: Any) -> Scene:
    return Scene(there, {}, ears, roll=random.Random(1), **more)


def test_who_stands_still_is_heard_of_and_goes_on(there: House, ears: Watch, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(harm, "_HALTED_SECONDS", 0.2)
    halted = scene(there, ears)
    monkeypatch.setattr(Watch, "heard_since", lambda *_: False)
    FAULTS["halt"][0](halted)
    assert len(halted.wrong) == 1
    assert "stood still for 0.2 s" in halted.wrong[0]
    monkeypatch.setattr(Watch, "heard_since", lambda *_: True)
    FAULTS["halt"][0](halted)
    assert len(halted.wrong) == 1
    states = [Path(f"/proc/{process.pid}/stat").read_text().split()[2] for process in there.processes.values()]
    assert "T" not in states


def test_a_run_that_is_stopped_says_how_many_faults_there_were(
    there: House, ears: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    played = scene(there, ears)
    monkeypatch.setitem(cast("Any", harm.FAULTS), "kill", (lambda each: each.over.set(), 1))
    assert harm.harm(played, 5, ["kill"]) == {"kill": 1}
    assert played.wrong == ["ended after 1 of 5 faults; this is the verdict on these"]


def test_a_fault_that_cannot_be_put_right_ends_the_run_and_not_the_verdict(
    there: House, ears: Watch, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: Scene) -> None:
        raise TimeoutError("the server does not answer")

    played = scene(there, ears)
    monkeypatch.setitem(cast("Any", harm.FAULTS), "kill", (fail, 1))
    assert harm.harm(played, 5, ["kill"]) == {}
    assert played.wrong == ["fault 1 of 5, kill, did not end: TimeoutError('the server does not answer')"]


def test_progress_is_told_now_and_then(there: House, ears: Watch, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    monkeypatch.setattr(harm, "TOLD_AT_ONCE", 2)
    monkeypatch.setitem(cast("Any", harm.FAULTS), "kill", (lambda _: None, 1))
    quick = random.Random(1)
    monkeypatch.setattr(quick, "uniform", lambda *_: 0)
    harm.harm(Scene(there, {}, ears, roll=quick, say=said.append), 5, ["kill"])
    assert [each.split(",")[0] for each in said] == ["2 of 5 faults", "4 of 5 faults"]


def pushed(monkeypatch: pytest.MonkeyPatch, status: int | None, *, calm: bool, seconds: float) -> Load:
    """A load that is answered so, some time later."""

    def post(*_: object, **__: object) -> Any:
        if status is None:
            raise httpx.ConnectError("nobody is there")
        return SimpleNamespace(status_code=status, text="No.")

    monkeypatch.setattr(load, "PATIENCE", 0.2)
    monkeypatch.setattr(load.httpx, "post", post)
    made = Load("http://127.0.0.1:1", "key", random.Random(1))
    if calm:
        made.stop.set()
    threading.Thread(target=made.run, args=(1,), daemon=True).start()
    made.over.wait(seconds)
    return made


def test_a_load_never_gives_up_while_faults_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    made = pushed(monkeypatch, None, calm=False, seconds=1)
    assert (made.over.is_set(), made.wrong) == (False, [])
    made.stop.set()
    assert made.over.wait(10)


def test_a_load_says_in_the_end_what_was_not_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    made = pushed(monkeypatch, 503, calm=True, seconds=10)
    assert made.over.is_set()
    (said,) = made.wrong
    assert "20 orders from 100001000 was not answered in 0.2 s in which nothing failed" in said


def test_a_load_that_is_refused_ends_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    made = pushed(monkeypatch, 403, calm=False, seconds=10)
    assert made.over.is_set()
    (said,) = made.wrong
    assert "20 orders from 100001000 was answered by 403: No." in said
