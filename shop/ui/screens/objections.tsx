/** What a shopper contests of a paid visit: a dialog beside each line, and what became of it. */

import { type ReadonlySignal, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { BasketLine, ContestableLine, Objection, Objections, ObjectionWish } from "../api.ts";
import { at, post } from "../ask.ts";
import { getOrKept } from "../kept.ts";
import { objectionText } from "../objection-texts.ts";
import { useAction } from "../shared/action.ts";
import { announce } from "../shared/announce.tsx";
import { BusyButton } from "../shared/controls.tsx";
import { Dialog } from "../shared/dialog.tsx";
import { euros } from "../shared/format.ts";
import { language, say } from "../shared/i18n.ts";
import { RefusalNote } from "../shared/refusal.tsx";
import { readAnswers } from "./answers.tsx";
import { Movements } from "./evidence.tsx";

const LOOK_AGAIN_MS = 2_000;
const REASONS: ObjectionWish["reason"][] = [
  "not_mine",
  "wrong_quantity",
  "wrong_price",
  "damaged",
  "other",
];

export interface Contested {
  told: ReadonlySignal<Objections | null>;
  contest: (wish: ObjectionWish) => Promise<Objection | undefined>;
}

/** Loaded once, again for as long as money is on its way, and when she comes back to the page. */
export function useObjections(visitId: string): Contested {
  const address = at("/api/v1/visits/{visit_id}/objections", { visit_id: visitId });
  const told = useSignal<Objections | null>(null);
  // A look that fails is no news: the lines and the sum beside it stay true.
  const look = async () => (told.value = await getOrKept(address).catch(() => told.value));
  const underWay = told.value?.objections.some((one) => one.outcome === "refunding") ?? false;
  useEffect(() => {
    const lookAgain = () => void (document.hidden || look());
    document.addEventListener("visibilitychange", lookAgain);
    void look();
    return () => document.removeEventListener("visibilitychange", lookAgain);
  }, []);
  useEffect(() => {
    if (!underWay) return undefined;
    const timer = setInterval(() => void look(), LOOK_AGAIN_MS);
    return () => clearInterval(timer);
  }, [underWay]);
  const contest = async (wish: ObjectionWish) => {
    told.value = await post(address, wish);
    return told.value.objections.at(-1);
  };
  return { told, contest };
}

export function ContestLine({ line, contested }: { line: BasketLine; contested: Contested }) {
  const open = useSignal(false);
  const found = contested.told.value?.lines.find((one) => one.sku === line.sku);
  const title = objectionText("contest_title", { name: say(line.name) });
  if (!found) return null;
  return (
    <>
      {found.left > 0 && contested.told.value?.until && (
        <button type="button" class="plain contest" aria-label={title} onClick={() => (open.value = true)}>
          {objectionText("contest")}
        </button>
      )}
      {open.value && (
        <Dialog title={title} onClose={() => (open.value = false)}>
          <ContestForm line={found} contested={contested} />
        </Dialog>
      )}
    </>
  );
}

function ContestForm({ line, contested }: { line: ContestableLine; contested: Contested }) {
  const reason = useSignal<ObjectionWish["reason"]>("not_mine");
  const quantity = useSignal(1);
  const words = useSignal("");
  const made = useSignal<Objection | null>(null);
  const sending = useAction(async () => {
    const wish = { sku: line.sku, quantity: quantity.value, reason: reason.value };
    const note = words.value.trim();
    made.value = (await contested.contest(note ? { ...wish, text: note } : wish)) ?? null;
    if (made.value) announce(outcome(made.value));
  });
  const submit = (event: Event) => {
    event.preventDefault();
    void sending.run();
  };
  if (made.value) {
    return (
      <p class="note good" role="status">
        <strong>{outcome(made.value)}</strong>
      </p>
    );
  }
  return (
    <form onSubmit={submit}>
      <Evidence line={line} />
      <label>
        {objectionText("contest_why")}
        <select
          name="reason"
          value={reason.value}
          onChange={(event) => (reason.value = REASONS[event.currentTarget.selectedIndex] ?? "other")}
        >
          {REASONS.map((one) => (
            <option key={one} value={one}>
              {objectionText(`contest_${one}`)}
            </option>
          ))}
        </select>
      </label>
      <label>
        {objectionText("contest_quantity", { left: line.left })}
        <input
          type="number"
          name="quantity"
          min={1}
          max={line.left}
          required
          value={quantity.value}
          onInput={(event) => (quantity.value = event.currentTarget.valueAsNumber || 1)}
        />
      </label>
      <label>
        {objectionText("contest_text")}
        <textarea
          rows={2}
          maxLength={500}
          value={words.value}
          onInput={(event) => (words.value = event.currentTarget.value)}
        />
      </label>
      <p>{objectionText("contest_amount", { amount: amount(quantity.value * line.unit_cents) })}</p>
      <RefusalNote refusal={sending.refusal.value} />
      <BusyButton busy={sending.busy} type="submit">
        {objectionText("contest_send")}
      </BusyButton>
    </form>
  );
}

function Evidence({ line }: { line: ContestableLine }) {
  if (line.evidence.length === 0) return <p>{objectionText("seen_nothing")}</p>;
  return (
    <>
      <p>{objectionText("seen")}</p>
      <Movements seen={line.evidence} />
      {!line.sure && <p>{objectionText("seen_unsure")}</p>}
    </>
  );
}

/** What she told us, each with what became of it. */
export function MyObjections({ contested }: { contested: Contested }) {
  const made = contested.told.value?.objections ?? [];
  useEffect(() => readAnswers(made), [made]);
  if (made.length === 0) return null;
  return (
    <section aria-labelledby="objections">
      <h2 id="objections">{objectionText("objections")}</h2>
      <ul class="plain-list">
        {made.map((one) => (
          <li key={one.id} class="note" data-outcome={one.outcome}>
            <p>
              <strong>{objectionText("objection_to", { n: one.quantity, name: say(one.name) })}</strong>
            </p>
            <p>{objectionText(`contest_${one.reason}`)}</p>
            <p>{outcome(one)}</p>
            {one.answer && <p>{objectionText("objection_answer", { answer: one.answer })}</p>}
            {one.receipt && (
              <a href={`${one.receipt.html_url}?lang=${language.value}`}>
                {objectionText("correction_open", { number: one.receipt.number })}
              </a>
            )}
          </li>
        ))}
      </ul>
    </section>
  );
}

function outcome(one: Objection): string {
  const money = one.outcome === "waiting" || one.outcome === "rejected" ? one.amount_cents : one.refund_cents;
  return objectionText(`outcome_${one.outcome}`, { amount: amount(money) });
}

const amount = (cents: number): string => euros(cents, language.value);
