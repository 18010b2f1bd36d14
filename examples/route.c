/* route.c - who would answer, and how sure is that:  ./route models/demo "I feel overwhelmed" ["and now?" ...]
 *
 * With several messages the last one is routed, and those before it are its conversation. */
#include <arny/arny.h>
#include <stdio.h>

int main(int argc, char **argv)
{
    arny_team *team;
    arny_decision *decision = NULL;
    if (argc < 3)
        return fprintf(stderr, "usage: route TEAM MESSAGE...\n"), 2;
    if (arny_team_open(&team, argv[1], NULL) != 0)
        return fprintf(stderr, "%s\n", arny_last_error()), 1;
    int status = argc == 3 ? arny_team_route(&decision, team, argv[2])
                           : arny_team_route_turns(&decision, team, (const char *const *)argv + 2, (size_t)argc - 2);
    if (status != 0) {
        fprintf(stderr, "%s\n", arny_last_error());
    } else {
        printf("%s (%.0f %%, %.0f ms)\n", arny_decision_agent(decision), 100 * arny_decision_confidence(decision),
               arny_decision_ms(decision));
        const arny_score *scores = arny_decision_scores(decision);
        for (size_t i = 0; i < arny_decision_count(decision); i++)
            printf("  %-12s %.3f\n", scores[i].agent, scores[i].p);
    }
    arny_decision_free(decision);
    arny_team_free(team);
    return status != 0;
}
