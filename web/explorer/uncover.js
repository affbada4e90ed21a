/*
 * uncover.js - personal fields of an event, after somebody has said why. The read is on record with the reason before
 * the server tells; on a machine without an access file nobody has a name, and nothing is.
 */
import {ask} from '../lib/ask.js';
import {form} from '../lib/dialog.js';
import {t} from '../lib/words.js';

/* The row at the path, read for a reason; null: it was not given. */
export async function uncover({path, me}) {
    if (me.local) return ask(path);
    return form({
        title: () => t('explorer.uncover'),
        intro: () => t('explorer.on_record'),
        fields: [{name: 'why', label: () => t('explorer.why'), kind: 'name', required: true, max: 60}],
        action: () => t('explorer.show'),
        submit: ({why}) => ask(`${path}?why=${encodeURIComponent(why)}`),
    });
}
