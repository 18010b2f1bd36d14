/* open_model.c - a conversation with one model file, with turns and history:  ./open_model model.gguf */
#include <arny/arny.h>
#include <stdio.h>
#include <string.h>

static int on_event(const arny_event *event, void *user_data)
{
    (void)user_data;
    if (event->type == ARNY_EVENT_TOKEN)
        fwrite(event->text, 1, event->text_len, stdout);
    return fflush(stdout);
}

int main(int argc, char **argv)
{
    arny_team *team = NULL;
    arny_session *session = NULL;
    char line[4096];
    int status = arny_team_open_model(&team, argc > 1 ? argv[1] : "", NULL, "You are a helpful assistant.");
    if (status == 0)
        status = arny_session_open(&session, team, NULL);
    while (status == 0 && fgets(line, sizeof line, stdin)) {
        line[strcspn(line, "\n")] = 0;
        status = arny_session_ask(session, line, NULL, on_event, NULL);
        puts("");
    }
    if (status != 0)
        fprintf(stderr, "%s\n", arny_last_error());
    arny_session_free(session);
    arny_team_free(team);
    return status != 0;
}
