"""`zahlmeister sandbox-bank`: a bank to try things at, with a clock that is moved by hand."""

import time
from datetime import UTC, date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import click

from zahlmeister.money.amount import Amount
from zahlmeister.refusals import Refused, Unreadable

if TYPE_CHECKING:
    from zahlmeister.sandbox.paying_bank import SandboxBank

_DAY = click.DateTime(["%Y-%m-%d"])
_FORMATS = ("camt.052", "camt.053", "camt.054", "mt940", "csv")


class _Sentences(click.Group):
    """Refusals are told in their sentence."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except (Refused, Unreadable) as refusal:
            raise click.ClickException(str(refusal)) from refusal


@click.group("sandbox-bank", cls=_Sentences)
@click.argument("books", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--today", type=_DAY, help="Where the bank's clock stands when the books are new; the real day if not.")
@click.pass_context
def sandbox_bank(ctx: click.Context, books: Path, today: datetime | None) -> None:
    """A bank for tests, which keeps its books in a file: it takes files of orders, answers, pays, and tells.

    Nothing of it reaches a real bank.
    """
    from zahlmeister.sandbox.paying_bank import SandboxBank

    day = today.date() if today else datetime.now(UTC).date()
    ctx.obj = SandboxBank(books=books, today=day)


@sandbox_bank.command("open-account")
@click.argument("iban")
@click.option("--owner", required=True, help="The holder, as the bank knows it.")
@click.option("--balance", default="0.00", show_default=True, help="What is on it.")
@click.option("--currency", default="EUR", show_default=True, help="In which it is kept.")
@click.pass_obj
def open_account(bank: "SandboxBank", iban: str, owner: str, balance: str, currency: str) -> None:
    """Open an account of our customer."""
    from zahlmeister.money.banks import bank_of
    from zahlmeister.sandbox.movements import MerchantAccount

    known = bank_of(iban)
    at, bic = (known.name, known.bic or "") if known else ("Sandbox Bank", "")
    bank.open_account(MerchantAccount(owner, iban, bic, at, currency), Amount.parse(balance, currency))


@sandbox_bank.command("pay-in")
@click.argument("iban")
@click.argument("amount")
@click.option("--name", required=True, help="Who pays.")
@click.option("--from", "payer", required=True, help="The payer's IBAN.")
@click.option("--text", default="", help="What the payer writes.")
@click.option("--currency", default="EUR", show_default=True, help="Of the amount.")
@click.pass_obj
def pay_in(bank: "SandboxBank", /, iban: str, amount: str, **told: str) -> None:
    """Somebody pays our customer; it is booked on the bank's day, or the next banking day."""
    paid = Amount.parse(amount, told["currency"])
    bank.pay_in(iban, paid, name=told["name"], iban=told["payer"], text=told["text"])


@sandbox_bank.command("expect")
@click.argument("iban")
@click.option("--holder", help="Whose account it is; verification of payee compares with it.")
@click.option("--rejects", help="The reason for which orders to it are rejected, such as AC01.")
@click.option("--returns", help="The reason for which money comes back, such as AC04 or MD06.")
@click.option("--after", default=1, show_default=True, help="Banking days until it comes back.")
@click.pass_obj
def expect(
    bank: "SandboxBank", iban: str, holder: str | None, rejects: str | None, returns: str | None, after: int
) -> None:
    """Say what shall happen to money for that account, or collected from it."""
    from zahlmeister.sandbox.bank_books import Fate

    bank.expect(iban, Fate(holder=holder, rejects=rejects, returns=returns, after_days=after))


@sandbox_bank.command("hand-in")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.pass_obj
def hand_in(bank: "SandboxBank", file: Path) -> None:
    """Hand in a file of orders (pain.001 or pain.008); the answer (pain.002) is printed."""
    click.echo(bank.hand_in(file.read_bytes(), name=file.name), nl=False)


@sandbox_bank.command("move-to")
@click.argument("day", type=_DAY)
@click.pass_obj
def move_to(bank: "SandboxBank", day: datetime) -> None:
    """Let the days pass until that one has begun; what is due is executed on its day."""
    bank.move_to(day.date())
    click.echo(f"It is {bank.today} at the bank.")


@sandbox_bank.command("statement")
@click.argument("iban")
@click.option("--format", "form", type=click.Choice(_FORMATS), default="camt.053", show_default=True, help="Which.")
@click.option("--since", type=_DAY, help="The first day; all days there are, if not said.")
@click.pass_obj
def statement(bank: "SandboxBank", iban: str, form: str, since: datetime | None) -> None:
    """Print the statements of the days that are over."""
    from zahlmeister.sandbox.statement_files import WRITERS

    first = since.date() if since else date.min
    days = [each for each in bank.statements(iban) if each.on >= first]
    if not days:
        raise Refused(f"Nothing was booked on {iban} until {bank.today}.")
    with TemporaryDirectory() as folder:
        path = Path(folder) / "statement"
        WRITERS[form](path, days)
        click.echo(path.read_bytes(), nl=False)


@sandbox_bank.command("serve-fints")
@click.argument("ibans", nargs=-1, required=True)
@click.option("--user", default="brigitte", show_default=True, help="The name to sign in with.")
@click.option("--pin", default="geheim99", show_default=True, help="Its PIN.")
@click.option("--port", default=0, help="On this machine; any free one if not said.")
@click.option("--verify-payees", is_flag=True, help="Compare the payee's name before a transfer is taken.")
@click.pass_obj
def serve_fints(bank: "SandboxBank", /, ibans: tuple[str, ...], port: int, *, verify_payees: bool, **told: str) -> None:
    """Answer by FinTS on this machine until it is stopped; every TAN is 123456."""
    from zahlmeister.sandbox.fints_parameters import BANK_CODE, TEXT
    from zahlmeister.sandbox.fints_server import Customer, FintsServer

    accounts = tuple(bank.account(iban) for iban in ibans)
    customer = Customer(told["user"], told["pin"], accounts=accounts, methods=(TEXT,), verifies_payees=verify_payees)
    books = click.get_current_context().parent
    assert books is not None
    server = FintsServer(books.params["books"], customer, port=port, today=bank.today).start()
    click.echo(f"{server.address} bank code {BANK_CODE}")
    try:
        while True:
            time.sleep(1)
    finally:
        server.close()
