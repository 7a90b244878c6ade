"""What can be asked about mandates and direct debits."""

from django.db.models import QuerySet

from zahlmeister.banking.debit_models import Debit, DebitFile, Mandate
from zahlmeister.banking.debit_states import DebitState


def debits(merchant_id: int) -> QuerySet[Debit]:
    """The collections with their mandates, the newest first."""
    return Debit.objects.filter(merchant_id=merchant_id).select_related("mandate").order_by("-created_at", "-id")


def mandates(merchant_id: int) -> QuerySet[Mandate]:
    """The mandates by debtor."""
    return Mandate.objects.filter(merchant_id=merchant_id).order_by("debtor_name", "reference")


def mandate_from(customer_id: int) -> Mandate | None:
    """The newest mandate that a merchant has given the operator; None when there is none, or none holds any more."""
    rows = Mandate.objects.filter(customer=customer_id, revoked_on=None)
    return rows.order_by("-created_at", "-pk").first()


def debit_files(merchant_id: int) -> QuerySet[DebitFile]:
    """The files for the bank, the newest first."""
    return DebitFile.objects.filter(merchant_id=merchant_id).order_by("-created_at", "-id")


def debits_waiting(merchant_id: int) -> QuerySet[Debit]:
    """Collections that need a person: to be approved, to be told, or because something is odd."""
    mine = debits(merchant_id)
    untold = mine.filter(state__in=(DebitState.DRAFTED, DebitState.APPROVED), told_on=None)
    return mine.filter(state=DebitState.DRAFTED) | untold | mine.exclude(doubt="")
