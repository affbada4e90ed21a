/*
 * system.unit.test.mjs - figures of the page System, worked by hand.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { BOUNDS_MS, bytesText, msText, quantile, ratesOf } from "../../web/system/samples.js";
import { refusalsOf, sampleOf, since, timesOf } from "../../web/system/samples.js";

const buckets = (at, count) => Array.from({ length: 16 }, (_, index) => (index === at ? count : 0));

test("the bounds are those that roles count by", async () => {
    const { readFile } = await import("node:fs/promises");
    const text = await readFile(new URL("../../core/histogram.c", import.meta.url), "utf8");
    const told = /\[HISTOGRAM_BOUNDS\] = \{([^}]*)\}/.exec(text)[1].split(",").map(Number).filter(Boolean);
    assert.deepEqual(BOUNDS_MS.map((ms) => ms * 1000), told);
});

test("times lie evenly within a bucket", () => {
    assert.equal(quantile(buckets(4, 100), 500), 1.75); /* between 1 and 2.5 ms */
    assert.equal(quantile(buckets(4, 100), 1000), 2.5);
    assert.equal(quantile(buckets(15, 3), 500), 10000);
    assert.equal(quantile(buckets(0, 0), 500), null);
    assert.equal(quantile(null, 500), null);
});

test("a rate is what came a second, and nothing is said across a restart", () => {
    const samples = [[0, 10], [2000, 14], [4000, 2], [6000, null], [8000, 3]].map(([at_ms, n]) => ({ at_ms, n }));
    assert.deepEqual(ratesOf(samples, "n"), [2, null, null, null]);
});

test("the times of the last minutes are those that came meanwhile", () => {
    const slow = buckets(9, 1000);
    const first = { put: slow }, last = { put: slow.map((count, index) => count + (index === 3 ? 10 : 0)) };
    assert.deepEqual(timesOf([first, last], "put"), { p50: 0.75, p99: 0.995, n: 10, lately: true });
    assert.equal(timesOf([first, first], "put").p50, 75); /* none came: since the start */
    assert.deepEqual(since(slow, buckets(2, 1)), buckets(2, 1)); /* it has started anew */
    assert.deepEqual(timesOf([], "put"), { p50: null, p99: null, n: 0, lately: false });
});

test("a role that does not answer has no figures, and the others have theirs", () => {
    const intake = { role: "intake", up: true, head: 41, accepted: 40, duplicates: 1, refused: 2, waiting: 0 };
    const sample = sampleOf({ rows: [intake, { role: "worker", up: false }] }, 7);
    assert.equal(sample.accepted, 43);
    assert.equal(sample.lag, null);
    const folded = sampleOf({ rows: [intake, { role: "worker", up: true, cursor: 39 }] }, 7);
    assert.equal(folded.lag, 2);
});

test("the most frequent refusal comes first", () => {
    const rows = refusalsOf({ refused_by: { E1203: 1, E1207: 5, E1201: 1 }, quarantined_by: { E1207: 2 } });
    assert.deepEqual(rows.map(({ code, refused, kept }) => [code, refused, kept]),
        [["E1207", 5, 2], ["E1201", 1, 0], ["E1203", 1, 0]]);
});

test("sizes and times are told in the unit that fits", () => {
    assert.equal(bytesText(3272704), "3.1 MiB");
    assert.equal(bytesText(512), "512 B");
    assert.equal(bytesText(61510590464), "57.3 GiB");
    assert.equal(msText(0.416), "0.42 ms");
    assert.equal(msText(12.34), "12.3 ms");
    assert.equal(msText(1300), "1.3 s");
    assert.equal(msText(null), "–");
});
