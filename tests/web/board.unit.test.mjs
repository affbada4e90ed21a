/*
 * board.unit.test.mjs - which clock runs out next, what is a storm, what the address keeps: plain functions of the
 * board.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { choicesOf, column, isMine, matches, queryOf, shared, storms, viewOf } from "../../web/cases/board.js";
import { byDue, dueStanding, nextClock, standing } from "../../web/cases/clocks.js";

const HOUR = 3600 * 1000;
const NOON = Date.parse("2026-11-23T12:00:00.000Z");
const at = (hours) => new Date(NOON + hours * HOUR).toISOString();

function clock(kind, start, due, stopped = null, breached = false) {
    return {
        kind,
        started_at: at(start),
        due_at: at(due),
        stopped_at: stopped === null ? null : at(stopped),
        breached,
        calendar_unknown: false,
    };
}

function complaint(number, { clocks = [], opened = 0, store = "sh-pudong", category = "delay", ...more } = {}) {
    return {
        id: `C-${number}`,
        seq: number,
        store,
        department: "service",
        category,
        grade: "general",
        status: "received",
        level: 0,
        handler: null,
        paused: null,
        closed_at: null,
        opened_at: at(opened),
        clocks,
        ...more,
    };
}

test("the clock that runs out next is the least one that has not stopped", () => {
    const card = complaint(1, {
        clocks: [
            clock("response", -8, -1, -7),
            clock("resolve", -8, 16),
            clock("plan", -8, 4),
            clock("deliberate", -8, 300),
        ],
    });
    assert.equal(nextClock(card).kind, "plan");
    assert.equal(nextClock(complaint(2)), null);
});

test("while it rests the law's clock comes before the plan's, which does not run", () => {
    const card = complaint(1, {
        paused: { reason: "parts", since: at(-1), until: at(24) },
        clocks: [clock("plan", -8, 4), clock("resolve", -8, 16), clock("regulator_accept", -8, 50)],
    });
    assert.equal(nextClock(card).kind, "regulator_accept");
    card.clocks.pop();
    assert.deepEqual([nextClock(card).kind, standing(card, NOON).tone], ["plan", "rest"]);
});

test("a clock is late from its second on, and soon in its last fifth or its last hour", () => {
    const tone = (start, due) => standing(complaint(1, { clocks: [clock("response", start, due)] }), NOON).tone;
    const cases = [
        [-8, 0, "late"],
        [-8, -5, "late"],
        [-8, 2, "soon"],
        [-8, 2.1, "ok"],
        [-1, 0.99, "soon"],
        [0, 2, "ok"],
    ];
    for (const [start, due, expected] of cases) assert.equal(tone(start, due), expected, `${start} to ${due}`);
    assert.equal(standing(complaint(1), NOON).tone, "none");
    assert.equal(standing(complaint(1, { clocks: [clock("plan", -8, -1)], closed_at: at(0) }), NOON).tone, "none");
});

test("what is due first stands first, the older one of two, and what has no deadline last", () => {
    const cards = [
        complaint(5),
        complaint(4, { clocks: [clock("plan", -1, 3)] }),
        complaint(3, { clocks: [clock("plan", -1, -3)] }),
        complaint(2, { clocks: [clock("plan", -1, 3)] }),
    ];
    assert.deepEqual(
        cards.sort(byDue).map((card) => card.id),
        ["C-3", "C-2", "C-4", "C-5"],
    );
});

test("a task that is completed waits for nobody; one that is past its day is late", () => {
    const task = (status, due, overdue = false) =>
        dueStanding({ status, due_at: at(due), overdue, closed_at: null }, NOON).tone;
    assert.deepEqual(
        [task("open", 23), task("open", 25), task("started", -1), task("completed", -1), task("open", 9, true)],
        ["soon", "ok", "late", "none", "late"],
    );
});

test("a callback may be made from its time on, and is late when the rulebook says so", () => {
    const stands = (status, due, overdue = false) =>
        dueStanding({ status, due_at: at(due), overdue, tries: 0, closed_at: null }, NOON).tone;
    assert.deepEqual(
        [stands("due", -1), stands("claimed", -30, true), stands("planned", 9), stands("due", 30)],
        ["soon", "late", "none", "ok"],
    );
});

test("three of one store and category within 24 hours are a storm; two are not, nor another category", () => {
    const cards = [
        complaint(1, { opened: 0 }),
        complaint(2, { opened: 10 }),
        complaint(3, { opened: 24 }),
        complaint(4, { opened: 5, category: "price" }),
        complaint(5, { opened: 5, store: "sz-gusu" }),
        complaint(6, { opened: 49 }),
    ];
    const found = storms(cards);
    assert.deepEqual([...found.keys()].sort(), ["C-1", "C-2", "C-3"]);
    assert.deepEqual(found.get("C-2").ids, ["C-1", "C-2", "C-3"]);
    assert.equal(storms(cards.slice(0, 2)).size, 0);
    assert.equal(storms([1, 2, 3].map((n) => complaint(n, { opened: n * 12.1 }))).size, 0);
});

test("who is in a storm agrees with trying every three", () => {
    let state = 7;
    const random = (below) => (state = (state * 48271) % 2147483647) % below;
    for (let round = 0; round < 200; round++) {
        const cards = Array.from({ length: random(14) }, (_, i) => complaint(i + 1, { opened: random(120) }));
        const expected = new Set();
        for (const a of cards)
            for (const b of cards)
                for (const c of cards) {
                    const hours = [a, b, c].map((card) => (Date.parse(card.opened_at) - NOON) / HOUR);
                    if (a.seq < b.seq && b.seq < c.seq && Math.max(...hours) - Math.min(...hours) <= 24)
                        for (const card of [a, b, c]) expected.add(card.id);
                }
        assert.deepEqual([...storms(cards).keys()].sort(), [...expected].sort(), `round ${round}`);
    }
});

test("a storm of a day ago and one of now are two", () => {
    const found = storms([0, 1, 2, 50, 51, 52].map((hour, i) => complaint(i + 1, { opened: hour })));
    assert.deepEqual(found.get("C-1").ids, ["C-1", "C-2", "C-3"]);
    assert.deepEqual(found.get("C-6").ids, ["C-4", "C-5", "C-6"]);
});

test("in a column a storm stands where its first due card would, and a lone member stays a card", () => {
    const due = (hours) => [clock("response", -1, hours)];
    const cards = [
        complaint(1, { clocks: due(9) }),
        complaint(2, { clocks: due(2) }),
        complaint(3, { clocks: due(5) }),
        complaint(4, { clocks: due(1), category: "price" }),
    ];
    const stormOf = storms(cards);
    const shown = column(cards, stormOf).map((entry) =>
        entry.card ? entry.card.id : entry.cards.map((card) => card.id),
    );
    assert.deepEqual(shown, ["C-4", ["C-2", "C-3", "C-1"]]);
    assert.deepEqual(
        column(cards.slice(0, 1), stormOf).map((entry) => [entry.card.id, entry.storm.ids.length]),
        [["C-1", 3]],
    );
    assert.deepEqual(shared(cards.slice(0, 3)), ["store", "category", "department", "grade"]);
});

test("the address keeps what differs from the plain board, and gives it back", () => {
    assert.deepEqual(queryOf(viewOf({})), {});
    for (const query of [
        { store: "sz-gusu", overdue: "1" },
        { mine: "1" },
        { mine: "1", view: "board" },
        { view: "table" },
        { text: "C-4 1", level: "2", grade: "urgent", category: "safety", department: "sales" },
    ])
        assert.deepEqual(queryOf(viewOf(query)), query);
    assert.equal(viewOf({ view: "<script>" }).view, "board");
    const query = { mine: "1", status: "open" };
    assert.deepEqual(queryOf(viewOf(query, ["status"], ["table"]), ["status"], ["table"]), query);
});

test("filters, the level 0 among them, and the search leave what matches", () => {
    const card = complaint(41, { clocks: [clock("response", -8, -1)], level: 0, visit: "R-00167" });
    const stands = (query, late = true) => matches(card, viewOf(query), { late: () => late, mine: () => false });
    const yes = [{}, { store: "sh-pudong" }, { level: "0" }, { overdue: "1" }, { text: "c-41" }, { text: "r-001" }];
    const no = [{ store: "sz-gusu" }, { level: "1" }, { text: "C-42" }, { grade: "urgent" }, { mine: "1" }];
    for (const query of yes) assert.ok(stands(query), JSON.stringify(query));
    for (const query of no) assert.ok(!stands(query), JSON.stringify(query));
    assert.ok(!stands({ overdue: "1" }, false));
});

test("mine is what I handle, and what comes to my department while nobody does", () => {
    const defaults = new Set(["sh-pudong/service"]);
    assert.ok(isMine(complaint(1, { handler: "wang.li" }), "wang.li", new Set()));
    assert.ok(isMine(complaint(1), "wang.li", defaults));
    assert.ok(!isMine(complaint(1, { handler: "li.na" }), "wang.li", defaults));
    assert.ok(!isMine(complaint(1, { department: "sales" }), "wang.li", defaults));
    assert.ok(!isMine(complaint(1), null, defaults));
});

test("a filter offers what is there, with how many", () => {
    const cards = [
        complaint(1),
        complaint(2, { level: 2 }),
        complaint(3, { level: 2 }),
        complaint(4, { department: null }),
    ];
    assert.deepEqual(choicesOf(cards, "level"), [
        ["0", 2],
        ["2", 2],
    ]);
    assert.deepEqual(choicesOf(cards, "department"), [["service", 3]]);
});
