"""The C client by ctypes: one publisher with a session and one subscriber, told on stdin when to stop.

Usage: _clients.py LIBRARY KEYFILE HOST BASE EVENTS COMPLAINT_EVERY
Prints lines of JSON: {"answered": n} as it goes on, {"cards": [...]} of the subscriber when asked by a line on stdin.
"""
import ctypes
import json
import os
import select
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "support"))
import msgpack  # noqa: E402

LIBRARY, KEY, HOST, BASE, EVENTS, EVERY = *sys.argv[1:4], *map(int, sys.argv[4:7])
SOURCE = b"/stores/sh-pudong/service/bay-03"
PACE = 70  # events a turn, so that what happens to the network happens in the middle
c, u64, text = ctypes, ctypes.c_uint64, ctypes.c_char_p


class Keys(c.Structure):
    _fields_ = [("public", c.c_char * 41), ("secret", c.c_char * 41), ("server", c.c_char * 41)]


class Result(c.Structure):
    _fields_ = [("token", u64), ("status", c.c_int), ("seq", u64), ("duplicate", c.c_bool), ("quarantined", c.c_bool),
                ("field", text), ("message", text), ("event", c.c_void_p), ("event_len", c.c_size_t)]


ON_RESULT = c.CFUNCTYPE(None, c.c_void_p, c.POINTER(Result))
ON_FENCED = c.CFUNCTYPE(None, c.c_void_p)


class PublisherOptions(c.Structure):
    _fields_ = [("endpoint", text), ("source", text), ("instance", text), ("window_bytes", u64),
                ("batch_events", c.c_uint32), ("on_result", ON_RESULT), ("on_fenced", ON_FENCED),
                ("context", c.c_void_p)]


class Card(c.Structure):
    _fields_ = [("channel", text), ("generation", text), ("n", u64), ("seq", u64), ("at", text), ("card", c.c_void_p),
                ("card_len", c.c_size_t), ("gone", c.c_bool), ("snapshot", c.c_bool)]


ON_CARD = c.CFUNCTYPE(None, c.c_void_p, c.POINTER(Card))
ON_CHANNEL = c.CFUNCTYPE(None, c.c_void_p, text)


class SubscriberOptions(c.Structure):
    _fields_ = [("publish_endpoint", text), ("replay_endpoint", text), ("channels", c.POINTER(text)),
                ("channel_count", c.c_uint32), ("on_card", ON_CARD), ("on_reset", ON_CHANNEL), ("on_ready", ON_CHANNEL),
                ("on_refused", c.c_void_p), ("why", text), ("context", c.c_void_p)]


def event(number):
    complaint = number % EVERY == 0
    data = {"store": "sh-pudong", "department": "service", "channel": "kiosk"}
    data.update({"category": "delay", "text": "slow"} if complaint else {"overall": number % 11})
    return msgpack.packb({"id": f"e-{number}", "source": SOURCE.decode(), "data": data,
                          "type": "feedback.complained" if complaint else "feedback.rated"})


def main():
    library = c.CDLL(LIBRARY)
    keys, manyi, publisher, subscriber = Keys(), c.c_void_p(), c.c_void_p(), c.c_void_p()
    results, cards, state = [], {}, {"resets": 0}

    def on_result(_, result):
        results.append((result.contents.token, result.contents.status))

    def on_card(_, card):
        cards[msgpack.unpackb(c.string_at(card.contents.card, card.contents.card_len),
                              timestamp=0)["id"]] = card.contents.n

    def on_reset(_, __):
        state["resets"] += 1
        cards.clear()

    kept = [ON_RESULT(on_result), ON_FENCED(lambda _: sys.exit("fenced")), ON_CARD(on_card), ON_CHANNEL(on_reset),
            ON_CHANNEL(lambda *_: None)]

    def check(result):
        library.manyi_error_code.restype = text
        assert result == 0, library.manyi_error_code(result)

    check(library.manyi_read_keys(KEY.encode(), c.byref(keys), None, c.c_size_t(0)))
    check(library.manyi_open(c.byref(manyi)))
    check(library.manyi_use_keys(manyi, c.byref(keys)))
    address = f"tcp://{HOST}:{{}}".format
    sends = PublisherOptions(address(BASE + 1).encode(), SOURCE, b"two-hosts", 0, 128, kept[0], kept[1], None)
    channels = (text * 1)(b"complaint")
    hears = SubscriberOptions(address(BASE + 4).encode(), address(BASE + 5).encode(), channels, 1, *kept[2:], None, None, None)
    check(library.manyi_publisher_open(manyi, c.byref(sends), c.byref(publisher)))
    check(library.manyi_subscriber_open(manyi, c.byref(hears), c.byref(subscriber)))
    sent, said = 0, 0
    while True:
        for _ in range(PACE):
            packed = event(sent)
            if sent == EVENTS or library.manyi_publish(publisher, packed, c.c_size_t(len(packed)), u64(sent)) != 0:
                break
            sent += 1
        library.manyi_publisher_turn(publisher, c.c_int64(5))
        library.manyi_subscriber_turn(subscriber, c.c_int64(2))
        if len(results) - said >= 500 or (len(results) == EVENTS and said < EVENTS):
            said = len(results)
            print(json.dumps({"answered": said, "at": time.monotonic()}), flush=True)
        if select.select([sys.stdin], [], [], 0)[0]:
            word = sys.stdin.readline().strip()
            if word != "cards":
                return
            print(json.dumps({"cards": cards, "resets": state["resets"],
                              "in_order": [token for token, _ in results] == list(range(len(results))),
                              "refused": sum(status != 0 for _, status in results)}), flush=True)


main()
