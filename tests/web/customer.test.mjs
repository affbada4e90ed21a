/*
 * customer.test.mjs - a customer looks after his complaint on his telephone: what is so, by when, and whether it is
 * settled.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { axe, eventually, fits, open, serve } from "./world.mjs";
import { ROSTER } from "./routes.mjs";

const PHONE = { lang: "en", width: 360, height: 780, touch: true };
const server = await serve({ roster: ROSTER });

/** A complaint at its beginning: {id, where, decide}. */
async function complained(text = "It squeals again.") {
    const data = { store: "sh-pudong", department: "service", category: "workmanship", channel: "walk_in", text };
    const { seq } = await server.publish({ type: "feedback.complained", data });
    const id = `C-${seq}`;
    const { path: where } = await server.cli("link", "case", id);
    const decide = (action, fields = {}) => server.post(`/v1/complaints/${id}/${action}`, { by: "wang.li", ...fields });
    return { id, where, decide };
}

async function answered(answer) {
    const told = await complained();
    await told.decide("acknowledge");
    await told.decide("resolve", { answer });
    return told;
}

const card = (id) => server.get(`/v1/complaints/${id}`);
const tap = (page, name) => page.getByRole("button", { name }).tap();

test("the receipt says the number, who answers and by when; and nothing that is the house's own", async () => {
    const { id, where } = await complained("my secret words");
    const page = await open(server, where, PHONE);
    await page.getByText(`Case ${id}`).waitFor();
    const { clocks } = await card(id);
    const due = new Date(clocks.find(({ kind }) => kind === "response").due_at);
    const shown = await page.locator("h1").textContent();
    const zone = { timeZone: "Asia/Shanghai" };
    assert.match(shown, new RegExp(`first reply by .*${due.toLocaleDateString("en-GB", { ...zone, day: "numeric" })}`));
    assert.match(shown, new RegExp(due.toLocaleTimeString("en-GB", { ...zone, hour: "2-digit", minute: "2-digit" })));
    await page.getByText("service, Shanghai Pudong").waitFor();
    assert.doesNotMatch(await page.locator("body").textContent(), /secret|wang|general|level/);
    assert.equal(await page.locator(".case-acts button").count(), 0);
    await tap(page, "中文");
    assert.match(await page.locator("h1").textContent(), /我们已收到您的投诉/);
    await page.context().close();
});

test("what happens is seen without a reload", async () => {
    const { where, decide } = await complained();
    const page = await open(server, where, { ...PHONE, lang: "zh" });
    await page.getByText("我们已收到您的投诉").waitFor();
    await decide("acknowledge");
    await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange"))); /* the telephone is looked at */
    await page.getByText("我们正在处理").waitFor();
    await page.context().close();
});

test("not settled: what is missing may be said, and the case is open again one level up", async () => {
    const { id, where } = await answered("We have replaced the pads.");
    assert.deepEqual([(await card(id)).status, (await card(id)).reopened], ["resolved", 0]);
    const floor = (await card(id)).floor ?? 0;
    const page = await open(server, where, PHONE);
    await page.getByText("We have replaced the pads.").waitFor();
    await tap(page, "No, not settled");
    await page.getByLabel("What is still missing?").fill("It squeals still");
    await axe(page);
    await fits(page);
    await tap(page, "Send: it is not settled");
    await page.getByText("one level higher").waitFor();
    const after = await card(id);
    assert.equal(after.reopened, 1);
    assert.notEqual(after.status, "resolved");
    assert.equal((after.floor ?? after.level) > floor, true, `floor ${floor}, then ${JSON.stringify(after)}`);
    assert.equal(await page.locator(".case-acts button").count(), 0);
    await page.context().close();
});

test("settled, with one tap; and it may come back", async () => {
    const { id, where, decide } = await answered("The invoice is void.");
    await decide("judge", { verdict: "dismissed", by: "chen.jing" });
    const page = await open(server, where, PHONE);
    await tap(page, "Yes, it is settled");
    await page.getByText("We are glad that it is settled.").waitFor();
    await eventually(async () => (await card(id)).status === "closed", { what: "closed" });
    await tap(page, "It is not settled after all");
    await tap(page, "Send: it is not settled");
    await page.getByText("one level higher").waitFor();
    assert.equal((await card(id)).reopened, 1);
    await page.context().close();
});

test("a tap on what is no longer so says what is so now", async () => {
    const { id, where, decide } = await answered("First answer.");
    const page = await open(server, where, PHONE);
    page.expects(/412|409/);
    await page.getByText("First answer.").waitFor();
    await decide("reopen", { reason: "the wrong car" });
    await tap(page, "Yes, it is settled");
    await page.getByText(/one level higher|We have your complaint|We are working/).waitFor();
    assert.notEqual((await card(id)).status, "closed");
    await page.context().close();
});

test("what is written outlives a change of the case: sent to the same answer, kept before another one", async () => {
    const { id, where, decide } = await answered("We have changed the pump.");
    const page = await open(server, where, PHONE);
    page.expects(/412|409/);
    const again = async (answer) => {
        await decide("acknowledge");
        await decide("resolve", { answer });
    };
    await tap(page, "No, not settled");
    await page.getByLabel("What is still missing?").fill("it drips");
    await decide("note", { text: "asked the workshop" });
    await tap(page, "Send: it is not settled");
    await page.getByText("one level higher").waitFor();
    assert.equal((await card(id)).reopened, 1);
    await again("And the hose.");
    await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
    await tap(page, "No, not settled");
    await page.getByLabel("What is still missing?").fill("it drips on");
    await decide("reopen", { reason: "the wrong car" });
    await again("A third answer.");
    await tap(page, "Send: it is not settled");
    await page.getByText("has changed meanwhile").waitFor();
    await page.getByText("A third answer.").waitFor();
    assert.equal(await page.getByLabel("What is still missing?").inputValue(), "it drips on");
    assert.equal((await card(id)).status, "resolved");
    await decide("withdraw", { reason: "told us by telephone" });
    await tap(page, "Send: it is not settled");
    await page.getByText("This was not sent").waitFor();
    await page.locator("blockquote", { hasText: "it drips on" }).waitFor();
    await page.context().close();
});

test("a cut shows how old the page is; taps are not lost", async () => {
    const { id, where } = await answered("Here is our answer.");
    const page = await open(server, where, PHONE);
    page.expects(/ERR_INTERNET_DISCONNECTED/);
    await page.getByText("Here is our answer.").waitFor();
    await page.context().setOffline(true);
    await tap(page, "Yes, it is settled");
    await page.getByText("That did not arrive.").waitFor();
    await page.evaluate(() => document.dispatchEvent(new Event("visibilitychange")));
    await page.getByText("No connection. This is as of").waitFor();
    await page.context().setOffline(false);
    await tap(page, "Yes, it is settled");
    await page.getByText("We are glad that it is settled.").waitFor();
    assert.match(JSON.stringify((await card(id)).history.at(-1)), /satisfied/);
    await page.context().close();
});

test("a forged link tells nothing; every state is fit to be read", async () => {
    const { where } = await complained();
    const forged = await open(server, `${where.slice(0, -4)}AAAA`, PHONE);
    forged.expects(/403/);
    await forged.getByText("This link is not complete.").waitFor();
    await axe(forged);
    await forged.context().close();
    const { where: other } = await answered("W".repeat(4000));
    for (const [link, lang, theme] of [[where, "zh", "dark"], [other, "en", "light"]]) {
        const page = await open(server, link, { ...PHONE, lang, theme });
        await page.locator(".case-line").waitFor();
        await axe(page);
        await fits(page);
        await page.context().close();
    }
});
