/* mend.c - see mend.h. */
#include "brokers/mend.h"
#include "core/status.h"

#include <stdio.h>

int mend_begin(struct journal *journal, struct span key, bool alone, struct sender *sender, uint8_t *buffer,
               struct mending *mending, const char **ret_detail)
{
    if (!alone) {
        *ret_detail = "`mends` is said of one event, without a session";
        return -E_BAD_REQUEST;
    }
    if (sender->principal && access_widest(sender->principal, MAY_mend) == REACH_NONE) {
        *ret_detail = "to mend an event of the quarantine asks for the right `mend`";
        return -E_NO_RIGHT;
    }
    struct mending made = {.key = ""};
    if (key.len == sizeof made.key - 1)
        memcpy(made.key, key.at, key.len);
    int status = journal_quarantine_look(journal, made.key, buffer, PUT_BYTES_MAX, &made.row);
    if (status) {
        *ret_detail = "the quarantine has no event under this key";
        return status;
    }
    *mending = made;
    sender->mends = mending->row.source;
    return 0;
}

/* Its own id, when it had one that was no flaw. */
static bool id_of(const struct quarantine_row *row, struct span *ret_id)
{
    struct wire_value value;
    struct span bytes;
    uint32_t characters;
    bool sound = strcmp(row->field, "id") != 0 && wire_find(row->bytes, "id", &value, &bytes) == 0 &&
                 value.kind == WIRE_STR && value.bytes.len > 0 && value.bytes.len <= NAME_MAX_BYTES &&
                 utf8_count(value.bytes, &characters) == 0;
    if (sound)
        *ret_id = value.bytes;
    return sound;
}

void mend_check(const struct mending *mending, const struct event *event, struct flaw *flaw)
{
    struct span id;
    const struct quarantine_row *row = &mending->row;
    if (flaw->status)
        return;
    if (row->source[0] && !span_is(event->source, row->source))
        flaw_set(flaw, -E_OTHER_IDENTITY, "source",
                 "It is not the source under which it was refused; that one alone is "
                 "allowed.");
    else if (id_of(row, &id) && !span_equal(event->id, id))
        flaw_set(flaw, -E_OTHER_IDENTITY, "id",
                 "It is not the id under which it was refused; that one alone is allowed.");
}
