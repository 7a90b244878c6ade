"""Webhooks: made, given a new secret, tried, told again, ended; and what became of their calls."""

from datetime import datetime

from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from ninja import Body, Query, Router, Schema
from pydantic import Field

from zahlmeister.api.v1.forms import Id, Moment, Next, ShopRef
from zahlmeister.api.v1.orders import shop_for
from zahlmeister.api.v1.pages import OneWanted, PageWanted, one_of, page_of
from zahlmeister.api.v1.surface import caller, reads, source, writes
from zahlmeister.flows import change_webhook as flow
from zahlmeister.flows.tell_webhooks import GROUP
from zahlmeister.outbox.models import Message
from zahlmeister.outbox.queries import of_channel
from zahlmeister.outbox.states import MessageState
from zahlmeister.programs.callbacks import CHANNEL
from zahlmeister.programs.models import Callback
from zahlmeister.programs.queries import webhooks
from zahlmeister.programs.scopes import Scope
from zahlmeister.programs.webhooks import Topic, secrets_of

router = Router(tags=["webhooks"])


class WebhookOut(Schema):
    """Where a program is called, and about what."""

    id: Id
    address: str = Field(examples=["https://shop.example/zahlmeister"])
    topics: list[Topic] = Field(examples=[["order.changed"]])
    shop: Id | None = Field(description="The only shop it hears of; null: all of them.")
    created_at: Moment


class WebhooksOut(Schema):
    """A page of webhooks, newest first."""

    data: list[WebhookOut]
    next: Next


class SecretOut(Schema):
    """A webhook with the secret its calls are signed with; it is shown when it is made and when it is changed."""

    id: Id
    secret: str = Field(examples=["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw0123456789A="])


class WebhookIn(Schema):
    """A webhook as a program wants it."""

    address: str = Field(min_length=8, max_length=500, pattern=r"^\S+$", examples=["https://shop.example/zahlmeister"])
    topics: list[Topic] = Field(min_length=1, max_length=10, examples=[["order.changed"]])
    shop: ShopRef = Field(default="", description="Only this shop; without it, all of them.", examples=[""])


class AgainIn(Schema):
    """From when on everything is told again; at most seven days ago."""

    since: datetime = Field(examples=["2026-11-22T10:15:00Z"])


class ToldOut(Schema):
    """How many calls are made."""

    id: Id
    calls: int = Field(examples=[3])


class CallOut(Schema):
    """A call of a webhook, and what became of it."""

    id: Id = Field(description="What the call has as `webhook-id`.")
    topic: str = Field(examples=["order.changed"])
    about: str = Field(examples=["1873421112345088"])
    state: MessageState = Field(examples=["delivered"])
    attempts: int = Field(examples=[1])
    error: str = Field(examples=[""])
    created_at: Moment


class CallsOut(Schema):
    """A page of calls, newest first."""

    data: list[CallOut]
    next: Next


@reads(router, "/webhooks", WebhooksOut, Scope.WEBHOOKS_READ)
def list_webhooks(request: HttpRequest, wanted: Query[PageWanted]) -> WebhooksOut:
    """Webhooks, newest first."""
    found, following = page_of(_hooks(request), wanted)
    return WebhooksOut(data=[_out(row) for row in found], next=following)


@reads(router, "/webhooks/{webhook_id}", WebhookOut, Scope.WEBHOOKS_READ)
def get_webhook(request: HttpRequest, webhook_id: str, wanted: Query[OneWanted]) -> WebhookOut:
    """One webhook."""
    del wanted  # its fields are looked at where the answer is written
    return _out(_hook(request, webhook_id))


@reads(router, "/webhooks/{webhook_id}/calls", CallsOut, Scope.WEBHOOKS_READ)
def list_calls(request: HttpRequest, webhook_id: str, wanted: Query[PageWanted]) -> CallsOut:
    """What a webhook was told, newest first."""
    hook = _hook(request, webhook_id)
    found, following = page_of(of_channel(hook.merchant_id, CHANNEL, group=f"{GROUP}{hook.pk}"), wanted)
    return CallsOut(data=[_call(row) for row in found], next=following)


@writes(router, "/webhooks", SecretOut, Scope.WEBHOOKS_WRITE, status=201)
def create_webhook(request: HttpRequest, handed_in: Body[WebhookIn]) -> SecretOut:
    """Call there from now on when something changes."""
    who = caller(request)
    shop = shop_for(who, handed_in.shop) if handed_in.shop else None
    wanted = flow.Wanted(handed_in.address, tuple(handed_in.topics), shop, source(request))
    made = flow.make_webhook(who.merchant, wanted, by=who.by, at=timezone.now())
    return SecretOut(id=str(made.pk), secret=secrets_of(made, at=timezone.now())[0])


@writes(router, "/webhooks/{webhook_id}/rotate", SecretOut, Scope.WEBHOOKS_WRITE)
def rotate_webhook(request: HttpRequest, webhook_id: str) -> SecretOut:
    """Give it a new secret. For a day calls carry the signatures of both."""
    hook, now = _hook(request, webhook_id), timezone.now()
    return SecretOut(id=str(hook.pk), secret=flow.rotate_secret(hook, source(request), by=caller(request).by, at=now))


@writes(router, "/webhooks/{webhook_id}/test", ToldOut, Scope.WEBHOOKS_WRITE)
def test_webhook(request: HttpRequest, webhook_id: str) -> ToldOut:
    """Send it a call of the topic `test`."""
    hook = _hook(request, webhook_id)
    flow.try_webhook(hook, source(request), at=timezone.now())
    return ToldOut(id=str(hook.pk), calls=1)


@writes(router, "/webhooks/{webhook_id}/replay", ToldOut, Scope.WEBHOOKS_WRITE)
def replay_webhook(request: HttpRequest, webhook_id: str, handed_in: Body[AgainIn]) -> ToldOut:
    """Tell it again what happened since then, whether it heard it or not."""
    hook, who = _hook(request, webhook_id), caller(request)
    since = handed_in.since if timezone.is_aware(handed_in.since) else timezone.make_aware(handed_in.since)
    calls = flow.tell_again(hook, since, source(request), by=who.by, at=timezone.now())
    return ToldOut(id=str(hook.pk), calls=calls)


@writes(router, "/webhooks/{webhook_id}", WebhookOut, Scope.WEBHOOKS_WRITE, method="DELETE")
def delete_webhook(request: HttpRequest, webhook_id: str) -> WebhookOut:
    """Call there no more; calls that wait are passed over."""
    hook = _hook(request, webhook_id)
    told = _out(hook)
    flow.end_webhook(hook, by=caller(request).by, at=timezone.now())
    return told


def _hooks(request: HttpRequest) -> QuerySet[Callback]:
    return webhooks(caller(request).merchant.pk)


def _hook(request: HttpRequest, webhook_id: str) -> Callback:
    return one_of(_hooks(request), webhook_id, "webhook")


def _out(row: Callback) -> WebhookOut:
    return WebhookOut(
        id=str(row.pk),
        address=row.address,
        topics=[Topic(name) for name in row.topics.split()],
        shop=str(row.shop_id) if row.shop_id else None,
        created_at=row.created_at,
    )


def _call(row: Message) -> CallOut:
    return CallOut(
        id=str(row.pk),
        topic=str(row.payload["topic"]),
        about=str(row.payload["id"]),
        state=MessageState(row.state),
        attempts=row.attempts,
        error=row.error,
        created_at=row.created_at,
    )
