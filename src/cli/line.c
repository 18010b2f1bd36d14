/* cli/line.c - see line.h. With libedit where the build has it; the history is kept in memory only. */
#include "line.h"
#include "input.h"
#include "out.h"

#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>
#ifdef ARNY_HAVE_EDITLINE
#include <histedit.h>
#endif

#define HISTORY_LINES 500
#define INVISIBLE     '\1' /* stands around sequences that take no room, in a prompt for libedit */

struct line_reader {
    int terminal;
    input_lines input;
    char prompt[LINE_PROMPT_BYTES];
    char *line; /* a copy: libedit's own is not to be written to */
#ifdef ARNY_HAVE_EDITLINE
    EditLine *edit; /* NULL: no line editing here */
    History *history;
    int cleared;
#endif
};

/* ---- edited -------------------------------------------------------------------------------------------------------- */

#ifdef ARNY_HAVE_EDITLINE

static line_reader *reader_of(EditLine *edit)
{
    void *reader = NULL;
    el_get(edit, EL_CLIENTDATA, &reader);
    return reader;
}

static char *show_prompt(EditLine *edit)
{
    return reader_of(edit)->prompt;
}

/* Ctrl-C at the prompt: empties the line; the caller hears of it where it was empty. */
static unsigned char on_interrupt(EditLine *edit, wint_t key)
{
    const LineInfo *info = el_line(edit);
    int length = (int)(info->lastchar - info->buffer);
    (void)key;
    if (length == 0) {
        reader_of(edit)->cleared = 1;
        return CC_NEWLINE;
    }
    el_cursor(edit, length); /* libedit stops at the end */
    el_deletestr(edit, length);
    return CC_REDISPLAY;
}

static void use_utf8(void)
{
    if (strcmp(nl_langinfo(CODESET), "UTF-8") != 0 && !setlocale(LC_CTYPE, "C.UTF-8"))
        setlocale(LC_CTYPE, "en_US.UTF-8");
}

static void open_edit(line_reader *reader)
{
    const char *term = getenv("TERM");
    HistEvent event;
    if (!reader->terminal || !out_is_terminal(stdout) || !term || strcmp(term, "dumb") == 0)
        return;
    use_utf8();
    reader->edit = el_init("arny", stdin, stdout, stderr);
    reader->history = history_init();
    if (!reader->edit || !reader->history)
        return;
    history(reader->history, &event, H_SETSIZE, HISTORY_LINES);
    history(reader->history, &event, H_SETUNIQUE, 1);
    el_set(reader->edit, EL_CLIENTDATA, reader);
    el_set(reader->edit, EL_EDITOR, "emacs");
    el_source(reader->edit, NULL); /* ~/.editrc, as people expect of libedit */
    el_set(reader->edit, EL_HIST, history, reader->history);
    el_set(reader->edit, EL_PROMPT_ESC, show_prompt, INVISIBLE);
    el_set(reader->edit, EL_SIGNAL, 1);                  /* window sizes, and Ctrl-Z */
    el_set(reader->edit, EL_SETTY, "-d", "-intr", NULL); /* Ctrl-C is a key at the prompt */
    el_wset(reader->edit, EL_ADDFN, L"arny-interrupt", L"empty the line", on_interrupt);
    el_set(reader->edit, EL_BIND, "^C", "arny-interrupt", NULL);
    el_set(reader->edit, EL_BIND, "^R", "em-inc-search-prev", NULL);
}

static enum line_result read_edited(line_reader *reader, char **out)
{
    int length;
    HistEvent event;
    reader->cleared = 0;
    errno = 0;
    const char *line = el_gets(reader->edit, &length);
    if (reader->cleared || (!line && length < 0 && errno == EINTR)) { /* by the key, or by kill -INT */
        fputs("\n", stdout);
        return LINE_CLEARED;
    }
    if (!line || length <= 0)
        return LINE_END;
    free(reader->line);
    reader->line = strdup(line);
    if (!reader->line)
        return LINE_FAILED;
    input_chomp(reader->line);
    if (reader->line[strspn(reader->line, " \t")])
        history(reader->history, &event, H_ENTER, line);
    *out = reader->line;
    return LINE_READ;
}

static void close_edit(line_reader *reader)
{
    if (reader->edit)
        el_end(reader->edit);
    if (reader->history)
        history_end(reader->history);
}

static int is_edited(const line_reader *reader)
{
    return reader->edit && reader->history;
}

#else

static void open_edit(line_reader *reader)
{
    (void)reader;
}

static enum line_result read_edited(line_reader *reader, char **out)
{
    (void)reader;
    (void)out;
    return LINE_FAILED;
}

static void close_edit(line_reader *reader)
{
    (void)reader;
}

static int is_edited(const line_reader *reader)
{
    (void)reader;
    return 0;
}

#endif

/* ---- as it comes ----------------------------------------------------------------------------------------------------- */

static enum line_result read_plain(line_reader *reader, char **out)
{
    if (reader->terminal) {
        fputs(reader->prompt, stdout);
        fflush(stdout);
    }
    int more = input_next(&reader->input);
    if (more < 0)
        return LINE_FAILED;
    if (more == 0)
        return LINE_END;
    *out = reader->input.line;
    return LINE_READ;
}

line_reader *line_open(void)
{
    line_reader *reader = calloc(1, sizeof *reader);
    if (!reader)
        return NULL;
    reader->terminal = out_is_terminal(stdin);
    input_open(&reader->input, "-");
    open_edit(reader);
    return reader;
}

int line_is_terminal(const line_reader *reader)
{
    return reader->terminal;
}

/* Styles on and off; for libedit each within marks, so that it can count columns. */
static void set_prompt(line_reader *reader, const char *prompt, int style)
{
    const char *on = out_style(stdout, style), *off = out_style(stdout, OUT_PLAIN);
    if (is_edited(reader) && on[0])
        snprintf(reader->prompt, sizeof reader->prompt, "%c%s%c%s%c%s%c", INVISIBLE, on, INVISIBLE, prompt, INVISIBLE,
                 off, INVISIBLE);
    else
        snprintf(reader->prompt, sizeof reader->prompt, "%s%s%s", on, prompt, off);
}

enum line_result line_read(line_reader *reader, char **out, const char *prompt, int style)
{
    set_prompt(reader, prompt, style);
    *out = NULL;
    return is_edited(reader) ? read_edited(reader, out) : read_plain(reader, out);
}

void line_close(line_reader *reader)
{
    if (!reader)
        return;
    close_edit(reader);
    input_close(&reader->input);
    free(reader->line);
    free(reader);
}
