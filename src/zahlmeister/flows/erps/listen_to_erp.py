"""ERPs are looked at: files in their folders are read and answered, and one that is asked gives what is new."""

from collections.abc import Callable
from datetime import datetime
from pathlib import PurePath

from zahlmeister.connectors.agencies.files import Exchange
from zahlmeister.connectors.banks.place import Offered
from zahlmeister.connectors.erps.answer_files import Verdict, answer
from zahlmeister.connectors.erps.read_documents import Found, documents_of
from zahlmeister.erps.connections import answered, claim_erp, failed, was_read, whole_files
from zahlmeister.erps.models import ErpConnection
from zahlmeister.erps.receipts import Came
from zahlmeister.erps.states import FILES, ReceiptState
from zahlmeister.flows.erps.reach_erp import asked, exchange_of, layout_of
from zahlmeister.flows.erps.receive_document import receive_found
from zahlmeister.refusals import Refusal, Unreadable

Clock = Callable[[], datetime]


def listen_next(*, clock: Clock) -> ErpConnection | None:
    """A worker's turn: look at the ERP that is due; None when there is none."""
    erp = claim_erp(clock())
    if erp is None:
        return None
    try:
        listen(erp, clock=clock)
    except Refusal as stop:
        failed(erp, clock(), str(stop))
    return erp


def listen(erp: ErpConnection, *, clock: Clock) -> None:
    """Take all that is new of an ERP.

    Raises:
        Refusal: it cannot be reached; nothing is lost.
    """
    if erp.way in FILES:
        with exchange_of(erp) as exchange:
            whole, is_growing = whole_files(erp, exchange.offered(), clock())
            for offered in whole:
                _read_file(erp, exchange, offered, clock)
        answered(erp, clock(), after="", is_growing=is_growing)
        return
    with asked(erp) as there:
        page = there.documents(erp.after)
    for found in page.found:
        receive_found(erp.merchant, found, Came(found.where, str(erp), erp), at=clock())
    answered(erp, clock(), after=page.after)


def _read_file(erp: ErpConnection, exchange: Exchange, offered: Offered, clock: Clock) -> None:
    """Take a file's documents, lay the answer down, and remember the file, in this order: dying between is no loss."""
    with exchange.open(offered) as file:
        content = file.read()
    if len(content) != offered.size:
        return  # it changed while it was read; the next look sees another size
    answers = answer(_verdicts(erp, offered.name, content, clock))
    exchange.lay_down(f"answer-{PurePath(offered.name).stem}-{offered.modified}.csv", answers)
    was_read(erp, offered, clock())


def _verdicts(erp: ErpConnection, name: str, content: bytes, clock: Clock) -> list[Verdict]:
    """What becomes of a file's documents; a later one may be what an earlier one waits for, so those come twice."""
    try:
        every = list(documents_of(content, layout_of(erp), name=name))
    except Unreadable as wrong:
        every = [Found("", "", "", why=str(wrong))]
    first = [_received(erp, name, found, clock) for found in every]
    again = [
        _received(erp, name, found, clock) if found.document and state == ReceiptState.REFUSED else (state, why)
        for found, (state, why) in zip(every, first, strict=True)
    ]
    return [
        Verdict(found.where, found.kind, found.number, state.value, why)
        for found, (state, why) in zip(every, again, strict=True)
    ]


def _received(erp: ErpConnection, name: str, found: Found, clock: Clock) -> tuple[ReceiptState, str]:
    came = Came(f"{name}, {found.where}" if found.where else name, f"{erp}: {name}", erp)
    return receive_found(erp.merchant, found, came, at=clock())
