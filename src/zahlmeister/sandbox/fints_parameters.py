"""What the sandbox bank says of itself and of its customer in FinTS: its orders, TAN methods and accounts."""

from collections.abc import Sequence
from dataclasses import dataclass

from zahlmeister.sandbox.fints_wire import escaped
from zahlmeister.sandbox.movements import MerchantAccount

CAMT = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"
PAIN = "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"
#: The form in which the result of many payees would be told.
REPORT = "sepade.pain.002.001.10.xsd"
BANK_CODE = "10070000"
#: A picture of one point, as banks send the coloured matrix: type and bytes, each with its length before it.
_POINT = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360606060000000050001"
    "a5f645400000000049454e44ae426082"
)


def _matrix(picture: bytes) -> bytes:
    kind = b"image/png"
    filled = picture + b"\0" * max(0, 300 - len(picture))  # shorter ones are taken for a flicker code
    return len(kind).to_bytes(2) + kind + len(filled).to_bytes(2) + filled


@dataclass(frozen=True, slots=True)
class Method:
    """A way to prove who one is, as the bank announces it."""

    function: str  # the number that orders are signed with
    name: str
    challenge: str
    is_decoupled: bool = False
    wants_medium: bool = False
    matrix: bytes = b""

    @property
    def announced(self) -> str:
        kind = ("Decoupled", "") if self.is_decoupled else ("HHD", "1.4")
        waits = ":20:1:1:J:J" if self.is_decoupled else ":::::"
        medium, media = ("2", "2") if self.wants_medium else ("0", "1")
        return (
            f"{self.function}:2:{self.name[:12]}:{kind[0]}:{kind[1]}:{escaped(self.name)}:6:1:TAN:256:J:2:N:0:0:N:N:00:"
            f"{medium}:N:{media}{waits}"
        )


TEXT = Method("942", "mobileTAN", "Bitte geben Sie die TAN für {what} ein.")
PHOTO = Method("962", "photoTAN", "Bitte lesen Sie das Bild für {what}.", matrix=_matrix(_POINT))
PUSH = Method("944", "pushTAN", "Bitte bestätigen Sie {what} in der App.", is_decoupled=True)
LISTED = Method("972", "chipTAN manuell", "Startcode 4711 für {what}.", wants_medium=True)


def bank_parameters(methods: Sequence[Method], *, has_camt: bool, verifies_payees: bool = False) -> list[str]:
    """The BPD: which orders there are, and which of them want a TAN."""
    announced = ":".join(each.announced for each in methods)
    statements = ["HICAZS::1:4+1+1+1+450:N:N:" + escaped(CAMT)] if has_camt else []
    with_tan = [*(["HKCAZ:J"] if has_camt else []), "HKKAZ:J", "HKCCS:J", "HKCCM:J", "HKIPZ:J", "HKSPA:N", "HKTAB:N"]
    with_tan += ["HKDSE:J", "HKDME:J"]
    verified = [f"HIVPPS::1:4+1+1+1+999:N:V:J:N:{REPORT}:HKCCS:HKCCM:HKIPZ"] if verifies_payees else []
    return [
        f"HIBPA::3:4+78+280:{BANK_CODE}+Sandbox Bank+1+1+300+500",
        "HIKAZS::7:4+1+1+1+450:N:N",
        *statements,
        *verified,
        f"HISPAS::1:4+1+1+1+J:N:N:{escaped(PAIN)}",
        "HICCSS::1:4+1+1+1",
        "HICCMS::1:4+1+1+1+500:J:J",
        "HIIPZS::1:4+1+1+1",
        "HIDSES::1:4+1+1+1+1:14:1:14",
        "HIDMES::1:4+1+1+1+1:14:1:14:500:J:J",
        "HITABS::4:4+1+1+1",
        f"HITANS::7:4+1+1+1+N:N:0:{announced}",
        f"HIPINS::1:4+1+1+1+5:20:6:Benutzer::{':'.join(with_tan)}",
    ]


def user_parameters(user: str, accounts: Sequence[MerchantAccount]) -> list[str]:
    """The UPD: the accounts and what may be done with them."""
    allowed = "+".join(f"{name}:1" for name in ("HKKAZ", "HKCAZ", "HKSPA", "HKCCS", "HKCCM", "HKIPZ", "HKDSE", "HKDME"))
    own = [
        f"HIUPD::6:4+{each.iban[12:]}::280:{each.iban[4:12]}+{each.iban}+{user}+1+{each.currency}+"
        f"{escaped(each.owner[:27])}++Kontokorrent++{allowed}"
        for each in accounts
    ]
    return [f"HIUPA::4:4+{user}+3+0", *own]
