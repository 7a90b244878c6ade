"""Webhooks are told what changed: each step of the history goes to the outbox once, and from there as a signed call.

A call names the thing and not its content: it may come late, and what is asked for then is true. The outbox tells what
is about one thing in its order, tries for seven days with growing waits, and keeps what could not be told.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from urllib.parse import parse_qsl, urlsplit

from django.db import transaction
from django.db.models import F, OuterRef, Subquery
from django.db.models.functions import Greatest

from zahlmeister.collection.models import Case
from zahlmeister.connectors.web import Declined, Question, Site, origin, site
from zahlmeister.history.models import Step
from zahlmeister.history.queries import steps_behind
from zahlmeister.merchants.trouble import take_first
from zahlmeister.outbox.deliver import claimed_at, while_somebody_answers
from zahlmeister.outbox.models import Message
from zahlmeister.outbox.states import Done, Later, Outcome
from zahlmeister.outbox.write import Said, tell
from zahlmeister.prepaid.models import Account, Customer
from zahlmeister.programs.callbacks import CHANNEL
from zahlmeister.programs.models import Callback
from zahlmeister.programs.webhooks import TEST, Topic, secrets_of, signatures
from zahlmeister.purchase.models import Capture
from zahlmeister.receivables.models import OpenItem
from zahlmeister.refunds.models import Refund
from zahlmeister.refusals import Refusal

GROUP = "hook:"
#: Steps handed to the outbox in one turn.
_AT_ONCE = 500
#: A step may become visible so long after a younger one: ids grow with the clock, and a transaction ends later than it
#: makes them. What was handed over before is passed over by its key.
OVERLAP = int(timedelta(minutes=1).total_seconds() * 1_000_000) << 12

Clock = Callable[[], datetime]
_Subject = tuple[str, int]

#: Subject of the history → what a webhook is told of it, and the address it is read at.
TOPICS = {
    "item": Topic.ORDER,
    "order": Topic.ORDER,
    "payment": Topic.PAYMENT,
    "refund": Topic.REFUND,
    "payout": Topic.PAYOUT,
    "authorisation": Topic.PURCHASE,
    "capture": Topic.PURCHASE,
    "settlement": Topic.SETTLEMENT,
    "customer": Topic.CUSTOMER,
    "account": Topic.ACCOUNT,
}
#: Words of the history that mean rows of other tables, too: only those of the customer centre are told.
_SHARED = ("customer", "account")
#: Steps of an item that are about its case with an agency.
_OF_CASES = ("handed_over", "agency_told", "agency_said", "case_")


def hand_over_next(*, clock: Clock) -> Callback | None:
    """A worker's turn: hand the outbox what one webhook has not been told; None when all were told everything."""
    newest = Step.objects.filter(merchant=OuterRef("merchant"), subject__in=TOPICS).order_by("-id").values("id")[:1]
    hooks = Callback.objects.filter(version=1).annotate(newest=Subquery(newest))
    behind = hooks.filter(newest__gt=Greatest(F("told_after"), F("id"))).order_by("told_after")
    return take_first("hand-over-webhooks", behind, lambda hook: hand_over(hook, at=clock()), at=clock())


def hand_over(hook: Callback, *, at: datetime) -> None:
    """Write down for the outbox what a webhook has not been told; twice is once."""
    place = max(hook.told_after - OVERLAP, hook.pk)  # what happened before there was one is not its business
    while found := steps_behind(hook.merchant_id, place, TOPICS, _AT_ONCE):
        place = found[-1].pk
        with transaction.atomic(durable=True):
            tell(hook.merchant_id, said_of(hook, found), at=at)
            Callback.objects.filter(pk=hook.pk, told_after__lt=place).update(told_after=place)
        if place > hook.told_after:
            break


def said_of(hook: Callback, steps: Iterable[Step], *, again: str = "") -> list[Said]:
    """What a webhook is to be told of these steps; `again` makes it another message than before."""
    steps = list(steps)
    seen, wanted, said = _seen(hook.merchant_id, steps), set(hook.topics.split()), list[Said]()
    for step in steps:
        for topic, number in seen.told(step):
            if topic in wanted and seen.is_for(hook, step):
                body = {"event": str(step.pk), "topic": topic, "id": str(number), "at": step.at.isoformat()}
                besides = ":case" if topic == Topic.CASE else ""
                key = f"hook:{hook.pk}:{step.pk}{besides}{again}"
                said.append(Said(CHANNEL, f"hook:{hook.pk}:{number}", key, body, f"{GROUP}{hook.pk}"))
    return said


def deliver(messages: Sequence[Message]) -> list[Outcome]:
    """Call one webhook about these messages, one after the other, as long as somebody answers there."""
    pk = int(messages[0].group.removeprefix(GROUP))
    hook = Callback.objects.filter(merchant_id=messages[0].merchant_id, pk=pk, version=1).first()
    if hook is None:
        return [Done({"heard": "nobody"}) for _ in messages]
    try:
        with site(origin(hook.address)) as there:
            return while_somebody_answers(messages, partial(_call, there, hook))
    except Refusal as refusal:  # the address may not be called any more
        return [Later(str(refusal)) for _ in messages]


def _call(there: Site, hook: Callback, message: Message) -> Outcome:
    content, at = json.dumps(message.payload, ensure_ascii=False).encode(), claimed_at(message)
    number, url = str(message.pk), urlsplit(hook.address)
    headers = {
        "Content-Type": "application/json",
        "webhook-id": number,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": signatures(secrets_of(hook, at=at), number, content, at),
    }
    query = parse_qsl(url.query, keep_blank_values=True)
    try:
        there.ask(Question("POST", url.path or "/", query, content=content, headers=headers))
    except Declined as error:
        return Later(str(error))
    return Done()


def tested(hook: Callback, key: str, *, at: datetime) -> Said:
    """A call that says nothing, to see whether it arrives."""
    body = {"event": key[-12:], "topic": TEST, "id": "", "at": at.isoformat()}
    return Said(CHANNEL, f"hook:{hook.pk}:test", f"hook:{hook.pk}:test:{key}", body, f"{GROUP}{hook.pk}")


@dataclass(frozen=True, slots=True)
class _Seen:
    """What programs know the subjects of steps by where that is another row, and whose shop's they are."""

    numbers: dict[_Subject, int]
    shops: dict[_Subject, int | None]
    cases: dict[int, list[int]]  # of items, oldest first

    def told(self, step: Step) -> Iterator[tuple[Topic, int]]:
        """The topics of a step, each with the number of what it is about."""
        subject = (step.subject, step.subject_id)
        if step.subject not in _SHARED or subject in self.numbers:
            yield TOPICS[step.subject], self.numbers.get(subject, step.subject_id)
        if step.subject == "item" and step.verb.startswith(_OF_CASES):
            # ids grow with the clock: the last case before the step is the one it is about
            before = [case for case in self.cases.get(step.subject_id, []) if case < step.pk]
            yield from ((Topic.CASE, case) for case in before[-1:])

    def is_for(self, hook: Callback, step: Step) -> bool:
        """Whether a webhook hears of the step's shop."""
        return hook.shop_id is None or self.shops.get((step.subject, step.subject_id)) == hook.shop_id


def _seen(merchant_id: int, steps: Sequence[Step]) -> _Seen:
    of = {kind: [step.subject_id for step in steps if step.subject == kind] for kind in TOPICS}
    items = OpenItem.objects.filter(merchant_id=merchant_id, pk__in=of["item"])
    orders = OpenItem.objects.filter(merchant_id=merchant_id, order__in=of["order"])
    refunds = Refund.objects.filter(merchant_id=merchant_id, pk__in=of["refund"])
    claims = Capture.objects.filter(merchant_id=merchant_id, pk__in=of["capture"])
    seen = _Seen({}, {}, {})
    for item, order, shop in items.values_list("pk", "order_id", "order__shop_id"):
        seen.numbers["item", item], seen.shops["item", item] = order, shop
    seen.shops.update({("order", order): shop for order, shop in orders.values_list("order_id", "order__shop_id")})
    seen.shops.update({("refund", one): shop for one, shop in refunds.values_list("pk", "item__order__shop_id")})
    seen.numbers.update({("capture", claim): of_ for claim, of_ in claims.values_list("pk", "authorisation_id")})
    customers = Customer.objects.filter(merchant_id=merchant_id, pk__in=of["customer"]).values_list("pk", flat=True)
    accounts = Account.objects.filter(merchant_id=merchant_id, pk__in=of["account"]).values_list("pk", flat=True)
    seen.numbers.update({("customer", one): one for one in customers})
    seen.numbers.update({("account", one): one for one in accounts})
    cases = Case.objects.filter(merchant_id=merchant_id, item__in=of["item"]).order_by("pk")
    for item, case in cases.values_list("item_id", "pk"):
        seen.cases.setdefault(item, []).append(case)
    return seen
