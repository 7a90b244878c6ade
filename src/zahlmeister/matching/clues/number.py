"""Is the order's number in the text: exactly, torn apart, with a slip, shortened, or is it somebody else's?"""

from collections.abc import Iterator

from zahlmeister.matching.facts import Clue, Item
from zahlmeister.matching.findings import Findings
from zahlmeister.matching.folding import compact
from zahlmeister.matching.numbers import SHORTEST, forms, is_one_slip, is_swap
from zahlmeister.matching.spellings import ABBREVIATED, JOINED, LOOK_ALIKE, Spelling
from zahlmeister.matching.weights import bits
from zahlmeister.money.references import corrections, is_creditor_reference, is_payment_reference, is_qr_reference

#: Another's number never speaks for an item; how much against it, depends on how easily such numbers are hit.
HARDLY = -1.0
_LEVELS = {JOINED: "number_joined", LOOK_ALIKE: "number_look_alike", ABBREVIATED: "number_abbreviated"}


def number_clue(findings: Findings, item: Item) -> Clue | None:
    """The best thing the text says about the item's numbers, or that it names another."""
    positive = _reference(findings, item) or _exact(findings, item) or _short(findings, item) or _slip(findings, item)
    return positive or _other(findings, item)


def _reference(findings: Findings, item: Item) -> Clue | None:
    if not item.reference:
        return None
    reference = compact(item.reference)
    if reference in findings.named:
        is_checked = is_payment_reference(reference) or is_creditor_reference(reference) or is_qr_reference(reference)
        chance = findings.chance.of_reference(reference) if is_checked else findings.chance.of_number(item.number)
        return Clue("reference", bits("reference" if is_checked else "number", chance), (item.reference,))
    for written in findings.reading.references:
        if reference in corrections(written):
            chance = findings.chance.of_mended_reference(reference)
            return Clue("reference_slip", bits("reference_slip", chance), (written,))
    return None


def _exact(findings: Findings, item: Item) -> Clue | None:
    spelling = findings.spelling_of(item.number)
    if spelling is not None:
        return _exactly(findings, item.number, spelling, "order_number")
    for number in item.invoice_numbers:
        spelling = findings.spelling_of(number)
        if spelling is not None:
            return _exactly(findings, number, spelling, "invoice_number")
    for number in item.tracking_numbers:
        if findings.spelling_of(number) is not None:
            return Clue("tracking_number", bits("number", findings.chance.of_number(number)), (number,))
    return None


def _exactly(findings: Findings, number: str, spelling: Spelling, kind: str) -> Clue:
    form = forms(number)
    before = findings.prefix_before(spelling) if form.prefix else ""
    is_prefixed = bool(form.prefix) and (spelling.text == form.compact or before.endswith(form.prefix))
    label = findings.label_before(spelling)
    if label == "customer":
        chance = findings.chance.of_bare_digits(form.core)
        return Clue(f"{kind}_other_prefix", bits("number_other_prefix", chance), (number, form.prefix or "-"))
    is_called_order = kind == "invoice_number" and label == "order"
    is_labelled = label not in {None, "customer"} and not is_called_order
    chance = findings.chance.of_number(number, with_prefix=is_prefixed or is_labelled)
    level = "number" if findings.is_as_given(spelling, number) else _LEVELS.get(spelling.how, "number")
    is_strange = spelling.how == JOINED or is_called_order or findings.is_prefix_of_orders(before)
    if form.prefix and not is_prefixed and is_strange:
        return Clue(f"{kind}_other_prefix", bits("number_other_prefix", chance), (number, form.prefix))
    kind = kind if level == "number" else f"{kind}_{level.removeprefix('number_')}"
    return Clue(kind, bits(level, chance), (number,))


def _short(findings: Findings, item: Item) -> Clue | None:
    """The number without its prefix or year."""
    for number in (item.number, *item.invoice_numbers):
        tail = forms(number).tail
        if tail:
            for spelling in _free(findings):
                if spelling.text.lstrip("0") == tail and spelling.how != JOINED:
                    is_labelled = findings.label_before(spelling) in {"order", "invoice"}
                    chance = findings.chance.of_tail(tail, is_labelled=is_labelled)
                    return Clue("number_tail", bits("number_tail", chance), (number, tail))
    return None


def _slip(findings: Findings, item: Item) -> Clue | None:
    best: Clue | None = None
    for number in (item.number, *item.invoice_numbers):
        form = forms(number)
        if len(form.core) <= SHORTEST:
            continue
        for spelling in findings.reading.spellings:
            if not is_one_slip(spelling.text, form.core):
                continue
            if number != item.number and findings.label_before(spelling) == "order":
                continue
            is_prefixed = bool(form.prefix) and findings.prefix_before(spelling).endswith(form.prefix)
            chance = findings.chance.of_number(number, with_prefix=is_prefixed)
            kind = "number_swap" if is_swap(spelling.text, form.core) else "number_slip"
            weight = bits(kind, chance)
            if best is None or weight > best.weight:
                best = Clue(kind, weight, (number, spelling.text))
    return best


def _free(findings: Findings) -> Iterator[Spelling]:
    """Spellings that are not already a number of ours."""
    for spelling in findings.reading.spellings:
        taken = any(
            spelling.start < named.end and named.start < spelling.end and len(named.text) > len(spelling.text)
            for named in findings.named.values()
        )
        if not taken:
            yield spelling


def _other(findings: Findings, item: Item) -> Clue | None:
    """The text names a number, and it is not this item's."""
    own = {forms(number).core for number in (item.customer_number,) if number}
    for spelling in findings.strange:
        if spelling.text not in own:
            return Clue("other_number", bits("other_number"), (spelling.text,))
    for text, owners in findings.owners.items():
        if item.id not in owners and text not in own:
            chance = findings.chance.of_number(text) * findings.chance.population.open_items
            return Clue("other_open_number", min(bits("other_open_number", chance), HARDLY), (text,))
    return None
