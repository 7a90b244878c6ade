"""A guarantor is set up, offers terms, and a merchant agrees: what is guaranteed, when it is paid, what it costs.

Nobody is bound by what he has not agreed on: a guarantor offers, the merchant says yes or no. The first terms count at
once, later ones from the next settlement, so that a week has one set of terms. Whether new purchases are taken, and
whether transfers are approved in advance, is the guarantor's to switch at any time.
"""

from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import OuterRef, QuerySet
from django.utils.timezone import localdate

from zahlmeister.flows.purchase.both_sides import lock_both
from zahlmeister.history.record import Happened, record
from zahlmeister.merchants.ids import new_id
from zahlmeister.merchants.lock import lock
from zahlmeister.merchants.models import Merchant
from zahlmeister.merchants.verification import require_verified
from zahlmeister.orders.models import Shop
from zahlmeister.purchase.models import Capture, GuaranteeTerms, Guarantor
from zahlmeister.purchase.moves import move_offer
from zahlmeister.purchase.offer_models import GuaranteeOffer
from zahlmeister.purchase.rules import LONGEST_VALIDITY, guarantee_day, next_settlement, settlement_after
from zahlmeister.purchase.states import GuaranteeState, OfferState
from zahlmeister.refusals import Refused

#: What both sides agree on, and what the guarantor alone switches.
AGREED = (
    "valid_days", "term_days", "guarantee_days", "report_within_days", "return_within_days", "needs_shipment",
    "fee_basis_points", "fee_minor", "fee_tax_basis_points", "weekday", "is_large_seller",
)  # fmt: skip
_SWITCHES = ("is_on", "is_approved")


def name_guarantor(party: Merchant, wanted: Guarantor, *, by: str, at: datetime) -> Guarantor:
    """Say that a party carries risks, and how much of them. The same again changes nothing.

    Args:
        party: a merchant row of its own, with a bank account, senders and books of its own.
        wanted: kind, licence and limits; the rest is ignored.
        by: who says so.
        at: now.

    Raises:
        Refused: a limit below zero, or another currency than what was agreed with merchants is in.
    """
    if any(limit is not None and limit < 0 for limit in (wanted.debtor_limit_minor, wanted.total_limit_minor)):
        raise Refused("A limit is an amount of zero or more, or none.")
    said = {name: getattr(wanted, name) for name in ("kind", "licence", "debtor_limit_minor", "total_limit_minor")}
    said["currency"] = wanted.currency or party.currency
    with transaction.atomic(durable=True):
        lock(party.pk)
        if GuaranteeTerms.objects.filter(guarantor__merchant=party).exclude(currency=said["currency"]).exists():
            raise Refused("What was agreed is in the guarantor's currency; it cannot become another one.")
        row, is_new = Guarantor.objects.get_or_create(merchant=party, defaults=said)
        changed = {name: [getattr(row, name), value] for name, value in said.items() if getattr(row, name) != value}
        if changed:
            Guarantor.objects.filter(pk=row.pk).update(**said)
        if changed or is_new:
            facts = {name: str(value) for name, value in said.items()}
            record(party.pk, [Happened("guarantor", row.pk, "changed", by, facts=facts)], at=at)
    row.refresh_from_db()
    return row


def agree_terms(
    merchant: Merchant, guarantor: Guarantor, wanted: GuaranteeTerms, *, by: str, at: datetime
) -> GuaranteeTerms:
    """Offer and agree in one, where one person speaks for both sides. The same again changes nothing.

    Args:
        merchant: who sells.
        guarantor: who carries the risk; the merchant's own book is a party of its own, too.
        wanted: what of `GuaranteeTerms` people say; the rest is ignored.
        by: who says so.
        at: now.

    Raises:
        Refused: a figure makes no sense, merchant and guarantor are one row, or another guarantor stands behind him.
    """
    made = offer_terms(guarantor, merchant, wanted, by=by, at=at)
    if made.state == OfferState.OFFERED:
        made = answer_offer(merchant, made.pk, accept=True, by=by, at=at)
    terms = GuaranteeTerms.objects.get(merchant=merchant, currency=made.currency)
    return switch(guarantor, terms.pk, is_on=wanted.is_on, is_approved=wanted.is_approved, by=by, at=at)


def offer_terms(
    guarantor: Guarantor, merchant: Merchant, wanted: GuaranteeTerms, *, by: str, at: datetime
) -> GuaranteeOffer:
    """Offer terms to a merchant; an offer that he has not answered is withdrawn by it.

    Returns:
        The offer; what is agreed on already, where that says the same.

    Raises:
        Refused: a figure makes no sense, merchant and guarantor are one row, another guarantor stands behind him, or
            nobody has seen yet who the guarantor is.
    """
    _check(merchant, guarantor, wanted)
    require_verified(guarantor.merchant)
    figures = {name: getattr(wanted, name) for name in AGREED}
    with transaction.atomic(durable=True):
        _lock(merchant, guarantor)
        _check_free(merchant, guarantor)
        rows = GuaranteeOffer.objects.filter(merchant=merchant, guarantor=guarantor).order_by("-ordinal")
        newest = rows.exclude(state__in=(OfferState.DECLINED, OfferState.WITHDRAWN)).first()
        if newest is not None and newest.figures == figures:
            return newest
        for one in rows.filter(state=OfferState.OFFERED):
            move_offer(one, OfferState.WITHDRAWN)
        made = GuaranteeOffer.objects.create(
            merchant=merchant,
            guarantor=guarantor,
            currency=guarantor.currency,
            ordinal=rows.count() + 1,
            figures=figures,
            offered_by=by,
            offered_at=at,
        )
        _note(made, "offered", by, at)
    return made


def answer_offer(merchant: Merchant, number: int, *, accept: bool, by: str, at: datetime) -> GuaranteeOffer:
    """Agree to an offer, or not. The first terms count at once, later ones from the next settlement.

    Raises:
        Refused: there is no such offer, it was answered or withdrawn, or another guarantor stands behind the merchant.
    """
    found = GuaranteeOffer.objects.filter(merchant=merchant, pk=number).select_related("guarantor").first()
    if found is None:
        raise Refused("This offer does not exist.")
    with transaction.atomic(durable=True):
        _lock(merchant, found.guarantor)
        found.refresh_from_db()
        said = {"answered_by": by, "answered_at": at}
        if not accept:
            move_offer(found, OfferState.DECLINED, **said)
            _note(found, "offer_declined", by, at)
            return found
        terms = _check_free(merchant, found.guarantor)
        for waiting in GuaranteeOffer.objects.filter(
            merchant=merchant, guarantor=found.guarantor, state=OfferState.AGREED
        ):
            move_offer(waiting, OfferState.REPLACED)
        from_on = terms.due_on if terms is not None else None
        move_offer(found, OfferState.AGREED, from_on=from_on or localdate(at), **said)
        _note(found, "agreed", by, at)
        if terms is None:
            _begin(found, by, at)
    return found


def bring_into_force(terms: GuaranteeTerms, *, at: datetime) -> None:
    """What was agreed counts from the settlement whose day has come, before it is made. Twice is once."""
    today = localdate(at)
    waiting = agreed_for(terms.merchant_id, terms.guarantor_id, today)
    if not waiting.exists():
        return
    with transaction.atomic(durable=True):
        lock_both(terms)
        terms.refresh_from_db()
        for offer in waiting.order_by("ordinal"):
            _apply(terms, offer, today)
            _note(offer, "in_force", offer.answered_by, at)


def agreed_for(merchant: int | OuterRef, guarantor: int | OuterRef, today: date) -> QuerySet[GuaranteeOffer]:
    """What was agreed and counts from today or before, and does not yet."""
    return GuaranteeOffer.objects.filter(
        merchant=merchant, guarantor=guarantor, state=OfferState.AGREED, from_on__lte=today
    )


def switch(
    guarantor: Guarantor, number: int, *, is_on: bool, is_approved: bool, by: str, at: datetime
) -> GuaranteeTerms:
    """Whether new purchases are taken, and transfers are approved in advance; at once, and the guarantor's alone.

    Raises:
        Refused: this guarantor has no such agreement.
    """
    row = GuaranteeTerms.objects.filter(guarantor=guarantor, pk=number).select_related("guarantor").first()
    if row is None:
        raise Refused("This agreement does not exist.")
    with transaction.atomic(durable=True):
        lock_both(row)
        row.refresh_from_db()
        if (row.is_on, row.is_approved) != (is_on, is_approved):
            row.is_on, row.is_approved, row.set_by = is_on, is_approved, by
            row.save(update_fields=[*_SWITCHES, "set_by"])
            facts = {name: str(getattr(row, name)) for name in _SWITCHES}
            record(row.merchant_id, [Happened("guarantee_terms", row.pk, "switched", by, facts=facts)], at=at)
    return row


def _begin(offer: GuaranteeOffer, by: str, at: datetime) -> None:
    """The first terms between the two."""
    guarantor, today = offer.guarantor, localdate(at)
    shop = Shop.objects.create(merchant_id=guarantor.merchant_id, name=_free_name(guarantor, offer.merchant))
    row = GuaranteeTerms(merchant=offer.merchant, guarantor=guarantor, shop=shop, currency=offer.currency, set_by=by)
    row.due_on = next_settlement(offer.figures["weekday"], today)
    _apply(row, offer, today)


def _apply(terms: GuaranteeTerms, offer: GuaranteeOffer, today: date) -> None:
    for old in GuaranteeOffer.objects.filter(
        merchant_id=terms.merchant_id, currency=terms.currency, state=OfferState.IN_FORCE
    ):
        move_offer(old, OfferState.REPLACED)
    is_moved = terms.weekday != offer.figures["weekday"]
    for name, value in offer.figures.items():
        setattr(terms, name, value)
    terms.version, terms.look_at, terms.stopped_by = offer, None, ""
    terms.save()
    move_offer(offer, OfferState.IN_FORCE)
    if is_moved:
        _move_days(terms, today)


def _move_days(terms: GuaranteeTerms, today: date) -> None:
    """Settlements are on another weekday from now on: unpaid invoices are paid by the last one that is in time.

    Where none of the new ones is, it is today's, which is still made on the old weekday.
    """
    first = settlement_after(terms.weekday, terms.due_on or today, today)
    rows = Capture.objects.filter(authorisation__terms=terms, guarantee=GuaranteeState.PENDING, pays_on__gt=today)
    for row in rows.select_related("version", "authorisation__terms"):
        day = guarantee_day(row.captured_on, terms.weekday, row.agreed("guarantee_days"))
        Capture.objects.filter(pk=row.pk).update(pays_on=day if day >= first else today)


def _lock(merchant: Merchant, guarantor: Guarantor) -> None:
    for number in sorted({merchant.pk, guarantor.merchant_id}):
        lock(number)


def _check_free(merchant: Merchant, guarantor: Guarantor) -> GuaranteeTerms | None:
    """The terms between the two, if there are any; nobody else may stand behind the merchant."""
    terms = GuaranteeTerms.objects.filter(merchant=merchant, currency=guarantor.currency).first()
    if terms is not None and terms.guarantor_id != guarantor.pk:
        raise Refused("Another guarantor stands behind this merchant; claims cannot change hands by that.")
    return terms


def _free_name(guarantor: Guarantor, merchant: Merchant) -> str:
    """The merchant's name as a sales channel of the guarantor's; two of one name are told apart by what is theirs."""
    taken = Shop.objects.filter(merchant_id=guarantor.merchant_id)
    names = (merchant.name[:120], f"{merchant.name[:60]} ({merchant.slug[:50]})", f"{merchant.name[:90]} {new_id()}")
    return next(name for name in names if not taken.filter(name=name).exists())


def _note(offer: GuaranteeOffer, verb: str, by: str, at: datetime) -> None:
    """In the history of both: each may have to show what was agreed on."""
    facts: dict[str, Any] = {"version": offer.ordinal, "from": offer.from_on.isoformat() if offer.from_on else ""}
    step = Happened("guarantee_offer", offer.pk, verb, by, facts=facts | offer.figures)
    for merchant in (offer.merchant_id, offer.guarantor.merchant_id):
        record(merchant, [step], at=at)


def _check(merchant: Merchant, guarantor: Guarantor, wanted: GuaranteeTerms) -> None:
    if merchant.pk == guarantor.merchant_id:
        raise Refused(
            "The guarantor's claims and money are kept apart from the merchant's: also for a book of his own, name a "
            "party of its own with a bank account of its own."
        )
    if not 1 <= wanted.valid_days <= LONGEST_VALIDITY or wanted.term_days < 1:
        raise Refused(f"An authorisation is good for 1 to {LONGEST_VALIDITY} days, and buyers have a day or more.")
    if wanted.guarantee_days < 8 or not 1 <= wanted.weekday <= 5:
        raise Refused("What is settled weekly is paid within 8 days or more, on a weekday from Monday to Friday.")
    if wanted.fee_minor < 0 or wanted.fee_basis_points > 10_000 or wanted.fee_tax_basis_points > 10_000:
        raise Refused("A fee is an amount of zero or more, and at most the whole invoice.")
