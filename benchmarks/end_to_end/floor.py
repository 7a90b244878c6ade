"""The least that any program must do: parse, look up, write the same rows into the same tables; nothing is decided.

The tables, their indexes and their checks are the house's own, and so are the batches; numbers stand where the house
would have thought about something.
"""

import json
import time
from itertools import count

from lxml import etree

from benchmarks.end_to_end.place import Place, cpu_seconds, peaks

BATCH = 500
DAY, INSTANT = "2026-11-20", "2026-11-20 08:00:00+00:00"
#: Table, columns, and which of the row's values: n… are new numbers, the others come from the payment or are fixed.
_ROWS = {
    "banking_banktransaction": "id merchant_id account_id first_import_id booked_on value_on amount_minor currency "
    "counterparty counterparty_number counterparty_bic ultimate_party remittance pieces creditor_reference "
    "end_to_end_id mandate_id bank_reference bank_code booking_text is_return return_reason charges_minor "
    "original_minor original_currency fingerprint ordinal entry_minor part_of_id recorded_at",
    "banking_sighting": "id merchant_id statement_import_id transaction_id entry detail",
    "receivables_payment": "id merchant_id transaction_id currency amount_minor open_minor kept_minor booked_on state "
    "reason confidence_ppm candidates decided_by decided_at",
    "receivables_allocation": "id merchant_id payment_id item_id applied_minor surplus_minor waived_minor waiver "
    "revived_minor source by at confidence_ppm clues reverses_id",
    "ledger_posting": "id merchant_id debit_id credit_id amount_minor source subject text booked_on recorded_at",
    "history_step": "id merchant_id subject subject_id ordinal verb actor reason facts at hash",
    "receivables_retiredkeys": "item_id merchant_id open_minor",
}
_FACTS = '{"allocation":373757225328871160,"minor":2498,"open_minor":0,"payment":373757225328871160}'
_CLUES = '[{"kind": "order_number", "facts": ["100012345"], "weight": 12.4}, {"kind": "amount", "weight": 9}]'


def floor(place: Place) -> dict[str, object]:
    """Do it, and tell how long it took."""
    with place.fresh_copy():
        from django.db import connection

        from benchmarks.end_to_end.house import _handed_in

        work = _handed_in(place)
        writing = _Writing(connection, work)
        begin, cpu = time.perf_counter(), cpu_seconds()
        batch: list[dict[str, str]] = []
        for _, entry in etree.iterparse(str(place.statement), tag="{*}Ntry"):
            batch.append({node.tag.rpartition("}")[2]: node.text for node in entry.iter() if node.text})
            entry.clear()
            while entry.getprevious() is not None:
                del entry.getparent()[0]
            if len(batch) == BATCH:
                writing.write(batch)
                batch = []
        writing.write(batch)
        return {"seconds": time.perf_counter() - begin, "cpu": cpu_seconds() - cpu, "peak_mb": peaks()}


class _Writing:
    def __init__(self, connection: object, work: object) -> None:
        from zahlmeister.banking.accounts import account_for
        from zahlmeister.ledger.models import Account
        from zahlmeister.merchants.ids import new_ids
        from zahlmeister.receivables.candidates import DatabaseStore

        self.connection, self.work, self.merchant = connection, work, work.merchant_id
        self.bank = account_for(self.merchant, "DE02120300000000202051", "EUR").pk
        made = [Account(merchant_id=self.merchant, book=f"floor{n}", currency="EUR") for n in range(2)]
        self.debit, self.credit = (one.pk for one in Account.objects.bulk_create(made))
        self.new_ids, self.entries = new_ids, count(1)
        self.store = DatabaseStore(self.merchant)

    def write(self, batch: list[dict[str, str]]) -> None:
        if not batch:
            return
        found = self._look_up([one["Ustrd"].rpartition(" ")[2] for one in batch])
        rows = [self._rows(one, item, minor) for one, (item, minor) in zip(batch, found, strict=True)]
        from django.db import transaction

        with transaction.atomic(durable=True):
            self._update([(0, "paid", DAY, item, minor) for item, minor in found])
            for table, columns in _ROWS.items():
                self._insert(table, columns.split(), [row for each in rows for row in each[table]])

    def _look_up(self, numbers: list[str]) -> list[tuple[int, int]]:
        """The one item of each number and what is open on it."""
        from zahlmeister.merchants.insert import among
        from zahlmeister.merchants.insert import numbers as many

        digest = self.store.digest
        digests = [digest(f"number:{number}") for number in numbers]
        ids = self.store.look_up(digests)
        wanted = [ids[one][0] for one in digests]
        with self.connection.cursor() as cursor:
            cursor.execute(
                "SELECT i.id, i.open_minor, o.number, o.name, o.company FROM receivables_openitem i "
                f"JOIN orders_order o ON o.id = i.order_id WHERE {among('i.id')}",
                [many(wanted)],
            )
            open_minor = {row[0]: row[1] for row in cursor.fetchall()}
        return [(item, open_minor[item]) for item in wanted]

    def _rows(self, said: dict[str, str], item: int, minor: int) -> dict[str, list[tuple[object, ...]]]:
        me, work = self.merchant, self.work.pk
        a, b, c, d, e, f, g, h, i = self.new_ids(9)
        text, name, iban = said.get("Ustrd", ""), said.get("Nm", ""), said.get("IBAN", "")
        mark = f"{a:040x}"
        return {
            "banking_banktransaction": [
                (a, me, self.bank, work, DAY, DAY, minor, "EUR", name, iban, said.get("BICFI", ""), "", text,
                 json.dumps([text]), "", "", "", said.get("AcctSvcrRef", ""), "166", said.get("AddtlNtryInf", ""),
                 False, "", None, None, "", mark, 1, minor, None, INSTANT)
            ],
            "banking_sighting": [(b, me, work, a, next(self.entries), 1)],
            "receivables_payment": [(c, me, a, "EUR", minor, 0, 0, DAY, "assigned", "", 0, "[]", "matcher", INSTANT)],
            "receivables_allocation": [
                (d, me, c, item, minor, 0, 0, "", 0, f"matcher:{d}", "matcher", INSTANT, 999999, _CLUES, None)
            ],
            "ledger_posting": [
                (e, me, self.debit, self.credit, minor, f"transaction:{a}", f"transaction:{a}", "in", DAY, INSTANT),
                (f, me, self.credit, self.debit, minor, f"allocation:{d}", f"allocation:{d}", "paid", DAY, INSTANT),
            ],
            "history_step": [
                (g, me, "payment", c, 1, "recorded", "import", "", "{}", INSTANT, b"0" * 32),
                (h, me, "item", item, 2, "paid", "matcher", "", _FACTS, INSTANT, b"0" * 32),
                (i, me, "payment", c, 2, "assigned", "matcher", "", _FACTS, INSTANT, b"0" * 32),
            ],
            "receivables_retiredkeys": [(item, me, minor)],
        }  # fmt: skip

    def _update(self, rows: list[tuple[object, ...]]) -> None:
        from zahlmeister.merchants.insert import update_each

        update_each(
            "receivables_openitem",
            ("open_minor bigint", "state varchar", "settled_on date"),
            ("id bigint", "open_minor bigint"),
            sorted(rows, key=lambda row: row[3]),
        )

    def _insert(self, table: str, columns: list[str], rows: list[tuple[object, ...]]) -> None:
        names = ", ".join(f'"{name}"' for name in columns)
        with self.connection.cursor() as cursor:
            if self.connection.vendor == "sqlite":
                cursor.executemany(f"INSERT INTO {table} ({names}) VALUES ({', '.join(['%s'] * len(columns))})", rows)
            else:
                with cursor.copy(f"COPY {table} ({names}) FROM STDIN") as copy:
                    for row in rows:
                        copy.write_row(row)
