/*
 * courier_parts_curl.h - what the files of the real half share: one message on its way, and how libcurl is told of it.
 */
#ifndef MANYI_IO_COURIER_PARTS_CURL_H
#define MANYI_IO_COURIER_PARTS_CURL_H

#include "io/courier_child.h"

#include <curl/curl.h>
#include <time.h>

#define REQUEST_MAX (160u * KIB)
#define ANSWER_KEPT 4096u /* of a robot */

struct errand {
    bool busy;
    bool ready; /* its outcome waits to be taken */
    uint32_t ticket;
    int32_t means;
    CURL *easy; /* kept from one message to the next */
    struct curl_slist *list;
    char *request; /* REQUEST_MAX, kept */
    size_t len, sent;
    char answer[ANSWER_KEPT];
    size_t answer_len, answer_kept;
    struct courier_child child;
    int64_t deadline_ms; /* of the child */
    struct courier_outcome outcome;
};

/* The real world's, whatever time the caller plays: signatures are looked at by others. */
static inline int64_t clock_ms(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* ---- courier_transfer_curl.c ---- */

/* The message as mail or HTTP, set to errand->easy. Errors: those of courier_text.h, -E_NO_MEMORY. */
int transfer_set(struct errand *errand, const struct notice_target *target, const struct courier_message *message);

/* What became of it: errand->outcome. */
void transfer_judge(struct errand *errand, CURLcode code);

#endif
