#include "check.h"
#include "tmp.h"

#include "util/digest.h"
#include "util/fault.h"

#ifdef ARNY_HAVE_CRYPTO

static void assert_digest(const ar_digest *digest, const char *hex)
{
    char text[2 * AR_DIGEST_BYTES + 1];

    ar_digest_hex(text, digest);
    assert_string_equal(text, hex);
}

#define OF_NOTHING   "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
#define OF_ABC       "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
#define OF_MILLION_A "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"

/* The examples of FIPS 180-4. */
static void known_texts_have_their_digests(void **state)
{
    ar_digest digest;

    (void)state;
    assert_status(ar_digest_data(&digest, "abc", 3), 0);
    assert_digest(&digest, OF_ABC);
    assert_status(ar_digest_data(&digest, NULL, 0), 0);
    assert_digest(&digest, OF_NOTHING);
    assert_status(ar_digest_data(&digest, "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 56), 0);
    assert_digest(&digest, "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    assert_status(ar_digest_data(&digest, NULL, 3), ARNY_E_ARGUMENT);
}

static void a_file_has_the_digest_of_its_bytes(void **state)
{
    char *folder = test_tmpdir(), *path = test_path(folder, "data");
    size_t bytes = ((size_t)2 << 20) + 7; /* two pieces and a rest */
    char *data = malloc(bytes);
    ar_digest whole, file;

    (void)state;
    test_write(path, "", 0);
    assert_status(ar_digest_file(&file, path), 0);
    assert_digest(&file, OF_NOTHING);

    memset(data, 'a', bytes);
    test_write(path, data, 1000000);
    assert_status(ar_digest_file(&file, path), 0);
    assert_digest(&file, OF_MILLION_A);

    data[bytes - 1] = 'b';
    test_write(path, data, bytes);
    assert_status(ar_digest_file(&file, path), 0);
    assert_status(ar_digest_data(&whole, data, bytes), 0);
    assert_memory_equal(&file, &whole, sizeof file);
    free(data);
    free(path);
}

static void what_cannot_be_read_is_told_apart(void **state)
{
    char *folder = test_tmpdir(), *path = test_path(folder, "none");
    ar_digest digest;

    (void)state;
    assert_status(ar_digest_file(&digest, path), ARNY_E_NOT_FOUND);
    assert_error_has("none: there is no such file");
    assert_status(ar_digest_file(&digest, folder), ARNY_E_IO);
    assert_status(ar_digest_file(&digest, NULL), ARNY_E_ARGUMENT);
    free(path);
}

static void a_failed_read_or_allocation_is_an_error(void **state)
{
    (void)state;
#ifdef ARNY_FAULTS
    char *path = test_path(test_tmpdir(), "data");
    ar_digest digest;

    test_write(path, "abc", 3);
    for (long n = 1; n <= 2; n++) {
        ar_fault_arm(AR_FAULT_READ, n, 0);
        assert_status(ar_digest_file(&digest, path), ARNY_E_IO);
    }
    ar_fault_arm(AR_FAULT_READ, 0, 0);
    ar_fault_arm(AR_FAULT_ALLOC, 1, 0);
    assert_status(ar_digest_file(&digest, path), ARNY_E_MEMORY);
    ar_fault_arm(AR_FAULT_ALLOC, 0, 0);
    assert_status(ar_digest_file(&digest, path), 0);
    assert_digest(&digest, OF_ABC);
    free(path);
#else
    SKIP_NO_FAULTS();
#endif
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_texts_have_their_digests),
        cmocka_unit_test(a_file_has_the_digest_of_its_bytes),
        cmocka_unit_test(what_cannot_be_read_is_told_apart),
        cmocka_unit_test(a_failed_read_or_allocation_is_an_error),
    };

    return RUN(tests);
}

#else

static void without_openssl_it_says_so(void **state)
{
    ar_digest digest;

    (void)state;
    assert_status(ar_digest_data(&digest, "abc", 3), ARNY_E_UNSUPPORTED);
    assert_error_has("ARNY_OPENSSL");
    assert_status(ar_digest_file(&digest, "/nowhere"), ARNY_E_UNSUPPORTED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(without_openssl_it_says_so)};

    return RUN(tests);
}

#endif
