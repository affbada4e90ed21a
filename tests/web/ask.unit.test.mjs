/* ask.unit.test.mjs - what became of something that was sent, by what a server answers: a made-up one. */
import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { ask, keyed } from "../../web/lib/ask.js";

const real = globalThis.fetch;
afterEach(() => (globalThis.fetch = real));

/* Answers one after the other: [status, body], null for none at all. Returns the keys that came. */
function server(...answers) {
    const keys = [];
    globalThis.fetch = async (_, { headers }) => {
        keys.push(headers["Idempotency-Key"]);
        const answer = answers.shift();
        if (!answer) throw new TypeError("no connection");
        return new Response(JSON.stringify(answer[1]), { status: answer[0] });
    };
    return keys;
}

const open = () =>
    keyed((key, body) => ask("/v1/tasks/open", { method: "POST", body, idempotencyKey: key }));

test("a form that was refused is sent as another decision once it was put right", async () => {
    const keys = server([409, { code: "E1606" }], [200, { seq: 7, outcome: "accepted" }]);
    const send = open();
    await assert.rejects(send({ due: "yesterday" }), { status: 409 });
    assert.equal((await send({ due: "tomorrow" })).seq, 7);
    assert.notEqual(keys[0], keys[1]);
});

test("a form whose answer was lost is sent as the same decision", async () => {
    const keys = server(null, [500, {}], [200, { seq: 7, outcome: "accepted" }]);
    const send = open();
    await assert.rejects(send({}), { status: 0 });
    await assert.rejects(send({}), { status: 500 });
    await send({});
    assert.equal(new Set(keys).size, 1);
});

test("what is on disk and not decided yet is not told as done, and is sent again as the same", async () => {
    const keys = server([202, { seq: 7, outcome: null }], [409, { code: "E1602" }]);
    const send = open();
    await assert.rejects(send({}), { status: 202, seq: 7 });
    await assert.rejects(send({}), { status: 409 });
    assert.equal(keys[0], keys[1]);
});
