/** The words around what a shopper contests, German beside English. */

import { catalogue } from "./shared/i18n.ts";

export const objectionText = catalogue({
  contest: ["Stimmt nicht?", "Not right?"],
  contest_title: ["Stimmt nicht: {name}", "Not right: {name}"],
  contest_why: ["Was stimmt nicht?", "What is not right?"],
  contest_not_mine: ["Das habe ich nicht genommen", "I did not take this"],
  contest_wrong_quantity: ["Es waren weniger Stück", "There were fewer"],
  contest_wrong_price: ["Der Preis stimmt nicht", "The price is wrong"],
  contest_damaged: ["Es war beschädigt oder verdorben", "It was damaged or spoilt"],
  contest_other: ["Etwas anderes", "Something else"],
  contest_quantity: ["Wie viele Stück? (höchstens {left})", "How many? (at most {left})"],
  contest_text: ["Was sollen wir noch wissen? (freiwillig)", "What else should we know? (optional)"],
  contest_amount: ["Es geht um {amount}.", "This is about {amount}."],
  contest_send: ["Absenden", "Send"],
  seen: ["Das hat das Regal gesehen:", "What the shelf saw:"],
  seen_unsure: ["Das Regal war sich dabei nicht sicher.", "The shelf was not sure about it."],
  seen_nothing: [
    "Kein Regal hat das gewogen: die Zeile kommt vom Scannen.",
    "No shelf weighed this: the line comes from scanning.",
  ],
  objections: ["Ihre Meldungen", "What you told us"],
  objection_to: ["{n} × {name}", "{n} × {name}"],
  answered: ["Wir haben Ihnen geantwortet", "We have answered you"],
  answered_show: ["Einkauf ansehen", "Show visit"],
  objection_answer: ["Unsere Antwort: {answer}", "Our answer: {answer}"],
  correction_open: ["Korrekturbeleg {number} ansehen", "View correction {number}"],
  outcome_waiting: [
    "Ein Mensch sieht sich das an. Es geht um {amount}; die Antwort lesen Sie hier.",
    "A person is looking at this. It is about {amount}; you will read the answer here.",
  ],
  outcome_rejected: [
    "Wir haben nachgesehen und erstatten die {amount} nicht.",
    "We have looked and do not refund the {amount}.",
  ],
  outcome_refunding: [
    "Wir erstatten {amount} auf Ihre Karte. Bei Ihrer Bank kann das bis zu zehn Tage dauern.",
    "We refund {amount} to your card. At your bank this may take up to ten days.",
  ],
  outcome_refunded: [
    "{amount} sind zurück auf dem Weg zu Ihrer Karte; Ihre Bank zeigt sie in bis zu zehn Tagen.",
    "{amount} has been sent back to your card; your bank shows it within ten days.",
  ],
  outcome_refunded_by_hand: [
    "Wir haben Ihnen {amount} zurückgegeben, aber nicht auf Ihre Karte: Ihre Bank hat das nicht angenommen.",
    "We gave {amount} back to you, but not to your card: your bank did not accept that.",
  ],
  outcome_refund_failed: [
    "Die Bank hat die Erstattung über {amount} nicht angenommen. Wir kümmern uns darum.",
    "The bank did not accept the refund of {amount}. We are taking care of it.",
  ],
});
