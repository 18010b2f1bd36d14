/* The sentence, with its line and column, for each thing that a team.json may not say. In the texts ' stands for ". */
#include "check.h"
#include "team_text.h"
#include "tmp.h"

#include "util/buf.h"

#include <arny/sys/engine.h>

/* The whole sentence: FOLDER/team.json:LINE:COLUMN: and so on. */
static void bad_status(int wanted, const char *text, const char *sentence)
{
    ar_team_config *config;
    char *path = test_path(team_folder, "team.json");
    size_t bytes = strlen(path) + strlen(sentence) + 1;
    char *whole = malloc(bytes);
    snprintf(whole, bytes, "%s%s", path, sentence);
    assert_status(read_team(&config, text), wanted);
    assert_null(config);
    assert_error(whole);
    free(whole);
    free(path);
}

static void bad(const char *text, const char *sentence)
{
    bad_status(ARNY_E_DATA, text, sentence);
}

/* ---- what is wrong: the file -------------------------------------------------------------------------------- */

static void test_a_file_that_is_no_json_says_where(void **state)
{
    ar_team_config *config;
    (void)state;
    bad("[]", ":1:1: an object expected, not an array");
    assert_status(read_team(&config, ""), ARNY_E_DATA);
    assert_status(read_team(&config, "{'arny':1,\n 'plan' 'hybrid'}"), ARNY_E_DATA);
    assert_error_has("team.json:2:9: ");
    assert_status(read_team(&config, TOP("'plan':'hybrid'")), ARNY_E_DATA); /* a key that is there twice */
    assert_error_has("team.json:4:1: ");
    assert_error_has("\"plan\"");
}

static void test_a_file_of_more_than_a_megabyte_is_refused(void **state)
{
    ar_team_config *config;
    size_t bytes = (1 << 20) + 1;
    char *path = test_path(team_folder, "team.json"), *text = malloc(bytes);
    const char *team =
        "{\"arny\":1,\"plan\":\"hybrid\",\"models\":{\"m\":{\"fake\":\"base.fake\"}},\"agents\":{\"a\":{}}}";
    (void)state;
    memset(text, ' ', bytes);
    memcpy(text, team, strlen(team));
    test_write(path, text, bytes - 1);
    assert_status(ar_team_config_read(&config, team_folder, NULL), 0);
    ar_team_config_free(config);
    test_write(path, text, bytes);
    assert_status(ar_team_config_read(&config, team_folder, NULL), ARNY_E_DATA);
    assert_error_has("team.json");
    free(path);
    free(text);
}

/* ---- what is wrong: keys and values ------------------------------------------------------------------------- */

typedef struct wrong {
    const char *text, *sentence;
} wrong;

static void all_bad(const wrong *cases, size_t count)
{
    for (size_t i = 0; i < count; i++)
        bad(cases[i].text, cases[i].sentence);
}

#define ALL_BAD(cases) all_bad((cases), sizeof(cases) / sizeof *(cases))

static void test_the_top_of_the_file_is_checked(void **state)
{
    static const wrong cases[] = {
        {"{'plan':'hybrid'}", ":1:1: \"arny\" is missing: \"arny\": 1 says which version of the format it is"},
        {"{'arny':2,'colour':1}", ":1:9: arny: version 1 of the format expected, not 2"},
        {"{'arny':'1'}", ":1:9: arny: a whole number expected, not \"1\""},
        {"{'arny':1}", ":1:1: \"plan\" is missing: \"monolith\", \"hybrid\" or \"adapters\""},
        {TOP("'temprature':1"), ":4:1: unknown key \"temprature\"; did you mean \"temperature\"?"},
        {"{'arny':1,'plan':'hibrid'}",
         ":1:18: plan: \"monolith\", \"hybrid\" or \"adapters\" expected, not \"hibrid\"; did you mean \"hybrid\"?"},
        {"{'arny':1,'plan':3}", ":1:18: plan: \"monolith\", \"hybrid\" or \"adapters\" expected"},
        {"{'arny':1,'plan':'hybrid','agents':{'a':{}}}",
         ":1:1: \"models\" is missing: {\"base\": {\"gguf\": \"base.gguf\"}}, for example"},
        {"{'arny':1,'plan':'hybrid','models':{'m':{'fake':'base.fake'}}}",
         ":1:1: \"agents\" is missing: {\"math\": {\"prompt\": \"You are a mathematics tutor.\"}}, for example"},
        {TOP("'engine':'onnx'"), ":4:10: engine: \"gguf\", \"pte\" or \"fake\" expected, not \"onnx\""},
        {TOP("'history':'none'"), ":4:11: history: \"own\" or \"shared\" expected, not \"none\""},
        {TOP("'persist':'dsk'"),
         ":4:11: persist: \"none\", \"memory\" or \"disk\" expected, not \"dsk\"; did you mean \"disk\"?"},
        {TOP("'budget':-1"), ":4:10: budget: a whole number from 0 to 1000000000000000 expected, not -1"},
        {TOP("'budget':1.5"), ":4:10: budget: a whole number from 0 to 1000000000000000 expected, not 1.5"},
        {TOP("'budget':true"), ":4:10: budget: a number of bytes, or text such as \"400MB\", expected"},
        {TOP("'models2':{}"), ":4:1: unknown key \"models2\"; did you mean \"models\"?"},
    };
    (void)state;
    ALL_BAD(cases);
}

static void test_a_budget_that_is_no_size_is_refused(void **state)
{
    static const char *const sizes[] = {"",       "MB",   "400",          "400mb",       "400 MB",
                                        "-1MB",   ".5GB", "1.GB",         "1e3B",        "1,5GB",
                                        "400MBs", "0.1B", "9999999999GB", "1.1234567GB", "99999999999999999B"};
    (void)state;
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        char text[256], sentence[256];
        snprintf(text, sizeof text, TOP("'budget':'%s'"), sizes[i]);
        snprintf(sentence, sizeof sentence,
                 ":4:10: budget: a size such as \"400MB\", \"1.5GB\" or \"300MiB\" expected, not \"%s\"", sizes[i]);
        bad(text, sentence);
    }
}

static void test_numbers_keep_their_ranges(void **state)
{
    static const wrong cases[] = {
        {TOP("'threads':257"), ":4:11: threads: a whole number from 0 to 256 expected, not 257"},
        {TOP("'threads':'many'"), ":4:11: threads: 0 to 256, or \"auto\", expected"},
        {TOP("'context':15"), ":4:11: context: a whole number from 16 to 1048576 expected, not 15"},
        {TOP("'context':0"), ":4:11: context: a whole number from 16 to 1048576 expected, not 0"},
        {TOP("'context':-2048"), ":4:11: context: a whole number from 16 to 1048576 expected, not -2048"},
        {TOP("'context':99999999999"), ":4:11: context: a whole number from 16 to 1048576 expected, not 99999999999"},
        {TOP("'batch':0"), ":4:9: batch: a whole number from 1 to 8192 expected, not 0"},
        {TOP("'kv':'f64'"), ":4:6: kv: \"f16\", \"q8_0\" or \"f32\" expected, not \"f64\""},
        {TOP("'gpu_layers':-2"), ":4:14: gpu_layers: a whole number from -1 to 999 expected, not -2"},
        {TOP("'repack':1"), ":4:10: repack: true, false or \"auto\" expected"},
        {TOP("'repack':'yes'"), ":4:10: repack: true, false or \"auto\" expected"},
        {TOP("'max_tokens':0"), ":4:14: max_tokens: a whole number from 1 to 1048576 expected, not 0"},
        {TOP("'max_tokens':1.5"), ":4:14: max_tokens: a whole number from 1 to 1048576 expected, not 1.5"},
        {TOP("'temperature':10.5"), ":4:15: temperature: 0 to 10 expected, not 10.5"},
        {TOP("'temperature':'hot'"), ":4:15: temperature: 0 to 10 expected, not \"hot\""},
        {TOP("'temperature':null"), ":4:15: temperature: 0 to 10 expected, not null"},
        {TOP("'top_k':-1"), ":4:9: top_k: a whole number from 0 to 1048576 expected, not -1"},
        {TOP("'top_p':0"), ":4:9: top_p: more than 0, and at most 1, expected, not 0"},
        {TOP("'top_p':1e-60"), ":4:9: top_p: more than 0, and at most 1, expected, not 1e-60"},
        {TOP("'top_p':1.01"), ":4:9: top_p: 0 to 1 expected, not 1.01"},
        {TOP("'min_p':-0.1"), ":4:9: min_p: 0 to 1 expected, not -0.1"},
        {TOP("'repeat_penalty':0"), ":4:18: repeat_penalty: more than 0, and at most 10, expected, not 0"},
        {TOP("'repeat_last':1025"), ":4:15: repeat_last: a whole number from 0 to 1024 expected, not 1025"},
        {TOP("'seed':-1"), ":4:8: seed: a whole number, 0 or more, expected, not -1"},
        {TOP("'seed':9223372036854775808"), ":4:8: seed: a whole number, 0 or more, expected, not 9223372036854775808"},
        {MODEL("'context':8"), ":3:11: models.m.context: a whole number from 16 to 1048576 expected, not 8"},
        {MODEL("'kv':'q4'"), ":3:6: models.m.kv: \"f16\", \"q8_0\" or \"f32\" expected, not \"q4\""},
        {AGENT("'temperature':-1"), ":4:15: agents.a.temperature: 0 to 10 expected, not -1"},
        {AGENT("'context':8"), ":4:11: agents.a.context: a whole number from 16 to 1048576 expected, not 8"},
        {GATEWAY("'threshold':1.5"), ":5:13: gateway.threshold: 0 to 1 expected, not 1.5"},
    };
    (void)state;
    ALL_BAD(cases);
}

static void test_stop_texts_are_checked(void **state)
{
    static const wrong cases[] = {
        {TOP("'stop':'x'"), ":4:8: stop: an array expected, not \"x\""},
        {TOP("'stop':['a',1]"), ":4:13: stop[1]: a string expected, not 1"},
        {AGENT("'stop':['a','']"), ":4:13: agents.a.stop[1]: a text of 1 to 256 bytes expected, not of 0"},
        {AGENT("'stop':[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17]"),
         ":4:8: agents.a.stop: at most 16 texts expected, not 17"},
    };
    char text[512];
    (void)state;
    ALL_BAD(cases);
    snprintf(text, sizeof text, AGENT("'stop':['%0256d']"), 0);
    ar_team_config_free(good_team(text));
    snprintf(text, sizeof text, AGENT("'stop':['%0257d']"), 0);
    bad(text, ":4:9: agents.a.stop[0]: a text of 1 to 256 bytes expected, not of 257");
}

static void test_names_are_checked(void **state)
{
    static const char *const names[] = {"", "A", "1a", "_a", "-a", "a.b", "a b", "ma\xC3\xA9", "a/b"};
    char text[256], sentence[512];
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        snprintf(text, sizeof text, "{'arny':1,'plan':'hybrid','models':{'m':{'fake':'base.fake'}},'agents':{'%s':{}}}",
                 names[i]);
        ar_team_config *config;
        assert_status(read_team(&config, text), ARNY_E_DATA);
        snprintf(sentence, sizeof sentence,
                 ": \"%s\" cannot be the name of an agent; 1 to 32 of a-z, 0-9, '-' and '_' expected, a letter first",
                 names[i]);
        assert_error_has(sentence);
    }
    ar_team_config_free(good_team("{'arny':1,'plan':'hybrid','models':{'m':{'fake':'base.fake'}},"
                                  "'agents':{'a2345678901234567890123456789012':{}}}"));
    bad("{'arny':1,'plan':'hybrid','models':{'m':{'fake':'base.fake'}},"
        "'agents':{'a23456789012345678901234567890123':{}}}",
        ":1:109: agents.a23456789012345678901234567890123: \"a23456789012345678901234567890123\" cannot be the name of "
        "an agent; 1 to 32 of a-z, 0-9, '-' and '_' expected, a letter first");
    bad("{'arny':1,'plan':'hybrid','models':{'M':{'fake':'base.fake'}},'agents':{'a':{}}}",
        ":1:41: models.M: \"M\" cannot be the name of a model; 1 to 32 of a-z, 0-9, '-' and '_' expected, a letter "
        "first");
    bad("{'arny':1,'plan':'hybrid','models':{'m':{'fake':'base.fake'}},'agents':{'none':{}}}",
        ":1:80: agents.none: the name \"none\" is reserved; another one expected");
    bad("{'arny':1,'plan':'hybrid','models':{'m':{'fake':'base.fake'}},'agents':{'gateway':{}}}",
        ":1:83: agents.gateway: the name \"gateway\" is reserved; another one expected");
}

static void test_there_are_1_to_128_agents(void **state)
{
    (void)state;
    bad("{'arny':1,'plan':'hybrid','models':{'m':{'fake':'base.fake'}},'agents':{}}",
        ":1:72: agents: 1 to 128 agents expected, not 0");
    bad("{'arny':1,'plan':'hybrid','models':{},'agents':{'a':{}}}", ":1:36: models: 1 to 129 models expected, not 0");
    bad("{'arny':1,'plan':'hybrid','models':{'m':{'fake':'base.fake'}},'agents':[]}",
        ":1:72: agents: an object expected, not an array");
    for (int count = 128; count <= 129; count++) {
        ar_buf text = AR_BUF_INIT(4096);
        ar_buf_puts(&text, "{'arny':1,'plan':'hybrid','models':{'m':{'fake':'base.fake'}},\n'agents':{");
        for (int i = 0; i < count; i++)
            ar_buf_printf(&text, "%s'a%d':{}", i ? "," : "", i);
        ar_buf_puts(&text, "}}");
        if (count == 128)
            ar_team_config_free(good_team(text.ptr));
        else
            bad(text.ptr, ":2:10: agents: 1 to 128 agents expected, not 129");
        ar_buf_free(&text);
    }
}

/* ---- what is wrong: models and agents ----------------------------------------------------------------------- */

static void test_models_are_checked(void **state)
{
    static const wrong cases[] = {
        {"{'arny':1,'plan':'hybrid','models':{'m':{}},'agents':{'a':{}}}",
         ":1:41: models.m: it has no file; \"gguf\", \"pte\" or \"fake\" expected"},
        {"{'arny':1,'plan':'hybrid','models':{'m':'base.fake'},'agents':{'a':{}}}",
         ":1:41: models.m: an object expected, not \"base.fake\""},
        {MODEL("'contxt':64"), ":3:1: models.m: unknown key \"contxt\"; did you mean \"context\"?"},
        {MODEL("'temperature':1"),
         ":3:1: models.m: unknown key \"temperature\"; allowed: gguf, pte, fake, tokenizer, chat, threads, context, "
         "batch, kv, gpu_layers, repack"},
        {MODEL("'gguf':'../x'"),
         ":3:8: models.m.gguf: \"../x\" leaves the team's folder; a path relative to it, without \"..\", expected"},
        {MODEL("'gguf':'/etc/passwd'"),
         ":3:8: models.m.gguf: \"/etc/passwd\" leaves the team's folder; a path relative to it, without \"..\", "
         "expected"},
        {MODEL("'tokenizer':'a/../../x'"),
         ":3:13: models.m.tokenizer: \"a/../../x\" leaves the team's folder; a path relative to it, without \"..\", "
         "expected"},
        {MODEL("'gguf':''"), ":3:8: models.m.gguf: the name of a file expected, not an empty one"},
        {MODEL("'gguf':7"), ":3:8: models.m.gguf: a string expected, not 7"},
        {"{'arny':1,'plan':'hybrid','engine':'fake','models':{'m':{'gguf':'g','pte':'p'}},'agents':{'a':{}}}",
         ":1:57: models.m: it has no \"fake\" file, which is the team's engine; add one, or set \"engine\" to \"gguf\" "
         "or \"pte\""},
    };
    char sentence[512];
    (void)state;
    ALL_BAD(cases);
    snprintf(sentence, sizeof sentence, ":1:49: models.m.fake: there is no file %s/absent.fake", team_folder);
    bad_status(ARNY_E_NOT_FOUND, "{'arny':1,'plan':'hybrid','models':{'m':{'fake':'absent.fake'}},'agents':{'a':{}}}",
               sentence);
    snprintf(sentence, sizeof sentence, ":3:13: models.m.tokenizer: there is no file %s/absent.gguf", team_folder);
    bad_status(ARNY_E_NOT_FOUND, MODEL("'tokenizer':'absent.gguf'"), sentence);
    snprintf(sentence, sizeof sentence, ":1:49: models.m.fake: %s/sub is not a regular file", team_folder);
    bad("{'arny':1,'plan':'hybrid','models':{'m':{'fake':'sub'}},'agents':{'a':{}}}", sentence);
}

static void test_an_unknown_chat_template_lists_those_there_are(void **state)
{
    ar_team_config *config;
    (void)state;
    assert_status(read_team(&config, MODEL("'chat':'chatlm'")), ARNY_E_DATA);
    assert_error_has("team.json:3:8: models.m.chat: no chat template \"chatlm\"; there are: \"");
    assert_error_has("\"llama3-guide\"");
    assert_error_has("; did you mean \"chatml\"?");
    assert_status(read_team(&config, AGENT("'chat':''")), ARNY_E_DATA);
    assert_error_has("team.json:4:8: agents.a.chat: no chat template \"\"; there are: \"");
}

static void test_agents_are_checked(void **state)
{
    static const wrong cases[] = {
        {AGENT("'promt':'x'"), ":4:1: agents.a: unknown key \"promt\"; did you mean \"prompt\"?"},
        {AGENT("'threads':2"),
         ":4:1: agents.a: unknown key \"threads\"; allowed: model, prompt, description, adapter, chat, context, "
         "temperature, top_k, top_p, min_p, repeat_penalty, repeat_last, seed, max_tokens, stop"},
        {AGENT("'prompt':['x']"), ":4:10: agents.a.prompt: a string expected, not an array"},
        {AGENT("'model':'n'"), ":4:9: agents.a.model: no model \"n\"; there are: \"m\""},
        {AGENT("'model':1"), ":4:9: agents.a.model: a string expected, not 1"},
        {AGENT("'adapter':'lora.fake'"),
         ":4:11: agents.a.adapter: plan \"monolith\" has no adapters; plan \"adapters\" is "
         "the one with an adapter an agent"},
        {"{'arny':1,'plan':'adapters','models':{'m':{'fake':'base.fake'}},'agents':{'a':{'adapter':'../l'}}}",
         ":1:90: agents.a.adapter: \"../l\" leaves the team's folder; a path relative to it, without \"..\", expected"},
        {"{'arny':1,'plan':'hybrid','models':{'base':{'fake':'base.fake'},'math':{'fake':'math.fake'}},\n"
         "'agents':{'a':{'model':'basse'}}}",
         ":2:24: agents.a.model: no model \"basse\"; there are: \"base\", \"math\"; did you mean \"base\"?"},
        {"{'arny':1,'plan':'hybrid','models':{'base':{'fake':'base.fake'},'math':{'fake':'math.fake'}},\n"
         "'agents':{'a':{}}}",
         ":2:15: agents.a: \"model\" is missing: one of \"base\", \"math\""},
    };
    char sentence[512];
    (void)state;
    ALL_BAD(cases);
    snprintf(sentence, sizeof sentence, ":1:90: agents.a.adapter: there is no file %s/absent", team_folder);
    bad_status(ARNY_E_NOT_FOUND,
               "{'arny':1,'plan':'adapters','models':{'m':{'fake':'base.fake'}},'agents':{'a':{'adapter':'absent'}}}",
               sentence);
}

static void test_a_prompt_has_at_most_64_kilobytes(void **state)
{
    char *text = malloc(70000);
    (void)state;
    snprintf(text, 70000, AGENT("'prompt':'%065536d'"), 0);
    ar_team_config_free(good_team(text));
    snprintf(text, 70000, AGENT("'prompt':'%065537d'"), 0);
    bad(text, ":4:10: agents.a.prompt: a text of 0 to 65536 bytes expected, not of 65537");
    free(text);
}

static void test_the_plan_says_how_many_models_agents_have(void **state)
{
    static const char text[] = "{'arny':1,'plan':'%s','models':{'x':{'fake':'base.fake'},'y':{'fake':'math.fake'}},\n"
                               "'agents':{'a':{'model':'x'},\n'b':{'model':'x'},\n'c':{'model':'y'}}}";
    static const char sentence[] =
        ":4:14: agents.c.model: plan \"%s\" has one model for all agents, and \"a\" has \"x\"; "
        "plan \"hybrid\" is the one with a model an agent";
    static const char *const plans[] = {"monolith", "adapters"};
    char team[512], wanted[512];
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        snprintf(team, sizeof team, text, plans[i]);
        snprintf(wanted, sizeof wanted, sentence, plans[i]);
        bad(team, wanted);
    }
    snprintf(team, sizeof team, text, "hybrid");
    ar_team_config *config = good_team(team);
    assert_int_equal(config->agents[1].model, 0); /* shared */
    assert_int_equal(config->agents[2].model, 1);
    ar_team_config_free(config);
}

static void test_an_engine_that_this_build_lacks_is_unsupported(void **state)
{
    ar_team_config *config;
    arny_team_options options = ARNY_TEAM_OPTIONS_INIT;
    char sentence[256];
    (void)state;
    if (arny_engine_find("pte"))
        SKIP("needs a build without the pte engine: ./dev test tsan");
    char *pte = test_path(team_folder, "base.pte");
    test_write(pte, "x", 1);
    snprintf(sentence, sizeof sentence, ":4:10: engine: this build has no engine \"pte\"; it has: %s", arny_engines());
    bad_status(ARNY_E_UNSUPPORTED, TOP("'engine':'pte'"), sentence);
    snprintf(sentence, sizeof sentence, ":1:49: models.m.pte: this build has no engine \"pte\"; it has: %s",
             arny_engines());
    bad_status(ARNY_E_UNSUPPORTED, "{'arny':1,'plan':'hybrid','models':{'m':{'pte': 'base.pte'}},'agents':{'a':{}}}",
               sentence);
    options.engine = "pte";
    write_team(TOP("'engine':'fake'"));
    assert_status(ar_team_config_read(&config, team_folder, &options), ARNY_E_UNSUPPORTED);
    options.engine = "fake"; /* overrides what this build could not do */
    write_team(TOP("'engine':'pte'"));
    assert_status(ar_team_config_read(&config, team_folder, &options), 0);
    ar_team_config_free(config);
    free(pte);
}

/* ---- what is wrong: the gateway ----------------------------------------------------------------------------- */

static void test_the_gateway_is_checked(void **state)
{
    static const wrong cases[] = {
        {TOP("'gateway':'score'"), ":4:11: gateway: an object expected, not \"score\""},
        {GATEWAY("'mode':'scores'"),
         ":5:8: gateway.mode: \"score\", \"json\" or \"head\" expected, not \"scores\"; did you mean \"score\"?"},
        {GATEWAY("'fallbak':'a'"), ":5:1: gateway: unknown key \"fallbak\"; did you mean \"fallback\"?"},
        {GATEWAY("'fallback':'b'"), ":5:12: gateway.fallback: no agent \"b\"; there are: \"a\""},
        {GATEWAY("'fallback':'none'"), ":5:12: gateway.fallback: no agent \"none\"; there are: \"a\""},
        {GATEWAY("'model':'x'"), ":5:9: gateway.model: no model \"x\"; there are: \"m\""},
        {GATEWAY("'prompt':''"), ":5:10: gateway.prompt: a text of 1 to 65536 bytes expected, not of 0"},
        {GATEWAY("'none':0"), ":5:8: gateway.none: true or false expected, not 0"},
        {GATEWAY("'calibrate':'no'"), ":5:13: gateway.calibrate: true, false or 1 to 64 messages expected"},
        {GATEWAY("'examples':{}"), ":5:12: gateway.examples: an array expected, not an object"},
        {GATEWAY("'examples':['x']"), ":5:13: gateway.examples[0]: an object expected, not \"x\""},
        {GATEWAY("'examples':[{'agent':'a'}]"), ":5:13: gateway.examples[0]: \"text\" is missing: the message"},
        {GATEWAY("'examples':[{'text':'x'}]"),
         ":5:13: gateway.examples[0]: \"agent\" is missing: who should answer the message"},
        {GATEWAY("'examples':[{'text':'x','agent':'a'},\n{'text':'','agent':'a'}]"),
         ":6:9: gateway.examples[1].text: a text of 1 to 4096 bytes expected, not of 0"},
        {GATEWAY("'examples':[{'text':'x','agent':'nne'}]"),
         ":5:33: gateway.examples[0].agent: no agent \"nne\"; there are: \"a\", \"none\"; did you mean \"none\"?"},
        {GATEWAY("'none':false,'examples':[{'text':'x','agent':'none'}]"),
         ":5:46: gateway.examples[0].agent: an agent expected: \"none\" is no answer of this gateway, whose \"none\" "
         "is false"},
        {GATEWAY("'examples':[{'text':'x','agent':'a','why':1}]"),
         ":5:37: gateway.examples[0]: unknown key \"why\"; allowed: text, agent"},
    };
    (void)state;
    ALL_BAD(cases);
    bad("{'arny':1,'plan':'hybrid','models':{'x':{'fake':'base.fake'},'y':{'fake':'math.fake'}},\n"
        "'agents':{'a':{'model':'x'}},\n'gateway':{}}",
        ":3:11: gateway: \"model\" is missing: one of \"x\", \"y\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_engine_that_this_build_lacks_is_unsupported),
        cmocka_unit_test(test_a_file_that_is_no_json_says_where),
        cmocka_unit_test(test_a_file_of_more_than_a_megabyte_is_refused),
        cmocka_unit_test(test_the_top_of_the_file_is_checked),
        cmocka_unit_test(test_a_budget_that_is_no_size_is_refused),
        cmocka_unit_test(test_numbers_keep_their_ranges),
        cmocka_unit_test(test_stop_texts_are_checked),
        cmocka_unit_test(test_names_are_checked),
        cmocka_unit_test(test_there_are_1_to_128_agents),
        cmocka_unit_test(test_models_are_checked),
        cmocka_unit_test(test_an_unknown_chat_template_lists_those_there_are),
        cmocka_unit_test(test_agents_are_checked),
        cmocka_unit_test(test_a_prompt_has_at_most_64_kilobytes),
        cmocka_unit_test(test_the_plan_says_how_many_models_agents_have),
        cmocka_unit_test(test_the_gateway_is_checked),
    };
    make_team_folder();
    return RUN(tests);
}
