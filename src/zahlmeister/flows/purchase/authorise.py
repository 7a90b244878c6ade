"""An order is to be bought on invoice: decided, reserved, and held until it is billed, released or over.

What is asked again in the same words gets the same answer, so that a shop that lost it may ask again.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction

from zahlmeister.credit.rules import Application, Decision, Outcome
from zahlmeister.flows.purchase.both_sides import happened, lock_both
from zahlmeister.merchants.models import Merchant
from zahlmeister.purchase import queries
from zahlmeister.purchase.events import note
from zahlmeister.purchase.models import Authorisation, GuaranteeTerms
from zahlmeister.purchase.moves import move, swap
from zahlmeister.purchase.refusals import DifferentContent, NoGuarantee
from zahlmeister.purchase.rules import Exposure, limit_reached
from zahlmeister.purchase.states import LIVE, AuthorisationState, EventKind
from zahlmeister.refusals import Refused

#: A person decides within a day; nothing is shipped before.
REVIEW_TIME = timedelta(hours=24)

Decide = Callable[[Merchant, Application, datetime], Decision]

_STATE_OF = {
    Outcome.ACCEPTED: AuthorisationState.ACCEPTED,
    Outcome.REVIEW: AuthorisationState.REVIEW,
    Outcome.DECLINED: AuthorisationState.DECLINED,
    Outcome.DECLINED_FINAL: AuthorisationState.DECLINED_FINAL,
}


def authorise(merchant: Merchant, application: Application, *, at: datetime, by: str, decide: Decide) -> Authorisation:
    """Decide whether an order may be bought on invoice, and reserve its amount.

    Args:
        merchant: who sells.
        application: what is asked; see `credit.rules`.
        at: now.
        by: the program or person who asks.
        decide: answers whether the buyer may; it keeps its decision itself.

    Returns:
        The authorisation, also one that was declined, with its reasons.

    Raises:
        NoGuarantee: nobody guarantees for this merchant, or no new purchases are taken.
        DifferentContent: this order was authorised before with other content; a change is asked for as one.
    """
    terms = queries.terms_of(merchant.pk, application.currency)
    known = _known(merchant, application)
    if known is not None:
        return known
    if not terms.is_on:
        raise NoGuarantee("No new purchases on invoice are taken at present.")
    decision = decide(merchant, application, at)
    with transaction.atomic(durable=True):
        lock_both(terms)
        known = _known(merchant, application)  # somebody else may have asked in the same moment
        return known or _keep(terms, application, decision, by, at)


def change(
    merchant: Merchant, number: int, application: Application, *, at: datetime, by: str, decide: Decide
) -> tuple[Authorisation, Decision | None]:
    """An order changes before it is billed. Less of it needs no decision; more, or another address, does.

    Returns:
        The authorisation, and the decision where one was needed; unless that accepts, everything stays as it was.

    Raises:
        Refused: the order cannot be changed any more, or to less than is billed.
    """
    found = _existing(merchant, number)
    if found.fingerprint == application.fingerprint():
        return found, None
    _check_change(found, application)
    needs_decision = application.minor > found.amount_minor or _addresses(application) != _kept_addresses(found)
    decision = decide(merchant, application, at) if needs_decision else None
    if decision is not None and not decision.is_accepted:
        return found, decision
    with transaction.atomic(durable=True):
        lock_both(found.terms)
        found.refresh_from_db()
        _check_change(found, application)
        _check_limits(found.terms, found.debtor, application.minor - found.amount_minor)
        before = found.amount_minor
        swap(
            found,
            amount_minor=application.minor,
            application=application.as_document(),
            fingerprint=application.fingerprint(),
        )
        happened(found, "changed", by, at=at, before=before, minor=found.amount_minor)
        note(found, EventKind.CHANGED, found.fingerprint, at=at, before=before, amount=found.amount_minor)
    return found, decision


def follow_decision(
    merchant: Merchant, decision_id: int, *, accept: bool, reason: str, by: str, at: datetime
) -> Authorisation | None:
    """A person has decided about an order that waited. Twice is once; None when no order waits for that decision.

    Raises:
        Refused: it was decided otherwise before, or is over.
    """
    found = Authorisation.objects.filter(merchant=merchant, decision=decision_id).order_by("-attempt").first()
    if found is None:
        return None
    state = AuthorisationState.ACCEPTED if accept else AuthorisationState.DECLINED_FINAL
    with transaction.atomic(durable=True):
        found = _existing(merchant, found.pk)
        lock_both(found.terms)
        found.refresh_from_db()
        if found.state == state:
            return found
        expires_at = at + timedelta(days=found.terms.valid_days) if accept else found.expires_at
        move(found, state, expires_at=expires_at)
        happened(found, "accepted" if accept else "declined", by, at=at, reason=reason)
        _tell(found, at)
    return found


def _known(merchant: Merchant, application: Application) -> Authorisation | None:
    """The authorisation that holds, if it is of the same words; one that was declined or is over does not."""
    live = queries.live_authorisation(merchant.pk, application.order)
    if live is not None and live.fingerprint != application.fingerprint():
        raise DifferentContent(
            f"Order {application.order} was authorised before with other content; send a change of it, or cancel it."
        )
    return live


def _keep(terms: GuaranteeTerms, application: Application, decision: Decision, by: str, at: datetime) -> Authorisation:
    debtor = queries.debtor_key(application.email, application.name, application.billing.postcode)
    state, reasons = _STATE_OF[decision.outcome], [reason.code for reason in decision.reasons]
    try:
        if state in LIVE:
            _check_limits(terms, debtor, application.minor)
    except _LimitReached as limit:
        state, reasons = AuthorisationState.DECLINED, [*reasons, str(limit.code)]
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
        public_text="declined" if state == AuthorisationState.DECLINED else decision.public_text,
        expires_at=at + valid,
        created_by=by,
        created_at=at,
    )
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


class _LimitReached(Refused):
    def __init__(self, code: str) -> None:
        super().__init__("The guarantor's limit does not hold this order.")
        self.code = code


def _check_limits(terms: GuaranteeTerms, debtor: str, more: int) -> None:
    guarantor = terms.guarantor
    if more <= 0 or guarantor.limits.debtor is guarantor.limits.total is None:
        return
    total = queries.exposure(guarantor) if guarantor.limits.total is not None else Exposure(0, 0)
    reached = limit_reached(guarantor.limits, debtor=queries.exposure(guarantor, debtor), total=total, minor=more)
    if reached:
        raise _LimitReached(reached)


def _existing(merchant: Merchant, number: int) -> Authorisation:
    found = queries.authorisation(merchant.pk, number)
    if found is None:
        raise Refused("This authorisation does not exist.")
    return found


def _check_change(of: Authorisation, application: Application) -> None:
    if of.state not in (*LIVE,) or of.state == AuthorisationState.REVIEW:
        raise Refused(f"Order {of} is “{of.get_state_display()}” and cannot be changed any more.")
    if (application.order, application.currency) != (of.order_number, of.currency):
        raise Refused("A change is of the same order and currency.")
    if application.minor < of.captured_minor + of.released_minor:
        raise Refused(f"Order {of} cannot become smaller than what is billed or released of it.")


def _addresses(application: Application) -> list[object]:
    document = application.as_document()
    return [document["billing"], document["delivery"], document["email"]]


def _kept_addresses(of: Authorisation) -> list[object]:
    return [of.application.get(name) for name in ("billing", "delivery", "email")]
