"""What a connection to a bank wants from a person: a question, a PIN, a consent."""

import json
from dataclasses import dataclass
from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from zahlmeister.banking.conversation import conversation_of
from zahlmeister.banking.models import Connection
from zahlmeister.banking.states import ConnectionState
from zahlmeister.connectors.banks.question import Choice, Kind, Question
from zahlmeister.refusals import Refusal

#: A consent that ends so soon is told.
SOON = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Payee:
    """What the bank found out about the recipient's name."""

    result: str
    name: str
    notice: str


@dataclass(frozen=True, slots=True)
class Asked:
    """What a connection wants from a person, and whether something happens without one."""

    question: Question | None
    is_busy: bool
    wants_pin: bool = False
    consent_ends_soon: bool = False
    payee: Payee | None = None
    is_answered: bool = False

    @property
    def kind(self) -> str:
        return self.question.kind.value if self.question and not self.is_answered else ""

    @property
    def radios(self) -> tuple[Choice, ...]:
        """The answers shown one below the other; of hundreds of banks there is a list to fold out."""
        return self.question.choices if self.question and self.kind != Kind.BANK else ()


def asked_by(row: Connection) -> Asked:
    """What a connection wants from a person now."""
    if row.kind not in {"fints", "aggregator"}:
        return Asked(None, is_busy=False)
    now = timezone.now()
    soon = row.consent_until is not None and row.consent_until <= (now + SOON).date()
    try:
        conversation = conversation_of(row)
    except Refusal:
        return Asked(None, is_busy=False, consent_ends_soon=soon)
    question = conversation.question if row.state == ConnectionState.ASKING else None
    is_due = row.state in {ConnectionState.CONNECTED, ConnectionState.TROUBLED} and row.due_at <= now
    is_answered = question is not None and conversation.answer is not None
    is_confirming = question is not None and question.kind in {Kind.CONFIRM, Kind.CONSENT}
    return Asked(
        question,
        is_busy=is_due or is_answered or is_confirming,
        wants_pin=row.kind == "fints" and row.state == ConnectionState.STUCK,
        consent_ends_soon=soon,
        payee=_payee(question) if question is not None and question.kind is Kind.PAYEE else None,
        is_answered=is_answered,
    )


def _payee(question: Question) -> Payee:
    result, name, reason, notice = json.loads(question.text)
    words = {
        "RCVC": _("Name and account belong together."),
        "RVMC": _("The account belongs to somebody of a similar name."),
        "RVNM": _("The account belongs to somebody of another name."),
        "RVNA": _("The bank could not compare the name."),
    }
    return Payee(words.get(result, result), name, notice or reason)
