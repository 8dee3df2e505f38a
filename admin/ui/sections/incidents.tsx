/** What needs a person: alarms first, closed with a note. */

import { useSignal } from "@preact/signals";
import { useAction } from "../../../shop/ui/shared/action.ts";
import { BusyButton, Loading } from "../../../shop/ui/shared/controls.tsx";
import { when } from "../../../shop/ui/shared/format.ts";
import { Heading } from "../../../shop/ui/shared/heading.tsx";
import { get, post } from "../../../shop/ui/shared/http.ts";
import { language, say } from "../../../shop/ui/shared/i18n.ts";
import { RefusalNote } from "../../../shop/ui/shared/refusal.tsx";
import type { Incident } from "../api.ts";
import { stores } from "../desk.ts";
import { useFresh } from "../fresh.ts";
import { text } from "../texts.ts";
import { EvidenceFold } from "./evidence.tsx";

const WORST_FIRST: Incident["severity"][] = ["alarm", "warning", "info"];

export function Incidents() {
  const incidents = useSignal<Incident[] | null>(null);
  const withClosed = useSignal(false);
  const loading = useFresh(
    async () => {
      const open = !withClosed.value;
      incidents.value = sorted(await get<Incident[]>(`/api/v1/incidents?open=${open}`));
    },
    String(withClosed.value),
  );
  const onClosed = (id: string) => {
    incidents.value = incidents.value?.filter((incident) => incident.id !== id) ?? null;
    void loading.run();
  };
  return (
    <>
      <Heading>{text("incidents")}</Heading>
      <label>
        <input
          type="checkbox"
          role="switch"
          checked={withClosed.value}
          onChange={(event) => (withClosed.value = event.currentTarget.checked)}
        />
        {text("show_closed")}
      </label>
      <RefusalNote refusal={loading.refusal.value} />
      {incidents.value === null && loading.busy.value && <Loading />}
      {incidents.value?.length === 0 && <p>{text("no_incidents")}</p>}
      {incidents.value?.map((incident) => (
        <OneIncident key={incident.id} incident={incident} onClosed={() => onClosed(incident.id)} />
      ))}
    </>
  );
}

function OneIncident({ incident, onClosed }: { incident: Incident; onClosed: () => void }) {
  return (
    <article class={`incident ${incident.severity}`} data-incident={incident.id}>
      <p class="cause">
        <mark>{text(`severity_${incident.severity}`)}</mark> <strong>{say(incident.text)}</strong>
      </p>
      <p class="quiet">
        {storeName(incident.store)}, {text("opened_at", { time: when(incident.opened_at, language.value) })}
      </p>
      <EvidenceFold of={incident.evidence} />
      {incident.closed_at ? (
        <p>
          {text("closed_by", {
            time: when(incident.closed_at, language.value),
            name: incident.closed_by ?? "",
          })}
          {incident.note && `: ${incident.note}`}
        </p>
      ) : (
        <Close id={incident.id} onClosed={onClosed} />
      )}
    </article>
  );
}

function Close({ id, onClosed }: { id: string; onClosed: () => void }) {
  const note = useSignal("");
  const closing = useAction(async () => {
    await post(`/api/v1/incidents/${id}/close`, { note: note.value.trim() });
    onClosed();
  });
  const submit = (event: Event) => {
    event.preventDefault();
    void closing.run();
  };
  return (
    <form onSubmit={submit}>
      <label>
        {text("close_note")}
        <input
          required
          minLength={3}
          maxLength={500}
          value={note.value}
          onInput={(event) => (note.value = event.currentTarget.value)}
        />
      </label>
      <BusyButton busy={closing.busy} type="submit" class="outline">
        {text("close_incident")}
      </BusyButton>
      <RefusalNote refusal={closing.refusal.value} />
    </form>
  );
}

/** Open before closed, worst first; within the same, in the server's order (oldest first). */
function sorted(incidents: Incident[]): Incident[] {
  const rank = (incident: Incident) =>
    (incident.closed_at ? WORST_FIRST.length : 0) + WORST_FIRST.indexOf(incident.severity);
  return incidents.toSorted((a, b) => rank(a) - rank(b));
}

function storeName(slug: string): string {
  return stores.value.find((store) => store.slug === slug)?.name ?? slug;
}
