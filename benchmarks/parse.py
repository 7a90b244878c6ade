"""How fast and how frugal are the statement readers? Measured beside other libraries and beside the bare parser.

    python benchmarks/parse.py            100,000 entries, best of three
    python benchmarks/parse.py --quick    5,000 entries, once

A camt.053.001.08 and an MT940 of the same movements are generated, and every reader reads them in a process of its own:
processor seconds (the machine may be shared) and peak memory are the operating system's figures for that process.
Readers take turns, so that a slow minute of the machine hits all of them. A library that is not installed is named as
such. The floor is lxml's iterparse finding every entry and taking nothing from it: no reader on lxml can be faster.
"""

import argparse
import importlib.metadata
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

ACCOUNT = "DE89370400440532013000"
#: Libraries that become quadratic or hold everything get a smaller file and are compared per entry.
SMALL_FILE = 2_000


@dataclass(frozen=True, slots=True)
class Reader:
    """A way to read a file: what to call it, which file, how, and which package it needs."""

    name: str
    file: str  # camt or mt940
    count: Callable[[Path], int]
    package: str | None = None
    is_small: bool = False


def main() -> None:
    arguments = _arguments()
    if arguments.one:
        _measure_here(arguments.one, Path(arguments.file))
        return
    entries = 5_000 if arguments.quick else 100_000
    with tempfile.TemporaryDirectory() as folder:
        files = {
            (kind, is_small): _generated(Path(folder), kind, min(entries, SMALL_FILE) if is_small else entries)
            for kind in ("camt", "mt940")
            for is_small in (False, True)
        }
        best = _best(files, rounds=1 if arguments.quick else arguments.rounds)
    _print(best, files, entries)


@dataclass(frozen=True, slots=True)
class Figures:
    """What one run took."""

    entries: int
    cpu_s: float
    peak_mb: float

    @property
    def rate(self) -> float:
        return self.entries / self.cpu_s


def _best(files: dict[tuple[str, bool], Path], rounds: int) -> dict[str, Figures | str]:
    best: dict[str, Figures | str] = {}
    for _ in range(rounds):
        for reader in READERS:
            if reader.package and not _is_installed(reader.package):
                best[reader.name] = "not installed"
                continue
            figures = _measured(reader, files[reader.file, reader.is_small])
            before = best.get(reader.name)
            if isinstance(figures, str) or not isinstance(before, Figures) or figures.cpu_s < before.cpu_s:
                best[reader.name] = figures
    return best


def _measured(reader: Reader, file: Path) -> Figures | str:
    command = [sys.executable, __file__, "--one", reader.name, "--file", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        return "failed: " + (done.stderr.strip().splitlines() or ["without a word"])[-1][:70]
    said = json.loads(done.stdout)
    return Figures(said["entries"], said["cpu_s"], said["peak_mb"])


def _measure_here(name: str, file: Path) -> None:
    reader = next(each for each in READERS if each.name == name)
    began = time.process_time()
    entries = reader.count(file)
    cpu = time.process_time() - began
    print(json.dumps({"entries": entries, "cpu_s": cpu, "peak_mb": _peak_mb()}))


def _peak_mb() -> float:
    """The most memory this program held; ru_maxrss would count the parent it was forked from as well."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM:"))
        return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _print(best: dict[str, Figures | str], files: dict[tuple[str, bool], Path], entries: int) -> None:
    sizes = ", ".join(
        f"{kind} {files[kind, False].stat().st_size / 1e6:.1f} MB" if files[kind, False].exists() else kind
        for kind in ("camt", "mt940")
    )
    print(f"{entries:,} entries ({sizes}); times include importing the library\n")
    print(f"{'reader':34} {'entries':>8} {'cpu s':>8} {'entries/s':>10} {'peak MB':>8} {'of ours':>8}")
    for reader in READERS:
        figures = best[reader.name]
        ours = best[f"zahlmeister {reader.file}"]
        if isinstance(figures, str):
            print(f"{reader.name:34} {figures}")
            continue
        ratio = f"{figures.rate / ours.rate:8.2f}" if isinstance(ours, Figures) else ""
        print(
            f"{reader.name:34} {figures.entries:8,} {figures.cpu_s:8.2f} {figures.rate:10,.0f} "
            f"{figures.peak_mb:8.1f} {ratio}"
        )


def _is_installed(package: str) -> bool:
    try:
        importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True


def _ours(file: Path) -> int:
    from zahlmeister.formats.read import read_file
    from zahlmeister.formats.records import Entry, Problem

    entries = 0
    for record in read_file(file):
        assert not isinstance(record, Problem), record.sentence
        entries += isinstance(record, Entry)
    return entries


def _floor(file: Path) -> int:
    from lxml import etree

    entries = 0
    for _, element in etree.iterparse(str(file), events=("end",), tag="{*}Ntry"):
        entries += 1
        element.clear()
        before = element.getprevious()
        if before is not None and before.tag == element.tag:
            element.getparent().remove(before)
    return entries


def _mt940_library(file: Path) -> int:
    import mt940

    return len(list(mt940.parse(str(file)).transactions))


def _bankstatementparser_camt(file: Path) -> int:
    from bankstatementparser import CamtParser

    return len(CamtParser(str(file)).parse())


def _bankstatementparser_mt940(file: Path) -> int:
    from bankstatementparser import Mt940Parser

    return len(Mt940Parser(str(file)).parse())


def _pycamt(file: Path) -> int:
    from pycamt.parser import Camt053Parser

    return len(Camt053Parser.from_file(str(file)).get_transactions())


READERS = (
    Reader("zahlmeister camt", "camt", _ours),
    Reader("lxml iterparse, nothing taken", "camt", _floor, "lxml"),
    Reader("bankstatementparser camt", "camt", _bankstatementparser_camt, "bankstatementparser", is_small=True),
    Reader("pycamt", "camt", _pycamt, "pycamt", is_small=True),
    Reader("zahlmeister mt940", "mt940", _ours),
    Reader("mt-940", "mt940", _mt940_library, "mt-940"),
    Reader("bankstatementparser mt940", "mt940", _bankstatementparser_mt940, "bankstatementparser", is_small=True),
)


@dataclass(frozen=True, slots=True)
class Movement:
    """A payment as both generated files tell it."""

    number: int
    on: date
    minor: int
    name: str
    iban: str
    purpose: str


def _movements(entries: int) -> Iterator[Movement]:
    chance = random.Random(20261121)
    first = ("Anna", "Bernd", "Cora", "Dirk", "Eva", "Jörg", "Jürgen", "Änne")
    last = ("Müller", "Schmidt", "Weiß", "Krüger", "Yilmaz", "Nowak", "Grün", "Öztürk")
    for number in range(entries):
        yield Movement(
            number=number,
            on=date(2026, 1, 2) + timedelta(days=number * 300 // entries),
            minor=chance.randrange(199, 50_000) * (-1 if number % 20 == 19 else 1),
            name=f"{chance.choice(first)} {chance.choice(last)}",
            iban=f"DE{chance.randrange(10, 99)}{chance.randrange(10**17, 10**18)}",
            purpose=f"Bestellung {100000000 + number} Danke und viele Grüße vom Niederrhein",
        )


def _generated(folder: Path, kind: str, entries: int) -> Path:
    """A file of so many entries, one detail each, with balances that add up."""
    file = folder / f"{kind}-{entries}{'.xml' if kind == 'camt' else '.sta'}"
    if not file.exists():
        file.write_text("".join(_camt(entries) if kind == "camt" else _mt940(entries)), encoding="utf-8")
    return file


def _camt(entries: int) -> Iterator[str]:
    total = sum(each.minor for each in _movements(entries))
    yield (
        '<?xml version="1.0" encoding="UTF-8"?>\n<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08">'
        "<BkToCstmrStmt><GrpHdr><MsgId>B1</MsgId><CreDtTm>2026-11-21T06:00:00</CreDtTm></GrpHdr><Stmt><Id>S1</Id>"
        f"<ElctrncSeqNb>1</ElctrncSeqNb><Acct><Id><IBAN>{ACCOUNT}</IBAN></Id><Ccy>EUR</Ccy></Acct>"
        f"{_camt_balance('OPBD', 0)}{_camt_balance('CLBD', total)}\n"
    )
    for each in _movements(entries):
        yield _camt_entry(each)
    yield "</Stmt></BkToCstmrStmt></Document>\n"


def _camt_balance(kind: str, minor: int) -> str:
    return (
        f'<Bal><Tp><CdOrPrtry><Cd>{kind}</Cd></CdOrPrtry></Tp><Amt Ccy="EUR">{_decimal(minor, ".")}</Amt>'
        f"<CdtDbtInd>{'DBIT' if minor < 0 else 'CRDT'}</CdtDbtInd><Dt><Dt>2026-01-01</Dt></Dt></Bal>"
    )


def _camt_entry(each: Movement) -> str:
    sign, side, own = ("DBIT", "Cdtr", "Dbtr") if each.minor < 0 else ("CRDT", "Dbtr", "Cdtr")
    amount = f'<Amt Ccy="EUR">{_decimal(each.minor, ".")}</Amt>'
    gvc = "NTRF+116+0996" if each.minor < 0 else "NTRF+166+0996"
    family = "ICDT" if each.minor < 0 else "RCDT"
    code = (
        f"<BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>{family}</Cd><SubFmlyCd>ESCT</SubFmlyCd></Fmly></Domn>"
        f"<Prtry><Cd>{gvc}</Cd><Issr>DK</Issr></Prtry></BkTxCd>"
    )
    return f"""<Ntry>
 <NtryRef>{each.number}</NtryRef>
 {amount}
 <CdtDbtInd>{sign}</CdtDbtInd>
 <RvslInd>false</RvslInd>
 <Sts><Cd>BOOK</Cd></Sts>
 <BookgDt><Dt>{each.on}</Dt></BookgDt>
 <ValDt><Dt>{each.on}</Dt></ValDt>
 <AcctSvcrRef>T{each.number:015d}</AcctSvcrRef>
 {code}
 <NtryDtls><TxDtls>
  <Refs><EndToEndId>E{each.number}</EndToEndId></Refs>
  {amount}
  <CdtDbtInd>{sign}</CdtDbtInd>
  {code}
  <RltdPties>
   <{side}><Pty><Nm>{each.name}</Nm><PstlAdr><StrtNm>Marktplatz</StrtNm><BldgNb>1</BldgNb><PstCd>47574</PstCd>
    <TwnNm>Goch</TwnNm><Ctry>DE</Ctry></PstlAdr></Pty></{side}>
   <{side}Acct><Id><IBAN>{each.iban}</IBAN></Id></{side}Acct>
   <{own}><Pty><Nm>Brigittes Laden</Nm></Pty></{own}>
   <{own}Acct><Id><IBAN>{ACCOUNT}</IBAN></Id></{own}Acct>
  </RltdPties>
  <RltdAgts><{side}Agt><FinInstnId><BICFI>COBADEFFXXX</BICFI></FinInstnId></{side}Agt></RltdAgts>
  <RmtInf><Ustrd>{each.purpose}</Ustrd></RmtInf>
 </TxDtls></NtryDtls>
 <AddtlNtryInf>SEPA-Gutschrift</AddtlNtryInf>
</Ntry>
"""


def _mt940(entries: int) -> Iterator[str]:
    total = sum(each.minor for each in _movements(entries))
    yield f":20:STARTUMSE\n:25:{ACCOUNT}\n:28C:00001/001\n:60F:C260101EUR0,00\n"
    for each in _movements(entries):
        yield (
            f":61:{each.on:%y%m%d%m%d}{'D' if each.minor < 0 else 'C'}{_decimal(each.minor, ',')}"
            f"NTRFNONREF//T{each.number:015d}\n"
        )
        text = f"{116 if each.minor < 0 else 166}?00SEPA-GUTSCHRIFT?100996"
        purpose = f"EREF+E{each.number}SVWZ+{each.purpose}"
        pieces = [purpose[at : at + 27] for at in range(0, len(purpose), 27)]
        text += "".join(f"?{20 + number}{piece}" for number, piece in enumerate(pieces))
        text += f"?30COBADEFFXXX?31{each.iban}?32{each.name}?34000"
        yield ":86:" + "\n".join(text[at : at + 65] for at in range(0, len(text), 65)) + "\n"
    yield f":62F:{'D' if total < 0 else 'C'}261121EUR{_decimal(total, ',')}\n-\n"


def _decimal(minor: int, mark: str) -> str:
    return f"{abs(minor) // 100}{mark}{abs(minor) % 100:02d}"


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="5,000 entries, once")
    parser.add_argument("--rounds", type=int, default=3, help="best of so many")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    parser.add_argument("--file", help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    main()
