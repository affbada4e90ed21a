/*
 * screenshots.mjs - every page of a day of the demonstration as a picture: both languages, light and dark, wide and
 * narrow, and the wall's: node screenshots.mjs FOLDER [ONLY]
 *
 * FOLDER/<page>-<language>-<theme>-<width>.png; ONLY takes the pages whose names contain it. What a page did wrong by
 * itself is told at the end, and then the code is 1. With README=yes the two that README.md shows go to docs/: no two
 * days are alike, so that they would differ each time.
 */
import { copyFile, mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { Server, SOURCE, command } from "./server.mjs";
import { freeBasePort } from "./ports.mjs";
import { browser, context } from "./look.mjs";

const SIZES = [[1280, 800], [360, 780]];
const WALL = [1920, 1080];
const PERIOD_OF_SETTLING_MS = 400;
const PATIENCE_MS = 6000;
const TALLEST = 4000;
const PICTURE_MS = 60000; /* of a busy machine */
const SHOWN = { "now-en-light-1280": "now.png", "complaint-zh-dark-1280": "complaint.png" };

const [folder = "build/screenshots", only = ""] = process.argv.slice(2);
const faults = [];
const say = (text) => process.stdout.write(`${text}\n`);

/** A day of the demonstration, then the server on what it left. */
async function dayPlay(dir) {
    const base = await freeBasePort();
    await command(["demo", "--dir", dir, "--base-port", String(base), "--seconds", "8", "--exit", "--quiet"]);
    return new Server({ dir, base }).start();
}

/** Of whom most is known. */
function personOf(ledger) {
    const people = ledger.map((row) => row.person).filter((name) => name?.includes("."));
    const count = (name) => people.filter((other) => other === name).length;
    return people.toSorted((one, other) => count(other) - count(one))[0];
}

/** What a vendor's script gets wrong: something for the quarantine. */
async function wrongSend(server) {
    const at = { store: "sh-pudong", department: "service" };
    const send = (id, type, data) =>
        server.ask("POST", "/v1/events", { id, source: "/vendors/call-centre", type, data: { ...at, ...data } });
    await send("export-1", "feedback.rated", { channel: "telegraph", overall: 9 });
    await send("export-2", "feedback.rated", { channel: "phone", overall: "nine" });
    await send("export-3", "feedback.complained", { channel: "phone", category: "noise", text: "-" });
}

/** The routes, with a case, a person and links of this day. */
async function pagesOf(server) {
    const complaints = (await server.get("/v1/complaints?limit=200")).rows;
    const telling = complaints.toSorted((one, other) => (other.history?.length ?? 0) - (one.history?.length ?? 0));
    const complaint = telling.find(({ status }) => status !== "closed") ?? complaints[0];
    const ledger = (await server.get("/v1/ledger?limit=50")).rows;
    const person = personOf(ledger) ?? complaint.handler ?? "wang.li";
    const routes = { now: "now", complaints: "complaints", complaint: `complaints/${complaint.id}`, tasks: "tasks",
        callbacks: "callbacks", scores: "scores", ledger: "ledger", person: `person/${person}`, report: "report",
        explorer: "explorer", quarantine: "quarantine", system: "system" };
    const pages = Object.entries(routes).map(([name, route]) => ({ name, path: `/#/${route}` }));
    const visit = ["--visit", "V-2041", "--store", complaint.store, "--department", "service"];
    const kiosk = (await server.cli("link", "rate", ...visit)).path;
    pages.push({ name: "login", path: "/login" }, { name: "notices", path: "/notices" });
    pages.push({ name: "kiosk", path: kiosk, fresh: true });
    const act = (page) => page.locator(".kiosk-face").nth(1).click();
    pages.push({ name: "kiosk-details", path: kiosk, fresh: true, act });
    const customer = async (name, status) => {
        const found = complaints.find((row) => row.status === status);
        if (!found || !`customer-${name}`.includes(only)) return;
        const link = await server.cli("link", "case", found.id);
        pages.push({ name: `customer-${name}`, path: new URL(link.path ?? link.url, server.url).pathname });
    };
    await customer("waiting", "received");
    await customer("answered", "resolved");
    return pages.filter(({ name }) => name.includes(only));
}

/** Loaded and drawn: nothing says that it is busy any more. */
async function settled(page) {
    const still = () => document.readyState === "complete" && !document.querySelector('[aria-busy="true"]');
    const busy = () => faults.push(`${page.url()} stays busy`);
    await page.waitForFunction(still, null, { timeout: PATIENCE_MS }).catch(busy);
    await page.waitForTimeout(PERIOD_OF_SETTLING_MS);
}

async function shoot(server, pages, { lang, theme, size: [width, height] }) {
    const look = { lang, theme, width, height, touch: width < 700, deviceScaleFactor: width < 700 ? 2 : 1 };
    let home = await context(look);
    for (const { name, path: where, fresh, act } of pages) {
        if (fresh) {
            await home.close();
            home = await context(look);
        }
        const page = await home.newPage();
        await page.goto(server.url + where);
        await settled(page);
        if (act) {
            await act(page);
            await settled(page);
        }
        const file = `${name}-${lang}-${theme}-${width}`;
        const picture = path.join(folder, `${file}.png`);
        if (width < 700) {
            const tall = await page.evaluate(() => document.documentElement.scrollHeight);
            await page.setViewportSize({ width, height: Math.min(Math.max(tall, height), TALLEST) });
        }
        await page.screenshot({ path: picture, timeout: PICTURE_MS });
        if (SHOWN[file] && process.env.README === "yes")
            await copyFile(picture, path.join(SOURCE, "docs", SHOWN[file]));
        faults.push(...page.faults.map((fault) => `${file}: ${fault}`));
        await page.close();
    }
    await home.close();
}

const dir = await mkdtemp(path.join(tmpdir(), "manyi-screenshots-"));
await mkdir(folder, { recursive: true });
const server = await dayPlay(path.join(dir, "data"));
try {
    await wrongSend(server);
    const pages = await pagesOf(server);
    const wall = [{ name: "wall", path: "/#/now?wall=1" }].filter(({ name }) => name.includes(only));
    for (const lang of ["zh", "en"]) {
        for (const theme of ["light", "dark"]) {
            for (const size of SIZES) await shoot(server, pages, { lang, theme, size });
            await shoot(server, wall, { lang, theme, size: WALL });
        }
    }
    say(`${folder}: ${(pages.length * SIZES.length + wall.length) * 4} pictures`);
} finally {
    await (await browser()).close();
    await server.stop();
    await rm(dir, { recursive: true, force: true });
}
/* Each once: a page that does wrong does so in all its looks. */
const told = new Map(faults.map((fault) => [fault.replace(/^[^:]*: /, ""), fault]));
told.forEach(say);
process.exitCode = faults.length ? 1 : 0;
