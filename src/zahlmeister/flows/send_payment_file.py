"""A file of transfers or direct debits is sent to the bank, at most once.

A person puts the file in line, a worker sends it while it holds the connection. What leaves the house in a way that
cannot be taken back is announced in the books first (`SENDING`), and told afterwards (`SENT`). Whoever dies in between
leaves a file that is being sent: the next worker looks at the place whether it arrived. Where nothing can be seen the
file becomes unsure, and is never sent again by itself.
"""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from zahlmeister.banking.bank_file import BankFile
from zahlmeister.banking.connections import look_now
from zahlmeister.banking.models import Connection, ConnectionKind
from zahlmeister.banking.outgoing import OrderChanged, move_file
from zahlmeister.banking.outgoing_models import PaymentFile
from zahlmeister.banking.outgoing_queries import files_to_send
from zahlmeister.banking.outgoing_states import FileState
from zahlmeister.connectors.banks.sftp import Sftp, Whereabouts
from zahlmeister.flows.make_payment_file import check_payees, stored
from zahlmeister.flows.screen_payment import require_proof
from zahlmeister.formats.payments.fints_order import fints_order
from zahlmeister.history.record import Happened, record
from zahlmeister.merchants.lock import lock
from zahlmeister.money.banking_days import banking_day
from zahlmeister.refusals import Refused

#: Who does what no person does.
HOUSE = "system"


def queue_file(file: BankFile, connection: Connection, *, by: str, at: datetime) -> None:
    """Put a file in line to be sent by a connection.

    Raises:
        Refused: the connection does not send for its account or in this form, somebody has the file already, or a
            payee was found to be wrong.
    """
    if not connection.sends_for(file.account):
        raise Refused(f"“{connection.name}” does not send files of this account.")
    data = stored(file)
    if connection.kind == ConnectionKind.FINTS:
        fints_order(data, earliest=banking_day(timezone.localdate(at)))
    with transaction.atomic(durable=True):
        lock(file.merchant_id)
        file.refresh_from_db()
        if isinstance(file, PaymentFile):
            require_proof(file)
            check_payees(file)
        move_file(file, FileState.QUEUED, connection=connection, error="")
        look_now(connection, at)
        _record(file, "queued", by, at, connection.name)


def take_back(file: BankFile, *, by: str, at: datetime) -> None:
    """Take a file out of the line before a worker has begun to send it.

    Raises:
        Refused: it is being sent, or is at the bank.
    """
    if file.state != FileState.QUEUED:
        raise Refused("Only a file that waits to be sent can be taken back.")
    step(file, FileState.MADE, "taken_back", by, at, connection=None, error="")


def tell_outcome(file: BankFile, *, has_arrived: bool, by: str, at: datetime) -> None:
    """A person has asked the bank whether it has a file of which nobody here knows.

    Raises:
        Refused: the house knows by now.
    """
    if file.state != FileState.UNSURE:
        raise Refused("Only of a file that nobody knows about a person can say whether the bank has it.")
    if has_arrived:
        step(file, FileState.SENT, "arrived", by, at, sent_at=at, error="")
    else:
        step(file, FileState.MADE, "not_arrived", by, at, connection=None, error="")


def send_by_sftp(connection: Connection, there: Sftp, *, at: datetime) -> None:
    """Send what waits for this connection, and find out about what was left on the way.

    Raises:
        Unreachable: the server broke off; the file stays where it was in its life.
    """
    for file in files_to_send(connection):
        try:
            if file.state == FileState.QUEUED:
                _lay_down(file, there, at)
            else:
                _look_for(file, there, at)
        except OrderChanged:
            continue  # another worker was quicker
        except Refused as refusal:
            step(file, FileState.MADE, "not_sent", HOUSE, at, connection=None, error=str(refusal))


def _lay_down(file: BankFile, there: Sftp, at: datetime) -> None:
    there.put(_name(file), stored(file))
    step(file, FileState.SENDING, "sending", HOUSE, at)
    there.release(_name(file))
    step(file, FileState.SENT, "sent", HOUSE, at, sent_at=at)


def _look_for(file: BankFile, there: Sftp, at: datetime) -> None:
    """Somebody died while sending it. It was laid down whole before; was it released?"""
    where = there.whereabouts(_name(file))
    if where is Whereabouts.GONE:
        why = "The bank may have taken the file away, or somebody else has; the server does not tell. Ask the bank."
        step(file, FileState.UNSURE, "unsure", HOUSE, at, error=why)
        return
    if where is Whereabouts.PUT:
        there.release(_name(file))
    step(file, FileState.SENT, "sent", HOUSE, at, sent_at=at)


def _name(file: BankFile) -> str:
    return f"{file.message_id}.xml"


def step(file: BankFile, state: FileState, verb: str, by: str, at: datetime, **changes: object) -> None:
    """Bring a file one step on, and tell it in its history.

    Raises:
        OrderChanged: somebody else was quicker.
        Refused: no way leads there.
    """
    with transaction.atomic(durable=True):
        lock(file.merchant_id)
        move_file(file, state, **changes)
        _record(file, verb, by, at, str(changes.get("error") or ""))


def _record(file: BankFile, verb: str, by: str, at: datetime, reason: str = "") -> None:
    record(file.merchant_id, [Happened(file.SUBJECT, file.pk, verb, by, reason[:240])], at=at)
