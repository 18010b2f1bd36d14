/* cli/progress.h - a line on standard error that says how far something is. On a terminal only. */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

/* progress: 0 to 1. Draws at most 20 times a second. */
void progress_show(const char *label, double progress);

/* Wipes the line, if there is one. */
void progress_end(void);

#endif
