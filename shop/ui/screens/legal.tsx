/** The operator's own pages, the way to them from everywhere, and agreeing to terms and privacy. */

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { accountText } from "../account-texts.ts";
import type { ConsentsDue, LegalPage } from "../api.ts";
import { at, get, post } from "../ask.ts";
import { getOrKept } from "../kept.ts";
import { linkTo, useStateName } from "../place.ts";
import { useAction } from "../shared/action.ts";
import { announce } from "../shared/announce.tsx";
import { BusyButton } from "../shared/controls.tsx";
import { day } from "../shared/format.ts";
import { Heading } from "../shared/heading.tsx";
import { language } from "../shared/i18n.ts";
import { RefusalNote } from "../shared/refusal.tsx";

const KINDS = ["imprint", "privacy", "terms", "accessibility"] as const;

export function LegalScreen({ kind }: { kind: string }) {
  const page = useSignal<LegalPage | null>(null);
  const loading = useAction(async () => {
    page.value = await getOrKept(at("/api/v1/pages/{kind}", { kind, lang: language.value }));
  });
  useEffect(() => void loading.run(), [language.value]);
  useStateName(page.value ? "written" : loading.refusal.value ? "unwritten" : undefined);
  const known = KINDS.find((one) => one === kind);
  return (
    <>
      <Heading>{known ? accountText(known) : accountText("legal")}</Heading>
      <RefusalNote refusal={loading.refusal.value} calm />
      {page.value && (
        <article>
          <Paragraphs text={page.value.text} />
          <p class="quiet">
            {accountText("page_version", {
              version: page.value.version,
              day: day(page.value.published_at, language.value),
            })}
          </p>
        </article>
      )}
    </>
  );
}

/** An empty line ends a paragraph; one that begins with "# " is a heading. */
function Paragraphs({ text }: { text: string }) {
  return (
    <>
      {text.split(/\n\s*\n/).map((part) =>
        part.startsWith("# ") ? (
          <h2 key={part}>{part.slice(2)}</h2>
        ) : (
          <p key={part} class="written">
            {part}
          </p>
        ),
      )}
    </>
  );
}

export function LegalLinks() {
  return (
    <footer class="container legal">
      <nav aria-label={accountText("legal")}>
        {KINDS.map((kind) => (
          <a key={kind} {...linkTo("page", kind)}>
            {accountText(kind)}
          </a>
        ))}
      </nav>
    </footer>
  );
}

/** Before her first visit, and again when the operator published a new version. */
export function Agreement() {
  const due = useSignal<ConsentsDue | null>(null);
  const loading = useAction(async () => {
    due.value = await get(at("/api/v1/consents/due"));
  });
  const agreeing = useAction(async () => {
    due.value = await post(at("/api/v1/consents"), due.value ?? {});
    announce(accountText("agreed"));
  });
  useEffect(() => void loading.run(), []);
  if (!due.value?.terms && !due.value?.privacy) return null;
  return (
    <section class="note" aria-labelledby="agreement">
      <h2 id="agreement">{accountText("agreement")}</h2>
      <p>{accountText("agreement_why")}</p>
      <ul>
        {(["terms", "privacy"] as const)
          .filter((kind) => due.value?.[kind])
          .map((kind) => (
            <li key={kind}>
              <a {...linkTo("page", kind)}>{accountText(kind)}</a>
            </li>
          ))}
      </ul>
      <RefusalNote refusal={agreeing.refusal.value} />
      <BusyButton busy={agreeing.busy} onClick={() => void agreeing.run()}>
        {accountText("agree")}
      </BusyButton>
    </section>
  );
}
