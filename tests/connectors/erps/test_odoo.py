"""Odoo is asked for its documents: against what a real one answered, and against a real one where it is there.

`scripts/with_odoo.py pytest tests/connectors/erps/test_odoo.py` runs the whole against a running Odoo; with
`ZAHLMEISTER_ODOO_RECORD=1` what it answers becomes the recording that the stand-in speaks from.
"""

import json
import os
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.connectors.erps.answering import answering
from tests.connectors.erps.odoo_business import JOURNAL, OTHER_TERMS, TERMS, Business, documents_of_whole
from zahlmeister.connectors.erps import odoo
from zahlmeister.connectors.erps.contract import News
from zahlmeister.connectors.erps.odoo import Odoo, open_odoo
from zahlmeister.connectors.erps.odoo_rpc import signed_in
from zahlmeister.connectors.web import Question, Reply, Site
from zahlmeister.refusals import Unreachable, Unreadable

RECORDING = Path(__file__).with_name("odoo_19_0.json")
ADDRESS = os.environ.get("ZAHLMEISTER_ODOO", "")
DATABASE = os.environ.get("ZAHLMEISTER_ODOO_DATABASE", "company")
NEWS = News("77", "paid", "B-1001", "INV/2026/00001", "Invoice INV/2026/00001 was paid: 20.00 EUR.")
OF_AN_ORDER = News("78", "decided", "B-1003", "", "Order B-1003 was declined.")
TERM = timedelta(days=14)


@pytest.fixture(autouse=True)
def _private(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZAHLMEISTER_PRIVATE", "1")


class StandIn:
    """Answers as an Odoo once did; what nobody asked then is an error, and notes are kept."""

    def __init__(self) -> None:
        recorded = json.loads(RECORDING.read_text(encoding="utf-8"))
        self.made_on = date.fromisoformat(recorded["made_on"])
        self.answers = {json.dumps(one["asked"]): one["answer"] for one in recorded["calls"]}
        self.notes: list[str] = []
        self.server = answering(self.answer)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"

    def answer(self, asked: dict[str, Any], _who: str) -> tuple[int, Any]:
        service, method, of = (asked["params"][name] for name in ("service", "method", "args"))
        if service == "common":
            is_right = of[2:3] == ["secret"]
            return 200, {"result": {"server_version": "19.0"} if method == "version" else 2 if is_right else False}
        question = json.dumps(_question(asked))
        if of[3:5] == ["mail.message", "search_count"]:
            return 200, {"result": sum(of[5][0][2][2] in note for note in self.notes)}
        if of[4] == "message_post":
            self.notes.append(of[6]["body"])
            return 200, {"result": len(self.notes)}
        if question not in self.answers:
            told = {"data": {"message": f"nobody asked {question} when this was recorded"}}
            return 200, {"error": told}
        return 200, self.answers[question]


def _question(asked: dict[str, Any]) -> list[Any]:
    """A question without what differs from server to server: the database, who asks, and his password."""
    return list(asked["params"]["args"][3:])


@pytest.fixture
def stand_in() -> Iterator[StandIn]:
    one = StandIn()
    yield one
    one.server.shutdown()
    one.server.server_close()


def settings(address: str, **more: Any) -> dict[str, Any]:
    said = {"address": address, "database": DATABASE, "user": "admin", "terms": [TERMS], "journals": [JOURNAL]}
    return {**said, **more}


SECRET = {"password": "secret"}


def _reads_everything(erp: Odoo, today: date) -> str:
    """The whole story that an Odoo gives, and that nothing of it comes twice in other words."""
    page = erp.documents("")
    assert [one.why for one in page.found if one.why] == []
    assert [one.document for one in page.found] == documents_of_whole(today, today + TERM)
    assert not page.is_more
    return page.after


def test_a_business_in_odoo_is_read_as_documents(stand_in: StandIn) -> None:
    with open_odoo(settings(stand_in.address), SECRET) as erp:
        assert erp.about() == "Odoo 19.0, Dunder Mifflin"
        _reads_everything(erp, stand_in.made_on)


def test_a_news_becomes_a_note_once(stand_in: StandIn) -> None:
    with open_odoo(settings(stand_in.address), SECRET) as erp:
        assert erp.tell(NEWS)
        assert not erp.tell(NEWS)
        assert erp.tell(OF_AN_ORDER)
    assert stand_in.notes == [f"{one.sentence} [Zahlmeister {one.key}]" for one in (NEWS, OF_AN_ORDER)]


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"terms": ["Auf Pump"]}, "no terms of payment “Auf Pump”; it has .*Rechnungskauf"),
        ({"journals": ["KASSE"]}, "no journal “KASSE”; it has .*BNK1"),
    ],
)
def test_what_odoo_does_not_have_is_named(stand_in: StandIn, more: dict[str, Any], said: str) -> None:
    with open_odoo(settings(stand_in.address, **more), SECRET) as erp, pytest.raises(Unreadable, match=said):
        erp.about()


def test_a_wrong_password_waits_for_a_person(stand_in: StandIn) -> None:
    with (
        pytest.raises(Unreachable, match="does not accept the user “admin” or the password") as refused,
        open_odoo(settings(stand_in.address), {"password": "wrong"}),
    ):
        pass
    assert refused.value.permanent


def test_what_odoo_refuses_is_one_sentence(stand_in: StandIn) -> None:
    with (
        signed_in(stand_in.address, DATABASE, "admin", "secret") as rpc,
        pytest.raises(Unreachable, match=r"^Odoo refuses: nobody asked"),
    ):
        rpc.call("sale.order", "never_heard_of")


class Table:
    """An Odoo with orders that were cancelled, as few of its answers as the test needs."""

    version = "19.0"

    def __init__(self, rows: list[dict[str, Any]]) -> None:
        self.rows_ = rows

    def call(self, model: str, method: str, domain: list[Any] | None = None, **_: Any) -> Any:
        return len(self._fitting(model, domain or [])) if method == "search_count" else {}

    def rows(self, model: str, domain: list[Any], _fields: Any, *, most: int = 0, order: str = "id") -> list[Any]:
        field, _, way = order.partition(" ")
        found = sorted(self._fitting(model, domain), key=lambda row: str(row[field]), reverse=way == "desc")
        return found[:most] if most else found

    def of(self, model: str, field: str, numbers: list[int], _fields: Any) -> list[Any]:
        return [row for row in self._fitting(model, []) if row[field] in numbers]

    def read(self, model: str, numbers: list[int], fields: Any) -> dict[int, Any]:
        return {row["id"]: row for row in self.of(model, "id", numbers, fields)}

    def day(self, told: str) -> date:
        return date.fromisoformat(told[:10])

    def _fitting(self, model: str, domain: list[Any]) -> list[Any]:
        days = {sign: told for name, sign, told in domain if name == "write_date"}
        first, last = days.get(">=", ""), days.get("<=", "9")
        return [row for row in self.rows_ if model == "sale.order" and first <= row["write_date"] <= last]


def test_what_is_too_much_for_one_look_comes_with_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(odoo, "MOST", 4)
    begun = datetime(2026, 1, 1, tzinfo=UTC)
    days = [(begun + timedelta(hours=number**2)).strftime("%Y-%m-%d %H:%M:%S") for number in range(20)]
    of_all = {"client_order_ref": False, "currency_id": [1, "EUR"], "payment_term_id": [1, TERMS]}
    rows = [
        {"id": number, "name": f"S{number}", "write_date": day, "date_order": day, **of_all}
        for number, day in enumerate(days, 1)
    ]
    erp = Odoo(Table(rows), frozenset({TERMS}), ())  # type: ignore[arg-type] # as much of it as is asked
    seen, after, most = set[str](), "", 0
    while True:
        page = erp.documents(after)
        assert page.after > after
        seen |= {one.number for one in page.found}
        most, after = max(most, len(page.found)), page.after
        if not page.is_more:
            break
    assert seen == {f"S{number}" for number in range(1, 21)}
    assert most <= 4


@pytest.mark.skipif(not ADDRESS, reason="no Odoo runs here; scripts/with_odoo.py starts one")
def test_a_running_odoo_is_read_and_told(monkeypatch: pytest.MonkeyPatch) -> None:
    with signed_in(ADDRESS, DATABASE, "admin", "admin") as rpc:
        Business(rpc).whole()
    today = datetime.now(ZoneInfo("Europe/Berlin")).date()
    calls = _recorded(monkeypatch)
    with open_odoo(settings(ADDRESS), {"password": "admin"}) as erp:
        assert erp.about() == "Odoo 19.0, Dunder Mifflin"
        after = _reads_everything(erp, today)
        assert erp.documents(after).found == erp.documents("").found  # it was all a moment ago
        assert erp.tell(NEWS)
        assert not erp.tell(NEWS)
        assert erp.tell(OF_AN_ORDER)
        assert not erp.tell(News("79", "paid", "B-9", "", "Of an order that Odoo has not."))
    with open_odoo(settings(ADDRESS, terms=[OTHER_TERMS]), {"password": "admin"}) as erp:
        assert erp.documents("").found == []
    if os.environ.get("ZAHLMEISTER_ODOO_RECORD"):
        whole = {"made_on": today.isoformat(), "calls": list(calls.values())}
        RECORDING.write_text(json.dumps(whole, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _recorded(monkeypatch: pytest.MonkeyPatch) -> dict[str, dict[str, Any]]:
    """What is asked of models and answered from now on, each question once, without notes."""
    calls: dict[str, dict[str, Any]] = {}
    ask = Site.ask

    def listening(site: Site, question: Question, **more: Any) -> Reply:
        reply = ask(site, question, **more)
        asked = _question(question.json)
        if question.json["params"]["service"] == "object" and asked[0] != "mail.message" and asked[1] != "message_post":
            answer = json.loads(reply.content)
            kept = {name: answer[name] for name in ("result", "error") if name in answer}
            calls.setdefault(json.dumps(asked), {"asked": asked, "answer": kept})
        return reply

    monkeypatch.setattr(Site, "ask", listening)
    return calls
