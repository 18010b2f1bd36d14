/* engine/fake/fake_file.h - a fake model's or adapter's file, parsed and checked. */
#ifndef AR_ENGINE_FAKE_FILE_H
#define AR_ENGINE_FAKE_FILE_H

#include <stddef.h>
#include <stdint.h>

typedef struct ar_fake_text { /* one thing that may be said */
    char *text;
    size_t bytes;
    double weight; /* above 0; the texts of a rule add up to 1 */
} ar_fake_text;

typedef struct ar_fake_rule {
    char *when; /* lower case; NULL: always */
    ar_fake_text *texts;
    size_t count;
    double sure; /* the probability that is left for what the rule says */
} ar_fake_rule;

typedef struct ar_fake_file {
    int adapter; /* 1: an adapter, which has `base` and rules only */
    char *name, *architecture, *chat_template, *base;
    int64_t context, embedding, weights, parked, opening, kv_bytes;
    int64_t open_ms, prefill_us, step_us;
    int add_bos, exact_state, allocate;

    ar_fake_rule *rules;
    size_t rule_count;
    ar_fake_rule fallback; /* no texts when the file has no "default" */

    int fail_open, fail_context;                          /* enum arny_status, 0: do not */
    int64_t fail_prefill_at, fail_step_at, fail_score_at; /* 0: never */
    int fail_restore, fail_save, fail_embed, fail_park;

    int64_t bytes;     /* of the file */
    uint64_t identity; /* of its content */
} ar_fake_file;

/* 1 when a file that begins like this is a fake model or adapter. */
int ar_fake_recognizes(const void *head, size_t bytes);

/* ARNY_E_NOT_FOUND, ARNY_E_IO, ARNY_E_MEMORY; ARNY_E_DATA: "PATH:LINE:COLUMN: what is wrong". *out is empty then. */
int ar_fake_file_read(ar_fake_file *out, const char *path);
void ar_fake_file_free(ar_fake_file *file); /* an empty one is fine */

/* Mixes 64 bits so that each depends on all (the finalizer of SplitMix64; Steele, Lea, Flood 2014). */
uint64_t ar_fake_mix(uint64_t x);
uint64_t ar_fake_hash(const void *data, size_t bytes); /* FNV-1a, mixed */

#endif
