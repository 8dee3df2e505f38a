/** The operator's own pages: what is published, and publishing a new version in both languages. */

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { useAction } from "../../../shop/ui/shared/action.ts";
import { BusyButton } from "../../../shop/ui/shared/controls.tsx";
import { day } from "../../../shop/ui/shared/format.ts";
import { Heading } from "../../../shop/ui/shared/heading.tsx";
import { get, post } from "../../../shop/ui/shared/http.ts";
import { language } from "../../../shop/ui/shared/i18n.ts";
import { RefusalNote } from "../../../shop/ui/shared/refusal.tsx";
import type { DeskPage } from "../api.ts";
import { text } from "../texts.ts";

const PATH = "/api/v1/pages";

export function Pages() {
  const pages = useSignal<DeskPage[]>([]);
  const loading = useAction(async () => {
    pages.value = await get<DeskPage[]>(PATH);
  });
  useEffect(() => void loading.run(), []);
  return (
    <>
      <Heading>{text("pages")}</Heading>
      <p>{text("pages_why")}</p>
      <RefusalNote refusal={loading.refusal.value} />
      {pages.value.map((page) => (
        <OnePage key={page.kind} page={page} onPublished={() => void loading.run()} />
      ))}
    </>
  );
}

function OnePage({ page, onPublished }: { page: DeskPage; onPublished: () => void }) {
  const de = useSignal(page.de);
  const en = useSignal(page.en);
  const publishing = useAction(async () => {
    await post(`${PATH}/${page.kind}`, { de: de.value, en: en.value });
    onPublished();
  });
  const submit = (event: Event) => {
    event.preventDefault();
    void publishing.run();
  };
  const title = text(`page_${page.kind}`);
  const since = page.published_at && day(page.published_at, language.value);
  return (
    <article aria-label={title}>
      <form onSubmit={submit}>
        <h2>{title}</h2>
        <p role="status">
          {since ? text("page_version", { version: page.version, day: since }) : text("page_unwritten")}
        </p>
        {([["Deutsch", de], ["English", en]] as const).map(([name, written]) => (
          <label key={name}>
            {name}
            <textarea
              rows={6}
              required
              maxLength={30_000}
              value={written.value}
              onInput={(event) => (written.value = event.currentTarget.value)}
            />
          </label>
        ))}
        <RefusalNote refusal={publishing.refusal.value} />
        <BusyButton busy={publishing.busy} type="submit">
          {text("page_publish")}
        </BusyButton>
      </form>
    </article>
  );
}
