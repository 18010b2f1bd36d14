/* The digest of a file is computed once, and again when the file is another; what is wrong on disk is not used. */
#include "check.h"
#include "tmp.h"

#include "util/digests.h"
#include "util/fault.h"
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#ifdef ARNY_HAVE_CRYPTO

/* ---- helpers ---------------------------------------------------------------------------------------------------- */

#define KNOWN_MAX 64 /* as many as are remembered */

/* Each test gets a folder of its own, and in it the names of a large file and of where digests are remembered. */
static char *folder, *path, *memory;

static void set_time(const char *file, struct timespec time)
{
    struct timespec times[2] = {time, time};
    assert_int_equal(utimensat(AT_FDCWD, file, times, 0), 0);
}

/* What was written to just now is not remembered. */
static void make_old(const char *file)
{
    set_time(file, (struct timespec){1700000000, 0});
}

static int make_folder(void **state)
{
    (void)state;
    folder = test_tmpdir();
    path = test_path(folder, "model");
    memory = test_path(folder, "digests");
    test_write(path, "the weights", 11);
    make_old(path);
    return 0;
}

static int drop_names(void **state)
{
    (void)state;
    free(path);
    free(memory);
    return 0;
}

static ar_digests *open_digests(const char *where)
{
    ar_digests *digests;
    assert_status(ar_digests_new(&digests, where), ARNY_OK);
    assert_non_null(digests);
    return digests;
}

static ar_digest digest_of(ar_digests *digests, const char *file)
{
    ar_digest digest;
    memset(&digest, 0xff, sizeof digest);
    assert_status(ar_digests_file(&digest, digests, file), ARNY_OK);
    return digest;
}

static ar_digest digest_of_text(const char *text)
{
    ar_digest digest;
    assert_status(ar_digest_data(&digest, text, strlen(text)), ARNY_OK);
    return digest;
}

static void assert_digest(ar_digests *digests, const char *file, const char *text)
{
    ar_digest got = digest_of(digests, file), wanted = digest_of_text(text);
    assert_memory_equal(&got, &wanted, sizeof got);
}

/* The same in a process of its own, as it were. */
static void assert_digest_next_time(const char *where, const char *file, const char *text)
{
    ar_digests *digests = open_digests(where);
    assert_digest(digests, file, text);
    ar_digests_free(digests);
}

/* Other bytes in the same file of the same size and time: whoever still gives the digest of the old bytes did not read
 * the file. */
static void change_unseen(const char *file, const char *text)
{
    struct stat before, after;
    assert_int_equal(stat(file, &before), 0);
    assert_int_equal(before.st_size, strlen(text));
    test_write(file, text, strlen(text));
    set_time(file, before.st_mtim);
    assert_int_equal(stat(file, &after), 0);
    assert_int_equal(after.st_ino, before.st_ino);
    assert_true(after.st_mtim.tv_nsec == before.st_mtim.tv_nsec);
}

static size_t lines_in(const char *file)
{
    char *text = test_read(file, NULL);
    size_t lines = 0;
    for (const char *at = text; (at = strchr(at, '\n')) != NULL; at++)
        lines++;
    free(text);
    return lines;
}

/* ---- remembered ------------------------------------------------------------------------------------------------- */

static void a_file_is_digested_once(void **state)
{
    (void)state;
    ar_digests *digests = open_digests(NULL);
    assert_digest(digests, path, "the weights");
    change_unseen(path, "THE WEIGHTS");
    assert_digest(digests, path, "the weights");
    ar_digests_free(digests);
    assert_digest_next_time(NULL, path, "THE WEIGHTS"); /* without a file nothing is remembered for others */
    assert_int_equal(test_entries(folder), 1);
}

static void what_was_written_to_just_now_is_not_remembered(void **state)
{
    (void)state;
    test_write(path, "the weights", 11);
    assert_digest_next_time(memory, path, "the weights");
    change_unseen(path, "THE WEIGHTS");
    assert_digest_next_time(memory, path, "THE WEIGHTS");
}

static void what_was_digested_is_known_in_the_next_process(void **state)
{
    (void)state;
    assert_digest_next_time(memory, path, "the weights");
    change_unseen(path, "THE WEIGHTS");
    assert_digest_next_time(memory, path, "the weights");
    assert_digest_next_time(memory, path, "the weights");
    assert_int_equal(lines_in(memory), 1);
    assert_int_equal(test_entries(folder), 2);
}

static void a_file_of_two_names_is_one(void **state)
{
    (void)state;
    char *other = test_path(folder, "other"), *soft = test_path(folder, "soft");
    assert_digest_next_time(memory, path, "the weights");
    assert_int_equal(link(path, other), 0);
    assert_int_equal(symlink("model", soft), 0);
    change_unseen(path, "THE WEIGHTS");
    assert_digest_next_time(memory, other, "the weights");
    assert_digest_next_time(memory, soft, "the weights");
    assert_int_equal(lines_in(memory), 1);
    free(other);
    free(soft);
}

static void several_files_are_told_apart(void **state)
{
    (void)state;
    char *other = test_path(folder, "other");
    ar_digests *digests = open_digests(memory);
    test_write(other, "an adapter.", 11);
    make_old(other);
    for (int i = 0; i < 3; i++) {
        assert_digest(digests, path, "the weights");
        assert_digest(digests, other, "an adapter.");
    }
    ar_digests_free(digests);
    assert_int_equal(lines_in(memory), 2);
    assert_digest_next_time(memory, other, "an adapter.");
    assert_digest_next_time(memory, path, "the weights");
    free(other);
}

static void the_newest_of_many_files_are_remembered(void **state)
{
    (void)state;
    enum { MANY = KNOWN_MAX + 6 };
    char *names[MANY], name[16];
    ar_digests *digests = open_digests(memory);
    for (int i = 0; i < MANY; i++) {
        snprintf(name, sizeof name, "m%02d", i);
        names[i] = test_path(folder, name);
        test_write(names[i], name, strlen(name));
        make_old(names[i]);
        assert_digest(digests, names[i], name);
    }
    assert_int_equal(lines_in(memory), KNOWN_MAX);
    for (int i = 0; i < MANY; i++)
        change_unseen(names[i], "new");
    /* In this process and in the next; the oldest last, because what is digested anew drives out another. */
    for (int next = 0; next < 2; next++) {
        for (int i = MANY - 1; i >= MANY - KNOWN_MAX; i--) {
            snprintf(name, sizeof name, "m%02d", i);
            assert_digest(digests, names[i], name);
        }
        if (next == 0) {
            ar_digests_free(digests);
            digests = open_digests(memory);
        }
    }
    for (int i = 0; i < MANY - KNOWN_MAX; i++)
        assert_digest(digests, names[i], "new");
    ar_digests_free(digests);
    assert_int_equal(lines_in(memory), KNOWN_MAX);
    for (int i = 0; i < MANY; i++)
        free(names[i]);
}

/* ---- digested anew ---------------------------------------------------------------------------------------------- */

static void a_file_that_changed_is_digested_anew(void **state)
{
    (void)state;
    struct stat info;
    char *other = test_path(folder, "other");
    ar_digests *digests = open_digests(memory);
    assert_digest(digests, path, "the weights");
    assert_int_equal(stat(path, &info), 0);

    test_write(path, "the weights, and more", 21); /* another size */
    set_time(path, info.st_mtim);
    assert_digest(digests, path, "the weights, and more");

    test_write(path, "THE WEIGHTS", 11); /* another time */
    info.st_mtim.tv_sec++;
    set_time(path, info.st_mtim);
    assert_digest(digests, path, "THE WEIGHTS");

    test_write(path, "the Weights", 11); /* by a nanosecond */
    info.st_mtim.tv_nsec ^= 1;
    set_time(path, info.st_mtim);
    assert_digest(digests, path, "the Weights");

    test_write(other, "The weights", 11); /* another file in its place */
    set_time(other, info.st_mtim);
    assert_int_equal(rename(other, path), 0);
    assert_digest(digests, path, "The weights");
    ar_digests_free(digests);
    assert_digest_next_time(memory, path, "The weights");
    free(other);
}

static void what_changed_between_two_processes_is_digested_anew(void **state)
{
    (void)state;
    assert_digest_next_time(memory, path, "the weights");
    assert_status(ar_fs_replace(path, "THE WEIGHTS", 11), ARNY_OK);
    set_time(path, (struct timespec){1700000001, 0});
    assert_digest_next_time(memory, path, "THE WEIGHTS");
    change_unseen(path, "the weights");
    assert_digest_next_time(memory, path, "THE WEIGHTS");
}

static void what_is_no_file_has_no_digest(void **state)
{
    (void)state;
    char *none = test_path(folder, "none");
    ar_digest digest;
    ar_digests *digests = open_digests(memory);
    assert_status(ar_digests_file(&digest, digests, none), ARNY_E_NOT_FOUND);
    assert_error_has("/none: there is no such file");
    assert_status(ar_digests_file(&digest, digests, folder), ARNY_E_DATA);
    assert_false(ar_fs_exists(memory));
    assert_digest(digests, path, "the weights");
    assert_int_equal(unlink(path), 0);
    assert_status(ar_digests_file(&digest, digests, path), ARNY_E_NOT_FOUND);
    ar_digests_free(digests);
    ar_digests_free(NULL);
    free(none);
}

/* ---- what is wrong in the file ---------------------------------------------------------------------------------- */

/* A line as it is written, to be spoilt: $1 to $5 are its words, $0 is all of it. */
static void spoil(const char *pattern, const char *line)
{
    char words[5][80], text[2048];
    size_t length = 0;
    assert_int_equal(sscanf(line, "%79s %79s %79s %79s %79s", words[0], words[1], words[2], words[3], words[4]), 5);
    for (const char *at = pattern; *at; at++) {
        char one[2] = {*at, '\0'};
        const char *add = *at != '$' ? one : *++at == '0' ? line : words[*at - '1'];
        length += (size_t)snprintf(text + length, sizeof text - length, "%s", add);
        assert_true(length < sizeof text);
    }
    test_write(memory, text, length);
}

/* The digest in each line is that of older bytes, so that one can see whether it was used. */
static void garbage_where_digests_are_remembered_is_not_used(void **state)
{
    (void)state;
    static const char *const patterns[] = {
        "",
        "\n\n\n",
        "hello",
        "{'arny': 1}\n",
        "$1 $2 $3 $4\n",
        "$1 $2 $3 $4 \n",
        "$1 $2 $3 $5\n",
        "$1 $2 $3 $4 0011223344556677 $5\n",
        "$1 $2 $3 $4 00112233445566778899aabbccddeeff\n",
        "$1 $2 $3 $4 x$5\n",
        "$1 $2 $3 $4 0x\n$5\n",
        "$1 $2 $3 x$4 $5\n",
        "x$1 $2 $3 $4 $5\n",
        "0 $1 $2 $3 $4 $5\n",
        "$1 $2 $3 0 $4 $5\n",
        "$1, $2, $3, $4, $5\n",
        "$2 $1 $3 $4 $5\n",
        "$1 $2 $4 $3 $5\n",
        "$10 $2 $3 $4 $5\n",
        "99999999999999999999999999 $2 $3 $4 $5\n",
        "$1 $2 $3 99999999999999999999999999 $5\n",
        "\xff\xfe$0",
        "\x01\x02\x03\n$5\n",
    };
    assert_digest_next_time(memory, path, "the weights");
    char *line = test_read(memory, NULL);
    change_unseen(path, "THE WEIGHTS");
    for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++) {
        spoil(patterns[i], line);
        assert_digest_next_time(memory, path, "THE WEIGHTS");
        change_unseen(path, "the Weights");
        assert_digest_next_time(memory, path, "THE WEIGHTS"); /* a good line was written for it */
        change_unseen(path, "THE WEIGHTS");
    }
    spoil("$0", line); /* the line itself is used */
    assert_digest_next_time(memory, path, "the weights");
    free(line);
}

static void a_good_line_among_garbage_is_used(void **state)
{
    (void)state;
    static const char *const patterns[] = {"garbage\n$0",    "$0garbage",   "\n\n1 2 3\n$0\n", "1 2 3 4 abc\n$0\n\n\n5",
                                           "$1 $2 $3 $4 $5", "\xff\xfe\n$0"};
    assert_digest_next_time(memory, path, "the weights");
    char *line = test_read(memory, NULL);
    change_unseen(path, "THE WEIGHTS");
    for (size_t i = 0; i < sizeof patterns / sizeof *patterns; i++) {
        spoil(patterns[i], line);
        assert_digest_next_time(memory, path, "the weights");
    }
    free(line);
}

static void bytes_of_any_kind_are_not_used(void **state)
{
    (void)state;
    static unsigned char data[200000];
    static const size_t sizes[] = {1, 100, 65535, 65536, 65537, sizeof data}; /* a file too big, too */
    uint32_t random = 1;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        for (size_t k = 0; k < sizes[i]; k++) {
            random = random * 1664525 + 1013904223;
            data[k] =
                i % 2 ? (unsigned char)(random >> 24) : (unsigned char)("0123456789 \nabcdef"[(random >> 24) % 18]);
        }
        test_write(memory, data, sizes[i]);
        assert_digest_next_time(memory, path, "the weights");
        assert_true(lines_in(memory) <= KNOWN_MAX);
    }
    memset(data, '\n', sizeof data);
    test_write(memory, data, 4096);
    assert_digest_next_time(memory, path, "the weights");
    memset(data, 0, sizeof data);
    test_write(memory, data, 65536);
    assert_digest_next_time(memory, path, "the weights");
}

static void more_lines_than_are_remembered_are_read_to_the_last(void **state)
{
    (void)state;
    ar_buf text = AR_BUF_INIT(1 << 20);
    assert_digest_next_time(memory, path, "the weights");
    char *line = test_read(memory, NULL);
    for (int i = 0; i < 200; i++)
        ar_buf_printf(&text, "1 %d 3 4 00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\n", i);
    ar_buf_puts(&text, line);
    assert_int_equal(text.status, 0);
    test_write(memory, text.ptr, text.len);
    change_unseen(path, "THE WEIGHTS");
    assert_digest_next_time(memory, path, "the weights");
    ar_buf_free(&text);
    free(line);
}

/* ---- when it goes wrong ----------------------------------------------------------------------------------------- */

static int warnings;

static void hear(int level, const char *line, void *data)
{
    (void)data;
    assert_int_equal(level, ARNY_LOG_WARN);
    assert_non_null(strstr(line, ": digests are not remembered: "));
    warnings++;
}

static void digests_that_cannot_be_remembered_are_given_all_the_same(void **state)
{
    (void)state;
    char *below = test_path(folder, "none/digests");
    const char *const places[] = {below, folder}; /* its folder is not there; it is a folder */
    arny_set_log(hear, ARNY_LOG_WARN, NULL);
    warnings = 0;
    for (int i = 0; i < 2; i++) {
        ar_digests *digests = open_digests(places[i]);
        assert_digest(digests, path, "the weights");
        assert_int_equal(warnings, i + 1);
        assert_digest(digests, path, "the weights");
        assert_int_equal(warnings, i + 1);
        ar_digests_free(digests);
    }
    arny_set_log(NULL, 0, NULL);
    assert_int_equal(test_entries(folder), 1);
    free(below);
}

static void each_fault_gives_the_digest_or_an_error(void **state)
{
    (void)state;
#ifdef ARNY_FAULTS
    static const int kinds[] = {AR_FAULT_ALLOC, AR_FAULT_READ, AR_FAULT_WRITE, AR_FAULT_FSYNC, AR_FAULT_RENAME};
    char *other = test_path(folder, "other");
    test_write(other, "other", 5);
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++)
        for (long n = 1, count = n; count >= n; n++) {
            ar_digest digest, wanted = digest_of_text("the weights");
            ar_digests *digests;
            (void)unlink(memory);
            assert_digest_next_time(memory, other, "other"); /* so that there is something to read */
            ar_fault_arm(kinds[k], n, 0);
            int status = ar_digests_new(&digests, memory);
            int made = status == ARNY_OK;
            if (made)
                status = ar_digests_file(&digest, digests, path);
            count = ar_fault_count(kinds[k]);
            ar_fault_arm(kinds[k], 0, 0);
            assert_int_equal(made, digests != NULL);
            if (status == ARNY_OK)
                assert_memory_equal(&digest, &wanted, sizeof digest);
            else
                assert_status(status, kinds[k] == AR_FAULT_READ ? ARNY_E_IO : ARNY_E_MEMORY);
            if (made)
                assert_digest(digests, path, "the weights");
            ar_digests_free(digests);
            assert_digest_next_time(memory, path, "the weights");
            assert_int_equal(test_entries(folder), 3);
            assert_true(n < 100);
        }
    free(other);
#else
    SKIP_NO_FAULTS();
#endif
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, make_folder, drop_names)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(a_file_is_digested_once),
        IN_FOLDER(what_was_written_to_just_now_is_not_remembered),
        IN_FOLDER(what_was_digested_is_known_in_the_next_process),
        IN_FOLDER(a_file_of_two_names_is_one),
        IN_FOLDER(several_files_are_told_apart),
        IN_FOLDER(the_newest_of_many_files_are_remembered),
        IN_FOLDER(a_file_that_changed_is_digested_anew),
        IN_FOLDER(what_changed_between_two_processes_is_digested_anew),
        IN_FOLDER(what_is_no_file_has_no_digest),
        IN_FOLDER(garbage_where_digests_are_remembered_is_not_used),
        IN_FOLDER(a_good_line_among_garbage_is_used),
        IN_FOLDER(bytes_of_any_kind_are_not_used),
        IN_FOLDER(more_lines_than_are_remembered_are_read_to_the_last),
        IN_FOLDER(digests_that_cannot_be_remembered_are_given_all_the_same),
        IN_FOLDER(each_fault_gives_the_digest_or_an_error),
    };
    return RUN(tests);
}

#else

int main(void)
{
    return skip_all("this build has no SHA-256");
}

#endif
