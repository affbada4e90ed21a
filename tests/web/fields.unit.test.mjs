/*
 * fields.unit.test.mjs - what is typed into a decision's form, as the event has it; and the roster as suggestions
 * read it.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { asked, bodyOf, choicesOf, fenOf, kindOf, suggests, wordKind } from "../../web/cases/fields.js";
import { handledBy, rosterOf } from "../../web/lib/roster.js";

const field = (name, kind, more = {}) => ({ name, kind, required: false, ...more });

test("money, people and cases are known by their names, the rest by what the server says", () => {
    const cases = [
        [field("reason", "choice", { choices: ["parts", "oem"] }), "word", null],
        [field("due", "time"), "time", null],
        [field("compensation_fen", "integer"), "name", null],
        [field("level", "integer"), "whole number", null],
        [field("staff", "names"), "names", "people"],
        [field("handler", "name"), "name", "people"],
        [field("into", "name"), "name", "cases"],
        [field("store", "name"), "name", "stores"],
        [field("reason", "text"), "text", null],
    ];
    for (const [one, kind, suggested] of cases)
        assert.deepEqual([kindOf(one), suggests(one)], [kind, suggested], one.name);
    assert.deepEqual(
        [wordKind(field("reason", "word")), wordKind(field("grade", "choice"))],
        ["pause_reason", "grade"],
    );
});

test("what is needed is asked first, the note last, and who decides not at all", () => {
    const fields = [
        field("by", "name", { required: true }),
        field("note", "text"),
        field("due", "time"),
        field("measure", "text", { required: true }),
    ];
    assert.deepEqual(
        asked(fields).map((one) => one.name),
        ["measure", "due", "note"],
    );
});

test("whether the customer is satisfied, or was not reached, is one question with three answers", () => {
    const fields = [field("satisfied", "bool"), field("unreachable", "bool"), field("note", "text")];
    const [one, note, ...rest] = asked(fields);
    assert.deepEqual([one.name, one.required, one.choices.length, note.name, rest], ["satisfied", true, 3, "note", []]);
    const cases = [
        ["true", { satisfied: true }],
        ["false", { satisfied: false }],
        ["unreachable", { unreachable: true }],
    ];
    for (const [chosen, body] of cases) assert.deepEqual(bodyOf({ satisfied: chosen }), body);
});

test("the level is chosen by what it means and sent as its number", () => {
    assert.deepEqual(choicesOf(field("level", "integer")), ["0", "1", "2", "3", "4"]);
    assert.deepEqual(bodyOf({ level: "3" }), { level: 3 });
});

test("money is typed in yuan and kept in fen, to the digit", () => {
    const cases = [
        ["10", 1000],
        ["0.29", 29],
        ["1.1", 110],
        ["¥1,200.50", 120050],
        ["-3", -300],
        ["4.35", 435],
        ["￥8", 800],
    ];
    for (const [text, expected] of cases) assert.equal(fenOf(text), expected, text);
    for (const text of ["1.234", "ten", "1e3", "", "99999999999"]) assert.throws(() => fenOf(text), RangeError, text);
});

test("a body has what was typed in, money in fen; what is no money is told by its field", () => {
    assert.deepEqual(bodyOf({ answer: "Sorry", compensation_fen: "20" }), { answer: "Sorry", compensation_fen: 2000 });
    assert.throws(
        () => bodyOf({ compensation_fen: "much" }),
        (error) => error.cause === "compensation_fen",
    );
});

test("the roster in force says who works where, and whose department is whose", () => {
    const roster = rosterOf(`name: "demonstration"
general_manager: "shen.mu"
management_group:
  - "du.heng"
stores:
  - store: "hf-shushan"
    director: "gao.ping"
    departments:
      - department: "service"
        handler: "lin.min"
        manager: "tang.tao"
      - department: "sales"
        handler: "ma.jing"
  - store: "sh-minhang"
    handler: "guo.ping"
    departments:
      - {department: "sales"}
staff:
  - {number: "lin.min", store: "hf-shushan", department: "service"}
  - {number: "o'brien \\"ob\\"", title: "service advisor, senior"}
`);
    assert.equal(roster.generalManager, "shen.mu");
    assert.deepEqual(roster.managementGroup, ["du.heng"]);
    assert.deepEqual(
        roster.stores.map((store) => [store.store, store.director, store.departments.length]),
        [
            ["hf-shushan", "gao.ping", 2],
            ["sh-minhang", undefined, 1],
        ],
    );
    assert.equal(roster.stores[0].departments[1].handler, "ma.jing");
    assert.deepEqual(
        roster.staff.map((person) => person.number),
        ["lin.min", 'o\'brien "ob"'],
    );
    assert.equal(roster.staff[1].title, "service advisor, senior");
    assert.deepEqual([...handledBy(roster, "lin.min")], ["hf-shushan/service"]);
    assert.deepEqual([...handledBy(roster, "guo.ping")], ["sh-minhang/sales", "sh-minhang/"]);
});

test("a text that is no roster suggests nobody", () => {
    for (const text of ["", "<html>", "stores: [\n- -", "staff:\n  - {"]) assert.equal(rosterOf(text).stores.length, 0);
});
