/* A snapshot comes back from its file byte for byte, or not at all: every changed, missing or added byte is noticed
 * before the engine sees it. */
#include "check.h"
#include "memory/kv_file.h"
#include "tmp.h"
#include "util/fault.h"
#include <sys/stat.h>

#ifdef ARNY_HAVE_CRYPTO

/* ---- helpers ---------------------------------------------------------------------------------------------------- */

#define HEADER_BYTES 168
#define LABEL_BYTES  136
#define SEALED_MORE  (AR_SEAL_NONCE + AR_SEAL_TAG)

/* Where numbers stand in the header. */
enum { AT_VERSION = 8, AT_SEALED = 12, AT_MODEL = 16, AT_TOKENS = 120, AT_STATE = 128, AT_SUM = 136 };

static char *folder, *path; /* each test's own */
static const ar_seal plain;
static ar_seal sealed;
static ar_kv_label label;

static int make_folder(void **state)
{
    (void)state;
    folder = test_tmpdir();
    path = test_path(folder, "one.kv");
    assert_status(ar_seal_init(&sealed, (const uint8_t *)"0123456789abcdef0123456789abcdef", NULL), ARNY_OK);
    label = (ar_kv_label){.state_version = 7, .kv_type = 2};
    memset(&label.model, 'm', sizeof label.model);
    memset(&label.adapter, 'a', sizeof label.adapter);
    memset(&label.whose, 'w', sizeof label.whose);
    return 0;
}

static int drop_names(void **state)
{
    (void)state;
    free(path);
    return 0;
}

static ar_snapshot make_snapshot(size_t tokens, size_t bytes)
{
    ar_snapshot s = {0};
    ar_tokens_init(&s.tokens, tokens);
    for (size_t i = 0; i < tokens; i++)
        assert_status(ar_tokens_push(&s.tokens, (int32_t)(i * 7919)), ARNY_OK);
    char *state = malloc(bytes); /* borrowed by the snapshot, as far as it knows */
    for (size_t i = 0; i < bytes; i++)
        state[i] = (char)(i * 31 + i / 251 + tokens);
    s.state = state;
    s.bytes = bytes;
    return s;
}

static void free_snapshot(ar_snapshot *s)
{
    free((void *)(uintptr_t)s->state);
    ar_snapshot_drop(s);
}

static const ar_seal *seal_of(int is_sealed)
{
    return is_sealed ? &sealed : &plain;
}

static int64_t write_file(const ar_snapshot *s, const ar_seal *seal)
{
    int64_t bytes = -1;
    assert_status(ar_kv_file_write(&bytes, path, &label, s, seal), ARNY_OK);
    return bytes;
}

/* A small file; its bytes, to be changed and written again. */
static uint8_t *small_file(size_t *bytes, const ar_seal *seal)
{
    ar_snapshot s = make_snapshot(3, 21);
    int64_t written = write_file(&s, seal);
    free_snapshot(&s);
    uint8_t *file = (uint8_t *)test_read(path, bytes);
    assert_int_equal(written, *bytes);
    return file;
}

static void assert_empty(const ar_snapshot *s)
{
    static const ar_snapshot zeros;
    assert_memory_equal(s, &zeros, sizeof zeros);
}

static void assert_read_fails(const ar_seal *seal, int status)
{
    ar_snapshot s;
    memset(&s, 0xff, sizeof s);
    assert_status(ar_kv_file_read(&s, path, &label, seal), status);
    assert_empty(&s);
}

/* With a sentence about this file. */
static void assert_refused(const ar_seal *seal, const char *sentence)
{
    assert_read_fails(seal, ARNY_E_DATA);
    assert_error_has(sentence);
}

static void assert_looked_at(int status, const char *sentence)
{
    ar_kv_facts facts;
    assert_status(ar_kv_file_look(&facts, path), status);
    if (status)
        assert_error_has(sentence);
}

static void assert_reads(const ar_snapshot *wanted, const ar_seal *seal)
{
    ar_snapshot got;
    assert_status(ar_kv_file_read(&got, path, &label, seal), ARNY_OK);
    assert_int_equal(got.tokens.len, wanted->tokens.len);
    assert_memory_equal(got.tokens.ptr, wanted->tokens.ptr, wanted->tokens.len * sizeof(int32_t));
    assert_int_equal(got.bytes, wanted->bytes);
    assert_memory_equal(got.state, wanted->state, wanted->bytes);
    assert_non_null(got.block);
    ar_snapshot_drop(&got);
}

static void put_number(uint8_t *at, uint64_t number, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        at[i] = (uint8_t)(number >> (8 * i));
}

/* Writes a file of this header and body with the right digest, and sealed with the right key: all that can be wrong is
 * what it says. */
static void forge(const uint8_t head[LABEL_BYTES], const void *body, size_t bytes, const ar_seal *seal)
{
    ar_buf file = AR_BUF_INIT((size_t)1 << 20);
    ar_digest sum;
    ar_fs_part parts[] = {{head, LABEL_BYTES}, {body, bytes}};
    assert_status(ar_digest_parts(&sum, parts, 2), ARNY_OK);
    ar_buf_append(&file, head, LABEL_BYTES);
    ar_buf_append(&file, sum.bytes, sizeof sum.bytes);
    if (seal->sealed) {
        char whole[HEADER_BYTES];
        memcpy(whole, file.ptr, HEADER_BYTES);
        assert_status(ar_seal_close(&file, seal, whole, HEADER_BYTES, body, bytes), ARNY_OK);
    } else {
        ar_buf_append(&file, body, bytes);
    }
    assert_int_equal(file.status, 0);
    test_write(path, file.ptr, file.len);
    ar_buf_free(&file);
}

/* ---- there and back --------------------------------------------------------------------------------------------- */

static void a_snapshot_comes_back_byte_for_byte(void **state)
{
    (void)state;
    static const size_t tokens[] = {1, 2, 63, 64, 65, 1000}, bytes[] = {1, 2, 3, 4, 1023, 100000};
    for (int is_sealed = 0; is_sealed < 2; is_sealed++)
        for (size_t i = 0; i < 6; i++)
            for (size_t k = 0; k < 6; k++) {
                ar_snapshot s = make_snapshot(tokens[i], bytes[k]);
                int64_t written = write_file(&s, seal_of(is_sealed));
                assert_int_equal(written, HEADER_BYTES + 4 * tokens[i] + bytes[k] + (is_sealed ? SEALED_MORE : 0));
                assert_reads(&s, seal_of(is_sealed));
                assert_reads(&s, seal_of(is_sealed)); /* reading changes nothing */
                free_snapshot(&s);
            }
    assert_int_equal(test_entries(folder), 1);
}

static void any_label_comes_back(void **state)
{
    (void)state;
    static const uint32_t versions[] = {0, 1, UINT32_MAX};
    static const int32_t types[] = {0, 1, -1, INT32_MAX, INT32_MIN};
    ar_snapshot s = make_snapshot(3, 21);
    ar_kv_facts facts;
    memset(&label.adapter, 0, sizeof label.adapter); /* no adapter */
    for (size_t i = 0; i < 3; i++)
        for (size_t k = 0; k < 5; k++) {
            label.state_version = versions[i];
            label.kv_type = types[k];
            for (int is_sealed = 0; is_sealed < 2; is_sealed++) {
                write_file(&s, seal_of(is_sealed));
                assert_reads(&s, seal_of(is_sealed));
                assert_status(ar_kv_file_look(&facts, path), ARNY_OK);
                assert_memory_equal(&facts.label, &label, sizeof label);
            }
        }
    free_snapshot(&s);
}

static void tokens_that_no_vocabulary_has_come_back_too(void **state)
{
    (void)state;
    static const int32_t ids[] = {-1, INT32_MIN, INT32_MAX, 0};
    ar_snapshot s = make_snapshot(4, 1);
    memcpy(s.tokens.ptr, ids, sizeof ids);
    write_file(&s, &plain);
    assert_reads(&s, &plain);
    free_snapshot(&s);
}

/* What kv_file.h says, checked by hand. */
static void the_file_is_laid_out_as_written_down(void **state)
{
    (void)state;
    static const int32_t ids[] = {0x04030201, 5};
    size_t bytes;
    uint8_t wanted[HEADER_BYTES + 8 + 3] = "arny kv\n";
    ar_snapshot s = make_snapshot(2, 3);
    memcpy(s.tokens.ptr, ids, sizeof ids);
    write_file(&s, &plain);
    char *file = test_read(path, &bytes);
    put_number(wanted + 8, 1, 4);
    memset(wanted + 16, 'm', 32);
    memset(wanted + 48, 'a', 32);
    memset(wanted + 80, 'w', 32);
    put_number(wanted + 112, 7, 4);
    put_number(wanted + 116, 2, 4);
    put_number(wanted + 120, 2, 8);
    put_number(wanted + 128, 3, 8);
    memcpy(wanted + 168, "\x01\x02\x03\x04\x05\0\0\0", 8);
    memcpy(wanted + 176, s.state, 3);
    ar_fs_part parts[] = {{wanted, 136}, {wanted + 168, 11}};
    ar_digest sum;
    assert_status(ar_digest_parts(&sum, parts, 2), ARNY_OK);
    memcpy(wanted + 136, sum.bytes, 32);
    assert_int_equal(bytes, sizeof wanted);
    assert_memory_equal(file, wanted, sizeof wanted);
    free(file);
    free_snapshot(&s);
}

static void a_sealed_file_shows_its_header_and_nothing_else(void **state)
{
    (void)state;
    size_t bytes, again;
    uint8_t *file = small_file(&bytes, &plain), *hidden = small_file(&again, &sealed);
    assert_int_equal(again, bytes + SEALED_MORE);
    assert_int_equal(hidden[AT_SEALED], 1);
    hidden[AT_SEALED] = 0;
    assert_memory_equal(hidden, file, AT_SUM);
    for (size_t i = HEADER_BYTES; i + 4 <= bytes; i++)
        for (size_t k = HEADER_BYTES; k + 4 <= again; k++)
            assert_memory_not_equal(file + i, hidden + k, 4);
    free(file);
    free(hidden);
}

static void a_file_is_for_its_owner_alone_and_replaces_the_old_one(void **state)
{
    (void)state;
    struct stat info;
    ar_snapshot first = make_snapshot(50, 1000), second = make_snapshot(3, 21);
    mode_t before = umask(0);
    write_file(&first, &plain);
    umask(before);
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0600);
    write_file(&second, &sealed);
    assert_reads(&second, &sealed);
    write_file(&first, &plain);
    assert_reads(&first, &plain);
    assert_int_equal(test_entries(folder), 1);
    free_snapshot(&first);
    free_snapshot(&second);
}

/* ---- changed files ---------------------------------------------------------------------------------------------- */

static int is_of_flag(size_t at)
{
    return at >= AT_SEALED && at < AT_MODEL;
}

static void each_changed_byte_is_noticed(void **state)
{
    (void)state;
    for (int is_sealed = 0; is_sealed < 2; is_sealed++) {
        size_t bytes;
        uint8_t *file = small_file(&bytes, seal_of(is_sealed));
        for (size_t at = 0; at < bytes; at++)
            for (int i = 0; i < 3; i++) {
                static const uint8_t changes[] = {0x01, 0x80, 0xff};
                ar_kv_facts facts;
                uint8_t before = file[at];
                file[at] = before ^ changes[i];
                test_write(path, file, bytes);
                file[at] = before;
                assert_read_fails(seal_of(is_sealed), ARNY_E_DATA);
                /* Without the key, and of a file that says it is sealed, only the header is checked. */
                int status = ar_kv_file_look(&facts, path);
                if (at < AT_SEALED || (!is_sealed && !is_of_flag(at)))
                    assert_status(status, ARNY_E_DATA);
                else
                    assert_true(status == ARNY_OK || status == ARNY_E_DATA);
            }
        free(file);
    }
}

static void each_cut_is_noticed(void **state)
{
    (void)state;
    for (int is_sealed = 0; is_sealed < 2; is_sealed++) {
        size_t bytes;
        uint8_t *file = small_file(&bytes, seal_of(is_sealed));
        for (size_t cut = 0; cut < bytes; cut++) {
            test_write(path, file, cut);
            assert_read_fails(seal_of(is_sealed), ARNY_E_DATA);
            if (cut < HEADER_BYTES) {
                assert_error_has("/one.kv: this is no snapshot of Arny, or it is cut");
                assert_looked_at(ARNY_E_DATA, "/one.kv: this is no snapshot of Arny, or it is cut");
            } else if (!is_sealed) {
                assert_error_has("bytes after its header, and 33 expected");
                assert_looked_at(ARNY_E_DATA, "bytes after its header, and 33 expected");
            }
        }
        free(file);
    }
}

static void bytes_behind_the_end_are_noticed(void **state)
{
    (void)state;
    static const size_t more[] = {1, 2, 16, 28, 4096, 100000};
    for (int is_sealed = 0; is_sealed < 2; is_sealed++)
        for (size_t i = 0; i < sizeof more / sizeof *more; i++) {
            size_t bytes;
            uint8_t *file = small_file(&bytes, seal_of(is_sealed)), *longer = calloc(1, bytes + more[i]);
            memcpy(longer, file, bytes);
            test_write(path, longer, bytes + more[i]);
            assert_read_fails(seal_of(is_sealed), ARNY_E_DATA);
            if (!is_sealed)
                assert_looked_at(ARNY_E_DATA, "bytes after its header, and 33 expected");
            free(file);
            free(longer);
        }
}

static void bytes_missing_in_the_middle_are_noticed(void **state)
{
    (void)state;
    for (int is_sealed = 0; is_sealed < 2; is_sealed++) {
        size_t bytes;
        uint8_t *file = small_file(&bytes, seal_of(is_sealed)), *shorter = malloc(bytes);
        for (size_t at = 0; at + 4 <= bytes; at++) {
            memcpy(shorter, file, at);
            memcpy(shorter + at, file + at + 4, bytes - at - 4);
            test_write(path, shorter, bytes - 4);
            assert_read_fails(seal_of(is_sealed), ARNY_E_DATA);
        }
        free(file);
        free(shorter);
    }
}

static void what_is_something_else_is_no_snapshot(void **state)
{
    (void)state;
    static char zeros[1000];
    static const struct {
        const char *data;
        size_t bytes;
    } files[] = {{"", 0}, {"x", 1}, {"arny kv\n", 8}, {zeros, 167}, {zeros, 168}, {zeros, sizeof zeros}};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        test_write(path, files[i].data, files[i].bytes);
        assert_refused(&plain, "/one.kv: this is no snapshot of Arny, or it is cut");
        assert_refused(&sealed, "/one.kv: this is no snapshot of Arny, or it is cut");
        assert_looked_at(ARNY_E_DATA, "/one.kv: this is no snapshot of Arny, or it is cut");
    }
}

static void a_file_of_another_version_says_so(void **state)
{
    (void)state;
    static const uint32_t versions[] = {0, 2, 256, UINT32_MAX};
    size_t bytes;
    uint8_t *file = small_file(&bytes, &plain);
    for (size_t i = 0; i < 4; i++) {
        char sentence[100];
        snprintf(sentence, sizeof sentence, "/one.kv: a snapshot of version %u, and this Arny reads version 1",
                 versions[i]);
        put_number(file + AT_VERSION, versions[i], 4);
        forge(file, file + HEADER_BYTES, bytes - HEADER_BYTES, &plain);
        assert_refused(&plain, sentence);
        assert_looked_at(ARNY_E_DATA, sentence);
    }
    free(file);
}

static void the_header_of_one_file_does_not_fit_the_body_of_another(void **state)
{
    (void)state;
    for (int is_sealed = 0; is_sealed < 2; is_sealed++) {
        size_t bytes, same;
        uint8_t *one = small_file(&bytes, seal_of(is_sealed));
        ar_snapshot s = make_snapshot(3, 21);
        s.tokens.ptr[1]++;
        write_file(&s, seal_of(is_sealed));
        uint8_t *two = (uint8_t *)test_read(path, &same);
        assert_int_equal(same, bytes);
        memcpy(one, two, HEADER_BYTES);
        test_write(path, one, bytes);
        assert_refused(seal_of(is_sealed),
                       is_sealed ? "it cannot be decrypted" : "its digest is wrong: it was changed");
        test_write(path, two, bytes);
        assert_reads(&s, seal_of(is_sealed));
        free_snapshot(&s);
        free(one);
        free(two);
    }
}

/* ---- counts that cannot be -------------------------------------------------------------------------------------- */

static void counts_that_cannot_be_are_refused_before_they_are_used(void **state)
{
    (void)state;
    static const struct {
        uint64_t tokens, state;
        const char *sentence;
    } cases[] = {
        {0, 33, "that cannot be"},
        {0, 0, "0 tokens and 0 bytes of state: that cannot be"},
        {3, 0, "3 tokens and 0 bytes of state: that cannot be"},
        {AR_KV_TOKENS_MAX + 1, 21, "16777217 tokens"},
        {UINT64_MAX, 21, "that cannot be"},
        {(uint64_t)1 << 62, 33, "that cannot be"},       /* four bytes each: nothing, in 64 bits */
        {((uint64_t)1 << 62) + 3, 21, "that cannot be"}, /* what the file has, in 64 bits */
        {(uint64_t)1 << 63, 33, "that cannot be"},
        {3, AR_KV_BYTES_MAX + 1, "that cannot be"},
        {3, UINT64_MAX, "that cannot be"},
        {AR_KV_TOKENS_MAX, 21, "33 bytes after its header, and 67108885 expected"},
        {3, AR_KV_BYTES_MAX, "33 bytes after its header, and 17179869196 expected"},
        {4, 21, "33 bytes after its header, and 37 expected"},
        {2, 21, "33 bytes after its header, and 29 expected"},
        {3, 22, "33 bytes after its header, and 34 expected"},
        {3, 20, "33 bytes after its header, and 32 expected"},
    };
    for (int is_sealed = 0; is_sealed < 2; is_sealed++) {
        size_t bytes;
        uint8_t *file = small_file(&bytes, &plain);
        put_number(file + AT_SEALED, (uint64_t)is_sealed, 4);
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
            put_number(file + AT_TOKENS, cases[i].tokens, 8);
            put_number(file + AT_STATE, cases[i].state, 8);
            forge(file, file + HEADER_BYTES, bytes - HEADER_BYTES, seal_of(is_sealed));
            assert_refused(seal_of(is_sealed), cases[i].sentence);
            if (!is_sealed || strstr(cases[i].sentence, "that cannot be"))
                assert_looked_at(ARNY_E_DATA, cases[i].sentence);
        }
        free(file);
    }
}

/* ---- labels ----------------------------------------------------------------------------------------------------- */

static void each_difference_of_labels_has_its_sentence(void **state)
{
    (void)state;
    ar_snapshot s = make_snapshot(3, 21);
    for (int is_sealed = 0; is_sealed < 2; is_sealed++) {
        const ar_seal *seal = seal_of(is_sealed);
        const ar_kv_label right = label;
        write_file(&s, seal);
        label.whose.bytes[31] ^= 1;
        assert_refused(seal, "/one.kv: it is somebody else's");
        label = right;
        label.model.bytes[0] ^= 1;
        assert_refused(seal, "/one.kv: it was made with another model");
        label = right;
        label.adapter.bytes[15] ^= 1;
        assert_refused(seal, "/one.kv: it was made with another adapter");
        label = right;
        memset(&label.adapter, 0, sizeof label.adapter);
        assert_refused(seal, "/one.kv: it was made with another adapter");
        label = right;
        label.state_version++;
        assert_refused(seal, "/one.kv: another version of the engine made it");
        label = right;
        label.kv_type = -label.kv_type;
        assert_refused(seal, "/one.kv: its KV is of another type");
        label = right;
        assert_reads(&s, seal);
    }
    free_snapshot(&s);
}

static void a_label_is_compared_before_the_key(void **state)
{
    (void)state;
    ar_snapshot s = make_snapshot(3, 21);
    write_file(&s, &sealed);
    label.whose.bytes[0] ^= 1;
    label.model.bytes[0] ^= 1;
    assert_refused(&plain, "it is somebody else's"); /* and whose it is comes first */
    free_snapshot(&s);
}

/* ---- keys ------------------------------------------------------------------------------------------------------- */

static void a_sealed_file_needs_its_key(void **state)
{
    (void)state;
    ar_seal other = sealed;
    ar_snapshot s = make_snapshot(3, 21);
    write_file(&s, &sealed);
    assert_refused(&plain, "/one.kv: it is encrypted, and there is no key");
    for (size_t i = 0; i < sizeof other.key; i++) {
        other.key[i] ^= 0x80;
        assert_refused(&other, "it cannot be decrypted: another key, or it was changed");
        other.key[i] ^= 0x80;
    }
    assert_reads(&s, &other);
    free_snapshot(&s);
}

static void with_a_key_only_what_is_sealed_is_read(void **state)
{
    (void)state;
    ar_snapshot s = make_snapshot(3, 21);
    write_file(&s, &plain);
    assert_refused(&sealed, "/one.kv: it is not encrypted");
    free_snapshot(&s);
}

static int copy(void *out, size_t *written, const void *place, size_t place_bytes, const void *data, size_t bytes,
                void *user_data)
{
    (void)place;
    assert_int_equal(place_bytes, HEADER_BYTES);
    memcpy(out, data, bytes);
    *written = bytes;
    return *(int *)user_data;
}

/* Even where the application's cipher guards nothing, the digest does. */
static void an_own_cipher_that_guards_nothing_is_guarded(void **state)
{
    (void)state;
    int failure = 0;
    size_t bytes;
    arny_cipher own = ARNY_CIPHER_INIT;
    ar_seal seal;
    own.seal = copy;
    own.open = copy;
    own.user_data = &failure;
    assert_status(ar_seal_init(&seal, NULL, &own), ARNY_OK);
    uint8_t *file = small_file(&bytes, &seal);
    assert_int_equal(bytes, HEADER_BYTES + 33);
    for (size_t at = 0; at < bytes; at++) {
        file[at] ^= 0x10;
        test_write(path, file, bytes);
        file[at] ^= 0x10;
        /* Any number but 0 says that it is sealed, and only the digest tells that it is another one. */
        assert_read_fails(&seal, ARNY_E_DATA);
    }
    for (size_t cut = 0; cut < bytes; cut++) {
        test_write(path, file, cut);
        assert_read_fails(&seal, ARNY_E_DATA);
    }
    test_write(path, file, bytes);
    failure = 1;
    assert_refused(&seal, "it cannot be decrypted");
    int64_t written;
    ar_snapshot s = make_snapshot(4, 4);
    assert_status(ar_kv_file_write(&written, path, &label, &s, &seal), ARNY_E_ENGINE);
    free_snapshot(&s);
    failure = 0;
    s = make_snapshot(3, 21); /* the file from before is still there */
    assert_reads(&s, &seal);
    free_snapshot(&s);
    free(file);
}

/* ---- looked at -------------------------------------------------------------------------------------------------- */

static void a_look_tells_what_the_file_says_without_the_key(void **state)
{
    (void)state;
    ar_snapshot s = make_snapshot(50, 1000);
    for (int is_sealed = 0; is_sealed < 2; is_sealed++) {
        ar_kv_facts facts;
        int64_t written = write_file(&s, seal_of(is_sealed));
        memset(&facts, 0xff, sizeof facts);
        assert_status(ar_kv_file_look(&facts, path), ARNY_OK);
        assert_memory_equal(&facts.label, &label, sizeof label);
        assert_int_equal(facts.tokens, 50);
        assert_int_equal(facts.state_bytes, 1000);
        assert_int_equal(facts.sealed, is_sealed);
        assert_int_equal(facts.bytes, written);
    }
    free_snapshot(&s);
}

static void a_snapshot_is_known_by_its_first_bytes(void **state)
{
    (void)state;
    size_t bytes;
    assert_false(ar_kv_file_recognizes(path));
    assert_false(ar_kv_file_recognizes(folder));
    for (int is_sealed = 0; is_sealed < 2; is_sealed++) {
        uint8_t *file = small_file(&bytes, seal_of(is_sealed));
        assert_true(ar_kv_file_recognizes(path));
        test_write(path, file, 8);
        assert_true(ar_kv_file_recognizes(path)); /* a damaged one is one */
        test_write(path, file, 7);
        assert_false(ar_kv_file_recognizes(path));
        file[0] = 'A';
        test_write(path, file, bytes);
        assert_false(ar_kv_file_recognizes(path));
        free(file);
    }
}

/* ---- when it goes wrong ----------------------------------------------------------------------------------------- */

static void what_is_not_there_is_not_found(void **state)
{
    (void)state;
    int64_t bytes;
    ar_snapshot s = make_snapshot(3, 21);
    char *below = test_path(folder, "none/one.kv");
    assert_read_fails(&plain, ARNY_E_NOT_FOUND);
    assert_looked_at(ARNY_E_NOT_FOUND, "/one.kv: there is no such file");
    for (int is_sealed = 0; is_sealed < 2; is_sealed++)
        assert_status(ar_kv_file_write(&bytes, below, &label, &s, seal_of(is_sealed)), ARNY_E_WRITE);
    assert_int_equal(mkdir(path, 0700), 0);
    assert_read_fails(&plain, ARNY_E_IO);
    assert_looked_at(ARNY_E_IO, "Is a directory");
    free(below);
    free_snapshot(&s);
}

static void each_fault_of_a_write_leaves_the_old_file(void **state)
{
    (void)state;
#ifdef ARNY_FAULTS
    static const int kinds[] = {AR_FAULT_ALLOC, AR_FAULT_WRITE, AR_FAULT_RENAME};
    ar_snapshot old = make_snapshot(3, 21), new = make_snapshot(50, 1000);
    for (int is_sealed = 0; is_sealed < 2; is_sealed++)
        for (int k = 0; k < 3; k++)
            for (long n = 1, count = n; count >= n; n++) {
                int64_t bytes;
                write_file(&old, seal_of(is_sealed));
                ar_fault_arm(kinds[k], n, 0);
                int status = ar_kv_file_write(&bytes, path, &label, &new, seal_of(is_sealed));
                count = ar_fault_count(kinds[k]);
                ar_fault_arm(kinds[k], 0, 0);
                if (count >= n)
                    assert_status(status, kinds[k] == AR_FAULT_ALLOC ? ARNY_E_MEMORY : ARNY_E_WRITE);
                else
                    assert_status(status, ARNY_OK);
                assert_true(count >= n || n > 1);
                assert_reads(count >= n ? &old : &new, seal_of(is_sealed));
                assert_int_equal(test_entries(folder), 1);
            }
    free_snapshot(&old);
    free_snapshot(&new);
#else
    SKIP_NO_FAULTS();
#endif
}

static void each_fault_of_a_read_gives_nothing(void **state)
{
    (void)state;
#ifdef ARNY_FAULTS
    static const int kinds[] = {AR_FAULT_ALLOC, AR_FAULT_READ}, codes[] = {ARNY_E_MEMORY, ARNY_E_IO};
    ar_snapshot s = make_snapshot(50, 10000), got;
    for (int is_sealed = 0; is_sealed < 2; is_sealed++)
        for (int k = 0; k < 2; k++) {
            write_file(&s, seal_of(is_sealed));
            for (long n = 1, count = n; count >= n; n++) {
                ar_fault_arm(kinds[k], n, 0);
                int status = ar_kv_file_read(&got, path, &label, seal_of(is_sealed));
                count = ar_fault_count(kinds[k]);
                ar_fault_arm(kinds[k], 0, 0);
                assert_status(status, count >= n ? codes[k] : ARNY_OK);
                assert_true(count >= n || n > 1);
                if (status)
                    assert_empty(&got);
                ar_snapshot_drop(&got);
            }
            ar_kv_facts facts;
            ar_fault_arm(kinds[k], 1, 0);
            int status = ar_kv_file_look(&facts, path);
            ar_fault_arm(kinds[k], 0, 0);
            assert_status(status, codes[k]);
            assert_reads(&s, seal_of(is_sealed));
        }
    free_snapshot(&s);
#else
    SKIP_NO_FAULTS();
#endif
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, make_folder, drop_names)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(a_snapshot_comes_back_byte_for_byte),
        IN_FOLDER(any_label_comes_back),
        IN_FOLDER(tokens_that_no_vocabulary_has_come_back_too),
        IN_FOLDER(the_file_is_laid_out_as_written_down),
        IN_FOLDER(a_sealed_file_shows_its_header_and_nothing_else),
        IN_FOLDER(a_file_is_for_its_owner_alone_and_replaces_the_old_one),
        IN_FOLDER(each_changed_byte_is_noticed),
        IN_FOLDER(each_cut_is_noticed),
        IN_FOLDER(bytes_behind_the_end_are_noticed),
        IN_FOLDER(bytes_missing_in_the_middle_are_noticed),
        IN_FOLDER(what_is_something_else_is_no_snapshot),
        IN_FOLDER(a_file_of_another_version_says_so),
        IN_FOLDER(the_header_of_one_file_does_not_fit_the_body_of_another),
        IN_FOLDER(counts_that_cannot_be_are_refused_before_they_are_used),
        IN_FOLDER(each_difference_of_labels_has_its_sentence),
        IN_FOLDER(a_label_is_compared_before_the_key),
        IN_FOLDER(a_sealed_file_needs_its_key),
        IN_FOLDER(with_a_key_only_what_is_sealed_is_read),
        IN_FOLDER(an_own_cipher_that_guards_nothing_is_guarded),
        IN_FOLDER(a_look_tells_what_the_file_says_without_the_key),
        IN_FOLDER(a_snapshot_is_known_by_its_first_bytes),
        IN_FOLDER(what_is_not_there_is_not_found),
        IN_FOLDER(each_fault_of_a_write_leaves_the_old_file),
        IN_FOLDER(each_fault_of_a_read_gives_nothing),
    };
    return RUN(tests);
}

#else

int main(void)
{
    return skip_all("this build has no SHA-256");
}

#endif
