"""Where in a camt message each fact stands: one table for all versions from .01 to .13.

Paths are spelled with local names only, because banks send the right elements in the wrong namespace, or in
none. Versions differ in a few places (a party's name, a status, a bank's BIC, charges); both spellings are in
the table.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Union


class Paths(dict[str, Union["Action", None]]):
    """What to do with a child element, by its tag; an unknown one is skipped with all that is in it."""

    #: A hostile file could hold a million different tags; so many are remembered, more are looked up again.
    REMEMBERED = 500

    def __init__(self, children: Mapping[str, "Spec"]) -> None:
        super().__init__()
        self.update({tag: _action(spec) for tag, spec in children.items()})

    def __missing__(self, tag: str) -> "Action | None":
        local = tag.rpartition("}")[2]
        action = self[local] if local != tag and local in self else None
        if len(self) < self.REMEMBERED:
            self[tag] = action
        return action


@dataclass(frozen=True, slots=True)
class Money:
    """Keep the element's text and its currency as a pair."""

    name: str


@dataclass(frozen=True, slots=True)
class Every:
    """Keep the texts of all such elements, in order."""

    name: str


@dataclass(frozen=True, slots=True)
class Either:
    """The element holds the text itself (older versions) or a child does (newer ones)."""

    name: str
    paths: Paths


@dataclass(frozen=True, slots=True)
class Group:
    """Keep each such element as a mapping of its own, in order."""

    name: str
    paths: Paths


@dataclass(frozen=True, slots=True)
class EachOf:
    """A group as it is written in the table."""

    name: str
    children: Mapping[str, "Spec"]


Action = str | Money | Every | Either | Group | Paths
Spec = str | Money | Every | Either | EachOf | Mapping[str, "Spec"]


def _action(spec: "Spec") -> "Action":
    if isinstance(spec, EachOf):
        return Group(spec.name, Paths(spec.children))
    if isinstance(spec, str | Money | Every | Either):
        return spec
    return Paths(spec)


def _party(prefix: str) -> Spec:
    return {
        "Nm": f"{prefix}_name",
        "Pty": {"Nm": f"{prefix}_name"},
        "Agt": {"FinInstnId": {"Nm": f"{prefix}_name"}},
    }


def _account(prefix: str) -> Spec:
    return {
        "Id": {
            "IBAN": f"{prefix}_iban",
            "Othr": {"Id": f"{prefix}_other"},
            "PrtryAcct": {"Id": f"{prefix}_other"},
            "BBAN": f"{prefix}_other",
        }
    }


def _bank(prefix: str) -> Spec:
    return {"FinInstnId": {"BICFI": f"{prefix}_bic", "BIC": f"{prefix}_bic"}}


_CODE: Spec = {
    "Domn": {"Cd": "domain", "Fmly": {"Cd": "family", "SubFmlyCd": "subfamily"}},
    "Prtry": {"Cd": "proprietary", "Issr": "issuer"},
}
_CHARGES: Spec = EachOf(
    "charges",
    {
        "TtlChrgsAndTaxAmt": Money("total"),
        "Amt": Money("amount"),
        "CdtDbtInd": "sign",
        "Rcrd": EachOf("records", {"Amt": Money("amount"), "CdtDbtInd": "sign"}),
    },
)
_AMOUNTS: Spec = {
    "InstdAmt": {"Amt": Money("instructed")},
    "TxAmt": {"Amt": Money("transaction_amount")},
    "CntrValAmt": {"Amt": Money("counter_value")},
}
_REMITTANCE: Spec = {
    "Ustrd": Every("unstructured"),
    "Strd": {
        "CdtrRefInf": {"Ref": Every("references"), "CdtrRef": Every("references")},
        "RfrdDocInf": {"Nb": Every("documents"), "RfrdDocNb": Every("documents")},
        "RfrdDocNb": Every("documents"),
        "AddtlRmtInf": Every("additional_remittance"),
    },
}

DETAIL = Paths(
    {
        "Refs": {
            "EndToEndId": "end_to_end_id",
            "MndtId": "mandate_id",
            "AcctSvcrRef": "bank_reference",
            "InstrId": "instruction_id",
            "TxId": "transaction_id",
            "AcctOwnrTxId": "owner_id",
            "Prtry": EachOf("proprietary_references", {"Tp": "type", "Ref": "reference"}),
        },
        "Amt": Money("amount"),
        "CdtDbtInd": "sign",
        "AmtDtls": _AMOUNTS,
        "BkTxCd": _CODE,
        "Chrgs": _CHARGES,
        "RltdPties": {
            "Dbtr": _party("debtor"),
            "DbtrAcct": _account("debtor"),
            "UltmtDbtr": _party("ultimate_debtor"),
            "Cdtr": _party("creditor"),
            "CdtrAcct": _account("creditor"),
            "UltmtCdtr": _party("ultimate_creditor"),
        },
        "RltdAgts": {"DbtrAgt": _bank("debtor"), "CdtrAgt": _bank("creditor")},
        "RmtInf": _REMITTANCE,
        "RtrInf": {
            "Rsn": {"Cd": "return_code", "Prtry": "return_proprietary"},
            "RtrRsn": {"Cd": "return_code", "Prtry": "return_proprietary"},
            "AddtlInf": Every("return_words"),
            "AddtlRtrRsnInf": Every("return_words"),
        },
        "AddtlTxInf": "additional",
    }
)

ENTRY = Paths(
    {
        "NtryRef": "entry_reference",
        "Amt": Money("amount"),
        "CdtDbtInd": "sign",
        "RvslInd": "reversal",
        "Sts": Either("status", Paths({"Cd": "status", "Prtry": "status"})),
        "BookgDt": {"Dt": "booked_on", "DtTm": "booked_on"},
        "ValDt": {"Dt": "value_on", "DtTm": "value_on"},
        "AcctSvcrRef": "bank_reference",
        "BkTxCd": _CODE,
        "AmtDtls": _AMOUNTS,
        "Chrgs": _CHARGES,
        "AddtlNtryInf": "additional",
    }
)

STATEMENT = Paths(
    {
        "Id": "identification",
        "ElctrncSeqNb": "sequence",
        "StmtPgntn": {"PgNb": "page"},
        "RptPgntn": {"PgNb": "page"},
        "NtfctnPgntn": {"PgNb": "page"},
        "CreDtTm": "created",
        "CpyDplctInd": "copy",
        "Acct": {
            "Id": {
                "IBAN": "account_iban",
                "BBAN": "account_other",
                "Othr": {"Id": "account_other"},
                "PrtryAcct": {"Id": "account_other"},
            },
            "Ccy": "account_currency",
        },
        "Bal": EachOf(
            "balances",
            {
                "Tp": {"CdOrPrtry": {"Cd": "type", "Prtry": "type"}, "Cd": "type"},
                "Amt": Money("amount"),
                "CdtDbtInd": "sign",
                "Dt": {"Dt": "on", "DtTm": "on"},
            },
        ),
    }
)
