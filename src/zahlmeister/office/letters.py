"""Letters: what was sent, what could not be, and one of them as its reader sees it."""

import re
from base64 import b64encode
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default

from django.conf import settings
from django.db.models import Q
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_POST

from zahlmeister.correspondence import queries
from zahlmeister.correspondence.models import Medium, SentLetter
from zahlmeister.correspondence.sent import content_of
from zahlmeister.flows import send_payment_information
from zahlmeister.flows.before_verified import limits_of
from zahlmeister.flows.deliver_outbox import replay
from zahlmeister.letters.centre import CentreKind
from zahlmeister.letters.house import HouseKind
from zahlmeister.office.access import OfficeRequest, signed_in
from zahlmeister.office.feedback import refused, told
from zahlmeister.office.letter_words import kind_name, print_state
from zahlmeister.office.listed import Narrowing, Wants, listed
from zahlmeister.office.many_acts import buttons
from zahlmeister.orders.queries import shops
from zahlmeister.outbox.models import Message
from zahlmeister.outbox.queries import of_channel
from zahlmeister.outbox.states import MessageState
from zahlmeister.receivables.models import OpenItem
from zahlmeister.refusals import Refused

SHOWN = 50
#: Mails whose link is a key: it is their reader's alone, and nobody takes it out of what is kept.
FOR_READER_ALONE = {CentreKind.SIGN_IN.value, HouseKind.CONFIRM_ACCOUNT.value}
#: Addresses whose signature lets their reader say something: where a refund goes, that a person is to look, and so on.
_SIGNED = re.compile(r"(/(?:refund|pay|review|unsubscribe)/)[^\s\"'<>]+")
#: A letter is shown as it is: its own styles, pictures within it, and nothing that runs or is fetched.
_PAPER = Q(medium=Medium.LETTER)
POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; frame-ancestors 'self'; form-action 'none'"


@signed_in
def letters(request: OfficeRequest) -> HttpResponseBase:
    """Everything about letters: who sends them, when, and the last ones that left."""
    merchant = request.merchant.pk
    messages = of_channel(merchant, "mail", "letter")
    rows = queries.sent_letters(merchant)
    found = listed(request, rows, _wants(merchant), lambda ids: queries.letters_by_id(merchant, ids))
    return found.file or render(
        request,
        "office/letters.html",
        found.context
        | {
            "many": buttons("letters") if request.may_write else [],
            "limits": limits_of(merchant, timezone.now()),
            "senders": queries.senders(merchant),
            "server": queries.mail_account(merchant),
            "without_address": queries.senders_without_address(merchant),
            "returns": queries.mail_returns(merchant),
            "printer": queries.print_account(merchant),
            "has_print_folder": bool(settings.PRINT_FOLDER),
            "rules": queries.rules_by_shop(merchant, shops(merchant)),
            "letters": [(row, kind_name(row.kind)) for row in found.rows],
            "stuck": messages.filter(state=MessageState.STUCK)[:SHOWN],
            "waiting": messages.filter(state=MessageState.WAITING).count(),
            "held_up": messages.filter(state=MessageState.WAITING).exclude(error="").first(),
        },
    )


def _wants(merchant_id: int) -> Wants[SentLetter]:
    states = [
        ("sent", _("that were sent"), Q(sent_at__isnull=False, bounced_at__isnull=True)),
        ("waiting", _("that are on their way"), Q(sent_at__isnull=True, bounced_at__isnull=True)),
        ("back", _("that came back"), Q(bounced_at__isnull=False)),
    ]
    media = [(Medium.MAIL.value, _("by mail"), Q(medium=Medium.MAIL)), (Medium.LETTER.value, _("on paper"), _PAPER)]
    return Wants(
        _("letters"),
        [
            (_("Letter"), lambda row: kind_name(row.kind)),
            (_("Reader"), lambda row: row.reader),
            (_("Subject"), lambda row: row.subject),
            (_("Order"), lambda row: row.order.number if row.order else ""),
            (_("Sent"), lambda row: row.sent_at and timezone.localdate(row.sent_at)),
            (_("Came back"), lambda row: row.bounced_at and timezone.localdate(row.bounced_at)),
            (_("Why"), lambda row: row.bounce),
        ],
        [Narrowing("state", _("in any state"), states), Narrowing("medium", _("by any way"), media)],
        found=lambda text: Q(pk__in=queries.letters_like(merchant_id, text)),
        day="sent_at__date",
    )


@signed_in
def letter(request: OfficeRequest, letter_id: int) -> HttpResponseBase:
    """One letter and what became of it."""
    row = _found(request, letter_id)
    return render(
        request,
        "office/letter.html",
        {
            "letter": row,
            "kind": kind_name(row.kind),
            "enclosures": _enclosures(row),
            "printed": print_state(row.print_status),
        },
    )


@signed_in
@xframe_options_sameorigin
def letter_shown(request: OfficeRequest, letter_id: int) -> HttpResponseBase:
    """The letter itself, in a frame, with its reader's own links dead; one with nothing but a key is not shown."""
    row = _found(request, letter_id)
    if row.kind in FOR_READER_ALONE:
        why = _("This mail holds a link that is its reader's alone. It is kept and not shown.")
        return in_frame(format_html("<p>{}</p>", why))
    if row.medium == Medium.LETTER:
        return HttpResponse(content_of(row), content_type="application/pdf")
    return in_frame(_html(_parsed(row)))


@signed_in
def letter_enclosure(request: OfficeRequest, letter_id: int, number: int) -> HttpResponseBase:
    """A file that went along."""
    row = _found(request, letter_id)
    found = list(_parsed(row).iter_attachments())
    if number >= len(found) or row.kind in FOR_READER_ALONE:
        raise Http404
    return HttpResponse(found[number].get_content(), content_type="application/pdf")


@signed_in
@require_POST
def send_again(request: OfficeRequest, order_id: int) -> HttpResponseBase:
    """Send the payment information of an order."""
    item = OpenItem.objects.filter(merchant=request.merchant, order=order_id).first()
    if item is None:
        raise Http404
    try:
        send_payment_information.send_again(request.merchant, item.pk, by=request.user.email, at=timezone.now())
    except Refused as refusal:
        refused(request, refusal)
    else:
        told(request, _("The payment information is on its way."))
    return redirect("office:order", order_id)


@signed_in
@require_POST
def try_again(request: OfficeRequest, message_id: int) -> HttpResponseBase:
    """Try a message anew that could not be delivered."""
    if not Message.objects.filter(merchant=request.merchant, pk=message_id).exists():
        raise Http404
    try:
        replay(request.merchant.pk, message_id, by=request.user.email, at=timezone.now())
    except Refused as refusal:
        refused(request, refusal)
    else:
        told(request, _("It is tried again."))
    return redirect("office:letters")


def in_frame(html: str) -> HttpResponse:
    """A letter's HTML as an answer that may stand in a frame of ours."""
    response = HttpResponse(html)
    response["Content-Security-Policy"] = POLICY
    return response


def data_address(data: bytes, kind: str) -> str:
    """A picture as an address that holds it."""
    return f"data:image/{kind};base64,{b64encode(data).decode()}"


def _found(request: OfficeRequest, letter_id: int) -> SentLetter:
    row = queries.sent_letters(request.merchant.pk).filter(pk=letter_id).first()
    if row is None:
        raise Http404
    return row


def _parsed(row: SentLetter) -> EmailMessage:
    return message_from_bytes(content_of(row), _class=EmailMessage, policy=default)


def _html(mail: EmailMessage) -> str:
    """The HTML of a mail with its pictures put in, and without the signatures that let its reader in."""
    body = mail.get_body(("html",))
    html = _SIGNED.sub(r"\1…", str(body.get_content())) if body else ""
    for part in mail.walk():
        if part.get_content_maintype() == "image" and part["Content-ID"]:
            address = data_address(part.get_content(), part.get_content_subtype())
            html = html.replace(f"cid:{part['Content-ID'].strip('<>')}", address)
    return html


def _enclosures(row: SentLetter) -> list[str]:
    if row.medium == Medium.LETTER:
        return []
    return [part.get_filename() or "" for part in _parsed(row).iter_attachments()]
