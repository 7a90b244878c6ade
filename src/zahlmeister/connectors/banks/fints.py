"""A bank's FinTS server: a conversation that may stop at any point to ask a person, and goes on later from there.

The protocol is spoken by the library `fints`. A conversation that waits is kept as text (`Told.memory`): what the
library remembers of the bank, the dialog it has paused, and the challenge. It holds the PIN and is unpickled by the
library when it goes on, so it must be sealed wherever it is kept.
"""

import json
import re
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import unescape
from typing import Any

from fints.client import FinTS3PinTanClient, NeedRetryResponse, NeedTANResponse, NeedVOPResponse, SEPAAccount
from fints.exceptions import (
    FinTSClientPINError,
    FinTSClientTemporaryAuthError,
    FinTSConnectionError,
    FinTSUnsupportedOperation,
)
from fints.formals import SupportedMessageTypes
from fints.message import FinTSInstituteMessage
from fints.segments.statement import HKCAZ1, HKKAZ5, HKKAZ6, HKKAZ7
from fints.types import SegmentSequence

from zahlmeister.connectors import web
from zahlmeister.connectors.banks.question import Account, Choice, Kind, Question, Task, Told
from zahlmeister.refusals import Refused, Unreachable

ONE_STEP = "999"  # signing with the PIN alone
_PLAIN = {"Content-Type": "text/plain"}
_PAIN = "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"
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


class WrongPin(Unreachable):
    """The bank does not let us in. Whoever tries again locks the access."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence, permanent=True)


class Lost(Unreachable):
    """The line broke behind an order: nobody here knows whether the bank has it."""


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


def talk(access: Access, memory: Mapping[str, str], task: Task, answer: str | None = None) -> Told:
    """Do a task at the bank, or as much of it as goes without a person.

    Args:
        access: who signs in.
        memory: what the last turn of this conversation left; nothing at the beginning.
        task: what is to be done; the same as long as a question of it is open.
        answer: to the question of the last turn, when it asked one.

    Raises:
        WrongPin: the bank refuses the PIN; nobody may try it again.
        Lost: an order was on its way when the line broke.
        Unreachable: the bank does not answer, or says no.
    """
    client = _Client(access, memory)
    is_released = task.is_order and memory.get("stage") == "order" and "dialog" in memory
    try:
        return _turn(client, dict(memory), task, answer)
    except (FinTSClientPINError, FinTSClientTemporaryAuthError) as refusal:
        is_locked = isinstance(refusal, FinTSClientTemporaryAuthError)
        raise (_locked if is_locked else _wrong_pin)(client) from None
    except FinTSConnectionError as broken:
        if is_released or client.has_ordered:
            raise Lost("The line to the bank broke behind the order; the bank may have it. Ask the bank.") from broken
        cause = broken.__cause__
        is_permanent = isinstance(cause, Unreachable) and cause.permanent
        raise Unreachable(str(broken), permanent=is_permanent) from broken
    except Unreachable:
        raise
    except Exception as error:
        if (is_released or client.has_ordered) and not client.complaints:
            raise Lost("The bank's answer to the order cannot be read; the bank may have it. Ask the bank.") from error
        raise Unreachable(_complaint(client) or f"The bank's answer cannot be read: {error}.") from error


# ---- one turn ------------------------------------------------------------------------------------------------------


def _turn(client: "_Client", memory: dict[str, str], task: Task, answer: str | None) -> Told:
    if "method" not in memory:
        question = _method(client, memory, answer)
        if question:
            return Told(_kept(client, memory), question)
        answer = None
    if "medium" not in memory:
        question = _medium(client, memory, answer)
        if question:
            return Told(_kept(client, memory), question)
        answer = None
    told = Told(memory)
    if "dialog" in memory:
        return _resumed(client, memory, task, answer or "", told)
    client.complaints.clear()
    with client:
        asked = client.init_tan_response
        if isinstance(asked, NeedTANResponse):
            return _paused(client, memory, asked, "sign-in", told)
        return _worked(client, memory, task, told)
    raise AssertionError  # a dialog swallows nothing


def _resumed(client: "_Client", memory: dict[str, str], task: Task, answer: str, told: Told) -> Told:
    challenge = _challenge(memory)
    stage = memory["stage"]
    with client.resume_dialog(b64decode(memory.pop("dialog"))):
        if stage != "sign-in":
            client.expect(task)
        if isinstance(challenge, NeedVOPResponse):
            result = client.approve_vop_response(challenge)
        else:
            result = client.send_tan(challenge, answer)
        if isinstance(result, NeedRetryResponse):
            return _paused(client, memory, result, stage, told)
        if client.complaints:
            if stage == "order":
                return _finished(client, memory, task, told)
            raise Unreachable(_complaint(client), permanent=True)
        if stage == "sign-in":
            told.is_strong = True
            return _worked(client, memory, task, told)
        return _worked(client, memory, task, told, result)
    raise AssertionError  # a dialog swallows nothing


def _worked(client: "_Client", memory: dict[str, str], task: Task, told: Told, result: Any = None) -> Told:
    """Do what is left of a task; `result` is that of its first step, when a person has released it just now."""
    told.left = task.accounts
    if task.is_order:
        result = result or client.order(task)
        if isinstance(result, NeedRetryResponse):
            return _paused(client, memory, result, "order", told)
        return _finished(client, memory, task, told)
    if not task.accounts:
        told.accounts = tuple(Account(*(each or "" for each in row)) for row in client.get_sepa_accounts())
        told.memory = _kept(client, memory)
        return told
    for at, account in enumerate(task.accounts):
        if result is None:
            client.expect(task, account)
            result = client.fetch()
        if isinstance(result, NeedRetryResponse):
            return _paused(client, memory, result, "step", told)
        if client.complaints:
            raise Unreachable(_complaint(client))
        told.statements.append((account, tuple(_bytes_of(result))))
        told.left, result = task.accounts[at + 1 :], None
    told.memory = _kept(client, memory)
    return told


def _finished(client: "_Client", memory: dict[str, str], task: Task, told: Told) -> Told:
    told.memory = _kept(client, memory)
    told.refusal = _complaint(client)
    told.is_ordered = task.is_order and not told.refusal
    return told


def _paused(client: "_Client", memory: dict[str, str], asked: NeedRetryResponse, stage: str, told: Told) -> Told:
    """Stop here until somebody has answered."""
    memory["stage"] = stage
    memory["challenge"] = _text(asked.get_data())
    memory["decoupled"] = "1" if getattr(asked, "decoupled", False) else ""
    verified = getattr(asked, "vop_result", None)
    memory["payee"] = _text(SegmentSequence([verified]).render_bytes()) if verified else ""
    memory["dialog"] = _text(client.pause_dialog())
    told.question = client.question(asked, is_release=stage == "order")
    told.memory = _kept(client, memory)
    return told


def _challenge(memory: dict[str, str]) -> NeedRetryResponse:
    """The challenge as the library had it; it forgets two things of it itself."""
    challenge = NeedRetryResponse.from_data(b64decode(memory.pop("challenge")))
    if isinstance(challenge, NeedTANResponse):
        challenge.decoupled = bool(memory.pop("decoupled", ""))
        verified = memory.pop("payee", "")
        challenge.vop_result = SegmentSequence(b64decode(verified)).segments[0] if verified else None
    return challenge


def _kept(client: "_Client", memory: dict[str, str]) -> dict[str, str]:
    return memory | {"client": _text(client.deconstruct(including_private=True))}


# ---- how to prove who one is ---------------------------------------------------------------------------------------


def _method(client: "_Client", memory: dict[str, str], answer: str | None) -> Question | None:
    """Choose the way to prove who one is; a question when there are several."""
    if answer is None:
        client.fetch_tan_mechanisms()
    methods = {name: each for name, each in client.get_tan_mechanisms().items() if name != ONE_STEP}
    methods = {name: each for name, each in methods.items() if each.tan_process == "2"}
    if answer not in methods:
        if len(methods) > 1:
            choices = tuple(Choice(name, str(each.name)) for name, each in methods.items())
            return Question(Kind.METHOD, choices=choices)
        answer = next(iter(methods), ONE_STEP)
    answer = str(answer)
    client.set_tan_mechanism(answer)
    memory["method"] = answer
    return None


def _medium(client: "_Client", memory: dict[str, str], answer: str | None) -> Question | None:
    """Choose the device, where the bank wants to be told which."""
    client.set_tan_mechanism(memory["method"])
    if memory["method"] == ONE_STEP or not client.is_tan_media_required():
        memory["medium"] = ""
        return None
    if answer is None:
        _, media = client.get_tan_media()
        names = [str(each.tan_medium_name) for each in media if each.tan_medium_name]
        if len(names) > 1:
            return Question(Kind.MEDIUM, choices=tuple(Choice(name, name) for name in names))
        answer = names[0] if names else ""
    memory["medium"] = client.selected_tan_medium = answer
    return None


# ---- the library, as we need it ------------------------------------------------------------------------------------


class _Client(FinTS3PinTanClient):  # type: ignore[misc]  # the library has no types
    """The library's client that also listens to what the bank says, and hands out statements as they came."""

    def __init__(self, access: Access, memory: Mapping[str, str]) -> None:
        self.complaints: list[str] = []
        self.has_ordered = False
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
        """Hand in a file of transfers; several go as one order."""
        self.has_ordered = True
        several = {"multiple": True, "control_sum": task.total, "book_as_single": True} if task.count > 1 else {}
        return self.sepa_transfer(
            SEPAAccount(*task.orderer.as_told) if task.orderer else None,
            task.pain.decode(),
            pain_descriptor=_PAIN,
            instant_payment=task.is_instant,
            **several,
        )

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
        return Question(Kind.TAN, text, (), kind, _text(picture), is_release=is_release)


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


def _bytes_of(segments: list[Any]) -> list[bytes]:
    """The files in the answers: camt as it came, MT940 put together again, because banks cut it anywhere."""
    pieces = [each.statement_booked for each in segments]
    if pieces and not hasattr(pieces[0], "camt_statements"):
        return [b"".join(bytes(each) for each in pieces)]
    return [bytes(one) for each in pieces for one in each.camt_statements if one]


def _plain(text: str) -> str:
    """The bank's words without its markup, of which FinTS allows a little."""
    return unescape(re.sub(r"<[^>]*>", "", re.sub(r"(?i)<(br|li|p)\b[^>]*>", "\n", text))).strip()


def _verified(result: Any) -> str:
    """What the bank found out about the payee, in its own words."""
    single = result.vop_single_result
    told = [single.result, single.close_match_name, single.na_reason, result.manual_authorization_notice]
    return json.dumps([str(each or "") for each in told])


# ---- sentences -----------------------------------------------------------------------------------------------------


def _complaint(client: "_Client") -> str:
    if not client.complaints:
        return ""
    return f"The bank says: {' '.join(dict.fromkeys(client.complaints))}"


def _wrong_pin(client: "_Client") -> WrongPin:
    return WrongPin(
        "The bank does not accept this user name and PIN. They are not tried again, because banks lock an access "
        f"after three attempts; enter the PIN anew. {_complaint(client)}".strip()
    )


def _locked(client: "_Client") -> Unreachable:
    return Unreachable(
        f"The bank has locked this access; unlock it at your bank first. {_complaint(client)}".strip(), permanent=True
    )


def _text(data: bytes) -> str:
    return b64encode(bytes(data)).decode()
