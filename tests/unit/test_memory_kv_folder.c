/* Snapshots on disk: what is written is restored for the same owner, agent, model and key; what does not fit is left
 * alone, and what was not used for longest goes first. */
#include "check.h"
#include "engine/fake/fake.h"
#include "memory/kv_folder.h"
#include "talk.h"
#include "tmp.h"
#include "util/fault.h"
#include "util/folder.h"
#include "util/thread.h"
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#ifdef ARNY_HAVE_CRYPTO

/* ---- helpers ---------------------------------------------------------------------------------------------------- */

#define CONTEXT 128
#define HELLO   "hello world"

/* Each test gets a folder of its own, and in it a model, an adapter, and a place for snapshots. */
static const char *folder, *model_path, *adapter_path;
static char *place, *digests;
static ar_seal seal; /* none, at first */
static int32_t kv_type;

static char heard[1024]; /* the last line of the log */
static int lines;

static void hear(int level, const char *line, void *data)
{
    (void)data;
    assert_int_equal(level, ARNY_LOG_WARN);
    snprintf(heard, sizeof heard, "%s", line);
    lines++;
}

static int make_place(void **state)
{
    (void)state;
    folder = test_tmpdir();
    model_path = talk_model(folder, "model.fake", "{'name': 'one'}");
    free(fake_adapter(folder, "adapter.fake", "{\"base\": \"fake\"}"));
    adapter_path = NULL;
    place = test_path(folder, "state/kv");
    digests = test_path(folder, "digests");
    memset(&seal, 0, sizeof seal);
    kv_type = 0;
    heard[0] = '\0';
    lines = 0;
    arny_set_log(hear, ARNY_LOG_WARN, NULL);
    return 0;
}

static int drop_place(void **state)
{
    (void)state;
    arny_set_log(NULL, 0, NULL);
    free(place);
    free(digests);
    return 0;
}

typedef struct life { /* of a process, as it were */
    ar_kv_folder *kv;
    ar_model *model;
    ar_timeline *timeline;
} life;

static ar_timeline *open_timeline(ar_model *model, int32_t length)
{
    ar_timeline *timeline;
    arny_engine_context_options options = {.length = length, .batch = 32, .outputs = 1, .threads = 1};
    assert_status(ar_timeline_open(&timeline, model, &options, NULL), ARNY_OK);
    return timeline;
}

static life begin_with(int64_t most)
{
    life l;
    ar_model_want want = {.path = model_path};
    assert_status(ar_kv_folder_new(&l.kv, place, most, digests, &seal), ARNY_OK);
    assert_status(ar_model_open(&l.model, &want), ARNY_OK);
    l.timeline = open_timeline(l.model, CONTEXT);
    ar_fake_counts_reset();
    return l;
}

static life begin(void)
{
    return begin_with(0);
}

static void end(life *l)
{
    ar_timeline_free(l->timeline);
    ar_model_close(l->model);
    ar_kv_folder_free(l->kv);
    talk_assert_nothing_is_open();
}

static ar_owner owner_of(const char *name)
{
    ar_owner owner = {.id = 1, .keep = AR_KEEP_DISK};
    assert_status(ar_digest_data(&owner.whose, name, strlen(name)), ARNY_OK);
    return owner;
}

static size_t say(ar_timeline *timeline, const char *text)
{
    int32_t tokens[CONTEXT];
    size_t kept, prefilled, count = talk_tokens(tokens, CONTEXT, text);
    assert_status(ar_timeline_prepare(timeline, tokens, count, &kept, &prefilled, NULL), ARNY_OK);
    return kept;
}

/* With what the model that is open, and the paths above, make snapshots. Borrowed until the next call. */
static const ar_kv_maker *made(const ar_model *model, const char *agent)
{
    static _Thread_local ar_kv_maker maker;
    maker = (ar_kv_maker){.agent = agent,
                          .model = model_path,
                          .adapter = adapter_path,
                          .model_file = model->file,
                          .state_version = model->engine->state_version(),
                          .kv_type = kv_type};
    if (adapter_path)
        (void)ar_model_fingerprint(&maker.adapter_file, adapter_path);
    return &maker;
}

static int try_write(life *l, int64_t *bytes, const char *name, const char *agent)
{
    ar_snapshot snapshot = {0};
    ar_owner owner = owner_of(name);
    assert_status(ar_snapshot_take(&snapshot, l->timeline), ARNY_OK);
    int status = ar_kv_folder_write(bytes, l->kv, &snapshot, &owner, made(l->model, agent));
    ar_snapshot_drop(&snapshot);
    return status;
}

/* Says something and writes it. Returns the size of the file. */
static int64_t keep(life *l, const char *name, const char *agent, const char *text)
{
    int64_t bytes = 0;
    say(l->timeline, text);
    assert_status(try_write(l, &bytes, name, agent), ARNY_OK);
    assert_true(bytes > 0);
    return bytes;
}

static int64_t has(life *l, const char *name, const char *agent)
{
    ar_owner owner = owner_of(name);
    return ar_kv_folder_has(l->kv, &owner, agent);
}

/* What a fresh timeline holds after it was restored. */
static const char *restored(life *l, const char *name, const char *agent)
{
    ar_owner owner = owner_of(name);
    ar_timeline_free(l->timeline);
    l->timeline = open_timeline(l->model, CONTEXT);
    heard[0] = '\0';
    lines = 0;
    ar_kv_folder_restore(l->kv, l->timeline, &owner, made(l->model, agent));
    assert_int_equal(l->timeline->tokens.len, l->model->engine->length(l->timeline->context));
    return talk_text(l->timeline);
}

/* Nothing is restored, and the log says why; NULL: there is nothing to tell. */
static void assert_nothing(life *l, const char *name, const char *agent, const char *why)
{
    assert_string_equal(restored(l, name, agent), "");
    assert_int_equal(lines, why != NULL);
    if (!why)
        return;
    if (!strstr(heard, why))
        fail_msg("\"%s\" has no \"%s\"", heard, why);
    assert_non_null(strstr(heard, "its tokens are prefilled: "));
}

static void drop(life *l, const char *name)
{
    ar_owner owner = owner_of(name);
    assert_status(ar_kv_folder_forget(l->kv, &owner), ARNY_OK);
}

static int remember_name(const char *name, int64_t bytes, int64_t mtime_ns, void *data)
{
    (void)bytes, (void)mtime_ns;
    snprintf(data, 64, "%s", name);
    return 0;
}

/* The path of the only file; the caller frees it. */
static char *only_file(void)
{
    char name[64] = "";
    assert_int_equal(test_entries(place), 1);
    assert_status(ar_folder_each(place, remember_name, name), ARNY_OK);
    return test_path(place, name);
}

static int age_file(const char *name, int64_t bytes, int64_t mtime_ns, void *data)
{
    char *path = test_path(place, name);
    struct timespec time = {(time_t)(mtime_ns / 1000000000 - 1000), 0}, times[2] = {time, time};
    (void)bytes, (void)data;
    assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
    free(path);
    return 0;
}

/* So that what comes next is newer, whatever the clock's steps are. */
static void let_time_pass(void)
{
    assert_status(ar_folder_each(place, age_file, NULL), ARNY_OK);
}

static void replace_model(const char *json)
{
    const char *other = talk_model(folder, "other.fake", json);
    assert_int_equal(rename(other, model_path), 0);
}

/* ---- written and restored --------------------------------------------------------------------------------------- */

static void what_was_written_is_restored_in_the_next_process(void **state)
{
    (void)state;
    ar_fake_counts counts;
    life l = begin();
    keep(&l, "ann", "math", HELLO);
    end(&l);
    l = begin();
    assert_string_equal(restored(&l, "ann", "math"), HELLO);
    assert_int_equal(lines, 0);
    ar_fake_counts_get(&counts);
    assert_int_equal(counts.restores, 1);
    assert_int_equal(counts.prefilled, 0);
    assert_int_equal(say(l.timeline, HELLO " and all"), strlen(HELLO));
    assert_string_equal(restored(&l, "ann", "math"), HELLO); /* it can be used again */
    end(&l);
}

static void a_restored_timeline_goes_on_like_the_first(void **state)
{
    (void)state;
    float logits[AR_FAKE_VOCABULARY];
    life l = begin();
    keep(&l, "ann", "math", HELLO);
    say(l.timeline, HELLO "!");
    memcpy(logits, l.model->engine->logits(l.timeline->context), sizeof logits);
    end(&l);
    l = begin();
    restored(&l, "ann", "math");
    assert_int_equal(say(l.timeline, HELLO "!"), strlen(HELLO));
    assert_memory_equal(l.model->engine->logits(l.timeline->context), logits, sizeof logits);
    end(&l);
}

static void what_is_there_for_an_owner_and_an_agent_is_theirs_alone(void **state)
{
    (void)state;
    life l = begin();
    keep(&l, "ann", "math", "sums");
    keep(&l, "ann", "care", "moods");
    keep(&l, "bob", "math", "primes");
    assert_int_equal(test_entries(place), 3);
    assert_string_equal(restored(&l, "ann", "math"), "sums");
    assert_string_equal(restored(&l, "ann", "care"), "moods");
    assert_string_equal(restored(&l, "bob", "math"), "primes");
    assert_int_equal(has(&l, "bob", "care"), 0);
    assert_nothing(&l, "bob", "care", NULL);
    assert_nothing(&l, "ann", "mat", NULL);
    assert_nothing(&l, "ann", "", NULL);
    end(&l);
}

static void a_file_for_one_is_not_read_for_another(void **state)
{
    (void)state;
    life l = begin();
    keep(&l, "ann", "math", "sums");
    char *of_ann = only_file();
    char *away = test_path(folder, "away");
    assert_int_equal(rename(of_ann, away), 0);
    keep(&l, "bob", "math", "primes");
    char *of_bob = only_file();
    assert_int_equal(rename(away, of_bob), 0);
    assert_nothing(&l, "bob", "math", "it is somebody else's");
    free(of_ann);
    free(of_bob);
    free(away);
    end(&l);
}

static void the_size_is_counted_and_told(void **state)
{
    (void)state;
    ar_file_id id;
    life l = begin();
    int64_t bytes = 1000, before = 1000;
    assert_int_equal(has(&l, "ann", "math"), 0);
    say(l.timeline, HELLO);
    assert_status(try_write(&l, &bytes, "ann", "math"), ARNY_OK);
    char *path = only_file();
    assert_status(ar_fs_id(&id, path), ARNY_OK);
    assert_int_equal(bytes - before, id.bytes);
    assert_int_equal(has(&l, "ann", "math"), id.bytes);
    free(path);
    end(&l);
}

static void a_snapshot_replaces_the_one_before(void **state)
{
    (void)state;
    life l = begin();
    keep(&l, "ann", "math", "a longer text than the next");
    keep(&l, "ann", "math", HELLO);
    assert_int_equal(test_entries(place), 1);
    assert_string_equal(restored(&l, "ann", "math"), HELLO);
    end(&l);
}

static void names_on_disk_tell_nothing_and_are_for_the_owner_alone(void **state)
{
    (void)state;
    struct stat info;
    mode_t before = umask(0);
    life l = begin();
    assert_false(ar_fs_exists(place)); /* it is made when it is needed */
    keep(&l, "ann", "math", HELLO);
    umask(before);
    char *path = only_file();
    const char *name = ar_path_base(path);
    assert_int_equal(strlen(name), 36);
    assert_int_equal(strspn(name, "0123456789abcdef"), 16);
    assert_int_equal(name[16], '-');
    assert_int_equal(strspn(name + 17, "0123456789abcdef"), 16);
    assert_string_equal(name + 33, ".kv");
    assert_int_equal(stat(path, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0600);
    assert_int_equal(stat(place, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0700);
    free(path);
    end(&l);
}

static void what_is_forgotten_is_gone_with_every_agent(void **state)
{
    (void)state;
    life l = begin();
    drop(&l, "ann"); /* nothing is there, not even the folder */
    keep(&l, "ann", "math", HELLO);
    keep(&l, "ann", "care", "moods");
    keep(&l, "bob", "math", "sums");
    drop(&l, "cid");
    assert_int_equal(test_entries(place), 3);
    drop(&l, "ann");
    assert_int_equal(test_entries(place), 1);
    assert_int_equal(has(&l, "ann", "math"), 0);
    assert_nothing(&l, "ann", "math", NULL);
    assert_nothing(&l, "ann", "care", NULL);
    assert_string_equal(restored(&l, "bob", "math"), "sums");
    keep(&l, "ann", "math", "again");
    assert_string_equal(restored(&l, "ann", "math"), "again");
    assert_int_equal(lines, 0);
    end(&l);
}

/* ---- the share -------------------------------------------------------------------------------------------------- */

/* A letter for each of the names that has a file. */
static const char *who_is_there(life *l)
{
    static char letters[8];
    static const char *const names[] = {"ann", "bob", "cid", "dee", "eve"};
    size_t count = 0;
    for (size_t i = 0; i < 5; i++)
        if (has(l, names[i], "math") > 0)
            letters[count++] = names[i][0];
    letters[count] = '\0';
    return letters;
}

static int64_t bytes_of_hello(void)
{
    life l = begin();
    int64_t bytes = keep(&l, "ann", "math", HELLO);
    drop(&l, "ann");
    end(&l);
    return bytes;
}

static void what_was_not_used_for_longest_goes_first(void **state)
{
    (void)state;
    int64_t bytes = bytes_of_hello();
    life l = begin_with(3 * bytes);
    keep(&l, "ann", "math", HELLO);
    let_time_pass();
    keep(&l, "bob", "math", HELLO);
    let_time_pass();
    keep(&l, "cid", "math", HELLO);
    assert_string_equal(who_is_there(&l), "abc"); /* the share may be full */
    let_time_pass();
    keep(&l, "dee", "math", HELLO);
    assert_string_equal(who_is_there(&l), "bcd");
    let_time_pass();
    assert_string_equal(restored(&l, "bob", "math"), HELLO); /* that is a use, */
    let_time_pass();
    keep(&l, "cid", "math", HELLO); /* and so is this */
    let_time_pass();
    keep(&l, "eve", "math", HELLO);
    assert_string_equal(who_is_there(&l), "bce");
    assert_int_equal(lines, 0);
    end(&l);
}

static void a_large_snapshot_takes_the_place_of_several(void **state)
{
    (void)state;
    int64_t bytes = bytes_of_hello();
    life l = begin_with(4 * bytes);
    keep(&l, "ann", "math", HELLO);
    let_time_pass();
    keep(&l, "bob", "math", HELLO);
    let_time_pass();
    keep(&l, "cid", "math", HELLO);
    let_time_pass();
    int64_t larger = keep(&l, "dee", "math", talk_long(30));
    assert_true(larger > 2 * bytes && larger < 3 * bytes);
    assert_string_equal(who_is_there(&l), "cd");
    end(&l);
}

static void a_smaller_share_holds_from_the_next_write_on(void **state)
{
    (void)state;
    int64_t bytes = bytes_of_hello();
    life l = begin();
    keep(&l, "ann", "math", HELLO);
    let_time_pass();
    keep(&l, "bob", "math", HELLO);
    let_time_pass();
    keep(&l, "cid", "math", HELLO);
    let_time_pass();
    assert_string_equal(who_is_there(&l), "abc"); /* 0: as many as there are */
    end(&l);
    l = begin_with(2 * bytes);
    assert_string_equal(who_is_there(&l), "abc");
    keep(&l, "dee", "math", HELLO);
    assert_string_equal(who_is_there(&l), "cd");
    end(&l);
}

static void a_snapshot_larger_than_the_share_is_not_kept(void **state)
{
    (void)state;
    int64_t bytes = bytes_of_hello();
    life l = begin_with(bytes - 1);
    keep(&l, "ann", "math", HELLO);
    assert_string_equal(who_is_there(&l), "");
    assert_int_equal(test_entries(place), 0);
    end(&l);
}

static void files_of_others_are_left_alone(void **state)
{
    (void)state;
    static const char *const names[] = {"notes.txt", ".kv", "kv", ".hidden.kv",
                                        "0123456789abcdef0123456789abcdef0123456789abcdef.kv"};
    static char data[10000];
    int64_t bytes = bytes_of_hello();
    life l = begin_with(bytes);
    for (int i = 0; i < 5; i++) {
        char *path = test_path(place, names[i]);
        test_write(path, data, sizeof data);
        free(path);
    }
    let_time_pass();
    keep(&l, "ann", "math", HELLO);
    assert_string_equal(who_is_there(&l), "a");
    let_time_pass();
    keep(&l, "bob", "math", HELLO);
    assert_string_equal(who_is_there(&l), "b");
    assert_int_equal(test_entries(place), 6);
    end(&l);
}

/* ---- what does not fit ------------------------------------------------------------------------------------------ */

static void a_replaced_model_restores_nothing(void **state)
{
    (void)state;
    life l = begin();
    keep(&l, "ann", "math", HELLO);
    end(&l);
    replace_model("{'name': 'two'}"); /* of the same size */
    l = begin();
    assert_true(has(&l, "ann", "math") > 0);
    assert_nothing(&l, "ann", "math", "it was made with another model");
    keep(&l, "bob", "math", HELLO);
    assert_string_equal(restored(&l, "bob", "math"), HELLO);
    end(&l);
    replace_model("{'name': 'one'}"); /* back again */
    l = begin();
    assert_string_equal(restored(&l, "ann", "math"), HELLO);
    assert_nothing(&l, "bob", "math", "it was made with another model");
    end(&l);
}

static void a_model_that_is_replaced_while_we_run_restores_nothing(void **state)
{
    (void)state;
    life l = begin();
    keep(&l, "ann", "math", HELLO);
    replace_model("{'name': 'two'}");
    assert_nothing(&l, "ann", "math", "another file has come in its place");
    end(&l);
}

/* The KV of the old model is not kept under the digest of the new one. */
static void a_model_that_is_replaced_before_the_write_keeps_nothing(void **state)
{
    int64_t bytes = 0;
    ar_snapshot snapshot = {0};
    (void)state;
    life l = begin();
    ar_owner owner = owner_of("ann");
    say(l.timeline, HELLO);
    assert_status(ar_snapshot_take(&snapshot, l.timeline), ARNY_OK);
    replace_model("{'name': 'two'}");
    assert_status(ar_kv_folder_write(&bytes, l.kv, &snapshot, &owner, made(l.model, "math")), ARNY_E_DATA);
    assert_int_equal(bytes, 0);
    ar_snapshot_drop(&snapshot);
    end(&l);
    l = begin();
    assert_string_equal(restored(&l, "ann", "math"), "");
    end(&l);
}

static void a_model_of_another_name_is_the_same(void **state)
{
    (void)state;
    life l = begin();
    keep(&l, "ann", "math", HELLO);
    end(&l);
    model_path = talk_model(folder, "copy.fake", "{'name': 'one'}");
    l = begin();
    assert_string_equal(restored(&l, "ann", "math"), HELLO);
    end(&l);
}

static void another_adapter_restores_nothing(void **state)
{
    (void)state;
    char *adapter = test_path(folder, "adapter.fake"), *second = test_path(folder, "second.fake");
    life l = begin();
    keep(&l, "ann", "math", HELLO);
    adapter_path = adapter;
    keep(&l, "bob", "math", HELLO);
    assert_string_equal(restored(&l, "bob", "math"), HELLO);
    assert_nothing(&l, "ann", "math", "it was made with another adapter"); /* with none */
    free(fake_adapter(folder, "second.fake", "{\"base\":\"fake\" }"));
    adapter_path = second;
    assert_nothing(&l, "bob", "math", "it was made with another adapter");
    adapter_path = NULL;
    assert_nothing(&l, "bob", "math", "it was made with another adapter");
    assert_string_equal(restored(&l, "ann", "math"), HELLO);
    adapter_path = adapter;
    assert_int_equal(rename(second, adapter), 0);
    assert_nothing(&l, "bob", "math", "it was made with another adapter");
    end(&l);
    free(adapter);
    free(second);
}

static void another_kv_type_or_engine_restores_nothing(void **state)
{
    (void)state;
    life l = begin();
    ar_snapshot snapshot = {0};
    ar_owner owner = owner_of("bob");
    int64_t bytes = 0;
    keep(&l, "ann", "math", HELLO);
    kv_type = 1;
    assert_nothing(&l, "ann", "math", "its KV is of another type");
    kv_type = 0;
    assert_string_equal(restored(&l, "ann", "math"), HELLO);
    assert_status(ar_snapshot_take(&snapshot, l.timeline), ARNY_OK);
    ar_kv_maker newer = *made(l.model, "math");
    newer.state_version++;
    assert_status(ar_kv_folder_write(&bytes, l.kv, &snapshot, &owner, &newer), ARNY_OK);
    assert_nothing(&l, "bob", "math", "another version of the engine made it");
    ar_snapshot_drop(&snapshot);
    end(&l);
}

static void another_key_restores_nothing(void **state)
{
    (void)state;
    assert_status(ar_seal_init(&seal, (const uint8_t *)"0123456789abcdef0123456789abcdef", NULL), ARNY_OK);
    life l = begin();
    keep(&l, "ann", "math", HELLO);
    assert_string_equal(restored(&l, "ann", "math"), HELLO);
    end(&l);
    seal.key[0] ^= 1;
    l = begin();
    assert_nothing(&l, "ann", "math", "it cannot be decrypted");
    end(&l);
    memset(&seal, 0, sizeof seal);
    l = begin();
    assert_nothing(&l, "ann", "math", "it is encrypted, and there is no key");
    keep(&l, "ann", "math", HELLO); /* it is replaced all the same */
    end(&l);
    assert_status(ar_seal_init(&seal, (const uint8_t *)"0123456789abcdef0123456789abcdef", NULL), ARNY_OK);
    l = begin();
    assert_nothing(&l, "ann", "math", "it is not encrypted");
    end(&l);
}

static void a_damaged_file_restores_nothing(void **state)
{
    (void)state;
    size_t bytes;
    life l = begin();
    keep(&l, "ann", "math", HELLO);
    char *path = only_file(), *file = test_read(path, &bytes);
    for (size_t at = 0; at < bytes; at += at < 200 ? 1 : 7) {
        file[at] ^= 0x04;
        test_write(path, file, bytes);
        file[at] ^= 0x04;
        assert_nothing(&l, "ann", "math", "");
    }
    for (size_t cut = 0; cut < bytes; cut += cut < 200 ? 1 : 7) {
        test_write(path, file, cut);
        assert_nothing(&l, "ann", "math", "");
    }
    test_write(path, file, bytes);
    assert_string_equal(restored(&l, "ann", "math"), HELLO);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(mkdir(path, 0700), 0);
    assert_nothing(&l, "ann", "math", "Is a directory");
    assert_int_equal(has(&l, "ann", "math"), 0);
    assert_int_equal(rmdir(path), 0);
    keep(&l, "ann", "math", HELLO);
    assert_string_equal(restored(&l, "ann", "math"), HELLO);
    free(file);
    free(path);
    end(&l);
}

static void a_snapshot_too_long_for_the_context_leaves_it_empty(void **state)
{
    (void)state;
    life l = begin();
    ar_owner owner = owner_of("ann");
    keep(&l, "ann", "math", talk_long(40));
    ar_timeline *small = open_timeline(l.model, 16);
    ar_kv_folder_restore(l.kv, small, &owner, made(l.model, "math"));
    assert_string_equal(talk_text(small), "");
    assert_int_equal(say(small, "hello"), 0);
    ar_timeline_free(small);
    end(&l);
}

static void a_state_that_the_engine_refuses_leaves_it_empty(void **state)
{
    (void)state;
    model_path = talk_model(folder, "model.fake", "{'fail': {'restore': true}}");
    life l = begin();
    keep(&l, "ann", "math", HELLO);
    assert_string_equal(restored(&l, "ann", "math"), "");
    assert_int_equal(lines, 1);
    assert_non_null(strstr(heard, "a snapshot of 11 tokens could not be restored"));
    assert_int_equal(say(l.timeline, HELLO), 0);
    end(&l);
}

static void what_was_in_the_timeline_gives_way(void **state)
{
    (void)state;
    life l = begin();
    ar_owner owner = owner_of("ann");
    keep(&l, "ann", "math", HELLO);
    say(l.timeline, "something else");
    ar_kv_folder_restore(l.kv, l.timeline, &owner, made(l.model, "math"));
    assert_string_equal(talk_text(l.timeline), HELLO);
    end(&l);
}

/* ---- when it goes wrong ----------------------------------------------------------------------------------------- */

static void a_model_that_is_gone_is_told(void **state)
{
    (void)state;
    int64_t bytes = 5;
    life l = begin();
    keep(&l, "ann", "math", HELLO);
    assert_int_equal(unlink(model_path), 0);
    assert_status(try_write(&l, &bytes, "bob", "math"), ARNY_E_NOT_FOUND);
    assert_int_equal(bytes, 5);
    assert_int_equal(test_entries(place), 1);
    assert_nothing(&l, "ann", "math", "model.fake: there is no such file");
    end(&l);
}

static void a_place_that_cannot_be_made_is_told(void **state)
{
    (void)state;
    int64_t bytes = 5;
    char *above = test_path(folder, "state");
    test_write(above, "a file", 6);
    life l = begin();
    say(l.timeline, HELLO);
    assert_status(try_write(&l, &bytes, "ann", "math"), ARNY_E_WRITE);
    assert_error_has("/state/kv: the folder cannot be made: Not a directory");
    assert_int_equal(bytes, 5);
    assert_int_equal(has(&l, "ann", "math"), 0);
    assert_nothing(&l, "ann", "math", NULL);
    free(above);
    end(&l);
}

static void the_models_digest_is_remembered(void **state)
{
    (void)state;
    usleep(150000); /* what was written to just now is not remembered */
    life l = begin();
    keep(&l, "ann", "math", HELLO);
    end(&l);
    char *first = test_read(digests, NULL);
    l = begin();
    keep(&l, "bob", "math", HELLO);
    restored(&l, "ann", "math");
    end(&l);
    char *second = test_read(digests, NULL);
    assert_string_equal(first, second);
    assert_ptr_equal(strchr(first, '\n'), first + strlen(first) - 1); /* one line */
    free(first);
    free(second);
}

static void each_fault_of_a_write_leaves_the_old_snapshot(void **state)
{
    (void)state;
#ifdef ARNY_FAULTS
    static const int kinds[] = {AR_FAULT_ALLOC, AR_FAULT_WRITE, AR_FAULT_RENAME, AR_FAULT_READ};
    static const int codes[] = {ARNY_E_MEMORY, ARNY_E_WRITE, ARNY_E_WRITE, ARNY_E_IO};
    ar_snapshot snapshot = {0};
    ar_owner owner = owner_of("ann");
    for (int k = 0; k < 4; k++)
        for (long n = 1, count = n; count >= n; n++) {
            int64_t bytes = 5;
            (void)unlink(digests);
            life l = begin();
            keep(&l, "ann", "math", "old");
            end(&l);
            (void)unlink(digests); /* so that the model is read again */
            l = begin();
            say(l.timeline, HELLO);
            assert_status(ar_snapshot_take(&snapshot, l.timeline), ARNY_OK);
            ar_fault_arm(kinds[k], n, 0);
            int status = ar_kv_folder_write(&bytes, l.kv, &snapshot, &owner, made(l.model, "math"));
            count = ar_fault_count(kinds[k]);
            ar_fault_arm(kinds[k], 0, 0);
            if (status) { /* else it did without what it did not get */
                assert_status(status, codes[k]);
                assert_true(count >= n);
                assert_int_equal(bytes, 5);
            }
            assert_string_equal(restored(&l, "ann", "math"), status ? "old" : HELLO);
            assert_int_equal(test_entries(place), 1);
            end(&l);
        }
    ar_snapshot_drop(&snapshot);
#else
    SKIP_NO_FAULTS();
#endif
}

static void each_fault_of_a_restore_leaves_it_empty(void **state)
{
    (void)state;
#ifdef ARNY_FAULTS
    static const int kinds[] = {AR_FAULT_ALLOC, AR_FAULT_READ};
    ar_owner owner = owner_of("ann");
    life l = begin();
    keep(&l, "ann", "math", HELLO);
    for (int k = 0; k < 2; k++)
        for (long n = 1, count = n; count >= n; n++) {
            ar_timeline_clear(l.timeline);
            ar_fault_arm(kinds[k], n, 0);
            ar_kv_folder_restore(l.kv, l.timeline, &owner, made(l.model, "math"));
            count = ar_fault_count(kinds[k]);
            ar_fault_arm(kinds[k], 0, 0);
            assert_string_equal(talk_text(l.timeline), count >= n ? "" : HELLO);
            assert_int_equal(l.timeline->tokens.len, l.model->engine->length(l.timeline->context));
            assert_true(count >= n || n > 1);
        }
    end(&l);
#else
    SKIP_NO_FAULTS();
#endif
}

static void a_folder_is_not_opened_without_memory(void **state)
{
    (void)state;
#ifdef ARNY_FAULTS
    for (long n = 1, count = n; count >= n; n++) {
        ar_kv_folder *kv;
        ar_fault_arm(AR_FAULT_ALLOC, n, 0);
        int status = ar_kv_folder_new(&kv, place, 0, digests, &seal);
        count = ar_fault_count(AR_FAULT_ALLOC);
        ar_fault_arm(AR_FAULT_ALLOC, 0, 0);
        assert_status(status, count >= n ? ARNY_E_MEMORY : ARNY_OK);
        assert_int_equal(kv != NULL, status == ARNY_OK);
        ar_kv_folder_free(kv);
    }
    ar_kv_folder_free(NULL);
#else
    SKIP_NO_FAULTS();
#endif
}

/* ---- threads ---------------------------------------------------------------------------------------------------- */

#define THREADS 4

typedef struct worker {
    life *l;
    ar_timeline *timeline;
    ar_snapshot snapshot;
    ar_owner owner;
    int failures;
} worker;

static void *work(void *data)
{
    worker *w = data;
    for (int i = 0; i < 40; i++) {
        int64_t bytes = 0;
        w->failures +=
            ar_kv_folder_write(&bytes, w->l->kv, &w->snapshot, &w->owner, made(w->l->model, "math")) != ARNY_OK;
        w->failures += bytes <= 0;
        (void)ar_kv_folder_has(w->l->kv, &w->owner, "math"); /* others may have driven it out by now */
        ar_timeline_clear(w->timeline);
        ar_kv_folder_restore(w->l->kv, w->timeline, &w->owner, made(w->l->model, "math"));
        w->failures += w->timeline->tokens.len != 0 && w->timeline->tokens.len != w->snapshot.tokens.len;
        if (i % 3 == 0)
            w->failures += ar_kv_folder_forget(w->l->kv, &w->owner) != ARNY_OK;
    }
    return NULL;
}

static void threads_may_write_and_restore_at_once(void **state)
{
    (void)state;
    static const char *const names[THREADS] = {"ann", "bob", "cid", "dee"};
    int64_t bytes = bytes_of_hello();
    life l = begin_with(2 * bytes + 1);
    worker workers[THREADS];
    ar_thread threads[THREADS];
    arny_set_log(NULL, 0, NULL);
    memset(workers, 0, sizeof workers);
    for (int i = 0; i < THREADS; i++) {
        worker *w = &workers[i];
        w->l = &l;
        w->owner = owner_of(names[i]);
        w->timeline = open_timeline(l.model, CONTEXT);
        say(w->timeline, HELLO);
        assert_status(ar_snapshot_take(&w->snapshot, w->timeline), ARNY_OK);
    }
    for (int i = 0; i < THREADS; i++)
        assert_status(ar_thread_start(&threads[i], work, &workers[i]), ARNY_OK);
    for (int i = 0; i < THREADS; i++)
        ar_thread_join(threads[i]);
    for (int i = 0; i < THREADS; i++) {
        assert_int_equal(workers[i].failures, 0);
        ar_timeline_free(workers[i].timeline);
        ar_snapshot_drop(&workers[i].snapshot);
    }
    assert_true(test_entries(place) <= 2);
    end(&l);
}

#define IN_PLACE(test) cmocka_unit_test_setup_teardown(test, make_place, drop_place)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_PLACE(what_was_written_is_restored_in_the_next_process),
        IN_PLACE(a_restored_timeline_goes_on_like_the_first),
        IN_PLACE(what_is_there_for_an_owner_and_an_agent_is_theirs_alone),
        IN_PLACE(a_file_for_one_is_not_read_for_another),
        IN_PLACE(the_size_is_counted_and_told),
        IN_PLACE(a_snapshot_replaces_the_one_before),
        IN_PLACE(names_on_disk_tell_nothing_and_are_for_the_owner_alone),
        IN_PLACE(what_is_forgotten_is_gone_with_every_agent),
        IN_PLACE(what_was_not_used_for_longest_goes_first),
        IN_PLACE(a_large_snapshot_takes_the_place_of_several),
        IN_PLACE(a_smaller_share_holds_from_the_next_write_on),
        IN_PLACE(a_snapshot_larger_than_the_share_is_not_kept),
        IN_PLACE(files_of_others_are_left_alone),
        IN_PLACE(a_replaced_model_restores_nothing),
        IN_PLACE(a_model_that_is_replaced_while_we_run_restores_nothing),
        IN_PLACE(a_model_that_is_replaced_before_the_write_keeps_nothing),
        IN_PLACE(a_model_of_another_name_is_the_same),
        IN_PLACE(another_adapter_restores_nothing),
        IN_PLACE(another_kv_type_or_engine_restores_nothing),
        IN_PLACE(another_key_restores_nothing),
        IN_PLACE(a_damaged_file_restores_nothing),
        IN_PLACE(a_snapshot_too_long_for_the_context_leaves_it_empty),
        IN_PLACE(a_state_that_the_engine_refuses_leaves_it_empty),
        IN_PLACE(what_was_in_the_timeline_gives_way),
        IN_PLACE(a_model_that_is_gone_is_told),
        IN_PLACE(a_place_that_cannot_be_made_is_told),
        IN_PLACE(the_models_digest_is_remembered),
        IN_PLACE(each_fault_of_a_write_leaves_the_old_snapshot),
        IN_PLACE(each_fault_of_a_restore_leaves_it_empty),
        IN_PLACE(a_folder_is_not_opened_without_memory),
        IN_PLACE(threads_may_write_and_restore_at_once),
    };
    return RUN(tests);
}

#else

int main(void)
{
    return skip_all("this build has no SHA-256");
}

#endif
