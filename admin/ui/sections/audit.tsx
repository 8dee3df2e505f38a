/** Who did what, newest first, page by page. */

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { useAction } from "../../../shop/ui/shared/action.ts";
import { BusyButton, Loading } from "../../../shop/ui/shared/controls.tsx";
import { when } from "../../../shop/ui/shared/format.ts";
import { Heading } from "../../../shop/ui/shared/heading.tsx";
import { get } from "../../../shop/ui/shared/http.ts";
import { language, say } from "../../../shop/ui/shared/i18n.ts";
import { RefusalNote } from "../../../shop/ui/shared/refusal.tsx";
import type { AuditEntry } from "../api.ts";
import { text } from "../texts.ts";
import { Evidence } from "./evidence.tsx";

const PAGE = 50;

export function Audit() {
  const entries = useSignal<AuditEntry[] | null>(null);
  const more = useSignal(false);
  const loading = useAction(async () => {
    const shown = entries.value ?? [];
    const last = shown.at(-1);
    const before = last ? `&before=${encodeURIComponent(last.id)}` : "";
    const page = await get<AuditEntry[]>(`/api/v1/audit?limit=${PAGE}${before}`);
    entries.value = [...shown, ...page];
    more.value = page.length === PAGE;
  });
  useEffect(() => void loading.run(), []);
  return (
    <>
      <Heading>{text("audit")}</Heading>
      <RefusalNote refusal={loading.refusal.value} />
      {entries.value === null && loading.busy.value && <Loading />}
      {entries.value?.length === 0 && <p>{text("no_audit")}</p>}
      {entries.value && entries.value.length > 0 && <Entries entries={entries.value} />}
      {more.value && (
        <BusyButton busy={loading.busy} class="outline" onClick={() => void loading.run()}>
          {text("older")}
        </BusyButton>
      )}
    </>
  );
}

function Entries({ entries }: { entries: AuditEntry[] }) {
  return (
    <table class="audit">
      <thead>
        <tr>
          <th scope="col">{text("at")}</th>
          <th scope="col">{text("actor")}</th>
          <th scope="col">{text("action")}</th>
          <th scope="col">{text("subject")}</th>
          <th scope="col">{text("detail")}</th>
        </tr>
      </thead>
      <tbody>
        {entries.map((entry) => (
          <tr key={entry.id}>
            <td data-name={text("at")}>{when(entry.at, language.value)}</td>
            <td data-name={text("actor")}>{entry.actor}</td>
            <td data-name={text("action")}>{say(entry.text)}</td>
            <td data-name={text("subject")}>{entry.subject}</td>
            <td data-name={text("detail")}>
              <Evidence value={entry.detail} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
