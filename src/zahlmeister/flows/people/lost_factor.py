"""Somebody lost their second factor: one who knows them asks to take it away, another one agrees, and they are told.

The access goes back to where an invitation left it: without factor and password, for whoever reads the mail address.
"""

from datetime import datetime, timedelta

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.db import transaction
from django.db.models import QuerySet

from zahlmeister.flows.people.own_access import password_page
from zahlmeister.flows.tell_people import said
from zahlmeister.history.record import Happened, record
from zahlmeister.letters.house import HouseKind
from zahlmeister.merchants.lock import lock
from zahlmeister.merchants.models import FactorLoss, Membership, Merchant, Person, Role
from zahlmeister.outbox.write import tell
from zahlmeister.refusals import Refused

#: So long somebody else can agree; then it is asked for anew.
LASTS = timedelta(days=7)
SUBJECT = "person"
_OVER = "This is over: it was agreed to, withdrawn, or is older than a week."


def ask_to_take(desk: Merchant, person: Person, why: str, *, by: Person, at: datetime) -> FactorLoss:
    """Ask at a merchant's desk, or at the operator's, to take somebody's second factor away. Twice is once.

    Args:
        desk: for whom `by` works as an owner.
        person: who lost it.
        why: how it was made sure that it is them who ask.
        by: who asks.
        at: now.

    Raises:
        Refused: the person has none, `by` may not ask, or gave no reason.
    """
    if not why.strip():
        raise Refused("Say how you made sure who it is.")
    with transaction.atomic(durable=True):
        lock(desk.pk)
        _check_may_ask(desk, person, by)
        if not has_factor(person):
            raise Refused(f"“{person.email}” has no second factor.")
        _forget_old(desk, at)
        told = {"why": why.strip()[:200], "asked_by": by, "asked_at": at}
        row, is_new = FactorLoss.objects.get_or_create(merchant=desk, person=person, ended_at=None, defaults=told)
        if is_new:
            values = {"by": by.name or by.email, "why": row.why}
            mail = said(HouseKind.FACTOR_ASKED, f"factor_asked:{row.pk}", person.email, values, page="/sign-in/")
            tell(desk.pk, [mail], at=at)
            _record(row.person, "factor_asked", by.email, row.why, at)
    return row


def agree_to_take(row: FactorLoss, *, by: Person, at: datetime) -> None:
    """Agree as the second person: factors and password go, every session ends, and a mail brings a new password.

    Raises:
        Refused: it is over, or `by` has asked for it, has lost it, or is no owner here or at the operator's.
    """
    with transaction.atomic(durable=True):
        lock(row.merchant_id)
        if by.pk in {row.asked_by_id, row.person_id} or not _is_owner(by, row.merchant):
            raise Refused("Another owner has to agree: neither who asks for it nor who lost it.")
        _check_may_ask(row.merchant, row.person, row.asked_by)  # much may have changed since
        mine = standing(at).filter(pk=row.pk)
        if mine.update(ended_at=at, agreed_by=by) != 1:
            raise Refused(_OVER)
        _take(row.person, (str(row.asked_by), str(by)), row.why, f"factor_taken:{row.pk}", row.merchant_id, at)
        _record(row.person, "factor_taken", by.email, row.why, at)


def withdraw_taking(row: FactorLoss, *, by: Person, at: datetime) -> None:
    """Leave the factor where it is. Twice is once.

    Raises:
        Refused: `by` is no owner here or at the operator's.
    """
    with transaction.atomic(durable=True):
        lock(row.merchant_id)
        if not _is_owner(by, row.merchant):
            raise Refused("Only an owner may do this.")
        if FactorLoss.objects.filter(pk=row.pk, ended_at=None).update(ended_at=at):
            _record(row.person, "factor_kept", by.email, "", at)


def take_at_terminal(person: Person, why: str, *, by: str, at: datetime) -> None:
    """Take it away without a second person: whoever stands at the machine could change every row anyway.

    Raises:
        Refused: the person has none, works for nobody, or there is no reason.
    """
    if not why.strip():
        raise Refused("Say how you made sure who it is.")
    with transaction.atomic(durable=True):
        first = Membership.objects.filter(person=person).order_by("merchant__name").first()
        if first is None:
            raise Refused(f"“{person.email}” works for nobody.")
        lock(first.merchant_id)
        if not has_factor(person):
            raise Refused(f"“{person.email}” has no second factor.")
        _take(person, (by, by), why, f"factor_taken:{person.pk}:{at.timestamp():.0f}", first.merchant_id, at)
        _record(person, "factor_taken", by, why, at)


def standing(at: datetime) -> QuerySet[FactorLoss]:
    """What waits for a second person."""
    rows = FactorLoss.objects.filter(ended_at=None, asked_at__gt=at - LASTS)
    return rows.select_related("merchant", "person", "asked_by").order_by("asked_at", "pk")


def has_factor(person: Person) -> bool:
    """Whether somebody has a second factor of any sort."""
    return bool(Authenticator.objects.filter(user=person).exists())


def _take(person: Person, who: tuple[str, str], why: str, key: str, desk: int, at: datetime) -> None:
    Authenticator.objects.filter(user=person).delete()
    UserSession.objects.filter(user=person).delete()  # the sessions themselves end with the password they hang on
    person.refresh_from_db()
    person.set_unusable_password()
    person.save(update_fields=["password"])
    values = {"by": who[0], "other": who[1], "why": why}
    tell(desk, [said(HouseKind.FACTOR_TAKEN, key, person.email, values, page=password_page(person))], at=at)


def _check_may_ask(desk: Merchant, person: Person, by: Person) -> None:
    if (
        person.pk == by.pk
        or not Membership.objects.filter(merchant=desk, person=by, person__is_active=True, role=Role.OWNER).exists()
    ):
        raise Refused("Only an owner may ask for this, and only for somebody else.")
    if desk.is_operator:
        return
    works_for = set(Membership.objects.filter(person=person).values_list("merchant_id", flat=True))
    if desk.pk not in works_for:
        raise Refused("This person does not work for this merchant.")
    if works_for != {desk.pk}:
        raise Refused("This person works for others, too; only the operator may ask for this.")


def _is_owner(person: Person, desk: Merchant) -> bool:
    """Whether somebody is an owner at a desk, or at the operator's, and may still sign in."""
    rows = Membership.objects.filter(person=person, person__is_active=True, role=Role.OWNER)
    return any(one.merchant_id == desk.pk or one.merchant.is_operator for one in rows.select_related("merchant"))


def _forget_old(desk: Merchant, at: datetime) -> None:
    """What nobody agreed to in time is over."""
    FactorLoss.objects.filter(merchant=desk, ended_at=None, asked_at__lte=at - LASTS).update(ended_at=at)


def _record(person: Person, verb: str, by: str, why: str, at: datetime) -> None:
    """Everybody the person works for has it in the history."""
    for merchant_id in Membership.objects.filter(person=person).values_list("merchant_id", flat=True):
        record(merchant_id, [Happened(SUBJECT, person.pk, verb, by, why, {"email": person.email})], at=at)
