/*
 * callbacks.test.mjs - the worklists: nobody is called twice, what came of a call is kept, tasks are opened and done.
 */
import assert from "node:assert/strict";
import path from "node:path";
import { test } from "node:test";
import { axe, context, eventually, fits, open, serve, SOURCE } from "./world.mjs";

const server = await serve({
    roster: path.join(SOURCE, "deploy/roster.example.yaml"),
    policy: path.join(SOURCE, "tests/web/open_always.yaml"),
});
const DAY_MS = 24 * 3600 * 1000;

/** A car handed over five days ago: everybody is called on the third day, so this one is due. */
async function sold(visit) {
    const completed_at = new Date(Date.now() - 5 * DAY_MS).toISOString();
    const data = { store: "sh-pudong", department: "sales", visit, kind: "sale", customer: `c-${visit}`, completed_at };
    const { seq } = await server.publish({ type: "visit.completed", data });
    return `B-${seq}-day3`;
}

async function openAs(name, where, look = {}) {
    const made = await context(look);
    await made.addInitScript((by) => origin !== "null" && localStorage.setItem("manyi.by", by), name);
    return open(server, where, { context: made });
}

const callback = (id) => server.get(`/v1/callbacks/${id}`);

test("two agents who claim the same call at once: one gets it, the other sees who has it", async () => {
    const id = await sold("S-1");
    const names = ["sun.fang", "liu.wei"];
    const pages = await Promise.all(names.map((name) => openAs(name, `/#/callbacks/${id}`)));
    for (const page of pages) {
        page.expects(/409|412/);
        await page.locator('.decide[data-action="claim"]').waitFor();
    }
    await Promise.all(pages.map((page) => page.keyboard.press("c")));
    const { agent } = await eventually(async () => {
        const card = await callback(id);
        return card.status === "claimed" && card;
    });
    const loser = pages[names.indexOf(agent) === 0 ? 1 : 0];
    await loser.locator(".panel-top", { hasText: agent }).waitFor();
    await loser.locator(".refused[data-action=claim]").waitFor();
    assert.equal(await loser.locator(".call-result").isVisible(), false);
    const claims = (await callback(id)).history.filter((line) => line.type === "callback.claimed");
    assert.deepEqual(
        claims.map((line) => line.by),
        [agent],
    );
    for (const page of pages) await page.context().close();
});

test("a customer who is reached answers, the callback is done and leaves the list", async () => {
    const id = await sold("S-2");
    const page = await openAs("sun.fang", `/#/callbacks/${id}`);
    await page.locator('.decide[data-action="claim"]').click();
    await page.locator(".panel-top", { hasText: "sun.fang" }).waitFor();
    await page.keyboard.press("f");
    await page.locator(".ratings [name=overall]").fill("11");
    await page.locator(".ratings [name=nps]").fill("9");
    page.expects(/422/);
    await page.locator(".ratings [type=submit]").click();
    await page.locator('.ratings [name=overall][aria-invalid="true"]').waitFor();
    await page.locator(".ratings [name=overall]").fill("9");
    await page.locator(".ratings [name=delivery]").fill("8.5");
    await page.locator(".ratings [type=submit]").click();
    await page.locator(`tr[data-id="${id}"]`).waitFor({ state: "detached" });
    assert.equal((await callback(id)).status, "done");
    const { rows } = await server.get(
        "/v1/scores?by=store&department=sales&period=" + new Date().toISOString().slice(0, 7),
    );
    assert.equal(rows.find((row) => row.store === "sh-pudong").n, 1);
    await page.context().close();
});

test("nobody answers: one key, the try is counted and the call stands to be tried again", async () => {
    const id = await sold("S-3");
    const page = await openAs("sun.fang", `/#/callbacks/${id}`);
    await page.locator(".call-result [data-action=no_answer]").waitFor();
    await page.keyboard.press("1");
    await page.locator(".facts", { hasText: "Try again from" }).waitFor();
    const { tries, status } = await callback(id);
    assert.deepEqual([tries, status], [1, "due"]);
    await page.context().close();
});

test("a meeting opens a task, whoever is responsible starts and completes it, and somebody else verifies", async () => {
    const page = await openAs("liu.wei", "/#/tasks", { width: 1440 });
    await page.locator(".page-tools button").click();
    const due = await page.evaluate(() =>
        new Date(Date.now() + 20 * 864e5).toLocaleString("sv").slice(0, 16).replace(" ", "T"),
    );
    const typed = {
        store: "sh-pudong",
        department: "sales",
        measure: "Call before delivery",
        responsible: "sun.fang",
        due,
    };
    for (const [name, value] of Object.entries(typed)) await page.locator(`dialog [name=${name}]`).fill(value);
    await page.locator("dialog [type=submit]").click();
    await page.locator(".panel h2", { hasText: /^T-/ }).waitFor();
    const id = (await page.locator(".panel h2").innerText()).trim();
    assert.deepEqual(await server.get(`/v1/tasks/${id}`).then((task) => [task.responsible, task.rule]), [
        "sun.fang",
        "meeting",
    ]);

    const doer = await openAs("sun.fang", `/#/tasks/${id}?mine=1`);
    await doer.locator(`tr[data-id="${id}"]`).waitFor();
    await doer.locator('.decide[data-action="start"]').click();
    await doer.locator('.decide[data-action="complete"]').click();
    await doer.locator(".decide-form [type=submit]").click();
    await doer.locator(".refused[data-action=verify]").waitFor();

    await page.locator(".decide-news", { hasText: "sun.fang" }).waitFor();
    await page.locator('.decide[data-action="verify"]').click();
    await page.locator(".decide-form [name=effective]").selectOption("true");
    await page.locator(".decide-form [type=submit]").click();
    await eventually(async () => (await server.get(`/v1/tasks/${id}`)).effective === true, { what: "verified" });
    await doer.context().close();
    await page.context().close();
});

test("a long list is short at first on a telephone: twenty cards, and the others by a button", async () => {
    const where = { store: "sh-minhang", department: "service", due: new Date(Date.now() + 5 * DAY_MS).toISOString() };
    const data = { ...where, by: "zhou.hui", measure: "Wash the car", responsible: "guo.ping" };
    for (let i = 0; i < 25; i++) await server.publish({ type: "task.opened", data });
    const page = await openAs("zhou.hui", "/#/tasks?store=sh-minhang", { width: 360, touch: true });
    const cards = page.locator(".table tbody tr");
    await page.locator(".more", { hasText: "5" }).waitFor();
    assert.equal(await cards.count(), 20);
    await page.locator(".more").click();
    assert.equal(await cards.count(), 25);
    assert.equal(await page.locator(".more").isVisible(), false);
    await page.context().close();
    const wide = await openAs("zhou.hui", "/#/tasks?store=sh-minhang", { width: 1280 });
    await eventually(async () => (await wide.locator(".table tbody tr").count()) === 25, { what: "all at once" });
    await wide.context().close();
});

for (const [name, look] of [
    ["in Chinese on a telephone", { lang: "zh", width: 360, touch: true }],
    ["in the dark", { theme: "dark" }],
]) {
    test(`the worklists are accessible and fit, ${name}`, async () => {
        const id = await sold(`S-${name}`);
        const page = await openAs("sun.fang", `/#/callbacks/${id}`, look);
        await page.locator(".call-result [data-action=reached]").click();
        await page.locator(".ratings").waitFor();
        await axe(page);
        await fits(page);
        await page.goto(`${server.url}/#/callbacks`);
        await page.locator(`tr[data-id="${id}"]`).waitFor();
        await axe(page);
        await fits(page);
        await page.context().close();
    });
}
