"""A worker's turn with an open-banking aggregator: a person chooses the bank and consents there, then it is read."""

from collections.abc import Callable
from dataclasses import asdict, replace
from datetime import date, datetime, timedelta

from django.utils import timezone

from zahlmeister.banking.connections import asks, note, secret_of
from zahlmeister.banking.conversation import Conversation, Outcome, Purpose, conversation_of, keep
from zahlmeister.banking.models import Connection
from zahlmeister.connectors.banks.aggregator import Access, Aggregator, ConsentOver, Standing, opened
from zahlmeister.connectors.banks.question import Account, Kind, Question
from zahlmeister.flows.take_delivery import take_delivery
from zahlmeister.refusals import Unreachable

#: As far back as is asked for at first, and what is asked for again each time.
FIRST_DAYS, OVERLAP_DAYS = 89, 10
#: How long a question stays open behind which nothing waits.
CHOICE_OPEN = timedelta(days=365)
#: While somebody is at the bank's page we look often, later seldom.
SOON, LATER, OFTEN = timedelta(seconds=10), timedelta(hours=1), 60

Clock = Callable[[], datetime]


def ask_aggregator(connection: Connection, *, clock: Clock) -> Outcome:
    """Take a turn while the caller holds the connection.

    Raises:
        Unreachable: the aggregator does not answer, or says no.
        Refused: its address is none that may be asked.
    """
    secret = secret_of(connection)
    access = Access(connection.settings["server"], secret["secret_id"], secret["secret_key"])
    conversation = conversation_of(connection)
    with opened(access) as there:
        if not connection.settings.get("institution"):
            return _bank(connection, conversation, there, clock)
        if not connection.settings.get("consent"):
            return _consent(connection, there, clock)
        standing, numbers = there.standing(connection.settings["consent"])
        if standing is Standing.OPEN:
            if conversation.question is None:  # whoever prepared the consent died before anybody saw the way to it
                return _consent(connection, there, clock)
            return _wait(connection, conversation, clock)
        if standing is not Standing.LINKED:
            return _anew(connection, is_refused=standing is Standing.REFUSED)
        if conversation.is_open or not connection.settings.get("accounts"):
            return _linked(connection, there, numbers, clock)
        try:
            _fetch(connection, there, clock)
        except ConsentOver:
            return _anew(connection, is_refused=False)
    return Outcome.DONE


def _bank(connection: Connection, conversation: Conversation, there: Aggregator, clock: Clock) -> Outcome:
    """Which bank? A person says so."""
    if conversation.answer is not None:
        note(connection, institution=conversation.answer)
        keep(connection, Conversation())
        return Outcome.MORE
    banks = there.institutions(connection.settings["country"])
    keep(connection, Conversation(purpose=Purpose.ACCOUNTS, question=Question(Kind.BANK, choices=banks)))
    asks(connection, clock() + CHOICE_OPEN)
    return Outcome.ASKS


def _consent(connection: Connection, there: Aggregator, clock: Clock) -> Outcome:
    """Prepare a consent, and show the person the way to the bank."""
    told, at = connection.settings, clock()
    number, link = there.consent(
        told["institution"],
        back_to=told["back_to"].replace("/0/", f"/{connection.pk}/"),
        days=int(told["consent_days"]),
        reference=f"{connection.pk}-{at:%Y%m%d%H%M%S}",
    )
    note(connection, consent=number)
    keep(connection, Conversation(purpose=Purpose.ACCOUNTS, question=Question(Kind.CONSENT, address=link)))
    asks(connection, at + SOON)
    return Outcome.ASKS


def _wait(connection: Connection, conversation: Conversation, clock: Clock) -> Outcome:
    tries = conversation.tries + 1
    keep(connection, replace(conversation, tries=tries, answer=None))
    asks(connection, clock() + (SOON if tries < OFTEN else LATER))
    return Outcome.ASKS


def _anew(connection: Connection, *, is_refused: bool) -> Outcome:
    """The consent is none any more. Who refused it is not asked again by itself."""
    note(connection, consent="")
    keep(connection, Conversation())
    if is_refused:
        raise Unreachable("The consent was not given at the bank. Connect again to be asked anew.", permanent=True)
    return Outcome.MORE


def _linked(connection: Connection, there: Aggregator, numbers: tuple[str, ...], clock: Clock) -> Outcome:
    """The person has consented: these are the accounts, for so many days."""
    accounts = [there.account(number) for number in numbers]
    if not any(account.iban for account in accounts):
        raise Unreachable("The bank shows no account with this consent.", permanent=True)
    until = timezone.localdate(clock()) + timedelta(days=int(connection.settings["consent_days"]))
    note(connection, accounts=[asdict(each) for each in accounts if each.iban], consent_until=until)
    keep(connection, Conversation())
    return Outcome.MORE


def _fetch(connection: Connection, there: Aggregator, clock: Clock) -> None:
    today = timezone.localdate(clock())
    first, last = today - timedelta(days=FIRST_DAYS), connection.settings.get("fetched_on")
    since = max(first, date.fromisoformat(last) - timedelta(days=OVERLAP_DAYS)) if last else first
    for told in connection.settings["accounts"]:
        account = Account(**told)
        take_delivery(connection, account.iban, [there.movements(account, since)], clock=clock)
    note(connection, fetched_on=today.isoformat())
