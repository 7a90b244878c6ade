"""camt.052, .053 and .054: one test per peculiarity that real files have."""

import io
from datetime import date

import pytest
from tests.formats.reading import entries, problems, records, transactions, until_refused

from zahlmeister.formats.read import read_stream
from zahlmeister.formats.records import Closing, Entry, Opening, Status
from zahlmeister.money.amount import Amount

OWN = "DE89370400440532013000"
DAY = "<Dt>2026-11-20</Dt>"


def entry(amount="10.00", sign="CRDT", *, details="", head="", status="<Sts>BOOK</Sts>", booked=DAY):
    return (
        f'<Ntry><Amt Ccy="EUR">{amount}</Amt><CdtDbtInd>{sign}</CdtDbtInd>{status}<BookgDt>{booked}</BookgDt>{head}'
        f"<NtryDtls>{details}</NtryDtls></Ntry>"
    )


def balance(kind, amount, sign="CRDT"):
    return (
        f'<Bal><Tp><CdOrPrtry><Cd>{kind}</Cd></CdOrPrtry></Tp><Amt Ccy="EUR">{amount}</Amt>'
        f"<CdtDbtInd>{sign}</CdtDbtInd><Dt><Dt>2026-11-20</Dt></Dt></Bal>"
    )


def statement(inner, number=1, identification=None):
    return (
        f"<Stmt><Id>{identification or number}</Id><ElctrncSeqNb>{number}</ElctrncSeqNb><CreDtTm>2026-11-20T06:00:00"
        f"</CreDtTm><Acct><Id><IBAN>{OWN}</IBAN></Id><Ccy>EUR</Ccy></Acct>{inner}</Stmt>"
    )


def message(*statements, version="camt.053.001.08"):
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:{version}">'
        f"<BkToCstmrStmt>{''.join(statements)}</BkToCstmrStmt></Document>"
    )


def one(**parts):
    [transaction] = transactions(message(statement(entry(**parts))))
    return transaction


def party(role, name, iban=None):
    account = f"<{role}Acct><Id><IBAN>{iban}</IBAN></Id></{role}Acct>" if iban else ""
    return f"<{role}><Nm>{name}</Nm></{role}>{account}"


def details(*parties, rest=""):
    return f"<TxDtls><RltdPties>{''.join(parties)}</RltdPties>{rest}</TxDtls>"


def test_a_statement_opens_tells_its_entries_and_closes():
    kinds = [type(record) for record in records(message(statement(entry() + entry())))]

    assert kinds == [Opening, Entry, Entry, Closing]


def test_the_format_is_what_the_content_says_not_the_namespace():
    [opening, *_] = records(message(statement(""), version="camt.054.001.04"))

    assert opening.source.format == "camt.053"


def test_an_envelope_around_the_message_does_not_matter():
    wrapped = "<message><AppHdr><BizMsgIdr>X</BizMsgIdr></AppHdr>" + message(statement(entry())).partition("?>")[2]

    assert len(entries(wrapped + "</message>")) == 1


@pytest.mark.parametrize(
    "written", ["<Dt>2026-11-20</Dt>", "<Dt>2026-11-20+01:00</Dt>", "<DtTm>2026-11-20T23:59:59Z</DtTm>"]
)
def test_the_booking_day_is_the_local_day_as_written(written):
    assert one(booked=written).booked_on == date(2026, 11, 20)


def test_an_entry_without_any_day_has_none():
    assert one(booked="").booked_on is None


@pytest.mark.parametrize(
    ("said", "status"), [("PDNG", Status.PENDING), ("INFO", Status.PENDING), ("BOOK", Status.BOOKED)]
)
@pytest.mark.parametrize("layout", ["<Sts>{}</Sts>", "<Sts><Cd>{}</Cd></Sts>"])
def test_the_status_is_a_text_in_old_versions_and_a_code_in_new_ones(said, status, layout):
    assert one(status=layout.format(said)).status is status


@pytest.mark.parametrize("amount", ["10,00", "1O.00", "", "10.001", "-10.00", "1e3", "٣", "1" * 30])
def test_a_garbled_amount_is_refused_and_never_guessed(amount):
    read, sentence = until_refused(message(statement(entry() + entry(amount=amount))), "march.xml")

    assert sum(isinstance(record, Entry) for record in read) == 1
    assert sentence.startswith("march.xml, statement 1, entry 2: the amount (Amt)")


def test_an_amount_without_direction_is_refused():
    assert "CdtDbtInd says “MAYBE”" in until_refused(message(statement(entry(sign="MAYBE"))))[1]


def test_an_impossible_day_is_refused():
    _, sentence = until_refused(message(statement(entry(booked="<Dt>2026-02-30</Dt>"))))

    assert "statement 1, entry 1: the booking date (BookgDt) is “2026-02-30”" in sentence


def test_yen_have_no_decimal_places():
    text = message(statement(entry(amount="1200"))).replace('Ccy="EUR"', 'Ccy="JPY"')

    assert transactions(text)[0].amount == Amount(1200, "JPY")


def test_the_other_side_of_a_credit_is_the_debtor_of_a_debit_the_creditor():
    both = details(party("Dbtr", "Anna"), party("Cdtr", "Bernd"))

    assert one(details=both).counterparty == "Anna"
    assert one(details=both, sign="DBIT").counterparty == "Bernd"


def test_on_a_returned_transfer_the_roles_are_those_of_the_original():
    came_back = details(party("Dbtr", "Laden", OWN), party("Cdtr", "Dirk", "DE75512108001245126199"))
    found = one(details=came_back, head="<RvslInd>true</RvslInd>")

    assert (found.counterparty, found.counterparty_iban, found.is_return) == ("Dirk", "DE75512108001245126199", True)


def test_without_account_numbers_a_return_turns_the_roles_around():
    returned = details(party("Dbtr", "Eva"), party("Cdtr", "Laden"), rest="<RtrInf><Rsn><Cd>MD06</Cd></Rsn></RtrInf>")

    assert one(details=returned, sign="DBIT").counterparty == "Eva"


def test_we_are_never_our_own_counterparty():
    swiss = details(party("Dbtr", "", None), party("Cdtr", "Laden", "CH4431999123000889012"))

    assert one(details=swiss).counterparty is None


@pytest.mark.parametrize(
    ("code", "is_return"),
    [
        ("<Prtry><Cd>NTRF+166+0996</Cd><Issr>DK</Issr></Prtry>", False),
        ("<Prtry><Cd>108</Cd><Issr>ZKA</Issr></Prtry>", True),
        ("<Prtry><Cd>NRTI+159+0996</Cd></Prtry>", True),
        ("<Domn><Cd>PMNT</Cd><Fmly><Cd>IDDT</Cd><SubFmlyCd>UPDD</SubFmlyCd></Fmly></Domn>", True),
        ("<Domn><Cd>PMNT</Cd><Fmly><Cd>RCDT</Cd><SubFmlyCd>ESCT</SubFmlyCd></Fmly></Domn>", False),
    ],
)
def test_the_banks_code_tells_what_came_back(code, is_return):
    assert one(head=f"<BkTxCd>{code}</BkTxCd>").is_return is is_return


def test_a_foreign_issuers_three_digits_are_no_german_code():
    head = "<BkTxCd><Domn><Cd>PMNT</Cd></Domn><Prtry><Cd>701</Cd><Issr>FFFS</Issr></Prtry></BkTxCd>"

    assert one(head=head).bank_code == "PMNT"


def test_what_is_not_provided_is_absent():
    found = one(
        details="<TxDtls><Refs><EndToEndId>NOTPROVIDED</EndToEndId><AcctSvcrRef>NONREF</AcctSvcrRef></Refs></TxDtls>"
    )

    assert (found.end_to_end_id, found.bank_reference, found.remittance) == (None, None, None)


def test_sepa_keys_inside_the_text_are_taken_out():
    text = "<TxDtls><RmtInf><Ustrd>EREF+A-7MREF+M-1SVWZ+Rechnung 7</Ustrd></RmtInf></TxDtls>"
    found = one(details=text)

    assert (found.remittance, found.end_to_end_id, found.mandate_id) == ("Rechnung 7", "A-7", "M-1")


def test_a_piece_that_fills_the_line_is_glued_and_a_shorter_one_is_not():
    full = "x" * 139 + "1"
    found = one(
        details=f"<TxDtls><RmtInf><Ustrd>{full}</Ustrd><Ustrd>2 und</Ustrd><Ustrd>drei</Ustrd></RmtInf></TxDtls>"
    )

    assert found.remittance == full + "2 und drei"
    assert found.remittance_pieces == (full, "2 und", "drei")


def test_several_structured_references_are_all_kept():
    references = "".join(f"<Strd><CdtrRefInf><Ref>{each}</Ref></CdtrRefInf></Strd>" for each in ("RF18 5390", "4711"))
    found = one(details=f"<TxDtls><RmtInf>{references}</RmtInf></TxDtls>")

    assert found.creditor_reference == "RF185390"
    assert found.creditor_references == ("RF185390", "4711")
    assert found.remittance == "4711"


def test_what_the_structured_part_says_beside_a_text_is_read_with_it():
    said = "<Ustrd>Danke</Ustrd><Strd><RfrdDocInf><Nb>RE-1001</Nb></RfrdDocInf></Strd>"
    found = one(details=f"<TxDtls><RmtInf>{said}</RmtInf></TxDtls>")

    assert found.remittance == "Danke RE-1001"
    assert found.remittance_pieces == ()  # so that nobody takes the cut text for all of it


AMOUNT = '<TxDtls><Amt Ccy="EUR">{}</Amt><CdtDbtInd>{}</CdtDbtInd></TxDtls>'


def test_details_that_make_the_entry_may_be_booked_one_by_one():
    [batch] = entries(
        message(statement(entry("30.00", details=AMOUNT.format("10.00", "CRDT") + AMOUNT.format("20.00", "CRDT"))))
    )

    assert batch.is_divisible
    assert [each.amount.minor for each in batch.transactions] == [1000, 2000]
    assert [each.source.detail for each in batch.transactions] == [1, 2]


def test_a_netted_batch_is_believed_when_it_makes_the_entry():
    text = message(statement(entry("30.00", details=AMOUNT.format("50.00", "CRDT") + AMOUNT.format("20.00", "DBIT"))))
    [batch] = entries(text)

    assert [each.amount.minor for each in batch.transactions] == [5000, -2000]
    assert problems(text) == []


def test_details_that_do_not_make_the_entry_keep_it_whole():
    text = message(statement(entry("31.00", details=AMOUNT.format("10.00", "CRDT") + AMOUNT.format("20.00", "CRDT"))))

    assert not entries(text)[0].is_divisible
    assert "add up to 30.00 EUR, but the entry is 31.00 EUR" in problems(text)[0]


def test_details_without_amounts_keep_it_whole_without_inventing_any():
    [batch] = entries(message(statement(entry("30.00", details="<TxDtls/><TxDtls/>"))))

    assert not batch.is_divisible
    assert [each.amount for each in batch.transactions] == [None, None]


def test_a_detail_of_the_opposite_direction_is_told_and_the_entry_believed():
    text = message(statement(entry("10.00", details=AMOUNT.format("10.00", "DBIT"))))

    assert transactions(text)[0].amount == Amount(1000, "EUR")
    assert "opposite direction (DBIT)" in problems(text)[0]


def test_a_returned_debit_with_a_fee_moves_both_and_remembers_the_original():
    charges = '<Chrgs><TtlChrgsAndTaxAmt Ccy="EUR">3.00</TtlChrgsAndTaxAmt></Chrgs>'
    found = one(amount="53.00", sign="DBIT", head=charges, details=AMOUNT.format("50.00", "DBIT"))

    assert (found.amount, found.charges, found.original_amount) == (
        Amount(-5300, "EUR"),
        Amount(300, "EUR"),
        Amount(5000, "EUR"),
    )


def test_balances_that_add_up_are_silent_wherever_they_stand():
    inner = balance("PRCD", "5.00", "DBIT") + entry("30.00") + entry("1.00", "DBIT") + balance("CLBD", "24.00")

    assert problems(message(statement(inner))) == []


def test_balances_that_do_not_add_up_are_told():
    [sentence] = problems(message(statement(balance("OPBD", "5.00") + balance("CLBD", "36.00") + entry("30.00"))))

    assert "5.00 EUR at the beginning and entries of 30.00 EUR make 35.00 EUR, but the bank says 36.00 EUR" in sentence


def test_announced_entries_change_no_balance():
    inner = balance("OPBD", "5.00") + balance("CLBD", "5.00") + entry("30.00", status="<Sts>PDNG</Sts>")

    assert problems(message(statement(inner))) == []


def test_a_garbled_balance_is_left_out_and_the_entries_are_read():
    text = message(statement(balance("OPBD", "5,oo") + entry()))

    assert len(entries(text)) == 1
    assert "The balance is left out" in problems(text)[0]


def test_a_statement_that_comes_twice_is_told():
    assert "comes a second time" in problems(message(statement(""), statement("")))[0]
    assert problems(message(statement("", 1), statement("", 2))) == []


def test_a_gap_between_statements_is_told():
    assert "7 follows 4: 5 to 6 are not in the file" in problems(message(statement("", 4), statement("", 7)))[0]


def test_a_statement_that_does_not_begin_where_the_one_before_ended_is_told():
    first = statement(balance("OPBD", "0.00") + balance("CLBD", "0.00"), 1)
    second = statement(balance("OPBD", "9.00") + balance("CLBD", "9.00"), 2)

    assert "begins with 9.00 EUR where the one before ended with 0.00 EUR" in problems(message(first, second))[0]


def test_a_message_without_statement_is_told():
    assert problems(message()) == ["file: the message holds no statement."]


def test_what_calls_itself_utf8_and_is_windows_is_read_and_told():
    data = message(statement(entry(details=details(party("Dbtr", "Jürgen Weiß"))))).encode("cp1252")

    assert transactions(data)[0].counterparty == "Jürgen Weiß"
    assert "says it is UTF-8 but is not; it was read as Windows-1252" in problems(data)[0]


def test_what_calls_itself_latin1_and_is_utf8_is_read_and_told():
    text = message(statement(entry(details=details(party("Dbtr", "Jürgen"))))).replace("UTF-8", "ISO-8859-1")

    assert transactions(text)[0].counterparty == "Jürgen"
    assert "is UTF-8; it was read as UTF-8" in problems(text)[0]


def test_utf16_is_read():
    text = message(statement(entry(details=details(party("Dbtr", "Jürgen"))))).replace("UTF-8", "UTF-16")

    assert transactions(text.encode("utf-16"))[0].counterparty == "Jürgen"


def test_one_bad_byte_does_not_spoil_the_other_umlauts():
    data = message(statement(entry(details=details(party("Dbtr", "Jürgen Weiß"))))).encode()
    data = data.replace(b"Wei", b"W\xe4i")

    assert transactions(data)[0].counterparty == "Jürgen Wäiß"


def test_an_unknown_encoding_is_refused():
    _, sentence = until_refused(message(statement("")).replace("UTF-8", "rot13"))

    assert "“rot13”, which is no encoding of a bank statement" in sentence


def test_xml_that_is_cut_off_gives_what_stands_before():
    whole = message(statement(entry() + entry() + entry()))
    read, sentence = until_refused(whole[: whole.rindex("<Ntry>") + 40], "cut.xml")

    assert sum(isinstance(record, Entry) for record in read) == 2
    assert "cut.xml: the XML is cut off or damaged in line 1 (statement 1, after entry 2)" in sentence


BOMB = '<!DOCTYPE b [<!ENTITY a "aaaaaaaaaa">' + "".join(
    f'<!ENTITY {chr(ord(name) + 1)} "{f"&{name};" * 10}">' for name in "abcdefgh"
)


@pytest.mark.parametrize(
    "declared",
    [BOMB + "]>", '<!DOCTYPE b [<!ENTITY x SYSTEM "file:///etc/passwd">]>', '<!DOCTYPE b SYSTEM "http://x/y">'],
)
def test_a_document_type_is_refused_before_it_is_parsed(declared):
    head, _, body = message(statement(entry(details=details(party("Dbtr", "&x;"))))).partition("?>")
    read, sentence = until_refused(f"{head}?><!-- a comment first -->{declared}{body}")

    assert read == []
    assert "<!DOCTYPE" in sentence


def test_an_undeclared_entity_is_refused():
    assert "damaged" in until_refused(message(statement(entry(details=details(party("Dbtr", "&x;"))))))[1]


def test_entries_come_one_by_one_and_memory_stays_flat():
    """The first entry is there long before the file's end is read."""
    opening, end = message(statement("|")).split("|")
    file = io.BytesIO((opening + entry() * 5000 + end).encode())
    stream = read_stream(file, name="file")
    next(stream)
    next(stream)

    assert file.tell() < len(file.getbuffer()) / 2
