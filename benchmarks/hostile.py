"""How long does the house think about what nobody should send? Texts, amounts and crowds, alone and by the file.

    python -m benchmarks.hostile [--crowd 50000] [--files 5000]

First one payment at a time, in milliseconds: each text stands in every field of the payment, at three lengths. Nothing
may grow faster than the text, and from two thousand characters on nothing may grow at all; the tests count the work,
this shows the time. Then amounts at the edge, and a customer with as many open items at one price as `--crowd` says.
At last the same as a file, by `zahlmeister match` and by `zahlmeister import-statement`, beside an honest file of as
many entries, with `--files` open items.
"""

import argparse
import os
import re
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from xml.sax.saxutils import escape

from tests.matching.hostile import PATTERNS, text, texts
from tests.matching.shop import item, matcher, others, payment

from zahlmeister.matching.engine import Matcher
from zahlmeister.matching.facts import Payment, Policy
from zahlmeister.matching.store import MemoryStore

LENGTHS = (500, 2_000, 10_000)
ROUNDS = 3
NOTHING, ENORMOUS = 0, 10**15
PRICE = 2990
#: What no XML may contain.
_NO_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--crowd", type=int, default=50_000, help="open items of one customer at one price")
    parser.add_argument("--files", type=int, default=5_000, help="likewise, for the files")
    options = parser.parse_args()
    _texts()
    _amounts()
    _crowd(options.crowd)
    _files(options.files)


def _texts() -> None:
    matching = matcher(item("100012345", 2498, "Bernd Klein"))
    print(f"{'one payment, ms at so many characters':38}" + "".join(f"{length:>10,}" for length in LENGTHS))
    rows = {
        pattern: [_spent(matching, _everywhere(text(pattern, length))) for length in LENGTHS] for pattern in PATTERNS
    }
    for pattern, times in sorted(rows.items(), key=lambda row: -row[1][-1]):
        print(f"{pattern:38}" + "".join(f"{1000 * spent:10.2f}" for spent in times))
    numbers = " ".join(other.number for other in others()[:500])
    _line("five hundred numbers of open orders", _spent(matching, _everywhere(numbers)))


def _amounts() -> None:
    matching = matcher(item("100099001", NOTHING, "Dirk Stein"), item("100099002", ENORMOUS, "Dirk Stein"))
    for name, minor in (("an honest amount", 2498), ("nothing", NOTHING), ("10^15 minor units", ENORMOUS)):
        _line(name, _spent(matching, payment(minor, "Dirk Stein", "Bestellung 100099002")))


def _crowd(count: int) -> None:
    store = MemoryStore(
        item(_number(n), PRICE, "Cora Lindner", id=n, email="cora@example.de", customer_number="40001")
        for n in range(count)
    )
    matching = Matcher(store, Policy(), store.population())
    print(f"\none customer with {count:,} open items at one price")
    for said in ("danke", "Kundennummer 40001", "cora@example.de", f"Bestellung {_number(101)}"):
        _line(said, _spent(matching, payment(PRICE, "Cora Lindner", said)))
    numbers = " ".join(_number(n) for n in range(500))
    _line("five hundred of her numbers", _spent(matching, payment(500 * PRICE, "Cora Lindner", numbers)))


def _files(count: int) -> None:
    hostile = [
        (minor, said, said[:2_000])
        for minor in (NOTHING, PRICE, ENORMOUS)
        for said in (escape(_NO_XML.sub("", raw)) for _pattern, raw in texts(10_000))
    ]
    numbers = " ".join(_number(n) for n in range(500))
    hostile += [(PRICE, "danke", "Cora Lindner"), (500 * PRICE, numbers, "Cora Lindner")]
    honest = [(PRICE + n, f"Bestellung {_number(n)}", "Cora Lindner") for n in range(len(hostile))]
    print(f"\na file of {len(hostile)} entries beside {count:,} open items, seconds{'honest':>14}{'hostile':>12}")
    with TemporaryDirectory() as folder:
        home = Path(folder)
        _write_orders(home / "orders.csv", count)
        (home / "honest.xml").write_text(_camt(honest, "honest"), encoding="utf-8")
        (home / "hostile.xml").write_text(_camt(hostile, "hostile"), encoding="utf-8")
        _beside("zahlmeister match", home, "match", "--orders", str(home / "orders.csv"), "--format", "jsonl")
        _run(home, "migrate")
        _run(home, "new-merchant", "Wollstube", "--email", "b@wollstube.example")
        _run(home, "import-orders", str(home / "orders.csv"))
        _beside("zahlmeister import-statement", home, "import-statement")


def _write_orders(path: Path, count: int) -> None:
    rows = (f"{_number(n)};29,90;Cora Lindner;cora@example.de;40001;2026-11-16" for n in range(count))
    path.write_text("\n".join(("number;amount;name;email;customer_number;date", *rows)), encoding="utf-8")


def _camt(entries: list[tuple[int, str, str]], name: str) -> str:
    """A statement of amounts, texts and payers, without balances."""
    told = "".join(
        f'<Ntry><Amt Ccy="EUR">{minor // 100}.{minor % 100:02}</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts>'
        f"<BookgDt><Dt>2026-11-19</Dt></BookgDt><AcctSvcrRef>{name}{n}</AcctSvcrRef><NtryDtls><TxDtls>"
        f"<RltdPties><Dbtr><Pty><Nm>{payer}</Nm></Pty></Dbtr></RltdPties><RmtInf><Ustrd>{said}</Ustrd></RmtInf>"
        "</TxDtls></NtryDtls></Ntry>"
        for n, (minor, said, payer) in enumerate(entries)
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08">'
        f"<BkToCstmrStmt><Stmt><Id>{name}</Id><Acct><Id><IBAN>DE02120300000000202051</IBAN></Id><Ccy>EUR</Ccy></Acct>"
        f"{told}</Stmt></BkToCstmrStmt></Document>"
    )


def _beside(name: str, home: Path, *command: str) -> None:
    honest, hostile = (_run(home, *command, str(home / file)) for file in ("honest.xml", "hostile.xml"))
    print(f"{name:52}{honest:10.2f}{hostile:12.2f}")


def _run(home: Path, *command: str) -> float:
    """Seconds a command takes, its start included."""
    environment = {**os.environ, "ZAHLMEISTER_HOME": str(home)}
    begin = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "zahlmeister", *command], env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        sys.exit(f"{' '.join(command)}: {done.stderr[-500:]}")
    return time.perf_counter() - begin


def _number(n: int) -> str:
    return str(20_000_000 + 7 * n)


def _line(name: str, seconds: float) -> None:
    print(f"{name:38}{1000 * seconds:30.2f}")


def _everywhere(said: str) -> Payment:
    return payment(2498, said, said, creditor_reference=said, end_to_end_id=said, ultimate_payer=said, iban=said)


def _spent(matching: Matcher, asked: Payment) -> float:
    """Seconds of processor time, the best of a few."""
    best = float("inf")
    for _ in range(ROUNDS):
        begin = time.process_time()
        matching.propose([asked])
        best = min(best, time.process_time() - begin)
    return best


if __name__ == "__main__":
    main()
