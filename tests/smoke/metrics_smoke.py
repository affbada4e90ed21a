#!/usr/bin/python3
"""What is told of the figures holds: by promtool, by Prometheus' own client library, and counted again here.

python3-prometheus-client reads, Debian's prometheus lints; neither is ours.
"""
import http.client
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import time

from prometheus_client.openmetrics.parser import text_string_to_metric_families as openmetrics
from prometheus_client.parser import text_string_to_metric_families as exposition

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
from served import Server  # noqa: E402

SOURCE = os.environ.get("MANYI_SOURCE", ".")
NEWER, OLDER = "application/openmetrics-text; version=1.0.0,text/plain;q=0.5", "text/plain;version=0.0.4"
SCRAPES = 200
GROWTH_KIB = 2048


def ask(server, path, accept="*/*", body=None):
    connection = http.client.HTTPConnection("127.0.0.1", server.base, timeout=30)
    connection.request("POST" if body else "GET", path, body, {"Accept": accept, "Content-Type": "application/json"})
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    return answer.status, answer.getheader("Content-Type"), text


def samples(families):
    return {(sample.name, *sorted(sample.labels.items())): sample.value for family in families for sample in family.samples}


def scrape(server):
    status, kind, text = ask(server, "/metrics", NEWER)
    assert status == 200 and kind.startswith("application/openmetrics-text; version=1.0.0"), (status, kind)
    return samples(openmetrics(text))


def complaint(number, **data):
    return json.dumps({"id": f"metric-{number}", "source": "/stores/sh-pudong/desk", "type": "feedback.complained",
                       "data": {"store": "sh-pudong", "department": "service", "category": "delay", "channel": "phone",
                                "customer": f"c-{number}", "text": "等了三个小时", **data}})


def linters_and_readers_find_nothing(server):
    for accept in (NEWER, OLDER):
        _, kind, text = ask(server, "/metrics", accept)
        if accept == OLDER:
            assert kind.startswith("text/plain; version=0.0.4"), kind
            lint = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, text=True, timeout=60)
            assert lint.returncode == 0 and not lint.stdout + lint.stderr, lint.stdout + lint.stderr
            families = list(exposition(text))
        else:
            assert text.endswith("# EOF\n"), text[-100:]
            families = list(openmetrics(text))
        assert all(family.documentation and family.type != "unknown" for family in families), families
        assert len(families) > 35, len(families)
    for words in (["config", "deploy/prometheus.example.yml"], ["rules", "deploy/prometheus.rules.yml"]):
        out = subprocess.run(["promtool", "check", *words], cwd=SOURCE, capture_output=True, text=True, timeout=60)
        assert out.returncode == 0, out.stdout + out.stderr


def alerts_ask_for_what_there_is(server):
    """A rule about a figure of another name would never say anything."""
    rules = open(os.path.join(SOURCE, "deploy/prometheus.rules.yml"), encoding="utf-8").read()
    named = set(re.findall(r"\bmanyi_[a-z_]+", "\n".join(re.findall(r"expr: (.*)", rules))))
    there = {name for name, *_ in scrape(server)}
    assert len(named) >= 6 and named <= there, named - there


def what_was_sent_is_counted(server):
    before = scrape(server)
    for number in range(7):
        assert ask(server, "/v1/events", body=complaint(number))[0] == 201
    assert ask(server, "/v1/events", body=complaint(0))[0] == 200  # once more
    assert ask(server, "/v1/events", body=complaint(8, category="weather"))[0] == 422
    server.wait_folded()
    after = scrape(server)

    def grown(name, **labels):
        key = (name, *sorted(labels.items()))
        return after.get(key, 0) - before.get(key, 0)
    assert grown("manyi_intake_events_accepted_total") == 7, after
    assert grown("manyi_intake_events_duplicate_total") == 1
    refused = {key: value for key, value in after.items() if key[0] == "manyi_intake_events_refused_total"}
    assert list(refused.values()) == [1] and next(iter(refused))[1][1].startswith("E12"), refused
    assert grown("manyi_quarantine_events") == 1
    assert grown("manyi_http_request_duration_seconds_count", place="events", answer="2xx") == 8
    assert grown("manyi_http_request_duration_seconds_count", place="events", answer="4xx") == 1
    assert grown("manyi_intake_put_duration_seconds_count") == grown("manyi_intake_puts_total") >= 9
    assert grown("manyi_journal_commit_duration_seconds_count") >= 8 and grown("manyi_state_commit_duration_seconds_sum") > 0
    # Counted again from the lists, by grade and level.
    rows = json.loads(ask(server, "/v1/complaints?status=open&limit=1000")[2])["rows"]
    again = {}
    for row in rows:
        key = ("manyi_complaints_open", ("grade", row["grade"]), ("level", str(row["level"])))
        again[key] = again.get(key, 0) + 1
    deadline, told = time.monotonic() + 10, None
    while told != again:  # open cases are counted anew every 2 s
        assert time.monotonic() < deadline and sum(again.values()) == 7, (told, again)
        told = {key: value for key, value in scrape(server).items() if key[0] == "manyi_complaints_open" and value}
    due = min(clock["due_at"] for row in rows for clock in row["clocks"] if clock.get("due_at"))
    assert 0 < after[("manyi_next_due_timestamp_seconds",)] - time.time() < 7 * 86400, due


def nobody_is_named(server):
    text = ask(server, "/metrics")[2]
    for name in ("C-", "sh-pudong", "metric-", "c-0", "/stores"):
        assert name not in text, name


def one_set_of_figures(server):
    rows = {row["role"]: row for row in json.loads(ask(server, "/v1/status")[2])["rows"]}
    assert set(rows) == {"intake", "feed", "worker", "outlet", "gateway"} and all(row["up"] for row in rows.values())
    status, told = server.cli("status"), scrape(server)
    assert status["intake"]["accepted"] == rows["intake"]["accepted"] == told[("manyi_intake_events_accepted_total",)]
    assert status["worker"]["cursor"] == rows["worker"]["cursor"] == told[("manyi_worker_cursor",)]
    assert status["journal"]["bytes"] == rows["intake"]["bytes"] == told[("manyi_journal_bytes",)]
    assert rows["intake"]["put"]["p50_us"] <= rows["intake"]["put"]["p99_us"]
    assert status["intake"]["put"]["p99_us"] > 0 and status["worker"]["commit"]["p99_us"] > 0, status
    assert ask(server, "/v1/status?limit=5")[0] == 400


def readiness_is_told_check_by_check(server):
    status, _, text = ask(server, "/readyz?verbose")
    assert status == 200 and text.endswith("readyz check passed\n"), text
    assert [line[3:].split()[0] for line in text.splitlines()[:-1]] == \
        ["intake", "feed", "worker", "outlet", "gateway", "lag", "disk"], text


def scraping_costs_no_memory(server):
    def scrapes():
        connection = http.client.HTTPConnection("127.0.0.1", server.base, timeout=30)
        for _ in range(SCRAPES):
            connection.request("GET", "/metrics")
            assert connection.getresponse().read()
        connection.close()

    def at_once():
        threads = [threading.Thread(target=scrapes) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    at_once()
    before = server.memory_kib()
    at_once()
    assert server.memory_kib() - before < GROWTH_KIB or os.environ.get("MANYI_SANITIZE"), (before, server.memory_kib())


def main():
    with tempfile.TemporaryDirectory(prefix="manyi-metrics-") as top:
        server = Server(os.path.join(top, "data")).start()
        what_was_sent_is_counted(server)
        linters_and_readers_find_nothing(server)
        alerts_ask_for_what_there_is(server)
        nobody_is_named(server)
        one_set_of_figures(server)
        readiness_is_told_check_by_check(server)
        scraping_costs_no_memory(server)
        server.stop()
    print("the figures hold")


if __name__ == "__main__":
    main()
