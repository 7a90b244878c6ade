"""The words of ERPs: what has to be known of one, what its documents say, and the steps of its history."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from zahlmeister.erps.states import Way
from zahlmeister.office import shown, words
from zahlmeister.office.purchase_words import DOCUMENTS


@dataclass(frozen=True, slots=True)
class Field:
    """Something that has to be known of an ERP; a list is typed in with commas."""

    name: str
    label: str | Promise
    hint: str | Promise = ""
    is_needed: bool = True
    is_secret: bool = False
    is_list: bool = False


_FOLDERS = (
    Field("folder", gettext_lazy("Folder that it writes to")),
    Field(
        "outbox", gettext_lazy("Folder for answers"), gettext_lazy("What became of each document, and of its orders.")
    ),
)
_TERMS = (
    Field("user", gettext_lazy("User")),
    Field(
        "password", gettext_lazy("Password or API key"), gettext_lazy("Kept sealed."), is_needed=False, is_secret=True
    ),
    Field(
        "terms",
        gettext_lazy("Terms of payment"),
        gettext_lazy("By name, with commas between them: only sales under these are purchases on invoice."),
        is_list=True,
    ),
    Field(
        "journals",
        gettext_lazy("Journals of your own accounts"),
        gettext_lazy("By code: payments in them came to you instead of the guarantor."),
        is_needed=False,
        is_list=True,
    ),
    Field(
        "since",
        gettext_lazy("Read from this day on"),
        gettext_lazy("Such as 2026-11-22; otherwise from 30 days ago."),
        is_needed=False,
    ),
)
FIELDS: Mapping[Way, tuple[Field, ...]] = {
    Way.PROGRAM: (),
    Way.FOLDER: _FOLDERS,
    Way.SFTP: (
        Field("host", gettext_lazy("Server")),
        Field("port", gettext_lazy("Port"), "22", is_needed=False),
        Field("user", gettext_lazy("User")),
        Field("password", gettext_lazy("Password"), gettext_lazy("Kept sealed."), is_needed=False, is_secret=True),
        Field("key", gettext_lazy("Private key"), gettext_lazy("Kept sealed."), is_needed=False, is_secret=True),
        Field(
            "fingerprint",
            gettext_lazy("Fingerprint of the host key"),
            gettext_lazy("As ssh shows it, SHA256:…; without one you are told which key the server shows."),
            is_needed=False,
        ),
        *_FOLDERS,
    ),
    Way.TRYTON: (Field("address", gettext_lazy("Address"), "https://erp.example/company"), *_TERMS),
    Way.ODOO: (
        Field("address", gettext_lazy("Address"), "https://erp.example"),
        Field("database", gettext_lazy("Database")),
        *_TERMS,
    ),
}
HINTS: Mapping[Way, str | Promise] = {
    Way.PROGRAM: gettext_lazy("Your ERP's program sends documents with a key that is shown once when it is connected."),
    Way.FOLDER: gettext_lazy("Files are read as soon as they are whole, and each is answered."),
    Way.SFTP: gettext_lazy("Files are read as soon as they are whole, and each is answered."),
    Way.TRYTON: gettext_lazy("It is asked every five minutes; what becomes of an order is kept there as a note."),
    Way.ODOO: gettext_lazy("It is asked every five minutes; what becomes of an order is kept there as a note."),
}
_DAYS = {"invoiced_on", "due_on", "shipped_on", "announced_on", "received_on", "credited_on", "cancelled_on", "paid_on"}


def document(kind: str) -> str:
    """What a document is."""
    return next((str(word) for known, word in DOCUMENTS.items() if known == kind), _("Document"))


def content(told: Mapping[str, Any]) -> list[tuple[str, str]]:
    """What a document says, in the order of its fields, without what is empty and without its lines."""
    currency, language = str(told.get("currency", "")), words.language()
    names = _names()
    said = []
    for name, value in told.items():
        if name not in names or value in (None, "", 0) or isinstance(value, list):
            continue
        is_money = name in ("minor", "fee_minor")
        text = f"{shown.money_text(int(value), currency, language)} {currency}" if is_money else str(value)
        said.append((names[name], text))
    return said + [
        (str(line["name"]), f"{shown.money_text(int(line['minor']), currency, language)} {currency}")
        for line in told.get("lines", ())
    ]


def _names() -> dict[str, str]:
    days = dict.fromkeys(_DAYS, _("Day"))
    return {
        **days,
        "due_on": _("Due on"),
        "order": _("Order"),
        "invoice": _("Invoice"),
        "minor": _("Amount"),
        "fee_minor": _("Return fee"),
        "carrier": _("Carrier"),
        "tracking": _("Tracking number"),
        "reason": _("Reason"),
        "announced": _("Announced as"),
        "bank_reference": _("Bank reference"),
    }
