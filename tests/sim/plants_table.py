"""Bugs that a good engineer could make, by where they are: brokers, worker, rules, followers, the client library."""
from plants_row import (ACKED, ALIVE, CAUGHT_UP, COMPLETE, CONSUMED, DAMAGE, FENCED, LEVEL, ONCE, PUNCTUAL, SERVED, STATE,
                        STUCK, TIME, TOLD, plant)

# ---- intake: what an ACK promises ----

plant("ack-before-commit", "answers leave before the commit that makes them true", "brokers/intake.c", [("""
        reserve_take_commit(&intake->reserve);
    reserve_turn_leaves(&intake->reserve);
""", """
        reserve_take_commit(&intake->reserve);
    answers_send(intake->leaving, &intake->public_counts);
    intake->leaving = NULL;
    reserve_turn_leaves(&intake->reserve);
""")], 20, ACKED)

plant("failed-commit-acked", "a turn whose commit failed is answered all the same", "brokers/intake.c", [("""
    int status = journal_commit_wait(intake->journal);
    if (status)
        return status;
    reserve_turn_is_written(&intake->reserve);
""", """
    int status = journal_commit_wait(intake->journal);
    reserve_turn_is_written(&intake->reserve);
"""), ("""
    await_answer(&intake->await, journal_head(intake->journal), intake->inner_port, &intake->inner_counts);
    return 0;
""", """
    await_answer(&intake->await, journal_head(intake->journal), intake->inner_port, &intake->inner_counts);
    return status;
""")], 50, ACKED)

plant("dedupe-only-sessions", "what comes without a session is not looked up in the identity window",
      "brokers/put.c", [("""
    int status = identity_find(intake->identity, arrival->fingerprint, arrival->source, arrival->id, &seq);
""", """
    int status = -E_NOT_FOUND;
    if (put->session)
        status = identity_find(intake->identity, arrival->fingerprint, arrival->source, arrival->id, &seq);
""")], 20, ACKED)

plant("window-empty-after-restart", "the identity window is not filled from the journal at a start",
      "brokers/identity.c", [("""
    while (read->after < head) {
""", """
    read->after = head;
    while (read->after < head) {
""")], 20, ACKED)

plant("last-not-stored", "a session's last sequence is kept in memory only", "brokers/sessions.c", [("""
    text_set(row->last_id, id, NAME_MAX_BYTES);
    row_changed(sessions, number);
""", """
    text_set(row->last_id, id, NAME_MAX_BYTES);
""")], 50, CONSUMED, ACKED)

plant("epoch-not-stored", "a new epoch is told, but written only when an event comes", "brokers/sessions.c", [("""
    text_set(row->instance, instance, NAME_MAX_BYTES);
    row_changed(sessions, number);
""", """
    text_set(row->instance, instance, NAME_MAX_BYTES);
""")], 100, FENCED)

plant("zombie-not-fenced", "an older epoch is let in", "brokers/sessions.c", [("""
    if (epoch < row->epoch)
        return -E_FENCED;
""", """
""")], 100, FENCED)

plant("sessions-lost-at-switch", "a new volume begins without the sessions of the one before",
      "io/journal_chain.c", [("""
    int status = index > 0 ? sessions_copy(journal->volumes[index - 1].store, txn) : 0;
    if (status)
        return status;
""", """
    int status = 0;
""")], 100, FENCED, CONSUMED)

plant("time-back-after-restart", "journal time is not taken up again at a start", "io/journal_chain.c", [("""
        atomic_store(&journal->last_at_ms, record.at_ms);
""", """
""")], 100, TIME)

plant("cause-not-stored", "the last cause that was announced is kept in memory only", "brokers/consequence.c", [("""
        status = journal_last_cause_set(intake->journal, last);
""", """
        status = 0;
""")], 50, ONCE)

plant("damage-not-seen", "a record's checksum is not looked at", "schemas/record.c", [("""
    if (!has_its_length(bytes) || bytes_u32(bytes.at + AT_CHECKSUM) != checksum(bytes.at, bytes.len))
""", """
    if (!has_its_length(bytes))
""")], 3, DAMAGE)

plant("refused-not-kept", "what is refused is counted, but its bytes are not kept", "io/journal_quarantine.c", [("""
        status = row_put(journal, hash, arrival, row);
    if (status == 0)
        sodium_bin2hex
""", """
        sodium_bin2hex
""")], 20, "refused, but kept")

# ---- the worker: state, cursor, consequences ----

plant("commit-before-speaking", "state and cursor are committed before the consequences are in the journal",
      "workers/worker.c", [("""
    struct fold *fold = worker->fold;
    int result = speaker_turn(worker->speaker, monotonic_ms);
    if (result == -E_AGAIN)
        return 0;
    if (result < 0) {
        log_line(
""", """
    struct fold *fold = worker->fold;
    int result = fold->txn ? fold_commit(fold) : 0;
    if (result < 0)
        return result;
    result = speaker_turn(worker->speaker, monotonic_ms);
    if (result == -E_AGAIN)
        return 0;
    if (result < 0) {
        log_line(
"""), ("""
    result = fold_commit(fold);
    if (result < 0)
        return result;
    worker->reached = fold->head.position.seq;
    if (worker->finished
""", """
    worker->reached = fold->head.position.seq;
    if (worker->finished
""")], 50, COMPLETE, ONCE, CAUGHT_UP, *STATE)

plant("cursor-after-state", "the cursor is written in a transaction of its own, after the state",
      "workers/fold.c", [("""
        result = state_head_put(fold->txn, &fold->head);
    if (result < 0)
        return result;
    struct store_txn *txn = fold->txn;
    fold->txn = NULL;
    result = store_commit(txn);
""", """
        result = store_commit(fold->txn);
    fold->txn = NULL;
    struct store_txn *txn;
    if (result == 0)
        result = store_begin(fold->store, true, &txn);
    if (result == 0)
        result = state_head_put(txn, &fold->head);
    if (result == 0)
        result = store_commit(txn);
""")], 50, *STATE, ALIVE)

plant("aborted-sums-kept", "what an aborted turn has counted stays in memory", "workers/fold.c", [("""
    score_cache_forget(fold->scores);
    return next_due_load(fold);
""", """
    return next_due_load(fold);
""")], 100, *STATE)

plant("due-not-loaded", "after a restart nobody knows when the next deadline is", "workers/fold.c", [("""
    score_cache_forget(fold->scores);
    return next_due_load(fold);
""", """
    score_cache_forget(fold->scores);
    return 0;
""")], 100, *STATE, ONCE, STUCK, CAUGHT_UP)

plant("event-before-timers", "an entry is folded before what was due by its time", "workers/fold.c", [("""
        result = fire_timers(fold, entry);
        if (result == FOLD_DONE)
            result = scores_publish(fold, entry);
""", """
        result = scores_publish(fold, entry);
""")], 50, *STATE)

plant("fired-as-of-now", "a timer fires as of the entry that brings the time, not as of its due",
      "workers/fold.c", [("""
        result = kind_of(&key)->on_timer(fold, &key, due_ms);
""", """
        result = kind_of(&key)->on_timer(fold, &key, entry->at_ms);
""")], 20, *STATE)

plant("refold-speaks-again", "a refold is silent only before the last cause's entry", "workers/step.c", [("""
    step->silent = entry->seq < fold->silent_upto.seq ||
                   (entry->seq == fold->silent_upto.seq && step->number <= fold->silent_upto.step);
""", """
    step->silent = entry->seq < fold->silent_upto.seq;
""")], 50, ONCE, STUCK)

plant("half-of-a-cause", "of a cause's consequences only the first one about each complaint is said",
      "workers/cases.c", [("""
        if (case_key_equal(&step->touched[i].key, key)) {
            step->touched[i].event = event;
            return;
        }
""", """
        if (case_seq(&step->touched[i].key) == case_seq(key)) {
            if (case_key_equal(&step->touched[i].key, key))
                step->touched[i].event = event;
            return;
        }
""")], 20, *STATE, COMPLETE, ONCE)

plant("timer-lost", "a timer that moves further away is taken out and not put back", "workers/cases.c", [("""
    if (change->due_ms == NEVER)
        return 0;
    if (change->due_ms < fold->next_due_ms)
""", """
    if (change->due_ms == NEVER || change->due_ms > change->armed_ms)
        return 0;
    if (change->due_ms < fold->next_due_ms)
""")], 20, *STATE)

plant("timer-twice", "a timer that is armed anew before its time stays armed for the old time, too",
      "workers/cases.c", [("""
    if (change->armed_ms != NEVER)
        result = store_delete(
""", """
    if (change->armed_ms != NEVER && change->armed_ms <= fold->step.cause.at_ms)
        result = store_delete(
""")], 20, *STATE)

plant("policy-only-for-new", "a rulebook that is adopted is not applied to open cases", "workers/policies.c", [("""
    if (result == 0)
        result = sweep_begin(fold, 0);
    return result < 0 ? result : fold_notice(fold, "policy_adopted"
""", """
    return result < 0 ? result : fold_notice(fold, "policy_adopted"
""")], 50, *STATE)

plant("retraction-not-subtracted", "a retracted rating stays in the sums", "workers/scores.c", [("""
    result = rating_count(fold, &counted, -1, true);
    if (result == 0 && correction) {
""", """
    if (correction)
        result = rating_count(fold, &counted, -1, true);
    if (result == 0 && correction) {
""")], 50, *STATE)

plant("correction-of-the-original", "a second correction takes back the original, not the first correction",
      "workers/targets.c", [("""
    if (result == -E_NOT_FOUND) {
        *ret_rating
""", """
    if (result == -E_NOT_FOUND || (result == 0 && !row.retracted)) {
        *ret_rating
""")], 100, *STATE, ALIVE)

# ---- the rules ----

plant("deadline-from-arrival", "clocks start when the complaint arrives, not when it was made",
      "core/complaint.c", [("""
    return *ret_late ? cause.at_ms : time_ms;
""", """
    return cause.at_ms;
""")], 20, *STATE)

plant("first-rung-skipped", "the ladder's first rung is never waited for", "core/complaint_clocks.c", [("""
        uint32_t rung = rungs_told(policy, complaint, clock);
""", """
        uint32_t rung = rungs_told(policy, complaint, clock) + (clock->told_percent == 0);
""")], 20, *STATE)

plant("begun-day-lost", "a day in repair counts only when it is full", "core/repair.c", [("""
    return completed_ms > opened_ms ? (completed_ms - opened_ms + DAY_MS - 1) / DAY_MS : 1;
""", """
    return completed_ms > opened_ms + DAY_MS ? (completed_ms - opened_ms) / DAY_MS : 1;
""")], 50, *STATE)

plant("night-forgotten", "a notice that waits for the morning is dropped when its clock fires again", "core/complaint_clocks.c", [("""
    if (clock->quiet_percent > 0 && quiet_end_ms(policy, complaint, clock) <= now_ms) {
""", """
    if (rung && rung->level > policy->quiet.level_most)
        clock->quiet_percent = 0;
    if (clock->quiet_percent > 0 && quiet_end_ms(policy, complaint, clock) <= now_ms) {
""")], 50, *STATE)

plant("law-rests", "a pause lets the law's clock for a refund rest, too", "core/complaint_clocks.c", [("""
           (clock->kind == clock_kind_is_plan || clock->kind == clock_kind_is_resolve);
""", """
           (clock->kind == clock_kind_is_plan || clock->kind == clock_kind_is_resolve ||
            clock->kind == clock_kind_is_refund_answer || clock->kind == clock_kind_is_refund_finish);
"""), ("""
    if (is_statutory(clock))
        return calendar_add_national(policy, clock->started_at, share);
""", """
    if (is_statutory(clock))
        return calendar_add_national(policy, clock->started_at, share) + clock->rested_wall_ms +
               (clock_rests(complaint, clock) ? pause_end_ms - complaint->paused.since : 0);
""")], 50, *STATE)

plant("stay-told-late", "a stay that is told late throws the vehicle out of the one that it is in", "workers/repairs.c", [("""
        if (result == 0 && other.opened_at > card->opened_at) {
""", """
        if (result == 0 && other.opened_at == NEVER) {
""")], 50, *STATE)

plant("level-falls", "a complaint that is graded anew begins again at its floor", "core/complaint_decide.c", [("""
    step->complaint->grade = step->decision->data.graded.grade;
""", """
    step->complaint->grade = step->decision->data.graded.grade;
    step->complaint->level = step->complaint->floor;
""")], 50, LEVEL, *STATE)

plant("reopened-as-before", "a reopened complaint does not begin a level higher", "core/complaint_verdict.c", [("""
    complaint->floor++;
""", """
""")], 50, *STATE)

plant("pause-forgotten", "a pause that has ended does not count: the deadline is what it was",
      "core/complaint_clocks.c", [("""
        if (clock_rests(complaint, &complaint->clocks[i]))
            clock_book_rest(policy, complaint, &complaint->clocks[i], at_ms);
""", """
        if (false)
            clock_book_rest(policy, complaint, &complaint->clocks[i], at_ms);
""")], 50, *STATE)

# ---- followers: feed, outlet ----

plant("question-never-repeated", "a follower whose question was lost waits for its answer for ever",
      "io/follow.c", [("""
    if (same && monotonic_ms - follow->fetch.sent_ms < follow->wait_ms + PATIENCE_MS)
        return 0;
""", """
    if (same)
        return 0;
""")], 50, STUCK, CAUGHT_UP, PUNCTUAL)

plant("head-for-upto", "the outlet takes the journal's head for what it has read", "brokers/outlet.c", [("""
        return cards_commit(&outlet->cards, batch.upto);
    cards_pass(&outlet->cards, batch.upto);
""", """
        return cards_commit(&outlet->cards, batch.head);
    cards_pass(&outlet->cards, batch.head);
""")], 50, *SERVED)

plant("n-from-one-again", "after a restart the outlet counts its cards from 1", "brokers/outlet_store.c", [("""
            cards->last[i] = bytes_u64(row.at + 9 + 8 * i);
""", """
            cards->last[i] = 0;
""")], 20, *SERVED)

plant("lineage-keeps-cards", "of another journal the outlet reads from the start, but keeps the cards it had",
      "brokers/outlet_store.c", [("""
        result = store_clear(cards->txn, table);
""", """
        (void)table;
""")], 100, *SERVED)

# ---- the client library ----

plant("gap-is-success", "the publisher takes a gap for a repeat that was taken before",
      "clients/c/publisher_receive.c", [("""
    } else if (status == -E_GAP || status == -E_NO_SESSION
""", """
    } else if (status == -E_GAP && put) {
        uint32_t count = put->count;
        front_pop(publisher);
        for (uint32_t i = 0; i < count; i++) {
            publisher->sequence++;
            result_give(publisher, (struct manyi_result){.duplicate = true, .field = "", .message = ""});
        }
    } else if (status == -E_NO_SESSION
""")], 50, ACKED)

plant("last-sequence-again", "after a WELCOME the publisher begins with `last`, not behind it",
      "clients/c/publisher_receive.c", [("""
    uint64_t next = (uint64_t)welcome.last + 1;
""", """
    uint64_t next = welcome.last > 0 ? (uint64_t)welcome.last : 1;
""")], 50, ACKED)

plant("gap-ignored", "a subscriber takes any higher n for the next one", "clients/c/subscriber_topic.c", [("""
    if (here && n == topic->n + 1 && HAS(&published, published, card))
""", """
    if (here && n > topic->n && HAS(&published, published, card))
""")], 50, CAUGHT_UP, TOLD)

plant("old-generation-kept", "a subscriber goes on with the cards of the generation before",
      "clients/c/subscriber_topic.c", [("""
    if (forgets && subscriber->options.on_reset)
        subscriber
""", """
    if (!forgets && subscriber->options.on_reset)
        subscriber
""")], 50, *SERVED)

# ---- what somebody is told or not ----

plant("rejection-unsaid", "two decisions of three are rejected without a word", "workers/event_fold.c", [("""
    fold_say(fold, EVENT_decision_rejected,
""", """
    if (step->cause.seq % 3)
        fold_say(fold, EVENT_decision_rejected,
""")], 20, *STATE, COMPLETE)

plant("card-of-yesterday", "the outlet says that its cards were told a day before", "brokers/outlet.c", [("""
    SET(&published, published, at, kept->at_ms);
""", """
    SET(&published, published, at, kept->at_ms - 86400000);
""")], 20, *SERVED)

plant("refused-and-gone", "what is refused is never kept", "brokers/put.c", [("""
        status = journal_quarantine_add(put->intake->journal, row);
""", """
        status = -E_QUARANTINE_FULL;
""")], 20, "refused, but kept")
