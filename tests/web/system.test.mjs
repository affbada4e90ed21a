/*
 * system.test.mjs - the page System: whoever looks sees what the server is doing, and which part does not answer.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { axe, eventually, fits, open, serve } from "./world.mjs";

const server = await serve();
const data = { store: "sh-pudong", department: "service", category: "delay", channel: "phone", text: "三个小时" };

const gauge = (page, name) => page.locator(".gauge", { hasText: name });

/** A number as it stands in a gauge's note: "7 accepted, …". */
async function accepted(page) {
    const note = await gauge(page, "Events a second").locator(".gauge-note").textContent();
    return Number(/([\d,]+) accepted/.exec(note)?.[1].replace(",", "") ?? NaN);
}

test("what comes in is seen without a reload, and the lines have a table behind them", async () => {
    const page = await open(server, "/#/system");
    await page.getByText("Everything answers and keeps up.").waitFor();
    const before = await accepted(page);
    for (let number = 0; number < 3; number++)
        await server.publish({ type: "feedback.complained", data: { ...data, customer: `c-${number}` } });
    await eventually(async () => (await accepted(page)) === before + 3);
    const cases = page.getByRole("table", { name: "Open complaints" });
    const general = cases.locator("tr", { hasText: /^General/i });
    await eventually(async () => /3/.test(await general.textContent()));
    await gauge(page, "Answer to a publisher").getByText(/99 % within [\d.]+ (ms|s)/).waitFor();
    const table = page.getByRole("table", { name: "Figures behind the lines" });
    assert.equal(await table.isVisible(), false);
    await page.getByRole("button", { name: "Table", exact: true }).press("Enter");
    await table.locator("tbody tr").nth(1).waitFor();
    for (const role of ["Intake", "Feed", "Worker", "Outlet", "Gateway"])
        await page.locator("tr", { hasText: role }).getByText("answers", { exact: true }).waitFor();
    await axe(page);
    await page.context().close();
});

test("it is told in Chinese, in the dark, and on a telephone", async () => {
    const page = await open(server, "/#/system", { lang: "zh", theme: "dark", width: 360, touch: true });
    await page.getByText(/一切正常/).waitFor();
    await fits(page);
    await axe(page);
    await page.context().close();
});

test("what does not answer is named, and old figures are said to be old", async () => {
    const page = await open(server, "/#/system");
    page.expects(/503|Failed to load|ERR_/);
    await page.getByText("Everything answers and keeps up.").waitFor();
    await page.route("**/v1/status", async (route) => {
        const answer = await route.fetch();
        const status = await answer.json();
        status.rows = status.rows.map((row) => (row.role === "worker" ? { role: "worker", up: false } : row));
        await route.fulfill({ response: answer, json: status });
    });
    await page.getByText("Worker does not answer.").waitFor();
    await page.locator("tr", { hasText: "Worker" }).getByText("no answer").waitFor();
    await page.unroute("**/v1/status");
    await page.getByText("Everything answers and keeps up.").waitFor();
    await page.route("**/v1/status", (route) => route.abort());
    await page.getByText(/No figures: /).waitFor();
    await page.locator(".system-verdict").getByText(/ ago/).waitFor();
    await page.context().close();
});
