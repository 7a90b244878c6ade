"""Tryton is asked for its documents: against what a real one answered, and against a real one where it is there.

`scripts/with_tryton.py pytest tests/connectors/erps/test_tryton.py` runs the whole against a running Tryton; with
`ZAHLMEISTER_TRYTON_RECORD=1` what it answers becomes the recording that the stand-in speaks from.
"""

import json
import os
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.connectors.erps.answering import answering
from tests.connectors.erps.tryton_business import JOURNAL, TERMS, TERMS_OF_PARCELS, Business, documents_of_whole
from zahlmeister.connectors.erps import tryton
from zahlmeister.connectors.erps.contract import News
from zahlmeister.connectors.erps.documents import DirectPayment, ShipmentDocument
from zahlmeister.connectors.erps.read_documents import Found
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
        self.server = answering(self.answer)

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


A_DAY = datetime(2026, 11, 1)  # noqa: DTZ001 - Tryton's instants are UTC without saying so


class Table:
    """A Tryton with sales that were cancelled and an invoice, as few of its answers as these tests need."""

    def __init__(self, sales: list[dict[str, Any]], invoice: dict[str, Any] | None = None) -> None:
        self.sales, self.invoice, self.asked = sales, invoice, 0

    def call(self, model: str, _method: str, domain: list[Any], _skip: int, most: int, *_: Any) -> list[Any]:
        if model == "account.invoice":
            return [self.invoice] if self.invoice else []
        if model != "sale.sale" or ["state", "=", "cancelled"] not in domain:
            return []
        self.asked += 1
        return [row for row in self.sales if _is_behind(row, domain[-1])][:most]

    def read(self, _model: str, numbers: list[int], _fields: Any) -> dict[int, Any]:
        return {row["id"]: row for row in self.sales if row["id"] in numbers}


def _is_behind(row: dict[str, Any], clause: list[Any]) -> bool:
    if clause[0] == "OR":
        after, [[_, _, same], [_, _, number]] = clause[1], clause[2]
        return row["write_date"] > after[2] or (row["write_date"] == same and row["id"] > number)
    return bool(row["write_date"] >= clause[2])


def a_sale(number: int, written: datetime) -> dict[str, Any]:
    said = {"number": str(number), "reference": f"B-{number}", "origin": None, "write_date": written}
    said |= {"sale_date": None, "create_date": A_DAY, "shipments": ()}
    return {"id": number, **said, "currency.": {"code": "EUR"}, "payment_term.": {"name": TERMS}}


def test_what_is_behind_the_first_look_comes_with_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tryton, "_AT_ONCE", 2)
    monkeypatch.setattr(tryton, "_MOST", 4)
    begun = A_DAY
    table = Table([a_sale(number, begun + timedelta(hours=number // 2)) for number in range(11)])
    seen, after, looks = set[str](), "", 0
    while True:
        page = tryton.Tryton(table, frozenset({TERMS}), ()).documents(after)  # type: ignore[arg-type]
        seen |= {one.number for one in page.found}
        assert page.after > after
        after, looks = page.after, looks + 1
        if not page.is_more:
            break
    assert seen == {str(number) for number in range(11)}
    assert looks > 2


def test_many_rows_written_in_one_moment_do_not_stop_the_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tryton, "_AT_ONCE", 2)
    monkeypatch.setattr(tryton, "_MOST", 4)
    at = A_DAY
    erp = tryton.Tryton(Table([a_sale(number, at) for number in range(9)]), frozenset({TERMS}), ())  # type: ignore[arg-type]
    page = erp.documents((at - timedelta(minutes=1)).isoformat())
    assert (len(page.found), page.is_more) == (9, False)


def test_an_invoice_of_two_orders_is_said_and_not_passed_over() -> None:
    at = A_DAY
    invoice: dict[str, Any] = {"number": "7", "sales": [1, 2], "total_amount": 1, "write_date": at}
    invoice |= dict.fromkeys(("lines", "taxes", "origin_invoices", "lines_to_pay", "payment_lines"), ())
    table = Table([a_sale(number, at) for number in (1, 2)], invoice)
    [found, *_] = tryton.Tryton(table, frozenset({TERMS}), ()).documents("").found  # type: ignore[arg-type]
    assert (found.kind, found.number, found.document) == ("invoice", "7", None)
    assert found.why.startswith("invoice 7 is of order B-1 and of B-2; a purchase on invoice has documents of its own.")


class Warehouse:
    """A Tryton with a sale of two parts that were shipped, each billed by an invoice of its own, posted or not."""

    def __init__(self, *, is_billed_when_ordered: bool = False) -> None:
        self.states = {7: "draft", 8: "draft"}
        self.is_billed_when_ordered = is_billed_when_ordered
        self.since = A_DAY

    def bill(self, number: int) -> dict[str, Any]:
        is_posted = self.states[number] == "posted"
        said = {"id": number, "number": f"R{number}" if is_posted else None, "state": self.states[number], "sales": [1]}
        said |= dict.fromkeys(("lines", "taxes", "origin_invoices", "lines_to_pay", "payment_lines"), ())
        return {**said, "invoice_date": A_DAY.date(), "total_amount": 1, "untaxed_amount": 1, "write_date": A_DAY}

    def shipment(self, number: int) -> dict[str, Any]:
        said = {"id": number, "number": f"L{number}", "reference": "", "outgoing_moves": [number], "state": "done"}
        return {**said, "effective_date": A_DAY.date(), "write_date": A_DAY - timedelta(days=3)}

    def call(self, model: str, _method: str, _domain: list[Any], *_: Any) -> list[Any]:
        """What has changed: the invoices; the parcels left days before."""
        is_asked = model == "account.invoice"
        return [self.bill(number) for number in self.states if self.states[number] == "posted"] if is_asked else []

    def read(self, model: str, numbers: list[int], fields: Any) -> dict[int, Any]:
        return {number: self.row(model, number, tuple(fields)) for number in sorted(set(numbers))}

    def row(self, model: str, number: int, fields: tuple[str, ...]) -> dict[str, Any]:
        if model == "sale.sale":
            parts = {"shipments": [7, 8], "invoices": [7] if self.is_billed_when_ordered else [7, 8]}
            return a_sale(1, A_DAY) | parts
        return {
            "stock.shipment.out": lambda: self.shipment(number),
            "stock.move": lambda: {"sale": 1, "invoice_lines": [] if self.is_billed_when_ordered else [number]},
            "account.invoice.line": lambda: {"invoice.": self.bill(number)},
            "account.invoice": lambda: self.bill(number),
        }[model]()


def shipped(warehouse: Warehouse) -> list[tuple[str, str]]:
    page = tryton.Tryton(warehouse, frozenset({TERMS}), ()).documents("")  # type: ignore[arg-type]
    documents = [one.document for one in page.found]
    return [(one.number, one.invoice) for one in documents if isinstance(one, ShipmentDocument)]


def test_a_shipment_is_told_when_it_is_billed_and_then_with_its_invoice() -> None:
    warehouse = Warehouse()
    assert shipped(warehouse) == []
    warehouse.states[7] = "posted"
    assert shipped(warehouse) == [("L7", "R7")]
    warehouse.states[8] = "posted"
    assert shipped(warehouse) == [("L7", "R7"), ("L8", "R8")]


def test_what_was_billed_when_it_was_ordered_is_shipped_of_that_invoice() -> None:
    warehouse = Warehouse(is_billed_when_ordered=True)
    assert shipped(warehouse) == []
    warehouse.states[7] = "posted"
    assert shipped(warehouse) == [("L7", "R7"), ("L8", "R7")]


def test_a_cancelled_sale_that_is_touched_again_is_the_same_document() -> None:
    def cancelled(written: datetime) -> list[Found]:
        table = Table([a_sale(1, written)])
        return list(tryton.Tryton(table, frozenset({TERMS}), ()).documents("").found)  # type: ignore[arg-type]

    assert cancelled(A_DAY) == cancelled(A_DAY + timedelta(days=9)) != []


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


@pytest.mark.skipif(not ADDRESS, reason="no Tryton runs here; scripts/with_tryton.py starts one")
def test_each_parcel_of_a_running_tryton_is_told_when_it_is_billed() -> None:
    password = os.environ["ZAHLMEISTER_TRYTON_PASSWORD"]

    def told() -> dict[str, str]:
        with open_tryton(settings(ADDRESS, terms=[TERMS_OF_PARCELS]), {"password": password}) as erp:
            found = erp.documents("").found
        assert [one.why for one in found if one.why] == []
        return {one.number: one.document.invoice for one in found if isinstance(one.document, ShipmentDocument)}

    with signed_in(ADDRESS, "admin", password) as rpc:
        business = Business(rpc, datetime.now(UTC).date())
        sold = business.sell("B-1000", TERMS_OF_PARCELS, (2, 3))
        first, second = business.ship_in_two_parts(sold)
        assert told() == {}
        one, two = business.bill_each(sold)
    assert one != two
    assert told() == {first: one, second: two}


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
