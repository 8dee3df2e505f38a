/** What a person has decided of her objections, told at the next start until she has read it. */

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { Answered, Objection } from "../api.ts";
import { at, get } from "../ask.ts";
import { keep, kept } from "../kept.ts";
import { objectionText } from "../objection-texts.ts";
import { linkTo } from "../place.ts";
import { say } from "../shared/i18n.ts";

/** Under this name the phone keeps the ids of the answers she has read. */
const READ = "answers read";
/** More than the service tells at once. */
const MOST_READ = 50;

export function Answers() {
  const told = useSignal<Answered[]>([]);
  // No line is no news: the answer is told at the next start, and was mailed.
  const look = async () => (told.value = await get(at("/api/v1/objections")).catch(() => []));
  useEffect(() => void look(), []);
  const unread = told.value.filter((one) => !isRead(one));
  if (unread.length === 0) return null;
  return (
    <section class="note" aria-labelledby="answers">
      <h2 id="answers">{objectionText("answered")}</h2>
      {unread.map((one) => (
        <p key={one.id}>
          {objectionText("objection_to", { n: one.quantity, name: say(one.name) })}.{" "}
          <a {...linkTo("visit", one.visit_id)}>{objectionText("answered_show")}</a>
        </p>
      ))}
    </section>
  );
}

/** These are on her screen now. */
export function readAnswers(shown: Objection[]): void {
  const fresh = shown.filter((one) => one.decided_at !== null && !isRead(one)).map((one) => one.id);
  if (fresh.length > 0) keep(READ, [...read(), ...fresh].slice(-MOST_READ));
}

const read = (): string[] => kept<string[]>(READ) ?? [];
const isRead = (one: Objection): boolean => read().includes(one.id);
