/** Help while a visit is open: one bar at the bottom, the way out first. */

import { signal, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { HelpAnswer, Store, Visit } from "../api.ts";
import { at, post } from "../ask.ts";
import { getOrKept } from "../kept.ts";
import { useAction } from "../shared/action.ts";
import { BusyButton } from "../shared/controls.tsx";
import { Dialog } from "../shared/dialog.tsx";
import { euros } from "../shared/format.ts";
import { language, say } from "../shared/i18n.ts";
import { RefusalNote } from "../shared/refusal.tsx";
import { text } from "../texts.ts";
import { Emergency } from "./emergency.tsx";

type Kind = "stuck" | "question" | "other";

const open = signal(false);
/** From wherever on the screen. */
export const askForHelp = (): void => {
  open.value = true;
};

export function HelpBar({ visit }: { visit: Visit }) {
  const store = useSignal<Store | null>(null);
  const loading = useAction(async () => {
    store.value = await getOrKept(at("/api/v1/stores/{slug}", { slug: visit.store.slug }));
  });
  // Fetched before it is needed: address and phone must be there when the line is down.
  useEffect(() => void loading.run(), []);
  useEffect(() => () => void (open.value = false), []);
  return (
    <>
      <div class="help-bar">
        <span>
          {visit.lines.length > 0 ? (
            <>
              {text("total")} <strong>{euros(visit.total_cents, language.value)}</strong>
            </>
          ) : (
            text("help_near")
          )}
        </span>
        <button type="button" class="help" onClick={askForHelp}>
          {text("help")}
        </button>
      </div>
      {open.value && (
        <Dialog title={text("help_title")} onClose={() => (open.value = false)}>
          <HelpCall
            visitId={visit.id}
            address={store.value?.address ?? visit.store.name}
            phone={store.value?.phone ?? ""}
          />
        </Dialog>
      )}
    </>
  );
}

function HelpCall({ visitId, address, phone }: Pick<Store, "address" | "phone"> & { visitId: string }) {
  const words = useSignal("");
  const answer = useSignal<HelpAnswer | null>(null);
  const calling = useAction(async (kind: Kind) => {
    const note = words.value.trim();
    const call = note ? { kind, text: note } : { kind };
    answer.value = await post(at("/api/v1/visits/{visit_id}/help", { visit_id: visitId }), call);
  });
  const ask = (kind: Kind) => () => void calling.run(kind);
  return (
    <>
      {answer.value ? (
        <>
          <Answered answer={answer.value} />
          <Emergency address={address} phone={phone} />
        </>
      ) : (
        <>
          <BusyButton busy={calling.busy} class="big help" onClick={ask("stuck")}>
            {text("help_stuck")}
          </BusyButton>
          <p>{text("leave_words")}</p>
          <Emergency address={address} phone={phone} />
          <label>
            {text("help_text")}
            <textarea
              rows={2}
              maxLength={500}
              value={words.value}
              onInput={(event) => (words.value = event.currentTarget.value)}
            />
          </label>
          <div class="pair">
            <BusyButton busy={calling.busy} class="outline" onClick={ask("question")}>
              {text("help_question")}
            </BusyButton>
            <BusyButton busy={calling.busy} class="outline" onClick={ask("other")}>
              {text("help_other")}
            </BusyButton>
          </div>
        </>
      )}
      <RefusalNote refusal={calling.refusal.value} />
    </>
  );
}

function Answered({ answer }: { answer: HelpAnswer }) {
  return (
    <div class="note good" role="status">
      <p>
        <strong>{text("help_sent")}</strong>
      </p>
      <p>{say(answer.message)}</p>
    </div>
  );
}
