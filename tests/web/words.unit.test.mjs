/* words.unit.test.mjs - what pages say, in both languages: all of it there, all of it used, and the schema's words. */
import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";
import { Problem, ask } from "../../web/lib/ask.js";
import { problemText } from "../../web/lib/toast.js";
import { has, setLang, t, word } from "../../web/lib/words.js";
import domain from "../../web/words/domain.js";

const web = new URL("../../web/", import.meta.url);
const names = readdirSync(new URL("words/", web)).filter((name) => name.endsWith(".js"));
const types = readFileSync(new URL("../../schemas/types.def", import.meta.url), "utf8");

/* en.js and zh.js are a language each, all others have both. */
const catalogues = { en: [], zh: [] };
for (const name of names) {
    const { default: words } = await import(new URL(`words/${name}`, web));
    for (const lang of ["en", "zh"])
        if (name === `${lang}.js`) catalogues[lang].push(...Object.entries(words));
        else if (words[lang]?.constructor === Object) catalogues[lang].push(...Object.entries(words[lang]));
}

/* Code without its comments, of everything but the words themselves. */
const code = readdirSync(web, { recursive: true })
    .filter((name) => /^(?!words|node_modules).*\.(?:js|html)$/.test(name))
    .map((name) => [name, readFileSync(new URL(name, web), "utf8").replaceAll(/\/\*[^]*?\*\//g, "")]);

test("both languages say the same things, with the same figures in them", () => {
    const holes = (text) => [...new Set([...text.matchAll(/\{(\w+)/g)].map(([, name]) => name))].sort();
    const en = new Map(catalogues.en),
        zh = new Map(catalogues.zh);
    assert.ok(en.size > 900, `${en.size} found`);
    assert.deepEqual([...zh.keys()].sort(), [...en.keys()].sort());
    for (const [key, text] of en) {
        assert.notEqual(text.trim(), "", key);
        assert.notEqual(zh.get(key).trim(), "", key);
        assert.deepEqual(holes(zh.get(key)), holes(text), key);
        assert.ok(has(key), `${key} is asked for nowhere: lib/words.js leaves its catalogue out`);
    }
});

test("a key stands once in all catalogues together", () => {
    for (const lang of ["en", "zh"]) {
        const keys = catalogues[lang].map(([key]) => key).sort();
        assert.deepEqual(
            keys.filter((key, index) => key === keys[index - 1]),
            [],
        );
    }
    for (const name of names) {
        const text = readFileSync(new URL(`words/${name}`, web), "utf8");
        const keys = [...text.matchAll(/^ *['"]([a-z_]+\.[^'"]+)['"]:/gm)].map(([, key]) => key).sort();
        const most = /^(en|zh)\.js$/.test(name) ? 1 : 2;
        assert.deepEqual(
            keys.filter((key, index) => key === keys[index - most]),
            [],
            name,
        );
    }
});

test("whatever a page says by name stands in the catalogues", () => {
    let found = 0;
    for (const [name, text] of code)
        for (const [, key] of text.matchAll(/\bt\(\s*'([a-z_]+\.[\w.]+)'/g)) {
            assert.ok(has(key), `${name}: ${key}`);
            found++;
        }
    assert.ok(found > 300, `${found} found`);
});

test("no word stands in the catalogues that no page says", () => {
    const all = code.map(([, text]) => text).join("\n");
    const quoted = new Set([...all.matchAll(/['"`]([\w.]+)['"`]/g)].map(([, text]) => text));
    const made = [...all.matchAll(/`([a-z_]+\.[\w.]*)\$\{/g)].map(([, start]) => start);
    const kinds = [...all.matchAll(/\b(?:word|said)\([^()]*?'([\w.]+)'/g)].map(([, kind]) => `${kind}.`);
    const fields = ["satisfied."]; /* choices of a field are words of its name */
    const starts = [...made, ...kinds, ...fields];
    const said = (key) => quoted.has(key) || starts.some((start) => key.startsWith(start));
    const own = catalogues.en.filter(([key]) => !(key in domain.en) && !said(key)).map(([key]) => key);
    assert.deepEqual(
        own.filter((key) => !/^(callbacks|tasks)\.(mine|none)$/.test(key)), // by the name of their list
        [],
    );
});

test("Chinese has no English sentence left in it, and English no Chinese", () => {
    for (const [key, text] of catalogues.en) assert.doesNotMatch(text, /\p{Script=Han}/u, key);
    const plain = (text) => text.replaceAll(/\{[^}]*\}/g, "");
    for (const [key, text] of catalogues.zh)
        assert.doesNotMatch(plain(text), /[a-z]{3,} [a-z]{2,} [a-z]{2,}/, key);
});

test("the domain's words are the schema's", () => {
    const items = [...types.matchAll(/CHOICE_ITEM\((\w+), (\w+), "([^"]*)"\)/g)];
    assert.ok(items.length > 100);
    for (const [, choice, item, said] of items) {
        const key = `${choice === "complaint_status" ? "status" : choice}.${item}`;
        assert.equal(domain.zh[key], said, key);
        assert.ok(domain.en[key], key);
    }
});

test("one customer waits, two wait; a word that nobody knows is said as it is", () => {
    setLang("en");
    assert.equal(t("now.waiting", { n: 1 }), "1 customer waits too long.");
    assert.equal(t("now.waiting", { n: 1200 }), "1,200 customers wait too long.");
    assert.equal(word("grade", "urgent"), "urgent");
    assert.equal(word("grade", "quite_new"), "quite new");
    assert.equal(word("grade", null), "–");
    setLang("zh");
    assert.equal(t("now.waiting", { n: 3 }), "3 位客户等待超时。");
    assert.equal(word("grade", "urgent"), "重大紧急");
    setLang("en");
});

test("a question without an answer changed nothing; what was sent without one may have arrived", async (context) => {
    context.mock.method(globalThis, "fetch", () => Promise.reject(new TypeError("fetch failed")));
    const fault = (options) =>
        ask("/v1/tasks", options).then(
            () => assert.fail("nobody answered"),
            (error) => error,
        );
    setLang("en");
    const asked = await fault({}),
        sent = await fault({ method: "POST", body: {} });
    assert.ok(asked instanceof Problem && sent instanceof Problem);
    assert.match(problemText(asked), /does not answer/);
    assert.match(problemText(sent), /may have arrived/);
    assert.doesNotMatch(problemText(sent), /Nothing was changed/);
});
