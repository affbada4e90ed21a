/*
 * ask.js - JSON from the gateway. What fails is a Problem (RFC 9457): its code is ours, `fix` says what to do.
 *
 *   const card = await ask('/v1/complaints/C-41');
 *   const outcome = await ask('/v1/complaints/C-41/acknowledge', {method: 'POST', body: {note: '…'}, ifMatch:
 *   card.changed_seq});
 */
const TIMEOUT_MS = 30000;
const ROWS_MAX = 10000; /* of one list: a page is no place for more */

let csrf = null;
let sessionOver = () => {};

export class Problem extends Error {
    constructor(status, body = {}) {
        super(body.detail ?? body.title ?? `HTTP ${status}`);
        this.name = 'Problem';
        this.status = status;
        for (const key of ['code', 'title', 'detail', 'fix', 'pointer', 'seq', 'changed_seq', 'quarantine'])
            this[key] = body[key] ?? null;
    }
}

/* Of the shell: the session's token, and whom to tell when the session is over. */
export function askAs(token, whenOver) {
    csrf = token;
    sessionOver = whenOver;
}

function requestOf(method, {body, ifMatch, idempotencyKey, signal, headers: more}) {
    const headers = {Accept: 'application/json', ...more};
    if (method !== 'GET') {
        headers['Content-Type'] ??= 'application/json';
        if (csrf) headers['X-CSRF-Token'] = csrf;
    }
    if (ifMatch !== undefined && ifMatch !== null) headers['If-Match'] = `"${ifMatch}"`;
    if (idempotencyKey) headers['Idempotency-Key'] = idempotencyKey;
    const limit = AbortSignal.timeout(TIMEOUT_MS);
    return {
        method,
        headers,
        credentials: 'same-origin',
        redirect: 'error',
        cache: 'no-store',
        signal: signal ? AbortSignal.any([signal, limit]) : limit,
        body: method === 'GET' ? undefined : typeof body === 'string' ? body : JSON.stringify(body ?? {}),
    };
}

async function bodyOf(response) {
    const text = await response.text();
    try {
        return text ? JSON.parse(text) : null;
    } catch {
        return {detail: text.slice(0, 200)};
    }
}

export async function ask(path, options = {}) {
    const method = options.method ?? 'GET';
    let response;
    try {
        response = await fetch(path, requestOf(method, options));
    } catch (error) {
        if (options.signal?.aborted) throw error;
        throw new Problem(0, {
            code: method === 'GET' ? 'E_UNREACHABLE' : 'E_UNANSWERED', /* what was sent may have arrived */
            title: error.name === 'TimeoutError' ? 'no answer' : 'not reachable',
        });
    }
    const body = await bodyOf(response);
    if (response.status === 202) throw new Problem(202, {title: 'not decided yet', ...body}); /* kept, not folded */
    if (response.ok) return body;
    if (response.status === 401) sessionOver();
    throw new Problem(response.status, body ?? {});
}

/* All rows of a list, page after page; `each(rows, seq)` is told every page as it comes. Returns {seq, rows, more}. */
export async function askAll(path, {signal, limit = 500, max = ROWS_MAX, each} = {}) {
    const url = new URL(path, location.origin);
    const rows = [];
    let seq = 0,
        cursor = null;
    url.searchParams.set('limit', limit);
    do {
        if (cursor) url.searchParams.set('cursor', cursor);
        const page = await ask(url.pathname + url.search, {signal});
        seq = page.seq;
        cursor = page.cursor;
        rows.push(...page.rows);
        each?.(page.rows, page.seq);
    } while (cursor && rows.length < max);
    return {seq, rows, more: cursor !== null};
}

/* 128 bits of chance, as text. */
export function token() {
    return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

/* For a decision that is sent again after a failure: the same key is the same decision. */
export function decisionKey() {
    return `web-${token()}`;
}

/*
 * What a form sends, by send(key, ...): again under the same key while nobody has answered, and under another one
 * once somebody did. A decision that was refused stays refused under its key, whatever is put right in the form.
 */
export function keyed(send) {
    let key = decisionKey();
    return async (...what) => {
        try {
            return await send(key, ...what);
        } catch (error) {
            if (error.status >= 400 && error.status < 500) key = decisionKey();
            throw error;
        }
    };
}
