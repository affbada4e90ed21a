/* places.unit.test.mjs - what people call a store, in the language of the page. */
import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { called, places, placesAre, storeName } from "../../web/lib/places.js";
import { setLang } from "../../web/lib/words.js";

afterEach(() => {
    placesAre([]);
    setLang("en");
});

const row = (store, name, nameEn) => ({ store, name, name_en: nameEn, region: null, departments: ["service"] });

test("a store goes by its name in the language of the page, else by its other name, else by its short one", () => {
    const both = row("a", "上海浦东店", "Shanghai Pudong");
    placesAre([both, row("b", "无锡店", null), row("c", null, "Wuxi"), row("d", null, null)]);
    setLang("en");
    assert.deepEqual(["a", "b", "c", "d", "e"].map(storeName), ["Shanghai Pudong", "无锡店", "Wuxi", "d", "e"]);
    setLang("zh");
    assert.deepEqual(["a", "b", "c", "d", "e"].map(storeName), ["上海浦东店", "无锡店", "Wuxi", "d", "e"]);
});

test("what customers' pages are told is called alike", () => {
    setLang("zh");
    assert.equal(called("a", "上海浦东店", "Shanghai Pudong"), "上海浦东店");
    assert.equal(called("a", null, null), "a");
    assert.equal(called("a", undefined, undefined), "a", "a tablet that has not asked yet");
});

test("a roster that is another one leaves none of the names before", () => {
    placesAre([row("a", "甲店", null)]);
    placesAre([row("b", "乙店", null)]);
    assert.equal(storeName("a"), "a");
    assert.deepEqual(places().map(({ store }) => store), ["b"]);
});
