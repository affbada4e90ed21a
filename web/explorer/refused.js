/*
 * refused.js - one event of the quarantine: why it was refused, marked where it is wrong; an editor for whoever may
 * mend it, and what became of it.
 */
import {ask, Problem} from '../lib/ask.js';
import {h, replace} from '../lib/dom.js';
import {icon} from '../lib/icon.js';
import {hash} from '../lib/router.js';
import {when, whenExact} from '../lib/time.js';
import {problemText, sayProblem} from '../lib/toast.js';
import {figure, t} from '../lib/words.js';
import {hasPersonal, plain, placeOf, pointerOf} from './pointer.js';
import {tree} from './tree.js';
import {uncover} from './uncover.js';

function time(iso) {
    return h('time', {datetime: iso, title: () => whenExact(iso)}, () => when(iso));
}

/* What there is to be said of bytes that are no event. */
function bytesOf(row) {
    const bytes = Uint8Array.from(atob(row.bytes), (one) => one.charCodeAt(0));
    const hex = [...bytes.slice(0, 256)].map((one) => one.toString(16).padStart(2, '0')).join(' ');
    return h(
        'div',
        {class: 'stack'},
        h('p', {class: 'quiet'}, () => t('quarantine.no_event', {n: bytes.length})),
        h('pre', {class: 'bytes', tabindex: 0}, bytes.length > 256 ? `${hex} …` : hex),
    );
}

/* Its sender's envelope, for an event that could not be read. */
function draftOf(row) {
    return {id: `mended-${row.key.slice(0, 12)}`, source: row.source || '', type: '', data: {}};
}

function outcome(answer) {
    return h(
        'div',
        {class: 'mended', role: 'status'},
        icon('ok'),
        h(
            'p',
            {},
            () => t(answer.duplicate ? 'quarantine.was_there' : 'quarantine.taken'),
            ' ',
            h('a', {href: hash('explorer', answer.seq)}, () => t('explorer.entry', {seq: answer.seq})),
            answer.case ? [' · ', h('a', {href: hash('complaints', answer.case)}, answer.case)] : null,
        ),
    );
}

/* The text of the event, with the fault at its line. mended(answer): it was taken. */
function editor({row, event, first, cancel, mended}) {
    const area = h('textarea', {
        class: 'mend',
        rows: 16,
        spellcheck: 'false',
        autocomplete: 'off',
        id: 'mend-event',
        'aria-describedby': 'mend-wrong mend-hint',
        value: JSON.stringify(event ?? draftOf(row), null, 2),
    });
    const wrong = h('p', {id: 'mend-wrong', class: 'form-wrong', role: 'alert', hidden: true});
    const send = h('button', {type: 'submit', class: 'primary'}, () => t('quarantine.resubmit'));

    /* The line is told, and what is wrong is selected, so that it is seen and typed over. */
    function point(pointer, text) {
        const place = placeOf(area.value, plain(pointer));
        wrong.hidden = false;
        replace(wrong, () => (pointer ? t('quarantine.line', {line: String(place.line), text}) : text));
        area.setAttribute('aria-invalid', 'true');
        area.focus();
        if (!pointer) return;
        area.setSelectionRange(place.from, place.to);
        area.scrollTop = (area.scrollHeight / area.value.split('\n').length) * Math.max(0, place.line - 4);
    }

    async function submit() {
        let value;
        wrong.hidden = true;
        area.removeAttribute('aria-invalid');
        try {
            value = JSON.parse(area.value);
        } catch (error) {
            point('', t('quarantine.no_json', {why: error.message}));
            return;
        }
        send.disabled = true;
        try {
            mended(await ask(`/v1/quarantine/${row.key}/resubmit`, {method: 'POST', body: value}));
        } catch (error) {
            if (!(error instanceof Problem)) throw error;
            point(error.pointer ?? '', error.detail ?? problemText(error));
        } finally {
            send.disabled = false;
        }
    }

    const element = h(
        'form',
        {
            class: 'stack',
            on: {
                submit: (event_of) => {
                    event_of.preventDefault();
                    submit();
                },
                keydown: (event_of) => {
                    if (event_of.key === 'Enter' && (event_of.ctrlKey || event_of.metaKey)) submit();
                },
            },
        },
        h('label', {for: 'mend-event', class: 'field-label'}, () => t('quarantine.event')),
        area,
        wrong,
        h('p', {id: 'mend-hint', class: 'field-hint'}, () => t('quarantine.hint')),
        h(
            'footer',
            {class: 'dialog-foot'},
            h('button', {type: 'button', on: {click: cancel}}, () => t('form.cancel')),
            send,
        ),
    );
    return {element, point: () => point(first.pointer, first.text)};
}

export function refusedEvent({row, ctx, close, changed}) {
    const body = h('div', {class: 'stack'});
    const fault = {pointer: pointerOf(row.field), text: row.message || row.code};
    const mends = ctx.can('mend') !== 'none' && !row.mended_seq;

    async function open(how) {
        try {
            const told = hasPersonal(row.event)
                ? await uncover({path: `/v1/quarantine/${row.key}`, me: ctx.me})
                : row;
            if (told) how(told);
        } catch (error) {
            sayProblem(error);
        }
    }

    function read(told = row, shows = false) {
        replace(
            body,
            row.mended_seq ? outcome({seq: row.mended_seq, duplicate: true}) : null,
            told.event ? tree(told.event, {fault, shows}) : bytesOf(row),
            h(
                'p',
                {class: 'row'},
                mends
                    ? h('button', {type: 'button', class: 'primary', on: {click: () => open(write)}}, () =>
                          t('quarantine.mend'),
                      )
                    : null,
                !shows && hasPersonal(row.event)
                    ? h('button', {type: 'button', on: {click: () => open((all) => read(all, true))}}, () =>
                          t('explorer.uncover'),
                      )
                    : null,
            ),
            mends || row.mended_seq ? null : h('p', {class: 'quiet'}, () => t('quarantine.not_yours')),
        );
    }

    function write(told) {
        const first = {pointer: fault.pointer || '', text: fault.text};
        const form = editor({
            row,
            event: told.event,
            first,
            cancel: () => read(),
            mended(answer) {
                replace(body, outcome(answer));
                changed(answer.seq);
            },
        });
        replace(body, form.element);
        form.point();
    }

    read();
    return h(
        'section',
        {class: 'box explorer-entry', dataset: {key: row.key}, 'aria-label': () => t('quarantine.one')},
        h(
            'header',
            {},
            h('h2', {}, `${row.code} `, h('code', {}, row.field || '')),
            h(
                'button',
                {type: 'button', class: 'bare', 'aria-label': () => t('shell.close'), on: {click: close}},
                icon('close'),
            ),
        ),
        h(
            'div',
            {class: 'box-body stack'},
            row.event ? null : h('p', {}, row.message),
            h(
                'dl',
                {class: 'explorer-envelope'},
                [
                    ['source', row.source || (() => t('quarantine.no_source'))],
                    ['first', time(row.first_at)],
                    ['last', time(row.last_at)],
                    ['count', () => figure(row.count)],
                ].map(([name, value]) =>
                    h(
                        'div',
                        {},
                        h('dt', {}, () => t(`quarantine.${name}`)),
                        h('dd', {}, value),
                    ),
                ),
            ),
            body,
        ),
    );
}
