"""Direct debits: what can be made is written, valid and read back; mandates keep their days."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import HealthCheck, Phase, given, reject, settings
from hypothesis import strategies as st
from tests.formats.payments.facts import (
    AT,
    AUSTRIAN,
    BRIGITTE,
    BRITISH,
    CODES,
    GERMAN,
    IDS,
    ITALIAN,
    PARTIES,
    bic_of,
    texts,
)
from tests.formats.payments.schemas import HAS_SCHEMAS, NEEDS_SCHEMAS, faults

from zahlmeister.formats.payments.debits import DebitFile, DebitGroup, DirectDebit
from zahlmeister.formats.payments.letters import Letters
from zahlmeister.formats.payments.mandates import (
    Amendment,
    CutOff,
    Mandate,
    Scheme,
    Sequence,
    earliest_after_notice,
    earliest_collection,
    lapses_on,
    latest_notice,
)
from zahlmeister.formats.payments.parties import OwnAccount, Party
from zahlmeister.formats.payments.read_orders import read_payment_orders
from zahlmeister.formats.payments.write_debits import write_direct_debits
from zahlmeister.money.amount import Amount
from zahlmeister.money.banking_days import banking_day
from zahlmeister.refusals import Refused, Unreadable

CREDITOR_ID = "DE98ZZZ09999999999"
MANDATE = Mandate("M-4711", date(2026, 3, 2))


def debit(end_to_end_id="D-1", minor=4200, currency="EUR", **others):
    facts = {"debtor": Party("Anna Berger"), "iban": GERMAN, "mandate": MANDATE, "text": "Rechnung 4711"} | others
    return DirectDebit(end_to_end_id, Amount(minor, currency), **facts)


def group(*debits, **others):
    facts = {
        "group_id": "L-1",
        "creditor": BRIGITTE,
        "account": OwnAccount(GERMAN),
        "creditor_id": CREDITOR_ID,
        "collect_on": date(2026, 11, 25),
        "debits": debits or (debit(),),
    }
    return DebitGroup(**facts | others)


def file(*groups, **others):
    facts = {"message_id": "M-1", "created_at": AT, "initiator": "Brigittes Wollstube"} | others
    return DebitFile(groups=groups or (group(),), **facts)


@st.composite
def amendments(draw):
    iban = draw(st.none() | st.sampled_from([GERMAN, ITALIAN]))
    return Amendment(
        draw(st.none() | IDS),
        draw(st.none() | st.just(CREDITOR_ID)),
        draw(st.none() | texts(30)),
        iban,
        is_other_account=draw(st.booleans()) and iban is None,
    )


@st.composite
def debits(draw):
    iban = draw(st.sampled_from([GERMAN, AUSTRIAN, ITALIAN, BRITISH]))
    return debit(
        draw(IDS),
        draw(st.integers(1, 99_999_999_999)),
        debtor=draw(PARTIES),
        iban=iban,
        bic=draw(bic_of(iban)),
        mandate=Mandate(draw(IDS), draw(st.dates(date(2010, 1, 1), date(2026, 11, 1))), draw(st.none() | amendments())),
        text=draw(st.none() | texts(140)),
        purpose=draw(CODES),
    )


@st.composite
def debit_files(draw):
    groups = [
        group(
            *draw(st.lists(debits(), min_size=1, max_size=4)),
            group_id=name,
            creditor=draw(PARTIES),
            account=OwnAccount(GERMAN, draw(bic_of(GERMAN))),
            collect_on=banking_day(date(2026, 11, 24), draw(st.integers(0, 60))),
            scheme=draw(st.sampled_from(Scheme)),
            sequence=draw(st.sampled_from(Sequence)),
            is_batch=draw(st.booleans()),
            category=draw(CODES),
        )
        for name in draw(st.lists(IDS, min_size=1, max_size=3, unique=True))
    ]
    return file(*groups, initiator=draw(texts(40)), letters=draw(st.sampled_from([None, Letters.SEPA])))


def test_whatever_can_be_made_is_written_read_back_and_valid():
    seen = set()

    @settings(
        deadline=None,
        max_examples=40,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(st.data())
    def holds(data):
        try:
            made = data.draw(debit_files())
        except Refused:
            reject()
        seen.update((each.scheme, each.sequence) for each in made.groups)
        written = write_direct_debits(made)
        meant, changes = made.as_written()
        assert read_payment_orders(written.data, name="debits.xml") == meant
        assert written.changes == changes
        if HAS_SCHEMAS:
            assert not faults(written.data, "pain.008.001.08")

    holds()
    assert len(seen) > 4


@NEEDS_SCHEMAS
def test_a_direct_debit_is_valid_by_the_official_schema_and_a_damaged_one_is_not():
    written = write_direct_debits(file()).data

    assert not faults(written, "pain.008.001.08")
    assert faults(written.replace(b"RCUR", b"TWICE"), "pain.008.001.08")


def test_a_group_adds_up_what_it_collects():
    assert group(debit(), debit("D-2", 800)).total == Amount(5000, "EUR")


def test_a_direct_debit_names_scheme_use_mandate_and_creditor_id():
    companies = group(scheme=Scheme.COMPANIES, sequence=Sequence.FIRST)
    written = write_direct_debits(file(companies)).data.decode()

    for said in ("<Cd>B2B</Cd>", "<SeqTp>FRST<", "<MndtId>M-4711<", "<DtOfSgntr>2026-03-02<", f"<Id>{CREDITOR_ID}<"):
        assert said in written
    assert "AmdmntInd" not in written


def test_a_changed_account_is_told_without_the_old_number():
    moved = debit(mandate=Mandate("M-4711", date(2026, 3, 2), Amendment(is_other_account=True)))
    written = write_direct_debits(file(group(moved))).data.decode()

    assert "<AmdmntInd>true<" in written
    assert "<Id>SMNDA</Id>" in written


def test_a_creditor_who_changed_name_and_id_tells_the_old_ones():
    renamed = Amendment(creditor_id=CREDITOR_ID, creditor_name="Wolle & Mehr")
    written = write_direct_debits(file(group(debit(mandate=Mandate("M", date(2026, 3, 2), renamed))))).data

    (back,) = read_payment_orders(written, name="x").debits
    assert back.mandate.amendment == renamed


REFUSALS = [
    (lambda: group(creditor_id="DE99ZZZ09999999999"), "no creditor id"),
    (lambda: group(creditor_id="DE98 ZZZ0 9999999999"), "no creditor id"),
    (lambda: group(collect_on=date(2026, 12, 25)), "closed on 2026-12-25.*2026-12-28"),
    (lambda: group(group_id=""), "group id"),
    (lambda: group(debits=()), "holds no direct debit"),
    (lambda: group(account=OwnAccount("CH4431999123000889012")), "QR-IBAN"),
    (lambda: debit(currency="CHF"), "collects euro"),
    (lambda: debit(iban="TR330006100519786457841326"), "within SEPA"),
    (lambda: debit(iban=BRITISH), "debtor's town and country"),
    (lambda: debit(mandate=Mandate("Ä", date(2026, 1, 1))), "mandate id"),
    (lambda: group(debit(), debit("D-2"), sequence=Sequence.ONLY), "M-4711.*one use only"),
    (lambda: file(group(collect_on=date(2026, 11, 23))), "a banking day before"),
    (lambda: file(group(debit(mandate=Mandate("M", date(2026, 11, 24))))), "signed in the future"),
    (lambda: file(group(), group(debit(), group_id="L-2")), "twice as end-to-end id"),
    (lambda: file(letters=Letters.SWISS), "need not accept"),
    (Amendment, "says what changed"),
    (lambda: Amendment(iban=GERMAN, is_other_account=True), "not both"),
    (lambda: Amendment(iban="DE00"), "no IBAN"),
    (lambda: Amendment(creditor_id="DE00"), "no creditor id"),
]


@pytest.mark.parametrize(("make", "sentence"), REFUSALS)
def test_what_no_bank_collects_is_refused_in_one_sentence(make, sentence):
    with pytest.raises(Refused, match=sentence) as refusal:
        make()
    assert "\n" not in str(refusal.value)
    assert str(refusal.value).endswith(".")


@pytest.mark.parametrize(
    ("before", "after", "sentence"),
    [
        ("<SeqTp>RCUR<", "<SeqTp>RPRE<", "SeqTp is “RPRE”; one of FRST, RCUR, OOFF, FNAL"),
        ("<Cd>CORE<", "<Cd>COR1<", "“COR1”; one of CORE, B2B"),
        ("MndtRltdInf>", "Mandate>", "direct debit D-1: the mandate is missing"),
        ("<DtOfSgntr>2026-03-02</DtOfSgntr>", "<AmdmntInd>true</AmdmntInd>", "changed, but not how"),
        ("<CtrlSum>42.00<", "<CtrlSum>42.01<", "add up to 42.01"),
    ],
)
def test_a_damaged_file_is_refused_with_its_place(before, after, sentence):
    text = write_direct_debits(file()).data.decode()
    assert before in text

    with pytest.raises(Unreadable, match=sentence):
        read_payment_orders(text.replace(before, after).encode(), name="debits.xml")


@pytest.mark.parametrize(
    ("handed_in", "first"),
    [
        (datetime(2026, 11, 23, 9, 59, tzinfo=UTC), date(2026, 11, 24)),
        (datetime(2026, 11, 23, 10, 1, tzinfo=UTC), date(2026, 11, 25)),  # after the cut-off
        (datetime(2026, 11, 20, 9, 0, tzinfo=UTC), date(2026, 11, 23)),  # over a weekend
        (datetime(2026, 11, 21, 18, 0, tzinfo=UTC), date(2026, 11, 24)),  # a Saturday counts as Monday
        (datetime(2026, 12, 24, 12, 0, tzinfo=UTC), date(2026, 12, 29)),  # over Christmas
    ],
)
def test_the_bank_needs_a_direct_debit_a_banking_day_before(handed_in, first):
    assert earliest_collection(handed_in, CutOff()) == first


def test_a_bank_may_ask_for_more():
    monday = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)

    assert earliest_collection(monday, CutOff(days=2)) == date(2026, 11, 25)


def test_the_debtor_is_told_fourteen_days_before_or_as_agreed():
    assert latest_notice(date(2026, 12, 21)) == date(2026, 12, 7)
    assert earliest_after_notice(date(2026, 12, 7)) == date(2026, 12, 21)
    assert earliest_after_notice(date(2026, 12, 11)) == date(2026, 12, 28)  # the 25th is a holiday
    assert earliest_after_notice(date(2026, 12, 7), 1) == date(2026, 12, 8)


def test_a_mandate_lapses_when_it_was_not_used_for_36_months():
    assert lapses_on(date(2026, 11, 22)) == date(2029, 11, 22)
    assert lapses_on(date(2024, 2, 29)) == date(2027, 3, 1)
