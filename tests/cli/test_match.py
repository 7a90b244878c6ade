import csv
import io
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from xml.sax.saxutils import escape

import pytest
from click.testing import CliRunner, Result
from tests.matching.hostile import texts
from tests.stage import Paid, camt

from zahlmeister.cli.match import match

#: What no XML may contain.
NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
ORDERS = """number;amount;name;date;shipping_cost
100012345;24,98;Anna Trübswetter;2026-11-16;4,95
100012346;79,90;Bernd Eichstädt;2026-11-16;4,95
100012347;43,10;Cora Weiß;2026-11-16;
"""
STATEMENT = """:20:STARTUMS
:25:10050000/1234567890
:28C:1/1
:60F:C261119EUR100,00
:61:2611201120C24,98NTRFNONREF//T07-1
:86:166?00GUTSCHRIFT?20SVWZ+Bestellung 100012345?32Anna Truebswetter
:61:2611201120C70,00NTRFNONREF//T07-2
:86:166?00GUTSCHRIFT?20SVWZ+100012346 Danke?32EICHSTAEDT BERND
:61:2611201120D12,00NTRFNONREF//T07-3
:86:177?00UEBERWEISUNG?20SVWZ+Porto?32Post AG
:61:2611201120C99,99NTRFNONREF//T07-4
:86:166?00GUTSCHRIFT?20SVWZ+PP.4711?32PayPal Europe S.a.r.l.
:61:2611201120C43,10NTRFNONREF//T07-5
:86:166?00GUTSCHRIFT?20SVWZ+100012347?32Cora Weiss
:61:2611201120C43,10NTRFNONREF//T07-6
:86:166?00GUTSCHRIFT?20SVWZ+100012347?32Cora Weiss
:62F:C261120EUR369,17
-
"""


@pytest.fixture
def files(tmp_path: Path) -> Path:
    (tmp_path / "orders.csv").write_text(ORDERS, encoding="utf-8")
    (tmp_path / "month.sta").write_text(STATEMENT, encoding="utf-8")
    return tmp_path


def run(folder: Path, *more: str, statements: tuple[str, ...] = ("month.sta",)) -> Result:
    asked = ["--orders", str(folder / "orders.csv"), *more, *(str(folder / name) for name in statements)]
    return CliRunner().invoke(match, asked)


def lines(result: Result) -> list[dict]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_one_object_per_incoming_transaction_in_statement_order(files):
    result = run(files, "--format", "jsonl")
    found = lines(result)

    assert result.exit_code == 0
    assert [one["transaction"]["bank_reference"] for one in found] == ["T07-1", "T07-2", "T07-4", "T07-5", "T07-6"]
    assert [one["decision"] for one in found] == ["assigned", "assigned", "ignored", "assigned", "suggested"]
    assert [one["outcome"] for one in found] == ["paid", "underpaid", "none", "paid", "none"]


def test_the_contract_of_an_object(files):
    anna = lines(run(files, "--format", "jsonl"))[0]

    assert (
        anna["transaction"].items()
        >= {
            "bank_reference": "T07-1",
            "booked_on": "2026-11-20",
            "amount": "24.98",
            "currency": "EUR",
            "payer": "Anna Truebswetter",
        }.items()
    )
    assert set(anna["transaction"]) == {
        *("id", "bank_reference", "booked_on", "amount", "currency", "payer", "iban", "remittance"),
    }
    assert anna["allocations"] == [{"order": "100012345", "amount": "24.98"}]
    assert 0.999 < anna["confidence"] < 1
    best = anna["candidates"][0]
    assert (best["orders"], best["order"]) == (["100012345"], "100012345")
    assert {"kind", "text", "weight"} == set(best["clues"][0])
    assert best["clues"][0]["text"] == "order number 100012345"


def test_ids_stay_the_same_on_the_next_run_and_tell_twins_apart(files):
    first, second = (lines(run(files, "--format", "jsonl")) for _ in range(2))
    identities = [one["transaction"]["id"] for one in first]

    assert identities == [one["transaction"]["id"] for one in second]
    assert len(set(identities)) == len(identities)


def test_honest_twins_without_a_bank_reference_are_both_decided(files):
    twins = STATEMENT.replace("//T07-5", "").replace("//T07-6", "")
    (files / "month.sta").write_text(twins, encoding="utf-8")

    assert len(lines(run(files, "--format", "jsonl"))) == 5


def test_the_same_entries_in_two_files_are_decided_once(files):
    (files / "again.sta").write_text(STATEMENT, encoding="utf-8")

    assert len(lines(run(files, "--format", "jsonl", statements=("month.sta", "again.sta")))) == 5


def test_a_broken_file_ends_with_status_2_and_keeps_what_was_read_before(files):
    broken = STATEMENT.replace(":61:2611201120C99,99NTRF", ":61:2611991120C99,99NTRF")
    (files / "broken.sta").write_text(broken, encoding="utf-8")
    result = run(files, "--format", "jsonl", statements=("broken.sta",))

    assert result.exit_code == 2
    assert [one["transaction"]["bank_reference"] for one in lines(result)] == ["T07-1", "T07-2"]
    assert result.stderr.count("\n") == 1
    assert result.stderr.startswith("broken.sta")


def test_what_was_decided_before_the_break_is_not_repeated_when_it_is_given_back(files):
    broken = STATEMENT.replace(":61:2611201120C99,99NTRF", ":61:2611991120C99,99NTRF")
    (files / "broken.sta").write_text(broken, encoding="utf-8")
    earlier = files / "earlier.jsonl"
    earlier.write_text(run(files, "--format", "jsonl", statements=("broken.sta",)).stdout, encoding="utf-8")
    result = run(files, "--format", "jsonl", "--decided", str(earlier))

    assert [one["transaction"]["bank_reference"] for one in lines(result)] == ["T07-4", "T07-5", "T07-6"]


def test_what_was_paid_in_an_earlier_run_is_paid(files):
    earlier = files / "earlier.jsonl"
    earlier.write_text(run(files, "--format", "jsonl").stdout + '{"transaction": {"id', encoding="utf-8")
    (files / "next.sta").write_text(STATEMENT.replace("T07", "T08"), encoding="utf-8")
    result = run(files, "--format", "jsonl", "--decided", str(earlier), statements=("next.sta",))

    assert [one["decision"] for one in lines(result)] == ["suggested", "suggested", "ignored", "suggested", "suggested"]


def test_an_order_that_cannot_be_read_is_told_and_the_others_are_paid_all_the_same(files):
    (files / "orders.csv").write_text(f"{ORDERS}1;zwölf;Dirk Specht;2026-11-16;\n", encoding="utf-8")
    result = run(files, "--format", "jsonl")

    assert result.exit_code == 2
    assert "line 5, column “amount”: “zwölf” is no amount" in result.stderr
    assert result.stderr.endswith("This order was passed over.\n")
    assert result.stderr.count("\n") == 1
    assert lines(result)[0]["decision"] == "assigned"


def test_an_order_with_a_line_for_each_article_is_one_order(files):
    bernd = ORDERS.splitlines()[2]
    (files / "orders.csv").write_text(ORDERS + f"{bernd}\n{bernd}\n", encoding="utf-8")

    assert [one["decision"] for one in lines(run(files, "--format", "jsonl"))][:2] == ["assigned", "assigned"]


def test_two_orders_of_one_number_are_two_orders(files):
    (files / "orders.csv").write_text(f"{ORDERS}100012345;24,98;Anna Trübswetter;2026-11-17;\n", encoding="utf-8")

    assert lines(run(files, "--format", "jsonl"))[0]["decision"] == "suggested"


def test_a_creditor_reference_in_the_text_finds_its_order(files):
    (files / "orders.csv").write_text(
        f"{ORDERS.splitlines()[0]};reference\n1;24,98;Eva Ott;2026-11-16;;RF18539007547034\n"
    )
    said = STATEMENT.replace("SVWZ+Bestellung 100012345", "SVWZ+RF18 5390 0754 7034")
    (files / "month.sta").write_text(said, encoding="utf-8")

    assert lines(run(files, "--format", "jsonl"))[0]["allocations"] == [{"order": "1", "amount": "24.98"}]


REFERENCE, DOCUMENT = "<CdtrRefInf><Ref>{}</Ref></CdtrRefInf>", "<RfrdDocInf><Nb>{}</Nb></RfrdDocInf>"


@pytest.mark.parametrize(
    "said",
    [
        f"<Strd>{REFERENCE}</Strd><Strd>{REFERENCE}</Strd>".format("RF25100012345", "100012346"),
        f"<Ustrd>Vielen Dank</Ustrd><Strd>{DOCUMENT}{DOCUMENT}</Strd>".format("100012345", "100012346"),
    ],
    ids=["references", "documents"],
)
def test_all_that_the_structured_part_names_is_paid(files, said):
    text = camt([Paid(2498 + 7990, "hier", "Anna Trübswetter")], number=1).decode()
    assert "<Ustrd>hier</Ustrd>" in text
    (files / "month.xml").write_text(text.replace("<Ustrd>hier</Ustrd>", said), encoding="utf-8")
    (found,) = lines(run(files, "--format", "jsonl", statements=("month.xml",)))

    assert sorted(share["order"] for share in found["allocations"]) == ["100012345", "100012346"]


def test_a_file_that_is_no_list_of_orders_is_refused_in_one_sentence(files):
    (files / "orders.csv").write_text("name;town\nAnna;Bonn\n", encoding="utf-8")
    result = run(files)

    assert result.exit_code == 2
    assert result.stderr.startswith("orders.csv, line 1")
    assert result.stderr.count("\n") == 1
    assert not result.stdout


def test_a_table_for_people(files):
    result = run(files, "--format", "table")
    header, *rows = result.stdout.splitlines()

    assert header.split() == ["day", "amount", "cur", "payer", "decision", "orders", "outcome", "sure", "clues"]
    assert "100012345" in rows[0]
    assert "settlement of a payment provider" in rows[2]


def test_csv_for_spreadsheets_in_german(files):
    rows = list(csv.DictReader(io.StringIO(run(files, "--format", "csv", "--language", "de").stdout)))

    assert rows[0]["orders"] == "100012345"
    assert "Bestellnummer 100012345" in rows[0]["clues"]
    assert rows[4]["clues"].startswith("die genannte Bestellung ist schon bezahlt")


def by_itself(*arguments: str, piped: bytes = b"", **environment: str) -> subprocess.CompletedProcess[bytes]:
    """The command as another program calls it."""
    asked = [sys.executable, "-m", "zahlmeister", "match", *arguments]
    return subprocess.run(asked, input=piped, capture_output=True, check=False, env=os.environ | environment)


def test_where_nobody_looks_on_a_line_is_an_object_and_utf_8_whatever_the_language(files):
    asked = ("--orders", str(files / "orders.csv"), str(files / "month.sta"))
    (files / "month.sta").write_text(STATEMENT.replace("Truebswetter", "Trübswetter ☂"), encoding="utf-8")
    plain, old = by_itself(*asked), by_itself(*asked, PYTHONIOENCODING="latin-1")
    sheet = by_itself(*asked, "--format", "csv", PYTHONIOENCODING="ascii")

    assert plain.stdout == old.stdout
    assert json.loads(plain.stdout.splitlines()[0])["transaction"]["payer"] == "Anna Trübswetter ☂"
    assert (sheet.returncode, "Trübswetter ☂" in sheet.stdout.decode()) == (0, True)


def test_the_same_files_make_the_same_lines(files):
    asked = ("--orders", str(files / "orders.csv"), str(files / "month.sta"))
    first, second = (by_itself(*asked, PYTHONHASHSEED=seed).stdout for seed in ("1", "2"))

    assert first == second
    assert first.count(b"\n") == 5


def test_a_statement_that_is_piped_in_is_read_like_a_file(files):
    from_file = by_itself("--orders", str(files / "orders.csv"), str(files / "month.sta"))
    piped = by_itself("--orders", str(files / "orders.csv"), "-", piped=STATEMENT.encode())
    orders_piped = by_itself("--orders", "-", str(files / "month.sta"), piped=ORDERS.encode())

    assert piped.stdout == from_file.stdout
    assert orders_piped.stdout == from_file.stdout
    assert (piped.returncode, orders_piped.returncode) == (0, 0)


def test_nothing_piped_in_is_refused_in_one_sentence(files):
    piped = by_itself("--orders", str(files / "orders.csv"), "-")

    assert (piped.returncode, piped.stdout) == (2, b"")
    assert piped.stderr == b"standard input: the file is empty; fetch it from the bank again.\n"


def test_a_statement_that_is_not_there_is_told_and_the_others_are_decided(files):
    result = run(files, "--format", "jsonl", statements=("nowhere.sta", "month.sta"))

    assert result.exit_code == 2
    assert len(lines(result)) == 5
    assert result.stderr.endswith("nowhere.sta: the file cannot be opened (No such file or directory).\n")
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize("option", ["--orders", "--decided"])
def test_a_file_that_is_a_folder_is_told_in_one_sentence(files, option):
    result = run(files, option, str(files))

    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.endswith(": the file cannot be opened (Is a directory).\n")
    assert result.stderr.count("\n") == 1


def test_what_is_no_earlier_run_is_told_with_its_line(files):
    (files / "earlier.jsonl").write_bytes(b"\xff\xfe1\n{}\n")
    result = run(files, "--decided", str(files / "earlier.jsonl"))

    assert result.exit_code == 2
    assert result.stderr == "earlier.jsonl, line 1: this is not what `match` prints as jsonl.\n"


@pytest.mark.parametrize(
    ("transaction", "share"),
    [
        ('{"id": "a", "currency": "EUR"}', '{"amount": "24.98"}'),
        ('{"id": "a", "currency": "EUR"}', '{"order": "1"}'),
        ('{"id": "a", "currency": "EUR"}', '{"order": "1", "amount": "x"}'),
        ('{"id": "a", "currency": "EUR"}', '{"order": "1", "amount": 24}'),
        ('{"id": "a"}', '{"order": "1", "amount": "24.98"}'),
        ('{"currency": "EUR"}', '{"order": "1", "amount": "24.98"}'),
        ("[]", "{}"),
    ],
)
def test_a_line_of_an_earlier_run_that_lacks_something_is_told(files, transaction, share):
    line = f'{{"transaction": {transaction}, "allocations": [{share}], "outcome": "exact"}}\n'
    (files / "earlier.jsonl").write_text(line, encoding="utf-8")
    result = run(files, "--decided", str(files / "earlier.jsonl"))

    assert result.exit_code == 2
    assert result.stderr == "earlier.jsonl, line 1: this is not what `match` prints as jsonl.\n"
    assert result.stdout == ""


def test_a_statement_that_was_cut_off_between_two_lines_is_told(files):
    (files / "month.sta").write_text(STATEMENT[: STATEMENT.index(":61:2611201120D12")], encoding="utf-8")
    result = run(files, "--format", "jsonl")

    assert len(lines(result)) == 2
    assert result.stderr == (
        "Warning: month.sta, statement 1: The closing balance is missing: the file may be cut off; fetch it from the "
        "bank again.\n"
    )


def test_what_nobody_should_send_is_decided_and_nothing_of_it_assigned(files):
    numbers = [str(20_000_000 + 7 * n) for n in range(2_000)]
    rows = [f"{number};29,90;Cora Lindner;2026-11-16;" for number in numbers]
    (files / "orders.csv").write_text("\n".join([ORDERS.strip(), *rows]), encoding="utf-8")
    told = [escape(NO_XML.sub("", said)) for _pattern, said in texts(10_000)]
    lines_of = [Paid(minor, said, said[:300]) for minor in (2498, 2990, 10**15) for said in told]
    many = Paid(500 * 2990, " ".join(numbers[:500]), "Cora Lindner")
    lines_of += [many, Paid(2990, "danke", "Cora Lindner")]
    (files / "hostile.xml").write_bytes(camt(lines_of, number=1))
    (files / "honest.xml").write_bytes(camt([Paid(2990, f"Bestellung {numbers[700]}", "Cora Lindner")], number=2))
    found = lines(run(files, "--format", "jsonl", statements=("hostile.xml", "honest.xml")))

    assert len(found) == len(lines_of) + 1
    assert [one["allocations"] for one in found[:-1]] == [[]] * len(lines_of)
    assert found[-1]["candidates"][0]["orders"] == [numbers[700]]
