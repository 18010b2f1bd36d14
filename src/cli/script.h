/*
 * cli/script.h - a scripted conversation: a line a message, "agent<TAB>message". The agent is who should answer, or
 * none. Empty lines and lines that begin with # are left out.
 */
#ifndef CLI_SCRIPT_H
#define CLI_SCRIPT_H

#include <arny/arny.h>

typedef struct script_line {
    char *agent, *message;
} script_line;

typedef struct script {
    script_line *lines;
    size_t count; /* 1 or more */
} script;

/* 0, or an exit code after a message that names the line. Free it in both cases. */
int script_read(script *out, const char *path, const arny_team *team);
void script_free(script *s);

#endif
