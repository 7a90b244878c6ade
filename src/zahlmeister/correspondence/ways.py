"""The way a merchant's mails leave: its own mail server, else the installation's."""

from collections.abc import Mapping

from django.conf import settings

from zahlmeister.connectors.mail.server import Smtp, Way, way
from zahlmeister.correspondence.models import MailAccount
from zahlmeister.merchants.operator import operator
from zahlmeister.merchants.seal import is_same_place, opened, seal, still_good


def way_of(merchant_id: int) -> Way | None:
    """How mails of this merchant leave; None when nothing is set up.

    Raises:
        Refused: what is set up cannot be used; the sentence says why.
    """
    account = MailAccount.objects.filter(merchant_id=merchant_id).first()
    if account is None:
        return way(settings.MAIL_WAY)
    password = opened(bytes(account.sealed), _purpose(merchant_id)).get("password", "")
    return Smtp(
        account.host, account.port, account.security, account.user, password, is_trusted=_runs_house(merchant_id)
    )


def way_of_house() -> Way | None:
    """How mails leave that hold a key to somebody's access: the operator's mail server, else the installation's.

    Never a merchant's own, for whoever may change that would read them. None when nothing is set up.

    Raises:
        Refused: what is set up cannot be used; the sentence says why.
    """
    runs = operator()
    return way_of(runs.pk) if runs else way(settings.MAIL_WAY)


def keep_account(account: MailAccount, password: str) -> None:
    """Keep a merchant's mail server; an empty password leaves the one that is kept for this server and user.

    Raises:
        Refused: the one that is kept is for another server or user.
    """
    before: Mapping[str, object] = (
        MailAccount.objects.filter(pk=account.pk).values("host", "port", "user").first() or {}
    )
    purpose = _purpose(account.merchant_id)
    known = opened(bytes(account.sealed), purpose) if account.user else {}  # without a user nobody signs in
    wanted = {name: getattr(account, name) for name in before}
    secret = still_good(known, {"password": password}, is_same=is_same_place(before, wanted))
    account.sealed = seal(secret, purpose) if secret else b""
    account.save()


def _runs_house(merchant_id: int) -> bool:
    runs = operator()
    return runs is not None and runs.pk == merchant_id


def _purpose(merchant_id: int) -> str:
    return f"mail:{merchant_id}"
