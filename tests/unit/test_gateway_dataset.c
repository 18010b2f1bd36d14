/* Messages with what is right for them: each form of a line is read, each mistake is told with file, line and column,
 * and what contradicts itself is told with both places. And files of lines, however long. */
#include "check.h"
#include "gateway/dataset.h"
#include "talk.h"
#include "tmp.h"
#include "util/fault.h"
#include "util/lines.h"

#include <sys/stat.h>

/* ---- helpers ---------------------------------------------------------------------------------------------------- */

/* A team of math, logistics and care; names of agents count up in this order. */
enum { MATH, LOGISTICS, CARE, NONE };

static ar_team_config *config;
static char *folder; /* of the data */
static ar_dataset data;

static void begin(const char *gateway)
{
    char team[512];
    snprintf(team, sizeof team,
             "{'arny': 1, 'plan': 'monolith', 'engine': 'fake', 'models': {'m': {'fake': 'm.fake'}},"
             " 'gateway': {%s}, 'agents': {'math': {}, 'logistics': {}, 'care': {}}}",
             gateway);
    assert_status(ar_team_config_read(&config, talk_folder(team, "m.fake", "{}", NULL), NULL), ARNY_OK);
    folder = test_tmpdir();
    ar_dataset_init(&data, config);
}

static int begin_test(void **state)
{
    (void)state;
    begin("");
    return 0;
}

static int end_test(void **state)
{
    (void)state;
    ar_dataset_free(&data);
    ar_dataset_free(&data);
    ar_team_config_free(config);
    return 0;
}

/* Forgets what was read. */
static void restart(void)
{
    ar_dataset_free(&data);
    ar_dataset_init(&data, config);
}

/* FOLDER/NAME with these bytes. Borrowed until the next call. */
static const char *file_of(const char *name, const char *bytes, size_t count)
{
    static char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    test_write(path, bytes, count);
    return path;
}

/* The same, where ' stands for ". */
static const char *file(const char *name, const char *text)
{
    char *json = strdup(text);
    if (!json)
        abort();
    for (char *c = json; *c; c++)
        *c = *c == '\'' ? '"' : *c;
    const char *path = file_of(name, json, strlen(json));
    free(json);
    return path;
}

static void read_text(const char *text)
{
    assert_status(ar_dataset_read(&data, file("a.jsonl", text)), ARNY_OK);
}

/* The file a.jsonl of this text is refused; the error is its path and then `sentence`. */
static void assert_bad(const char *text, const char *sentence)
{
    char wanted[2048];
    restart();
    const char *path = file("a.jsonl", text);
    assert_status(ar_dataset_read(&data, path), ARNY_E_DATA);
    snprintf(wanted, sizeof wanted, "%s%s", path, sentence);
    assert_error(wanted);
}

static const ar_sample *sample(size_t index)
{
    assert_true(index < data.count);
    return &data.samples[index];
}

#define GOOD "{'text': 'Solve 2x = 4', 'agent': 'math'}\n"

/* ---- lines that are right --------------------------------------------------------------------------------------- */

static void a_message_has_an_agent(void **state)
{
    (void)state;
    read_text("{'text': 'Solve 2x + 5 = 15', 'agent': 'math'}\n"
              "{'agent': 'care', 'text': 'I am sad'}\n"
              "{'text': 'Hello', 'agent': 'none'}\n");
    assert_int_equal(data.count, 3);
    assert_int_equal(data.file_count, 1);
    assert_string_equal(ar_sample_text(sample(0)), "Solve 2x + 5 = 15");
    assert_int_equal(ar_sample_label(sample(0)), MATH);
    assert_int_equal(ar_sample_label(sample(1)), CARE);
    assert_int_equal(ar_sample_label(sample(2)), NONE);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(sample(i)->turn_count, 1);
        assert_int_equal(sample(i)->danger, -1);
        assert_int_equal(sample(i)->file, 0);
        assert_int_equal(sample(i)->line, i + 1);
        assert_string_equal(sample(i)->kind, "");
        assert_string_equal(sample(i)->lang, "");
        assert_string_equal(sample(i)->source, "a.jsonl");
    }
    assert_status(ar_dataset_check(&data), ARNY_OK);
}

static void a_conversation_has_the_last_turns_agent_or_each_ones(void **state)
{
    (void)state;
    read_text("{'turns': ['Solve 2x = 4', 'and the second one?'], 'agent': 'math'}\n"
              "{'turns': ['Solve 2x = 4', 'now my week', 'bye'], 'agents': ['math', 'logistics', 'none']}\n"
              "{'turns': ['Hi'], 'agents': ['none']}\n"
              "{'text': 'Ho', 'agents': ['care']}\n");
    const ar_sample *s = sample(0);
    assert_int_equal(s->turn_count, 2);
    assert_string_equal(s->turns[0], "Solve 2x = 4");
    assert_true(s->labels[0] == AR_UNLABELLED);
    assert_string_equal(ar_sample_text(s), "and the second one?");
    assert_int_equal(ar_sample_label(s), MATH);
    s = sample(1);
    assert_int_equal(s->turn_count, 3);
    assert_int_equal(s->labels[0], MATH);
    assert_int_equal(s->labels[1], LOGISTICS);
    assert_int_equal(s->labels[2], NONE);
    assert_string_equal(ar_sample_text(s), "bye");
    assert_int_equal(ar_sample_label(sample(2)), NONE);
    assert_int_equal(ar_sample_label(sample(3)), CARE);
}

static void danger_stands_with_or_without_an_agent(void **state)
{
    (void)state;
    read_text("{'text': 'I can not go on', 'danger': true}\n"
              "{'text': 'I can not go on with this book', 'danger': false, 'agent': 'care'}\n"
              "{'turns': ['Hi', 'I can not go on'], 'danger': true}\n");
    assert_int_equal(sample(0)->danger, 1);
    assert_true(ar_sample_label(sample(0)) == AR_UNLABELLED);
    assert_int_equal(sample(1)->danger, 0);
    assert_int_equal(ar_sample_label(sample(1)), CARE);
    assert_int_equal(sample(2)->danger, 1);
    assert_true(ar_sample_label(sample(2)) == AR_UNLABELLED);
}

static void a_line_may_say_where_it_comes_from_and_what_it_is(void **state)
{
    (void)state;
    read_text("{'text': 'Hola', 'agent': 'none', 'source': 'forum', 'kind': 'greeting', 'lang': 'es'}\n"
              "{'text': 'Hi', 'agent': 'none', 'lang': 'en'}\n");
    assert_string_equal(sample(0)->source, "forum");
    assert_string_equal(sample(0)->kind, "greeting");
    assert_string_equal(sample(0)->lang, "es");
    assert_string_equal(sample(1)->source, "a.jsonl");
    assert_string_equal(sample(1)->kind, "");
    assert_string_equal(sample(1)->lang, "en");
}

static void a_message_is_kept_as_it_is(void **state)
{
    (void)state;
    read_text("{'text': ' \\n2 < 3 &\\t\\u00fc \xf0\x9f\x98\x80 \\ud83d\\ude00 ', 'agent': 'math'}");
    assert_string_equal(ar_sample_text(sample(0)), " \n2 < 3 &\t\xc3\xbc \xf0\x9f\x98\x80 \xf0\x9f\x98\x80 ");
}

static void lines_end_in_any_way_and_may_be_blank(void **state)
{
    static const char *const forms[] = {
        GOOD "\n\n \t\n{'text': 'Hi', 'agent': 'none'}\n",                            /* blank lines */
        GOOD "\r\n\r\n\r\n{'text': 'Hi', 'agent': 'none'}\r\n",                       /* CRLF */
        GOOD "\n\n\n{'text': 'Hi', 'agent': 'none'}",                                 /* no end */
        GOOD "\r\n \t\r\n\r\n{'text': 'Hi', 'agent': 'none'}\r",                      /* half of an end */
        "\xef\xbb\xbf" GOOD "\n\n\n  {'text': 'Hi', 'agent': 'none', }  // so\n\n\n", /* a mark in front; a comment */
    };
    (void)state;
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        restart();
        read_text(forms[i]);
        assert_int_equal(data.count, 2);
        assert_int_equal(sample(0)->line, 1);
        assert_int_equal(sample(1)->line, 5);
        assert_string_equal(ar_sample_text(sample(1)), "Hi");
    }
}

static void as_many_lines_as_there_are_are_read(void **state)
{
    enum { COUNT = 5000 };
    char *text = malloc(COUNT * 64), *at = text;
    (void)state;
    if (!text)
        abort();
    for (int i = 0; i < COUNT; i++)
        at += sprintf(at, "{\"text\": \"message %d\", \"agent\": \"%s\"}\n", i, i % 2 ? "math" : "care");
    assert_status(ar_dataset_read(&data, file_of("a.jsonl", text, (size_t)(at - text))), ARNY_OK);
    free(text);
    assert_int_equal(data.count, COUNT);
    assert_string_equal(ar_sample_text(sample(4321)), "message 4321");
    assert_int_equal(ar_sample_label(sample(4321)), MATH);
    assert_int_equal(sample(4321)->line, 4322);
    assert_status(ar_dataset_check(&data), ARNY_OK);
}

/* ---- mistakes --------------------------------------------------------------------------------------------------- */

static void an_agent_that_is_not_there_is_told_with_those_that_are(void **state)
{
    (void)state;
    assert_bad(
        GOOD "\n{'text': 'Hi', 'agent': 'maths'}",
        ":3:25: agent: no agent \"maths\"; there are: \"math\", \"logistics\", \"care\"; did you mean \"math\"?");
    assert_bad("{'text': 'Hi', 'agent': 'weather'}",
               ":1:25: agent: no agent \"weather\"; there are: \"math\", \"logistics\", \"care\"");
    assert_bad(
        "{'turns': ['a', 'b'], 'agents': ['math', 'car']}",
        ":1:42: agents[1]: no agent \"car\"; there are: \"math\", \"logistics\", \"care\"; did you mean \"care\"?");
    assert_bad("{'text': 'Hi', 'agent': ''}",
               ":1:25: agent: no agent \"\"; there are: \"math\", \"logistics\", \"care\"");
}

static void an_agent_is_a_string(void **state)
{
    (void)state;
    assert_bad("{'text': 'Hi', 'agent': 3}", ":1:25: agent: a string expected, not 3");
    assert_bad("{'text': 'Hi', 'agent': null}", ":1:25: agent: a string expected, not null");
    assert_bad("{'text': 'Hi', 'agent': ['math']}", ":1:25: agent: a string expected, not an array");
    assert_bad("{'turns': ['a', 'b'], 'agents': ['math', null]}", ":1:42: agents[1]: a string expected, not null");
    assert_bad("{'turns': ['a', 'b'], 'agents': 'math'}", ":1:33: agents: an array expected, not \"math\"");
}

static void none_is_a_mistake_where_the_gateway_has_none(void **state)
{
    (void)state;
    assert_bad("{'text': 'Hi', 'agent': 'nome'}",
               ":1:25: agent: no agent \"nome\"; there are: \"math\", \"logistics\", \"care\"");
    ar_dataset_free(&data);
    ar_team_config_free(config);
    begin("'none': false");
    assert_bad(GOOD "{'text': 'Hi', 'agent': 'none'}", ":2:25: agent: \"none\" is no answer of this team's gateway");
}

static void a_key_that_is_not_known_is_told_with_the_nearest(void **state)
{
    (void)state;
    assert_bad("{'text': 'Hi', 'agnet': 'math'}", ":1:16: unknown key \"agnet\"; did you mean \"agent\"?");
    assert_bad(GOOD GOOD "{'txt': 'Hi', 'agent': 'math'}", ":3:2: unknown key \"txt\"; did you mean \"text\"?");
    assert_bad("{'text': 'Hi', 'agent': 'math', 'weather': 1}",
               ":1:33: unknown key \"weather\"; allowed: text, turns, agent, agents, danger, source, kind, lang");
    assert_bad("{'text': 'Hi', 'agent': 'math', 'text': 'Ho'}",
               ":1:33: key \"text\" stands here again; line 1 has it first");
}

static void a_line_has_a_text_or_turns_and_not_both(void **state)
{
    (void)state;
    assert_bad("{'text': 'Hi', 'turns': ['Hi', 'Ho'], 'agent': 'math'}", ":1:1: either \"text\" or \"turns\" expected");
    assert_bad("  {'agent': 'math'}", ":1:3: either \"text\" or \"turns\" expected");
    assert_bad("{}", ":1:1: either \"text\" or \"turns\" expected");
}

static void a_message_has_words(void **state)
{
    (void)state;
    assert_bad("{'text': '', 'agent': 'math'}", ":1:10: text: the message is empty");
    assert_bad("{'text': ' \\t\\r\\n ', 'agent': 'math'}", ":1:10: text: the message is empty");
    assert_bad("{'turns': ['Hi', '  '], 'agent': 'math'}", ":1:18: turns[1]: the message is empty");
    assert_bad("{'text': ['Hi'], 'agent': 'math'}", ":1:10: text: a string expected, not an array");
    assert_bad("{'turns': ['Hi', 5], 'agent': 'math'}", ":1:18: turns[1]: a string expected, not 5");
    assert_bad("{'turns': 'Hi', 'agent': 'math'}", ":1:11: turns: an array expected, not \"Hi\"");
}

static void a_conversation_has_1_to_64_turns(void **state)
{
    char text[1024] = "{'turns': [", *at = text + strlen(text);
    (void)state;
    for (int i = 0; i < 65; i++)
        at += sprintf(at, "%s'%d'", i ? ", " : "", i);
    strcpy(at, "], 'agent': 'math'}");
    assert_bad(text, ":1:11: turns: 1 to 64 turns expected, not 65");
    assert_bad("{'turns': [], 'agent': 'math'}", ":1:11: turns: 1 to 64 turns expected, not 0");
    *strstr(text, ", '64'") = '\0';
    strcat(text, "], 'agent': 'math'}");
    restart();
    read_text(text);
    assert_int_equal(sample(0)->turn_count, 64);
    assert_int_equal(ar_sample_label(sample(0)), MATH);
}

static void there_are_as_many_agents_as_turns(void **state)
{
    (void)state;
    assert_bad("{'turns': ['a', 'b'], 'agents': ['math']}", ":1:33: agents: one agent for each turn expected");
    assert_bad("{'turns': ['a'], 'agents': ['math', 'care']}", ":1:28: agents: one agent for each turn expected");
    assert_bad("{'turns': ['a'], 'agents': []}", ":1:28: agents: one agent for each turn expected");
    assert_bad("{'turns': ['a', 'b'], 'agent': 'math', 'agents': ['math', 'care']}",
               ":1:50: agents: \"agent\" is there already");
}

static void an_agent_that_is_missing_is_missed(void **state)
{
    (void)state;
    assert_bad(GOOD "{'text': 'Hi'}", ":2:1: \"agent\" is missing: who should answer, or \"none\"");
    assert_bad("{'turns': ['Hi', 'Ho'], 'kind': 'x'}", ":1:1: \"agent\" is missing: who should answer, or \"none\"");
}

static void the_rest_has_its_types_too(void **state)
{
    (void)state;
    assert_bad("{'text': 'Hi', 'danger': 'yes'}", ":1:26: danger: true or false expected, not \"yes\"");
    assert_bad("{'text': 'Hi', 'danger': 1}", ":1:26: danger: true or false expected, not 1");
    assert_bad("{'text': 'Hi', 'agent': 'math', 'kind': 1}", ":1:41: kind: a string expected, not 1");
    assert_bad("{'text': 'Hi', 'agent': 'math', 'lang': null}", ":1:41: lang: a string expected, not null");
    assert_bad("{'text': 'Hi', 'agent': 'math', 'source': {}}", ":1:43: source: a string expected, not an object");
}

static void a_line_is_an_object(void **state)
{
    (void)state;
    assert_bad(GOOD "['Hi', 'math']", ":2:1: an object expected, not an array");
    assert_bad("'Hi'\n", ":1:1: an object expected, not \"Hi\"");
    assert_bad("null\n", ":1:1: an object expected, not null");
}

/* The words are yyjson's; the place is ours. */
static void a_line_that_is_no_json_is_told_with_its_place(void **state)
{
    static const struct {
        const char *text, *place;
    } cases[] = {{GOOD "{'text': 'Hi', 'agent': 'math'", ":2:31: "},
                 {GOOD "\n{'text': 'Hi' 'agent': 'math'}", ":3:15: "},
                 {"{'text': 'Hi', 'agent': 'math'} {'text': 'Ho', 'agent': 'math'}", ":1:33: "},
                 {"Hi, math", ":1:1: "},
                 {"{'text': '\xc3\xbc\xc3\xbc', agent: 'math'}", ":1:16: "}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char wanted[600];
        restart();
        const char *path = file("a.jsonl", cases[i].text);
        assert_status(ar_dataset_read(&data, path), ARNY_E_DATA);
        snprintf(wanted, sizeof wanted, "%s%s", path, cases[i].place);
        assert_error_has(wanted);
    }
}

static void what_is_no_text_is_told_with_its_byte(void **state)
{
    static const char nul[] = "{\"text\": \"a\0b\", \"agent\": \"math\"}\n";
    (void)state;
    assert_bad(GOOD "{'text': 'a\xff', 'agent': 'math'}", ":2:12: byte 0xFF is not UTF-8; save the file as UTF-8");
    assert_bad("{'text': 'a\xc3', 'agent': 'math'}", ":1:12: byte 0xC3 is not UTF-8; save the file as UTF-8");
    assert_bad("{'text': '\xed\xa0\x80', 'agent': 'math'}", ":1:11: byte 0xED is not UTF-8; save the file as UTF-8");
    assert_bad("{'text': 'a\\u0000b', 'agent': 'math'}", ":1:10: \\u0000 is not allowed in a string");
    restart();
    const char *path = file_of("a.jsonl", nul, sizeof nul - 1);
    assert_status(ar_dataset_read(&data, path), ARNY_E_DATA);
    assert_error_has("a.jsonl:1:12: a NUL byte is no text");
    restart();
    path = file_of("a.jsonl", "\0\0\n", 3);
    assert_status(ar_dataset_read(&data, path), ARNY_E_DATA);
    assert_error_has("a.jsonl:1:1: a NUL byte is no text");
}

/* {"text": "xx...", "agent": "math"} of that many bytes, as the second line of a file. */
static const char *long_line(size_t bytes)
{
    static const char head[] = GOOD "{\"text\": \"", tail[] = "\", \"agent\": \"math\"}";
    size_t first = strlen(GOOD), count = first + bytes;
    char *text = malloc(count);
    if (!text)
        abort();
    memset(text, 'x', count);
    memcpy(text, head, sizeof head - 1);
    for (size_t i = 0; i < first; i++)
        text[i] = text[i] == '\'' ? '"' : text[i];
    memcpy(text + count - (sizeof tail - 1), tail, sizeof tail - 1);
    const char *path = file_of("a.jsonl", text, count);
    free(text);
    return path;
}

static void a_line_has_at_most_a_megabyte(void **state)
{
    (void)state;
    assert_status(ar_dataset_read(&data, long_line(1 << 20)), ARNY_OK);
    assert_int_equal(data.count, 2);
    assert_int_equal(strlen(ar_sample_text(sample(1))), (1 << 20) - 29);
    restart();
    assert_status(ar_dataset_read(&data, long_line((1 << 20) + 1)), ARNY_E_DATA);
    assert_error_has("a.jsonl:2: a line of more than 1048576 bytes; it should be one message");
    assert_int_equal(data.count, 1);
}

static void a_file_without_a_message_is_refused(void **state)
{
    static const char wanted[] = ": there is no message in it; a line such as {\"text\": \"...\", \"agent\": \"...\"} "
                                 "expected";
    (void)state;
    assert_bad("", wanted);
    assert_bad("\n\n", wanted);
    assert_bad(" \t\r\n", wanted);
    read_text(GOOD);
    assert_status(ar_dataset_read(&data, file("b.jsonl", "\n")), ARNY_E_DATA); /* also where others have one */
}

static void a_mistake_takes_nothing_back(void **state)
{
    (void)state;
    assert_bad(GOOD GOOD "{'text': ''}\n" GOOD, ":3:10: text: the message is empty");
    assert_int_equal(data.count, 2);
}

/* ---- files and folders ------------------------------------------------------------------------------------------ */

static void what_is_not_there_is_not_found(void **state)
{
    char path[600];
    (void)state;
    snprintf(path, sizeof path, "%s/none.jsonl", folder);
    assert_status(ar_dataset_read(&data, path), ARNY_E_NOT_FOUND);
    assert_error_has("none.jsonl: there is no such file");
    snprintf(path, sizeof path, "%s/none/a.jsonl", folder);
    assert_status(ar_dataset_read(&data, path), ARNY_E_NOT_FOUND);
    snprintf(path, sizeof path, "%s/x", file("file", "x"));
    assert_status(ar_dataset_read(&data, path), ARNY_E_NOT_FOUND);
}

static void a_folder_is_read_by_name(void **state)
{
    static const char *const names[] = {"c.jsonl", "10.jsonl", "b.jsonl", "2.jsonl", "a.jsonl"};
    static const char *const sorted[] = {"10.jsonl", "2.jsonl", "a.jsonl", "b.jsonl", "c.jsonl"};
    (void)state;
    for (size_t i = 0; i < 5; i++) {
        char text[128];
        snprintf(text, sizeof text, "\n{'text': 'from %s', 'agent': 'math'}", names[i]);
        file(names[i], text);
    }
    file("readme.md", "no data");
    file("b.json", "no data");
    file(".jsonl", "no data");
    file("d.jsonl.bak", "no data");
    assert_status(ar_dataset_read(&data, folder), ARNY_OK);
    assert_int_equal(data.count, 5);
    assert_int_equal(data.file_count, 5);
    for (size_t i = 0; i < 5; i++) {
        char wanted[600];
        snprintf(wanted, sizeof wanted, "from %s", sorted[i]);
        assert_string_equal(ar_sample_text(sample(i)), wanted);
        assert_string_equal(sample(i)->source, sorted[i]);
        assert_int_equal(sample(i)->file, i);
        assert_int_equal(sample(i)->line, 2);
        snprintf(wanted, sizeof wanted, "%s/%s", folder, sorted[i]);
        assert_string_equal(data.files[i], wanted);
    }
}

static void a_folder_without_data_is_told(void **state)
{
    (void)state;
    file("readme.md", "no data");
    assert_status(ar_dataset_read(&data, folder), ARNY_E_NOT_FOUND);
    assert_error_has(folder);
    assert_error_has(": there is no file *.jsonl in it");
}

static void a_mistake_in_a_folder_names_its_file(void **state)
{
    (void)state;
    file("a.jsonl", GOOD);
    file("b.jsonl", GOOD "{'text': 'Hi'}");
    file("c.jsonl", "no data");
    assert_status(ar_dataset_read(&data, folder), ARNY_E_DATA);
    assert_error_has("/b.jsonl:2:1: \"agent\" is missing");
}

static void a_folder_that_looks_like_a_file_is_told(void **state)
{
    char path[512];
    (void)state;
    file("a.jsonl", GOOD);
    snprintf(path, sizeof path, "%s/b.jsonl", folder);
    assert_int_equal(mkdir(path, 0700), 0);
    assert_status(ar_dataset_read(&data, folder), ARNY_E_IO);
    assert_error_has("b.jsonl: cannot be read: ");
}

static void files_add_up(void **state)
{
    (void)state;
    read_text(GOOD);
    assert_status(ar_dataset_read(&data, file("b.jsonl", "{'text': 'Hi', 'agent': 'none'}")), ARNY_OK);
    assert_status(ar_dataset_read(&data, folder), ARNY_OK);
    assert_int_equal(data.count, 4);
    assert_int_equal(data.file_count, 4);
    assert_int_equal(sample(3)->file, 3);
    assert_string_equal(sample(1)->source, "b.jsonl");
}

static void more_files_than_a_thousand_are_refused_and_none_is_passed_over(void **state)
{
    char name[32];
    (void)state;
    for (int i = 0; i < 1000; i++) {
        snprintf(name, sizeof name, "%04d.jsonl", i);
        file(name, GOOD);
    }
    assert_status(ar_dataset_read(&data, folder), ARNY_OK);
    assert_int_equal(data.count, 1000);
    restart();
    file("9999.jsonl", GOOD);
    assert_status(ar_dataset_read(&data, folder), ARNY_E_DATA);
    assert_error_has("more than 1000 files");
}

/* ---- contradictions --------------------------------------------------------------------------------------------- */

static void assert_contradiction(const char *text, const char *second, const char *first)
{
    char wanted[2048], path[512];
    restart();
    read_text(text);
    snprintf(path, sizeof path, "%s/a.jsonl", folder);
    assert_status(ar_dataset_check(&data), ARNY_E_DATA);
    snprintf(wanted, sizeof wanted, "%s%s in %s%s; one must be wrong", path, second, path, first);
    assert_error(wanted);
}

static void the_same_text_with_two_agents_names_both_places(void **state)
{
    (void)state;
    assert_contradiction("{'text': 'Hi', 'agent': 'care'}\n" GOOD "{'text': 'Hi', 'agent': 'none'}\n",
                         ":3: this message is for \"none\" here and for \"care\"", ":1");
    assert_contradiction("{'text': 'Hi', 'agent': 'none'}\n{'text': 'Hi', 'agent': 'none'}\n"
                         "{'turns': ['Hi'], 'agent': 'logistics'}\n",
                         ":3: this message is for \"logistics\" here and for \"none\"", ":2");
}

static void two_files_contradict_each_other_too(void **state)
{
    (void)state;
    file("b.jsonl", GOOD "{'text': 'Hi', 'agent': 'care'}\n");
    file("c.jsonl", "\n\n{'text': 'Hi', 'agent': 'none'}\n");
    assert_status(ar_dataset_read(&data, folder), ARNY_OK);
    assert_status(ar_dataset_check(&data), ARNY_E_DATA);
    assert_error_has("/c.jsonl:3: this message is for \"none\" here and for \"care\" in ");
    assert_error_has("/b.jsonl:2; one must be wrong");
}

static void the_same_text_with_two_dangers_names_both_places(void **state)
{
    (void)state;
    assert_contradiction("{'text': 'Hi', 'danger': true}\n{'text': 'Hi', 'danger': false}\n",
                         ":2: this message has danger false here and true", ":1");
    assert_contradiction("{'text': 'Hi', 'danger': false, 'agent': 'care'}\n\n"
                         "{'text': 'Hi', 'danger': true, 'agent': 'care'}\n",
                         ":3: this message has danger true here and false", ":1");
}

static void a_line_between_that_does_not_say_hides_no_contradiction(void **state)
{
    (void)state;
    assert_contradiction("{'text': 'Hi', 'agent': 'care'}\n{'text': 'Hi', 'danger': false}\n"
                         "{'text': 'Hi', 'danger': false}\n{'text': 'Hi', 'agent': 'none'}\n",
                         ":4: this message is for \"none\" here and for \"care\"", ":1");
    assert_contradiction("{'text': 'Hi', 'danger': true}\n{'text': 'Hi', 'agent': 'care'}\n"
                         "{'text': 'Hi', 'danger': false, 'agent': 'care'}\n",
                         ":3: this message has danger false here and true", ":1");
}

static void what_agrees_or_says_something_else_is_no_contradiction(void **state)
{
    (void)state;
    read_text("{'text': 'Hi', 'agent': 'care'}\n"
              "{'text': 'Hi', 'agent': 'care', 'danger': false}\n"
              "{'text': 'Hi', 'danger': false}\n"
              "{'text': 'hi', 'agent': 'math'}\n"
              "{'text': 'Hi ', 'agent': 'math'}\n"
              "{'turns': ['So?', 'Hi'], 'agent': 'math'}\n" /* it follows something */
              "{'turns': ['So?', 'Hi'], 'agent': 'none', 'danger': true}\n"
              "{'turns': ['Hi', 'Ho'], 'agents': ['math', 'none']}\n");
    assert_status(ar_dataset_check(&data), ARNY_OK);
    restart();
    assert_status(ar_dataset_check(&data), ARNY_OK); /* nothing at all */
}

/* ---- lines ------------------------------------------------------------------------------------------------------ */

static void lines_come_one_by_one_with_their_numbers(void **state)
{
    static const char text[] = "one\n\ntwo\r\n\r\na\rb\n\0c\n\r";
    static const char *const wanted[] = {"one", "", "two", "", "a\rb", "\0c", ""};
    static const size_t lengths[] = {3, 0, 3, 0, 3, 2, 0};
    ar_lines lines;
    (void)state;
    assert_status(ar_lines_open(&lines, file_of("lines", text, sizeof text - 1), 100), ARNY_OK);
    for (size_t i = 0; i < 7; i++) {
        assert_int_equal(ar_lines_next(&lines), 1);
        assert_int_equal(lines.number, i + 1);
        assert_int_equal(lines.line.len, lengths[i]);
        assert_memory_equal(lines.line.ptr, wanted[i], lengths[i] + 1); /* and a NUL */
    }
    assert_int_equal(ar_lines_next(&lines), 0);
    assert_int_equal(ar_lines_next(&lines), 0);
    assert_int_equal(lines.number, 7);
    ar_lines_close(&lines);
    ar_lines_close(&lines);
    assert_status(ar_lines_open(&lines, file_of("lines", "", 0), 100), ARNY_OK);
    assert_int_equal(ar_lines_next(&lines), 0);
    ar_lines_close(&lines);
}

/* Ends on both sides of where one piece of a file ends and the next begins. */
static void lines_go_over_the_pieces_that_are_read(void **state)
{
    enum { PIECE = 1 << 16 };
    static char text[4 * PIECE];
    (void)state;
    for (size_t first = PIECE - 3; first < PIECE + 3; first++)
        for (int crlf = 0; crlf < 2; crlf++) {
            ar_lines lines;
            size_t end = first + 1 + (size_t)crlf, rest = 2 * PIECE + 17;
            memset(text, 'x', sizeof text);
            memcpy(text + first, crlf ? "\r\n" : "\n", 1 + (size_t)crlf);
            assert_status(ar_lines_open(&lines, file_of("lines", text, end + rest), sizeof text), ARNY_OK);
            assert_int_equal(ar_lines_next(&lines), 1);
            assert_int_equal(lines.line.len, first);
            assert_int_equal(strspn(lines.line.ptr, "x"), first);
            assert_int_equal(ar_lines_next(&lines), 1);
            assert_int_equal(lines.line.len, rest);
            assert_int_equal(lines.number, 2);
            assert_int_equal(ar_lines_next(&lines), 0);
            ar_lines_close(&lines);
        }
}

static void a_line_may_be_as_long_as_the_longest(void **state)
{
    ar_lines lines;
    (void)state;
    assert_status(ar_lines_open(&lines, file_of("lines", "12345\n123456\n1\n", 15), 5), ARNY_OK);
    assert_int_equal(ar_lines_next(&lines), 1);
    assert_string_equal(lines.line.ptr, "12345");
    assert_status(ar_lines_next(&lines), ARNY_E_DATA);
    assert_error_has("lines:2: a line of more than 5 bytes");
    ar_lines_close(&lines);
}

static void a_file_of_lines_that_cannot_be_read_is_told(void **state)
{
    ar_lines lines;
    char path[512];
    (void)state;
    snprintf(path, sizeof path, "%s/none", folder);
    assert_status(ar_lines_open(&lines, path, 5), ARNY_E_NOT_FOUND);
    assert_error_has("none: there is no such file");
    assert_status(ar_lines_open(&lines, folder, 5), ARNY_OK);
    assert_status(ar_lines_next(&lines), ARNY_E_IO);
    assert_error_has(": cannot be read: ");
    ar_lines_close(&lines);
}

/* ---- faults ----------------------------------------------------------------------------------------------------- */

#ifdef ARNY_FAULTS
static int read_and_check(void)
{
    restart();
    int status = ar_dataset_read(&data, folder);
    return status ? status : ar_dataset_check(&data);
}

/* With the first operation failing, then with the second, until none does. Returns how many there were. */
static int fail_each(enum ar_fault kind, int wanted, int (*attempt)(void))
{
    for (int nth = 1;; nth++) {
        ar_fault_arm(kind, nth, 0);
        int status = attempt();
        ar_fault_arm(kind, 0, 0);
        if (status == ARNY_OK)
            return nth - 1;
        assert_status(status, wanted);
        assert_true(strlen(arny_last_error()) > 10);
    }
}
#endif

static void each_allocation_and_each_read_may_fail(void **state)
{
    (void)state;
#ifdef ARNY_FAULTS
    file("a.jsonl", GOOD "{'turns': ['Hi', 'Ho'], 'agents': ['care', 'none'], 'kind': 'x', 'lang': 'en'}\n");
    file("b.jsonl", "{'text': 'I can not go on', 'danger': true, 'source': 'forum'}\n");
    assert_true(fail_each(AR_FAULT_ALLOC, ARNY_E_MEMORY, read_and_check) > 30);
    assert_true(fail_each(AR_FAULT_READ, ARNY_E_IO, read_and_check) >= 2);
    assert_int_equal(data.count, 3);
#else
    SKIP_NO_FAULTS();
#endif
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin_test, end_test)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_message_has_an_agent),
        TEST(a_conversation_has_the_last_turns_agent_or_each_ones),
        TEST(danger_stands_with_or_without_an_agent),
        TEST(a_line_may_say_where_it_comes_from_and_what_it_is),
        TEST(a_message_is_kept_as_it_is),
        TEST(lines_end_in_any_way_and_may_be_blank),
        TEST(as_many_lines_as_there_are_are_read),
        TEST(an_agent_that_is_not_there_is_told_with_those_that_are),
        TEST(an_agent_is_a_string),
        TEST(none_is_a_mistake_where_the_gateway_has_none),
        TEST(a_key_that_is_not_known_is_told_with_the_nearest),
        TEST(a_line_has_a_text_or_turns_and_not_both),
        TEST(a_message_has_words),
        TEST(a_conversation_has_1_to_64_turns),
        TEST(there_are_as_many_agents_as_turns),
        TEST(an_agent_that_is_missing_is_missed),
        TEST(the_rest_has_its_types_too),
        TEST(a_line_is_an_object),
        TEST(a_line_that_is_no_json_is_told_with_its_place),
        TEST(what_is_no_text_is_told_with_its_byte),
        TEST(a_line_has_at_most_a_megabyte),
        TEST(a_file_without_a_message_is_refused),
        TEST(a_mistake_takes_nothing_back),
        TEST(what_is_not_there_is_not_found),
        TEST(a_folder_is_read_by_name),
        TEST(a_folder_without_data_is_told),
        TEST(a_mistake_in_a_folder_names_its_file),
        TEST(a_folder_that_looks_like_a_file_is_told),
        TEST(files_add_up),
        TEST(more_files_than_a_thousand_are_refused_and_none_is_passed_over),
        TEST(the_same_text_with_two_agents_names_both_places),
        TEST(two_files_contradict_each_other_too),
        TEST(the_same_text_with_two_dangers_names_both_places),
        TEST(a_line_between_that_does_not_say_hides_no_contradiction),
        TEST(what_agrees_or_says_something_else_is_no_contradiction),
        TEST(lines_come_one_by_one_with_their_numbers),
        TEST(lines_go_over_the_pieces_that_are_read),
        TEST(a_line_may_be_as_long_as_the_longest),
        TEST(a_file_of_lines_that_cannot_be_read_is_told),
        TEST(each_allocation_and_each_read_may_fail),
    };
    return RUN(tests);
}
