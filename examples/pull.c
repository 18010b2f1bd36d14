/* pull.c - the same answer, pulled event by event instead of called back:  ./pull models/demo "Plan my Tuesday"
 *
 * Each event is printed as the line of JSON that `arny ask --json` prints. After 20 tokens the answer is cancelled. */
#include <arny/arny.h>
#include <stdio.h>

static void print(const arny_event *event)
{
    char line[4096];
    size_t needed;
    if (arny_event_json(line, sizeof line, &needed, event) == 0)
        puts(line);
    else
        printf("%s: %zu bytes\n", arny_event_name(event->type), needed);
}

int main(int argc, char **argv)
{
    arny_team *team = NULL;
    arny_session *session = NULL;
    arny_stream *stream = NULL;
    int status, tokens = 0;
    if (argc < 3)
        return fprintf(stderr, "usage: pull TEAM MESSAGE\n"), 2;
    if ((status = arny_team_open(&team, argv[1], NULL)) == 0 &&
        (status = arny_session_open(&session, team, "pull-example")) == 0)
        status = arny_session_start(&stream, session, argv[2], NULL);
    while (status == 0) {
        arny_event *event;
        status = arny_stream_next(&event, stream, -1);
        if (status != 0)
            break;
        print(event);
        if (event->type == ARNY_EVENT_TOKEN && ++tokens == 20)
            arny_session_cancel(session);
        arny_event_free(event);
    }
    if (status != ARNY_E_END)
        fprintf(stderr, "%s: %s\n", arny_status_name(status), arny_last_error());
    arny_stream_free(stream);
    arny_session_free(session);
    arny_team_free(team);
    return status != ARNY_E_END;
}
