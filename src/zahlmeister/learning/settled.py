"""Look at the newest settled payments: what recurs in their texts, and how they differ from their orders."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet

from zahlmeister.learning.models import Learned
from zahlmeister.learning.rules import Noise, Told, mix_of, noise_in
from zahlmeister.matching.facts import Payment as PaymentFacts
from zahlmeister.matching.folding import compact, name_words
from zahlmeister.matching.numbers import SHORTEST, exact_forms
from zahlmeister.matching.population import Population
from zahlmeister.matching.reading import read
from zahlmeister.receivables.candidates import DatabaseStore
from zahlmeister.receivables.models import Allocation, Payment
from zahlmeister.receivables.queries import BY_A_PERSON, assigned_by_persons, settled_payments, standing

#: So many of the newest settled payments are looked at for the mix, and of those that persons have assigned for noise.
MOST_LOOKED_AT = 2000
#: Not oftener than this.
EVERY = timedelta(days=1)
_ANYTHING = Population()  # a number of noise may have any shape


def is_due(merchant_id: int, *, at: datetime) -> bool:
    """Whether it is time to look again."""
    return not Learned.objects.filter(merchant_id=merchant_id, learned_at__gt=at - EVERY).exists()


@dataclass(frozen=True, slots=True)
class Seen:
    """What the settled payments show: noise in the texts, the mix of differences, and how many were read."""

    noise: Sequence[Noise]
    mix: dict[str, dict[str, int]]
    payments: int


def look(merchant_id: int) -> Seen:
    """Read the newest settled payments; writes nothing, so that nobody waits for it."""
    settled = _with_parts(settled_payments(merchant_id))
    taught = [(paid, parts) for paid, parts in _with_parts(assigned_by_persons(merchant_id)) if _by_a_person(parts)]
    noise = noise_in([_told(paid, parts) for paid, parts in taught])
    return Seen(_nobodys(merchant_id, noise), mix_of(_clues(paid, parts) for paid, parts in settled), len(settled))


def keep(merchant_id: int, seen: Seen, *, at: datetime) -> None:
    """Keep what was seen, in the place of what was seen before."""
    Learned.objects.update_or_create(
        merchant_id=merchant_id,
        defaults={
            "noise": [[one.text, one.customers] for one in seen.noise],
            "mix": seen.mix,
            "payments": seen.payments,
            "learned_at": at,
        },
    )


def _with_parts(rows: QuerySet[Payment]) -> list[tuple[Payment, list[Allocation]]]:
    """The newest of the payments, each with what it pays now; those that pay nothing are left out."""
    payments = list(rows.select_related("transaction")[:MOST_LOOKED_AT])
    found: dict[int, list[Allocation]] = defaultdict(list)
    numbers = [paid.pk for paid in payments]
    for start in range(0, len(numbers), 500):
        parts = Allocation.objects.filter(payment__in=numbers[start : start + 500], waived_minor=0)
        for row in standing(list(parts.select_related("item__order").order_by("id"))):
            found[row.payment_id or 0].append(row)
    return [(paid, found[paid.pk]) for paid in payments if paid.pk in found]


def _by_a_person(parts: Sequence[Allocation]) -> bool:
    """Nothing else teaches: neither the matcher, however sure it was, nor a list, a provider or a rule of the house."""
    return all(part.source.startswith(BY_A_PERSON) for part in parts)


def _told(paid: Payment, parts: Sequence[Allocation]) -> Told:
    said = paid.transaction
    facts = PaymentFacts(
        paid.amount_minor, paid.currency, remittance=said.remittance, remittance_pieces=tuple(said.pieces)
    )
    reading = read(facts, _ANYTHING)
    orders = [part.item.order for part in parts]
    own = {
        form
        for order in orders
        for number in (order.number, order.invoice_number, order.customer_number, order.reference)
        for form in (compact(number), *exact_forms(number))
    }
    own |= {compact(order.postcode) for order in orders}
    own |= {word for order in orders for name in (order.name, order.company) for word in name_words(name)}
    own |= set(name_words(said.counterparty))
    return Told(
        numbers=frozenset(spelling.text for spelling in reading.spellings if len(spelling.text) >= SHORTEST),
        words=frozenset(reading.words),
        own=frozenset(own),
        customer=orders[0].customer_id or orders[0].pk,
    )


def _nobodys(merchant_id: int, noise: Sequence[Noise]) -> list[Noise]:
    """Without what is a number of an order, an invoice or a customer: that is never noise."""
    store = DatabaseStore(merchant_id)
    digest = store.digest
    keys = {one.text: digest(f"number:{one.text}") for one in noise}
    taken = store.look_up(list(keys.values())) if keys else {}
    return [one for one in noise if not taken.get(keys[one.text])]


def _clues(paid: Payment, parts: Sequence[Allocation]) -> list[dict[str, Any]]:
    """The reasons for what stands: the matcher's own, or those it had for the answer a person chose."""
    if parts[0].clues:
        return list(parts[0].clues)
    chosen = {part.item_id for part in parts}
    for candidate in paid.candidates:
        if {share["item"] for share in candidate["shares"]} == chosen:
            return list(candidate["clues"])
    return []
