"""ERPs are looked at: files in their folders are read and answered, and one that is asked gives what is new."""

from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import PurePath
from typing import TypeVar

from zahlmeister.connectors.agencies.files import Exchange
from zahlmeister.connectors.banks.place import Offered
from zahlmeister.connectors.erps.answer_files import Verdict, answer
from zahlmeister.connectors.erps.read_documents import Found, documents_of
from zahlmeister.erps.connections import answered, claim, due, failed, was_read, whole_files
from zahlmeister.erps.models import ErpConnection
from zahlmeister.erps.receipts import Came
from zahlmeister.erps.states import FILES, ReceiptState
from zahlmeister.flows.erps.reach_erp import asked, exchange_of, layout_of
from zahlmeister.flows.erps.receive_document import receive_found
from zahlmeister.merchants.trouble import take_first
from zahlmeister.refusals import Refusal, Unreadable

Clock = Callable[[], datetime]
Given = TypeVar("Given")
#: Files read in one look, so that it ends before somebody takes its worker for dead.
FILES_AT_ONCE = 20


def listen_next(*, clock: Clock) -> ErpConnection | None:
    """A worker's turn: look at the ERP that is due; None when there is none."""
    now = clock()
    return take_first("listen_to_erp", due(now), lambda erp: _look(erp, clock), at=now)


def _look(erp: ErpConnection, clock: Clock) -> None:
    if not claim(erp, clock()):
        return
    try:
        listen(erp, clock=clock)
    except Refusal as stop:
        failed(erp, clock(), str(stop))
    except Exception as bug:
        failed(erp, clock(), f"What it gave broke our reading of it ({type(bug).__name__}); it is tried again.")
        raise


def listen(erp: ErpConnection, *, clock: Clock) -> None:
    """Take all that is new of an ERP.

    Raises:
        Refusal: it cannot be reached; nothing is lost.
    """
    if erp.way in FILES:
        with exchange_of(erp) as exchange:
            whole, is_growing = whole_files(erp, exchange.offered(), clock())
            _each(whole[:FILES_AT_ONCE], lambda offered: _read_file(erp, exchange, offered, clock))
        answered(erp, clock(), after="", is_more=is_growing or len(whole) > FILES_AT_ONCE)
        return
    with asked(erp) as there:
        page = there.documents(erp.after)
    _each(page.found, lambda one: receive_found(erp.merchant, one, Came(one.where, str(erp), erp), at=clock()))
    answered(erp, clock(), after=page.after, is_more=page.is_more)


def _each(every: Iterable[Given], work: Callable[[Given], object]) -> None:
    """Work on each; one at which the work breaks off keeps no other waiting, and is heard of in the end."""
    broken: Exception | None = None
    for one in every:
        try:
            work(one)
        except Refusal:
            raise
        except Exception as bug:  # noqa: BLE001 - raised below, when the others had their turn
            broken = broken or bug
    if broken is not None:
        raise broken


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
