/** A refusal in plain words: what happened, when it will work, what to do now. */

import type { ComponentChildren } from "preact";
import type { Refusal } from "../api.ts";
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

function WrongFields({ refusal }: { refusal: Refusal }) {
  const fields = refusal.details?.["fields"];
  if (!Array.isArray(fields)) return null;
  return (
    <ul>
      {fields.map((field: { path: string; problem: string }) => (
        <li key={field.path}>
          {field.path}: {field.problem}
        </li>
      ))}
    </ul>
  );
}
