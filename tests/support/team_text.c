#include "team_text.h"

#include "check.h"
#include "tmp.h"
#include <sys/stat.h>

char *team_folder;

const char *const team_full =
    "// a team of two\n"
    "{\n"
    "  'arny': 1, 'plan': 'hybrid', 'engine': 'fake', 'budget': '1.5GB',\n"
    "  'history': 'shared', 'persist': 'disk',\n"
    "  'threads': 3, 'context': 1024, 'batch': 64, 'kv': 'q8_0', 'gpu_layers': -1,\n"
    "  'repack': false, 'max_tokens': 99, 'temperature': 0.5, 'top_k': 7, 'top_p': 0.75,\n"
    "  'min_p': 0.25, 'repeat_penalty': 1.5, 'repeat_last': 32, 'seed': 11,\n"
    "  'stop': ['\\n\\n', 'END'],\n"
    "  'models': {\n"
    "    'base': { 'fake': 'base.fake', 'gguf': 'absent.gguf', 'pte': 'absent.pte',\n"
    "              'tokenizer': 'vocab.gguf', 'chat': 'chatml' },\n"
    "    'm-2_x': { 'fake': './math.fake', 'threads': 'auto', 'context': 512, 'batch': 32,\n"
    "              'kv': 'f16', 'gpu_layers': 4, 'repack': true }, /* another */\n"
    "    'router': { 'fake': 'router.fake', 'repack': 'auto' },\n"
    "  },\n"
    "  'gateway': { 'model': 'router', 'mode': 'json', 'prompt': 'Who?', 'threshold': 0.75,\n"
    "    'fallback': 'math', 'none': true, 'calibrate': false,\n"
    "    'examples': [ { 'text': '2+2', 'agent': 'math' }, { 'text': 'hm', 'agent': 'none' } ] },\n"
    "  'agents': {\n"
    "    'wellness': { 'model': 'base', 'description': 'feelings', 'prompt': 'Be kind.' },\n"
    "    'math': { 'model': 'm-2_x', 'chat': 'llama3', 'context': 256, 'max_tokens': 5,\n"
    "      'temperature': 0, 'top_k': 0, 'top_p': 1, 'min_p': 0, 'repeat_penalty': 1,\n"
    "      'repeat_last': 0, 'seed': 9223372036854775807, 'stop': ['.'] },\n"
    "    'quiet': { 'model': 'm-2_x', 'stop': [] }\n"
    "  }\n"
    "}\n";

void write_team(const char *text)
{
    char *path = test_path(team_folder, "team.json");
    char *json = strdup(text);
    for (char *c = json; *c; c++)
        *c = *c == '\'' ? '"' : *c;
    test_write(path, json, strlen(json));
    free(json);
    free(path);
}

int read_team(ar_team_config **out, const char *text)
{
    write_team(text);
    return ar_team_config_read(out, team_folder, NULL);
}

ar_team_config *good_team(const char *text)
{
    ar_team_config *config;
    assert_status(read_team(&config, text), 0);
    assert_non_null(config);
    return config;
}

void make_team_folder(void)
{
    static const char *const files[] = {"base.fake",          "math.fake",           "router.fake",
                                        "vocab.gguf",         "lora.fake",           "base.q4_0.gguf",
                                        "math.q4_0.gguf",     "math.q4_1.gguf",      "wellness.q4_0.gguf",
                                        "router.q4_0.gguf",   "logistics.q4_0.gguf", "math.lora.gguf",
                                        "wellness.lora.gguf", "logistics.lora.gguf", "math.q8_0.gguf",
                                        "wellness.q8_0.gguf", "logistics.q8_0.gguf", "universal.q8_0.gguf"};
    team_folder = test_tmpdir();
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        char *path = test_path(team_folder, files[i]);
        test_write(path, "{}", 2);
        free(path);
    }
    char *sub = test_path(team_folder, "sub");
    mkdir(sub, 0700);
    free(sub);
}
