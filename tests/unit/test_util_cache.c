/* Where what can be made anew is kept: as the application says, or the environment. */
#include "check.h"
#include "tmp.h"

#include "util/cache.h"
#include "util/mem.h"
#include <sys/stat.h>

static void assert_is(const char *wanted)
{
    char *path;
    assert_status(ar_cache_file(&path, "name"), ARNY_OK);
    if (wanted)
        assert_string_equal(path, wanted);
    else
        assert_null(path);
    ar_free(path);
}

static void the_environment_says_where(void **state)
{
    char wanted[4096];
    const char *folder = test_tmpdir();
    struct stat info;
    (void)state;
    unsetenv("ARNY_CACHE");
    unsetenv("XDG_CACHE_HOME");
    setenv("HOME", folder, 1);
    snprintf(wanted, sizeof wanted, "%s/.cache/arny/name", folder);
    assert_is(wanted);
    *strrchr(wanted, '/') = 0;
    assert_int_equal(stat(wanted, &info), 0); /* it was made, for this user alone */
    assert_int_equal(info.st_mode & 0777, 0700);
    setenv("XDG_CACHE_HOME", folder, 1);
    snprintf(wanted, sizeof wanted, "%s/arny/name", folder);
    assert_is(wanted);
    setenv("ARNY_CACHE", folder, 1);
    snprintf(wanted, sizeof wanted, "%s/name", folder);
    assert_is(wanted);
    setenv("ARNY_CACHE", "", 1);
    setenv("XDG_CACHE_HOME", "", 1);
    unsetenv("HOME");
    assert_is(NULL);
}

static void the_application_says_so_before(void **state)
{
    static char longest[5000];
    char wanted[4096];
    const char *folder = test_tmpdir();
    (void)state;
    setenv("ARNY_CACHE", "/elsewhere", 1);
    assert_status(arny_set_cache(folder), ARNY_OK);
    snprintf(wanted, sizeof wanted, "%s/name", folder);
    assert_is(wanted);
    assert_status(arny_set_cache(""), ARNY_OK);
    assert_is(NULL);
    memset(longest, 'x', sizeof longest - 1);
    assert_status(arny_set_cache(longest), ARNY_E_ARGUMENT);
    assert_is(NULL); /* as it was */
    assert_status(arny_set_cache(NULL), ARNY_OK);
    setenv("ARNY_CACHE", folder, 1);
    assert_is(wanted);
}

static void a_folder_that_cannot_be_made_is_told(void **state)
{
    char *path = test_path(test_tmpdir(), "file"), *below = test_path(path, "folder"), *out;
    (void)state;
    test_write(path, "x", 1);
    assert_status(arny_set_cache(below), ARNY_OK);
    assert_status(ar_cache_file(&out, "name"), ARNY_E_WRITE);
    assert_null(out);
    assert_error_has(path);
    free(path);
    free(below);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_environment_says_where),
        cmocka_unit_test(the_application_says_so_before),
        cmocka_unit_test(a_folder_that_cannot_be_made_is_told),
    };
    return RUN(tests);
}
