/*
 * limits.h - every bound of Manyi, in one place and related to each other.
 *
 * Bytes unless the name says otherwise. A change here is a change of the contract: PROTOCOL.md names them.
 */
#ifndef MANYI_CORE_LIMITS_H
#define MANYI_CORE_LIMITS_H

#define KIB 1024u
#define MIB (1024u * 1024u)
#define GIB (1024ull * 1024ull * 1024ull)

/* Events */
#define EVENT_MAX (64u * KIB)
#define SYSTEM_EVENT_MAX (1u * MIB)
#define EVENT_DEPTH_MAX 8u    /* the event's own map is level 1 */
#define EVENT_FIELDS_MAX 256u /* keys of one map */
#define NAME_MAX_BYTES 64u
#define LABEL_MAX_BYTES 192u /* composed of names: manager@store/department */
#define URI_MAX_BYTES 512u
#define TEXT_MAX_CHARACTERS 4000u
#define TEXT_MAX_BYTES (TEXT_MAX_CHARACTERS * 4u)
#define NAMES_MAX 16u      /* names in one list, such as staff[] */
#define DIMENSIONS_MAX 16u /* dimensions of one rating or row */
#define FUTURE_MAX_MS (24ll * 3600 * 1000)
#define TIME_END_MS 253402300800000ll /* 9999-12-31T24:00:00Z: no time is that late */

/* Cards */
#define CARD_MAX (16u * KIB)
#define HISTORY_MAX 32u       /* newest lines kept on a card */
#define LEDGER_INPUTS_MAX 12u /* figures that an entry of the ledger names */
#define CLOCKS_MAX 9u         /* every kind at once */
#define CASE_ID_MAX LABEL_MAX_BYTES

/* Requests */
#define PUT_EVENTS_MAX 4096u
#define PUT_BYTES_MAX (1u * MIB + 64u * KIB) /* a system event with its envelope fits */
#define FRAME_MAX (8u * MIB + 64u * KIB)     /* larger frames drop the connection */
#define RID_MAX 64u
#define PROBLEMS_TEXT_MAX 256u
#define FETCH_BYTES_MAX (8u * MIB)
#define FETCH_WAIT_MAX_MS 60000
#define PARKED_MAX 1024u        /* requests parked at the feed, or at the query port */
#define ROWS_MAX 1000u          /* rows of one reply */
#define REPLAY_MAX 256u         /* cards of one page */
#define RECEIVE_HIGH_WATER 4000 /* messages; credit stays well below it */
#define SEND_HIGH_WATER 4000
#define UNREAD_BYTES_MAX (16u * MIB) /* of large replies for one peer */
#define CREDIT_BYTES (8u * MIB)      /* a publisher's unacknowledged bytes */
#define CREDIT_REQUESTS 1000u        /* a peer's unanswered requests */

/* Journal */
#define RECORD_MAX (256u * KIB) /* a record closes before it passes this; one system event may be larger alone */
#define TURN_REQUESTS_MAX 512u  /* requests drained into one commit */
#define TURN_BYTES_MAX (8u * MIB)
#define SESSIONS_MAX 100000u
#define IDENTITY_WINDOW_DEFAULT 2000000u
#define VOLUMES_MAX 4096u
#define VOLUME_BYTES_DEFAULT (8ull * GIB)
#define VOLUME_MAP_BYTES (64ull * GIB)
#define QUARANTINE_SOURCE_BYTES_MAX (4u * MIB)
#define QUARANTINE_SOURCE_EVENTS_MAX 10000u

/* Worker */
#define STEP_CASES_MAX 256u /* cases that one step may touch */
#define FOLD_TURN_BYTES_MAX FETCH_BYTES_MAX

_Static_assert(SYSTEM_EVENT_MAX < PUT_BYTES_MAX, "a system event fits into a PUT");
_Static_assert(PUT_BYTES_MAX < FRAME_MAX, "an oversize PUT can still be answered");
_Static_assert(FETCH_BYTES_MAX < FRAME_MAX, "a BATCH fits into a frame");
_Static_assert(EVENT_MAX < RECORD_MAX, "an ordinary event fits into a record");
_Static_assert(CARD_MAX < EVENT_MAX, "a card with its envelope fits into an event");
_Static_assert(TEXT_MAX_BYTES < EVENT_MAX, "the longest text fits into an event");
_Static_assert(CREDIT_REQUESTS < RECEIVE_HIGH_WATER, "credit stays below the high-water mark");
_Static_assert(PUT_BYTES_MAX <= TURN_BYTES_MAX, "one PUT always fits into a turn");

#endif
