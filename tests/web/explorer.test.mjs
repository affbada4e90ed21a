/*
 * explorer.test.mjs - the journal's pages: an event that was refused is mended and becomes a complaint; entries are
 * found by their envelopes; what is personal is covered until somebody says why, and that is on record.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { axe, eventually, fits, open, serve } from "./world.mjs";

const server = await serve({
    access: [
        { name: "he.ops", role: "ops" },
        { name: "sun.tao", role: "auditor" },
        { name: "archive", kind: "program", role: "auditor" },
        { name: "desk", kind: "device", role: "publisher", more: ["--source", "/stores/sh-pudong/desk"] },
    ],
});
const where = { store: "sh-pudong", department: "service" };
const complaint = (id, more = {}) => ({
    id,
    source: "/stores/sh-pudong/desk",
    type: "feedback.complained",
    data: { ...where, channel: "phone", category: "delay", text: "three hours late", ...more },
});
const send = (event) => server.ask("POST", "/v1/events", event, {}, "desk");

test("a refused event is mended at its fault, and becomes a complaint", async () => {
    const refused = await send(complaint("d-1", { channel: "pigeon" }));
    assert.equal(refused.status, 422);
    const page = await open(server, "/#/quarantine", { login: "he.ops" });
    page.expects(/422/);
    await page.goto(`${server.url}/#/quarantine`);
    await page.getByRole("link", { name: "E1205" }).click();
    const entry = page.locator(".explorer-entry");
    assert.match(await entry.locator("li[data-state=late]", { hasText: "pigeon" }).innerText(), /not known/);
    assert.doesNotMatch(await entry.innerText(), /three hours late/);
    await axe(page);

    await entry.getByRole("button", { name: "Mend it" }).click();
    await page.getByLabel("Why do you look?").fill("the desk's software is old");
    await page.getByRole("button", { name: "Show", exact: true }).click();
    const area = page.getByLabel("The event, as it should have been");
    const selected = () => area.evaluate((it) => it.value.slice(it.selectionStart, it.selectionEnd));
    assert.equal(await selected(), '"channel": "pigeon"');
    const text = await area.inputValue();
    await axe(page);

    await area.fill(text.replace("pigeon", "owl"));
    await page.getByRole("button", { name: "Send it" }).click();
    await page.getByText(/^Line 8: The word is not known/).waitFor();
    assert.equal(await selected(), '"channel": "owl"');
    await area.fill(text.replace("pigeon", "phone").replace("d-1", "d-2"));
    await area.press("Control+Enter");
    await page.getByText(/^Line 2: It is not the id/).waitFor();
    await area.fill("{");
    await area.press("Control+Enter");
    await page.getByText(/no JSON/).waitFor();
    await area.fill(text.replace("pigeon", "phone"));
    await area.press("Control+Enter");
    const link = page.getByRole("link", { name: /^C-\d+$/ });
    const name = await link.innerText();
    await page.getByText("It was taken.").waitFor();
    await page.getByText("Nothing of this kind waits.").waitFor();
    await page.context().close();

    const card = await eventually(() => server.get(`/v1/trace/${name}`, "archive"));
    assert.equal(card.rows[0].case, name);
    const again = await send(complaint("d-1"));
    assert.deepEqual([again.status, again.body], [200, { seq: Number(name.slice(2)), duplicate: true, case: name }]);
    const entryOf = await server.get(`/v1/events?from_seq=${name.slice(2)}&to_seq=${name.slice(2)}`, "archive");
    assert.equal(entryOf.rows[0].principal, "he.ops");
});

test("entries are found by their envelopes, by mouse and keyboard, and lead to each other", async () => {
    const sent = async (id) => (await send(complaint(id))).body.seq;
    const row = (seq) => page.locator(`tbody tr[data-id="${seq}"]`);
    const first = await sent("e-1");
    for (const id of ["e-2", "e-3"]) await sent(id);
    const page = await open(server, "/#/explorer", { login: "sun.tao" });
    await page.goto(`${server.url}/#/explorer`);
    await page.getByLabel("Type", { exact: true }).fill("feedback.*");
    await page.getByLabel("Type", { exact: true }).press("Enter");
    await page.waitForURL(/type=feedback/);
    await row(first).waitFor();
    await page.locator("tbody", { hasNotText: "complaint.changed" }).waitFor();
    const types = await page.locator("tbody td[data-key=type]").allInnerTexts();
    assert.deepEqual([...new Set(types)], ["feedback.complained"]);
    await axe(page);
    await page.locator("h1").click();
    await page.keyboard.press("j");
    await page.keyboard.press("j");
    await page.keyboard.press("Enter");
    const entry = page.locator(".explorer-entry");
    await entry.waitFor();
    assert.match(page.url(), /explorer\/\d+\?type=feedback/);
    assert.doesNotMatch(await entry.innerText(), /three hours late/);
    await axe(page);
    await entry.getByRole("button", { name: "Show personal fields" }).click();
    await page.getByLabel("Why do you look?").fill("complaint about the complaint");
    await page.getByRole("button", { name: "Show", exact: true }).click();
    await entry.getByText("three hours late").waitFor();
    const audit = await server.get("/v1/audit?kind=event", "archive");
    assert.equal(audit.rows[0].why, "complaint about the complaint");

    const fourth = await sent("e-4");
    await page.getByRole("button", { name: /newer/ }).click();
    await row(fourth).waitFor();
    await page.getByRole("button", { name: "Clear filters" }).click();
    await page.getByLabel("Kind").selectOption("consequence");
    await page.locator("td[data-key=type]", { hasText: "complaint.changed" }).first().waitFor();
    await page.context().close();
});

for (const [lang, theme] of [["en", "light"], ["zh", "dark"]]) {
    test(`a telephone shows the journal in ${lang}, ${theme}, without being moved sideways`, async () => {
        await send(complaint("t-1", { channel: "owl" }));
        const page = await open(server, "/", { login: "he.ops", lang, theme, width: 360, touch: true });
        for (const path of ["explorer", "explorer/3", "quarantine"]) {
            await page.goto(`${server.url}/#/${path}`);
            await page.locator(path.includes("/") ? ".explorer-entry" : "tbody tr").first().waitFor();
            await fits(page);
            await axe(page);
        }
        await page.context().close();
    });
}
