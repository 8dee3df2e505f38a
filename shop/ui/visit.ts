/** The visit on screen, kept live by the server's event stream. */

import { signal } from "@preact/signals";
import type { BasketLine, Visit, VisitState } from "./api.ts";
import { at, post, put } from "./ask.ts";
import { getOrKept } from "./kept.ts";
import { grown } from "./news.ts";

const RETRY_MS = 2_000;
const FINAL: ReadonlySet<VisitState> = new Set(["refused", "settled", "empty", "abandoned"]);
const ENTERING: ReadonlySet<VisitState> = new Set([
  "requested",
  "authenticating",
  "admitted",
  "unlocked",
]);

/** Under this name the phone keeps the id of the last visit whose end she saw. */
export const SEEN = "seen";

export const visit = signal<Visit | null>(null);
/** Pictures of visits that the stream has told so far. */
let told = 0;
/** False while the line to the server is down: what is shown may be old. */
export const live = signal(true);

export const isFinal = (shown: Visit): boolean => FINAL.has(shown.state);
export const isEntering = (shown: Visit): boolean => ENTERING.has(shown.state);

/** Follows one visit until the returned function is called; rests while the page is hidden. */
export function follow(id: string): () => void {
  let stream: EventSource | null = null;
  let retry: ReturnType<typeof setTimeout> | undefined;

  const close = () => {
    clearTimeout(retry);
    stream?.close();
    stream = null;
  };
  const open = () => {
    close();
    stream = new EventSource(at("/api/v1/visits/{visit_id}/events", { visit_id: id }));
    stream.addEventListener("visit", (event: MessageEvent<string>) => {
      live.value = true;
      told += 1;
      visit.value = JSON.parse(event.data) as Visit;
      if (isFinal(visit.value)) close();
    });
    stream.onerror = () => {
      if (visit.value && isFinal(visit.value)) return close();
      live.value = false;
      // The browser reconnects by itself unless the server answered with an error.
      if (stream?.readyState === EventSource.CLOSED) retry = setTimeout(open, RETRY_MS);
    };
  };
  const restWhileHidden = () => {
    if (document.hidden) close();
    else if (!(visit.value && isFinal(visit.value))) open();
  };

  document.addEventListener("visibilitychange", restWhileHidden);
  if (!document.hidden) open();
  return () => {
    document.removeEventListener("visibilitychange", restWhileHidden);
    close();
    visit.value = null;
    live.value = true;
  };
}

/** `store` is the one whose terms are on the screen: a door elsewhere is refused. */
export const openDoor = (door_code: string, store: string): Promise<Visit> =>
  post(at("/api/v1/visits"), { door_code, store });

/** Loads once, so that a foreign or unknown visit is refused in words and not by a silent stream. */
export const load = (id: string): Promise<unknown> => shown(getOrKept(path(id)));
/** Both answer with the line they counted in. */
export const scan = (id: string, gtin: string): Promise<BasketLine | null> =>
  added(post(at("/api/v1/visits/{visit_id}/scans", { visit_id: id }), { gtin, quantity: 1 }));
export async function addNamed(id: string, sku: string): Promise<BasketLine | null> {
  const named = post(at("/api/v1/visits/{visit_id}/lines", { visit_id: id }), { sku, quantity: 1 });
  return (await shown(named)).lines.find((line) => line.sku === sku) ?? null;
}
export const correct = (id: string, sku: string, quantity: number): Promise<unknown> =>
  shown(put(at("/api/v1/visits/{visit_id}/lines/{sku}", { visit_id: id, sku }), { quantity }));
export const pay = (id: string): Promise<unknown> => shown(post(at("/api/v1/visits/{visit_id}/pay", { visit_id: id })));
export const leave = (id: string): Promise<unknown> => shown(post(at("/api/v1/visits/{visit_id}/leave", { visit_id: id })));
export const cancel = (id: string): Promise<unknown> => shown(post(at("/api/v1/visits/{visit_id}/cancel", { visit_id: id })));

export const path = (id: string) => at("/api/v1/visits/{visit_id}", { visit_id: id });

/** Unless the stream told something meanwhile: that is newer, or what is newer follows it. */
async function shown(answer: Promise<Visit>): Promise<Visit> {
  const before = told;
  const answered = await answer;
  if (told === before || visit.value?.id !== answered.id) visit.value = answered;
  return answered;
}

async function added(answer: Promise<Visit>): Promise<BasketLine | null> {
  const before = visit.value?.lines ?? [];
  return grown(before, (await shown(answer)).lines);
}
