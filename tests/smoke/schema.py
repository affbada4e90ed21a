#!/usr/bin/python3
"""The printed contract agrees with the decoder: JSON Schema accepts the golden events and refuses the hostile ones, every
reference of the AsyncAPI document leads somewhere, and the committed reference page is the printed one.

python3-jsonschema judges; the golden files were packed and worked out without Manyi (tests/golden/write.py).
"""
import datetime
import json
import math
import os
import pathlib
import subprocess
import sys

import jsonschema
import msgpack

SOURCE = pathlib.Path(os.environ.get("MANYI_SOURCE", pathlib.Path(__file__).resolve().parents[2]))
MANYI = os.environ.get("MANYI", str(SOURCE / "build/manyi"))
EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)

# What JSON Schema can tell; the rest is about bytes (depth, duplicates, UTF-8) or about calendars.
TOLD = {"MISSING_FIELD", "WRONG_TYPE", "OUT_OF_RANGE", "UNKNOWN_CHOICE", "EMPTY", "TOO_LONG", "TOO_MANY_ITEMS", "NO_FIGURE",
        "BAD_TIME"}
NOT_TOLD = {
    "a fraction as key": "1.0 is a whole number in JSON",
    "store of 65 bytes": "lengths are counted in characters",
    "time on 30 February": "a pattern is no calendar",
}


class NotJson(Exception):
    pass


def as_json(value):
    """The JSON form of an event: times as RFC 3339 text."""
    if isinstance(value, msgpack.Timestamp):
        try:
            return (EPOCH + datetime.timedelta(seconds=value.seconds)).isoformat()
        except OverflowError as error:
            raise NotJson from error
    if isinstance(value, (bytes, msgpack.ExtType)) or (isinstance(value, float) and not math.isfinite(value)):
        raise NotJson
    if isinstance(value, dict):
        if not all(isinstance(key, str) for key in value):
            raise NotJson
        return {key: as_json(inner) for key, inner in value.items()}
    return [as_json(inner) for inner in value] if isinstance(value, list) else value


def rows(name):
    with open(SOURCE / "schemas/golden" / name, encoding="utf-8") as file:
        yield from map(json.loads, file)


def printed(flag):
    return subprocess.run([MANYI, "schema", flag], check=True, capture_output=True, timeout=60).stdout.decode("utf-8")


def references(value):
    if isinstance(value, dict):
        for key, inner in value.items():
            if key == "$ref":
                yield inner
            yield from references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from references(inner)


def resolve(document, reference):
    assert reference.startswith("#/"), reference
    for part in reference[2:].split("/"):
        document = document[part]
    return document


def card_types(schema):
    """Types whose data is a card: Manyi writes every field of one, the decoder doesn't insist on it."""
    for rule in schema["allOf"]:
        if rule["then"]["properties"]["data"].get("$ref", "").rsplit("/", 1)[-1] in schema["x-cards"]:
            yield rule["if"]["properties"]["type"]["const"]


def check_valid(validator):
    count = 0
    cards = set(card_types(validator.schema))
    assert "complaint.changed" in cards and "feedback.rated" not in cards
    for row in rows("valid.jsonl"):
        if row["expected"]["type"] in cards and row["name"].endswith("with required fields only"):
            continue
        try:
            event = as_json(msgpack.unpackb(bytes.fromhex(row["bytes"])))
        except NotJson:
            continue
        errors = list(validator.iter_errors(event))
        assert not errors, f"{row['name']}: {errors[0].json_path}: {errors[0].message}"
        count += 1
    assert count > 100, count
    return count


def check_hostile(validator):
    count = 0
    for row in rows("hostile.jsonl"):
        if row["status"] not in TOLD or row["name"] in NOT_TOLD:
            continue
        try:
            event = as_json(msgpack.unpackb(bytes.fromhex(row["bytes"])))
        except (NotJson, ValueError, msgpack.UnpackException):
            continue
        assert not validator.is_valid(event), f"{row['name']} passes"
        count += 1
    assert count > 50, count
    return count


def check_json_schema():
    schema = json.loads(printed("--json-schema"))
    jsonschema.Draft202012Validator.check_schema(schema)
    for reference in references(schema):
        resolve(schema, reference)
    validator = jsonschema.Draft202012Validator(schema)
    valid, refused = check_valid(validator), check_hostile(validator)
    print(f"JSON Schema: {valid} golden events pass, {refused} hostile ones fail")


def check_asyncapi():
    document = json.loads(printed("--asyncapi"))
    assert document["asyncapi"] == "3.0.0"
    for reference in references(document):
        resolve(document, reference)
    ports = {server["host"].rsplit(":", 1)[1] for server in document["servers"].values()}
    assert ports == {"7301", "7302", "7303", "7304", "7305"}, ports
    for name, operation in document["operations"].items():
        channel = resolve(document, operation["channel"]["$ref"])
        for message in operation["messages"]:
            assert message["$ref"].rsplit("/", 1)[1] in channel["messages"], name
    print(f"AsyncAPI: {len(document['operations'])} operations on {len(ports)} ports")


def check_reference():
    page = SOURCE / "schemas/REFERENCE.md"
    assert page.read_text(encoding="utf-8") == printed("--markdown"), \
        f"{page} has drifted: manyi schema --markdown > schemas/REFERENCE.md"
    print("REFERENCE.md is what the tables say")


if __name__ == "__main__":
    check_json_schema()
    check_asyncapi()
    check_reference()
    sys.exit(0)
