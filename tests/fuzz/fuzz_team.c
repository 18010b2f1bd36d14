/* fuzz_team.c - any bytes as a team.json: an error with a sentence or a team, never a crash, and nothing leaks. */
#include "config/config.h"
#include "util/status.h"
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    static int file = -1;
    ar_team_config *config;
    char path[64];
    if (file < 0)
        file = memfd_create("team.json", 0);
    if (file < 0 || ftruncate(file, 0) != 0 || pwrite(file, data, bytes, 0) != (ssize_t)bytes)
        abort();
    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    int status = ar_team_config_read(&config, path, NULL);
    if (status == ARNY_OK ? config == NULL : arny_last_error()[0] == 0)
        abort();
    ar_team_config_free(config);
    return 0;
}
