"""How money, dates, states and clues are shown."""

from datetime import date, datetime

from django import template
from django.utils import formats, timezone
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from zahlmeister.banking.models import StatementImport
from zahlmeister.history.models import Step
from zahlmeister.matching.words import reason_text
from zahlmeister.money.accounts import grouped, is_iban
from zahlmeister.office import purchase_words, sentences, shop_words, shown, turn_words, words

register = template.Library()


@register.simple_tag
def money(minor: int, currency: str) -> SafeString:
    """An amount with its currency small behind it."""
    text = shown.money_text(minor, currency, _language())
    return format_html('<span class="money">{} <span class="currency">{}</span></span>', text, currency)


@register.simple_tag
def figure(minor: int, currency: str) -> str:
    """An amount as it is typed into a field."""
    return shown.typed_money(minor, currency, _language())


@register.simple_tag
def plain_money(minor: int, currency: str) -> str:
    """An amount without its currency, where that stands in a place of its own."""
    return shown.money_text(minor, currency, _language())


@register.filter
def number(value: int) -> str:
    """A count with grouped thousands."""
    return shown.number_text(value, _language())


@register.filter
def day(value: date | None) -> SafeString | str:
    """A day as people say it, the exact one on hover."""
    if not value:  # nothing, or the template's empty text for something that is not there
        return "–"
    language = _language()
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        value.isoformat(),
        shown.exact_day(value, language),
        shown.day_text(value, timezone.localdate(), language),
    )


@register.filter
def exact_day(value: date | None) -> str:
    """A day written out."""
    return "–" if not value else shown.exact_day(value, _language())


@register.filter
def month_name(value: date) -> str:
    """A month written out."""
    return shown.month_text(value, _language())


@register.filter
def period(name: str) -> str:
    """The time that a payout or a settlement is of, as people say it."""
    return shown.period_text(name, _language())


@register.filter
def percent_of(ppm: int) -> str:
    """Millionths of a count as a percentage with one decimal."""
    return shown.share_text(ppm // 1000, _language())


@register.filter
def share(per_mille: int) -> str:
    """A share in thousandths as a percentage with one decimal."""
    return shown.share_text(per_mille, _language())


@register.filter
def moment(value: datetime | None) -> SafeString | str:
    """A day and the time of day, the exact instant on hover."""
    if value is None:
        return "–"
    local = timezone.localtime(value)
    language = _language()
    return format_html(
        '<time datetime="{}" title="{}">{}, {}</time>',
        local.isoformat(),
        f"{shown.exact_day(local.date(), language)}, {local:%H:%M:%S}",
        shown.day_text(local.date(), timezone.localdate(), language),
        formats.time_format(local, "H:i"),
    )


@register.filter
def account_number(value: str) -> SafeString | str:
    """An IBAN in groups of four that a screen reader and a copy still see as one; other numbers as they are."""
    if not is_iban(value):
        return value
    return format_html('<span class="iban">{}</span>', grouped(value))


@register.filter
def percent(ppm: int) -> str:
    """Millionths as a percentage that never claims a certainty it has not: 99.99 %, not 100."""
    if ppm < 10_000:
        return "<\u202f1\u202f%"
    hundredths = min(ppm // 100, 9999)
    whole, part = divmod(hundredths, 100)
    sign = "," if _language() == "de" else "."
    text = f"{whole}{sign}{part:02d}" if whole == 99 else str(whole)
    return f"{text}\u202f%"


#: State → (shape in the sprite, tone). The word is always written beside it.
SHAPES = {
    "new": ("dot", "muted"),
    "assigned": ("full", "good"),
    "part_assigned": ("quarter", "wait"),
    "suggested": ("half", "wait"),
    "unclear": ("ring", "wait"),
    "ignored": ("dash", "muted"),
    "going_back": ("dash", "plain"),
    "divided": ("dash", "muted"),
    "early": ("dash", "muted"),
    "open": ("ring", "plain"),
    "part_paid": ("half", "wait"),
    "paid": ("full", "good"),
    "overpaid": ("full", "wait"),
    "refunded_part": ("half", "muted"),
    "cancelled": ("cross", "muted"),
    "waiting": ("ring", "muted"),
    "connected": ("full", "good"),
    "troubled": ("half", "wait"),
    "stuck": ("cross", "bad"),
    "paused": ("dash", "muted"),
    "running": ("half", "plain"),
    "done": ("full", "good"),
    "broken": ("cross", "bad"),
    "discarded": ("dash", "muted"),
    "drafted": ("ring", "wait"),
    "approved": ("quarter", "plain"),
    "in_file": ("half", "plain"),
    "accepted": ("half", "plain"),
    "executed": ("full", "good"),
    "collected": ("full", "good"),
    "rejected": ("cross", "bad"),
    "returned": ("cross", "bad"),
    "account_missing": ("ring", "wait"),
    "planned": ("ring", "plain"),
    "short": ("quarter", "wait"),
    "collecting": ("quarter", "plain"),
    "ordered": ("half", "plain"),
    "stopped": ("cross", "bad"),
    "asked": ("half", "plain"),
    "good": ("full", "good"),
    "failed": ("cross", "bad"),
    "made": ("ring", "wait"),
    "exported": ("full", "good"),
    "withdrawn": ("dash", "muted"),
    "on": ("full", "good"),
    "off": ("ring", "muted"),
    "queued": ("quarter", "plain"),
    "sending": ("half", "plain"),
    "sent": ("full", "good"),
    "unsure": ("cross", "bad"),
    "asking": ("ring", "wait"),
    "deactivated": ("cross", "bad"),
    "deregistered": ("dash", "muted"),
    "delivered": ("full", "good"),
    "dropped": ("dash", "muted"),
    "taken": ("full", "good"),
    "refused": ("cross", "bad"),
    "payout": ("full", "plain"),
    "submitted": ("quarter", "plain"),
    "queried": ("ring", "wait"),
    "ended": ("dash", "muted"),
    "topped_up": ("full", "good"),
    "seen": ("half", "wait"),
    "credited": ("full", "good"),
    "expired": ("dash", "muted"),
    "created": ("dot", "muted"),
    "awaiting_payment": ("ring", "plain"),
    "processing": ("half", "plain"),
    "succeeded": ("full", "good"),
    "partially_refunded": ("half", "wait"),
    "refunded": ("dash", "plain"),
    "charged_back": ("cross", "bad"),
    "review": ("ring", "wait"),
    "confirmed": ("quarter", "plain"),
    "part_captured": ("half", "plain"),
    "captured": ("full", "good"),
    "declined": ("cross", "bad"),
    "declined_final": ("cross", "bad"),
    "pending": ("ring", "plain"),
    "payable": ("quarter", "plain"),
    "in_payout": ("half", "plain"),
    "paid_out": ("full", "good"),
    "recourse": ("cross", "bad"),
    "overdue": ("quarter", "wait"),
    "dunned": ("half", "wait"),
    "in_collection": ("half", "bad"),
    "written_off": ("cross", "muted"),
    "nothing": ("dash", "muted"),
    "not_made": ("cross", "bad"),
}


@register.simple_tag
def state(value: str, label: str) -> SafeString:
    """A state as a word with its shape."""
    shape, tone = SHAPES[value]
    return format_html(
        '<span class="state {}"><svg class="shape" aria-hidden="true"><use href="#s-{}"/></svg>{}</span>',
        tone,
        shape,
        conditional_escape(label),
    )


@register.simple_tag
def for_a_person(statement_import: StatementImport) -> str:
    """How many payments of a file were left to a person."""
    return number(statement_import.suggested + statement_import.unclear)


@register.simple_tag
def icon(name: str) -> SafeString:
    """One of the few icons, always beside its word."""
    return format_html('<svg class="icon" aria-hidden="true"><use href="#i-{}"/></svg>', name)


@register.filter
def in_words(sentence: str) -> str:
    """A refusal that was kept, in the reader's language."""
    return sentences.in_words(sentence)


@register.filter
def translated(text: str) -> str:
    """A label of the table of shop systems in the reader's language."""
    return shop_words.translated(text)


@register.filter
def document_kind(kind: str) -> str:
    """What an ERP has sent."""
    return str(purchase_words.DOCUMENTS[kind])


@register.filter
def book(name: str) -> str:
    """The name of one of our books."""
    return words.book(name)


@register.filter
def occasion(text: str) -> str:
    """The occasion of a posting."""
    return words.posting_text(text)


@register.filter
def why(step: Step) -> str:
    """Why a step was taken; what the matcher says of a payment is a code there."""
    return reason_text(step.reason, _language()) if step.subject == "payment" else step.reason


@register.filter
def turn(name: str) -> str:
    """What a worker was about."""
    return turn_words.turn(name)


@register.filter
def actor(by: str) -> str:
    """Who did something."""
    return words.actor(by)


def _language() -> str:
    return (get_language() or "en")[:2]
