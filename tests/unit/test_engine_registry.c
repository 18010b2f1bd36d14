/* Which engines there are, and which one a file belongs to. */
#include "check.h"
#include "fake_make.h"
#include "tmp.h"

#include "engine/registry.h"
#include "util/fault.h"

#include <sys/stat.h>

#ifdef ARNY_HAVE_PTE
#define NAMES "gguf pte fake"
#elif defined ARNY_HAVE_GGUF
#define NAMES "gguf fake"
#else
#define NAMES "fake"
#endif

static const char *dir;

static char *write_file(const void *data, size_t bytes)
{
    char *path = test_path(dir, "file");
    test_write(path, data, bytes);
    return path;
}

static void built_in_engines_are_found_by_name(void **state)
{
    (void)state;
    assert_string_equal(arny_engines(), NAMES);
    assert_ptr_equal(arny_engine_find("fake"), &ar_engine_fake);
#ifdef ARNY_HAVE_GGUF
    assert_ptr_equal(arny_engine_find("gguf"), &ar_engine_gguf);
#else
    assert_null(arny_engine_find("gguf"));
#endif
    assert_null(arny_engine_find("fak"));
    assert_null(arny_engine_find(""));
    assert_null(arny_engine_find(NULL));
}

static void a_file_finds_its_engine(void **state)
{
    (void)state;
    const arny_engine *engine;
    char *path = fake_model(dir, "a.fake", "{}");
    assert_status(ar_engine_for_file(&engine, path), ARNY_OK);
    assert_ptr_equal(engine, &ar_engine_fake);
    free(path);
    path = fake_adapter(dir, "a.lora", "{}");
    assert_status(ar_engine_for_file(&engine, path), ARNY_OK);
    assert_ptr_equal(engine, &ar_engine_fake);
    free(path);
    path = write_file("GGUF\3\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 24);
#ifdef ARNY_HAVE_GGUF
    assert_status(ar_engine_for_file(&engine, path), ARNY_OK);
    assert_ptr_equal(engine, &ar_engine_gguf);
#else
    assert_status(ar_engine_for_file(&engine, path), ARNY_E_UNSUPPORTED);
    assert_error_has("needs the gguf engine, which this build does not have");
    assert_null(engine);
#endif
    free(path);
}

static void a_file_of_no_engine_is_named_for_what_it_is(void **state)
{
    (void)state;
#define BYTES(text) text, sizeof text - 1
    static const struct {
        const char *data;
        size_t bytes;
        int status;
        const char *sentence;
    } files[] = {
        {BYTES(""), ARNY_E_DATA, "the file is empty"},
        {BYTES("Hello, I am a text.\n"), ARNY_E_DATA, "it is a text file"},
        {BYTES("Gr\xc3\xbc\xc3\x9f dich"), ARNY_E_DATA, "it is a text file"},
        {BYTES("x"), ARNY_E_DATA, "it is a text file"},
        {BYTES("version https://git-lfs.github.com/spec/v1\noid sha256:"), ARNY_E_DATA, "Git LFS"},
        {BYTES("PK\3\4\24\0\0\0"), ARNY_E_DATA, "a zip archive, as PyTorch checkpoints are"},
        {BYTES("\x80\2}q\0X\5\0\0\0"), ARNY_E_DATA, "a Python pickle"},
        {BYTES("\x20\1\0\0\0\0\0\0{\"__metadata__\""), ARNY_E_DATA, "a safetensors file"},
        {BYTES("lmgg\0\0\0\0"), ARNY_E_DATA, "the old GGML format"},
        {BYTES("fmgg\1\0\0\0"), ARNY_E_DATA, "the old GGMF format"},
        {BYTES("tjgg\3\0\0\0"), ARNY_E_DATA, "the old GGJT format"},
        {BYTES("algg\1\0\0\0"), ARNY_E_DATA, "the old GGLA format"},
        {BYTES("\177ELF\2\1\1\0"), ARNY_E_DATA, "a program or a library (ELF)"},
        {BYTES("\x1f\x8b\x08\0"), ARNY_E_DATA, "gzip"},
        {BYTES("\x1c\0\0\0TFL3"), ARNY_E_DATA, "TensorFlow Lite"},
#ifndef ARNY_HAVE_PTE
        {BYTES("\x34\0\0\0ET12\0\0\0\0"), ARNY_E_UNSUPPORTED, "needs the pte engine, which this build does not have"},
#endif
        {BYTES("\1"), ARNY_E_DATA, "begins with the bytes 01 00 00 00"},
        {BYTES("\xde\xad\xbe\xef\0\0\0\0\0"), ARNY_E_DATA, "begins with the bytes de ad be ef"},
    };
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        const arny_engine *engine = &ar_engine_fake;
        char *path = write_file(files[i].data, files[i].bytes);
        assert_status(ar_engine_for_file(&engine, path), files[i].status);
        assert_error_has(path);
        assert_error_has(files[i].sentence);
        assert_null(engine);
        free(path);
    }
}

static void what_is_no_file_is_told(void **state)
{
    (void)state;
    const arny_engine *engine;
    char *path = test_path(dir, "nothing");
    assert_status(ar_engine_for_file(&engine, path), ARNY_E_NOT_FOUND);
    assert_error_has(path);
    assert_status(ar_engine_for_file(&engine, dir), ARNY_E_DATA);
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_status(ar_engine_for_file(&engine, path), ARNY_E_DATA);
    free(path);
}

static void check_file_fills_what_is_asked_for(void **state)
{
    (void)state;
    arny_file_info info;
    const arny_engine *engine = NULL;
    char *path = fake_model(dir, "c.fake", "{\"name\": \"C\"}");
    assert_status(ar_engine_check_file(&info, &engine, NULL, path), ARNY_OK);
    assert_int_equal(info.size, sizeof info);
    assert_string_equal(info.kind, "fake");
    assert_string_equal(info.name, "C");
    assert_ptr_equal(engine, &ar_engine_fake);
    assert_status(ar_engine_check_file(NULL, NULL, "fake", path), ARNY_OK);

    assert_status(ar_engine_check_file(&info, &engine, "nonesuch", path), ARNY_E_UNSUPPORTED);
    assert_error_has("it has: " NAMES);
    assert_null(engine);
#ifdef ARNY_HAVE_GGUF
    assert_status(ar_engine_check_file(&info, &engine, "gguf", path), ARNY_E_DATA);
    assert_error_has("\"fake\"");
#endif
    free(path);
    path = fake_model(dir, "c.fake", "{\"name\": 5}");
    assert_status(ar_engine_check_file(&info, &engine, NULL, path), ARNY_E_DATA);
    assert_error_has("c.fake:2:10: ");
    assert_null(engine);
    free(path);
}

#ifdef ARNY_FAULTS
static void a_read_that_fails_is_told(void **state)
{
    (void)state;
    const arny_engine *engine;
    char *path = fake_model(dir, "r.fake", "{}");
    ar_fault_arm(AR_FAULT_READ, 1, 0);
    assert_status(ar_engine_for_file(&engine, path), ARNY_E_IO);
    ar_fault_arm(AR_FAULT_READ, 0, 0);
    assert_status(ar_engine_for_file(&engine, path), ARNY_OK);
    free(path);
}
#endif

/* ---- registering; these change the table, so they come last ----------------------------------------------------- */

static int recognizes_other(const void *head, size_t bytes)
{
    return bytes >= 5 && memcmp(head, "OTHER", 5) == 0;
}

static void a_wrong_engine_is_not_registered(void **state)
{
    (void)state;
    arny_engine engine = ar_engine_fake;
    assert_status(arny_engine_register(NULL), ARNY_E_ARGUMENT);
    assert_status(arny_engine_register(&engine), ARNY_E_ARGUMENT);
    assert_error_has("already");
    engine.name = "Two words";
    assert_status(arny_engine_register(&engine), ARNY_E_ARGUMENT);
    engine.name = NULL;
    assert_status(arny_engine_register(&engine), ARNY_E_ARGUMENT);
    engine.name = "a-name-that-is-too-long";
    assert_status(arny_engine_register(&engine), ARNY_E_ARGUMENT);
    engine.name = "other";
    engine.version++;
    assert_status(arny_engine_register(&engine), ARNY_E_ARGUMENT);
    assert_error_has("version");
    engine.version--;
    engine.state_restore = NULL;
    assert_status(arny_engine_register(&engine), ARNY_E_ARGUMENT);
    assert_error_has("state_restore");
    engine = ar_engine_fake;
    engine.name = "other";
    engine.adapter_set = NULL;
    assert_status(arny_engine_register(&engine), ARNY_E_ARGUMENT);
    assert_string_equal(arny_engines(), NAMES);
}

static void a_registered_engine_opens_its_files(void **state)
{
    (void)state;
    static arny_engine other;
    const arny_engine *engine;
    other = ar_engine_fake;
    other.name = "other";
    other.recognizes = recognizes_other;
    other.embed = NULL;
    other.adapter_open = NULL;
    other.adapter_set = NULL;
    assert_status(arny_engine_register(&other), ARNY_OK);
    assert_string_equal(arny_engines(), NAMES " other");
    assert_ptr_equal(arny_engine_find("other"), &other);
    char *path = write_file("OTHER file", 10);
    assert_status(ar_engine_for_file(&engine, path), ARNY_OK);
    assert_ptr_equal(engine, &other);
    assert_status(ar_engine_check_file(NULL, NULL, "fake", path), ARNY_E_DATA);
    assert_error_has("\"other\"");
    free(path);
}

static void eight_engines_are_the_most(void **state)
{
    (void)state;
    static arny_engine many[8];
    static char names[8][16];
    int status = ARNY_OK, added = 0;
    for (int i = 0; i < 8 && !status; i++) {
        many[i] = ar_engine_fake;
        snprintf(names[i], sizeof names[i], "more%d", i);
        many[i].name = names[i];
        status = arny_engine_register(&many[i]);
        added += !status;
    }
    assert_int_equal(status, ARNY_E_ARGUMENT);
    assert_ptr_equal(arny_engine_find(names[added - 1]), &many[added - 1]);
    assert_null(arny_engine_find(names[added]));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(built_in_engines_are_found_by_name),
        cmocka_unit_test(a_file_finds_its_engine),
        cmocka_unit_test(a_file_of_no_engine_is_named_for_what_it_is),
        cmocka_unit_test(what_is_no_file_is_told),
        cmocka_unit_test(check_file_fills_what_is_asked_for),
#ifdef ARNY_FAULTS
        cmocka_unit_test(a_read_that_fails_is_told),
#endif
        cmocka_unit_test(a_wrong_engine_is_not_registered),
        cmocka_unit_test(a_registered_engine_opens_its_files),
        cmocka_unit_test(eight_engines_are_the_most),
    };
    dir = test_tmpdir();
    return RUN(tests);
}
