"""The sandbox bank's FinTS door: dialogs, TAN methods, statements and transfers, over HTTP on this machine.

It speaks what `sandbox.paying_bank` does, as the FinTS 3.0 specification has it (PIN/TAN, HKTAN 6 and 7), and behaves
like a bank: it locks an access after three wrong PINs, ends dialogs, and wants a second factor where it is told to.
What it was asked is kept in `log`, so that tests can count.
"""

import base64
from dataclasses import dataclass, field
from datetime import date, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread

from zahlmeister.formats.payments.status import read_status_report
from zahlmeister.money.banking_days import next_banking_day
from zahlmeister.sandbox.camt import write_camt053
from zahlmeister.sandbox.fints_parameters import CAMT, PUSH, Method, bank_parameters, user_parameters
from zahlmeister.sandbox.fints_wire import Segment, binary, envelope, escaped, segments
from zahlmeister.sandbox.movements import MerchantAccount, Statement
from zahlmeister.sandbox.mt940 import write_mt940
from zahlmeister.sandbox.paying_bank import SandboxBank

#: What FinTS writes into a transfer that is to be executed at once.
AT_ONCE = b"1999-01-01"
ORDERS = frozenset({"HKCCS", "HKCCM", "HKIPZ", "HKDSE", "HKDME"})
#: Orders whose payees are verified.
PAYEES = frozenset({"HKCCS", "HKCCM", "HKIPZ"})
NOTICE = "Sie haften selbst, wenn Sie trotzdem freigeben."
MOST_PINS = 3


@dataclass(slots=True)
class Customer:
    """Who may sign in, and how the bank treats them."""

    user: str = "brigitte"
    pin: str = "geheim99"
    accounts: tuple[MerchantAccount, ...] = ()
    methods: tuple[Method, ...] = (PUSH,)
    media: tuple[str, ...] = ()
    signs_in_with_tan: bool = False
    statements_with_tan: bool = False
    has_camt: bool = True
    verifies_payees: bool = False
    page: int = 100  # statements per answer
    wrong_pins: int = 0


@dataclass(slots=True)
class _Waiting:
    """What waits for a TAN."""

    segment: Segment | None  # none for the sign-in itself
    method: Method
    polls: int = 0


@dataclass(slots=True)
class _Dialog:
    method: Method | None = None
    waiting: dict[str, _Waiting] = field(default_factory=dict)
    messages: int = 0
    verified: dict[str, bytes] = field(default_factory=dict)  # id of a verification → its file
    is_strong: bool = False


class FintsServer:
    """Serves one customer of the bank that keeps its books in a file, until closed.

    Args:
        books: the bank's books.
        customer: who may sign in.
        port: on this machine; any free one when none is given.
        today: where the bank's clock stands when the books are new.
    """

    def __init__(self, books: Path, customer: Customer, *, port: int = 0, today: date) -> None:
        self.books, self.customer, self._today = books, customer, today
        self.log: list[str] = []  # the names of the orders, as they came
        self.products: set[str] = set()
        self.tan = "123456"
        self.confirms_after = 1  # polls of a decoupled method until the person has confirmed
        self.loses_answer_to: str | None = None  # does it, and breaks off before it answers
        self.declines = ""  # why it takes no transfer today
        self._dialogs: dict[str, _Dialog] = {}
        self._numbers = count(1)
        self._http = HTTPServer(("127.0.0.1", port), self._handler())
        self._thread = Thread(target=self._http.serve_forever, daemon=True)

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._http.server_address[1]}/fints"

    def start(self) -> "FintsServer":
        self._thread.start()
        return self

    def close(self) -> None:
        self._http.shutdown()
        self._http.server_close()

    def bank(self) -> SandboxBank:
        """The bank behind it, for this thread."""
        return SandboxBank(books=self.books, today=self._today)

    # ---- one message -------------------------------------------------------------------------------------------

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                asked = base64.b64decode(self.rfile.read(int(self.headers["Content-Length"])))
                answer = server.answer(asked)
                if answer is None:
                    self.close_connection = True
                    return
                self.send_response(200)
                self.end_headers()
                self.wfile.write(base64.b64encode(answer))

            def log_message(self, *_: object) -> None:
                """Nothing: the log of the server is a list."""

        return Handler

    def answer(self, message: bytes) -> bytes | None:
        """What the bank answers; None when the line breaks before it does."""
        asked = segments(message)
        names = [each.name for each in asked if each.name.startswith("HK")]
        self.log += names
        number = asked[0].text(3)
        if number == "0":
            number = f"D{next(self._numbers)}"
            self._dialogs[number] = _Dialog()
        dialog = self._dialogs.get(number)
        if dialog is None:
            return envelope(number, 1, ["HIRMG::2+9800::Dialog abgebrochen"])
        dialog.messages += 1
        refused = self._refused(asked)
        told = [f"HIRMG::2+{refused}"] if refused else self._told(dialog, asked)
        if self.loses_answer_to is not None and self.loses_answer_to in self._meant(names, asked):
            self.loses_answer_to = None
            return None
        return envelope(number, dialog.messages, told)

    def _meant(self, names: list[str], asked: list[Segment]) -> list[str]:
        """The orders; a TAN that is handed in counts as `TAN`."""
        is_tan = any(each.name == "HKTAN" and each.text(1) in {"2", "S"} for each in asked)
        return [*names, "TAN"] if is_tan else names

    def _refused(self, asked: list[Segment]) -> str:
        """Why this person may not even speak; empty when they may."""
        customer = self.customer
        if customer.wrong_pins >= MOST_PINS:
            return "3938::Ihr Zugang ist gesperrt - bitte PIN-Sperre aufheben."
        known = next((each.text(2) for each in asked if each.name == "HKIDN"), None)
        signature = next((each for each in asked if each.name == "HNSHA"), None)
        if known == "9999999999":
            return ""
        if signature is None or signature.text(3, 0) != customer.pin or (known is not None and known != customer.user):
            customer.wrong_pins += 1
            return "9931::Anmeldename oder PIN ist falsch."
        return ""

    def _told(self, dialog: _Dialog, asked: list[Segment]) -> list[str]:
        told = ["HIRMG::2+0010::Nachricht entgegengenommen."]
        head = next((each for each in asked if each.name == "HNSHK"), None)
        if head is not None:
            function = head.text(2)
            dialog.method = next((each for each in self.customer.methods if each.function == function), None)
        tan = next((each for each in asked if each.name == "HKTAN"), None)
        for segment in asked:
            match segment.name:
                case "HKIDN":
                    told += self._signed_in(dialog, asked)
                case "HKSYN":
                    told.append(f"HISYN::4:{segment.number}+SYS{next(self._numbers):08d}")
                case "HKEND":
                    told.append(f"HIRMS::2:{segment.number}+0100::Dialog beendet.")
                case "HKTAN" if segment.text(1) in {"2", "S"}:
                    told += self._tan_given(dialog, segment, asked)
                case "HKSPA" | "HKKAZ" | "HKCAZ" | "HKTAB" | "HKCCS" | "HKCCM" | "HKIPZ" | "HKDSE" | "HKDME":
                    told += self._payee_first(dialog, segment, asked) or self._ordered(dialog, segment, tan)
                case _:
                    continue
        return told

    # ---- signing in --------------------------------------------------------------------------------------------

    def _signed_in(self, dialog: _Dialog, asked: list[Segment]) -> list[str]:
        prepared = next(each for each in asked if each.name == "HKVVB")
        self.products.add(prepared.text(4))
        functions = ":".join(each.function for each in self.customer.methods)
        known = [f"3920::Zugelassene Zwei-Schritt-Verfahren:{functions}", "0020::Auftrag ausgefuehrt."]
        told = [f"HIRMS::2:{prepared.number}+{'+'.join(known)}"]
        if prepared.text(1) != "78":
            told += bank_parameters(
                self.customer.methods,
                has_camt=self.customer.has_camt,
                verifies_payees=self.customer.verifies_payees,
            )
        if prepared.text(2) != "3":
            told += user_parameters(self.customer.user, self.customer.accounts)
        tan = next((each for each in asked if each.name == "HKTAN"), None)
        if tan is not None:
            if self.customer.signs_in_with_tan:
                return [*told, *self._challenge(dialog, tan, None)]
            told += [f"HIRMS::2:{tan.number}+3076::Keine starke Authentifizierung erforderlich."]
            told += [f"HITAN::7:{tan.number}+4++noref+nochallenge"]
        return told

    # ---- orders and their TAN ----------------------------------------------------------------------------------

    def _ordered(self, dialog: _Dialog, segment: Segment, tan: Segment | None) -> list[str]:
        needs = segment.name in ORDERS or (
            self.customer.statements_with_tan and segment.name in {"HKKAZ", "HKCAZ"} and not dialog.is_strong
        )
        if not needs:
            return self._done(segment)
        if tan is not None and self.declines and segment.name in ORDERS:
            return [f"HIRMS::2:{tan.number}+9210::{escaped(self.declines)}"]
        if tan is None or dialog.method is None:
            return [f"HIRMS::2:{segment.number}+9370::Anzahl Signaturen zu gering: TAN fehlt."]
        return self._challenge(dialog, tan, segment)

    def _payee_first(self, dialog: _Dialog, segment: Segment, asked: list[Segment]) -> list[str]:
        """Verification of payee: what is said before the order is taken; nothing when it may be taken.

        HKVPP asks for it, HIVPP tells its result, HKVPA orders in spite of it (FinTS 3.0, Verification of Payee).
        """
        tan = next((each for each in asked if each.name == "HKTAN"), None)
        if not self.customer.verifies_payees or segment.name not in PAYEES or tan is None:
            return []
        pain = segment.data(len(segment.elements) - 1)
        confirmed = next((each.text(1) for each in asked if each.name == "HKVPA"), None)
        if confirmed is not None and dialog.verified.get(confirmed) == pain:
            return []
        question = next((each for each in asked if each.name == "HKVPP"), None)
        if question is None:
            return [f"HIRMS::2:{tan.number}+9210::Namensabgleich fehlt."]
        number = f"V{next(self._numbers)}"
        dialog.verified[number] = pain
        report = read_status_report(self.bank().verify(_dated(segment, self.bank())), name="verification")
        found = [each for group in report.groups for each in group.orders]
        single = ""
        if len(found) == 1:
            code, name = found[0].verdict.code or "", found[0].payee_name or ""
            shown = escaped(name) if code == "RVMC" else ""
            reason = "Bank antwortet nicht" if code == "RVNA" else ""
            single = f"{found[0].iban or ''}::{shown}::{code}:{reason}".rstrip(":")
        told = f"HIVPP::1:{question.number}+{binary(number.encode())}+++++{single}+{NOTICE}"
        if len(found) == 1 and found[0].verdict.code == "RCVC":
            return [told, *self._challenge(dialog, tan, segment)]
        return [told, f"HIRMS::2:{tan.number}+3945::Freigabe ohne VOP-Bestaetigung nicht moeglich."]

    def _challenge(self, dialog: _Dialog, tan: Segment, segment: Segment | None) -> list[str]:
        method = dialog.method
        if method is None:
            return [f"HIRMS::2:{tan.number}+9955::TAN-Verfahren nicht zugelassen."]
        reference = f"R{next(self._numbers)}"
        dialog.waiting[reference] = _Waiting(segment, method)
        code = "3955::Auftrag empfangen - bitte in der App bestaetigen." if method.is_decoupled else (
            "0030::Auftrag empfangen - Sicherheitsfreigabe erforderlich."
        )  # fmt: skip
        what = "die Anmeldung" if segment is None else "den Auftrag"
        text = method.challenge.format(what=what)
        picture = binary(method.matrix) if method.matrix else ""
        return [
            f"HIRMS::2:{tan.number}+{code}",
            f"HITAN::7:{tan.number}+4++{reference}+{escaped(text)}+{picture}".rstrip("+"),
        ]

    def _tan_given(self, dialog: _Dialog, tan: Segment, asked: list[Segment]) -> list[str]:
        reference = tan.text(5)
        waiting = dialog.waiting.get(reference)
        if waiting is None:
            return [f"HIRMS::2:{tan.number}+9955::Auftrag nicht bekannt."]
        if tan.text(1) == "S":
            waiting.polls += 1
            if waiting.polls <= self.confirms_after:
                outstanding = "3956::Starke Kundenauthentifizierung noch ausstehend."
                return [f"HIRMS::2:{tan.number}+{outstanding}", f"HITAN::7:{tan.number}+S++{reference}"]
        elif next(each for each in asked if each.name == "HNSHA").text(3, 1) != self.tan:
            return [f"HIRMS::2:{tan.number}+9941::TAN ungueltig."]
        del dialog.waiting[reference]
        dialog.is_strong = True
        told = [f"HITAN::7:{tan.number}+{tan.text(1)}++{reference}"]
        if waiting.segment is None:
            return [f"HIRMS::2:{tan.number}+0020::Auftrag ausgefuehrt.", *told]
        return [f"HIRMS::2:{tan.number}+0900::Freigabe ausgefuehrt.", *self._done(waiting.segment), *told]

    def _done(self, segment: Segment) -> list[str]:
        match segment.name:
            case "HKSPA":
                own = "+".join(
                    f"J:{each.iban}:{each.bic}:{each.iban[12:]}::280:{each.iban[4:12]}"
                    for each in self.customer.accounts
                )
                return [f"HIRMS::2:{segment.number}+0020::Auftrag ausgefuehrt.", f"HISPA::1:{segment.number}+{own}"]
            case "HKTAB":
                media = "+".join(f"M:1:::::::::::{name}" for name in self.customer.media)
                return [f"HIRMS::2:{segment.number}+0020::Ausgefuehrt.", f"HITAB::4:{segment.number}+0+{media}"]
            case "HKCAZ" | "HKKAZ":
                return self._statements(segment)
            case _:
                return self._transferred(segment)

    # ---- what the bank behind it does --------------------------------------------------------------------------

    def _statements(self, segment: Segment) -> list[str]:
        is_camt = segment.name == "HKCAZ"
        first_date, touchdown = (4, 7) if is_camt else (3, 6)
        bank, iban = self.bank(), segment.text(1, 0)
        since = _day(segment.text(first_date)) or bank.today - timedelta(days=90)
        all_days = [each for each in bank.statements(iban) if each.on >= since]
        start = int(segment.text(touchdown) or 0)
        page = all_days[start : start + self.customer.page]
        if not page:
            return [f"HIRMS::2:{segment.number}+3010::Keine Umsaetze vorhanden."]
        codes = ["0020::Auftrag ausgefuehrt."]
        if start + len(page) < len(all_days):
            codes.append(f"3040::Es liegen weitere Informationen vor:{start + len(page)}")
        done = f"HIRMS::2:{segment.number}+{'+'.join(codes)}"
        if is_camt:
            days = ":".join(binary(_written(write_camt053, [each])) for each in page)
            return [done, f"HICAZ::1:{segment.number}+{iban}+{escaped(CAMT)}+{days}"]
        return [done, f"HIKAZ::7:{segment.number}+{binary(_written(write_mt940, page))}"]

    def _transferred(self, segment: Segment) -> list[str]:
        bank = self.bank()
        answer = bank.hand_in(_dated(segment, bank))
        report = read_status_report(answer, name="answer")
        if report.verdict.code != "RJCT":
            return [f"HIRMS::2:{segment.number}+0010::Auftrag entgegengenommen."]
        reason = report.verdict.reasons[0]
        why = escaped(" ".join(["Auftrag abgelehnt", reason.code or "", *reason.texts])[:80])
        return [f"HIRMS::2:{segment.number}+9210::{why}"]


def _dated(segment: Segment, bank: SandboxBank) -> bytes:
    """The file in an order, with the day on which the bank executes what is to be executed at once."""
    day = next_banking_day(bank.today - timedelta(days=1))
    return segment.data(len(segment.elements) - 1).replace(AT_ONCE, day.isoformat().encode())


def _written(write: object, statements: list[Statement]) -> bytes:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "statement"
        write(path, statements)  # type: ignore[operator]  # one of the two writers
        return path.read_bytes()


def _day(text: str) -> date | None:
    return date.fromisoformat(f"{text[:4]}-{text[4:6]}-{text[6:8]}") if text else None
