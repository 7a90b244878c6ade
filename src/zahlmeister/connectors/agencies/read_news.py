"""Read what an agency tells by its profile: each news stands on its own, one that nobody can read stops no other."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from zahlmeister.connectors.agencies.contract import Heard, News, Page
from zahlmeister.connectors.agencies.profile import Profile, Reading
from zahlmeister.money.amount import Amount
from zahlmeister.refusals import Refusal, Unreadable

#: News that are nothing without an amount.
_WITH_AMOUNT = frozenset({Heard.COLLECTED, Heard.REVERSED, Heard.PAID_OUT})
#: A refusal shows so much of what could not be read.
_SHOWN = 200


def page_of(profile: Profile, answer: Any, *, before: str, currency: str) -> Page:
    """The news of one answer.

    Args:
        profile: says where each fact stands.
        answer: the answer as data; where the profile names no place for the entries, it is itself their list.
        before: where this page began; it goes on there where the agency names no other place.
        currency: what amounts are in where the agency does not say.

    Raises:
        Unreadable: there is no list of entries where the profile looks for it.
    """
    reading = profile.reading
    entries = found(answer, reading.entries) if reading.entries else answer
    if not isinstance(entries, list):
        raise Unreadable(f"{profile.title} should answer with a list of news and says “{str(answer)[:_SHOWN]}”.")
    news, broken = read(profile, entries, currency=currency)
    after = found(answer, reading.after) if reading.after and isinstance(answer, Mapping) else None
    return Page(news, str(after or (news[-1].key if news else before)), broken)


def read(profile: Profile, entries: Iterable[Any], *, currency: str) -> tuple[list[News], list[str]]:
    """The news among the entries, and a sentence for each entry that is none."""
    news, broken = [], []
    for number, entry in enumerate(entries, 1):
        try:
            one = _news(profile, entry, currency)
        except Refusal as error:
            broken.append(f"{profile.title}, entry {number}: {error}")
        else:
            if one is not None:
                news.append(one)
    return news, broken


def found(data: Any, name: str) -> Any:
    """What stands at a name with dots; None where nothing does."""
    for part in name.split(".") if name else ():
        data = data.get(part) if isinstance(data, Mapping) else None
    return data


def _news(profile: Profile, entry: Any, currency: str) -> News | None:
    """None for a kind that the profile says nothing is to be made of."""
    reading = profile.reading
    told = _text(entry, reading.kind)
    kind = profile.words.get("kinds", {}).get(told)
    if kind is None:
        raise Unreadable(f"“{told}” is no kind of news that the profile knows ({str(entry)[:_SHOWN]}).")
    if not kind:
        return None
    key, at = _text(entry, reading.key), _text(entry, reading.at)
    if not key or not at:
        raise Unreadable(f"a news needs a number and an instant ({str(entry)[:_SHOWN]}).")
    money = _text(entry, reading.currency) or currency
    amount = _amount(entry, reading.amount, money, reading)
    if kind in _WITH_AMOUNT and (amount is None or amount.minor <= 0):
        raise Unreadable(f"“{told}” needs an amount above zero ({str(entry)[:_SHOWN]}).")
    return News(
        key=key,
        kind=Heard(kind),
        at=_instant(at, reading),
        reference=_text(entry, reading.reference),
        case=_text(entry, reading.case),
        word=_word(profile, kind, _text(entry, reading.word)),
        text=_text(entry, reading.text),
        amount=amount,
        parts={
            name: amount
            for name, place in reading.parts.items()
            if (amount := _amount(entry, place, money, reading)) is not None
        },
        statement=_text(entry, reading.statement),
    )


def _word(profile: Profile, kind: str, told: str) -> str:
    words = profile.words.get(kind)
    if words is None or not told:
        return told
    if told not in words and "*" not in words:
        raise Unreadable(f"“{told}” is no word that the profile knows for “{kind}”.")
    return words.get(told) or words.get("*", "")


def _text(entry: Any, name: str) -> str:
    value = found(entry, name) if name else None
    return "" if value is None else str(value).strip()


def _amount(entry: Any, name: str, currency: str, reading: Reading) -> Amount | None:
    told = _text(entry, name)
    if not told:
        return None
    if reading.amounts == "minor":
        if not told.lstrip("-").isdecimal():
            raise Unreadable(f"“{told}” is no amount in whole minor units.")
        return Amount(int(told), currency)
    return Amount.parse(told, currency)


def _instant(told: str, reading: Reading) -> datetime:
    try:
        at = datetime.fromisoformat(told) if reading.clock == "iso" else datetime.strptime(told, reading.clock)  # noqa: DTZ007 - the zone is added below where the agency names none
    except ValueError as error:
        raise Unreadable(f"“{told}” is no instant.") from error
    return at if at.tzinfo else at.replace(tzinfo=UTC)
