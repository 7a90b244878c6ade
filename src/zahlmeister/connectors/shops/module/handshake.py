"""How a shop and we get to know each other: one request in which the module takes over our keys and tries them.

The module answers step by step and stops where something is wrong: it is reached, takes the access code, takes the API
key, chooses a cipher, reads our probe, writes its own. Whoever comes first is trusted, so a shop that knows somebody
already refuses us until its owner empties two fields there.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import md5
from typing import Any

from zahlmeister.connectors.shops.module import safe
from zahlmeister.connectors.shops.module.ciphers import Cipher
from zahlmeister.connectors.shops.module.keys import Keys, new_keys
from zahlmeister.connectors.shops.module.line import Line, may_be_plain
from zahlmeister.connectors.shops.module.profiles import Profile, Subshops, profile_of
from zahlmeister.connectors.shops.module.push import mark
from zahlmeister.connectors.shops.module.wire import NotOurs, glimpse, text
from zahlmeister.connectors.shops.systems import Introduced
from zahlmeister.connectors.web import site
from zahlmeister.refusals import Refused, Unreachable

PROBE = "Can you hear me?"
ECHO = "Yes, I see you!"
#: What stands where no probe is sent, so that the module cannot choose this cipher.
_NO_PROBE = "bm8="
#: Bits of our RSA keys, in the order in which they are tried.
_SIZES = (2048, 1024)
_STRENGTH = ("base64", "mcrypt", "openssl")
_SECRETS = re.compile(r"[A-Za-z0-9]{16,}")

_TAKEN = (
    "The shop already has {what} of another service or of an earlier connection{whose}. Empty the fields "
    "“Access code” and “API key” in the settings of the shop's module, save them, and connect again."
)
_MANGLED = (
    "The access code arrived changed at the shop. Something between here and the shop alters what is sent (a filter, "
    "a firewall); ask the shop's host to leave the module's address alone."
)
_NO_CIPHER = (
    "The shop's PHP offers no encryption that is allowed for it. Ask its host for the PHP extension openssl, "
    "or allow this shop, reached by HTTPS, to do without a second encryption."
)


class NotAgreed(Unreachable):
    """The shop is willing, but there is no cipher by which both understand each other."""


@dataclass(frozen=True, slots=True)
class _Step:
    """A step of the module's answer: its name, how its success begins, and what its refusals mean."""

    name: str
    success: str
    about: str
    refusals: tuple[tuple[str, str], ...] = ()


_STEPS = (
    _Step("connection", "connectionsuccess", "the first word"),
    _Step(
        "accesskey",
        "accesskeysuccess",
        "the access code",
        (("Hashes do not match", _MANGLED), ("already set", _TAKEN.replace("{what}", "an access code"))),
    ),
    _Step("apikey", "apikeysuccess", "the API key", (("already set", _TAKEN.replace("{what}", "an API key")),)),
)


def introduce_module(settings: Mapping[str, Any], secret: Mapping[str, str]) -> Introduced:
    """Agree on keys with a shop; called again, the keys are changed and the access code stays.

    Args:
        settings: `module` the system, `address` of the shop, `subshops` if it has several, `path` where its module
            listens if not at the usual place, `allow_plain` whether no second encryption may do inside of HTTPS.
        secret: what was kept of an earlier handshake; or `access_code` and `api_key` if the merchant knows them.

    Raises:
        Unreachable: the shop does not answer, or refuses; the sentence says what its owner can do.
        Refused: the settings are not enough.
    """
    profile = profile_of(str(settings.get("module", "")))
    chosen = safe.subshops(str(settings.get("subshops", "")), codes=profile.subshops is Subshops.CODES)
    for name in ("access_code", "api_key"):
        if secret.get(name):
            safe.callback(secret[name])
    allowed = _allowed(profile, settings, secret.get("cipher", ""))
    with site(str(settings.get("address", ""))) as far:
        line = Line(far, profile, str(settings.get("path", "")))
        first, *others = chosen.split(",") if profile.subshops is Subshops.NUMBERS else [""]
        keys, cipher = _agree(line, allowed, secret, first)
        for subshop in others:  # one at a time: a module that takes several at once keeps the keys of the last only
            if shake_hands(line, keys, (cipher.name,), subshop).name != cipher.name:
                raise NotAgreed(f"Subshop {subshop} of {line.host} wants another cipher than the first one.")
    agreed = {"subshops": chosen, "key_bits": keys.our_key.key_size, "mark": mark(keys.api_key)}
    return Introduced({**settings, **agreed}, keys.kept(cipher))


def _allowed(profile: Profile, settings: Mapping[str, Any], agreed: str) -> tuple[str, ...]:
    """The ciphers that the shop may choose from: never a weaker one than was agreed on before."""
    plain = may_be_plain(settings)
    least = _STRENGTH.index(agreed) if agreed in _STRENGTH else 0
    allowed = [one for one in profile.ciphers if _STRENGTH.index(one) >= least and (one != "base64" or plain)]
    if not allowed:
        raise Refused(
            f"The module of {profile.label} can hide nothing by itself. It can be connected when the shop is reached "
            "by HTTPS and you allow it to do without a second encryption."
        )
    return tuple(allowed)


def _agree(line: Line, allowed: tuple[str, ...], known: Mapping[str, str], subshop: str) -> tuple[Keys, Cipher]:
    """Try the long keys, then the short ones where the shop could not keep the long ones."""
    for bits in _SIZES[:-1]:
        keys = new_keys(bits, known)
        known = {**known, "access_code": keys.access_code, "api_key": keys.api_key}
        try:
            cipher = shake_hands(line, keys, allowed, subshop)
        except NotAgreed:
            continue
        if cipher.name == "openssl" or "openssl" not in allowed:
            return keys, cipher
    keys = new_keys(_SIZES[-1], known)
    return keys, shake_hands(line, keys, allowed, subshop)


def shake_hands(line: Line, keys: Keys, allowed: tuple[str, ...], subshop: str) -> Cipher:
    """One conversation; the cipher that the shop chose and that works in both directions.

    Raises:
        Unreachable: the shop does not answer as a module does, or refuses access code or API key (permanent).
        NotAgreed: no cipher works.
    """
    ciphers = keys.ciphers()
    reply = line.ask("init", _offer(keys, ciphers, allowed, subshop))
    said = _said(reply, line.host)
    for step in _STEPS:
        _check(step, said, line.host)
    name = said.get("encryption", "").partition("#")[0].strip()
    cipher = ciphers.get(name)
    if cipher is None:
        raise NotAgreed(_NO_CIPHER, permanent=True)
    if name not in allowed:
        raise NotAgreed(
            f"{line.host} wants to talk by “{name}”, which is weaker than what was agreed on or is allowed. "
            "Nothing was read.",
            permanent=True,
        )
    _try(cipher, said, line.host)
    return cipher


def _offer(keys: Keys, ciphers: Mapping[str, Cipher], allowed: tuple[str, ...], subshop: str) -> dict[str, str]:
    """All fields the module reads, those of ciphers that are not allowed without a probe."""

    def probe(name: str) -> str:
        return ciphers[name].hide(PROBE) if name in allowed else _NO_PROBE

    return {
        "accesscode": keys.access_code,
        "accesscode_hash": md5(keys.access_code.encode(), usedforsecurity=False).hexdigest(),
        "apikey": keys.api_key,
        "privateKey": keys.shop_private(),
        "publicKey": keys.our_public(),
        "testSSLEnc": probe("openssl"),
        "mCryptSecretKey": keys.aes_key,
        "mCryptIV": keys.aes_iv,
        "testMCryptEnc": probe("mcrypt"),
        "testBase64Enc": probe("base64"),
        **({"s": subshop} if subshop else {}),
    }


def _said(reply: bytes, host: str) -> dict[str, str]:
    """The steps of the answer; what PHP prints before it is passed over."""
    whole = text(reply)
    start = whole.find("connection:")
    if start < 0:
        seen = glimpse(reply)
        shows = f"shows “{seen}”" if seen else "shows an empty page"
        raise Unreachable(
            f"At the module's address {host} {shows}, which is no answer of the module. Check the address and the "
            "system, and that the module is installed and switched on.",
            permanent=True,
        )
    parts = (part.partition(":") for part in whole[start:].split("|"))
    return {name.strip(): value for name, _, value in parts}


def _check(step: _Step, said: Mapping[str, str], host: str) -> None:
    value = said.get(step.name)
    if value is None:
        raise Unreachable(f"{host} broke off before it had answered to {step.about}.")
    if value.startswith(step.success):
        return
    for sign, sentence in step.refusals:
        if sign.lower() in value.lower():
            whose = re.search(r"subshop ([0-9]{1,9})", value)
            told = sentence.replace("{whose}", f" (subshop {whose[1]})" if whose else "")
            raise Unreachable(told, permanent=True)
    shown = _SECRETS.sub("…", glimpse(value.encode()))
    raise Unreachable(f"{host} does not take {step.about}: “{shown}”.", permanent=True)


def _try(cipher: Cipher, said: Mapping[str, str], host: str) -> None:
    """Whether the shop can read us, and we the shop."""
    read = said.get("decryptiontest")
    written = said.get("encryptiontest")
    if read is None or written is None:
        raise Unreachable(f"{host} broke off before it had tried the keys.")
    if not read.startswith("ok"):
        raise NotAgreed(f"{host} cannot read what we send: “{glimpse(read.encode())}”.", permanent=True)
    try:
        heard = cipher.reveal(written.encode("utf-8"))
    except NotOurs:
        heard = b""
    if heard.decode("utf-8", "replace").strip() != ECHO:
        seen = _SECRETS.sub("…", glimpse(written.encode()))
        raise NotAgreed(f"What {host} sends cannot be opened with the keys it was given: “{seen}”.", permanent=True)
