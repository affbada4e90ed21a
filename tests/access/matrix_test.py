#!/usr/bin/python3
"""Every role x right x place, allowed and refused, over ZeroMQ with keys and over HTTP with tokens, against a real server.

What is expected is read from core/access.def by tests/access/table.py; who decides in the product is not asked. Each role has
somebody at sh-pudong/service. There are cases there (here), in the other department (beside), in another store (elsewhere), and in a
store where everything is about that very person (own).
"""
import collections
import json
import sys
import tempfile
import time
import urllib.parse

import zmq

import table
from world import BESIDE, DEVICES, ELSEWHERE, FEED, HERE, INTAKE, PUBLISH, QUERY, REPLAY, World, is_let_in, own_store, person
from sse import Stream  # world knows where it lies

ROLES, CELLS = table.read()
PLACES = {"here": HERE, "beside": BESIDE, "elsewhere": ELSEWHERE}

# A case of one's own is one's own to work on, to be told of, to see, and to call the customer about. Nobody directs, rewards or rules in another store
# because the case is about them.
OWN_COUNTS = {"handle", "acknowledge", "appeal", "personal"} | {right for right in CELLS if right.startswith("see_")}

Case = collections.namedtuple("Case", "store department who complaint escalation task callback entry appeal rating fact repair")


class Findings:
    """What was tried, and where the server and the table differ."""

    def __init__(self):
        self.tried, self.wrong = collections.Counter(), []

    def note(self, surface, role, right, what, expected, got):
        self.tried[surface, role, right] += 1
        if bool(expected) != bool(got):
            self.wrong.append(f"{surface}: {role} {right}: {what}: {'refused' if expected else 'let through'}")


def expect(role, right, case):
    """By the table: may that role's person do this there?"""
    own = right in OWN_COUNTS and case.who == person(role)
    return table.allows(CELLS[right][role], (case.store, case.department) == HERE, own)


def refused(code):
    return isinstance(code, str) and code.startswith("E18")


# ---- the world's cases ----

def case_make(world, store, department, who):
    """One of everything there; about that person."""
    place = {"store": store, "department": department}
    fact = world.must("feedback.complained", {**place, "channel": "phone", "category": "price", "text": "too dear"})
    complaint = f"C-{fact}"
    world.must("complaint.assigned", {"by": "office", "handler": who}, complaint)
    world.must("complaint.escalated", {"by": "office", "level": 2}, complaint)
    due = {"due": "2099-01-01T00:00:00Z"}
    task = world.must("task.opened", {"by": "office", **place, "measure": "train", "responsible": who, **due})
    visit = {**place, "visit": f"v-{fact}", "kind": "sale", "customer": f"c-{fact}"}
    sale = world.put("office", [world.event("office", "visit.completed", visit)])[0]
    repair = {**place, "visit": f"r-{fact}", "kind": "repair", "vehicle": f"LSV{fact:014d}"}
    brought = world.put("office", [world.event("office", "visit.opened", repair)])[0]
    rating = world.put("office", [world.event("office", "feedback.rated", {**place, "channel": "kiosk", "overall": 9, "staff": who})])[0]
    praise = world.put("office", [world.event("office", "feedback.praised", {**place, "staff": [who], "text": "kind"})])[0]
    appeal = world.must("appeal.filed", {"by": who, "rating": rating, "ground": "rating_error"})
    assert all(isinstance(seq, int) for seq in (sale, brought, rating, praise)), (sale, brought, rating, praise)
    return Case(store, department, who, complaint, None, f"T-{task}", sale, f"L-{praise}-{who}", f"A-{appeal}", rating, fact, brought)


def cases_make(world):
    cases = {name: case_make(world, *place, f"w.{place[0]}") for name, place in PLACES.items()}
    for role in ROLES:
        cases[role] = case_make(world, own_store(role), "service", person(role))
    told, calls = {}, {}
    world.server.wait_folded()
    for row in world.rows("escalations"):
        told.setdefault(row["complaint"], row["id"])
    for row in world.rows("callbacks"):
        calls[row["store"], row["department"]] = row["id"]
    return {name: case._replace(escalation=told[case.complaint], callback=calls[case.store, case.department])
            for name, case in cases.items()}


# ---- what is published ----

FUTURE = "2099-01-01T00:00:00Z"


def facts_of(case):
    """Each type of fact there, as (type, data, subject)."""
    place = {"store": case.store, "department": case.department}
    of = {"of": case.rating}
    return [("visit.opened", {**place, "visit": "v", "kind": "consult"}, None),
            ("visit.completed", {**place, "visit": "v", "kind": "consult"}, None),
            ("feedback.rated", {**place, "channel": "kiosk", "overall": 9}, None),
            ("feedback.unreached", {"callback": case.callback, "reason": "busy"}, None),
            ("feedback.corrected", {**of, "overall": 8}, None),
            ("feedback.retracted", {**of, "reason": "twice"}, None),
            ("feedback.complained", {**place, "channel": "phone", "category": "price", "text": "dear"}, None),
            ("feedback.praised", {**place, "text": "kind"}, None),
            ("feedback.suggested", {"store": case.store, "text": "tea"}, None),
            ("feedback.enquired", {"store": case.store, "channel": "phone"}, None)]


def decisions_of(case, by):
    """Each type of decision about it. Some make no sense there: that is said after it was asked whether one may."""
    who, place = {"by": by}, {"store": case.store, "department": case.department}
    reason = {**who, "reason": "because"}
    complaint = [("acknowledged", who), ("planned", {**who, "measure": "repair"}), ("noted", who),
                 ("paused", {**who, "reason": "parts", "until": FUTURE}), ("resumed", who), ("resolved", who),
                 ("escalated", {**who, "level": 0}), ("verified", {**who, "satisfied": True}), ("graded", {**who, "grade": "general"}),
                 ("assigned", {**who, "handler": case.who}), ("judged", {**who, "verdict": "dismissed"}), ("reopened", reason),
                 ("merged", {**who, "into": case.complaint}), ("transferred", {**who, **place}), ("withdrawn", who)]
    task = [("started", who), ("completed", who), ("assigned", {**who, "responsible": case.who}),
            ("extended", {**reason, "due": FUTURE}), ("verified", {**who, "effective": True}), ("cancelled", reason)]
    callback = [("claimed", who), ("rescheduled", {**who, "at": FUTURE}), ("done", who), ("cancelled", who)]
    entry = [("waived", reason), ("confirmed", who), ("settled", {**who, "period": "2026-11"}), ("reversed", reason)]
    appeal = [("ruled", {**reason, "upheld": False}), ("reviewed", {**reason, "upheld": False})]
    veto = {**who, "ground": "faked_survey", "person": case.who, "store": case.store, "department": case.department, "period": "2020-01"}
    return ([(f"complaint.{kind}", data, case.complaint) for kind, data in complaint] +
            [("escalation.acknowledged", who, case.escalation)] +
            [(f"task.{kind}", data, case.task) for kind, data in task] +
            [("task.opened", {**who, **place, "measure": "train", "responsible": case.who, "due": FUTURE}, None)] +
            [(f"callback.{kind}", data, case.callback) for kind, data in callback] +
            [(f"ledger.{kind}", data, case.entry) for kind, data in entry] + [("ledger.vetoed", veto, None)] +
            [(f"appeal.{kind}", data, case.appeal) for kind, data in appeal])


def wanted(role, kind, case):
    """Whether it is let through."""
    right = table.RIGHT_OF_TYPE[kind]
    nowhere = kind.startswith("customer.") or kind in ("policy.adopted", "roster.changed")
    if nowhere:
        return CELLS[right][role] != "none"
    if kind in ("feedback.suggested", "feedback.enquired"):  # about a store as a whole: told by any department of it
        case = case._replace(department=HERE[1])
    if kind.startswith("callback.") or kind == "feedback.unreached":  # nobody's own until somebody claims it
        case = case._replace(who="")
    return expect(role, right, case)


def published_is_checked(world, cases, found, surface, publish):
    """publish(role, [(type, data, subject)]) -> code of the refusal, or None, of each."""
    for role in ROLES:
        asked = [(name, *draft) for name in (*PLACES, role) for draft in facts_of(cases[name]) + decisions_of(cases[name], person(role))]
        system = {"by": person(role), "content": "name: none", "hash": "0" * 32}
        asked += [("here", kind, {"customer": "c-none"}, None) for kind in ("customer.opted_out", "customer.opted_in")]
        asked += [("here", kind, system, None) for kind in ("policy.adopted", "roster.changed")]
        asked += [(role, "appeal.filed", {"by": person(role), "rating": cases[role].rating, "ground": "other"}, None)]
        codes = publish(role, [draft[1:] for draft in asked])
        for (name, kind, _, _), code in zip(asked, codes, strict=True):
            found.note(surface, role, table.RIGHT_OF_TYPE[kind], f"{kind} {'own' if name == role else name} -> {code}",
                       wanted(role, kind, cases[name]), not refused(code))
        missing = set(table.RIGHT_OF_TYPE) - {kind for _, kind, _, _ in asked}
        assert not missing, missing


def publish_by_zeromq(world):
    def publish(role, drafts):
        name = person(role)
        results = world.put(name, [world.event(name, *draft) for draft in drafts])
        seqs = [result for result in results if isinstance(result, int)]
        codes = dict(zip(seqs, (outcome["code"] for outcome in world.outcomes(seqs)), strict=True))
        return [codes.get(result, result) for result in results]
    return publish


# ---- what is read ----

def sees(role, right, case):
    """By the table: does that person see this case? Callbacks are nobody's own until somebody claims them, what stands in the workshop
    and the figures of a whole department are nobody's ever."""
    return expect(role, right, case._replace(who="") if right in ("see_callback", "see_system", "see_score") else case)


def visible_ids(role, right, cases, id_of):
    return {id_of(case) for case in cases.values() if sees(role, right, case)}


LISTS = [  # what, the right, the id of a case's row in it, of a row
    ("complaints", "see_complaint", lambda case: case.complaint, lambda row: row["id"]),
    ("escalations", "see_escalation", lambda case: case.escalation, lambda row: row["id"]),
    ("tasks", "see_task", lambda case: case.task, lambda row: row["id"]),
    ("callbacks", "see_callback", lambda case: case.callback, lambda row: row["id"]),
    ("ledger", "see_ledger", lambda case: case.entry, lambda row: row["id"]),
    ("appeals", "see_ledger", lambda case: case.appeal, lambda row: row["id"]),
    ("repairs", "see_system", lambda case: f"V-{case.repair}", lambda row: row["id"]),
]
SINGLES = [("complaint", "see_complaint", "complaint"), ("escalation", "see_escalation", "escalation"), ("task", "see_task", "task"),
           ("callback", "see_callback", "callback"), ("ledger_entry", "see_ledger", "entry"), ("appeal", "see_ledger", "appeal"),
           ("trace", "see_complaint", "complaint"), ("trace", "see_ledger", "entry"), ("trace", "see_task", "task")]
CHANNELS = [  # a channel, a case's card in it, what a card says of itself
    ("complaint", lambda case: case.complaint, lambda card: card["id"]),
    ("escalation", lambda case: case.escalation, lambda card: card["id"]),
    ("task", lambda case: case.task, lambda card: card["id"]),
    ("callback", lambda case: case.callback, lambda card: card["id"]),
    ("ledger", lambda case: case.entry, lambda card: card["id"]),
    ("ledger", lambda case: case.appeal, lambda card: card["id"]),
    ("score", lambda case: case[:2], lambda card: (card.get("store"), card.get("department"))),
    ("system", lambda case: f"V-{case.repair}", lambda card: card.get("id")),
]


def lists_are_filtered(cases, found, surface, rows_of):
    """rows_of(role, what, filters) -> rows, or the code of the refusal."""
    for role in ROLES:
        for what, right, id_of, id_in in LISTS:
            rows = rows_of(role, what, {})
            seen = set() if refused(rows) else {id_in(row) for row in rows}
            for name, case in cases.items():
                if name in PLACES or name == role:
                    found.note(surface, role, right, f"{what}: {'own' if name == role else name}", sees(role, right, case),
                               id_of(case) in seen)
            strange = (seen & {id_of(case) for case in cases.values()}) - visible_ids(role, right, cases, id_of)
            found.note(surface, role, right, f"{what}: {sorted(strange)[:3]} are other people's", False, strange)
            if CELLS[right][role] == "none":
                found.note(surface, role, right, f"{what} at all -> {str(rows)[:60]}", False, not refused(rows))
        year, month = time.strftime("%Y"), time.strftime("%Y-%m")
        for what, filters in (("scores", {"by": "store", "period": year}), ("ranking", {"period": month}), ("period", {"period": month})):
            rows = rows_of(role, what, filters)
            seen = set() if refused(rows) else {(row["store"], row["department"]) for row in rows}
            assert refused(rows) or len(seen) == len(rows), (what, rows)
            for name in (*PLACES, role):
                found.note(surface, role, "see_score", f"{what}: {cases[name][:2]}", sees(role, "see_score", cases[name]),
                           cases[name][:2] in seen)
        rows = rows_of(role, "scores", {"by": "staff", "period": year})
        seen = set() if refused(rows) else {row["staff"] for row in rows}
        for name in ("here", "elsewhere", role):
            who = f"w.{PLACES[name][0]}" if name in PLACES else person(role)
            found.note(surface, role, "see_score", f"scores of {who}", expect(role, "see_score", cases[name]), who in seen)


def cases_are_shown(cases, found, surface, row_of):
    """row_of(role, what, id) -> rows, or the code of the refusal."""
    for role in ROLES:
        for name in (*PLACES, role):
            case = cases[name]
            for what, right, field in SINGLES:
                rows = row_of(role, what, getattr(case, field))
                found.note(surface, role, right, f"{what} {'own' if name == role else name} -> {str(rows)[:40]}",
                           sees(role, right, case), not refused(rows))


def everybody_may_know_the_rules(found, surface, rows_of):
    for role in ROLES:
        for what, right, filters in (("policy", "rules", {}), ("roster", "roster", {}), ("places", "rules", {}), ("status", "rules", {}), ("outcome", "rules", {"seq": 6})):
            rows = rows_of(role, what, filters)
            found.note(surface, role, right, f"{what} -> {str(rows)[:40]}", CELLS[right][role] != "none", not refused(rows))


def the_feed_asks_who(world, cases, found):
    for role in ROLES:
        feed = world.peer(person(role), FEED)
        asks = [("journal", "FETCH", {"after": 0, "class": "any", "max_bytes": 65536, "wait_ms": 0}),
                ("journal", "GET", {"what": "event", "seq": cases["here"].fact}),
                ("journal", "GET", {"what": "events", "type": "complaint.*"}),
                ("quarantine", "GET", {"what": "quarantine"})]
        for right, verb, body in asks:
            answer = feed.ask(verb, why="to try", **body) if verb == "GET" else feed.ask(verb, **body)
            found.note("zeromq", role, right, f"{verb} {body.get('what', '')} -> {answer[1].get('code')}",
                       CELLS[right][role] != "none", answer[0] != "NAK")
        for name in (*PLACES, role):
            case = cases[name]
            expected = expect(role, "personal", case) and expect(role, "see_complaint", case)
            verb, body = feed.ask("GET", what="personal", seq=case.fact, why="to try")
            found.note("zeromq", role, "personal", f"personal {name} -> {body.get('code')}", expected, verb == "ROWS" and body["rows"])


def what_was_refused_is_mended(world, found):
    """Sent on with the same flaw: whoever may mend is told of it, anybody else that they may not; nothing becomes of it."""
    publisher = person("publisher")
    wrong = world.event(publisher, "feedback.rated", {"store": HERE[0], "department": HERE[1], "channel": "pigeon", "overall": 9})
    status, problem = world.web(publisher).ask("POST", "/v1/events", wrong)
    assert (status, problem["code"]) == (422, "E1205"), problem
    for role in ROLES:
        name, may = person(role), CELLS["mend"][role] != "none"
        verb, body = world.peer(name, INTAKE).ask("PUT", mends=problem["quarantine"], events=[wrong])
        found.note("zeromq", role, "mend", f"PUT mends -> {verb} {body}", may,
                   verb == "ACK" and body["problems"][0]["code"] == "E1205")
        status, body = world.web(name).ask("POST", f"/v1/quarantine/{problem['quarantine']}/resubmit", wrong)
        found.note("http", role, "mend", f"resubmit -> {status} {body['code']}", may, (status, body["code"]) == (422, "E1205"))


def replayed(outlet, channel):
    """Every card of a channel, page by page, or the code of the refusal."""
    cards, after, more = [], 0, True
    while more:
        verb, body = outlet.ask("REPLAY", channel=channel, after=after, max=256, why="to try")
        if verb == "NAK":
            return body["code"]
        cards += [card["card"] for card in body["cards"]]
        after, more = body["upto"], body["more"]
    return cards


def streamed(world, role):
    """{channel: every present card of it} as server-sent events tell them; by name a channel that one may see nothing of is refused."""
    stream = Stream(world.server.base, "?why=to+try", Authorization=f"Bearer {world.tokens[person(role)]}")
    if stream.status != 200:
        return dict.fromkeys(table.RIGHT_OF_CHANNEL, stream.problem()["code"])
    blocks = stream.until("ready")
    stream.close()
    cards = {channel: [] for channel in blocks[0].data["channels"]}
    for block in blocks:
        if block.kind not in ("hello", "ready", "beat"):
            cards[block.kind].append(block.data["card"])
    for channel in set(table.RIGHT_OF_CHANNEL) - set(cards):
        stream = Stream(world.server.base, f"?channels={channel}", Authorization=f"Bearer {world.tokens[person(role)]}")
        assert stream.status == 403, (role, channel, stream.status)
        cards[channel] = stream.problem()["code"]
        stream.close()
    return cards


def channels_are_filtered(cases, found, surface, cards_of):
    """cards_of(role) -> {channel: its cards, or the code of the refusal}."""
    for role in ROLES:
        told = cards_of(role)
        for channel, id_of, id_in in CHANNELS:
            right = table.RIGHT_OF_CHANNEL[channel]
            cards = told[channel]
            seen = set() if refused(cards) else {id_in(card) for card in cards}
            for name in (*PLACES, role):
                found.note(surface, role, right, f"REPLAY {channel}: {'own' if name == role else name}", sees(role, right, cases[name]),
                           id_of(cases[name]) in seen)
            strange = (seen & {id_of(case) for case in cases.values()}) - visible_ids(role, right, cases, id_of)
            found.note(surface, role, right, f"REPLAY {channel}: {sorted(strange)[:3]} are other people's", False, strange)
            if CELLS[right][role] == "none":
                found.note(surface, role, right, f"{channel} at all", False, not refused(cards))


def everybody_is_answered_a_ping(world, found):
    for role in ROLES:
        for port in (INTAKE, FEED, QUERY, REPLAY):
            verb, _ = world.peer(person(role), port).ask("PING")
            found.note("zeromq", role, "rules", f"PING {port}", True, verb == "PONG")


def live_cards_are_for_who_sees_everything(world, found):
    """XPUB can't filter: only who sees all of every kind is let in at all. The others follow by REPLAY."""
    seeing = [right for right in CELLS if right.startswith("see_")]
    let_in = is_let_in([world.server.endpoint(PUBLISH)] * len(ROLES), [world.keys[person(role)] for role in ROLES], zmq.SUB)
    for role, is_in in zip(ROLES, let_in, strict=True):
        for right in seeing:
            found.note("zeromq", role, right, "SUB", all(CELLS[every][role] == "all" for every in seeing), is_in)


def audit_is_for_auditors(found, surface, rows_of):
    for role in ROLES:
        rows = rows_of(role, "audit", {})
        found.note(surface, role, "audit", f"audit -> {str(rows)[:40]}", CELLS["audit"][role] != "none", not refused(rows))


def it_is_the_table_that_is_printed(world):
    """`manyi access --json` says what core/access.def says, and asks for the rights that this test expects."""
    printed = json.loads(world.command("access", "--json"))
    cells = {(cell["right"], cell["role"]): cell["reach"] for cell in printed["cells"]}
    assert cells == {(right, role): reach for right, reaches in CELLS.items() for role, reach in reaches.items()}
    assert {row["type"]: row["right"] for row in printed["events"]} == table.RIGHT_OF_TYPE
    assert {row["channel"]: row["right"] for row in printed["channels"]} == table.RIGHT_OF_CHANNEL
    tried = {what: right for what, right, *_ in LISTS} | {what: right for what, right, _ in SINGLES if what != "trace"}
    printed_of = {row["what"]: row["right"] for row in printed["verbs"]}
    assert not {what for what, right in tried.items() if printed_of[what] != right}, (tried, printed_of)


# ---- all of it ----

def people_make(world):
    world.new("office", "--kind", "program", "--role", "group", "--role", "hr", "--role", "auditor", "--role", "publisher",
              "--store", "all", "--department", "all", "--speaks-for", "*")
    for role in ROLES:
        world.new(person(role), "--kind", "device" if role in DEVICES else "person", "--role", role, "--store", HERE[0],
                  "--department", HERE[1])


def rows_by_zeromq(world):
    return lambda role, what, filters: world.rows(what, person(role), why="to try", **filters)


PATHS = {"complaint": "complaints", "escalation": "escalations", "task": "tasks", "callback": "callbacks", "ledger_entry": "ledger",
         "appeal": "appeals"}


def rows_by_http(world):
    """Like rows_by_zeromq, over HTTP."""
    def ask(role, what, filters):
        single = filters.get("id") or (what == "outcome" and filters["seq"])
        path = {"outcome": "outcomes"}.get(what, PATHS.get(what, what)) + (f"/{single}" if single else "")
        rest = {name: text for name, text in filters.items() if name not in ("id", "seq")}
        if not single:
            rest["limit"] = 1000
        status, body = world.web(person(role)).ask("GET", f"/v1/{path}?{urllib.parse.urlencode({**rest, 'why': 'to try'})}")
        if status != 200:
            assert status in (401, 403, 404, 400), (role, path, status, body)
            return body["code"]
        return body["rows"] if isinstance(body, dict) and "rows" in body else [body]
    return ask


def publish_by_http(world):
    def publish(role, drafts):
        name, codes = person(role), []
        for draft in drafts:
            event = world.event(name, *draft)
            status, body = world.web(name).ask("POST", "/v1/events", event)
            assert status in (200, 201, 202, 403, 422, 400, 409), (role, draft, status, body)
            codes.append(body["code"] if status >= 400 else body["seq"])
        seqs = [code for code in codes if isinstance(code, int)]
        outcomes = dict(zip(seqs, (outcome["code"] for outcome in world.outcomes(seqs)), strict=True))
        return [outcomes.get(code, code) for code in codes]
    return publish


def the_feed_is_asked_by_http(world, cases, found):
    for role in ROLES:
        web = world.web(person(role))
        for right, path in (("journal", f"events/{cases['here'].fact}"), ("journal", "events"), ("quarantine", "quarantine")):
            status, body = web.ask("GET", f"/v1/{path}?why=to+try")
            found.note("http", role, right, f"{path} -> {status}", CELLS[right][role] != "none", status == 200)
        for name in (*PLACES, role):
            case = cases[name]
            expected = expect(role, "personal", case) and expect(role, "see_complaint", case)
            status, body = web.ask("GET", f"/v1/personal/{case.fact}?why=to+try")
            found.note("http", role, "personal", f"personal {name} -> {status}", expected, status == 200)


def tell(found, surfaces):
    for surface in surfaces:
        cells = [(role, right) for right in CELLS for role in ROLES]
        bare = [cell for cell in cells if not found.tried[(surface, *cell)]]
        tried = sum(count for (where, _, _), count in found.tried.items() if where == surface)
        print(f"{surface}: {len(cells) - len(bare)} of {len(cells)} cells, {tried} requests"
              + (f"; can't be tried there: {sorted({right for _, right in bare})}" if bare else ""))
    for wrong in found.wrong:
        print("  " + wrong)


def scores_are_told(world, cases):
    """A store's score is told in a later second than its ratings came in: until then nobody can see it."""
    deadline = time.monotonic() + 20
    while missing := {case[:2] for case in cases.values()} - {
            (card.get("store"), card.get("department")) for card in replayed(world.peer(person("auditor"), REPLAY), "score")}:
        assert time.monotonic() < deadline, f"no score was told of {sorted(missing)}"
        time.sleep(0.05)


def main():
    found = Findings()
    with tempfile.TemporaryDirectory(prefix="manyi-matrix-") as top:
        world = World(top)
        world.server.start()
        cases = cases_make(world)
        people_make(world)
        it_is_the_table_that_is_printed(world)
        world.lock_up()
        world.server.start()
        rows = rows_by_zeromq(world)
        lists_are_filtered(cases, found, "zeromq", rows)
        cases_are_shown(cases, found, "zeromq", lambda role, what, name: rows(role, what, {"id": name}))
        everybody_may_know_the_rules(found, "zeromq", rows)
        the_feed_asks_who(world, cases, found)
        scores_are_told(world, cases)
        channels_are_filtered(cases, found, "zeromq", lambda role: {
            channel: replayed(world.peer(person(role), REPLAY), channel) for channel in table.RIGHT_OF_CHANNEL})
        everybody_is_answered_a_ping(world, found)
        live_cards_are_for_who_sees_everything(world, found)
        audit_is_for_auditors(found, "zeromq", rows)
        web = rows_by_http(world)
        lists_are_filtered(cases, found, "http", web)
        cases_are_shown(cases, found, "http", lambda role, what, name: web(role, what, {"id": name}))
        everybody_may_know_the_rules(found, "http", web)
        the_feed_is_asked_by_http(world, cases, found)
        channels_are_filtered(cases, found, "http", lambda role: streamed(world, role))
        audit_is_for_auditors(found, "http", web)
        published_is_checked(world, cases, found, "zeromq", publish_by_zeromq(world))
        published_is_checked(world, cases, found, "http", publish_by_http(world))
        what_was_refused_is_mended(world, found)
        world.close()
        world.server.stop()
    tell(found, ["zeromq", "http"])
    return 1 if found.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
