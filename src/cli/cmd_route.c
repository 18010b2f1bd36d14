/* cli/cmd_route.c - arny route: who would answer, and how sure the gateway is. */
#include "answer.h"
#include "error.h"
#include "human.h"
#include "input.h"
#include "json.h"
#include "options.h"
#include "out.h"
#include "turns.h"

#include <stdlib.h>
#include <string.h>

#define PROBLEM_BYTES 200

typedef struct route_options {
    team_options team;
    int turns, json;
} route_options;

#define AT(member) offsetof(route_options, member)

static const args_option options[] = {
    TEAM_OPTIONS(route_options, team),
    {"turns", 0, ARGS_FLAG, AT(turns), NULL,
     "a message is a JSON array of the user's turns so far,\noldest first; the last one is routed", 0, 0},
    {"json", 0, ARGS_FLAG, AT(json), NULL, "one JSON object a message", 0, 0},
};

/* ---- a decision ---------------------------------------------------------------------------------------------------- */

static void show_json(const arny_decision *decision)
{
    const arny_score *scores = arny_decision_scores(decision);
    json_object(NULL);
    json_text("agent", arny_decision_agent(decision));
    json_number("confidence", arny_decision_confidence(decision), 4);
    json_object("scores");
    for (size_t i = 0; i < arny_decision_count(decision); i++)
        json_number(scores[i].agent, scores[i].p, 4);
    json_end();
    json_number("ms", arny_decision_ms(decision), 3);
    json_end();
    json_line();
}

static int by_probability(const void *a, const void *b)
{
    double left = ((const arny_score *)a)->p, right = ((const arny_score *)b)->p;
    return (left < right) - (left > right);
}

static void show(const arny_decision *decision, const arny_team *team)
{
    char time[HUMAN_BYTES];
    const char *agent = arny_decision_agent(decision), *before = "  (";
    size_t count = arny_decision_count(decision);
    arny_score *scores = malloc((count + 1) * sizeof *scores);
    out_print("%s%s%s %.0f %%", out_style(stdout, answer_style(team, agent)), agent, out_style(stdout, OUT_PLAIN),
              arny_decision_confidence(decision) * 100);
    if (scores) {
        memcpy(scores, arny_decision_scores(decision), count * sizeof *scores);
        qsort(scores, count, sizeof *scores, by_probability);
        for (size_t i = 0; i < count; i++) {
            if (strcmp(scores[i].agent, agent) == 0)
                continue;
            out_print("%s%s %.0f %%", before, scores[i].agent, scores[i].p * 100);
            before = ", ";
        }
        out_print("%s", before[0] == ',' ? ")" : "");
        free(scores);
    }
    out_print("  %s\n", human_ms(time, arny_decision_ms(decision)));
    out_flush();
}

/* ---- messages ------------------------------------------------------------------------------------------------------ */

static int route_turns(arny_team *team, const route_options *o, const char *const *turns_, size_t count)
{
    arny_decision *decision;
    int status = arny_team_route_turns(&decision, team, turns_, count);
    if (status)
        return fail(status, o->json);
    if (o->json)
        show_json(decision);
    else
        show(decision, team);
    arny_decision_free(decision);
    return out_error() ? CLI_IO : CLI_OK;
}

static int not_turns(const route_options *o, const char *problem)
{
    if (o->json) {
        arny_event event = {.size = sizeof event, .type = ARNY_EVENT_ERROR, .id = -1};
        event.status = ARNY_E_DATA;
        event.message = problem;
        json_event(&event);
    }
    error_line("%s", problem);
    return CLI_DATA;
}

static int route(arny_team *team, const route_options *o, const char *text)
{
    char problem[PROBLEM_BYTES];
    turns list;
    if (!o->turns)
        return route_turns(team, o, &text, 1);
    int code = turns_read(&list, text, problem, sizeof problem)
                   ? not_turns(o, problem)
                   : route_turns(team, o, (const char *const *)list.at, list.count);
    turns_free(&list);
    return code;
}

/* A message a line. One that cannot be routed is told, and the next one routed; the first failure is the exit code. */
static int route_lines(arny_team *team, const route_options *o)
{
    input_lines input;
    int more, first = input_open(&input, "-");
    while (!out_error() && (more = input_next(&input)) != 0) {
        error_set_line(input.number);
        int code = more < 0 ? -more : route(team, o, input.line);
        first = first ? first : code;
        if (more < 0 && code != CLI_DATA)
            break;
    }
    error_set_line(0);
    input_close(&input);
    return first;
}

static int run(int argc, char **argv)
{
    route_options o = {.json = 0};
    args_words words;
    arny_team *team;
    int code = args_parse(&cmd_route, &o, &words, argc, argv);
    if (code >= 0)
        return code;
    code = team_open(&team, &cmd_route, &o.team, o.json);
    if (code)
        return code;
    code = strcmp(words.at[0], "-") == 0 ? route_lines(team, &o) : route(team, &o, words.at[0]);
    arny_team_free(team);
    return code;
}

const cli_command cmd_route = {
    .name = "route",
    .purpose = "say which agent would answer, and how sure that is",
    .usage = "--team DIR [OPTIONS] TEXT\n"
             "--team DIR [OPTIONS] -            a message a line on standard input\n"
             "--team DIR --turns [OPTIONS] -    a JSON array of strings a line\n",
    .about =
        "Nothing is answered. \"none\" is a decision too: no agent of the team is right for the message.\n"
        "Without --json: the agent and its probability, the others in parentheses, and how long it took.\n"
        "With --json: {\"agent\":\"math\",\"confidence\":0.97,\"scores\":{\"math\":0.97,..},\"ms\":..}; for a line that\n"
        "cannot be routed {\"event\":\"error\",\"code\":\"..\",\"message\":\"..\"}.\n",
    .example = "arny route --team models/demo \"I feel overwhelmed\"\n"
               "echo '[\"Solve 2x + 5 = 15\", \"And the second one?\"]' | arny route --team models/demo --turns -\n",
    .exits = "0   decided\n"
             "64  wrong usage, or a team without a gateway\n"
             "65  a mistake in team.json, a bad model file, a message that is no UTF-8 or empty\n"
             "66  no such team or file\n"
             "69  this build cannot run the gateway's model\n"
             "70  the engine failed\n"
             "74  standard input or output failed\n"
             "75  it does not fit the memory budget now\n",
    .options = options,
    .option_count = sizeof options / sizeof *options,
    .words_min = 1,
    .words_max = 1,
    .words = "one TEXT, or - for standard input,",
    .run = run,
};
