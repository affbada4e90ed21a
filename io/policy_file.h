/*
 * policy_file.h - a policy document (YAML) to struct policy and back, by libcyaml.
 *
 * The same code reads a file for `manyi policy check`, at start-up, and the document inside policy.adopted: what
 * `check` passes, start accepts. Keys left out take the default of the group's rulebook; unknown keys are refused.
 * A file names time zones; the document that is journaled says what their clocks do in the years that its calendars
 * cover, so that it means the same next year and elsewhere.
 */
#ifndef MANYI_IO_POLICY_FILE_H
#define MANYI_IO_POLICY_FILE_H

#include "core/policy.h"

#define POLICY_MESSAGE_MAX 256u

/* Parses and checks a document. -E_BAD_POLICY: message names line and key, what is wrong and what is allowed. */
int policy_parse(struct span document, struct policy *ret_policy, char message[POLICY_MESSAGE_MAX]);

/* The same for a file that somebody proposes: what its zones do comes from the system's files in zone_dir (ZONE_DIR). A zone that
 * they don't have is refused; on a system without any, the document must say it all. */
int policy_propose(struct span document, const char *zone_dir, struct policy *ret_policy,
                   char message[POLICY_MESSAGE_MAX]);

/* The resolved document, every default written out, as journaled; policy_parse of it gives the same struct.
 * buffer receives it; -E_NO_ROOM. The hash in ret_hash is BLAKE2b-128 of these bytes, hexadecimal. */
int policy_render(const struct policy *policy, char *buffer, size_t size, size_t *ret_len, char ret_hash[33]);

/* BLAKE2b-128 in hexadecimal (libsodium). */
void policy_hash(struct span document, char ret_hash[33]);

/* What was checked, a line each, for `policy check`. */
extern const char *const policy_checks[];
extern const uint32_t policy_checks_count;

#endif
