/*
 * complaint_item.js - a complaint on the board, and several that are one storm: what all of them share stands once,
 * on its head.
 */
import {h} from '../lib/dom.js';
import {icon} from '../lib/icon.js';
import {storeName} from '../lib/places.js';
import {gradeSign} from '../lib/signs.js';
import {left, MINUTE} from '../lib/time.js';
import {t, word} from '../lib/words.js';
import {shared} from './board.js';
import {countdown, levelTag} from './pieces.js';

/* "Shanghai Pudong · service · wang.li", without what the head of its group says. */
function whereAndWho(card, out) {
    const known = {
        store: storeName(card.store),
        department: card.department && word('department', card.department),
        handler: card.handler ?? t('card.nobody'),
    };
    return Object.entries(known)
        .filter(([name, text]) => text && !(out.includes(name) && card[name]))
        .map(([, text]) => text)
        .join(' · ');
}

function oneOf(storm) {
    return h('span', {class: 'case-storm'}, icon('info'), () => t('board.one_of', {n: storm.ids.length}));
}

/** One complaint. out: labels that stand elsewhere; status: say where it stands, too. */
export function caseItem(card, {href, storm = null, out = [], status = false}) {
    const signs = [
        out.includes('grade') ? null : gradeSign(card.grade),
        levelTag(card.level),
        status ? h('span', {class: 'sign'}, () => word('status', card.status)) : null,
    ];
    const what = out.includes('category')
        ? null
        : h('span', {class: 'case-what'}, () => word('category', card.category));
    return h(
        'li',
        {class: 'case-item'},
        h(
            'a',
            {class: 'case', href: href(card.id), dataset: {id: card.id}},
            h('span', {class: 'case-top'}, h('strong', {class: 'case-id'}, card.id), signs),
            what,
            countdown(card),
            h('span', {class: 'case-where'}, () => whereAndWho(card, out)),
            storm ? oneOf(storm) : null,
        ),
    );
}

/** Several complaints of one storm; `unfolded` has the keys of those that stand open. */
export function stormItem({storm, cards}, {href, unfolded}) {
    const out = shared(cards),
        opens = () => unfolded.has(storm.key);
    const span = () => left(Math.max(MINUTE, storm.last - storm.first));
    const body = h(
        'ol',
        {class: 'storm-cards', hidden: !opens()},
        cards.map((card) => caseItem(card, {href, out})),
    );
    const common = {...cards[0], department: out.includes('department') ? cards[0].department : null};
    const title = () => t('board.storm', {n: cards.length, category: word('category', storm.category)});
    const toggle = () => {
        if (!unfolded.delete(storm.key)) unfolded.add(storm.key);
        body.hidden = !opens();
        head.setAttribute('aria-expanded', String(opens()));
    };
    const head = h(
        'button',
        {
            type: 'button',
            class: 'storm-head',
            'aria-expanded': String(opens()),
            dataset: {id: `storm ${storm.key}`},
            on: {click: toggle},
        },
        h(
            'span',
            {class: 'case-top'},
            icon('next'),
            h('strong', {}, title),
            out.includes('grade') ? gradeSign(cards[0].grade) : null,
        ),
        countdown(cards[0]),
        h('span', {class: 'case-where'}, () => whereAndWho(common, out.includes('handler') ? [] : ['handler'])),
        h('span', {class: 'case-storm'}, () => t('board.storm_of', {all: storm.ids.length, span: span()})),
    );
    return h('li', {class: 'storm'}, head, body);
}
