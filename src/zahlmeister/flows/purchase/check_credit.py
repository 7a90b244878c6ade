"""May somebody buy on invoice? The same application gets the same answer; two at once never share one limit.

The rules are looked at twice: once to see whether a bureau need be asked at all, which costs money and data, and once
more in the merchant's turn, with everything as it is then, so that what is promised was free when it was promised.
"""

from dataclasses import replace
from datetime import datetime

from django.db import transaction
from django.utils.timezone import localtime

from zahlmeister.credit.decisions import decision_of, holding, keep, told_of_addresses
from zahlmeister.credit.ladder import RuleSet, Verdict, decide, needs_bureau
from zahlmeister.credit.models import CreditDecision
from zahlmeister.credit.past import cities_of
from zahlmeister.credit.prechecks import asked_too_often, note
from zahlmeister.credit.rule_sets import in_force
from zahlmeister.credit.rules import Application, Decision, Facts, Mode, Opinion, Outcome
from zahlmeister.credit.veil import veiled
from zahlmeister.flows.purchase.ask_bureau import opinion_of
from zahlmeister.flows.purchase.both_sides import lock_both
from zahlmeister.flows.purchase.buyer_facts import Known, facts_of
from zahlmeister.history.record import Happened, record
from zahlmeister.merchants.lock import lock
from zahlmeister.merchants.models import Merchant
from zahlmeister.purchase.models import GuaranteeTerms, Guarantor


def check(
    merchant: Merchant, application: Application, *, at: datetime, mode: Mode = Mode.CHECK, by: str = "shop"
) -> Decision:
    """The answer to an application. Only a `CHECK` reserves the limit, counts as an attempt and asks a bureau.

    A `PRECHECK` is noted and answered so often only; `VALIDATE` looks at nobody's data but what was typed.

    Args:
        merchant: who sells.
        application: what is asked for.
        at: now.
        mode: how far to look.
        by: who asks, for the history.
    """
    rules = _rules(merchant, application)
    if mode is Mode.CHECK:
        known = holding(merchant.pk, application, rules.version, at=at)
        if known is not None:
            return decision_of(known)
    told = told_of_addresses(merchant.pk, application, at)
    if mode is Mode.VALIDATE:
        towns = Facts(cities=cities_of(merchant.pk, application))
        return decide(told, towns, rules, at=localtime(at), mode=mode).decision
    if mode is Mode.PRECHECK:
        return _precheck(merchant, told, rules, at=at, by=by)
    verdict = _decided_on(told, facts_of(merchant.pk, told, at=at), rules, at=at)
    opinion = opinion_of(merchant.pk, told, at=at) if _is_worth_asking(verdict, rules, told) else None
    return _decide(merchant, application, opinion, at=at, by=by)


def _precheck(merchant: Merchant, application: Application, rules: RuleSet, *, at: datetime, by: str) -> Decision:
    """What would be decided, noted with who asked; in turn, so that two at once are counted as two."""
    with transaction.atomic(durable=True):
        lock(merchant.pk)
        decision = asked_too_often(merchant.pk, application, at=at)
        if decision is None:
            known = facts_of(merchant.pk, application, at=at)
            decision = _decided_on(application, known, rules, at=at, mode=Mode.PRECHECK).decision
        note(merchant.pk, application, decision, by=by, at=at)
    return decision


def _decided_on(
    application: Application, known: Known, rules: RuleSet, *, at: datetime, mode: Mode = Mode.CHECK
) -> Verdict:
    """What everything that is known comes to, as this merchant may see it."""
    own, whole = (decide(application, facts, rules, at=localtime(at), mode=mode) for facts in (known.own, known.whole))
    return veiled(own, whole)


def _decide(
    merchant: Merchant, application: Application, opinion: Opinion | None, *, at: datetime, by: str
) -> Decision:
    with transaction.atomic(durable=True):
        guarantor = _lock_sides(merchant, application.currency)
        rules = _rules(merchant, application)
        row = holding(merchant.pk, application, rules.version, at=at)
        if row is None:
            told = told_of_addresses(merchant.pk, application, at)
            known = facts_of(merchant.pk, told, at=at)
            known = Known(replace(known.own, opinion=opinion), replace(known.whole, opinion=opinion))
            verdict = _decided_on(told, known, rules, at=at)
            row = keep(merchant.pk, application, known.own, verdict, at=at)
            record(merchant.pk, [_decided(row, by)], at=at)
            if guarantor is not None and known.own != known.whole:
                whole = decide(told, known.whole, rules, at=localtime(at)).decision
                record(guarantor.merchant_id, [_decided_there(guarantor, row, whole)], at=at)
    return decision_of(row)


def _lock_sides(merchant: Merchant, currency: str) -> Guarantor | None:
    """The turns of the merchant and of his guarantor, in their order; who the guarantor is, if there is one."""
    terms = GuaranteeTerms.objects.filter(merchant=merchant, currency=currency).select_related("guarantor").first()
    if terms is None:
        lock(merchant.pk)
        return None
    lock_both(terms)
    return terms.guarantor


def _decided_there(guarantor: Guarantor, row: CreditDecision, whole: Decision) -> Happened:
    """Why, with all that the guarantor knows, in its own history: whoever was declined may ask there."""
    codes = [reason.code for reason in whole.reasons]
    facts = {"order": row.order, "decision": row.pk, "outcome": str(whole.outcome), "codes": codes}
    return Happened("guarantor", guarantor.pk, "decided", "rules", "", facts)


def _decided(row: CreditDecision, by: str) -> Happened:
    codes = [reason["code"] for reason in row.reasons]
    facts = {"outcome": str(row.outcome), "codes": codes, "version": row.version, "minor": row.minor}
    return Happened("credit", row.pk, "decided", by, "", facts)


def _rules(merchant: Merchant, application: Application) -> RuleSet:
    """The rules of the order's currency; where none were made for it, those of the merchant's own, which refuse it."""
    found = in_force(merchant.pk, application.currency)
    return (
        found
        if found.version or application.currency == merchant.currency
        else in_force(merchant.pk, merchant.currency)
    )


def _is_worth_asking(verdict: Verdict, rules: RuleSet, application: Application) -> bool:
    """Nobody is asked about who is declined, or accepted as a good customer, without it."""
    is_open = verdict.decision.outcome in (Outcome.ACCEPTED, Outcome.REVIEW)
    return is_open and not verdict.accepted_early and needs_bureau(rules, application)
