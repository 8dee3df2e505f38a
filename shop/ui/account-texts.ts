/** The words around the shopper's account, German beside English. */

import { catalogue } from "./shared/i18n.ts";

export const accountText = catalogue({
  account: ["Konto", "Account"],
  email: ["E-Mail-Adresse", "E-mail address"],
  save: ["Speichern", "Save"],
  remove: ["Entfernen", "Remove"],
  added: ["angelegt am {day}", "added on {day}"],
  last_used: ["zuletzt benutzt am {day}", "last used on {day}"],
  never_used: ["noch nie benutzt", "never used"],

  passkeys: ["Passkeys", "Passkeys"],
  passkeys_why: [
    "Mit einem Passkey melden Sie sich mit Finger, Gesicht oder PIN Ihres Geräts an, ohne Code.",
    "With a passkey you sign in by the finger, face or PIN of your device, without a code.",
  ],
  passkeys_impossible: [
    "Dieser Browser kann hier keine Passkeys anlegen.",
    "This browser cannot create passkeys here.",
  ],
  passkey_sign_in: ["Mit Passkey anmelden", "Sign in with a passkey"],
  passkey_offer: ["Nächstes Mal ohne Code?", "Without a code next time?"],
  passkey_create: ["Passkey anlegen", "Create a passkey"],
  passkey_not_now: ["Nicht jetzt", "Not now"],
  passkey_created: ["Ihr Passkey ist angelegt.", "Your passkey is ready."],
  passkey_removed: ["Der Passkey ist entfernt.", "The passkey is removed."],
  passkey_rename: ["Umbenennen", "Rename"],
  passkey_rename_name: ["Passkey umbenennen: {name}", "Rename passkey: {name}"],
  passkey_name: ["Wie soll er heißen?", "What shall it be called?"],
  passkey_renamed: ["Der Passkey heißt jetzt {name}.", "The passkey is called {name} now."],
  passkey_remove: ["Passkey entfernen: {name}", "Remove passkey: {name}"],

  devices: ["Angemeldete Geräte", "Signed-in devices"],
  device: ["{browser} auf {system}", "{browser} on {system}"],
  device_unknown: ["Unbekanntes Gerät", "Unknown device"],
  device_this: ["dieses Gerät", "this device"],
  device_since: ["angemeldet seit {day}", "signed in since {day}"],
  device_end: ["Abmelden", "Sign out"],
  device_end_name: ["Abmelden: {name}", "Sign out: {name}"],
  device_ended: ["Das Gerät ist abgemeldet.", "The device is signed out."],
  devices_end_others: ["Überall sonst abmelden", "Sign out everywhere else"],
  devices_ended: ["Alle anderen Geräte sind abgemeldet.", "All other devices are signed out."],

  display: ["Darstellung", "Display"],
  language: ["Sprache", "Language"],
  language_why: ["Auch für E-Mails und die Kartenseite.", "For e-mails and the card page, too."],
  text_size: ["Schriftgröße", "Text size"],
  text_normal: ["Normal", "Normal"],
  text_large: ["Groß", "Large"],
  text_larger: ["Sehr groß", "Very large"],
  contrast: ["Mehr Kontrast", "More contrast"],
  calm: ["Weniger Bewegung", "Less motion"],

  cards: ["Karten", "Cards"],
  card_choose: ["Damit bezahlen", "Pay with it"],
  card_choose_name: ["Mit der Karte bezahlen, die auf {last4} endet", "Pay with the card ending in {last4}"],
  card_remove_name: ["Karte entfernen, die auf {last4} endet", "Remove the card ending in {last4}"],
  card_chosen: ["Ab jetzt bezahlt diese Karte.", "This card pays from now on."],
  card_removed: ["Die Karte ist entfernt.", "The card is removed."],

  data: ["Ihre Daten", "Your data"],
  copy: ["Kopie herunterladen", "Download a copy"],
  copy_why: [
    "Alles, was wir über Sie gespeichert haben, in einer Datei.",
    "Everything we keep about you, in one file.",
  ],
  erase: ["Konto löschen", "Erase account"],
  erase_why: [
    "Ihr Konto und alles, was zu Ihnen führt, werden sofort gelöscht.",
    "Your account and everything that leads to you is erased at once.",
  ],
  erase_what: [
    "Gelöscht werden E-Mail-Adresse, Karten, Passkeys und Anmeldungen. Kassenbons müssen wir nach dem Steuerrecht aufheben, aber ohne Ihren Namen. Das lässt sich nicht zurücknehmen.",
    "E-mail address, cards, passkeys and sign-ins are erased. Tax law makes us keep receipts, but without your name. This cannot be undone.",
  ],
  erase_confirm: [
    "Tippen Sie zur Bestätigung Ihre E-Mail-Adresse",
    "Type your e-mail address to confirm",
  ],
  erase_now: ["Endgültig löschen", "Erase for good"],
  erased: ["Ihr Konto ist gelöscht.", "Your account is erased."],

  legal: ["Rechtliches", "Legal"],
  imprint: ["Impressum", "Imprint"],
  privacy: ["Datenschutz", "Privacy"],
  terms: ["Nutzungsbedingungen", "Terms of use"],
  accessibility: ["Barrierefreiheit", "Accessibility"],
  page_version: ["Fassung {version} vom {day}", "Version {version} of {day}"],
  agreement: ["Bitte lesen und zustimmen", "Please read and agree"],
  agreement_why: [
    "Damit Sie einkaufen können, brauchen wir Ihre Zustimmung.",
    "We need you to agree before you can shop.",
  ],
  agree: ["Gelesen, ich stimme zu", "Read, I agree"],
  agreed: ["Danke. Ihre Zustimmung ist gespeichert.", "Thank you. Your agreement is kept."],
});
