/* report.unit.test.mjs - the event that a report makes, its draft, and what its receipt says; without a browser. */
import assert from "node:assert/strict";
import { test } from "node:test";
import {
    answerDue,
    answersFor,
    draftDrop,
    draftLoad,
    draftSave,
    eventOf,
    fieldsOf,
    kinds,
} from "../../web/report/model.js";

const li = { local: false, kind: "person", name: "wang.li" };

function storage(fails = false) {
    const kept = new Map();
    const check = () => assert.ok(!fails || kept === null, "storage is forbidden");
    return {
        getItem: (key) => (check(), kept.get(key) ?? null),
        setItem: (key, value) => (check(), kept.set(key, value)),
        removeItem: (key) => (check(), kept.delete(key)),
    };
}

test("a complaint names who reports it, and leaves out what was not filled in", () => {
    const values = {
        store: "a",
        category: "delay",
        text: "late",
        channel: "phone",
        staff: [],
        visit: "",
        topic: "x",
    };
    assert.deepEqual(eventOf("complaint", values, li), {
        type: "feedback.complained",
        data: { store: "a", category: "delay", text: "late", channel: "phone", reported_by: "wang.li" },
    });
    assert.deepEqual(eventOf("suggestion", { store: "a", text: "more bays" }, li).data.by_staff, "wang.li");
});

test("whoever is local has no name, and a source of the store", () => {
    const event = eventOf("praise", { store: "a b", text: "kind" }, { local: true });
    const data = { store: "a b", text: "kind" };
    assert.deepEqual(event, { type: "feedback.praised", source: "/stores/a%20b/report", data });
});

test("a draft keeps everything but the contact, under the key that it is sent with", () => {
    const box = storage();
    draftSave(box, { kind: "complaint", key: "k-1", values: { text: "late", contact: "138 0013 8000" } });
    assert.deepEqual(draftLoad(box), { kind: "complaint", key: "k-1", values: { text: "late" } });
    draftDrop(box);
    assert.equal(draftLoad(box), null);
});

test("a draft of nobody's making, or a storage that is forbidden, is no draft", () => {
    const box = storage();
    for (const text of ["{", "null", '{"kind":"gossip","key":"k","values":{}}', '{"kind":"praise","values":{}}']) {
        box.setItem("manyi.report", text);
        assert.equal(draftLoad(box), null, text);
    }
    const forbidden = storage(true);
    draftSave(forbidden, { kind: "praise", key: "k", values: {} });
    draftDrop(forbidden);
    assert.equal(draftLoad(forbidden), null);
});

test("every kind asks for the store and for what the contract requires", () => {
    const required = (kind) =>
        fieldsOf(kind)
            .filter((field) => field.required)
            .map((field) => field.name);
    assert.deepEqual(kinds.map(required), [
        ["store", "category", "text", "channel"],
        ["store", "text"],
        ["store", "text"],
        ["store", "channel"],
    ]);
});

test("a receipt says who answers by when, and never names whom it is about", () => {
    const stores = [
        { store: "a", director: "du", departments: [{ department: "service", handler: "li", manager: "wu" }] },
    ];
    const card = { handler: null, store: "a", department: "service", staff: null };
    assert.equal(answersFor(card, stores), "li");
    assert.equal(answersFor({ ...card, staff: ["li"] }, stores), "wu");
    assert.equal(answersFor({ ...card, department: null }, stores), "du");
    assert.equal(answersFor({ ...card, handler: "qi" }, stores), "qi");
    assert.equal(answersFor({ ...card, store: "b" }, stores), null);
    const clocks = [
        { kind: "plan", due_at: "2026-11-24T00:00:00Z", stopped_at: null },
        { kind: "response", due_at: "2026-11-23T09:00:00Z", stopped_at: null },
    ];
    assert.equal(answerDue({ clocks }), "2026-11-23T09:00:00Z");
    assert.equal(answerDue({ clocks: [{ ...clocks[1], stopped_at: "2026-11-23T08:00:00Z" }] }), null);
    assert.equal(answerDue(null), null);
});
