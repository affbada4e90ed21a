/* forms.js - what is decided about no card that one looks at: a period is settled, an appeal is filed. */
import {decided} from '../lib/actor.js';
import {ask, keyed} from '../lib/ask.js';
import {form} from '../lib/dialog.js';
import {say} from '../lib/toast.js';
import {t, word} from '../lib/words.js';

/* A closed month is settled at once: what was confirmed and is not appealed against. */
export function settleForm(ctx) {
    return form({
        title: () => t('ledger.settle'),
        intro: () => t('ledger.intro.settle'),
        fields: [
            {
                name: 'period',
                kind: 'name',
                required: true,
                label: () => t('ledger.field.period'),
                hint: () => t('ledger.hint.period'),
            },
            {name: 'note', kind: 'lines', label: () => t('ledger.field.note')},
        ],
        action: () => t('ledger.do.settle'),
        submit: keyed(async (key, values) => {
            const outcome = await ask('/v1/ledger/settle', {
                method: 'POST',
                body: decided(ctx.me, values),
                idempotencyKey: key,
            });
            say(t('ledger.settled', {period: values.period}));
            return outcome;
        }),
    });
}

/* Against an entry ({entry}) or a rating ({rating}). */
export function appealForm(against, ctx) {
    const grounds = ['wrong_person', 'wrong_department', 'rating_error', 'force_majeure', 'other'];
    return form({
        title: () => t('ledger.appeal_file'),
        intro: () => t('ledger.intro.appeal'),
        action: () => t('ledger.appeal_file'),
        fields: [
            {
                name: 'ground',
                required: true,
                label: () => t('ledger.ground'),
                choices: grounds.map((value) => ({value, label: () => word('appeal_ground', value)})),
            },
            {name: 'note', kind: 'lines', label: () => t('ledger.field.why'), hint: () => t('ledger.hint.why')},
        ],
        submit: keyed(async (key, values) => {
            const outcome = await ask('/v1/appeals/file', {
                method: 'POST',
                body: decided(ctx.me, {...values, ...against}),
                idempotencyKey: key,
            });
            say(t('ledger.appealed', {id: outcome.card?.id ?? `A-${outcome.seq}`}));
            return outcome;
        }),
    });
}
