/*
 * cli/args.h - the one option parser. A command has a table of options; each says where its value goes in the
 * command's own struct, what values are right, and what --help shows.
 *
 * --name VALUE, --name=VALUE, -x VALUE, -xVALUE; -- ends the options; a lone - is a word. The last one counts.
 */
#ifndef CLI_ARGS_H
#define CLI_ARGS_H

#include "command.h"

#include <stdint.h>

#define ARGS_WORDS_MAX 2
#define ARGS_LIST_MAX  128

enum args_kind {
    ARGS_FLAG,   /* int: 1 when given */
    ARGS_TEXT,   /* const char * */
    ARGS_LIST,   /* args_list: may be given several times */
    ARGS_INT,    /* int32_t, min to max */
    ARGS_COUNT,  /* int32_t, min to max, or -1 */
    ARGS_NUMBER, /* float, min to max */
    ARGS_ABOVE,  /* float, above min, to max */
    ARGS_SEED,   /* uint64_t */
    ARGS_BYTES   /* int64_t, 1 or more: 400000000, 400MB, 1.5GiB */
};

typedef struct args_list {
    const char *items[ARGS_LIST_MAX];
    size_t count;
} args_list;

typedef struct args_option {
    const char *name; /* without its dashes */
    char letter;      /* 0: it has no short form */
    enum args_kind kind;
    size_t offset;     /* of its value in the command's struct */
    const char *value; /* what --help calls it: "FILE"; NULL for a flag */
    const char *help;  /* may have several lines */
    double min, max;
} args_option;

typedef struct args_words {
    const char *at[ARGS_WORDS_MAX];
    size_t count;
} args_words;

/* Fills the struct and the words. -1: go on; else the exit code to return with: help was asked for, or a mistake was
 * told. */
int args_parse(const cli_command *command, void *target, args_words *words, int argc, char **argv);

#endif
