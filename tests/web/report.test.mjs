/*
 * report.test.mjs - any employee tells what a customer said: once, however often it is sent; with a case number at
 * once.
 */
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { SOURCE, axe, eventually, fits, open, serve } from "./world.mjs";

const CONTACT = "138 0013 8000";
let server;

const complaints = async () => (await server.get("/v1/complaints?limit=100")).rows;

async function fill(page, words) {
    await page.getByLabel("Store").selectOption("sh-pudong");
    await page.getByLabel(/^Department/).selectOption("service");
    await page.getByLabel("What is it about?").selectOption("delay");
    await page.getByLabel("In the customer’s words").fill(words);
}

before(async () => {
    server = await serve({ roster: `${SOURCE}/deploy/roster.example.yaml` });
});

test("a complaint that is sent twice is one case, and its number is told at once", async () => {
    const page = await open(server, "/#/report");
    await fill(page, "Three days late, and nobody called.");
    await page.getByLabel(/^How to reach the customer/).fill(CONTACT);
    await page.getByRole("button", { name: "Send the report" }).dblclick();
    const heading = page.getByRole("heading", { name: /^Case C-\d+$/ });
    await heading.waitFor();
    const [card, ...others] = await complaints();
    assert.deepEqual(others, []);
    assert.equal(await heading.innerText(), `Case ${card.id}`);
    const receipt = await page.locator(".receipt").innerText();
    assert.match(receipt, /wang\.li · Shanghai Pudong · service/, "with whom it went");
    assert.match(receipt, /Somebody answers by/);
    assert.ok(receipt.includes("138****8000"), receipt);
    assert.ok(!(await page.content()).includes(CONTACT), "a contact is masked once it is sent");
    await axe(page);
});

test("an answer that was lost is asked for again, and the complaint is still one", async () => {
    const had = (await complaints()).length;
    const page = await open(server, "/#/report");
    page.expects(/ERR_FAILED/);
    await page.route("**/v1/events", async (route) => {
        await route.fetch(); /* the server has it; the page never hears */
        await route.abort();
    });
    await fill(page, "The courtesy car was not there.");
    await page.getByRole("button", { name: "Send the report" }).click();
    await page.getByText("What you sent may have arrived").first().waitFor();
    await eventually(async () => (await complaints()).length === had + 1, { what: "the server has it" });
    await page.unroute("**/v1/events");
    await page.getByRole("button", { name: "Send the report" }).click();
    await page.getByText("Reported before: it counts once").waitFor();
    assert.equal((await complaints()).length, had + 1);
});

test("a draft survives a reload, a contact never does", async () => {
    const page = await open(server, "/#/report", { width: 360 });
    await fill(page, "Half a sentence");
    await page.getByLabel(/^How to reach the customer/).fill(CONTACT);
    await page.reload();
    await page.getByText("Your draft of before the reload").waitFor();
    assert.equal(await page.getByLabel("In the customer’s words").inputValue(), "Half a sentence");
    assert.equal(await page.getByLabel(/^How to reach the customer/).inputValue(), "");
    const kept = await page.evaluate(() => JSON.stringify({ ...sessionStorage, ...localStorage }));
    assert.ok(kept.includes("Half a sentence") && !kept.includes("8000"), kept);
    await fits(page);
});

test("what is missing or wrong is said at its field", async () => {
    const page = await open(server, "/#/report?kind=praise");
    page.expects(/422/);
    await page.getByRole("button", { name: "Send the report" }).click();
    await eventually(() => page.evaluate(() => document.activeElement?.name === "store"), { what: "at the store" });
    assert.equal(await page.getByLabel("Store").getAttribute("aria-invalid"), "true");
    await page.getByLabel("Store").selectOption("sh-pudong");
    await page.getByLabel("In the customer’s words").fill("Very friendly.");
    await page.getByLabel(/^Visit or order number/).fill("R 1");
    await page.evaluate(() => (document.querySelector("[name=visit]").maxLength = 500));
    await page.getByLabel(/^Visit or order number/).fill("x".repeat(65));
    await page.getByRole("button", { name: "Send the report" }).click();
    const visit = page.getByLabel(/^Visit or order number/);
    await eventually(async () => (await visit.getAttribute("aria-invalid")) === "true", {
        what: "the server's word",
    });
    await visit.fill("R-1");
    await page.getByRole("button", { name: "Send the report" }).click();
    await page.getByRole("heading", { name: "The praise is passed on" }).waitFor();
});

test("the form is there in Chinese, by keyboard, at the width of a telephone", async () => {
    const page = await open(server, "/#/report", { lang: "zh", theme: "dark", width: 360 });
    await page.getByText("客户原话").waitFor();
    await page.getByRole("radio", { name: "投诉" }).focus();
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("ArrowRight");
    assert.equal(await page.getByLabel("关于什么？").count(), 0, "a suggestion asks for little");
    await page.getByLabel("门店").selectOption("sh-pudong");
    await page.getByLabel("客户原话").fill("希望周日也开门。");
    await page.getByRole("button", { name: "提交" }).press("Enter");
    await page.getByRole("heading", { name: "建议已收到" }).waitFor();
    await fits(page);
    await axe(page);
});
