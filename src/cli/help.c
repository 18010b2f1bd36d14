/* cli/help.c - see help.h. */
#include "help.h"
#include "args.h"
#include "out.h"

#include <string.h>

#define COLUMN 24 /* where the text of an option begins */

static void heading(const char *text)
{
    out_print("\n%s%s%s\n", out_style(stdout, OUT_BOLD), text, out_style(stdout, OUT_PLAIN));
}

/* Lines, each two spaces in, the first one behind `first`. */
static void indented(const char *first, const char *lines)
{
    while (*lines) {
        size_t length = strcspn(lines, "\n");
        out_print("  %s%.*s\n", first, (int)length, lines);
        lines += length + (lines[length] == '\n');
    }
}

static void option_line(const char *name, char letter, const char *value, const char *help)
{
    char left[64];
    int used =
        letter ? snprintf(left, sizeof left, "-%c, --%s", letter, name) : snprintf(left, sizeof left, "--%s", name);
    if (value)
        used += snprintf(left + used, sizeof left - (size_t)used, " %s", value);
    out_print("  %-*s", COLUMN - 2, left);
    if (used > COLUMN - 4)
        out_print("\n%*s", COLUMN, "");
    for (int first = 1; *help; first = 0) {
        size_t length = strcspn(help, "\n");
        out_print("%*s%.*s\n", first ? 0 : COLUMN, "", (int)length, help);
        help += length + (help[length] == '\n');
    }
}

void help_command(const cli_command *command)
{
    char name[64];
    snprintf(name, sizeof name, "arny %s ", command->name);
    out_print("%sarny %s%s - %s\n", out_style(stdout, OUT_BOLD), command->name, out_style(stdout, OUT_PLAIN),
              command->purpose);
    heading("Usage");
    indented(name, command->usage);
    out_print("\n%s", command->about);
    heading("Options");
    for (size_t i = 0; i < command->option_count; i++) {
        const args_option *option = &command->options[i];
        option_line(option->name, option->letter, option->value, option->help);
    }
    option_line("help", 'h', NULL, "this text");
    heading(strchr(command->example, '\n')[1] ? "Examples" : "Example");
    indented("", command->example);
    heading("Exit codes");
    indented("", command->exits);
    out_flush();
}

void help_all(const cli_command *const *commands)
{
    const char *bold = out_style(stdout, OUT_BOLD), *plain = out_style(stdout, OUT_PLAIN);
    out_print("%sarny%s - a routed team of small language models in one memory budget\n", bold, plain);
    heading("Usage");
    out_print("  arny COMMAND [OPTIONS]\n"
              "  arny COMMAND --help     what a command does, its options with units and defaults, an example\n"
              "  arny --version          the version, and the engines of this build\n");
    out_print("\nA team is a folder with a team.json: agents, their model files, a gateway and a memory budget. The\n"
              "gateway reads each message and says which agent answers; that agent's model is made ready; the answer\n"
              "streams. `arny chat` alone opens the demo team.\n");
    heading("Commands");
    for (size_t i = 0; commands[i]; i++)
        out_print("  %s%-10s%s %s\n", bold, commands[i]->name, plain, commands[i]->purpose);
    heading("Examples");
    out_print("  arny chat\n"
              "  arny ask --team models/demo \"Solve 2x + 5 = 15\"\n"
              "  arny generate --model model.gguf \"Name three primes.\"\n");
    heading("Environment");
    out_print("  ARNY_TEAM   the team to use when --team is not given\n"
              "  ARNY_LOG    error, warn, info or debug: what the library and its engines say, on standard error\n"
              "  NO_COLOR    no colours\n");
    heading("Exit codes");
    out_print("  0 done   64 usage   65 bad file or data   66 no such file   69 a needed model or engine is missing\n"
              "  70 internal   73 cannot write a file   74 input or output failed   75 try again   130 cancelled\n");
    out_flush();
}
