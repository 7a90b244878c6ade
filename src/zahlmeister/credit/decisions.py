"""Keep decisions, find the one that still holds, and let them reserve what the buyer may owe."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from django.db.models import F

from zahlmeister.credit.corrections import postcode_key
from zahlmeister.credit.documents import facts_document, findings_document, reasons_document, reasons_of
from zahlmeister.credit.keys import digests
from zahlmeister.credit.ladder import Verdict
from zahlmeister.credit.models import CreditDecision, CreditSettings, DecisionKey, Review, Town
from zahlmeister.credit.public import key_of
from zahlmeister.credit.reasons import Sort, sort_of
from zahlmeister.credit.rules import Application, Decision, Facts, Method, Outcome
from zahlmeister.credit.states import AskedBy, ReviewState
from zahlmeister.merchants.ids import new_id

#: How long a decision holds: the reservation of an accepted order, and what was declined for good.
HOLDS = timedelta(days=30)
#: An accepted order is authorised within this time, or whoever asked has died: then its reservation is free again.
TAKEN_WITHIN = timedelta(hours=1)
#: The same content with mistyped data is not looked at anew within this time.
DATA_HOLD = timedelta(hours=1)
#: Nothing is shipped before a person has looked; this is how long he has.
REVIEW_WITHIN = timedelta(hours=24)
#: § 195, § 199 BGB: what could be claimed from a decision is barred after three years from the end of its year.
YEARS = 3


def holding(merchant_id: int, application: Application, version: int, *, at: datetime) -> CreditDecision | None:
    """The decision on the same content that still holds; None where it is to be decided anew.

    What was declined is looked at again when the rules have changed. What was accepted is kept as long as it reserves
    its amount, and what a person said in any case.
    """
    row = (
        CreditDecision.objects.filter(merchant_id=merchant_id, fingerprint=application.fingerprint())
        .order_by("-ordinal")
        .first()
    )
    if row is None or row.expires_at <= at:
        return None
    if row.stands == Outcome.ACCEPTED and row.outcome == Outcome.ACCEPTED:
        is_reserved = row.reserved_minor > 0 and row.reserved_until is not None and row.reserved_until > at
        return row if is_reserved else None
    is_promised = row.stands in (Outcome.ACCEPTED, Outcome.REVIEW)
    return row if is_promised or row.version == version else None


def keep(merchant_id: int, application: Application, facts: Facts, verdict: Verdict, *, at: datetime) -> CreditDecision:
    """Keep a decision with all it was made of, and reserve its amount when it is accepted; in the caller's turn."""
    decision, fingerprint = verdict.decision, application.fingerprint()
    before = CreditDecision.objects.filter(merchant_id=merchant_id, fingerprint=fingerprint).count()
    row = CreditDecision(
        pk=new_id(),
        merchant_id=merchant_id,
        order=application.order[:64],
        fingerprint=fingerprint,
        ordinal=before + 1,
        name=application.name[:200],
        currency=application.currency,
        minor=application.minor,
        method=application.method,
        outcome=decision.outcome,
        stands=decision.outcome,
        in_shadow=verdict.in_shadow,
        methods={str(method): str(outcome) for method, outcome in decision.methods.items()},
        reasons=reasons_document(decision.reasons),
        sort=sort_of(decision.reasons),
        public_text=decision.public_text,
        corrections=dict(decision.corrections),
        retry_after=decision.retry_after,
        limit_minor=decision.limit_minor,
        version=decision.rule_set_version,
        findings=findings_document(list(verdict.findings)),
        application=application.as_document(),
        facts=facts_document(facts),
        decided_at=at,
        expires_at=_expires(decision, at),
        **_retention(merchant_id, at),
    )
    row.save(force_insert=True)
    _keep_keys(row, application)
    if decision.outcome is Outcome.ACCEPTED:
        reserve(merchant_id, row.pk, row.minor, until=at + TAKEN_WITHIN)
        _remember_towns(merchant_id, application)
    if decision.outcome is Outcome.REVIEW:
        ask_for_review(row, AskedBy.RULES, "", at=at)
    return row


def decision_of(row: CreditDecision) -> Decision:
    """A kept decision as it stands now: what a person decided since is in it."""
    stands = Outcome(row.stands)
    by_person = row.stands != row.outcome
    methods = {Method(method): Outcome(outcome) for method, outcome in row.methods.items()}
    if by_person:
        methods[Method(row.method)] = stands
    return Decision(
        outcome=stands,
        reasons=reasons_of(row.reasons),
        public_text=key_of(stands, Sort.RISK) if by_person else row.public_text,
        corrections=row.corrections,
        retry_after=None if by_person else row.retry_after,
        limit_minor=row.limit_minor,
        rule_set_version=row.version,
        methods=methods,
        decision_id=row.pk,
        expires_at=row.expires_at,
    )


def reserve(merchant_id: int, decision_id: int, minor: int, *, until: datetime | None = None) -> None:
    """Let a decision reserve so much of its buyer's limit, in the caller's transaction: what is not captured yet.

    Args:
        merchant_id: whose.
        decision_id: the decision that was accepted.
        minor: zero or more, in minor units of its currency; what was reserved before is replaced.
        until: when it ends by itself; as before when absent.
    """
    changes: dict[str, object] = {"reserved_minor": minor}
    if until is not None:
        changes["reserved_until"] = until
    CreditDecision.objects.filter(merchant_id=merchant_id, pk=decision_id).update(**changes)


def ask_for_review(row: CreditDecision, asked_by: AskedBy, text: str, *, at: datetime) -> Review:
    """Let a person look at a decision; the one who is asked already is asked once."""
    review, _is_new = Review.objects.get_or_create(
        merchant_id=row.merchant_id,
        decision=row,
        state="open",
        defaults={"asked_by": asked_by, "text": text[:2000], "asked_at": at, "due_at": at + REVIEW_WITHIN},
    )
    return review


def standing(merchant_id: int, decision: Decision) -> Decision:
    """A decision as it stands now, inside the merchant's turn: a person may have decided since it was asked for."""
    return decision_of(CreditDecision.objects.get(merchant_id=merchant_id, pk=decision.decision_id or 0))


def let_review_lapse(merchant_id: int, decision_id: int, *, at: datetime) -> None:
    """The order that waited for a person is over: nobody need look, and who asks again is decided on anew."""
    rows = Review.objects.filter(merchant_id=merchant_id, decision=decision_id, state=ReviewState.OPEN)
    if rows.update(state=ReviewState.LAPSED, reason="the order was over", decided_at=at):
        kept = CreditDecision.objects.filter(merchant_id=merchant_id, pk=decision_id, stands=Outcome.REVIEW)
        kept.update(stands=Outcome.DECLINED, expires_at=at)


def told_of_addresses(merchant_id: int, application: Application, at: datetime) -> Application:
    """The application, with what the merchant says once: since when every buyer is told that addresses are used."""
    row = CreditSettings.objects.filter(merchant_id=merchant_id).first()
    is_told = row is not None and row.told_since is not None and row.told_since <= at.date()
    return replace(application, was_told=True) if is_told else application


def _expires(decision: Decision, at: datetime) -> datetime:
    if decision.outcome is not Outcome.DECLINED:
        return at + HOLDS
    return decision.retry_after or at + DATA_HOLD


def _retention(merchant_id: int, at: datetime) -> dict[str, object]:
    row = CreditSettings.objects.filter(merchant_id=merchant_id).first()
    days = row.keep_days if row else CreditSettings().keep_days
    strip_on = at.date() + timedelta(days=days)
    return {"strip_on": strip_on, "delete_on": strip_on.replace(year=strip_on.year + YEARS, month=12, day=31)}


def _keep_keys(row: CreditDecision, application: Application) -> None:
    found: Sequence[tuple[str, str]] = digests(row.merchant_id, application)
    DecisionKey.objects.bulk_create(
        DecisionKey(merchant_id=row.merchant_id, decision=row, kind=kind, digest=digest, at=row.decided_at)
        for kind, digest in found
        if kind != "domain"
    )


def _remember_towns(merchant_id: int, application: Application) -> None:
    """Remember where accepted goods go, for the spelling of those who come after."""
    place = application.delivery or application.billing
    city = " ".join(place.city.split())[:80]
    town, _is_new = Town.objects.get_or_create(
        merchant_id=merchant_id, postcode=postcode_key(place)[:24], city=city, defaults={"count": 0}
    )
    Town.objects.filter(pk=town.pk).update(count=F("count") + 1)
