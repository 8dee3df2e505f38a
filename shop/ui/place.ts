/** Where the shopper is: the page's address names the visit or the card being looked at. */

import { signal } from "@preact/signals";

export interface Place {
  visit: string | null;
  card: string | null;
}

const DOOR_KEY = "door";
const STORE_KEY = "store";

export const place = signal<Place>({ visit: null, card: null });

/** Reads the address; a door code in it (from a sticker at the door) survives sign-in and card page. */
export function arrive(): void {
  const query = new URLSearchParams(location.search);
  keep(DOOR_KEY, query.get("door"));
  keep(STORE_KEY, query.get("store"));
  if (query.has("door") || query.has("store")) history.replaceState(null, "", "/");
  place.value = { visit: query.get("visit"), card: query.get("card") };
}

export function goHome(): void {
  history.pushState(null, "", "/");
  place.value = { visit: null, card: null };
}

export function goToVisit(id: string): void {
  if (place.value.visit === id) return;
  history.pushState(null, "", `/?visit=${encodeURIComponent(id)}`);
  place.value = { visit: id, card: null };
}

export const doorCode = (): string => sessionStorage.getItem(DOOR_KEY) ?? "";
export const storeSlug = (): string => sessionStorage.getItem(STORE_KEY) ?? "";

function keep(key: string, value: string | null): void {
  if (value) sessionStorage.setItem(key, value);
}

addEventListener("popstate", arrive);
