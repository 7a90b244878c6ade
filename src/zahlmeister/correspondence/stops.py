"""People of a merchant who want no more notices of a kind, and the address by which they say so."""

from django.conf import settings

from zahlmeister.correspondence.models import NoticeStop
from zahlmeister.letters.kinds import ABOUT, Kind, Reader
from zahlmeister.merchants.marks import is_mark, mark
from zahlmeister.merchants.models import Person

PURPOSE = "zahlmeister.portal.unsubscribe"
_SIGNS = 32  # hexadecimal: 128 bits that nobody guesses


def stop_page(merchant_id: int, reader: str, kind: Kind) -> str:
    """The address by which a reader stops notices of this kind; empty for letters that nobody can refuse."""
    if ABOUT[kind].reader is not Reader.MERCHANT:
        return ""
    person = Person.objects.filter(email=reader).first()
    return f"{settings.PUBLIC_ADDRESS}/unsubscribe/{token(merchant_id, person.pk, kind)}" if person else ""


def token(merchant_id: int, person_id: int, kind: Kind) -> str:
    """Whose notices of which kind, with a signature."""
    said = f"{merchant_id}-{person_id}-{kind}"
    return f"{said}-{mark(PURPOSE, said, _SIGNS)}"


def meant_by(text: str) -> tuple[int, int, Kind] | None:
    """The merchant, the person and the kind a token stands for; None when the signature is not ours."""
    said, _, signature = text.rpartition("-")
    if not is_mark(PURPOSE, said, signature, _SIGNS):
        return None
    merchant, person, kind = said.split("-")
    return int(merchant), int(person), Kind(kind)


def is_stopped(merchant_id: int, reader: str, kind: Kind) -> bool:
    """Whether a reader wants no more notices of this kind."""
    return NoticeStop.objects.filter(merchant_id=merchant_id, person__email=reader, kind=kind).exists()


def stopped_kinds(merchant_id: int, person_id: int) -> list[Kind]:
    """The kinds of notices a person wants no more."""
    rows = NoticeStop.objects.filter(merchant_id=merchant_id, person_id=person_id).order_by("kind")
    return [Kind(kind) for kind in rows.values_list("kind", flat=True)]
