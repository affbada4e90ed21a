"""Bugs that reviewers planted: what the simulator did not look for at first."""
from plants_row import ACKED, COMPLETE, LEVEL, PUNCTUAL, STATE, plant

plant("journal-not-synced", "the journal is opened as a store that may lose its last commit", "io/journal_chain.c", [("""
        .durability = STORE_DURABLE,
""", """
        .durability = STORE_MAY_LOSE_LAST,
""")], 20, ACKED, "for ever", "immutable", LEVEL, "fenced")

plant("index-by-half", "score cards show half the index, and detractors as promoters", "core/score_figures.c", [("""
index / CSI_THOUSANDTHS);
""", """
index / (2 * CSI_THOUSANDTHS));
"""), ("""
100 * ((double)total->promoters - (double)total->detractors)
""", """
100 * ((double)total->promoters + (double)total->detractors)
""")], 20, COMPLETE, "known to the oracle")

plant("every-second-card", "of the score cards that changed, every second one is left out", "workers/score_cards.c", [("""
        result = card_say(fold, marks[i]);
""", """
        result = i % 2 == 1 ? 0 : card_say(fold, marks[i]);
""")], 20, COMPLETE)

plant("lunch-counts", "a clock that outlasts a shift runs on through lunch and night", "core/working_time.c", [("""
        if (amount_ms <= len_ms)
""", """
        if (amount_ms > 0)
""")], 20, *STATE, PUNCTUAL)

plant("forged-consequence", "who sends a consequence from outside is believed", "brokers/sender.c", [("""
    if (table && table->class == CLASS_CONSEQUENCE)
""", """
    if (false)
""")], 40, "nobody forges")

plant("forged-tick", "what only the broker writes is taken from anybody", "brokers/sender.c", [("""
    else if (!may_say(sender, event))
""", """
    else if (!may_say(sender, event) && false)
""")], 40, "nobody forges")

plant("kept-though-reserved", "a source of Manyi's own is taken from anybody", "brokers/sender.c", [("""
    else if (is_reserved(sender, event->source))
""", """
    else if (is_reserved(sender, event->source) && false)
""")], 40, "nobody forges")

plant("elsewhere", "principals decide wherever they like", "workers/accesses.c", [("""
    int status = access_decide(fold->access, principal, ask);
""", """
    int status = 0 * access_decide(fold->access, principal, ask);
""")], 20, *STATE)

plant("as-nobody", "entries don't say whose key they came with", "brokers/put.c", [("""
        .principal = put->sender->number,
""", """
        .principal = 0,
""")], 20, "stamped with who sent it")

plant("appeals-for-others", "whoever may appeal does so in anybody's name", "brokers/sender.c", [("""
        ask->person = event_name(event, "by");
""", """
        return 0;
""")], 40, "flawed events are refused", "equals the oracle")

plant("refuse-some", "sound ratings whose id ends with a 7 are refused as if they came from the future", "brokers/put.c", [("""
    else if (event->has_time && event->time_ms > put->intake->at_ms + FUTURE_MAX_MS)
""", """
    else if (event->type == EVENT_feedback_rated && event->id.len > 0 && event->id.at[event->id.len - 1] == '7')
""")], 20, "sound events are accepted")

plant("reserve-off", "the disk's reserve is given to whoever sends", "brokers/reserve.c", [("""
    return reserve->is_short || reaches_into(reserve);
""", """
    return reserve->is_short && false;
""")], 40, "the reserve is the worker's")

plant("leave-forgotten", "who stands in does so from the day after on", "core/roster.c", [("""
        if (roster->substitute[i].from_day <= day && day <= roster->substitute[i].to_day)
""", """
        if (roster->substitute[i].from_day < day && day <= roster->substitute[i].to_day)
""")], 60, *STATE)

plant("old-roster", "open notices stay with whom the earlier roster named", "workers/step.c", [("""
    return kind->on_roster ? kind->on_roster(fold, key) : 0;
""", """
    return kind->on_roster && case_letter(key) != 'E' ? kind->on_roster(fold, key) : 0;
""")], 60, *STATE)

plant("low-spent-twice", "the low ratings that opened a task open the next one, too", "workers/improvements.c", [("""
        result = low_task(fold, place, row.low, row.low_count, &row);
        row.low_count = 0;
""", """
        result = low_task(fold, place, row.low, row.low_count, &row);
""")], 60, *STATE)

plant("sent-to-whom", "a report that a notice was sent counts whoever it was sent to", "core/delivery.c", [("""
    if (!span_equal(sent->to, escalation->to) || sent->repeat > escalation->repeat || known)
""", """
    if (sent->repeat > escalation->repeat || known)
""")], 20, *STATE)

plant("climbs-by-no-timer", "a notice that fails and is tried again goes up only when it has failed for good",
      "core/escalation.c", [("""
    return repeat_ms < climb_ms ? repeat_ms : climb_ms;
""", """
    return climb_ms == 0 ? climb_ms : repeat_ms;
""")], 20, *STATE)

plant("row-half-seen", "who has seen the notice above is told below all the same", "workers/escalation_climb.c", [("""
    int result = row_walk(fold, seen, false, event);
""", """
    int result = 0;
""")], 40, *STATE)

plant("given-up-in-silence", "what will never arrive is given up, and nobody above is told", "core/delivery.c", [("""
    if (over && HAS(escalation, escalation, climbed_to))
        delivery_stop(escalation);
""", """
    if (over)
        delivery_stop(escalation);
""")], 20, *STATE)

plant("superior-hears-no-end", "superiors are not told that a task is overdue no more", "workers/tasks.c", [("""
    if (task_untells(card))
        return notices_end_of(fold, card->id, "overdue");
""", """
    task_untells(card);
""")], 60, *STATE)

plant("counted-twice", "an entry that is settled is added to its account once more", "workers/ledger.c", [("""
    ret_case->part_before = ledger_part(card);
""", """
    ret_case->part_before = (struct ledger_account){.entries = 0};
""")], 40, *STATE)

plant("own-reward", "whoever is praised may confirm their own reward", "core/ledger_decide.c", [("""
    if (HAS(entry, ledger_entry, person) && span_equal(entry->person, by))
""", """
    if (HAS(entry, ledger_entry, person) && span_equal(entry->person, by) && entry->kind != ledger_kind_is_praise)
""")], 40, *STATE)
# ---- callbacks ----

plant("gap-forgotten", "a customer who was reached yesterday is called again", "workers/contacts.c", [("""
    bool contacted = contact.contacted_ms > 0 && due_ms < gap_ends_ms;
""", """
    bool contacted = contact.contacted_ms > gap_ends_ms;
""")], 100, *STATE)

plant("served-may-call", "who served the customer may call as well", "workers/contacts.c", [("""
    bool served = person.len > 0 && span_equal(visit.staff, person);
""", """
    bool served = person.len > 0 && span_equal(visit.vehicle, person);
""")], 60, *STATE)

plant("close-a-day-late", "a month closes on the day after", "core/month.c", [("""
    return calendar_day_begin_ms(policy, first + policy->ranking.close_day - 1) +
""", """
    return calendar_day_begin_ms(policy, first + policy->ranking.close_day) +
""")], 20, *STATE)

plant("visit-counted-again", "a visit weighs twice: when it is opened, and when it is completed", "workers/visits.c", [("""
    if (row->of_day)
        return 0;
""", """
    if (row->of_day && event->type == EVENT_visit_opened)
        return 0;
""")], 8, *STATE)

# ---- two people at once ----

plant("clock-counts-as-decided", "who saw a case before a clock did something to it may not decide", "workers/decided_since.c", [("""
        if (is_decision(key, ret_line))
""", """
        if (is_decision(key, ret_line) || !HAS(ret_line, history_line, by))
""")], 8, *STATE)

plant("seen-and-done", "of two who saw the same card both decide", "workers/decided_since.c", [("""
    *ret_refused = result == 0 || result == -E_NOT_FOLDED;
    if (result == 0)
""", """
    *ret_refused = result == -E_NOT_FOLDED;
    if (*ret_refused && result == 0)
""")], 8, *STATE)
