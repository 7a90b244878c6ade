"""A collection agency on this machine, with books of its own and a clock that somebody else moves.

It takes claims, asks questions, goes to court, collects in instalments, pays out and closes. `AgencyDesk` is the agency
itself; `AgencyServer` lets it be spoken to by REST, `AgencyFolders` by files. What it collects goes first to the
principal, then to its costs, then to interest and fees: its creditor is paid before itself.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from zahlmeister.sandbox.shops.served import Asked, Said, Served, said

#: Of what comes in after a case was given up the agency keeps so many hundredths.
SHARE = 30
#: What the agency charges the debtor when it takes a claim.
COSTS = 5562
#: The order in which a payment is counted here.
_ORDER = ("principal", "agency_costs", "interest", "fees", "flat")


@dataclass(slots=True)
class AgencyCase:
    """One claim on its way; amounts in minor units by component."""

    reference: str
    number: str
    owed: dict[str, int]
    collected: dict[str, int] = field(default_factory=dict)
    paid_out: int = 0
    state: str = "submitted"
    kept: int = 0  # its share of what came in while it only watched
    told: list[dict[str, Any]] = field(default_factory=list)

    @property
    def left(self) -> int:
        return sum(self.owed.values())

    @property
    def ours(self) -> int:
        """What of the money collected belongs to the creditor."""
        return sum(self.collected.get(part, 0) for part in ("principal", "fees", "flat")) - self.kept


class AgencyDesk:
    """The agency and its people."""

    def __init__(self, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self.now = now
        self.cases: dict[str, AgencyCase] = {}
        self.news: list[dict[str, Any]] = []
        self.payouts: dict[str, int] = {}
        self._keys: dict[str, Any] = {}

    # ---- what the merchant says ------------------------------------------------------------------------------------

    def take(self, reference: str, owed: Mapping[str, int], key: str) -> AgencyCase:
        """A claim is handed in; the same key again is the same claim."""
        if key in self._keys:
            return self.cases[self._keys[key]]
        number = f"A-{len(self.cases) + 1:05}"
        self.cases[reference] = AgencyCase(reference, number, dict(owed))
        self._keys[key] = reference
        return self.cases[reference]

    def hear(self, reference: str, telling: dict[str, Any], key: str) -> None:
        """The merchant tells something about a case; the same key again is the same thing."""
        if key in self._keys:
            return
        self._keys[key] = telling
        case = self.cases[reference]
        case.told.append(telling)
        match telling["kind"]:
            case "direct_payment" | "credit_note":
                _count(case.owed, telling["minor"], -1)
            case "payment_reversed":
                case.owed["principal"] = case.owed.get("principal", 0) + telling["minor"]
            case "withdraw":
                case.state = "withdrawn"
            case "cancel":
                self.close(reference, "cancelled_client")
            case _:
                pass

    # ---- what the agency does --------------------------------------------------------------------------------------

    def accept(self, reference: str) -> None:
        case = self.cases[reference]
        case.state = "accepted"
        case.owed["agency_costs"] = COSTS
        self._tell(case, "accepted", text="Der Fall ist übernommen.")

    def reject(self, reference: str, why: str) -> None:
        self.cases[reference].state = "rejected"
        self._tell(self.cases[reference], "rejected", text=why)

    def ask(self, reference: str, question: str) -> None:
        self._tell(self.cases[reference], "query", text=question)

    def progress(self, reference: str, text: str) -> None:
        self._tell(self.cases[reference], "progress", text=text)

    def go_to(self, reference: str, stage: str) -> None:
        self._tell(self.cases[reference], "stage", word=stage)

    def collect(self, reference: str, minor: int) -> None:
        """The debtor pays so much, or what is left."""
        case = self.cases[reference]
        minor = min(minor, case.left)
        parts = _count(case.owed, minor, -1)
        for part, amount in parts.items():
            case.collected[part] = case.collected.get(part, 0) + amount
        if case.state == "watched":
            parts = parts | {"success_fee": parts.get("principal", 0) * SHARE // 100}
            case.kept += parts["success_fee"]
        self._tell(case, "collected", amount=minor, parts=parts, text="Zahlung des Schuldners")

    def reverse(self, reference: str, minor: int) -> None:
        """The debtor's bank takes a payment back; principal is owed again first."""
        case = self.cases[reference]
        parts: dict[str, int] = {}
        for part in _ORDER:
            amount = min(case.collected.get(part, 0), minor - sum(parts.values()))
            if amount:
                parts[part] = amount
                case.collected[part] -= amount
                case.owed[part] = case.owed.get(part, 0) + amount
        self._tell(case, "reversed", amount=minor, parts=parts, text="Rücklastschrift")

    def tell_balance(self, reference: str) -> None:
        case = self.cases[reference]
        self._tell(case, "balance", parts={part: minor for part, minor in case.owed.items() if minor})

    def close(self, reference: str, word: str) -> None:
        case = self.cases[reference]
        case.state = "watched" if word == "monitoring" else "closed"
        self._tell(case, "closed", word=word)

    def pay_out(self) -> tuple[str, int]:
        """Pay out everything that belongs to the creditor and was not paid out: the statement's number and the sum."""
        total = 0
        for case in self.cases.values():
            total += case.ours - case.paid_out
            case.paid_out = case.ours
        number = f"ABR-{self.now():%Y}-{len(self.payouts) + 1:03}"
        self.payouts[number] = total
        self._say("paid_out", amount=total, statement=number, text=f"Abrechnung {number}")
        return number, total

    def _tell(self, case: AgencyCase, kind: str, **facts: Any) -> None:
        self._say(kind, reference=case.reference, case=case.number, **facts)

    def _say(self, kind: str, **facts: Any) -> None:
        at = self.now()
        self.news.append({"id": f"N{at:%Y%m%d%H%M%S}{len(self.news) + 1:06}", "kind": kind, "at": at, **facts})


def _count(owed: dict[str, int], minor: int, sign: int) -> dict[str, int]:
    """Count an amount against what is owed, part by part; which parts it touched."""
    parts: dict[str, int] = {}
    for part in _ORDER:
        amount = min(owed.get(part, 0), minor - sum(parts.values()))
        if amount > 0:
            parts[part] = amount
            owed[part] += sign * amount
    return parts


def _minor(text: Any) -> int:
    return int(Decimal(str(text or "0").replace(",", ".")).scaleb(2))


def _text(minor: int) -> str:
    return str(Decimal(minor).scaleb(-2))


# ---- REST ---------------------------------------------------------------------------------------------------------

_REST_KINDS = {
    "accepted": "order.accepted",
    "rejected": "order.rejected",
    "query": "request_to_client.created",
    "progress": "mandate.status_update.published",
    "stage": "mandate.stage.changed",
    "work": "mandate.state.changed",
    "collected": "payment.received",
    "reversed": "payment.reversed",
    "balance": "mandate.balance_updated",
    "closed": "mandate.closed",
    "paid_out": "statement.published",
}
_REST_STAGES = {"court_order": "judicial_dunning", "enforcement": "foreclosure", "monitoring": "long_term_monitoring"}
_REST_CLOSED = {
    "paid_full": "IP01",
    "paid_partial": "IP02",
    "settled": "IP04",
    "cancelled_client": "IN01",
    "unsuccessful": "IN06",
    "insolvent": "IN04",
    "monitoring": "IÜ01",
    "no_address": "IN015",
    "deceased": "IN016",
}
_REST_PARTS = {
    "principal": "principal",
    "interest": "interest",
    "fees": "reminder_fee",
    "flat": "flat_compensation",
    "agency_costs": "costs",
}
#: What a claim must hold; the law wants the debtor to be told of it.
_NEEDED = (
    "your_reference", "principal_amount", "document_reference", "document_date", "due_date", "delay_date",
    "legal_basis", "reminders", "creditor", "debtor",
)  # fmt: skip


class AgencyServer(Served):
    """The agency's REST interface, in the manner of the public model it follows.

    `broken` answers are given before anything is done, `lost` ones after it was done.
    """

    def __init__(self, desk: AgencyDesk, key: str = "geheim", page: int = 50) -> None:
        self.desk, self._key, self._page = desk, key, page
        self.broken = self.lost = 0
        super().__init__()

    def answer(self, asked: Asked) -> Said:
        if self.broken:
            self.broken -= 1
            return Said(500, b"<html><title>Internal error</title></html>")
        if asked.headers.get("authorization") != f"Bearer {self._key}":
            return said({"error": "invalid key"}, 401)
        answer = self._routed(asked)
        if self.lost:
            self.lost -= 1
            return Said(502, b"Bad gateway")
        return answer

    def _routed(self, asked: Asked) -> Said:
        parts = asked.path.strip("/").split("/")
        match asked.method, parts:
            case "POST", ["v1", "claims"]:
                return self._claim(asked)
            case "POST", ["v1", "claims", reference, "events"]:
                return self._event(asked, reference)
            case "GET", ["v1", "status-updates"]:
                return self._updates(asked.query.get("after", ""))
            case "GET", ["v1", "mandates", number, "cancellation-cost"]:
                case_ = next((one for one in self.desk.cases.values() if one.number == number), None)
                cost = COSTS if case_ and case_.state == "accepted" else 0
                return said({"data": {"amount": _text(cost), "currency": "EUR"}})
            case _:
                return said({"error": "not found"}, 404)

    def _claim(self, asked: Asked) -> Said:
        body = asked.json()
        missing = [name for name in _NEEDED if not body.get(name)]
        if missing:
            return said({"error": f"missing: {', '.join(missing)}"}, 422)
        owed = {
            "principal": _minor(body["principal_amount"]),
            "fees": _minor(body["additional_charges"]["reminder_fee"]),
            "flat": _minor(body["additional_charges"]["flat_compensation"]),
            "interest": _minor(body["interest"]["amount"]),
        }
        taken = self.desk.take(body["your_reference"], owed, asked.headers["idempotency-key"])
        return said({"data": {"mandate_reference": taken.number}}, 201)

    def _event(self, asked: Asked, reference: str) -> Said:
        if reference not in self.desk.cases:
            return said({"error": "unknown claim"}, 404)
        body = asked.json()
        telling = {"kind": body["type"], "minor": _minor(body.get("amount")), "text": body.get("text", "")}
        self.desk.hear(reference, telling | {"address": body.get("address")}, asked.headers["idempotency-key"])
        return said({"data": {}}, 201)

    def _updates(self, after: str) -> Said:
        news = [one for one in self.desk.news if one["id"] > after][: self._page]
        return said({"data": [_as_update(one) for one in news], "next": news[-1]["id"] if news else after})


def _as_update(one: Mapping[str, Any]) -> dict[str, Any]:
    word = one.get("word", "")
    words = _REST_CLOSED if one["kind"] == "closed" else _REST_STAGES if one["kind"] == "stage" else {}
    told: dict[str, Any] = {
        "id": one["id"],
        "type": _REST_KINDS[one["kind"]],
        "created": one["at"].isoformat(),
        "your_reference": one.get("reference"),
        "mandate_reference": one.get("case"),
        "value": words.get(word, word),
        "text": one.get("text", ""),
        "statement": one.get("statement"),
    }
    if "amount" in one:
        told |= {"amount": _text(one["amount"]), "currency": "EUR"}
    if "parts" in one:
        parts = dict(one["parts"])
        told["success_fee"] = _text(parts.pop("success_fee")) if "success_fee" in parts else None
        told["legal_balance"] = {_REST_PARTS[part]: _text(minor) for part, minor in parts.items()}
    return told


# ---- files --------------------------------------------------------------------------------------------------------

_FILE_KINDS = {
    "accepted": "angenommen",
    "rejected": "abgelehnt",
    "query": "frage",
    "progress": "sachstand",
    "stage": "verfahren",
    "collected": "zahlung",
    "reversed": "rueckzahlung",
    "balance": "saldo",
    "closed": "abgeschlossen",
    "paid_out": "auszahlung",
}
_FILE_WORDS = {
    "court_order": "mahnverfahren", "enforcement": "vollstreckung", "monitoring": "ueberwachung",
    "paid_full": "bezahlt", "unsuccessful": "erfolglos", "cancelled_client": "abbruch_kunde", "insolvent": "insolvenz",
}  # fmt: skip
_FILE_TELLINGS = {
    "Direktzahlung": "direct_payment",
    "Rücklastschrift": "payment_reversed",
    "Gutschrift": "credit_note",
    "Neue Anschrift": "address_changed",
    "Einwand": "disputed",
    "Antwort": "answer",
    "Abbruch": "cancel",
    "Rücknahme": "withdraw",
}
_COLUMNS = (
    "Art", "Datum", "Aktenzeichen", "Zeichen_Inkasso", "Wert", "Text", "Betrag", "Waehrung", "Abrechnung",
    "Hauptforderung", "Mahngebuehren", "Zinsen", "Kosten",
)  # fmt: skip


class AgencyFolders:
    """The agency that exchanges files: it empties one folder and lays status files into another."""

    def __init__(self, desk: AgencyDesk, out: Path, back: Path) -> None:
        self.desk, self._out, self._back = desk, out, back
        self._told = 0

    def work(self) -> None:
        """Read what lies there, and tell what is new in one status file."""
        for path in sorted(self._out.glob("*.csv")):
            header, *rows = [line.split('";"') for line in path.read_text("cp1252").splitlines()]
            names = [name.strip('"') for name in header]
            for row in rows:
                self._read(dict(zip(names, (cell.strip('"') for cell in row), strict=True)), path.name)
            path.unlink()
        self._tell()

    def _read(self, row: dict[str, str], name: str) -> None:
        if "Meldung" in row:
            telling = {"kind": _FILE_TELLINGS[row["Art"]], "minor": _minor(row["Betrag"]), "text": row["Text"]}
            self.desk.hear(row["Aktenzeichen"], telling, row["Meldung"])
            return
        parts = {"principal": "Hauptforderung", "fees": "Mahngebuehren", "flat": "Pauschale", "interest": "Zinsen"}
        self.desk.take(row["Aktenzeichen"], {part: _minor(row[column]) for part, column in parts.items()}, name)

    def _tell(self) -> None:
        news, self._told = self.desk.news[self._told :], len(self.desk.news)
        if not news:
            return
        lines = [";".join(_COLUMNS), *(";".join(_cells(one)) for one in news)]
        (self._back / f"status-{self._told:06}.csv").write_text("\r\n".join(lines) + "\r\n", "utf-8")


def _cells(one: Mapping[str, Any]) -> list[str]:
    parts = one.get("parts", {})
    amounts = [
        _text(parts[part]).replace(".", ",") if part in parts else ""
        for part in ("principal", "fees", "interest", "agency_costs")
    ]
    word = one.get("word", "")
    amount = _text(one["amount"]).replace(".", ",") if "amount" in one else ""
    return [
        _FILE_KINDS[one["kind"]],
        f"{one['at']:%d.%m.%Y}",
        one.get("reference", ""),
        one.get("case", ""),
        _FILE_WORDS.get(word, word),
        f"{one.get('text', '')} ({one['id']})",
        amount,
        "EUR" if amount else "",
        one.get("statement", ""),
        *amounts,
    ]
