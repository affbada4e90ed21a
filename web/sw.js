/*
 * sw.js - keeps the kiosk's page on the tablet, so that a reload works without a network: /rate/ only.
 *
 * The page says what it was made of, {keep: [path, …]}, and just that is kept, all of it or none: never one half of
 * a newer version. The newest comes first, what is kept when it does not come in time. Answers and visits go past it
 * (outbox.js keeps the answers).
 */
const CACHE = 'manyi-kiosk';
const PAGE = '/kiosk.html';
const ICON = '/icon.svg'; /* which pages don't count among their parts */
const PARTS_MAX = 100;
const PATIENCE_MS = 3000;

async function newestOrKept(request, key) {
    const cache = await caches.open(CACHE);
    try {
        const response = await fetch(request, {signal: AbortSignal.timeout(PATIENCE_MS)});
        await response.clone().arrayBuffer(); /* all of it, in time */
        return response.ok ? response : (response.status >= 500 && (await cache.match(key))) || response;
    } catch (error) {
        const kept = await cache.match(key);
        if (kept)
            return kept;
        throw error;
    }
}

/* What the page of today is made of; what an older one was made of goes. */
async function keep(parts) {
    const cache = await caches.open(CACHE);
    const wanted = new Set([PAGE, ICON, ...parts.slice(0, PARTS_MAX)]);
    const kept = (await cache.keys()).map((request) => new URL(request.url).pathname);
    const newest = await Promise.all([...wanted].map(async (path) => [path, await fetch(path, {cache: 'no-cache'})]));
    if (newest.some(([, response]) => !response.ok))
        return;
    await Promise.all(newest.map(([path, response]) => cache.put(path, response)));
    await Promise.all(kept.filter((path) => !wanted.has(path)).map((path) => cache.delete(path)));
}

self.addEventListener('install', (event) => event.waitUntil(self.skipWaiting()));

self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));

self.addEventListener('message', (event) => event.waitUntil(keep(event.data.keep)));

self.addEventListener('fetch', (event) => {
    const {request} = event;
    const {origin, pathname} = new URL(request.url);
    if (request.method !== 'GET' || origin !== self.location.origin)
        return;
    if (request.mode === 'navigate')
        event.respondWith(newestOrKept(request, PAGE));
    else if (['script', 'style', 'image'].includes(request.destination))
        event.respondWith(newestOrKept(request, pathname));
});
