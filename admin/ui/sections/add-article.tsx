/** Adds an article of this store to the lines of a decision. */

import { useSignal } from "@preact/signals";
import type { Words } from "../../../shop/ui/api.ts";
import { useAction } from "../../../shop/ui/shared/action.ts";
import { get } from "../../../shop/ui/shared/http.ts";
import { say } from "../../../shop/ui/shared/i18n.ts";
import { RefusalNote } from "../../../shop/ui/shared/refusal.tsx";
import type { Facing } from "../api.ts";
import { text } from "../texts.ts";

interface Props {
  storeSlug: string;
  taken: string[];
  onAdd: (sku: string, name: Words) => void;
}

export function AddArticle({ storeSlug, taken, onAdd }: Props) {
  const facings = useSignal<Facing[]>([]);
  const loading = useAction(async () => {
    facings.value = await get<Facing[]>(`/api/v1/stores/${storeSlug}/facings`);
  });
  const loadOnce = () => {
    if (facings.value.length === 0) void loading.run();
  };
  const choose = (select: HTMLSelectElement) => {
    const facing = facings.value.find((one) => one.sku === select.value);
    if (facing) onAdd(facing.sku, facing.name);
    select.value = "";
  };
  return (
    <label>
      {text("add_article")}
      <select onFocus={loadOnce} onChange={(event) => choose(event.currentTarget)}>
        <option value="">{text("choose")}</option>
        {articles(facings.value, taken).map((facing) => (
          <option key={facing.sku} value={facing.sku}>
            {say(facing.name)}
          </option>
        ))}
      </select>
      <RefusalNote refusal={loading.refusal.value} />
    </label>
  );
}

/** One entry per article, though it may stand in several places. */
function articles(facings: Facing[], taken: string[]): Facing[] {
  const bySku = new Map(facings.map((facing) => [facing.sku, facing]));
  return [...bySku.values()]
    .filter((facing) => !taken.includes(facing.sku))
    .sort((a, b) => say(a.name).localeCompare(say(b.name)));
}
