/** The words around one line of the basket and what is missing in it, German beside English. */

import { catalogue } from "./shared/i18n.ts";

export const basketText = catalogue({
  from_sensed: ["Vom Regal gewogen", "Weighed by the shelf"],
  from_scanned: ["Von Ihnen gescannt oder eingegeben", "Scanned or entered by you"],
  from_both: ["Gescannt und vom Regal gewogen", "Scanned, and weighed by the shelf"],
  from_corrected: ["Von Ihnen geändert", "Changed by you"],
  from_refused: ["Nicht Ihres, wie Sie sagen", "Not yours, as you say"],

  why: ["Warum hier?", "Why is this here?"],
  why_shelf: ["Das hat das Regal gesehen:", "What the shelf saw:"],
  why_no_shelf: ["Kein Regal hat das gewogen.", "No shelf weighed this."],
  why_scanned: ["Von Ihnen gescannt oder eingegeben: {n} ×", "Scanned or entered by you: {n} ×"],
  why_corrected: ["Ihre Angabe: {n} ×", "Your own count: {n} ×"],
  why_unsure_scanned: [
    "Nicht sicher: Das Regal hat weniger gemeldet, als Sie gescannt oder eingegeben haben. Es zählt Ihre Zahl.",
    "Not sure: the shelf has reported fewer than you scanned or entered. Your number counts.",
  ],
  taken: ["{place}, {time}: {grams} g weniger", "{place}, {time}: {grams} g less"],
  taken_count: [
    "{place}, {time}: {grams} g weniger, also {n} × genommen",
    "{place}, {time}: {grams} g less, so {n} × taken",
  ],
  back: ["{place}, {time}: {grams} g mehr", "{place}, {time}: {grams} g more"],
  back_count: [
    "{place}, {time}: {grams} g mehr, also {n} × zurückgestellt",
    "{place}, {time}: {grams} g more, so {n} × put back",
  ],
  place: ["Regal {shelf}, Platz {plate}", "Shelf {shelf}, place {plate}"],

  not_mine: ["Nicht meins", "Not mine"],
  not_mine_title: ["Nicht meins: {name}", "Not mine: {name}"],
  not_mine_saw: [
    "Das Regal hat {sensed} × gesehen, gescannt oder eingegeben haben Sie {scanned} ×.",
    "The shelf saw {sensed} ×, you scanned or entered {scanned} ×.",
  ],
  not_mine_saw_alone: [
    "Das Regal hat {sensed} × gesehen; gescannt oder eingegeben haben Sie nichts davon.",
    "The shelf saw {sensed} ×; you scanned or entered none of it.",
  ],
  not_mine_does: [
    "Wir setzen die Zeile auf {scanned} ×. Ihre Summe sinkt um {amount}.",
    "We set the line to {scanned} ×. Your total drops by {amount}.",
  ],
  not_mine_then: [
    "Weil das Regal etwas anderes gesehen hat, sieht sich nach dem Einkauf ein Mensch an, was es gewogen hat. Bis dahin buchen wir von diesem Einkauf nichts ab; die Reservierung bleibt so lange. Bezahlt wird nur, was Ihres ist oder sich nachweisen lässt.",
    "Because the shelf saw something else, a person looks at what it weighed after your visit. Until then nothing of this visit is charged, and the hold stays. You pay only for what is yours or can be shown.",
  ],
  not_mine_undo: [
    "Solange Ihr Einkauf läuft, können Sie das zurücknehmen.",
    "You can take this back while your visit lasts.",
  ],
  not_mine_yes: ["Ja, das ist nicht meins", "Yes, this is not mine"],
  mine: ["Zurücknehmen: wieder {n} ×", "Undo: {n} × again"],
  mine_title: ["Zurücknehmen: wieder {n} × {name}", "Undo: {n} × again {name}"],

  missing: ["Etwas fehlt?", "Something missing?"],
  missing_words: [
    "So kommt es in Ihren Korb: mit der Kamera oder einem Foto, mit der Nummer oder mit dem Namen.",
    "This is how to add it: with the camera or a photo, by its number or by its name.",
  ],
  search: ["Ware nach Namen suchen", "Find goods by name"],
  search_hint: ["Ein paar Buchstaben genügen.", "A few letters are enough."],
  search_none: [
    "Nichts gefunden. Versuchen Sie ein kürzeres oder anderes Wort.",
    "Nothing found. Try a shorter or another word.",
  ],
  search_found: ["Gefunden: {n}", "Found: {n}"],
  search_more: [
    "Gefunden: {n}. Hier stehen die ersten {shown}; tippen Sie weiter.",
    "Found: {n}. These are the first {shown}; type more.",
  ],
  add_named: ["Hinzufügen: {name}", "Add: {name}"],
  added: ["Erfasst: {name}", "Recorded: {name}"],
  added_now: ["Jetzt {n} × in Ihrem Korb", "Now {n} × in your basket"],
  missing_help: [
    "Nichts davon geht? Sagen Sie uns, was Sie mitnehmen, oder rufen Sie an.",
    "None of this works? Tell us what you are taking, or call us.",
  ],
  missing_call: ["Bescheid sagen oder anrufen", "Tell us or call"],
});
