/*
 * ground.test.mjs - the ground of these tests holds: what it is there to notice, it notices.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { axe, context, eventually, fits, login, open, serve } from "./world.mjs";

const server = await serve();

/** The faults that a page was found to have, taken away so that this test is not blamed for them. */
const taken = (page) => page.faults.splice(0);

test("a page that throws, or says an error, or breaks the policy is noticed", async () => {
    const page = await open(server, "/login"); /* a page that stands still */
    await page.evaluate(() => setTimeout(() => { throw new Error("planted"); }));
    assert.match(await eventually(() => taken(page)[0]), /planted/);
    await page.evaluate(() => console.error("said"));
    assert.match(await eventually(() => taken(page)[0]), /said/);
    await page.evaluate(() => document.body.setAttribute("style", "color: red"));
    assert.match(await eventually(() => taken(page)[0]), /Content Security Policy/);
    await page.context().close();
});

test("what nobody could read, and what is too wide, is named", async () => {
    const page = await open(server, "/login"); /* a page that stands still */
    page.expects(/404/);
    await page.evaluate(() => document.body.append(Object.assign(document.createElement("img"), { src: "/x.svg" })));
    await assert.rejects(axe(page), /image-alt/);
    await page.evaluate(() => {
        const wide = Object.assign(document.createElement("div"), { textContent: "wide" });
        wide.style.setProperty("width", "4000px");
        document.body.append(wide);
    });
    await assert.rejects(fits(page), /DIV/);
    await page.context().close();
});

test("a server that is killed comes back with what it had", async () => {
    const where = { store: "sh-pudong", department: "service", channel: "walk_in" };
    const data = { ...where, category: "workmanship", text: "brakes" };
    const told = await server.publish({ type: "feedback.complained", data });
    await server.kill();
    await server.start();
    assert.equal((await server.get(`/v1/complaints/C-${told.seq}`)).id, `C-${told.seq}`);
});

test("people log in by the form that they use", async () => {
    const guarded = await serve({ access: [{ name: "wang.li", role: "handler", store: "sh-pudong" }] });
    const page = await (await context({ lang: "zh" })).newPage();
    await login(page, guarded, "wang.li");
    assert.equal(await page.evaluate(async () => (await (await fetch("/v1/me")).json()).name), "wang.li");
    await page.context().close();
});
