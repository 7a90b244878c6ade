"""A merchant is taken in, with the first person who works for them."""

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.text import slugify

from zahlmeister.merchants.cells import is_taken
from zahlmeister.merchants.models import Membership, Merchant, Person, Role
from zahlmeister.refusals import Refused


def new_merchant(name: str, *, email: str, password: str, person_name: str) -> Merchant:
    """Make a merchant and its owner; a person who is known already keeps their password.

    Raises:
        Refused: there is a merchant of that name, the address is none, or the password is too easy.
    """
    _check(email, password, person_name)
    slug = slugify(name)[:50] or "merchant"
    with transaction.atomic(durable=True):
        if is_taken(slug):
            raise Refused(f"There is a merchant “{slug}” already; choose another name.")
        merchant = Merchant.objects.create(name=name, slug=slug, is_guided=True)
        person = Person.objects.filter(email=email.lower()).first()
        if person is None:
            person = Person.objects.create_user(email, password, name=person_name)
        Membership.objects.create(merchant=merchant, person=person, role=Role.OWNER)
    return merchant


def _check(email: str, password: str, person_name: str) -> None:
    try:
        validate_email(email)
    except ValidationError as error:
        raise Refused(f"“{email}” is no e-mail address.") from error
    try:
        validate_password(password, Person(email=email, name=person_name))
    except ValidationError as error:
        raise Refused(" ".join(error.messages)) from error
