/*
 * routes.mjs - every page that there is, by its address, and a small house with something on each of them.
 */
import { readdirSync } from "node:fs";
import path from "node:path";
import { SOURCE, eventually } from "./server.mjs";

/** Pages that show one of something, too: what the address has behind the name. */
const ONE_OF = { complaints: ["complaint"], person: ["person"], explorer: ["event"], quarantine: ["refused"] };

/** The addresses of all pages in web/pages, with what `ids` has: {complaint, person, event, refused}. */
export function routes(ids = {}) {
    const names = readdirSync(path.join(SOURCE, "web/pages"))
        .filter((name) => name.endsWith(".js"))
        .map((name) => name.slice(0, -".js".length));
    const whole = names.filter((name) => name !== "person").map((name) => `/#/${name}`);
    const single = names.flatMap((name) =>
        (ONE_OF[name] ?? []).filter((kind) => ids[kind]).map((kind) => `/#/${name}/${encodeURIComponent(ids[kind])}`));
    return [...whole, ...single];
}

/** What each page has asked for and not been answered yet; its stream stays open for ever. */
const asked = new WeakMap();

function asking(page) {
    if (asked.has(page)) return asked.get(page);
    const open = new Set();
    page.on("request", (request) => request.resourceType() === "eventsource" || open.add(request));
    for (const end of ["requestfinished", "requestfailed"]) page.on(end, (request) => open.delete(request));
    asked.set(page, open);
    return open;
}

/**
 * A page at an address, drawn: everything it asked for is there, and nothing says that it is busy any more. From one
 * page of the dashboard to another it goes as people do, without a reload.
 */
export async function visit(page, server, where) {
    const open = asking(page);
    const isWithin = where.startsWith("/#") && page.url().startsWith(`${server.url}/#`);
    if (isWithin) await page.evaluate(routeTo, where.slice(1));
    else await page.goto(server.url + where);
    await page.locator("main h1:not(:empty)").first().waitFor();
    await eventually(async () => open.size === 0 && (await page.evaluate(isDrawn)) && open.size === 0, { what: where });
}

/* Lists draw what came to them 60 ms later (live.js): a page is drawn once nothing of it has changed for longer. */
const isDrawn = () =>
    new Promise((resolve) => {
        const QUIET_MS = 100;
        let changed = performance.now();
        const observer = new MutationObserver(() => (changed = performance.now()));
        observer.observe(document.body, { subtree: true, childList: true, attributes: true });
        const look = () => {
            if (performance.now() - changed < QUIET_MS) return requestAnimationFrame(look);
            observer.disconnect();
            return resolve(!document.querySelector('[aria-busy="true"]'));
        };
        look();
    });

/* Its listener comes after the router's: once it is heard, the page says whether it is busy. */
const routeTo = (hash) =>
    new Promise((resolve) => {
        if (location.hash === hash) return resolve();
        addEventListener("hashchange", () => resolve(), { once: true });
        location.hash = hash;
    });

export const ROSTER = path.join(SOURCE, "deploy/roster.example.yaml");
const PEOPLE = ["wang.li", "chen.jing", "zhao.min"];

/**
 * Facts and decisions, one of each kind that a page shows; names and texts are as given, so that they may be hostile.
 * Gives the ids for routes().
 */
export async function house(server, { store, department, staff, text, name }) {
    const at = { store, department };
    const told = async (type, data) => {
        const { seq } = await server.publish({ type: `feedback.${type}`, data: { ...at, ...data } });
        return seq;
    };
    const complained = { channel: "phone", category: "attitude", text, staff: [staff] };
    const complain = (more) => told("complained", { ...complained, ...more });
    const decide = (id, action, fields) => server.post(`/v1/${id}/${action}`, { by: PEOPLE[0], ...fields });
    const visitOf = { ...at, visit: name, kind: "repair", customer: name, staff, fault: name };
    await server.publish({ type: "visit.opened", data: visitOf });
    await server.publish({ type: "visit.completed", data: visitOf });
    for (const overall of [2, 9, 10, 8, 3, 9])
        await told("rated", { channel: "kiosk", overall, scores: { quality: overall }, staff, comment: text });
    await told("praised", { text, staff: [staff] });
    await told("suggested", { text, by_staff: staff });
    await complain({ category: "safety", contact: text, reported_by: staff });
    const first = await complain({ customer: name, vehicle: name });
    await decide(`complaints/C-${first}`, "acknowledge", { note: text });
    await decide(`complaints/C-${first}`, "assign", { handler: name });
    await decide(`complaints/C-${first}`, "plan", { measure: text });
    await decide(`complaints/C-${first}`, "escalate", { level: 3, note: text });
    const second = await complain({});
    await decide(`complaints/C-${second}`, "acknowledge", {});
    await decide(`complaints/C-${second}`, "resolve", { answer: text });
    await decide(`complaints/C-${second}`, "judge", { verdict: "upheld", staff: [staff], by: PEOPLE[1] });
    const due = new Date(Date.now() + 86400000).toISOString();
    await server.post("/v1/tasks/open", { by: PEOPLE[1], ...at, measure: text, responsible: name, due });
    await server.publish({ type: name, data: { text } });
    const { body } = await server.ask("POST", "/v1/events", { id: "bad", source: "/x", type: "feedback.rated",
        data: { ...at, channel: text, comment: text } });
    await server.folded();
    return { complaint: `C-${first}`, person: staff, event: String(first), refused: body.quarantine };
}
