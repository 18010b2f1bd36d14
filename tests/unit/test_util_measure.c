/* What the files of /proc and /sys say of memory, in trees of our own. */
#include "check.h"
#include "tmp.h"

#include "util/folder.h"
#include "util/mem.h"
#include "util/measure.h"
#include <arny/team.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

/* ---- helpers ---------------------------------------------------------------------------------------------------- */

enum { NONE = ARNY_PRESSURE_NONE, LOW = ARNY_PRESSURE_LOW, CRITICAL = ARNY_PRESSURE_CRITICAL };

#define PSI        "/proc/pressure/memory"
#define CGROUP_PSI "/sys/fs/cgroup/memory.pressure"
#define CURRENT    "/sys/fs/cgroup/memory.current"
#define MAX        "/sys/fs/cgroup/memory.max"
#define STAT       "/sys/fs/cgroup/memory.stat"
#define V1_USAGE   "/sys/fs/cgroup/memory/memory.usage_in_bytes"
#define V1_LIMIT   "/sys/fs/cgroup/memory/memory.limit_in_bytes"
#define V1_STAT    "/sys/fs/cgroup/memory/memory.stat"

static const char *root; /* each test's own */

static int make_root(void **state)
{
    (void)state;
    root = test_tmpdir();
    return 0;
}

/* NULL: there is no such file. */
static void put(const char *path, const char *text)
{
    char *whole = ar_format("%s%s", root, path), *above = ar_path_dir(whole);
    assert_status(ar_folder_make(above), ARNY_OK);
    if (text)
        test_write(whole, text, strlen(text));
    else
        assert_status(ar_file_remove(whole), ARNY_OK);
    ar_free(whole);
    ar_free(above);
}

static void assert_level(int level)
{
    assert_int_equal(ar_pressure_now(root), level);
}

/* The two lines of the kernel; in hundredths of a percent. */
static void put_stalls(const char *path, int some, int full)
{
    char text[256];
    snprintf(text, sizeof text,
             "some avg10=%d.%02d avg60=99.00 avg300=99.00 total=123456789\n"
             "full avg10=%d.%02d avg60=99.00 avg300=99.00 total=123456789\n",
             some / 100, some % 100, full / 100, full % 100);
    put(path, text);
}

static void put_group(const char *current, const char *max, const char *stat)
{
    put(CURRENT, current);
    put(MAX, max);
    put(STAT, stat);
}

static void put_group_v1(const char *usage, const char *limit, const char *stat)
{
    put(V1_USAGE, usage);
    put(V1_LIMIT, limit);
    put(V1_STAT, stat);
}

/* ---- stalls ----------------------------------------------------------------------------------------------------- */

static void a_system_that_does_not_tell_gives_none(void **state)
{
    (void)state;
    assert_level(NONE);
    put(PSI, "");
    put(CGROUP_PSI, "");
    put_group("", "", "");
    put_group_v1("", "", "");
    assert_level(NONE);
}

static void stalls_of_the_last_ten_seconds_make_the_level(void **state)
{
    (void)state;
    static const struct {
        int some, full, level;
    } cases[] = {
        {0, 0, NONE},
        {999, 0, NONE},
        {1000, 0, NONE},
        {1001, 0, LOW},
        {5000, 0, LOW},
        {10000, 0, LOW},
        {0, 499, NONE},
        {0, 500, NONE},
        {0, 501, CRITICAL},
        {501, 501, CRITICAL},
        {10000, 500, LOW},
        {10000, 501, CRITICAL},
        {10000, 10000, CRITICAL},
        {1000, 10000, CRITICAL},
    };
    static const char *const paths[] = {PSI, CGROUP_PSI};
    for (int p = 0; p < 2; p++) {
        for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
            put_stalls(paths[p], cases[i].some, cases[i].full);
            if (ar_pressure_now(root) != cases[i].level)
                fail_msg("%s, some %d, full %d: not level %d", paths[p], cases[i].some, cases[i].full, cases[i].level);
        }
        put(paths[p], NULL);
    }
}

static void the_lines_may_come_in_any_order_and_number(void **state)
{
    (void)state;
    put(PSI, "full avg10=6.00 avg60=0.00 avg300=0.00 total=0\nsome avg10=20.00 avg60=0.00 avg300=0.00 total=0\n");
    assert_level(CRITICAL);
    put(PSI, "some avg10=20.00 avg60=0.00 avg300=0.00 total=0\n"); /* as for the CPU in older kernels */
    assert_level(LOW);
    put(PSI, "full avg10=6.00");
    assert_level(CRITICAL);
    put(PSI, "other avg10=99.00\nsome avg10=20.00");
    assert_level(LOW);
}

static void what_is_no_share_is_none(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "some\nfull\n",
        "some total=99\nfull total=99\n",
        "some avg60=99.00 avg300=99.00 total=99\nfull avg60=99.00\n",
        "some avg10=\nfull avg10=\n",
        "some avg10=x\nfull avg10=-99\n",
        "avg10=99.00\n",
        "other avg10=99.00\n",
        "\n\n\n",
        "\xff\xfe\n",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        put(PSI, texts[i]);
        put(CGROUP_PSI, texts[i]);
        if (ar_pressure_now(root) != NONE)
            fail_msg("\"%s\" is no pressure", texts[i]);
    }
}

static void the_group_or_the_whole_system_may_be_short(void **state)
{
    (void)state;
    put_stalls(PSI, 2000, 0);
    put_stalls(CGROUP_PSI, 0, 0);
    assert_level(LOW);
    put_stalls(CGROUP_PSI, 2000, 2000);
    assert_level(CRITICAL);
    put_stalls(PSI, 0, 0);
    assert_level(CRITICAL);
    put_stalls(PSI, 2000, 2000);
    put_stalls(CGROUP_PSI, 2000, 0);
    assert_level(CRITICAL);
}

/* ---- limits of a cgroup ----------------------------------------------------------------------------------------- */

typedef struct fill { /* NULL: no such file */
    const char *usage, *limit, *stat;
    int level;
} fill;

static void assert_levels(void (*put_files)(const char *, const char *, const char *), const fill *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        put_files(cases[i].usage, cases[i].limit, cases[i].stat);
        int level = ar_pressure_now(root);
        if (level != cases[i].level)
            fail_msg("%s of %s with %s: level %d, not %d", cases[i].usage, cases[i].limit, cases[i].stat, level,
                     cases[i].level);
    }
}

#define ASSERT_LEVELS(put_files, cases) assert_levels(put_files, cases, sizeof(cases) / sizeof *(cases))

static void a_group_that_is_nearly_full_makes_the_level(void **state)
{
    (void)state;
    static const fill cases[] = {
        {"0\n", "1000\n", NULL, NONE},
        {"890\n", "1000\n", NULL, NONE},
        {"910\n", "1000\n", NULL, LOW},
        {"960\n", "1000\n", NULL, LOW},
        {"980\n", "1000\n", NULL, CRITICAL},
        {"1000\n", "1000\n", NULL, CRITICAL},
        {"1100\n", "1000\n", NULL, CRITICAL}, /* the limit was lowered */
        {"910", "1000", "", LOW},             /* files without an end of line, or empty */
        {"7700000000000\n", "8796093022208\n", NULL, NONE},
        {"8000000000000\n", "8796093022208\n", NULL, LOW},
        {"8700000000000\n", "8796093022208\n", NULL, CRITICAL},
    };
    ASSERT_LEVELS(put_group, cases);
}

static void a_group_without_a_limit_is_never_full(void **state)
{
    (void)state;
    static const fill cases[] = {
        {"1000\n", "max\n", NULL, NONE},
        {"1000\n", "max", "inactive_file 1\n", NONE},
        {"1000\n", NULL, NULL, NONE},
        {"1000\n", "", NULL, NONE},
        {NULL, "1000\n", NULL, NONE},
        {"", "1000\n", NULL, NONE},
        {"x\n", "1000\n", NULL, NONE},
        {"1000\n", "x\n", NULL, NONE},
        {"1000\n", "0\n", NULL, NONE},
        {"1000\n", "-1000\n", NULL, NONE},
        {NULL, NULL, "inactive_file 1000\n", NONE},
    };
    ASSERT_LEVELS(put_group, cases);
}

static void pages_that_nobody_used_lately_are_no_pressure(void **state)
{
    (void)state;
    static const fill cases[] = {
        {"980\n", "1000\n", "inactive_file 0\n", CRITICAL},
        {"980\n", "1000\n", "anon 900\nfile 80\ninactive_file 40\nactive_file 40\n", LOW},
        {"980\n", "1000\n", "anon 800\nfile 180\ninactive_file 180\nactive_file 0\n", NONE},
        {"980\n", "1000\n", "inactive_file 180", NONE},
        {"980\n", "1000\n", "inactive_file 2000\n", NONE},
        {"980\n", "1000\n", "active_file 180\ninactive_anon 180\nanon 180\n", CRITICAL}, /* others do not count */
        {"980\n", "1000\n", "total_inactive_file 180\ninactive_file_more 180\n", CRITICAL},
        {"980\n", "1000\n", "inactive_file\ninactive_file \ninactive_file x\n", CRITICAL},
    };
    ASSERT_LEVELS(put_group, cases);
}

static void an_older_cgroup_tells_the_same(void **state)
{
    (void)state;
    static const fill cases[] = {
        {"890\n", "1000\n", NULL, NONE},
        {"910\n", "1000\n", NULL, LOW},
        {"980\n", "1000\n", NULL, CRITICAL},
        {"980\n", "1000\n", "cache 180\ninactive_file 0\ntotal_cache 180\ntotal_inactive_file 180\n", NONE},
        {"980\n", "1000\n", "total_inactive_file 40\n", LOW},
        {"980\n", "1000\n", "inactive_file 180\n", CRITICAL},     /* without the groups below it */
        {"8796093022208\n", "9223372036854771712\n", NULL, NONE}, /* how it says that there is no limit */
        {"980\n", NULL, NULL, NONE},
        {NULL, "1000\n", NULL, NONE},
    };
    ASSERT_LEVELS(put_group_v1, cases);
}

static void the_worst_sign_counts(void **state)
{
    (void)state;
    put_group("910\n", "1000\n", NULL);
    put_group_v1("100\n", "1000\n", NULL);
    put_stalls(PSI, 0, 0);
    assert_level(LOW);
    put_stalls(PSI, 2000, 2000);
    assert_level(CRITICAL);
    put_stalls(PSI, 2000, 0);
    assert_level(LOW);
    put_group_v1("980\n", "1000\n", NULL);
    assert_level(CRITICAL);
    put_group_v1(NULL, NULL, NULL);
    put_group("980\n", "1000\n", NULL);
    assert_level(CRITICAL);
    put_group("100\n", "1000\n", NULL);
    assert_level(LOW);
    put(PSI, NULL);
    assert_level(NONE);
}

/* ---- groups within groups --------------------------------------------------------------------------------------- */

static void a_group_and_those_above_it_count(void **state)
{
    (void)state;
    put("/proc/self/cgroup", "0::/apps/arny\n");
    put("/sys/fs/cgroup/apps/arny/memory.current", "980\n");
    put("/sys/fs/cgroup/apps/arny/memory.max", "max\n");
    assert_level(NONE);
    put("/sys/fs/cgroup/apps/memory.current", "910\n");
    put("/sys/fs/cgroup/apps/memory.max", "1000\n");
    assert_level(LOW);
    put("/sys/fs/cgroup/apps/arny/memory.max", "1000\n");
    assert_level(CRITICAL);
    put("/proc/self/cgroup", "0::/apps\n");
    assert_level(LOW);
    put("/proc/self/cgroup", "0::/\n");
    assert_level(NONE);
    put("/proc/self/cgroup", "0::/../arny\n"); /* outside of what is seen here */
    assert_level(NONE);
    put("/proc/self/cgroup", "3:cpu:/other\n2:memory:/apps\n0::/\n");
    put("/sys/fs/cgroup/memory/apps/memory.usage_in_bytes", "980\n");
    put("/sys/fs/cgroup/memory/apps/memory.limit_in_bytes", "1000\n");
    assert_level(CRITICAL);
    put("/proc/self/cgroup", "2:memory:/other\n");
    assert_level(NONE);
    put("/proc/self/cgroup", "0::/apps/arny\n");
    put_stalls("/sys/fs/cgroup/apps/arny/memory.pressure", 2000, 0);
    put("/sys/fs/cgroup/apps/arny/memory.max", "max\n");
    put("/sys/fs/cgroup/apps/memory.max", "max\n");
    assert_level(LOW);
}

/* ---- what is left ----------------------------------------------------------------------------------------------- */

static void the_least_that_is_left_counts(void **state)
{
    (void)state;
    assert_true(ar_available(root) == INT64_MAX);
    put("/proc/meminfo", "MemTotal:       20000 kB\nMemFree:         1000 kB\nMemAvailable:   10000 kB\n");
    assert_int_equal(ar_available(root), 10000 * 1024);
    put_group("1000000\n", "max\n", NULL);
    assert_int_equal(ar_available(root), 10000 * 1024);
    put_group("1000000\n", "3000000\n", "inactive_file 5\n");
    assert_int_equal(ar_available(root), 2000000);
    put_group_v1("1000\n", "3000\n", NULL);
    assert_int_equal(ar_available(root), 2000);
    put_group_v1("4000\n", "3000\n", NULL);
    assert_int_equal(ar_available(root), 0);
}

/* ---- this process ----------------------------------------------------------------------------------------------- */

static void memory_that_is_taken_is_seen(void **state)
{
    enum { TAKEN = 32 << 20 };
    ar_usage before, after;
    (void)state;
    ar_measure(&before);
    assert_true(before.rss > 0 && before.peak >= before.rss && before.anon > 0 && before.file > 0);
    char *taken = malloc(TAKEN);
    assert_non_null(taken);
    memset(taken, 1, TAKEN);
    ar_measure(&after);
    free(taken);
    assert_true(after.anon - before.anon > TAKEN - (1 << 20) && after.rss - before.rss > TAKEN - (4 << 20));
    assert_true(after.anon + after.file <= after.rss + (1 << 20));
}

static void of_a_file_what_was_read_is_resident(void **state)
{
    enum { BYTES = 4 << 20 };
    static char bytes[BYTES];
    (void)state;
    char *path = test_path(root, "a file with blanks");
    assert_int_equal(ar_measure_file(path), 0);
    test_write(path, bytes, BYTES);
    int fd = open(path, O_RDONLY);
    const volatile char *mapped = mmap(NULL, BYTES, PROT_READ, MAP_SHARED, fd, 0);
    assert_true(mapped != MAP_FAILED);
    close(fd);
    int64_t none = ar_measure_file(path);
    for (size_t i = 0; i < BYTES; i += 4096)
        assert_int_equal(mapped[i], 0);
    assert_true(none <= 65536 && ar_measure_file(path) == BYTES);
    assert_int_equal(madvise((void *)mapped, BYTES / 2, MADV_DONTNEED), 0);
    assert_int_equal(ar_measure_file(path), BYTES / 2);
    munmap((void *)mapped, BYTES);
    assert_int_equal(ar_measure_file(path), 0);
    free(path);
}

/* ---- odd roots -------------------------------------------------------------------------------------------------- */

static void a_name_that_is_too_long_is_no_file(void **state)
{
    (void)state;
    char name[2000] = {0};
    memset(name, 'x', sizeof name - 1);
    name[0] = '/';
    for (size_t bytes = 480; bytes < sizeof name; bytes++) {
        char kept = name[bytes];
        name[bytes] = '\0';
        assert_int_equal(ar_pressure_now(name), NONE);
        name[bytes] = kept;
    }
}

static void this_system_gives_one_of_the_levels(void **state)
{
    (void)state;
    int level = ar_pressure_now("");
    assert_in_range(level, NONE, CRITICAL);
}

#define IN_ROOT(test) cmocka_unit_test_setup(test, make_root)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_ROOT(a_system_that_does_not_tell_gives_none),
        IN_ROOT(stalls_of_the_last_ten_seconds_make_the_level),
        IN_ROOT(the_lines_may_come_in_any_order_and_number),
        IN_ROOT(what_is_no_share_is_none),
        IN_ROOT(the_group_or_the_whole_system_may_be_short),
        IN_ROOT(a_group_that_is_nearly_full_makes_the_level),
        IN_ROOT(a_group_without_a_limit_is_never_full),
        IN_ROOT(pages_that_nobody_used_lately_are_no_pressure),
        IN_ROOT(an_older_cgroup_tells_the_same),
        IN_ROOT(the_worst_sign_counts),
        IN_ROOT(a_group_and_those_above_it_count),
        IN_ROOT(the_least_that_is_left_counts),
        IN_ROOT(memory_that_is_taken_is_seen),
        IN_ROOT(of_a_file_what_was_read_is_resident),
        IN_ROOT(a_name_that_is_too_long_is_no_file),
        cmocka_unit_test(this_system_gives_one_of_the_levels),
    };
    return RUN(tests);
}
