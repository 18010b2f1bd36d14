/* cli/turns.h - a conversation's turns as a JSON array of strings, strictly read. */
#ifndef CLI_TURNS_H
#define CLI_TURNS_H

#include <stddef.h>

typedef struct turns {
    char **at;
    char *text;   /* of all of them */
    size_t count; /* 1 or more */
} turns;

/* Reads ["first", "second"]. 0, or -1 and a sentence in problem. Free it in both cases. */
int turns_read(turns *out, const char *json, char *problem, size_t problem_bytes);
void turns_free(turns *t);

#endif
