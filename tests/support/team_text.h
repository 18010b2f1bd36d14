/*
 * tests/support/team_text.h - team.json files for tests, in a folder with the model files that they name. In the texts
 * ' stands for ".
 */
#ifndef TEST_SUPPORT_TEAM_TEXT_H
#define TEST_SUPPORT_TEAM_TEXT_H

#include "config/config.h"

extern char *team_folder;           /* after make_team_folder */
extern const char *const team_full; /* every key, on the fake engine */

void make_team_folder(void);

void write_team(const char *text); /* as team.json in the folder */
int read_team(ar_team_config **out, const char *text);
ar_team_config *good_team(const char *text); /* read, and right: else the test fails */

/* A small team around one part of it. Line 2 has the model, line 3 the agent, line 4 the rest. */
#define TEAM_MODEL    "{'arny':1,'plan':'monolith',\n'models':{'m':{'fake':'base.fake'"
#define TOP(rest)     TEAM_MODEL "}},\n'agents':{'a':{}},\n" rest "}"
#define MODEL(rest)   TEAM_MODEL ",\n" rest "}},\n'agents':{'a':{}}}"
#define AGENT(rest)   TEAM_MODEL "}},\n'agents':{'a':{\n" rest "}}}"
#define GATEWAY(rest) TOP("'gateway':{\n" rest "}")

#endif
