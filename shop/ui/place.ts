/** Where the shopper is: the screen that the page's address names, and what that screen shows right now. */

import { signal } from "@preact/signals";
import { useLayoutEffect } from "preact/hooks";
import { addressOf, type Place, placeAt, type ScreenName } from "./routes.ts";

const DOOR_KEY = "door";
const STORE_KEY = "store";
/** When she came with a code that changes. */
const LIVE_KEY = "live code since";
/** As long as the service takes what a display showed. */
const LIVE_MS = 60_000;
const LOADING = "loading";

export const place = signal<Place>({ screen: "home", id: "" });
/** One of the screen's states in `ROUTES`, or `loading`. */
export const stateName = signal<string>(LOADING);

/** Reads the address; a door code in it (from a sticker at the door) survives sign-in and card page. */
export function arrive(): void {
  const query = new URLSearchParams(location.search);
  const door = query.get("door");
  keep(DOOR_KEY, door);
  if (door) sessionStorage.removeItem(LIVE_KEY);
  if (door && query.has("live")) keep(LIVE_KEY, String(Date.now()));
  keep(STORE_KEY, query.get("store"));
  place.value = placeAt(location.pathname);
  history.replaceState(null, "", addressOf(place.value.screen, place.value.id));
}

export function goTo(screen: ScreenName, id = ""): void {
  const now = place.value;
  if (now.screen === screen && now.id === id) return;
  history.pushState(null, "", addressOf(screen, id));
  stateName.value = LOADING;
  place.value = { screen, id };
}

export const goHome = (): void => goTo("home");
export const goToVisit = (id: string): void => goTo("visit", id);

/** For screens: what they show, for tests and style sheets. */
export function useStateName(name: string | undefined): void {
  useLayoutEffect(() => {
    stateName.value = name ?? LOADING;
  }, [name]);
}

/** What makes a link a step inside the app: opened elsewhere (middle click, Ctrl) it stays a link. */
export function linkTo(screen: ScreenName, id = "") {
  const onClick = (event: MouseEvent) => {
    if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    goTo(screen, id);
  };
  return { href: addressOf(screen, id), onClick };
}

export const doorCode = (): string => sessionStorage.getItem(DOOR_KEY) ?? "";
export function forgetDoorCode(): void {
  sessionStorage.removeItem(DOOR_KEY);
  sessionStorage.removeItem(LIVE_KEY);
}
/** She scanned a display: what she has to do first may take longer than its code lasts. */
export const hasLiveCode = (): boolean => sessionStorage.getItem(LIVE_KEY) !== null;
/** It took longer. The phone's clock may be wrong or set right meanwhile, so only a time that passed counts. */
export const isLiveCodeOld = (): boolean =>
  hasLiveCode() && Math.abs(Date.now() - Number(sessionStorage.getItem(LIVE_KEY))) >= LIVE_MS;
export const storeSlug = (): string => sessionStorage.getItem(STORE_KEY) ?? "";

function keep(key: string, value: string | null): void {
  if (value) sessionStorage.setItem(key, value);
}

addEventListener("popstate", arrive);
