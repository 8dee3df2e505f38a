/** Words both pages use. */

import { catalogue } from "./i18n.ts";

export const shared = catalogue({
  again_at: ["Wieder möglich: {time} Uhr", "Possible again: {time}"],
  attempts_left: ["Versuche übrig: {n}", "Attempts left: {n}"],
  close: ["Schließen", "Close"],
  loading: ["Wird geladen …", "Loading …"],
  other_language: ["English", "Deutsch"],
  sign_out: ["Abmelden", "Sign out"],
});
