/** Per door: the last exit test, how long it counts, and recording a new one. */

import { useSignal } from "@preact/signals";
import { useAction } from "../../../shop/ui/shared/action.ts";
import { BusyButton } from "../../../shop/ui/shared/controls.tsx";
import { now } from "../../../shop/ui/shared/clock.ts";
import { day, when } from "../../../shop/ui/shared/format.ts";
import { Heading } from "../../../shop/ui/shared/heading.tsx";
import { post } from "../../../shop/ui/shared/http.ts";
import { language } from "../../../shop/ui/shared/i18n.ts";
import { RefusalNote } from "../../../shop/ui/shared/refusal.tsx";
import type { Door, ExitTest } from "../api.ts";
import { loadStores, store } from "../desk.ts";
import { text } from "../texts.ts";

export function ExitTests() {
  const shown = store.value;
  return (
    <>
      <Heading>{text("exit_tests")}</Heading>
      <p>{text("exit_why")}</p>
      <p class="quiet">{text("how_tested")}</p>
      {shown?.doors.map((door) => (
        <OneDoor key={`${shown.slug}/${door.name}`} slug={shown.slug} door={door} />
      ))}
    </>
  );
}

function OneDoor({ slug, door }: { slug: string; door: Door }) {
  const note = useSignal("");
  const done = useSignal("");
  const recording = useAction(async (passed: boolean) => {
    done.value = "";
    const words = note.value.trim();
    const place = `${encodeURIComponent(slug)}/doors/${encodeURIComponent(door.name)}`;
    await post(`/api/v1/stores/${place}/exit-tests`, { passed, ...(words ? { note: words } : {}) });
    note.value = "";
    done.value = text("recorded");
    await loadStores();
  });
  const title = `${text("door")} ${door.name}`;
  return (
    <article aria-label={title}>
      <h2>
        {title} <small>{door.code}</small>
      </h2>
      <LastTest test={door.exit_test} />
      <label>
        {text("optional_note")}
        <input
          maxLength={500}
          value={note.value}
          onInput={(event) => (note.value = event.currentTarget.value)}
        />
      </label>
      <div class="pair">
        <BusyButton busy={recording.busy} onClick={() => void recording.run(true)}>
          {text("record_passed")}
        </BusyButton>
        <BusyButton
          busy={recording.busy}
          class="secondary outline"
          onClick={() => void recording.run(false)}
        >
          {text("record_failed")}
        </BusyButton>
      </div>
      <p class="done" role="status">
        {done.value}
      </p>
      <RefusalNote refusal={recording.refusal.value} />
    </article>
  );
}

function LastTest({ test }: { test: ExitTest | null }) {
  if (!test) return <p class="note problem">{text("never_tested")}</p>;
  const facts = { time: when(test.at, language.value), name: test.by };
  if (!test.passed || !test.valid_until) return <p class="note problem">{text("test_failed", facts)}</p>;
  const until = { day: day(test.valid_until, language.value) };
  const expired = new Date(test.valid_until) < now();
  return (
    <div class={`note ${expired ? "problem" : "good"}`}>
      <p>{text("test_passed", facts)}</p>
      <p>{text(expired ? "expired" : "valid_until", until)}</p>
    </div>
  );
}
