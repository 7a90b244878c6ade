"""Webhooks: which programs are told what changed, by signed calls; tried by a button, and what became of them."""

from collections.abc import Callable

from django import forms
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zahlmeister.flows import change_webhook as flow
from zahlmeister.flows.deliver_outbox import replay_all
from zahlmeister.flows.tell_webhooks import GROUP
from zahlmeister.history.queries import steps_of
from zahlmeister.merchants.ids import new_id
from zahlmeister.office import words
from zahlmeister.office.access import OfficeRequest, signed_in
from zahlmeister.office.feedback import told
from zahlmeister.office.sentences import in_words
from zahlmeister.programs.callbacks import CHANNEL
from zahlmeister.programs.models import Callback
from zahlmeister.programs.queries import webhooks as webhooks_of
from zahlmeister.programs.webhooks import TEST, Topic, secrets_of
from zahlmeister.refusals import Refused

TOPICS = {
    Topic.ORDER: gettext_lazy("Orders"),
    Topic.PAYMENT: gettext_lazy("Payments"),
    Topic.REFUND: gettext_lazy("Refunds"),
    Topic.PAYOUT: gettext_lazy("Payouts"),
    Topic.PURCHASE: gettext_lazy("Purchases on invoice"),
    Topic.SETTLEMENT: gettext_lazy("Settlements"),
    Topic.CASE: gettext_lazy("Cases"),
    Topic.CUSTOMER: gettext_lazy("Customers of the customer centre"),
    Topic.ACCOUNT: gettext_lazy("Balances of the customer centre"),
}


class WebhookForm(forms.Form):
    """Where a program is called, and about what."""

    address = forms.CharField(
        label=gettext_lazy("Address"),
        max_length=500,
        widget=forms.URLInput({"placeholder": "https://shop.example/heard"}),
    )
    topics = forms.MultipleChoiceField(
        label=gettext_lazy("Is told when these change"),
        choices=[(topic.value, said) for topic, said in TOPICS.items()],
        widget=forms.CheckboxSelectMultiple,
    )


@signed_in
def webhooks(request: OfficeRequest) -> HttpResponseBase:
    """Which webhooks there are; a POST makes one and shows its secret, this once."""
    form = WebhookForm(request.POST or None, label_suffix="")
    made = _made(request, form) if request.method == "POST" and form.is_valid() else None
    rows = [(row, _told_of(row)) for row in webhooks_of(request.merchant.pk).order_by("-id")]
    secret = secrets_of(made, at=timezone.now())[0] if made else ""
    context = {"form": form, "rows": rows, "secret": secret, "made": made}
    return _never_kept(render(request, "office/webhooks.html", context, status=422 if form.errors else 200))


@signed_in
def webhook(request: OfficeRequest, webhook_id: int) -> HttpResponseBase:
    """One webhook: what it was told, a button to try it, and what happened."""
    hook = webhooks_of(request.merchant.pk).filter(pk=webhook_id).first()
    if hook is None:
        raise Http404
    secret = ""
    if request.method == "POST":
        done = _DEEDS.get(request.POST.get("do", ""), _try)(request, hook)
        if done == ENDED:
            return redirect("office:webhooks")
        secret = done
        if not secret:
            return redirect("office:webhook", hook.pk)
    steps = steps_of(hook.merchant_id, "webhook", hook.pk)
    calls = [(call, TOPICS.get(call.payload["topic"], call.payload["topic"])) for call in flow.calls_of(hook)]
    context = {
        "hook": hook,
        "topics": _told_of(hook),
        "secret": secret,
        "calls": calls,
        "test": TEST,
        "steps": [(step, words.step("webhook", step.verb), words.actor(step.actor)) for step in steps],
    }
    return _never_kept(render(request, "office/webhook.html", context))


ENDED = "ended"


def _made(request: OfficeRequest, form: WebhookForm) -> Callback | None:
    topics = tuple(Topic(name) for name in form.cleaned_data["topics"])
    wanted = flow.Wanted(form.cleaned_data["address"], topics)
    try:
        return flow.make_webhook(request.merchant, wanted, by=request.user.email, at=timezone.now())
    except Refused as refusal:
        form.add_error("address", in_words(refusal))
        return None


def _told_of(hook: Callback) -> str:
    return ", ".join(str(TOPICS[Topic(name)]) for name in hook.topics.split())


def _try(request: OfficeRequest, hook: Callback) -> str:
    flow.try_webhook(hook, f"office:{new_id()}", at=timezone.now())
    told(request, _("A call that says nothing is on its way; look here again in a moment."))
    return ""


def _rotate(request: OfficeRequest, hook: Callback) -> str:
    return flow.rotate_secret(hook, f"office:{new_id()}", by=request.user.email, at=timezone.now())


def _again(request: OfficeRequest, hook: Callback) -> str:
    by, group = request.user.email, f"{GROUP}{hook.pk}"
    replay_all(request.merchant.pk, channel=CHANNEL, group=group, by=by, at=timezone.now())
    told(request, _("What could not be told is tried again."))
    return ""


def _end(request: OfficeRequest, hook: Callback) -> str:
    flow.end_webhook(hook, by=request.user.email, at=timezone.now())
    told(request, _("The webhook has ended; nobody is called there any more."))
    return ENDED


def _never_kept(answer: HttpResponse) -> HttpResponse:
    """A page that may show a secret is kept by no browser and no proxy."""
    answer.headers["Cache-Control"] = "no-store"
    return answer


_DEEDS: dict[str, Callable[[OfficeRequest, Callback], str]] = {"rotate": _rotate, "again": _again, "end": _end}
