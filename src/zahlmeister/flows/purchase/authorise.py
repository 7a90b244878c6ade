"""An order is to be bought on invoice: decided, reserved, and held until it is billed, released or over.

What is asked again in the same words gets the same answer, so that a shop that lost it may ask again.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from zahlmeister.credit.decisions import reserve, standing
from zahlmeister.credit.rules import Application, Decision, Mode, Outcome
from zahlmeister.flows.purchase.both_sides import happened, hold_limit, lock_both
from zahlmeister.flows.purchase.check_credit import check
from zahlmeister.merchants.models import Merchant
from zahlmeister.purchase import queries
from zahlmeister.purchase.events import note
from zahlmeister.purchase.models import Authorisation, GuaranteeTerms
from zahlmeister.purchase.moves import move, swap
from zahlmeister.purchase.refusals import DifferentContent, NoGuarantee
from zahlmeister.purchase.rules import Exposure, Wanted, limit_reached
from zahlmeister.purchase.states import LIVE, AuthorisationState, EventKind
from zahlmeister.refusals import Refused

#: A person decides within a day; nothing is shipped before.
REVIEW_TIME = timedelta(hours=24)
_STATE_OF = {
    Outcome.ACCEPTED: AuthorisationState.ACCEPTED,
    Outcome.REVIEW: AuthorisationState.REVIEW,
    Outcome.DECLINED: AuthorisationState.DECLINED,
    Outcome.DECLINED_FINAL: AuthorisationState.DECLINED_FINAL,
}
_LIMIT_TEXT = "not_now"  # see `credit.public`


def authorise(merchant: Merchant, application: Application, *, at: datetime, by: str) -> Authorisation:
    """Decide whether an order may be bought on invoice, and reserve its amount.

    Args:
        merchant: who sells.
        application: what is asked; see `credit.rules`.
        at: now.
        by: the program or person who asks.

    Returns:
        The authorisation, also one that was declined, with its reasons.

    Raises:
        NoGuarantee: nobody guarantees for this merchant, or no new purchases are taken.
        DifferentContent: this order was authorised before with other content; a change is asked for as one.
        Refused: the order comes to nothing.
    """
    _refuse_nothing(application)
    terms = queries.terms_of(merchant.pk, application.currency)
    known = _known(merchant, application)
    if known is not None and known.state != AuthorisationState.REVIEW:
        return known
    if known is None and not terms.is_on:
        raise NoGuarantee("No new purchases on invoice are taken at present.")
    decision = check(merchant, application, at=at, mode=Mode.CHECK, by=by)
    with transaction.atomic(durable=True):
        lock_both(terms)
        known = _known(merchant, application)  # somebody else may have asked in the same moment
        decision = standing(merchant.pk, decision)  # and a person may have decided
        if known is None:
            return _keep(terms, application, decision, by, at)
        if known.state == AuthorisationState.REVIEW and decision.outcome is not Outcome.REVIEW:
            _decided(known, decision.is_accepted, "", by, at)  # whoever decided died before telling
    return known


def change(
    merchant: Merchant, number: int, application: Application, *, at: datetime, by: str
) -> tuple[Authorisation, Decision | None]:
    """An order changes before it is billed. Less of it needs no decision; more, or another address, does.

    Returns:
        The authorisation, and the decision where one was needed; unless that accepts, everything stays as it was.

    Raises:
        Refused: the order cannot be changed any more, or to nothing or less than is billed, or is above the limit.
    """
    found = _existing(merchant, number)
    if found.fingerprint == application.fingerprint():
        return found, None
    _check_change(found, application)
    decision = None
    if application.minor > found.amount_minor or _who_and_where(application.as_document()) != _who_and_where(
        found.application
    ):
        left = application.minor - found.captured_minor - found.released_minor
        decision = check(merchant, replace(application, minor=left), at=at, mode=Mode.CHECK, by=by)
        if not decision.is_accepted:
            return found, decision
    try:
        with transaction.atomic(durable=True):
            lock_both(found.terms)
            found.refresh_from_db()
            _check_change(found, application)
            _check_room(found, application)
            _change(found, application, decision, by, at)
    except Refused:
        _give_back(found, decision)
        raise
    return found, decision


def _give_back(of: Authorisation, decision: Decision | None) -> None:
    """What a decision reserved for a change that did not come about is free again."""
    if decision is not None and decision.decision_id not in (None, of.decision):
        with transaction.atomic(durable=True):
            lock_both(of.terms)
            reserve(of.merchant_id, decision.decision_id or 0, 0)


def follow_decision(
    merchant: Merchant, decision_id: int, *, accept: bool, reason: str, by: str, at: datetime
) -> Authorisation | None:
    """A person has decided about an order that waited, or was declined; inside the caller's transaction and turns.

    Returns:
        The authorisation; None when no order is of that decision.

    Raises:
        Refused: it is over, is authorised anew by now, or is above the guarantor's limit.
    """
    found = Authorisation.objects.filter(merchant=merchant, decision=decision_id).order_by("-attempt").first()
    if found is None:
        return None
    found = _existing(merchant, found.pk)
    if found.state in _OVER and accept:
        raise Refused(f"Order {found} is “{found.get_state_display()}”; let the buyer ask anew.")
    if found.state == AuthorisationState.REVIEW or (accept and found.state in _REFUSED):
        _decided(found, accept, reason, by, at)
    return found


_REFUSED = (AuthorisationState.DECLINED, AuthorisationState.DECLINED_FINAL)
_OVER = (AuthorisationState.CANCELLED, AuthorisationState.EXPIRED)


def _decided(of: Authorisation, is_accepted: bool, reason: str, by: str, at: datetime) -> None:  # noqa: FBT001 - the answer
    if is_accepted and of.state in _REFUSED:
        if queries.live_authorisation(of.merchant_id, of.order_number):
            raise Refused(f"Order {of} is authorised anew by now; look at that one.")
        _check_limits(of.terms, of.debtor, of.amount_minor)
    state = AuthorisationState.ACCEPTED if is_accepted else AuthorisationState.DECLINED_FINAL
    expires_at = at + timedelta(days=of.terms.valid_days) if is_accepted else of.expires_at
    move(of, state, expires_at=expires_at, public_text="accepted" if is_accepted else _LIMIT_TEXT)
    hold_limit(of)
    happened(of, state.value, by, at=at, reason=reason)
    _tell(of, at)


def _change(of: Authorisation, application: Application, decision: Decision | None, by: str, at: datetime) -> None:
    before = of.amount_minor
    said: dict[str, Any] = {"application": application.as_document(), "fingerprint": application.fingerprint()}
    said |= {"debtor": _debtor(application), "name": application.name[:200]}
    if decision is not None and decision.decision_id != of.decision:
        if of.decision is not None:
            reserve(of.merchant_id, of.decision, 0)
        said["decision"] = decision.decision_id
    swap(of, amount_minor=application.minor, **said)
    hold_limit(of)
    happened(of, "changed", by, at=at, before=before, minor=of.amount_minor)
    note(of, EventKind.CHANGED, of.fingerprint, at=at, before=before, amount=of.amount_minor)


def _known(merchant: Merchant, application: Application) -> Authorisation | None:
    """The authorisation that holds, if it is of the same words; one that was declined or is over does not."""
    live = queries.live_authorisation(merchant.pk, application.order)
    if live is not None and live.fingerprint != application.fingerprint():
        raise DifferentContent(
            f"Order {application.order} was authorised before with other content; send a change of it, or cancel it."
        )
    return live


def _keep(terms: GuaranteeTerms, application: Application, decision: Decision, by: str, at: datetime) -> Authorisation:
    debtor = _debtor(application)
    state, reasons = _STATE_OF[decision.outcome], [reason.code for reason in decision.reasons]
    try:
        if state in LIVE:
            _check_limits(terms, debtor, application.minor)
    except _LimitReached as limit:
        code = limit.code if _is_by_himself(terms, debtor, application.minor) else _GUARANTOR
        state, reasons = AuthorisationState.DECLINED, [*reasons, str(code)]
    before = queries.newest_authorisation(terms.merchant_id, application.order)
    valid = REVIEW_TIME if state == AuthorisationState.REVIEW else timedelta(days=terms.valid_days)
    made = Authorisation.objects.create(
        merchant_id=terms.merchant_id,
        terms=terms,
        order_number=application.order,
        attempt=before.attempt + 1 if before else 1,
        currency=application.currency,
        amount_minor=application.minor,
        state=state,
        debtor=debtor,
        name=application.name[:200],
        application=application.as_document(),
        fingerprint=application.fingerprint(),
        decision=decision.decision_id,
        reasons=reasons,
        public_text=decision.public_text if state == _STATE_OF[decision.outcome] else _LIMIT_TEXT,
        expires_at=at + valid,
        created_by=by,
        created_at=at,
    )
    hold_limit(made)
    happened(made, state.value, by, at=at, minor=made.amount_minor, reasons=reasons)
    _tell(made, at)
    return made


def _tell(of: Authorisation, at: datetime) -> None:
    note(
        of,
        EventKind.DECIDED,
        of.state,
        at=at,
        outcome=of.state,
        text=of.public_text,
        amount=of.amount_minor,
        expires_at=of.expires_at.isoformat(),
    )


#: Why, where what the buyer owes other merchants decided: theirs is told to nobody.
_GUARANTOR = "GUARANTOR"


def _is_by_himself(terms: GuaranteeTerms, debtor: str, minor: int) -> bool:
    """Whether what this merchant has sold the buyer, or the guarantor's limit in all, is reason enough."""
    mine = queries.exposure(terms.guarantor, debtor, merchant_id=terms.merchant_id)
    wanted, limits = Wanted(debtor=minor, total=minor), terms.guarantor.limits
    total = queries.exposure(terms.guarantor) if limits.total is not None else Exposure(0, 0)
    return limit_reached(limits, debtor=mine, total=total, more=wanted) is not None


class _LimitReached(Refused):
    def __init__(self, code: str) -> None:
        super().__init__("The guarantor's limit does not hold this order.")
        self.code = code


def _check_limits(terms: GuaranteeTerms, debtor: str, more: int, *, more_in_all: int | None = None) -> None:
    """Whether the guarantor carries so much more of a buyer; `more_in_all` where that is not the same in all."""
    guarantor, in_all = terms.guarantor, more if more_in_all is None else more_in_all
    if max(more, in_all) <= 0 or guarantor.limits.debtor is guarantor.limits.total is None:
        return
    total = queries.exposure(guarantor) if guarantor.limits.total is not None else Exposure(0, 0)
    wanted = Wanted(debtor=more, total=in_all)
    reached = limit_reached(guarantor.limits, debtor=queries.exposure(guarantor, debtor), total=total, more=wanted)
    if reached:
        raise _LimitReached(reached)


def _existing(merchant: Merchant, number: int) -> Authorisation:
    found = queries.authorisation(merchant.pk, number)
    if found is None:
        raise Refused("This authorisation does not exist.")
    return found


def _refuse_nothing(application: Application) -> None:
    if application.minor <= 0:
        raise Refused("An order that comes to nothing needs no purchase on invoice.")


def _check_change(of: Authorisation, application: Application) -> None:
    _refuse_nothing(application)
    if of.state not in (*LIVE,) or of.state == AuthorisationState.REVIEW:
        raise Refused(f"Order {of} is “{of.get_state_display()}” and cannot be changed any more.")
    if (application.order, application.currency) != (of.order_number, of.currency):
        raise Refused("A change is of the same order and currency.")
    if application.minor < of.captured_minor + of.released_minor:
        raise Refused(f"Order {of} cannot become smaller than what is billed or released of it.")
    if of.captured_minor and _debtor(application) != of.debtor:
        raise Refused(f"Order {of} is billed in part; its buyer cannot become another one.")


def _check_room(of: Authorisation, application: Application) -> None:
    """Another buyer has to have room for all of it, the same one for what is more."""
    debtor, more = _debtor(application), application.minor - of.amount_minor
    if debtor == of.debtor:
        _check_limits(of.terms, debtor, more)
        return
    _check_limits(of.terms, debtor, application.minor - of.released_minor, more_in_all=more)


def _debtor(application: Application) -> str:
    return queries.debtor_key(application.email, application.name, application.billing.postcode)


def _who_and_where(application: Mapping[str, Any]) -> list[object]:
    """What of an order was decided on besides its amount: who buys, and where it goes."""
    names = ("first_name", "last_name", "company", "vat_id", "born_on", "email", "phone", "billing", "delivery")
    return [application.get(name) for name in names]
