/*
 * visitor.js - the frame of the two pages that customers see: whose page it is, the other language a tap away, one
 * heading that says what is going on and takes the focus when it changes.
 */
import {h, replace} from './dom.js';
import {lang, onLang, setLang, t} from './words.js';

const OTHER = {en: {name: '中文', lang: 'zh', code: 'zh-CN'}, zh: {name: 'English', lang: 'en', code: 'en'}};

function languageSwitch() {
    const click = () => setLang(OTHER[lang()].lang);
    const button = h('button', {class: 'visitor-lang bare', type: 'button', on: {click}});
    const draw = () => {
        button.textContent = OTHER[lang()].name;
        button.lang = OTHER[lang()].code;
    };
    onLang(draw);
    draw();
    return button;
}

/* {show(...parts), place(text)}: the page. `title` is a key of words; show's first heading gets the focus. */
export function visitorPage(title) {
    const place = h('span', {class: 'visitor-place'});
    const main = h('main', {class: 'visitor-main', id: 'main'});
    const header = h('header', {class: 'visitor-head'}, place, languageSwitch());
    const titled = () => {
        document.title = t(title);
    };
    onLang(titled);
    titled();
    document.body.replaceChildren(header, main);
    return {
        main,
        place: (text) => replace(place, text),
        show(...parts) {
            const first = main.childElementCount === 0;
            replace(main, parts);
            const heading = main.querySelector('h1');
            heading?.setAttribute('tabindex', '-1');
            if (!first)
                heading?.focus({preventScroll: true});
            scrollTo(0, 0);
        },
    };
}

/* A page of one message: what is so, and what that means. */
export function message(kind, title, ...more) {
    return h('section', {class: `visitor-message is-${kind}`, role: kind === 'failed' ? 'alert' : 'status'},
        h('h1', null, () => t(title)), ...more.map((key) => h('p', null, () => t(key))));
}
