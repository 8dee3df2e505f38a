/** The store's goods, found by their name and added with one press. */

import { useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { Product, Visit } from "../api.ts";
import { at, get } from "../ask.ts";
import { basketText } from "../basket-texts.ts";
import { found } from "../goods.ts";
import { useAction } from "../shared/action.ts";
import { BusyButton } from "../shared/controls.tsx";
import { euros } from "../shared/format.ts";
import { language, say } from "../shared/i18n.ts";
import { RefusalNote } from "../shared/refusal.tsx";
import { text } from "../texts.ts";
import { addNamed } from "../visit.ts";
import { GoodsFacts, GoodsIcon } from "./goods.tsx";

/** More than that is no help to the eye, and a long way for the Tab key. */
const SHOWN = 8;

export function ByName({ visit }: { visit: Visit }) {
  const products = useSignal<Product[]>([]);
  const query = useSignal("");
  const loading = useAction(async () => {
    products.value = await get(at("/api/v1/stores/{slug}/products", { slug: visit.store.slug }));
  });
  useEffect(() => void loading.run(), []);
  const all = found(products.value, query.value);
  return (
    <form onSubmit={(event) => event.preventDefault()}>
      <label for="goods-search">{basketText("search")}</label>
      <input
        id="goods-search"
        type="search"
        autocomplete="off"
        maxLength={60}
        aria-describedby="goods-found"
        value={query.value}
        onInput={(event) => (query.value = event.currentTarget.value)}
      />
      <RefusalNote refusal={loading.refusal.value} />
      <p id="goods-found" class="quiet" role="status" aria-busy={loading.busy.value}>
        {howMany(query.value, all.length)}
      </p>
      <ul class="lines">
        {all.slice(0, SHOWN).map((product) => (
          <Choice key={product.sku} visitId={visit.id} product={product} />
        ))}
      </ul>
    </form>
  );
}

function howMany(query: string, n: number): string {
  if (!query.trim()) return basketText("search_hint");
  if (n === 0) return basketText("search_none");
  return n > SHOWN ? basketText("search_more", { n, shown: SHOWN }) : basketText("search_found", { n });
}

/** The answer stands in its own row: nothing may move under a finger that presses twice. */
function Choice({ visitId, product }: { visitId: string; product: Product }) {
  const has = useSignal(0);
  const adding = useAction(async () => {
    has.value = (await addNamed(visitId, product.sku))?.quantity ?? 0;
  });
  const amount = (cents: number) => euros(cents, language.value);
  return (
    <li class="choice" data-choice={product.sku}>
      <div>
        <span class="name">
          <GoodsIcon icon={product.icon} />
          {say(product.name)}
        </span>
        <small class="facts">
          {amount(product.price_cents)}
          {product.deposit_cents > 0 && ` ${text("deposit_plus", { amount: amount(product.deposit_cents) })}`}
        </small>
        <GoodsFacts of={product} />
        {has.value > 0 && <small class="facts">{basketText("added_now", { n: has.value })}</small>}
      </div>
      <BusyButton
        type="button"
        busy={adding.busy}
        class="outline"
        aria-label={basketText("add_named", { name: say(product.name) })}
        onClick={adding.run}
      >
        {text("add")}
      </BusyButton>
      <RefusalNote refusal={adding.refusal.value} />
    </li>
  );
}
