/*
 * scores.test.mjs - what the page of scores says of ratings whose figures are worked out here, by the formulas of the
 * rulebook: means, Wilson's interval, and what is not said when few have rated.
 */
import assert from "node:assert/strict";
import { before, test } from "node:test";
import { SOURCE, axe, eventually, fits, open, serve } from "./world.mjs";

const DEPARTMENT = "service";
const WEIGHTS = { quality: 27, advisor: 20 };
const Z = 1.959963984540054; /* of 95 %, from any table */
const MANY = 40,
    SOME = 12,
    FEW = 3;
let server;

/* Answers that differ, and are the same each time. */
const answer = (number, least) => least + (number % 4);
const rating = (store, number, least) => ({
    id: `${store}-${number}`,
    source: `/stores/${store}/kiosk`,
    type: "feedback.rated",
    data: {
        store,
        department: DEPARTMENT,
        channel: "kiosk",
        staff: number % 2 ? "li.qiang" : "zhang.ping",
        scores: { quality: answer(number, least), advisor: answer(number + 1, least) },
        overall: answer(number, least),
        nps: answer(number, least),
        comment: "a comment that no list shows",
    },
});
const ratings = {
    "sh-pudong": Array.from({ length: MANY }, (_, number) => rating("sh-pudong", number, 7)),
    "hz-xihu": Array.from({ length: SOME }, (_, number) => rating("hz-xihu", number, 3)),
    "sz-gusu": Array.from({ length: FEW }, (_, number) => rating("sz-gusu", number, 1)),
};

const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
const of = (store, read) => ratings[store].map((event) => read(event.data));

function index(store) {
    const means = Object.keys(WEIGHTS).map((name) => WEIGHTS[name] * mean(of(store, (data) => data.scores[name])));
    return (100 * means.reduce((sum, part) => sum + part, 0)) / (WEIGHTS.quality + WEIGHTS.advisor);
}

function wilson(satisfied, n) {
    const share = satisfied / n,
        over = 1 + Z ** 2 / n,
        middle = share + Z ** 2 / (2 * n),
        half = Z * Math.sqrt((share * (1 - share)) / n + Z ** 2 / (4 * n ** 2));
    return { share, low: (middle - half) / over, high: (middle + half) / over };
}

const cell = (page, store, label) => page.locator(`.heat tr[data-store="${store}"] td[data-label="${label}"]`);
const percent = (value) => (100 * value).toFixed(1);

before(async () => {
    server = await serve({ roster: `${SOURCE}/deploy/roster.example.yaml` });
    const told = await server.post("/v1/events", Object.values(ratings).flat());
    await server.get(`/v1/complaints?wait_seq=${told.head}`);
});

test("the figures of the table are those of the formulas, with their interval and number", async () => {
    const page = await open(server, `/#/scores?department=${DEPARTMENT}`);
    const quality = mean(of("sh-pudong", (data) => data.scores.quality));
    await cell(page, "sh-pudong", "Index").waitFor();
    assert.ok((await cell(page, "sh-pudong", "Index").innerText()).startsWith(index("sh-pudong").toFixed(1)));
    assert.match(await cell(page, "sh-pudong", "Index").innerText(), new RegExp(`n ${MANY}$`));
    assert.ok((await cell(page, "sh-pudong", "work quality").innerText()).startsWith(quality.toFixed(2)));

    await page.getByLabel("Figure").selectOption("satisfied");
    const satisfied = of("sh-pudong", (data) => data.overall).filter((value) => value >= 8).length;
    const { share, low, high } = wilson(satisfied, MANY);
    await cell(page, "sh-pudong", "Satisfied").waitFor();
    const said = await cell(page, "sh-pudong", "Satisfied").innerText();
    assert.ok(said.startsWith(`${percent(share)} %`), said);
    assert.ok(said.includes(`${percent(low)}–${percent(high)} % · n ${MANY}`), said);
    await axe(page);
});

test("what few have rated is said to be few, and ranks nowhere", async () => {
    const page = await open(server, `/#/scores?department=${DEPARTMENT}&measure=nps`);
    const few = cell(page, "sz-gusu", "NPS");
    await few.waitFor();
    assert.equal(await few.innerText(), `n = ${FEW}, too few`);
    assert.equal(await few.getAttribute("data-step"), null, "no colour");
    assert.equal(await cell(page, "hz-xihu", "NPS").getAttribute("data-evidence"), "thin");
    assert.equal(await cell(page, "sh-pudong", "NPS").getAttribute("data-evidence"), "firm");
    const unranked = page.locator('.ranking tr[data-store="hz-xihu"]').first();
    assert.match(await unranked.innerText(), new RegExp(`n = ${SOME}: ranked from 30 on`));
    const band = cell(page, "sz-gusu", "Band");
    assert.equal(await band.innerText(), "insufficient evidence");
});

test("the address keeps what is looked at, down to the single rating", async () => {
    const page = await open(server, `/#/scores?department=${DEPARTMENT}&measure=satisfied`);
    await page.locator(".heat").getByRole("link", { name: "Shanghai Pudong" }).click();
    const single = page.locator(".single tbody tr");
    await eventually(async () => (await single.count()) === 20, { what: "a page of single ratings" });
    await page.getByRole("button", { name: "Look further back" }).click();
    await eventually(async () => (await single.count()) === MANY, { what: "all single ratings" });
    assert.equal(await page.getByText("a comment that no list shows").count(), 0);
    await page.getByText("How the index comes about").click();
    await page
        .getByText(`= ${index("sh-pudong").toFixed(1)}`)
        .first()
        .waitFor();
    await page.locator(".staff").getByRole("link", { name: "li.qiang" }).click();
    await eventually(async () => (await single.count()) === MANY / 2, { what: "those of one person" });
    await page.reload();
    await eventually(async () => (await single.count()) === MANY / 2, { what: "the same after a reload" });
    assert.match(page.url(), /measure=satisfied/);
    await page.goBack();
    await eventually(async () => (await single.count()) === 20, { what: "one step back" });
    await axe(page);
});

test("a telephone shows the same, in Chinese, without being moved sideways", async () => {
    const page = await open(server, `/#/scores?department=${DEPARTMENT}`, { lang: "zh", theme: "dark", width: 360 });
    await page.getByText(`${FEW} 条，太少`).first().waitFor();
    await fits(page);
    await axe(page);
});

test("who sees one store is shown that store, and no average of the others", async () => {
    const access = [{ name: "wang.li", role: "handler", store: "sh-pudong", department: "service", token: true }];
    const keyed = await serve({
        access: [...access, { name: "all", kind: "program", role: "publisher", token: true }],
    });
    const events = Object.values(ratings)
        .flat()
        .map((event) => ({ ...event, source: "/principals/all" }));
    const told = await keyed.post("/v1/events", events, {}, "all");
    const own = await keyed.get(`/v1/scores?by=store&period=2026&wait_seq=${told.head}`, "wang.li");
    assert.deepEqual(
        own.rows.map((row) => row.store),
        ["sh-pudong"],
    );
    const there = await keyed.ask("GET", "/v1/ratings?store=hz-xihu&department=service", undefined, {}, "wang.li");
    assert.deepEqual([there.status, there.body.code], [403, "E1802"]);
    const here = await keyed.get("/v1/ratings?store=sh-pudong&department=service&limit=5", "wang.li");
    assert.deepEqual(
        here.rows.map((row) => row.scores.quality),
        [10, 9, 8, 7, 10],
    );
});
