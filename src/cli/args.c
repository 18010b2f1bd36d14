/* cli/args.c - see args.h. */
#include "args.h"
#include "error.h"
#include "help.h"
#include "suggest.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define NAMES_MAX 64 /* options of a command */

/* ---- values: 0, or an exit code after a message ----------------------------------------------------------------- */

static int wrong(const cli_command *command, const args_option *option, const char *text, const char *expected)
{
    return usage_error(command, "--%s is \"%s\": %s expected", option->name, text, expected);
}

static int wrong_range(const cli_command *command, const args_option *option, const char *text)
{
    const char *also = option->kind == ARGS_COUNT ? ", or -1," : "";
    if (option->kind == ARGS_ABOVE)
        return usage_error(command, "--%s is \"%s\": a number above %g, to %g expected", option->name, text,
                           option->min, option->max);
    if (option->kind == ARGS_NUMBER)
        return usage_error(command, "--%s is \"%s\": a number from %g to %g expected", option->name, text, option->min,
                           option->max);
    return usage_error(command, "--%s is \"%s\": a whole number from %.0f to %.0f%s expected", option->name, text,
                       option->min, option->max, also);
}

static int set_int(const cli_command *command, const args_option *option, int32_t *out, const char *text)
{
    char *end;
    errno = 0;
    long long value = strtoll(text, &end, 10);
    int in_range = value >= option->min && value <= option->max;
    if (option->kind == ARGS_COUNT && value == -1)
        in_range = 1;
    if (end == text || *end || errno || !in_range)
        return wrong_range(command, option, text);
    *out = (int32_t)value;
    return 0;
}

static int set_number(const cli_command *command, const args_option *option, float *out, const char *text)
{
    char *end;
    double value = strtod(text, &end);
    if (end == text || *end || !isfinite(value) || value > option->max || value < option->min ||
        (option->kind == ARGS_ABOVE && !(value > option->min)))
        return wrong_range(command, option, text);
    *out = (float)value;
    return 0;
}

static int set_seed(const cli_command *command, const args_option *option, uint64_t *out, const char *text)
{
    char *end;
    errno = 0;
    unsigned long long value = strtoull(text, &end, 10);
    if (end == text || *end || errno || strchr(text, '-'))
        return wrong(command, option, text, "a whole number from 0 to 18446744073709551615");
    *out = value;
    return 0;
}

static int set_bytes(const cli_command *command, const args_option *option, int64_t *out, const char *text)
{
    static const struct {
        const char *name;
        double bytes;
    } units[] = {{"", 1},
                 {"B", 1},
                 {"KB", 1e3},
                 {"MB", 1e6},
                 {"GB", 1e9},
                 {"TB", 1e12},
                 {"KiB", 1024},
                 {"MiB", 1024 * 1024},
                 {"GiB", 1024.0 * 1024 * 1024}};
    char *end;
    double value = strtod(text, &end);
    for (size_t i = 0; i < sizeof units / sizeof *units && end != text; i++) {
        double bytes = value * units[i].bytes;
        if (strcasecmp(end, units[i].name) == 0 && bytes >= 1 && bytes <= 1e15) {
            *out = (int64_t)bytes;
            return 0;
        }
    }
    return wrong(command, option, text, "a size such as 400MB, 1.5GiB or 400000000");
}

static int add_to_list(const cli_command *command, const args_option *option, args_list *out, const char *text)
{
    if (out->count == ARGS_LIST_MAX)
        return usage_error(command, "--%s is given more than %d times", option->name, ARGS_LIST_MAX);
    out->items[out->count++] = text;
    return 0;
}

static int set(const cli_command *command, const args_option *option, void *struct_, const char *text)
{
    void *target = (char *)struct_ + option->offset;
    switch (option->kind) {
    case ARGS_FLAG: *(int *)target = 1; return 0;
    case ARGS_TEXT: *(const char **)target = text; return 0;
    case ARGS_LIST: return add_to_list(command, option, target, text);
    case ARGS_INT:
    case ARGS_COUNT: return set_int(command, option, target, text);
    case ARGS_NUMBER:
    case ARGS_ABOVE: return set_number(command, option, target, text);
    case ARGS_SEED: return set_seed(command, option, target, text);
    case ARGS_BYTES: return set_bytes(command, option, target, text);
    }
    return 0;
}

/* ---- the line ------------------------------------------------------------------------------------------------------ */

static const args_option *find_long(const cli_command *command, const char *name, size_t length)
{
    for (size_t i = 0; i < command->option_count; i++) {
        const args_option *option = &command->options[i];
        if (strlen(option->name) == length && memcmp(option->name, name, length) == 0)
            return option;
    }
    return NULL;
}

static const args_option *find_short(const cli_command *command, char letter)
{
    for (size_t i = 0; i < command->option_count; i++)
        if (command->options[i].letter == letter)
            return &command->options[i];
    return NULL;
}

static int unknown(const cli_command *command, const char *text)
{
    const char *names[NAMES_MAX + 1] = {"help"};
    size_t count = 1, length = strcspn(text, "=");
    for (size_t i = 0; i < command->option_count && count < NAMES_MAX; i++)
        names[count++] = command->options[i].name;
    names[count] = NULL;
    const char *near = suggest(text + strspn(text, "-"), names);
    if (near)
        return usage_error(command, "there is no option %.*s; did you mean --%s?", (int)length, text, near);
    return usage_error(command, "there is no option %.*s", (int)length, text);
}

/* The value of an option that needs one: behind = or the letter, or the next argument. NULL after a message. */
static const char *take_value(const cli_command *command, const args_option *option, const char *attached, int *at,
                              int argc, char **argv)
{
    if (attached)
        return attached;
    const char *next = *at + 1 < argc ? argv[*at + 1] : NULL;
    if (!next) {
        usage_error(command, "--%s needs a value: %s", option->name, option->value);
        return NULL;
    }
    if (strncmp(next, "--", 2) == 0 && find_long(command, next + 2, strlen(next + 2))) {
        usage_error(command, "--%s needs a value: %s; if it is \"%s\", write --%s=%s", option->name, option->value,
                    next, option->name, next);
        return NULL;
    }
    ++*at;
    return next;
}

static int take_option(const cli_command *command, void *target, int *at, int argc, char **argv)
{
    const char *text = argv[*at], *attached = NULL;
    const args_option *option;
    if (text[1] == '-') {
        size_t length = strcspn(text + 2, "=");
        option = find_long(command, text + 2, length);
        attached = text[2 + length] ? text + 2 + length + 1 : NULL;
    } else {
        option = find_short(command, text[1]);
        attached = text[2] ? text + 2 : NULL;
    }
    if (!option)
        return unknown(command, text);
    if (option->kind == ARGS_FLAG)
        return attached ? usage_error(command, "--%s takes no value", option->name) : set(command, option, target, "");
    const char *value = take_value(command, option, attached, at, argc, argv);
    return value ? set(command, option, target, value) : CLI_USAGE;
}

static int take_word(const cli_command *command, args_words *words, const char *word)
{
    if (words->count < command->words_max) {
        words->at[words->count++] = word;
        return 0;
    }
    if (command->words_max == 0)
        return usage_error(command, "\"%s\" is not expected: it takes options only", word);
    size_t length = strlen(command->words); /* may end with a comma, for "expected" to follow */
    int shown = (int)(command->words[length - 1] == ',' ? length - 1 : length);
    return usage_error(command, "\"%s\" is one argument too many: it takes %.*s; quote a text that has spaces", word,
                       shown, command->words);
}

int args_parse(const cli_command *command, void *target, args_words *words, int argc, char **argv)
{
    int only_words = 0, code = 0;
    memset(words, 0, sizeof *words);
    for (int i = 1; i < argc && !code; i++) {
        if (only_words || argv[i][0] != '-' || argv[i][1] == 0) {
            code = take_word(command, words, argv[i]);
        } else if (strcmp(argv[i], "--") == 0) {
            only_words = 1;
        } else if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
            help_command(command);
            return CLI_OK;
        } else {
            code = take_option(command, target, &i, argc, argv);
        }
    }
    if (!code && words->count < command->words_min)
        code = usage_error(command, "%s expected", command->words);
    return code ? code : -1;
}
