#!/usr/bin/python3
"""Writes the corpora of the fuzz targets: corpus.py [TARGET...]

Each file is a plain example of what its target reads, made here, so that the fuzzer need not invent rulebooks and requests out of
nothing. tests/golden/write.py makes those of fuzz_event and fuzz_wire out of the golden events, and fuzz_put's are written by
hand; a corpus that grew in a long run is merged into neither: what it found becomes a test.
"""
import hashlib
import json
import pathlib
import struct
import sys

import msgpack

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
FILES_MAX = 60
BYTES_MAX = 200 * 1024


def pack(value):
    return msgpack.packb(value, use_bin_type=True, datetime=False)


def crc32c(data):
    crc = 0xffffffff
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82f63b78 if crc & 1 else 0)
    return crc ^ 0xffffffff


def event(number, type="feedback.rated", **data):
    return pack({"id": f"k-{number}", "source": "/stores/sh-pudong/service/bay-03", "type": type,
                 "data": data or {"store": "sh-pudong", "department": "service", "channel": "kiosk", "overall": 9}})


def record(first, events, kind=0, session=0, at_ms=1795392000000):
    entries = b"".join(struct.pack(">IIQII", session, 0, first + i, i if kind else 0, len(e)) + e
                       for i, e in enumerate(events))
    head = struct.pack(">BBHIQQI", 1, kind, 0, len(events), first, at_ms, len(entries))
    return head + struct.pack(">I", crc32c(head + entries)) + entries


# ---- records ----

def records():
    one = record(1, [event(1)])
    many = record(41, [event(i) for i in range(5)], session=7)
    said = record(300, [event(1, "system.noticed", id="N-x", kind="x", seq=1, count=1, at="2026-11-23T00:00:00.000Z")],
                  kind=1, session=1)
    torn = many[:-7]
    lies = bytearray(many)
    lies[4:8] = struct.pack(">I", 6)  # counts one more than there is
    newer = bytearray(one)
    newer[0] = 2
    third = bytearray(one)
    third[1] = 2
    for name, body in [("one", one), ("many", many), ("consequence", said), ("torn", torn), ("empty_events",
                       record(5, [b"", b""])), ("counts_more", bytes(lies)), ("newer", bytes(newer)),
                       ("third_class", bytes(third))]:
        yield name, b"\0" + struct.pack(">I", 777) + body
        yield name + "_mended", b"\1" + struct.pack(">I", 99999) + body


# ---- texts ----

TIMES = ["2026-11-23T00:00:00Z", "2026-11-23t08:00:00.123456789+08:00", "1970-01-01 00:00:00z", "9999-12-31T23:59:59.999Z",
         "2024-02-29T12:00:00-11:59", "2026-02-30T00:00:00Z", "0000-01-01T00:00:00Z", "2026-11-23T24:00:00Z"]
PERIODS = ["2026", "2026-11", "2026-Q4", "2026-H2", "2026-11-23", "2026-Q5", "0000", "9999-12-31", "2024-02-29"]
CASES = ["C-41", "T-57", "E-41-response-100", "E-41-response-100-again-77", "C-041", "B-60-day3", "E-41-",
         "C-9007199254740991", "C-9007199254740992"]


def texts():
    for i, text in enumerate(TIMES):
        yield f"time{i}", b"\0" + text.encode()
    yield "days", b"\1" + struct.pack(">Q", 1795392000000)
    for i, text in enumerate(PERIODS):
        yield f"period{i}", b"\2" + text.encode()
    for i, text in enumerate(CASES):
        yield f"case{i}", b"\3" + text.encode()
    yield "score_row", b"\4sh-pudong\0service\0" + struct.pack(">I", 0x80000000 + 20780) + b"s-17"
    yield "score_row_of_nobody", b"\4sh-pudong\0service\0" + struct.pack(">I", 0x80000000 - 1)
    yield "chinese", b"\5" + "满意".encode()
    yield "characters_of_each_length", b"\5" + "a\u00e9\u6ee1\U0001f697".encode()
    yield "surrogate", b"\5\xed\xa0\x80"


# ---- rulebook and configuration ----

POLICIES = {
    "name_alone": "name: p\n",
    "zone": "name: p\nzone: Asia/Urumqi\nutc_offset_minutes: 360\n",
    "zone_without_offset": "name: p\nzone: Asia/Urumqi\n",
    "calendars": "calendar: b\ncalendars:\n- calendar: national\n  years: 2025-2026\n  hours: {monday: \"08:30-12:00, 13:00-17:30\"}\n"
                 "  holidays: [2025-01-01, 2026-02-15 to 2026-02-23]\n  makeup_days: [2026-02-14 like monday]\n"
                 "- calendar: b\n  zone: Europe/Berlin\n  years: 2026\n  hours: {sunday: \"00:00-24:00\"}\n  stores: [s]\n"
                 "zones:\n- zone: Europe/Berlin\n  offset_minutes: 60\n"
                 "  changes: [{at: \"2026-03-29T01:00:00Z\", offset_minutes: 120}]\n",
    "day_that_does_not_exist": "calendars:\n- calendar: national\n  years: 2026\n  hours: {monday: closed}\n"
                               "  holidays: [2026-02-30]\n",
    "clocks": "name: p\nclocks:\n  urgent: {response: 2 h c, repeat: 30 min c}\n  general: {repeat: daily, plan: 16 h w}\n",
    "ladder": "name: p\nladder:\n  - {percent: 50, level: 0}\n  - {percent: 100, level: 2}\n",
    "ladder_that_falls": "name: p\nladder:\n  - {percent: 100, level: 2}\n  - {percent: 80, level: 1}\n",
    "money": "name: p\ncomplaints: {claim_major: 99.50, claim_serious: 0}\n",
    "scores": "name: p\nratings: {low: 6.125, satisfied: 8, evidence_show: 1, evidence_rank: 2}\n",
    "departments": "name: p\ndepartments:\n  - department: 售后\n    weights:\n      - {dimension: q, weight: 0}\n"
                   "      - {dimension: r, weight: 1000}\n",
    "maps": "name: p\nscore_maps:\n  - scale: v\n    keys:\n      - {key: 1, score: 10}\n      - {key: -1, score: none}\n",
    "key_twice": "name: p\nname: q\n",
    "unknown_key": "name: p\nclocks:\n  general: {respnse: 8 h w}\n",
    "anchor": "name: &a p\nzone: *a\n",
    "quoted": "name: \"p\\u6ee1\\x41\"\nescalation: {repeat_at: '09:00', breach_percent: 100}\n",
    "utf16": "name: p\n".encode("utf-16"),
    "list": "- name: p\n",
    "empty": "",
    "flow": "{name: p, complaints: {card_keep: 30 d c, pause_most: 10 d w}}",
    "many_clocks": "name: p\nclocks:\n" + "".join(
        f"  {grade}: {{response: {i} h w, plan: {i * 2} h w, resolve: {i} d w, callback: 24 h c, repeat: 2 h c}}\n"
        for i, grade in enumerate(["general", "serious", "major", "urgent"], 1)),
}


def policies():
    yield "delivered", (ROOT / "deploy/policy.yaml").read_bytes()
    for name, text in POLICIES.items():
        yield name, text if isinstance(text, bytes) else text.encode()


ROSTER = "management_group: [a]\nstores: [{store: s, departments: [{department: d, manager: b}]}]\n"
ROSTERS = {
    "small": ROSTER + "staff: [{number: a}, {number: b, store: s, department: d}]\n",
    "circle": ROSTER + "staff: [{number: a, superior: b}, {number: b, superior: a}]\n",
    "away": ROSTER + "staff: [{number: a}, {number: b}]\nsubstitutes:\n  - {person: a, by: b, from: 2026-11-23, to: 2026-11-24}\n",
    "stand_in_circle": ROSTER + "staff: [{number: a}, {number: b}]\nsubstitutes:\n"
                                "  - {person: a, by: b, from: 2026-11-23, to: 2026-11-24}\n"
                                "  - {person: b, by: a, from: 2026-11-24, to: 2026-11-25}\n",
    "no_day": ROSTER + "staff: [{number: a}, {number: b}]\nsubstitutes: [{person: a, from: 2026-02-30, to: 2026-03-01}]\n",
    "twice": ROSTER + "staff: [{number: a}, {number: b}, {number: b}]\n",
    "odd": "management_group: [\"a\\u2028\\\"b\"]\nstores: [{store: '- x: #'}]\nstaff: [{number: \"a\\u2028\\\"b\"}]\n",
    "unknown_key": ROSTER + "staff: [{number: a, telephone: 1}]\n",
    "empty": "",
}


def rosters():
    yield "example", (ROOT / "deploy/roster.example.yaml").read_bytes()
    for name, text in ROSTERS.items():
        yield name, text.encode()


BAY = "principals:\n  - {name: bay, number: 1, kind: device, roles: [publisher], stores: all"
ACCESS = {
    "block": "# ours\nnext_number: 9\nprincipals:\n  - name: bay-03\n    number: 4\n    kind: device\n    roles: [publisher]\n"
             "    stores: [sh-pudong]\n    departments: all\n    sources: [/stores/sh-pudong/service/*]\n    speaks_for: ['a.*']\n"
             "    rate: 2000\n    keys:\n      - {public: \"rq:rM>}U?@Lns47E1%kR.o@n%FcmmsL/@{H8]yf7\",\n"
             "         until: 2026-12-01T00:00:00Z}\n    revoked: false # yet\n  # others\n  - {name: \"\u738b\", number: 8,\n"
             "     kind: person, roles: [hr, ops], revoked: true}\n",
    "token": BAY + ", tokens: [{id: t1, hash: " + "0a" * 32 + ", until: 2026-12-01T00:00:00.5Z}]}\n",
    "password": BAY + ", password: \"$argon2id$v=19$m=65536,t=2,p=1$c2l4dGVlbiBieXRlcyBvaw$"
                      "L5NScfS8A1CQVP+25XKQFy3a4GzPWNZrMGbyPCOhEpM\"}\n",
    "flow": "principals: [{name: a, number: 1, kind: person, roles: [analyst]}]\n",
    "no_indent": "principals:\n- name: a\n  number: 1\n  kind: person\n  roles: [auditor] # one\nnext_number: 3",
    "one_map": "{principals: [], next_number: 7}\n",
    "nobody": "principals:\n",
    "twice": BAY + "}\n  - {name: bay, number: 2, kind: device, roles: [display]}\n",
    "alias": "principals: &a [*a]\n",
    "long_key": BAY + ", \"" + "\u738b" * 40 + "\": 1}\n",
}


def accesses():
    for name, text in ACCESS.items():
        yield name, text.encode()


CONFIGS = {
    "port": "base_port: 7400\n",
    "sizes": "volume_bytes: 16MiB\ndisk_reserve_bytes: 1 GiB\nidentity_window: 1000\n",
    "texts": "dir: /data/manyi\nhost: \"::1\"\npolicy: ''\n",
    "too_much": "base_port: 99999999999999999999\n",
    "unknown": "bse_port: 1\n",
    "twice": "dir: a\ndir: b\n",
    "comment": "# nothing\n",
    "mark": b"\xef\xbb\xbf",
    "long": "dir: " + "d" * 199 + "\n",
}


def configs():
    yield "delivered", (ROOT / "deploy/manyi.conf").read_bytes()
    for name, text in CONFIGS.items():
        yield name, text if isinstance(text, bytes) else text.encode()


# ---- JSON, tables, what people type ----

JSONS = ['{"id":"a-1","source":"/s","type":"feedback.rated","data":{"store":"p","overall":9,"scores":{"q":8.5}}}',
         '[1,-2,3.5,1e308,-0.0,9223372036854775807,-9223372036854775808]', '"\\u6ee1\\ud83d\\ude97\\u0000\\u001b[31m"',
         'null', 'true', '{"a":1,"a":2}', '[' * 40 + ']' * 40, '1e999', '{"a":', '"\u0085\u009b"', '18446744073709551615']
WIRES = [{"id": "C-41", "at": msgpack.Timestamp(1795392000, 123000000), "n": [1, -2, 3.5, None, True]}, b"bytes",
         "\x1b[31m\x9b", 2**64 - 1, -2**63, float("nan"), msgpack.ExtType(5, b"abc"), {1: 2}]


def jsons():
    for i, text in enumerate(JSONS):
        yield f"text{i}", b"\0" + text.encode()
    for i, value in enumerate(WIRES):
        yield f"wire{i}", b"\1" + pack(value)
    yield "wire_torn", b"\1\x92\x01"


TABLES = {
    "table": "store,department,channel,overall,scores.quality,comment\nsh-pudong,service,kiosk,9,8.5,\"a, \"\"b\"\"\"\n",
    "semicolons": "store;department;channel;nps;time\nsh-pudong;service;ivr;10;2026-11-23 08:00\n\nsh-pudong;service;ivr;9;+2h\n",
    "tabs": "id\tsource\ttype\tstore\tdepartment\tchannel\toverall\nx-1\t/s\tfeedback.rated\tp\ts\tphone\t7\n",
    "lines_within": "store,department,channel,overall,comment\np,s,kiosk,1,\"two\nlines\"\np,s,kiosk,2,three\r\n",
    "raw": "store,department,channel,raw.key,raw.scale,call.id\np,s,ivr,1,huawei-cec,7\np,s,ivr,-1,huawei-cec,\n",
    "columns_twice": "store,store\na,b\n",
    "too_many_cells": "store\na,b,c\n",
    "mark": "\ufeffstore,department,channel,overall\np,s,kiosk,9\n",
    "chinese": "store,department,channel,overall,comment\n浦东,售后,kiosk,9,满意\n".encode("gb18030"),
    "lines": '{"data":{"store":"p","department":"s","channel":"kiosk","overall":9}}\n'
             '{"id":"a","source":"/s","type":"feedback.rated","time":"2026-11-23T00:00:00Z","data":{"store":"p"}}\n'
             '{"id":null,"data":null}\n{"broken":\n"text"\n7\n',
    "array": '[{"id":"a"}]\n',
    "complained": '{"type":"feedback.complained","data":{"store":"p","channel":"phone","category":"delay","text":"长",'
                  '"staff":["a","b"],"historical":false}}\n',
    "nul": b'{"a":"\\u0000","b\\u0000c":1}\n',
    "neither": b"store,comment\np,\xff\xff\n",
}


def imports():
    for name, text in TABLES.items():
        body = text if isinstance(text, bytes) else text.encode()
        yield name, b"\0" + body
        yield name + "_history", b"\x14" + body
    yield "untold", b"\3" + TABLES["tabs"].encode()
    yield "complaints", b"\x0c" + TABLES["complained"].encode()


TYPED = ["2026-11-24 16:00", "2026/11/24", "+2h", "+3d", "+30m", "2026-11-24T16:00:05+08:00", "1969-12-31", "wang.li",
         "wang.li, li.na; zhang.min", "quality=8,pickup=9.5", "quality=", "10000", "99.5", "-1", "true", "否", "major", "C-41",
         "/stores/sh-pudong", "\x1b[31m\u202e", "", "1e400", "0x10"]


def fields():
    for i, text in enumerate(TYPED):
        yield f"typed{i}", bytes([i * 3 % 40, i % 18]) + text.encode()


# ---- requests to a house ----

INTAKE, FEED, FEED_INNER, QUERY, REPLAY, FRAMES, PASS, LISTEN = range(8)
VERBS = ["PUT", "EVENT", "GET", "FETCH", "REPLAY", "HELLO", "PING", "AWAIT"]
STORE = {"store": "sh-pudong"}


def step(door, verb, body):
    content = body if isinstance(body, bytes) else pack(body)
    number = VERBS.index(verb) if verb else 0
    return bytes([door | number << 3]) + struct.pack(">H", len(content)) + content


def told(number, type, data, subject=None):
    attributes = {"id": f"x-{number}", "source": "/stores/sh-pudong", "type": type, "data": data}
    return step(INTAKE, "EVENT", {**attributes, **({"subject": subject} if subject else {})})


def passing(ms):
    return step(PASS, None, struct.pack(">I", ms))


RATED = {**STORE, "department": "service", "channel": "kiosk", "overall": 2, "visit": "R-8", "staff": "s-17"}
COMPLAINED = {**STORE, "department": "service", "channel": "phone", "category": "delay", "text": "满", "visit": "R-7"}
DECISIONS = [("complaint.planned", {"measure": "repair"}), ("complaint.paused", {"reason": "parts",
             "until": "2026-11-24T00:00:00Z"}), ("complaint.resolved", {}), ("complaint.verified", {"satisfied": False}),
             ("complaint.reopened", {"reason": "again"}), ("complaint.graded", {"grade": "urgent"}),
             ("complaint.transferred", {"store": "sh-minhang", "department": "service"}), ("complaint.withdrawn", {}),
             ("complaint.assigned", {"handler": "li.na"}), ("complaint.escalated", {"level": 3}),
             ("complaint.merged", {"into": "C-4"}), ("complaint.judged", {"verdict": "upheld"})]
QUERIES = [{"what": what} for what in ("complaints", "escalations", "tasks", "scores", "status", "policy", "roster", "places", "notices")] + [
    {"what": "complaint", "id": "C-4"}, {"what": "trace", "id": "C-10"}, {"what": "outcome", "seq": 8},
    {"what": "complaints", "status": "open", "store": "sh-pudong", "limit": 1, "overdue": True, "level": 1},
    {"what": "escalations", "complaint": "C-10", "visit": "R-7", "status": "raised"},
    {"what": "scores", "by": "staff", "period": "2026-Q4", "store": "sh-pudong", "department": "service"},
    {"what": "scores", "by": "group", "period": "2026-11-23"}, {"what": "status", "wait_seq": 400}, {"what": "task", "id": "T-5"}]


def requests():
    yield "put", step(INTAKE, "PUT", {"rid": 1, "events": [msgpack.unpackb(event(i)) for i in range(3)]})
    yield "session", (step(INTAKE, "HELLO", {"source": "/s", "instance": "a", "rid": b"r"}) +
                      step(INTAKE, "PUT", {"source": "/s", "epoch": 1, "first": 1, "events": [event(1)]}) +
                      step(INTAKE, "HELLO", {"source": "/s", "instance": "b"}) +
                      step(INTAKE, "PUT", {"source": "/s", "epoch": 1, "first": 1, "events": [event(1)]}))
    yield "rated", told(1, "feedback.rated", RATED) + passing(1000) + told(2, "feedback.retracted",
                                                                            {"of": "x-1", "reason": "x"})
    yield "corrected", told(1, "feedback.corrected", {"of": 3, "store": "sh-minhang", "scores": {"quality": 1}})
    yield "corrected_by_nobodys_id", told(1, "feedback.corrected", {"of": "nobody", "overall": 1})
    yield "vendors_key", b"".join(told(i, "feedback.rated", {**STORE, "department": "d", "channel": "ivr", "raw": {
        "key": i, "scale": "huawei-cec" if i % 2 else "满" * 21}}) for i in range(6))
    yield "complained", told(1, "feedback.complained", COMPLAINED) + passing(80000000) + passing(200000000)
    for i, (type, data) in enumerate(DECISIONS):
        yield type.replace(".", "_"), told(i, type, {"by": "wang.li", **data}, "C-10") + passing(4000000)
    yield "whole_life", b"".join(told(i, t, {"by": "wang.li", **d}, "C-10") for i, (t, d) in enumerate(DECISIONS[:5]))
    yield "task", (told(1, "task.opened", {"by": "a", "store": "s", "department": "d", "measure": "m",
                                           "responsible": "b", "due": "2026-11-25T00:00:00Z"}) +
                   told(2, "task.started", {"by": "a"}, "T-5") + told(3, "task.completed", {"by": "a"}, "T-5") +
                   told(4, "task.cancelled", {"by": "a", "reason": "r"}, "T-5"))
    yield "noticed", told(1, "escalation.acknowledged", {"by": "a"}, "E-10-response-100")
    yield "rulebook_refused", told(1, "policy.adopted", {"by": "a", "content": "name: q\n" + "満" * 90, "hash": "0" * 32})
    yield "roster", told(1, "roster.changed", {"by": "a", "content": "r", "hash": "0" * 32})
    yield "sung", told(1, "feedback.sung", {"x": [1]})
    for i, query in enumerate(QUERIES):
        yield f"query{i}", step(QUERY, "GET", {**query, "rid": i})
    yield "fetch", step(FEED, "FETCH", {"after": 0, "class": "any", "max_bytes": 100000, "rid": "r"})
    yield "fetch_waits", step(FEED, "FETCH", {"after": 900, "wait_ms": 60000, "class": "outside"}) * 2
    yield "fetch_inner", step(FEED_INNER, "FETCH", {"after": 900, "wait_ms": 5000, "wake_at": 1795400000000}) + passing(9)
    yield "event_row", step(FEED, "GET", {"what": "event", "seq": 4}) + step(FEED, "GET", {"what": "personal", "seq": 4})
    yield "quarantine", step(FEED, "GET", {"what": "quarantine", "limit": 1})
    yield "replay", b"".join(step(REPLAY, "REPLAY", {"channel": c, "after": 0, "max": 2, "rid": c})
                             for c in ("complaint", "escalation", "task", "score", "system", "ledger"))
    yield "pings", b"".join(step(door, "PING", {"rid": [1, {"a": None}]}) for door in range(5))
    yield "frames", b"".join(step(FRAMES, None, f) for f in (
        b"\0\0\4PING", b"\1\3\0\3GET\1\x80\1\x80", b"\2\2\0\0\1\x80", b"\3\1\0\4PING"))
    yield "listens", step(LISTEN, None, b"complaint") + told(1, "feedback.complained", COMPLAINED) + passing(5000)


# ---- answers to clients ----

def move(what, argument=0, body=b""):
    content = body if isinstance(body, bytes) else pack(body)
    return bytes([what, argument]) + struct.pack(">H", len(content)) + content


WELCOME = {"lineage": "a", "epoch": 1, "last": 0, "credit": 1000, "max_events": 10, "max_bytes": 100000}
ACK = {"first": 1, "count": 2, "head": 2, "problems": []}


def publishers():
    greet, send = move(5, 2, WELCOME), move(0, 5)
    ack, nak = (lambda body: move(5, 0, body)), (lambda code: move(5, 1, {"code": code, "message": "m", "expected": 3}))
    for how in range(8):
        yield f"plain{how}", bytes([how]) + send + greet + ack({**ACK, "count": 5, "head": 5}) + move(2)
    yield "problems", b"\0" + greet + send + ack({"count": 2, "head": 9, "first": 8, "problems": [
        {"i": 0, "duplicate_of": 3}, {"i": 2, "code": "E1203", "field": "data.x", "message": "no", "quarantine": "k"},
        {"i": 4, "code": "E9999"}]})
    yield "problem_twice", b"\0" + greet + send + ack({"count": 3, "first": 8, "head": 9, "problems": [{"i": 0}, {"i": 0}]})
    yield "counts_too_many", b"\1" + send + ack({**ACK, "count": 4294967295})
    for code in ("E1305", "E1306", "E1304", "E1311", "E1303", "E1001", "E1203"):
        yield f"nak_{code}", b"\0" + greet + send + nak(code) + move(2) + move(2) + send
    yield "late", b"\0" + greet + send + move(1, 60) + move(3) + move(2) + move(1, 200) + move(3)
    yield "other_lineage", (b"\0" + greet + send + move(1, 90) + move(5, 2, {**WELCOME, "lineage": "b", "last": 90}) +
                            move(2))
    yield "goes_back", b"\0" + greet + send + move(2) + move(1, 90) + move(5, 2, {**WELCOME, "last": 9007199254740991})
    yield "small_credit", b"\0" + move(5, 2, {**WELCOME, "credit": 1, "max_events": 1, "max_bytes": 1}) + send + move(2)
    yield "raw", b"\0" + move(4, 0, ACK) + move(4, 1, b"\xc1") + move(6, 3, {})


CARDS = {"g": "a", "cards": [{"n": 1, "seq": 5, "at": "2026-11-23T00:00:00.000Z", "card": {"id": "C-5"}},
                             {"n": 4, "seq": 9, "card": {"id": "C-6", "gone": True}}], "upto": 4, "more": False}


def subscribers():
    cards = lambda **more: move(5, 0, {**CARDS, **more})
    live = lambda n, g="a", channel=0: move(2, channel, {"g": g, "n": n, "seq": 9, "card": {"id": "C-7"}})
    beat = lambda n, g="a": move(2, 2, {"g": g, "at": "2026-11-23T00:00:00.000Z", "channels": {"complaint": n, "task": n}})
    hello = move(2, 0, {"g": "a", "n": 0, "welcome": True})
    yield "plain", hello + cards() + cards() + live(5) + live(6) + beat(6)
    yield "joins_late", move(0, 30) + cards() + move(0, 30) + cards() + live(5, channel=1)
    yield "gap", hello + cards() + live(7) + cards(upto=7)
    yield "pages", hello + cards(more=True) + cards(upto=9, cards=[{"n": 9, "card": {}}])
    yield "a_page_that_leads_nowhere", hello + cards(more=True, upto=0)
    yield "other_generation", hello + cards() + beat(4, "b") + cards(g="b") + live(5, "b")
    yield "old_generation", hello + cards(g="b") + live(5, "a") + cards(g="a")
    yield "refused", hello + move(5, 1, {"code": "E1303", "message": "m"}) + move(5, 1, {"code": "E1001", "message": "m"})
    yield "silence", hello + cards() + beat(4) + move(0, 120) + move(0, 120)
    yield "no_map", hello + cards(cards=[{"n": 5, "card": 7}]) + move(2, 0, b"\x93\1\2\3") + move(2, 2, {"g": 1})
    yield "twice", hello + cards() + move(1) + move(1)
    yield "n_falls", hello + cards(cards=[{"n": 5, "card": {}}, {"n": 3, "card": {}}]) + live(2)


def askers():
    batch = {"lineage": "a", "head": 9, "upto": 2, "records": [record(1, [event(1), event(2)])]}
    row = {"seq": 9, "rows": [{"seq": 3, "at": "2026-11-23T00:00:00.000Z", "session": 0, "event": event(3)}], "cursor": None}
    yield "asked", b"\0" + move(0, 50, {"what": "status"}) + move(7, 0, row) + move(2)
    yield "nobody", b"\0" + move(0, 50, {}) + move(1, 30) + move(1, 40)
    yield "refused", b"\0" + move(0, 50, {}) + move(7, 2, {"code": "E1002", "message": "m"})
    yield "without_rid", b"\0" + move(0, 50, b"") + move(3, 2, {"code": "E1301", "message": "m"})
    yield "of_another", b"\0" + move(0, 50, b"") + move(3, 0, {**row, "rid": 77}) + move(7, 3, {"role": "x"})
    yield "followed", b"\1" + move(0) + move(7, 1, batch) + move(7, 1, {**batch, "upto": 5, "records": []})
    yield "entry", b"\1" + move(16, 2) + move(16 + 7, 2) + move(16 + 7, 0, row)
    yield "two_rows", b"\1" + move(16, 2) + move(16 + 7, 0, {**row, "rows": row["rows"] * 2})
    yield "damaged", b"\1" + move(0) + move(7, 2, {"code": "E1402", "message": "volume 1, seq 3"})
    yield "forgets", b"\1" + move(0) + move(32 + 7, 1, batch) + move(8) + move(7, 1, batch)
    yield "records_are_text", b"\1" + move(0) + move(7, 1, {**batch, "records": ["a", 7]})


# ---- rows of a state that rot ----

TABLES_OF_STATE = 16


def states():
    yield "sound", b"\0"
    for table in range(TABLES_OF_STATE):
        rot = lambda row, how, offset=0, content=b"": bytes([table, row, how, offset, len(content)]) + content
        for first in (table % 18,):
            yield f"bytes{table}", bytes([first]) + rot(0, 0, 3, b"\xff\xff") + rot(1, 0, 20, b"\x80")
            yield f"shorter{table}", bytes([first + 4]) + rot(0, 1, 3) + rot(2, 1, 200)
            yield f"keys{table}", bytes([first + 8]) + rot(0, 6, 4) + rot(1, 4, 0, b"X") + rot(0, 5, 0, b"o")
    yield "head_gone", bytes([13, 0, 0, 3, 0, 0])


# ---- rows of a journal that rot ----

def journals():
    def rot(table, row, how, offset=0, content=b""):
        return bytes([table, row, how, offset, len(content)]) + content

    for how in range(4):  # volume, and whether checksums are put right
        yield f"sound{how}", bytes([how])
        for table in range(3):
            yield f"bytes{how}{table}", bytes([how]) + rot(table, 0, 0, 30, b"\xff") + rot(table, 3, 0, 4, b"\0\0\0\xf0")
            yield f"cut{how}{table}", bytes([how]) + rot(table, 2, 1, 9) + rot(table, 1, 3)
            yield f"keys{how}{table}", bytes([how]) + rot(table, 4, 4, 6, b"\7") + rot(table, 5, 5, 0, b"s\0\0\0\2")


# ---- backups ----

def backups():
    def row(table, key, value):
        return bytes([table, len(key)]) + key + struct.pack(">H", len(value)) + value

    def text(content, length=">H"):
        return struct.pack(length, len(content)) + content

    def entries(first, count):
        return row(0, struct.pack(">Q", first), record(first, [event(first + i) for i in range(count)]))

    session = row(1, b"s" + struct.pack(">I", 2), b"\2" + struct.pack(">QQ", 1, 5) + text(b"id") + text(b"i") + text(b"/s") +
                  b"seal")
    refused = b"refused"
    kept = row(2, b"q" + struct.pack(">Q", 1), b"\2" + hashlib.blake2b(refused, digest_size=16).digest() + struct.pack(
        ">QQQ", 1, 2, 3) + b"".join(text(part, ">I") for part in (b"E1203", b"f", b"m", b"/s", refused)) + b"seal")
    for how in (2, 6):
        yield f"whole{how}", bytes([how, 3]) + session + kept + entries(1, 2) + entries(3, 1)
        yield f"empty{how}", bytes([how, 0])
        yield f"sessions{how}", bytes([how, 0]) + session + session
    yield "kept_twice", bytes([2, 1]) + kept + kept + entries(1, 1)
    yield "gap", bytes([2, 3]) + entries(1, 1) + entries(3, 1)
    yield "short", bytes([2, 9]) + entries(1, 1)
    yield "late_session", bytes([2, 1]) + entries(1, 1) + session
    yield "unmended", bytes([0, 1]) + session + entries(1, 1)
    yield "no_session", bytes([2, 0]) + row(1, b"l", b"\2" + b"0" * 40 + b"seal")
    yield "stream", b"\1MANYIBAK" + bytes(72)
    yield "nothing", b"\1"


def gateways():
    def ask(method, uri, headers="Host: localhost\nContent-Type: application/json\n", body=b"", *answers):
        parts = [part if isinstance(part, bytes) else part.encode() for part in (uri, headers, body)]
        return bytes([method]) + b"".join(struct.pack(">H", len(part)) + part for part in parts) + b"".join(
            bytes([how | (len(pairs) << 4)]) + struct.pack(">H", len(packed)) + packed
            for how, pairs in answers for packed in [pack(pairs)[1:]])

    put = json.dumps({"id": "x", "source": "/a", "type": "feedback.praised", "data": {"store": "s", "text": "good"}})
    ack = (0, {"first": 3, "count": 1, "head": 3, "problems": []})
    again = (0, {"count": 0, "head": 3, "problems": [{"i": 0, "duplicate_of": 2}]})
    refused = (0, {"count": 0, "head": 3, "problems": [{"i": 0, "code": "E1203", "field": "data.a[3]", "message": "m"}]})
    outcome = (1, {"seq": 3, "rows": [{"seq": 3, "outcome": "accepted", "card": {"id": "C-3"}}], "cursor": None})
    rejected = (1, {"seq": 3, "rows": [{"seq": 3, "outcome": "rejected", "code": "E1605", "reason": "r"}]})
    notices = (1, {"seq": 3, "rows": [{"id": "E-1", "to": "wang.li"}], "cursor": "more"})
    nak = (2, {"code": "E1808", "message": "m", "retry_ms": 7})
    yield "event", ask(2, "/v1/events", body=put) + b""
    for name, answer in (("taken", ack), ("twice", again), ("refused", refused), ("slow", nak)):
        yield "event_" + name, ask(2, "/v1/events", "Host: localhost\nContent-Type: application/json\n", put, answer)
    yield "array", ask(2, "/v1/events", "Host: localhost\nContent-Type: application/json\n", f"[{put},7]", ack)
    yield "lines", ask(2, "/v1/events", "Host: localhost\nContent-Type: application/x-ndjson\n", f"{put}\n\n{put}\r\n", ack)
    for name, answer in (("accepted", outcome), ("rejected", rejected), ("late", (2, {"code": "E1412", "message": "m"}))):
        yield "decision_" + name, ask(2, "/v1/complaints/C-3/acknowledge",
                                      "Host: localhost\nContent-Type: application/json\nIdempotency-Key: k\n",
                                      '{"by":"wang.li"}', ack, answer)
    yield "list", ask(0, "/v1/complaints?store=s&overdue=true&limit=5&cursor=a%20b", "Host: 127.0.0.1:7300\n", b"", outcome)
    yield "card", ask(0, "/v1/complaints/C-3", "Host: [::1]:7300\n", b"", outcome)
    yield "entry", ask(0, "/v1/events/3", "Host: localhost\n", b"", (1, {"rows": [{"seq": 3, "event": pack({"id": "x"})}]}))
    pong = (0, {"lineage": "g1", "began_ms": 1, "channels": {"complaint": 7, "task": 2}})
    told = {"n": 8, "seq": 9, "at": "2026-11-23T00:00:00Z", "card": {"id": "C-1"}}
    cards = (1, {"g": "g1", "cards": [told, {**told, "n": 9}], "upto": 9, "more": False})
    another = (1, {"g": "g2", "cards": [told], "upto": 9, "more": False})
    denied = (2, {"code": "E1801", "message": "m"})
    yield "stream", ask(0, "/v1/stream?channels=complaint", "Host: localhost\n", b"", pong, cards, cards, cards)
    yield "stream_now", ask(0, "/v1/stream?after=now", "Host: localhost\n", b"", pong, *[cards] * 7, another)
    yield "stream_back", ask(0, "/v1/stream", "Host: localhost\nLast-Event-ID: g1;complaint=3;task=2\n", b"", pong, cards, denied)
    yield "reply", ask(2, "/v1/replies", "Host: localhost\nContent-Type: application/json\n", '{"code":"K7QM-4TXD"}', notices,
                       notices)
    yield "link_page", ask(0, "/ack/!", "Accept-Language: zh\n")
    yield "link", ask(2, "/ack/!", "", b"", ack, outcome)
    yield "link_twice", ask(2, "/ack/!", "", b"", again)
    yield "rate", ask(2, "/rate/!", "Content-Type: application/json\n", '{"overall":9}', ack)
    yield "rate_again", ask(2, "/rate/!", "Idempotency-Key: k\n", '{"overall":9}', again,
                            (1, {"rows": [{"event": pack({"idempotencykey": "k"})}]}))
    yield "rate_visit", ask(0, "/rate/!/visit", "", b"", (1, {"rows": [{"rated_at": None}]}), (2, {"code": "E1503", "message": "m"}))
    yield "rate_visit_unheard", ask(0, "/rate/!/visit", "", b"", (1, {"rows": [{"rated_at": None}]}), (4, {}))
    at = "2026-11-23T04:00:00.000Z"
    line = {"seq": 9, "at": at, "type": "complaint.resolved", "by": "li.na", "said": None}
    clock = {"kind": "response", "started_at": at, "due_at": at, "breached": False, "calendar_unknown": False}
    case = {"id": "C-3", "seq": 3, "changed_seq": 9, "store": "s", "channel": "phone", "category": "delay", "grade": "general",
            "status": "resolved", "level": 0, "floor": 0, "reopened": 0, "tries": 0, "opened_at": at, "late": False,
            "historical": False, "clocks": [clock], "history": [line]}
    card, verdict = (1, {"rows": [case]}), {**line, "type": "complaint.verified", "said": "satisfied"}
    asked = (1, {"rows": [{**case, "waits_for": "verdict", "history": [line, verdict]}]})
    yield "case_card", ask(0, "/case/!/card", "Accept-Language: zh\n", b"", card, (1, {"rows": [{"answer": "good"}]}))
    yield "case_merged", ask(0, "/case/!/card", "", b"", (1, {"rows": [{**case, "status": "closed", "merged_into": "C-4"}]}), card)
    yield "case_satisfied", ask(2, "/case/!/satisfied", 'If-Match: "9"\n', '{"text":"good"}', card, ack, outcome)
    yield "case_unsatisfied", ask(2, "/case/!/unsatisfied", "", "{}", card, ack, rejected)
    yield "case_again", ask(2, "/case/!/satisfied", "", "{}", asked)
    yield "case_reopened", ask(2, "/case/!/unsatisfied", "", '{"text":"no"}', asked, ack, outcome)
    yield "case_link", ask(2, "/v1/complaints/C-3/link", "Host: localhost\nContent-Type: application/json\n", '{"days":9}', card)
    yield "decisions", ask(0, "/v1/complaints/C-3/decisions?by=li.na", "Host: localhost\n", b"", outcome)
    yield "if_match", ask(2, "/v1/complaints/C-3/note", 'Host: localhost\nContent-Type: application/json\nIf-Match: W/"9"\n',
                          '{"by":"wang.li"}', ack, (1, {"rows": [{"outcome": "rejected", "code": "E1610", "card": case}]}))
    local, data = "Host: localhost\n", '{"store":"s","text":"good"}'
    cloud = put.replace("{", '{"specversion":"1.0",', 1)
    binary = local + "ce-specversion: 1.0\nce-id: %41\nce-source: \"/a\\\"b\"\nce-type: feedback.praised\nContent-Type: "
    yield "structured", ask(2, "/v1/events", local + "Content-Type: application/cloudevents+json; charset=utf-8\n", cloud, ack)
    yield "base64", ask(2, "/v1/events", local + "Content-Type: application/cloudevents+json\n",
                        '{"specversion":"1.0","id":"a","data_base64":"e30=","datacontenttype":"application/json"}', ack)
    yield "batch", ask(2, "/v1/events", local + "Content-Type: application/cloudevents-batch+json\n", f"[{cloud},{put}]", ack)
    yield "binary", ask(2, "/v1/events", binary + "application/json\n", data, ack)
    yield "binary_packed", ask(2, "/v1/events", binary + "application/vnd.msgpack\n", pack({"store": "s"}), ack)
    yield "packed", ask(2, "/v1/events", local + "Content-Type: application/vnd.msgpack\n", event(1), again, outcome)
    yield "packed_many", ask(2, "/v1/events", local + "Content-Type: application/msgpack\n",
                             pack({"events": [{"id": "x"}, 7]}), refused)
    yield "mended", ask(2, "/v1/quarantine/0123456789abcdef0123456789abcdef/resubmit",
                        local + "Content-Type: application/json\n", put, ack)
    yield "refused_rows", ask(0, "/v1/quarantine?code=E1205", local, b"",
                              (1, {"seq": 3, "rows": [{"key": "k", "bytes": event(1)}, {"key": "l", "bytes": b"\x81\x01\x02"}]}))
    yield "entries", ask(0, "/v1/events?type=a.*", local, b"", (1, {"seq": 3, "rows": [{"seq": 3, "event": event(1)}]}))
    yield "login", ask(2, "/login", "Origin: http://evil\n", "name=a&password=b%20c")
    yield "elsewhere", ask(2, "/v1/events", "Host: localhost\nSec-Fetch-Site: cross-site\n", put)
    yield "ready", ask(0, "/readyz", "", b"", (3, {"role": "intake"}), (3, {"role": "worker"}))
    yield "tricks", ask(0, "/v1/%2e%2e/%00//x?a=%zz&&=&b")


TARGETS = {
    "fuzz_gateway": gateways,
    "fuzz_backup": backups,
    "fuzz_journal": journals,
    "fuzz_state": states,
    "fuzz_publisher": publishers,
    "fuzz_subscriber": subscribers,
    "fuzz_asker": askers,
    "fuzz_requests": requests,
    "fuzz_record": records,
    "fuzz_text": texts,
    "fuzz_policy": policies,
    "fuzz_roster": rosters,
    "fuzz_config": configs,
    "fuzz_access": accesses,
    "fuzz_json": jsons,
    "fuzz_cli_import": imports,
    "fuzz_cli_fields": fields,
}

# What a fuzzer or a reader found; nothing above makes it.
FOUND = {"fuzz_journal": ("quarantine-unreadable",), "fuzz_state": ("notice-beyond-time", "outcome-beyond-int", "policy-unreadable")}


def write(target, examples):
    folder = HERE / "corpus" / target
    folder.mkdir(parents=True, exist_ok=True)
    found = [folder / name for name in FOUND.get(target, ())]
    for old in folder.iterdir():
        if old not in found:
            old.unlink()
    sizes = [one.stat().st_size for one in found]
    for name, content in examples:
        (folder / name).write_bytes(content)
        sizes.append(len(content))
    assert len(sizes) <= FILES_MAX and sum(sizes) <= BYTES_MAX, f"{target}: {len(sizes)} files, {sum(sizes)} bytes"
    print(f"{target}: {len(sizes)} files, {sum(sizes)} bytes")


if __name__ == "__main__":
    for name in sys.argv[1:] or TARGETS:
        write(name, TARGETS[name]())
