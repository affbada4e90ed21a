"""Acting over HTTP: two people at once, what may be decided, a customer's link, a visit's link, and pages of a list that changes.

The facts are published as anybody would; what is expected stands in PROTOCOL.md and DOMAIN's words, not in our own answers.
"""
import concurrent.futures
import http.client
import os
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "support"))
from gateway_client import Gateway, complaint, expect, key_new, session, signed, within_a_moment, PASSWORD  # noqa: E402
from served import Server  # noqa: E402

ROUNDS = 50


def opened(gateway, number, headers=None, **data):
    event = complaint(number, **data)
    if headers:
        del event["source"]
    seq = expect(gateway.ask("POST", "/v1/events", event, headers), 201).json()["seq"]
    expect(gateway.ask("GET", f"/v1/complaints?limit=1&wait_seq={seq}", None, headers), 200)
    return f"C-{seq}"


def decide(gateway, case, action, body, **headers):
    return gateway.ask("POST", f"/v1/complaints/{case}/{action}", body,
                       {name.replace("_", "-"): value for name, value in headers.items()})


def page_of(gateway, path):
    """Pages are kept by browsers and asked for again: not what Gateway expects of answers."""
    connection = http.client.HTTPConnection("127.0.0.1", gateway.port, timeout=20)
    connection.request("GET", path)
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, answer.headers["Content-Type"], body


# ---- two at once ----

def a_card_says_as_of_which_entry_it_is(gateway):
    case = opened(gateway, 1)
    first = expect(gateway.get(f"/v1/complaints/{case}"), 200)
    tag = first.headers["ETag"]
    assert tag == f'"{first.json()["changed_seq"]}"', (tag, first.json()["changed_seq"])
    same = expect(gateway.get(f"/v1/complaints/{case}", If_None_Match=tag), 304)
    assert same.body == b"" and same.headers["ETag"] == tag
    expect(decide(gateway, case, "acknowledge", {"by": "li.na"}, If_Match=tag), 200)
    changed = expect(gateway.get(f"/v1/complaints/{case}", If_None_Match=tag), 200)
    assert changed.headers["ETag"] != tag


def the_second_is_told_who_was_first(gateway):
    case = opened(gateway, 2)
    tag = gateway.get(f"/v1/complaints/{case}").headers["ETag"]
    expect(decide(gateway, case, "acknowledge", {"by": "li.na"}, If_Match=tag), 200)
    late = expect(decide(gateway, case, "assign", {"by": "wu.di", "handler": "li.na"}, If_Match=tag), 412, "E1610").json()
    now = gateway.get(f"/v1/complaints/{case}")
    assert "acknowledged by li.na" in late["detail"] and late["changed_seq"] == now.json()["changed_seq"], late
    weak = "W/" + now.headers["ETag"]
    expect(decide(gateway, case, "assign", {"by": "wu.di", "handler": "li.na"}, If_Match=weak), 200)
    expect(decide(gateway, case, "note", {"by": "wu.di"}, If_Match="*"), 200)
    for garbage in ("57", '"x"', '"-1"', '"0"', '"1", "2"', '"99999999999999999"', "W/", '""', "\"1'"):
        expect(decide(gateway, case, "note", {"by": "wu.di"}, If_Match=garbage), 400, "E1303")


def of_two_at_once_exactly_one_wins(gateway):
    def act(tag, by, number):
        return decide(gateway, case, "assign", {"by": by, "handler": f"{by}-{number}"}, If_Match=tag)
    case = opened(gateway, 3)
    with concurrent.futures.ThreadPoolExecutor(2) as two:
        for number in range(ROUNDS):
            tag = gateway.get(f"/v1/complaints/{case}").headers["ETag"]
            people = ("li.na", "wu.di")
            answers = list(two.map(act, (tag, tag), people, (number, number)))
            assert sorted(answer.status for answer in answers) == [200, 412], [answer.body for answer in answers]
            winner = people[[answer.status for answer in answers].index(200)]
            assert gateway.get(f"/v1/complaints/{case}").json()["handler"] == f"{winner}-{number}"


def the_command_line_says_it_too(server, gateway):
    case = opened(gateway, 4)
    seen = gateway.get(f"/v1/complaints/{case}").json()["changed_seq"]
    server.cli("complaint", case, "acknowledge", "--by", "li.na", "--if-seq", str(seen))
    server.cli("complaint", case, "note", "--by", "wu.di", "--if-seq", str(seen), code=1)
    server.cli("complaint", case, "note", "--by", "wu.di", "--if-seq", "soon", code=64)


# ---- what may be decided ----

def rows_of(answer):
    return {row["action"]: row for row in expect(answer, 200).json()["rows"]}


def each_decision_is_told_with_why_not(gateway):
    case = opened(gateway, 5, staff=["wang.li"])
    rows = rows_of(gateway.get(f"/v1/complaints/{case}/decisions?by=li.na"))
    actions = "acknowledge grade assign plan note pause resume resolve verify judge reopen merge transfer withdraw escalate"
    assert sorted(rows) == sorted(actions.split())
    assert rows["acknowledge"]["allowed"] and rows["acknowledge"]["reason"] is None
    assert not rows["verify"]["allowed"] and rows["verify"]["code"] == "E1602" and "resolve it first" in rows["verify"]["reason"]
    fields = {field["name"]: field for field in rows["grade"]["fields"]}
    assert fields["grade"]["choices"] == ["general", "serious", "major", "urgent"] and fields["grade"]["required"]
    assert {field["name"] for field in rows["assign"]["fields"]} == {"by", "handler", "note"}
    about = rows_of(gateway.get(f"/v1/complaints/{case}/decisions?by=wang.li"))
    assert {action for action, row in about.items() if row["allowed"]} == {"note", "escalate"}
    expect(gateway.get("/v1/complaints/C-9999999/decisions"), 404)
    expect(gateway.get(f"/v1/tasks/{case}/decisions"), 404)
    expect(gateway.get(f"/v1/complaints/{case}/deeds"), 404)


# ---- a customer's link ----

def link_of(gateway, case, headers=None, **body):
    told = expect(gateway.ask("POST", f"/v1/complaints/{case}/link", body, headers), 201).json()
    return "/case/" + told["url"].split("/case/")[1]


def a_customer_sees_what_became_of_it_and_nobodys_name(gateway):
    case = opened(gateway, 6, staff=["wang.li"], customer="K-1")
    link = link_of(gateway, case)
    status, kind, page = page_of(gateway, link)
    assert status == 200 and kind.startswith("text/html") and b"/customer.js" in page
    card = expect(gateway.get(link + "/card"), 200).json()
    assert card["case"] == case and card["status"] == "received" and card["may"] == [] and card["answer"] is None
    assert card["department"] == "service" and card["respond_by"] < card["resolve_by"], card
    expect(gateway.ask("POST", link + "/satisfied", {}), 409, "E1602")
    expect(decide(gateway, case, "acknowledge", {"by": "li.na"}), 200)
    expect(decide(gateway, case, "assign", {"by": "li.na", "handler": "chen.jing"}), 200)
    expect(decide(gateway, case, "resolve", {"by": "chen.jing", "answer": "新刹车片已装好"}), 200)
    told = expect(gateway.get(link + "/card", Accept_Language="zh-CN"), 200)
    card = told.json()
    assert card["answer"] == "新刹车片已装好" and card["may"] == ["satisfied", "unsatisfied"] and card["lang"] == "zh", card
    for name in ("wang.li", "li.na", "chen.jing", "general", "K-1"):
        assert name.encode() not in told.body, name
    return case, link


def not_satisfied_opens_it_one_level_up(gateway, case, link):
    floor = gateway.get(f"/v1/complaints/{case}").json()["floor"]
    expect(gateway.ask("POST", link + "/unsatisfied", {"text": 5}), 422, "E1202")
    expect(gateway.ask("POST", link + "/unsatisfied", ["text"]), 400, "E1102")
    expect(gateway.ask("POST", link + "/unsatisfied", {"text": "x" * 4001}), 422)
    first = expect(gateway.ask("POST", link + "/unsatisfied", {"text": "it squeals"}), 200).json()
    again = expect(gateway.ask("POST", link + "/unsatisfied", {}), 200).json()
    assert (again["seq"], again["duplicate"]) == (first["seq"], True), (first, again)
    card = gateway.get(f"/v1/complaints/{case}").json()
    assert (card["status"], card["floor"], card["reopened"]) == ("received", floor + 1, 1), card
    assert card["history"][-1]["by"] == "customer"
    told = gateway.get(link + "/card").json()
    assert told["decided"] == "unsatisfied" and told["answer"] is None and told["may"] == [], told


def after_another_answer_it_is_said_anew_and_closed_for_good(gateway, case, link):
    expect(decide(gateway, case, "acknowledge", {"by": "li.na"}), 200)
    expect(decide(gateway, case, "resolve", {"by": "li.na", "answer": "and the discs"}), 200)
    expect(decide(gateway, case, "judge", {"by": "zhao.min", "verdict": "dismissed"}), 200)
    tag = gateway.get(link + "/card").headers["ETag"]
    expect(decide(gateway, case, "note", {"by": "li.na"}), 200)
    expect(gateway.ask("POST", link + "/satisfied", {}, {"If-Match": tag}), 412, "E1610")
    expect(gateway.ask("POST", link + "/satisfied", {}), 200)
    assert gateway.get(f"/v1/complaints/{case}").json()["status"] == "closed"
    assert gateway.get(link + "/card").json()["may"] == ["unsatisfied"]


def one_tap_closes_it_and_another_opens_it_again(gateway):
    case = opened(gateway, 7)
    link = link_of(gateway, case, days=30)
    other = link_of(gateway, case)  # both are the same customer
    for action, body in (("acknowledge", {}), ("resolve", {"answer": "done"}), ("judge", {"verdict": "dismissed"})):
        expect(decide(gateway, case, action, {"by": "li.na", **body}), 200)
    first = expect(gateway.ask("POST", link + "/satisfied", {"text": "thank you"}), 200).json()
    again = expect(gateway.ask("POST", other + "/satisfied", {}), 200).json()
    assert again == {**first, "duplicate": True}, (first, again)
    card = gateway.get(f"/v1/complaints/{case}").json()
    assert (card["status"], card["outcome"]) == ("closed", "satisfied"), card
    told = gateway.get(link + "/card").json()
    assert told["decided"] == "satisfied" and told["may"] == ["unsatisfied"] and told["answer"] == "done", told
    expect(gateway.ask("POST", other + "/unsatisfied", {"text": "it squeals again"}), 200)
    card = gateway.get(f"/v1/complaints/{case}").json()
    assert card["status"] == "received" and card["history"][-1]["type"] == "complaint.reopened", card


def who_opened_it_again_is_not_taken_for_the_customer(gateway):
    case = opened(gateway, 14)
    link = link_of(gateway, case)
    for action, body in (("acknowledge", {"by": "li.na"}), ("resolve", {"by": "li.na", "answer": "done"}),
                         ("verify", {"by": "wu.di", "satisfied": True})):
        expect(decide(gateway, case, action, body), 200)
    asked = expect(gateway.ask("POST", link + "/satisfied", {}), 200).json()  # said by telephone, and told as said
    assert asked["duplicate"] is True, asked
    expect(decide(gateway, case, "reopen", {"by": "zhao.min", "reason": "the part is recalled"}), 200)
    told = gateway.get(link + "/card").json()
    assert (told["status"], told["decided"], told["may"]) == ("received", None, []), told
    expect(gateway.ask("POST", link + "/unsatisfied", {}), 409, "E1602")


def a_long_case_was_acknowledged_all_the_same(gateway):
    case = opened(gateway, 15)
    link = link_of(gateway, case)
    expect(decide(gateway, case, "acknowledge", {"by": "li.na"}), 200)
    at = gateway.get(link + "/card").json()["acknowledged_at"]
    for _ in range(33):
        expect(decide(gateway, case, "note", {"by": "li.na"}), 200)
    assert at and gateway.get(link + "/card").json()["acknowledged_at"] == at, at


def a_merged_case_tells_how_the_other_one_goes_on(gateway):
    case, into = opened(gateway, 8), opened(gateway, 9)
    link = link_of(gateway, case)
    expect(decide(gateway, case, "merge", {"by": "li.na", "into": into}), 200)
    for action, body in (("acknowledge", {}), ("resolve", {"answer": "for another customer"})):
        expect(decide(gateway, into, action, {"by": "li.na", **body}), 200)
    told = gateway.get(link + "/card").json()
    assert (told["case"], told["merged_into"], told["status"]) == (case, into, "resolved"), told
    assert told["answer"] is None and told["may"] == [], told
    expect(gateway.ask("POST", link + "/satisfied", {}), 409)


def what_is_withdrawn_or_moved_is_told_so(gateway):
    case, moved = opened(gateway, 11), opened(gateway, 12)
    links = link_of(gateway, case), link_of(gateway, moved)
    expect(decide(gateway, case, "withdraw", {"by": "li.na"}), 200)
    told = gateway.get(links[0] + "/card").json()
    assert (told["status"], told["outcome"], told["may"]) == ("closed", "withdrawn", []), told
    expect(gateway.ask("POST", links[0] + "/unsatisfied", {}), 409, "E1602")
    expect(decide(gateway, moved, "transfer", {"by": "li.na", "store": "bj-chaoyang", "department": "sales"}), 200)
    told = gateway.get(links[1] + "/card").json()
    assert (told["store"], told["department"], told["answers"]) == ("bj-chaoyang", "sales", {"department": "sales"}), told


def taps_on_what_nobody_asks_leave_nothing_behind(server, gateway):
    case = opened(gateway, 13)
    link = link_of(gateway, case)
    head = server.cli("status")["journal"]["head"]
    for _ in range(20):
        expect(gateway.ask("POST", link + "/satisfied", {}), 409)
        expect(gateway.get(link + "/card"), 200)
    assert server.cli("status")["journal"]["head"] == head


def no_other_link_opens_a_case(server, gateway):
    case = opened(gateway, 10)
    with open(f"{server.directory}/keys/links.secret", "rb") as file:
        secret = file.read()
    soon = int(time.time() * 1000) + 60_000
    for purpose, expires, status, code in ((3, soon, 200, None), (3, soon - 120_000, 410, "E1814"), (2, soon, 403, "E1815"),
                                           (1, soon, 403, "E1815")):
        expect(gateway.get(f"/case/{signed(secret, purpose, expires, case, '')[0]}/card"), status, code)
    expect(gateway.get(f"/case/{signed(os.urandom(32), 3, soon, case, '')[0]}/card"), 403, "E1815")
    expect(gateway.get(f"/case/{signed(secret, 3, soon, 'C-9999999', '')[0]}/card"), 404)
    expect(gateway.get("/case/" + "A" * 600 + "/card"), 403, "E1815")
    made = server.cli("link", "case", case, "--days", "3")["path"]
    expect(gateway.get(made + "/card"), 200)
    for words in (("link", "case"), ("link", "case", "T-3"), ("link", "case", case, "--days", "0")):
        server.cli(*words, code=64)
    expect(gateway.ask("POST", f"/v1/complaints/{case}/link", {"days": 367}), 422, "E1203")
    expect(gateway.ask("POST", "/v1/complaints/C-9999999/link", {}), 404)


# ---- a visit's link ----

def a_rating_sent_again_is_told_from_another_one(gateway, server):
    path = server.cli("link", "rate", "--visit", "V-1", "--store", "sh-pudong", "--department", "service")["path"]
    assert b"/kiosk.js" in page_of(gateway, path)[2]
    visit = expect(gateway.get(path + "/visit"), 200).json()
    assert (visit["visit"], visit["store"], visit["department"], visit["used"]) == ("V-1", "sh-pudong", "service", False)
    assert {"quality", "initiation", "advisor", "facility", "pickup"} <= set(visit["dimensions"]), visit
    rating = {"overall": 9, "scores": {"quality": 8, "pickup": 10}, "channel": "kiosk", "device": "bay-03"}
    first = expect(gateway.ask("POST", path, rating, {"Idempotency-Key": "k-1"}), 201).json()
    again = expect(gateway.ask("POST", path, rating, {"Idempotency-Key": "k-1"}), 200).json()
    assert again == {"seq": first["seq"], "duplicate": True}, again
    expect(gateway.ask("POST", path, {"overall": 2}, {"Idempotency-Key": "k-2"}), 410, "E1813")
    expect(gateway.ask("POST", path, {"overall": 2}), 410, "E1813")
    gateway.get(f"/v1/complaints?wait_seq={first['seq']}")
    assert expect(gateway.get(path + "/visit"), 200).json()["used"] is True
    with open(f"{server.directory}/keys/links.secret", "rb") as file:
        for_ever = signed(file.read(), 2, 2**63 - 1, "V-2\nsh-pudong\nservice", "")[0]
    assert expect(gateway.get(f"/rate/{for_ever}/visit"), 200).json()["expires"] == "9999-12-31T23:59:59.999Z"


# ---- pages of a list that changes ----

def pages_neither_lose_nor_double_what_stays(gateway):
    for order in ("", "&order=due"):
        stayed = {opened(gateway, f"page{order}-{number}", store="bj-chaoyang") for number in range(30)}
        seen, cursor, number = [], "", 0
        while cursor is not None:
            told = expect(gateway.get(f"/v1/complaints?store=bj-chaoyang&status=open&limit=7{order}{cursor}"), 200).json()
            seen += [row["id"] for row in told["rows"]]
            cursor = told["cursor"] and "&cursor=" + told["cursor"]
            opened(gateway, f"more{order}-{number}", store="bj-chaoyang")
            for row in told["rows"][:2]:  # what has been shown changes
                decide(gateway, row["id"], "note", {"by": "li.na"})
            number += 1
        assert len(seen) == len(set(seen)), seen
        assert stayed <= set(seen), stayed - set(seen)


def whose_clock_runs_out_next_comes_first(gateway):
    categories = ("safety", "refund", "attitude", "delay")  # urgent, major, serious, general: other deadlines
    for number in range(24):
        opened(gateway, f"due-{number}", store="gz-tianhe", category=categories[number % 4])
    told = expect(gateway.get("/v1/complaints?store=gz-tianhe&status=open&order=due&limit=1000"), 200).json()["rows"]
    dues = [min(clock["due_at"] for clock in row["clocks"] if clock["stopped_at"] is None) for row in told]
    assert len(told) == 24 and dues == sorted(dues) and len(set(dues)) >= 3, dues
    expect(gateway.get("/v1/complaints?order=due"), 400, "E1303")
    expect(gateway.get("/v1/complaints?status=open&order=name"), 400, "E1303")
    expect(gateway.get("/v1/tasks?order=due"), 400, "E1303")


# ---- under keys ----

def rights_decide_and_links_are_on_record(server):
    place = ["--store", "sh-pudong", "--department", "all"]
    keys = {"desk": key_new(server, "desk", "--kind", "program", "--role", "manager,publisher", *place, "--token"),
            "elsewhere": key_new(server, "elsewhere", "--kind", "program", "--role", "manager", "--store", "bj-chaoyang",
                                 "--department", "all", "--token"),
            "bay": key_new(server, "bay", "--kind", "program", "--role", "publisher", *place, "--token"),
            "auditor": key_new(server, "auditor", "--kind", "program", "--role", "auditor", "--store", "all",
                               "--department", "all", "--token")}
    key_new(server, "zhang.wei", "--kind", "person", "--role", "handler", *place, "--password", password=PASSWORD + "\n")
    tokens = {name: {"Authorization": "Bearer " + token} for name, token in keys.items()}
    server.start()
    gateway = Gateway(server)
    case = opened(gateway, 1, tokens["desk"], reported_by="elsewhere")
    other = opened(gateway, 2, tokens["desk"])
    cookie, csrf = session(gateway, "zhang.wei")
    page = {"Cookie": cookie, "X-CSRF-Token": csrf, "Origin": f"http://127.0.0.1:{server.base}"}
    rows = rows_of(gateway.ask("GET", f"/v1/complaints/{case}/decisions", None, page))
    assert rows["acknowledge"]["allowed"] and rows["judge"]["code"] == "E1801", rows["judge"]
    expect(gateway.ask("GET", f"/v1/complaints/{case}/decisions?by=li.na", None, page), 403, "E1805")
    expect(gateway.ask("GET", f"/v1/complaints/{case}/decisions", None, tokens["elsewhere"]), 403, "E1802")
    link = link_of(gateway, case, page)
    link_of(gateway, case, page)
    link_of(gateway, case, tokens["elsewhere"])  # who has reported it hands the receipt over
    expect(gateway.ask("POST", f"/v1/complaints/{other}/link", {}, tokens["elsewhere"]), 403, "E1801")
    expect(gateway.ask("POST", f"/v1/complaints/{case}/link", {}, tokens["bay"]), 403, "E1801")
    expect(gateway.ask("POST", f"/v1/complaints/{case}/link", {}), 401)
    expect(gateway.get(link + "/card"), 200)  # without a key: the link is enough
    rows = gateway.ask("GET", "/v1/audit?kind=link&limit=100", None, tokens["auditor"]).json()["rows"]
    assert gateway.ask("POST", f"/v1/complaints/{case}/acknowledge", {}, page).status == 200
    assert gateway.ask("POST", f"/v1/complaints/{case}/resolve", {"answer": "done"}, page).status == 200
    for _ in range(3):
        assert expect(gateway.get(link + "/card"), 200).json()["answer"] == "done"

    def on_record(kind, *keys):
        rows = gateway.ask("GET", f"/v1/audit?kind={kind}&limit=100", None, tokens["auditor"]).json()["rows"]
        return sorted(tuple(row[key] for key in keys) for row in rows if row["type"] == "audit.read")
    within_a_moment(lambda: on_record("personal", "principal", "subject", "why")
                    == [("customer", case, "the customer's own link")])
    within_a_moment(lambda: on_record("link", "principal", "subject") == [("elsewhere", case), ("zhang.wei", case)])
    server.stop()


def main():
    with tempfile.TemporaryDirectory(prefix="manyi-acting-") as top:
        server = Server(f"{top}/local").start()
        gateway = Gateway(server)
        a_card_says_as_of_which_entry_it_is(gateway)
        the_second_is_told_who_was_first(gateway)
        of_two_at_once_exactly_one_wins(gateway)
        the_command_line_says_it_too(server, gateway)
        each_decision_is_told_with_why_not(gateway)
        case, link = a_customer_sees_what_became_of_it_and_nobodys_name(gateway)
        not_satisfied_opens_it_one_level_up(gateway, case, link)
        after_another_answer_it_is_said_anew_and_closed_for_good(gateway, case, link)
        one_tap_closes_it_and_another_opens_it_again(gateway)
        who_opened_it_again_is_not_taken_for_the_customer(gateway)
        a_long_case_was_acknowledged_all_the_same(gateway)
        a_merged_case_tells_how_the_other_one_goes_on(gateway)
        what_is_withdrawn_or_moved_is_told_so(gateway)
        taps_on_what_nobody_asks_leave_nothing_behind(server, gateway)
        no_other_link_opens_a_case(server, gateway)
        a_rating_sent_again_is_told_from_another_one(gateway, server)
        pages_neither_lose_nor_double_what_stays(gateway)
        whose_clock_runs_out_next_comes_first(gateway)
        server.stop()
        os.mkdir(f"{top}/keyed")
        rights_decide_and_links_are_on_record(Server(f"{top}/keyed"))
    print("of two at once one wins, and customers have the last word")


if __name__ == "__main__":
    main()
