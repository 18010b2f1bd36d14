/* team.c - what a team is made of, what it would take, what it takes now, and a conversation that is steered by hand:
 *     ./team models/demo/monolith */
#include <arny/arny.h>
#include <stdio.h>

#define ROWS 65 /* at most 64 agents, and the gateway */

static double mb(int64_t bytes)
{
    return (double)bytes / 1e6;
}

static int say(arny_session *session, const char *text)
{
    arny_sampling sampling;
    arny_sampling_default(&sampling);
    sampling.temperature = 0;
    arny_ask_options options = ARNY_ASK_OPTIONS_INIT;
    options.max_tokens = 24;
    options.sampling = &sampling;
    return arny_session_ask(session, text, &options, NULL, NULL); /* the events are not needed: the turns are read */
}

static int show_team(arny_team *team)
{
    arny_agent_estimate rows[ROWS];
    arny_team_estimate total;
    size_t count;
    printf("plan %s, engine %s, budget %.0f MB\n", arny_team_plan(team), arny_team_engine(team),
           mb(arny_team_budget(team)));
    for (size_t i = 0; i < arny_team_agent_count(team); i++)
        printf("  %s: %s\n", arny_team_agent_name(team, i), arny_team_agent_description(team, i));
    int status = arny_team_estimate_memory(&total, rows, ROWS, &count, team);
    for (size_t i = 0; status == 0 && i < count; i++)
        printf("  %-10s weights %6.1f MB, KV %6.1f MB\n", rows[i].agent, mb(rows[i].weights), mb(rows[i].kv));
    if (status == 0)
        printf("estimated peak %.0f MB: it %s\n", mb(total.peak), total.fits ? "fits" : "does not fit");
    return status;
}

static int show_memory(arny_team *team)
{
    static const char *const states[] = {"closed", "parked", "open"};
    arny_agent_memory rows[ROWS];
    arny_memory total;
    size_t count;
    int status = arny_team_memory(&total, rows, ROWS, &count, team);
    for (size_t i = 0; status == 0 && i < count; i++)
        printf("  %-10s %-6s %lld tokens in the KV cache\n", rows[i].agent, states[rows[i].state],
               (long long)rows[i].context_tokens);
    if (status == 0)
        printf("resident %.0f MB, peak %.0f MB\n", mb(total.rss), mb(total.peak));
    return status;
}

int main(int argc, char **argv)
{
    arny_team_options options = ARNY_TEAM_OPTIONS_INIT;
    arny_team *team = NULL;
    arny_session *session = NULL;
    arny_turn turn;
    options.threads = 1;
    int status = arny_team_open(&team, argc > 1 ? argv[1] : "models/demo/monolith", &options);
    if (status || (status = show_team(team)) || (status = arny_team_warm(team, NULL, NULL)) ||
        (status = arny_session_open(&session, team, "example")))
        goto out;
    /* The first agent answers, whatever is asked; then the gateway decides again. */
    if ((status = arny_session_use(session, arny_team_agent_name(team, 0))) ||
        (status = say(session, "Good evening!")) || (status = arny_session_use(session, NULL)) ||
        (status = say(session, "What is 12 times 13?")))
        goto out;
    printf("%s: %s answered last\n", arny_session_name(session), arny_session_agent(session));
    for (size_t i = 0; i < arny_session_turn_count(session) && (status = arny_session_turn(&turn, session, i)) == 0;
         i++)
        printf("  %s -> %s: %s\n", turn.user, turn.agent, turn.reply);
    if (status || (status = show_memory(team)) || (status = arny_session_clear(session)))
        goto out;
out:
    if (status != 0)
        fprintf(stderr, "%s\n", arny_last_error());
    arny_session_free(session);
    arny_team_free(team);
    return status != 0;
}
