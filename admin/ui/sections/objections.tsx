/** Objections that wait for a person, oldest first: the line, what the shelf saw, and two buttons. */

import { useSignal } from "@preact/signals";
import { useAction } from "../../../shop/ui/shared/action.ts";
import { announce } from "../../../shop/ui/shared/announce.tsx";
import { BusyButton, Loading } from "../../../shop/ui/shared/controls.tsx";
import { euros, when } from "../../../shop/ui/shared/format.ts";
import { Heading } from "../../../shop/ui/shared/heading.tsx";
import { get, post } from "../../../shop/ui/shared/http.ts";
import { language, say } from "../../../shop/ui/shared/i18n.ts";
import { RefusalNote } from "../../../shop/ui/shared/refusal.tsx";
import { TracePicture } from "../../../shop/ui/shared/trace-picture.tsx";
import type { ObjectionForStaff } from "../api.ts";
import { useFresh } from "../fresh.ts";
import { text } from "../texts.ts";
import { Fact } from "./fact.tsx";
import { FailedRefunds } from "./failed-refunds.tsx";
import { Reason } from "./reason.tsx";

export function Objections() {
  const waiting = useSignal<ObjectionForStaff[] | null>(null);
  const decided = useSignal("");
  const loading = useFresh(async () => {
    waiting.value = await get<ObjectionForStaff[]>("/api/v1/objections");
  });
  const onDecided = ({ objection }: ObjectionForStaff) => {
    const amount = euros(objection.refund_cents, language.value);
    decided.value = objection.outcome === "rejected" ? text("rejected") : text("accepted", { amount });
    announce(decided.value);
    waiting.value = waiting.value?.filter((one) => one.objection.id !== objection.id) ?? null;
  };
  return (
    <>
      <Heading>{text("objections")}</Heading>
      <FailedRefunds />
      <RefusalNote refusal={loading.refusal.value} />
      {decided.value && <p class="note good">{decided.value}</p>}
      {waiting.value === null && loading.busy.value && <Loading />}
      {waiting.value?.length === 0 && <p>{text("no_objections")}</p>}
      {waiting.value?.map((one) => (
        <OneObjection key={one.objection.id} of={one} onDecided={onDecided} />
      ))}
    </>
  );
}

interface Props {
  of: ObjectionForStaff;
  onDecided: (decided: ObjectionForStaff) => void;
}

function OneObjection({ of, onDecided }: Props) {
  const { objection, line } = of;
  const title = text("objection_to", {
    n: objection.quantity,
    name: say(objection.name),
    amount: euros(objection.amount_cents, language.value),
  });
  return (
    <article aria-label={title} data-objection={objection.id}>
      <h2>{title}</h2>
      <p>
        <strong>{text(`why_${objection.reason}`)}</strong>
      </p>
      {objection.text && <p>{text("objection_text", { text: objection.text })}</p>}
      <dl class="facts">
        <Fact name={text("store")} value={of.store} />
        <Fact name={text("customer")} value={of.customer} />
        <Fact name={text("at")} value={when(of.visited_at, language.value)} />
        <Fact name={text("paid_units")} value={String(line.quantity)} />
        <Fact name={text("by_shelf")} value={String(line.sensed)} />
        <Fact name={text("by_scan")} value={String(line.scanned)} />
        <Fact name={text("earlier")} value={String(of.earlier)} />
      </dl>
      <ul>
        {line.evidence.map(({ shelf, plate, at, grams, trace }) => (
          <li key={`${shelf} ${plate} ${at}`}>
            {text("movement", { shelf, plate, grams, time: when(at, language.value) })}
            {trace && <TracePicture trace={trace} />}
          </li>
        ))}
      </ul>
      <Answer id={objection.id} onDecided={onDecided} />
    </article>
  );
}

function Answer({ id, onDecided }: { id: string; onDecided: Props["onDecided"] }) {
  const reason = useSignal("");
  const onShelf = useSignal(false);
  const deciding = useAction(async (action: "accept" | "reject") => {
    onDecided(
      await post<ObjectionForStaff>(`/api/v1/objections/${id}/decide`, {
        action,
        reason: reason.value.trim(),
        ...(action === "accept" && onShelf.value ? { on_shelf: true } : {}),
      }),
    );
  });
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const pressed = event.submitter instanceof HTMLButtonElement ? event.submitter.value : "";
    void deciding.run(pressed === "reject" ? "reject" : "accept");
  };
  return (
    <form onSubmit={submit}>
      <Reason label={text("answer_to_customer")} value={reason} />
      <label>
        <input
          type="checkbox"
          checked={onShelf.value}
          onChange={(event) => (onShelf.value = event.currentTarget.checked)}
        />
        {text("on_shelf")}
      </label>
      <RefusalNote refusal={deciding.refusal.value} />
      <BusyButton busy={deciding.busy} type="submit" value="accept">
        {text("accept")}
      </BusyButton>
      <BusyButton busy={deciding.busy} type="submit" value="reject" class="outline">
        {text("reject")}
      </BusyButton>
    </form>
  );
}
