"""Ask the merchant's bureaus about a buyer, outside any transaction and once per lifetime of an answer.

Where the law does not let one ask, nobody is asked.
"""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import transaction

from zahlmeister.connectors.bureaus import concheck
from zahlmeister.connectors.bureaus.contract import Answer, Bureau, Enquiry, Interest, Thresholds, light_of
from zahlmeister.credit.corrections import country_of, split_street
from zahlmeister.credit.keys import of_subject
from zahlmeister.credit.models import BureauAnswer, BureauConnection
from zahlmeister.credit.rules import Application, Light, Opinion
from zahlmeister.credit.states import OnError
from zahlmeister.merchants.seal import opened, seal
from zahlmeister.refusals import Refused, Unreachable


def opinion_of(merchant_id: int, application: Application, *, at: datetime) -> Opinion | None:
    """What a bureau says of the buyer, from the memory where it still holds.

    None where no bureau is set up, or where the one that is not heard is to be passed over. A buyer who was not told
    beforehand that his address is used is not asked about, nor one of whom nothing but an address is known.
    """
    bureaus = _bureaus(merchant_id)
    if not bureaus:
        return None
    enquiry = _enquiry(application)
    if not application.was_told:
        return Opinion(Light.SILENT, bureaus[0].name, why="The buyer was not told that his address is used.")
    if not enquiry.names_somebody:
        return Opinion(Light.UNKNOWN, bureaus[0].name, grade="–", why="Nothing but the address is known.")
    return _first(bureaus, of_subject(merchant_id, application), enquiry, at)


def secrets_of(bureau: BureauConnection) -> dict[str, str]:
    """The key that the merchant was given by the bureau."""
    return opened(bytes(bureau.sealed), _purpose(bureau))


def keep_secrets(bureau: BureauConnection, secrets: dict[str, str]) -> None:
    """Seal the key; the caller saves the row."""
    bureau.sealed = seal(secrets, _purpose(bureau))


def spoken_to(bureau: BureauConnection) -> AbstractContextManager[Bureau]:
    """The bureau, ready to be asked."""
    return concheck.opened(address=str(bureau.settings.get("address", "")), secrets=secrets_of(bureau))


def _bureaus(merchant_id: int) -> list[BureauConnection]:
    return list(BureauConnection.objects.filter(merchant_id=merchant_id, is_on=True).order_by("position", "pk"))


def _first(bureaus: Sequence[BureauConnection], subject: str, enquiry: Enquiry, at: datetime) -> Opinion | None:
    """The opinion of the first bureau that is heard; the next one is asked only where that is wanted."""
    silent: Opinion | None = None
    for bureau in bureaus:
        known = BureauAnswer.objects.filter(bureau=bureau, subject=subject, valid_until__gt=at).order_by("-heard_at")
        if (row := known.first()) is not None:
            return _opinion(row, bureau)
        try:
            with spoken_to(bureau) as there:
                answer = there.ask(enquiry)
        except (Unreachable, Refused) as stop:
            _note_failure(bureau, str(stop))
            silent = Opinion(Light.SILENT, bureau.name, why=str(stop))
            if bureau.on_error == OnError.CONTINUE:
                return None
            if bureau.on_error == OnError.STOP:
                return silent
        else:
            return _opinion(_keep(bureau, subject, answer, at), bureau)
    return silent


def _keep(bureau: BureauConnection, subject: str, answer: Answer, at: datetime) -> BureauAnswer:
    """Remember the answer as long as the merchant lets it hold."""
    row = BureauAnswer(
        merchant_id=bureau.merchant_id,
        bureau=bureau,
        subject=subject,
        light=light_of(answer, _thresholds(bureau)),
        grade="" if answer.grade is None else str(answer.grade),
        marks=list(answer.marks),
        heard_at=at,
        valid_until=at + timedelta(days=bureau.cache_days),
    )
    with transaction.atomic(durable=True):
        row.save(force_insert=True)
        BureauConnection.objects.filter(pk=bureau.pk).update(answered_at=at, error="")
    return row


def _note_failure(bureau: BureauConnection, sentence: str) -> None:
    with transaction.atomic(durable=True):
        BureauConnection.objects.filter(pk=bureau.pk).update(error=sentence)


def _opinion(row: BureauAnswer, bureau: BureauConnection) -> Opinion:
    return Opinion(Light(row.light), bureau.name, row.grade, tuple(row.marks), heard_at=row.heard_at)


def _thresholds(bureau: BureauConnection) -> Thresholds:
    usual = Thresholds()
    return Thresholds(
        Decimal(str(bureau.settings.get("green_to", usual.green_to))),
        Decimal(str(bureau.settings.get("yellow_to", usual.yellow_to))),
    )


def _enquiry(application: Application) -> Enquiry:
    billing = application.billing
    street, house_number = split_street(billing)
    return Enquiry(
        reference=application.order,
        interest=Interest.CREDIT,
        first_name=application.first_name,
        last_name=application.last_name,
        company=application.company,
        vat_id=application.vat_id,
        born_on=application.born_on,
        street=street,
        house_number=house_number,
        postcode=country_of(billing).postcode,
        city=billing.city,
        country=billing.country.upper(),
    )


def _purpose(bureau: BureauConnection) -> str:
    return f"bureau:{bureau.pk}"
