/* shell.unit.test.mjs - what the frame and the page Now stand on, without a browser: times, lists, verdicts. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { columnsOf, rowsOf } from "../../web/lib/chart.js";
import { collection } from "../../web/lib/live.js";
import { linePoints } from "../../web/lib/plot.js";
import { hash, read } from "../../web/lib/router.js";
import { backoff_ms } from "../../web/lib/stream_source.js";
import { sorted } from "../../web/lib/table.js";
import { dueState, left, when } from "../../web/lib/time.js";
import { agenda, byGrade, lateCount, lowest, firstDue, nextDeadlines, unseen } from "../../web/lib/verdict.js";
import { setLang } from "../../web/lib/words.js";
import { verdictOf } from "../../web/now/verdict_line.js";
import { Problem } from "../../web/lib/ask.js";
import { monthBack, scaleOf } from "../../web/now/score_panel.js";
import { liveness } from "../../web/shell/live_state.js";

const AT = Date.parse("2026-11-23T10:00:00Z");
const minutes = (n) => new Date(AT + n * 60000).toISOString();

/* ---- times ---- */

test("a length of time is said in two units at most, and never below nothing", () => {
    const table = [
        [0, "0 s", "0 秒"],
        [-5000, "0 s", "0 秒"],
        [59999, "59 s", "59 秒"],
        [545000, "9 min 05 s", "9 分 05 秒"],
        [600000, "10 min", "10 分钟"],
        [8040000, "2 h 14 min", "2 小时 14 分"],
        [7200000, "2 h", "2 小时"],
        [86400000, "1 d", "1 天"],
        [100800000, "1 d 4 h", "1 天 4 小时"],
    ];
    for (const [ms, english, chinese] of table) {
        setLang("en");
        assert.equal(left(ms), english);
        setLang("zh");
        assert.equal(left(ms), chinese);
    }
    setLang("en");
});

test("a time of today is a clock's, of this year has its day, of another its year", () => {
    const local = (...parts) => new Date(...parts).toISOString();
    const today = new Date(2026, 10, 23, 18, 30).getTime();
    assert.equal(when(local(2026, 10, 23, 9, 5), today), "09:05");
    assert.equal(when(local(2026, 10, 22, 23, 59), today), "11-22 23:59");
    assert.equal(when(local(2025, 11, 31, 8, 0), today), "2025-12-31 08:00");
    assert.equal(when(null, today), "–");
});

test("a deadline is soon half an hour before, and late from the moment on", () => {
    assert.equal(dueState(minutes(31), AT), "ok");
    assert.equal(dueState(minutes(29), AT), "soon");
    assert.equal(dueState(minutes(0), AT), "soon");
    assert.equal(dueState(minutes(-1), AT), "late");
});

/* ---- addresses ---- */

test("an address says page, case and filters, and is written as it is read", () => {
    const { name, id, query } = read("#/complaints/C-41?store=sh-pudong&mine=1");
    assert.deepEqual([name, id, query.get("store"), query.get("mine")], ["complaints", "C-41", "sh-pudong", "1"]);
    assert.deepEqual([read("").name, read("#").name, read("#/now").id], ["now", "now", null]);
    assert.equal(read("#/person/%E7%8E%8B.li").id, "王.li");
    assert.equal(read("#/person/100%").id, "100%");
    assert.equal(read("#/../etc").name, "unknown");
    assert.equal(
        hash("complaints", null, { store: "", mine: true, grade: "urgent" }),
        "#/complaints?mine=1&grade=urgent",
    );
    assert.equal(read(hash("person", "王/li")).id, "王/li");
});

/* ---- lists that stay true ---- */

const card = (id, more = {}) => ({ id, status: "received", ...more });
const isOpen = (one) => one.status !== "closed";

test("a card that came while the list was loaded is not taken back by an older page", () => {
    const list = collection(isOpen);
    list.card(card("C-1", { status: "closed" }), 12);
    list.card(card("C-2", { grade: "urgent" }), 13);
    list.page([card("C-1"), card("C-2"), card("C-3")], 10);
    assert.deepEqual([...list.rows.keys()].sort(), ["C-2", "C-3"]);
    assert.equal(list.rows.get("C-2").grade, "urgent");
});

test("a page that is newer than a card takes its place", () => {
    const list = collection(isOpen);
    list.card(card("C-1", { grade: "general" }), 5);
    list.page([card("C-1", { grade: "major" })], 9);
    assert.equal(list.rows.get("C-1").grade, "major");
    assert.equal(list.card(card("C-1", { grade: "general" }), 5), false);
    assert.equal(list.rows.get("C-1").grade, "major");
});

test("of two that tell a card, who knows its later change is right, whoever spoke last", () => {
    const list = collection();
    list.page([card("C-1", { changed_seq: 6, status: "planned" })], 7);
    assert.equal(list.card(card("C-1", { changed_seq: 3, status: "received" }), 8), false);
    assert.equal(list.rows.get("C-1").status, "planned");
    list.card({ id: "C-1", gone: true }, 9);
    list.page([card("C-1", { changed_seq: 6 })], 7);
    assert.equal(list.rows.size, 0);
});

test("what has gone, or belongs here no more, leaves; and comes back when it does", () => {
    const list = collection(isOpen);
    list.page([card("C-1"), card("C-2")], 3);
    list.card({ id: "C-1", gone: true }, 4);
    list.card(card("C-2", { status: "closed" }), 5);
    assert.equal(list.rows.size, 0);
    list.card(card("C-2"), 6);
    assert.deepEqual([...list.rows.keys()], ["C-2"]);
});

test("in whatever order pages and cards come, the list is what the newest of each says", () => {
    /* a naive model: the newest by seq of all that was told */
    let state = 7;
    const chance = (n) => {
        state = (state * 1103515245 + 12345) % 2147483648;
        return state % n;
    };
    for (let world = 0; world < 300; world++) {
        const versions = Array.from({ length: 4 }, (none, id) =>
            Array.from({ length: 6 }, (no, seq) => ({
                card:
                    chance(5) === 0
                        ? { id: `C-${id}`, gone: true }
                        : card(`C-${id}`, { status: chance(4) ? "received" : "closed", seq }),
                seq: seq + 1,
            })),
        );
        const told = Array.from({ length: 10 }, () => versions[chance(4)][chance(6)]);
        const list = collection(isOpen),
            newest = new Map();
        for (const one of told) {
            list.card(one.card, one.seq);
            if ((newest.get(one.card.id)?.seq ?? 0) <= one.seq) newest.set(one.card.id, one);
        }
        const expected = [...newest.values()]
            .filter((one) => !one.card.gone && isOpen(one.card))
            .map((one) => one.card.id);
        assert.deepEqual([...list.rows.keys()].sort(), expected.sort());
    }
});

test("rows are sorted as people sort them, and what is missing stands last either way", () => {
    const rows = ["C-10", null, "C-9", "C-100"].map((id, index) => ({ id, index }));
    assert.deepEqual(
        sorted(rows, (row) => row.id).map((row) => row.id),
        ["C-9", "C-10", "C-100", null],
    );
    assert.deepEqual(
        sorted(rows, (row) => row.id, true).map((row) => row.id),
        ["C-100", "C-10", "C-9", null],
    );
    const equal = [
        { by: 1, n: "a" },
        { by: 1, n: "b" },
    ];
    assert.deepEqual(
        sorted(equal, (row) => row.by, true).map((row) => row.n),
        ["a", "b"],
    );
});

/* ---- is it live? ---- */

test("data is live by its beats, stale without them, and lost without a connection", () => {
    assert.equal(liveness({ connected: false, age_ms: null }), "starting");
    assert.equal(liveness({ connected: true, age_ms: 4000 }), "live");
    assert.equal(liveness({ connected: true, age_ms: 13000 }), "stale");
    assert.equal(liveness({ connected: false, age_ms: 100 }), "lost");
});

test("tries become rarer, are never all at once, and never rarer than a quarter of a minute", () => {
    assert.deepEqual(
        [0, 1, 2, 3].map((tries) => backoff_ms(tries, 1)),
        [500, 1000, 2000, 4000],
    );
    assert.equal(backoff_ms(1, 0), 500);
    assert.equal(backoff_ms(5000, 1), 15000);
});

/* ---- who waits ---- */

const complaint = (id, due, more = {}) => ({
    id,
    seq: Number(id.slice(2)),
    grade: "general",
    opened_at: minutes(-600),
    ...more,
    clocks: due.map(([kind, at, stopped = null]) => ({ kind, due_at: minutes(at), stopped_at: stopped })),
});

test("the clock that matters is the first that still runs", () => {
    const one = complaint("C-1", [
        ["response", -90, minutes(-100)],
        ["resolve", 300],
        ["plan", 20],
        ["deliberate", 9000],
    ]);
    assert.equal(firstDue(one).kind, "plan");
    assert.equal(firstDue(complaint("C-2", [["response", 5, minutes(1)]])), null);
});

test("an agenda is in the order in which it is due, and what is due now is not late yet", () => {
    const due = [
        ["C-1", -5],
        ["C-2", 5],
        ["C-3", -134],
        ["C-5", 0],
    ];
    const list = agenda([...due.map(([id, at]) => complaint(id, [["plan", at]])), complaint("C-4", [])]);
    assert.deepEqual(
        list.map(({ card }) => card.id),
        ["C-3", "C-1", "C-5", "C-2"],
    );
    assert.equal(lateCount(list, AT), 2);
    assert.equal(lateCount(list, AT + 1), 3);
    assert.equal(lateCount([], AT), 0);
});

test("what is late takes at most half of the next deadlines, unless nothing else comes", () => {
    const late = Array.from({ length: 20 }, (none, n) => complaint(`C-${n + 1}`, [["plan", -n - 1]]));
    const coming = Array.from({ length: 20 }, (none, n) => complaint(`C-${n + 101}`, [["plan", n + 1]]));
    const ids = (cards) => nextDeadlines(agenda(cards), AT, 6).map(({ card: { id } }) => id);
    assert.deepEqual(ids([...coming, ...late]), ["C-20", "C-19", "C-18", "C-101", "C-102", "C-103"]);
    assert.deepEqual(ids(late), ["C-20", "C-19", "C-18", "C-17", "C-16", "C-15"]);
    assert.deepEqual(ids([...late, coming[0]]), ["C-20", "C-19", "C-18", "C-17", "C-16", "C-101"]);
    assert.deepEqual(ids(coming).length, 6);
});

test("nobody waits is said only when all are known; somebody waits at once", () => {
    const told = { seq: 0, problem: null };
    const some = agenda([complaint("C-1", [["plan", 20]])]),
        late = agenda([complaint("C-3", [["plan", -134]])]);
    const where = { store: "sh-pudong", department: "service" };
    Object.assign(late[0].card, where);
    Object.assign(some[0].card, where);
    assert.equal(verdictOf({ agenda: some, told, at_ms: AT }).state, "info");
    assert.equal(
        verdictOf({ agenda: some, told: { seq: 9, problem: null }, at_ms: AT }).text,
        "Nobody waits too long.",
    );
    assert.equal(
        verdictOf({ agenda: late, told, at_ms: AT }).more.text,
        "The longest 2 h 14 min, at sh-pudong · service.",
    );
    const failed = { seq: 0, problem: new Problem(503, { title: "the worker does not answer", code: "E1412" }) };
    assert.match(verdictOf({ agenda: [], told: failed, at_ms: AT }).text, /the worker does not answer/);
});

test("grades are counted the gravest first; seen and ended notices are not waited for", () => {
    const cards = ["general", "urgent", "general"].map((grade) => ({ grade }));
    assert.deepEqual(byGrade(cards), [
        ["urgent", 1],
        ["general", 2],
    ]);
    const notices = [
        { id: 1, at: minutes(-9) },
        { id: 2, at: minutes(-1) },
        { id: 3, at: minutes(0), acknowledged_by: "wang.li" },
        { id: 4, at: minutes(0), ended: true },
    ];
    assert.deepEqual(
        unseen(notices).map(({ id }) => id),
        [2, 1],
    );
});

test("nobody is the lowest by a few ratings", () => {
    const rows = [
        { store: "a", evidence: "insufficient", n: 2, csi: { value: 100 } },
        { store: "b", evidence: "show", n: 9, csi: { value: 800 } },
        { store: "c", evidence: "rank", n: 40, csi: { value: 790 } },
        { store: "d", evidence: "insufficient", n: 0, csi: null },
    ];
    assert.deepEqual(
        lowest(rows).map(({ store }) => store),
        ["c", "b"],
    );
});

/* ---- figures and lines ---- */

test("the months before cross the year", () => {
    assert.deepEqual(
        [0, 1, 10, 11, 23].map((by) => monthBack("2026-11", by)),
        ["2026-11", "2026-10", "2026-01", "2025-12", "2024-12"],
    );
});

test("a scale holds all figures with their intervals", () => {
    assert.deepEqual(
        scaleOf([
            { value: 864, low: 854, high: 874 },
            { value: 787, low: 696, high: 878 },
        ]),
        { least: 600, most: 900 },
    );
    assert.deepEqual(scaleOf([{ value: 990, low: null, high: null }]), { least: 900, most: 1000 });
    assert.deepEqual(scaleOf([{ value: 0, low: 0, high: 5 }]), { least: 0, most: 100 });
});

test("a line has its gaps, and one point is no line", () => {
    assert.equal(linePoints([null, 5, null], 100, 20), null);
    assert.deepEqual(linePoints([0, null, 10], 104, 24, 2), [[2, 22], null, [102, 2]]);
    assert.deepEqual(linePoints([3, 3], 100, 20, 0), [
        [0, 10],
        [100, 10],
    ]);
});

test("a chart draws each series with the edges of its band, and the table says the same", () => {
    const labels = ["2026-10", "2026-11"];
    const series = [
        { label: "a", values: [1, null], low: [0, null], high: [2, null], n: [7, 0] },
        { label: "b", values: [3, 4] },
    ];
    const { data, bands } = columnsOf({ labels, series });
    assert.deepEqual(data, [
        [0, 1],
        [1, null],
        [2, null],
        [0, null],
        [3, 4],
    ]);
    assert.deepEqual(
        bands.map((band) => band.series),
        [[2, 3]],
    );
    assert.deepEqual(rowsOf({ labels, series })[0], {
        id: "2026-10",
        cells: [
            { value: 1, low: 0, high: 2, n: 7 },
            { value: 3, low: null, high: null, n: null },
        ],
    });
});
