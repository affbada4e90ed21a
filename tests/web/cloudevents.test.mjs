/*
 * cloudevents.test.mjs - the CloudEvents project's own library, which knows nothing of us: what it sends in each of its
 * modes is accepted, the journal has it equal, and what is refused names the attribute.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { CloudEvent, HTTP } from "cloudevents";
import { serve } from "./server.mjs";

const server = await serve();
test.after(() => server.remove());

const where = { store: "sh-pudong", department: "service" };
const rating = { ...where, channel: "kiosk", overall: 9, scores: { quality: 9, pickup: 8.5 } };

function made(id, more = {}) {
    return new CloudEvent({
        id,
        source: "/stores/sh-pudong/service/bay-03",
        type: "feedback.rated",
        time: "2026-11-23T08:00:00.000Z",
        data: rating,
        ...more,
    });
}

/** What the library leaves to its sender: printable ASCII, the rest as percent signs (HTTP binding, 3.1.3.2). */
const encoded = (value) => String(value).replaceAll(/[^\x21-\x7e]|["%]/gu, encodeURIComponent);

/** Sends what the library made of it. */
function send({ headers, body }) {
    const sent = {};
    for (const [name, value] of Object.entries(headers)) sent[name] = name.startsWith("ce-") ? encoded(value) : value;
    return server.ask("POST", "/v1/events", body, sent);
}

/** The entry, read by the library as the structured event that it should be. */
async function kept(seq) {
    const { event } = await server.get(`/v1/events/${seq}`);
    return new CloudEvent(event);
}

/** All that a sender said; the content type may have got its charset on the way. */
function said(event) {
    const { datacontenttype, ...rest } = event.toJSON();
    assert.match(datacontenttype ?? "application/json", /^application\/json/);
    return rest;
}

for (const mode of ["structured", "binary"]) {
    test(`an event in ${mode} mode is accepted, and is equal in the journal`, async () => {
        const more = { subject: "bay 3, 三号工位", dataschema: "https://example.org/rating", shift: "夜班" };
        const sent = made(`${mode}-1`, more);
        const answer = await send(HTTP[mode](sent));
        assert.equal(answer.status, 201, JSON.stringify(answer.body));
        assert.deepEqual(said(await kept(answer.body.seq)), said(sent));
        const again = await send(HTTP[mode](sent));
        assert.deepEqual([again.status, again.body], [200, { seq: answer.body.seq, duplicate: true }]);
    });

    test(`a complaint in ${mode} mode is told its case`, async () => {
        const data = { ...where, channel: "phone", category: "delay", text: "太慢了" };
        const { status, body } = await send(HTTP[mode](made(`${mode}-2`, { type: "feedback.complained", data })));
        assert.deepEqual([status, body.case], [201, `C-${body.seq}`]);
    });

    test(`a decision in ${mode} mode says which card it saw, as a number`, async () => {
        const more = { type: "complaint.noted", subject: "C-3", ifseq: 5, data: { by: "wang.li", note: "seen" } };
        const sent = made(`${mode}-6`, more);
        const { status, body } = await send(HTTP[mode](sent));
        assert.equal(status, 201, JSON.stringify(body));
        assert.deepEqual(said(await kept(body.seq)), said(sent));
    });

    test(`what is wrong in ${mode} mode is named`, async () => {
        const data = { ...rating, scores: { quality: 11 } };
        const { status, headers, body } = await send(HTTP[mode](made(`${mode}-3`, { data })));
        assert.equal(status, 422);
        assert.equal(headers.get("content-type"), "application/problem+json");
        assert.deepEqual([body.code, body.pointer], ["E1203", "#/data/scores/quality"]);
        const message = HTTP[mode](made(`${mode}-4`));
        if (mode === "binary") message.headers["ce-specversion"] = "0.3";
        else message.body = message.body.replace('"specversion":"1.0"', '"specversion":"0.3"');
        const old = await send(message);
        assert.deepEqual([old.status, old.body.pointer], [422, "#/specversion"]);
    });

    test(`data that is bytes in ${mode} mode is read by its content type`, async () => {
        const data = new Uint8Array(Buffer.from(JSON.stringify(rating)));
        const sent = made(`${mode}-5`, { data, datacontenttype: "application/json" });
        const message = HTTP[mode](sent);
        if (mode === "structured") assert.match(message.body, /data_base64/);
        else message.body = Buffer.from(data);
        const { status, body } = await send(message);
        assert.equal(status, 201, JSON.stringify(body));
        assert.deepEqual((await kept(body.seq)).data, rating);
    });
}

test("a batch is taken whole, and what is not taken of it is named", async () => {
    const wrong = made("batch-2", { data: { ...rating, channel: "pigeon" } });
    const batch = [made("batch-1"), made("batch-1"), wrong, made("batch-3")];
    const headers = { "Content-Type": "application/cloudevents-batch+json" };
    const body = JSON.stringify(batch.map((event) => event.toJSON()));
    const answer = await server.ask("POST", "/v1/events", body, headers);
    assert.equal(answer.status, 200, JSON.stringify(answer.body));
    const { first, count, head, problems } = answer.body;
    assert.deepEqual([count, problems.length], [2, 2]);
    assert.ok(head >= first + 1);
    assert.deepEqual(problems[0], { i: 1, duplicate_of: first });
    assert.deepEqual([problems[1].i, problems[1].code, problems[1].pointer], [2, "E1205", "#/data/channel"]);
    assert.deepEqual(said(await kept(first)), said(batch[0]));
    assert.deepEqual(said(await kept(first + 1)), said(batch[3]));
});

test("a batch with what is no CloudEvent is refused whole, and says which one", async () => {
    const one = made("batch-9").toJSON();
    delete one.specversion;
    const headers = { "Content-Type": "application/cloudevents-batch+json" };
    const body = JSON.stringify([made("batch-8").toJSON(), one]);
    const answer = await server.ask("POST", "/v1/events", body, headers);
    assert.deepEqual([answer.status, answer.body.pointer], [422, "#/1/specversion"]);
    assert.equal((await send(HTTP.structured(made("batch-8")))).status, 201, "nothing of it was taken");
});
