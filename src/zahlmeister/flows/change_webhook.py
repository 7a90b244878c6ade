"""A person or a program makes a webhook, changes its secret, tries it, has it told again, or ends it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from zahlmeister.connectors.web import called_address
from zahlmeister.flows.tell_webhooks import GROUP, TOPICS, said_of, tested
from zahlmeister.history.models import Step
from zahlmeister.history.record import Happened, record
from zahlmeister.merchants.lock import lock
from zahlmeister.merchants.models import Merchant
from zahlmeister.orders.models import Shop
from zahlmeister.outbox.models import Message
from zahlmeister.outbox.write import tell
from zahlmeister.programs.callbacks import CHANNEL
from zahlmeister.programs.models import Callback
from zahlmeister.programs.queries import webhooks
from zahlmeister.programs.webhooks import OF_ONE_SHOP, Topic, change_secret, keep_secret, new_secret
from zahlmeister.refusals import Refused

#: Webhooks of one merchant.
MOST = 20
#: Nothing older is told again.
OLDEST = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A webhook as somebody wants it. `source` makes it once, however often it is asked for."""

    address: str
    topics: tuple[Topic, ...]
    shop: Shop | None = None
    source: str = ""


def make_webhook(merchant: Merchant, wanted: Wanted, *, by: str, at: datetime) -> Callback:
    """Call there from now on when something changes.

    Raises:
        Refused: the address may not be called, nothing or something a shop alone cannot hear of is wanted, or there are
            too many.
    """
    address = called_address(wanted.address)
    if not wanted.topics:
        raise Refused("Say what the webhook is to be told.")
    if wanted.shop is not None and (beyond := sorted(set(wanted.topics) - set(OF_ONE_SHOP))):
        raise Refused(f"A webhook for one shop cannot be told {beyond[0]}.")
    with transaction.atomic(durable=True):
        lock(merchant.pk)
        known = Callback.objects.filter(merchant=merchant, source=wanted.source).first() if wanted.source else None
        if known is not None:
            return known
        if webhooks(merchant.pk).count() >= MOST:
            raise Refused(f"There are {MOST} webhooks already; end one first.")
        made = Callback(merchant=merchant, shop=wanted.shop, version=1, source=wanted.source)
        made.address, made.topics = address, " ".join(sorted(wanted.topics))
        made.created_by, made.created_at, made.told_after = by, at, made.pk
        keep_secret(made, new_secret())
        made.save(force_insert=True)
        facts = {"address": made.address, "topics": made.topics}
        record(merchant.pk, [Happened("webhook", made.pk, "webhook_made", by, facts=facts)], at=at)
    return made


def rotate_secret(hook: Callback, source: str, *, by: str, at: datetime) -> str:
    """Give a webhook a new secret; the one before stays valid for a day. The same source again gives the same.

    Returns:
        The new secret.
    """
    with transaction.atomic(durable=True):
        lock(hook.merchant_id)
        hook.refresh_from_db()
        before = bytes(hook.sealed)
        secret = change_secret(hook, source, at=at)
        if hook.sealed != before:
            hook.save(update_fields=["sealed"])
            record(hook.merchant_id, [Happened("webhook", hook.pk, "secret_changed", by)], at=at)
    return secret


def try_webhook(hook: Callback, key: str, *, at: datetime) -> None:
    """Send a call that says nothing; the same key again sends none."""
    with transaction.atomic(durable=True):
        tell(hook.merchant_id, [tested(hook, key, at=at)], at=at)


def tell_again(hook: Callback, since: datetime, key: str, *, by: str, at: datetime) -> int:
    """Tell a webhook again what happened since then; the same key again tells nothing.

    Returns:
        How many calls are made.

    Raises:
        Refused: it is longer ago than seven days.
    """
    if since < at - OLDEST:
        raise Refused("What is older than seven days is not told again; read it from the lists.")
    rows = Step.objects.filter(merchant_id=hook.merchant_id, subject__in=TOPICS, at__gte=since, pk__gt=hook.pk)
    with transaction.atomic(durable=True):
        said = said_of(hook, rows.order_by("id")[:10_000], again=f":{key[-24:]}")
        tell(hook.merchant_id, said, at=at)
        record(hook.merchant_id, [Happened("webhook", hook.pk, "told_again", by, facts={"calls": len(said)})], at=at)
    return len(said)


def end_webhook(hook: Callback, *, by: str, at: datetime) -> None:
    """Call there no more; calls that wait are passed over. Twice is once."""
    with transaction.atomic(durable=True):
        if Callback.objects.filter(pk=hook.pk).delete()[0]:
            record(hook.merchant_id, [Happened("webhook", hook.pk, "webhook_ended", by)], at=at)


def calls_of(hook: Callback) -> list[Message]:
    """The last calls of a webhook, newest first."""
    rows = Message.objects.filter(merchant_id=hook.merchant_id, channel=CHANNEL, group=f"{GROUP}{hook.pk}")
    return list(rows.order_by("-id")[:50])
