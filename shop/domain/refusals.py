"""The words for every refusal and every way a visit can end: what, and the next step, in two languages."""

from shop.domain import account_refusals
from shop.domain.words import AGAIN as _AGAIN
from shop.domain.words import Words

_OPERATOR = ("Bitte rufen Sie den Betreiber an.", "Please call the operator.")
_STAFF_LOOKS = (
    "Sie müssen nichts tun. Wir melden uns, sobald jemand nachgesehen hat.",
    "You need not do anything. We will tell you once somebody has looked.",
)
_NOTHING = "Es wurde nichts abgebucht."
_NOTHING_EN = "Nothing was charged."

WORDS: dict[str, Words] = {
    # input
    "invalid_input": Words("Die Angaben stimmen so nicht.", "The input is not valid.", *_AGAIN),
    "invalid_json": Words("Die Anfrage ist nicht lesbar.", "The request cannot be read.", *_AGAIN),
    "not_json": Words("Die Anfrage muss JSON sein.", "The request must be JSON.", *_AGAIN),
    "idempotency_key_reused": Words(
        "Dieser Schlüssel gehört schon zu einer anderen Anfrage.",
        "This key already belongs to another request.",
        "Bitte nehmen Sie für jede neue Anfrage einen neuen Schlüssel.",
        "Please use a new key for each new request.",
    ),
    "too_large": Words("Die Anfrage ist zu groß.", "The request is too large.", *_AGAIN),
    "too_many": Words(
        "So viele gehen nicht in einen Einkauf.",
        "That is too many for one visit.",
        "Bitte verringern Sie die Menge.",
        "Please lower the quantity.",
    ),
    "too_many_requests": Words(
        "Das waren zu viele Versuche hintereinander.",
        "Too many attempts in a row.",
        "Bitte warten Sie einen Moment.",
        "Please wait a moment.",
    ),
    "not_found": Words("Das gibt es hier nicht.", "There is no such thing here.", *_AGAIN),
    "not_allowed": Words(
        "Dieser Aufruf ist hier nicht vorgesehen.", "This call is not possible here.", *_AGAIN
    ),
    "internal": Words(
        "Bei uns ist ein Fehler passiert. Ihr Einkauf ist nicht verloren.",
        "Something went wrong on our side. Your visit is not lost.",
        *_AGAIN,
    ),
    "unavailable": Words(
        "Der Dienst ist kurz nicht erreichbar. Ihr Einkauf ist nicht verloren.",
        "The service is away for a moment. Your visit is not lost.",
        *_AGAIN,
    ),
    "not_set_up": Words(
        "Dieser Laden ist noch nicht eingerichtet.", "This shop is not set up yet.", *_OPERATOR
    ),
    **account_refusals.WORDS,
    # the door
    "unknown_store": Words("Diesen Laden gibt es hier nicht.", "There is no such store here.", *_AGAIN),
    "unknown_door": Words(
        "Diesen Türcode kennen wir nicht.",
        "We do not know this door code.",
        "Bitte prüfen Sie den Code an der Tür.",
        "Please check the code at the door.",
    ),
    "old_door_code": Words(
        "Dieser Code gilt nicht mehr.",
        "This code is no longer valid.",
        "Bitte scannen Sie den Code auf der Anzeige an der Tür noch einmal.",
        "Please scan the code on the display at the door again.",
    ),
    "other_store": Words(
        "Diese Tür gehört zu einem anderen Laden.",
        "This door belongs to another store.",
        "Bitte wählen Sie zuerst den Laden, vor dem Sie stehen.",
        "Please choose the store you stand at first.",
    ),
    "exit_untested": Words(
        "Der Laden ist noch nicht freigegeben: die Prüfung des Ausgangs fehlt oder ist zu alt.",
        "The store is not cleared yet: its exit test is missing or too old.",
        *_OPERATOR,
    ),
    "store_closed": Words(
        "Der Laden ist zurzeit geschlossen.",
        "The store is closed at the moment.",
        "Bitte kommen Sie später wieder.",
        "Please come back later.",
    ),
    "store_full": Words(
        "Es sind gerade so viele Menschen im Laden, wie hineindürfen.",
        "There are as many people inside as the store may hold.",
        "Bitte warten Sie, bis jemand herauskommt.",
        "Please wait until somebody comes out.",
    ),
    "store_has_room": Words(
        "Im Laden ist gerade Platz.",
        "There is room in the store right now.",
        "Sie können gleich hinein.",
        "You can go in now.",
    ),
    "door_unavailable": Words(
        "Das Türschloss antwortet gerade nicht. " + _NOTHING,
        "The door lock does not answer at the moment. " + _NOTHING_EN,
        *_OPERATOR,
    ),
    "door_busy": Words(
        "Gerade geht jemand anderes durch diese Tür. " + _NOTHING,
        "Somebody else is going through this door right now. " + _NOTHING_EN,
        "Bitte versuchen Sie es in zehn Sekunden noch einmal.",
        "Please try again in ten seconds.",
    ),
    "visit_open": Words(
        "Sie haben schon einen offenen Einkauf.",
        "You already have an open visit.",
        "Bitte beenden Sie ihn zuerst.",
        "Please end it first.",
    ),
    "payment_due": Words(
        "Ein früherer Einkauf ist noch nicht bezahlt.",
        "An earlier visit is not paid yet.",
        "Bitte bezahlen Sie ihn zuerst.",
        "Please pay it first.",
    ),
    "customer_blocked": Words("Ihr Zugang ist gesperrt.", "Your access is blocked.", *_OPERATOR),
    "no_payment_method": Words(
        "Sie haben noch keine Karte hinterlegt.",
        "You have not saved a card yet.",
        "Bitte hinterlegen Sie eine Karte.",
        "Please save a card.",
    ),
    # inside
    "not_shopping": Words(
        "Das geht nur, während Sie im Laden sind.", "This is possible only while you are inside.", *_AGAIN
    ),
    "unknown_product": Words(
        "Diesen Artikel führt der Laden nicht.",
        "This store does not sell this product.",
        "Bitte prüfen Sie die Nummer unter dem Strichcode.",
        "Please check the number below the barcode.",
    ),
    "sold_out": Words(
        "Nach unseren Büchern ist davon nichts mehr übrig.",
        "According to our books none of it is left.",
        "Haben Sie es in der Hand, tippen Sie auf „Hilfe“: wir sehen es und tragen es nach.",
        "If you hold it in your hand, tap “Help”: we can see this and will put it right.",
    ),
    "too_late": Words(
        "Dafür ist es zu spät: die Tür ist schon frei.",
        "It is too late for that: the door is already free.",
        "Gehen Sie einfach nicht hinein; dann kostet es nichts.",
        "Just do not go in; then it costs nothing.",
    ),
    "receipt_not_ready": Words(
        "Zu diesem Einkauf gibt es (noch) keinen Bon.",
        "There is no receipt for this visit (yet).",
        "Bitte sehen Sie in einer Minute noch einmal nach.",
        "Please look again in a minute.",
    ),
    # afterwards
    "objection_not_yet": Words(
        "Das geht erst, wenn der Einkauf bezahlt ist.",
        "This is possible once the visit is paid.",
        "Bitte sehen Sie in einer Minute noch einmal nach.",
        "Please look again in a minute.",
    ),
    "objection_too_late": Words(
        "Dieser Einkauf ist länger als acht Wochen her.",
        "This visit was more than eight weeks ago.",
        *_OPERATOR,
    ),
    "not_bought": Words(
        "Dieser Artikel steht nicht auf dem Bon dieses Einkaufs.",
        "This article is not on the receipt of this visit.",
        "Bitte wählen Sie eine Zeile des Bons.",
        "Please choose a line of the receipt.",
    ),
    "objected_already": Words(
        "So viele Stück sind nicht mehr offen: für den Rest haben Sie uns schon geschrieben.",
        "There are not that many left: you have told us about the rest already.",
        "Bitte verringern Sie die Menge, oder sehen Sie unter „Ihre Meldungen“ nach.",
        "Please lower the quantity, or look at “What you told us”.",
    ),
    "nothing_to_refund": Words(
        "Zu diesem Einkauf gibt es nichts mehr zu erstatten: abgebucht wurde nichts, oder alles ist zurück.",
        "There is nothing left to refund for this visit: nothing was charged, or all of it went back.",
        *_OPERATOR,
    ),
    # how a visit can end, or what it waits for
    "card_declined": Words(
        "Ihre Bank hat die Reservierung abgelehnt. " + _NOTHING,
        "Your bank refused the hold. " + _NOTHING_EN,
        "Bitte nehmen Sie eine andere Karte.",
        "Please use another card.",
    ),
    "insufficient_funds": Words(
        "Das Konto reicht für die Reservierung nicht. " + _NOTHING,
        "There is not enough money for the hold. " + _NOTHING_EN,
        "Bitte nehmen Sie eine andere Karte.",
        "Please use another card.",
    ),
    "authentication_failed": Words(
        "Die Freigabe durch Ihre Bank hat nicht geklappt. " + _NOTHING,
        "Your bank did not confirm it was you. " + _NOTHING_EN,
        *_AGAIN,
    ),
    "hold_took_too_long": Words(
        "Die Bank hat nicht rechtzeitig geantwortet. " + _NOTHING,
        "The bank did not answer in time. " + _NOTHING_EN,
        *_AGAIN,
    ),
    "authentication_took_too_long": Words(
        "Die Freigabe bei Ihrer Bank kam nicht rechtzeitig. " + _NOTHING,
        "You did not confirm with your bank in time. " + _NOTHING_EN,
        *_AGAIN,
    ),
    "cancelled": Words("Sie haben abgebrochen. " + _NOTHING, "You cancelled. " + _NOTHING_EN, *_AGAIN),
    "door_did_not_answer": Words(
        "Die Tür hat sich nicht geöffnet. " + _NOTHING,
        "The door did not open. " + _NOTHING_EN,
        *_AGAIN,
    ),
    "door_not_opened": Words(
        "Die Tür wurde nicht geöffnet und ist wieder zu. " + _NOTHING,
        "The door was not opened and is locked again. " + _NOTHING_EN,
        *_AGAIN,
    ),
    "opened_after_giving_up": Words(
        "Die Tür ging erst auf, als der Einkauf schon abgebrochen war.",
        "The door opened only after the visit had been cancelled.",
        *_STAFF_LOOKS,
    ),
    "unclear_goods": Words(
        "Das Regal war sich bei diesem Einkauf nicht sicher. Sie zahlen nur, was klar ist.",
        "The shelf was not sure about this visit. You pay only what is clear.",
        *_STAFF_LOOKS,
    ),
    "no_end_seen": Words(
        "Wir haben das Ende dieses Einkaufs nicht gesehen.", "We did not see this visit end.", *_STAFF_LOOKS
    ),
    "capture_took_too_long": Words(
        "Die Abbuchung konnte nicht abgeschlossen werden.",
        "The payment could not be completed.",
        *_STAFF_LOOKS,
    ),
    "not_paid_in_time": Words(
        "Dieser Einkauf wurde nicht rechtzeitig bezahlt.", "This visit was not paid in time.", *_STAFF_LOOKS
    ),
    "left_unpaid": Words(
        "Sie sind gegangen, ohne auf „Zahlungspflichtig bestellen“ zu tippen.",
        "You left without pressing the pay button.",
        "Bitte bezahlen Sie jetzt in der App.",
        "Please pay in the app now.",
    ),
    "capture_failed": Words(
        "Die Karte konnte nicht belastet werden.",
        "The card could not be charged.",
        "Bitte bezahlen Sie jetzt in der App.",
        "Please pay in the app now.",
    ),
    "above_hold": Words(
        "Der Einkauf war teurer als die Reservierung; ein Rest ist offen.",
        "The visit cost more than the hold; a rest is open.",
        "Bitte bezahlen Sie den Rest in der App.",
        "Please pay the rest in the app.",
    ),
    # the operator's desk
    "not_in_review": Words(
        "Dieser Einkauf wartet nicht auf eine Prüfung.", "This visit is not waiting for a review.", *_AGAIN
    ),
    "already_booked": Words(
        "Der Verkauf steht schon in den Büchern.",
        "The sale is already in the books.",
        "Berechnen Sie ihn unverändert, oder verzichten Sie auf die Forderung.",
        "Charge it as it is, or waive it.",
    ),
    "nothing_to_charge": Words(
        "Es ist nichts zu berechnen.",
        "There is nothing to charge.",
        "Tragen Sie Mengen ein, oder geben Sie frei.",
        "Enter quantities, or release.",
    ),
    "already_closed": Words("Das ist schon erledigt.", "This is closed already.", *_AGAIN),
    "display_not_ready": Words(
        "An der Tür antwortet noch keine Anzeige; niemand käme hinein.",
        "No display answers at the door yet; nobody could get in.",
        "Richten Sie die Anzeige ein, und stellen Sie um, sobald sie verbunden ist.",
        "Set the display up, and switch once it is online.",
    ),
    "bad_signature": Words("Die Unterschrift stimmt nicht.", "The signature is wrong.", *_AGAIN),
}
