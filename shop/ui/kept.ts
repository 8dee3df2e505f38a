/** What this phone keeps of the server's answers, to be read without a line; gone when she signs out. */

import { type AnswerOf, type At, get, getAtOnce, type PathOf } from "./ask.ts";
import { Refused } from "./shared/http.ts";

const PREFIX = "kept ";
const MOST = 30;
const PAPERS = "receipts";
const MOST_PAPERS = 10;

interface Copy {
  at: number;
  content: unknown;
}

/** The server's answer, or while it cannot be reached the last one of it that we have. */
export async function getOrKept<P extends PathOf<"GET">>(path: At<P>): Promise<AnswerOf<P, "GET">> {
  const old = kept<AnswerOf<P, "GET">>(path);
  try {
    const fresh = await (old === null ? get(path) : getAtOnce(path));
    keep(path, fresh);
    return fresh;
  } catch (error) {
    if (old !== null && error instanceof Refused && error.status === 0) return old;
    throw error;
  }
}

export function keep(path: string, content: unknown): void {
  try {
    localStorage.setItem(PREFIX + path, JSON.stringify({ at: Date.now(), content } satisfies Copy));
  } catch {
    forget(); // no room: copies are a comfort, the rest of the page needs the space more
  }
  const oldest = copies().sort(([, one], [, other]) => other.at - one.at).slice(MOST);
  for (const [key] of oldest) localStorage.removeItem(key);
}

/** A receipt's page, which the worker shows without a line (`worker/sw.ts`); it tells what is paid, so the newest counts. */
export async function keepPaper(url: string): Promise<void> {
  if (!("caches" in globalThis)) return; // no worker either, then
  try {
    const cache = await caches.open(PAPERS);
    await cache.add(url);
    const held = await cache.keys();
    await Promise.all(held.slice(0, Math.max(0, held.length - MOST_PAPERS)).map((old) => cache.delete(old)));
  } catch {
    // no room or no line: copies are a comfort
  }
}

export function kept<T>(path: string): T | null {
  return (readCopy(PREFIX + path)?.content as T | undefined) ?? null;
}

export function forget(): void {
  for (const [key] of copies()) localStorage.removeItem(key);
  if ("caches" in globalThis) void caches.delete(PAPERS);
}

function copies(): [key: string, copy: Copy][] {
  return Object.keys(localStorage)
    .filter((key) => key.startsWith(PREFIX))
    .map((key) => [key, readCopy(key) ?? { at: 0, content: null }]);
}

function readCopy(key: string): Copy | null {
  try {
    return JSON.parse(localStorage.getItem(key) ?? "null") as Copy | null;
  } catch {
    return null;
  }
}
