/*
 * ports.mjs - base ports for tests that run side by side: whoever takes one has it until his process ends.
 *
 * Below those of tests/support/ports.py: libuv fills the name of a socket up with zeros, so that the two don't see each
 * other.
 */
import net from "node:net";

const FIRST = 20000;
const LAST = 20980;
const STEP = 10;
const PORTS = 6;
const held = []; /* sockets; what they are bound to is a name of the network's, gone with the process */

/** The listening server, or null: somebody else has the address. */
function bind(address) {
    return new Promise((resolve) => {
        const server = net.createServer();
        server.once("error", () => resolve(null));
        server.listen(address, () => resolve(server));
    });
}

const end = (server) => new Promise((resolve) => server.close(resolve));

async function areFree(base) {
    for (let port = base; port < base + PORTS; port++) {
        const server = await bind({ host: "127.0.0.1", port });
        if (!server) return false;
        await end(server);
    }
    return true;
}

/** A base port whose ports are free now, and no other test's until this process ends. */
export async function freeBasePort() {
    const count = (LAST - FIRST) / STEP + 1;
    for (let i = 0; i < count; i++) {
        const base = FIRST + ((process.pid + i) % count) * STEP;
        const name = await bind({ path: `\0manyi-web-tests-base-port-${base}` });
        if (name && (await areFree(base))) {
            name.unref();
            held.push(name);
            return base;
        }
        if (name) await end(name);
    }
    throw new Error("no free ports");
}
