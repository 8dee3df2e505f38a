/** Words both pages use. */

import { catalogue } from "./i18n.ts";

export const shared = catalogue({
  again_at: ["Wieder möglich: {time} Uhr", "Possible again: {time}"],
  attempts_left: ["Versuche übrig: {n}", "Attempts left: {n}"],
  away: ["Einen Moment, wir sind gleich wieder da.", "One moment, we are back shortly."],
  away_repeats: [
    "Wir versuchen es von selbst weiter. Nichts geht verloren, nichts wird doppelt gezählt.",
    "We keep trying by ourselves. Nothing is lost and nothing is counted twice.",
  ],
  close: ["Schließen", "Close"],
  loading: ["Wird geladen …", "Loading …"],
  offline: ["Keine Verbindung.", "No connection."],
  offline_means: [
    "Sie sehen, was dieses Gerät zuletzt wusste. Öffnen und bezahlen geht erst wieder mit Verbindung; nichts davon geschieht später von selbst.",
    "You see what this device knew last. Opening and paying need a connection; nothing of it happens later by itself.",
  ],
  other_language: ["English", "Deutsch"],
  sign_out: ["Abmelden", "Sign out"],
  trace: [
    "Gewicht auf der Platte in {seconds} Sekunden: erst {before} g, dann {after} g",
    "Weight on the plate in {seconds} seconds: first {before} g, then {after} g",
  ],
});
