"""What people do about their own access: another password by mail, another mail address confirmed from both ends.

The links hold everything and are signed; what they rest on changes when they are used, so that each is good once.
"""

from datetime import datetime, timedelta

from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.core.exceptions import ValidationError
from django.core.signing import BadSignature, dumps, loads
from django.core.validators import validate_email
from django.db import transaction

from zahlmeister.flows.before_verified import check_new_address
from zahlmeister.flows.people.invite import check_password_of
from zahlmeister.flows.tell_people import said
from zahlmeister.history.record import Happened, record
from zahlmeister.letters.house import HouseKind
from zahlmeister.merchants.lock import lock
from zahlmeister.merchants.marks import is_mark, mark
from zahlmeister.merchants.models import Membership, Person
from zahlmeister.outbox.write import tell
from zahlmeister.refusals import Refused

#: So often a mail with a key is sent to one person at most, and so long a change of address can be confirmed.
REST, LASTS = timedelta(minutes=5), timedelta(days=1)
SUBJECT = "person"
_SALT = "zahlmeister.people.address"
_SIGNS = 32  # hexadecimal: 128 bits that nobody guesses


class _Tokens(PasswordResetTokenGenerator):
    """Django's, with a name of its own; they end with the password, the last sign-in, and after an hour (setting)."""

    key_salt = "zahlmeister.people.new-password"


def send_password_link(email: str, *, at: datetime) -> None:
    """Send a link for a new password, if somebody has this address; inside the caller's transaction."""
    person = Person.objects.filter(email=email, is_active=True).first()
    if person is None:
        return
    _tell(person, HouseKind.FORGOTTEN, person.email, {}, password_page(person), at)


def password_page(person: Person) -> str:
    """The way to a page where somebody chooses another password, good for an hour and one time."""
    return f"/new-password/{person.pk}/{_Tokens().make_token(person)}"


def person_behind(person_id: int, token: str) -> Person | None:
    """Whose password a link changes; None when it is used up, too old, or not ours."""
    person = Person.objects.filter(pk=person_id, is_active=True).first()
    return person if person is not None and _Tokens().check_token(person, token) else None


def set_password(person: Person, password: str, *, at: datetime, by: str = "") -> None:
    """Keep another password. Every session of the old one ends by itself, for they hang on it.

    `by` is who chose it, when it was not the person.

    Raises:
        Refused: it is too easy.
    """
    check_password_of(person, password)
    with transaction.atomic(durable=True):
        person.set_password(password)
        person.save(update_fields=["password"])
        _record(person, "password_changed", {"email": person.email} if by else {}, at, by=by)


def ask_address(person: Person, email: str, *, at: datetime) -> None:
    """Ask at the old address whether somebody is to sign in with another one.

    Raises:
        Refused: it is no address, or too many strangers were written to before the merchant is verified. Whether
            somebody has it is said to whoever reads its mails, and to nobody before.
    """
    email = email.strip().lower()
    try:
        validate_email(email)
    except ValidationError as error:
        raise Refused(f"“{email}” is no e-mail address.") from error
    page = f"/new-address/{_signed(person, email, 'leaves')}"
    with transaction.atomic(durable=True):
        _check_stranger(person, at)
        _tell(person, HouseKind.LEAVES_ADDRESS, person.email, {"address": email}, page, at)
        _record(person, "address_asked", {"wanted": email}, at)


def change_behind(text: str) -> tuple[Person, str, str] | None:
    """Who wants which address, and from which end the link is: “leaves” or “takes”; None when it is good no more."""
    try:
        told = loads(text, salt=_SALT, max_age=LASTS)
    except BadSignature:
        return None
    person = Person.objects.filter(pk=told["person"], is_active=True).first()
    if person is None or not is_mark(_SALT, _rests_on(person), told["state"], _SIGNS):
        return None
    return person, told["email"], told["end"]


def confirm_address(text: str, *, at: datetime) -> bool:
    """A link was followed: the old address agrees, then the new one is asked and takes over. Twice is once.

    Returns:
        Whether the address is changed now.

    Raises:
        Refused: the link is good no more, somebody else has the new address by now, or too many strangers were written
            to before the merchant is verified.
    """
    found = change_behind(text)
    if found is None:
        raise Refused("This link is used up or too old; ask for the change again.")
    person, email, end = found
    with transaction.atomic(durable=True):
        if end == "leaves":
            _check_stranger(person, at)
            page = f"/new-address/{_signed(person, email, 'takes')}"
            _tell(person, HouseKind.TAKES_ADDRESS, email, {"address": person.email}, page, at)
            _record(person, "address_agreed", {"wanted": email}, at)
            return False
        if Person.objects.filter(email=email).exists():
            raise Refused(f"“{email}” cannot be used here.")
        before, person.email = person.email, email
        if Person.objects.filter(pk=person.pk, email=before).update(email=email) != 1:
            raise Refused("This link is used up or too old; ask for the change again.")
        _record(person, "address_changed", {"before": before}, at)
    return True


def note_session_ended(person: Person, *, at: datetime) -> None:
    """Keep in the history that somebody has signed out elsewhere."""
    with transaction.atomic(durable=True):
        _record(person, "session_ended", {}, at)


def _signed(person: Person, email: str, end: str) -> str:
    return dumps({"person": person.pk, "email": email, "end": end, "state": _state(person)}, salt=_SALT)


def _state(person: Person) -> str:
    """What ends the links of somebody when it changes: the address and the password."""
    return mark(_SALT, _rests_on(person), _SIGNS)


def _rests_on(person: Person) -> str:
    return f"{person.email}|{person.password}"


def _tell(person: Person, kind: HouseKind, reader: str, values: dict[str, str], page: str, at: datetime) -> None:
    """A mail from the first merchant somebody works for; whoever works for none gets none. Asked often, it is one."""
    first = _writes_from(person)
    if first is None:
        return
    window = int(at.timestamp()) // int(REST.total_seconds())
    tell(
        first,
        [said(kind, f"{kind}:{window}:{_state(person)}{values.get('address', '')}", reader, values, page=page)],
        at=at,
    )


def _writes_from(person: Person) -> int | None:
    """The first merchant somebody works for."""
    found = Membership.objects.filter(person=person).order_by("merchant__name").first()
    return found.merchant_id if found else None


def _check_stranger(person: Person, at: datetime) -> None:
    """An address that a person has named may be anybody's: it counts like an invitation."""
    first = _writes_from(person)
    if first is not None:
        lock(first)
        check_new_address(first, at=at)


def _record(person: Person, verb: str, facts: dict[str, str], at: datetime, *, by: str = "") -> None:
    for merchant_id in Membership.objects.filter(person=person).values_list("merchant_id", flat=True):
        record(merchant_id, [Happened(SUBJECT, person.pk, verb, by or person.email, facts=facts)], at=at)
