"""The library for FinTS, as we need it: it listens, waits no longer than we do, and hands out files as they came."""

import json
import re
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import unescape
from typing import Any

from fints.client import FinTS3PinTanClient, NeedRetryResponse, NeedVOPResponse, SEPAAccount
from fints.exceptions import FinTSConnectionError, FinTSUnsupportedOperation
from fints.formals import SupportedMessageTypes
from fints.message import FinTSInstituteMessage
from fints.segments.statement import HKCAZ1, HKKAZ5, HKKAZ6, HKKAZ7

from zahlmeister.connectors import web
from zahlmeister.connectors.banks.question import Account, Choice, Kind, Question, Task
from zahlmeister.refusals import Refused, Unreachable

_PLAIN = {"Content-Type": "text/plain"}
_PAIN = "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"
_PAIN_DEBITS = "urn:iso:std:iso:20022:tech:xsd:pain.008.001.08"
#: The bank releases nothing before somebody has looked at what it found out about the payees' names.
_NAMES_NOT_CONFIRMED = "3945"
_SEND_OR_NOT = (Choice("yes", "yes"), Choice("no", "no"))
_WAIT = 5  # seconds between two questions whether somebody has confirmed, where the bank names none


@dataclass(frozen=True, slots=True)
class Access:
    """Who signs in where. `product` is the registration of this software with the German banks (DK)."""

    server: str
    bank_code: str
    user: str
    pin: str = field(repr=False)
    product: str
    customer: str = ""


def checked_server(address: str) -> str:
    """The address of a server that a PIN may be told.

    Raises:
        Refused: it is not HTTPS, and so everybody on the way would read the PIN.
    """
    wanted = address.strip()
    try:
        web.checked_address(wanted)
    except Refused:
        raise Refused(f"“{address}” is no address that begins with https://; the PIN is told to no other.") from None
    return wanted if "://" in wanted else f"https://{wanted}"


class Client(FinTS3PinTanClient):  # type: ignore[misc]  # the library has no types
    """The library's client that also listens to what the bank says, and hands out statements as they came."""

    def __init__(self, access: Access, memory: Mapping[str, str]) -> None:
        self.complaints: list[str] = []
        self.has_ordered = False
        self._names_wanted = ""
        super().__init__(
            access.bank_code,
            access.user,
            access.pin,
            checked_server(access.server),
            customer_id=access.customer or None,
            product_id=access.product,
            from_data=b64decode(memory["client"]) if "client" in memory else None,
        )
        self.connection = _Line(checked_server(access.server))
        if memory.get("medium"):
            self.selected_tan_medium = memory["medium"]

    def _process_response(self, dialog: Any, segment: Any, response: Any) -> None:
        if response.code == _NAMES_NOT_CONFIRMED:
            self._names_wanted = f"{response.text} ({response.code})"
        if response.code.startswith("9"):
            self.complaints.append(f"{response.text} ({response.code})")
        super()._process_response(dialog, segment, response)

    def expect(self, task: Task, account: Account | None = None) -> None:
        """Get ready for statements, which come in as many answers as the bank likes."""
        if task.is_order or not task.accounts:
            return
        own = SEPAAccount(*(account or task.accounts[0]).as_told)
        try:
            parameters, command = self._find_highest_supported_command(HKCAZ1, return_parameter_segment=True)
            more = {"supported_camt_messages": _camt(parameters)}
        except FinTSUnsupportedOperation:
            command, more = self._find_highest_supported_command(HKKAZ5, HKKAZ6, HKKAZ7), {}
        self._touchdown_responses: list[Any] = []
        self._touchdown_counter = 1
        self._touchdown_dialog = self._standing_dialog
        self._touchdown_args = (f"HI{command.TYPE[2:]}",)
        self._touchdown_kwargs: dict[str, Any] = {}
        self._touchdown_response_processor = list
        self._touchdown_segment_factory = lambda touchdown: command(
            account=command._fields["account"].type.from_sepa_account(own),
            all_accounts=False,
            date_start=task.since,
            touchdown_point=touchdown,
            **more,
        )

    def fetch(self) -> Any:
        """Ask for the statements expected."""
        segment = self._touchdown_segment_factory(None)
        return self._send_with_possible_retry(self._standing_dialog, segment, self._continue_fetch_with_touchdowns)

    def order(self, task: Task) -> Any:
        """Hand in a file of transfers or direct debits; several go as one order.

        Raises:
            Unreachable: the bank does not offer this sort of order; it has nothing of it.
        """
        more: dict[str, Any] = {"pain_descriptor": _PAIN_DEBITS if task.is_debit else _PAIN}
        if task.count > 1:
            more |= {"multiple": True, "control_sum": task.total, "book_as_single": True}
        if not task.is_debit:
            more["instant_payment"] = task.is_instant
        hand_in = self.sepa_debit if task.is_debit else self.sepa_transfer
        own = SEPAAccount(*task.orderer.as_told) if task.orderer else None
        self.has_ordered = True
        try:
            result = hand_in(own, task.pain.decode(), **more)
        except FinTSUnsupportedOperation as missing:  # found out before anything was sent
            self.has_ordered = False
            raise Unreachable("The bank does not offer this sort of order by FinTS.", permanent=True) from missing
        if self._names_wanted and not isinstance(result, NeedRetryResponse):
            self.complaints.append(self._names_wanted)  # in a way that the library takes for a yes
        return result

    def question(self, asked: NeedRetryResponse, *, is_release: bool) -> Question:
        """What a person has to do now."""
        if isinstance(asked, NeedVOPResponse):
            return Question(Kind.PAYEE, _verified(asked.vop_result), choices=_SEND_OR_NOT, is_release=True)
        method = self.get_tan_mechanisms().get(self.get_current_tan_mechanism())
        text = _plain(asked.challenge or "")
        if asked.decoupled:
            wait = getattr(method, "wait_before_next_poll", None) or _WAIT
            tries = getattr(method, "decoupled_max_poll_number", None) or 60
            return Question(Kind.CONFIRM, text, wait=wait, tries=tries, is_release=is_release)
        kind, picture = asked.challenge_matrix or ("", b"")
        return Question(Kind.TAN, text, (), kind, as_text(picture), is_release=is_release)


class _Line:
    """How messages travel: by the house's own way over HTTP, which waits for a while and asks nobody in between.

    An answer that is none is never asked for again here: the message may have been an order.
    """

    def __init__(self, url: str) -> None:
        self.url = url

    def send(self, message: Any) -> Any:
        asked = web.Question("POST", self.url, content=b64encode(message.render_bytes()), headers=_PLAIN)
        try:
            with web.site(self.url) as bank:
                reply = bank.ask(asked, accepted=range(100, 600))
        except Unreachable as broken:
            raise FinTSConnectionError(str(broken)) from broken
        if reply.status not in web.SUCCESS:
            told = Unreachable(f"{reply.host} does not answer as a bank does ({reply.status}).")
            raise FinTSConnectionError(str(told)) from told
        return FinTSInstituteMessage(segments=b64decode(reply.content))


def _camt(parameters: Any) -> Any:
    return SupportedMessageTypes(list(parameters.parameter.supported_camt_formats))


def _plain(text: str) -> str:
    """The bank's words without its markup, of which FinTS allows a little."""
    return unescape(re.sub(r"<[^>]*>", "", re.sub(r"(?i)<(br|li|p)\b[^>]*>", "\n", text))).strip()


def _verified(result: Any) -> str:
    """What the bank found out about the payee, in its own words."""
    single = result.vop_single_result
    told = [single.result, single.close_match_name, single.na_reason, result.manual_authorization_notice]
    return json.dumps([str(each or "") for each in told])


def payee_in(result: Any) -> tuple[str, str] | None:
    """What the bank found out about the payee of a single transfer: its code, and the name it knows."""
    single = result.vop_single_result
    return (str(single.result), str(single.close_match_name or "")) if single and single.result else None


def as_text(data: bytes) -> str:
    """Bytes as they are kept in a text."""
    return b64encode(bytes(data)).decode()
