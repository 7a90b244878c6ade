"""The sandbox's statements in every form in which banks hand them out."""

import csv
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path

from zahlmeister.sandbox.camt import NOTIFICATION, REPORT, STATEMENT, write_camt
from zahlmeister.sandbox.movements import Movement, Statement
from zahlmeister.sandbox.mt940 import write_mt940

#: The export that savings banks call “CSV-CAMT”.
_COLUMNS = (
    *("Auftragskonto", "Buchungstag", "Valutadatum", "Buchungstext", "Verwendungszweck", "Glaeubiger ID"),
    *("Mandatsreferenz", "Kundenreferenz (End-to-End)", "Sammlerreferenz", "Lastschrift Ursprungsbetrag"),
    *("Auslagenersatz Ruecklastschrift", "Beguenstigter/Zahlungspflichtiger", "Kontonummer/IBAN", "BIC (SWIFT-Code)"),
    *("Betrag", "Waehrung", "Info"),
)


def write_csv(path: Path, statements: Iterable[Statement]) -> None:
    """Write the statements as savings banks export them: the newest first, a collective entry as its sum."""
    with path.open("w", encoding="cp1252", errors="replace", newline="") as file:
        rows = csv.writer(file, delimiter=";", quoting=csv.QUOTE_ALL)
        rows.writerow(_COLUMNS)
        booked = [(statement, movement) for statement in statements for movement in statement.movements]
        rows.writerows(_row(statement, movement) for statement, movement in reversed(booked))


def _row(statement: Statement, movement: Movement) -> list[str]:
    day = f"{movement.booked_on:%d.%m.%y}"
    return [
        statement.account.iban,
        day,
        day,
        movement.booking.text,
        movement.remittance or "",
        movement.creditor_id or "",
        movement.mandate_id or "",
        movement.end_to_end_id or "NOTPROVIDED",
        *("", "", ""),
        movement.counterparty or "",
        movement.iban or "",
        movement.bic or "",
        movement.amount.text().replace(".", ","),
        movement.amount.currency,
        "Umsatz gebucht",
    ]


#: Format → who writes it.
WRITERS: Mapping[str, Callable[[Path, Iterable[Statement]], None]] = {
    "camt.052": partial(write_camt, message=REPORT),
    "camt.053": partial(write_camt, message=STATEMENT),
    "camt.054": partial(write_camt, message=NOTIFICATION),
    "mt940": write_mt940,
    "csv": write_csv,
}
