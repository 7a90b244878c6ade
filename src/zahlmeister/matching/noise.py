"""Numbers and words that stand in the texts of this merchant's payments whatever they pay for: they are no evidence.

The shop's own name, “Bestellung vom”, the phrase of a customer portal, its phone or tax number. Which they are, is
learned elsewhere; here they are left out of what was read.
"""

import re
from dataclasses import replace

from zahlmeister.matching.reading import Reading

#: A word of a folded text, as noise and phrases are made of.
WORD = re.compile(r"[A-Z0-9]+")


def without_noise(reading: Reading, noise: frozenset[str]) -> Reading:
    """The reading without the spellings and words that are noise; the same reading when it has none."""
    if not noise:
        return reading
    unheard = tuple(word for word in reading.words if word in noise)
    if not unheard and not any(spelling.text in noise for spelling in reading.spellings):
        return reading
    return replace(
        reading,
        spellings=tuple(spelling for spelling in reading.spellings if spelling.text not in noise),
        references=tuple(reference for reference in reading.references if reference not in noise),
        unheard=unheard,
    )
