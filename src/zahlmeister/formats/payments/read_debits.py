"""Direct debits of a pain.008 file, as a bank would understand them."""

from lxml import etree

from zahlmeister.formats.payments.debits import DebitFile, DebitGroup, DirectDebit
from zahlmeister.formats.payments.mandates import Amendment, Mandate, Scheme, Sequence
from zahlmeister.formats.payments.messages import amount_at, child, children, instant_at, needed, party_at, said
from zahlmeister.formats.payments.read_fields import check_one_text, check_sums, day_at, own_account, refused_here
from zahlmeister.refusals import Unreadable

_CREDITOR_ID = "Id/PrvtId/Othr/Id"


def read_debits(element: etree._Element, name: str) -> DebitFile:
    """The file below its `CstmrDrctDbtInitn`; see `read_payment_orders`."""
    groups = tuple(_group(each, name) for each in children(element, "PmtInf"))
    file = refused_here(
        name,
        lambda: DebitFile(
            needed(element, "GrpHdr/MsgId", name),
            instant_at(element, "GrpHdr/CreDtTm", name),
            needed(element, "GrpHdr/InitgPty/Nm", name),
            groups,
        ),
    )
    header = child(element, "GrpHdr")
    assert header is not None
    check_sums(header, [debit.amount for debit in file.debits], name)
    return file


def _group(element: etree._Element, name: str) -> DebitGroup:
    where = f"{name}, group {needed(element, 'PmtInfId', name)[:40]}"
    debits = tuple(_debit(each, where) for each in children(element, "DrctDbtTxInf"))
    check_sums(element, [debit.amount for debit in debits], where)
    return refused_here(
        where,
        lambda: DebitGroup(
            needed(element, "PmtInfId", where),
            party_at(element, "Cdtr", where),
            own_account(element, "Cdtr", where),
            needed(element, f"CdtrSchmeId/{_CREDITOR_ID}", where),
            day_at(element, ("ReqdColltnDt",), where),
            debits,
            Scheme(_one_of(element, "PmtTpInf/LclInstrm/Cd", Scheme, where)),
            Sequence(_one_of(element, "PmtTpInf/SeqTp", Sequence, where)),
            is_batch=said(element, "BtchBookg") not in {"false", "0"},
            category=said(element, "PmtTpInf/CtgyPurp/Cd"),
        ),
    )


def _one_of(element: etree._Element, path: str, known: type[Scheme] | type[Sequence], where: str) -> str:
    code = needed(element, path, where)
    if code not in set(known):
        raise Unreadable(f"{where}: {path} is “{code[:10]}”; one of {', '.join(known)} is expected.")
    return code


def _debit(element: etree._Element, where: str) -> DirectDebit:
    where = f"{where}, direct debit {(said(element, 'PmtId/EndToEndId') or 'without end-to-end id')[:40]}"
    check_one_text(element, where)
    mandate = child(element, "DrctDbtTx/MndtRltdInf")
    if mandate is None:
        raise Unreadable(f"{where}: the mandate is missing.")
    return refused_here(
        where,
        lambda: DirectDebit(
            needed(element, "PmtId/EndToEndId", where),
            amount_at(element, "InstdAmt", where),
            party_at(element, "Dbtr", where),
            needed(element, "DbtrAcct/Id/IBAN", where),
            _mandate(mandate, where),
            said(element, "DbtrAgt/FinInstnId/BICFI", "DbtrAgt/FinInstnId/BIC"),
            text=said(element, "RmtInf/Ustrd"),
            purpose=said(element, "Purp/Cd"),
        ),
    )


def _mandate(element: etree._Element, where: str) -> Mandate:
    details = child(element, "AmdmntInfDtls")
    if details is None and said(element, "AmdmntInd") in {"true", "1"}:
        raise Unreadable(f"{where}: the mandate is said to have changed, but not how (AmdmntInfDtls).")
    return Mandate(
        needed(element, "MndtId", where),
        day_at(element, ("DtOfSgntr",), where),
        None if details is None else _amendment(details),
    )


def _amendment(element: etree._Element) -> Amendment:
    return Amendment(
        said(element, "OrgnlMndtId"),
        said(element, f"OrgnlCdtrSchmeId/{_CREDITOR_ID}"),
        said(element, "OrgnlCdtrSchmeId/Nm"),
        said(element, "OrgnlDbtrAcct/Id/IBAN"),
        is_other_account=said(element, "OrgnlDbtrAcct/Id/Othr/Id", "OrgnlDbtrAgt/FinInstnId/Othr/Id") is not None,
    )
