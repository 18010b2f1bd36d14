/* gateway/head.c - see head.h. */
#include "gateway/head.h"
#include "gateway/followup.h"
#include "gateway/grams.h"
#include "util/fs.h"
#include "util/hash.h"
#include "util/mem.h"
#include "util/status.h"
#include "util/utf8.h"
#include <math.h>
#include <string.h>

#define MAGIC       "ARNYHEAD"
#define MAGIC_BYTES 8
#define FIXED_BYTES 64
#define SUM_BYTES   8
#define TEXT_BYTES  65536 /* the longest prefix that team.json can name */
#define FILE_BYTES  (64u << 20)

enum { PART_STAY = 1, PART_DANGER = 2, PART_GRAMS = 4 };

int ar_head_new(ar_head **out, const char *const *labels, size_t label_count, size_t width, const char *prefix)
{
    *out = NULL;
    ar_head *head = ar_calloc(1, sizeof *head);
    if (!head)
        return ARNY_E_MEMORY;
    head->width = width;
    head->labels = ar_calloc(label_count, sizeof *head->labels);
    head->prefix = ar_strdup(prefix);
    int status = head->labels && head->prefix ? ar_classifier_new(&head->route, label_count, width) : ARNY_E_MEMORY;
    for (; !status && head->label_count < label_count; head->label_count++)
        if (!(head->labels[head->label_count] = ar_strdup(labels[head->label_count])))
            status = ARNY_E_MEMORY;
    if (status) {
        ar_head_free(head);
        return status;
    }
    *out = head;
    return ARNY_OK;
}

void ar_head_free(ar_head *head)
{
    if (!head)
        return;
    for (size_t i = 0; head->labels && i < head->label_count; i++)
        ar_free(head->labels[i]);
    ar_free(head->labels);
    ar_free(head->prefix);
    ar_classifier_free(&head->route);
    ar_gate_free(&head->stay);
    ar_classifier_free(&head->danger);
    ar_classifier_free(&head->grams);
    ar_classifier_free(&head->danger_grams);
    ar_free(head);
}

/* ---- ask -------------------------------------------------------------------------------------------------------- */

static void ask(double *p, const ar_classifier *meaning, const ar_classifier *spelling, const float *embedding,
                const ar_sparse *grams)
{
    ar_classifier_logits(p, meaning, embedding);
    if (spelling->weights)
        ar_sparse_add(p, spelling, grams);
    ar_softmax(p, meaning->classes);
}

void ar_head_route(double *p, const ar_head *head, const float *embedding, const ar_sparse *grams)
{
    ask(p, &head->route, &head->grams, embedding, grams);
}

double ar_head_danger(const ar_head *head, const float *embedding, const ar_sparse *grams)
{
    double p[2];
    ask(p, &head->danger, &head->danger_grams, embedding, grams);
    return p[1];
}

/* ---- write ------------------------------------------------------------------------------------------------------ */

static void put_number(ar_buf *out, uint64_t value, size_t bytes)
{
    char raw[8];
    for (size_t i = 0; i < bytes; i++)
        raw[i] = (char)(value >> (8 * i));
    ar_buf_append(out, raw, bytes);
}

static void put_floats(ar_buf *out, const float *values, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        uint32_t bits;
        memcpy(&bits, &values[i], sizeof bits);
        put_number(out, bits, 4);
    }
}

static void put_classifier(ar_buf *out, const ar_classifier *classifier)
{
    put_floats(out, classifier->weights, classifier->width * classifier->classes);
    put_floats(out, classifier->bias, classifier->classes);
}

int ar_head_write(ar_buf *out, const ar_head *head)
{
    size_t start = out->len, names = 0, prefix = strlen(head->prefix) + 1;
    for (size_t i = 0; i < head->label_count; i++)
        names += strlen(head->labels[i]) + 1;
    ar_buf_append(out, MAGIC, MAGIC_BYTES);
    put_number(out, AR_HEAD_VERSION, 4);
    put_number(out, head->label_count, 4);
    put_number(out, head->width, 4);
    unsigned parts = (head->stay.weights ? PART_STAY : 0) | (head->danger.weights ? PART_DANGER : 0) |
                     (head->grams.weights ? PART_GRAMS : 0);
    put_number(out, parts, 4);
    put_number(out, names, 4);
    put_number(out, prefix, 4);
    ar_buf_append(out, head->model.bytes, AR_DIGEST_BYTES);
    for (size_t i = 0; i < head->label_count; i++)
        ar_buf_append(out, head->labels[i], strlen(head->labels[i]) + 1);
    ar_buf_append(out, head->prefix, prefix);
    put_number(out, 0, (4 - (names + prefix) % 4) % 4);
    put_classifier(out, &head->route);
    if (head->stay.weights) {
        put_floats(out, head->stay.weights, head->stay.width);
        put_floats(out, &head->stay.bias, 1);
    }
    if (head->danger.weights) {
        put_classifier(out, &head->danger);
        put_floats(out, &head->alarm, 1);
    }
    if (head->grams.weights) {
        put_number(out, head->grams.width, 4);
        put_floats(out, head->grams.weights, head->grams.width * head->label_count);
        if (head->danger.weights)
            put_floats(out, head->danger_grams.weights, head->grams.width * 2);
    }
    if (!out->status)
        put_number(out, ar_hash(AR_HASH_BEGIN, out->ptr + start, out->len - start), SUM_BYTES);
    return out->status;
}

/* ---- read ------------------------------------------------------------------------------------------------------- */

typedef struct reader {
    const uint8_t *at;
    size_t left;
    const char *name; /* of the file */
} reader;

static uint64_t get_number(const uint8_t *at, size_t bytes)
{
    uint64_t value = 0;
    for (size_t i = 0; i < bytes; i++)
        value |= (uint64_t)at[i] << (8 * i);
    return value;
}

static int take(const uint8_t **out, reader *r, size_t bytes)
{
    *out = r->at;
    if (bytes > r->left)
        return ar_fail(ARNY_E_DATA, "%s: the file ends %zu bytes early", r->name, bytes - r->left);
    r->at += bytes;
    r->left -= bytes;
    return ARNY_OK;
}

static int take_floats(float *out, reader *r, size_t count, const char *what)
{
    const uint8_t *at;
    int status = take(&at, r, count * 4);
    for (size_t i = 0; i < count && !status; i++) {
        uint32_t bits = (uint32_t)get_number(at + 4 * i, 4);
        memcpy(&out[i], &bits, sizeof bits);
        if (!isfinite(out[i]))
            status = ar_fail(ARNY_E_DATA, "%s: number %zu of \"%s\" is not finite", r->name, i, what);
    }
    return status;
}

static int take_classifier(ar_classifier *out, reader *r, size_t classes, size_t width, const char *what)
{
    if (r->left / 4 / classes < width) /* before memory is asked for */
        return ar_fail(ARNY_E_DATA, "%s: the file is too short for \"%s\"", r->name, what);
    int status = out->weights ? ARNY_OK : ar_classifier_new(out, classes, width);
    if (!status)
        status = take_floats(out->weights, r, classes * width, what);
    return status ? status : take_floats(out->bias, r, classes, what);
}

/* `count` texts with their NULs in exactly `bytes`. */
static int take_texts(const char **out, reader *r, size_t count, size_t bytes, const char *what)
{
    const uint8_t *at;
    int status = take(&at, r, bytes);
    for (size_t i = 0; i < count && !status; i++) {
        const uint8_t *end = bytes ? memchr(at, 0, bytes) : NULL;
        size_t length = end ? (size_t)(end - at) : 0;
        if (!end || length > TEXT_BYTES || ar_utf8_valid((const char *)at, length) < length)
            return ar_fail(ARNY_E_DATA, "%s: %s %zu is no text", r->name, what, i);
        out[i] = (const char *)at;
        at += length + 1;
        bytes -= length + 1;
    }
    if (!status && bytes > 0)
        status = ar_fail(ARNY_E_DATA, "%s: %zu bytes more than the %s need", r->name, bytes, what);
    return status;
}

static int take_padding(reader *r, size_t bytes)
{
    const uint8_t *at;
    int status = take(&at, r, bytes);
    for (size_t i = 0; i < bytes && !status; i++)
        if (at[i] != 0)
            status = ar_fail(ARNY_E_DATA, "%s: NULs expected between the texts and the numbers", r->name);
    return status;
}

static int check_labels(const reader *r, const char *const *labels, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (!labels[i] || !labels[i][0])
            return ar_fail(ARNY_E_DATA, "%s: label %zu has no name", r->name, i);
        for (size_t j = 0; j < i; j++)
            if (strcmp(labels[i], labels[j]) == 0)
                return ar_fail(ARNY_E_DATA, "%s: label \"%s\" stands there twice", r->name, labels[i]);
    }
    return ARNY_OK;
}

static int bad_sizes(const reader *r, size_t labels, size_t width, unsigned parts)
{
    if (labels < 2 || labels > AR_HEAD_LABELS_MAX)
        return ar_fail(ARNY_E_DATA, "%s: 2 to %d labels expected, not %zu", r->name, AR_HEAD_LABELS_MAX, labels);
    if (width < 1 || width > AR_HEAD_WIDTH_MAX)
        return ar_fail(ARNY_E_DATA, "%s: a width of 1 to %d expected, not %zu", r->name, AR_HEAD_WIDTH_MAX, width);
    if (parts > (PART_STAY | PART_DANGER | PART_GRAMS))
        return ar_fail(ARNY_E_DATA, "%s: it has parts (%#x) that this version does not know", r->name, parts);
    return ARNY_OK;
}

/* Weights alone: the biases stay 0. */
static int take_grams(ar_classifier *out, reader *r, size_t classes, size_t width)
{
    if (r->left / 4 / classes < width) /* before memory is asked for */
        return ar_fail(ARNY_E_DATA, "%s: the file is too short for \"grams\"", r->name);
    int status = ar_classifier_new(out, classes, width);
    return status ? status : take_floats(out->weights, r, classes * width, "grams");
}

static int take_all_grams(ar_head *head, reader *r, unsigned parts)
{
    const uint8_t *at;
    int status = take(&at, r, 4);
    size_t width = status ? 0 : (size_t)get_number(at, 4);
    if (!status && (width < 1 || width > AR_GRAMS_MOST))
        status = ar_fail(ARNY_E_DATA, "%s: 1 to %d places of grams expected, not %zu", r->name, AR_GRAMS_MOST, width);
    if (!status)
        status = take_grams(&head->grams, r, head->label_count, width);
    if (!status && (parts & PART_DANGER))
        status = take_grams(&head->danger_grams, r, 2, width);
    return status;
}

static int take_parts(ar_head *head, reader *r, unsigned parts)
{
    int status = take_classifier(&head->route, r, head->label_count, head->width, "route");
    if (!status && (parts & PART_STAY)) {
        status = ar_gate_new(&head->stay, AR_FOLLOWUP_WIDTH(head->width));
        if (!status)
            status = take_floats(head->stay.weights, r, head->stay.width, "stay");
        if (!status)
            status = take_floats(&head->stay.bias, r, 1, "stay");
    }
    if (!status && (parts & PART_DANGER)) {
        status = take_classifier(&head->danger, r, 2, head->width, "danger");
        if (!status)
            status = take_floats(&head->alarm, r, 1, "danger");
    }
    if (!status && (parts & PART_GRAMS))
        status = take_all_grams(head, r, parts);
    if (!status && r->left > 0)
        status = ar_fail(ARNY_E_DATA, "%s: %zu bytes follow the last number", r->name, r->left);
    if (!status && !(head->alarm >= 0 && head->alarm <= 1))
        status = ar_fail(ARNY_E_DATA, "%s: an alarm from 0 to 1 expected, not %g", r->name, (double)head->alarm);
    return status;
}

int ar_head_parse(ar_head **out, const void *data, size_t bytes, const char *name)
{
    const char *labels[AR_HEAD_LABELS_MAX] = {0}, *prefix = "";
    const uint8_t *fixed;
    reader r = {data, bytes, name};
    *out = NULL;
    if (bytes < MAGIC_BYTES || memcmp(data, MAGIC, MAGIC_BYTES) != 0)
        return ar_fail(ARNY_E_DATA, "%s: this is no gateway head: it does not begin with " MAGIC, name);
    if (bytes < FIXED_BYTES + SUM_BYTES)
        return ar_fail(ARNY_E_DATA, "%s: the file is cut short: %zu bytes", name, bytes);
    if (get_number((const uint8_t *)data + 8, 4) != AR_HEAD_VERSION)
        return ar_fail(ARNY_E_DATA, "%s: version %d of the format expected, not %u: train it again", name,
                       AR_HEAD_VERSION, (unsigned)get_number((const uint8_t *)data + 8, 4));
    r.left -= SUM_BYTES;
    if (ar_hash(AR_HASH_BEGIN, data, r.left) != get_number((const uint8_t *)data + r.left, SUM_BYTES))
        return ar_fail(ARNY_E_DATA, "%s: the file is damaged or cut short: its checksum is wrong", name);

    int status = take(&fixed, &r, FIXED_BYTES);
    size_t label_count = (size_t)get_number(fixed + 12, 4), width = (size_t)get_number(fixed + 16, 4);
    size_t names = (size_t)get_number(fixed + 24, 4), prefix_bytes = (size_t)get_number(fixed + 28, 4);
    unsigned parts = (unsigned)get_number(fixed + 20, 4);
    if (status || (status = bad_sizes(&r, label_count, width, parts)) ||
        (status = take_texts(labels, &r, label_count, names, "label")) ||
        (status = check_labels(&r, labels, label_count)) ||
        (status = take_texts(&prefix, &r, 1, prefix_bytes, "prefix")) ||
        (status = take_padding(&r, (4 - (names + prefix_bytes) % 4) % 4)))
        return status;
    if (r.left / 4 / label_count < width)
        return ar_fail(ARNY_E_DATA, "%s: the file is too short for \"route\"", name);
    ar_head *head;
    status = ar_head_new(&head, labels, label_count, width, prefix);
    if (status)
        return status;
    memcpy(head->model.bytes, fixed + 32, AR_DIGEST_BYTES);
    status = take_parts(head, &r, parts);
    if (status) {
        ar_head_free(head);
        return status;
    }
    *out = head;
    return ARNY_OK;
}

int ar_head_read(ar_head **out, const char *path)
{
    ar_buf file = AR_BUF_INIT(FILE_BYTES);
    *out = NULL;
    int status = ar_fs_read(&file, path);
    if (!status)
        status = ar_head_parse(out, file.ptr, file.len, path);
    ar_buf_free(&file);
    return status;
}
