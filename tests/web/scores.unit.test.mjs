/* scores.unit.test.mjs - the address of the scores, the line of a trend, the ledger counted; without a browser. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { rulesOf } from "../../web/lib/rules.js";
import { deadlineOf } from "../../web/ledger/deadline.js";
import { appealDue, ownerOf, periodsOf } from "../../web/ledger/model.js";
import { hasNext, queryOf, regrained, scoresPath, stateOf } from "../../web/scores/state.js";
import { lineOf } from "../../web/scores/trend.js";

const rules = rulesOf(null);
const at = new Date("2026-11-23T08:00:00Z");
const state = (text) => stateOf(new URLSearchParams(text), rules, ["service", "sales"], at);

test("an address says all that is looked at, and what it does not say has a default", () => {
    const plain = state("");
    assert.deepEqual(queryOf(plain), {
        department: "service",
        period: "2026-11",
        measure: null,
        view: null,
        weight: null,
        store: null,
        staff: null,
    });
    const text = "department=sales&period=2026-Q3&measure=nps&view=accountable&weight=visits&store=a&staff=li";
    assert.equal(new URLSearchParams(queryOf(state(text))).toString(), text);
    const nonsense = state("period=2026-13&measure=luck&view=x&weight=y&staff=li");
    assert.deepEqual(queryOf(nonsense), queryOf(plain), "staff are a store's");
});

test("another grain stays where one looks: on today, or on the end of a period that is over", () => {
    assert.equal(regrained(state("period=2026-11"), "day"), "2026-11-23");
    assert.equal(regrained(state("period=2026"), "month"), "2026-11");
    assert.equal(regrained(state("period=2026-02"), "day"), "2026-02-28");
    assert.equal(regrained(state("period=2025-H1"), "quarter"), "2025-Q2");
    assert.equal(regrained(state("period=2026-11-22"), "year"), "2026");
    assert.deepEqual(
        ["2026-11", "2026-10", "2026-12", "2026"].map((period) => hasNext(state(`period=${period}`))),
        [false, true, false, false],
    );
});

test("the question to the server names weights only where stores are pooled", () => {
    const asked = state("view=accountable&weight=visits");
    const pooled = "by=department&department=service&period=2026-11&view=accountable&weight=visits";
    assert.equal(scoresPath(asked, "department"), `/v1/scores?${pooled}`);
    assert.ok(!scoresPath(asked, "staff", { store: "a" }).includes("weight"));
    assert.ok(!scoresPath({ ...asked, department: null }, "store").includes("department="));
});

test("a period that few have rated is a gap in the line, and a number in its table", () => {
    const row = (n, value) => ({ n, csi: { value, low: value - 1, high: value + 1 } });
    const loaded = [{ row: null }, { row: row(4, 900) }, { row: row(5, 910) }, { row: { n: 0, csi: null } }];
    assert.deepEqual(lineOf(loaded, "index", rules), {
        values: [null, null, 910, null],
        low: [null, null, 909, null],
        high: [null, null, 911, null],
        n: [0, 4, 5, 0],
    });
});

const entry = (period, status, points, amount_fen, settled_fen = null) => ({
    period,
    status,
    points,
    amount_fen,
    settled_fen,
});

test("a period counts what is confirmed or settled, and money as it was paid", () => {
    const entries = [
        entry("2026-10", "settled", -5, -20000, -15000),
        entry("2026-10", "confirmed", 0, 5000),
        entry("2026-10", "proposed", -10, -50000),
        entry("2026-11", "waived", -3, 0),
        entry("2026-11", "frozen", -3, -10000),
    ];
    const [november, october] = periodsOf(entries);
    assert.deepEqual([november.period, november.frozen, november.others, november.points], ["2026-11", 1, 1, 0]);
    assert.deepEqual([october.proposed, october.confirmed, october.settled], [1, 1, 1]);
    assert.deepEqual([october.points, october.amount_fen], [-5, -10000]);
});

test("an appeal waits for its ruling, then for a second look, then for nothing", () => {
    const appeal = { status: "filed", rule_due_at: "r", review_due_at: null, closed_at: null };
    assert.equal(appealDue(appeal), "r");
    assert.equal(appealDue({ ...appeal, status: "rejected", review_due_at: "v" }), "v");
    assert.equal(appealDue({ ...appeal, status: "upheld", closed_at: "c" }), null);
});

test("an entry is somebody's, or a department's", () => {
    const veto = { kind: "veto", person: null, store: "a", department: "sales" };
    assert.equal(ownerOf(veto), "a · sales");
    assert.equal(ownerOf({ ...veto, person: "li" }), "li");
});

test("the time for an appeal is the rulebook's", () => {
    const from = "2026-11-23T01:00:00Z";
    assert.deepEqual(deadlineOf(from, "7 d w"), { key: "person.appeal_d_w", n: 7, from });
    assert.deepEqual(deadlineOf(from, "36 h c"), { key: "person.appeal_h_c", n: 36, from });
    assert.deepEqual(deadlineOf(from, "soon"), { key: "person.appeal_d_w", n: 7, from });
});
