/*
 * cli/cancel.h - Ctrl-C while something runs. The signal's handler may do next to nothing, so a thread that waits for
 * it calls the library's cancel.
 */
#ifndef CLI_CANCEL_H
#define CLI_CANCEL_H

/* From now on SIGINT calls stop(object) on another thread; stop may be NULL. With `twice` a second one ends the
 * process. It also holds where SIGINT was ignored: a script that starts a command with & may still stop it. */
void cancel_begin(void (*stop)(void *object), void *object, int twice);

/* 1 when SIGINT has come since cancel_begin. */
int cancel_asked(void);

/* SIGINT does again what it did before. After this, stop is not called any more. */
void cancel_end(void);

#endif
