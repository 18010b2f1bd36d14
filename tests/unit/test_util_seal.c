/* What is sealed comes back with the same key, beside the same bytes, unchanged; in all other cases nothing does. */
#include "check.h"
#include "util/fault.h"
#include "util/seal.h"

#define ROOM ((size_t)1 << 20)

static const char beside[] = "a place", text[] = "what nobody else may read";

/* ---- helpers ---------------------------------------------------------------------------------------------------- */

static void assert_opens(const ar_seal *seal, const ar_buf *sealed, const void *data, size_t bytes)
{
    ar_buf out = AR_BUF_INIT(ROOM);
    assert_status(ar_seal_open(&out, seal, beside, sizeof beside, sealed->ptr, sealed->len), ARNY_OK);
    assert_int_equal(out.len, bytes);
    if (bytes > 0)
        assert_memory_equal(out.ptr, data, bytes);
    assert_int_equal(out.ptr[bytes], '\0');
    ar_buf_free(&out);
}

/* It does not open, and the buffer is as it was. */
static void assert_closed(const ar_seal *seal, const void *next_to, size_t next_bytes, const void *data, size_t bytes)
{
    ar_buf out = AR_BUF_INIT(ROOM);
    ar_buf_puts(&out, "before");
    assert_status(ar_seal_open(&out, seal, next_to, next_bytes, data, bytes), ARNY_E_DATA);
    assert_error("it cannot be decrypted: another key, or it was changed");
    assert_int_equal(out.len, 6);
    assert_memory_equal(out.ptr, "before", 6);
    assert_int_equal(out.status, 0);
    ar_buf_free(&out);
}

static ar_buf close_text(const ar_seal *seal)
{
    ar_buf out = AR_BUF_INIT(ROOM);
    assert_status(ar_seal_close(&out, seal, beside, sizeof beside, text, sizeof text), ARNY_OK);
    return out;
}

/* Every bit of it, and of what stands beside it, matters; so do all its bytes, and no other. */
static void assert_guarded(const ar_seal *seal, const ar_buf *sealed)
{
    char place[sizeof beside + 1] = {0}, *data = malloc(sealed->len + 1);
    memcpy(data, sealed->ptr, sealed->len);
    memcpy(place, beside, sizeof beside);
    for (size_t i = 0; i < sealed->len; i++)
        for (int bit = 0; bit < 8; bit++) {
            data[i] = (char)(data[i] ^ 1 << bit);
            assert_closed(seal, beside, sizeof beside, data, sealed->len);
            data[i] = sealed->ptr[i];
        }
    for (size_t i = 0; i < sizeof beside; i++)
        for (int bit = 0; bit < 8; bit++) {
            place[i] = (char)(place[i] ^ 1 << bit);
            assert_closed(seal, place, sizeof beside, data, sealed->len);
            place[i] = beside[i];
        }
    for (size_t bytes = 0; bytes < sealed->len; bytes++)
        assert_closed(seal, beside, sizeof beside, data, bytes);
    data[sealed->len] = 'x';
    assert_closed(seal, beside, sizeof beside, data, sealed->len + 1);
    assert_closed(seal, place, sizeof beside + 1, data, sealed->len);
    assert_closed(seal, beside, sizeof beside - 1, data, sealed->len);
    assert_closed(seal, NULL, 0, data, sealed->len);
    free(data);
    assert_opens(seal, sealed, text, sizeof text);
}

/* ---- a key ------------------------------------------------------------------------------------------------------ */

#ifdef ARNY_HAVE_CRYPTO

static ar_seal with_key(const char *of32)
{
    ar_seal seal;
    assert_int_equal(strlen(of32), sizeof seal.key);
    assert_status(ar_seal_init(&seal, (const uint8_t *)of32, NULL), ARNY_OK);
    assert_int_equal(seal.sealed, 1);
    return seal;
}

#define KEY "0123456789abcdef0123456789abcdef"

static void data_of_any_size_come_back(void **state)
{
    (void)state;
    static char data[100000];
    ar_seal seal = with_key(KEY);
    for (size_t i = 0; i < sizeof data; i++)
        data[i] = (char)(i * 31 + i / 251);
    for (size_t bytes = 0; bytes <= sizeof data; bytes += bytes < 300 ? 1 : 997) {
        size_t used = bytes + 997 > sizeof data ? sizeof data : bytes; /* the last is the whole */
        ar_buf sealed = AR_BUF_INIT(ROOM);
        assert_status(ar_seal_close(&sealed, &seal, beside, sizeof beside, data, used), ARNY_OK);
        assert_int_equal(sealed.len, AR_SEAL_NONCE + used + AR_SEAL_TAG);
        assert_opens(&seal, &sealed, data, used);
        ar_buf_free(&sealed);
    }
}

static void it_is_appended_behind_what_is_there(void **state)
{
    (void)state;
    ar_seal seal = with_key(KEY);
    ar_buf sealed = AR_BUF_INIT(ROOM), out = AR_BUF_INIT(ROOM);
    ar_buf_puts(&sealed, "head");
    assert_status(ar_seal_close(&sealed, &seal, NULL, 0, text, sizeof text), ARNY_OK);
    assert_memory_equal(sealed.ptr, "head", 4);
    ar_buf_puts(&out, "> ");
    assert_status(ar_seal_open(&out, &seal, NULL, 0, sealed.ptr + 4, sealed.len - 4), ARNY_OK);
    assert_int_equal(out.len, 2 + sizeof text);
    assert_memory_equal(out.ptr, "> ", 2);
    assert_string_equal(out.ptr + 2, text);
    ar_buf_free(&sealed);
    ar_buf_free(&out);
}

static int holds(const ar_buf *buf, const char *part, size_t bytes)
{
    for (size_t i = 0; i + bytes <= buf->len; i++)
        if (memcmp(buf->ptr + i, part, bytes) == 0)
            return 1;
    return 0;
}

static void nothing_of_the_text_can_be_read(void **state)
{
    (void)state;
    ar_seal seal = with_key(KEY);
    ar_buf sealed = close_text(&seal);
    for (size_t i = 0; i + 4 <= sizeof text; i++)
        assert_false(holds(&sealed, text + i, 4));
    assert_false(holds(&sealed, KEY, 4));
    ar_buf_free(&sealed);
}

static void another_key_does_not_open_it(void **state)
{
    (void)state;
    ar_seal seal = with_key(KEY), other;
    ar_buf sealed = close_text(&seal);
    for (size_t i = 0; i < 8 * sizeof seal.key; i++) {
        other = seal;
        other.key[i / 8] = (uint8_t)(other.key[i / 8] ^ 1 << i % 8);
        assert_closed(&other, beside, sizeof beside, sealed.ptr, sealed.len);
    }
    other = with_key(KEY); /* the same one again does */
    assert_opens(&other, &sealed, text, sizeof text);
    ar_buf_free(&sealed);
}

static void whatever_is_changed_it_does_not_open(void **state)
{
    (void)state;
    ar_seal seal = with_key(KEY);
    ar_buf sealed = close_text(&seal);
    assert_guarded(&seal, &sealed);
    ar_buf_free(&sealed);
}

static void what_stands_beside_it_is_no_part_of_it(void **state)
{
    (void)state;
    ar_seal seal = with_key(KEY);
    ar_buf sealed = AR_BUF_INIT(ROOM);
    assert_status(ar_seal_close(&sealed, &seal, "ab", 2, "c", 1), ARNY_OK);
    assert_closed(&seal, "a", 1, sealed.ptr, sealed.len);
    assert_closed(&seal, "abc", 3, sealed.ptr, sealed.len);
    ar_buf_clear(&sealed);
    assert_status(ar_seal_close(&sealed, &seal, "ab", 2, NULL, 0), ARNY_OK); /* it is guarded even without data */
    assert_closed(&seal, "ac", 2, sealed.ptr, sealed.len);
    ar_buf_free(&sealed);
}

static void the_same_data_are_never_sealed_the_same(void **state)
{
    (void)state;
    enum { TIMES = 50 };
    ar_seal seal = with_key(KEY);
    ar_buf sealed[TIMES];
    for (int i = 0; i < TIMES; i++) {
        sealed[i] = close_text(&seal);
        for (int k = 0; k < i; k++) { /* nor with the same nonce */
            assert_memory_not_equal(sealed[i].ptr, sealed[k].ptr, AR_SEAL_NONCE);
            assert_memory_not_equal(sealed[i].ptr + AR_SEAL_NONCE, sealed[k].ptr + AR_SEAL_NONCE, sizeof text);
        }
        assert_opens(&seal, &sealed[i], text, sizeof text);
    }
    for (int i = 0; i < TIMES; i++)
        ar_buf_free(&sealed[i]);
}

static size_t from_hex(uint8_t *out, const char *hex)
{
    size_t bytes = strlen(hex) / 2;
    for (size_t i = 0; i < bytes; i++) {
        unsigned byte;
        assert_int_equal(sscanf(hex + 2 * i, "%2x", &byte), 1);
        out[i] = (uint8_t)byte;
    }
    return bytes;
}

/* Test case 16 of "The Galois/Counter Mode of Operation", McGrew and Viega 2005. */
static void a_known_ciphertext_opens(void **state)
{
    (void)state;
    uint8_t key[32], place[20], sealed[128], plain[64];
    ar_buf out = AR_BUF_INIT(ROOM);
    ar_seal seal;
    from_hex(key, "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308");
    size_t place_bytes = from_hex(place, "feedfacedeadbeeffeedfacedeadbeefabaddad2");
    size_t bytes = from_hex(sealed, "cafebabefacedbaddecaf888"
                                    "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
                                    "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
                                    "76fc6ece0f4e1768cddf8853bb2d551b");
    size_t plain_bytes = from_hex(plain, "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
                                         "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39");
    assert_status(ar_seal_init(&seal, key, NULL), ARNY_OK);
    assert_status(ar_seal_open(&out, &seal, place, place_bytes, sealed, bytes), ARNY_OK);
    assert_int_equal(out.len, plain_bytes);
    assert_memory_equal(out.ptr, plain, plain_bytes);
    ar_buf_free(&out);
}

static void a_buffer_without_room_stays_as_it_was(void **state)
{
    (void)state;
    ar_seal seal = with_key(KEY);
    ar_buf sealed = close_text(&seal), small = AR_BUF_INIT(40);
    ar_buf_puts(&small, "a text that takes thirty bytes");
    assert_status(ar_seal_close(&small, &seal, NULL, 0, text, sizeof text), ARNY_E_DATA);
    assert_error_has("it is too long: at most 40 bytes");
    assert_string_equal(small.ptr, "a text that takes thirty bytes");
    small.status = 0;
    assert_status(ar_seal_open(&small, &seal, beside, sizeof beside, sealed.ptr, sealed.len), ARNY_E_DATA);
    assert_string_equal(small.ptr, "a text that takes thirty bytes");
    ar_buf_free(&small);
    ar_buf_free(&sealed);
}

static void each_failed_allocation_is_told(void **state)
{
    (void)state;
#ifdef ARNY_FAULTS
    ar_seal seal = with_key(KEY);
    ar_buf sealed = close_text(&seal), out = AR_BUF_INIT(ROOM);
    ar_fault_arm(AR_FAULT_ALLOC, 1, 0);
    assert_status(ar_seal_close(&out, &seal, beside, sizeof beside, text, sizeof text), ARNY_E_MEMORY);
    assert_int_equal(out.len, 0);
    ar_buf_free(&out);
    ar_fault_arm(AR_FAULT_ALLOC, 1, 0);
    assert_status(ar_seal_open(&out, &seal, beside, sizeof beside, sealed.ptr, sealed.len), ARNY_E_MEMORY);
    ar_fault_arm(AR_FAULT_ALLOC, 0, 0);
    assert_int_equal(out.len, 0);
    ar_buf_free(&out);
    ar_buf_free(&sealed);
#else
    SKIP_NO_FAULTS();
#endif
}

static void a_wiped_seal_has_no_key(void **state)
{
    (void)state;
    static const ar_seal zeros;
    ar_seal seal = with_key(KEY);
    ar_seal_wipe(&seal);
    assert_memory_equal(&seal, &zeros, sizeof seal);
}

#else

static void a_key_needs_a_build_that_can_encrypt(void **state)
{
    (void)state;
    ar_seal seal;
    assert_status(ar_seal_init(&seal, (const uint8_t *)"0123456789abcdef0123456789abcdef", NULL), ARNY_E_UNSUPPORTED);
    assert_error_has("this build has nothing to encrypt with");
    assert_int_equal(seal.sealed, 0);
}

#endif

static void without_a_key_nothing_is_sealed(void **state)
{
    (void)state;
    ar_seal seal;
    memset(&seal, 0xff, sizeof seal);
    assert_status(ar_seal_init(&seal, NULL, NULL), ARNY_OK);
    assert_int_equal(seal.sealed, 0);
}

/* ---- the application's own cipher ------------------------------------------------------------------------------- */

/* Exclusive or with a byte, and a sum of four bytes: no cipher, but it keeps the contract. */
typedef struct toy {
    uint8_t byte;
    int fail;       /* what both return */
    size_t claimed; /* written, if not 0 */
    int seals, opens;
} toy;

#define SUM sizeof(uint32_t)

static uint32_t sum(uint32_t from, const void *data, size_t bytes)
{
    const uint8_t *at = data;
    for (size_t i = 0; i < bytes; i++)
        from = (from ^ at[i]) * 16777619u;
    return (from ^ (uint32_t)bytes) * 16777619u;
}

static void mask(uint8_t *out, const void *data, size_t bytes, uint8_t byte)
{
    for (size_t i = 0; i < bytes; i++)
        out[i] = (uint8_t)(((const uint8_t *)data)[i] ^ byte);
}

static int toy_seal(void *out, size_t *written, const void *place, size_t place_bytes, const void *data, size_t bytes,
                    void *user_data)
{
    toy *t = user_data;
    t->seals++;
    assert_int_equal(*written, bytes + SUM); /* the room there is */
    memset(out, 0, *written);
    mask(out, data, bytes, t->byte);
    uint32_t check = sum(sum(t->byte, place, place_bytes), out, bytes);
    memcpy((uint8_t *)out + bytes, &check, SUM);
    *written = t->claimed ? t->claimed : bytes + SUM;
    return t->fail;
}

static int toy_open(void *out, size_t *written, const void *place, size_t place_bytes, const void *data, size_t bytes,
                    void *user_data)
{
    toy *t = user_data;
    t->opens++;
    assert_int_equal(*written, bytes);
    memset(out, 0xee, *written); /* all of the room may be used */
    if (bytes < SUM)
        return 1;
    uint32_t check = sum(sum(t->byte, place, place_bytes), data, bytes - SUM);
    mask(out, data, bytes - SUM, t->byte);
    *written = t->claimed ? t->claimed : bytes - SUM;
    return t->fail ? t->fail : memcmp(&check, (const uint8_t *)data + bytes - SUM, SUM) != 0;
}

static arny_cipher cipher_of(toy *t)
{
    arny_cipher own = ARNY_CIPHER_INIT;
    own.overhead = SUM;
    own.seal = toy_seal;
    own.open = toy_open;
    own.user_data = t;
    return own;
}

static ar_seal with_toy(toy *t)
{
    ar_seal seal;
    arny_cipher own = cipher_of(t);
    assert_status(ar_seal_init(&seal, NULL, &own), ARNY_OK);
    assert_int_equal(seal.sealed, 1);
    memset(&own, 0, sizeof own); /* it was copied */
    return seal;
}

static void an_own_cipher_is_asked_both_ways(void **state)
{
    (void)state;
    static char data[100000];
    static const size_t sizes[] = {0, 1, 3, 4, 5, 63, 64, 65, 4096, sizeof data};
    toy t = {.byte = 0x5a};
    ar_seal seal = with_toy(&t);
    memset(data, 'd', sizeof data);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        ar_buf sealed = AR_BUF_INIT(ROOM);
        assert_status(ar_seal_close(&sealed, &seal, beside, sizeof beside, data, sizes[i]), ARNY_OK);
        assert_int_equal(sealed.len, sizes[i] + SUM);
        assert_opens(&seal, &sealed, data, sizes[i]);
        assert_int_equal(t.seals, i + 1);
        assert_int_equal(t.opens, i + 1);
        ar_buf_free(&sealed);
    }
}

static void an_own_cipher_hears_of_all_that_was_changed(void **state)
{
    (void)state;
    toy t = {.byte = 0x5a}, other = {.byte = 0x5b};
    ar_seal seal = with_toy(&t), another = with_toy(&other);
    ar_buf sealed = close_text(&seal);
    assert_guarded(&seal, &sealed);
    assert_closed(&another, beside, sizeof beside, sealed.ptr, sealed.len);
    ar_buf_free(&sealed);
}

static void an_own_cipher_comes_before_a_key(void **state)
{
    (void)state;
    static const uint8_t none[32];
    toy t = {.byte = 0x5a};
    arny_cipher own = cipher_of(&t);
    ar_seal seal;
    assert_status(ar_seal_init(&seal, (const uint8_t *)"0123456789abcdef0123456789abcdef", &own), ARNY_OK);
    assert_memory_equal(seal.key, none, sizeof seal.key);
    ar_buf sealed = close_text(&seal);
    assert_int_equal(t.seals, 1);
    ar_buf_free(&sealed);
}

static void a_cipher_that_cannot_seal_is_told(void **state)
{
    (void)state;
    toy t = {.byte = 0x5a, .fail = -1};
    ar_seal seal = with_toy(&t);
    ar_buf out = AR_BUF_INIT(ROOM);
    ar_buf_puts(&out, "before");
    assert_status(ar_seal_close(&out, &seal, beside, sizeof beside, text, sizeof text), ARNY_E_ENGINE);
    assert_error("the application's cipher could not encrypt");
    t = (toy){.byte = 0x5a, .claimed = sizeof text + SUM + 1}; /* it says that it wrote over the end */
    assert_status(ar_seal_close(&out, &seal, beside, sizeof beside, text, sizeof text), ARNY_E_ENGINE);
    t.claimed = SIZE_MAX;
    assert_status(ar_seal_close(&out, &seal, beside, sizeof beside, text, sizeof text), ARNY_E_ENGINE);
    assert_int_equal(out.len, 6);
    assert_memory_equal(out.ptr, "before", 6);
    ar_buf_free(&out);
}

static void a_cipher_that_cannot_open_is_told(void **state)
{
    (void)state;
    toy t = {.byte = 0x5a};
    ar_seal seal = with_toy(&t);
    ar_buf sealed = close_text(&seal);
    static const int failures[] = {1, -1, ARNY_E_MEMORY};
    for (size_t i = 0; i < sizeof failures / sizeof *failures; i++) {
        t.fail = failures[i];
        assert_closed(&seal, beside, sizeof beside, sealed.ptr, sealed.len);
    }
    t.fail = 0;
    t.claimed = sealed.len + 1;
    assert_closed(&seal, beside, sizeof beside, sealed.ptr, sealed.len);
    t.claimed = SIZE_MAX;
    assert_closed(&seal, beside, sizeof beside, sealed.ptr, sealed.len);
    t.claimed = 0;
    assert_opens(&seal, &sealed, text, sizeof text);
    ar_buf_free(&sealed);
}

static void a_cipher_of_another_version_is_refused(void **state)
{
    (void)state;
    static const uint32_t sizes[] = {0, 1, sizeof(arny_cipher) - 1, sizeof(arny_cipher) + 1, UINT32_MAX};
    toy t = {0};
    ar_seal seal;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        arny_cipher own = cipher_of(&t);
        char wanted[100];
        own.size = sizes[i];
        snprintf(wanted, sizeof wanted, "arny_cipher.size is %u: set it with ARNY_CIPHER_INIT", sizes[i]);
        assert_status(ar_seal_init(&seal, NULL, &own), ARNY_E_ARGUMENT);
        assert_error(wanted);
        assert_int_equal(seal.sealed, 0);
    }
}

static void a_cipher_needs_both_functions(void **state)
{
    (void)state;
    toy t = {0};
    ar_seal seal;
    for (int i = 0; i < 3; i++) {
        arny_cipher own = cipher_of(&t);
        own.seal = i == 0 ? own.seal : NULL;
        own.open = i == 1 ? own.open : NULL;
        assert_status(ar_seal_init(&seal, NULL, &own), ARNY_E_ARGUMENT);
        assert_error("an arny_cipher needs seal and open");
        assert_int_equal(seal.sealed, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#ifdef ARNY_HAVE_CRYPTO
        cmocka_unit_test(data_of_any_size_come_back),
        cmocka_unit_test(it_is_appended_behind_what_is_there),
        cmocka_unit_test(nothing_of_the_text_can_be_read),
        cmocka_unit_test(another_key_does_not_open_it),
        cmocka_unit_test(whatever_is_changed_it_does_not_open),
        cmocka_unit_test(what_stands_beside_it_is_no_part_of_it),
        cmocka_unit_test(the_same_data_are_never_sealed_the_same),
        cmocka_unit_test(a_known_ciphertext_opens),
        cmocka_unit_test(a_buffer_without_room_stays_as_it_was),
        cmocka_unit_test(each_failed_allocation_is_told),
        cmocka_unit_test(a_wiped_seal_has_no_key),
#else
        cmocka_unit_test(a_key_needs_a_build_that_can_encrypt),
#endif
        cmocka_unit_test(without_a_key_nothing_is_sealed),
        cmocka_unit_test(an_own_cipher_is_asked_both_ways),
        cmocka_unit_test(an_own_cipher_hears_of_all_that_was_changed),
        cmocka_unit_test(an_own_cipher_comes_before_a_key),
        cmocka_unit_test(a_cipher_that_cannot_seal_is_told),
        cmocka_unit_test(a_cipher_that_cannot_open_is_told),
        cmocka_unit_test(a_cipher_of_another_version_is_refused),
        cmocka_unit_test(a_cipher_needs_both_functions),
    };
    return RUN(tests);
}
