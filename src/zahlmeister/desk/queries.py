"""What can be asked about views, acts on many rows, consents and visits."""

from datetime import datetime

from django.db.models import Q, QuerySet

from zahlmeister.desk.models import Consent, ManyAct, View, Visit
from zahlmeister.merchants.models import Membership
from zahlmeister.merchants.rights import Area, rights_of


def views(merchant_id: int, person_id: int, page: str) -> list[View]:
    """The views of a list that a person sees: their own and those for everybody, by name."""
    rows = View.objects.filter(Q(person=person_id) | Q(is_shared=True), merchant_id=merchant_id, page=page)
    return list(rows.select_related("person").order_by("name", "id")[:50])


def act_on_many(merchant_id: int, act_id: int) -> ManyAct | None:
    """One act; None when the merchant has none of this number."""
    return ManyAct.objects.filter(merchant_id=merchant_id, pk=act_id).first()


def consent(merchant_id: int, at: datetime) -> Consent | None:
    """The consent that holds now; None without one."""
    return standing(at).filter(merchant_id=merchant_id).first()


def standing(at: datetime) -> QuerySet[Consent]:
    """Every merchant's consent that holds now."""
    return Consent.objects.filter(revoked_at=None, until__gt=at).select_related("merchant", "given_by")


def visits(merchant_id: int) -> QuerySet[Visit]:
    """The visits at a merchant's, the newest first."""
    return Visit.objects.filter(merchant_id=merchant_id).select_related("person", "consent").order_by("-id")


def visit(visit_id: int, person_id: int, at: datetime) -> Visit | None:
    """The visit that a person is on, while its consent holds and the operator lets them visit."""
    if not may_visit(person_id):
        return None
    rows = Visit.objects.filter(pk=visit_id, person=person_id, ended_at=None)
    rows = rows.filter(consent__revoked_at=None, consent__until__gt=at)
    return rows.select_related("merchant", "consent").first()


def may_visit(person_id: int) -> bool:
    """Whether somebody works for the operator and may change his settings, of which visits are one."""
    works = Membership.objects.filter(merchant__is_operator=True, person=person_id).first()
    return works is not None and rights_of(works).writes(Area.SETTINGS)
