"""Propose to ignore by itself what a person has ignored again and again; a rule is only made by a person's yes."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from zahlmeister.learning.models import IgnoredPhrase, IgnoreProposal
from zahlmeister.learning.rules import LEAST_IGNORED, Ignored, Recurring, recurring
from zahlmeister.learning.states import ProposalKind, ProposalState
from zahlmeister.matching.folding import fold, payer_name
from zahlmeister.matching.noise import WORD
from zahlmeister.receivables.models import IgnoredPayer, Payment
from zahlmeister.receivables.queries import decided_by_persons
from zahlmeister.receivables.states import PaymentState
from zahlmeister.refusals import Refused

#: So far back, and so many payments, it is looked for what they have in common.
DAYS = 400
MOST_IGNORED = 300
MOST_SETTLED = 1000


def propose_to_ignore(merchant_id: int, *, at: datetime) -> None:
    """Look at what persons have ignored; make new proposals, and withdraw those that no longer have a reason."""
    found = {(one.kind, one.value): one for one in _recurring(merchant_id, at.date())}
    known = {(row.kind, row.value): row for row in IgnoreProposal.objects.filter(merchant_id=merchant_id)}
    for key, row in known.items():
        if row.state == ProposalState.OPEN and key not in found:
            row.delete()
        elif key in found and row.state == ProposalState.OPEN and row.payments != found[key].payments:
            row.payments = found[key].payments
            row.save(update_fields=["payments"])
    IgnoreProposal.objects.bulk_create(
        IgnoreProposal(
            merchant_id=merchant_id, kind=one.kind, value=one.value, label=one.label[:200], payments=one.payments,
            proposed_at=at,
        )
        for key, one in found.items()
        if key not in known
    )  # fmt: skip


def accept(proposal: IgnoreProposal, *, by: str, at: datetime) -> None:
    """Make the rule that was proposed."""
    _decide(proposal, ProposalState.ACCEPTED, by, at)
    told = {"created_by": by, "created_at": at}
    if proposal.kind == ProposalKind.PHRASE:
        IgnoredPhrase.objects.get_or_create(merchant_id=proposal.merchant_id, phrase=proposal.value, defaults=told)
    elif proposal.kind == ProposalKind.ACCOUNT:
        IgnoredPayer.objects.get_or_create(
            merchant_id=proposal.merchant_id, number=proposal.value, defaults={"name": proposal.label, **told}
        )
    else:
        IgnoredPayer.objects.get_or_create(
            merchant_id=proposal.merchant_id, number="", name=fold(proposal.label)[:200], defaults=told
        )


def dismiss(proposal: IgnoreProposal, *, by: str, at: datetime) -> None:
    """No rule; the same is not proposed again."""
    _decide(proposal, ProposalState.DISMISSED, by, at)


def _decide(proposal: IgnoreProposal, state: ProposalState, by: str, at: datetime) -> None:
    waiting = IgnoreProposal.objects.filter(pk=proposal.pk, state=ProposalState.OPEN)
    if not waiting.update(state=state, decided_by=by, decided_at=at):
        raise Refused("Somebody else has just decided on this proposal.")


def _recurring(merchant_id: int, today: date) -> list[Recurring]:
    """What recurs in the payments persons have ignored and no rule covers yet."""
    payments = decided_by_persons(merchant_id, today - timedelta(days=DAYS), today)
    rows = Payment.objects.filter(pk__in=payments[:MOST_IGNORED], state=PaymentState.IGNORED)
    said = rows.values_list("transaction__counterparty_number", "transaction__counterparty", "transaction__remittance")
    accounts = set(IgnoredPayer.objects.filter(merchant_id=merchant_id).values_list("number", flat=True))
    ignored = [
        Ignored(number, payer, payer_name(payer), folded(text))
        for number, payer, text in said
        if not number or number not in accounts
    ]
    if len(ignored) < LEAST_IGNORED:
        return []
    return recurring(ignored, _settled_texts(merchant_id))


def _settled_texts(merchant_id: int) -> Sequence[str]:
    """The newest texts of payments that are for orders, or may be."""
    texts: list[str] = []
    for state in (PaymentState.ASSIGNED, PaymentState.SUGGESTED):
        rows = Payment.objects.filter(merchant_id=merchant_id, state=state).order_by("-booked_on", "-id")
        texts += rows.values_list("transaction__remittance", flat=True)[:MOST_SETTLED]
    return [folded(text) for text in texts]


def folded(text: str) -> str:
    """A text as phrases are compared: folded words with single blanks."""
    return " ".join(WORD.findall(fold(text[:500])))
