/* What a team.json may say, what becomes of it, and that no damage of it does harm. In the texts ' stands for ". */
#include "check.h"
#include "team_text.h"
#include "tmp.h"

#include "util/fault.h"

#include <arny/sys/engine.h>
#include <fcntl.h>
#include <unistd.h>

/* ---- what is right ------------------------------------------------------------------------------------------ */

static void assert_path(const char *path, const char *name)
{
    char *wanted = test_path(team_folder, name);
    assert_string_equal(path, wanted);
    free(wanted);
}

static void check_full_models(const ar_team_config *config)
{
    const ar_model_config *base = &config->models[0], *math = &config->models[1], *router = &config->models[2];
    assert_int_equal(config->model_count, 3);
    assert_string_equal(base->name, "base");
    assert_string_equal(base->file, "base.fake");
    assert_path(base->path, "base.fake");
    assert_path(base->tokenizer, "vocab.gguf");
    assert_string_equal(base->engine, "fake");
    assert_string_equal(ar_template_name(base->chat), "chatml");
    assert_int_equal(base->run.threads, 3);
    assert_int_equal(base->run.context, 1024);
    assert_int_equal(base->run.batch, 64);
    assert_int_equal(base->run.kv_type, ARNY_KV_Q8_0);
    assert_int_equal(base->run.gpu_layers, -1);
    assert_int_equal(base->run.repack, 0);
    assert_string_equal(math->name, "m-2_x");
    assert_string_equal(math->file, "./math.fake");
    assert_null(math->tokenizer);
    assert_null(math->chat);
    assert_int_equal(math->run.threads, 0);
    assert_int_equal(math->run.context, 512);
    assert_int_equal(math->run.batch, 32);
    assert_int_equal(math->run.kv_type, ARNY_KV_F16);
    assert_int_equal(math->run.gpu_layers, 4);
    assert_int_equal(math->run.repack, 1);
    assert_int_equal(router->run.repack, -1);
}

static void check_full_agents(const ar_team_config *config)
{
    const ar_agent_config *wellness = &config->agents[0], *math = &config->agents[1], *quiet = &config->agents[2];
    assert_int_equal(config->agent_count, 3);
    assert_string_equal(wellness->name, "wellness");
    assert_string_equal(wellness->description, "feelings");
    assert_string_equal(wellness->prompt, "Be kind.");
    assert_int_equal(wellness->model, 0);
    assert_null(wellness->adapter);
    assert_null(wellness->chat);
    assert_int_equal(wellness->context, 1024);
    assert_int_equal(wellness->max_tokens, 99);
    assert_true(wellness->sampling.temperature == 0.5f);
    assert_int_equal(wellness->sampling.top_k, 7);
    assert_true(wellness->sampling.top_p == 0.75f);
    assert_true(wellness->sampling.min_p == 0.25f);
    assert_true(wellness->sampling.repeat_penalty == 1.5f);
    assert_int_equal(wellness->sampling.repeat_last, 32);
    assert_int_equal(wellness->sampling.seed, 11);
    assert_int_equal(wellness->stop_count, 2);
    assert_string_equal(wellness->stop[0], "\n\n");
    assert_string_equal(wellness->stop[1], "END");
    assert_string_equal(math->description, "");
    assert_string_equal(math->prompt, "");
    assert_int_equal(math->model, 1);
    assert_string_equal(ar_template_name(math->chat), "llama3");
    assert_int_equal(math->context, 256);
    assert_int_equal(math->max_tokens, 5);
    assert_true(math->sampling.temperature == 0 && math->sampling.top_p == 1 && math->sampling.min_p == 0);
    assert_true(math->sampling.repeat_penalty == 1);
    assert_int_equal(math->sampling.top_k, 0);
    assert_int_equal(math->sampling.repeat_last, 0);
    assert_true(math->sampling.seed == INT64_MAX);
    assert_int_equal(math->stop_count, 1);
    assert_string_equal(math->stop[0], ".");
    assert_int_equal(quiet->context, 512);
    assert_int_equal(quiet->stop_count, 0);
}

static void test_a_full_file_is_read_as_it_says(void **state)
{
    (void)state;
    ar_team_config *config = good_team(team_full);
    const ar_gateway_config *gateway = &config->gateway;
    assert_string_equal(config->folder, team_folder);
    assert_path(config->file, "team.json");
    assert_int_equal(config->plan, AR_PLAN_HYBRID);
    assert_int_equal(config->history, AR_HISTORY_SHARED);
    assert_int_equal(config->persist, AR_PERSIST_DISK);
    assert_string_equal(config->engine, "fake");
    assert_true(config->budget == 1500000000);
    check_full_models(config);
    check_full_agents(config);
    assert_int_equal(gateway->mode, AR_GATEWAY_JSON);
    assert_int_equal(gateway->model, 2);
    assert_string_equal(gateway->prompt, "Who?");
    assert_true(gateway->threshold == 0.75);
    assert_int_equal(gateway->fallback, 1);
    assert_int_equal(gateway->none, 1);
    assert_int_equal(gateway->calibrate, 0);
    assert_int_equal(gateway->example_count, 2);
    assert_string_equal(gateway->examples[0].text, "2+2");
    assert_int_equal(gateway->examples[0].agent, 1);
    assert_int_equal(gateway->examples[1].agent, 3);
    ar_team_config_free(config);
}

static void test_a_short_file_gets_the_defaults(void **state)
{
    arny_sampling usual;
    (void)state;
    arny_sampling_default(&usual);
    ar_team_config *config = good_team(TOP("'gateway':{}"));
    const ar_model_config *model = &config->models[0];
    const ar_agent_config *agent = &config->agents[0];
    assert_int_equal(config->plan, AR_PLAN_MONOLITH);
    assert_int_equal(config->history, AR_HISTORY_OWN);
    assert_int_equal(config->persist, AR_PERSIST_MEMORY);
    assert_true(config->budget == 0);
    assert_string_equal(config->engine, "gguf");
    assert_string_equal(model->engine, "fake"); /* the only one that it has a file for */
    assert_int_equal(model->run.threads, 0);
    assert_int_equal(model->run.context, 2048);
    assert_int_equal(model->run.batch, 512);
    assert_int_equal(model->run.kv_type, ARNY_KV_F16);
    assert_int_equal(model->run.gpu_layers, 0);
    assert_int_equal(model->run.repack, -1);
    assert_int_equal(agent->model, 0);
    assert_int_equal(agent->context, 2048);
    assert_int_equal(agent->max_tokens, 512);
    assert_memory_equal(&agent->sampling, &usual, sizeof usual);
    assert_int_equal(agent->stop_count, 0);
    assert_int_equal(config->gateway.mode, AR_GATEWAY_SCORE);
    assert_null(config->gateway.prompt);
    assert_true(config->gateway.threshold == 0.5);
    assert_int_equal(config->gateway.fallback, 1); /* none */
    assert_int_equal(config->gateway.none, 1);
    assert_int_equal(config->gateway.calibrate, 1);
    assert_int_equal(config->gateway.example_count, 0);
    ar_team_config_free(config);
}

static void test_a_team_without_a_gateway_has_none(void **state)
{
    (void)state;
    ar_team_config *config = good_team(TOP("'threads':0"));
    assert_int_equal(config->gateway.mode, AR_GATEWAY_NONE);
    assert_int_equal(config->gateway.fallback, 1);
    ar_team_config_free(config);
}

static void test_the_file_itself_or_its_folder_opens_a_team(void **state)
{
    ar_team_config *config;
    char *path = test_path(team_folder, "team.json"), *other = test_path(team_folder, "other.json");
    (void)state;
    write_team(TOP("'threads':1"));
    assert_status(ar_team_config_read(&config, path, NULL), 0);
    assert_string_equal(config->folder, team_folder);
    assert_string_equal(config->file, path);
    ar_team_config_free(config);
    assert_status(ar_team_config_read(&config, other, NULL), ARNY_E_NOT_FOUND);
    assert_error_has("other.json");
    assert_null(config);
    assert_status(ar_team_config_read(&config, NULL, NULL), ARNY_E_ARGUMENT);
    assert_status(ar_team_config_read(&config, "", NULL), ARNY_E_ARGUMENT);
    free(path);
    free(other);
}

static void test_an_adapters_team_names_one_adapter_an_agent(void **state)
{
    (void)state;
    ar_team_config *config = good_team("{'arny':1,'plan':'adapters','models':{'m':{'fake':'base.fake'}},"
                                       "'agents':{'a':{'adapter':'lora.fake'},'b':{}}}");
    assert_int_equal(config->plan, AR_PLAN_ADAPTERS);
    assert_path(config->agents[0].adapter, "lora.fake");
    assert_null(config->agents[1].adapter);
    ar_team_config_free(config);
}

static void test_a_budget_is_bytes_or_a_size(void **state)
{
    static const struct {
        const char *text;
        int64_t bytes;
    } cases[] = {
        {TOP("'budget':0"), 0},         {TOP("'budget':123456"), 123456},      {TOP("'budget':'12B'"), 12},
        {TOP("'budget':'3KB'"), 3000},  {TOP("'budget':'400MB'"), 400000000},  {TOP("'budget':'0.25GB'"), 250000000},
        {TOP("'budget':'2KiB'"), 2048}, {TOP("'budget':'300MiB'"), 314572800}, {TOP("'budget':'1.5GiB'"), 1610612736},
        {TOP("'budget':'0MB'"), 0},     {TOP("'budget':'1TB'"), 1000000000000}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        ar_team_config *config = good_team(cases[i].text);
        assert_true(config->budget == cases[i].bytes);
        ar_team_config_free(config);
    }
}

/* ---- what the tree shows ------------------------------------------------------------------------------------- */

static char *read_from_tree(const char *name)
{
    const char *root = getenv("ARNY_ROOT");
    char *path = test_path(root ? root : ".", name);
    char *text = test_read(path, NULL);
    free(path);
    return text;
}

static void test_the_demo_teams_are_right(void **state)
{
    static const char *const names[] = {"models/demo/team.json", "models/demo/hybrid/team.json",
                                        "models/demo/monolith/team.json"};
    (void)state;
    if (!arny_engine_find("gguf"))
        SKIP("needs the gguf engine: ./dev test unit, asan");
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char *text = read_from_tree(names[i]), *path = test_path(team_folder, "team.json");
        ar_team_config *config;
        test_write(path, text, strlen(text));
        assert_status(ar_team_config_read(&config, team_folder, NULL), 0);
        assert_int_equal(config->agent_count, 3);
        assert_int_equal(ar_team_config_agent(config, "wellness"), 0);
        assert_int_equal(ar_team_config_agent(config, "math"), 1);
        assert_int_equal(ar_team_config_agent(config, "logistics"), 2);
        assert_int_equal(config->gateway.mode, AR_GATEWAY_HEAD);
        ar_team_config_free(config);
        free(text);
        free(path);
    }
}

/* docs/team-json.md: each block of JSON in it is a whole file. */
static void test_the_examples_of_the_manual_are_right(void **state)
{
    (void)state;
    if (!arny_engine_find("gguf"))
        SKIP("needs the gguf engine: ./dev test unit, asan");
    char *manual = read_from_tree("docs/team-json.md"), *path = test_path(team_folder, "team.json");
    int plans = 0;
    for (char *at = manual; (at = strstr(at, "```json\n"));) {
        ar_team_config *config;
        char *end = strstr(at += strlen("```json\n"), "```");
        assert_non_null(end);
        test_write(path, at, (size_t)(end - at));
        assert_status(ar_team_config_read(&config, team_folder, NULL), 0);
        plans |= 1 << config->plan;
        ar_team_config_free(config);
        at = end + 3;
    }
    assert_int_equal(plans, 7);
    free(manual);
    free(path);
}

/* ---- the caller's options ----------------------------------------------------------------------------------- */

static void test_options_override_the_file(void **state)
{
    ar_team_config *config;
    arny_team_options options = ARNY_TEAM_OPTIONS_INIT;
    (void)state;
    write_team("{'arny':1,'plan':'monolith','engine':'gguf','budget':5,'threads':3,"
               "'models':{'m':{'fake':'base.fake','gguf':'vocab.gguf','threads':4}},'agents':{'a':{}}}");
    options.engine = "fake";
    options.budget = 777;
    options.threads = 2;
    assert_status(ar_team_config_read(&config, team_folder, &options), 0);
    assert_string_equal(config->engine, "fake");
    assert_string_equal(config->models[0].engine, "fake");
    assert_string_equal(config->models[0].file, "base.fake");
    assert_true(config->budget == 777);
    assert_int_equal(config->models[0].run.threads, 2);
    ar_team_config_free(config);

    if (!arny_engine_find("gguf"))
        return;
    options = (arny_team_options)ARNY_TEAM_OPTIONS_INIT;
    assert_status(ar_team_config_read(&config, team_folder, &options), 0);
    assert_string_equal(config->models[0].file, "vocab.gguf");
    assert_true(config->budget == 5);
    assert_int_equal(config->models[0].run.threads, 4);
    ar_team_config_free(config);
}

static void test_options_out_of_range_are_refused(void **state)
{
    ar_team_config *config;
    arny_team_options options = ARNY_TEAM_OPTIONS_INIT;
    (void)state;
    write_team(TOP("'threads':1"));
    options.budget = -1;
    assert_status(ar_team_config_read(&config, team_folder, &options), ARNY_E_ARGUMENT);
    assert_error("a budget of -1 bytes; 0 (none) or more expected");
    options.budget = 0;
    options.threads = 257;
    assert_status(ar_team_config_read(&config, team_folder, &options), ARNY_E_ARGUMENT);
    options.threads = 0;
    options.engine = "ggfu";
    assert_status(ar_team_config_read(&config, team_folder, &options), ARNY_E_ARGUMENT);
    assert_error("no engine \"ggfu\"; \"gguf\", \"pte\" or \"fake\" expected");
    options.engine = NULL;
    options.size = 4;
    assert_status(ar_team_config_read(&config, team_folder, &options), ARNY_E_ARGUMENT);
}

/* ---- agents by name ----------------------------------------------------------------------------------------- */

static void test_an_agent_is_found_or_the_others_are_named(void **state)
{
    (void)state;
    ar_team_config *config = good_team(team_full);
    assert_int_equal(ar_team_config_agent(config, "math"), 1);
    assert_int_equal(ar_team_config_agent(config, "none"), 3);
    assert_int_equal(ar_team_config_agent(config, NULL), 3);
    assert_status(ar_team_config_no_agent(config, "maths"), ARNY_E_ARGUMENT);
    assert_error("no agent \"maths\"; there are: \"wellness\", \"math\", \"quiet\"; did you mean \"math\"?");
    assert_status(ar_team_config_no_agent(config, "cooking"), ARNY_E_ARGUMENT);
    assert_error("no agent \"cooking\"; there are: \"wellness\", \"math\", \"quiet\"");
    assert_status(ar_team_config_no_agent(config, NULL), ARNY_E_ARGUMENT);
    ar_team_config_free(config);
    ar_team_config_free(NULL);
}

/* ---- whatever the bytes are --------------------------------------------------------------------------------- */

/* Either a config in which every index is one, or an error with a sentence. Returns 1 for a config. */
static int survives(const char *path)
{
    ar_team_config *config;
    int status = ar_team_config_read(&config, path, NULL);
    if (status) {
        assert_true(status < 0);
        assert_null(config);
        assert_error_has("team.json");
        return 0;
    }
    assert_true(config->agent_count >= 1 && config->model_count >= 1 && config->engine);
    for (size_t i = 0; i < config->agent_count; i++)
        assert_true(config->agents[i].model < config->model_count && config->agents[i].prompt);
    for (size_t i = 0; i < config->model_count; i++)
        assert_true(config->models[i].engine && config->models[i].path && config->models[i].run.context >= 16);
    assert_true(config->gateway.model < config->model_count && config->gateway.fallback <= config->agent_count);
    for (size_t i = 0; i < config->gateway.example_count; i++)
        assert_true(config->gateway.examples[i].agent <= config->agent_count);
    ar_team_config_free(config);
    return 1;
}

static void test_no_damage_of_a_file_does_harm(void **state)
{
    static const char bytes[] = {'\0', '"', '\\', '{', '}', ']',  ',', ':',
                                 '0',  '9', '-',  '.', 'x', '\n', '/', (char)0xff};
    char *path = test_path(team_folder, "team.json");
    size_t count, read = 0;
    (void)state;
    write_team(team_full);
    char *text = test_read(path, &count);
    int fd = open(path, O_RDWR); /* changed in place: tens of thousands of new files would take a minute */
    assert_true(fd >= 0);
    for (size_t i = 0; i < count; i++) {
        for (size_t b = 0; b < sizeof bytes; b++) {
            assert_int_equal(pwrite(fd, &bytes[b], 1, (off_t)i), 1);
            survives(path);
        }
        assert_int_equal(pwrite(fd, &text[i], 1, (off_t)i), 1);
    }
    assert_int_equal(survives(path), 1);
    for (size_t i = count; i-- > 0;) {
        assert_int_equal(ftruncate(fd, (off_t)i), 0);
        read += (size_t)survives(path);
    }
    assert_int_equal(read, 1); /* all but the last newline */
    close(fd);
    free(text);
    free(path);
}

/* An allocator that fails at its `fail_at`-th request, and knows how many blocks are out. */
static struct {
    long requests, fail_at, out;
} memory;

static void *count_resize(void *pointer, size_t bytes, void *user_data)
{
    (void)user_data;
    if (++memory.requests == memory.fail_at)
        return NULL;
    void *resized = realloc(pointer, bytes);
    memory.out += resized && !pointer;
    return resized;
}

static void count_release(void *pointer, void *user_data)
{
    (void)user_data;
    memory.out -= pointer != NULL;
    free(pointer);
}

static void test_no_memory_at_any_place_is_an_error_without_a_leak(void **state)
{
    static const char *const texts[] = {
        NULL,
        "{'arny':1,'plan':'adapters','models':{'m':{'fake':'base.fake'}},'agents':{'a':{'adapter':'lora.fake'}}}"};
    const arny_allocator allocator = {count_resize, count_release, NULL};
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        ar_team_config *config;
        int status = ARNY_E_MEMORY;
        write_team(texts[i] ? texts[i] : team_full);
        assert_status(arny_set_allocator(&allocator), 0);
        for (memory.fail_at = 1; status; memory.fail_at++) {
            memory.requests = 0;
            status = ar_team_config_read(&config, team_folder, NULL);
            assert_true(memory.requests >= memory.fail_at || !status);
            assert_true(status == ARNY_E_MEMORY || (!status && memory.fail_at > 10));
            assert_true(!status || !config);
            ar_team_config_free(config);
            assert_int_equal(memory.out, 0);
        }
        assert_status(arny_set_allocator(NULL), 0);
    }
}

static void test_no_memory_while_an_error_is_made_is_an_error(void **state)
{
    const arny_allocator allocator = {count_resize, count_release, NULL};
    ar_team_config *config;
    int status = ARNY_E_MEMORY;
    (void)state;
    write_team(MODEL("'chat':'x'"));
    assert_status(arny_set_allocator(&allocator), 0);
    for (memory.fail_at = 1; status == ARNY_E_MEMORY; memory.fail_at++) {
        memory.requests = 0;
        status = ar_team_config_read(&config, team_folder, NULL);
        assert_null(config);
        assert_int_equal(memory.out, 0);
    }
    assert_int_equal(status, ARNY_E_DATA);
    assert_status(arny_set_allocator(NULL), 0);
}

static void test_injected_faults_are_errors(void **state)
{
    (void)state;
#ifdef ARNY_FAULTS
    static const struct {
        enum ar_fault kind;
        int status;
    } kinds[] = {{AR_FAULT_ALLOC, ARNY_E_MEMORY}, {AR_FAULT_READ, ARNY_E_IO}};
    write_team(team_full);
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        ar_team_config *config;
        int status = kinds[i].status;
        for (long nth = 1; status; nth++) {
            ar_fault_arm(kinds[i].kind, nth, 0);
            status = ar_team_config_read(&config, team_folder, NULL);
            ar_fault_arm(kinds[i].kind, 0, 0);
            assert_true(status == kinds[i].status || (!status && nth > 1));
            ar_team_config_free(config);
        }
    }
#else
    SKIP_NO_FAULTS();
#endif
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_full_file_is_read_as_it_says),
        cmocka_unit_test(test_a_short_file_gets_the_defaults),
        cmocka_unit_test(test_a_team_without_a_gateway_has_none),
        cmocka_unit_test(test_the_file_itself_or_its_folder_opens_a_team),
        cmocka_unit_test(test_an_adapters_team_names_one_adapter_an_agent),
        cmocka_unit_test(test_a_budget_is_bytes_or_a_size),
        cmocka_unit_test(test_the_demo_teams_are_right),
        cmocka_unit_test(test_the_examples_of_the_manual_are_right),
        cmocka_unit_test(test_options_override_the_file),
        cmocka_unit_test(test_options_out_of_range_are_refused),
        cmocka_unit_test(test_an_agent_is_found_or_the_others_are_named),
        cmocka_unit_test(test_no_damage_of_a_file_does_harm),
        cmocka_unit_test(test_no_memory_at_any_place_is_an_error_without_a_leak),
        cmocka_unit_test(test_no_memory_while_an_error_is_made_is_an_error),
        cmocka_unit_test(test_injected_faults_are_errors),
    };
    make_team_folder();
    return RUN(tests);
}
