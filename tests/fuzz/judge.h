/*
 * judge.h - what several fuzz targets ask of bytes: does another library read them alike, is a refusal a good one?
 *
 * A target ends the process by ensure(), which libFuzzer takes for a crash and keeps the input of.
 */
#ifndef MANYI_TESTS_FUZZ_JUDGE_H
#define MANYI_TESTS_FUZZ_JUDGE_H

#include "core/ensure.h"
#include "schemas/codec.h"

/* Our reader has accepted these bytes as one value: msgpack-c must read it to the same end, and see the same in it. */
void judge_value(struct span value);

/* The key's value as msgpack-c has it: a text or number of the map. */
struct span judge_text(struct span map, const char *key);

/* A refusal of an event has its status, and a path and a sentence that can be sent on: UTF-8 without control characters. */
void judge_flaw(const struct flaw *flaw, int result);

/* Why something was refused is told. It may quote what was refused, whatever that was: whoever prints it cleans it. */
void judge_sentence(const char *text);

/* `inner` lies in `outer`. */
void judge_inside(struct span inner, struct span outer);

/* ---- taking an input apart ---- */

/* What is left of a fuzzer's input; taking past the end gives zeros. */
struct carving {
    const uint8_t *at;
    size_t left;
};

uint8_t carve_byte(struct carving *carving);
uint32_t carve_number(struct carving *carving, uint32_t bytes); /* big-endian, at most 4 */
struct span carve_bytes(struct carving *carving, size_t len);   /* fewer at the end */
/* A text of up to size - 1 bytes with its NUL; its length is the next byte. */
const char *carve_text(struct carving *carving, char *buffer, size_t size);

#endif
