/*
 * dom.js - elements without markup in strings.
 *
 *   h('button', {class: 'quiet', on: {click: save}, 'aria-label': () => t('card.save')}, () => t('card.save'))
 *
 * A child or an attribute that is a function is said again when the language changes; text is always a text node,
 * never markup.
 */
import {onLang} from './words.js';

const SVG = 'http://www.w3.org/2000/svg';
const said = new WeakMap(); /* text node -> function; element -> {attribute: function} */

function attribute(element, name, value) {
    if (value === null || value === undefined || value === false) element.removeAttribute(name);
    else if (name === 'value') element.value = value;
    else element.setAttribute(name, value === true ? '' : value);
}

function property(element, name, value) {
    if (name === 'on') {
        for (const [event, listener] of Object.entries(value)) element.addEventListener(event, listener);
    } else if (name === 'dataset') {
        Object.assign(element.dataset, value);
    } else if (name === 'style') {
        for (const [key, text] of Object.entries(value)) element.style.setProperty(key, text);
    } else if (typeof value === 'function') {
        const all = said.get(element) ?? {};
        all[name] = value;
        said.set(element, all);
        element.toggleAttribute('data-said', true);
        attribute(element, name, value());
    } else {
        attribute(element, name, value);
    }
}

function append(element, child) {
    if (child === null || child === undefined || child === false) return;
    if (Array.isArray(child)) {
        child.forEach((one) => append(element, one));
    } else if (child instanceof Node) {
        element.append(child);
    } else if (typeof child === 'function') {
        const text = document.createTextNode(child());
        said.set(text, child);
        element.append(text);
    } else {
        element.append(String(child));
    }
}

function build(element, props, children) {
    for (const [name, value] of Object.entries(props ?? {})) property(element, name, value);
    append(element, children);
    return element;
}

export function h(tag, props, ...children) {
    return build(document.createElement(tag), props, children);
}

export function svg(tag, props, ...children) {
    return build(document.createElementNS(SVG, tag), props, children);
}

export function replace(element, ...children) {
    const fragment = document.createDocumentFragment();
    append(fragment, children);
    element.replaceChildren(fragment);
    return element;
}

/* Says everything under `root` in the present language. */
export function reword(root) {
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
    for (let node = walker.currentNode; node; node = walker.nextNode()) {
        const how = said.get(node);
        if (typeof how === 'function') node.data = how();
        else if (how) Object.entries(how).forEach(([name, fn]) => attribute(node, name, fn()));
    }
}

if (globalThis.document) onLang(() => reword(document));
