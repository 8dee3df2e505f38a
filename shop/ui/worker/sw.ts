/** Keeps the app's own files, so that it opens without a line. Data never: what is kept of that, and how
 *  long, is the page's business (`kept.ts`). Nothing that opens or pays is ever sent from here. */

const worker = self as unknown as ServiceWorkerGlobalScope;

const CACHE = "app";
const PAPERS = "receipts"; // the page puts them there, and takes them away
const PAGE = "/";
const FILES = "/assets/";
const RECEIPTS = "/r/";
/** Not ours to answer: the API and its explorer. */
const NOT_SCREENS = ["/api/", "/docs", "/health/"];
/** Longer nobody looks at an empty screen, when there is a copy. */
const PATIENCE_MS = 4_000;

worker.addEventListener("install", (event) => {
  event.waitUntil(
    fetch(PAGE, { cache: "no-cache" })
      .then(keepPage)
      .then(() => worker.skipWaiting()),
  );
});

worker.addEventListener("activate", (event) => event.waitUntil(worker.clients.claim()));

worker.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== worker.location.origin) return;
  if (pathname.startsWith(FILES)) event.respondWith(file(request));
  else if (request.mode !== "navigate") return;
  else if (pathname.startsWith(RECEIPTS)) event.respondWith(paper(request));
  else if (!NOT_SCREENS.some((start) => pathname.startsWith(start))) {
    event.respondWith(page(event));
  }
});

/** In whichever language it was kept, when there is no line. */
async function paper(request: Request): Promise<Response> {
  try {
    return await fetch(request);
  } catch (error) {
    const copy = await caches.match(request, { cacheName: PAPERS, ignoreSearch: true });
    if (copy) return copy;
    throw error;
  }
}

/** The newest page, and the one we have when the server is slow, away or out of reach. */
async function page(event: FetchEvent): Promise<Response> {
  const copy = await (await caches.open(CACHE)).match(PAGE);
  try {
    const fresh = await fetch(event.request, {
      signal: copy ? AbortSignal.timeout(PATIENCE_MS) : null,
    });
    if (fresh.status >= 500 && copy) return copy;
    if (fresh.ok) event.waitUntil(keepPage(fresh.clone()));
    return fresh;
  } catch (error) {
    if (copy) return copy;
    throw error;
  }
}

/** Names of files change with their content, so a copy is as good as the original. */
async function file(request: Request): Promise<Response> {
  const cache = await caches.open(CACHE);
  return (await cache.match(request)) ?? (await fetch(request));
}

/** With all files it names; files of an older page go. */
async function keepPage(answer: Response): Promise<void> {
  if (!answer.ok) throw new Error(`the page could not be kept: ${answer.status}`);
  const cache = await caches.open(CACHE);
  const named = (await answer.clone().text()).matchAll(/(?:src|href)="(\/assets\/[^"]+)"/g);
  const files = new Set(Array.from(named, ([, path]) => new URL(path ?? "", worker.location.origin).href));
  const held = new Set((await cache.keys()).map((request) => request.url));
  await cache.addAll([...files].filter((url) => !held.has(url)));
  await cache.put(PAGE, answer);
  files.add(new URL(PAGE, worker.location.origin).href);
  await Promise.all([...held].filter((url) => !files.has(url)).map((url) => cache.delete(url)));
}
