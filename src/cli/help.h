/* cli/help.h - the texts of --help. */
#ifndef CLI_HELP_H
#define CLI_HELP_H

#include "command.h"

void help_command(const cli_command *command);

/* All commands; the list ends with NULL. */
void help_all(const cli_command *const *commands);

#endif
