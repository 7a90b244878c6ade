"""Money known to be for no order: payment providers, tax, salary, and whom the merchant ignores.

Rules are data. A provider's settlement is never an order's payment. An authority or an insurance may also be a
customer, so its money is only ignored when it names no order.
"""

import re
from functools import lru_cache

from zahlmeister.matching.facts import Payment, Policy
from zahlmeister.matching.folding import compact, fold
from zahlmeister.matching.noise import WORD
from zahlmeister.matching.patterns import fits

#: The payer begins with, or contains as words, one of these: reason → patterns on the folded name.
_PROVIDERS = (
    r"PAYPAL|KLARNA|ADYEN|STRIPE (?:PAYMENTS|TECHNOLOGY|INC)|STRIPE$|SUMUP|MOLLIE (?:B\.?V|PAYMENTS)|CONCARDIS|"
    r"NEXI|PAYONE|UNZER|HEIDELPAY|WORLDLINE|WORLDPAY|SIX PAYMENT|TELECASH|FIRST DATA|FISERV|VR PAYMENT|WIRECARD|"
    r"COMPUTOP|AMERICAN EXPRESS|AMAZON PAYMENTS?|RATEPAY|BILLPAY|AFTERPAY|RIVERTY|CHECKOUT\.?COM|GOCARDLESS|"
    r"TWINT|POSTFINANCE CHECKOUT|I?ZETTLE|SHOPIFY"
)
_ALWAYS = (("provider", _PROVIDERS),)
_UNLESS_NAMED = (
    ("tax", r"FINANZAMT|FINANZKASSE|BUNDESKASSE|LANDESKASSE|OBERKASSE|STEUERVERWALTUNG|LANDESHAUPTKASSE"),
    ("subsidy", r"AGENTUR FUER ARBEIT|AGENTUR FUR ARBEIT|BUNDESAGENTUR|BAFA|KREDITANSTALT"),
    ("insurance", r"KRANKENKASSE|VERSICHERUNGS?|INSURANCE|BERUFSGENOSSENSCHAFT|RENTENVERS|AOK|BARMER|KNAPPSCHAFT"),
)  # fmt: skip
_TEXTS = (
    ("salary", r"LOHN|GEHALT|BEZUEGE|BEZUGE|LOHN/GEHALT"),
    ("rent", r"MIETE|KALTMIETE|NEBENKOSTEN"),
    ("tax", r"UST(?:-| )?ERSTATTUNG|STEUERERSTATTUNG|UMSATZSTEUER"),
    ("supplier", r"LIEFERANTENGUTSCHRIFT"),
    ("private", r"PRIVATEINLAGE|EINLAGE|DARLEHEN|UMBUCHUNG|EIGENUEBERTRAG"),
)  # fmt: skip
#: So much of a text is compared with rules; banks carry 140 letters, their additions some hundred more.
_LONGEST = 4_000
#: Codes of the German banks (GVC) for credits that are never for an order.
_SALARY_CODES = frozenset({"153", "154", "155", "156", "820"})


def _words(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![A-Z])(?:{pattern})(?![A-Z])")


_ALWAYS_RULES = tuple((reason, _words(pattern)) for reason, pattern in _ALWAYS)
_UNLESS_RULES = tuple((reason, _words(pattern)) for reason, pattern in _UNLESS_NAMED)
_TEXT_RULES = tuple((reason, _words(pattern)) for reason, pattern in _TEXTS)


def is_ignored(payment: Payment, policy: Policy) -> str | None:
    """Why the payment is for no order, whatever it says; None when it may be for one."""
    if not payment.may_be_ignored:
        return None
    if _is_ruled_out(payment, policy):
        return "own_rule"
    if policy.ignores_known_providers and payment.payer:
        return _provider(fold(payment.payer))
    return None


def is_other_money(payment: Payment, policy: Policy) -> str | None:
    """Why a payment that names no order of ours is probably for none."""
    if not payment.may_be_ignored:
        return None
    text = fold(" ".join(payment.remittance_pieces) or payment.remittance or "")[:2_000]
    if policy.ignored_phrases and _has_a_phrase(text, policy.ignored_phrases):
        return "own_rule"
    if not policy.ignores_known_providers:
        return None
    if payment.bank_code in _SALARY_CODES:
        return "salary"
    return _authority(fold(payment.payer or "")) or _rule(_TEXT_RULES, text)


def _is_ruled_out(payment: Payment, policy: Policy) -> bool:
    """Whether a rule of the merchant's says so; most merchants have none of most kinds."""
    if policy.ignored_payers and _is_listed(payment, policy):
        return True
    if any(payment.currency == currency and payment.minor > minor for currency, minor in policy.ignored_above):
        return True
    if not policy.ignored_words and not policy.ignored_patterns:
        return False
    text = (payment.remittance or " ".join(payment.remittance_pieces))[:_LONGEST]
    words = set(WORD.findall(fold(text)))
    return any(words.issuperset(wanted) for wanted in policy.ignored_words) or any(
        fits(pattern, text) for pattern in policy.ignored_patterns
    )


@lru_cache(maxsize=1 << 14)
def _provider(payer: str) -> str | None:
    return _rule(_ALWAYS_RULES, payer)


@lru_cache(maxsize=1 << 14)
def _authority(payer: str) -> str | None:
    return _rule(_UNLESS_RULES, payer)


def _rule(rules: tuple[tuple[str, re.Pattern[str]], ...], folded: str) -> str | None:
    return next((reason for reason, pattern in rules if pattern.search(folded)), None)


def _has_a_phrase(text: str, phrases: tuple[str, ...]) -> bool:
    """Whether one of the merchant's phrases stands in a folded text, as whole words."""
    said = f" {' '.join(WORD.findall(text))} "
    return any(f" {phrase} " in said for phrase in phrases)


def _is_listed(payment: Payment, policy: Policy) -> bool:
    names = {fold(name) for name in (payment.payer, payment.ultimate_payer) if name}
    return (payment.iban is not None and compact(payment.iban) in policy.ignored_payers) or bool(
        names & policy.ignored_payers
    )
