"""A conversation with a bank that waits for a person, sealed: it holds what the bank needs to know us again.

A turn of it is announced before it is taken (`begin`). A turn that was begun and not ended belonged to somebody who
died, and nothing of it is taken a second time.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime
from enum import Enum, StrEnum
from typing import Any

from zahlmeister.banking.connections import keep_conversation
from zahlmeister.banking.models import Connection
from zahlmeister.banking.states import ConnectionState
from zahlmeister.connectors.banks.question import Account, Choice, Kind, Question
from zahlmeister.merchants.ids import new_id
from zahlmeister.merchants.seal import opened, seal
from zahlmeister.refusals import Refused

#: The longest answer that somebody types.
LONGEST_ANSWER = 400


class Purpose(StrEnum):
    """What a conversation is for."""

    ACCOUNTS = "accounts"
    FETCH = "fetch"
    SEND = "send"


class Outcome(Enum):
    """How a turn ended."""

    DONE = "done"  # until the next time it is due
    MORE = "more"  # something else waits for its turn
    ASKS = "asks"  # a person has to do something first


@dataclass(frozen=True, slots=True)
class Conversation:
    """Where we stand with a bank.

    Attributes:
        memory: what the connector needs to go on; also kept between conversations.
        purpose: what for, while there is one.
        file_id: of the file that is being sent.
        file_kind: whether it holds transfers or direct debits, as its history calls it.
        left: the accounts that are still to be fetched.
        since: the first day to be fetched.
        question: what a person must do.
        answer: what the person has said; none yet.
        tries: how often we have looked whether somebody has confirmed.
        is_running: a worker is at it, or has died at it.
    """

    memory: Mapping[str, str] = field(default_factory=dict)
    purpose: Purpose | None = None
    file_id: int | None = None
    file_kind: str = ""
    left: tuple[Account, ...] = ()
    since: date | None = None
    question: Question | None = None
    answer: str | None = None
    tries: int = 0
    is_running: bool = False

    @property
    def is_open(self) -> bool:
        return self.purpose is not None

    def over(self, memory: Mapping[str, str] | None = None) -> "Conversation":
        """What is left when it has ended: only what the bank needs to know us again."""
        kept = self.memory if memory is None else memory
        lasting = {"client", "method", "medium"}
        return Conversation({name: value for name, value in kept.items() if name in lasting})


def conversation_of(connection: Connection) -> Conversation:
    """Where we stand with the bank behind a connection.

    Raises:
        Unopened: the secret of this installation is another one.
    """
    sealed = opened(bytes(connection.conversation), _purpose(connection))
    if not sealed:
        return Conversation()
    told: dict[str, Any] = json.loads(sealed["conversation"])
    return Conversation(
        **told
        | {
            "purpose": Purpose(told["purpose"]) if told["purpose"] else None,
            "left": tuple(Account(**each) for each in told["left"]),
            "since": date.fromisoformat(told["since"]) if told["since"] else None,
            "question": _question(told["question"]) if told["question"] else None,
        }
    )


def keep(connection: Connection, conversation: Conversation) -> None:
    """Keep where we stand, while the caller holds the connection.

    Raises:
        TakenOver: somebody else holds it by now, or it was paused.
    """
    keep_conversation(connection, _sealed(connection, conversation))


def give_answer(connection: Connection, answer: str, at: datetime) -> None:
    """A person has answered; a worker goes on at once.

    Raises:
        Refused: nothing is asked any more, or the answer is none of those offered.
    """
    conversation = conversation_of(connection)
    question = conversation.question
    if connection.state != ConnectionState.ASKING or question is None or conversation.answer is not None:
        raise Refused("The bank asks nothing any more; look again.")
    answered = replace(conversation, answer=_checked(question, answer))
    mine = Connection.objects.filter(pk=connection.pk, state=ConnectionState.ASKING, token=connection.token)
    sealed = _sealed(connection, answered)
    if not mine.update(conversation=sealed, due_at=at, token=new_id(), lease_until=None):
        raise Refused("The bank asks nothing any more; look again.")


def _checked(question: Question, answer: str) -> str:
    said = answer.strip()
    offered = {each.value for each in question.choices}
    chosen = said.split(",") if question.kind is Kind.ACCOUNTS else [said]
    if offered and not set(chosen) <= offered:
        raise Refused("Choose one of the answers offered.")
    if question.kind is Kind.TAN and not said:
        raise Refused("The TAN is missing.")
    if len(said) > LONGEST_ANSWER:
        raise Refused("This answer is too long.")
    return said


def _question(told: dict[str, Any]) -> Question:
    choices = tuple(Choice(**each) for each in told["choices"])
    return Question(**told | {"kind": Kind(told["kind"]), "choices": choices})


def _sealed(connection: Connection, conversation: Conversation) -> bytes:
    told = json.dumps(asdict(conversation), default=str)
    return seal({"conversation": told}, _purpose(connection))


def _purpose(connection: Connection) -> str:
    return f"conversation:{connection.pk}"
