"""What can be asked about transfers we order."""

from datetime import date

from django.db.models import Count, QuerySet

from zahlmeister.banking.bank_file import BankFile
from zahlmeister.banking.debit_models import DebitFile
from zahlmeister.banking.models import BankAccount, Connection, ConnectionKind
from zahlmeister.banking.outgoing_models import PaymentFile, PaymentOrder
from zahlmeister.banking.outgoing_states import FileState, OrderState
from zahlmeister.money.accounts import is_iban


def payment_orders(merchant_id: int) -> QuerySet[PaymentOrder]:
    """The transfers, newest first."""
    return PaymentOrder.objects.filter(merchant_id=merchant_id).order_by("-created_at", "-id")


def payment_files(merchant_id: int) -> QuerySet[PaymentFile]:
    """The files for the bank, newest first."""
    return PaymentFile.objects.filter(merchant_id=merchant_id).order_by("-created_at", "-id")


def ready_orders(account: BankAccount, until: date) -> list[PaymentOrder]:
    """Approved transfers of an account that are due until that day, oldest first; none that is in doubt."""
    rows = PaymentOrder.objects.filter(
        merchant_id=account.merchant_id, account=account, state=OrderState.APPROVED, doubt="", execute_on__lte=until
    )
    return list(rows.select_related("merchant").prefetch_related("approvals").order_by("execute_on", "id"))


def paying_accounts(merchant_id: int) -> list[BankAccount]:
    """The accounts that transfers can be ordered from: the merchant's own, with an IBAN."""
    rows = BankAccount.objects.filter(merchant_id=merchant_id, is_ours=True, same_as=None).order_by(
        "name", "number", "currency"
    )
    return [account for account in rows if is_iban(account.number)]


def ways_out(account: BankAccount) -> list[Connection]:
    """The connections that files of this account can be sent by."""
    rows = Connection.objects.filter(merchant_id=account.merchant_id).order_by("name", "id")
    return [each for each in rows if each.sends_for(account)]


def takes_one_group(account: BankAccount) -> bool:
    """Whether files of this account may go by FinTS, where each group is an order of its own with a TAN of its own."""
    return any(way.kind == ConnectionKind.FINTS for way in ways_out(account))


def files_to_send(connection: Connection) -> list[BankFile]:
    """What waits to be sent by a connection, or was left on the way: transfers and direct debits, the oldest first."""
    rows: list[BankFile] = []
    for kind in (PaymentFile, DebitFile):
        rows += kind.objects.filter(connection=connection, state__in=(FileState.QUEUED, FileState.SENDING))
    return sorted(rows, key=lambda row: (row.created_at, row.pk))


def orders_by_state(merchant_id: int) -> dict[str, int]:
    """How many transfers are in each state."""
    rows = PaymentOrder.objects.filter(merchant_id=merchant_id).values_list("state").annotate(Count("pk")).order_by()
    return dict(rows)


def transfers_waiting(merchant_id: int) -> int:
    """How many transfers need a person: to be approved, or because something is odd; and files nobody knows about."""
    mine = PaymentOrder.objects.filter(merchant_id=merchant_id)
    waiting = mine.filter(state=OrderState.DRAFTED).values("pk")
    unsure = [
        kind.objects.filter(merchant_id=merchant_id, state=FileState.UNSURE).values("pk")
        for kind in (PaymentFile, DebitFile)
    ]
    return waiting.union(mine.exclude(doubt="").values("pk"), *unsure).count()
