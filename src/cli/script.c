/* cli/script.c - see script.h. */
#include "script.h"
#include "error.h"
#include "input.h"

#include <stdlib.h>
#include <string.h>

static int wrong(const input_lines *input, const char *problem, const char *what)
{
    error_line("%s:%ld: %s%s", input->name, input->number, problem, what);
    return CLI_DATA;
}

static int is_agent(const arny_team *team, const char *name)
{
    for (size_t i = 0; i < arny_team_agent_count(team); i++)
        if (strcmp(arny_team_agent_name(team, i), name) == 0)
            return 1;
    return strcmp(name, "none") == 0;
}

static int add(script *out, const input_lines *input, const arny_team *team)
{
    char *tab = strchr(input->line, '\t');
    if (!tab || !tab[1 + strspn(tab + 1, " \t")])
        return wrong(input, "an agent, a tab and a message expected", "");
    *tab = 0;
    if (!is_agent(team, input->line))
        return wrong(input, "the team has no agent ", input->line);
    script_line *more = realloc(out->lines, (out->count + 1) * sizeof *more);
    if (more)
        out->lines = more;
    char *agent = strdup(input->line), *message = strdup(tab + 1 + strspn(tab + 1, " \t"));
    if (!more || !agent || !message) {
        free(agent);
        free(message);
        error_line("there is no memory for the script");
        return CLI_INTERNAL;
    }
    out->lines[out->count++] = (script_line){agent, message};
    return CLI_OK;
}

int script_read(script *out, const char *path, const arny_team *team)
{
    input_lines input;
    int more = 0;
    memset(out, 0, sizeof *out);
    int code = input_open(&input, path);
    while (!code && (more = input_next(&input)) > 0)
        if (input.line[0] != '#' && input.line[strspn(input.line, " \t")])
            code = add(out, &input, team);
    if (!code && more < 0)
        code = -more;
    if (!code && out->count == 0)
        code = wrong(&input, "there is no message in it", "");
    input_close(&input);
    return code;
}

void script_free(script *s)
{
    for (size_t i = 0; i < s->count; i++) {
        free(s->lines[i].agent);
        free(s->lines[i].message);
    }
    free(s->lines);
    memset(s, 0, sizeof *s);
}
