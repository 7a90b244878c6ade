"""Invite somebody by mail to work for a merchant; the link is signed, good for one time and some days."""

from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.signing import BadSignature, Signer
from django.core.validators import validate_email
from django.db import transaction
from django.utils import timezone

from zahlmeister.flows.before_verified import check_invitation
from zahlmeister.flows.people.members import Given, check_may_give
from zahlmeister.flows.tell_people import Value, said
from zahlmeister.history.record import Happened, record
from zahlmeister.letters.house import HouseKind
from zahlmeister.merchants.lock import lock
from zahlmeister.merchants.models import Invitation, Membership, Merchant, Person, Role
from zahlmeister.merchants.rights import Area, Right
from zahlmeister.outbox.write import tell
from zahlmeister.refusals import Refused

#: So long the link of an invitation is good.
LASTS = timedelta(days=7)
SUBJECT = "invitation"
_SALT = "zahlmeister.people.invitation"


def invite(merchant: Merchant, email: str, given: Given, *, by: Person, at: datetime) -> Invitation:
    """Ask somebody to work for a merchant. The same address again changes what they will be allowed, and is no mail.

    Raises:
        Refused: the address is none or works here already, who invites may not give these rights, or too many are
            invited before the operator knows who the merchant is.
    """
    email = email.strip().lower()
    try:
        validate_email(email)
    except ValidationError as error:
        raise Refused(f"“{email}” is no e-mail address.") from error
    with transaction.atomic(durable=True):
        lock(merchant.pk)
        check_may_give(merchant, given, by=by)
        if Membership.objects.filter(merchant=merchant, person__email=email).exists():
            raise Refused(f"“{email}” works for this merchant already.")
        wanted = {"role": given.role, "rights": given.kept, "may_approve": given.may_approve}
        if not Invitation.objects.filter(merchant=merchant, email=email, ended_at=None).exists():
            check_invitation(merchant.pk, at=at, is_open=False)
        standing, is_new = Invitation.objects.update_or_create(
            merchant=merchant,
            email=email,
            ended_at=None,
            defaults=wanted,
            create_defaults={**wanted, "invited_by": by, "until": at + LASTS},
        )
        if is_new:
            _send(standing, by=by, at=at)
        _record(standing, "invited", by.email, at)
    return standing


def invite_again(invitation: Invitation, *, by: Person, at: datetime) -> Invitation:
    """Send another link; the one before it is good for nothing any more.

    Raises:
        Refused: it was accepted or withdrawn, who asks for it may not, or too many were sent before the operator
            knows who the merchant is.
    """
    with transaction.atomic(durable=True):
        lock(invitation.merchant_id)
        standing = _open(invitation.pk)
        check_may_give(standing.merchant, _given(standing), by=by)
        check_invitation(standing.merchant_id, at=at, is_open=True)
        standing.link, standing.until = standing.link + 1, at + LASTS
        standing.save(update_fields=["link", "until"])
        _send(standing, by=by, at=at)
        _record(standing, "invited_again", by.email, at)
    return standing


def withdraw(invitation: Invitation, *, by: Person, at: datetime) -> None:
    """Take an invitation back: its link leads nowhere. Twice is once.

    Raises:
        Refused: who asks for it may not.
    """
    with transaction.atomic(durable=True):
        lock(invitation.merchant_id)
        check_may_give(invitation.merchant, _given(invitation), by=by)
        rows = Invitation.objects.filter(pk=invitation.pk, ended_at=None)
        if rows.update(ended_at=at):
            _record(invitation, "withdrawn", by.email, at)


def invitation_behind(text: str, *, at: datetime) -> Invitation | None:
    """The invitation that the link of a mail stands for; None when it is used up, too old, or not ours."""
    try:
        number, _hyphen, link = Signer(salt=_SALT, sep=".").unsign(text).partition("-")
    except BadSignature:
        return None
    rows = Invitation.objects.filter(pk=int(number), link=int(link), ended_at=None, until__gt=at)
    return rows.select_related("merchant", "invited_by").first()


def accept_as(invitation: Invitation, person: Person, *, at: datetime) -> Membership:
    """Somebody who can sign in already accepts; they hold the link, which is what counts.

    Raises:
        Refused: the invitation is over.
    """
    with transaction.atomic(durable=True):
        return _accepted(invitation, person, at)


def accept_new(invitation: Invitation, name: str, password: str, *, at: datetime) -> Person:
    """Somebody new accepts, and can sign in from now on with the address that the invitation went to.

    Raises:
        Refused: the invitation is over, or the password is too easy.
    """
    check_password_of(Person(email=invitation.email, name=name), password)
    with transaction.atomic(durable=True):
        if Person.objects.filter(email=invitation.email).exists():
            raise Refused("There is an access with this address already; sign in, and open the link again.")
        person = Person.objects.create_user(invitation.email, password, name=name)
        _accepted(invitation, person, at)
    return person


def check_password_of(person: Person, password: str) -> None:
    """Make sure that a password is not among the usual ones.

    Raises:
        Refused: it is.
    """
    try:
        validate_password(password, person)
    except ValidationError as error:
        raise Refused(" ".join(error.messages)) from error


def address_of(invitation: Invitation) -> str:
    """Where the newest link of an invitation leads."""
    return f"{settings.PUBLIC_ADDRESS}{_page(invitation)}"


def _accepted(invitation: Invitation, person: Person, at: datetime) -> Membership:
    lock(invitation.merchant_id)
    rows = Invitation.objects.filter(pk=invitation.pk, link=invitation.link, ended_at=None, until__gt=at)
    if rows.update(ended_at=at, accepted_by=person) != 1:
        raise Refused("This invitation is over; ask for another one.")
    standing = Invitation.objects.get(pk=invitation.pk)
    made, _is_new = Membership.objects.get_or_create(
        merchant_id=standing.merchant_id,
        person=person,
        defaults={"role": standing.role, "rights": standing.rights, "may_approve": standing.may_approve},
    )
    _record(standing, "accepted", person.email, at)
    step = Happened("person", person.pk, "joined", person.email, facts={"email": person.email, "role": made.role})
    record(standing.merchant_id, [step], at=at)
    return made


def _open(invitation_id: int) -> Invitation:
    rows = Invitation.objects.filter(pk=invitation_id, ended_at=None).select_related("merchant")
    standing = rows.first()
    if standing is None:
        raise Refused("This invitation is over; invite anew.")
    return standing


def _given(invitation: Invitation) -> Given:
    rights = {Area(area): Right(right) for area, right in invitation.rights.items()}
    return Given(Role(invitation.role), rights, invitation.may_approve)


def _page(invitation: Invitation) -> str:
    return f"/invited/{Signer(salt=_SALT, sep='.').sign(f'{invitation.pk}-{invitation.link}')}"


def _send(invitation: Invitation, *, by: Person, at: datetime) -> None:
    values: dict[str, Value] = {
        "person": by.name or by.email,
        "merchant": invitation.merchant.name,
        "until": timezone.localdate(invitation.until),
    }
    key = f"invitation:{invitation.pk}:{invitation.link}"
    mail = said(HouseKind.INVITED, key, invitation.email, values, page=_page(invitation))
    tell(invitation.merchant_id, [mail], at=at)


def _record(invitation: Invitation, verb: str, by: str, at: datetime) -> None:
    facts = {"email": invitation.email, "role": invitation.role}
    record(invitation.merchant_id, [Happened(SUBJECT, invitation.pk, verb, by, facts=facts)], at=at)
