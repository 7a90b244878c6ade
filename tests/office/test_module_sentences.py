"""What a shop with the payment module refuses is said in German."""

import pytest
from django.utils.translation import gettext, override

from zahlmeister.connectors.shops.module import handshake, safe, shop
from zahlmeister.connectors.shops.module.profiles import PROFILES, Oddity
from zahlmeister.office.module_sentences import SENTENCES
from zahlmeister.office.sentences import in_words
from zahlmeister.refusals import Refused, Unreachable


def refusals() -> list[str]:
    """Sentences as the connector says them."""
    said = [handshake._MANGLED, handshake._NO_CIPHER, shop._UNMOVED, shop._LEFT, shop._PLAIN, shop._SHORT]
    said += [shop._WARNINGS[oddity] for oddity in (Oddity.OPEN_TO_ALL, Oddity.SETTINGS_READABLE)]
    for told in (b"", b"<h1>Wartung</h1>"):
        with pytest.raises(Unreachable) as stop:
            handshake._said(told, "shop.example")
        said.append(str(stop.value))
    for step, value in ((1, "Access Code already set! Shop x"), (1, "already set for subshop 2!"), (2, "already set!")):
        with pytest.raises(Unreachable) as stop:
            handshake._check(handshake._STEPS[step], {handshake._STEPS[step].name: value}, "shop.example")
        said.append(str(stop.value))
    for number, digits in (("x", True), ("x'", False)):
        with pytest.raises(Refused) as refused:
            safe.number(number, digits=digits)
        said.append(str(refused.value))
    for subshops, codes in (("x", False), ("x'", True)):
        with pytest.raises(Refused) as refused:
            safe.subshops(subshops, codes=codes)
        said.append(str(refused.value))
    with pytest.raises(Refused) as refused:
        handshake._allowed(PROFILES["virtuemart"], {}, "")
    return [*said, str(refused.value)]


def test_the_refusals_of_a_module_are_said_in_german() -> None:
    with override("de"):
        english = [sentence for sentence in refusals() if in_words(sentence) == sentence]

    assert not english
    assert len(refusals()) == 18


def test_every_listed_sentence_has_its_translation() -> None:
    with override("de"):
        assert [sentence for sentence in SENTENCES if gettext(sentence) == sentence] == []
