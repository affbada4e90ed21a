/*
 * session.js - logging out, a session that is over, and the way back to where one was.
 */
import {open} from '../lib/dialog.js';
import {h} from '../lib/dom.js';
import {t} from '../lib/words.js';

const BACK = 'manyi.back';

let told = false;

function leave() {
    sessionStorage.setItem(BACK, location.hash);
    location.assign('/login');
}

/* Once: what stands in a form can still be copied before one logs in again. */
export function sessionOver() {
    if (told) return;
    told = true;
    const dialog = open(
        () => t('session.over'),
        h('p', {}, () => t('session.why')),
        h(
            'footer',
            {class: 'dialog-foot'},
            h('button', {class: 'primary', type: 'button', on: {click: leave}}, () => t('session.login')),
        ),
    );
    dialog.addEventListener('close', () => {
        told = false;
    });
}

/* After logging in: the page that one was on. */
export function wayBack() {
    const back = sessionStorage.getItem(BACK);
    sessionStorage.removeItem(BACK);
    if (back && location.hash.length < 2) history.replaceState(null, '', back);
}

/* By a form: its answer leads to the page where one logs in. */
export function logout(csrf) {
    const form = h(
        'form',
        {method: 'post', action: '/logout', hidden: true},
        h('input', {name: 'csrf', value: csrf}),
    );
    document.body.append(form);
    form.submit();
}
