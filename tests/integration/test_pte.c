/* What is the pte engine's own: the pair of files, packed weights, pages, and files that are not what they should be. */
#include "check.h"

#ifdef ARNY_HAVE_PTE

#include "model/timeline.h"
#include "real.h"
#include "talk.h"
#include "tmp.h"
#include <arny/arny.h>
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define PROMPT 16
#define ANSWER 8
#ifdef __SANITIZE_ADDRESS__ /* where a process takes ten times as long to begin */
#define SEEDS 100
#else
#define SEEDS 1000
#endif
#define TOKENS  (PROMPT + ANSWER)
#define FOREIGN "arny.pte.sha25x" /* instead of the key that binds a vocabulary to its .pte */

/* ---- files -------------------------------------------------------------------------------------------------------- */

static char *bytes_of(int which, int words, size_t *bytes)
{
    return test_read(words ? real_tokenizer(which) : real_path(which), bytes);
}

static char *borrowed(char *name)
{
    static char *names[4096];
    static size_t count;
    assert_true(count < sizeof names / sizeof *names);
    return names[count++] = name;
}

/* A copy in a folder of its own. The name is borrowed for ever. */
static const char *file_with(const char *name, const void *data, size_t bytes)
{
    const char *path = borrowed(test_path(test_tmpdir(), name));
    test_write(path, data, bytes);
    return path;
}

/* The vocabulary of an exporter that says nothing of the program. */
static const char *foreign_words(void)
{
    size_t bytes, key = strlen(FOREIGN);
    char *data = bytes_of(REAL_PTE, 1, &bytes), *at = data;
    while (at < data + bytes - key && memcmp(at, "arny.pte.sha256", key) != 0)
        at++;
    assert_true(at < data + bytes - key);
    memcpy(at, FOREIGN, key);
    const char *path = file_with("words.gguf", data, bytes);
    free(data);
    return path;
}

static const char *cache_of_its_own(void)
{
    char *folder = test_tmpdir();
    assert_status(arny_set_cache(folder), ARNY_OK);
    return folder;
}

/* CACHE/packed/....SUFFIX, the only one. The caller frees it. */
static char *packed_file(const char *cache, const char *suffix)
{
    char *folder = test_path(cache, "packed"), *found = NULL;
    DIR *list = opendir(folder);
    assert_non_null(list);
    for (struct dirent *entry; (entry = readdir(list)) != NULL;) {
        size_t length = strlen(entry->d_name), of_suffix = strlen(suffix);
        if (length <= of_suffix || strcmp(entry->d_name + length - of_suffix, suffix) != 0)
            continue;
        assert_null(found);
        found = test_path(folder, entry->d_name);
    }
    closedir(list);
    free(folder);
    return found;
}

/* ---- a model, and what it says -------------------------------------------------------------------------------------- */

static int try_open(ar_model **out, const char *path, const char *words)
{
    ar_model_want want = {.path = path, .tokenizer = words};
    *out = NULL;
    int status = ar_model_open(out, &want);
    if (status)
        assert_null(*out);
    return status;
}

static ar_model *opened(const char *path, const char *words)
{
    ar_model *model;
    assert_status(try_open(&model, path, words), ARNY_OK);
    return model;
}

static void say(int32_t *out, ar_model *model)
{
    arny_engine_context_options options = {.length = 64, .batch = 64, .outputs = 1, .threads = 1};
    ar_timeline *timeline;
    int32_t prompt[PROMPT];
    for (int32_t i = 0; i < PROMPT; i++)
        prompt[i] = 60 + 7 * i;
    assert_status(ar_timeline_open(&timeline, model, &options, NULL), ARNY_OK);
    assert_status(model->engine->prefill(timeline->context, prompt, PROMPT, NULL), ARNY_OK);
    real_continue(timeline, out, ANSWER);
    ar_timeline_free(timeline);
}

static void assert_says_the_same(ar_model *model)
{
    static int32_t wanted[ANSWER];
    static int known;
    int32_t got[ANSWER];
    if (!known) {
        ar_model *first = opened(real_path(REAL_PTE), real_tokenizer(REAL_PTE));
        say(wanted, first);
        ar_model_close(first);
        known = 1;
    }
    say(got, model);
    assert_memory_equal(got, wanted, sizeof wanted);
}

static void assert_opens_and_says_the_same(void)
{
    ar_model *model = opened(real_path(REAL_PTE), real_tokenizer(REAL_PTE));
    assert_says_the_same(model);
    ar_model_close(model);
}

/* ---- the pair ------------------------------------------------------------------------------------------------------- */

static void a_pte_without_its_vocabulary_says_what_it_lacks(void **state)
{
    (void)state;
    ar_model *model;
    assert_status(try_open(&model, real_path(REAL_PTE), NULL), ARNY_E_ARGUMENT);
    assert_error_has("tokenizer");
    assert_status(try_open(&model, real_path(REAL_PTE), "/nowhere/words.gguf"), ARNY_E_NOT_FOUND);
    assert_status(try_open(&model, real_path(REAL_PTE), real_path(REAL_SMOL)), ARNY_E_DATA);
    assert_error_has("320 logits");
    assert_error_has("49152 tokens");
    assert_status(try_open(&model, real_path(REAL_PTE), real_path(REAL_PTE)), ARNY_E_DATA);
}

static void a_bit_that_changed_anywhere_is_seen(void **state)
{
    size_t bytes;
    char *data = bytes_of(REAL_PTE, 0, &bytes);
    ar_model *model;
    (void)state;
    data[bytes / 2] ^= 1; /* a weight */
    assert_status(try_open(&model, file_with("changed.pte", data, bytes), real_tokenizer(REAL_PTE)), ARNY_E_DATA);
    assert_error_has("damaged");
    free(data);
}

/* ---- bad files ------------------------------------------------------------------------------------------------------ */

static void what_is_cut_is_refused(void **state)
{
    size_t bytes;
    char *data = bytes_of(REAL_PTE, 0, &bytes);
    const char *words = foreign_words();
    ar_model *model;
    (void)state;
    for (size_t part = 0; part < 16; part++) {
        assert_status(try_open(&model, file_with("cut.pte", data, bytes * part / 16), words), ARNY_E_DATA);
        assert_error_has("cut.pte");
    }
    free(data);
}

/* In a process of its own: 0 when it was opened and has said something, 1 when that was refused. */
static int in_a_child(const char *path, const char *words)
{
    int status;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        ar_model *model;
        ar_timeline *timeline;
        arny_engine_context_options options = {.length = 64, .batch = 64, .outputs = 1, .threads = 1};
        int32_t prompt[4] = {70, 80, 90, 100};
        alarm(20);
        if (try_open(&model, path, words))
            _exit(1);
        int failed = ar_timeline_open(&timeline, model, &options, NULL);
        if (!failed)
            failed = model->engine->prefill(timeline->context, prompt, 4, NULL);
        if (!failed)
            failed = model->engine->step(timeline->context, 75, NULL);
        _exit(failed ? 1 : 0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    if (!WIFEXITED(status))
        return -1;
    return WEXITSTATUS(status);
}

/* Without the digest that would tell each of them. */
static void flipped_bits_are_an_error_or_another_number(void **state)
{
    size_t bytes, refused = 0, opened_all_the_same = 0;
    char *data = bytes_of(REAL_PTE, 0, &bytes), *path = test_path(test_tmpdir(), "flipped.pte");
    const char *words = foreign_words();
    uint64_t random = 1;
    (void)state;
    assert_status(arny_set_cache(""), ARNY_OK);
    for (int seed = 0; seed < SEEDS; seed++) {
        size_t at[4], flips = 1 + (size_t)seed % 4;
        unsigned char bit[4];
        for (size_t i = 0; i < flips; i++) {
            random = random * 6364136223846793005u + 1442695040888963407u;
            at[i] = (size_t)(random >> 33) % (seed % 2 ? bytes : 32768); /* every other one where the structure is */
            bit[i] = (unsigned char)(1u << (random >> 20 & 7));
            data[at[i]] = (char)((unsigned char)data[at[i]] ^ bit[i]);
        }
        test_write(path, data, bytes);
        int result = in_a_child(path, words);
        if (result < 0)
            fail_msg("seed %d, first bit at byte %zu: it took the process along", seed, at[0]);
        refused += result == 1;
        opened_all_the_same += result == 0;
        for (size_t i = 0; i < flips; i++)
            data[at[i]] = (char)((unsigned char)data[at[i]] ^ bit[i]);
    }
    printf("%d files with flipped bits: %zu refused, %zu ran with other numbers\n", SEEDS, refused,
           opened_all_the_same);
    assert_true(refused > 0 && opened_all_the_same > 0);
    free(data);
    free(path);
}

static void a_backend_that_is_not_here_is_named(void **state)
{
    size_t bytes, found = 0;
    char *data = bytes_of(REAL_PTE, 0, &bytes);
    ar_model *model;
    (void)state;
    for (char *at = data + 4; at < data + bytes - 15; at++)
        if (memcmp(at, "XnnpackBackend", 15) == 0) {
            at[-4] = 13;
            memcpy(at, "VulkanBackend\0", 15);
            found++;
        }
    assert_true(found > 0);
    assert_status(try_open(&model, file_with("vulkan.pte", data, bytes), foreign_words()), ARNY_E_UNSUPPORTED);
    assert_error_has("VulkanBackend");
    assert_error_has("EXECUTORCH_BUILD_VULKAN");
    free(data);
}

static void a_context_beyond_the_export_is_refused(void **state)
{
    ar_model *model = opened(real_path(REAL_PTE), real_tokenizer(REAL_PTE));
    arny_engine_context_options options = {.length = 1025, .batch = 64, .outputs = 1};
    ar_timeline *timeline;
    arny_engine_estimate estimate;
    (void)state;
    assert_int_equal(model->info->context, 1024);
    assert_status(ar_timeline_open(&timeline, model, &options, NULL), ARNY_E_ARGUMENT);
    assert_error_has("exported for 1024");
    assert_status(model->engine->estimate(&estimate, model->path, NULL, NULL, &options), ARNY_E_ARGUMENT);
    ar_model_close(model);
}

static void an_adapter_is_not_on_this_engine(void **state)
{
    static const char team_json[] = "{'arny': 1, 'plan': 'adapters', 'engine': 'pte', 'context': 256,"
                                    " 'models': {'m': {'pte': 'm.pte', 'tokenizer': 'w.gguf'}},"
                                    " 'agents': {'ann': {'model': 'm', 'adapter': 'a.lora.gguf'}}}";
    const char *folder = talk_folder(team_json, NULL);
    arny_team *team = NULL;
    arny_session *session = NULL;
    static talk t;
    (void)state;
    assert_int_equal(symlink(real_path(REAL_PTE), borrowed(test_path(folder, "m.pte"))), 0);
    assert_int_equal(symlink(real_tokenizer(REAL_PTE), borrowed(test_path(folder, "w.gguf"))), 0);
    talk_file(folder, "a.lora.gguf", "GGUF");
    int status = arny_team_open(&team, folder, NULL);
    if (!status) {
        session = talk_session(team, NULL);
        status = talk_try(&t, session, "hello", "ann");
    }
    assert_status(status, ARNY_E_UNSUPPORTED);
    assert_error_has("adapters");
    arny_session_free(session);
    arny_team_free(team);
}

/* ---- packed weights --------------------------------------------------------------------------------------------------- */

static void packed_weights_are_made_once(void **state)
{
    const char *cache = cache_of_its_own();
    struct stat first, second;
    (void)state;
    assert_opens_and_says_the_same();
    char *path = packed_file(cache, ".xnn");
    assert_non_null(path);
    assert_int_equal(stat(path, &first), 0);
    assert_opens_and_says_the_same();
    assert_int_equal(stat(path, &second), 0);
    assert_int_equal(first.st_ino, second.st_ino);
    assert_int_equal(first.st_mtim.tv_nsec, second.st_mtim.tv_nsec);
    assert_int_equal(first.st_size, second.st_size);
    free(path);
}

static void damaged_packed_weights_are_made_anew(void **state)
{
    const char *cache = cache_of_its_own();
    (void)state;
    assert_opens_and_says_the_same();
    char *path = packed_file(cache, ".xnn"), *record = packed_file(cache, ".ok");
    size_t bytes, of_record;
    char *good = test_read(path, &bytes), *good_record = test_read(record, &of_record);
    for (int part = 0; part < 16; part++) {
        assert_int_equal(truncate(path, (off_t)(bytes * (size_t)part / 16)), 0);
        assert_opens_and_says_the_same();
    }
    for (size_t at = 0; at < bytes; at += bytes / 40) { /* in place: the same file, another time */
        int fd = open(path, O_WRONLY);
        char other = (char)~good[at];
        assert_int_equal(pwrite(fd, &other, 1, (off_t)at), 1);
        close(fd);
        assert_opens_and_says_the_same();
    }
    for (size_t at = 0; at < of_record; at += 7) { /* another runtime, another processor, another file, ... */
        char *bad = test_read(record, NULL);
        bad[at] = (char)~bad[at];
        test_write(record, bad, of_record);
        assert_opens_and_says_the_same();
        free(bad);
    }
    test_write(record, good_record, of_record / 2);
    assert_opens_and_says_the_same();
    assert_int_equal(unlink(record), 0);
    assert_opens_and_says_the_same();
    free(good);
    free(good_record);
    free(path);
    free(record);
}

static void copied_packed_weights_are_known_by_their_digest(void **state)
{
    const char *cache = cache_of_its_own();
    struct stat copied, after;
    size_t bytes;
    (void)state;
    assert_opens_and_says_the_same();
    char *path = packed_file(cache, ".xnn"), *data = test_read(path, &bytes);
    assert_int_equal(unlink(path), 0);
    test_write(path, data, bytes);
    assert_int_equal(stat(path, &copied), 0);
    assert_opens_and_says_the_same();
    assert_int_equal(stat(path, &after), 0);
    assert_int_equal(copied.st_ino, after.st_ino); /* it was not packed again */
    assert_int_equal(copied.st_mtim.tv_nsec, after.st_mtim.tv_nsec);
    free(data);
    free(path);
}

static void without_a_place_weights_are_packed_into_memory(void **state)
{
    ar_model *model;
    (void)state;
    assert_status(arny_set_cache(file_with("file", "x", 1)), ARNY_OK); /* no folder can be in it */
    assert_opens_and_says_the_same();
    assert_status(arny_set_cache(""), ARNY_OK);
    model = opened(real_path(REAL_PTE), real_tokenizer(REAL_PTE));
    assert_says_the_same(model);
    assert_status(model->engine->model_park(model->open), ARNY_E_UNSUPPORTED);
    assert_says_the_same(model);
    ar_model_close(model);
}

/* Bytes of the process's mappings of that file, resident ones. */
static long resident_of(const char *path)
{
    char line[4096];
    long sum = 0, kb;
    int inside = 0;
    FILE *file = fopen("/proc/self/smaps", "r");
    const char *name = strrchr(path, '/') + 1;
    assert_non_null(file);
    while (fgets(line, sizeof line, file)) {
        if (strchr(line, '-') && strstr(line, " r"))
            inside = strstr(line, name) != NULL;
        if (inside && sscanf(line, "Rss: %ld kB", &kb) == 1)
            sum += kb * 1024;
    }
    fclose(file);
    return sum;
}

static void two_processes_share_them(void **state)
{
    const char *cache = cache_of_its_own();
    int ready[2], go[2], status;
    char byte;
    (void)state;
    assert_opens_and_says_the_same();
    char *path = packed_file(cache, ".xnn");
    assert_int_equal(pipe(ready) | pipe(go), 0);
    pid_t child = fork();
    if (child == 0) {
        ar_model *model;
        if (try_open(&model, real_path(REAL_PTE), real_tokenizer(REAL_PTE)) || resident_of(path) == 0)
            _exit(1);
        _exit(write(ready[1], "x", 1) != 1 || read(go[0], &byte, 1) != 1);
    }
    assert_int_equal(read(ready[0], &byte, 1), 1); /* it has the model open, and goes on having it */
    ar_model *model = opened(real_path(REAL_PTE), real_tokenizer(REAL_PTE));
    assert_says_the_same(model);
    assert_true(resident_of(path) > 0);
    ar_model_close(model);
    assert_int_equal(write(go[1], "x", 1), 1);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    for (int i = 0; i < 2; i++) {
        close(ready[i]);
        close(go[i]);
    }
    free(path);
}

/* ---- pages ------------------------------------------------------------------------------------------------------------ */

static void parked_pages_are_gone_and_come_back(void **state)
{
    const char *cache = cache_of_its_own();
    arny_engine_model_options none = {0};
    (void)state;
    assert_opens_and_says_the_same();
    char *path = packed_file(cache, ".xnn");
    ar_model *model = opened(real_path(REAL_PTE), real_tokenizer(REAL_PTE));
    assert_says_the_same(model);
    assert_true(resident_of(path) > 0);
    assert_true(resident_of(real_path(REAL_PTE)) > 0);
    assert_status(model->engine->model_park(model->open), ARNY_OK);
    assert_int_equal(resident_of(path), 0);
    assert_int_equal(resident_of(real_path(REAL_PTE)), 0);
    assert_status(model->engine->model_resume(model->open, &none), ARNY_OK);
    assert_true(resident_of(path) > 0);
    assert_says_the_same(model);
    ar_model_close(model);
    free(path);
}

static void a_file_that_changed_is_not_brought_back(void **state)
{
    size_t bytes;
    char *data = bytes_of(REAL_PTE, 0, &bytes);
    const char *path = file_with("changes.pte", data, bytes);
    arny_engine_model_options none = {0};
    (void)state;
    cache_of_its_own();
    ar_model *model = opened(path, real_tokenizer(REAL_PTE));
    assert_status(model->engine->model_park(model->open), ARNY_OK);
    test_write(path, data, bytes); /* the same bytes, at another time */
    assert_status(model->engine->model_resume(model->open, &none), ARNY_E_DATA);
    assert_error_has("changed");
    ar_model_close(model);
    free(data);
}

/* ---- teams ------------------------------------------------------------------------------------------------------------ */

static const char both[] =
    "{'arny': 1, 'plan': 'hybrid', 'engine': 'gguf', 'temperature': 0, 'threads': 1, 'context': 512,"
    " 'max_tokens': 6, 'persist': 'disk',"
    " 'models': {'m': {'gguf': 'm.gguf', 'pte': 'm.pte', 'tokenizer': 'w.gguf', 'chat': 'chatml'}},"
    " 'agents': {'ann': {'model': 'm', 'prompt': 'You are Ann.'}}}";

static void link_both(const char *folder)
{
    assert_int_equal(symlink(real_path(REAL_SMOL), borrowed(test_path(folder, "m.gguf"))), 0);
    assert_int_equal(symlink(real_path(REAL_PTE), borrowed(test_path(folder, "m.pte"))), 0);
    assert_int_equal(symlink(real_tokenizer(REAL_PTE), borrowed(test_path(folder, "w.gguf"))), 0);
}

static int64_t ask_with(talk *t, const char *engine, const char *folder, const char *where, const char *text)
{
    arny_team_options options = ARNY_TEAM_OPTIONS_INIT;
    arny_team *team;
    options.engine = engine;
    options.state = where;
    assert_status(arny_team_open(&team, folder, &options), ARNY_OK);
    assert_string_equal(arny_team_engine(team), engine);
    arny_session *session = talk_session(team, "anna");
    talk_ask(t, session, text, "ann");
    arny_session_free(session);
    arny_team_free(team);
    return t->restored;
}

/* By one word: the turns stay, the KV of another engine is not taken for this one's. */
static void a_session_goes_on_with_the_other_engine(void **state)
{
    const char *folder = talk_folder(both, NULL), *where = test_tmpdir();
    static talk t;
    (void)state;
    link_both(folder);
    assert_int_equal(ask_with(&t, "gguf", folder, where, "One"), 0);
    int64_t first = t.prompt_tokens;
    assert_true(ask_with(&t, "gguf", folder, where, "Two") >= first);
    assert_int_equal(ask_with(&t, "pte", folder, where, "Three"), 0);
    int64_t on_pte = t.prompt_tokens;
    assert_true(on_pte > first);
    assert_true(ask_with(&t, "pte", folder, where, "Four") >= on_pte);
    assert_true(t.prompt_tokens > on_pte);
}

/* The gateway may be a .pte, where labels are scored. */
static void a_pte_decides(void **state)
{
    static const char *const modes[] = {"score", "json"};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        char team_json[1024];
        arny_decision *decision;
        arny_team *team;
        double sum = 0;
        snprintf(
            team_json, sizeof team_json,
            "{'arny': 1, 'plan': 'monolith', 'engine': 'pte', 'context': 512,"
            " 'models': {'m': {'pte': 'm.pte', 'tokenizer': 'w.gguf', 'chat': 'chatml'}},"
            " 'gateway': {'model': 'm', 'mode': '%s'},"
            " 'agents': {'ann': {'model': 'm', 'description': 'plants'}, 'ben': {'model': 'm', 'description': 'sums'}}}",
            modes[i]);
        const char *folder = talk_folder(team_json, NULL);
        link_both(folder);
        assert_status(arny_team_open(&team, folder, NULL), ARNY_OK);
        assert_status(arny_team_route(&decision, team, "What is two and two?"), ARNY_OK);
        assert_int_equal(arny_decision_count(decision), 3);
        for (size_t k = 0; k < 3; k++)
            sum += arny_decision_scores(decision)[k].p;
        assert_true(sum > 0.999 && sum < 1.001);
        arny_decision_free(decision);
        arny_team_free(team);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_pte_without_its_vocabulary_says_what_it_lacks),
        cmocka_unit_test(a_bit_that_changed_anywhere_is_seen),
        cmocka_unit_test(what_is_cut_is_refused),
        cmocka_unit_test(a_backend_that_is_not_here_is_named),
        cmocka_unit_test(a_context_beyond_the_export_is_refused),
        cmocka_unit_test(an_adapter_is_not_on_this_engine),
        cmocka_unit_test(packed_weights_are_made_once),
        cmocka_unit_test(damaged_packed_weights_are_made_anew),
        cmocka_unit_test(copied_packed_weights_are_known_by_their_digest),
        cmocka_unit_test(without_a_place_weights_are_packed_into_memory),
        cmocka_unit_test(two_processes_share_them),
        cmocka_unit_test(parked_pages_are_gone_and_come_back),
        cmocka_unit_test(a_file_that_changed_is_not_brought_back),
        cmocka_unit_test(a_session_goes_on_with_the_other_engine),
        cmocka_unit_test(a_pte_decides),
        cmocka_unit_test(flipped_bits_are_an_error_or_another_number),
    };
    if (!real_ready())
        return REAL_SKIPPED;
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#else

int main(void)
{
    return skip_all("this build has no pte engine");
}

#endif
