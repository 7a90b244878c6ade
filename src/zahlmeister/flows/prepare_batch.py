"""What can be done of a batch before anything is written: read the file, recognise what is known, and propose.

The result is plain data, so that it can be made by another process; whoever writes it looks only whether the world has
changed meanwhile.
"""

import json
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from operator import attrgetter
from typing import BinaryIO, cast

from django.core.files.storage import default_storage

from zahlmeister.banking.batches import Batch, Batches
from zahlmeister.banking.lines import Place, Said, Told, booked_lines, is_pending
from zahlmeister.banking.models import Statement, StatementImport
from zahlmeister.banking.recognise import Recogniser
from zahlmeister.banking.tables import described_tables
from zahlmeister.flows.account_rules import AccountRules
from zahlmeister.flows.settle_payments import CHARGES, STATES, clues_text, policy, ppm, shares_json, whole
from zahlmeister.formats.read import read_stream
from zahlmeister.formats.records import Balance, Record
from zahlmeister.matching.engine import Matcher
from zahlmeister.matching.facts import Candidate, Decision, Payment, Proposal
from zahlmeister.matching.population import Population
from zahlmeister.receivables.candidates import DatabaseStore, population
from zahlmeister.receivables.receive import Decided, DecidedShare
from zahlmeister.receivables.states import PaymentState
from zahlmeister.refusals import Unreadable

#: Booked before the day its account is settled from.
EARLY = Decided(state=PaymentState.EARLY)


@dataclass(slots=True)
class Prepared:
    """A batch that can be written: its lines, and what was decided on each that is a new payment."""

    lines: list[Told]
    decided: list[Decided | None]
    first: int  # the number of its first entry, counted through the file
    entries: int
    pending: list[int]  # the entries that the bank only announces
    format: str
    statements: list[Statement]
    closings: list[tuple[int, Balance]]
    warnings: list[str]
    turn: int  # nobody has written for the merchant since, as far as was looked at

    def parts(self, most: int) -> Iterator["Prepared"]:
        """The same in parts of so many entries at most, in order."""
        end = self.first + self.entries
        for first in range(self.first, end, most) if self.entries > most else (self.first,):
            last = min(first + most, end)
            begin, stop = (bisect_left(self.lines, entry, key=attrgetter("entry")) for entry in (first, last))
            yield replace(
                self,
                lines=self.lines[begin:stop],
                decided=self.decided[begin:stop],
                first=first,
                entries=last - first,
                pending=[entry for entry in self.pending if first <= entry < last],
                statements=self.statements if first == self.first else [],
                closings=self.closings if last == end else [],
                warnings=self.warnings if first == self.first else [],
            )


def prepared_batches(work: StatementImport, *, is_ahead: bool = False) -> Iterator[Prepared]:
    """The batches of a file from where its reading stopped.

    Args:
        work: the import.
        is_ahead: the batches before may not have been written when the next one is prepared.

    Raises:
        Unreadable: the file cannot be read further; what was read before has been handed out.
    """
    preparing = Preparing(work, is_ahead=is_ahead)
    for batch in Batches(work, _records(work)):
        yield preparing.prepare(batch)


def _records(work: StatementImport) -> Iterator[Record]:
    if not default_storage.exists(work.path):
        raise Unreadable(f"“{work.name}” is no longer in the file store; please hand it in again.")
    known = described_tables(work.merchant_id)
    with default_storage.open(work.path) as file:
        yield from read_stream(cast("BinaryIO", file), name=work.name, known=known)


class Preparing:
    """Prepares the batches of one file in order."""

    def __init__(self, work: StatementImport, *, is_ahead: bool) -> None:
        self._merchant_id = work.merchant_id
        self._is_ahead = is_ahead
        self._recogniser = Recogniser(work)
        self._policy = policy(work.merchant)
        self._accounts = AccountRules(work.merchant_id)
        self._population: Population | None = None
        self._matcher: Matcher | None = None

    def prepare(self, batch: Batch) -> Prepared:
        """Recognise and propose; only reads."""
        lines = self._recogniser.recognise(booked_lines(batch.places))
        return Prepared(
            lines=lines,
            decided=self._decide(lines, _starts(batch.places)),
            first=batch.places[0].position if batch.places else 0,
            entries=len(batch.places),
            pending=[place.position for place in batch.places if is_pending(place)],
            format=batch.places[0].entry.source.format[:40] if batch.places else "",
            statements=batch.statements,
            closings=batch.closings,
            warnings=batch.warnings,
            turn=self._recogniser.turn,
        )

    def _decide(self, lines: Sequence[Told], starts: Mapping[int, date]) -> list[Decided | None]:
        asked = [place for place, line in enumerate(lines) if line.is_payment and not line.known]
        decided: list[Decided | None] = [None] * len(lines)
        if starts:
            early = {place for place in asked if _is_early(lines[place], starts)}
            asked = [place for place in asked if place not in early]
            for place in early:
                decided[place] = EARLY
        if asked:
            proposals = self._propose([(_facts(lines[at].said), lines[at].account_id) for at in asked])
            for place, proposal in zip(asked, proposals, strict=True):
                decided[place] = _decided(proposal, lines[place].said.amount_minor)
        return decided

    def _propose(self, payments: Sequence[tuple[Payment, int]]) -> list[Proposal]:
        if self._matcher is None or not self._is_ahead:  # ahead of the writing, it remembers what it has assigned
            self._population = self._population or population(self._merchant_id)
            self._matcher = Matcher(DatabaseStore(self._merchant_id), self._policy, self._population)
        return self._accounts.propose(self._matcher, payments)


def _starts(places: Sequence[Place]) -> dict[int, date]:
    """From which day on the accounts are settled, those that are settled from the beginning left out."""
    accounts = {place.account.id: place.account for place in places}
    return {number: account.starts_on for number, account in accounts.items() if account.starts_on}


def _is_early(line: Told, starts: Mapping[int, date]) -> bool:
    first = starts.get(line.account_id)
    return first is not None and line.said.booked_on < first


def _facts(said: Said) -> Payment:
    """A line as the matcher wants it."""
    return Payment(  # in the order of its fields, because names would take longer than all the rest
        said.amount_minor,
        said.currency,
        said.booked_on,
        said.counterparty or None,  # payer
        said.ultimate_party or None,
        said.counterparty_number or None,  # iban
        said.remittance or None,
        tuple(said.pieces),  # remittance_pieces
        said.creditor_reference or None,
        said.end_to_end_id or None,
        said.booking_text or None,
        said.bank_code or None,
        said.charges_minor,
        said.original_minor if said.original_currency == said.currency else None,
        said.value_on,
    )


def _decided(proposal: Proposal, open_minor: int) -> Decided | None:
    if proposal.decision is Decision.ASSIGNED:
        if any(share.item.fees_minor or share.item.owed_fees_minor for share in proposal.candidates[0].shares):
            return None  # seldom: costs of delay are looked at when it is written
        return _assigned(proposal.candidates[0], open_minor)
    best = proposal.candidates[:1]
    return Decided(
        state=STATES[proposal.decision],
        reason=(proposal.reason or "")[:40],
        confidence_ppm=ppm(best[0].confidence) if best else 0,
        candidates=_json([shares_json(candidate, open_minor) for candidate in proposal.candidates]),
    )


def _assigned(candidate: Candidate, open_minor: int) -> Decided:
    return Decided(
        state=PaymentState.ASSIGNED,
        confidence_ppm=ppm(candidate.confidence),
        clues=clues_text(candidate),
        has_charges=any(clue.kind in CHARGES for clue in candidate.clues),
        shares=tuple(
            DecidedShare(
                share.item.id,
                minor,
                share.item.open_minor,
                share.item.total_minor,
                share.item.currency,
                share.item.discount_minor,
                share.item.discount_until,
            )
            for share, minor in whole(candidate, open_minor)
        ),
    )


_json = json.JSONEncoder(ensure_ascii=False).encode
