"""What can be asked of guaranteed purchases."""

from collections.abc import Collection, Iterable

from django.db.models import Exists, F, OuterRef, QuerySet, Sum
from django.db.models.expressions import Combinable

from zahlmeister.purchase.models import Authorisation, Capture, GuaranteeTerms, Guarantor
from zahlmeister.purchase.offer_models import GuaranteeOffer
from zahlmeister.purchase.refusals import NoGuarantee
from zahlmeister.purchase.rules import Exposure
from zahlmeister.purchase.states import BILLABLE, LIVE, AuthorisationState, GuaranteeState, OfferState
from zahlmeister.receivables.models import OpenItem


def terms_of(merchant_id: int, currency: str) -> GuaranteeTerms:
    """What a merchant has agreed with a guarantor for a currency.

    Raises:
        NoGuarantee: nothing.
    """
    rows = GuaranteeTerms.objects.filter(merchant_id=merchant_id, currency=currency)
    found = rows.select_related("guarantor__merchant", "merchant", "shop").first()
    if found is None:
        raise NoGuarantee(f"Nobody guarantees purchases on invoice in {currency}; set up a guarantor first.")
    return found


def takes_part(merchant_id: int) -> bool:
    """Whether a merchant sells with a guarantor behind him, is offered that, or is one."""
    sells = GuaranteeTerms.objects.filter(merchant_id=merchant_id)
    asked = GuaranteeOffer.objects.filter(merchant_id=merchant_id, state=OfferState.OFFERED)
    return sells.exists() or asked.exists() or Guarantor.objects.filter(merchant_id=merchant_id).exists()


def debtor_key(email: str, name: str, postcode: str) -> str:
    """What makes two buyers the same for a guarantor: the mail address, else name and postcode."""
    return f"mail:{email.strip().lower()}"[:200] if email.strip() else f"name:{name.strip().lower()}:{postcode}"[:200]


def exposure(guarantor: Guarantor, debtor: str | None = None, *, merchant_id: int | None = None) -> Exposure:
    """What a guarantor carries, of one buyer or in all, of all merchants or of one; in minor units of its currency."""
    captures = Capture.objects.filter(authorisation__terms__guarantor=guarantor)
    captures = captures.exclude(guarantee=GuaranteeState.RECOURSE)
    promised = Authorisation.objects.filter(terms__guarantor=guarantor, state__in=LIVE)
    if debtor is not None:
        captures, promised = captures.filter(authorisation__debtor=debtor), promised.filter(debtor=debtor)
    if merchant_id is not None:
        captures, promised = captures.filter(merchant_id=merchant_id), promised.filter(merchant_id=merchant_id)
    return Exposure(_sum(captures, F("item__open_minor")), _reserved(promised))


def claims_on(merchant_id: int, email: str) -> QuerySet[OpenItem]:
    """The claims of a merchant's guarantors on a buyer, whoever sold; none where there is no guarantor."""
    guarantors = GuaranteeTerms.objects.filter(merchant_id=merchant_id).values("guarantor")
    debtor = debtor_key(email, "", "")
    captures = Capture.objects.filter(
        authorisation__terms__guarantor__in=guarantors, authorisation__debtor=debtor
    ).exclude(guarantee=GuaranteeState.RECOURSE)
    return OpenItem.objects.filter(capture__in=captures)


def reserved_minor(merchant_id: int, email: str, *, but_order: str = "") -> tuple[int, int]:
    """What is promised to a buyer and not billed yet: by this merchant, and whoever sells.

    Args:
        merchant_id: who asks.
        email: of the buyer.
        but_order: the number of an order of this merchant that is not counted, because it is asked about.
    """
    guarantors = GuaranteeTerms.objects.filter(merchant_id=merchant_id).values("guarantor")
    rows = Authorisation.objects.filter(
        terms__guarantor__in=guarantors, debtor=debtor_key(email, "", ""), state__in=LIVE
    )
    rows = rows.exclude(merchant_id=merchant_id, order_number=but_order) if but_order else rows
    return _reserved(rows.filter(merchant_id=merchant_id)), _reserved(rows)


def live_authorisation(merchant_id: int, order_number: str) -> Authorisation | None:
    """The authorisation of an order that counts; declined, cancelled and expired ones do not."""
    rows = Authorisation.objects.filter(merchant_id=merchant_id, order_number=order_number)
    return _joined(rows.filter(state__in=(*LIVE, AuthorisationState.CAPTURED))).first()


def newest_authorisation(merchant_id: int, order_number: str) -> Authorisation | None:
    """The newest authorisation of an order, whatever became of it."""
    rows = Authorisation.objects.filter(merchant_id=merchant_id, order_number=order_number)
    return _joined(rows).order_by("-attempt").first()


def authorisation(merchant_id: int, number: int) -> Authorisation | None:
    """One by its number."""
    return _joined(Authorisation.objects.filter(merchant_id=merchant_id, pk=number)).first()


def is_known(merchant_id: int, order_number: str, invoice_number: str) -> bool:
    """Whether a merchant has an order of this number that was ever asked about, or an invoice of it."""
    orders = Authorisation.objects.filter(merchant_id=merchant_id, order_number=order_number)
    invoices = Capture.objects.filter(merchant_id=merchant_id, number=invoice_number)
    return bool(order_number and orders.exists()) or bool(invoice_number and invoices.exists())


def is_any_known(merchant_id: int, order_numbers: Collection[str]) -> bool:
    """Whether one of these orders was ever asked about: a quick look before a long one, as most orders never are."""
    return Authorisation.objects.filter(merchant_id=merchant_id, order_number__in=order_numbers).exists()


def standing(merchant_id: int) -> QuerySet[Authorisation]:
    """A merchant's orders that a guarantor stands for: confirmed, and nothing of them went back to him."""
    went_back = Capture.objects.filter(authorisation=OuterRef("pk"), guarantee=GuaranteeState.RECOURSE)
    rows = Authorisation.objects.filter(merchant_id=merchant_id, state__in=(*BILLABLE, AuthorisationState.CAPTURED))
    return _joined(rows.filter(~Exists(went_back)))


def guaranteed_items(merchant_id: int) -> frozenset[int]:
    """The merchant's own open items that he must not ask for, because his guarantor stands for their orders."""
    if not GuaranteeTerms.objects.filter(merchant_id=merchant_id).exists():
        return frozenset()
    same = standing(merchant_id).filter(order_number=OuterRef("order__number"), currency=OuterRef("currency"))
    rows = OpenItem.objects.filter(merchant_id=merchant_id, open_minor__gt=0)
    return frozenset(rows.filter(Exists(same)).values_list("pk", flat=True))


def captures(merchant_ids: Iterable[int]) -> QuerySet[Capture]:
    """The captures of merchants with all that belongs to them."""
    return every_capture().filter(merchant_id__in=list(merchant_ids))


def every_capture() -> QuerySet[Capture]:
    """The captures of all merchants, for workers."""
    return Capture.objects.select_related(
        "authorisation__terms__guarantor__merchant", "version", "item__order", "merchant"
    )


def _joined(rows: QuerySet[Authorisation]) -> QuerySet[Authorisation]:
    return rows.select_related("terms__guarantor__merchant", "terms__shop", "merchant")


def _reserved(rows: QuerySet[Authorisation]) -> int:
    return _sum(rows, F("amount_minor") - F("captured_minor") - F("released_minor"))


def _sum(rows: QuerySet[Authorisation] | QuerySet[Capture], figure: Combinable) -> int:
    return int(rows.aggregate(sum=Sum(figure, default=0))["sum"])
