/** Every place on the shelves with its stock; goods put on it and counts are booked here. */

import { useSignal } from "@preact/signals";
import { Loading } from "../../../shop/ui/shared/controls.tsx";
import { when } from "../../../shop/ui/shared/format.ts";
import { Heading } from "../../../shop/ui/shared/heading.tsx";
import { get } from "../../../shop/ui/shared/http.ts";
import { language, say } from "../../../shop/ui/shared/i18n.ts";
import { RefusalNote } from "../../../shop/ui/shared/refusal.tsx";
import type { Facing } from "../api.ts";
import { store } from "../desk.ts";
import { useFresh } from "../fresh.ts";
import { text } from "../texts.ts";
import { BookCount, BookRestock } from "./stock-forms.tsx";

export function Restock() {
  const facings = useSignal<Facing[] | null>(null);
  const search = useSignal("");
  const slug = store.value?.slug ?? "";
  const loading = useFresh(async () => {
    if (slug) facings.value = await get<Facing[]>(`/api/v1/stores/${slug}/facings`);
  }, slug);
  const found = facings.value?.filter((facing) => matches(facing, search.value));
  // Stock is kept per article: other places of the same one show the same figure.
  const setOnHand = (sku: string, on_hand: number) => {
    facings.value =
      facings.value?.map((facing) => (facing.sku === sku ? { ...facing, on_hand } : facing)) ?? null;
  };
  return (
    <>
      <Heading>{text("restock")}</Heading>
      <label>
        {text("find")}
        <input
          type="search"
          value={search.value}
          onInput={(event) => (search.value = event.currentTarget.value)}
        />
      </label>
      <RefusalNote refusal={loading.refusal.value} />
      {facings.value === null && loading.busy.value && <Loading />}
      {found?.length === 0 && <p>{text("no_facings")}</p>}
      <ul class="plain-list facings">
        {found?.map((facing) => (
          <li key={facing.id}>
            <OneFacing facing={facing} onBooked={(onHand) => setOnHand(facing.sku, onHand)} />
          </li>
        ))}
      </ul>
    </>
  );
}

interface Props {
  facing: Facing;
  onBooked: (onHand: number) => void;
}

function OneFacing({ facing, onBooked }: Props) {
  const facts = [
    text("place", { shelf: facing.shelf, plates: facing.plates.join(", ") }),
    facing.plates.length > 0 && facing.sensing === "stock_check" && text("stock_check"),
    text("unit_weight", { n: Math.round(facing.unit_weight_g) }),
    facing.measured_grams !== null &&
      text("scales", { measured: facing.measured_grams, expected: facing.expected_grams }),
    facing.last_restock_at &&
      text("last_restock", { time: when(facing.last_restock_at, language.value) }),
  ];
  return (
    <details class="facing" data-sku={facing.sku}>
      <summary>
        <span class="what">
          <strong>{say(facing.name)}</strong>
          <span class="amount">{text("on_hand", { n: facing.on_hand })}</span>
        </span>
      </summary>
      <small>{facts.filter(Boolean).join(" · ")}</small>
      <div class="stock-forms">
        <BookRestock facing={facing} onBooked={onBooked} />
        <BookCount facing={facing} onBooked={onBooked} />
      </div>
    </details>
  );
}

function matches(facing: Facing, search: string): boolean {
  const wanted = search.trim().toLowerCase();
  const words = [facing.name.de, facing.name.en, facing.sku, facing.shelf];
  return words.some((word) => word.toLowerCase().includes(wanted));
}
