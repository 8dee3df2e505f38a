/** How goods look wherever they stand: their sign, what the package holds, what a kilogram or litre costs. */

import type { BasePrice, NetContent } from "../api.ts";
import { basePriceWords, contentWords } from "../goods.ts";
import { language } from "../shared/i18n.ts";

/** Beside the name, which says it all: nothing for the ear. A bag where the operator chose no sign. */
export function GoodsIcon({ icon }: { icon: string }) {
  return (
    <span class="goods-icon" aria-hidden="true">
      {icon || (
        <svg viewBox="0 0 24 24">
          <path d="M5 8h14l-1 13H6zM9 10V6a3 3 0 0 1 6 0v4" />
        </svg>
      )}
    </span>
  );
}

interface Facts {
  net: NetContent | null;
  base_price: BasePrice | null;
}

/** To stand under the price; nothing where there is nothing to tell. */
export function GoodsFacts({ of: { net, base_price } }: { of: Facts }) {
  const facts = [
    net && contentWords(net, language.value),
    base_price && basePriceWords(base_price, language.value),
  ].filter(Boolean);
  return facts.length > 0 ? <small class="facts">{facts.join(" · ")}</small> : null;
}
