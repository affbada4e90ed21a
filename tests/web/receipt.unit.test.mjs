/*
 * receipt.unit.test.mjs - the sentence that a customer reads, and how far his case is.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { stepsOf, verdictOf } from "../../web/lib/receipt.js";

const NOON = Date.parse("2026-11-23T12:00:00Z");
const BEFORE = "2026-11-23T11:59:00Z";
const AFTER = "2026-11-23T14:00:00Z";

test("who waits is told by when; who waited too long is told that, and nothing better", () => {
    const again = { decided: "unsatisfied" };
    const rows = [
        [{ status: "received", respond_by: AFTER }, "case.verdict.received", AFTER],
        [{ status: "received", respond_by: null }, "case.verdict.received_plain", null],
        [{ status: "received", respond_by: BEFORE }, "case.verdict.late", BEFORE],
        [{ status: "received", respond_by: BEFORE, ...again }, "case.verdict.late", BEFORE],
        [{ status: "acknowledged", resolve_by: AFTER }, "case.verdict.acknowledged", AFTER],
        [{ status: "planned", resolve_by: BEFORE, promised_at: AFTER }, "case.verdict.acknowledged", AFTER],
        [{ status: "planned", resolve_by: BEFORE }, "case.verdict.late_solving", BEFORE],
        [{ status: "acknowledged" }, "case.verdict.acknowledged_plain", null],
        [{ status: "resolved", resolve_by: BEFORE }, "case.verdict.resolved", null],
        [{ status: "resolved", decided: "satisfied" }, "case.thanks", null],
        [{ status: "closed" }, "case.verdict.closed", null],
        [{ status: "received", respond_by: AFTER, ...again }, "case.verdict.unsettled_by", AFTER],
        [{ status: "acknowledged", ...again }, "case.verdict.unsettled", null],
    ];
    for (const [card, key, by] of rows) assert.deepEqual(verdictOf(card, NOON), { key, by }, JSON.stringify(card));
});

const line = (card) => stepsOf(card).map(({ step, state }) => `${step} ${state}`);

test("the line shows what is over, what is now and what is to come", () => {
    assert.deepEqual(line({ status: "received" }),
        ["received now", "acknowledged open", "resolved open", "closed open"]);
    assert.deepEqual(line({ status: "planned" }),
        ["received done", "acknowledged done", "planned now", "resolved open", "closed open"]);
    const times = { received_at: BEFORE, acknowledged_at: BEFORE, resolved_at: BEFORE, closed_at: BEFORE };
    assert.deepEqual(line({ status: "closed", ...times }),
        ["received done", "acknowledged done", "resolved done", "closed done"]);
    assert.deepEqual(line({ status: "closed", ...times, acknowledged_at: null, resolved_at: null }),
        ["received done", "closed done"]);
});

test("a case that was opened again shows no time of an answer that did not settle it", () => {
    const steps = stepsOf({ status: "received", received_at: BEFORE, acknowledged_at: BEFORE, resolved_at: BEFORE });
    assert.deepEqual(steps.map(({ at }) => at), [BEFORE, null, null, null]);
});
