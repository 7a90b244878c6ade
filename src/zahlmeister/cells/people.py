"""Whoever works for a merchant comes along, with password and second factor; who works for others too also stays.

A person has one access in each cell that has a merchant of theirs, and the same number in all of them. Whom rows only
name (who approved something once) is known by name where the rows are, and comes in nowhere by that.
"""

from collections.abc import Collection
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.apps import apps

from zahlmeister.merchants.cells import in_cell
from zahlmeister.merchants.models import Membership, Person
from zahlmeister.refusals import Refused

#: What belongs to a person's access, with its own numbers in each database.
_ACCESS = (EmailAddress, Authenticator)
COMES_ALONG = (Person, *_ACCESS)
_NO_PASSWORD = "!moved"  # noqa: S105 - what no password's hash looks like


def named_by(table: Any) -> list[int]:
    """At which places of a table's columns people stand."""
    return [at for at, field in enumerate(table.fields) if field.is_relation and field.related_model is Person]


def bring(numbers: Collection[int], merchant_id: int, source: str) -> None:
    """Bring people of the source cell into this one, in the caller's transaction.

    Raises:
        Refused: somebody else has the mail address of one here.
    """
    with in_cell(source):
        people = list(Person.objects.filter(pk__in=numbers))
        members = set(Membership.objects.filter(merchant_id=merchant_id).values_list("person_id", flat=True))
        access = {person.pk: _access_of(person) for person in people if person.pk in members}
    for person in people:
        _bring(person, access.get(person.pk), merchant_id)


def see_off(numbers: Collection[int]) -> None:
    """Delete those of these people, and their access, whom nothing names here any more."""
    for number in numbers:
        if Membership.objects.filter(person_id=number).exists():
            continue
        UserSession.objects.filter(user_id=number).delete()
        for kind in _ACCESS:
            kind.objects.filter(user_id=number).delete()
        if _is_named(number):
            Person.objects.filter(pk=number).update(password=_NO_PASSWORD)
        else:
            Person.objects.filter(pk=number).delete()


def _bring(person: Person, access: list[Any] | None, merchant_id: int) -> None:
    other = Person.objects.filter(email=person.email).exclude(pk=person.pk).first()
    if other is not None:
        raise Refused(f"{person.email} has an access of its own there; let it have another address first.")
    is_known = Person.objects.filter(pk=person.pk).exists()
    if is_known and Membership.objects.filter(person_id=person.pk).exclude(merchant_id=merchant_id).exists():
        return  # has an access there already, with whatever password
    if is_known and access is None:
        return
    if access is None:
        person.password = _NO_PASSWORD
    person.save(force_update=is_known, force_insert=not is_known)
    for kind in _ACCESS:
        kind.objects.filter(user_id=person.pk).delete()
    for row in access or []:
        row.pk = None
        row.save(force_insert=True)


def _access_of(person: Person) -> list[Any]:
    return [row for kind in _ACCESS for row in kind.objects.filter(user_id=person.pk)]


def _is_named(number: int) -> bool:
    fields = [
        (model, field)
        for model in apps.get_models(include_auto_created=True)
        for field in model._meta.local_concrete_fields  # noqa: SLF001 - what a model says of its table
        if field.is_relation and field.related_model is Person
    ]
    return any(model._base_manager.filter(**{field.attname: number}).exists() for model, field in fields)  # noqa: SLF001 - likewise
