/* cli/cmd_session.c - arny session: the conversations that are kept on disk. */
#include "error.h"
#include "json.h"
#include "options.h"
#include "out.h"

#include <string.h>

typedef struct session_options {
    team_options team;
    int json;
} session_options;

#define AT(member) offsetof(session_options, member)

static const args_option options[] = {
    TEAM_OPTION(session_options, team),
    STATE_OPTIONS(session_options, team),
    {"json", 0, ARGS_FLAG, AT(json), NULL, "list: one JSON object a line", 0, 0},
};

static int show(const char *name, void *data)
{
    const session_options *o = data;
    if (!o->json) {
        out_print("%s\n", name);
        return 0;
    }
    json_object(NULL);
    json_text("session", name);
    json_end();
    return json_line() ? CLI_IO : 0;
}

static int list(arny_team *team, session_options *o)
{
    int status = arny_session_each(team, show, o);
    out_flush();
    return status < 0 ? fail(status, o->json) : status;
}

static int forget(arny_team *team, const session_options *o, const char *name)
{
    int status = arny_session_forget(team, name);
    return status ? fail(status, o->json) : CLI_OK;
}

static int run(int argc, char **argv)
{
    session_options o = {.json = 0};
    args_words words;
    arny_team *team;
    int code = args_parse(&cmd_session, &o, &words, argc, argv);
    if (code >= 0)
        return code;
    int lists = strcmp(words.at[0], "list") == 0 && words.count == 1;
    if (!lists && !(strcmp(words.at[0], "forget") == 0 && words.count == 2))
        return usage_error(&cmd_session, "\"list\", or \"forget NAME\" expected");
    if ((code = team_open(&team, &cmd_session, &o.team, o.json)))
        return code;
    code = lists ? list(team, &o) : forget(team, &o, words.at[1]);
    arny_team_free(team);
    return code;
}

const cli_command cmd_session = {
    .name = "session",
    .purpose = "list or forget the conversations that are kept on disk",
    .usage = "list --team DIR [OPTIONS]\n"
             "forget NAME --team DIR [OPTIONS]\n",
    .about =
        "A team with \"persist\": \"disk\" in its team.json (or ask and chat with --persist disk) keeps what was said, and\n"
        "the KV cache of it, in files that only you can read; the next process goes on from there. forget removes both.\n"
        "A key is not needed for that.\n",
    .example = "arny ask --team models/demo --session anna --persist disk \"Solve 2x + 5 = 15\"\n"
               "arny session list --team models/demo\n"
               "arny session forget anna --team models/demo\n",
    .exits = "0   done; a session that is not there is forgotten already\n"
             "64  wrong usage\n"
             "65  a mistake in team.json\n"
             "66  no such team or file\n"
             "73  it cannot be removed\n"
             "75  another process has sessions of this team\n",
    .options = options,
    .option_count = sizeof options / sizeof *options,
    .words_min = 1,
    .words_max = 2,
    .words = "list, or forget and a NAME,",
    .run = run,
};
