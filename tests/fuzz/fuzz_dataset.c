/* fuzz_dataset.c - any bytes as messages to learn from: an error that names the place, or samples that can be used. */
#include "gateway/dataset.h"
#include "gateway/prompt.h"
#include "util/status.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static const char team[] =
    "{\"arny\":1,\"plan\":\"monolith\",\"engine\":\"gguf\",\"models\":{\"m\":{\"gguf\":\"/proc/self/exe\"}},"
    "\"gateway\":{\"mode\":\"head\",\"head\":\"h\"},\"agents\":{\"math\":{},\"care\":{}}}";

static int put(char path[64], const char *name, const void *data, size_t bytes)
{
    int file = memfd_create(name, 0);
    if (file < 0 || write(file, data, bytes) != (ssize_t)bytes)
        abort();
    snprintf(path, 64, "/proc/self/fd/%d", file);
    return file;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    static ar_team_config *config;
    ar_dataset dataset;
    char path[64];
    if (!config) {
        int file = put(path, "team.json", team, sizeof team - 1);
        if (ar_team_config_read(&config, path, NULL) != ARNY_OK)
            abort();
        close(file);
    }
    int file = put(path, "data.jsonl", data, bytes);
    ar_dataset_init(&dataset, config);
    int status = ar_dataset_read(&dataset, path);
    if (status == ARNY_OK)
        status = ar_dataset_check(&dataset);
    if (status && arny_last_error()[0] == 0)
        abort();
    for (size_t i = 0; i < dataset.count; i++)
        if (strlen(ar_sample_text(&dataset.samples[i])) == 0 || dataset.samples[i].turn_count == 0)
            abort();
    ar_dataset_free(&dataset);
    close(file);
    return 0;
}
