/*
 * arny.h - everything: a team of small language models in one memory budget.
 *
 * The mental model
 *   A team is a folder with a team.json: agents (a name, a role prompt, a model), a gateway, a budget in bytes.
 *   A session is one conversation with it: a list of turns.
 *   You ask. The gateway reads the message and names the agent that answers, and how sure it is. That agent is made
 *   ready: opened, or woken with the KV cache of the conversation. The answer streams as events.
 *   Plan and engine are words in team.json: one model that plays all roles, or one model an agent; GGUF or another
 *   format. Your code stays the same.
 *
 *     #include <arny/arny.h>
 *     #include <stdio.h>
 *
 *     static int on_event(const arny_event *event, void *user_data)
 *     {
 *         if (event->type == ARNY_EVENT_ROUTED)
 *             printf("[%s %.0f %%] ", event->agent, 100 * event->confidence);
 *         if (event->type == ARNY_EVENT_TOKEN)
 *             fwrite(event->text, 1, event->text_len, stdout);
 *         return 0;
 *     }
 *
 *     int main(void)
 *     {
 *         arny_team *team;
 *         arny_session *session;
 *         if (arny_team_open(&team, "models/demo", NULL) || arny_session_open(&session, team, NULL)) {
 *             fprintf(stderr, "%s\n", arny_last_error());
 *             return 1;
 *         }
 *         int status = arny_session_ask(session, "Solve 2x + 5 = 15", NULL, on_event, NULL);
 *         arny_session_free(session);
 *         arny_team_free(team);
 *         return status != 0;
 *     }
 */
#ifndef ARNY_H
#define ARNY_H

#include <arny/common.h>
#include <arny/event.h>
#include <arny/model.h>
#include <arny/team.h>
#include <arny/session.h>
#include <arny/gateway.h>
#include <arny/file.h>
#include <arny/dart.h>

#endif
