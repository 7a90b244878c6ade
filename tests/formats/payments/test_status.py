"""Status reports: the lowest level that speaks is true, silence is never success, ids lead back to the order."""

import pytest
from tests.formats.payments.schemas import FOLDER, NEEDS_SCHEMAS, faults

from zahlmeister.formats.payments.instant import may_go_ordinary
from zahlmeister.formats.payments.payee import NextStep, PayeeCheck, PayeeResult, permission
from zahlmeister.formats.payments.reasons import REASONS, Remedy, reason
from zahlmeister.formats.payments.status import (
    MEANINGS,
    Standing,
    StatedReason,
    Verdict,
    meaning,
    read_status_report,
)
from zahlmeister.formats.returns import REASON_OF_TEXT_KEY, reason_in
from zahlmeister.money.amount import Amount
from zahlmeister.refusals import Unreadable


def report(group="", orders="", file="", version="pain.002.001.10"):
    """A report about file M-1 with group G-1, as XML."""
    return read_status_report(xml(group, orders, file, version).encode(), name="status.xml")


def xml(group="", orders="", file="", version="pain.002.001.10"):
    space = f' xmlns="urn:iso:std:iso:20022:tech:xsd:{version}"' if version else ""
    return (
        f"<Document{space}><CstmrPmtStsRpt><GrpHdr><MsgId>S-1</MsgId><CreDtTm>2026-11-23T10:00:00+01:00</CreDtTm>"
        f"</GrpHdr><OrgnlGrpInfAndSts><OrgnlMsgId>M-1</OrgnlMsgId><OrgnlMsgNmId>pain.001.001.09</OrgnlMsgNmId>{file}"
        f"</OrgnlGrpInfAndSts><OrgnlPmtInfAndSts><OrgnlPmtInfId>G-1</OrgnlPmtInfId>{group}{orders}</OrgnlPmtInfAndSts>"
        "</CstmrPmtStsRpt></Document>"
    )


def order_status(end_to_end_id, status="", reason="", text="", more=""):
    code = f"<TxSts>{status}</TxSts>" if status else ""
    why = (
        f"<StsRsnInf><Rsn><Cd>{reason}</Cd></Rsn>{text and f'<AddtlInf>{text}</AddtlInf>'}</StsRsnInf>"
        if reason
        else ""
    )
    return f"<TxInfAndSts><OrgnlEndToEndId>{end_to_end_id}</OrgnlEndToEndId>{code}{why}{more}</TxInfAndSts>"


RJCT, ACSC, PART, ACCP = (f"<GrpSts>{code}</GrpSts>" for code in ("RJCT", "ACSC", "PART", "ACCP"))
GROUP_RJCT, GROUP_ACCP, GROUP_PART = (f"<PmtInfSts>{code}</PmtInfSts>" for code in ("RJCT", "ACCP", "PART"))


def test_one_order_of_a_partly_accepted_file_is_rejected_and_says_why():
    said = report(
        GROUP_PART,
        order_status("R-1", "ACSP") + order_status("R-2", "RJCT", "AC04", "KONTO ERLOSCHEN"),
        PART,
    )
    verdict = said.verdict_on("R-2", "G-1")

    assert said.original_message_id == "M-1"
    assert said.verdict_on("R-1", "G-1").standing is Standing.ACCEPTED
    assert verdict.standing is Standing.REJECTED
    (why,) = verdict.reasons
    assert why.texts == ("KONTO ERLOSCHEN",)
    assert why.known.sentence("de") == "Das Konto ist aufgelöst."
    assert why.known.sentence("en-gb") == "The account is closed."
    assert why.known.transfer is Remedy.ASK_ACCOUNT


@pytest.mark.parametrize(
    ("file", "group", "order_level", "standing"),
    [
        (RJCT, "", "", Standing.REJECTED),
        (RJCT, GROUP_ACCP, "", Standing.ACCEPTED),
        (ACCP, GROUP_RJCT, "", Standing.REJECTED),
        (ACCP, GROUP_RJCT, "ACSC", Standing.DONE),
        (ACSC, "", "RJCT", Standing.REJECTED),
        (ACSC, "", "", Standing.DONE),
        (PART, "", "", Standing.UNKNOWN),
        (ACSC, GROUP_PART, "", Standing.UNKNOWN),
        ("", "", "", Standing.UNKNOWN),
        ("<GrpSts>WXYZ</GrpSts>", "", "", Standing.UNKNOWN),
    ],
)
def test_the_lowest_level_that_speaks_is_true(file, group, order_level, standing):
    said = report(group, order_status("R-1", order_level), file)

    assert said.verdict_on("R-1", "G-1").standing is standing


@pytest.mark.parametrize(("group", "standing"), [(GROUP_RJCT, Standing.REJECTED), (GROUP_PART, Standing.UNKNOWN)])
def test_an_order_nobody_names_has_what_its_group_says(group, standing):
    said = report(group, order_status("R-1", "RJCT", "AC01"))

    assert said.verdict_on("R-2", "G-1").standing is standing


def test_an_order_of_another_group_is_not_meant():
    said = report(GROUP_RJCT, order_status("R-1", "RJCT", "AC01"))

    assert said.verdict_on("R-1", "G-2").standing is Standing.UNKNOWN
    assert said.order("R-1", "G-2") is None


def test_levels_that_contradict_each_other_are_told():
    assert list(report(GROUP_RJCT, order_status("R-1", "ACSC")).contradictions()) == [
        "Order R-1 is executed, though what it belongs to is rejected."
    ]
    assert "its group G-1 is executed" in next(report("<PmtInfSts>ACSC</PmtInfSts>", "", RJCT).contradictions())
    assert not list(report(GROUP_PART, order_status("R-1", "RJCT")).contradictions())


def test_what_the_bank_repeats_of_the_order_is_read():
    more = (
        '<AcctSvcrRef>B-77</AcctSvcrRef><OrgnlTxRef><Amt><InstdAmt Ccy="EUR">12.5</InstdAmt></Amt>'
        "<Cdtr><Pty><Nm>Anna</Nm></Pty></Cdtr><CdtrAcct><Id><IBAN>DE89370400440532013000</IBAN></Id></CdtrAcct></OrgnlTxRef>"
    )
    one = report("", order_status("R-1", "ACSC", more=more)).order("R-1", "G-1")

    assert (one.bank_reference, one.amount, one.iban, one.payee_name) == (
        "B-77",
        Amount(1250, "EUR"),
        "DE89370400440532013000",
        "Anna",
    )


@pytest.mark.parametrize("version", ["pain.002.001.03", "pain.002.001.12", ""])
def test_other_versions_and_files_without_namespace_are_read(version):
    assert report(GROUP_RJCT, version=version).verdict_on("R-1", "G-1").standing is Standing.REJECTED


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ("", "no XML"),
        ("<a/>", "no payment status report"),
        (xml().replace("<OrgnlMsgId>M-1</OrgnlMsgId>", ""), "OrgnlMsgId is missing"),
        (xml().replace("OrgnlGrpInfAndSts", "Other"), "which file it is about"),
        (xml().replace("<OrgnlPmtInfId>G-1</OrgnlPmtInfId>", ""), "a group: OrgnlPmtInfId is missing"),
        (xml().replace("2026-11-23T10:00:00+01:00", "today"), "“today” is no date and time"),
    ],
)
def test_a_damaged_report_is_refused_in_one_sentence(data, sentence):
    with pytest.raises(Unreadable, match=f"^status.xml.*{sentence}") as refusal:
        read_status_report(data.encode(), name="status.xml")
    assert "\n" not in str(refusal.value)


# ---- reasons ---------------------------------------------------------------------------------------------------


def test_every_reason_is_a_sentence_in_both_languages():
    assert len(REASONS) > 60
    for code, each in REASONS.items():
        assert len(code) == 4
        assert each.english.endswith(".")
        assert each.german.endswith(".")
        assert each.english != each.german


def test_a_returned_refund_asks_for_an_account_exactly_when_the_account_is_at_fault():
    asked = {code for code, each in REASONS.items() if each.transfer is Remedy.ASK_ACCOUNT}

    assert {"AC01", "AC04", "AC06", "AG01", "RC01", "CNOR", "DNOR"} <= asked
    assert not asked & {"AM04", "AM05", "MD07", "RR01", "RR04", "MS03", "FOCR"}


def test_a_collection_that_was_not_allowed_is_never_tried_again():
    assert {code for code, each in REASONS.items() if each.debit is Remedy.STOP} >= {"MD01", "MD07"}
    assert reason("MD06").debit is Remedy.CONTACT
    assert reason("AM04").debit is Remedy.RETRY
    assert {reason(code).debit for code in ("AM05", "DU01", "RF01")} == {Remedy.CHECK_TWICE}


def test_every_reason_a_statement_can_give_is_known():
    assert set(REASON_OF_TEXT_KEY.values()) <= REASONS.keys()
    for code in ("AC13", "AM07", "BE01", "CUST", "DNOR", "MD02", "RR03", "SL01"):
        assert reason_in(f"Rueckgabegrund {code}") == code
        assert code in REASONS


def test_an_unknown_reason_goes_to_a_person_and_says_so():
    assert reason("XY99").transfer is Remedy.PERSON
    assert "XY99" in reason("XY99").sentence("de")
    assert StatedReason(None, ("own words",)).known.code == "NARR"


def test_every_status_is_a_sentence_in_both_languages():
    assert all(each.english.endswith(".") and each.german.endswith(".") for each in MEANINGS.values())
    assert meaning(None).standing is Standing.UNKNOWN


# ---- verification of payee -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "result", "step"),
    [
        ("RCVC", PayeeResult.MATCH, NextStep.SEND),
        ("RVMC", PayeeResult.CLOSE, NextStep.CONFIRM),
        ("RVNM", PayeeResult.NO_MATCH, NextStep.HOLD),
        ("RVNA", PayeeResult.NOT_POSSIBLE, NextStep.SECOND_PERSON),
    ],
)
def test_what_the_bank_found_out_about_the_payee_decides_what_may_be_done(code, result, step):
    check = report("", order_status("R-1", code)).payee_check("R-1", "G-1")

    assert check.result is result
    assert permission(check).step is step


def test_a_close_match_brings_the_name_the_bank_knows():
    more = "<OrgnlTxRef><Cdtr><Pty><Nm>Anna Maria Berger</Nm></Pty></Cdtr></OrgnlTxRef>"

    assert report("", order_status("R-1", "RVMC", more=more)).payee_check("R-1", "G-1") == PayeeCheck(
        PayeeResult.CLOSE, "Anna Maria Berger"
    )
    assert report("", order_status("R-1", "RVNM", more=more)).payee_check("R-1", "G-1").name_at_bank is None


def test_a_group_that_fits_fits_for_all_and_a_doubtful_group_says_nothing_of_one():
    assert report("<PmtInfSts>RCVC</PmtInfSts>").payee_check("R-1", "G-1").result is PayeeResult.MATCH
    assert report("<PmtInfSts>RVMC</PmtInfSts>", order_status("R-2", "RVNM")).payee_check("R-1", "G-1") is None
    assert report(GROUP_ACCP).payee_check("R-1", "G-1") is None


def test_money_that_goes_back_where_it_came_from_needs_no_check_but_never_against_a_wrong_name():
    unchecked, wrong = PayeeCheck(PayeeResult.NOT_POSSIBLE), PayeeCheck(PayeeResult.NO_MATCH)

    assert permission(unchecked, is_where_it_came_from=True).step is NextStep.SEND
    assert permission(wrong, is_where_it_came_from=True).step is NextStep.HOLD


# ---- instant with fallback -------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", ["AB05", "AB10", "AG10", "AG11", "AM02", "AGNT", "CNOR"])
def test_what_was_refused_as_instant_may_go_as_an_ordinary_transfer(code):
    assert may_go_ordinary(Verdict("RJCT", (StatedReason(code),)))


@pytest.mark.parametrize(
    "verdict",
    [
        Verdict(None),
        Verdict("RJCT"),
        Verdict("ACSP", (StatedReason("AB05"),)),
        Verdict("ACSC"),
        Verdict("RJCT", (StatedReason("AC04"),)),
        Verdict("RJCT", (StatedReason("AB05"), StatedReason("AC04"))),
        Verdict("RJCT", (StatedReason(None),)),
        Verdict("RJCT", (StatedReason("DU04"),)),
    ],
)
def test_a_doubtful_answer_or_another_reason_sends_nothing_again(verdict):
    assert not may_go_ordinary(verdict)


# ---- real files ------------------------------------------------------------------------------------------------


@NEEDS_SCHEMAS
def test_our_samples_are_as_the_official_schema_wants_them():
    orders = order_status("R-1", "ACSP") + order_status("R-2", "RJCT", "AC04", "KONTO ERLOSCHEN")

    assert not faults(xml(GROUP_PART, orders, PART).encode(), "pain.002.001.10")


REAL = {
    "hbci4java-test-pain-parse-0020110-01.xml": {Standing.CHECKED},
    "hbci4java-test-pain-parse-0020110-03.xml": {Standing.CHECKED},
    "moov-pain002-chdd-cor1_p_ch2909000000250094239_1110097483_0_2018031317221082.xml": {Standing.ACCEPTED},
    "moov-pain002-epo_p_0_0_0_2018031510491259.xml": {Standing.ACCEPTED},
    "moov-pain002-epo_p_ch2909000000250094239_1109800799_0_2018032612092784.xml": {Standing.REJECTED},
    "oca-sepa-pain-unpaid.xml": {Standing.REJECTED},
    "painfree-pain.002.001.10.xml": {Standing.ACCEPTED, Standing.REJECTED},
    "pff-pain.002.001.12.xml": {Standing.ACCEPTED},
}


@NEEDS_SCHEMAS
@pytest.mark.corpus
@pytest.mark.parametrize("name", REAL)
def test_reports_of_real_banks_say_what_became_of_each_order(name):
    said = read_status_report((FOLDER / "statements" / "pain002" / name).read_bytes(), name=name)
    orders = [order.verdict.standing for group in said.groups for order in group.orders]
    groups = [group.verdict.standing for group in said.groups]

    assert set(orders or groups or [said.verdict.standing]) == REAL[name]
    assert not list(said.contradictions())


@NEEDS_SCHEMAS
@pytest.mark.corpus
def test_no_real_report_is_left_out():
    assert {file.name for file in (FOLDER / "statements" / "pain002").iterdir()} == REAL.keys()
