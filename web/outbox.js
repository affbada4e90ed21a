/*
 * outbox.js - answers on their way: each is kept until the server has it, and sent again until then, under one id.
 *
 *   put ──▶ kept ──sent: the server has it──▶ gone, and remembered as told
 *             ▲ └──refused: it never will────▶ gone, and remembered as refused
 *             └──later: no network, no server
 *
 * The id goes along as Idempotency-Key, and a link is good for one rating: an answer that was sent twice counts once.
 * What is remembered of a link is that it was used, never what was said. Nothing here knows of pages or of IndexedDB.
 */
export const ANSWERS_MAX = 500; /* that wait on one device: who has more of them has other worries */
const FIRST_MS = 2000, LONGEST_MS = 60000;
const REMEMBERED_MS = 40 * 86400000; /* longer than links are good for as a rule */
const USED = 'E1813';
const NEVER = new Set(['E1814', 'E1815']); /* expired, forged */
const NEVER_STATUS = new Set([400, 410, 413, 415, 422]);

/* What an answer of the server means for what was sent: sent, used (by somebody before), refused, later. */
export function verdict(status, code) {
    if (status >= 200 && status < 300)
        return 'sent';
    if (code === USED)
        return 'used';
    return NEVER.has(code) || NEVER_STATUS.has(status) ? 'refused' : 'later';
}

/* How long until the next try: twice as long each time, up to a minute, not all at once (`chance` from 0 to 1). */
export function pauseOf(tries, chance) {
    const longest = Math.min(LONGEST_MS, FIRST_MS * 2 ** Math.min(tries, 10));
    return Math.round(longest / 2 + chance * longest / 2);
}

/*
 * waiting, told: shelves. post(answer): {status, code}, throws when nobody was reached. alone(fn): fn while no other
 * page of this device does the same. timer: {set(fn, ms), clear(id)}.
 * onChange(name, state): the answer of a link is now sent, used, refused or later.
 */
export class Outbox {
    constructor({waiting, told, post, ...more}) {
        const {onChange = () => {}, now = Date.now, alone = (fn) => fn(), chance = Math.random} = more;
        Object.assign(this, {waiting, told, post, onChange, now, alone, chance});
        this.timer = more.timer ?? {set: (fn, ms) => setTimeout(fn, ms), clear: (id) => clearTimeout(id)};
        this.next = null;
        this.tries = 0;
        this.turn = null;
        this.again = false;
    }

    /* none, waiting, sent, used or refused. */
    async stateOf(name) {
        if (await this.waiting.get(name))
            return 'waiting';
        return (await this.told.get(name))?.state ?? 'none';
    }

    /* Keeps an answer: {name, link, id, body}. False when there is no room. The first one of a link holds. */
    async put(answer) {
        if (await this.stateOf(answer.name) !== 'none')
            return true;
        if ((await this.waiting.all()).length >= ANSWERS_MAX)
            return false;
        await this.waiting.put(answer.name, {...answer, at: this.now()});
        this.tries = 0;
        return true;
    }

    /* Sends what waits, the oldest first, and comes back to what could not be sent. One turn at a time; what was put
     * while one was under way has another one. */
    flush() {
        this.again = true;
        this.turn ??= this.#turns();
        return this.turn;
    }

    async #turns() {
        await null; /* `turn` is set before it can end */
        try {
            while (this.again) {
                this.again = false;
                await this.alone(() => this.#sendAll());
            }
        } finally {
            this.turn = null;
        }
    }

    async #sendAll() {
        this.timer.clear(this.next);
        const answers = (await this.waiting.all()).sort((one, other) => one.at - other.at);
        let left = 0;
        for (const answer of answers) {
            const {status, code} = await this.post(answer).catch(() => ({status: 0}));
            const state = verdict(status, code);
            if (state === 'later')
                left++;
            else
                await this.#end(answer, state);
            this.onChange(answer.name, state);
            if (status === 0)
                break; /* nobody is there: the others need not try */
        }
        this.tries = left ? this.tries + 1 : 0;
        if (left)
            this.next = this.timer.set(() => this.flush(), pauseOf(this.tries - 1, this.chance()));
    }

    async #end(answer, state) {
        /* A device that is full can't remember it: then the server says what became of the link. */
        await this.told.put(answer.name, {name: answer.name, state, at: this.now()}).catch(() => {});
        await this.waiting.remove(answer.name);
    }

    /* Links whose answers were refused, until somebody has seen that: [{name, state, at}]. */
    async refused() {
        return (await this.told.all()).filter(({state, noted}) => state === 'refused' && !noted);
    }

    async noted(some) {
        await Promise.all(some.map((one) => this.told.put(one.name, {...one, noted: true})));
    }

    /* Forgets which links were used long ago. */
    async tidy() {
        for (const {name, at} of await this.told.all()) {
            if (at < this.now() - REMEMBERED_MS)
                await this.told.remove(name);
        }
    }
}
