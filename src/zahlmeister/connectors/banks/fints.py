"""A bank's FinTS server: a conversation that may stop at any point to ask a person, and goes on later from there.

The protocol is spoken by the library `fints`. A conversation that waits is kept as text (`Told.memory`): what the
library remembers of the bank, the dialog it has paused, and the challenge. It holds the PIN and is unpickled by the
library when it goes on, so it must be sealed wherever it is kept.
"""

from base64 import b64decode
from collections.abc import Mapping
from typing import Any

from fints.client import NeedRetryResponse, NeedTANResponse, NeedVOPResponse
from fints.exceptions import FinTSClientPINError, FinTSClientTemporaryAuthError, FinTSConnectionError
from fints.types import SegmentSequence

from zahlmeister.connectors.banks.fints_client import Access, Client, as_text, payee_in
from zahlmeister.connectors.banks.question import Account, Choice, Kind, Question, Task, Told
from zahlmeister.refusals import Unreachable

ONE_STEP = "999"  # signing with the PIN alone


class WrongPin(Unreachable):
    """The bank does not let us in. Whoever tries again locks the access."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence, permanent=True)


class Lost(Unreachable):
    """The line broke behind an order: nobody here knows whether the bank has it."""


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
    client = Client(access, memory)
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
        if is_released or client.has_ordered:
            if client.complaints:  # the library stumbles over a plain no
                return Told(_kept(client, memory), refusal=_complaint(client))
            raise Lost("The bank's answer to the order cannot be read; the bank may have it. Ask the bank.") from error
        raise Unreachable(_complaint(client) or f"The bank's answer cannot be read: {error}.") from error


# ---- one turn ------------------------------------------------------------------------------------------------------


def _turn(client: Client, memory: dict[str, str], task: Task, answer: str | None) -> Told:
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


def _resumed(client: Client, memory: dict[str, str], task: Task, answer: str, told: Told) -> Told:
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


def _worked(client: Client, memory: dict[str, str], task: Task, told: Told, result: Any = None) -> Told:
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


def _finished(client: Client, memory: dict[str, str], task: Task, told: Told) -> Told:
    told.memory = _kept(client, memory)
    told.refusal = _complaint(client)
    told.is_ordered = task.is_order and not told.refusal
    return told


def _paused(client: Client, memory: dict[str, str], asked: NeedRetryResponse, stage: str, told: Told) -> Told:
    """Stop here until somebody has answered."""
    memory["stage"] = stage
    memory["challenge"] = as_text(asked.get_data())
    memory["decoupled"] = "1" if getattr(asked, "decoupled", False) else ""
    verified = getattr(asked, "vop_result", None)
    memory["payee"] = as_text(SegmentSequence([verified]).render_bytes()) if verified else ""
    told.payee = payee_in(verified) if verified else None
    memory["dialog"] = as_text(client.pause_dialog())
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


def _kept(client: Client, memory: Mapping[str, str]) -> dict[str, str]:
    return {**memory, "client": as_text(client.deconstruct(including_private=True))}


# ---- how to prove who one is ---------------------------------------------------------------------------------------


def _method(client: Client, memory: dict[str, str], answer: str | None) -> Question | None:
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


def _medium(client: Client, memory: dict[str, str], answer: str | None) -> Question | None:
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


# ---- sentences -----------------------------------------------------------------------------------------------------


def _complaint(client: Client) -> str:
    if not client.complaints:
        return ""
    return f"The bank says: {' '.join(dict.fromkeys(client.complaints))}"


def _wrong_pin(client: Client) -> WrongPin:
    return WrongPin(
        "The bank does not accept this user name and PIN. They are not tried again, because banks lock an access "
        f"after three attempts; enter the PIN anew. {_complaint(client)}".strip()
    )


def _locked(client: Client) -> Unreachable:
    return Unreachable(
        f"The bank has locked this access; unlock it at your bank first. {_complaint(client)}".strip(), permanent=True
    )


def _bytes_of(segments: list[Any]) -> list[bytes]:
    """The files in the answers: camt as it came, MT940 put together again, because banks cut it anywhere."""
    pieces = [each.statement_booked for each in segments]
    if pieces and not hasattr(pieces[0], "camt_statements"):
        return [b"".join(bytes(each) for each in pieces)]
    return [bytes(one) for each in pieces for one in each.camt_statements if one]
