/*
 * bench/cold.c - a switch to an agent whose model's file is not in the page cache, beside the time to read that file once.
 *
 *     bench-cold BUDGET ROUNDS TEAM MODEL...
 *
 * The agents of TEAM are asked in turn; MODEL are their files in the same order. Before each message the kernel drops the pages of
 * the agent's file: once to read it from beginning to end, once for the switch. One JSON object with medians in milliseconds.
 */
#include <arny/arny.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define AGENTS_MAX 16
#define ROUNDS_MAX 64

static double now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static int drop(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    int status = fsync(fd) | posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
    close(fd);
    return status;
}

/* Reads it once, in pieces of a megabyte. */
static double read_ms(const char *path)
{
    static char piece[1 << 20];
    double start = now_ms();
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    (void)posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
    while (read(fd, piece, sizeof piece) > 0) {}
    close(fd);
    return now_ms() - start;
}

static int on_event(const arny_event *event, void *data)
{
    if (event->type == ARNY_EVENT_ERROR)
        fprintf(stderr, "bench-cold: %s\n", event->message);
    if (event->type == ARNY_EVENT_TOKEN && *(double *)data <= 0)
        *(double *)data = now_ms();
    return 0;
}

/* From the message to the first token; -1 after an error. */
static double ask_ms(arny_session *session, const char *agent)
{
    arny_ask_options how = ARNY_ASK_OPTIONS_INIT;
    double start = now_ms(), first = 0;
    how.agent = agent;
    how.max_tokens = 4;
    return arny_session_ask(session, "And what comes next?", &how, on_event, &first) ? -1 : first - start;
}

static int by_size(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

static double median(double *times, size_t count)
{
    qsort(times, count, sizeof *times, by_size);
    return count % 2 ? times[count / 2] : (times[count / 2 - 1] + times[count / 2]) / 2;
}

int main(int argc, char **argv)
{
    static double reads[AGENTS_MAX * ROUNDS_MAX], switches[AGENTS_MAX * ROUNDS_MAX], same[AGENTS_MAX * ROUNDS_MAX];
    arny_team *team;
    arny_session *session;
    arny_team_options options = ARNY_TEAM_OPTIONS_INIT;
    size_t count = 0, agents = argc > 4 ? (size_t)argc - 4 : 0, rounds = argc > 4 ? (size_t)atol(argv[2]) : 0;
    if (agents == 0 || agents > AGENTS_MAX || rounds == 0 || rounds > ROUNDS_MAX) {
        fprintf(stderr, "usage: bench-cold BUDGET ROUNDS TEAM MODEL...\n");
        return 64;
    }
    options.budget = atoll(argv[1]);
    options.threads = 2;
    if (arny_team_open(&team, argv[3], &options) || arny_session_open(&session, team, NULL)) {
        fprintf(stderr, "bench-cold: %s\n", arny_last_error());
        return 1;
    }
    for (size_t i = 0; i < agents; i++) /* everybody has been asked once */
        if (ask_ms(session, arny_team_agent_name(team, i)) < 0)
            return 1;
    for (size_t round = 0; round < rounds; round++)
        for (size_t i = 0; i < agents; i++, count++) {
            const char *path = argv[4 + i], *agent = arny_team_agent_name(team, i);
            if (drop(path) || (reads[count] = read_ms(path)) < 0 || drop(path)) {
                perror(path);
                return 1;
            }
            switches[count] = ask_ms(session, agent);
            same[count] = ask_ms(session, agent);
            if (switches[count] < 0 || same[count] < 0)
                return 1;
        }
    printf("{\"read_ms\":%.3f,\"switch_ms\":%.3f,\"same_ms\":%.3f,\"n\":%zu}\n", median(reads, count),
           median(switches, count), median(same, count), count);
    arny_session_free(session);
    arny_team_free(team);
    return 0;
}
