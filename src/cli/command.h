/* cli/command.h - what a command is: its help, its options, and what it does. main.c lists them. */
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

#include <stddef.h>

struct args_option;

typedef struct cli_command {
    const char *name;
    const char *purpose; /* one line, no full stop */
    const char *usage;   /* what stands after "arny NAME ", a line a form */
    const char *about;   /* what one must know to use it; lines end with \n */
    const char *example; /* lines end with \n */
    const char *exits;   /* its exit codes; lines end with \n */

    const struct args_option *options;
    size_t option_count;
    size_t words_min, words_max; /* arguments that are no options */
    const char *words;           /* what they are, for messages */

    int (*run)(int argc, char **argv); /* argv[0] is the command's name; returns an exit code */
} cli_command;

extern const cli_command cmd_ask, cmd_bench, cmd_chat, cmd_demo, cmd_estimate, cmd_gateway, cmd_generate, cmd_inspect,
    cmd_merge, cmd_quantize, cmd_route, cmd_session;

#endif
