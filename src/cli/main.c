/*
 * cli/main.c - the command `arny`. Which command it is, and what all of them share: the streams, the log, the exit.
 * A command is a file cmd_NAME.c with a cli_command; to add one, write the file and list it here.
 */
#include "error.h"
#include "help.h"
#include "out.h"
#include "progress.h"
#include "suggest.h"

#include <arny/arny.h>
#include <errno.h>
#include <locale.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

static const cli_command *const commands[] = {
    &cmd_chat,     &cmd_ask,   &cmd_route,   &cmd_gateway, &cmd_generate, &cmd_inspect, &cmd_estimate,
    &cmd_quantize, &cmd_merge, &cmd_session, &cmd_bench,   &cmd_demo,     NULL,
};

#define COMMANDS_MAX 32

static void show_version(void)
{
    out_print("arny %s\nengines: %s\n", arny_version(), arny_engines());
    out_flush();
}

static int unknown_command(const char *word)
{
    const char *names[COMMANDS_MAX + 1] = {NULL};
    for (size_t i = 0; commands[i] && i < COMMANDS_MAX; i++)
        names[i] = commands[i]->name;
    const char *near = suggest(word + strspn(word, "-"), names);
    if (word[0] == '-')
        return usage_error(NULL, "there is no option %s before a command", word);
    if (near)
        return usage_error(NULL, "there is no command \"%s\"; did you mean \"%s\"?", word, near);
    return usage_error(NULL, "there is no command \"%s\"", word);
}

static const cli_command *find(const char *name)
{
    for (size_t i = 0; commands[i]; i++)
        if (strcmp(commands[i]->name, name) == 0)
            return commands[i];
    return NULL;
}

static int help_about(const char *name)
{
    const cli_command *command = find(name);
    if (!command)
        return unknown_command(name);
    help_command(command);
    return CLI_OK;
}

static int dispatch(int argc, char **argv)
{
    const char *word = argc > 1 ? argv[1] : NULL;
    if (!word)
        return usage_error(NULL, "a command expected: chat, ask, route, generate, ...");
    if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0 || strcmp(word, "help") == 0) {
        if (argc > 2)
            return help_about(argv[2]);
        help_all(commands);
        return CLI_OK;
    }
    if (strcmp(word, "--version") == 0) {
        show_version();
        return CLI_OK;
    }
    const cli_command *command = find(word);
    return command ? command->run(argc - 1, argv + 1) : unknown_command(word);
}

/* ---- what all commands share ---------------------------------------------------------------------------------------- */

static void on_log(int level, const char *line, void *unused)
{
    static const char *const names[] = {"error", "warn", "info", "debug"};
    (void)unused;
    progress_end();
    fprintf(stderr, "%s: %s\n", level >= 0 && level <= 3 ? names[level] : "log", line);
}

static void set_log(void)
{
    static const char *const levels[] = {"error", "warn", "info", "debug"};
    const char *wanted = getenv("ARNY_LOG");
    for (int i = 0; wanted && i < 4; i++)
        if (strcmp(levels[i], wanted) == 0)
            arny_set_log(on_log, i, NULL);
}

int main(int argc, char **argv)
{
    out_init();
    setlocale(LC_CTYPE, ""); /* only this: numbers keep their point */
    signal(SIGPIPE, SIG_IGN);
    set_log();
    int code = dispatch(argc, argv);
    progress_end();
    out_flush();
    if (out_error() == 0)
        return code;
    /* Who closed a pipe knows that; anything else is news. */
    if (out_error() != EPIPE)
        error_line("standard output cannot be written: %s", strerror(out_error()));
    return CLI_IO;
}
