/*
 * stream.test.mjs - the connection in browsers that are not as one would like: it comes late, there are no locks, the
 * clock is wrong. What the page says is true all the same.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { context, eventually, serve } from "./world.mjs";

const server = await serve();
const complain = () =>
    server.publish({
        type: "feedback.complained",
        data: { store: "sh-pudong", department: "service", channel: "phone", category: "delay", text: "late" },
    });
const text = (page, selector) => page.locator(selector).first().innerText();
const openTile = async (page) => Number(await text(page, ".tiles li:first-child .tile-value"));
const isLive = (page) => eventually(() => page.locator(".side .live[data-state=ok]").count(), { what: "live" });
const shows = (page, n) => eventually(async () => (await openTile(page)) === n, { what: `${n} open complaints` });

/** A page of a journal without a roster, in a browser prepared by `before`. */
async function opened({ before, route }) {
    const page = await (await context()).newPage();
    page.expects(/\/v1\/roster|ERR_/);
    if (before) await page.addInitScript(before);
    if (route) await page.route("**/v1/stream**", route);
    await page.goto(`${server.url}/#/now`);
    return page;
}

test("what happens between the list and a connection that comes late is not missed", async () => {
    let let_go;
    const gate = new Promise((resolve) => (let_go = resolve));
    const page = await opened({ route: (one) => gate.then(() => one.continue()) });
    await shows(page, 0);
    await complain();
    let_go();
    await shows(page, 1);
    await page.context().close();
});

test("where browsers have no locks each tab has a connection of its own", async () => {
    const before = () => Object.defineProperty(Navigator.prototype, "locks", { get: () => undefined });
    const page = await opened({ before });
    await isLive(page);
    await shows(page, 1);
    await complain();
    await shows(page, 2);
    await page.context().close();
});

test("deadlines count by the server's clock, though the browser's is wrong and is set while one looks", async () => {
    const before = () => {
        const real = Date.now.bind(Date);
        const wrong = () => real() + globalThis.wrong_ms;
        globalThis.wrong_ms = 3 * 3600000;
        globalThis.Date = class extends Date {
            constructor(...given) {
                super(...(given.length ? given : [wrong()]));
            }
            static now() {
                return wrong();
            }
        };
    };
    const page = await opened({ before });
    await shows(page, 2);
    const { rows } = await server.get("/v1/complaints?status=open");
    const running = rows.flatMap(({ clocks }) => clocks.filter((clock) => !clock.stopped_at));
    const first = Math.min(...running.map((clock) => Date.parse(clock.due_at)));
    const isTrue = async () => {
        const [, hours, minutes] = /(\d+) h(?: (\d+) min)?/.exec(await text(page, ".now-clocks tbody .due"));
        return Math.abs(Number(hours) * 60 + Number(minutes ?? 0) - (first - Date.now()) / 60000) < 2;
    };
    assert.ok(await eventually(isTrue));
    await page.evaluate(() => (globalThis.wrong_ms = -2 * 3600000));
    await eventually(isTrue, { what: "true by the next beat" });
    await isLive(page);
    await page.context().close();
});
