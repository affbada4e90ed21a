/*
 * person.js - a person's own page: points, ratings, rewards and penalties with what they were made from, appeals;
 * tasks and complaints. Somebody else's as far as one may see it.
 */
import {askAll} from '../lib/ask.js';
import {h, replace} from '../lib/dom.js';
import {failed} from '../lib/failed.js';
import {dayIn, upTo} from '../lib/period.js';
import {rules as rulesOfNow} from '../lib/rules.js';
import {stream} from '../lib/stream.js';
import {now} from '../lib/time.js';
import {onLang, t} from '../lib/words.js';
import {onRecord} from './ledger.js';
import {ledgerPart, pointsPart, ratingsPart, workPart} from '../person/parts.js';

const MONTHS = 6;

/* What one may not see is left out, and said. */
const allowed = async (asked) => {
    try {
        return (await asked).rows;
    } catch (error) {
        if (error.name === 'AbortError' || !['E1801', 'E1802', 'E1803'].includes(error.code)) throw error;
        return null;
    }
};

async function load(name, rules, ctx) {
    const who = encodeURIComponent(name),
        {signal} = ctx,
        months = upTo(dayIn(rules.zone, new Date(now())).slice(0, 7), MONTHS);
    const may = (right, path) => (ctx.can(right) ? allowed(askAll(path, {signal})) : Promise.resolve(null));
    const [account, ledger, appeals, tasks, complaints, ...byMonth] = await Promise.all([
        may('see_ledger', `/v1/account?staff=${who}`),
        may('see_ledger', `/v1/ledger?staff=${who}`),
        may('see_ledger', `/v1/appeals?staff=${who}`),
        may('see_task', `/v1/tasks?status=open&handler=${who}`),
        may('see_complaint', `/v1/complaints?status=open&handler=${who}`),
        ...months.map((month) => may('see_score', `/v1/scores?by=staff&staff=${who}&period=${month}`)),
    ]);
    return {
        account,
        ledger,
        appeals,
        tasks,
        complaints,
        scores: months.map((month, index) => ({month, rows: byMonth[index]})),
    };
}

export default {
    title: 'person.title',
    style: ['/style/card.css', '/style/scores.css'],
    async mount(root, query, ctx) {
        if (!ctx.id || ctx.id === 'me') {
            if (ctx.me.local) {
                replace(
                    root,
                    h('p', {class: 'empty'}, () => t('person.nobody')),
                );
                return () => {};
            }
        }
        const name = !ctx.id || ctx.id === 'me' ? ctx.me.name : ctx.id,
            own = ctx.me.local || name === ctx.me.name;
        const rules = await rulesOfNow();
        const body = h('div', {class: 'person stack'});
        let loaded = null,
            parts = [];
        ctx.title(name);

        function draw() {
            parts.forEach((part) => part.stop());
            parts = [];
            if (loaded)
                replace(
                    body,
                    h('div', {class: 'person-columns'}, pointsPart(loaded, rules), workPart(loaded)),
                    ledgerPart(loaded, own, rules, ctx, again),
                    ratingsPart(loaded, name, rules, parts, ctx),
                );
        }

        async function again() {
            try {
                loaded = await load(name, rules, ctx);
                draw();
            } catch (error) {
                if (error.name !== 'AbortError')
                    replace(body, failed(error, again));
            }
        }

        const offs = [
            onLang(draw),
            stream.onResync(again),
            stream.on('ledger', (card) => (card.person === name || card.by === name) && again()),
        ];
        replace(root, onRecord(ctx.me), body);
        await again();
        return () => {
            parts.forEach((part) => part.stop());
            offs.forEach((off) => off());
        };
    },
};
