"""Incidents in plain words for the people who look after a store."""

from typing import Any

from shop.api.errors import Text
from shop.domain.refusals import WORDS

INCIDENTS: dict[str, tuple[str, str]] = {
    "review": ("Ein Einkauf wartet auf Prüfung", "A visit waits for review"),
    "unclear_pick": (
        "Gewicht passt zu keiner ganzen Stückzahl, oder es wäre mehr, als dort stand",
        "The weight fits no whole number of units, or would be more than stood there",
    ),
    "unexpected_put_back": (
        "Etwas wurde abgelegt, das dieser Einkauf nicht entnommen hat",
        "Something was put down that this visit had not taken",
    ),
    "unclaimed_pick": (
        "Entnahme, als mehrere im Laden waren: niemand hat sie gescannt",
        "Taken while several were inside: nobody scanned it",
    ),
    "unclaimed_put_back": (
        "Zurückgelegt, als mehrere im Laden waren: unklar, von wem",
        "Put back while several were inside: unclear by whom",
    ),
    "change_without_price": (
        "Entnahme eines Artikels, der hier keinen Preis hat",
        "Taken: an article that has no price here",
    ),
    "late_pick": ("Meldung des Regals nach dem Ende des Einkaufs", "Shelf report after the visit had ended"),
    "goods_left_without_visit": ("Ware entnommen ohne Einkauf", "Goods left without a visit"),
    "change_on_empty_plate": (
        "Gewicht auf einer Fläche ohne Artikel",
        "Weight changed on a plate without a product",
    ),
    "stuck_inside": ("Jemand ist ungewöhnlich lange im Laden", "Somebody has been inside unusually long"),
    "help_stuck": ("HILFERUF: kommt nicht hinaus", "HELP CALL: cannot get out"),
    "help_question": ("Frage aus dem Laden", "A question from inside the store"),
    "help_other": ("Anruf aus dem Laden", "A call from inside the store"),
    "opened_without_visit": (
        "Tür ging auf, ohne dass jemand eingelassen war",
        "Door opened with nobody let in",
    ),
    "door_held_open": ("Die Tür steht offen", "The door is held open"),
    "late_door_report": ("Türmeldung kam sehr spät", "A door report came very late"),
    "lock_jammed": ("Das Schloss klemmt", "The lock is jammed"),
    "lock_forced": ("Die Tür wurde aufgebrochen", "The door was forced"),
    "lock_tamper": ("Am Schloss wurde hantiert", "The lock was tampered with"),
    "scale_fault": ("Eine Waage meldet einen Fehler", "A scale reports a fault"),
    "shelf_unsettled": ("Ein Regal kommt nicht zur Ruhe", "A shelf does not come to rest"),
    "emergency_pressed": ("NOTRUFKNOPF gedrückt", "EMERGENCY BUTTON pressed"),
    "emergency_released": ("Notrufknopf gelöst", "Emergency button released"),
    "reports_refused": (
        "Meldungen eines Geräts sind nicht zu gebrauchen: bitte Programm, Uhr und Speicher prüfen",
        "Reports of a device cannot be used: please check its software, clock and storage",
    ),
    "exit_test_failed": ("Die Prüfung des Ausgangs ist nicht bestanden", "The exit test was not passed"),
    "reports_lost": ("Ein Gerät hat Meldungen verloren", "A device lost reports"),
    "report_not_applied": (
        "Eine Gerätemeldung konnte nicht verarbeitet werden",
        "A device report could not be applied",
    ),
    "unexpected_news": ("Eine Nachricht passte nicht zum Einkauf", "News that did not fit the visit"),
    "payment_gone": (
        "Eine Reservierung ist bei der Bank verfallen oder weg",
        "A hold lapsed or is gone at the bank",
    ),
    "captured_too_much": (
        "Es kam mehr Geld an, als offen war",
        "More money came in than was owed",
    ),
    "objection": ("Jemand beanstandet eine Zeile eines Einkaufs", "Somebody objects to a line of a visit"),
    "refund_failed": (
        "Eine Erstattung ist gescheitert: bitte unter Beanstandungen entscheiden",
        "A refund failed: please decide under objections",
    ),
    "unknown_refund": (
        "Bei der Bank wurde von Hand erstattet; in den Büchern steht es nicht",
        "Money was given back by hand at the bank; it is not in the books",
    ),
    "claimed_beyond_stock": (
        "Gescannt, obwohl nach den Büchern nichts mehr da ist: bitte nachzählen",
        "Scanned although the books have none left: please count",
    ),
    "restored": (
        "Der Laden wurde aus einer Sicherung wiederhergestellt: bitte Zahlungen und Bons danach abgleichen",
        "The shop was restored from a backup: please compare payments and receipts made since",
    ),
    "orphaned_visit": (
        "Ein Einkauf hing fest und wurde nach der Regel beendet",
        "A visit was stuck and was ended by the rule",
    ),
    "device_silent": ("Ein Gerät meldet sich nicht mehr", "A device is not heard any more"),
    "ledger_difference": ("Das Kassenbuch geht nicht auf", "The money book does not balance"),
    "payment_cleared_up": (
        "Der Stand einer Zahlung wurde bei der Bank nachgefragt",
        "How a payment stands was asked at the bank",
    ),
    "hold_runs_out": (
        "Eine Reservierung läuft ab (done: abgebucht, freigegeben, oder bitte jetzt entscheiden)",
        "A hold runs out (done: captured, released, or please decide now)",
    ),
    "unknown_hold": (
        "Bei der Bank stand eine Reservierung, die wir nicht kennen: sie ist freigegeben",
        "The bank had a hold that we do not know: it is released",
    ),
    "unknown_charge": (
        "Bei der Bank steht eine Abbuchung, die wir nicht kennen: bitte erstatten",
        "The bank has a charge that we do not know: please refund it",
    ),
    "job_dead": ("Ein Auftrag ist endgültig gescheitert", "A job failed for good"),
}


DEEDS: dict[str, tuple[str, str]] = {
    "store_created": ("Laden angelegt", "store created"),
    "signed_in": ("angemeldet", "signed in"),
    "sign_in_failed": ("Anmeldung gescheitert", "sign-in failed"),
    "exit_test": ("Ausgang geprüft", "exit tested"),
    "door_codes": ("Türcode umgestellt", "door code switched"),
    "displays_added": ("Anzeige angelegt", "display added"),
    "restocked": ("aufgefüllt", "restocked"),
    "counted": ("gezählt", "counted"),
    "review_charge": ("Prüfung: berechnet", "review: charged"),
    "review_release": ("Prüfung: freigegeben", "review: released"),
    "review_waive": ("Prüfung: erlassen", "review: waived"),
    "objection_refunded": ("Beanstandung: sofort erstattet", "objection: refunded at once"),
    "objection_raised": ("Beanstandung: wartet auf Entscheidung", "objection: waits for a decision"),
    "objection_accepted": ("Beanstandung: erstattet", "objection: refunded"),
    "objection_rejected": ("Beanstandung: abgelehnt", "objection: rejected"),
    "refund_retried": ("Erstattung: noch einmal versucht", "refund: tried again"),
    "refund_by_hand": ("Erstattung: auf anderem Weg bezahlt", "refund: paid another way"),
    "incident_closed": ("Vorfall erledigt", "incident closed"),
    "help_called": ("Hilfe gerufen", "help called"),
    "account.erased": ("Konto gelöscht", "account erased"),
    "page.published": ("Seite veröffentlicht", "page published"),
    "passkey.renamed": ("Passkey umbenannt", "passkey renamed"),
    "passkey.went_back": ("Passkey abgewiesen: womöglich kopiert", "passkey refused: maybe copied"),
    "new_epoch": ("Gerät mit neuem Speicher", "device with a new storage"),
    "sensing_changed": ("Waagen des Regals: andere Aufgabe", "scales of the shelf: another task"),
    "restored": ("aus einer Sicherung wiederhergestellt", "restored from a backup"),
}


def deed_words(action: str) -> Text:
    de, en = DEEDS.get(action, (action, action))
    return Text(de=de, en=en)


def incident_words(kind: str, evidence: dict[str, Any]) -> Text:
    """What happened, and for a review also the reason the shopper was given."""
    de, en = INCIDENTS.get(kind, (kind, kind))
    reason = WORDS.get(str(evidence.get("reason")))
    if reason is not None:
        de, en = f"{de}: {reason.de}", f"{en}: {reason.en}"
    return Text(de=de, en=en)
