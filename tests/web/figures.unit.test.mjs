/* figures.unit.test.mjs - periods, figures, the heat table and the rulebook's few numbers, without a browser. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { beside, evidence, interval, masked, measures, plain, signed, yuan } from "../../web/lib/figures.js";
import { heat, pooled, standing, worst } from "../../web/lib/heat.js";
import { dayIn, firstDay, grainOf, periodName, periodOf, shift, upTo } from "../../web/lib/period.js";
import { rulesOf, termOf } from "../../web/lib/rules.js";

const rules = rulesOf(null);

test("a period is known by its shape, and what is none is none", () => {
    const shapes = { "2026-11-23": "day", "2026-11": "month", "2026-Q4": "quarter", "2026-H2": "half", 2026: "year" };
    for (const [period, grain] of Object.entries(shapes)) assert.equal(grainOf(period), grain);
    for (const wrong of ["", null, "2026-13", "2026-00", "2026-Q5", "2026-H3", "26", "2026-02-30", "2026-11-23T00"])
        assert.equal(grainOf(wrong), null, `${wrong}`);
});

test("every day of two years lies in the period that begins before it and ends behind it", () => {
    for (let at = Date.UTC(2027, 0, 1); at < Date.UTC(2029, 0, 1); at += 86400000) {
        const day = new Date(at).toISOString().slice(0, 10);
        for (const grain of ["day", "month", "quarter", "half", "year"]) {
            const period = periodOf(day, grain);
            assert.equal(grainOf(period), grain);
            assert.ok(firstDay(period) <= day && day < firstDay(shift(period, 1)), `${day} ${period}`);
            assert.equal(shift(shift(period, 5), -5), period);
        }
    }
});

test("periods follow each other over the end of a year", () => {
    assert.deepEqual(upTo("2026-02", 4), ["2025-11", "2025-12", "2026-01", "2026-02"]);
    assert.deepEqual(upTo("2026-Q1", 2), ["2025-Q4", "2026-Q1"]);
    assert.deepEqual(upTo("2026-H1", 2), ["2025-H2", "2026-H1"]);
    assert.deepEqual(upTo("2028-03-01", 2), ["2028-02-29", "2028-03-01"]);
    assert.equal(shift("2026", -1), "2025");
});

test("a day is the rulebook's zone's, not the machine's", () => {
    const late = new Date("2026-11-30T17:30:00Z"); /* half past one at night in Shanghai */
    assert.equal(dayIn("Asia/Shanghai", late), "2026-12-01");
    assert.equal(dayIn("UTC", late), "2026-11-30");
});

test("periods have names in both languages", () => {
    assert.equal(periodName("2026-Q4", "en-GB"), "Q4 2026");
    assert.equal(periodName("2026-Q4", "zh-CN"), "2026年第4季度");
    assert.equal(periodName("2026-H1", "zh-CN"), "2026年上半年");
    assert.equal(periodName("2026-11", "en-GB"), "Nov 2026");
    assert.equal(periodName("2026-11-23", "en-GB", true), "23 Nov");
    assert.equal(periodName("2026-11", "zh-CN", true), "26年11月");
});

test("money is fen, and a minus is a minus", () => {
    assert.equal(yuan(5000), "¥50.00");
    assert.equal(yuan(-12345678), "−¥123,456.78");
    assert.equal(yuan(0), "¥0.00");
    assert.equal(yuan(null), "–");
    assert.equal(signed(-0.4), "0");
    assert.equal(signed(41.6), "+42");
    assert.equal(signed(-3), "−3");
    assert.equal(plain(Number.NaN), "–");
});

test("what few have rated is told as few", () => {
    assert.deepEqual(
        [0, 4, 5, 29, 30].map((n) => evidence(n, rules)),
        ["few", "few", "thin", "thin", "firm"],
    );
});

test("a figure is clear of the average only with its whole interval", () => {
    const index = (value, low, high) => ({ value, low, high, n: 40 });
    assert.deepEqual(beside(index(850, 840, 860), 900, measures.index), { step: -2, clear: -1 });
    assert.deepEqual(beside(index(890, 870, 910), 900, measures.index), { step: -1, clear: 0 });
    assert.deepEqual(beside(index(902, 880, 920), 900, measures.index), { step: 0, clear: 0 });
    assert.deepEqual(beside(index(940, 930, 950), 900, measures.index), { step: 2, clear: 1 });
    assert.deepEqual(beside(index(940, null, null), 900, measures.index), { step: 2, clear: 0 });
    assert.deepEqual(beside(null, 900, measures.index), { step: 0, clear: 0 });
    assert.equal(interval(index(940, null, null), measures.index, "en"), null);
});

const figures = (n, means) =>
    Object.fromEntries(Object.entries(means).map(([key, mean]) => [key, { n, mean, low: mean - 1, high: mean + 1 }]));
const row = (store, n, value, means = {}) => ({
    store,
    n,
    csi: n ? { value, low: value - 10, high: value + 10 } : null,
    csat: null,
    nps: null,
    dimensions: figures(n, means),
});

test("the heat table has the weightiest dimension first, and says of few that they are few", () => {
    const rows = [
        row("a", 40, 900, { advisor: 9, quality: 9, extra: 8 }),
        row("b", 3, 500, { quality: 5 }),
        row("c", 10, 700, { quality: 7 }),
    ];
    const weights = {
        service: [
            { dimension: "quality", weight: 27 },
            { dimension: "advisor", weight: 20 },
        ],
    };
    const whole = row(null, 53, 860, { quality: 8.5 });
    const table = heat(rows, { measure: "index", department: "service", rules: { ...rules, weights }, whole });
    assert.deepEqual(
        table.columns.map((column) => column.key),
        ["index", "quality", "advisor", "extra"],
    );
    assert.equal(table.columns[0].average, 860);
    assert.deepEqual(
        table.rows.map((one) => one.cells[0].evidence),
        ["firm", "few", "thin"],
    );
    const few = { figure: { value: 500, low: 490, high: 510, n: 3 }, evidence: "few", step: 0, clear: 0 };
    assert.deepEqual(table.rows[1].cells[0], few);
    assert.equal(table.rows[1].cells[2].evidence, "none");
    assert.equal(table.columns[2].average, 9); /* the group does not tell: what is seen */
});

test("who stands last is looked for among those that enough have rated", () => {
    const rows = [
        row("few", 3, 100),
        row("thin", 10, 500),
        row("firm", 40, 800),
        row("best", 50, 900),
        row("none", 0, 0),
    ];
    assert.equal(worst(rows, "index", rules).row.store, "firm");
    const last = worst(rows.slice(0, 2), "index", rules);
    assert.deepEqual([last.row.store, last.ranked], ["thin", false]);
    assert.equal(worst(rows.slice(0, 1), "index", rules), null);
    const clear = worst(rows, "index", rules, 600); /* 490 to 510 of ten ratings lie below it, whatever chance does */
    assert.deepEqual([clear.row.store, clear.ranked], ["thin", false]);
    assert.equal(pooled([{ n: 1, value: 10 }, { n: 3, value: 2 }, null]), 4);
});

test("ranks come first, and who has none comes by name", () => {
    const ranks = { z: null, b: 2, c: 1, a: 1, d: null };
    const rows = Object.entries(ranks).map(([store, rank]) => ({ store, rank }));
    assert.deepEqual(
        standing(rows).map((one) => one.store),
        ["a", "c", "b", "d", "z"],
    );
});

test("contacts are masked so that nobody can call them", () => {
    assert.equal(masked("138 0013 8000"), "138****8000");
    assert.equal(masked("+86 138-0013-8000"), "861****8000");
    assert.equal(masked("6612345"), "661****45");
    assert.equal(masked("zhang@example.com"), "z***@example.com");
    assert.equal(masked("微信 zhang"), "微***");
    assert.equal(masked("  "), "");
});

test("the rulebook's figures are read from its text", () => {
    const text = [
        "name: x",
        "zone: Asia/Tokyo",
        "ratings:",
        "  low: 6",
        "  evidence_show: 4",
        "  evidence_rank: 20",
        "bands:",
        "  reward: 96",
        "  quarterly: service",
        "appeals:",
        "  file_within: 3 d w",
        "ledger:",
        "  year_points: 120",
        "departments:",
        "- department: sales",
        "  weights:",
        "  - {dimension: price, weight: 7}",
        "score_maps:",
        "- scale: x",
        "",
    ].join("\n");
    const read = rulesOf(text);
    const { zone, show, rank, quarterly, points } = read;
    assert.deepEqual([zone, show, rank, quarterly, points], ["Asia/Tokyo", 4, 20, "service", 120]);
    assert.deepEqual([read.bands.reward, read.bands.penalty], [96, 80]);
    assert.deepEqual(read.weights, { sales: [{ dimension: "price", weight: 7 }] });
    assert.deepEqual(termOf(read.fileWithin), { n: 3, unit: "d", working: true });
});
