"""Who prints a merchant's letters: its own print service, else the installation's folder."""

from django.conf import settings

from zahlmeister.connectors.banks.sftp import Access
from zahlmeister.connectors.post.contract import PrintService
from zahlmeister.connectors.post.folder import PrintFolder
from zahlmeister.connectors.post.pingen import Pingen, PingenAccess
from zahlmeister.connectors.post.server import PrintServer
from zahlmeister.correspondence.models import PrintAccount, PrintWay
from zahlmeister.merchants.seal import is_same_place, opened, seal, still_good


def print_service(merchant_id: int) -> PrintService | None:
    """Who prints the letters of this merchant; None when nobody is set up.

    Raises:
        Refused: the password was sealed with another secret.
    """
    account = PrintAccount.objects.filter(merchant_id=merchant_id).first()
    if account is not None:
        return service_of(account, "")
    return PrintFolder(settings.PRINT_FOLDER) if settings.PRINT_FOLDER else None


def is_printing(merchant_id: int) -> bool:
    """Whether somebody prints the letters of this merchant."""
    return bool(settings.PRINT_FOLDER) or PrintAccount.objects.filter(merchant_id=merchant_id).exists()


def service_of(account: PrintAccount, secret: str) -> PrintService:
    """The print service as the row tells it. An empty secret is the one that is kept.

    Raises:
        Refused: the password was sealed with another secret.
    """
    known = secret or opened(bytes(account.sealed), _purpose(account)).get("secret", "")
    if account.way == PrintWay.PINGEN:
        return Pingen(PingenAccess(account.organisation, account.user, known, account.address, account.product))
    return PrintServer(
        Access(
            account.host,
            account.user,
            account.port,
            known,
            outbox=account.folder,
            fingerprint=account.fingerprint,
        )
    )


def secret_for(account: PrintAccount, typed: str) -> str:
    """The secret that a changed row goes on with: what is typed, else what is kept for this service and user.

    Raises:
        Refused: what is kept is for another service or user, or was sealed with another secret.
    """
    names = ("way", "user", "organisation", "address", "host", "port", "fingerprint")
    before = PrintAccount.objects.filter(pk=account.pk).values(*names).first() or {}
    is_same = is_same_place(before, {name: getattr(account, name) for name in before})
    known = opened(bytes(account.sealed), _purpose(account))
    return still_good(known, {"secret": typed}, is_same=is_same).get("secret", "")


def keep_printing(account: PrintAccount, secret: str) -> None:
    """Keep the row; an empty secret leaves the one that is kept."""
    if secret:
        account.sealed = seal({"secret": secret}, _purpose(account))
    account.save()


def _purpose(account: PrintAccount) -> str:
    return f"print:{account.merchant_id}"
