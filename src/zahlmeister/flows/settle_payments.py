"""Payments are settled: the matcher proposes, what is certain is allocated, the rest waits for a person.

Proposals are made outside any transaction, on what the database says at that moment. Writing them is one transaction
per batch, by compare-and-swap: a payment whose item changed in between is proposed anew in a second round.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from json.encoder import encode_basestring

from django.db import transaction
from django.db.models import QuerySet

from zahlmeister.flows.account_rules import AccountRules
from zahlmeister.history.record import Happened, record
from zahlmeister.learning.queries import rules_of
from zahlmeister.ledger.post import Booking, post
from zahlmeister.ledger.rules import NOT_FOR_AN_ORDER
from zahlmeister.matching.engine import Matcher
from zahlmeister.matching.facts import Candidate, Decision, Policy, Proposal
from zahlmeister.matching.facts import Payment as PaymentFacts
from zahlmeister.matching.facts import Share as MatchedShare
from zahlmeister.merchants.ids import new_id
from zahlmeister.merchants.lock import lock
from zahlmeister.merchants.models import Merchant
from zahlmeister.money.amount import Amount
from zahlmeister.receivables.allocate import Decider, Share, allocate, terms_of
from zahlmeister.receivables.candidates import DatabaseStore, population
from zahlmeister.receivables.desk import Changed
from zahlmeister.receivables.models import OpenItem, Payment
from zahlmeister.receivables.states import UNDECIDED, PaymentState
from zahlmeister.refusals import Refused

BY = "matcher"
#: The clues that say a bank kept a charge of just the missing rest.
CHARGES = frozenset({"amount_charges", "amount_charges_likely"})

STATES = {
    Decision.SUGGESTED: PaymentState.SUGGESTED,
    Decision.UNMATCHED: PaymentState.UNCLEAR,
    Decision.IGNORED: PaymentState.IGNORED,
}


class Settler:
    """Settles one merchant's payments; what is typical of the open items is looked at once."""

    def __init__(self, merchant: Merchant) -> None:
        self.merchant = merchant
        self.store = DatabaseStore(merchant.pk)
        self.policy = policy(merchant)
        self.accounts = AccountRules(merchant.pk)
        self.population = population(merchant.pk)
        self.terms = terms_of(merchant)

    def settle(self, payments: Sequence[Payment], *, at: datetime) -> Counter[str]:
        """Settle payments that nobody has decided on yet; each comes with its transaction.

        Returns:
            How many were `settled`, `suggested`, `unclear` and `ignored`.
        """
        outcome: Counter[str] = Counter()
        left = list(payments)
        for is_last in (False, False, True):
            proposals = self.propose(left)
            try:
                left = self._write(left, proposals, outcome, at, is_last=is_last)
            except Changed:
                if is_last:
                    raise
                left = self._read_again(left)
            if not left:
                break
        return outcome

    def propose(self, payments: Sequence[Payment]) -> list[Proposal]:
        """What the matcher thinks of these payments now."""
        facts = [(payment_facts(one), one.transaction.account_id) for one in payments]
        return self.accounts.propose(Matcher(self.store, self.policy, self.population), facts)

    def _write(
        self,
        payments: Sequence[Payment],
        proposals: Sequence[Proposal],
        outcome: Counter[str],
        at: datetime,
        *,
        is_last: bool,
    ) -> list[Payment]:
        """Write the decisions; returns the payments whose items changed meanwhile."""
        with transaction.atomic(durable=True):
            lock(self.merchant.pk, len(payments))
            standing = self._standing(proposals)
            undecided = self._undecided(payments)
            again = []
            assigned: list[tuple[Payment, Candidate]] = []
            rest: list[tuple[Payment, Proposal]] = []
            for payment, proposal in zip(payments, proposals, strict=True):
                if undecided.get(payment.pk) != payment.open_minor:
                    continue  # a person was quicker
                if proposal.decision is not Decision.ASSIGNED:
                    rest.append((payment, proposal))
                elif _claims(proposal.candidates[0], standing):
                    assigned.append((payment, proposal.candidates[0]))
                elif is_last:
                    rest.append((payment, Proposal(Decision.SUGGESTED, proposal.candidates, "changed")))
                else:
                    again.append(payment)
            self._assign(assigned, at)
            self._leave(rest, at)
        outcome["settled"] += len(assigned)
        outcome.update(STATES[proposal.decision].value for _, proposal in rest)
        return again

    def _standing(self, proposals: Sequence[Proposal]) -> dict[int, int]:
        """What is open now on the items that are to be paid, locked until the transaction ends."""
        wanted = sorted(
            {share.item.id for p in proposals if p.decision is Decision.ASSIGNED for share in p.candidates[0].shares}
        )
        rows = OpenItem.objects.filter(merchant=self.merchant, pk__in=wanted).order_by("pk").select_for_update()
        return dict(rows.values_list("pk", "open_minor"))

    def _undecided(self, payments: Sequence[Payment]) -> dict[int, int]:
        """What is left of those payments that still wait for a decision, locked likewise."""
        wanted = sorted(payment.pk for payment in payments)
        rows = Payment.objects.filter(merchant=self.merchant, pk__in=wanted, state__in=UNDECIDED)
        return dict(rows.order_by("pk").select_for_update().values_list("pk", "open_minor"))

    def _assign(self, assigned: Sequence[tuple[Payment, Candidate]], at: datetime) -> None:
        shares = [
            Share(
                item_id=share.item.id,
                minor=minor,
                source=f"matcher:{new_id()}",  # the payment's state keeps a decision from being made twice
                payment_id=payment.pk,
                has_charges=any(clue.kind in CHARGES for clue in candidate.clues),
                confidence_ppm=ppm(candidate.confidence),
                clues=clues_json(candidate),
            )
            for payment, candidate in assigned
            for share, minor in whole(candidate, payment.open_minor)
        ]
        if shares:
            allocate(self.merchant.pk, shares, Decider(BY, at, self.terms))

    def _read_again(self, payments: Sequence[Payment]) -> list[Payment]:
        """The payments as they stand now, without those that somebody has decided on."""
        rows = Payment.objects.filter(merchant=self.merchant, state__in=UNDECIDED)
        return list(
            rows.filter(pk__in=[payment.pk for payment in payments]).select_related("transaction").order_by("pk")
        )

    def _leave(self, rest: Sequence[tuple[Payment, Proposal]], at: datetime) -> None:
        """Keep the suggestions, and take what is not for an order out of the unclear money."""
        bookings, steps = [], []
        for payment, proposal in rest:
            payment.state = STATES[proposal.decision]
            payment.reason = (proposal.reason or "")[:40]
            payment.candidates = [candidate_json(payment, candidate) for candidate in proposal.candidates]
            payment.confidence_ppm = ppm(proposal.candidates[0].confidence) if proposal.candidates else 0
            steps.append(Happened("payment", payment.pk, payment.state, BY, payment.reason))
            if proposal.decision is Decision.IGNORED:
                payment.decided_by, payment.decided_at = BY, at
                amount = Amount(payment.open_minor, payment.currency)
                bookings.append(
                    Booking(NOT_FOR_AN_ORDER, amount, f"payment:{payment.pk}:ignored:{new_id()}", payment.booked_on)
                )
        for payment, _ in rest:
            _swap(payment)
        post(self.merchant.pk, bookings, at=at)
        record(self.merchant.pk, steps, at=at)


def propose_again(merchant: Merchant, payment_id: int, *, at: datetime) -> None:
    """Look again at a payment that waits for a person: orders may have come or gone since."""
    payment = Payment.objects.select_related("transaction").get(merchant=merchant, pk=payment_id)
    if payment.state not in {PaymentState.UNCLEAR, PaymentState.SUGGESTED}:
        raise Refused("Only a payment that waits for a person gets new suggestions.")
    [proposal] = Settler(merchant).propose([payment])
    candidates = [candidate_json(payment, candidate) for candidate in proposal.candidates]
    state = PaymentState.SUGGESTED if candidates else PaymentState.UNCLEAR
    if (candidates, state) == (payment.candidates, payment.state):
        return
    with transaction.atomic(durable=True):
        unchanged = Payment.objects.filter(pk=payment.pk, state=payment.state, open_minor=payment.open_minor)
        hit = unchanged.update(
            candidates=candidates,
            state=state,
            reason=(proposal.reason or "")[:40],
            confidence_ppm=ppm(proposal.candidates[0].confidence) if proposal.candidates else 0,
        )
        if hit and state != payment.state:
            record(merchant.pk, [Happened("payment", payment.pk, state.value, BY)], at=at)


def settle_waiting(
    merchant: Merchant,
    *,
    at: datetime,
    batch: int = 500,
    watch: Callable[[], None] = lambda: None,
    only: Sequence[int] | None = None,
) -> Counter[str]:
    """Try the unclear and suggested payments again, after new orders arrived: money may come before its order.

    Args:
        merchant: whose payments.
        at: now.
        batch: so many at once.
        watch: is called after each batch.
        only: the payments to be tried, in ascending order; all when absent.
    """
    settler, outcome = Settler(merchant), Counter[str]()
    rows = waiting_payments(merchant).select_related("transaction").order_by("pk")
    for waiting in _batches(rows, batch, only):
        outcome += settler.settle(waiting, at=at)
        watch()
    return outcome


def waiting_payments(merchant: Merchant) -> QuerySet[Payment]:
    """Unclear and suggested payments. What a person has taken back, or said not to ignore, stays with the person."""
    waiting = (PaymentState.UNCLEAR, PaymentState.SUGGESTED)
    return Payment.objects.filter(merchant=merchant, state__in=waiting, decided_by__in=("", BY))


def _batches(rows: QuerySet[Payment], size: int, only: Sequence[int] | None) -> Iterator[list[Payment]]:
    if only is not None:
        for start in range(0, len(only), size):
            yield list(rows.filter(pk__in=only[start : start + size]))
        return
    after = 0
    while some := list(rows.filter(pk__gt=after)[:size]):
        after = some[-1].pk
        yield some


def policy(merchant: Merchant) -> Policy:
    """The merchant's settings as the matcher wants them."""
    rules = rules_of(merchant.pk)
    return Policy(
        tolerance_minor=merchant.tolerance_minor,
        ignored_payers=rules.payers,
        ignored_phrases=rules.phrases,
        ignored_words=rules.words,
        ignored_patterns=rules.patterns,
        ignored_above=rules.above,
        ignores_known_providers=merchant.ignores_providers,
        noise=rules.noise,
    )


def payment_facts(payment: Payment, minor: int | None = None) -> PaymentFacts:
    """A payment as the matcher wants it: what is left to assign, or `minor` of it, and what the bank said."""
    said = payment.transaction
    same_currency = said.original_currency == said.currency
    return PaymentFacts(
        minor=payment.open_minor if minor is None else minor,
        currency=payment.currency,
        booked_on=payment.booked_on,
        value_on=said.value_on,
        payer=said.counterparty or None,
        ultimate_payer=said.ultimate_party or None,
        iban=said.counterparty_number or None,
        remittance=said.remittance or None,
        remittance_pieces=tuple(said.pieces),
        creditor_reference=said.creditor_reference or None,
        end_to_end_id=said.end_to_end_id or None,
        booking_text=said.booking_text or None,
        bank_code=said.bank_code or None,
        charges_minor=said.charges_minor,
        original_minor=said.original_minor if same_currency else None,
    )


def candidate_json(payment: Payment, candidate: Candidate) -> dict[str, object]:
    """A candidate as it is kept with the payment."""
    return shares_json(candidate, payment.open_minor)


def shares_json(candidate: Candidate, open_minor: int) -> dict[str, object]:
    """A candidate as it is kept with a payment of which so much is open."""
    return {
        "confidence_ppm": ppm(candidate.confidence),
        "outcome": candidate.outcome.value,
        "shares": [
            {"item": share.item.id, "number": share.item.number, "minor": minor}
            for share, minor in whole(candidate, open_minor)
        ],
        "clues": clues_json(candidate),
    }


def clues_json(candidate: Candidate) -> list[dict[str, object]]:
    """The reasons as they are kept; the weight is rounded to a tenth of a bit."""
    return [{"kind": clue.kind, "facts": list(clue.facts), "weight": round(clue.weight, 1)} for clue in candidate.clues]


def clues_text(candidate: Candidate) -> str:
    """The same as a JSON text; put together by hand, because setting up an encoder takes longer than the rest."""
    return f"[{', '.join([_clue_text(clue.kind, clue.weight, clue.facts) for clue in candidate.clues])}]"


def _clue_text(kind: str, weight: float, facts: tuple[str, ...]) -> str:
    told = ", ".join([encode_basestring(fact) for fact in facts])
    return f'{{"kind": "{kind}", "facts": [{told}], "weight": {round(weight, 1)}}}'  # kinds are words of our own


def ppm(confidence: float) -> int:
    """A confidence in whole millionths."""
    return round(confidence * 1_000_000)


def whole(candidate: Candidate, open_minor: int) -> list[tuple[MatchedShare, int]]:
    """The shares with their amounts; what came too much goes to the last one, so that nothing stays unassigned."""
    amounts = [share.minor for share in candidate.shares]
    amounts[-1] += open_minor - sum(amounts)
    return list(zip(candidate.shares, amounts, strict=True))


def _claims(candidate: Candidate, standing: dict[int, int]) -> bool:
    """Whether every item still owes what the matcher was told; if so, the shares are taken off what stands."""
    if any(standing.get(share.item.id) != share.item.open_minor for share in candidate.shares):
        return False
    for share in candidate.shares:
        standing[share.item.id] = max(standing[share.item.id] - share.minor, 0)
    return True


def _swap(payment: Payment) -> None:
    """Write a decision that moved no money."""
    changed = Payment.objects.filter(pk=payment.pk, state__in=UNDECIDED, open_minor=payment.open_minor)
    if not changed.update(
        state=payment.state,
        reason=payment.reason,
        candidates=payment.candidates,
        confidence_ppm=payment.confidence_ppm,
        decided_by=payment.decided_by,
        decided_at=payment.decided_at,
    ):
        raise Refused("Somebody else has just decided on this payment.")
