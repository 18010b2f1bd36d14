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
    "{\"arny\":1,\"plan\":\"monolith\",\"engine\":\"fake\",\"models\":{\"m\":{\"fake\":\"m.fake\"}},"
    "\"gateway\":{\"mode\":\"head\",\"head\":\"h\"},\"agents\":{\"math\":{},\"care\":{}}}";

static void write_file(const char *folder, const char *name, const char *text)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    if (!file || fputs(text, file) < 0 || fclose(file) != 0)
        abort();
}

static ar_team_config *read_team(void)
{
    ar_team_config *config;
    char folder[] = "/tmp/arny-fuzz-XXXXXX", path[128];
    if (!mkdtemp(folder))
        abort();
    write_file(folder, "team.json", team);
    write_file(folder, "m.fake", "#arny-fake 1\n{}\n");
    if (ar_team_config_read(&config, folder, NULL) != ARNY_OK)
        abort();
    snprintf(path, sizeof path, "%s/team.json", folder);
    remove(path);
    snprintf(path, sizeof path, "%s/m.fake", folder);
    remove(path);
    rmdir(folder);
    return config;
}

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
    if (!config)
        config = read_team();
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
