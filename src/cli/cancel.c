/* cli/cancel.c - see cancel.h. */
#include "cancel.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

static volatile sig_atomic_t asked, fatal, wake_fd = -1;
static struct sigaction before;
static int read_fd = -1;
static int watching; /* the thread runs */
static pthread_t thread;
static void (*stop_function)(void *object);
static void *stop_object;

static void on_signal(int number)
{
    int saved = errno;
    if (asked && fatal) {
        signal(number, SIG_DFL);
        raise(number); /* comes when this handler returns */
    }
    asked = 1;
    if (wake_fd >= 0 && write(wake_fd, "", 1) < 0)
        asked = 1; /* the pipe is full of earlier ones: the thread has been woken */
    errno = saved;
}

/* Lives from begin to end: the other end of the pipe is closed then. */
static void *watch(void *unused)
{
    char byte;
    (void)unused;
    for (;;) {
        ssize_t got = read(read_fd, &byte, 1);
        if (got == 0 || (got < 0 && errno != EINTR))
            return NULL;
        if (got > 0 && stop_function)
            stop_function(stop_object);
    }
}

void cancel_begin(void (*stop)(void *object), void *object, int twice)
{
    int ends[2];
    struct sigaction action;
    asked = 0;
    fatal = twice;
    stop_function = stop;
    stop_object = object;
    if (pipe(ends) == 0) {
        fcntl(ends[0], F_SETFD, FD_CLOEXEC);
        fcntl(ends[1], F_SETFD, FD_CLOEXEC);
        fcntl(ends[1], F_SETFL, O_NONBLOCK);
        read_fd = ends[0];
        wake_fd = ends[1];
        watching = pthread_create(&thread, NULL, watch, NULL) == 0;
    }
    memset(&action, 0, sizeof action);
    action.sa_handler = on_signal;
    action.sa_flags = SA_RESTART;
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, &before);
}

int cancel_asked(void)
{
    return asked;
}

void cancel_end(void)
{
    int fd = wake_fd;
    sigaction(SIGINT, &before, NULL);
    wake_fd = -1;
    if (fd >= 0)
        close(fd);
    if (watching)
        pthread_join(thread, NULL);
    if (read_fd >= 0)
        close(read_fd);
    read_fd = -1;
    watching = 0;
}
