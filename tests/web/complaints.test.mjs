/*
 * complaints.test.mjs - the board of complaints and a card, by real people in real pages: seen at once, decided once.
 */
import assert from "node:assert/strict";
import path from "node:path";
import { test } from "node:test";
import { axe, context, eventually, fits, login, open, serve, SOURCE } from "./world.mjs";

const roster = path.join(SOURCE, "deploy/roster.example.yaml");
const policy = path.join(SOURCE, "tests/web/open_always.yaml");
const server = await serve({ roster, policy });
const place = { store: "sh-pudong", department: "service" };
const guarded = await serve({
    roster,
    policy,
    access: [
        { name: "chen.jing", role: "manager", ...place },
        { name: "zhou.hui", role: "manager", ...place },
        { name: "desk", kind: "program", role: "publisher", token: true },
    ],
});
const DAY_MS = 24 * 3600 * 1000;

/** A complaint at sh-pudong's service, in some days' past if wished: its number. */
async function complain(more = {}, days = 0, where = server, as) {
    const data = {
        store: "sh-pudong",
        department: "service",
        channel: "phone",
        category: "workmanship",
        text: "It rattles.",
    };
    const time = new Date(Date.now() - days * DAY_MS).toISOString();
    const told = await where.publish({ type: "feedback.complained", time, data: { ...data, ...more } }, as);
    return `C-${told.seq}`;
}

/** A page in somebody's own browser at this machine, where everybody may name anybody. */
async function openAs(name, where, look = {}) {
    const made = await context(look);
    await made.addInitScript((by) => origin !== "null" && localStorage.setItem("manyi.by", by), name);
    return open(server, where, { context: made });
}

const card = (id) => server.get(`/v1/complaints/${id}`);
const column = (page, status) => page.locator(`.column[data-status=${status}]`);

test("a complaint that comes while the board stands open is there without a reload, in its column", async () => {
    const page = await openAs("wang.li", "/#/complaints");
    const id = await complain({ category: "parts" });
    await column(page, "received").locator(`[data-id="${id}"]`).waitFor();
    await server.post(`/v1/complaints/${id}/acknowledge`, { by: "wang.li" });
    await column(page, "acknowledged").locator(`[data-id="${id}"]`).waitFor();
    assert.equal(await column(page, "received").locator(`[data-id="${id}"]`).count(), 0);
    await page.context().close();
});

test("a handler answers the customer by keyboard alone: to the card, one key, and it is done", async () => {
    const id = await complain({ category: "price" });
    const page = await openAs("wang.li", "/#/complaints?category=price");
    await page.locator(`.case[data-id="${id}"]`).waitFor();
    await page.keyboard.press("j");
    await page.keyboard.press("Enter");
    await page.locator('.decide[data-action="acknowledge"]').waitFor();
    await page.keyboard.press("a");
    await page.locator(".decide-form textarea").fill("Called back, will look at it.");
    await page.keyboard.press("Control+Enter");
    await column(page, "acknowledged").locator(`[data-id="${id}"]`).waitFor();
    const { status, history } = await card(id);
    assert.deepEqual([status, history.at(-1).by], ["acknowledged", "wang.li"]);
    await page.keyboard.press("Escape");
    await eventually(async () => (await page.evaluate(() => location.hash)) === "#/complaints?category=price");
    await page.context().close();
});

/* Six days ago: its first answer is long overdue, and the management group has been told. */
async function overdue() {
    const id = await complain({}, 6);
    const { rows } = await server.get(`/v1/escalations?about=${id}`);
    const notice = rows.find((one) => one.level === 4);
    assert.deepEqual([notice.to, notice.acknowledged_by, notice.ended], ["zhang.min", null, false]);
    return { id, notice };
}

async function seen(notice) {
    const { rows } = await server.get(`/v1/escalations?about=${notice.about}`);
    const now = rows.find((one) => one.id === notice.id);
    return now.acknowledged_by === "zhang.min" && now.deliver_from === null && now.retry_at === null;
}

test("who was told acknowledges with the mouse, and it is not repeated any more", async () => {
    const { id, notice } = await overdue();
    const page = await openAs("zhang.min", `/#/complaints/${id}`);
    await page.locator(".told-you [data-action=see]").click();
    await eventually(() => seen(notice), { what: "acknowledged" });
    await page.locator(".told-you").waitFor({ state: "detached" });
    const open_ = await server.get("/v1/escalations?status=raised");
    assert.ok(!open_.rows.some((one) => one.id === notice.id));
    await page.context().close();
});

test("who was told acknowledges with one key", async () => {
    const { id, notice } = await overdue();
    const page = await openAs("zhang.min", `/#/complaints/${id}`);
    await page.locator(".told-you").waitFor();
    await page.keyboard.press("y");
    await eventually(() => seen(notice), { what: "acknowledged" });
    await page.context().close();
});

test("what may not be decided stands there with the reason, and its key says why", async () => {
    const id = await complain({ staff: ["wang.li"] });
    const page = await openAs("wang.li", `/#/complaints/${id}`);
    await page.locator(".refused[data-action=acknowledge]").waitFor();
    assert.match(await page.locator(".refusals").innerText(), /wang\.li is complained about in C-\d+/);
    assert.equal(await page.locator('.decide[data-action="note"]').count(), 1);
    await page.keyboard.press("a");
    await page.locator(".decide-news", { hasText: "complained about" }).waitFor();
    assert.equal((await card(id)).status, "received");
    await page.context().close();
});

test("an answer that is lost on its way is asked for again, and decided once", async () => {
    const id = await complain();
    const page = await openAs("wang.li", `/#/complaints/${id}`);
    page.expects(/ERR_FAILED/);
    const lose = async (route) => {
        await route.fetch(); /* the server has done it */
        await route.abort();
    };
    await page.route(`**/${id}/note`, lose, { times: 1 });
    await page.locator('.decide[data-action="note"]').click();
    await page.locator(".decide-form textarea").fill("Spoke with the workshop.");
    await page.locator(".decide-form [type=submit]").click();
    await page.locator(".form-wrong", { hasText: "No answer came" }).waitFor();
    assert.equal(await page.inputValue(".decide-form textarea"), "Spoke with the workshop.");
    await page.locator(".decide-form [type=submit]").click();
    await page.locator(".decide-form").waitFor({ state: "detached" });
    assert.equal((await card(id)).history.filter((line) => line.type === "complaint.noted").length, 1);
    await page.context().close();
});

test("three alike within a day are one storm on the board, and open on demand", async () => {
    const ids = [];
    for (let i = 0; i < 3; i++) ids.push(await complain({ store: "sh-minhang", category: "delay" }));
    const page = await openAs("guo.ping", "/#/complaints?store=sh-minhang");
    const head = page.locator(".storm-head");
    assert.match(await head.innerText(), /3 × delay/);
    assert.equal(await page.locator(`.case[data-id="${ids[0]}"]`).isVisible(), false);
    await head.click();
    for (const id of ids) await page.locator(`.case[data-id="${id}"]`).waitFor();
    await page.context().close();
});

test("filters stand in the address and outlive a reload; mine is what my department gets", async () => {
    const mine = await complain({ category: "privacy" });
    const other = await complain({ category: "privacy", store: "sh-minhang" });
    const page = await openAs("wang.li", "/#/complaints");
    await page.selectOption("[name=category]", "privacy");
    await page.locator("[data-filter=mine]").click();
    await page.locator(`.case[data-id="${mine}"]`).waitFor();
    await page.locator(`.case[data-id="${other}"]`).waitFor({ state: "detached" });
    assert.equal(await page.evaluate(() => location.hash), "#/complaints?mine=1&category=privacy");
    await page.reload();
    await page.locator(`.case[data-id="${mine}"]`).waitFor();
    assert.equal(await page.inputValue("[name=category]"), "privacy");
    assert.equal(await page.locator(`.case[data-id="${other}"]`).count(), 0);
    await page.context().close();
});

test("nothing moves under a hand that is at work: what is new waits, and says so", async () => {
    const first = await complain({ category: "other" });
    const page = await openAs("wang.li", "/#/complaints?category=other");
    const link = page.locator(`.case[data-id="${first}"]`);
    await link.hover();
    const second = await complain({ category: "other", grade: "urgent" });
    await eventually(async () => {
        await page.mouse.move(...(await middleOf(link, Math.random() * 8)));
        return await page.locator(".board-waits button").isVisible();
    });
    assert.equal(await page.locator(`.case[data-id="${second}"]`).count(), 0);
    await page.locator(".board-waits button").click();
    await page.locator(`.case[data-id="${second}"]`).waitFor();
    await page.context().close();
});

async function middleOf(locator, by) {
    const { x, y, width, height } = await locator.boundingBox();
    return [x + width / 2 + by, y + height / 2];
}

test("what the customer said is covered until somebody says why they look", async () => {
    const id = await complain({ text: "My name is Zhang.", contact: "138 0000 0000" });
    const page = await openAs("wang.li", `/#/complaints/${id}`);
    const block = page.locator(".personal");
    await block.locator("button").waitFor();
    assert.doesNotMatch(await page.content(), /138 0000/);
    await block.locator("button").click();
    await block.locator(".field-wrong", { hasText: "why" }).waitFor();
    await block.locator("input").fill("to call the customer back");
    await block.locator("button").click();
    await block.locator("dd", { hasText: "138 0000 0000" }).waitFor();
    await block.locator("button").click();
    await eventually(async () => !/138 0000/.test(await page.content()), { what: "covered again" });
    await page.context().close();
});

test("in Chinese, in the dark and on a telephone the card is whole and readable", async () => {
    const id = await complain({ category: "safety" });
    const page = await openAs("wang.li", `/#/complaints/${id}`, { lang: "zh", theme: "dark", width: 360, touch: true });
    await page.locator('.decide[data-action="acknowledge"]', { hasText: "首次答复" }).waitFor();
    await page.locator(".life", { hasText: "已受理" }).waitFor();
    await page.locator(".history li").first().waitFor();
    assert.match(await page.locator(".panel-tags").innerText(), /重大紧急/);
    await axe(page);
    await fits(page);
    await page.context().close();
});

test("the board and a card beside it are accessible, and fit", async () => {
    const id = await complain();
    const page = await openAs("wang.li", `/#/complaints/${id}`, { width: 1440 });
    await page.locator(".history li").first().waitFor();
    await page.locator('.decide[data-action="acknowledge"]').click();
    await axe(page);
    await fits(page);
    await page.context().close();
});

/* ---- two managers on one card ---- */

async function managerAt(name, id, prepare = () => {}) {
    const page = await (await context({ width: 1440 })).newPage();
    await prepare(page);
    await login(page, guarded, name);
    await page.goto(`${guarded.url}/#/complaints/${id}`);
    await page.locator('.decide[data-action="assign"]').waitFor();
    return page;
}

async function assign(page, handler) {
    await page.keyboard.press("h");
    await page.locator(".decide-form [name=handler]").fill(handler);
}

/** The card that a page shows, asked for in its reader's name. */
async function cardOf(page) {
    const where = `/v1/complaints/${page.url().split("/").pop()}`;
    return page.evaluate(async (url) => (await fetch(url)).json(), where);
}

test("two managers on one card: what one decides the other is told at once, and its buttons follow", async () => {
    const id = await complain({}, 0, guarded, "desk");
    const [one, other] = [await managerAt("chen.jing", id), await managerAt("zhou.hui", id)];
    await one.locator('.decide[data-action="acknowledge"]').click();
    await one.locator(".decide-form [type=submit]").click();
    await other.locator(".decide-news", { hasText: "chen.jing" }).waitFor();
    await other.locator(".refused[data-action=acknowledge]").waitFor();
    await one.context().close();
    await other.context().close();
});

test("who decides about a card that has changed meanwhile is told so, and nothing is overwritten", async () => {
    const id = await complain({}, 0, guarded, "desk");
    const one = await managerAt("chen.jing", id);
    const other = await managerAt("zhou.hui", id, async (page) => {
        page.expects(/stream|412/);
        await page.route("**/v1/stream*", (route) => route.abort()); /* hears of nothing by itself */
    });
    await assign(one, "xu.lei");
    await assign(other, "wang.li");
    await one.locator(".decide-form [type=submit]").click();
    await one.locator(".facts", { hasText: "xu.lei" }).waitFor();
    await other.locator(".decide-form [type=submit]").click();
    await other.locator(".decide-changed", { hasText: "chen.jing" }).waitFor();
    assert.equal((await cardOf(one)).handler, "xu.lei");
    assert.equal(await other.inputValue(".decide-form [name=handler]"), "wang.li");
    /* once it has stood there for a moment, to send again is a decision about this card */
    await eventually(async () => {
        const submit = other.locator(".decide-form [type=submit]");
        if (await submit.count()) await submit.click();
        await other.locator(".decide-form").waitFor({ state: "detached", timeout: 300 });
        return true;
    });
    assert.equal((await cardOf(one)).handler, "wang.li");
    await one.locator(".decide-news", { hasText: "zhou.hui" }).waitFor();
    await one.context().close();
    await other.context().close();
});
