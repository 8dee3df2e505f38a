"""The words for what is refused when somebody signs in or looks after her account."""

from shop.domain.words import Words

_BY_CODE = ("Bitte melden Sie sich mit einem Code per E-Mail an.", "Please sign in with a code by e-mail.")

WORDS: dict[str, Words] = {
    "sign_in_required": Words(
        "Bitte melden Sie sich an.",
        "Please sign in.",
        "Fordern Sie einen Anmeldecode an.",
        "Ask for a sign-in code.",
    ),
    "csrf": Words(
        "Die Seite ist veraltet.", "This page is out of date.", "Bitte laden Sie neu.", "Please reload."
    ),
    "wrong_code": Words(
        "Der Code stimmt nicht.",
        "The code is wrong.",
        "Bitte prüfen Sie die E-Mail und tippen Sie ihn noch einmal.",
        "Please check the e-mail and type it again.",
    ),
    "expired_code": Words(
        "Der Code ist abgelaufen oder schon benutzt.",
        "The code has expired or was used already.",
        "Fordern Sie einen neuen Code an.",
        "Ask for a new code.",
    ),
    "too_many_attempts": Words(
        "Der Code wurde zu oft falsch eingegeben.",
        "The code was typed wrong too often.",
        "Fordern Sie einen neuen Code an.",
        "Ask for a new code.",
    ),
    "expired_challenge": Words(
        "Das hat zu lange gedauert, oder es wurde schon einmal benutzt.",
        "This took too long, or it was used once already.",
        "Bitte tippen Sie noch einmal auf die Taste.",
        "Please press the button once more.",
    ),
    "unknown_passkey": Words(
        "Diesen Passkey kennen wir nicht, oder Sie haben ihn in Ihrem Konto entfernt.",
        "We do not know this passkey, or you removed it from your account.",
        *_BY_CODE,
    ),
    "passkey_refused": Words(
        "Der Passkey konnte nicht bestätigt werden.", "The passkey could not be confirmed.", *_BY_CODE
    ),
    "passkey_copied": Words(
        "Dieser Passkey wurde vielleicht kopiert. Zu Ihrem Schutz nehmen wir ihn nicht an.",
        "This passkey may have been copied. To protect you we do not accept it.",
        "Melden Sie sich mit einem Code per E-Mail an und entfernen Sie ihn in Ihrem Konto.",
        "Sign in with a code by e-mail and remove it in your account.",
    ),
    "passkey_known": Words(
        "Dieser Passkey ist schon angelegt.",
        "This passkey exists already.",
        "Sie können sich damit anmelden.",
        "You can sign in with it.",
    ),
    # the same for an unknown address and for a paused account: nobody learns which accounts exist
    "wrong_password": Words(
        "E-Mail oder Passwort stimmt nicht, oder die Anmeldung pausiert nach fünf falschen Versuchen.",
        "E-mail or password is wrong, or signing in pauses after five wrong attempts.",
        "Bitte prüfen Sie beides; nach fünf falschen Versuchen warten Sie bitte 15 Minuten.",
        "Please check both; after five wrong attempts please wait 15 minutes.",
    ),
    # the account
    "card_in_use": Words(
        "Mit dieser Karte läuft noch ein Einkauf.",
        "A visit is still held on this card.",
        "Bitte versuchen Sie es wieder, wenn er abgeschlossen und bezahlt ist.",
        "Please try again when it is over and paid.",
    ),
    "visit_unfinished": Words(
        "Ein Einkauf von Ihnen ist noch nicht abgeschlossen.",
        "A visit of yours is not settled yet.",
        "Sie müssen nichts tun. Bitte versuchen Sie es später noch einmal.",
        "You need not do anything. Please try again later.",
    ),
    "this_session": Words(
        "Damit sind Sie gerade hier angemeldet.",
        "This is the one you are using right now.",
        "Zum Abmelden tippen Sie oben auf „Abmelden“.",
        "To sign out, press “Sign out” at the top.",
    ),
    "wrong_confirmation": Words(
        "Das ist nicht die E-Mail-Adresse Ihres Kontos.",
        "This is not the e-mail address of your account.",
        "Bitte tippen Sie sie so ein, wie sie oben steht.",
        "Please type it as it stands above.",
    ),
    "consent_due": Words(
        "Bitte lesen Sie zuerst unsere Bedingungen.",
        "Please read our terms first.",
        "Sie stehen in der App auf der Startseite.",
        "They are on the app's first page.",
    ),
    "consent_outdated": Words(
        "Inzwischen gilt eine neuere Fassung, oder Sie haben schon zugestimmt.",
        "There is a newer version by now, or you agreed already.",
        "Bitte laden Sie die Seite neu.",
        "Please reload the page.",
    ),
    "page_not_written": Words(
        "Diese Seite hat der Betreiber noch nicht geschrieben.",
        "The operator has not written this page yet.",
        "Bitte fragen Sie den Betreiber.",
        "Please ask the operator.",
    ),
}
