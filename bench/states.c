/*
 * bench/states.c - the time to the first token of an agent that is parked, closed, or whose model's file is not in the page cache.
 *
 *     bench-states parked|closed|cold BUDGET ROUNDS TEAM [MODEL...]
 *
 * The agents of TEAM are asked in turn, each twice: the first answer is what is measured, the second is the same agent's. Before each
 * first one the agent is
 *
 *     parked   its pages are given back, its context too: arny_team_pressure LOW while another one spoke last
 *     closed   arny_agent_unload
 *     cold     what it is under the budget, and the kernel drops the pages of its file: MODEL, in the order of the agents. They are
 *              dropped twice: once to time one reading from beginning to end
 *
 * One JSON object with medians in milliseconds.
 */
#include <arny/arny.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define AGENTS_MAX 64
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
        fprintf(stderr, "bench-states: %s\n", event->message);
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

typedef struct bench {
    const char *mode;
    char **files;
    arny_team *team;
    arny_session *session;
    double reads[AGENTS_MAX * ROUNDS_MAX], switches[AGENTS_MAX * ROUNDS_MAX], same[AGENTS_MAX * ROUNDS_MAX];
    size_t count;
} bench;

static int bring_down(bench *b, size_t agent)
{
    const char *path = b->files ? b->files[agent] : NULL;
    if (strcmp(b->mode, "parked") == 0)
        return arny_team_pressure(b->team, ARNY_PRESSURE_LOW);
    if (strcmp(b->mode, "closed") == 0)
        return arny_agent_unload(b->team, arny_team_agent_name(b->team, agent));
    if (drop(path) || (b->reads[b->count] = read_ms(path)) < 0 || drop(path)) {
        perror(path);
        return -1;
    }
    return 0;
}

static int measure(bench *b, size_t agent)
{
    const char *name = arny_team_agent_name(b->team, agent);
    if (bring_down(b, agent) || (b->switches[b->count] = ask_ms(b->session, name)) < 0 ||
        (b->same[b->count] = ask_ms(b->session, name)) < 0)
        return -1;
    b->count++;
    return 0;
}

int main(int argc, char **argv)
{
    static bench b;
    arny_team_options options = ARNY_TEAM_OPTIONS_INIT;
    size_t rounds = argc > 4 ? (size_t)atol(argv[3]) : 0;
    if (rounds == 0 || rounds > ROUNDS_MAX || (strcmp(argv[1], "cold") == 0) != (argc > 5)) {
        fprintf(stderr, "usage: bench-states parked|closed|cold BUDGET ROUNDS TEAM [MODEL...]\n");
        return 64;
    }
    b.mode = argv[1];
    b.files = argc > 5 ? argv + 5 : NULL;
    options.budget = atoll(argv[2]);
    options.threads = 2;
    if (arny_team_open(&b.team, argv[4], &options) || arny_session_open(&b.session, b.team, NULL)) {
        fprintf(stderr, "bench-states: %s\n", arny_last_error());
        return 1;
    }
    size_t agents = arny_team_agent_count(b.team);
    if (agents > AGENTS_MAX || (b.files && agents != (size_t)argc - 5)) {
        fprintf(stderr, "bench-states: %zu agents: at most %d, and a file for each\n", agents, AGENTS_MAX);
        return 64;
    }
    int failed = 0;
    for (size_t i = 0; i < agents && !failed; i++) /* everybody has been asked once */
        failed = ask_ms(b.session, arny_team_agent_name(b.team, i)) < 0;
    for (size_t i = 0; i < rounds * agents && !failed; i++)
        failed = measure(&b, i % agents);
    if (!failed)
        printf("{\"read_ms\":%.3f,\"switch_ms\":%.3f,\"same_ms\":%.3f,\"n\":%zu}\n", median(b.reads, b.count),
               median(b.switches, b.count), median(b.same, b.count), b.count);
    arny_session_free(b.session);
    arny_team_free(b.team);
    return failed;
}
