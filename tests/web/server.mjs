/*
 * server.mjs - a `manyi serve` of a test's own, in a directory of its own, asked over HTTP and by the command.
 *
 *   const server = await serve({access: [{name: "wang.li", role: "handler", store: "sh-pudong", password: PASSWORD}]});
 *   await server.publish({type: "feedback.complained", data: {…}});
 *   await server.get("/v1/complaints");
 *
 * MANYI is the command (build/manyi). A server that a test leaves running ends with the test file.
 */
import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { freeBasePort } from "./ports.mjs";

export const SOURCE = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..");
export const MANYI = path.resolve(process.env.MANYI ?? path.join(SOURCE, "build/manyi"));
export const PASSWORD = "correct horse battery";
const STEP_MS = 25;
const TAIL = 4000; /* characters of what a server said last */

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Looks again until fn gives something true or stops throwing; fails with what it said last. */
export async function eventually(fn, { seconds = 10, what = "it" } = {}) {
    const deadline = performance.now() + seconds * 1000;
    for (;;) {
        let last;
        try {
            const value = await fn();
            if (value) return value;
            last = `got ${JSON.stringify(value)}`;
        } catch (error) {
            last = error;
        }
        if (performance.now() > deadline) {
            const why = last instanceof Error ? last.message : last;
            throw new Error(`${what} did not come true within ${seconds} s: ${why}`, { cause: last });
        }
        await pause(STEP_MS);
    }
}

/** The command's output; a code other than 0 is an error. */
export function command(words, { input, cwd, env } = {}) {
    return new Promise((resolve, reject) => {
        const options = { cwd, env: { ...process.env, ...env }, maxBuffer: 64 << 20, timeout: 120000 };
        const child = execFile(MANYI, words, options, (error, stdout, stderr) => {
            if (error) reject(new Error(`manyi ${words.join(" ")}: ${error.code}\n${stdout}${stderr}`));
            else resolve(stdout);
        });
        child.stdin.on("error", () => {}); /* it may end without having read */
        child.stdin.end(input ?? "");
    });
}

export class Server {
    constructor({ dir, base, words = [], env = {}, role = "serve" }) {
        Object.assign(this, { dir, base, words, env, role });
        Object.assign(this, { process: null, said: "", made: false, tokens: {}, sent: 0 });
    }

    get url() {
        return `http://127.0.0.1:${this.base}`;
    }

    /** Runs it until it says that it is ready. */
    async start() {
        const words = [this.role, "--dir", this.dir, "--base-port", String(this.base), ...this.words];
        const env = { ...process.env, ...this.env };
        const child = spawn(MANYI, words, { stdio: ["ignore", "ignore", "pipe"], env });
        this.process = child;
        this.ended = once(child, "exit");
        child.stderr.setEncoding("utf8");
        await new Promise((resolve, reject) => {
            child.on("error", reject);
            child.on("exit", (code) => reject(new Error(`serve ended with ${code}:\n${this.said}`)));
            child.stderr.on("data", (text) => {
                this.said = (this.said + text).slice(-TAIL);
                if (/ready$/m.test(this.said)) resolve();
            });
        });
        return this;
    }

    async signal(name) {
        if (this.process && this.process.exitCode === null && this.process.signalCode === null) this.process.kill(name);
        const [code] = this.process ? await this.ended : [0];
        this.process = null;
        return code;
    }

    /** Ends it in order. */
    async stop() {
        const code = await this.signal("SIGTERM");
        assert.equal(code, 0, `serve ended with ${code}:\n${this.said}`);
    }

    /** Ends it at once, as a power cut would. */
    async kill() {
        await this.signal("SIGKILL");
    }

    async restart() {
        await this.stop();
        this.said = "";
        return this.start();
    }

    async remove() {
        await this.kill();
        if (this.made) await rm(this.dir, { recursive: true, force: true });
    }

    /** A command's answer: its --json output, parsed. */
    async cli(...words) {
        const text = await command([...words, "--dir", this.dir, "--base-port", String(this.base), "--json"]);
        return text.trim() ? JSON.parse(text) : null;
    }

    /** One request: {status, headers, body}, body parsed when it is JSON. `as`: whose token it shows. */
    async ask(method, where, body, headers = {}, as) {
        const plain = typeof body === "string" || body instanceof Uint8Array || body === undefined;
        const response = await fetch(this.url + where, {
            method,
            redirect: "manual",
            body: plain ? body : JSON.stringify(body),
            headers: {
                ...(plain ? {} : { "Content-Type": "application/json" }),
                ...(as ? { Authorization: `Bearer ${this.tokens[as]}` } : {}),
                ...headers,
            },
        });
        const text = await response.text();
        const json = /json/.test(response.headers.get("content-type") ?? "") && text;
        return { status: response.status, headers: response.headers, body: json ? JSON.parse(text) : text };
    }

    /** What stands at a path; anything but a success is an error. */
    async get(where, as) {
        const { status, body } = await this.ask("GET", where, undefined, {}, as);
        assert.ok(status < 300, `GET ${where}: ${status} ${JSON.stringify(body)}`);
        return body;
    }

    /** Decides or asks; anything but a success is an error. */
    async post(where, body = {}, headers = {}, as = undefined) {
        const answer = await this.ask("POST", where, body, headers, as);
        assert.ok(answer.status < 300, `POST ${where}: ${answer.status} ${JSON.stringify(answer.body)}`);
        return answer.body;
    }

    /** Publishes one event, with an id and a source if it has none, and waits until it is folded: {seq, duplicate}. */
    async publish(event, as) {
        const given = { id: `web-${process.pid}-${++this.sent}`, source: as ? `/principals/${as}` : "/tests/web" };
        const told = await this.post("/v1/events", { ...given, ...event }, {}, as);
        await this.ask("GET", `/v1/complaints?limit=1&wait_seq=${told.seq}`, undefined, {}, as);
        return told;
    }

    /** Until the worker and the cards have everything that the journal has. */
    async folded() {
        return eventually(
            async () => {
                const status = await this.cli("status");
                const head = status.journal.head;
                return status.worker.cursor >= head && status.outlet.cursor >= head && status;
            },
            { seconds: 30, what: "folded up to the head" },
        );
    }
}

/** A principal of the access file; its token goes to server.tokens, its password is the same for all. */
async function principalAdd(server, { name, kind = "person", role, store = "all", department = "all", token, more }) {
    const how = kind === "person" && !token ? "--password" : "--token";
    const where = ["--store", store, "--department", department];
    const words = ["--dir", server.dir, "--kind", kind, "--role", role, ...where, how, ...(more ?? [])];
    const told = await command(["key", "new", name, ...words], { input: PASSWORD, cwd: server.dir });
    const found = /[A-Za-z0-9_-]{40,}/.exec(told);
    if (how === "--token") server.tokens[name] = found[0];
}

/** Every server of this file, so that none outlives it. */
export const servers = new Set();
process.on("exit", () => {
    for (const server of servers) server.process?.kill("SIGKILL");
});

/**
 * A running server. access: who may log in, [{name, role, store, department, kind, token, more}]; without it everybody
 * on this machine is local. policy, roster: files proposed to the empty journal. words: more of the command line.
 */
export async function serve({ access = [], policy, roster, dir, words = [], env = {} } = {}) {
    const base = await freeBasePort();
    const made = !dir;
    const server = new Server({
        dir: dir ?? (await mkdtemp(path.join(tmpdir(), "manyi-web-"))),
        base,
        env,
        words: [...(policy ? ["--policy", policy] : []), ...(roster ? ["--roster", roster] : []), ...words],
    });
    server.made = made;
    servers.add(server);
    for (const principal of access) await principalAdd(server, principal);
    return server.start();
}
