"""The filters of a list are kept under a name, for oneself or for everybody of the merchant, and let go again."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from zahlmeister.desk.models import View
from zahlmeister.merchants.models import Merchant, Person
from zahlmeister.refusals import Refused

#: So many views of one list are enough for anybody.
MOST = 30


@dataclass(frozen=True, slots=True)
class Wanted:
    """A view as somebody wants it: of which list, its name, the filters, and for whom."""

    page: str
    name: str
    query: str
    is_shared: bool


def keep_view(merchant: Merchant, person: Person, wanted: Wanted, *, at: datetime) -> View:
    """Keep a view; one of the person's of that name is replaced.

    Raises:
        Refused: it has no name, or there are too many.
    """
    name = " ".join(wanted.name.split())[:60]
    if not name:
        raise Refused("The view needs a name.")
    with transaction.atomic(durable=True):
        mine = View.objects.filter(merchant=merchant, person=person, page=wanted.page)
        if mine.exclude(name=name).count() >= MOST:
            raise Refused("There are enough views of this list; drop one first.")
        given = {"query": wanted.query[:500], "is_shared": wanted.is_shared, "created_at": at}
        row, _new = View.objects.update_or_create(
            merchant=merchant, person=person, page=wanted.page, name=name, defaults=given
        )
    return row


def drop_view(merchant: Merchant, person: Person, view_id: int) -> None:
    """Let a view go; only who made it can."""
    with transaction.atomic(durable=True):
        View.objects.filter(merchant=merchant, person=person, pk=view_id).delete()
