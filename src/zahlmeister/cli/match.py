"""`zahlmeister match`: which order each payment of a statement pays, from files alone."""

import csv
import gc
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from hashlib import blake2b
from pathlib import Path
from typing import Any, BinaryIO

import click

from zahlmeister.cli.earlier_run import earlier_run
from zahlmeister.cli.given import called, lasting, opened, plain_output, usual_format
from zahlmeister.cli.progress import progress
from zahlmeister.formats.order_files import read_order_file
from zahlmeister.formats.orders_csv import OrderRow
from zahlmeister.formats.read import read_stream
from zahlmeister.formats.records import Entry, Problem, Transaction
from zahlmeister.matching.engine import Matcher
from zahlmeister.matching.facts import Candidate, Decision, Item, Payment, Policy, Proposal
from zahlmeister.matching.store import MemoryStore
from zahlmeister.matching.words import LANGUAGES, clue_text, reason_text
from zahlmeister.money.amount import minor_text
from zahlmeister.refusals import Unreadable

#: So many payments are decided, and printed, at once.
AT_ONCE = 500
#: A confidence is never written as certainty.
SUREST = 0.999999


@click.command()
@click.option(
    "--orders",
    "orders_file",
    required=True,
    type=click.Path(path_type=Path),
    help="The open orders as CSV, Excel or JSON.",
)
@click.option(
    "--format",
    "shape",
    type=click.Choice(["jsonl", "table", "csv"]),
    help="How to print. On a terminal a table, otherwise one JSON object per line.",
)
@click.option("--language", type=click.Choice(LANGUAGES), default="en", show_default=True, help="Of the clues.")
@click.option(
    "--decided",
    type=click.Path(path_type=Path),
    help="What an earlier run printed as jsonl: those payments are not decided a second time.",
)
@click.argument("statements", metavar="STATEMENT...", nargs=-1, required=True, type=click.Path(path_type=Path))
def match(
    orders_file: Path, shape: str | None, language: str, decided: Path | None, statements: tuple[Path, ...]
) -> None:
    """Say for every incoming payment of the statements which open order it pays, and why.

    Needs nothing but files: no database, no account. Statements may be camt, MT940/942 or a bank's CSV, also zipped;
    one called - is read from standard input.

    The orders' columns are found by their header, in English or German: number and amount are required; currency
    (EUR), date, invoice_number, customer_number, payment_kind, name, company, email, street, postcode, city,
    shipping_cost, due_date, iban, reference, tracking_number and the cash_discount columns help. Separated by comma or
    semicolon, UTF-8 or cp1252.

    An order that cannot be read is told and passed over; the exit status is 2 then. If a statement breaks off, what was
    read before is decided and printed, one sentence says what is wrong, and the exit status is 2. Every transaction has
    an id that stays the same on the next run. Save what was printed as jsonl and give it with --decided next time:
    those payments are left out, and what they paid counts as paid.
    """
    passed_over: list[str] = []
    try:
        matcher, known = _prepared(orders_file, decided, passed_over.append)
    except Unreadable as refusal:
        click.echo(str(refusal), err=True)
        sys.exit(2)
    for sentence in passed_over:
        click.echo(f"{sentence} This order was passed over.", err=True)
    stdout = plain_output()
    printer = _PRINTERS[shape or usual_format(stdout)](language)
    is_broken = bool(passed_over)
    for statement in statements:
        try:
            _decide(statement, matcher, known, printer)
        except Unreadable as refusal:
            click.echo(str(refusal), err=True)
            is_broken = True
    sys.exit(2 if is_broken else 0)


def order_item(row: OrderRow) -> Item:
    """An order of the file as an open item; its line is its id."""
    return Item(
        id=row.line,
        number=row.number,
        total_minor=row.amount.minor,
        open_minor=max(row.amount.minor, 0),
        currency=row.amount.currency,
        opened_on=row.ordered_on,
        due_on=row.due_on,
        invoice_numbers=(row.invoice_number,) if row.invoice_number else (),
        customer_number=row.customer_number,
        payment_kind=row.payment_kind,
        name=row.name,
        company=row.company,
        email=row.email,
        street=row.street,
        postcode=row.postcode,
        city=row.city,
        shipping_minor=row.shipping.minor if row.shipping else None,
        ibans=(row.iban,) if row.iban else (),
        reference=row.reference,
        tracking_numbers=row.tracking_numbers,
        discount_minor=row.discount.minor if row.discount else 0,
        discount_until=row.discount_until,
    )


def payment_facts(transaction: Transaction) -> Payment | None:
    """A transaction as the matcher wants it; None when it is not money that came in."""
    amount = transaction.amount
    if amount is None or amount.minor <= 0 or transaction.is_return:
        return None
    charges, original = transaction.charges, transaction.original_amount
    return Payment(
        minor=amount.minor,
        currency=amount.currency,
        booked_on=transaction.booked_on,
        value_on=transaction.value_on,
        payer=transaction.counterparty,
        ultimate_payer=transaction.ultimate_party,
        iban=transaction.counterparty_iban,
        remittance=transaction.remittance,
        remittance_pieces=transaction.remittance_pieces,
        creditor_reference=transaction.creditor_reference,
        end_to_end_id=transaction.end_to_end_id,
        booking_text=transaction.booking_text,
        bank_code=transaction.bank_code,
        charges_minor=charges.minor if charges and charges.currency == amount.currency else None,
        original_minor=original.minor if original and original.currency == amount.currency else None,
    )


@dataclass(frozen=True, slots=True)
class _Decided:
    """A transaction with its id and the finding."""

    id: str
    transaction: Transaction
    payment: Payment
    proposal: Proposal

    @property
    def booked(self) -> Candidate | None:
        return self.proposal.candidates[0] if self.proposal.decision is Decision.ASSIGNED else None


def _prepared(orders_file: Path, decided: Path | None, passed_over: Callable[[str], None]) -> tuple[Matcher, set[str]]:
    """A matcher that knows the orders and what an earlier run has paid of them, and the ids that run has printed.

    `passed_over` is told a sentence about each order that cannot be read.
    """
    gc.disable()  # the orders stay until the end: nothing to collect among them
    store = MemoryStore()
    by_number: dict[str, Item] = {}
    name = called(orders_file)
    with lasting(orders_file) as path, progress(f"Orders from {name}") as bar:
        for count, row in enumerate(read_order_file(path, name=name, refused=passed_over), start=1):
            item = order_item(row)
            first = by_number.setdefault(item.number, item)
            if first is item or first != replace(item, id=first.id):  # a shop may write a line for each article
                store.add(item)
            if count % AT_ONCE == 0:
                bar(count, None)
    matcher = Matcher(store, Policy(), store.population())
    gc.freeze()
    gc.enable()
    known: set[str] = set()
    for earlier in earlier_run(decided) if decided else ():
        known.add(earlier.id)
        for number, paid in earlier.shares:
            if number in by_number:
                matcher.remember(by_number[number], paid, settles=earlier.settles)
    return matcher, known


def _decide(statement: Path, matcher: Matcher, known: set[str], printer: "_Printer") -> None:
    """Decide one file and print as it goes; what was read before a break is printed before the break is raised."""
    waiting: list[tuple[str, Transaction, Payment]] = []
    with opened(statement) as file, progress(called(statement)) as bar:
        count = 0
        try:
            for identity, transaction, payment in _incoming(file, called(statement)):
                if identity in known:
                    continue
                known.add(identity)
                waiting.append((identity, transaction, payment))
                count += 1
                if len(waiting) >= AT_ONCE:
                    _flush(waiting, matcher, printer)
                    bar(count, None)
        finally:
            _flush(waiting, matcher, printer)


def _flush(waiting: list[tuple[str, Transaction, Payment]], matcher: Matcher, printer: "_Printer") -> None:
    proposals = matcher.propose([payment for _, _, payment in waiting])
    for (identity, transaction, payment), proposal in zip(waiting, proposals, strict=True):
        printer(_Decided(identity, transaction, payment, proposal))
    waiting.clear()
    sys.stdout.flush()


def _incoming(statement: BinaryIO, name: str) -> Iterator[tuple[str, Transaction, Payment]]:
    """The incoming transactions of a file with their ids."""
    seen: Counter[str] = Counter()
    for record in read_stream(statement, name=name):
        if isinstance(record, Problem):
            click.echo(f"Warning: {record.sentence}", err=True)
        elif isinstance(record, Entry):
            for transaction in _transactions(record):
                payment = payment_facts(transaction)
                if payment is not None:
                    content = _content(transaction)
                    seen[content] += 1
                    yield f"{content}-{seen[content]}", transaction, payment


def _transactions(entry: Entry) -> Iterable[Transaction]:
    """The transactions of an entry, or the entry as one where its details do not make its amount."""
    if entry.is_divisible:
        return entry.transactions
    first = entry.transactions[0]
    texts = [transaction.remittance for transaction in entry.transactions if transaction.remittance]
    single = len(entry.transactions) == 1
    pieces = first.remittance_pieces if single else ()
    return (replace(first, amount=entry.amount, remittance=" ".join(texts) or None, remittance_pieces=pieces),)


def _content(transaction: Transaction) -> str:
    """What makes a transaction itself, whatever file it came in; honest twins are told apart by counting."""
    facts = (
        transaction.account,
        transaction.booked_on,
        transaction.amount,
        transaction.counterparty,
        transaction.counterparty_iban,
        transaction.remittance,
        transaction.bank_reference,
        transaction.end_to_end_id,
    )
    return blake2b("\x1f".join(map(str, facts)).encode(), digest_size=8).hexdigest()


_Printer = Callable[[_Decided], None]


def _jsonl(language: str) -> _Printer:
    def show(decided: _Decided) -> None:
        click.echo(json.dumps(_as_json(decided, language), ensure_ascii=False))

    return show


def _as_json(decided: _Decided, language: str) -> dict[str, Any]:
    transaction, payment, proposal = decided.transaction, decided.payment, decided.proposal
    booked = decided.booked
    return {
        "transaction": {
            "id": decided.id,
            "bank_reference": transaction.bank_reference,
            "booked_on": transaction.booked_on.isoformat() if transaction.booked_on else None,
            "amount": minor_text(payment.minor, payment.currency),
            "currency": payment.currency,
            "payer": payment.payer,
            "iban": payment.iban,
            "remittance": payment.remittance,
        },
        "decision": proposal.decision.value,
        "reason": proposal.reason,
        "allocations": [
            {"order": share.item.number, "amount": minor_text(share.minor, payment.currency)}
            for share in (booked.shares if booked else ())
        ],
        "outcome": booked.outcome.value if booked else "none",
        "confidence": _confidence(proposal),
        "candidates": [candidate_json(candidate, language) for candidate in proposal.candidates],
    }


def candidate_json(candidate: Candidate, language: str) -> dict[str, Any]:
    """A candidate as programs read it: its orders, how sure it is, and its clues in words."""
    numbers = [share.item.number for share in candidate.shares]
    return {
        "orders": numbers,
        "order": numbers[0],
        "confidence": min(round(candidate.confidence, 6), SUREST),
        "clues": [
            {"kind": clue.kind, "text": clue_text(clue, language), "weight": round(clue.weight, 1)}
            for clue in candidate.clues
        ],
    }


def _confidence(proposal: Proposal) -> float:
    """How sure we are of the first candidate; 0 when there is none."""
    return min(round(proposal.candidates[0].confidence, 6), SUREST) if proposal.candidates else 0.0


def _row(decided: _Decided, language: str) -> list[str]:
    transaction, payment, proposal = decided.transaction, decided.payment, decided.proposal
    best = proposal.candidates[0] if proposal.candidates else None
    why = [clue_text(clue, language) for clue in best.clues] if best else []
    if proposal.reason:
        why.insert(0, reason_text(proposal.reason, language))
    return [
        str(transaction.booked_on or ""),
        minor_text(payment.minor, payment.currency),
        payment.currency,
        payment.payer or "",
        proposal.decision.value,
        " ".join(share.item.number for share in best.shares) if best else "",
        decided.booked.outcome.value if decided.booked else "",
        f"{_confidence(proposal):.4f}" if best else "",
        "; ".join(why),
    ]


_COLUMNS = ("booked_on", "amount", "currency", "payer", "decision", "orders", "outcome", "confidence", "clues")
_FURTHER = ("id", "bank_reference", "iban", "remittance")


def _csv(language: str) -> _Printer:
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow((*_COLUMNS, *_FURTHER))

    def show(decided: _Decided) -> None:
        transaction, payment = decided.transaction, decided.payment
        further = (decided.id, transaction.bank_reference, payment.iban, payment.remittance)
        writer.writerow((*_row(decided, language), *(text or "" for text in further)))

    return show


_HEADINGS = ("day", "amount", "cur", "payer", "decision", "orders", "outcome", "sure", "clues")
_WIDTHS = (10, 11, 3, 26, 10, 22, 10, 6)


def _table(language: str) -> _Printer:
    """Columns of fixed width, so that lines appear as they are decided; the clues take the rest of the line."""

    def show(decided: _Decided) -> None:
        *cells, why = _row(decided, language)
        cells[1] = cells[1].rjust(_WIDTHS[1])
        fixed = "  ".join(_fitted(cell, width) for cell, width in zip(cells, _WIDTHS, strict=True))
        click.echo(f"{fixed}  {why}")

    click.echo("  ".join(_fitted(name, width) for name, width in zip(_HEADINGS, (*_WIDTHS, 5), strict=True)))
    return show


def _fitted(text: str, width: int) -> str:
    clean = " ".join(text.split()) if not text.startswith(" ") else text
    return (clean if len(clean) <= width else clean[: width - 1] + "…").ljust(width)


_PRINTERS: dict[str, Callable[[str], _Printer]] = {"jsonl": _jsonl, "csv": _csv, "table": _table}
