/** A refusal in plain words: what happened, when it will work, what to do now. */

import type { ComponentChildren } from "preact";
import type { Refusal, Words } from "../api.ts";
import { when } from "./format.ts";
import { language, say } from "./i18n.ts";
import { shared } from "./texts.ts";

interface Props {
  refusal: Refusal | null;
  /** Told as news, not as a failure. */
  calm?: boolean;
  children?: ComponentChildren;
}

export function RefusalNote({ refusal, calm = false, children }: Props) {
  if (!refusal) return null;
  const left = refusal.details?.["attempts_left"];
  return (
    <div
      class={calm ? "note" : "note problem"}
      role={calm ? "status" : "alert"}
      data-code={refusal.code}
    >
      <p>
        <strong>{say(refusal.message)}</strong>
      </p>
      {children}
      {typeof left === "number" && <p>{shared("attempts_left", { n: left })}</p>}
      {refusal.available_at && (
        <p>{shared("again_at", { time: when(refusal.available_at, language.value) })}</p>
      )}
      <p>{say(refusal.next_step)}</p>
      <WrongFields refusal={refusal} />
    </div>
  );
}

interface WrongField {
  path: string;
  problem: string;
}

function WrongFields({ refusal }: { refusal: Refusal }) {
  const fields = refusal.details?.["fields"];
  if (!Array.isArray(fields)) return null;
  return (
    <ul>
      {fields.map((field: WrongField) => (
        <li key={field.path}>{inWords(field)}</li>
      ))}
    </ul>
  );
}

/** A pattern helps nobody who has to type; where we have a word for the field, that is enough. */
function inWords({ path, problem }: WrongField): string {
  const name = path.split(".").at(-1) ?? path;
  const known = FIELDS[name];
  if (known) return say(known);
  return /pattern/.test(problem) ? name : `${name}: ${problem}`;
}

const FIELDS: Record<string, Words> = {
  code: { de: "Code aus der E-Mail", en: "Code from the e-mail" },
  door_code: { de: "Türcode", en: "Door code" },
  email: { de: "E-Mail-Adresse", en: "E-mail address" },
  gtin: { de: "Barcode-Nummer", en: "Barcode number" },
  text: { de: "Ihre Nachricht", en: "Your message" },
};
