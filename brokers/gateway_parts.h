/*
 * gateway_parts.h - what the files of the gateway share: requests on their way, who asks, answers.
 *
 *   request ─▶ who (gateway_who) ─▶ route (gateway_route) ─▶ errand: asked, ─▶ then ─▶ asked again, or answered
 *                 └─▶ refused                                        └─ deadline ─▶ answered 503
 *
 * Included by gateway*.c only.
 */
#ifndef MANYI_BROKERS_GATEWAY_PARTS_H
#define MANYI_BROKERS_GATEWAY_PARTS_H

#include "brokers/gateway.h"
#include "brokers/lockout.h"
#include "brokers/metrics.h"
#include "core/policy.h"
#include "core/status.h"
#include "io/aside.h"
#include "io/audit.h"
#include "io/bus.h"
#include "io/guard.h"
#include "io/link.h"
#include "io/request.h"
#include "schemas/codec.h"

#define ERRANDS_MAX 1024u
#define ERRAND_MS 15000 /* a query that waits for an entry is answered within 10 s */
#define READY_MS 2000
#define SESSION_MS (12 * 3600 * 1000ll)
#define SESSIONS_ENDED_MAX 1024u
#define SESSIONS_ENDED_EACH 8u /* remembered of one person singly; with more all that began before are over */
#define LOGINS_MAX 16u
#define PASSWORD_MAX 256u
#define SEGMENTS_MAX 5u
#define REQUEST_MAX (3u * MIB) /* JSON may grow when it is packed: 0.1 is three bytes, then nine */
#define ANSWER_FIELDS_MAX 1024u

enum gateway_peer { PEER_INTAKE, PEER_QUERY, PEER_FEED, PEER_OUTLET, PEER_NOTIFIER, PEERS };

/* Who asks. Lives for the turn. */
struct who {
    uint32_t number;                   /* 0: local */
    const struct principal *principal; /* NULL: local */
    struct span name;                  /* empty: local */
    bool session;                      /* by cookie */
    uint8_t nonce[LINK_NONCE_BYTES];   /* of the session */
    int64_t expires_ms;
};

/* A request's path, its percent signs read. Lives until the next one is read. */
struct path {
    struct span segment[SEGMENTS_MAX];
    uint32_t count;
};

struct reply {
    int status; /* 0, or what a NAK said */
    struct span verb, body;
    struct nak_reply nak;
};

struct gateway;
struct errand;
typedef void errand_then(struct gateway *gateway, struct errand *errand, const struct reply *reply);

/* Something that is asked of a peer, for a request of HTTP or for nobody. */
struct errand {
    errand_then *then; /* NULL: free */
    uint32_t generation;
    uint32_t steps; /* what was asked for it so far */
    int64_t until_ms;
    struct http_request request; /* id 0: nobody waits for it */
    uint32_t number;             /* for whom it asks; OURSELVES: by a link, or for nobody */
    bool page;                   /* people look at the answer */
    bool single;                 /* one event, one card */
    bool unpacks;                /* its rows hold events */
    enum event_type type;
    uint64_t seq;
    int64_t seen;           /* rows that were looked through */
    bool again;             /* its event came before */
    uint64_t key;           /* whose wrong tries it counts among */
    bool waits_for_figures; /* it is answered when the round is over */
    bool openmetrics;
    char text[LABEL_MAX_BYTES + 1]; /* what the next step needs */
    struct span held;               /* likewise, of any length: errand_hold; its own */
    char store_name[NAME_MAX_BYTES + 1], store_name_en[NAME_MAX_BYTES + 1]; /* for customers; "": it has none */
};

struct login {
    struct http_request request;
    char name[NAME_MAX_BYTES + 1], password[PASSWORD_MAX + 1];
    uint64_t name_key, pair_key, address_key;
};

/* What the second pair of hands has for its own: a keyring belongs to one thread. */
struct login_work {
    struct guard guard;
    struct clock_reading now;
    char name[NAME_MAX_BYTES + 1], password[PASSWORD_MAX + 1];
    uint8_t mark[KEYRING_MARK_BYTES];
};

#define FIGURES_MAX (16u * KIB) /* of a PONG */

/* What the roles said in the round that was asked last. */
struct figures {
    bool gathers;
    uint32_t missing; /* roles that have not answered yet */
    struct span part[METRICS_PARTS];
    uint8_t bytes[METRICS_PARTS][FIGURES_MAX];
};

struct gateway {
    struct setup setup;
    struct http *http;
    struct guard guard;
    struct audit *audit;
    struct port *peer[PEERS]; /* the notifier's NULL: there is none */
    struct port *ping;        /* NULL: none */
    struct request_counts ping_counts;
    struct parcel parcel;
    struct clock_reading now;
    bool keyed; /* there is an access file: nobody is local */
    uint8_t link_secret[LINK_SECRET_BYTES], session_secret[LINK_SECRET_BYTES];
    struct errand errand[ERRANDS_MAX];
    uint32_t errand_next;
    uint64_t requests, refused;
    struct histogram http_times[METRICS_PLACES][METRICS_ANSWERS];
    struct figures figures;

    struct lockout lockout;
    struct aside *aside;
    struct login_work work;
    bool working;
    struct login login[LOGINS_MAX]; /* a ring; the first is being looked at */
    uint32_t login_first, login_count;
    struct session_ended {
        uint8_t nonce[LINK_NONCE_BYTES];
        int64_t expires_ms; /* over: free */
        uint32_t number;    /* whose */
        bool all;           /* and all of theirs that expire no later */
    } ended[SESSIONS_ENDED_MAX];
    int64_t ended_before_ms; /* sessions that expire before this are over: there were too many to remember */

    struct streams *streams;
    struct policy *policy; /* as it was read last */
    char policy_hash[33];  /* of that; "": the default one */

    char path_text[HTTP_URI_MAX + 1];
    struct event event;                     /* scratch, decoded */
    char metrics[METRICS_MAX];              /* scratch */
    uint8_t packed[REQUEST_MAX];            /* scratch: JSON as MessagePack */
    uint8_t composed[REQUEST_MAX];          /* scratch: an event, or a query */
    uint8_t clouded[REQUEST_MAX];           /* scratch: of a CloudEvent what is kept */
    uint8_t unpacked[HTTP_BODY_MAX];        /* scratch: of base64 */
    uint8_t asked[REQUEST_MAX + 64u * KIB]; /* scratch: a request's body */
};

/* ---- gateway_answer.c ---- */

void answer_send(struct gateway *gateway, const struct http_request *request, struct http_answer *answer);
/* A problem; pointer: a JSON pointer, may be "". */
void answer_problem(struct gateway *gateway, const struct http_request *request, int status, const char *detail,
                    const char *pointer);
/* Likewise, with more members ",\"seq\":41". */
void answer_problem_more(struct gateway *gateway, const struct http_request *request, int status, const char *detail,
                         const char *pointer, const char *more);
/* An encoded value as JSON. */
void answer_value(struct gateway *gateway, const struct http_request *request, uint32_t status, struct span value);
/* Likewise, with a field of its own in the head. */
void answer_value_with(struct gateway *gateway, const struct http_request *request, uint32_t status, struct span value,
                       const struct http_field *field);
void answer_text(struct gateway *gateway, const struct http_request *request, uint32_t status, const char *text);
/* What a peer said, or its silence. */
void answer_reply(struct gateway *gateway, const struct errand *errand, const struct reply *reply);

/* ---- gateway_match.c ---- */

/* A card with its ETag, or 304 to whoever has it. */
void answer_card(struct gateway *gateway, const struct http_request *request, struct span card);
/* The entry that If-Match names; 0 without it, and for *. Otherwise it was answered. */
int if_match_read(struct gateway *gateway, const struct http_request *request, int64_t *ret_if_seq);
/* Is the tag, with its quotes, one of those in the header? */
bool tag_among(struct span tags, const char *tag);

/* ---- gateway_page.c ---- */

enum page_text {
    PAGE_LOGIN,
    PAGE_HOME,
    PAGE_BUSY,
    PAGE_REFUSED,
    PAGE_ASK,
    PAGE_ACKNOWLEDGED,
    PAGE_SEEN_BEFORE,
    PAGE_USED,
    PAGE_EXPIRED,
    PAGE_FORGED,
};

struct page {
    enum page_text text;
    uint32_t status;
    struct span about, person; /* shown, escaped */
    const char *csrf;          /* NULL: none */
    bool lists;                /* what waits for whoever looks */
    struct span notices;       /* an encoded array of cards; empty: none */
    int64_t minutes;           /* until somebody may try again */
};

void page_send(struct gateway *gateway, const struct http_request *request, const struct page *page);

/* ---- gateway_errand.c ---- */

/* NULL: too many are on their way; the request was answered so. request NULL: for nobody. */
struct errand *errand_begin(struct gateway *gateway, const struct http_request *request, uint32_t number);
void errand_end(struct errand *errand);
/* Keeps a copy of bytes until the errand ends. -E_NO_MEMORY. */
int errand_hold(struct errand *errand, struct span bytes);

/* Begins the body of what is asked: `pairs` more follow. as: for whom, 0 for somebody local. */
#define OURSELVES UINT32_MAX
void ask_begin(struct gateway *gateway, const struct errand *errand, uint32_t as, uint32_t pairs,
               struct wire_writer *ret_writer);
/* Sends it; its answer, or silence, is `then`'s. On failure, and when the errand's time is over, `then` has been called. */
void ask_send(struct gateway *gateway, struct errand *errand, enum gateway_peer peer, const char *verb,
              const struct wire_writer *writer, errand_then *then);
/* One event in a PUT. */
void ask_put(struct gateway *gateway, struct errand *errand, uint32_t as, struct span event, errand_then *then);

void errands_turn(struct gateway *gateway);
int64_t errands_due_ms(const struct gateway *gateway); /* monotonic */

/* What an ACK says of its only event: 0 with its seq, *ret_duplicate when it came before; else why it was refused. */
int ack_single(const struct reply *reply, uint64_t *ret_seq, bool *ret_duplicate, struct problem *ret_problem);
int status_of_code(struct span code);

/* ---- gateway_who.c, gateway_login.c ---- */

/* 0, or why not: then it was answered. */
int who_asks(struct gateway *gateway, const struct http_request *request, struct who *ret_who);
/* May it change something? Requests that come with a cookie, or from this machine without anything, have to come from
 * our own pages, or from a program. Otherwise it was answered. */
bool who_may_change(struct gateway *gateway, const struct http_request *request, const struct who *who);
bool same_origin(struct gateway *gateway, const struct http_request *request);
void csrf_write(const struct gateway *gateway, const struct who *who, char ret_token[2 * LINK_NONCE_BYTES + 1]);
void refused_tell(struct gateway *gateway, const struct http_request *request, const struct who *who, const char *what,
                  int status);

/* Texts are hashed by the secret of this process: nobody can choose which rows they fall into. kind: what it is a text of. */
uint64_t lockout_key(const struct gateway *gateway, char kind, const char *text);
void login_page(struct gateway *gateway, const struct http_request *request, uint32_t status);
void login_take(struct gateway *gateway, const struct http_request *request);
void logout_take(struct gateway *gateway, const struct http_request *request, const struct who *who);
void logins_turn(struct gateway *gateway);
bool session_is_ended(const struct gateway *gateway, const struct link *session, uint32_t number);
const char *session_cookie_name(const struct http_request *request);

/* ---- gateway_asset.c ---- */

/* A file that pages are made of. false: there is none; nothing was answered. */
bool asset_send(struct gateway *gateway, const struct http_request *request, struct span path);

/* ---- gateway_figures.c ---- */

void get_metrics(struct gateway *gateway, const struct http_request *request, const struct who *who);
void get_status(struct gateway *gateway, const struct http_request *request, const struct who *who);
/* Each thing that has to be so, and whether it is. */
void ready_checks(struct gateway *gateway, const struct http_request *request);

/* gateway.c: the body of its PONG. */
void gateway_pong_write(const void *self, struct span rid, struct wire_writer *writer);

/* ---- gateway_me.c ---- */

/* Who asks, what they may, and the token that their pages send with what changes something. */
void get_me(struct gateway *gateway, const struct http_request *request, const struct who *who);

/* ---- gateway_home.c ---- */

void home_page(struct gateway *gateway, const struct http_request *request, const struct who *who);
/* The outcome of a decision that was made by a button of that page. */
void home_again(struct gateway *gateway, struct errand *errand, const struct reply *reply);

/* ---- gateway_stream.c ---- */

int streams_open(struct gateway *gateway); /* errors: those of port_open, -E_NO_MEMORY */
void streams_close(struct gateway *gateway);
struct port *streams_port(const struct gateway *gateway); /* NULL: there is none */
/* GET /v1/stream. */
void stream_take(struct gateway *gateway, const struct http_request *request, const struct who *who);
void streams_turn(struct gateway *gateway);
int64_t streams_due_ms(const struct gateway *gateway); /* monotonic */
/* Somebody logged out, or the access file is another one: whoever may listen no longer is told so in the next turn. */
void streams_recheck(struct gateway *gateway);
void streams_rights_changed(struct gateway *gateway);
uint64_t streams_count(const struct gateway *gateway);

/* ---- gateway_form.c ---- */

/* Percent signs and, in a form, plus signs. -E_BAD_REQUEST: not two hexadecimal digits, or what they say is no UTF-8, or control
 * characters. */
int percent_read(struct span text, bool form, char *ret_text, size_t size, size_t *ret_len);
/* The next "name=value" of a query or form; names and values still encoded. false: none left. */
bool form_next(struct span *rest, struct span *ret_name, struct span *ret_value);
/* A field of a form as an ended text. -E_NOT_FOUND, -E_BAD_REQUEST. */
int form_field(struct span form, const char *name, char *ret_text, size_t size);
/* Splits and reads a path. -E_BAD_REQUEST: tricks. */
int path_read(struct gateway *gateway, struct span path, struct path *ret_path);

/* ---- gateway_place.c ---- */

/* Asks what people call a store. */
void place_ask(struct gateway *gateway, struct errand *errand, struct span store, errand_then *then);
/* Keeps the names that came with the errand; none came: it has none. */
void place_keep(struct errand *errand, const struct reply *reply);
/* Two pairs: store_name and store_name_en. */
#define PLACE_PAIRS 2u
void place_names_write(const struct errand *errand, struct wire_writer *writer);

/* ---- gateway_unpack.c ---- */

/* A row of the feed with its event as an object; others as they came. Lent until the next. */
struct span row_unpack(struct gateway *gateway, struct span row);
/* Likewise of each row of an array. */
struct span rows_unpack(struct gateway *gateway, struct span rows);

/* ---- what requests ask for: gateway_route.c, gateway_get.c, gateway_events.c, gateway_decide.c, gateway_link.c ---- */

void route(struct gateway *gateway, const struct http_request *request);
void get_rows(struct gateway *gateway, const struct http_request *request, const struct who *who,
              const struct path *path);
void post_events(struct gateway *gateway, const struct http_request *request, const struct who *who);
void post_decision(struct gateway *gateway, const struct http_request *request, const struct who *who,
                   const struct path *path);
/* POST /v1/quarantine/KEY/resubmit: the event as it should have been. */
void post_mended(struct gateway *gateway, const struct http_request *request, const struct who *who, struct span key);
/* What an ACK says of the only event: 201, 200 or why not. */
void event_answer(struct gateway *gateway, struct errand *errand, const struct reply *reply);
void outcome_ask(struct gateway *gateway, struct errand *errand, errand_then *then);
void outcome_answer(struct gateway *gateway, struct errand *errand, const struct reply *reply);
/* 0, or why not: then it was answered. Spans of ret_link lie in buffer. */
int link_open(struct gateway *gateway, const struct http_request *request, struct span text, enum link_purpose purpose,
              uint8_t buffer[LINK_TEXT_MAX], struct link *ret_link);
void link_page(struct gateway *gateway, const struct http_request *request, struct span text);
void link_acknowledge(struct gateway *gateway, const struct http_request *request, struct span text);
/* Answers that a link is used, expired or forged; page: to somebody who looks at it. */
void link_refuse(struct gateway *gateway, const struct http_request *request, int status, bool page);
/* The page that a wrong link gets, where a link should be and none is (404). */
void link_missing(struct gateway *gateway, const struct http_request *request);
void link_rate(struct gateway *gateway, const struct http_request *request, struct span text);
void rate_page(struct gateway *gateway, const struct http_request *request);
void rate_visit(struct gateway *gateway, const struct http_request *request, struct span text);
/* A customer's link: the page, the card, what the customer says; and a link for whoever may give one out. */
void case_page(struct gateway *gateway, const struct http_request *request);
void case_card(struct gateway *gateway, const struct http_request *request);
void case_say(struct gateway *gateway, const struct http_request *request, bool satisfied);
void case_link_give(struct gateway *gateway, const struct http_request *request, const struct who *who, struct span id);
void post_reply(struct gateway *gateway, const struct http_request *request, const struct who *who);

/* The first row of ROWS. -E_NOT_FOUND: there is none. */
int rows_first_of(struct span rows, struct span *ret_row);

/* ---- gateway_media.c ---- */

enum media {
    MEDIA_NONE, /* no Content-Type */
    MEDIA_JSON,
    MEDIA_LINES,
    MEDIA_CLOUD,
    MEDIA_CLOUD_BATCH,
    MEDIA_MSGPACK,
    MEDIA_JSON_KIND,     /* application/vnd.acme+json: of the data of a binary event */
    MEDIA_OTHER_CHARSET, /* JSON that is no UTF-8 */
    MEDIA_OTHER,
};

enum media media_read(struct span type);
enum media media_of(const struct gateway *gateway, const struct http_request *request);
/* Bodies come as they are. Otherwise it was answered. */
bool media_takes_encoding(struct gateway *gateway, const struct http_request *request);
void media_refuse(struct gateway *gateway, const struct http_request *request, enum media media);

/* ---- gateway_cloud.c: CloudEvents; a flaw is nobody's yet ---- */

/* Of an event in JSON format, the map that is kept of it. */
int cloud_read(struct gateway *gateway, struct span map, struct wire_writer *writer, struct flaw *flaw);
bool cloud_is_binary(const struct gateway *gateway, const struct http_request *request);
/* Of one whose attributes are in the head. */
int cloud_binary_read(struct gateway *gateway, const struct http_request *request, struct wire_writer *writer,
                      struct flaw *flaw);

/* ---- gateway_body.c ---- */

/* The body's JSON, packed into gateway->packed. Otherwise it was answered. */
int body_read(struct gateway *gateway, const struct http_request *request, struct span *ret_value);
/* "data.staff[3]" as "#/data/staff/3". */
void pointer_write(struct span field, char *pointer, size_t size);
/* A flaw that was found here, a refusal of intake's: problems that point at the field. of: of which event of several,
 * -1 of the only one. */
void answer_flaw_of(struct gateway *gateway, const struct http_request *request, const struct flaw *flaw, int64_t of);
void answer_flaw(struct gateway *gateway, const struct http_request *request, const struct flaw *flaw);
void answer_refused(struct gateway *gateway, const struct http_request *request, int status,
                    const struct problem *problem);
/* "/principals/wang.li": what somebody publishes as who says nothing else. */
void source_write(const struct who *who, char source[URI_MAX_BYTES + 1]);

#endif
