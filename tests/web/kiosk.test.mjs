/*
 * kiosk.test.mjs - a customer rates his visit on the tablet of a service bay: in twenty seconds, without a network,
 * once.
 *
 * What arrived is read from the journal's ratings; links are signed here, from the format in schemas/PROTOCOL.md.
 */
import assert from "node:assert/strict";
import { createHmac, randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { test } from "node:test";
import { ROSTER } from "./routes.mjs";
import { axe, context, eventually, fits, open, serve } from "./world.mjs";

const STORE = "sh-pudong";
const server = await serve({ roster: ROSTER });
let visits = 0;

/** A link for a visit of its own. */
async function visitLink() {
    const visit = `V-${++visits}`;
    const options = ["--visit", visit, "--store", STORE, "--department", "service"];
    return { visit, where: (await server.cli("link", "rate", ...options)).path };
}

/** A link as the server signs them: HMAC-SHA-512, cut to 256 bits. */
async function signed(expires_ms, subject, purpose = 2) {
    const secret = await readFile(path.join(server.dir, "keys/links.secret"));
    const times = Buffer.alloc(8);
    times.writeBigUInt64BE(BigInt(expires_ms));
    const name = Buffer.from(subject);
    const body = Buffer.concat(
        [Buffer.from([1, purpose]), times, randomBytes(16), Buffer.from([name.length]), name, Buffer.from([0])]);
    const mac = createHmac("sha512", secret).update(body).digest().subarray(0, 32);
    return `/rate/${Buffer.concat([body, mac]).toString("base64url")}`;
}

/** The ratings of a visit that are in the journal. */
async function ratingsOf(visit) {
    await server.folded();
    const { rows } = await server.get(`/v1/ratings?store=${STORE}&department=service&limit=100`);
    return rows.filter((row) => row.visit === visit);
}

/** Everything that the browser keeps for our pages: what could be read by whoever takes the tablet. */
const storage = (page) =>
    page.evaluate(async () => {
        const asked = (request) => new Promise((resolve) => (request.onsuccess = () => resolve(request.result)));
        const kept = [{ ...localStorage }, { ...sessionStorage }];
        for (const { name } of await indexedDB.databases()) {
            const database = await asked(indexedDB.open(name));
            for (const shelf of database.objectStoreNames)
                kept.push(shelf, await asked(database.transaction(shelf).objectStore(shelf).getAll()));
            database.close();
        }
        return JSON.stringify(kept);
    });

const face = (page, name) => page.getByRole("button", { name, exact: true });
const heading = (page) => page.locator("h1").textContent();
const said = (page, text) => page.getByText(text).waitFor();
const isKept = (page) => page.evaluate(async () => Boolean(await caches.match("/kiosk.js")));

/** The tablet: its network can be cut. */
async function tablet(where, look = {}) {
    const page = await open(server, where, { lang: "en", touch: true, ...look });
    await page.locator(".kiosk-face").first().waitFor();
    return page;
}

test("the tablet says where it stands as people call it, in their language", async () => {
    const { where } = await visitLink();
    const page = await open(server, where, { lang: "zh" });
    await page.locator(".visitor-place", { hasText: "上海浦东店 · 售后" }).waitFor();
    await page.getByRole("button", { name: "English" }).click();
    await page.locator(".visitor-place", { hasText: "Shanghai Pudong · service" }).waitFor();
    const told = await server.get(`${where}/visit`);
    assert.deepEqual([told.store, told.store_name, told.store_name_en], [STORE, "上海浦东店", "Shanghai Pudong"]);
});

test("one tap and Send: the rating is in the journal, and on the tablet nothing is left of it", async () => {
    const { visit, where } = await visitLink();
    const page = await tablet(`${where}?device=bay-03`, { lang: "zh" });
    assert.equal(await heading(page), "您对这次维修保养满意吗？");
    await page.getByRole("button", { name: "English" }).tap();
    assert.equal(await heading(page), "How satisfied are you with your visit to our workshop?");
    await face(page, "Dissatisfied").tap();
    await page.getByRole("group", { name: "Service advisor" }).getByLabel("Very satisfied").check();
    await page.getByLabel(/what happened/).fill("the loaner smelled of smoke");
    await page.getByRole("button", { name: "Send" }).tap();
    await said(page, "It has been sent.");
    const [rating, ...more] = await ratingsOf(visit);
    assert.deepEqual(more, []);
    assert.equal(rating.overall, 4);
    assert.deepEqual(rating.scores, { advisor: 10 });
    assert.equal(rating.channel, "kiosk");
    const event = await server.get(`/v1/events/${rating.seq}`);
    assert.match(JSON.stringify(event), /"device":"bay-03"/);
    assert.doesNotMatch(await storage(page), /smoke|overall|scores|advisor/);
    await page.reload();
    await said(page, "This visit has been rated.");
    assert.equal(await page.locator("button.kiosk-face, textarea").count(), 0);
    await page.context().close();
});

test("without a network an answer is kept over a reload, and goes out once when the network is back", async () => {
    const { visit, where } = await visitLink();
    const page = await tablet(where);
    page.expects(/ERR_INTERNET_DISCONNECTED/);
    await eventually(() => isKept(page), { what: "the page on the tablet" });
    await page.context().setOffline(true);
    await face(page, "Very satisfied").tap();
    await page.getByLabel(/tell us more/).fill("kept offline");
    await page.reload();
    await page.getByLabel(/tell us more/).waitFor();
    assert.equal(await page.getByLabel(/tell us more/).inputValue(), "kept offline");
    await page.getByRole("button", { name: "Send" }).tap();
    await said(page, "It is kept safely on this device");
    await page.reload();
    await said(page, "It is kept safely on this device");
    assert.deepEqual(await ratingsOf(visit), []);
    await page.context().setOffline(false);
    await said(page, /It has been sent|has been rated/);
    assert.deepEqual((await ratingsOf(visit)).map(({ overall }) => overall), [10]);
    await page.reload();
    await said(page, "This visit has been rated.");
    assert.equal((await ratingsOf(visit)).length, 1);
    assert.doesNotMatch(await storage(page), /kept offline|overall/);
    await page.context().close();
});

test("an answer whose receipt was lost on the way is sent again, and counts once", async () => {
    const { visit, where } = await visitLink();
    const page = await tablet(where, { serviceWorkers: "block" });
    page.expects(/ERR_FAILED/);
    const keys = [];
    await page.route(/\/rate\/[^/]+$/, async (route) => {
        if (route.request().method() !== "POST") return route.continue();
        keys.push(route.request().headers()["idempotency-key"]);
        const answer = await route.fetch();
        return keys.length === 1 ? route.abort() : route.fulfill({ response: answer });
    });
    await face(page, "Satisfied").tap();
    await page.getByRole("button", { name: "Send" }).tap();
    await said(page, "It has been sent.");
    assert.equal(keys.length, 2);
    assert.equal(keys[0], keys[1]);
    assert.deepEqual((await ratingsOf(visit)).map(({ overall }) => overall), [8]);
    await page.context().close();
});

test("a server that is down at the moment gets the answer when it is back", async () => {
    const { visit, where } = await visitLink();
    const page = await tablet(where);
    page.expects(/ERR_CONNECTION_REFUSED/);
    await server.kill();
    await face(page, "Neither").tap();
    await page.getByRole("button", { name: "Send" }).tap();
    await said(page, "It is kept safely on this device");
    await server.start();
    await said(page, "It has been sent.");
    assert.deepEqual((await ratingsOf(visit)).map(({ overall }) => overall), [6]);
    await page.context().close();
});

test("who walks away after the first tap has rated; who comes back in time goes on", async () => {
    const { visit, where } = await visitLink();
    const page = await (await context({ lang: "en", touch: true })).newPage();
    await page.clock.install();
    await page.goto(server.url + where);
    await face(page, "Satisfied").tap();
    await page.clock.fastForward(65000);
    await page.getByRole("button", { name: "I am not finished" }).tap();
    await page.clock.fastForward(50000);
    assert.equal(await page.getByRole("alertdialog").count(), 0);
    await page.clock.fastForward(15000);
    await page.getByRole("alertdialog").waitFor();
    await page.clock.fastForward(20000);
    await page.clock.runFor(2000);
    await said(page, "Thank you");
    await eventually(async () => (await ratingsOf(visit)).length === 1, { what: "the rating" });
    await page.context().close();
});

test("what was begun and left is rated from the next visit's page; nobody finds it", async () => {
    const [left, next] = [await visitLink(), await visitLink()];
    const page = await tablet(left.where);
    await face(page, "Dissatisfied").dblclick();
    await page.getByLabel(/what happened/).fill("left behind");
    await page.clock.install({ time: Date.now() + 240000 });
    await page.goto(server.url + next.where);
    await page.locator(".kiosk-face").first().waitFor();
    const [{ overall, scores }] = await eventually(
        async () => (await ratingsOf(left.visit)).length && ratingsOf(left.visit), { what: "the left rating" });
    assert.deepEqual([overall, scores ?? {}], [4, {}]); /* the second tap of two is none */
    await eventually(async () => !/left behind|overall":2/.test(await storage(page)), { what: "nothing to be read" });
    await page.context().close();
});

test("two pages of one visit: one rating, and both say that it has been sent", async () => {
    const { visit, where } = await visitLink();
    const first = await tablet(where);
    const second = await first.context().newPage();
    await second.goto(server.url + where);
    for (const page of [first, second]) {
        await face(page, "Satisfied").tap();
        await page.locator(".kiosk-row").first().waitFor();
    }
    await Promise.all([first, second].map((page) => page.getByRole("button", { name: "Send" }).tap()));
    for (const page of [first, second]) await said(page, "It has been sent.");
    assert.deepEqual((await ratingsOf(visit)).map(({ overall }) => overall), [8]);
    await first.context().close();
});

test("a device that keeps nothing sends at once, and says that the page has to stay while it can't", async () => {
    const [full, denied] = [await visitLink(), await visitLink()];
    const faults = [[full, () => (IDBObjectStore.prototype.put = () => {
        throw new DOMException("full", "QuotaExceededError");
    })], [denied, () => (IDBFactory.prototype.open = () => {
        throw new DOMException("denied", "SecurityError");
    })]];
    for (const [{ visit, where }, fault] of faults) {
        const page = await (await context({ lang: "en", serviceWorkers: "block" })).newPage();
        page.expects(/ERR_INTERNET_DISCONNECTED/);
        await page.addInitScript(fault);
        await page.goto(server.url + where);
        await face(page, "Satisfied").click();
        await page.locator(".kiosk-row").first().waitFor();
        await page.context().setOffline(true);
        await page.getByRole("button", { name: "Send" }).click();
        await said(page, "Please leave this page open");
        await page.context().setOffline(false);
        await said(page, "It has been sent.");
        assert.deepEqual((await ratingsOf(visit)).map(({ overall }) => overall), [8]);
        await page.context().close();
    }
});

test("a link that expired before the network came back is told to whoever comes by, until it was seen", async () => {
    const expires_ms = Date.now() + 8000;
    const page = await tablet(await signed(expires_ms, `V-late\n${STORE}\nservice`));
    page.expects(/ERR_INTERNET_DISCONNECTED|410/);
    await page.context().setOffline(true);
    await face(page, "Neither").tap();
    await page.getByRole("button", { name: "Send" }).tap();
    await said(page, "It is kept safely on this device");
    await eventually(() => Date.now() > expires_ms, { what: "the end of the link" });
    await page.goto("about:blank");
    await page.context().setOffline(false);
    await page.goto(server.url + (await visitLink()).where);
    await said(page, "1 rating from this device could not be taken");
    await axe(page);
    await page.getByRole("button", { name: "Noted" }).tap();
    await page.locator(".kiosk-lost").waitFor({ state: "detached" }); // it goes once that is written down
    await page.reload();
    await page.locator(".kiosk-face").first().waitFor();
    assert.equal(await page.locator(".kiosk-lost").count(), 0);
    await page.context().close();
});

test("used, expired and forged links are told kindly, and there is nothing to press", async () => {
    const { where } = await visitLink();
    await server.post(where, { overall: 7 });
    const late = await signed(Date.now() - 1000, `V-9\n${STORE}\nservice`);
    const good = await signed(Date.now() + 60000, `V-10\n${STORE}\nservice`);
    const bent = good.slice(0, -2) + (good.endsWith("AA") ? "BB" : "AA");
    for (const [link, words] of [[where, "rated already"], [late, "no longer valid"], [bent, "not complete"],
        ["/rate/nonsense", "not complete"]]) {
        const page = await open(server, link);
        page.expects(/40[0-9]|410/);
        await said(page, words);
        assert.equal(await page.locator("main button").count(), 0);
        if (link === late) await axe(page);
        await page.context().close();
    }
});

test("all of it by the keyboard alone", async () => {
    const { visit, where } = await visitLink();
    const page = await tablet(where, { touch: false });
    await page.keyboard.press("Tab");
    await page.keyboard.press("Tab");
    await page.keyboard.press("Enter");
    await page.locator(".kiosk-row").first().waitFor();
    await page.keyboard.press("Tab");
    await page.keyboard.press("Space");
    await page.keyboard.press("ArrowRight");
    await page.getByRole("button", { name: "Send" }).press("Enter");
    await said(page, "It has been sent.");
    const [rating] = await ratingsOf(visit);
    assert.equal(rating.overall, 2);
    assert.deepEqual(rating.scores, { quality: 4 });
    await page.context().close();
});

test("fingers find what they aim at, in both languages, light and dark, wide and narrow", async () => {
    for (const [lang, theme, width] of [["en", "dark", 360], ["zh", "light", 1280]]) {
        const page = await tablet((await visitLink()).where, { lang, theme, width });
        await axe(page);
        await fits(page);
        await page.locator(".kiosk-face").nth(4).tap();
        await page.locator(".kiosk-row").first().waitFor();
        await axe(page);
        await fits(page);
        const sizes = await page.locator(".kiosk-small, .visitor-acts button").evaluateAll((all) =>
            all.map((element) => element.getBoundingClientRect()).map(({ width: w, height: h }) => Math.min(w, h)));
        assert.ok(sizes.length >= 27 && Math.min(...sizes) >= 62, `${Math.min(...sizes)} px at ${width}`);
        await page.context().close();
    }
});
