/*
 * hostile.test.mjs - what customers, vendors and enemies write is text on every page: it runs nothing, loads nothing
 * and makes no page wider than a telephone.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { context, fits, serve } from "./world.mjs";
import { ROSTER, house, routes, visit } from "./routes.mjs";

const RUN = "<script>window.hacked=1</script><img src=x onerror=window.hacked=1>";
const RIGHT_TO_LEFT = "\u202e\u2067נִסָּיוֹן";
const FACES = "👩‍👩‍👧‍👦🚗";

/** 4,000 characters: markup, an override of the direction, faces, and one word that is longer than any line. */
const text = `${RUN}${RIGHT_TO_LEFT}${FACES}javascript:window.hacked=1 {{7*7}} \${7*7} `.padEnd(4000, "W");
const name = '"><svg/onload=window.hacked=1>\u202e' + "N".repeat(30);

/** Runs in every page before its own scripts: whoever asks for something else's code is written down. */
const watch = () => {
    window.hacked = 0;
    window.alert = window.confirm = window.prompt = () => (window.hacked = 1);
};

test("hostile names and texts run nothing, load nothing and fit, on every page", async () => {
    const server = await serve({ roster: ROSTER });
    const ids = await house(server, {
        store: "<blink>店</blink>" + "S".repeat(40),
        department: "<marquee>部门</marquee>" + "D".repeat(30),
        staff: "'\"><img/src=x onerror=hacked=1>" + "s".repeat(20),
        text,
        name,
    });
    const phone = await context({ lang: "zh", width: 360, height: 780, touch: true });
    await phone.addInitScript(watch);
    const page = await phone.newPage();
    const asked = [];
    page.on("request", (request) => asked.push(request.url()));
    for (const where of routes(ids)) {
        await visit(page, server, where);
        assert.equal(await page.evaluate(() => window.hacked), 0, `${where} ran it`);
        const theirs = page.locator("main script, main blink, main marquee, main img, [onload], [onerror]");
        assert.equal(await theirs.count(), 0, where);
        await fits(page);
    }
    const strange = asked.filter((url) => !url.startsWith(`${server.url}/`) && url !== "about:blank");
    assert.deepEqual(strange, []);
    assert.ok(!asked.some((url) => /\/x$/.test(url)), "an image of theirs was asked for");
    await phone.close();
});

test("a hostile visit's link is text on the kiosk, and its rating is taken", async () => {
    const server = await serve();
    const whose = ["--visit", name.slice(0, 30), "--store", RUN.slice(0, 60), "--department", name.slice(0, 20)];
    const { path: link } = await server.cli("link", "rate", ...whose);
    const phone = await context({ lang: "en", width: 360, touch: true });
    await phone.addInitScript(watch);
    const page = await phone.newPage();
    await page.goto(server.url + link);
    await page.locator(".kiosk-face").last().tap();
    await page.getByLabel(/tell us more/).fill(text);
    await fits(page);
    await page.getByRole("button", { name: "Send" }).tap();
    await page.getByText("It has been sent.").waitFor();
    assert.equal(await page.evaluate(() => window.hacked), 0);
    await phone.close();
});
