/*
 * query_trace.c - why: a case's steps, each with its sentence, the rulebook that was in force then, and the figures that ruled.
 *
 * Figures are read out of the rulebook as it was journaled, by the keys of schemas/words.def: what a line says stays true when
 * another one has been adopted since.
 */
#include "core/bytes.h"
#include "core/status.h"
#include "io/policy_look.h"
#include "schemas/words.h"
#include "workers/answer.h"
#include "workers/answer_trace.h"
#include "workers/cases.h"
#include "workers/kinds.h"
#include "workers/sight.h"

#include <stdio.h>
#include <stdlib.h>

#define SENTENCE_BYTES 1024u
#define KEY_BYTES 192u

/* ---- the rulebook of a line ---- */

void rulebook_close(struct rulebook_seen *seen)
{
    policy_look_close(seen->look);
    *seen = (struct rulebook_seen){.seq = 0};
}

int rulebook_see(struct store_txn *txn, uint64_t seq, struct rulebook_seen *seen)
{
    struct policy_row row;
    int result = state_policy_at(txn, seq, &row);
    if (result == -E_NOT_FOUND)
        rulebook_close(seen); /* none was in force yet */
    if (result < 0)
        return result == -E_NOT_FOUND ? 0 : result;
    if (seen->look && seen->seq == row.seq)
        return 0;
    rulebook_close(seen);
    result = policy_look_open(row.content, &seen->look);
    if (result < 0)
        return result == -E_NO_MEMORY ? result : -E_CORRUPT;
    seen->seq = row.seq;
    snprintf(seen->hash, sizeof seen->hash, "%.*s", SPAN_ARGS(row.hash));
    if (!policy_look_at(seen->look, "name", seen->name, sizeof seen->name))
        seen->name[0] = '\0';
    return 0;
}

void rulebook_write(struct wire_writer *rows, const struct rulebook_seen *seen)
{
    wire_key(rows, "policy");
    if (!seen->look) {
        wire_nil(rows);
        return;
    }
    wire_map(rows, 3);
    wire_key(rows, "name");
    wire_text(rows, span_of(seen->name));
    wire_key(rows, "hash");
    wire_text(rows, span_of(seen->hash));
    wire_key(rows, "seq");
    wire_natural(rows, seen->seq);
}

/* ---- what ruled ---- */

/* What a case is, as far as its lines have been read. */
struct told_case {
    char grade[16];
    char department[NAME_MAX_BYTES + 1];
};

static const char *const names[] = {"{grade}", "{said}", "{department}"};

/* "clocks.{grade}.{said}" with the line's own words; false when one of them is not known. */
static bool key_fill(const char *at, size_t len, const struct told_case *told, struct span said,
                     char ret_key[KEY_BYTES])
{
    const struct span words[] = {span_of(told->grade), said, span_of(told->department)};
    size_t used = 0;
    for (const char *end = at + len; at < end;) {
        struct span word = span_make(at, 1);
        size_t taken = 1;
        for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
            if (strncmp(at, names[i], strlen(names[i])) != 0)
                continue;
            word = words[i];
            taken = strlen(names[i]);
        }
        if (word.len == 0 || used + word.len >= KEY_BYTES)
            return false;
        memcpy(ret_key + used, word.at, word.len);
        used += word.len;
        at += taken;
    }
    ret_key[used] = '\0';
    return true;
}

/* Every key of the type's row that the rulebook has, with its figures: the array is written in two passes. */
static uint32_t rules_write(struct wire_writer *rows, const struct rulebook_seen *seen, const struct told_case *told,
                            const struct history_line *line, bool write)
{
    const char *keys = seen->look ? words_rules(line->type) : NULL;
    uint32_t count = 0;
    while (keys && *keys) {
        char key[KEY_BYTES], figures[SENTENCE_BYTES];
        size_t len = strcspn(keys, ",");
        struct span said = HAS(line, history_line, said) ? line->said : (struct span){0};
        bool known = key_fill(keys, len, told, said, key) && policy_look_at(seen->look, key, figures, sizeof figures);
        count += known;
        if (known && write) {
            wire_map(rows, 2);
            wire_key(rows, "key");
            wire_text(rows, span_of(key));
            wire_key(rows, "figures");
            wire_text(rows, span_of(figures));
        }
        keys += len + (keys[len] == ',');
    }
    return count;
}

/* The grade follows the lines: what ruled a clock is the grade of its time. */
static void told_follow(struct told_case *told, const struct history_line *line)
{
    bool grades = span_is(line->type, "feedback.complained") || span_is(line->type, "complaint.graded");
    if (grades && HAS(line, history_line, said))
        snprintf(told->grade, sizeof told->grade, "%.*s", SPAN_ARGS(line->said));
}

/* What no line says stands on the card: where the case is, and a notice's grade. */
static int told_begin(struct answer *answer, const struct case_key *key, struct told_case *ret_told)
{
    union card *card = calloc(1, sizeof *card);
    struct span row, department = {0};
    *ret_told = (struct told_case){.grade = ""};
    int result = card ? store_get(answer->txn, STATE_CASES, case_key_span(key), &row) : -E_NO_MEMORY;
    if (result == 0)
        result = case_read(key, row, card);
    if (result == 0)
        result = answer_sees_card(answer, case_letter(key), card);
    if (result == 0 && case_letter(key) == 'E') {
        department = HAS(&card->escalation, escalation, department) ? card->escalation.department : department;
        snprintf(ret_told->grade, sizeof ret_told->grade, "%s", choice_name(choice_of_grade(), card->escalation.grade));
    } else if (result == 0 && case_letter(key) == 'T') {
        department = card->task.department;
    }
    snprintf(ret_told->department, sizeof ret_told->department, "%.*s", SPAN_ARGS(department));
    free(card);
    return result == -E_NOT_FOUND ? 0 : result; /* no case: no lines either */
}

/* ---- rows ---- */

static void text_or_nil(struct wire_writer *rows, const char *name, bool has, struct span text)
{
    wire_key(rows, name);
    if (has)
        wire_text(rows, text);
    else
        wire_nil(rows);
}

static void sentences_write(struct wire_writer *rows, const struct history_line *line)
{
    char text[SENTENCE_BYTES];
    struct span by = HAS(line, history_line, by) ? line->by : (struct span){0};
    struct span said = HAS(line, history_line, said) ? line->said : (struct span){0};
    words_say(line->type, by, said, WORDS_EN, text, sizeof text);
    wire_key(rows, "en");
    wire_text(rows, span_of(text));
    words_say(line->type, by, said, WORDS_ZH, text, sizeof text);
    wire_key(rows, "zh");
    wire_text(rows, span_of(text));
}

/* Who sent what caused a line, by the key of the connection, beside whom it names in `by`. A local sender's word is always a
 * claim, a program's when it names another. What time brought nobody sent. */
static int sender_write(struct answer *answer, const struct history_line *line)
{
    struct wire_writer *rows = &answer->rows;
    struct span name = span_of("local");
    bool has_by = HAS(line, history_line, by), has_principal = HAS(line, history_line, principal);
    if (has_principal) {
        int result = state_principal_get(answer->txn, (uint32_t)line->principal, (uint64_t)line->seq, &name);
        if (result == -E_NOT_FOUND)
            name = span_of("unknown");
        else if (result < 0)
            return result;
    }
    text_or_nil(rows, "principal", has_by || has_principal, name);
    wire_key(rows, "claimed");
    if (has_by)
        wire_bool(rows, !has_principal || !span_equal(name, line->by));
    else
        wire_nil(rows);
    return 0;
}

static int row_write(struct answer *answer, const struct history_line *line, const char *cause,
                     const struct rulebook_seen *seen, const struct told_case *told)
{
    struct wire_writer *rows = &answer->rows;
    wire_map(rows, 14);
    text_or_nil(rows, "case", true, answer->asked->id);
    wire_key(rows, "seq");
    wire_natural(rows, (uint64_t)line->seq);
    wire_key(rows, "at");
    wire_time_text(rows, line->at);
    text_or_nil(rows, "type", true, line->type);
    text_or_nil(rows, "by", HAS(line, history_line, by), line->by);
    int result = sender_write(answer, line);
    text_or_nil(rows, "said", HAS(line, history_line, said), line->said);
    wire_key(rows, "time");
    if (HAS(line, history_line, time))
        wire_time_text(rows, line->time);
    else
        wire_nil(rows);
    text_or_nil(rows, "cause", true, span_of(cause));
    sentences_write(rows, line);
    rulebook_write(rows, seen);
    wire_key(rows, "rules");
    wire_array(rows, rules_write(rows, seen, told, line, false));
    rules_write(rows, seen, told, line, true);
    answer->count++;
    return result;
}

/* A walk over the lines of one case. */
struct trace_walk {
    struct case_key key;
    struct told_case told;
    struct rulebook_seen seen;
    struct span after; /* lines up to this key were on earlier pages: they only tell the grade */
};

static int line_take(struct answer *answer, struct trace_walk *walk, struct span key, struct span row)
{
    struct history_line line;
    struct flaw flaw;
    char cause[40];
    size_t case_len = walk->key.len;
    if (key.len != case_len + 16 || record_decode(&record_of_history_line, row, &line, &flaw) < 0)
        return -E_CORRUPT;
    told_follow(&walk->told, &line);
    if (walk->after.len && span_compare(key, walk->after) <= 0)
        return 0;
    snprintf(cause, sizeof cause, "%llu-%u", (unsigned long long)bytes_u64(key.at + case_len),
             bytes_u32(key.at + case_len + 8));
    int result = rulebook_see(answer->txn, (uint64_t)line.seq, &walk->seen);
    if (result == 0)
        result = row_write(answer, &line, cause, &walk->seen, &walk->told);
    return result;
}

static int lines_walk(struct answer *answer, struct trace_walk *walk)
{
    struct store_cursor *cursor;
    struct span bytes, row;
    int result = store_cursor_open(answer->txn, STATE_TRACE, &cursor);
    if (result < 0)
        return result;
    result = store_seek(cursor, case_key_span(&walk->key), &bytes, &row);
    while (result == 0 && bytes.len == walk->key.len + 16u && memcmp(bytes.at, walk->key.bytes, walk->key.len) == 0) {
        result = line_take(answer, walk, bytes, row);
        if (result == 0 && !answer_has_room(answer)) {
            answer_cursor_set(answer, bytes);
            break;
        }
        if (result == 0)
            result = store_next(cursor, &bytes, &row);
    }
    store_cursor_close(cursor);
    return result == -E_NOT_FOUND ? 0 : result;
}

int answer_trace(struct answer *answer)
{
    uint8_t buffer[CURSOR_BYTES_MAX];
    struct trace_walk walk = {.after = {0}};
    if (!HAS(answer->asked, get_request, id))
        return -E_NOT_FOUND;
    if (span_starts(answer->asked->id, "S-"))
        return answer_trace_score(answer);
    if (case_key_of_id(answer->asked->id, &walk.key) < 0)
        return -E_NOT_FOUND;
    int result = answer_cursor_read(answer, buffer, &walk.after);
    if (result == 0)
        result = told_begin(answer, &walk.key, &walk.told);
    if (result == 0)
        result = lines_walk(answer, &walk);
    rulebook_close(&walk.seen);
    if (result < 0)
        return result;
    return answer->count == 0 && !HAS(answer->asked, get_request, cursor) ? -E_NOT_FOUND : 0;
}
