/*
 * pointer.unit.test.mjs - where something is in an event: fields as intake names them, and the lines of a text.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { caseOf, hasPersonal, isPersonal, placeOf, placesOf, plain, pointerOf } from "../../web/explorer/pointer.js";

test("a field of intake's is a pointer", () => {
    assert.equal(pointerOf("data.staff[3]"), "/data/staff/3");
    assert.equal(pointerOf("id"), "/id");
    assert.equal(pointerOf(""), "");
    assert.equal(plain("#/data/channel"), "/data/channel");
});

test("every value of a text is found where it stands", () => {
    const event = { id: 'a"b\\', data: { scores: { q: 9 }, staff: ["wang.li", { x: null }], "ke,y": true }, list: [] };
    for (const space of [0, 2, "\t"]) {
        const text = JSON.stringify(event, null, space);
        for (const { pointer, from, to } of placesOf(text)) {
            const keys = pointer.slice(1).split("/");
            const value = keys.reduce((all, key) => all[key], event);
            const said = text.slice(from, to).replace(/^"(?:[^"\\]|\\.)*"\s*:\s*(?=.)/, "");
            assert.deepEqual(JSON.parse(said), value, pointer);
        }
        assert.equal(placesOf(text).length, 10);
    }
});

test("the line of a field is told, or of what it is missing in", () => {
    const text = '{\n  "id": "x",\n  "data": {\n    "channel": "pigeon"\n  }\n}';
    assert.equal(placeOf(text, "/data/channel").line, 4);
    assert.equal(placeOf(text, "/data/store").line, 3);
    assert.equal(placeOf(text, "/nothing").line, 1);
    for (let n = 0; n < text.length; n++) placeOf(text.slice(0, n), "/data/channel"); /* ends, whatever is typed */
});

test("free text and contacts are personal, what cases are counted by is not", () => {
    assert.ok(isPersonal("/data/text") && isPersonal("/data/customer/phone"));
    assert.ok(!isPersonal("/data/store") && !isPersonal("/text"));
    assert.ok(hasPersonal({ data: { comment: "x" } }));
    assert.ok(!hasPersonal({ data: { comment: null, store: "a" } }));
});

test("an entry leads to its case", () => {
    assert.deepEqual(caseOf({ seq: 7, event: { type: "feedback.complained" } }), { name: "complaints", id: "C-7" });
    const about = (subject) => caseOf({ seq: 7, event: { type: "x", subject } });
    assert.deepEqual(about("E-41-response-100"), { name: "complaints", id: "C-41" });
    assert.deepEqual(about("T-57"), { name: "tasks", id: "T-57" });
    assert.equal(about("S-x.y-2026"), null);
    assert.equal(about(undefined), null);
});
