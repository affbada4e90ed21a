/*
 * world.mjs - what tests of pages stand on: a real server (server.mjs), a real Chromium (look.mjs), a judge of
 * accessibility.
 *
 *   const server = await serve();                          one for the file; it ends with the file
 *   const page = await open(server, "/#/now", {lang: "zh", theme: "dark", width: 360, login: "wang.li"});
 *   await axe(page);                                       fails with what is wrong and where
 *
 * One Chromium for each file. A page that throws, says an error on its console or breaks the content security policy
 * fails the test that opened it; what a test provokes on purpose it names by page.expects(/409/).
 */
import assert from "node:assert/strict";
import { after, afterEach } from "node:test";
import { browser, isStarted, pages } from "./look.mjs";
import { servers } from "./server.mjs";

export { axe, browser, context, fits, login, open } from "./look.mjs";
export { PASSWORD, MANYI, SOURCE, Server, command, eventually, serve } from "./server.mjs";

/* What a page did wrong is told in the test that opened it, and the page goes with the test. */
afterEach(async () => {
    const faults = [...pages].flatMap((page) => page.faults.splice(0).map((text) => `${page.url()}: ${text}`));
    await Promise.all([...pages].map((page) => page.close()));
    pages.clear();
    assert.deepEqual(faults, [], "pages did wrong");
});

after(async () => {
    if (isStarted()) await (await browser()).close();
    for (const server of servers) await server.remove();
});
