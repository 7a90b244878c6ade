"""A worker's turn with a bank that is asked by FinTS: statements are fetched, files sent, and people asked in between.

A turn is announced before it is taken, because the bank is outside every transaction. A fetch that somebody died at is
begun anew. A file that somebody died at sending becomes unsure: it is never handed in a second time.
"""

from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import date, datetime, timedelta

from django.conf import settings as house
from django.db import transaction
from django.utils import timezone

from zahlmeister.banking.bank_file import BankFile
from zahlmeister.banking.connections import asks, forget_pin, note, secret_of
from zahlmeister.banking.conversation import Conversation, Outcome, Purpose, conversation_of, keep
from zahlmeister.banking.debit_models import DebitFile
from zahlmeister.banking.models import Connection
from zahlmeister.banking.outgoing import look_at, note_payee
from zahlmeister.banking.outgoing_models import PaymentFile
from zahlmeister.banking.outgoing_queries import files_to_send
from zahlmeister.banking.outgoing_states import FileState
from zahlmeister.banking.states import ConnectionState
from zahlmeister.connectors.banks.fints import Lost, WrongPin, talk
from zahlmeister.connectors.banks.fints_client import Access
from zahlmeister.connectors.banks.question import Account, Choice, Kind, Question, Task, Told
from zahlmeister.flows.connect_bank import NOT_REGISTERED
from zahlmeister.flows.make_payment_file import stored
from zahlmeister.flows.send_payment_file import HOUSE, step
from zahlmeister.flows.take_delivery import take_delivery
from zahlmeister.formats.payments.fints_order import fints_order
from zahlmeister.formats.payments.payee import PAYEE_STATUS, PayeeCheck
from zahlmeister.history.record import Happened, record
from zahlmeister.merchants.lock import lock
from zahlmeister.money.banking_days import banking_day
from zahlmeister.refusals import Refused, Unreachable

#: As far back as banks tell without a second factor.
FIRST_DAYS = 89
#: Days that are fetched again: bookings that came late, or were changed.
OVERLAP_DAYS = 10
#: How long a question with a TAN stays open; banks end their dialogs after some minutes.
TAN_OPEN = timedelta(minutes=10)
#: How long a question stays open that no dialog waits behind.
CHOICE_OPEN = timedelta(days=365)
#: How long a second factor is good for reading, when the bank names nothing else.
CONSENT_DAYS = 90

Clock = Callable[[], datetime]


def talk_to_bank(connection: Connection, *, clock: Clock) -> Outcome:
    """Take a turn with the bank while the caller holds the connection: go on with a conversation, or begin one.

    Raises:
        Unreachable: the bank does not answer, or says no.
        Refused: what we know is not enough to ask it.
    """
    access = _access(connection)
    conversation = _recovered(connection, conversation_of(connection), clock)
    conversation = _gone_on(connection, conversation, clock)
    if not conversation.is_open:
        conversation = _begun(connection, conversation, clock)
    purpose = conversation.purpose
    conversation = _ended(connection, access, conversation, clock)
    keep(connection, conversation)
    if conversation.question is not None:
        asks(connection, _open_until(conversation.question, clock()))
        return Outcome.ASKS
    return Outcome.DONE if purpose is Purpose.FETCH else Outcome.MORE


def _access(connection: Connection) -> Access:
    told, pin = connection.settings, secret_of(connection).get("pin", "")
    if not house.FINTS_PRODUCT:
        raise Refused(NOT_REGISTERED)
    if not pin:
        raise Refused("The PIN is missing; enter it anew.")
    return Access(told["server"], told["bank_code"], told["user"], pin, house.FINTS_PRODUCT, told["customer"])


# ---- where we stand ------------------------------------------------------------------------------------------------


def _recovered(connection: Connection, conversation: Conversation, clock: Clock) -> Conversation:
    """What was begun by somebody who died is over; a file that was on its way then is unsure."""
    if not conversation.is_running:
        return conversation
    _unsure(conversation, "The house was stopped while the file was handed over; the bank may have it. Ask the bank.",
            clock)  # fmt: skip
    ended = conversation.over()
    keep(connection, ended)
    return ended


def _gone_on(connection: Connection, conversation: Conversation, clock: Clock) -> Conversation:
    """The open question is answered, looked after again, or given up."""
    question = conversation.question
    if question is None:
        return conversation
    if question.kind is Kind.CONFIRM and conversation.tries < question.tries:
        return replace(conversation, answer="", tries=conversation.tries + 1)
    if conversation.answer is None:
        return _given_up(connection, conversation, clock)
    if question.kind is Kind.ACCOUNTS:
        chosen = conversation.answer.split(",")
        offered = connection.settings["offered"]
        note(connection, accounts=[each for each in offered if each["iban"] in chosen])
        return conversation.over()
    if question.kind is Kind.PAYEE and conversation.answer != "yes":
        _not_sent(conversation, "The payee's name was not confirmed; the bank has nothing of it.", clock)
        return conversation.over()
    return conversation


def _given_up(connection: Connection, conversation: Conversation, clock: Clock) -> Conversation:
    """Nobody answered. Whoever has paused the connection in between begins anew."""
    assert conversation.question is not None
    if conversation.question.kind is Kind.CONFIRM and conversation.question.is_release:
        _unsure(conversation, "Nobody confirmed in time that we know of; the bank may have it. Ask the bank.", clock)
    else:
        _not_sent(conversation, "The bank's question was not answered in time; the bank has nothing of it.", clock)
    ended = conversation.over()
    keep(connection, ended)
    if connection.state == ConnectionState.ASKING:
        raise Unreachable(
            "Nobody answered the bank's question in time. Connect again when you have at hand what you sign with.",
            permanent=True,
        )
    return ended


def _begun(connection: Connection, conversation: Conversation, clock: Clock) -> Conversation:
    """What is to be done next: know the accounts, send what waits, fetch."""
    accounts = tuple(Account(**each) for each in connection.settings.get("accounts", ()))
    if not accounts:
        return replace(conversation, purpose=Purpose.ACCOUNTS)
    for file in files_to_send(connection):
        if file.state == FileState.QUEUED:
            return replace(conversation, purpose=Purpose.SEND, file_id=file.pk, file_kind=file.SUBJECT)
    fetched_on = connection.settings.get("fetched_on")
    today = timezone.localdate(clock())
    first = today - timedelta(days=FIRST_DAYS)
    since = max(first, date.fromisoformat(fetched_on) - timedelta(days=OVERLAP_DAYS)) if fetched_on else first
    return replace(conversation, purpose=Purpose.FETCH, left=accounts, since=since)


def _open_until(question: Question, at: datetime) -> datetime:
    if question.kind is Kind.CONFIRM:
        return at + timedelta(seconds=question.wait)
    return at + (CHOICE_OPEN if question.choices else TAN_OPEN)


# ---- a turn at the bank --------------------------------------------------------------------------------------------


def _ended(connection: Connection, access: Access, conversation: Conversation, clock: Clock) -> Conversation:
    """Announce the turn, take it, and see what came of it."""
    try:
        task = _task(connection, conversation, clock())
        keep(connection, replace(conversation, is_running=True))
        if task.is_order and conversation.question is None:
            step(_file(conversation), FileState.SENDING, "sending", HOUSE, clock())
        told = talk(access, conversation.memory, task, conversation.answer)
    except Lost as lost:
        _unsure(conversation, str(lost), clock)
        keep(connection, conversation.over())
        raise
    except (Unreachable, Refused) as stop:
        if isinstance(stop, WrongPin):
            forget_pin(connection)
        if isinstance(stop, Refused) or stop.permanent:
            _not_sent(conversation, str(stop), clock)
        else:
            _back_in_line(conversation, clock)
        keep(connection, conversation.over())
        raise
    return _heard(connection, conversation, told, clock)


def _task(connection: Connection, conversation: Conversation, at: datetime) -> Task:
    if conversation.purpose is not Purpose.SEND:
        return Task(conversation.left, conversation.since)
    file = _file(conversation)
    order = fints_order(stored(file), earliest=banking_day(timezone.localdate(at)))
    own = next(each for each in connection.settings["accounts"] if each["iban"] == file.account.number)
    return Task(
        pain=order.pain,
        orderer=Account(**own),
        count=order.count,
        total=order.total,
        is_instant=order.is_instant,
        is_debit=order.is_debit,
    )


def _heard(connection: Connection, conversation: Conversation, told: Told, clock: Clock) -> Conversation:
    """Take in what the bank has said; what is left of the conversation."""
    if told.is_strong:
        days = int(connection.settings.get("consent_days", CONSENT_DAYS))
        note(connection, consent_until=timezone.localdate(clock()) + timedelta(days=days))
    for account, files in told.statements:
        take_delivery(connection, account.iban, files, clock=clock)
    stopped = _payee_heard(conversation, told, clock) if conversation.purpose is Purpose.SEND else ""
    if stopped and told.question is not None and told.question.kind is Kind.PAYEE:
        _not_sent(conversation, stopped, clock)
        return conversation.over()
    if told.question is not None:
        is_new = told.question.kind is not Kind.CONFIRM or conversation.question is None
        return replace(
            conversation,
            memory=told.memory,
            left=told.left or conversation.left,
            question=told.question,
            answer=None,
            tries=0 if is_new else conversation.tries,
            is_running=False,
        )
    match conversation.purpose:
        case Purpose.ACCOUNTS:
            return _accounts_told(connection, conversation, told)
        case Purpose.SEND:
            _sent(conversation, told, clock)
        case _:
            note(connection, fetched_on=timezone.localdate(clock()).isoformat())
    return conversation.over(told.memory)


def _accounts_told(connection: Connection, conversation: Conversation, told: Told) -> Conversation:
    """One account is taken, of several a person chooses."""
    offered = [asdict(each) for each in told.accounts if each.iban]
    if not offered:
        raise Refused("The bank shows no account for this user; ask the bank whether FinTS is enabled for it.")
    if len(offered) == 1:
        note(connection, offered=offered, accounts=offered)
        return conversation.over(told.memory)
    note(connection, offered=offered)
    choices = tuple(Choice(each["iban"], each["iban"]) for each in offered)
    question = Question(Kind.ACCOUNTS, choices=choices)
    return replace(conversation, memory=told.memory, question=question, answer=None, is_running=False)


# ---- the file on its way -------------------------------------------------------------------------------------------


def _file(conversation: Conversation) -> BankFile:
    kind = DebitFile if conversation.file_kind == DebitFile.SUBJECT else PaymentFile
    assert conversation.file_id is not None
    return kind.rows().select_related("account").get(pk=conversation.file_id)


def _payee_heard(conversation: Conversation, told: Told, clock: Clock) -> str:
    """Keep what the bank found out about the payee; the sentence that keeps the transfer here, empty when none does."""
    file = _file(conversation)
    result = PAYEE_STATUS.get(told.payee[0]) if told.payee else None
    if result is None or told.payee is None or not isinstance(file, PaymentFile) or file.count != 1:
        return ""
    with transaction.atomic(durable=True):
        lock(file.merchant_id)
        order = file.orders.select_related("merchant").get()
        if note_payee(order, PayeeCheck(result, told.payee[1] or None)):
            step_ = Happened("transfer", order.pk, "payee_verified", HOUSE, result.value)
            record(file.merchant_id, [step_], at=clock())
    stop = look_at(order).stopped_by
    return f"{order.end_to_end_id} stays: {stop.english}" if stop else ""


def _sent(conversation: Conversation, told: Told, clock: Clock) -> None:
    at = clock()
    if told.is_ordered:
        step(_file(conversation), FileState.SENT, "sent", HOUSE, at, sent_at=at)
    else:
        _not_sent(conversation, told.refusal, clock)


def _unsure(conversation: Conversation, why: str, clock: Clock) -> None:
    if conversation.purpose is Purpose.SEND and _file(conversation).state == FileState.SENDING:
        step(_file(conversation), FileState.UNSURE, "unsure", HOUSE, clock(), error=why)


def _back_in_line(conversation: Conversation, clock: Clock) -> None:
    """The bank did not answer before anything was handed over: it is tried again with the connection."""
    if conversation.purpose is Purpose.SEND and _file(conversation).state == FileState.SENDING:
        step(_file(conversation), FileState.QUEUED, "queued", HOUSE, clock())


def _not_sent(conversation: Conversation, why: str, clock: Clock) -> None:
    """The bank has nothing of the file: a person may send it again, or withdraw it."""
    if conversation.purpose is Purpose.SEND and _file(conversation).state != FileState.SENT:
        step(_file(conversation), FileState.MADE, "not_sent", HOUSE, clock(), connection=None, error=why)
