/* cli/chat.h - what cmd_chat.c and the commands inside a chat share. */
#ifndef CLI_CHAT_H
#define CLI_CHAT_H

#include <arny/arny.h>

typedef struct chat {
    arny_team *team;
    arny_session *session;
    const char *pinned; /* the agent that was chosen with /agent; NULL: the gateway decides. The team's */
} chat;

/* Does what a line that begins with / asks for. 1: the chat is to end. */
int chat_command(chat *c, const char *line);

/* The agents by name, each in its colour, between commas. */
void chat_show_agents(const arny_team *team);

#endif
