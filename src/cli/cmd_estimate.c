/* cli/cmd_estimate.c - arny estimate: the memory that a team will take, from its files' headers alone. */
#include "error.h"
#include "human.h"
#include "json.h"
#include "options.h"
#include "out.h"

#include <stdlib.h>

typedef struct estimate_options {
    team_options team;
    int json;
} estimate_options;

static const args_option options[] = {
    TEAM_OPTIONS(estimate_options, team),
    {"json", 0, ARGS_FLAG, offsetof(estimate_options, json), NULL, "one JSON object", 0, 0},
};

static void show_json(const arny_team_estimate *total, const arny_agent_estimate *rows, size_t count)
{
    json_object(NULL);
    json_object("agents");
    for (size_t i = 0; i < count; i++) {
        json_object(rows[i].agent);
        json_integer("weights", rows[i].weights);
        json_integer("kv", rows[i].kv);
        json_integer("compute", rows[i].compute);
        json_integer("adapter", rows[i].adapter);
        json_end();
    }
    json_end();
    json_integer("peak", total->peak);
    json_integer("budget", total->budget);
    json_bool("fits", total->fits);
    json_end();
    json_line();
}

static void show(const arny_team_estimate *total, const arny_agent_estimate *rows, size_t count)
{
    char a[HUMAN_BYTES], b[HUMAN_BYTES], c[HUMAN_BYTES], d[HUMAN_BYTES];
    out_print("%-16s %10s %10s %10s %10s\n", "agent", "weights", "kv", "compute", "adapter");
    for (size_t i = 0; i < count; i++)
        out_print("%-16s %10s %10s %10s %10s\n", rows[i].agent, human_bytes(a, rows[i].weights),
                  human_bytes(b, rows[i].kv), human_bytes(c, rows[i].compute), human_bytes(d, rows[i].adapter));
    out_print("\npeak   %s\n", human_bytes(a, total->peak));
    if (total->budget > 0)
        out_print("budget %s: %s\n", human_bytes(a, total->budget), total->fits ? "it fits" : "it does not fit");
    else
        out_print("budget none is set\n");
    out_flush();
}

static int estimate(arny_team *team, int json)
{
    arny_team_estimate total = {.size = sizeof total};
    size_t count = 0, capacity = arny_team_agent_count(team) + 1; /* and the gateway */
    arny_agent_estimate *rows = calloc(capacity, sizeof *rows);
    if (!rows) {
        error_line("there is no memory for %zu rows", capacity);
        return CLI_INTERNAL;
    }
    int status = arny_team_estimate_memory(&total, rows, capacity, &count, team);
    int code = status ? fail(status, json) : CLI_OK;
    count = count < capacity ? count : capacity;
    if (!status && json)
        show_json(&total, rows, count);
    else if (!status)
        show(&total, rows, count);
    free(rows);
    return code;
}

static int run(int argc, char **argv)
{
    estimate_options o = {.json = 0};
    args_words words;
    arny_team *team;
    int code = args_parse(&cmd_estimate, &o, &words, argc, argv);
    if (code >= 0)
        return code;
    code = team_open(&team, &cmd_estimate, &o.team, o.json);
    if (code)
        return code;
    code = estimate(team, o.json);
    arny_team_free(team);
    return code;
}

const cli_command cmd_estimate = {
    .name = "estimate",
    .purpose = "say how much memory a team will take, before anything is loaded",
    .usage = "--team DIR [OPTIONS]\n",
    .about =
        "Only headers are read. An agent's weights are pages of its model file, its kv the cache of a full context,\n"
        "compute the scratch memory of a step. peak is the most that is resident at once under the team's plan, so it\n"
        "is less than the sum where agents take turns or share a model.\n"
        "With --json: {\"agents\":{\"math\":{\"weights\":..,\"kv\":..,\"compute\":..,\"adapter\":..}},\"peak\":..,\n"
        "\"budget\":..,\"fits\":true}, all sizes in bytes, budget 0 where none is set.\n",
    .example = "arny estimate --team models/demo --budget 300MB\n",
    .exits = "0   told, whether it fits or not\n"
             "64  wrong usage\n"
             "65  a mistake in team.json, or a bad model file\n"
             "66  no such team or file\n"
             "69  this build cannot run a model of it\n"
             "74  a file cannot be read\n",
    .options = options,
    .option_count = sizeof options / sizeof *options,
    .run = run,
};
