#!/usr/bin/python3
"""Writes schemas/golden/: events as other people's encoder packs them, with what they mean and what is wrong with them.

The encoder is Debian's python3-msgpack, independent of Manyi's. The files are committed and replayed by
tests/unit/test_golden.c; golden bytes of a release are never rewritten, new ones are added beside them.

  valid.jsonl    {"name", "bytes" (hex), "expected": what event_decode makes of it: times in ms, scores in thousandths}
  hostile.jsonl  {"name", "bytes", "status": name in core/status.def, "field": path, "id": what could still be read}
  tests/fuzz/corpus/fuzz_event/, fuzz_wire/   the same bytes as files

Usage: tests/golden/write.py [root of the source tree]
"""
import datetime
import hashlib
import json
import math
import pathlib
import re
import struct
import sys

import msgpack

root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parents[2])


class Time:
    """A time: a timestamp in events, RFC 3339 text in cards, milliseconds once decoded."""

    def __init__(self, text, as_text=False):
        self.moment = datetime.datetime.fromisoformat(text)
        self.as_text = text if as_text else None
        epoch = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
        self.expected = (self.moment - epoch) // datetime.timedelta(milliseconds=1)
        # not Timestamp.from_datetime: it goes through a float and loses the last millisecond
        self.wire = text if as_text else msgpack.Timestamp(self.expected // 1000, self.expected % 1000 * 1000000)


class Score:
    """A figure 0-10: as it is in events, thousandths once decoded."""

    def __init__(self, figure, thousandths):
        self.wire = figure
        self.expected = thousandths


def wire(value):
    if isinstance(value, (Time, Score)):
        return value.wire
    if isinstance(value, dict):
        return {key: wire(inner) for key, inner in value.items()}
    return [wire(inner) for inner in value] if isinstance(value, list) else value


def expected(value):
    if isinstance(value, (Time, Score)):
        return value.expected
    if isinstance(value, dict):
        return {key: expected(inner) for key, inner in value.items() if inner is not None}
    return [expected(inner) for inner in value] if isinstance(value, list) else value


def pack(value, **options):
    return msgpack.packb(value, use_bin_type=True, **options)


# ---- an example of each record, every field filled in ----

NOON = Time("2026-11-23T12:00:00+08:00")
LATER = Time("2026-11-25T09:30:15.250+08:00")


def card_time(text):
    return Time(text, as_text=True)


CALL = {"id": "cc-20261123-0007", "agent": "a117", "queue": "after-sales", "recording": "https://cti.example/r/7?x=1",
        "key": "1"}
BY = {"by": "zhang.min"}
NOTE = {"note": "客户下午有空\n请回电"}
VISIT = {"store": "sh-pudong", "department": "service", "visit": "RO-2026-118841", "kind": "repair",
         "customer": "c-9f3a", "vehicle": "LSVAA49J132047371", "staff": "s-204", "fault": "P0301", "warranty": True,
         "safety": False, "promised_at": LATER, "completed_at": NOON, "amount_fen": 128050, "historical": False}
RATED = {"store": "sh-pudong", "department": "service", "channel": "wechat", "visit": "RO-2026-118841",
         "customer": "c-9f3a", "staff": "s-204", "survey": "after-service", "survey_version": "3",
         "callback": "B-60-day3", "call": CALL, "device": "bay-03",
         "scores": {"quality": Score(9, 9000), "initiation": Score(8.5, 8500), "advisor": Score(0, 0),
                    "facility": Score(10.0, 10000), "pickup": Score(7.0625, 7063)},
         "raw": {"key": -1, "scale": "huawei-5"}, "overall": Score(9.25, 9250), "nps": Score(10, 10000),
         "ces": Score(6.5, 6500), "comment": "很满意，谢谢！", "historical": True}
HISTORY = [{"seq": 41, "at": card_time("2026-11-23T04:00:00.000+00:00"), "type": "feedback.complained", "by": "s-204",
            "said": None, "time": card_time("2026-11-23T03:59:30.250+00:00")},
           {"seq": 44, "at": card_time("2026-11-23T05:00:00.000+00:00"), "type": "clock.half_used", "by": None,
            "said": "response", "time": None}]
BIG = 9007199254740991

EXAMPLES = {
    "visit": VISIT,
    "rated": RATED,
    "complained": {"store": "sh-pudong", "channel": "phone", "category": "workmanship", "text": "刹车修了两次还响",
                   "department": "service", "staff": ["s-204", "s-31"], "customer": "c-9f3a",
                   "visit": "RO-2026-118841", "vehicle": "LSVAA49J132047371", "grade": "serious", "heard_at": NOON,
                   "reported_by": "s-9", "call": CALL, "contact": "138 0000 0000", "claim_fen": 1000001,
                   "injury": False, "press": True, "historical": False},
    "praised": {"store": "bj-haidian", "text": "服务很好", "department": "sales", "staff": ["s-1"],
                "customer": "c-1", "visit": "SO-1", "channel": "oem"},
    "suggested": {"store": "bj-haidian", "text": "多放几把椅子", "by_staff": "s-77", "customer": "c-2"},
    "enquired": {"store": "bj-haidian", "channel": "online", "topic": "loaner", "customer": "c-3",
                 "call": {"key": "9"}, "text": "有代步车吗"},
    "unreached": {"callback": "B-60-day3", "reason": "wrong_number", "call": CALL},
    "corrected": {"of": "bay-03-000041", "store": "sh-pudong", "department": "sales", "channel": "kiosk",
                  "visit": "RO-1", "customer": "c-4", "staff": "s-5", "scores": {"delivery": Score(3, 3000)},
                  "raw": {"key": 1000, "scale": "cti-4"}, "overall": Score(2, 2000), "nps": Score(0, 0),
                  "ces": Score(1, 1000), "comment": "按错了", "by": "s-9", "reason": "客户来电更正"},
    "retracted": {"of": 41, "reason": "测试数据", "by": "s-9"},
    "decided": {**BY, **NOTE},
    "graded": {**BY, "grade": "urgent", **NOTE},
    "assigned": {**BY, "handler": "wang.li", "responsible": "li.na", **NOTE},
    "planned": {**BY, "measure": "更换刹车片", "due": LATER, **NOTE},
    "paused": {**BY, "reason": "parts", "until": LATER, **NOTE},
    "resolved": {**BY, "answer": "已更换", "compensation_fen": 20000, **NOTE},
    "complaint_verified": {**BY, "satisfied": True, "unreachable": False, **NOTE},
    "judged": {**BY, "verdict": "upheld", "staff": ["s-204"], **NOTE},
    "reasoned": {**BY, "reason": "又响了", **NOTE},
    "merged": {**BY, "into": "C-41", **NOTE},
    "transferred": {**BY, "store": "sh-minhang", "department": "sales", **NOTE},
    "escalated": {**BY, "level": 4, **NOTE},
    "task_opened": {**BY, "store": "sh-pudong", "department": "service", "measure": "交车前复检",
                    "responsible": "li.na", "due": LATER, "dimension": "quality", **NOTE},
    "extended": {**BY, "due": LATER, "reason": "等配件", **NOTE},
    "completed": {**BY, "result": "复检率 100%", **NOTE},
    "task_verified": {**BY, "effective": False, **NOTE},
    "rescheduled": {**BY, "at": LATER, **NOTE},
    "ledger_confirmed": {**BY, "amount_fen": -10000, **NOTE},
    "ledger_settled": {**BY, "period": "2026-11", "amount_fen": -7000, **NOTE},
    "ledger_vetoed": {**BY, "ground": "faked_survey", "person": "s-204", "store": "sh-pudong",
                      "department": "service", "period": "2026-11", **NOTE},
    "appeal_filed": {**BY, "entry": "L-7", "rating": 41, "ground": "force_majeure", **NOTE},
    "appeal_ruled": {**BY, "upheld": True, "reason": "证据充分", **NOTE},
    "adopted": {**BY, "content": "# 政策\nladder: [50, 80, 100, 150, 200]\n", "hash": "0123456789abcdef" * 2,
                **NOTE},
    "fold_adopted": {**BY, "version": 1000000},
    "notice_sent": {"to": "wang.li", "target": "wang-mail", "means": "smtp", "repeat": 0, "attempt": 2},
    "notice_failed": {"to": "manager@sh-pudong/service", "target": "pudong-robot", "means": "wecom", "repeat": 3,
                      "attempt": 1, "reason": "HTTP 500", "permanent": False,
                      "retry_at": Time("2026-11-23T00:05:00.000+00:00")},
    "notice_read": {"by": "wang.li", "means": "link"},
    "read_audited": {"principal": "call-centre", "what": "personal", "subject": "C-41", "why": "to call back",
                     "via": "zeromq"},
    "access_refused": {"principal": "bay-03", "peer": "192.0.2.7", "what": "PUT ledger.confirmed", "code": "E1801",
                       "times": 12, "via": "http"},
    "ticked": {"wake_at": 1795392000000},
    "complaint": {"id": "C-41", "seq": 41, "changed_seq": BIG, "store": "sh-pudong", "department": "service",
                  "staff": ["s-204"], "customer": "c-9f3a", "visit": "RO-2026-118841", "vehicle": None,
                  "channel": "regulator", "category": "safety", "grade": "urgent", "status": "planned", "level": 2,
                  "floor": 0, "handler": "wang.li", "verdict": "dismissed", "judged_staff": [],
                  "paused": {"reason": "oem", "since": card_time("2026-11-23T06:00:00.000+00:00"),
                             "until": card_time("2026-11-24T06:00:00.000+00:00")},
                  "outcome": "withdrawn", "merged_into": "C-40", "waits_for": "verdict", "tries": 2, "reopened": 2,
                  "compensation_fen": 0, "opened_at": card_time("2026-11-23T04:00:00.000+00:00"),
                  "closed_at": card_time("2026-11-29T23:59:59.999+00:00"),
                  "promised_at": card_time("2026-11-25T00:00:00.000+00:00"), "late": False, "historical": True,
                  "gone": True,
                  "clocks": [{"kind": "response", "started_at": card_time("2026-11-23T04:00:00.000+00:00"),
                              "due_at": card_time("2026-11-23T06:00:00.000+00:00"), "stopped_at": None,
                              "breached": True, "calendar_unknown": False}],
                  "history": HISTORY},
    "escalation": {"id": "E-41-response-100", "about": "C-41", "complaint": "C-41", "store": "sh-pudong", "department": None,
                   "grade": "major", "clock": "response", "rung_percent": 100, "level": 2, "to": "director",
                   "repeat": 3, "at": card_time("2026-11-23T06:00:00.000+00:00"),
                   "raised_at": card_time("2026-11-23T06:00:00.000+00:00"), "acknowledged_by": "chen.gang",
                   "acknowledged_at": card_time("2026-11-23T06:05:00.001+00:00"), "ended": False, "gone": None,
                   "changed_seq": 57, "deliver_from": None, "sent_at": card_time("2026-11-23T06:00:00.250+00:00"),
                   "sent_repeat": 3, "sent_means": "smtp", "attempts": None, "failing_since": None,
                   "failed_reason": None, "retry_at": None, "climbed_to": "E-41-response-100-up-3", "because": None,
                   "read_at": card_time("2026-11-23T06:04:00.000+00:00")},
    "repair": {"id": "V-60", "seq": 60, "changed_seq": 61, "store": "sh-pudong", "department": "service",
               "visit": "RO-2026-118841", "customer": "c-9f3a", "vehicle": "LSVAA2180E2100001", "fault": "brake-01",
               "safety": True, "warranty": True, "status": "completed",
               "opened_at": card_time("2026-11-23T04:00:00.000+00:00"),
               "loaner_at": card_time("2026-11-28T04:00:00.000+00:00"),
               "completed_at": card_time("2026-11-25T04:00:00.001+00:00"), "days": 3, "days_before": 24,
               "fault_repairs": 2, "late": False, "gone": None},
    "task": {"id": "T-57", "seq": 57, "changed_seq": 58, "kind": "recovery", "store": "sh-pudong",
             "department": "service", "staff": "s-204", "customer": "c-9f3a", "visit": "RO-1", "dimension": "pickup",
             "responsible": "department_manager", "status": "open", "reasons": ["seq-57", "seq-58"],
             "opened_at": card_time("2026-11-23T04:00:00.000+00:00"),
             "due_at": card_time("2026-11-25T10:00:00.000+00:00"), "overdue": False, "effective": True,
             "rule": "drift", "measure": "找出原因",
             "effect": {"before": 5, "after": 8.5, "difference": 3.5, "low": 1.5, "high": 5.5, "n_before": 5,
                        "n_after": 6},
             "closed_at": None, "gone": False, "history": HISTORY,
             "deliver_from": card_time("2026-11-23T04:15:00.000+00:00"), "sent_to": None, "sent_at": None,
             "sent_means": None, "attempts": 3, "failing_since": card_time("2026-11-23T04:15:00.000+00:00"),
             "failed_reason": "HTTP 500", "retry_at": card_time("2026-11-23T04:25:00.000+00:00"),
             "climbed_to": "E-57-undelivered", "read_at": None},
    "opted": {"customer": "c-9f3a", "channel": "phone", "by": "s-204"},
    "callback": {"id": "B-60-day3", "seq": 60, "changed_seq": 62, "kind": "repair_day3", "why": "warranty",
                 "store": "sh-pudong", "department": "service", "customer": "c-9f3a", "visit": "RO-1",
                 "vehicle": "LSVAA4187C2184841", "status": "skipped", "skipped_because": "answered", "agent": "s-311",
                 "claimed_until": card_time("2026-11-26T01:30:00.000+00:00"),
                 "due_at": card_time("2026-11-26T01:00:00.000+00:00"), "overdue": True, "tries": 2,
                 "next_try_at": card_time("2026-11-26T05:00:00.000+00:00"),
                 "window_ends_at": card_time("2026-11-28T01:00:00.000+00:00"), "message_until": None,
                 "closed_at": card_time("2026-11-27T01:00:00.000+00:00"), "gone": None, "history": HISTORY,
                 "notify_to": "handler@sh-pudong/call_centre", "deliver_from": None,
                 "sent_to": "handler@sh-pudong/call_centre", "sent_at": card_time("2026-11-26T01:15:00.000+00:00"),
                 "sent_means": "feishu", "attempts": None, "failing_since": None, "failed_reason": None,
                 "retry_at": None, "climbed_to": None, "read_at": None},
    "flag": {"id": "F-57-device", "kind": "device", "seq": 57, "changed_seq": 57, "rating": 57, "store": "sh-pudong",
             "department": "service", "period": None, "said": "3 customers on one device within 30 d, ratings 41 50 57",
             "at": card_time("2026-11-23T06:00:00.000+00:00"), "gone": None},
    "score": {"id": "S-sh-pudong.service-2026-11-23", "store": "sh-pudong", "department": "service", "staff": None,
              "period": "2026-11-23", "n": 20, "visits": None, "csi": {"value": 912.5, "low": 890.25, "high": 934.75},
              "csat": {"share": 0.95, "low": 0.764, "high": 0.991}, "nps": {"value": 55.0, "low": None, "high": None,
                                                                          "n": 20},
              "ces": {"mean": 6, "n": 3}, "overall": {"mean": 8.75, "n": 4},
              "dimensions": {"quality": {"n": 20, "mean": 9.1, "low": 8.7, "high": 9.5},
                             "质量": {"n": 0, "mean": None, "low": None, "high": None}},
              "accountable": {"n": 20, "value": 915.5, "low": 895.25, "high": 936}, "band": "neutral",
              "flags": 2, "evidence": "show", "gone": None},
    "ledger_entry": {"id": "L-41-s-204", "seq": 41, "changed_seq": 57, "kind": "complaint_penalty", "person": "s-204",
                     "store": "sh-pudong", "department": "service", "about": "C-40", "period": "2026-12",
                     "for_period": "2026-11", "points": -3, "amount_fen": -7000, "proposed_fen": -7001,
                     "per_head": False, "share_of": "L-41-s-31", "adjusts": "L-7-s-204",
                     "adjusted_by": "L-99-back-41-s-204", "rule": "complaint_penalty",
                     "inputs": [{"name": "grade", "value": "general"}, {"name": "people", "value": "1"}],
                     "interval": {"value": 95.5, "low": 94.25, "high": None}, "policy": "0123456789abcdef" * 2,
                     "cap_percent": 20, "status": "frozen", "amended_fen": -7000, "amended_by": "li.na",
                     "proposed_at": card_time("2026-11-23T04:00:00.000+00:00"), "proposed_by": "zhang.min",
                     "answer_due_at": card_time("2026-11-30T04:00:00.000+00:00"), "unanswered": True,
                     "notice_at": card_time("2026-12-01T04:00:00.000+00:00"), "decided_by": "wang.wei",
                     "settled_fen": -6000, "frozen_by": "A-80",
                     "closed_at": card_time("2026-12-02T04:00:00.000+00:00"), "gone": True, "history": HISTORY},
    "period": {"id": "P-sh-pudong.service-2026-11", "period": "2026-11", "store": "sh-pudong", "department": "service",
               "status": "closed", "closes_at": card_time("2026-12-03T16:00:00.000+00:00"),
               "closed_at": card_time("2026-12-03T16:00:00.000+00:00"), "policy": "8f2b", "n": 120,
               "csi": {"value": 950.0, "low": 930.5, "high": 969.5}, "band": "neutral", "shrunken": 946.0, "t": 61.5,
               "rank": 1, "tied": 2, "ranked": 12, "in_time": {"share": 0.95, "low": 0.764, "high": 0.991},
               "restated": {"n": 121, "value": 949.0, "low": 929.0, "high": 969.0}, "gone": False, "changed_seq": 4100},
    "appeal": {"id": "A-80", "seq": 80, "changed_seq": 81, "by": "s-204", "entry": "L-41-s-204", "rating": 41,
               "ground": "wrong_person", "store": "sh-pudong", "department": "service", "status": "filed",
               "filed_at": card_time("2026-12-01T04:00:00.000+00:00"),
               "rule_due_at": card_time("2026-12-08T04:00:00.000+00:00"), "overdue": False, "ruled_by": "li.na",
               "ruled_at": card_time("2026-12-02T04:00:00.000+00:00"),
               "review_due_at": card_time("2026-12-11T04:00:00.000+00:00"), "reviewed_by": "wang.wei",
               "moved_to": "sales", "closed_at": None, "gone": None, "history": HISTORY},
    "rejection": {"id": "D-60", "seq": 60, "type": "complaint.resolved", "subject": "C-41", "by": "zhang.min",
                  "code": "E1602", "reason": "The complaint is closed already.",
                  "at": card_time("2026-11-23T06:00:00.000+00:00")},
    "notice": {"id": "N-unknown_type", "seq": 0, "kind": "unknown_type", "said": "feedback.sung", "count": 7,
               "at": card_time("2026-11-23T06:00:00.000+00:00")},
}


def read_types():
    """Types with their records, and the required and all fields of each record, from the table."""
    text = (root / "schemas/types.def").read_text(encoding="utf-8")
    events = re.findall(r'^EVENT\(\w+, "([\w.]+)", (\w+), (\w+),', text, re.M)
    required, fields = {}, {}
    for name, body in re.findall(r"^RECORD_BEGIN\((\w+),.*?\n(.*?)^RECORD_END", text, re.M | re.S):
        rows = re.findall(r"^\w+\(\w+, (\w+),(.*)$", body, re.M)
        required[name] = [field for field, rest in rows if "REQUIRED" in rest.split('"')[0]]
        fields[name] = [field for field, _ in rows]
    return events, required, fields


# ---- valid events ----

valid = []


def add_valid(name, envelope, data, packed=None, record=None):
    event = dict(envelope)
    if data is not None:
        event["data"] = data
    meaning = expected({key: value for key, value in event.items() if key in KNOWN})
    if "data" in meaning and record:
        meaning["data"] = {key: value for key, value in meaning["data"].items() if key in known_fields[record]}
    valid.append({"name": name, "record": record,
                  "bytes": (packed if packed is not None else pack(wire(event))).hex(), "expected": meaning})


KNOWN = ("id", "source", "type", "time", "subject", "correlationid", "causationid", "traceparent", "ifseq", "data")
SOURCE = "/stores/sh-pudong/service/bay-03"


def envelope_of(kind, number, **more):
    return {"id": f"golden-{number:04}", "source": SOURCE, "type": kind, "time": NOON, **more}


events, required, known_fields = read_types()
number = 0
for kind, record, group in events:
    number += 1
    full = EXAMPLES[record]
    case = {"subject": "C-41"} if group == "DECISION" else {}
    if group == "CONSEQUENCE":
        case = {"subject": full["id"], "correlationid": "41", "causationid": "60"}
    add_valid(f"{kind} with every field", envelope_of(kind, number, **case), full, record=record)
    least = {field: full[field] for field in required[record]}
    if kind == "feedback.rated":
        least["overall"] = Score(0, 0)
    number += 1
    add_valid(f"{kind} with required fields only", {key: value for key, value in
                                                    envelope_of(kind, number).items() if key != "time"},
              least if least else None, record=record)

LEAST = {"store": "sh-pudong", "department": "service", "channel": "kiosk", "overall": Score(9, 9000)}


def rated(**more):
    return {**LEAST, **more}


def add_rated(name, data, envelope=None, packed=None):
    global number
    number += 1
    add_valid(name, envelope or envelope_of("feedback.rated", number), data, packed, "rated")


add_rated("time as RFC 3339 text with an offset", rated(),
          envelope_of("feedback.rated", 9001, time=Time("2026-11-23T12:00:00.5+08:00", as_text=True)))
add_rated("time of the last millisecond that there is", rated(),
          envelope_of("feedback.rated", 9002, time=Time("9999-12-31T23:59:59.999+00:00")))
add_rated("null counts as absent", {**rated(comment=None, staff=None, call=None, scores=None)},
          envelope_of("feedback.rated", 9003, subject=None, traceparent=None))
add_rated("a dimension without an answer is left out", rated(scores={"quality": Score(9, 9000), "pickup": None}))
add_rated("scores at both ends", rated(scores={"a": Score(0.0, 0), "b": Score(10.0, 10000)}, ces=Score(7, 7000),
                                       nps=Score(10.0, 10000)))
add_rated("halves are rounded away from zero", rated(overall=Score(2.0625, 2063)))
add_rated("sixteen dimensions", rated(scores={f"d{i}": Score(i % 11, i % 11 * 1000) for i in range(16)}))
add_rated("names of one and of 64 bytes", rated(visit="x", customer="y" * 64, staff="员" * 21 + "z"))
add_rated("text of 4,000 characters", rated(comment="满" * 3999 + "𝄞"))
add_rated("every CloudEvents attribute", rated(),
          envelope_of("feedback.rated", 9004, correlationid="41", causationid="60",
                      traceparent="00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", specversion="1.0",
                      datacontenttype="application/vnd.msgpack", dataschema="https://example.com/rated"))
add_valid("a decision about a case as of an entry", envelope_of("complaint.acknowledged", 9011, subject="C-41", ifseq=57),
          EXAMPLES["decided"], record="decided")
deep = {"leaf": [1, 2.5, b"\x00\xff", "文", None, True]}
for _ in range(4):
    deep = {"inner": deep, "list": [[]]}
add_rated("unknown fields of every kind, eight levels deep", rated(extra=deep, more=[{"a": 1}, {"a": 2}]),
          envelope_of("feedback.rated", 9005, vendor={"build": 7, "tags": ["x"]}))
add_rated("names in the longest form (str 32)", rated(), packed=b"\x84" + b"".join(b"\xdb" + struct.pack(">I", len(text)) + text for text in
               (b"id", b"golden-9006", b"source", SOURCE.encode(), b"type", b"feedback.rated", b"data"))
    + pack(wire(rated())), envelope={"id": "golden-9006", "source": SOURCE, "type": "feedback.rated"})
add_rated("data before type, and fields in the opposite order", dict(reversed(rated(staff="s-1").items())),
          dict(reversed(envelope_of("feedback.rated", 9007).items())),
          pack({"data": wire(dict(reversed(rated(staff="s-1").items()))),
                **wire(dict(reversed(envelope_of("feedback.rated", 9007).items())))}))
add_rated("single floats", rated(scores={"quality": Score(9.5, 9500)}), envelope_of("feedback.rated", 9008),
          pack(wire({**envelope_of("feedback.rated", 9008), "data": rated(scores={"quality": Score(9.5, 9500)})}),
               use_single_float=True))
add_valid("an unknown type is kept", {**envelope_of("feedback.sung", 9009)}, {"melody": [1, 2, 3]})
valid[-1]["expected"].pop("data") # undefined for it
add_valid("an unknown type without data", {**envelope_of("feedback.sung", 9010)}, None)
add_valid("a policy of more than 64 KiB", envelope_of("policy.adopted", 9012),
          {"by": "zhang.min", "content": "# 64 bytes of a policy that is long\n" * 1900, "hash": "0" * 32}, record="adopted")
add_valid("a reference by the highest seq", envelope_of("feedback.retracted", 9011),
          {"of": 2**63 - 1, "reason": "x"}, record="retracted")


# ---- hostile bytes ----

hostile = []


def add_hostile(name, packed, status, field, ident="h"):
    hostile.append({"name": name, "bytes": packed.hex(), "status": status, "field": field, "id": ident})


def event_bytes(data, **more):
    return pack(wire({"id": "h", "source": "/h", "type": "feedback.rated", **more, "data": data}))


def refuse(name, data, status, field, **more):
    add_hostile(name, event_bytes(data, **more), status, field)


def nest(levels):
    value = 1
    for _ in range(levels):
        value = {"a": value}
    return value


HEAD = b"\x84\xa2id\xa1h\xa6source\xa2/h\xa4type\xaefeedback.rated\xa4data"
ENVELOPE = b"\xa2id\xa1h\xa6source\xa2/h\xa4type\xaefeedback.rated"
DATA = pack(wire(rated()))

# the whole
add_hostile("nothing", b"", "TRUNCATED", "", "")
add_hostile("a number", b"\x07", "MALFORMED", "", "")
add_hostile("a list", b"\x91\xc0", "MALFORMED", "", "")
add_hostile("text", b"\xa5hello", "MALFORMED", "", "")
add_hostile("JSON", b'{"id": "x"}', "MALFORMED", "", "")
add_hostile("the byte that MessagePack never uses", b"\xc1", "MALFORMED", "", "")
add_hostile("an empty map", b"\x80", "MISSING_FIELD", "id", "")
add_hostile("a byte follows", HEAD + DATA + b"\xc0", "MALFORMED", "")
add_hostile("a map that claims 4 G pairs", b"\xdf\xff\xff\xff\xff", "TRUNCATED", "", "")
add_hostile("a map that claims 64 Ki pairs", b"\xde\xff\xff" + b"\xa1a\xc0" * 9, "TRUNCATED", "", "")
add_hostile("text that claims 4 GiB", b"\x81\xa2id\xdb\xff\xff\xff\xff", "TRUNCATED", "id", "")
add_hostile("binary that claims 4 GiB in an unknown field", b"\x84" + ENVELOPE + b"\xa1x\xc6\xff\xff\xff\xff",
            "TRUNCATED", "x")
add_hostile("a list that claims 4 G values", HEAD + b"\x81\xa5staff\xdd\xff\xff\xff\xff", "TRUNCATED", "data.staff")
add_hostile("scores that claim 4 G pairs", HEAD + b"\x81\xa6scores\xdf\xff\xff\xff\xff", "TRUNCATED", "data.scores")
add_hostile("the never used byte in an unknown field", HEAD + b"\x81\xa1x\xc1", "MALFORMED", "data.x")
add_hostile("257 fields", pack({f"k{i}": i for i in range(257)}), "TOO_MANY_FIELDS", "", "")
refuse("257 fields in data", {f"k{i}": i for i in range(257)}, "TOO_MANY_FIELDS", "data")
refuse("257 fields in an unknown map", rated(x={f"k{i}": i for i in range(257)}), "TOO_MANY_FIELDS", "data.x")
refuse("nine levels", rated(x=nest(7)), "TOO_DEEP", "data.x")
add_hostile("nine levels in a row of lists", HEAD + b"\x81\xa1x" + b"\x91" * 7 + b"\xc0", "TOO_DEEP", "data.x")
add_hostile("nine levels before the type", b"\x82\xa4data" + pack(nest(8)) + b"\xa2id\xa1h", "TOO_DEEP", "data", "")

# keys
add_hostile("id twice", b"\x82\xa2id\xa1h\xa2id\xa1h", "DUPLICATE_KEY", "id")
add_hostile("id twice, once null", b"\x82\xa2id\xc0\xa2id\xa1h", "DUPLICATE_KEY", "id", "")
add_hostile("an unknown attribute twice", b"\x85" + ENVELOPE + b"\xa1x\x01\xa1x\x02", "DUPLICATE_KEY", "")
add_hostile("a field twice", HEAD + b"\x82\xa5store\xa1a\xa5store\xa1a", "DUPLICATE_KEY", "data.store")
add_hostile("a field twice, first null", HEAD + b"\x82\xa5staff\xc0\xa5staff\xa1a", "DUPLICATE_KEY", "data.staff")
add_hostile("a dimension twice", HEAD + b"\x81\xa6scores\x82\xa1q\x09\xa1q\x09", "DUPLICATE_KEY", "data.scores")
add_hostile("a dimension twice, once null", HEAD + b"\x81\xa6scores\x82\xa1q\xc0\xa1q\x09", "DUPLICATE_KEY",
            "data.scores")
add_hostile("an unknown field twice", HEAD + b"\x82\xa1x\x01\xa1x\x02", "DUPLICATE_KEY", "data")
add_hostile("twice inside an unknown field", HEAD + b"\x81\xa1x\x82\xa1y\x01\xa1y\x02", "DUPLICATE_KEY", "data.x")
add_hostile("the same key spelt in another width", HEAD + b"\x82\xa1x\x01\xd9\x01x\x02", "DUPLICATE_KEY", "data")
add_hostile("a number as key", b"\x81\x01\x02", "BAD_KEY", "", "")
add_hostile("a number as key in data", HEAD + b"\x81\x01\x02", "BAD_KEY", "data")
add_hostile("a null key in an unknown field", HEAD + b"\x81\xa1x\x81\xc0\x02", "BAD_KEY", "data.x")
add_hostile("a binary key", HEAD + b"\x81\xc4\x05store\xa1a", "BAD_KEY", "data")
add_hostile("an unknown key in bad UTF-8", HEAD + b"\x81\xa2\xc3\x28\x01", "BAD_UTF8", "data")
add_hostile("an unknown text in bad UTF-8", HEAD + b"\x81\xa1x\xa2\xc3\x28", "BAD_UTF8", "data.x")
add_hostile("a dimension in bad UTF-8", HEAD + b"\x81\xa6scores\x81\xa1\xff\x09", "BAD_UTF8", "data.scores")

# the envelope
base = {"id": "h", "source": "/h", "type": "feedback.rated", "data": wire(rated())}


def without(key):
    return pack({name: value for name, value in base.items() if name != key})


def replaced(key, value):
    return pack({**base, key: value})


add_hostile("no id", without("id"), "MISSING_FIELD", "id", "")
add_hostile("no source", without("source"), "MISSING_FIELD", "source")
add_hostile("no type", without("type"), "MISSING_FIELD", "type")
add_hostile("no data", without("data"), "MISSING_FIELD", "data")
add_hostile("null id", replaced("id", None), "MISSING_FIELD", "id", "")
add_hostile("null data", replaced("data", None), "MISSING_FIELD", "data")
add_hostile("empty id", replaced("id", ""), "EMPTY", "id", "")
add_hostile("id of 65 bytes", replaced("id", "x" * 65), "TOO_LONG", "id", "")
add_hostile("a number as id", replaced("id", 7), "WRONG_TYPE", "id", "")
add_hostile("a control character in id", replaced("id", "a\nb"), "OUT_OF_RANGE", "id", "")
add_hostile("DEL in id", replaced("id", "abcdefgh\x7f"), "OUT_OF_RANGE", "id", "")
add_hostile("id in bad UTF-8", b"\x81\xa2id\xa3ab\xff", "BAD_UTF8", "id", "")
add_hostile("a space in source", replaced("source", "/a b"), "OUT_OF_RANGE", "source")
add_hostile("source of 513 bytes", replaced("source", "/" * 513), "TOO_LONG", "source")
add_hostile("type of 65 bytes", replaced("type", "t" * 65), "TOO_LONG", "type")
add_hostile("subject of 193 bytes", replaced("subject", "s" * 193), "TOO_LONG", "subject")
add_hostile("time as a number", replaced("time", 1795392000), "WRONG_TYPE", "time")
add_hostile("time in words", replaced("time", "yesterday"), "BAD_TIME", "time")
add_hostile("time on 30 February", replaced("time", "2026-02-30T00:00:00Z"), "BAD_TIME", "time")
add_hostile("time before 1970", replaced("time", msgpack.Timestamp(-1, 0)), "BAD_TIME", "time")
add_hostile("time with 10^9 nanoseconds", b"\x81\xa4time\xc7\x0c\xff" + struct.pack(">IQ", 10**9, 0), "BAD_TIME",
            "time", "")
add_hostile("time in the year 10000", replaced("time", msgpack.Timestamp(253402300800, 0)), "BAD_TIME", "time")
add_hostile("time that overflows", replaced("time", msgpack.Timestamp(2**63 - 1, 0)), "BAD_TIME", "time")
add_hostile("time as another extension", replaced("time", msgpack.ExtType(5, b"\0\0\0\0")), "BAD_TIME", "time")
add_hostile("data is a list", replaced("data", []), "WRONG_TYPE", "data")
add_hostile("data of an unknown type is text", pack({"id": "h", "source": "/h", "type": "x.y", "data": "text"}),
            "WRONG_TYPE", "data")
add_hostile("data of an unknown type has a key twice", b"\x84\xa2id\xa1h\xa6source\xa2/h\xa4type\xa3x.y\xa4data"
            b"\x82\xa1a\x01\xa1a\x01", "DUPLICATE_KEY", "data")
add_hostile("data before the type has a key twice", b"\x84\xa4data\x82\xa1a\x01\xa1a\x01" + ENVELOPE, "DUPLICATE_KEY",
            "data")

# fields
refuse("no store", {"department": "service", "channel": "kiosk", "overall": 9}, "MISSING_FIELD", "data.store")
refuse("null store", rated(store=None), "MISSING_FIELD", "data.store")
refuse("empty store", rated(store=""), "EMPTY", "data.store")
refuse("a list as store", rated(store=["sh-pudong"]), "WRONG_TYPE", "data.store")
refuse("store as binary", rated(store=b"sh-pudong"), "WRONG_TYPE", "data.store")
refuse("store of 65 bytes", rated(store="店" * 21 + "xx"), "TOO_LONG", "data.store")
refuse("an unknown channel", rated(channel="pigeon"), "UNKNOWN_CHOICE", "data.channel")
refuse("a channel in capitals", rated(channel="Kiosk"), "UNKNOWN_CHOICE", "data.channel")
refuse("a number as channel", rated(channel=3), "WRONG_TYPE", "data.channel")
refuse("score as text", rated(overall="9"), "WRONG_TYPE", "data.overall")
refuse("score as true", rated(overall=True), "WRONG_TYPE", "data.overall")
refuse("score NaN", rated(overall=math.nan), "NOT_A_NUMBER", "data.overall")
refuse("score infinite", rated(overall=math.inf), "NOT_A_NUMBER", "data.overall")
refuse("score minus infinite", rated(scores={"quality": -math.inf}), "NOT_A_NUMBER", "data.scores.quality")
refuse("score 11", rated(overall=11), "OUT_OF_RANGE", "data.overall")
refuse("score -1", rated(overall=-1), "OUT_OF_RANGE", "data.overall")
refuse("score 10.001", rated(overall=10.001), "OUT_OF_RANGE", "data.overall")
refuse("score 10.0001", rated(overall=10.0001), "OUT_OF_RANGE", "data.overall")
refuse("score -0.0001", rated(overall=-0.0001), "OUT_OF_RANGE", "data.overall")
refuse("score 10^300", rated(overall=1e300), "OUT_OF_RANGE", "data.overall")
refuse("score 2^64-1", rated(overall=2**64 - 1), "OUT_OF_RANGE", "data.overall")
refuse("nps with a fraction", rated(nps=9.5), "OUT_OF_RANGE", "data.nps")
refuse("ces 0", rated(ces=0), "OUT_OF_RANGE", "data.ces")
refuse("ces 7.5", rated(ces=7.5), "OUT_OF_RANGE", "data.ces")
refuse("dimension 10.5", rated(scores={"quality": 9, "pickup": 10.5}), "OUT_OF_RANGE", "data.scores.pickup")
refuse("dimension as text", rated(scores={"quality": "9"}), "WRONG_TYPE", "data.scores.quality")
refuse("dimension without a name", rated(scores={"": 9}), "EMPTY", "data.scores")
refuse("dimension of 65 bytes", rated(scores={"q" * 65: 9}), "TOO_LONG", "data.scores")
refuse("seventeen dimensions", rated(scores={f"d{i}": 9 for i in range(17)}), "TOO_MANY_ITEMS", "data.scores")
refuse("scores as a list", rated(scores=[9, 9]), "WRONG_TYPE", "data.scores")
refuse("a fraction as key", rated(raw={"key": 1.0, "scale": "x"}), "WRONG_TYPE", "data.raw.key")
refuse("key 1001", rated(raw={"key": 1001, "scale": "x"}), "OUT_OF_RANGE", "data.raw.key")
refuse("key 2^63", rated(raw={"key": 2**63, "scale": "x"}), "OUT_OF_RANGE", "data.raw.key")
refuse("raw without a scale", rated(raw={"key": 1}), "MISSING_FIELD", "data.raw.scale")
refuse("call as text", rated(call="7"), "WRONG_TYPE", "data.call")
refuse("a space in a URI", rated(call={"recording": "https://x/ y"}), "OUT_OF_RANGE", "data.call.recording")
refuse("historical as a number", rated(historical=1), "WRONG_TYPE", "data.historical")
refuse("comment of 4,001 characters", rated(comment="满" * 4001), "TOO_LONG", "data.comment")
refuse("comment as a number", rated(comment=9), "WRONG_TYPE", "data.comment")
refuse("no figure at all", {"store": "a", "department": "b", "channel": "kiosk"}, "NO_FIGURE", "data")
refuse("scores without an answer", {"store": "a", "department": "b", "channel": "kiosk", "scores": {"q": None}},
       "NO_FIGURE", "data")
add_hostile("comment in bad UTF-8", HEAD + b"\x81\xa7comment\xa4abc\xe6", "BAD_UTF8", "data.comment")
add_hostile("a surrogate in a comment", HEAD + b"\x81\xa7comment\xa3\xed\xa0\x80", "BAD_UTF8", "data.comment")
complaint = {"store": "a", "channel": "phone", "category": "delay", "text": "x"}
refuse("a complaint without words", {**complaint, "text": ""}, "EMPTY", "data.text", type="feedback.complained")
refuse("the fourth of the staff has no name", {**complaint, "staff": ["a", "b", "c", ""]}, "EMPTY", "data.staff[3]",
       type="feedback.complained")
refuse("a number among the staff", {**complaint, "staff": ["a", 7]}, "WRONG_TYPE", "data.staff[1]",
       type="feedback.complained")
refuse("seventeen of the staff", {**complaint, "staff": ["s"] * 17}, "TOO_MANY_ITEMS", "data.staff",
       type="feedback.complained")
refuse("staff as text", {**complaint, "staff": "s-1"}, "WRONG_TYPE", "data.staff", type="feedback.complained")
refuse("a claim below 0", {**complaint, "claim_fen": -1}, "OUT_OF_RANGE", "data.claim_fen", type="feedback.complained")
refuse("an amount of 2^64-1, which is not -1", {"by": "a", "amount_fen": 2**64 - 1}, "OUT_OF_RANGE", "data.amount_fen",
       type="ledger.confirmed")
refuse("a reference to seq 0", {"of": 0, "reason": "x"}, "OUT_OF_RANGE", "data.of", type="feedback.retracted")
refuse("a reference to seq -1", {"of": -1, "reason": "x"}, "OUT_OF_RANGE", "data.of", type="feedback.retracted")
refuse("a reference to a fraction", {"of": 1.5, "reason": "x"}, "WRONG_TYPE", "data.of", type="feedback.retracted")
refuse("an empty reference", {"of": "", "reason": "x"}, "EMPTY", "data.of", type="feedback.retracted")
card = wire(EXAMPLES["task"])
refuse("a bad line in a card's history", {**card, "history": [card["history"][0], {**card["history"][1], "seq": "x"}]},
       "WRONG_TYPE", "data.history[1].seq", type="task.changed")
refuse("33 lines in a card's history", {**card, "history": [card["history"][0]] * 33}, "TOO_MANY_ITEMS", "data.history",
       type="task.changed")
figures = wire(EXAMPLES["score"])
refuse("a bad figure of a dimension", {**figures, "dimensions": {"quality": {"n": 20, "mean": "9"}}}, "WRONG_TYPE",
       "data.dimensions.quality.mean", type="score.changed")


# ---- files ----

def write_lines(path, rows):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")


write_lines(root / "schemas/golden/valid.jsonl", valid)
write_lines(root / "schemas/golden/hostile.jsonl", hostile)
for target in ("fuzz_event", "fuzz_wire"):
    corpus = root / "tests/fuzz/corpus" / target
    corpus.mkdir(parents=True, exist_ok=True)
    for old in corpus.iterdir():
        old.unlink()
    for row in (valid + hostile)[:: 1 if target == "fuzz_event" else 6]:
        content = bytes.fromhex(row["bytes"])
        if len(content) <= 2048:
            (corpus / hashlib.sha256(content).hexdigest()[:16]).write_bytes(content)
print(f"{len(valid)} valid and {len(hostile)} hostile events")
