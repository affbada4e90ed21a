/*
 * shell.test.mjs - the frame and the page Now in a real browser: what happens is seen without a reload, in both
 * languages and themes, by keyboard alone, after the server was gone, in seven tabs at once.
 */
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { test } from "node:test";
import { PASSWORD, axe, context, eventually, fits, open, serve } from "./world.mjs";

const server = await serve();
const ALL = [
    "now",
    "complaints",
    "tasks",
    "callbacks",
    "scores",
    "ledger",
    "report",
    "explorer",
    "quarantine",
    "system",
];

const PAGES = ALL.filter((name) => existsSync(new URL(`../../web/pages/${name}.js`, import.meta.url)));
const place = { store: "sh-pudong", department: "service", channel: "phone" };
const complain = (words, { time, ...more } = {}) =>
    server.publish({
        type: "feedback.complained",
        time,
        data: { ...place, category: "delay", text: words, ...more },
    });
const text = (page, selector) => page.locator(selector).first().innerText();
const live = async (page) => {
    await eventually(() => page.locator(".side .live[data-state=ok]").count(), { what: "the page is live" });
    await eventually(() => page.locator("h1:not(:empty)").count(), { what: "the page is mounted" });
};
/** A page of a journal without a roster, which is no fault. */
const visit = async (...how) => {
    const page = await open(...how);
    page.expects(/\/v1\/roster/);
    return page;
};
const openTile = (page) => text(page, ".tiles li:first-child .tile-value");

test("what is published stands on Now without a reload, and in the title when it is late", async () => {
    const page = await visit(server, "/#/now");
    await live(page);
    await eventually(async () => (await text(page, ".verdict-first")) === "Nobody waits too long.");
    assert.equal(await openTile(page), "0");
    const { seq } = await complain("the car was not ready");
    await eventually(async () => (await openTile(page)) === "1");
    assert.match(await text(page, ".now-clocks tbody tr"), new RegExp(`C-${seq}`));
    assert.match(await text(page, ".verdict-then"), /Next deadline in .*sh-pudong · service/);
    /* brakes are urgent: an answer within two hours by the wall clock, and this was three hours ago */
    await complain("brakes", { category: "safety", time: new Date(Date.now() - 3 * 3600000).toISOString() });
    await eventually(async () => /1 customer waits too long/.test(await text(page, ".verdict-first")));
    assert.match(await page.title(), /^\(1\) Now · Manyi$/);
    assert.equal(await page.locator(".verdict").getAttribute("data-state"), "late");
    await axe(page);
    await page.context().close();
});

/** The text nodes that are seen, and what is said of elements, each with where it stands. */
const said = (page) =>
    page.evaluate(() => {
        const found = [];
        const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
        for (let node = walker.nextNode(); node; node = walker.nextNode()) {
            const isText =
                node.nodeType === Node.TEXT_NODE && node.data.trim() && !node.parentElement.closest("code, .mono");
            if (isText && node.parentElement.checkVisibility()) found.push(node.data.trim());
            for (const name of ["aria-label", "title", "placeholder", "data-label"]) {
                if (node.nodeType === Node.ELEMENT_NODE && node.getAttribute(name))
                    found.push(node.getAttribute(name));
            }
        }
        return found;
    });

/* Data is the same in every language: ids, stores, people, figures with their units, paths; and the name of English. */
const isData = (token) => /[\d.*_/:]|^[A-Z]-|^[a-z]{2}-|^English$/.test(token);
const isEnglish = (words) => words.split(/\s+/).some((token) => /[a-z]{4}/i.test(token) && !isData(token));

test("the language changes in place: every word of every page, and back", async () => {
    const page = await visit(server, "/#/now");
    await live(page);
    for (const name of PAGES) {
        await page.goto(`${server.url}/#/${name}`);
        await eventually(() => page.locator(`.rail [data-name=${name}][aria-current]`).count());
        await eventually(async () => (await page.locator("main[aria-busy], .loading:visible").count()) === 0);
        const english = new Set((await said(page)).filter(isEnglish));
        await page.getByRole("button", { name: "中文" }).click();
        assert.equal(await page.evaluate(() => document.documentElement.lang), "zh-CN");
        const left = (await said(page)).filter((one) => english.has(one));
        assert.deepEqual(left, [], `still English on ${name}`);
        await page.getByRole("button", { name: "English" }).click();
    }
    await page.context().close();
});

test("the language and the theme that were chosen are kept; else the device decides", async () => {
    const page = await visit(server, "/#/now", { lang: "zh", theme: "dark" });
    await live(page);
    const theme = () => page.evaluate(() => document.documentElement.dataset.theme);
    assert.equal(await text(page, "h1"), "当前");
    assert.equal(await theme(), "dark");
    await axe(page);
    await page.emulateMedia({ colorScheme: "light" });
    assert.equal(await eventually(async () => (await theme()) === "light" && "light"), "light");
    const button = page.locator(".side .setting").first();
    await button.click();
    await button.click();
    assert.equal(await theme(), "dark");
    await page.getByRole("button", { name: "English" }).click();
    await page.reload();
    await live(page);
    assert.deepEqual([await theme(), await text(page, "h1")], ["dark", "Now"]);
    await page.context().close();
});

test("every page is reached by keyboard alone, and whoever reads by ear is taken to its heading", async () => {
    const page = await visit(server, "/#/now");
    await live(page);
    await page.keyboard.press("Tab");
    assert.equal(await page.evaluate(() => document.activeElement.className), "skip");
    await page.keyboard.press("Enter");
    assert.equal(await page.evaluate(() => document.activeElement.id), "main");
    const ways = {
        c: "complaints",
        t: "tasks",
        b: "callbacks",
        s: "scores",
        l: "ledger",
        r: "report",
        e: "explorer",
        q: "quarantine",
        y: "system",
        n: "now",
    };
    for (const [key, name] of Object.entries(ways).filter(([, one]) => PAGES.includes(one))) {
        if (await page.evaluate(() => document.activeElement.matches("input, select, textarea")))
            await page.evaluate(() => document.activeElement.blur());
        await page.keyboard.press("g");
        await page.keyboard.press(key);
        await page.waitForURL(new RegExp(`#/${name}`));
        await eventually(() =>
            page.evaluate((way) => document.querySelector(`.rail a[data-name=${way}]`).ariaCurrent === "page", name),
        );
        await eventually(() => page.evaluate(() => document.querySelector("main").contains(document.activeElement)), {
            what: `focus in ${name}`,
        });
    }
    await page.keyboard.press("?");
    assert.match(await text(page, "dialog"), /Complaints/);
    await axe(page);
    const choice = page.getByLabel(/Keys of one letter/);
    const closed = () => eventually(async () => (await page.locator("dialog").count()) === 0, { what: "no dialog" });
    await choice.uncheck();
    await page.keyboard.press("Escape");
    await closed();
    await page.keyboard.press("?");
    assert.equal(await page.locator("dialog").count(), 0, "keys of one letter are off");
    await page.locator(".keys-button").first().click();
    await choice.check();
    await page.keyboard.press("Escape");
    await closed();
    assert.equal(await page.evaluate(() => document.activeElement.className.includes("keys-button")), true);
    for (const more of [{ keyCode: 229 }, { isComposing: true }]) {
        await page.evaluate((how) => document.body.dispatchEvent(
            new KeyboardEvent("keydown", { key: "?", bubbles: true, ...how })), more);
    }
    assert.equal(await page.locator("dialog").count(), 0, "an input method's keys are its own");
    await eventually(() => page.locator(".now-clocks tbody tr").count());
    await page.keyboard.press("j");
    await page.keyboard.press("j");
    const chosen = await page.evaluate(() => document.activeElement.dataset.id);
    await page.keyboard.press("Enter");
    await page.waitForURL(new RegExp(`#/complaints/${chosen}$`));
    await page.context().close();
});

test("while the server is gone the page says how old its data is; then it goes on and misses nothing", async () => {
    const other = await serve();
    const page = await visit(other, "/#/now");
    await live(page);
    page.expects(/ERR_CONNECTION_REFUSED|ERR_EMPTY_RESPONSE|ERR_INCOMPLETE|ERR_CONNECTION_RESET/);
    await other.kill();
    await eventually(() => page.locator(".side .live[data-state=late]").count());
    assert.match(await text(page, ".side .live"), /Offline, reconnecting · data \d+ s old/);
    await eventually(async () =>
        /^As of \d\d:\d\d; the server is not heard since/.test(await text(page, ".verdict-since")),
    );
    await other.start();
    const told = await other.publish({
        type: "feedback.complained",
        data: { ...place, category: "parts", text: "still no part" },
    });
    await eventually(() => page.locator(`.now-clocks tr[data-id="C-${told.seq}"]`).count(), { seconds: 20 });
    await live(page);
    await page.context().close();
});

test("seven tabs share one connection and all see what happens; when the first is closed another goes on", async () => {
    const together = await context();
    let streams = 0;
    together.on("request", (request) => (streams += new URL(request.url()).pathname === "/v1/stream" ? 1 : 0));
    const tabs = [];
    for (let i = 0; i < 7; i++) tabs.push(await visit(server, "/#/now", { context: together }));
    for (const tab of tabs) await live(tab);
    assert.equal(streams, 1);
    const see = async (some, seq) => {
        for (const tab of some)
            await eventually(() => tab.locator(`.now-clocks tr[data-id="C-${seq}"]`).count(), { what: `C-${seq}` });
    };
    await see(tabs, (await complain("seen by seven")).seq);
    await tabs[0].close();
    await see(tabs.slice(1), (await complain("seen by six")).seq);
    assert.equal(streams, 2);
    await together.close();
});

test("a page that fails says so and takes nothing along", async () => {
    const page = await visit(server, "/#/now");
    await live(page);
    const broken = "export default { title: 'nav.tasks', mount() { throw new Error('planted'); } };";
    await page.route("**/pages/tasks.js", (route) => route.fulfill({ contentType: "text/javascript", body: broken }));
    page.expects(/planted/);
    await page.goto(`${server.url}/#/tasks`);
    assert.match(await text(page, ".failed"), /This page could not be shown[\s\S]*planted/);
    await axe(page);
    await page.goto(`${server.url}/#/now`);
    await eventually(() => page.locator(".verdict[data-state]").count());
    await page.context().close();
});

test("when the session is over one is asked to log in again, and comes back to where one was", async () => {
    const guarded = await serve({ access: [{ name: "wang.li", role: "director" }] });
    const page = await visit(guarded, "/#/complaints", { login: "wang.li" });
    await live(page);
    assert.equal(await text(page, ".who-name"), "wang.li");
    await page.context().clearCookies();
    page.expects(/401/);
    await page.goto(`${guarded.url}/#/tasks`);
    await page.getByRole("button", { name: "Log in again" }).click();
    await page.waitForURL(/\/login/);
    await page.fill("[name=name]", "wang.li");
    await page.fill("[name=password]", PASSWORD);
    await page.click("button");
    await page.waitForURL(/#\/tasks$/);
    await page.getByRole("button", { name: "Log out" }).click();
    await page.waitForURL(/\/login/);
    assert.equal((await page.request.get(`${guarded.url}/v1/me`)).status(), 401);
    await page.context().close();
});

test("nothing has to be moved sideways, on a phone or on a wall, and a wall shows the page alone", async () => {
    for (const width of [360, 768, 1280]) {
        const page = await visit(server, "/#/now", { width, touch: width < 500 });
        await eventually(() => page.locator(".now-clocks tbody tr").count());
        await fits(page);
        if (width === 360) await axe(page);
        await page.context().close();
    }
    for (const [width, height] of [
        [1920, 1080],
        [3840, 2160],
    ]) {
        const page = await visit(server, "/#/now?wall=1", { width, height });
        await eventually(() => page.locator(".now-clocks tbody tr").count());
        await fits(page);
        assert.equal(await page.locator(".side").isVisible(), false);
        const size = await page
            .locator(".verdict-first")
            .evaluate((element) => parseFloat(getComputedStyle(element).fontSize));
        assert.ok(size >= width / 32, `${size} px on ${width}`);
        await page.keyboard.press("Escape");
        await eventually(() => page.locator(".side").isVisible());
        await page.context().close();
    }
});
