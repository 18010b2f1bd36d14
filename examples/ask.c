/* ask.c - ask a team in thirty lines:  ./ask models/demo "Solve 2x + 5 = 15" */
#include <arny/arny.h>
#include <stdio.h>

static int on_event(const arny_event *event, void *user_data)
{
    (void)user_data;
    if (event->type == ARNY_EVENT_ROUTED)
        printf("[%s, %.0f %%] ", event->agent, 100 * event->confidence);
    if (event->type == ARNY_EVENT_TOKEN)
        fwrite(event->text, 1, event->text_len, stdout);
    fflush(stdout);
    return 0;
}

int main(int argc, char **argv)
{
    arny_team *team = NULL;
    arny_session *session = NULL;
    const char *folder = argc > 1 ? argv[1] : "models/demo", *text = argc > 2 ? argv[2] : "Solve 2x + 5 = 15";
    int status = arny_team_open(&team, folder, NULL);
    if (status == 0)
        status = arny_session_open(&session, team, NULL);
    if (status == 0)
        status = arny_session_ask(session, text, NULL, on_event, NULL);
    puts("");
    if (status != 0)
        fprintf(stderr, "%s\n", arny_last_error());
    arny_session_free(session);
    arny_team_free(team);
    return status != 0;
}
