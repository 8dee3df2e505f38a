/** The decision on one visit: which lines count, charge, release or waive, and why. */

import { useSignal } from "@preact/signals";
import type { Words } from "../../../shop/ui/api.ts";
import { useAction } from "../../../shop/ui/shared/action.ts";
import { BusyButton } from "../../../shop/ui/shared/controls.tsx";
import { euros } from "../../../shop/ui/shared/format.ts";
import { post } from "../../../shop/ui/shared/http.ts";
import { language, say } from "../../../shop/ui/shared/i18n.ts";
import { RefusalNote } from "../../../shop/ui/shared/refusal.tsx";
import type { Verdict, VisitForStaff } from "../api.ts";
import { text } from "../texts.ts";
import { AddArticle } from "./add-article.tsx";
import { Reason } from "./reason.tsx";

interface Props {
  visit: VisitForStaff;
  onDecided: (visit: VisitForStaff, verdict: Verdict) => void;
}

interface CountedLine {
  sku: string;
  name: Words;
  facts: string;
  sure: boolean;
  quantity: number;
}

const VERDICTS: Verdict[] = ["charge", "release", "waive"];

export function Decide({ visit, onDecided }: Props) {
  const lines = useSignal(countedLines(visit));
  const verdict = useSignal<Verdict>("charge");
  const reason = useSignal("");
  const deciding = useAction(async () => {
    const changed = changedLines(visit, lines.value);
    const decided = await post<VisitForStaff>(`/api/v1/reviews/${visit.id}/resolve`, {
      action: verdict.value,
      reason: reason.value.trim(),
      ...(verdict.value !== "release" && changed.length > 0 ? { lines: changed } : {}),
    });
    onDecided(decided, verdict.value);
  });
  const setQuantity = (sku: string, quantity: number) => {
    lines.value = lines.value.map((line) => (line.sku === sku ? { ...line, quantity } : line));
  };
  const submit = (event: Event) => {
    event.preventDefault();
    void deciding.run();
  };
  return (
    <form onSubmit={submit}>
      <h3>{text("lines")}</h3>
      {lines.value.length === 0 && <p>{text("no_lines")}</p>}
      {lines.value.map((line) => (
        <LineInput key={line.sku} line={line} onChange={setQuantity} />
      ))}
      <AddArticle
        storeSlug={visit.store.slug}
        taken={lines.value.map((line) => line.sku)}
        onAdd={(sku, name) =>
          (lines.value = [...lines.value, { sku, name, facts: "", sure: true, quantity: 1 }])
        }
      />
      <fieldset>
        <legend>{text("verdict")}</legend>
        {VERDICTS.map((one) => (
          <label key={one}>
            <input
              type="radio"
              name={`verdict-${visit.id}`}
              checked={verdict.value === one}
              onChange={() => (verdict.value = one)}
            />
            {text(`verdict_${one}`)}
          </label>
        ))}
      </fieldset>
      <Reason label={text("reason")} value={reason} />
      <RefusalNote refusal={deciding.refusal.value} />
      <BusyButton busy={deciding.busy} type="submit">
        {text("decide")}
      </BusyButton>
    </form>
  );
}

interface LineProps {
  line: CountedLine;
  onChange: (sku: string, quantity: number) => void;
}

function LineInput({ line, onChange }: LineProps) {
  const name = say(line.name);
  return (
    <div class="line-input">
      <span>
        {name} {!line.sure && <mark>{text("not_sure")}</mark>}
        <small>{line.facts}</small>
      </span>
      <input
        type="number"
        aria-label={text("quantity_of", { name })}
        min={0}
        max={99}
        required
        value={line.quantity}
        onInput={(event) => onChange(line.sku, event.currentTarget.valueAsNumber || 0)}
      />
    </div>
  );
}

function countedLines(visit: VisitForStaff): CountedLine[] {
  return visit.lines.map((line) => ({
    sku: line.sku,
    name: line.name,
    sure: line.sure,
    quantity: line.quantity,
    facts:
      text("line_facts", {
        price: euros(line.unit_price_cents, language.value),
        sensed: line.sensed,
        scanned: line.scanned,
      }) + (line.corrected === null ? "" : text("line_corrected", { n: line.corrected })),
  }));
}

/** Only what the decision differs in: an untouched line keeps what shelf, scan and shopper said. */
function changedLines(visit: VisitForStaff, lines: CountedLine[]): { sku: string; quantity: number }[] {
  const before = new Map(visit.lines.map((line) => [line.sku, line.quantity]));
  return lines
    .filter((line) => (before.get(line.sku) ?? 0) !== line.quantity)
    .map(({ sku, quantity }) => ({ sku, quantity }));
}
