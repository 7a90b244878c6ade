"""`zahlmeister read`: what bank statements say, before anything is matched."""

import csv
import json
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, TextIO

import click

from zahlmeister.cli.given import called, length, opened, plain_output, usual_format
from zahlmeister.cli.progress import progress
from zahlmeister.formats.read import read_stream
from zahlmeister.formats.records import Entry, Problem, Record, Transaction
from zahlmeister.money.amount import Amount
from zahlmeister.refusals import Unreadable

#: A file below this many bytes is read before a bar could be looked at.
WORTH_A_BAR = 5_000_000

#: Exit status: all read · read, but something is odd · something could not be read. The worst of all files counts.
FINE, ODD, BROKEN = 0, 1, 2

Row = dict[str, str | bool | dict[str, str | int] | None]
Writer = Callable[[Transaction], None]


@click.command("read")
@click.option(
    "--format",
    "output",
    type=click.Choice(["jsonl", "table", "csv"]),
    help="How to print. On a terminal a table, otherwise one JSON object per line.",
)
@click.argument("statements", metavar="STATEMENT...", nargs=-1, required=True, type=click.Path(path_type=Path))
def read(statements: tuple[Path, ...], output: str | None) -> None:
    """Show what bank statements say: one line per transaction, in the order of the file.

    Reads camt.052, camt.053, camt.054, MT940, MT942 and some CSV exports, also inside ZIP, recognised by content.
    What is odd is told as a warning and sets exit status 1; a file that cannot be read further is told in a sentence
    and sets exit status 2, after everything that stands before was printed. A statement called - is read from standard
    input.
    """
    stdout = plain_output()
    write = _WRITERS[output or usual_format(stdout)](stdout)
    status = FINE
    for path in statements:
        status = max(status, _read_one(path, write))
        stdout.flush()
    sys.exit(status)


def _read_one(path: Path, write: Writer) -> int:
    status = FINE
    try:
        with opened(path) as file:
            for record in _watched(file, called(path)):
                if isinstance(record, Entry):
                    for transaction in record.transactions:
                        write(transaction)
                elif isinstance(record, Problem):
                    status = ODD
                    click.echo(f"Warning: {record.sentence}", err=True)
    except Unreadable as refusal:
        click.echo(str(refusal), err=True)
        status = BROKEN
    return status


def _watched(file: BinaryIO, name: str) -> Iterator[Record]:
    """The file's records, with a bar on the error stream when it is large and the output goes elsewhere."""
    size = length(file)
    if size < WORTH_A_BAR or sys.stdout.isatty():
        yield from read_stream(file, name=name)
        return
    with progress(name) as bar:
        for number, record in enumerate(read_stream(file, name=name)):
            if number % 1000 == 0:
                bar(file.tell(), size)
            yield record


def row(transaction: Transaction) -> Row:
    """A transaction under the names of the contract; what is absent is None."""
    source = transaction.source
    return {
        "account": transaction.account,
        "booked_on": transaction.booked_on.isoformat() if transaction.booked_on else None,
        "value_on": transaction.value_on.isoformat() if transaction.value_on else None,
        "amount": _number(transaction.amount),
        "currency": transaction.amount.currency if transaction.amount else None,
        "counterparty": transaction.counterparty,
        "counterparty_iban": transaction.counterparty_iban,
        "counterparty_bic": transaction.counterparty_bic,
        "remittance": transaction.remittance,
        "creditor_reference": transaction.creditor_reference,
        "end_to_end_id": transaction.end_to_end_id,
        "mandate_id": transaction.mandate_id,
        "bank_reference": transaction.bank_reference,
        "bank_code": transaction.bank_code,
        "booking_text": transaction.booking_text,
        "is_return": transaction.is_return,
        "return_reason": transaction.return_reason,
        "charges": _number(transaction.charges),
        "original_amount": _number(transaction.original_amount),
        "original_currency": transaction.original_amount.currency if transaction.original_amount else None,
        "status": transaction.status.value,
        "source": {
            "file": source.file,
            "format": source.format,
            "statement": source.statement,
            "entry": source.entry,
        },
    }


def _number(amount: Amount | None) -> str | None:
    return None if amount is None else amount.text()


def _jsonl(stdout: TextIO) -> Writer:
    encode = json.JSONEncoder(ensure_ascii=False).encode

    def write(transaction: Transaction) -> None:
        stdout.write(encode(row(transaction)) + "\n")

    return write


def _csv(stdout: TextIO) -> Writer:
    """The same with a header; `source` becomes four columns."""
    sheet = csv.writer(stdout, lineterminator="\n")
    is_headed = False

    def write(transaction: Transaction) -> None:
        nonlocal is_headed
        cells = row(transaction)
        source = cells.pop("source")
        assert isinstance(source, dict)
        flat = cells | {f"source_{name}": value for name, value in source.items()}
        if not is_headed:
            sheet.writerow(flat)
            is_headed = True
        sheet.writerow("" if cell is None else cell for cell in flat.values())

    return write


def _table(stdout: TextIO) -> Writer:
    """Lines for a person: day, amount, who, what for, as wide as the terminal."""
    width = shutil.get_terminal_size((120, 40)).columns
    name = max(16, (width - 30) * 2 // 5)
    rest = max(20, width - 31 - name)
    is_headed = False

    def write(transaction: Transaction) -> None:
        nonlocal is_headed
        if not is_headed:
            stdout.write(f"{'Booked':10} {'Amount':>17}  {'Counterparty':{name}} Remittance\n")
            is_headed = True
        amount = str(transaction.amount) if transaction.amount is not None else "–"
        who = transaction.counterparty or transaction.counterparty_iban or "–"
        what = transaction.remittance or transaction.creditor_reference or transaction.booking_text or ""
        mark = "↩ " if transaction.is_return else ""
        stdout.write(
            f"{transaction.booked_on or '–'!s:10} {amount:>17}  {_cut(who, name):{name}} {_cut(mark + what, rest)}\n"
        )

    return write


def _cut(text: str, width: int) -> str:
    text = " ".join(text.split())
    return text if len(text) <= width else text[: width - 1] + "…"


_WRITERS: dict[str, Callable[[TextIO], Writer]] = {"jsonl": _jsonl, "csv": _csv, "table": _table}
