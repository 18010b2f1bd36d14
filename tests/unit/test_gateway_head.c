/* A head's file gives back what was written, and whatever else stands in it is told by name: never a crash, never a
 * number that is none. What a follow-up is judged by, and how two decisions become one. */
#include "check.h"
#include "gateway/followup.h"
#include "gateway/head.h"
#include "tmp.h"
#include "util/fault.h"
#include "util/mem.h"

#include <math.h>

/* ---- helpers ---------------------------------------------------------------------------------------------------- */

enum { STAY = 1, DANGER = 2, GRAMS = 4 };

#define WIDTH  5
#define PLACES 6 /* of grams */

static const char *const labels[] = {"math", "care", "none"};

/* Where the parts of sample(STAY | DANGER) stand: behind the fixed 64, 15 bytes of names, 8 of the prefix, one NUL. */
enum {
    NAMES = 64,
    PREFIX = NAMES + 15,
    ROUTE = 88,
    IN_STAY = ROUTE + 4 * (WIDTH * 3 + 3),
    IN_DANGER = IN_STAY + 4 * (WIDTH + AR_FOLLOWUP_FEATURES + 1),
    SUM = IN_DANGER + 4 * (WIDTH * 2 + 2 + 1),
    BYTES = SUM + 8
};

static float number; /* the next one of a row that never comes again */

static float next(void)
{
    return number += 0.125f;
}

static void fill(ar_classifier *c)
{
    for (size_t i = 0; i < c->width * c->classes; i++)
        c->weights[i] = -next();
    for (size_t i = 0; i < c->classes; i++)
        c->bias[i] = next();
}

static void fill_grams(ar_classifier *grams, size_t classes)
{
    assert_status(ar_classifier_new(grams, classes, PLACES), ARNY_OK);
    for (size_t i = 0; i < PLACES * classes; i++)
        grams->weights[i] = next();
}

static ar_head *sample_with(int parts, size_t width, const char *const *names, size_t count, const char *prefix)
{
    ar_head *head;
    number = 0;
    assert_status(ar_head_new(&head, names, count, width, prefix), ARNY_OK);
    fill(&head->route);
    for (size_t i = 0; i < AR_DIGEST_BYTES; i++)
        head->model.bytes[i] = (uint8_t)(0xff - i);
    if (parts & STAY) {
        assert_status(ar_gate_new(&head->stay, AR_FOLLOWUP_WIDTH(width)), ARNY_OK);
        for (size_t i = 0; i < head->stay.width; i++)
            head->stay.weights[i] = next();
        head->stay.bias = next();
    }
    if (parts & DANGER) {
        assert_status(ar_classifier_new(&head->danger, 2, width), ARNY_OK);
        fill(&head->danger);
        head->alarm = 0.375f;
    }
    if (parts & GRAMS)
        fill_grams(&head->grams, count);
    if ((parts & GRAMS) && (parts & DANGER))
        fill_grams(&head->danger_grams, 2);
    return head;
}

static ar_head *sample(int parts)
{
    return sample_with(parts, WIDTH, labels, 3, "query: ");
}

static void assert_same_classifier(const ar_classifier *a, const ar_classifier *b)
{
    assert_int_equal(a->width, b->width);
    assert_int_equal(a->classes, b->classes);
    assert_memory_equal(a->weights, b->weights, a->width * a->classes * sizeof(float));
    assert_memory_equal(a->bias, b->bias, a->classes * sizeof(float));
}

static void assert_same(const ar_head *a, const ar_head *b)
{
    assert_int_equal(a->width, b->width);
    assert_int_equal(a->label_count, b->label_count);
    for (size_t i = 0; i < a->label_count; i++)
        assert_string_equal(a->labels[i], b->labels[i]);
    assert_string_equal(a->prefix, b->prefix);
    assert_memory_equal(&a->model, &b->model, sizeof a->model);
    assert_same_classifier(&a->route, &b->route);
    assert_int_equal(!a->stay.weights, !b->stay.weights);
    if (a->stay.weights) {
        assert_int_equal(a->stay.width, b->stay.width);
        assert_memory_equal(a->stay.weights, b->stay.weights, a->stay.width * sizeof(float));
        assert_true(a->stay.bias == b->stay.bias);
    }
    assert_int_equal(!a->danger.weights, !b->danger.weights);
    if (a->danger.weights) {
        assert_same_classifier(&a->danger, &b->danger);
        assert_true(a->alarm == b->alarm);
    }
    assert_int_equal(!a->grams.weights, !b->grams.weights);
    assert_int_equal(!a->danger_grams.weights, !b->danger_grams.weights);
    if (a->grams.weights)
        assert_same_classifier(&a->grams, &b->grams);
    if (a->danger_grams.weights)
        assert_same_classifier(&a->danger_grams, &b->danger_grams);
}

/* Writes the head, frees it, and reads it again. */
static void assert_comes_back(ar_head *head)
{
    ar_buf file = AR_BUF_INIT(64 << 20);
    ar_head *again;
    assert_status(ar_head_write(&file, head), ARNY_OK);
    assert_int_equal(file.len % 4, 0);
    assert_status(ar_head_parse(&again, file.ptr, file.len, "my.head"), ARNY_OK);
    assert_same(again, head);
    ar_head_free(again);
    ar_head_free(head);
    ar_buf_free(&file);
}

/* ---- bytes ------------------------------------------------------------------------------------------------------ */

/* A file in memory of exactly its size, so that a byte too far is found. */
typedef struct raw {
    uint8_t *bytes;
    size_t count;
} raw;

static raw raw_of(const void *data, size_t count)
{
    raw r = {malloc(count + !count), count};
    if (!r.bytes)
        abort();
    memcpy(r.bytes, data, count);
    return r;
}

static raw written(ar_head *head)
{
    ar_buf file = AR_BUF_INIT(64 << 20);
    assert_status(ar_head_write(&file, head), ARNY_OK);
    raw r = raw_of(file.ptr, file.len);
    ar_head_free(head);
    ar_buf_free(&file);
    return r;
}

static raw whole(void)
{
    raw r = written(sample(STAY | DANGER));
    assert_int_equal(r.count, BYTES);
    return r;
}

static void put(raw *r, size_t at, uint32_t value)
{
    for (size_t i = 0; i < 4; i++)
        r->bytes[at + i] = (uint8_t)(value >> (8 * i));
}

/* FNV-1a (64 bits), as head.h says. */
static void fix_sum(raw *r)
{
    uint64_t sum = 14695981039346656037u;
    for (size_t i = 0; i + 8 < r->count; i++)
        sum = (sum ^ r->bytes[i]) * 1099511628211u;
    put(r, r->count - 8, (uint32_t)sum);
    put(r, r->count - 4, (uint32_t)(sum >> 32));
}

/* Puts bytes in at a place, or takes them away. */
static void splice(raw *r, size_t at, const void *more, size_t added, size_t removed)
{
    uint8_t *bytes = malloc(r->count + added);
    if (!bytes)
        abort();
    memcpy(bytes, r->bytes, at);
    if (added > 0)
        memcpy(bytes + at, more, added);
    memcpy(bytes + at + added, r->bytes + at + removed, r->count - at - removed);
    free(r->bytes);
    r->bytes = bytes;
    r->count += added - removed;
}

static int parse(ar_head **out, const raw *r)
{
    return ar_head_parse(out, r->bytes, r->count, "my.head");
}

/* It is refused with a sentence that begins with the file's name. `what` may be NULL. Frees it. */
static void assert_refused(raw *r, const char *what)
{
    ar_head *head = (ar_head *)r;
    assert_status(parse(&head, r), ARNY_E_DATA);
    assert_null(head);
    assert_int_equal(strncmp(arny_last_error(), "my.head: ", 9), 0);
    if (what)
        assert_error_has(what);
    free(r->bytes);
}

static void assert_refused_with(size_t at, uint32_t value, const char *what)
{
    raw r = whole();
    put(&r, at, value);
    fix_sum(&r);
    assert_refused(&r, what);
}

/* ---- what is written comes back --------------------------------------------------------------------------------- */

static void a_head_comes_back_as_it_was(void **state)
{
    (void)state;
    for (int parts = 0; parts <= (STAY | DANGER | GRAMS); parts++)
        assert_comes_back(sample(parts));
}

static void the_file_is_laid_out_as_the_header_says(void **state)
{
    static const uint8_t fixed[32] = "ARNYHEAD\1\0\0\0\3\0\0\0\5\0\0\0\3\0\0\0\x0f\0\0\0\x08\0\0";
    float value;
    (void)state;
    raw r = whole();
    assert_memory_equal(r.bytes, fixed, 32);
    assert_int_equal(r.bytes[32], 0xff);
    assert_int_equal(r.bytes[63], 0xff - 31);
    assert_memory_equal(r.bytes + NAMES, "math\0care\0none\0query: \0", 24);
    assert_memory_equal(r.bytes + ROUTE, "\0\0\0\xbe", 4); /* -0.125, little-endian */
    memcpy(&value, r.bytes + SUM - 4, sizeof value);
    assert_true(value == 0.375f); /* the alarm is the last one */
    raw fixed_up = raw_of(r.bytes, r.count);
    fix_sum(&fixed_up);
    assert_memory_equal(fixed_up.bytes, r.bytes, r.count);
    free(fixed_up.bytes);
    free(r.bytes);
}

static void names_and_prefixes_of_any_length_come_back(void **state)
{
    static const char *const others[] = {"x", "математика", "日本語", "\xf0\x9f\x98\x80 and so on", "none"};
    static char longest[65536 + 1]; /* what team.json allows */
    (void)state;
    for (size_t i = 0; i < 8; i++)
        assert_comes_back(sample_with(STAY, 3, others, 2 + i % 4, "12345678" + i));
    memset(longest, 'p', sizeof longest - 1);
    assert_comes_back(sample_with(DANGER, 3, others, 5, longest));
}

static void as_many_labels_and_as_wide_as_it_may_be(void **state)
{
    const char *many[AR_HEAD_LABELS_MAX];
    char names[AR_HEAD_LABELS_MAX][8];
    (void)state;
    for (size_t i = 0; i < AR_HEAD_LABELS_MAX; i++) {
        snprintf(names[i], sizeof names[i], "a%zu", i);
        many[i] = names[i];
    }
    assert_comes_back(sample_with(STAY | DANGER, 1, many, AR_HEAD_LABELS_MAX, ""));
    assert_comes_back(sample_with(STAY | DANGER, AR_HEAD_WIDTH_MAX, many, 2, ""));
}

static void a_new_head_knows_nothing(void **state)
{
    ar_head *head;
    (void)state;
    assert_status(ar_head_new(&head, labels, 3, 2, ""), ARNY_OK);
    assert_string_equal(head->labels[2], "none");
    assert_string_equal(head->prefix, "");
    for (size_t i = 0; i < 6; i++)
        assert_true(head->route.weights[i] == 0 && head->route.bias[i / 2] == 0);
    assert_true(!head->stay.weights && !head->danger.weights);
    ar_head_free(head);
    ar_head_free(NULL);
}

static void it_is_written_behind_what_is_there(void **state)
{
    ar_buf file = AR_BUF_INIT(1000);
    ar_head *head = sample(STAY), *again;
    (void)state;
    ar_buf_puts(&file, "before");
    assert_status(ar_head_write(&file, head), ARNY_OK);
    assert_memory_equal(file.ptr, "beforeARNYHEAD", 14);
    assert_status(ar_head_parse(&again, file.ptr + 6, file.len - 6, "my.head"), ARNY_OK);
    assert_same(again, head);
    ar_head_free(again);
    ar_head_free(head);
    ar_buf_free(&file);
}

static void a_buffer_that_is_too_small_says_so(void **state)
{
    ar_head *head = sample(STAY | DANGER);
    (void)state;
    for (size_t max = 0; max < BYTES; max += 13) {
        ar_buf file = AR_BUF_INIT(max);
        assert_status(ar_head_write(&file, head), ARNY_E_DATA);
        assert_error_has("too long");
        ar_buf_free(&file);
    }
    ar_head_free(head);
}

static void a_file_is_read_by_its_name(void **state)
{
    char *folder = test_tmpdir(), *path = test_path(folder, "team.head"), *none = test_path(folder, "no.head");
    ar_head *head = sample(STAY | DANGER), *again;
    (void)state;
    raw r = whole();
    test_write(path, r.bytes, r.count);
    assert_status(ar_head_read(&again, path), ARNY_OK);
    assert_same(again, head);
    ar_head_free(again);
    ar_head_free(head);

    test_write(path, r.bytes, r.count - 1);
    again = (ar_head *)&r;
    assert_status(ar_head_read(&again, path), ARNY_E_DATA);
    assert_null(again);
    assert_error_has(path);
    test_write(path, "", 0);
    assert_status(ar_head_read(&again, path), ARNY_E_DATA);
    assert_error_has(path);
    assert_error_has("no gateway head");
    assert_status(ar_head_read(&again, none), ARNY_E_NOT_FOUND);
    assert_error_has("no.head: there is no such file");
    assert_status(ar_head_read(&again, folder), ARNY_E_IO);
    assert_error_has(folder);
    free(r.bytes);
    free(path);
    free(none);
}

/* ---- damage ----------------------------------------------------------------------------------------------------- */

static void a_file_that_is_cut_short_is_refused_at_each_length(void **state)
{
    (void)state;
    raw r = whole();
    for (size_t count = 0; count < BYTES; count++) {
        raw cut = raw_of(r.bytes, count);
        assert_refused(&cut, count < 8 ? "no gateway head" : count < 72 ? "cut short" : "damaged or cut short");
    }
    free(r.bytes);
}

static void a_file_that_is_cut_short_and_has_the_right_sum_is_refused_too(void **state)
{
    (void)state;
    raw r = whole();
    for (size_t count = 72; count < BYTES; count++) {
        raw cut = raw_of(r.bytes, count);
        fix_sum(&cut);
        assert_refused(&cut, NULL);
    }
    free(r.bytes);
}

static void each_bit_that_flips_is_noticed(void **state)
{
    (void)state;
    raw r = whole();
    for (size_t bit = 0; bit < 8 * BYTES; bit++) {
        raw flipped = raw_of(r.bytes, r.count);
        flipped.bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        assert_refused(&flipped, NULL);
    }
    free(r.bytes);
}

/* Somebody who means it fixes the sum: what is read then may be another head, but never memory of others. */
static void no_byte_makes_it_read_what_is_not_there(void **state)
{
    static const uint8_t masks[] = {0x01, 0x04, 0x40, 0x80, 0xff};
    (void)state;
    raw r = whole();
    for (size_t at = 0; at < BYTES - 8; at++)
        for (size_t m = 0; m < sizeof masks; m++) {
            ar_head *head = NULL;
            raw changed = raw_of(r.bytes, r.count);
            changed.bytes[at] ^= masks[m];
            fix_sum(&changed);
            int status = parse(&head, &changed);
            assert_true(status == ARNY_OK || status == ARNY_E_DATA);
            assert_int_equal(status == ARNY_OK, head != NULL);
            if (status)
                assert_int_equal(strncmp(arny_last_error(), "my.head: ", 9), 0);
            ar_head_free(head);
            free(changed.bytes);
        }
    free(r.bytes);
}

static void a_number_that_is_none_is_refused_in_each_part(void **state)
{
    static const uint32_t none[] = {0x7fc00000, 0x7f800000, 0xff800000, 0x7f800001}; /* NaN, Inf, -Inf, NaN */
    (void)state;
    for (size_t at = ROUTE; at < SUM; at += 4)
        for (size_t i = 0; i < 4; i++) {
            assert_refused_with(at, none[i], "is not finite");
            assert_error_has(at < IN_STAY ? "\"route\"" : at < IN_DANGER ? "\"stay\"" : "\"danger\"");
        }
}

static void the_largest_numbers_are_numbers(void **state)
{
    ar_head *head;
    (void)state;
    raw r = whole();
    put(&r, ROUTE, 0x7f7fffff);
    put(&r, IN_STAY, 0xff7fffff);
    put(&r, IN_DANGER, 0x80000001);
    fix_sum(&r);
    assert_status(parse(&head, &r), ARNY_OK);
    assert_true(head->route.weights[0] > 3e38f && head->stay.weights[0] < -3e38f && head->danger.weights[0] < 0);
    ar_head_free(head);
    free(r.bytes);
}

/* ---- sizes and names -------------------------------------------------------------------------------------------- */

static void other_files_and_versions_are_told_apart(void **state)
{
    static const char gguf[100] = "GGUF\3\0\0\0";
    (void)state;
    raw r = raw_of(gguf, sizeof gguf);
    assert_refused(&r, "no gateway head: it does not begin with ARNYHEAD");
    r = raw_of("", 0);
    assert_refused(&r, "no gateway head");
    assert_refused_with(0, 0x594e5241 ^ 0x20, "no gateway head"); /* "aRNY" */
    assert_refused_with(8, 2, "version 1 of the format expected, not 2: train it again");
    assert_refused_with(8, 0, "not 0");
    assert_refused_with(8, 0xffffffff, "not 4294967295");
}

static void sizes_out_of_range_are_refused(void **state)
{
    (void)state;
    assert_refused_with(12, 0, "2 to 129 labels expected, not 0");
    assert_refused_with(12, 1, "not 1");
    assert_refused_with(12, AR_HEAD_LABELS_MAX + 1, "2 to 129 labels expected, not 130");
    assert_refused_with(12, 0xffffffff, "not 4294967295");
    assert_refused_with(16, 0, "a width of 1 to 65536 expected, not 0");
    assert_refused_with(16, AR_HEAD_WIDTH_MAX + 1, "not 65537");
    assert_refused_with(16, 0xffffffff, "not 4294967295");
}

/* Within their ranges, but the file has not as much: said before memory is asked for. */
static void sizes_that_the_file_cannot_hold_are_refused(void **state)
{
    (void)state;
    assert_refused_with(16, WIDTH + 1, NULL);
    assert_refused_with(16, WIDTH - 1, "bytes follow the last number");
    assert_refused_with(16, AR_HEAD_WIDTH_MAX, "too short for \"route\"");
    assert_refused_with(12, 4, NULL);
    assert_refused_with(12, 2, "more than the label");
    assert_refused_with(24, 0xffffffff, "ends");
    assert_refused_with(24, 0, "label 0 is no text");
    assert_refused_with(28, 0xffffffff, "ends");
    assert_refused_with(28, 0, "prefix 0 is no text");
}

static void parts_that_nobody_knows_are_refused(void **state)
{
    (void)state;
    assert_refused_with(20, 8, "parts (0x8)");
    assert_refused_with(20, 15, "parts (0xf)");
    assert_refused_with(20, 0x80000003, "parts (0x80000003)");
}

static void parts_that_are_not_there_are_missed_and_others_are_too_much(void **state)
{
    (void)state;
    assert_refused_with(20, 0, "bytes follow the last number");
    assert_refused_with(20, STAY, "bytes follow the last number");
    assert_refused_with(20, DANGER, "bytes follow the last number");
    raw r = written(sample(STAY));
    put(&r, 20, STAY | DANGER);
    fix_sum(&r);
    assert_refused(&r, "too short for \"danger\"");
    r = written(sample(0));
    put(&r, 20, STAY);
    fix_sum(&r);
    assert_refused(&r, "early");
}

static void an_alarm_that_is_no_probability_is_refused(void **state)
{
    static const float wrong[] = {-0.001f, 1.001f, 7};
    (void)state;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        ar_head *head = sample(DANGER);
        head->alarm = wrong[i];
        raw r = written(head);
        assert_refused(&r, "an alarm from 0 to 1 expected");
    }
}

static void labels_that_cannot_be_told_apart_are_refused(void **state)
{
    static const char *const twice[] = {"math", "care", "math"}, *const nameless[] = {"math", "", "none"};
    (void)state;
    raw r = written(sample_with(0, WIDTH, twice, 3, ""));
    assert_refused(&r, "label \"math\" stands there twice");
    r = written(sample_with(0, WIDTH, nameless, 3, ""));
    assert_refused(&r, "label 1 has no name");
}

static void bytes_behind_the_last_number_are_refused(void **state)
{
    static const char more[] = "more";
    (void)state;
    for (size_t added = 1; added <= 4; added++) {
        char wanted[64];
        raw r = whole();
        splice(&r, SUM, more, added, 0);
        fix_sum(&r);
        snprintf(wanted, sizeof wanted, "%zu bytes follow the last number", added);
        assert_refused(&r, wanted);
    }
    raw r = whole(); /* behind the sum */
    splice(&r, BYTES, more, 1, 0);
    assert_refused(&r, "damaged");
}

static void a_name_without_its_end_is_refused(void **state)
{
    (void)state;
    raw r = whole();
    r.bytes[PREFIX - 1] = 'x'; /* "nonex", and two names where three should be */
    fix_sum(&r);
    assert_refused(&r, "label 2 is no text");
    r = whole();
    r.bytes[PREFIX + 7] = 'x';
    fix_sum(&r);
    assert_refused(&r, "prefix 0 is no text");
    r = whole();
    r.bytes[PREFIX + 2] = 0; /* ends early */
    fix_sum(&r);
    assert_refused(&r, "5 bytes more than the prefix need");
    r = whole();
    r.bytes[NAMES + 6] = 0; /* four names: "c" and "re" */
    fix_sum(&r);
    assert_refused(&r, "5 bytes more than the label need");
}

static void a_name_that_is_no_text_is_refused(void **state)
{
    static const char *const bad[] = {"\xff", "\xc3(", "\xed\xa0\x80", "\xc0\xaf"};
    (void)state;
    for (size_t i = 0; i < 4; i++) {
        raw r = whole();
        memcpy(r.bytes + NAMES + 5, bad[i], strlen(bad[i]));
        fix_sum(&r);
        assert_refused(&r, "label 1 is no text");
        r = whole();
        memcpy(r.bytes + PREFIX + 1, bad[i], strlen(bad[i]));
        fix_sum(&r);
        assert_refused(&r, "prefix 0 is no text");
    }
    raw r = whole();
    r.bytes[PREFIX - 2] = 0xc3; /* a character that the NUL cuts */
    fix_sum(&r);
    assert_refused(&r, "label 2 is no text");
}

/* ---- follow-ups ------------------------------------------------------------------------------------------------- */

static void a_follow_up_is_measured_with_the_message_before(void **state)
{
    const float now[] = {0.6f, 0.8f, 0}, then[] = {0.8f, 0, -0.6f};
    const double p[] = {0.5, 0.25, 0.25}, q[] = {0.1, 0.2, 0.7};
    const ar_said a = {now, p, 6}, b = {then, q, 1000};
    float f[AR_FOLLOWUP_WIDTH(3) + 1];
    const double wanted[] = {0.48,                             /* how alike they are */
                             0.05 + 0.05 + 0.175,              /* how far they agree */
                             0.5,                              /* how sure the message is */
                             0.25,                             /* none, now and before */
                             0.7,                              /* */
                             0.5 * log(2) + 2 * 0.25 * log(4), /* how unsure */
                             log(7)};                          /* how long */
    (void)state;
    f[AR_FOLLOWUP_WIDTH(3)] = 77;
    ar_followup_features(f, &a, &b, 3, 3);
    assert_memory_equal(f, now, sizeof now);
    for (size_t i = 0; i < AR_FOLLOWUP_FEATURES; i++)
        if (fabs(f[3 + i] - wanted[i]) > 1e-6) {
            print_error("feature %zu is %.7f, not %.7f\n", i, (double)f[3 + i], wanted[i]);
            fail();
        }
    assert_true(f[AR_FOLLOWUP_WIDTH(3)] == 77);
}

static void a_decision_that_is_certain_has_no_entropy(void **state)
{
    const float x = 1;
    const double p[] = {0, 1};
    const ar_said said = {&x, p, 0};
    float f[AR_FOLLOWUP_WIDTH(1)];
    (void)state;
    ar_followup_features(f, &said, &said, 1, 2);
    assert_true(f[1] == 1 && f[2] == 1 && f[3] == 1 && f[4] == 1 && f[5] == 1 && f[6] == 0 && f[7] == 0);
}

static void the_mixture_takes_its_share_of_what_was_before(void **state)
{
    const double before[] = {0.1, 0.2, 0.7}, own[] = {0.5, 0.25, 0.25};
    (void)state;
    for (double share = 0; share <= 1; share += 0.25) {
        double p[3], sum = 0;
        memcpy(p, own, sizeof p);
        ar_followup_mix(p, share, before, 3);
        for (size_t i = 0; i < 3; i++) {
            assert_true(fabs(p[i] - (own[i] + share * (before[i] - own[i]))) < 1e-12);
            sum += p[i];
        }
        assert_true(fabs(sum - 1) < 1e-12);
    }
}

/* ---- faults ----------------------------------------------------------------------------------------------------- */

#ifdef ARNY_FAULTS
static ar_head *to_write;
static raw to_parse;
static char *to_read;

static int try_new(void)
{
    ar_head *head = (ar_head *)&to_parse;
    int status = ar_head_new(&head, labels, 3, 2, "query: ");
    assert_int_equal(!head, status != ARNY_OK);
    ar_head_free(head);
    return status;
}

static int try_write(void)
{
    ar_buf file = AR_BUF_INIT(1 << 20);
    int status = ar_head_write(&file, to_write);
    ar_buf_free(&file);
    return status;
}

static int try_parse(void)
{
    ar_head *head = (ar_head *)&to_parse;
    int status = parse(&head, &to_parse);
    assert_int_equal(!head, status != ARNY_OK);
    ar_head_free(head);
    return status;
}

static int try_read(void)
{
    ar_head *head = (ar_head *)&to_parse;
    int status = ar_head_read(&head, to_read);
    assert_int_equal(!head, status != ARNY_OK);
    ar_head_free(head);
    return status;
}

/* With the first operation failing, then with the second, until none does. Returns how many there were. */
static int fail_each(enum ar_fault kind, int wanted, int (*attempt)(void))
{
    for (int nth = 1;; nth++) {
        ar_fault_arm(kind, nth, 0);
        int status = attempt();
        ar_fault_arm(kind, 0, 0);
        if (status == ARNY_OK)
            return nth - 1;
        assert_status(status, wanted);
        assert_true(strlen(arny_last_error()) > 10);
    }
}
#endif

static void each_allocation_and_each_read_may_fail(void **state)
{
    (void)state;
#ifdef ARNY_FAULTS
    to_write = sample(STAY | DANGER);
    to_parse = whole();
    to_read = test_path(test_tmpdir(), "team.head");
    test_write(to_read, to_parse.bytes, to_parse.count);
    assert_true(fail_each(AR_FAULT_ALLOC, ARNY_E_MEMORY, try_new) >= 8);
    assert_true(fail_each(AR_FAULT_ALLOC, ARNY_E_MEMORY, try_write) >= 1);
    assert_true(fail_each(AR_FAULT_ALLOC, ARNY_E_MEMORY, try_parse) >= 11);
    assert_true(fail_each(AR_FAULT_ALLOC, ARNY_E_MEMORY, try_read) >= 12);
    assert_true(fail_each(AR_FAULT_READ, ARNY_E_IO, try_read) >= 1);
    ar_head_free(to_write);
    free(to_parse.bytes);
    free(to_read);
#else
    SKIP_NO_FAULTS();
#endif
}

static void what_fills_up_the_texts_is_nothing(void **state)
{
    (void)state;
    raw r = whole();
    assert_int_equal(r.bytes[ROUTE - 1], 0);
    r.bytes[ROUTE - 1] = 'p';
    fix_sum(&r);
    assert_refused(&r, "NULs expected");
}

/* Behind the other parts: the number of places, then floats for the labels, then for danger. */
static raw whole_with_grams(void)
{
    ar_buf file = AR_BUF_INIT(1 << 20);
    ar_head *head = sample(STAY | DANGER | GRAMS);
    assert_status(ar_head_write(&file, head), ARNY_OK);
    assert_int_equal(file.len, BYTES + 4 + 4 * PLACES * (3 + 2));
    raw r = raw_of((const uint8_t *)file.ptr, file.len);
    ar_head_free(head);
    ar_buf_free(&file);
    return r;
}

static void grams_are_as_many_as_they_say(void **state)
{
    static const struct {
        uint32_t places;
        const char *what;
    } cases[] = {
        {0, "1 to 32768 places"}, {32769, "1 to 32768 places"}, {UINT32_MAX, "1 to 32768 places"}, {32768, "too short"},
        {PLACES + 1, ""},         {PLACES - 1, "bytes follow"}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        raw r = whole_with_grams();
        put(&r, SUM, cases[i].places);
        fix_sum(&r);
        assert_refused(&r, cases[i].what[0] ? cases[i].what : NULL);
    }
    raw r = whole_with_grams();
    put(&r, SUM + 8, 0x7fc00000); /* no number */
    fix_sum(&r);
    assert_refused(&r, "\"grams\" is not finite");
}

static void meaning_and_spelling_are_added(void **state)
{
    float embedding[WIDTH] = {0, 1, 0, 0, 0};
    uint32_t place = 2;
    float one = 1;
    ar_sparse grams = {.count = 1, .cap = 1, .places = &place, .values = &one};
    double p[3], alone[3];
    (void)state;
    ar_head *head = sample(DANGER | GRAMS);
    memset(head->route.weights, 0, WIDTH * 3 * sizeof(float));
    memset(head->route.bias, 0, 3 * sizeof(float));
    memset(head->grams.weights, 0, PLACES * 3 * sizeof(float));
    head->route.weights[3] = 1;         /* number 1 of the embedding, for the first label */
    head->grams.weights[2 * 3 + 1] = 2; /* place 2, for the second one */
    ar_head_route(p, head, embedding, &grams);
    double e1 = exp(1), e2 = exp(2), sum = e1 + e2 + 1;
    assert_true(fabs(p[0] - e1 / sum) < 1e-6 && fabs(p[1] - e2 / sum) < 1e-6 && fabs(p[2] - 1 / sum) < 1e-6);
    double with = ar_head_danger(head, embedding, &grams);
    ar_classifier_free(&head->danger_grams);
    double without = ar_head_danger(head, embedding, NULL);
    assert_true(with > 0 && with < 1 && without > 0 && without < 1 && fabs(with - without) > 1e-3);
    ar_classifier_free(&head->grams);
    ar_head_route(alone, head, embedding, NULL);
    assert_true(fabs(alone[0] - e1 / (e1 + 2)) < 1e-6);
    ar_head_free(head);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_head_comes_back_as_it_was),
        cmocka_unit_test(the_file_is_laid_out_as_the_header_says),
        cmocka_unit_test(names_and_prefixes_of_any_length_come_back),
        cmocka_unit_test(as_many_labels_and_as_wide_as_it_may_be),
        cmocka_unit_test(a_new_head_knows_nothing),
        cmocka_unit_test(what_fills_up_the_texts_is_nothing),
        cmocka_unit_test(grams_are_as_many_as_they_say),
        cmocka_unit_test(meaning_and_spelling_are_added),
        cmocka_unit_test(it_is_written_behind_what_is_there),
        cmocka_unit_test(a_buffer_that_is_too_small_says_so),
        cmocka_unit_test(a_file_is_read_by_its_name),
        cmocka_unit_test(a_file_that_is_cut_short_is_refused_at_each_length),
        cmocka_unit_test(a_file_that_is_cut_short_and_has_the_right_sum_is_refused_too),
        cmocka_unit_test(each_bit_that_flips_is_noticed),
        cmocka_unit_test(no_byte_makes_it_read_what_is_not_there),
        cmocka_unit_test(a_number_that_is_none_is_refused_in_each_part),
        cmocka_unit_test(the_largest_numbers_are_numbers),
        cmocka_unit_test(other_files_and_versions_are_told_apart),
        cmocka_unit_test(sizes_out_of_range_are_refused),
        cmocka_unit_test(sizes_that_the_file_cannot_hold_are_refused),
        cmocka_unit_test(parts_that_nobody_knows_are_refused),
        cmocka_unit_test(parts_that_are_not_there_are_missed_and_others_are_too_much),
        cmocka_unit_test(an_alarm_that_is_no_probability_is_refused),
        cmocka_unit_test(labels_that_cannot_be_told_apart_are_refused),
        cmocka_unit_test(bytes_behind_the_last_number_are_refused),
        cmocka_unit_test(a_name_without_its_end_is_refused),
        cmocka_unit_test(a_name_that_is_no_text_is_refused),
        cmocka_unit_test(a_follow_up_is_measured_with_the_message_before),
        cmocka_unit_test(a_decision_that_is_certain_has_no_entropy),
        cmocka_unit_test(the_mixture_takes_its_share_of_what_was_before),
        cmocka_unit_test(each_allocation_and_each_read_may_fail),
    };
    return RUN(tests);
}
