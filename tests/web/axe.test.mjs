/*
 * axe.test.mjs - every page as axe-core judges it, in both languages and both themes, and by the keyboard: whoever has
 * the focus is seen to have it.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { axe, context, open, serve } from "./world.mjs";
import { ROSTER, house, routes, visit } from "./routes.mjs";

const server = await serve({ roster: ROSTER });
const ids = await house(server, {
    store: "sh-pudong",
    department: "service",
    staff: "xu.lei",
    text: "The brakes squeal again, two days after the repair.",
    name: "V-2041",
});
const TABS = 8;

/** What the focus looks like: who has it, and whether anything is drawn for it. */
const focused = () => {
    const element = document.activeElement;
    if (!element || element === document.body) return null;
    const style = getComputedStyle(element);
    const drawn = (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2) || style.boxShadow !== "none";
    const box = element.getBoundingClientRect();
    const what = `${element.tagName} ${element.textContent.slice(0, 30)}`;
    return { drawn, seen: box.width > 0 && box.height > 0, what };
};

/** What is wrong for whoever goes by Tab on a page that was just drawn. */
async function walk(page, where) {
    const wrong = [];
    let found = 0;
    for (let i = 0; i < TABS; i++) {
        await page.keyboard.press("Tab");
        const focus = await page.evaluate(focused);
        if (focus && !(focus.drawn && focus.seen)) wrong.push(`${where}: ${focus.what} has the focus unseen`);
        found += Number(focus !== null);
    }
    if (found <= TABS / 2) wrong.push(`${where}: only ${found} of ${TABS} steps end somewhere`);
    return wrong;
}

for (const [lang, theme, width] of [["en", "light", 1280], ["zh", "dark", 360]]) {
    test(`axe finds nothing wrong, and Tab is seen where it goes: ${lang}, ${theme}, ${width} px`, async () => {
        const page = await (await context({ lang, theme, width, touch: width < 700 })).newPage();
        const wrong = [];
        for (const where of ["/login", ...routes(ids)]) {
            await visit(page, server, where);
            await axe(page).catch((error) => wrong.push(error.message));
            if (where !== "/login" && width > 700) wrong.push(...(await walk(page, where)));
        }
        assert.deepEqual([...new Set(wrong)], []);
        await page.context().close();
    });
}
