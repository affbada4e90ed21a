/*
 * outbox.unit.test.mjs - answers on their way, without a browser: nothing is lost, nothing counts twice, nothing stays.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { shelfOfPage } from "../../web/lib/shelf.js";
import { nameOf, visitOf } from "../../web/lib/visit.js";
import { ANSWERS_MAX, Outbox, pauseOf, verdict } from "../../web/outbox.js";

/** A server that answers as the list says, then as `last`; clocks and chance stand still. */
function bench(answers = [], last = { status: 201 }) {
    const waiting = shelfOfPage();
    const told = shelfOfPage();
    const posted = [];
    const set = [];
    const changes = [];
    const clock = { ms: 1000 };
    const outbox = new Outbox({
        waiting,
        told,
        post: async (answer) => {
            posted.push(answer.id);
            const next = answers.shift() ?? last;
            if (next === "cut") throw new TypeError("network");
            return next;
        },
        onChange: (name, state) => changes.push(`${name} ${state}`),
        now: () => clock.ms++,
        timer: { set: (fn, ms) => set.push(ms), clear: () => {} },
        chance: () => 1,
    });
    return { outbox, waiting, told, posted, set, changes, clock };
}

const answer = (name) => ({ name, link: `link-of-${name}`, id: `id-${name}`, body: { overall: 8, comment: "words" } });

test("an answer is sent once, and nothing of what it says is kept", async () => {
    const { outbox, waiting, told, posted, set } = bench();
    await outbox.put(answer("a"));
    assert.equal(await outbox.stateOf("a"), "waiting");
    await outbox.flush();
    await outbox.flush();
    assert.deepEqual([posted, set], [["id-a"], []]);
    assert.equal(await outbox.stateOf("a"), "sent");
    assert.deepEqual(await waiting.all(), []);
    assert.doesNotMatch(JSON.stringify(await told.all()), /words|overall|link-of/);
});

test("a device that is too full to remember what was sent does not keep it either, and goes on", async () => {
    const { outbox, waiting, told, posted } = bench();
    told.put = async () => {
        throw new DOMException("full", "QuotaExceededError");
    };
    for (const name of ["a", "b"]) await outbox.put(answer(name));
    await outbox.flush();
    assert.deepEqual([posted, await waiting.all()], [["id-a", "id-b"], []]);
});

test("what was refused is told until somebody has seen it", async () => {
    const { outbox } = bench([{ status: 410, code: "E1814" }]);
    for (const name of ["a", "b"]) await outbox.put(answer(name));
    await outbox.flush();
    const lost = await outbox.refused();
    assert.deepEqual(lost.map(({ name }) => name), ["a"]);
    await outbox.noted(lost);
    assert.deepEqual(await outbox.refused(), []);
    assert.equal(await outbox.stateOf("a"), "refused");
});

test("what could not be sent waits longer each time, at most a minute, and goes under the same id", async () => {
    const { outbox, posted, set } = bench(["cut", { status: 503 }, ...Array(5).fill("cut")]);
    await outbox.put(answer("a"));
    for (let i = 0; i < 8; i++) await outbox.flush();
    assert.deepEqual(set, [2000, 4000, 8000, 16000, 32000, 60000, 60000]);
    assert.deepEqual([...new Set(posted)], ["id-a"]);
    assert.equal(await outbox.stateOf("a"), "sent");
});

test("while nobody is there one try is enough for all; then they go in the order of their giving", async () => {
    const { outbox, posted } = bench(["cut"]);
    for (const name of ["c", "a", "b"]) await outbox.put(answer(name));
    await outbox.flush();
    await outbox.flush();
    assert.deepEqual(posted, ["id-c", "id-c", "id-a", "id-b"]);
});

test("a used, an expired and a forged link end the matter; a busy server does not", async () => {
    const answers = [{ status: 410, code: "E1813" }, { status: 410, code: "E1814" },
        { status: 403, code: "E1815" }, { status: 429, code: "E1816" }, { status: 422, code: "E1203" }];
    const { outbox, changes } = bench(answers, "cut");
    for (const name of ["used", "expired", "forged", "busy", "flawed"]) await outbox.put(answer(name));
    await outbox.flush();
    assert.deepEqual(changes, ["used used", "expired refused", "forged refused", "busy later", "flawed refused"]);
    assert.equal(await outbox.stateOf("busy"), "waiting");
});

test("the first answer of a link holds, and a device keeps so many and no more", async () => {
    const { outbox, waiting } = bench([], "cut");
    await outbox.put(answer("a"));
    await outbox.put({ ...answer("a"), id: "another" });
    assert.deepEqual((await waiting.all()).map(({ id }) => id), ["id-a"]);
    for (let i = 1; i < ANSWERS_MAX; i++) assert.equal(await outbox.put(answer(`n${i}`)), true);
    assert.equal(await outbox.put(answer("one too many")), false);
});

test("two turns at once are one", async () => {
    const { outbox, posted } = bench();
    await outbox.put(answer("a"));
    await Promise.all([outbox.flush(), outbox.flush(), outbox.flush()]);
    assert.deepEqual(posted, ["id-a"]);
});

test("what is put while a turn is under way goes, too", async () => {
    const { outbox, posted } = bench();
    await outbox.put(answer("a"));
    const turn = outbox.flush();
    for (let i = 0; i < 1000 && !posted.length; i++) await Promise.resolve();
    await outbox.put(answer("b"));
    await Promise.all([turn, outbox.flush()]);
    assert.deepEqual(posted, ["id-a", "id-b"]);
});

test("which links were used is forgotten when no link can be so old", async () => {
    const { outbox, told, clock } = bench();
    await outbox.put(answer("a"));
    await outbox.flush();
    clock.ms += 39 * 86400000;
    await outbox.tidy();
    assert.equal((await told.all()).length, 1);
    clock.ms += 2 * 86400000;
    await outbox.tidy();
    assert.deepEqual(await told.all(), []);
});

test("pauses differ between devices, and every answer of a server has a meaning", () => {
    assert.deepEqual([pauseOf(0, 0), pauseOf(0, 1), pauseOf(1, 0.5), pauseOf(99, 1)], [1000, 2000, 3000, 60000]);
    const meant = { 200: "sent", 201: "sent", 0: "later", 401: "later", 404: "later", 408: "later", 500: "later",
        502: "later", 400: "refused", 410: "refused", 413: "refused", 415: "refused", 422: "refused" };
    for (const [status, meaning] of Object.entries(meant)) assert.equal(verdict(Number(status)), meaning, status);
});

/** A link laid out by hand, from schemas/PROTOCOL.md. */
function linkOf(purpose, subject, expires = 1795392000000n) {
    const bytes = Buffer.alloc(26);
    bytes[0] = 1;
    bytes[1] = purpose;
    bytes.writeBigUInt64BE(expires, 2);
    bytes.fill(0xab, 10, 26);
    const text = Buffer.from(subject);
    return Buffer.concat([bytes, Buffer.from([text.length]), text, Buffer.from([0]), Buffer.alloc(32, 7)])
        .toString("base64url");
}

test("a link says whose visit it is, without a network", () => {
    const link = linkOf(2, "V-2041\nsh-pudong\nservice");
    assert.deepEqual(visitOf(link),
        { visit: "V-2041", store: "sh-pudong", department: "service", expires: "2026-11-23T00:00:00.000Z" });
    assert.equal(nameOf(link), "ab".repeat(16));
    assert.equal(visitOf(linkOf(2, "访问\n店\n服务")).store, "店");
    for (const other of [linkOf(1, "a\nb\nc"), linkOf(2, "a\nb"), linkOf(2, "a\n\nc"), linkOf(2, "a\nb\nc\nd"), "", "x",
        "!!!", link.slice(0, 40), linkOf(2, "a\nb\nc", 2n ** 63n)])
        assert.equal(visitOf(other), null, other);
});
