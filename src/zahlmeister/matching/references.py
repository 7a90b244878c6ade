"""Payment references of ours with a slip in them: the check character tells that, and mostly what was meant."""

from zahlmeister.money.references import ALPHABET, is_payment_reference


def corrections(text: str) -> list[str]:
    """The valid references one wrong or two swapped characters away; empty when the text is valid or of other shape."""
    if len(text) != 8 or text[0] != "K" or is_payment_reference(text):
        return []
    wrong = [i for i in range(1, 8) if text[i] not in ALPHABET]
    if len(wrong) > 1:
        return []
    found = [
        replaced
        for i in wrong or range(1, 8)
        for character in ALPHABET
        if is_payment_reference(replaced := text[:i] + character + text[i + 1 :])
    ]
    if not wrong:
        found += [
            swapped
            for i in range(1, 7)
            if is_payment_reference(swapped := text[:i] + text[i + 1] + text[i] + text[i + 2 :])
        ]
    return found
