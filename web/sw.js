/*
 * sw.js - keeps the kiosk's page on the tablet, so that a reload works without a network: /rate/ only. The newest comes
 * first, what is kept when it does not come in time; answers and visits go past it (outbox.js keeps those).
 */
const CACHE = 'manyi-kiosk';
const PAGE = '/kiosk.html';
const FILES = [PAGE, '/kiosk.js', '/outbox.js', '/icon.svg', '/lib/dom.js', '/lib/early.js', '/lib/face.js',
    '/lib/idle.js', '/lib/shelf.js', '/lib/visit.js', '/lib/visitor.js', '/lib/words.js', '/style/base.css',
    '/style/kiosk.css', '/style/tokens.css', '/style/visitor.css', '/words/domain.js', '/words/en.js', '/words/zh.js'];
const PATIENCE_MS = 3000;

async function newestOrKept(request, key) {
    const cache = await caches.open(CACHE);
    try {
        const response = await fetch(request, {signal: AbortSignal.timeout(PATIENCE_MS)});
        if (response.ok) {
            await cache.put(key, response.clone());
            return response;
        }
        return (response.status >= 500 && (await cache.match(key))) || response;
    } catch (error) {
        const kept = await cache.match(key);
        if (kept)
            return kept;
        throw error;
    }
}

self.addEventListener('install', (event) => {
    event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(FILES)).then(() => self.skipWaiting()));
});

self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));

self.addEventListener('fetch', (event) => {
    const {request} = event;
    const {origin, pathname} = new URL(request.url);
    if (request.method !== 'GET' || origin !== self.location.origin)
        return;
    if (request.mode === 'navigate')
        event.respondWith(newestOrKept(request, PAGE));
    else if (FILES.includes(pathname))
        event.respondWith(newestOrKept(request, pathname));
});
