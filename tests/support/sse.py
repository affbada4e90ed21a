"""Server-sent events as the HTML standard reads them (9.2.6), over http.client: blocks with id, event, data and comments."""
import http.client
import json


class Block:
    def __init__(self, kind, data, last_id):
        self.kind, self.id = kind, last_id
        self.data = json.loads(data)


class Stream:
    """One connection to /v1/stream; `last_id` is what a browser would come back with."""

    def __init__(self, port, query="", last_id=None, wait_s=20, **fields):
        if last_id:
            fields["Last-Event-ID"] = last_id
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=wait_s)
        self.connection.request("GET", f"/v1/stream{query}", headers={name.replace("_", "-"): text for name, text in fields.items()})
        self.answer = self.connection.getresponse()
        self.last_id, self.comments, self.retry_ms = last_id or "", 0, None
        self.status = self.answer.status
        assert self.status != 200 or self.answer.getheader("Content-Type").startswith("text/event-stream")

    def problem(self):
        return json.loads(self.answer.read())

    def next(self):
        """The next event; None at the end of the stream."""
        kind, data = "message", []
        while line := self.answer.readline():
            line = line.decode().rstrip("\n")
            name, _, text = line.partition(":")
            text = text.removeprefix(" ")
            if line == "" and data:
                return Block(kind, "\n".join(data), self.last_id)
            if line == "":
                kind, data = "message", []
            elif name == "":
                self.comments += 1
            elif name == "event":
                kind = text
            elif name == "data":
                data.append(text)
            elif name == "id":
                self.last_id = text
            elif name == "retry":
                self.retry_ms = int(text)
        return None

    def until(self, wanted):
        """All blocks up to the one that `wanted` (a kind, or a function) is true of; that one is the last."""
        blocks = []
        while True:
            block = self.next()
            assert block, f"the stream ended; it had said {[b.kind for b in blocks][-5:]}"
            blocks.append(block)
            if block.kind == wanted if isinstance(wanted, str) else wanted(block):
                return blocks

    def close(self):
        self.answer.close()
        self.connection.close()


CHANNELS = ("complaint", "escalation", "task", "callback", "score", "ledger", "system")


class Listener:
    """What a careful page keeps: the cards of each channel, and that no n ever comes twice or goes back."""

    def __init__(self):
        self.cards = {channel: {} for channel in CHANNELS}
        self.n = dict.fromkeys(CHANNELS, 0)
        self.seen = {channel: set() for channel in CHANNELS}

    def hear(self, blocks):
        for block in blocks:
            if block.kind not in CHANNELS:
                continue
            n, card = block.data["n"], block.data["card"]
            assert n > self.n[block.kind], f"{block.kind} {n} after {self.n[block.kind]}"
            self.n[block.kind] = n
            self.seen[block.kind].add(n)
            self.cards[block.kind][subject_of(block.kind, card)] = None if card.get("gone") is True else (n, card)
            assert f";{block.kind}={n}" in block.id, block.id

    def present(self, channel):
        return {subject: told for subject, told in self.cards[channel].items() if told}


def subject_of(channel, card):
    return (card["store"], card["department"], card["day"]) if channel == "score" and "day" in card else card.get("id") or json.dumps(card)
