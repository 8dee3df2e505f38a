/** What stands on a package in the reader's words, and finding goods by their name. */

import type { BasePrice, Language, NetContent, Product } from "./api.ts";
import { euros } from "./shared/format.ts";

const LARGE: Record<NetContent["unit"], string | null> = { g: "kg", ml: "l", piece: null };
const PIECES: Record<Language, readonly [one: string, more: string]> = {
  de: ["Stück", "Stück"],
  en: ["piece", "pieces"],
};

/** "500 g", "1,5 l", "10 Stück". */
export function contentWords({ amount, unit }: NetContent, language: Language): string {
  const large = LARGE[unit];
  if (large && amount >= 1_000) return `${(amount / 1_000).toLocaleString(language)}\u00a0${large}`;
  const word = unit === "piece" ? PIECES[language][amount === 1 ? 0 : 1] : unit;
  return `${amount.toLocaleString(language)}\u00a0${word}`;
}

/** "3,00 €/l". */
export function basePriceWords({ cents, per }: BasePrice, language: Language): string {
  return `${euros(cents, language)}/${per}`;
}

/** Every word of the query stands somewhere in a name or number of the goods; those that begin with it first. */
export function found(products: readonly Product[], query: string): Product[] {
  const words = folded(query).split(" ").filter(Boolean);
  if (words.length === 0) return [];
  const first = words[0] ?? "";
  const place = (product: Product) => (names(product).some((name) => name.startsWith(first)) ? 0 : 1);
  return products
    .filter((product) => words.every((word) => searched(product).includes(word)))
    .sort((one, other) => place(one) - place(other));
}

const names = ({ name }: Product): string[] => [folded(name.de), folded(name.en)];
const searched = (product: Product): string => [...names(product), ...product.gtins].join(" ");

/** As people type it: "Käse", "kaese" and "KASE" are one word. */
function folded(text: string): string {
  return text
    .toLowerCase()
    .replaceAll("ß", "ss")
    .normalize("NFD")
    .replace(/\p{M}/gu, "")
    .replace(/([aou])e/g, "$1")
    .replace(/[^\p{L}\p{N}]+/gu, " ")
    .trim();
}
