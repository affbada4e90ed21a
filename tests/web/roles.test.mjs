/*
 * roles.test.mjs - the dashboard under an access file: what one may not see is said to be so, never "nothing"; what
 * changes about who looks is told; one person's tab is not another's.
 */
import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { test } from "node:test";
import { PASSWORD, context, eventually, login, open, serve } from "./world.mjs";

const PLACE = { store: "sh-pudong", department: "service" };
const server = await serve({
    access: [
        { name: "wang.li", role: "handler", ...PLACE },
        { name: "an.ran", role: "analyst" },
        { name: "zhao.min", role: "director", store: "sh-pudong" },
        { name: "bay", kind: "device", role: "publisher", more: ["--source", "/bay"] },
    ],
});
const text = (page, selector) => page.locator(selector).first().innerText();
const isLive = (page) => eventually(() => page.locator(".side .live[data-state=ok]").count(), { what: "live" });
const scores = { quality: 9, initiation: 9, advisor: 9, facility: 9, pickup: 9 };
const rate = async (overall, more = {}) =>
    server.publish(
        { type: "feedback.rated", source: "/bay", data: { ...PLACE, channel: "kiosk", overall, scores, ...more } },
        "bay",
    );

test("a page that one's roles may not see says so, and the others go on living", async () => {
    const page = await open(server, "/#/now", { login: "an.ran" });
    page.expects(/\/v1\/roster/);
    await isLive(page);
    for (const name of ["ledger", "explorer", "quarantine"]) {
        await page.goto(`${server.url}/#/${name}`);
        await page.getByText("This page is not for your roles.").waitFor();
        assert.match(await text(page, ".not-yours"), /You are here as: analyst/);
    }
    await page.goto(`${server.url}/#/person/wang.li`); /* of which the ledger's part is refused */
    await page.getByText("You may not see this.").first().waitFor();
    await isLive(page);
    await page.context().close();
});

test("who sees one place alone is told its figure by its name, not that there are no ratings", async () => {
    for (const overall of [9, 10, 8, 9, 9, 10]) await rate(overall);
    await server.folded();
    const page = await open(server, "/#/now", { login: "wang.li" });
    page.expects(/\/v1\/roster/);
    const tile = page.locator(".tile[href='#/scores']");
    await eventually(async () => /sh-pudong · service/.test(await tile.innerText()), { what: "the place's figure" });
    assert.match(await tile.innerText(), /n = 6/);
    assert.doesNotMatch(await text(page, ".now-scores"), /Lowest/);
    await page.context().close();
});

test("an address from a mail survives logging in", async () => {
    const page = await (await context()).newPage();
    page.expects(/401|\/v1\/roster/); /* the page where one logs in is a 401 */
    await page.goto(`${server.url}/#/tasks?overdue=1`);
    await page.fill("[name=name]", "zhao.min");
    await page.fill("[name=password]", PASSWORD);
    await page.click("button");
    await page.waitForURL(/#\/tasks\?overdue=1$/);
    await page.context().close();
});

test("when somebody else logs in in another tab this one says so and does not go on as the first", async () => {
    const shared = await context();
    const first = await shared.newPage();
    await login(first, server, "zhao.min");
    await isLive(first);
    const second = await shared.newPage();
    await login(second, server, "wang.li");
    await first.getByText("Somebody else is logged in now").waitFor();
    assert.match(await text(first, "dialog"), /wang\.li has logged in/);
    await isLive(second); /* on a stream of its own */
    await first.getByRole("button", { name: "Reload" }).click();
    await eventually(async () => (await text(first, ".who-name")) === "wang.li");
    await shared.close();
});

test("rights that are changed while the page is open are told; a revoked person is logged out", async () => {
    const file = path.join(server.dir, "access.yaml");
    const before = await readFile(file, "utf8");
    const page = await open(server, "/#/now", { login: "zhao.min" });
    page.expects(/401|403|ERR_/);
    await isLive(page);
    await writeFile(file, before.replace("roles: [director]", "roles: [display]"));
    await eventually(async () => /Your rights were changed/.test(await text(page, ".notes")), { seconds: 20 });
    await page.getByRole("button", { name: "Reload" }).click();
    await isLive(page);
    assert.equal(await page.locator(".rail [data-name=ledger]").count(), 0);
    await writeFile(file, before.replace(/roles: \[director\]/, "revoked: true\n    roles: [director]"));
    await page.getByText("Your session is over").waitFor({ timeout: 30000 });
    await writeFile(file, before);
    await page.context().close();
});
