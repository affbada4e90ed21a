/*
 * ledger.test.mjs - rewards and penalties in the hands of people: who may decide is not who is party to it, every
 * waiver has its reason, and whom it hits may appeal.
 */
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { SOURCE, axe, context, eventually, fits, open, serve } from "./world.mjs";

const STORE = "sh-pudong",
    PLACE = { store: STORE, department: "service" };
let server;

/* A complaint against wang.li that gu.all upholds: the penalty's id, once it is proposed. */
async function penalty(number) {
    const fact = { ...PLACE, channel: "phone", category: "attitude", text: "rude", staff: ["wang.li"] };
    const event = { id: `c-${number}`, source: "/principals/gu.all", type: "feedback.complained", data: fact };
    const { seq } = await server.publish(event, "gu.all");
    const verdict = { verdict: "upheld", staff: ["wang.li"] };
    await server.post(`/v1/complaints/C-${seq}/judge`, verdict, {}, "gu.all");
    return eventually(
        async () => {
            const { rows } = await server.get("/v1/ledger?staff=wang.li&limit=100", "lin.hr");
            return rows.find((row) => row.about === `C-${seq}` && row.kind === "complaint_penalty");
        },
        { what: "a penalty" },
    );
}

const points = (page, n) => page.locator(".big", { hasText: new RegExp(`^${n} ?of 100`) });
const card = (id) => server.get(`/v1/ledger/${id}`, "lin.hr");

before(async () => {
    const token = true;
    server = await serve({
        roster: `${SOURCE}/deploy/roster.example.yaml`,
        access: [
            { name: "gu.all", role: "group", token },
            { name: "lin.hr", role: "hr", token },
            { name: "xu.hr", role: "hr" },
            { name: "wang.li", role: "handler", ...PLACE },
            { name: "du.dir", role: "director", store: STORE },
        ],
    });
});

test("a penalty is waived with a reason, and no longer waits", async () => {
    const { id } = await penalty(1);
    const page = await open(server, "/#/ledger", { login: "xu.hr" });
    await page.getByText("Reading the ledger is recorded").waitFor();
    await page.getByRole("link", { name: id }).click();
    await page.getByRole("heading", { name: "Evidence" }).waitFor();
    assert.match(await page.locator(".evidence").innerText(), /A complaint was upheld\.[\s\S]*serious/);
    assert.match(await page.locator(".card-body").innerText(), /−5/, "points of a serious complaint");
    await axe(page);
    await page.getByRole("button", { name: /^Waive/ }).click();
    const send = page.locator(".decide-form button[type=submit]");
    await send.click();
    await page.getByText("This is needed.").first().waitFor();
    await page.getByLabel("Reason").fill("The customer had the wrong person in mind.");
    await send.click();
    await eventually(async () => (await card(id)).status === "waived", { what: "waived" });
    assert.equal((await card(id)).decided_by, "xu.hr");
    await page.locator(".card-body .sign").getByText("waived").waitFor();
    await page.goto(`${server.url}/#/ledger`);
    await page.getByText("Nothing waits to be confirmed.").waitFor();
    await page.getByRole("link", { name: "Periods" }).click();
    await page
        .locator(".table tbody tr")
        .getByText(/^\d{4}-\d\d$/)
        .first()
        .waitFor();
});

test("who is hit by a penalty appeals, and somebody who is not party to it rules", async () => {
    const { id } = await penalty(2);
    await server.post(`/v1/ledger/${id}/confirm`, {}, {}, "lin.hr");
    const own = await open(server, "/#/person/me", { login: "wang.li" });
    await own.getByRole("heading", { name: "wang.li" }).waitFor();
    await points(own, 95).waitFor();
    await axe(own);
    await own.locator(`[data-appeal="${id}"]`).click();
    await own.getByLabel("Ground").selectOption("wrong_person");
    await own.getByLabel(/^What happened/).fill("I was on leave that day.");
    await own.locator("dialog").getByRole("button", { name: "Appeal" }).click();
    const appeal = await eventually(
        async () => (await server.get("/v1/appeals?limit=10", "lin.hr")).rows.find((row) => row.entry === id),
        { what: "an appeal" },
    );
    assert.deepEqual([appeal.by, appeal.ground, appeal.status], ["wang.li", "wrong_person", "filed"]);
    await own.getByRole("link", { name: appeal.id }).first().waitFor();
    assert.equal((await card(id)).status, "frozen");

    const ruler = await open(server, `/#/ledger/${appeal.id}`, { login: "du.dir" });
    await ruler.getByRole("button", { name: /^Rule on it/ }).click();
    await ruler.getByLabel("Is the employee right?").selectOption({ label: "Yes" });
    await ruler.getByLabel("Reason").fill("The roster shows the leave.");
    await ruler.locator(".decide-form button[type=submit]").click();
    await ruler.locator(".card-body .sign").getByText("upheld").waitFor();
    await eventually(async () => (await card(id)).status === "reversed", { what: "taken back" });
    await points(own, 100).waitFor();
});

test("nobody decides on what is their own, and the page says why", async () => {
    const { id } = await penalty(3);
    const answer = await server.get(`/v1/ledger/${id}/decisions`, "gu.all");
    assert.equal(answer.rows.find((row) => row.action === "confirm").allowed, false, "gu.all has judged it");
    const shared = await context({ lang: "zh", theme: "dark", width: 360 });
    const page = await open(server, `/#/ledger/${id}`, { login: "wang.li", context: shared });
    await page.getByText("您没有此项权限").first().waitFor();
    assert.equal(await page.locator(".decide-row button").count(), 0);
    await fits(page);
    await axe(page);
    page.expects(/403/);
    await page.goto(`${server.url}/#/person/gu.all`);
    await page.getByText("您无权查看").first().waitFor();
});
