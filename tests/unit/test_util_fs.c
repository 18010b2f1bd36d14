#include "check.h"
#include "tmp.h"

#include "util/fault.h"
#include "util/fs.h"
#include "util/mem.h"
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* Each test gets a folder of its own, and a file name in it. */
static char *folder, *path;

static int make_folder(void **state)
{
    (void)state;
    folder = test_tmpdir();
    path = test_path(folder, "file");
    return 0;
}

static int drop_names(void **state)
{
    (void)state;
    free(path);
    return 0;
}

static void assert_holds(const char *file, const char *text)
{
    char *data = test_read(file, NULL);

    assert_string_equal(data, text);
    free(data);
}

/* ---- reading ------------------------------------------------------------------------------------------- */

static void a_file_is_read_whole_behind_what_is_there(void **state)
{
    ar_buf buf = AR_BUF_INIT(100);

    (void)state;
    test_write(path, "a\0b\n", 4);
    ar_buf_puts(&buf, "> ");
    assert_status(ar_fs_read(&buf, path), 0);
    assert_int_equal(buf.len, 6);
    assert_memory_equal(buf.ptr, "> a\0b\n", 7);
    ar_buf_free(&buf);
}

static void an_empty_file_gives_the_empty_string(void **state)
{
    ar_buf buf = AR_BUF_INIT(0);

    (void)state;
    test_write(path, "", 0);
    assert_status(ar_fs_read(&buf, path), 0);
    assert_string_equal(buf.ptr, "");
    ar_buf_free(&buf);
}

static void the_maximum_is_reached_but_not_passed(void **state)
{
    static const size_t sizes[] = {1, 63, 64, 65, 4096, 4097, 100000};

    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        size_t bytes = sizes[i];
        char *data = malloc(bytes);
        ar_buf buf = AR_BUF_INIT(bytes), small = AR_BUF_INIT(bytes + 2);

        memset(data, 'x', bytes);
        test_write(path, data, bytes);
        assert_status(ar_fs_read(&buf, path), 0);
        assert_int_equal(buf.len, bytes);
        assert_memory_equal(buf.ptr, data, bytes);

        ar_buf_puts(&small, "abc");
        assert_status(ar_fs_read(&small, path), ARNY_E_DATA);
        assert_error_has("file: it is too big: at most ");
        assert_string_equal(small.ptr, "abc");
        assert_int_equal(small.status, 0);
        ar_buf_free(&buf);
        ar_buf_free(&small);
        free(data);
    }
}

static void feed(const char *fifo, const char *data, size_t bytes)
{
    pid_t child = fork();

    if (child == 0) {
        int fd = open(fifo, O_WRONLY);

        signal(SIGPIPE, SIG_IGN);
        while (bytes > 0) {
            ssize_t put = write(fd, data, bytes);

            if (put < 0)
                break;
            data += put;
            bytes -= (size_t)put;
        }
        _exit(0);
    }
}

static void a_pipe_is_read_to_its_end_under_the_same_maximum(void **state)
{
    static char data[150000];
    ar_buf buf = AR_BUF_INIT(sizeof data), small = AR_BUF_INIT(sizeof data - 1);

    (void)state;
    memset(data, 'p', sizeof data);
    assert_int_equal(mkfifo(path, 0600), 0);
    feed(path, data, sizeof data);
    assert_status(ar_fs_read(&buf, path), 0);
    assert_int_equal(buf.len, sizeof data);
    assert_memory_equal(buf.ptr, data, sizeof data);
    wait(NULL);
    feed(path, data, sizeof data);
    assert_status(ar_fs_read(&small, path), ARNY_E_DATA);
    assert_int_equal(small.len, 0);
    wait(NULL);
    ar_buf_free(&buf);
    ar_buf_free(&small);
}

static void what_cannot_be_read_is_told_apart(void **state)
{
    ar_buf buf = AR_BUF_INIT(100);
    char *below;

    (void)state;
    assert_status(ar_fs_read(&buf, path), ARNY_E_NOT_FOUND);
    assert_error_has("file: there is no such file");
    test_write(path, "x", 1);
    below = test_path(path, "below");
    assert_status(ar_fs_read(&buf, below), ARNY_E_NOT_FOUND);
    assert_status(ar_fs_read(&buf, folder), ARNY_E_IO);
    assert_error_has("cannot be read: Is a directory");
    assert_status(ar_fs_read(&buf, ""), ARNY_E_ARGUMENT);
    assert_status(ar_fs_read(&buf, NULL), ARNY_E_ARGUMENT);
    if (geteuid() != 0) {
        chmod(path, 0);
        assert_status(ar_fs_read(&buf, path), ARNY_E_IO);
        assert_error_has("Permission denied; allow this user to read it");
    }
    assert_int_equal(buf.status, 0);
    free(below);
    ar_buf_free(&buf);
}

static void a_buffer_that_has_failed_stays_failed(void **state)
{
    ar_buf buf = AR_BUF_INIT(1);

    (void)state;
    test_write(path, "", 0);
    ar_buf_puts(&buf, "ab");
    assert_status(ar_fs_read(&buf, path), ARNY_E_DATA);
    ar_buf_free(&buf);
}

static void each_failed_read_or_allocation_leaves_the_buffer(void **state)
{
    (void)state;
#ifdef ARNY_FAULTS
    static char data[10000];
    static const int kinds[] = {AR_FAULT_READ, AR_FAULT_ALLOC}, codes[] = {ARNY_E_IO, ARNY_E_MEMORY};

    test_write(path, data, sizeof data);
    for (int k = 0; k < 2; k++) {
        for (long n = 1;; n++) {
            ar_buf buf = AR_BUF_INIT(20000);
            int status;
            long count;

            ar_buf_puts(&buf, "abc");
            ar_fault_arm(kinds[k], n, 0);
            status = ar_fs_read(&buf, path);
            count = ar_fault_count(kinds[k]);
            ar_fault_arm(kinds[k], 0, 0);
            if (count >= n) {
                assert_status(status, codes[k]);
                assert_string_equal(buf.ptr, "abc");
                assert_int_equal(buf.len, 3);
            } else {
                assert_status(status, 0);
                assert_true(n > 1);
            }
            ar_buf_free(&buf);
            if (count < n)
                break;
        }
    }
#else
    SKIP_NO_FAULTS();
#endif
}

/* ---- replacing ----------------------------------------------------------------------------------------- */

static void a_file_is_made_and_replaced_and_nothing_else_is_left(void **state)
{
    struct stat info;
    char *data;
    size_t bytes;

    (void)state;
    assert_status(ar_fs_replace(path, "one", 3), 0);
    assert_holds(path, "one");
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0600);
    assert_status(ar_fs_replace(path, "t\0wo", 4), 0);
    data = test_read(path, &bytes);
    assert_int_equal(bytes, 4);
    assert_memory_equal(data, "t\0wo", 4);
    free(data);
    assert_status(ar_fs_replace(path, NULL, 0), 0);
    assert_holds(path, "");
    assert_int_equal(test_entries(folder), 1);
}

static void a_relative_name_is_replaced_in_the_working_folder(void **state)
{
    char *before = getcwd(NULL, 0);

    (void)state;
    assert_int_equal(chdir(folder), 0);
    assert_status(ar_fs_replace("file", "here", 4), 0);
    assert_int_equal(chdir(before), 0);
    assert_holds(path, "here");
    free(before);
}

static void who_has_the_old_file_open_still_reads_the_old_bytes(void **state)
{
    char text[8] = "";
    int fd;

    (void)state;
    test_write(path, "old", 3);
    fd = open(path, O_RDONLY);
    assert_status(ar_fs_replace(path, "new", 3), 0);
    assert_int_equal(read(fd, text, sizeof text), 3);
    assert_string_equal(text, "old");
    close(fd);
}

static void what_cannot_be_replaced_says_what_would_be_right(void **state)
{
    char *missing = test_path(folder, "no/file"), *inner = test_path(folder, "dir"), *in = test_path(inner, "f");

    (void)state;
    assert_status(ar_fs_replace(missing, "x", 1), ARNY_E_WRITE);
    assert_error_has("No such file or directory; make the folder first");
    assert_status(ar_fs_replace(NULL, "x", 1), ARNY_E_ARGUMENT);
    assert_status(ar_fs_replace("", "x", 1), ARNY_E_ARGUMENT);
    assert_status(ar_fs_replace(path, NULL, 1), ARNY_E_ARGUMENT);
    assert_int_equal(test_entries(folder), 0);

    assert_int_equal(mkdir(inner, 0700), 0);
    assert_status(ar_fs_replace(inner, "x", 1), ARNY_E_WRITE); /* a folder is in the way */
    assert_error_has("dir: cannot be replaced: Is a directory");
    assert_int_equal(test_entries(folder), 1);
    if (geteuid() != 0) {
        chmod(inner, 0500);
        assert_status(ar_fs_replace(in, "x", 1), ARNY_E_WRITE);
        assert_error_has("Permission denied; allow this user to write in that folder");
        chmod(inner, 0700);
    }
    assert_int_equal(test_entries(inner), 0);
    free(missing);
    free(inner);
    free(in);
}

/* A limit on file sizes makes the system write a part, then refuse: what a full disk does. */
static void a_write_that_stops_half_way_leaves_the_old_file(void **state)
{
    static char data[100000];
    struct rlimit before, limit;
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
    int status;

    (void)state;
    test_write(path, "old", 3);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    limit = before;
    limit.rlim_cur = 70000;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    status = ar_fs_replace(path, data, sizeof data);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    signal(SIGXFSZ, handler);
    assert_status(status, ARNY_E_WRITE);
    assert_error_has("file: cannot be written: File too large");
    assert_holds(path, "old");
    assert_int_equal(test_entries(folder), 1);
}

static void names_left_by_a_killed_process_are_passed_over(void **state)
{
    char *beside, *left;
    unsigned long counter;

    (void)state;
    assert_status(ar_fs_beside(&beside, path), 0);
    assert_int_equal(sscanf(beside + strlen(path), ".%*d.%lu.tmp", &counter), 1);
    for (unsigned long i = 1; i <= 3; i++) {
        left = ar_format("%s.%ld.%lu.tmp", path, (long)getpid(), counter + i);
        test_write(left, "left", 4);
        ar_free(left);
    }
    assert_status(ar_fs_replace(path, "new", 3), 0);
    assert_holds(path, "new");
    assert_int_equal(test_entries(folder), 4); /* not ours to remove */
    ar_free(beside);
}

static void each_fault_leaves_the_old_file_or_the_new_and_no_other(void **state)
{
    (void)state;
#ifdef ARNY_FAULTS
    static const int kinds[] = {AR_FAULT_ALLOC, AR_FAULT_WRITE, AR_FAULT_FSYNC, AR_FAULT_RENAME};
    static const char *const sentences[] = {"no memory", "No space left on device; free some space", "synced",
                                            "cannot be replaced"};
    static const long operations[] = {2, 1, 2, 1}; /* fsync: the file, then the folder */

    for (int k = 0; k < 4; k++) {
        for (long n = 1; n <= operations[k] + 1; n++) {
            int status;
            /* When the folder cannot be synced, the new file is there, and a power cut may take it back. */
            int renamed = n > operations[k] || (kinds[k] == AR_FAULT_FSYNC && n == 2);

            test_write(path, "old", 3);
            ar_fault_arm(kinds[k], n, 0);
            status = ar_fs_replace(path, "new", 3);
            assert_int_equal(ar_fault_count(kinds[k]), n <= operations[k] ? n : operations[k]);
            ar_fault_arm(kinds[k], 0, 0);
            if (n > operations[k]) {
                assert_status(status, 0);
            } else {
                assert_status(status, kinds[k] == AR_FAULT_ALLOC ? ARNY_E_MEMORY : ARNY_E_WRITE);
                assert_error_has(sentences[k]);
            }
            assert_holds(path, renamed ? "new" : "old");
            assert_int_equal(test_entries(folder), 1);
        }
    }
#else
    SKIP_NO_FAULTS();
#endif
}

/* ---- beside, commit, drop ------------------------------------------------------------------------------ */

static void what_another_wrote_beside_is_committed(void **state)
{
    char *one, *two;

    (void)state;
    test_write(path, "old", 3);
    assert_status(ar_fs_beside(&one, path), 0);
    assert_status(ar_fs_beside(&two, path), 0);
    assert_string_not_equal(one, two);
    assert_memory_equal(one, path, strlen(path));
    assert_false(ar_fs_exists(one));
    test_write(one, "new", 3);
    assert_status(ar_fs_commit(one, path), 0);
    assert_holds(path, "new");
    assert_int_equal(test_entries(folder), 1);

    test_write(two, "newer", 5);
    ar_fs_drop(two);
    ar_fs_drop(two);
    ar_fs_drop(NULL);
    assert_holds(path, "new");
    assert_int_equal(test_entries(folder), 1);
    ar_free(one);
    ar_free(two);
}

static void a_commit_without_its_file_fails_and_changes_nothing(void **state)
{
    char *beside;

    (void)state;
    test_write(path, "old", 3);
    assert_status(ar_fs_beside(&beside, path), 0);
    assert_status(ar_fs_commit(beside, path), ARNY_E_WRITE);
    assert_status(ar_fs_commit(NULL, path), ARNY_E_ARGUMENT);
    assert_status(ar_fs_commit(beside, ""), ARNY_E_ARGUMENT);
    assert_holds(path, "old");
    ar_free(beside);
    assert_status(ar_fs_beside(&beside, NULL), ARNY_E_ARGUMENT);
    assert_null(beside);
}

static void each_fault_of_a_commit_leaves_both_files(void **state)
{
    (void)state;
#ifdef ARNY_FAULTS
    static const int kinds[] = {AR_FAULT_ALLOC, AR_FAULT_FSYNC, AR_FAULT_RENAME};
    char *beside;

    assert_status(ar_fs_beside(&beside, path), 0);
    test_write(path, "old", 3);
    test_write(beside, "new", 3);
    for (int k = 0; k < 3; k++) {
        ar_fault_arm(kinds[k], 1, 0);
        assert_status(ar_fs_commit(beside, path), kinds[k] == AR_FAULT_ALLOC ? ARNY_E_MEMORY : ARNY_E_WRITE);
        ar_fault_arm(kinds[k], 0, 0);
        assert_holds(path, "old");
        assert_holds(beside, "new");
    }
    ar_free(beside);
    ar_fault_arm(AR_FAULT_ALLOC, 1, 0);
    assert_status(ar_fs_beside(&beside, path), ARNY_E_MEMORY);
    ar_fault_arm(AR_FAULT_ALLOC, 0, 0);
    assert_null(beside);
#else
    SKIP_NO_FAULTS();
#endif
}

/* ---- looking ------------------------------------------------------------------------------------------- */

static void an_id_changes_with_the_file(void **state)
{
    ar_file_id first, same, other;

    (void)state;
    test_write(path, "abc", 3);
    assert_status(ar_fs_id(&first, path), 0);
    assert_status(ar_fs_id(&same, path), 0);
    assert_memory_equal(&first, &same, sizeof first);
    assert_int_equal(first.bytes, 3);
    assert_true(first.mtime_ns > INT64_C(1500000000) * 1000000000);
    assert_status(ar_fs_replace(path, "abcd", 4), 0);
    assert_status(ar_fs_id(&other, path), 0);
    assert_true(other.inode != first.inode);
    assert_int_equal(other.bytes, 4);
}

static void only_regular_files_have_an_id(void **state)
{
    ar_file_id id;

    (void)state;
    assert_status(ar_fs_id(&id, path), ARNY_E_NOT_FOUND);
    assert_status(ar_fs_id(&id, folder), ARNY_E_DATA);
    assert_error_has("it is a folder");
    assert_status(ar_fs_id(&id, "/dev/null"), ARNY_E_DATA);
    assert_status(ar_fs_id(&id, NULL), ARNY_E_ARGUMENT);
    assert_int_equal(id.bytes, 0);
}

static void files_folders_and_nothing_are_told_apart(void **state)
{
    (void)state;
    assert_false(ar_fs_exists(path) || ar_fs_is_dir(path));
    test_write(path, "", 0);
    assert_true(ar_fs_exists(path) && !ar_fs_is_dir(path));
    assert_true(ar_fs_exists(folder) && ar_fs_is_dir(folder));
    assert_false(ar_fs_exists(NULL) || ar_fs_is_dir(NULL) || ar_fs_exists("") || ar_fs_is_dir(""));
}

/* ---- names --------------------------------------------------------------------------------------------- */

static void assert_owned(char *text, const char *wanted)
{
    assert_string_equal(text, wanted);
    ar_free(text);
}

static void names_are_joined_with_one_slash(void **state)
{
    (void)state;
    assert_owned(ar_path_join("a", "b"), "a/b");
    assert_owned(ar_path_join("a/", "b"), "a/b");
    assert_owned(ar_path_join("/", "b"), "/b");
    assert_owned(ar_path_join("a/b", "c/d"), "a/b/c/d");
    assert_owned(ar_path_join("a", "/b"), "/b");
    assert_owned(ar_path_join("", "b"), "b");
    assert_owned(ar_path_join(NULL, "b"), "b");
    assert_owned(ar_path_join("a", ""), "a");
}

static void names_are_split_at_the_last_slash(void **state)
{
    (void)state;
    assert_string_equal(ar_path_base("a/b/c"), "c");
    assert_string_equal(ar_path_base("c"), "c");
    assert_string_equal(ar_path_base("a/"), "");
    assert_string_equal(ar_path_base(""), "");
    assert_owned(ar_path_dir("a/b/c"), "a/b");
    assert_owned(ar_path_dir("a//c"), "a");
    assert_owned(ar_path_dir("c"), ".");
    assert_owned(ar_path_dir(""), ".");
    assert_owned(ar_path_dir("/c"), "/");
    assert_owned(ar_path_dir("//c"), "/");
    assert_owned(ar_path_dir("/"), "/");
}

static void a_confined_path_cannot_leave_its_folder(void **state)
{
    static const char *const inside[] = {"a", "a/b.gguf", "a/./b", "...", "..a/b..", "a b/ü"};
    static const char *const outside[] = {"",     "/",    "/etc/passwd", "..",   "../a",  "a/../b",
                                          "a/..", "a//b", "a/",          "a\\b", "..\\a", "\\"};

    (void)state;
    for (size_t i = 0; i < sizeof inside / sizeof *inside; i++)
        if (!ar_path_confined(inside[i]))
            fail_msg("%s stays inside", inside[i]);
    for (size_t i = 0; i < sizeof outside / sizeof *outside; i++)
        if (ar_path_confined(outside[i]))
            fail_msg("%s may leave", outside[i]);
    assert_false(ar_path_confined(NULL));
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, make_folder, drop_names)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(a_file_is_read_whole_behind_what_is_there),
        IN_FOLDER(an_empty_file_gives_the_empty_string),
        IN_FOLDER(the_maximum_is_reached_but_not_passed),
        IN_FOLDER(a_pipe_is_read_to_its_end_under_the_same_maximum),
        IN_FOLDER(what_cannot_be_read_is_told_apart),
        IN_FOLDER(a_buffer_that_has_failed_stays_failed),
        IN_FOLDER(each_failed_read_or_allocation_leaves_the_buffer),
        IN_FOLDER(a_file_is_made_and_replaced_and_nothing_else_is_left),
        IN_FOLDER(a_relative_name_is_replaced_in_the_working_folder),
        IN_FOLDER(who_has_the_old_file_open_still_reads_the_old_bytes),
        IN_FOLDER(what_cannot_be_replaced_says_what_would_be_right),
        IN_FOLDER(a_write_that_stops_half_way_leaves_the_old_file),
        IN_FOLDER(names_left_by_a_killed_process_are_passed_over),
        IN_FOLDER(each_fault_leaves_the_old_file_or_the_new_and_no_other),
        IN_FOLDER(what_another_wrote_beside_is_committed),
        IN_FOLDER(a_commit_without_its_file_fails_and_changes_nothing),
        IN_FOLDER(each_fault_of_a_commit_leaves_both_files),
        IN_FOLDER(an_id_changes_with_the_file),
        IN_FOLDER(only_regular_files_have_an_id),
        IN_FOLDER(files_folders_and_nothing_are_told_apart),
        cmocka_unit_test(names_are_joined_with_one_slash),
        cmocka_unit_test(names_are_split_at_the_last_slash),
        cmocka_unit_test(a_confined_path_cannot_leave_its_folder),
    };

    return RUN(tests);
}
