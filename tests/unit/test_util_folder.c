/* Folders are made for their owner alone, listed and locked; a file that grows has all that was appended, or none. */
#include "check.h"
#include "tmp.h"

#include "util/fault.h"
#include "util/folder.h"
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- helpers ---------------------------------------------------------------------------------------------------- */

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

static int mode_of(const char *name)
{
    struct stat info;
    assert_int_equal(stat(name, &info), 0);
    return (int)info.st_mode & 0777;
}

static void assert_holds(const char *file, const char *text)
{
    size_t bytes;
    char *data = test_read(file, &bytes);
    assert_int_equal(bytes, strlen(text));
    assert_string_equal(data, text);
    free(data);
}

static int try_make(const char *below)
{
    char *name = test_path(folder, below);
    int status = ar_folder_make(name);
    free(name);
    return status;
}

/* ---- made ------------------------------------------------------------------------------------------------------- */

static void a_folder_is_made_with_what_is_missing_above_it(void **state)
{
    (void)state;
    static const char *const parts[] = {"a", "a/b", "a/b/c"};
    mode_t before = umask(0);
    int status = try_make("a/b/c");
    umask(before);
    assert_status(status, ARNY_OK);
    for (size_t i = 0; i < 3; i++) {
        char *part = test_path(folder, parts[i]);
        assert_true(ar_fs_is_dir(part));
        assert_int_equal(mode_of(part), 0700);
        free(part);
    }
}

static void a_folder_that_is_there_stays_as_it_is(void **state)
{
    (void)state;
    char *inner = test_path(folder, "inner"), *file = test_path(inner, "file");
    assert_int_equal(mkdir(inner, 0700), 0);
    assert_int_equal(chmod(inner, 0755), 0);
    test_write(file, "mine", 4);
    assert_status(ar_folder_make(inner), ARNY_OK);
    assert_status(try_make("inner/more"), ARNY_OK);
    assert_int_equal(mode_of(inner), 0755);
    assert_holds(file, "mine");
    assert_status(ar_folder_make("/"), ARNY_OK);
    assert_status(ar_folder_make("."), ARNY_OK);
    free(inner);
    free(file);
}

static void slashes_too_many_do_no_harm(void **state)
{
    (void)state;
    char *inner = test_path(folder, "a/b");
    assert_status(try_make("a//b///"), ARNY_OK);
    assert_true(ar_fs_is_dir(inner));
    assert_int_equal(test_entries(folder), 1);
    free(inner);
}

static void a_relative_name_is_made_in_the_working_folder(void **state)
{
    (void)state;
    char *before = getcwd(NULL, 0), *inner = test_path(folder, "a/b");
    assert_int_equal(chdir(folder), 0);
    int status = ar_folder_make("a/b");
    assert_int_equal(chdir(before), 0);
    assert_status(status, ARNY_OK);
    assert_true(ar_fs_is_dir(inner));
    free(before);
    free(inner);
}

static void a_link_to_a_folder_is_one(void **state)
{
    (void)state;
    char *link = test_path(folder, "link"), *through = test_path(folder, "there/inner");
    assert_status(try_make("there"), ARNY_OK);
    assert_int_equal(symlink("there", link), 0);
    assert_status(ar_folder_make(link), ARNY_OK);
    assert_status(try_make("link/inner"), ARNY_OK);
    assert_true(ar_fs_is_dir(through));
    free(link);
    free(through);
}

static void what_is_in_the_way_is_told(void **state)
{
    (void)state;
    char *broken = test_path(folder, "broken");
    test_write(path, "mine", 4);
    assert_status(ar_folder_make(path), ARNY_E_WRITE);
    assert_error_has("/file: a folder is needed there, and it is none");
    assert_status(try_make("file/below"), ARNY_E_WRITE);
    assert_error_has("/file/below: the folder cannot be made: Not a directory");
    assert_status(try_make("file/below/deep"), ARNY_E_WRITE);
    assert_holds(path, "mine");
    assert_int_equal(symlink("nowhere", broken), 0);
    assert_status(ar_folder_make(broken), ARNY_E_WRITE);
    assert_error_has("a folder is needed there");
    assert_status(ar_folder_make(""), ARNY_E_WRITE);
    assert_int_equal(test_entries(folder), 2);
    if (geteuid() != 0) {
        assert_int_equal(chmod(folder, 0500), 0);
        assert_status(try_make("new"), ARNY_E_WRITE);
        assert_error_has("/new: the folder cannot be made: Permission denied");
        assert_int_equal(chmod(folder, 0700), 0);
    }
    free(broken);
}

static void a_folder_is_not_made_without_memory(void **state)
{
    (void)state;
#ifdef ARNY_FAULTS
    ar_fault_arm(AR_FAULT_ALLOC, 1, 0);
    int status = try_make("a/b");
    ar_fault_arm(AR_FAULT_ALLOC, 0, 0);
    assert_status(status, ARNY_E_MEMORY);
    assert_int_equal(test_entries(folder), 0);
#else
    SKIP_NO_FAULTS();
#endif
}

/* ---- listed ----------------------------------------------------------------------------------------------------- */

typedef struct seen {
    int count, stop_at, result, remove;
    char names[256]; /* each with a space behind it */
    int64_t bytes, mtime_ns;
} seen;

static int see(const char *name, int64_t bytes, int64_t mtime_ns, void *data)
{
    seen *s = data;
    size_t length = strlen(s->names);
    snprintf(s->names + length, sizeof s->names - length, "%s ", name);
    s->bytes += bytes;
    s->mtime_ns = mtime_ns;
    if (s->remove) {
        char *file = test_path(folder, name);
        assert_status(ar_file_remove(file), ARNY_OK);
        free(file);
    }
    return ++s->count == s->stop_at ? s->result : 0;
}

static void add_file(const char *name, size_t bytes)
{
    static const char data[100];
    char *file = test_path(folder, name);
    test_write(file, data, bytes);
    free(file);
}

static void only_regular_files_that_are_not_hidden_are_listed(void **state)
{
    (void)state;
    seen s = {0};
    char *link = test_path(folder, "link"), *pipe_name = test_path(folder, "pipe");
    add_file("one", 1);
    add_file("two", 20);
    add_file("none", 0);
    add_file(".hidden", 7);
    assert_status(try_make("inner"), ARNY_OK);
    add_file("inner/deep", 50);
    assert_int_equal(symlink("one", link), 0);
    assert_int_equal(mkfifo(pipe_name, 0600), 0);
    assert_status(ar_folder_each(folder, see, &s), ARNY_OK);
    assert_int_equal(s.count, 3);
    assert_non_null(strstr(s.names, "one "));
    assert_non_null(strstr(s.names, "two "));
    assert_non_null(strstr(s.names, "none "));
    assert_int_equal(s.bytes, 21);
    free(link);
    free(pipe_name);
}

static void the_time_that_is_listed_is_the_files(void **state)
{
    (void)state;
    seen s = {0};
    ar_file_id id;
    struct timespec times[2] = {{1234567890, 123456789}, {1234567890, 123456789}};
    test_write(path, "abc", 3);
    assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
    assert_status(ar_fs_id(&id, path), ARNY_OK);
    assert_status(ar_folder_each(folder, see, &s), ARNY_OK);
    assert_string_equal(s.names, "file ");
    assert_int_equal(s.bytes, 3);
    assert_true(s.mtime_ns == id.mtime_ns);
    assert_true(s.mtime_ns / 1000000000 == 1234567890);
}

static void a_visit_that_is_not_zero_stops(void **state)
{
    (void)state;
    static const int results[] = {1, -1, ARNY_E_CANCELLED};
    for (int i = 0; i < 5; i++)
        add_file((const char *[]){"a", "b", "c", "d", "e"}[i], 1);
    for (int i = 0; i < 3; i++) {
        seen s = {.stop_at = i + 1, .result = results[i]};
        assert_int_equal(ar_folder_each(folder, see, &s), results[i]);
        assert_int_equal(s.count, i + 1);
    }
}

static void a_visit_may_remove_what_it_sees(void **state)
{
    (void)state;
    seen s = {.remove = 1};
    for (int i = 0; i < 40; i++) {
        char name[16];
        snprintf(name, sizeof name, "f%d", i);
        add_file(name, 1);
    }
    assert_status(ar_folder_each(folder, see, &s), ARNY_OK);
    assert_int_equal(s.count, 40);
    assert_int_equal(test_entries(folder), 0);
}

static void a_folder_that_is_not_there_has_no_files(void **state)
{
    (void)state;
    seen s = {0};
    assert_status(ar_folder_each(path, see, &s), ARNY_OK);
    assert_status(ar_folder_each(folder, see, &s), ARNY_OK); /* nor has an empty one */
    assert_int_equal(s.count, 0);
    test_write(path, "x", 1);
    assert_int_not_equal(ar_folder_each(path, see, &s), ARNY_OK); /* but a file is no folder */
    assert_error_has("/file: ");
    assert_int_equal(s.count, 0);
}

/* ---- removed, touched ------------------------------------------------------------------------------------------- */

static void a_file_is_removed_or_was_not_there(void **state)
{
    (void)state;
    test_write(path, "x", 1);
    assert_status(ar_file_remove(path), ARNY_OK);
    assert_false(ar_fs_exists(path));
    assert_status(ar_file_remove(path), ARNY_OK);
    assert_status(try_make("inner"), ARNY_OK);
    char *inner = test_path(folder, "inner");
    assert_status(ar_file_remove(inner), ARNY_E_WRITE);
    assert_error_has("/inner: cannot be removed: ");
    assert_true(ar_fs_is_dir(inner));
    free(inner);
}

static void a_touched_file_was_used_now_and_is_the_same(void **state)
{
    (void)state;
    struct timespec times[2] = {{1000000000, 0}, {1000000000, 0}};
    ar_file_id before, after, now;
    char *other = test_path(folder, "other");
    test_write(path, "same", 4);
    assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
    assert_status(ar_fs_id(&before, path), ARNY_OK);
    ar_file_touch(path);
    test_write(other, "", 0);
    assert_status(ar_fs_id(&after, path), ARNY_OK);
    assert_status(ar_fs_id(&now, other), ARNY_OK);
    assert_true(before.mtime_ns / 1000000000 == 1000000000);
    assert_true(after.mtime_ns > now.mtime_ns - INT64_C(60) * 1000000000 && after.mtime_ns <= now.mtime_ns);
    assert_true(after.inode == before.inode);
    assert_holds(path, "same");
    free(other);
}

static void touching_what_is_not_there_makes_nothing(void **state)
{
    (void)state;
    ar_file_touch(path);
    assert_int_equal(test_entries(folder), 0);
}

/* ---- locked ----------------------------------------------------------------------------------------------------- */

/* A child that holds the lock until it is killed; it has it when this returns. */
static pid_t lock_in_child(void)
{
    int pipes[2], lock;
    char byte = 0;
    assert_int_equal(pipe(pipes), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        byte = ar_file_lock(&lock, path) == ARNY_OK ? 'y' : 'n';
        alarm(100); /* when nobody kills it, because a check failed */
        if (write(pipes[1], &byte, 1) == 1)
            for (;;)
                pause();
        _exit(1);
    }
    assert_int_equal(read(pipes[0], &byte, 1), 1);
    assert_int_equal(byte, 'y');
    close(pipes[0]);
    close(pipes[1]);
    return child;
}

static void kill_child(pid_t child)
{
    int status;
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
}

/* What another process is told when it wants the lock. */
static int ask_in_child(void)
{
    int lock, status;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0)
        _exit(-ar_file_lock(&lock, path));
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    return -WEXITSTATUS(status);
}

static void what_another_process_holds_is_busy_until_it_dies(void **state)
{
    (void)state;
    int lock = 7;
    pid_t child = lock_in_child();
    assert_status(ar_file_lock(&lock, path), ARNY_E_BUSY);
    assert_error_has("/file: another process has it");
    assert_int_equal(lock, -1);
    assert_status(ar_file_lock(&lock, path), ARNY_E_BUSY);
    kill_child(child);
    assert_status(ar_file_lock(&lock, path), ARNY_OK);
    assert_true(lock >= 0);
    ar_file_unlock(lock);
}

static void what_we_hold_is_busy_for_others_until_we_unlock(void **state)
{
    (void)state;
    int lock, second;
    assert_status(ar_file_lock(&lock, path), ARNY_OK);
    assert_status(ask_in_child(), ARNY_E_BUSY);
    assert_status(ar_file_lock(&second, path), ARNY_E_BUSY); /* for ourselves too */
    assert_status(ask_in_child(), ARNY_E_BUSY);              /* and that changes nothing */
    ar_file_unlock(lock);
    assert_status(ask_in_child(), ARNY_OK);
    assert_status(ar_file_lock(&lock, path), ARNY_OK);
    ar_file_unlock(lock);
    ar_file_unlock(-1);
}

static void the_locked_file_is_made_for_its_owner_and_keeps_its_bytes(void **state)
{
    (void)state;
    int lock;
    mode_t before = umask(0);
    int status = ar_file_lock(&lock, path);
    umask(before);
    assert_status(status, ARNY_OK);
    assert_int_equal(mode_of(path), 0600);
    ar_file_unlock(lock);
    test_write(path, "what it says", 12);
    assert_status(ar_file_lock(&lock, path), ARNY_OK);
    assert_holds(path, "what it says");
    ar_file_unlock(lock);
    assert_true(ar_fs_exists(path));
}

static void a_lock_that_cannot_be_made_is_told(void **state)
{
    (void)state;
    int lock = 7;
    char *below = test_path(folder, "none/lock");
    assert_status(ar_file_lock(&lock, below), ARNY_E_WRITE);
    assert_error_has("/none/lock: cannot be made: No such file or directory");
    assert_int_equal(lock, -1);
    assert_status(ar_file_lock(&lock, folder), ARNY_E_WRITE);
    assert_int_equal(lock, -1);
    free(below);
}

/* ---- grown and cut ---------------------------------------------------------------------------------------------- */

static const ar_fs_part three[] = {{"one ", 4}, {NULL, 0}, {"two", 3}};

static void a_file_is_made_and_grows(void **state)
{
    (void)state;
    size_t bytes;
    mode_t before = umask(0);
    int status = ar_file_append(path, three, 3);
    umask(before);
    assert_status(status, ARNY_OK);
    assert_int_equal(mode_of(path), 0600);
    assert_holds(path, "one two");
    assert_status(ar_file_append(path, &(ar_fs_part){" a\0b", 4}, 1), ARNY_OK);
    char *data = test_read(path, &bytes);
    assert_int_equal(bytes, 11);
    assert_memory_equal(data, "one two a\0b", 11);
    free(data);
    assert_status(ar_file_append(path, NULL, 0), ARNY_OK);
    assert_int_equal(test_entries(folder), 1);
    assert_int_equal(mode_of(path), 0600);
}

static void a_file_is_cut_and_grows_again(void **state)
{
    (void)state;
    assert_status(ar_file_append(path, three, 3), ARNY_OK);
    assert_status(ar_file_cut(path, 7), ARNY_OK);
    assert_holds(path, "one two");
    assert_status(ar_file_cut(path, 4), ARNY_OK);
    assert_holds(path, "one ");
    assert_status(ar_file_append(path, three, 3), ARNY_OK);
    assert_holds(path, "one one two");
    assert_status(ar_file_cut(path, 0), ARNY_OK);
    assert_holds(path, "");
    assert_status(ar_file_append(path, three, 3), ARNY_OK);
    assert_holds(path, "one two");
}

static void what_cannot_grow_or_be_cut_is_told(void **state)
{
    (void)state;
    char *below = test_path(folder, "none/file");
    assert_status(ar_file_append(below, three, 3), ARNY_E_WRITE);
    assert_error_has("/none/file: cannot be opened: No such file or directory");
    assert_status(ar_file_append(folder, three, 3), ARNY_E_WRITE);
    assert_error_has("cannot be opened: Is a directory");
    assert_status(ar_file_cut(path, 0), ARNY_E_WRITE);
    assert_error_has("/file: cannot be opened: No such file or directory");
    assert_int_equal(test_entries(folder), 0); /* what is cut is not made */
    assert_status(ar_file_append(path, three, 3), ARNY_OK);
    assert_status(ar_file_cut(path, -1), ARNY_E_WRITE);
    assert_error_has("/file: cannot be cut: Invalid argument");
    assert_holds(path, "one two");
    free(below);
}

/* A limit on file sizes makes the system write a part, then refuse: what a full disk does. */
static void an_append_that_stops_half_way_leaves_nothing_of_it(void **state)
{
    (void)state;
    static char data[100000];
    static const size_t there[] = {0, 1, 50000};
    struct rlimit before, limit;
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    memset(data, 'd', sizeof data);
    for (size_t i = 0; i < 3; i++) {
        ar_fs_part parts[] = {{"head", 4}, {data, sizeof data}};
        size_t bytes;
        test_write(path, data, there[i]);
        limit = before;
        limit.rlim_cur = 70000;
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
        int status = ar_file_append(path, parts, 2);
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
        assert_status(status, ARNY_E_WRITE);
        assert_error_has("/file: cannot be written: File too large");
        char *left = test_read(path, &bytes);
        assert_int_equal(bytes, there[i]);
        if (bytes > 0)
            assert_memory_equal(left, data, bytes);
        free(left);
    }
    signal(SIGXFSZ, handler);
}

#ifdef ARNY_FAULTS
/* Appends with the n-th operation of a kind failing; returns how many there were. */
static long append_with_fault(int kind, long nth, int *status)
{
    ar_fault_arm(kind, nth, 0);
    *status = ar_file_append(path, three, 3);
    long count = ar_fault_count(kind);
    ar_fault_arm(kind, 0, 0);
    return count;
}
#endif

static void each_fault_leaves_all_of_an_append_or_none(void **state)
{
    (void)state;
#ifdef ARNY_FAULTS
    static const int kinds[] = {AR_FAULT_WRITE, AR_FAULT_FSYNC, AR_FAULT_ALLOC};
    /* The folder is synced only for a file that was empty, and only that needs memory. */
    static const struct {
        const char *before, *after;
        long operations[3];
    } cases[] = {{"", "one two", {2, 2, 1}}, {"old ", "old one two", {2, 1, 0}}};
    int status;
    for (size_t c = 0; c < 2; c++)
        for (int k = 0; k < 3; k++) {
            for (long n = 1; n <= cases[c].operations[k]; n++) {
                test_write(path, cases[c].before, strlen(cases[c].before));
                assert_int_equal(append_with_fault(kinds[k], n, &status), n);
                assert_int_not_equal(status, ARNY_OK);
                if (kinds[k] != AR_FAULT_ALLOC)
                    assert_status(status, ARNY_E_WRITE);
                assert_holds(path, cases[c].before);
            }
            test_write(path, cases[c].before, strlen(cases[c].before));
            assert_int_equal(append_with_fault(kinds[k], cases[c].operations[k] + 1, &status), cases[c].operations[k]);
            assert_status(status, ARNY_OK);
            assert_holds(path, cases[c].after);
        }
#else
    SKIP_NO_FAULTS();
#endif
}

static void a_fault_of_the_disk_is_told(void **state)
{
    (void)state;
#ifdef ARNY_FAULTS
    int status;
    test_write(path, "old ", 4);
    append_with_fault(AR_FAULT_WRITE, 1, &status);
    assert_status(status, ARNY_E_WRITE);
    assert_error_has("/file: cannot be written: No space left on device");
    append_with_fault(AR_FAULT_FSYNC, 1, &status);
    assert_error_has("/file: cannot be synced to the disk: Input/output error");
    ar_fault_arm(AR_FAULT_FSYNC, 1, 0);
    status = ar_file_cut(path, 2);
    ar_fault_arm(AR_FAULT_FSYNC, 0, 0);
    assert_status(status, ARNY_E_WRITE);
    assert_error_has("/file: cannot be cut: Input/output error");
#else
    SKIP_NO_FAULTS();
#endif
}

#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, make_folder, drop_names)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(a_folder_is_made_with_what_is_missing_above_it),
        IN_FOLDER(a_folder_that_is_there_stays_as_it_is),
        IN_FOLDER(slashes_too_many_do_no_harm),
        IN_FOLDER(a_relative_name_is_made_in_the_working_folder),
        IN_FOLDER(a_link_to_a_folder_is_one),
        IN_FOLDER(what_is_in_the_way_is_told),
        IN_FOLDER(a_folder_is_not_made_without_memory),
        IN_FOLDER(only_regular_files_that_are_not_hidden_are_listed),
        IN_FOLDER(the_time_that_is_listed_is_the_files),
        IN_FOLDER(a_visit_that_is_not_zero_stops),
        IN_FOLDER(a_visit_may_remove_what_it_sees),
        IN_FOLDER(a_folder_that_is_not_there_has_no_files),
        IN_FOLDER(a_file_is_removed_or_was_not_there),
        IN_FOLDER(a_touched_file_was_used_now_and_is_the_same),
        IN_FOLDER(touching_what_is_not_there_makes_nothing),
        IN_FOLDER(what_another_process_holds_is_busy_until_it_dies),
        IN_FOLDER(what_we_hold_is_busy_for_others_until_we_unlock),
        IN_FOLDER(the_locked_file_is_made_for_its_owner_and_keeps_its_bytes),
        IN_FOLDER(a_lock_that_cannot_be_made_is_told),
        IN_FOLDER(a_file_is_made_and_grows),
        IN_FOLDER(a_file_is_cut_and_grows_again),
        IN_FOLDER(what_cannot_grow_or_be_cut_is_told),
        IN_FOLDER(an_append_that_stops_half_way_leaves_nothing_of_it),
        IN_FOLDER(each_fault_leaves_all_of_an_append_or_none),
        IN_FOLDER(a_fault_of_the_disk_is_told),
    };
    return RUN(tests);
}
