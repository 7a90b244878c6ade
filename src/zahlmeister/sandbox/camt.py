"""The sandbox's statements as German banks deliver them electronically: camt.053.001.08, one Stmt per day.

What a day told is told by camt.052 as a report and by camt.054 as a notification, which names no balance.

Written as text, statement by statement, so that a hundred thousand entries need no memory. The structure is
that of the ISO 20022 message definition; the proprietary code `NTRF+166+9310+997` (SWIFT code, GVC,
Primanota, text key extension; issuer DK) and the opening balance as PRCD are what German banks write.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from html import escape
from itertools import chain
from pathlib import Path

from zahlmeister.money.amount import Amount
from zahlmeister.sandbox.movements import MerchantAccount, Movement, Statement

PIECE = 140  # characters of one Ustrd
PRIMANOTA = "9310"


@dataclass(frozen=True, slots=True)
class Message:
    """One of the three messages: its number, and what its root and its parts are called."""

    number: str
    root: str
    part: str
    has_balances: bool = True

    @property
    def namespace(self) -> str:
        return f"urn:iso:std:iso:20022:tech:xsd:camt.{self.number}.001.08"


REPORT = Message("052", "BkToCstmrAcctRpt", "Rpt")
STATEMENT = Message("053", "BkToCstmrStmt", "Stmt")
NOTIFICATION = Message("054", "BkToCstmrDbtCdtNtfctn", "Ntfctn", has_balances=False)


def write_camt053(path: Path, statements: Iterable[Statement]) -> None:
    """Write the statements into one camt.053.001.08 file, in the order given.

    Raises ValueError when there is no statement: the format knows no empty file.
    """
    write_camt(path, statements, STATEMENT)


def write_camt(path: Path, statements: Iterable[Statement], message: Message) -> None:
    """The same as any of the three messages."""
    remaining = iter(statements)
    first = next(remaining, None)
    if first is None:
        raise ValueError("A camt file holds at least one statement.")
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write(_head(first, message))
        for statement in chain((first,), remaining):
            file.write(_statement(statement, message))
            file.writelines(_entry(statement.account, movement) for movement in statement.movements)
            file.write(f"</{message.part}>\n")
        file.write(f"</{message.root}></Document>\n")


def _head(first: Statement, message: Message) -> str:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<Document xmlns="{message.namespace}"><{message.root}><GrpHdr>'
        f"<MsgId>{message.number[1:]}D{first.on:%Y%m%d}{first.account.iban[-10:]}</MsgId>{_created(first.on)}"
        f"<MsgRcpt><Nm>{escape(first.account.owner)}</Nm></MsgRcpt></GrpHdr>\n"
    )


def _statement(statement: Statement, message: Message) -> str:
    account, part = statement.account, message.part
    balances = (
        f"{_balance('PRCD', statement.opening, statement.opened_on)}{_balance('CLBD', statement.closing, statement.on)}"
    )
    return (
        f"<{part}><Id>0{account.iban[4:]}{statement.on:%Y%m%d}{statement.number:05d}</Id>"
        f"<{part}Pgntn><PgNb>1</PgNb><LastPgInd>true</LastPgInd></{part}Pgntn>"
        f"<ElctrncSeqNb>{statement.number}</ElctrncSeqNb>{_created(statement.on)}"
        f"<Acct><Id><IBAN>{account.iban}</IBAN></Id><Ccy>{account.currency}</Ccy>"
        f"<Ownr><Nm>{escape(account.owner)}</Nm></Ownr>"
        f"<Svcr><FinInstnId><BICFI>{account.bic}</BICFI><Nm>{escape(account.bank)}</Nm></FinInstnId></Svcr></Acct>"
        f"{balances if message.has_balances else ''}\n"
    )


def _entry(account: MerchantAccount, movement: Movement) -> str:
    day = movement.booked_on.isoformat()
    return (
        f"<Ntry>{_amount(movement.amount)}{_direction(movement.amount)}<Sts><Cd>BOOK</Cd></Sts>"
        f"<BookgDt><Dt>{day}</Dt></BookgDt><ValDt><Dt>{day}</Dt></ValDt>"
        f"<AcctSvcrRef>{movement.bank_reference}</AcctSvcrRef>{_code(movement)}"
        f"<NtryDtls>{_batch(movement)}{_transactions(account, movement)}</NtryDtls>"
        f"<AddtlNtryInf>{movement.booking.text}</AddtlNtryInf></Ntry>\n"
    )


def _batch(movement: Movement) -> str:
    if not movement.parts:
        return ""
    return f"<Btch><PmtInfId>{movement.group_id}</PmtInfId><NbOfTxs>{len(movement.parts)}</NbOfTxs></Btch>"


def _transactions(account: MerchantAccount, movement: Movement) -> str:
    each = movement.parts or (movement,)
    return "".join(f"<TxDtls>{''.join(_details(account, one))}</TxDtls>" for one in each)


def _details(account: MerchantAccount, movement: Movement) -> Iterator[str]:
    yield f"<Refs><EndToEndId>{escape(movement.end_to_end_id or 'NOTPROVIDED')}</EndToEndId>"
    yield f"{_element('MndtId', movement.mandate_id)}</Refs>"
    yield f"{_amount(movement.amount)}{_direction(movement.amount)}"
    if movement.original_amount is not None:
        yield f"<AmtDtls><InstdAmt>{_amount(movement.original_amount)}</InstdAmt></AmtDtls>"
    yield _code(movement)
    if movement.charges is not None:
        charges = movement.charges
        yield f'<Chrgs><TtlChrgsAndTaxAmt Ccy="{charges.currency}">{charges.text()}'
        yield "</TtlChrgsAndTaxAmt></Chrgs>"
    if movement.counterparty is not None:
        yield from _parties(account, movement)
    yield _remittance(movement)
    reason = movement.booking.reason
    if reason is not None:
        yield f"<RtrInf><Rsn><Cd>{reason}</Cd></Rsn></RtrInf>"


def _parties(account: MerchantAccount, movement: Movement) -> Iterator[str]:
    """Debtor and creditor; on a return they stay as they were: the merchant is debtor of a credit."""
    own_name, own_account = _party(account.owner), f"<Id><IBAN>{account.iban}</IBAN></Id>"
    name = _party(movement.counterparty or "", movement.creditor_id if movement.amount.minor < 0 else None)
    number = f"<Id><IBAN>{movement.iban}</IBAN></Id>" if movement.iban else None
    is_paid_to_us = (movement.amount.minor > 0) is not movement.is_return
    debtor, debtor_account = (name, number) if is_paid_to_us else (own_name, own_account)
    creditor, creditor_account = (own_name, own_account) if is_paid_to_us else (name, number)
    yield f"<RltdPties><Dbtr>{debtor}</Dbtr>{_element('DbtrAcct', debtor_account, is_markup=True)}"
    if movement.ultimate_party:
        yield f"<UltmtDbtr>{_party(movement.ultimate_party)}</UltmtDbtr>"
    yield f"<Cdtr>{creditor}</Cdtr>{_element('CdtrAcct', creditor_account, is_markup=True)}</RltdPties>"
    if movement.bic:
        agent = "DbtrAgt" if is_paid_to_us else "CdtrAgt"
        bank = f"<FinInstnId><BICFI>{movement.bic}</BICFI></FinInstnId>"
        yield f"<RltdAgts><{agent}>{bank}</{agent}></RltdAgts>"


def _party(name: str, creditor_id: str | None = None) -> str:
    known = f"<Id><PrvtId><Othr><Id>{creditor_id}</Id></Othr></PrvtId></Id>" if creditor_id else ""
    return f"<Pty><Nm>{escape(name, quote=False)}</Nm>{known}</Pty>"


def _remittance(movement: Movement) -> str:
    text = movement.remittance or ""
    pieces = [text[start : start + PIECE] for start in range(0, len(text), PIECE)]
    body = "".join(f"<Ustrd>{escape(piece, quote=False)}</Ustrd>" for piece in pieces)
    if movement.creditor_reference is not None:
        body += (
            "<Strd><CdtrRefInf><Tp><CdOrPrtry><Cd>SCOR</Cd></CdOrPrtry></Tp>"
            f"<Ref>{movement.creditor_reference}</Ref></CdtrRefInf></Strd>"
        )
    return f"<RmtInf>{body}</RmtInf>" if body else ""


def _code(movement: Movement) -> str:
    booking = movement.booking
    domain, family, sub_family = booking.iso
    return (
        f"<BkTxCd><Domn><Cd>{domain}</Cd>"
        f"<Fmly><Cd>{family}</Cd><SubFmlyCd>{sub_family}</SubFmlyCd></Fmly></Domn>"
        f"<Prtry><Cd>{booking.swift}+{booking.code}+{PRIMANOTA}+{booking.key}</Cd><Issr>DK</Issr></Prtry></BkTxCd>"
    )


def _balance(kind: str, amount: Amount, on: date) -> str:
    return (
        f"<Bal><Tp><CdOrPrtry><Cd>{kind}</Cd></CdOrPrtry></Tp>{_amount(amount)}{_direction(amount)}"
        f"<Dt><Dt>{on.isoformat()}</Dt></Dt></Bal>"
    )


def _amount(amount: Amount) -> str:
    return f'<Amt Ccy="{amount.currency}">{abs(amount).text()}</Amt>'


def _direction(amount: Amount) -> str:
    return "<CdtDbtInd>DBIT</CdtDbtInd>" if amount.minor < 0 else "<CdtDbtInd>CRDT</CdtDbtInd>"


def _created(day: date) -> str:
    return f"<CreDtTm>{day.isoformat()}T21:05:00+01:00</CreDtTm>"


def _element(name: str, content: str | None, *, is_markup: bool = False) -> str:
    if content is None:
        return ""
    return f"<{name}>{content if is_markup else escape(content, quote=False)}</{name}>"
