"""Statement in, orders paid, books balanced: once, however often it comes."""

import re
from collections.abc import Iterator
from datetime import date

import pytest
from tests.stage import BERND, CORA, DIRK, Paid, Stage, order

from zahlmeister.banking.models import BankAccount, BankTransaction, StatementImport
from zahlmeister.banking.states import ImportState
from zahlmeister.flows import receive_statement as flow
from zahlmeister.flows.assign_payment import assign, ignore, unassign, unignore
from zahlmeister.flows.plan_statement import Part
from zahlmeister.flows.read_ahead import Clock, batches
from zahlmeister.flows.settle_payments import settle_waiting
from zahlmeister.ledger.queries import balance
from zahlmeister.ledger.rules import Book
from zahlmeister.matching import engine
from zahlmeister.matching.facts import Payment
from zahlmeister.matching.population import Population
from zahlmeister.matching.reading import Reading, read
from zahlmeister.receivables.states import ItemState, PaymentState


def test_anna_pays_exactly_and_her_order_is_paid(stage: Stage) -> None:
    stage.orders(order("100012345", "24.98"))
    done = stage.pays(Paid(2498, "Bestellung 100012345"))
    assert (done.state, done.recorded, done.settled) == (ImportState.DONE, 1, 1)
    item = stage.item("100012345")
    assert (item.state, item.open_minor, item.settled_on) == (ItemState.PAID, 0, date(2026, 11, 19))
    assert stage.payment().state == PaymentState.ASSIGNED
    assert balance(stage.merchant.pk, Book.RECEIVABLES, "EUR").minor == 0
    assert stage.books() == []


def test_bernd_pays_too_little_and_stays_partly_open(stage: Stage) -> None:
    stage.orders(order("100012345", "49.90", "Bernd Krause"))
    stage.pays(Paid(3000, "100012345", "Bernd Krause", BERND))
    item = stage.item("100012345")
    assert (item.state, item.open_minor) == (ItemState.PART_PAID, 1990)
    assert stage.books() == []


def test_bernd_pays_the_rest_later(stage: Stage) -> None:
    stage.orders(order("100012345", "49.90", "Bernd Krause"))
    stage.pays(Paid(3000, "100012345", "Bernd Krause", BERND))
    stage.pays(Paid(1990, "Rest 100012345", "Bernd Krause", BERND, on=date(2026, 11, 20)))
    assert stage.item("100012345").state == ItemState.PAID
    assert stage.books() == []


def test_cora_pays_twice_and_the_second_is_not_assigned_by_itself(stage: Stage) -> None:
    stage.orders(order("100012345", "24.98", "Cora Lindner"))
    stage.pays(Paid(2498, "100012345", "Cora Lindner", CORA), Paid(2498, "100012345", "Cora Lindner", CORA))
    states = sorted(payment.state for payment in stage.payments())
    assert states[0] == PaymentState.ASSIGNED
    assert states[1] in {PaymentState.SUGGESTED, PaymentState.UNCLEAR}
    doubled = next(paid for paid in stage.payments() if paid.open_minor)
    assert doubled.candidates[0]["shares"][0]["minor"] == 2498  # a yes would take all of it, as a surplus
    assert stage.item("100012345").surplus_minor == 0
    assert stage.books() == []


def test_dirks_mother_pays_for_him(stage: Stage) -> None:
    stage.orders(order("100012345", "88.40", "Dirk Vogel"))
    stage.pays(Paid(8840, "Bestellung 100012345 Dirk", "Helga Vogel", DIRK))
    assert stage.item("100012345").state == ItemState.PAID


def test_eva_never_pays(stage: Stage) -> None:
    stage.orders(order("100012345", "24.98", "Eva Roth"), order("100012349", "31.50"))
    stage.pays(Paid(3150, "100012349"))
    assert stage.item("100012345").state == ItemState.OPEN


def test_two_orders_in_one_transfer_are_both_paid(stage: Stage) -> None:
    stage.orders(order("100012345", "24.98"), order("100012399", "31.50"))
    stage.pays(Paid(5648, "Bestellungen 100012345 und 100012399"))
    assert stage.item("100012345").state == stage.item("100012399").state == ItemState.PAID
    assert stage.books() == []


def test_too_much_is_paid_with_a_surplus(stage: Stage) -> None:
    stage.orders(order("100012345", "24.98"))
    stage.pays(Paid(2500, "100012345"))
    item = stage.item("100012345")
    assert (item.state, item.surplus_minor) == (ItemState.PAID, 2)
    assert balance(stage.merchant.pk, Book.SURPLUS, "EUR").minor == -2
    assert stage.books() == []


def test_a_difference_within_the_tolerance_is_paid(stage: Stage) -> None:
    stage.merchant.tolerance_minor = 5
    stage.merchant.save()
    stage.orders(order("100012345", "19.99"))
    stage.pays(Paid(1995, "100012345"))
    item = stage.item("100012345")
    assert (item.state, item.open_minor) == (ItemState.PAID, 0)
    assert balance(stage.merchant.pk, Book.TOLERANCE, "EUR").minor == 4
    assert stage.books() == []


def test_outgoing_money_is_booked_and_asks_nobody(stage: Stage) -> None:
    stage.pays(Paid(-90000, "Miete November", "Immobilien Huber", BERND))
    assert stage.payments() == []
    assert balance(stage.merchant.pk, Book.OTHER_SPENDING, "EUR").minor == 90000
    assert stage.books() == []


def test_the_same_file_twice_changes_nothing(stage: Stage) -> None:
    stage.orders(order("100012345", "24.98"))
    content = stage.statement(Paid(2498, "100012345"))
    first, again = stage.receive(content), stage.receive(content, "the same under another name.xml")
    assert first.pk == again.pk
    assert BankTransaction.objects.count() == 1
    assert stage.books() == []


def test_overlapping_files_record_each_line_once(stage: Stage) -> None:
    monday, tuesday = date(2026, 11, 16), date(2026, 11, 17)
    one, two, three = Paid(100, "eins", on=monday), Paid(200, "zwei", on=tuesday), Paid(300, "drei", on=tuesday)
    stage.receive(stage.statement(one, two))
    done = stage.receive(stage.statement(two, three))
    assert (done.recorded, done.known) == (1, 1)
    assert sorted(BankTransaction.objects.values_list("amount_minor", flat=True)) == [100, 200, 300]


def test_honest_twins_in_one_file_are_two(stage: Stage) -> None:
    twin = Paid(500, "Kaffee", reference="NONREF")
    stage.receive(stage.statement(twin, twin))
    assert BankTransaction.objects.count() == 2


def test_a_second_twin_in_a_later_file_is_new(stage: Stage) -> None:
    twin = Paid(500, "Kaffee", reference="NONREF")
    stage.receive(stage.statement(twin))
    done = stage.receive(stage.statement(twin, twin))
    assert (done.recorded, done.known) == (1, 1)


def test_a_reordered_delivery_mixes_nothing_up(stage: Stage) -> None:
    one, two = Paid(1000, "Bestellung 1", reference="NONREF"), Paid(1000, "Bestellung 2", reference="NONREF")
    stage.receive(stage.statement(one))
    done = stage.receive(stage.statement(two, one))
    assert (done.recorded, done.known) == (1, 1)
    assert sorted(BankTransaction.objects.values_list("remittance", flat=True)) == ["Bestellung 1", "Bestellung 2"]


def test_a_broken_file_keeps_what_was_read_and_says_where(stage: Stage) -> None:
    content = stage.statement(Paid(100, "eins"), Paid(200, "zwei"), Paid(300, "drei"))
    broken = content[: content.index(b"drei")]
    done = stage.receive(broken, "cut.xml")
    assert done.state == ImportState.BROKEN
    assert "cut.xml" in done.error
    assert done.recorded == 2
    assert stage.books() == []


def test_an_empty_file_is_refused_in_a_sentence(stage: Stage) -> None:
    with pytest.raises(Exception, match="empty"):
        stage.receive(b"")


def test_a_file_that_is_no_statement_is_broken_in_a_sentence(stage: Stage) -> None:
    done = stage.receive(b"%PDF-1.7 hello", "invoice.pdf")
    assert done.state == ImportState.BROKEN
    assert "invoice.pdf" in done.error


def test_an_older_statement_that_comes_later_moves_the_beginning_of_the_books(stage: Stage) -> None:
    november, october = date(2026, 11, 19), date(2026, 10, 19)
    stage.receive(stage.statement(Paid(500, "November", on=november), opening=90_000))
    stage.receive(stage.statement(Paid(20_000, "Oktober", on=october), opening=70_000))
    [account] = BankAccount.objects.all()
    assert balance(stage.merchant.pk, Book.BANK, "EUR", about=account.pk).minor == 90_500
    assert balance(stage.merchant.pk, Book.OPENING, "EUR", about=account.pk).minor == -70_000
    assert stage.books() == []


def collective(parts: str, day: str = "2026-11-19") -> str:
    return (
        f'<Ntry><Amt Ccy="EUR">60.00</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>'
        f"<BookgDt><Dt>{day}</Dt></BookgDt><AcctSvcrRef>SAMMLER</AcctSvcrRef>"
        f"<NtryDtls>{parts}</NtryDtls><AddtlNtryInf>SAMMELGUTSCHRIFT</AddtlNtryInf></Ntry>"
    )


def part(amount: str, number: str) -> str:
    return (
        f'<TxDtls><Amt Ccy="EUR">{amount}</Amt><CdtDbtInd>CRDT</CdtDbtInd>'
        f"<RltdPties><Dbtr><Pty><Nm>Anna Weber</Nm></Pty></Dbtr></RltdPties>"
        f"<RmtInf><Ustrd>Bestellung {number}</Ustrd></RmtInf></TxDtls>"
    )


def with_entries(stage: Stage, entries: str) -> bytes:
    empty = stage.statement(Paid(6000, "wird ersetzt"))
    return empty[: empty.index(b"<Ntry>")] + entries.encode() + empty[empty.index(b"</Stmt>") :]


SUM_FIRST, PARTS_FIRST = (True, False), (False, True)


@pytest.mark.parametrize("order_of_files", [SUM_FIRST, PARTS_FIRST])
def test_a_collective_entry_and_its_parts_are_the_same_money(stage: Stage, order_of_files: tuple[bool, bool]) -> None:
    stage.orders(order("100012345", "24.98"), order("100012399", "35.02"))
    whole = with_entries(stage, collective(""))
    parts = with_entries(stage, collective(part("24.98", "100012345") + part("35.02", "100012399")))
    for is_sum in order_of_files:
        stage.receive(whole if is_sum else parts)
    assert stage.item("100012345").state == stage.item("100012399").state == ItemState.PAID
    [account] = BankAccount.objects.all()
    assert balance(stage.merchant.pk, Book.BANK, "EUR", about=account.pk).minor == 106_000
    assert stage.books() == []


def test_parts_that_come_after_a_decision_on_the_sum_change_nothing(stage: Stage) -> None:
    stage.orders(order("100012345", "60.00"))
    stage.receive(with_entries(stage, collective("")))
    assign(
        stage.merchant,
        stage.payment().pk,
        [(stage.item("100012345").pk, 6000)],
        by="brigitte",
        at=stage.now,
        source="form",
    )
    stage.receive(with_entries(stage, collective(part("24.98", "1") + part("35.02", "2"))))
    assert stage.payment().state == PaymentState.ASSIGNED
    assert stage.books() == []


def test_a_charge_that_the_bank_kept_is_not_asked_for(stage: Stage) -> None:
    stage.orders(order("100012345", "49.90"))
    content = stage.statement(Paid(4590, "Bestellung 100012345")).replace(
        b"<RltdPties>",
        b'<AmtDtls><InstdAmt><Amt Ccy="EUR">49.90</Amt></InstdAmt></AmtDtls>'
        b'<Chrgs><Rcrd><Amt Ccy="EUR">4.00</Amt></Rcrd></Chrgs><RltdPties>',
    )
    stage.receive(content)
    assert stage.item("100012345").state == ItemState.PAID
    assert balance(stage.merchant.pk, Book.CHARGES, "EUR").minor == 400
    assert stage.books() == []


def test_what_a_bank_kept_of_a_collective_entry_is_booked_too(stage: Stage) -> None:
    charges = '<Chrgs><Rcrd><Amt Ccy="EUR">0.50</Amt><CdtDbtInd>DBIT</CdtDbtInd></Rcrd></Chrgs>'
    entry = collective(part("30.25", "1") + part("30.25", "2")).replace("<NtryDtls>", f"{charges}<NtryDtls>")
    stage.receive(with_entries(stage, entry))
    [account] = BankAccount.objects.all()
    assert sorted(BankTransaction.objects.values_list("amount_minor", flat=True)) == [-50, 3025, 3025]
    assert balance(stage.merchant.pk, Book.BANK, "EUR", about=account.pk).minor == 106_000
    assert stage.books() == []


def test_the_same_order_paid_twice_in_two_files_is_two_payments(stage: Stage) -> None:
    stage.orders(order("100012345", "24.98", "Cora Lindner"))
    stage.pays(Paid(2498, "100012345", "Cora Lindner", CORA, reference="T0001"))
    again = stage.pays(Paid(2498, "100012345", "Cora Lindner", CORA, reference="T0002"))
    assert (again.recorded, again.known) == (1, 0)


def test_a_nameless_deposit_is_not_somebodys_transfer(stage: Stage) -> None:
    stage.pays(Paid(5000, "Bestellung 1", reference="NONREF"))
    nameless = stage.statement(Paid(5000, "", "", "", reference="NONREF"))
    assert stage.receive(nameless).recorded == 1


def test_a_payment_of_the_sum_is_not_the_sum(stage: Stage) -> None:
    parts = collective(part("24.98", "100012345") + part("35.02", "100012399"))
    stage.receive(with_entries(stage, parts))
    assert stage.pays(Paid(6000, "Einzahlung", "", "", reference="K77")).recorded == 1


def test_a_taken_up_payment_is_not_ignored_again_by_itself(stage: Stage) -> None:
    stage.pays(Paid(50_000, "AUSZAHLUNG", "PayPal Europe S.a.r.l. et Cie S.C.A.", BERND))
    assert stage.payment().state == PaymentState.IGNORED
    unignore(stage.merchant, stage.payment().pk, by="brigitte", at=stage.now)
    settle_waiting(stage.merchant, at=stage.now)
    assert stage.payment().state == PaymentState.UNCLEAR
    ignore(stage.merchant, stage.payment().pk, by="brigitte", at=stage.now)
    assert stage.books() == []


def test_what_a_person_took_back_stays_with_the_person(stage: Stage) -> None:
    stage.orders(order("100012345", "24.98"))
    stage.pays(Paid(2498, "100012345"))
    unassign(stage.merchant, stage.payment().pk, by="brigitte", at=stage.now)
    assert not settle_waiting(stage.merchant, at=stage.now)
    assert stage.item("100012345").state == ItemState.OPEN


def test_an_entry_without_any_date_is_refused_in_a_sentence(stage: Stage) -> None:
    content = re.sub(rb"<(BookgDt|ValDt)>.*?</\1>|<Bal>.*?</Bal>", b"", stage.statement(Paid(100, "eins")))
    done = stage.receive(content)
    assert done.state == ImportState.BROKEN
    assert "no date" in done.error


def test_a_payment_the_matcher_fails_on_waits_for_a_person_and_the_others_are_settled(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.orders(order("100012345", "24.98"), order("100012346", "30.00", "Cora Lindner"))

    def stumbles(payment: Payment, population: Population) -> Reading:
        if "stolper" in (payment.remittance or ""):
            raise ZeroDivisionError
        return read(payment, population)

    monkeypatch.setattr(engine, "read", stumbles)
    lines = [Paid(2498, "Bestellung 100012345"), Paid(3000, "100012346 stolper", "Cora Lindner", CORA)]
    done = stage.pays(*lines, Paid(700, "danke", "Unbekannt Verzogen", BERND))
    assert (done.state, done.recorded, done.settled, done.unclear) == (ImportState.DONE, 3, 1, 2)
    failed = next(paid for paid in stage.payments() if paid.amount_minor == 3000)
    assert (failed.state, failed.reason, failed.open_minor) == (PaymentState.UNCLEAR, "failed", 3000)
    assert stage.books() == []


def test_orders_that_change_while_a_batch_is_prepared_are_looked_at_again(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.orders(order("100012345", "24.98"), order("100012346", "30.00", "Cora Lindner"))

    def prepared_and_then_changed(work: StatementImport, clock: Clock) -> Iterator[list[Part]]:
        for parts in batches(work, clock):
            stage.orders(order("100012345", "40.00"), order("100012347", "5.00", "Dirk Vogel"))
            yield parts

    monkeypatch.setattr(flow, "batches", prepared_and_then_changed)
    done = stage.pays(Paid(2498, "Bestellung 100012345"), Paid(3000, "100012346", "Cora Lindner", CORA))
    assert (done.recorded, done.settled) == (2, 2)
    item = stage.item("100012345")
    assert (item.state, item.open_minor) == (ItemState.PART_PAID, 1502)
    assert stage.item("100012346").state == ItemState.PAID
    assert stage.books() == []


def test_a_line_told_by_another_file_while_the_batch_is_prepared_is_recorded_once(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage.orders(order("100012345", "24.98"))
    one, two = Paid(2498, "Bestellung 100012345"), Paid(100, "zwei")
    other = stage.statement(one)

    def overtaken(work: StatementImport, clock: Clock) -> Iterator[list[Part]]:
        for parts in batches(work, clock):
            monkeypatch.setattr(flow, "batches", batches)
            stage.receive(other, "the other.xml")
            yield parts

    monkeypatch.setattr(flow, "batches", overtaken)
    done = stage.pays(one, two)
    assert (done.state, done.recorded, done.known) == (ImportState.DONE, 1, 1)
    assert sorted(BankTransaction.objects.values_list("amount_minor", flat=True)) == [100, 2498]
    assert stage.books() == []
