/*
 * look.mjs - one Chromium, pages as people look at them, and what is wrong with a page: told by itself, by axe-core, by
 * its width.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";
import { PASSWORD } from "./server.mjs";

const ZONE = "Asia/Shanghai";
const LOCALES = { zh: "zh-CN", en: "en-GB" };
const WAIT_MS = 10000;
const FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync"];
const axeSource = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

let started = null; /* the promise of the one Chromium */

/** Every page that was opened, until it is closed and asked for its faults. */
export const pages = new Set();

/** Whether there is one to be closed. */
export const isStarted = () => started !== null;

/** The one Chromium of this process. */
export function browser() {
    started ??= chromium.launch({
        executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
        args: FLAGS,
        chromiumSandbox: false,
    });
    return started;
}

/** What went wrong in a page by itself, a line each. Browsers ask for /favicon.ico where a page names no icon. */
function listen(page) {
    const faults = [];
    const expected = [];
    const say = (text) => {
        if (!expected.some((pattern) => pattern.test(text))) faults.push(text);
    };
    page.on("pageerror", (error) => say(`thrown: ${error.stack ?? error.message}`));
    page.on("crash", () => say("the page crashed"));
    page.on("console", (message) => {
        const { url } = message.location();
        if (message.type() === "error" && !url.endsWith("/favicon.ico")) say(`console: ${message.text()} (${url})`);
    });
    page.expects = (pattern) => expected.push(pattern);
    page.faults = faults;
}

/**
 * A browser of its own for somebody: cookies, storage, language, theme, width; several pages may be opened in it.
 * theme: light or dark. touch: a telephone's or a tablet's screen.
 */
export async function context(look = {}) {
    const { lang = "en", theme = "light", width = 1280, height = 800, touch = false, ...more } = look;
    const made = await (await browser()).newContext({
        locale: LOCALES[lang] ?? lang,
        colorScheme: theme,
        timezoneId: ZONE,
        viewport: { width, height },
        hasTouch: touch,
        reducedMotion: "reduce",
        ...more,
    });
    made.setDefaultTimeout(WAIT_MS);
    made.on("page", (page) => {
        listen(page);
        pages.add(page);
    });
    return made;
}

/** Logs somebody in by the form that people use. */
export async function login(page, server, name, password = PASSWORD) {
    await page.goto(`${server.url}/login`);
    await page.fill("[name=name]", name);
    await page.fill("[name=password]", password);
    await page.click("[type=submit], button");
    await page.waitForURL((url) => url.pathname !== "/login");
}

/** A page at a path of the server, in a context of its own (or in the one given as `context`). */
export async function open(server, where = "/", { login: name, context: given, ...look } = {}) {
    const page = await (given ?? (await context(look))).newPage();
    if (name) await login(page, server, name);
    await page.goto(server.url + where);
    return page;
}

/** Fails with every violation that axe-core finds: WCAG 2.2 A and AA and its best practices. */
export async function axe(page, { include = null, ignore = [] } = {}) {
    await page.evaluate(axeSource); /* by the debugger, which no content security policy concerns */
    const found = await page.evaluate(
        async ([root, off]) => {
            const rules = Object.fromEntries(off.map((id) => [id, { enabled: false }]));
            const { violations } = await globalThis.axe.run(root ?? document, { rules, resultTypes: ["violations"] });
            return violations.flatMap(({ id, help, nodes }) =>
                nodes.map((node) => `${id}: ${help}: ${node.target.join(" ")}: ${node.any[0]?.message ?? node.html}`));
        },
        [include, ignore],
    );
    assert.deepEqual(found, [], `axe at ${page.url()}`);
}

/** The page is no wider than its window: nothing has to be moved sideways. */
export async function fits(page) {
    const wide = await page.evaluate(() => {
        const edge = document.documentElement.clientWidth;
        if (document.documentElement.scrollWidth <= edge) return [];
        return [...document.querySelectorAll("body *")]
            .filter((element) => element.getBoundingClientRect().right > edge + 1)
            .slice(0, 5)
            .map((element) => `${element.tagName}.${element.className} ${element.textContent.slice(0, 40)}`);
    });
    assert.deepEqual(wide, [], `too wide at ${page.url()}`);
}
