/** The receipt of a visit, as soon as it is written: to read and to keep. */

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { Receipt } from "../api.ts";
import { at } from "../ask.ts";
import { getOrKept, keepPaper } from "../kept.ts";
import { useAction } from "../shared/action.ts";
import { Refused } from "../shared/http.ts";
import { language } from "../shared/i18n.ts";
import { RefusalNote } from "../shared/refusal.tsx";
import { text } from "../texts.ts";

const TRIES = 30;
const PAUSE_MS = 1_000;

export function ReceiptLinks({ visitId }: { visitId: string }) {
  const receipt = useSignal<Receipt | null>(null);
  const fetching = useAction(async () => {
    receipt.value = await written(visitId);
  });
  useEffect(() => void fetching.run(), []);

  const found = receipt.value;
  const page = found && `${found.html_url}?lang=${language.value}`;
  useEffect(() => {
    if (page) void keepPaper(page);
  }, [page]);
  if (!found || !page) {
    return (
      <>
        <RefusalNote refusal={fetching.refusal.value} />
        {fetching.busy.value && <p aria-busy="true">{text("receipt_waiting")}</p>}
      </>
    );
  }
  return (
    <section aria-labelledby="receipt">
      <h2 id="receipt">{text("receipt", { number: found.number })}</h2>
      <div class="pair">
        <a class="action" href={page}>
          {text("receipt_open")}
        </a>
        <a
          class="action outline"
          href={`${found.pdf_url}?lang=${language.value}`}
          download={`${found.number}.pdf`}
        >
          {text("receipt_pdf")}
        </a>
      </div>
    </section>
  );
}

/** The receipt is written within seconds of the end; until then the server says it is not ready. */
async function written(visitId: string): Promise<Receipt> {
  for (let left = TRIES; ; left -= 1) {
    try {
      return await getOrKept(at("/api/v1/visits/{visit_id}/receipt", { visit_id: visitId }));
    } catch (error) {
      const notYet = error instanceof Refused && error.refusal.code === "receipt_not_ready";
      if (!notYet || left === 0) throw error;
    }
    await new Promise((wake) => setTimeout(wake, PAUSE_MS));
  }
}
