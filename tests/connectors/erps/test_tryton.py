"""Tryton is asked for its documents: against what a real one answered, and against a real one where it is there.

`scripts/with_tryton.py pytest tests/connectors/erps/test_tryton.py` runs the whole against a running Tryton; with
`ZAHLMEISTER_TRYTON_RECORD=1` what it answers becomes the recording that the stand-in speaks from.
"""

import json
import os
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from tests.connectors.erps.tryton_business import JOURNAL, TERMS, Business, documents_of_whole
from zahlmeister.connectors.erps.contract import News
from zahlmeister.connectors.erps.documents import DirectPayment
from zahlmeister.connectors.erps.tryton import Tryton, open_tryton
from zahlmeister.connectors.erps.tryton_rpc import signed_in
from zahlmeister.connectors.web import Question, Reply, Site
from zahlmeister.refusals import Refused, Unreachable, Unreadable

RECORDING = Path(__file__).with_name("tryton_8_2.json")
ADDRESS = os.environ.get("ZAHLMEISTER_TRYTON", "")
NEWS = News("77", "paid", "B-1001", "1", "Invoice 1 was paid: 35.69 EUR.")
OF_AN_ORDER = News("78", "decided", "B-1003", "", "Order B-1003 was declined.")


@pytest.fixture(autouse=True)
def _private(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ZAHLMEISTER_PRIVATE", "1")


class StandIn:
    """Answers as a Tryton once did; what nobody asked then is an error, and notes are kept."""

    def __init__(self) -> None:
        recorded = json.loads(RECORDING.read_text(encoding="utf-8"))
        self.made_on = date.fromisoformat(recorded["made_on"])
        self.answers = {_asked(one["asked"]): one["answer"] for one in recorded["calls"]}
        self.notes: list[str] = []
        stand_in = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                status, answer = stand_in.answer(asked, self.headers.get("Authorization", ""))
                content = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/company"

    def answer(self, asked: dict[str, Any], authorization: str) -> tuple[int, Any]:
        method, parameters = asked["method"], asked["params"]
        if method == "common.db.login":
            return (200, {"result": [1, "token", None]}) if parameters[1] == {"password": "secret"} else (401, {})
        if not authorization.startswith("Session "):
            return 401, {}
        if method == "model.ir.note.search_read":
            mark = parameters[0][1][2].strip("%")
            return 200, {"result": [{"id": 1} for note in self.notes if mark in note]}
        if method == "model.ir.note.create":
            self.notes += [one["message"] for one in parameters[0]]
            return 200, {"result": [len(self.notes)]}
        if _asked(asked) not in self.answers:
            return 200, {"error": ["UserError", [f"nobody asked {method} {parameters} when this was recorded", ""]]}
        return 200, self.answers[_asked(asked)]


def _asked(asked: dict[str, Any]) -> str:
    """A question without what differs from session to session: its number and the context at its end."""
    return json.dumps([asked["method"], asked["params"][:-1]])


@pytest.fixture
def stand_in() -> Iterator[StandIn]:
    one = StandIn()
    yield one
    one.server.shutdown()
    one.server.server_close()


def settings(address: str, **more: Any) -> dict[str, Any]:
    return {"address": address, "user": "admin", "terms": [TERMS], "journals": [JOURNAL], **more}


SECRET = {"password": "secret"}


def _reads_everything(erp: Tryton, today: date) -> str:
    """The whole story that a Tryton gives, and that nothing comes twice in other words."""
    page = erp.documents("")
    assert [one.why for one in page.found if one.why] == []
    documents = [one.document for one in page.found]
    [payment] = [one.number for one in documents if isinstance(one, DirectPayment)]
    assert documents == documents_of_whole(today, today + timedelta(days=14), payment)
    return page.after


def test_a_years_worth_of_tryton_is_read_as_documents(stand_in: StandIn) -> None:
    with open_tryton(settings(stand_in.address), SECRET) as erp:
        assert erp.about() == "Tryton, Dunder Mifflin"
        after = _reads_everything(erp, stand_in.made_on)
    assert datetime.fromisoformat(after).date() == stand_in.made_on


def test_a_news_becomes_a_note_once(stand_in: StandIn) -> None:
    with open_tryton(settings(stand_in.address), SECRET) as erp:
        assert erp.tell(NEWS)
        assert not erp.tell(NEWS)
        assert erp.tell(OF_AN_ORDER)
    assert stand_in.notes == [
        "Invoice 1 was paid: 35.69 EUR. [Zahlmeister 77]",
        "Order B-1003 was declined. [Zahlmeister 78]",
    ]


def test_terms_that_tryton_does_not_have_are_named(stand_in: StandIn) -> None:
    with (
        open_tryton(settings(stand_in.address, terms=["Kauf auf Rechnung"]), SECRET) as erp,
        pytest.raises(Unreadable, match=r"no terms of payment “Kauf auf Rechnung”; it has .*Rechnungskauf"),
    ):
        erp.about()


def test_what_tryton_refuses_is_one_sentence(stand_in: StandIn) -> None:
    with signed_in(stand_in.address, "admin", "secret") as rpc, pytest.raises(Unreachable) as refused:
        rpc.call("sale.sale", "never_heard_of")
    assert str(refused.value).startswith("Tryton refuses: UserError nobody asked model.sale.sale.never_heard_of")


def test_a_wrong_password_waits_for_a_person(stand_in: StandIn) -> None:
    with (
        pytest.raises(Unreachable, match="does not accept the user “admin” or the password") as refused,
        open_tryton(settings(stand_in.address), {"password": "wrong"}),
    ):
        pass
    assert refused.value.permanent


@pytest.mark.parametrize("address", ["http://127.0.0.1:9", "ftp://erp.example/company"])
def test_an_address_without_a_database_is_none(address: str) -> None:
    with pytest.raises((Unreachable, Refused)), open_tryton(settings(address), SECRET):
        pass


@pytest.mark.skipif(not ADDRESS, reason="no Tryton runs here; scripts/with_tryton.py starts one")
def test_a_running_tryton_is_read_and_told(monkeypatch: pytest.MonkeyPatch) -> None:
    password = os.environ["ZAHLMEISTER_TRYTON_PASSWORD"]
    with signed_in(ADDRESS, "admin", password) as rpc:
        Business(rpc, datetime.now(UTC).date()).whole()
    calls = _recorded(monkeypatch)
    with open_tryton(settings(ADDRESS), {"password": password}) as erp:
        assert erp.about() == "Tryton, Dunder Mifflin"
        after = _reads_everything(erp, datetime.now(UTC).date())
        assert erp.documents(after).found == erp.documents("").found  # it was all a moment ago
        assert erp.tell(NEWS)
        assert not erp.tell(NEWS)
        assert erp.tell(OF_AN_ORDER)
        assert not erp.tell(News("79", "paid", "B-9", "", "Of an order that Tryton has not."))
    if os.environ.get("ZAHLMEISTER_TRYTON_RECORD"):
        kept = [one for one in calls if "ir.note" not in one["asked"]["method"]]
        whole = {"made_on": datetime.now(UTC).date().isoformat(), "calls": kept}
        RECORDING.write_text(json.dumps(whole, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _recorded(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What is asked and answered from now on, without the session."""
    calls: list[dict[str, Any]] = []
    ask = Site.ask

    def listening(site: Site, question: Question, **more: Any) -> Reply:
        reply = ask(site, question, **more)
        asked = {"method": question.json["method"], "params": question.json["params"]}
        if not asked["method"].startswith("common."):
            calls.append({"asked": {**asked, "params": [*asked["params"][:-1], {}]}, "answer": _plain(reply)})
        return reply

    monkeypatch.setattr(Site, "ask", listening)
    return calls


def _plain(reply: Reply) -> Any:
    answer = json.loads(reply.content)
    return {name: answer[name] for name in ("result", "error") if name in answer}
