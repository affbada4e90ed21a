/*
 * live.js - a list that stays true: all its pages are loaded, cards of the stream are applied, and after a gap it
 * is loaded anew.
 *
 *   const list = live({
 *       path: '/v1/complaints?status=open', channel: 'complaint', keep: (card) => card.status !== 'closed',
 *       change: (rows, {loading, problem, more, seq}) => draw(rows),
 *   });
 *   list.rows (Map id → card) · list.reload() · list.stop()
 *
 * A card that comes while the list is loaded may be older or newer than the page that has it: the later change stands
 * (collection). `seq` is 0 until all pages were read once. `change` is called at most each SETTLE_MS.
 */
import {askAll} from './ask.js';
import {stream} from './stream.js';

const SETTLE_MS = 60,
    RETRY_MS = 3000;

/*
 * The pure part: rows by id, each as of an entry. What changed a card last (changed_seq) says which of two is
 * newer; of the same change, whoever spoke later. A tombstone is as new as the entry that told it.
 */
export function collection(keep = () => true) {
    const rows = new Map(),
        told = new Map();

    function put(card, seq) {
        const one = {changed: card.changed_seq ?? seq, seq},
            before = told.get(card.id);
        if (before && (before.changed !== one.changed ? before.changed > one.changed : before.seq > seq))
            return false;
        told.set(card.id, one);
        if (!card.gone && keep(card)) rows.set(card.id, card);
        else rows.delete(card.id);
        return true;
    }

    return {
        rows,
        /* A page of the list as of `seq`. */
        page: (cards, seq) => cards.forEach((card) => put(card, seq)),
        /* A card of the stream, told by entry `seq`. Was it news? */
        card: put,
    };
}

export function live({path, channel, keep, change}) {
    let current = collection(keep),
        loaded = current;
    let abort = null,
        settling = 0,
        retrying = 0,
        stopped = false;
    const told = {loading: true, problem: null, more: false, seq: 0};

    function settle() {
        settling ||= setTimeout(() => {
            settling = 0;
            if (!stopped) change(current.rows, {...told});
        }, SETTLE_MS);
    }

    async function load() {
        abort?.abort();
        clearTimeout(retrying);
        const mine = (abort = new AbortController());
        loaded = collection(keep);
        told.loading = true;
        await stream.ready(); /* what comes after the list was read must not be missed */
        if (mine.signal.aborted) return;
        try {
            const {seq, more} = await askAll(path, {
                signal: mine.signal,
                each(rows, page_seq) {
                    loaded.page(rows, page_seq);
                    if (current.rows.size === 0) current = loaded; /* the first time: show what there is */
                    settle();
                },
            });
            current = loaded;
            Object.assign(told, {loading: false, problem: null, more, seq});
        } catch (error) {
            if (mine.signal.aborted) return;
            Object.assign(told, {loading: false, problem: error});
            if (error.status === 0 || error.status >= 500)
                retrying = setTimeout(load, RETRY_MS + Math.random() * RETRY_MS);
        }
        settle();
    }

    const off = stream.on(channel, (card, meta) => {
        const news = loaded.card(card, meta.seq);
        if (current !== loaded) current.card(card, meta.seq);
        if (news) settle();
    });
    const offResync = stream.onResync(load);
    load();
    return {
        get rows() {
            return current.rows;
        },
        reload: load,
        stop() {
            stopped = true;
            abort?.abort();
            clearTimeout(settling);
            clearTimeout(retrying);
            off();
            offResync();
        },
    };
}
