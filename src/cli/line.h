/* cli/line.h - reads a line from a person: edited and with a history on a terminal, as it comes elsewhere. */
#ifndef CLI_LINE_H
#define CLI_LINE_H

#define LINE_PROMPT_BYTES 128

typedef struct line_reader line_reader;

enum line_result { LINE_READ, LINE_CLEARED /* Ctrl-C at an empty line */, LINE_END, LINE_FAILED };

/* NULL when there is no memory for it. */
line_reader *line_open(void);

/* 1 when a person sits at the other end. */
int line_is_terminal(const line_reader *reader);

/* Shows the prompt in a style of out.h (on a terminal only) and reads. *out has no line end and is the reader's until
 * the next call. */
enum line_result line_read(line_reader *reader, char **out, const char *prompt, int style);

void line_close(line_reader *reader);

#endif
