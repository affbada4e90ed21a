"""The table of rights as core/access.def has it, read as text: nothing of the product decides here."""
import os
import re

SOURCE = os.environ.get("MANYI_SOURCE", os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))

# What asks for which right, by the sentences of the table.
RIGHT_OF_TYPE = {
    "publish": "visit.opened visit.completed feedback.rated feedback.unreached feedback.corrected feedback.retracted "
               "customer.opted_out customer.opted_in",
    "report": "feedback.complained feedback.praised feedback.suggested feedback.enquired",
    "handle": "complaint.acknowledged complaint.planned complaint.noted complaint.paused complaint.resumed complaint.resolved "
              "complaint.escalated complaint.verified task.started task.completed callback.claimed callback.rescheduled "
              "callback.done callback.cancelled",
    "direct": "complaint.graded complaint.assigned complaint.judged complaint.reopened complaint.merged complaint.transferred "
              "complaint.withdrawn task.opened task.assigned task.extended task.verified task.cancelled",
    "acknowledge": "escalation.acknowledged",
    "reward": "ledger.confirmed ledger.waived ledger.settled ledger.reversed ledger.vetoed",
    "appeal": "appeal.filed",
    "rule": "appeal.ruled appeal.reviewed",
    "govern": "policy.adopted",
    "staff": "roster.changed",
}
RIGHT_OF_TYPE = {name: right for right, names in RIGHT_OF_TYPE.items() for name in names.split()}
RIGHT_OF_CHANNEL = {"complaint": "see_complaint", "escalation": "see_escalation", "task": "see_task", "callback": "see_callback",
                    "score": "see_score", "ledger": "see_ledger", "system": "see_system"}


def read():
    """(roles, {right: {role: reach}}) in the order of the table."""
    with open(os.path.join(SOURCE, "core", "access.def"), encoding="utf-8") as file:
        text = file.read()
    roles = re.findall(r"^ROLE\((\w+),", text, re.M)
    cells = {}
    for right, rest in re.findall(r"^RIGHT\((\w+), *\"[^\"]*\", *(.*)\)$", text, re.M):
        reaches = re.match(r"((?:(?:NONE|OWN|PLACE|ALL), *)+)\"", rest).group(1)
        cells[right] = dict(zip(roles, re.findall(r"\w+", reaches.lower()), strict=True))
    assert len(roles) == 10 and len(cells) >= 22, (roles, list(cells))
    return roles, cells


def allows(reach, in_place, own):
    """Does a reach cover something that lies there and is about, or belongs to, that person?"""
    return {"none": False, "own": own, "place": in_place or own, "all": True}[reach]
