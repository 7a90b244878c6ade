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
from zahlmeister.credit.rule_sets import in_force
from zahlmeister.credit.rules import Application, Decision, Facts, Mode, Opinion, Outcome
from zahlmeister.flows.purchase.ask_bureau import opinion_of
from zahlmeister.flows.purchase.buyer_facts import facts_of
from zahlmeister.history.record import Happened, record
from zahlmeister.merchants.lock import lock
from zahlmeister.merchants.models import Merchant


def check(
    merchant: Merchant, application: Application, *, at: datetime, mode: Mode = Mode.CHECK, by: str = "shop"
) -> Decision:
    """The answer to an application. Only a `CHECK` is kept, reserves the limit, counts as an attempt and asks a bureau.

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
    facts = Facts() if mode is Mode.VALIDATE else facts_of(merchant.pk, told, at=at)
    verdict = decide(told, facts, rules, at=localtime(at), mode=mode)
    if mode is not Mode.CHECK:
        return verdict.decision
    opinion = opinion_of(merchant.pk, told, at=at) if _is_worth_asking(verdict, rules, told) else None
    return _decide(merchant, application, opinion, at=at, by=by)


def _decide(
    merchant: Merchant, application: Application, opinion: Opinion | None, *, at: datetime, by: str
) -> Decision:
    with transaction.atomic(durable=True):
        lock(merchant.pk)
        rules = _rules(merchant, application)
        row = holding(merchant.pk, application, rules.version, at=at)
        if row is None:
            told = told_of_addresses(merchant.pk, application, at)
            facts = replace(facts_of(merchant.pk, told, at=at), opinion=opinion)
            verdict = decide(told, facts, rules, at=localtime(at))
            row = keep(merchant.pk, application, facts, verdict, at=at)
            record(merchant.pk, [_decided(row, by)], at=at)
    return decision_of(row)


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
