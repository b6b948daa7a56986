// The service worker of participants: keeps one page and its stylesheet, so that a dead connection says so in our words.

const CACHE = "offline";
const worker = /** @type {any} */ (self);

/** Fetch the offline page and what it looks like. */
async function refresh() {
  const cache = await caches.open(CACHE);
  const page = await fetch("/offline", { cache: "no-store", credentials: "omit" });
  if (!page.ok) return;
  const html = await page.clone().text();
  const sheets = [...html.matchAll(/<link rel="stylesheet" href="([^"]+)"/g)].map((match) => match[1] ?? "");
  for (const old of await cache.keys()) await cache.delete(old);
  await cache.put("/offline", page);
  await cache.addAll(sheets);
}

worker.addEventListener("install", (/** @type {any} */ event) => event.waitUntil(refresh().then(() => worker.skipWaiting())));
worker.addEventListener("activate", (/** @type {any} */ event) => event.waitUntil(worker.clients.claim()));
worker.addEventListener("message", (/** @type {any} */ event) => {
  if (event.data === "refresh") event.waitUntil(refresh().catch(() => undefined));
});
worker.addEventListener("fetch", (/** @type {any} */ event) => {
  const { request } = event;
  if (request.mode === "navigate" && request.method === "GET") {
    event.respondWith(fetch(request).catch(async () => (await caches.match("/offline")) ?? Response.error()));
  } else if (request.destination === "style") {
    event.respondWith(fetch(request).catch(async () => (await caches.match(request)) ?? Response.error()));
  }
});
