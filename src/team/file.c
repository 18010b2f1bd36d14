/* team/file.c - arny/file.h: what a file is, and the same model with other weight types. */
#include "engine/registry.h"
#include "config/config.h"
#include "memory/kv_file.h"
#include "util/fs.h"
#include "util/mem.h"
#include "util/status.h"
#include <arny/file.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static int is_team(const char *path)
{
    size_t bytes = strlen(path);
    return ar_fs_is_dir(path) || (bytes >= 5 && strcmp(path + bytes - 5, ".json") == 0);
}

static int inspect_team(arny_file_info *out, const char *path)
{
    ar_team_config *config;
    struct stat info;
    int status = ar_team_config_read(&config, path, NULL);
    if (status)
        return status;
    snprintf(out->kind, sizeof out->kind, "team");
    out->bytes = stat(config->file, &info) == 0 ? (int64_t)info.st_size : 0;
    ar_team_config_free(config);
    return ARNY_OK;
}

#define TEMPLATE_BYTES 65536 /* what is longer is not one that has a name */

/* The engines know a template as the file has it; its name is the model layer's. */
static int name_template(arny_file_info *out, const arny_engine *engine, const char *path)
{
    size_t bytes = 0;
    char *jinja = engine->chat_template ? ar_calloc(1, TEMPLATE_BYTES + 1) : NULL;
    if (!jinja)
        return engine->chat_template ? ARNY_E_MEMORY : ARNY_OK;
    int status = engine->chat_template(jinja, TEMPLATE_BYTES, &bytes, path);
    if (!status && bytes > 0) {
        const ar_template *chat = ar_template_detect(jinja);
        snprintf(out->chat, sizeof out->chat, "%s", chat ? ar_template_name(chat) : "unknown");
    }
    ar_free(jinja);
    return status;
}

static int inspect_snapshot(arny_file_info *out, const char *path)
{
    ar_kv_facts facts;
    int status = ar_kv_file_look(&facts, path);
    if (status)
        return status;
    snprintf(out->kind, sizeof out->kind, "snapshot");
    out->bytes = facts.bytes;
    out->tokens = (int64_t)facts.tokens;
    out->sealed = facts.sealed;
    return ARNY_OK;
}

int arny_file_inspect(arny_file_info *out, const char *path)
{
    if (!out || !path)
        return ar_fail(ARNY_E_ARGUMENT, "arny_file_inspect needs a place for what it finds and a path");
    memset(out, 0, sizeof *out);
    out->size = sizeof *out;
    if (is_team(path))
        return inspect_team(out, path);
    if (ar_kv_file_recognizes(path))
        return inspect_snapshot(out, path);
    const arny_engine *engine;
    int status = ar_engine_check_file(out, &engine, NULL, path);
    return status ? status : name_template(out, engine, path);
}

/* What was written beside a file takes its place, or goes. */
static int keep_if_good(int status, char *beside, const char *path)
{
    if (!status)
        status = ar_fs_commit(beside, path);
    if (status)
        ar_fs_drop(beside);
    ar_free(beside);
    return status;
}

int arny_file_quantize(const char *in_path, const char *out_path, const char *type, int32_t threads,
                       arny_progress_callback progress, void *progress_data)
{
    const arny_engine *engine;
    char *beside = NULL;
    if (!in_path || !out_path || !type)
        return ar_fail(ARNY_E_ARGUMENT, "arny_file_quantize needs two paths and a weight type");
    if (threads < 0 || threads > 256)
        return ar_fail(ARNY_E_ARGUMENT, "threads is %d: 1 to 256 expected, or 0 for all", threads);
    int status = ar_engine_for_file(&engine, in_path);
    if (status)
        return status;
    if (!engine->quantize)
        return ar_fail(ARNY_E_UNSUPPORTED, "the engine \"%s\" cannot change weight types", engine->name);
    if ((status = ar_fs_create_beside(&beside, out_path)))
        return status;
    status = engine->quantize(in_path, beside, type, threads, progress, progress_data);
    if (!status && progress && progress(1, progress_data))
        status = ar_fail(ARNY_E_CANCELLED, "cancelled");
    return keep_if_good(status, beside, out_path);
}

int arny_file_merge(const char *base_path, const char *adapter_path, const char *out_path,
                    arny_progress_callback progress, void *progress_data)
{
    const arny_engine *engine;
    char *beside = NULL;
    if (!base_path || !adapter_path || !out_path)
        return ar_fail(ARNY_E_ARGUMENT, "arny_file_merge needs three paths");
    int status = ar_engine_for_file(&engine, base_path);
    if (status)
        return status;
    if (!engine->merge)
        return ar_fail(ARNY_E_UNSUPPORTED, "the engine \"%s\" cannot merge adapters", engine->name);
    if ((status = ar_fs_create_beside(&beside, out_path)))
        return status;
    status = engine->merge(base_path, adapter_path, beside, progress, progress_data);
    return keep_if_good(status, beside, out_path);
}
