"""The words of the buyer's pages in the four languages of the three countries."""

from collections.abc import Mapping
from dataclasses import dataclass

LANGUAGES = {"de": "Deutsch", "en": "English", "fr": "Français", "it": "Italiano"}


@dataclass(frozen=True, slots=True)
class Words:
    """Everything the page says; `{…}` is filled in."""

    title: str
    order: str
    open: str
    part_paid: str
    paid: str
    overpaid: str
    cancelled: str
    carrier: str
    open_hint: str
    no_account: str
    only_reference: str
    copy: str
    copied: str
    scan: str
    slip: str
    language: str
    asks_itself: str
    nowhere: str
    nowhere_hint: str
    too_often: str
    too_often_hint: str


WORDS: Mapping[str, Words] = {
    "de": Words(
        title="Bestellung bezahlen",
        order="Bestellung {number}",
        open="Noch offen: {open}",
        part_paid="{paid} von {total} sind angekommen, es fehlen {open}",
        paid="Ihre Zahlung ist angekommen",
        overpaid="Ihre Zahlung ist angekommen, {surplus} zu viel",
        cancelled="Diese Bestellung ist storniert. Bitte überweisen Sie nichts mehr",
        carrier="Diese Bestellung bezahlen Sie beim Zusteller",
        open_hint="Eine Überweisung braucht bis zum nächsten Bankarbeitstag, eine Echtzeitüberweisung wenige Sekunden.",
        no_account="Die Kontoverbindung fehlt noch. Bitte wenden Sie sich an {shop}.",
        only_reference="Bitte geben Sie als Verwendungszweck nur diese Nummer an.",
        copy="Kopieren",
        copied="Kopiert",
        scan="Mit der Banking-App scannen",
        slip="Überweisungsträger als PDF",
        language="Sprache",
        asks_itself="Diese Seite zeigt von selbst, wenn Ihr Geld da ist.",
        nowhere="Diese Seite gibt es nicht",
        nowhere_hint="Bitte öffnen Sie den Link aus Ihrer Nachricht noch einmal, und zwar ganz.",
        too_often="Diese Seite wurde zu oft aufgerufen",
        too_often_hint="Bitte warten Sie eine Minute und laden Sie sie dann neu.",
    ),
    "en": Words(
        title="Pay your order",
        order="Order {number}",
        open="Still open: {open}",
        part_paid="{paid} of {total} has arrived, {open} is missing",
        paid="Your payment has arrived",
        overpaid="Your payment has arrived, {surplus} too much",
        cancelled="This order is cancelled. Please do not transfer anything",
        carrier="You pay for this order on delivery",
        open_hint="A transfer takes until the next banking day, an instant transfer a few seconds.",
        no_account="The account is not known yet. Please contact {shop}.",
        only_reference="Please enter nothing but this number as the reference.",
        copy="Copy",
        copied="Copied",
        scan="Scan with your banking app",
        slip="Transfer slip as PDF",
        language="Language",
        asks_itself="This page shows when your money has arrived; you need not reload it.",
        nowhere="There is no such page",
        nowhere_hint="Please open the link in your message again, the whole of it.",
        too_often="This page was opened too often",
        too_often_hint="Please wait a minute, then load it again.",
    ),
    "fr": Words(
        title="Payer votre commande",
        order="Commande {number}",
        open="Montant ouvert\u00a0: {open}",
        part_paid="{paid} sur {total} sont arrivés, il manque {open}",
        paid="Votre paiement est arrivé",
        overpaid="Votre paiement est arrivé, avec {surplus} de trop",
        cancelled="Cette commande est annulée. Veuillez ne plus rien virer",
        carrier="Vous payez cette commande à la livraison",
        open_hint="Un virement prend jusqu’au prochain jour bancaire, un virement instantané quelques secondes.",
        no_account="Le compte n’est pas encore connu. Veuillez contacter {shop}.",
        only_reference="Veuillez n’indiquer que ce numéro comme communication.",
        copy="Copier",
        copied="Copié",
        scan="À scanner avec votre application bancaire",
        slip="Bulletin de versement en PDF",
        language="Langue",
        asks_itself="Cette page indique d’elle-même quand votre argent est arrivé.",
        nowhere="Cette page n’existe pas",
        nowhere_hint="Veuillez rouvrir le lien de votre message en entier.",
        too_often="Cette page a été demandée trop souvent",
        too_often_hint="Veuillez attendre une minute, puis la recharger.",
    ),
    "it": Words(
        title="Pagare l’ordine",
        order="Ordine {number}",
        open="Importo aperto: {open}",
        part_paid="Sono arrivati {paid} di {total}, mancano {open}",
        paid="Il Suo pagamento è arrivato",
        overpaid="Il Suo pagamento è arrivato, con {surplus} di troppo",
        cancelled="Questo ordine è annullato. La preghiamo di non versare più nulla",
        carrier="Questo ordine si paga alla consegna",
        open_hint="Un bonifico arriva entro il prossimo giorno lavorativo bancario, uno istantaneo in pochi secondi.",
        no_account="Il conto non è ancora noto. La preghiamo di contattare {shop}.",
        only_reference="La preghiamo di indicare come causale soltanto questo numero.",
        copy="Copiare",
        copied="Copiato",
        scan="Da scansionare con l’app della banca",
        slip="Polizza di versamento in PDF",
        language="Lingua",
        asks_itself="Questa pagina mostra da sola quando il Suo denaro è arrivato.",
        nowhere="Questa pagina non esiste",
        nowhere_hint="La preghiamo di riaprire per intero il link del Suo messaggio.",
        too_often="Questa pagina è stata richiesta troppo spesso",
        too_often_hint="La preghiamo di attendere un minuto e poi di ricaricarla.",
    ),
}


def spoken(wanted: str, accepted: str, otherwise: str) -> str:
    """The language of a page: the one chosen on it, else the first that browser and we both have, else another.

    Args:
        wanted: what was chosen, empty when nothing was.
        accepted: the browser's `Accept-Language`.
        otherwise: of the sender.
    """
    offered = [part.partition(";")[0].strip()[:2].lower() for part in accepted.split(",")]
    return next((code for code in (wanted, *offered, otherwise) if code in LANGUAGES), "en")
