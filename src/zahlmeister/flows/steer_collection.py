"""A person steers a case: answers the agency, takes the case back, ends it; and sets up creditor and agencies."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from zahlmeister.collection.agencies import keep_secrets, listen_now, secrets_of
from zahlmeister.collection.events import restand
from zahlmeister.collection.models import Agency, Case, CreditorData
from zahlmeister.collection.states import HandOver, Work
from zahlmeister.connectors.agencies.contract import Tell
from zahlmeister.flows.follow_cases import Difference, say
from zahlmeister.flows.reach_agency import spoken_to
from zahlmeister.flows.settings.noted import noted
from zahlmeister.history.record import Happened, record
from zahlmeister.merchants.ids import new_id
from zahlmeister.merchants.lock import lock
from zahlmeister.merchants.models import Merchant
from zahlmeister.money.amount import Amount
from zahlmeister.refusals import Refused, Unreachable


def answer(merchant: Merchant, case_id: int, text: str, *, by: str, at: datetime) -> None:
    """Answer what the agency asks.

    Raises:
        Refused: it asks nothing, or the answer is empty.
    """
    if not text.strip():
        raise Refused("An answer needs a text.")
    with transaction.atomic(durable=True):
        case = _case(merchant, case_id)
        if not case.question:
            raise Refused("The agency asks nothing about this case; look again.")
        key = f"case:{case.pk}:answer:{case.question}"[:200]
        said = Difference(key, Tell.ANSWER, timezone.localdate(at), text=text.strip())
        say(case, said, by=by, at=at, question=case.question)
        restand(case)


def cost_of_ending(merchant: Merchant, case_id: int) -> Amount | None:
    """What ending the case now would cost the merchant, asked of the agency; None where it does not say.

    Raises:
        Unreachable: the agency does not answer.
        Refused: the merchant has no such case.
    """
    case = Case.objects.filter(merchant=merchant, pk=case_id).select_related("agency").first()
    if case is None:
        raise Refused("This case does not exist.")
    with spoken_to(case.agency) as there:
        return there.cost_of_cancelling(case.number)


def end(merchant: Merchant, case_id: int, why: str, *, cost: Amount | None, by: str, at: datetime) -> None:
    """End a case early: before the agency's answer it is taken back, afterwards its end is asked for.

    Args:
        merchant: whose case.
        case_id: which one.
        why: the reason that the agency is told.
        cost: what the person was shown that it costs, kept in the history; None where nobody knew.
        by: the person's e-mail address.
        at: now.

    Raises:
        Refused: it has ended, or its end was asked for already.
    """
    with transaction.atomic(durable=True):
        case = _case(merchant, case_id)
        if case.hand_over in (HandOver.REJECTED, HandOver.WITHDRAWN, HandOver.ENDED):
            raise Refused("This case has ended already.")
        if case.work == Work.CANCEL_ASKED:
            raise Refused("The agency was asked to end this case already.")
        kind = Tell.CANCEL if case.hand_over == HandOver.ACCEPTED or case.number else Tell.WITHDRAW
        say(case, Difference(f"case:{case.pk}:{kind}", kind, timezone.localdate(at), text=why), by=by, at=at)
        restand(case)
        facts = {"cost": str(cost) if cost is not None else ""}
        record(merchant.pk, [Happened("item", case.item_id, "case_end_asked", by, why, facts)], at=at)


@dataclass(frozen=True, slots=True)
class AgencyWanted:
    """An agency as a person wants it; see `collection.models.Agency`. Empty secrets stay as they are."""

    name: str
    profile: str
    settings: Mapping[str, Any]
    countries: list[str]
    secrets: Mapping[str, str] = field(default_factory=dict)
    more: Mapping[str, Any] = field(default_factory=dict)  # currency, least_minor, most_minor, position, is_on, portal


def save_agency(merchant: Merchant, agency_id: int | None, wanted: AgencyWanted, *, by: str, at: datetime) -> Agency:
    """Keep an agency, new or changed; it is listened to at once.

    Raises:
        Refused: the name is taken, or another merchant's agency is meant.
    """
    with transaction.atomic(durable=True):
        lock(merchant.pk)
        rows = Agency.objects.filter(merchant=merchant)
        agency = rows.filter(pk=agency_id).first() if agency_id else Agency(pk=new_id(), merchant=merchant, due_at=at)
        if agency is None:
            raise Refused("This agency does not exist.")
        if rows.filter(name=wanted.name).exclude(pk=agency.pk).exists():
            raise Refused(f"There is an agency “{wanted.name}” already; choose another name.")
        agency.name, agency.profile, agency.settings = wanted.name, wanted.profile, dict(wanted.settings)
        agency.countries = [country.upper() for country in wanted.countries]
        for name, value in wanted.more.items():
            setattr(agency, name, value)
        typed = {name: value for name, value in wanted.secrets.items() if value}
        keep_secrets(agency, secrets_of(agency) | typed)
        if agency_id is None:
            agency.save(force_insert=True)
        else:  # a worker may be listening to it: its hold and its place in the news are the worker's
            agency.save(update_fields=["name", "profile", "settings", "countries", "sealed", *wanted.more])
        listen_now(agency, at)
        record(merchant.pk, [Happened("agency", agency.pk, "changed", by, agency.name)], at=at)
    return agency


def try_agency(agency: Agency) -> str:
    """Speak to an agency once; a sentence of what is wrong, or nothing."""
    try:
        with spoken_to(agency) as there:
            there.news(agency.after)
    except (Unreachable, Refused) as stop:
        return str(stop)
    return ""


def save_creditor(merchant: Merchant, wanted: Mapping[str, Any], *, by: str, at: datetime) -> CreditorData:
    """Keep what agencies have to know of the merchant."""
    with transaction.atomic(durable=True):
        lock(merchant.pk)
        with noted(merchant.pk, by=by, at=at):
            row, _ = CreditorData.objects.update_or_create(merchant=merchant, defaults=dict(wanted))
        record(merchant.pk, [Happened("creditor", row.pk, "changed", by)], at=at)
    return row


def _case(merchant: Merchant, case_id: int) -> Case:
    lock(merchant.pk)
    case = Case.objects.filter(merchant=merchant, pk=case_id).select_related("agency", "item").first()
    if case is None:
        raise Refused("This case does not exist.")
    return case
