/*
 * patch.js - keeps a list of elements in step with what it shows, by key: an element is made anew only when its
 * signature changed, what is new or changed is marked for a moment, and the focus stays where it was. While the
 * list is held, nothing moves under the pointer: elements change in place, and what would come, go or move waits.
 *
 *   const list = patched(ol, {key, signature, make});   list.draw(entries, held) → how many wait
 *   list.settled()   all that was there has been drawn: what comes from here on is news
 */
const FRESH_MS = 4000;

export function patched(list, {key, signature, make}) {
    const kept = new Map(); /* key -> {element, signature} */
    let drawn = false;

    function elementOf(entry) {
        const id = key(entry),
            sign = signature(entry),
            before = kept.get(id);
        if (before?.signature === sign) return before.element;
        const element = make(entry);
        element.dataset.key = id;
        kept.set(id, {element, signature: sign});
        if (drawn) {
            element.dataset.fresh = '';
            setTimeout(() => delete element.dataset.fresh, FRESH_MS);
        }
        return element;
    }

    /* Where the focus is within the element: it goes to the same place in its successor. */
    function focusedIn() {
        const focused = list.contains(document.activeElement) ? document.activeElement : null;
        return focused?.closest('[data-id]')?.dataset.id ?? null;
    }

    function giveBack(id) {
        if (id !== null && !list.contains(document.activeElement))
            list.querySelector(`[data-id="${CSS.escape(id)}"]`)?.focus({preventScroll: true});
    }

    function drawHeld(entries) {
        const shown = new Set();
        let waiting = 0;
        for (const entry of entries) {
            const id = key(entry),
                before = kept.get(id)?.element;
            if (before?.parentNode !== list) {
                waiting++;
                continue;
            }
            shown.add(id);
            const element = elementOf(entry);
            if (element !== before) before.replaceWith(element);
        }
        for (const element of list.children) {
            const leaves = !shown.has(element.dataset.key);
            element.toggleAttribute('data-leaving', leaves);
            waiting += leaves;
        }
        return waiting;
    }

    return {
        draw(entries, held = false) {
            const focused = focusedIn();
            if (held && drawn) {
                const waiting = drawHeld(entries);
                giveBack(focused);
                return waiting;
            }
            const wanted = new Set();
            entries.forEach((entry, i) => {
                const element = elementOf(entry);
                element.removeAttribute('data-leaving');
                wanted.add(element.dataset.key);
                if (list.children[i] !== element) list.insertBefore(element, list.children[i] ?? null);
            });
            while (list.children.length > entries.length) list.lastElementChild.remove();
            for (const id of [...kept.keys()]) {
                if (!wanted.has(id)) kept.delete(id);
            }
            giveBack(focused);
            return 0;
        },
        settled() {
            drawn = true;
        },
    };
}

/**
 * Is a mouse at work over the element? Then nothing may move; calls `release` when it has gone, or rested for a
 * while.
 */
export function holding(element, release, restMs = 4000) {
    let held = false,
        timer = 0;
    const end = () => {
        clearTimeout(timer);
        if (held) {
            held = false;
            release();
        }
    };
    element.addEventListener('pointermove', (event) => {
        if (event.pointerType !== 'mouse') return;
        held = true;
        clearTimeout(timer);
        timer = setTimeout(end, restMs);
    });
    element.addEventListener('pointerleave', end);
    return {
        get held() {
            return held;
        },
        end,
    };
}
