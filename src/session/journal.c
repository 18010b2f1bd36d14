/* session/journal.c - see journal.h. */
#include "session/journal.h"
#include "util/folder.h"
#include "util/hash.h"
#include "util/json.h"
#include "util/little.h"
#include "util/log.h"
#include "util/mem.h"
#include "util/status.h"
#include <stdlib.h>
#include <string.h>

#define HEAD_BYTES  16
#define FRAME_BYTES 12
#define RECORD_MAX  ((size_t)1 << 28)
#define LOST_MAX    64
#define EFFORT_MAX  ((size_t)256 << 20) /* bytes that are hashed in search of one record */
#define JOURNAL_MAX ((uint64_t)1 << 32)
#define IDS_MAX     (1 << 24)

static const char heads[2][HEAD_BYTES] = {"arny turns 1 p\n", "arny turns 1 s\n"};

/* What is authenticated with a sealed record: whose it is, and which one. */
typedef struct ar_place {
    uint8_t bytes[AR_DIGEST_BYTES + 8];
} ar_place;

static ar_place place_of(const ar_journal *journal, uint64_t number)
{
    ar_place place;
    memcpy(place.bytes, journal->whose.bytes, AR_DIGEST_BYTES);
    ar_put_little(place.bytes + AR_DIGEST_BYTES, number, 8);
    return place;
}

/* ---- writing ---------------------------------------------------------------------------------------------------- */

static void write_turn(ar_buf *out, const ar_team_config *config, const ar_turn *turn, const double *p)
{
    const char *agent = config->agents[turn->agent].name;
    ar_buf_puts(out, "{\"agent\":");
    ar_json_quote(out, agent, strlen(agent));
    ar_buf_puts(out, ",\"user\":");
    ar_json_quote(out, turn->user, strlen(turn->user));
    ar_buf_puts(out, ",\"reply\":");
    ar_json_quote(out, turn->reply, strlen(turn->reply));
    ar_buf_printf(out, ",\"model\":\"%016llx\",\"ids\":[", (unsigned long long)turn->model);
    for (size_t i = 0; i < turn->id_count; i++)
        ar_buf_printf(out, i ? ",%d" : "%d", turn->ids[i]);
    ar_buf_puts(out, "],\"p\":{");
    for (size_t i = 0; i <= config->agent_count; i++) {
        const char *name = i < config->agent_count ? config->agents[i].name : "none";
        ar_buf_puts(out, i ? "," : "");
        ar_json_quote(out, name, strlen(name));
        ar_buf_puts(out, ":");
        ar_json_decimal(out, p[i], 9);
    }
    ar_buf_puts(out, "}}");
}

int ar_journal_add(int64_t *bytes, ar_journal *journal, const ar_team_config *config, const ar_turn *turn,
                   const double *p)
{
    ar_buf text = AR_BUF_INIT(RECORD_MAX), sealed = AR_BUF_INIT(RECORD_MAX);
    ar_place place = place_of(journal, journal->next);
    uint8_t frame[FRAME_BYTES];
    write_turn(&text, config, turn, p);
    int status = text.status;
    if (!status && journal->seal->sealed)
        status = ar_seal_close(&sealed, journal->seal, place.bytes, sizeof place.bytes, text.ptr, text.len);
    const ar_buf *body = journal->seal->sealed ? &sealed : &text;
    ar_put_little(frame, body->len, 4);
    ar_put_little(frame + 4, ar_hash(AR_HASH_BEGIN, body->ptr, body->len), 8);
    size_t head = journal->bytes == 0 ? HEAD_BYTES : 0;
    ar_fs_part parts[] = {{heads[journal->seal->sealed], head}, {frame, sizeof frame}, {body->ptr, body->len}};
    if (!status)
        status = ar_file_append(journal->path, parts, 3);
    if (!status) {
        int64_t written = (int64_t)(head + sizeof frame + body->len);
        journal->next++;
        journal->bytes += written;
        *bytes += written;
    }
    ar_buf_free(&text);
    ar_buf_free(&sealed);
    return status;
}

/* ---- reading ---------------------------------------------------------------------------------------------------- */

static int read_ids(ar_turn *turn, const ar_json *json, const ar_json_value *ids)
{
    size_t count = ids && ar_json_type(ids) == AR_JSON_ARRAY ? ar_json_count(ids) : 0;
    int64_t id;
    if (count == 0 || count > IDS_MAX)
        return ARNY_OK;
    if (!(turn->ids = ar_calloc(count, sizeof *turn->ids)))
        return ARNY_E_MEMORY;
    for (size_t i = 0; i < count; i++) {
        int status = ar_json_integer(&id, json, ar_json_at(ids, i), 0, INT32_MAX);
        if (status)
            return status;
        turn->ids[i] = (int32_t)id;
    }
    turn->id_count = count;
    return ARNY_OK;
}

static void read_shares(double *p, const ar_team_config *config, const ar_json *json, const ar_json_value *shares)
{
    for (size_t i = 0; i <= config->agent_count; i++) {
        p[i] = 0;
        if (shares && ar_json_type(shares) == AR_JSON_OBJECT)
            (void)ar_json_number(&p[i], json,
                                 ar_json_get(shares, i < config->agent_count ? config->agents[i].name : "none"), 0, 1);
    }
}

/* An agent that the team has no longer answered it: the turn is left out, and stays in the file. */
static int read_turn(ar_history *history, double *p, const char *text, size_t bytes, const char *path)
{
    const char *agent, *user, *reply, *model = "";
    ar_json *json;
    ar_turn turn;
    memset(&turn, 0, sizeof turn);
    int status = ar_json_parse(&json, text, bytes, path);
    if (status)
        return status;
    const ar_json_value *root = ar_json_root(json);
    if ((status = ar_json_object(json, root)) || (status = ar_json_string(&agent, json, ar_json_get(root, "agent"))) ||
        (status = ar_json_string(&user, json, ar_json_get(root, "user"))) ||
        (status = ar_json_string(&reply, json, ar_json_get(root, "reply"))))
        goto out;
    turn.agent = ar_team_config_agent(history->config, agent);
    if (turn.agent == history->config->agent_count) {
        ar_log(ARNY_LOG_WARN, "%s: a turn of an agent that the team has no longer is left out", path);
        goto out;
    }
    if (ar_json_get(root, "model"))
        (void)ar_json_string(&model, json, ar_json_get(root, "model"));
    turn.model = strtoull(model, NULL, 16);
    if ((status = read_ids(&turn, json, ar_json_get(root, "ids"))))
        goto out;
    if (!(turn.user = ar_strdup(user)) || !(turn.reply = ar_strdup(reply)))
        status = ARNY_E_MEMORY;
    if (!status)
        status = ar_history_add(history, &turn); /* takes the turn over */
    if (!status)
        read_shares(p, history->config, json, ar_json_get(root, "p"));
out:
    ar_turn_free(&turn);
    ar_json_free(json);
    return status;
}

/* *opened counts those that the key fits. Up to `lost` more before it may be missing than are counted: a sealed one tells by its
 * number. */
static int read_record(ar_journal *journal, ar_history *history, double *p, const char *body, size_t bytes, size_t lost,
                       size_t *opened)
{
    if (!journal->seal->sealed)
        return read_turn(history, p, body, bytes, journal->path);
    ar_buf text = AR_BUF_INIT(RECORD_MAX);
    int status = ARNY_E_DATA;
    for (size_t skipped = 0; skipped <= lost && status == ARNY_E_DATA; skipped++) {
        ar_place place = place_of(journal, journal->next + skipped);
        status = ar_seal_open(&text, journal->seal, place.bytes, sizeof place.bytes, body, bytes);
        if (!status)
            journal->next += skipped;
    }
    *opened += !status;
    if (!status)
        status = read_turn(history, p, text.ptr, text.len, journal->path);
    ar_buf_free(&text);
    return status;
}

static void leave_out(ar_journal *journal)
{
    ar_log(ARNY_LOG_WARN, "%s: record %llu is damaged and left out", journal->path, (unsigned long long)journal->next);
    journal->next++;
}

/* 1 when a record may begin there; *bytes is what its body has then. */
static int may_begin(size_t *bytes, const ar_buf *file, size_t at)
{
    if (file->len - at < FRAME_BYTES)
        return 0;
    *bytes = (size_t)ar_get_little(file->ptr + at, 4);
    return *bytes <= RECORD_MAX && *bytes <= file->len - at - FRAME_BYTES;
}

/* Where the next whole record begins, from `at` on; the end of the file: nowhere. *effort, in bytes, is what a file that was made to
 * keep us busy may cost. */
static size_t find_record(size_t *bytes, size_t *effort, const ar_buf *file, size_t at)
{
    for (; at < file->len; at++) {
        if (!may_begin(bytes, file, at))
            continue;
        if (*bytes > *effort)
            return file->len;
        *effort -= *bytes;
        if (ar_get_little(file->ptr + at + 4, 8) == ar_hash(AR_HASH_BEGIN, file->ptr + at + FRAME_BYTES, *bytes))
            return at;
    }
    return file->len;
}

/* All records; *good is where the last whole one ends. Where one is damaged, its length may be: the next one is looked for. */
static int read_records(ar_journal *journal, ar_history *history, double *p, const ar_buf *file, size_t *good)
{
    size_t opened = 0;
    *good = HEAD_BYTES;
    for (size_t at = HEAD_BYTES, bytes = 0; at < file->len; at = *good) {
        size_t begin = at, effort = EFFORT_MAX;
        at = find_record(&bytes, &effort, file, begin);
        if (at == file->len)
            return ARNY_OK; /* what is left was never finished */
        size_t lost = (at - begin) / FRAME_BYTES;
        if (at > begin)
            leave_out(journal);
        int status = read_record(journal, history, p, file->ptr + at + FRAME_BYTES, bytes,
                                 lost < LOST_MAX ? lost : LOST_MAX, &opened);
        if (status == ARNY_E_MEMORY)
            return status;
        if (status && journal->seal->sealed && opened == 0) /* already the first one that is whole */
            return ar_fail(ARNY_E_DATA, "%s: it cannot be decrypted: another key, or it was changed", journal->path);
        if (status)
            leave_out(journal);
        else
            journal->next++;
        *good = at + FRAME_BYTES + bytes;
    }
    return ARNY_OK;
}

/* Nothing depends on a head that was never finished. */
static int check_head(const ar_buf *file, const char *path, int sealed)
{
    size_t bytes = file->len < HEAD_BYTES ? file->len : HEAD_BYTES;
    int other = memcmp(file->ptr, heads[!sealed], bytes) == 0;
    if (memcmp(file->ptr, heads[sealed], bytes) == 0 || (other && bytes < HEAD_BYTES))
        return ARNY_OK;
    if (other)
        return ar_fail(
            ARNY_E_DATA, "%s: %s", path,
            sealed ? "its turns are not encrypted, and the team was opened with a key: forget that session first"
                   : "its turns are encrypted: open the team with the key, or forget that session first");
    return ar_fail(ARNY_E_DATA,
                   "%s: these are no turns of Arny's version 1: move the file away, or forget that session first",
                   path);
}

int ar_journal_open(ar_journal *journal, ar_history *history, double *p, const char *path, const ar_digest *whose,
                    const ar_seal *seal)
{
    ar_buf file = AR_BUF_INIT(JOURNAL_MAX);
    size_t good = 0;
    memset(journal, 0, sizeof *journal);
    journal->seal = seal;
    journal->whose = *whose;
    if (!(journal->path = ar_strdup(path)))
        return ARNY_E_MEMORY;
    int status = ar_fs_exists(path) ? ar_fs_read(&file, path) : ARNY_OK;
    if (!status)
        status = check_head(&file, path, seal->sealed);
    if (!status && file.len >= HEAD_BYTES)
        status = read_records(journal, history, p, &file, &good);
    if (!status && good < file.len) {
        ar_log(ARNY_LOG_INFO, "%s: %zu bytes of a turn that was never finished are cut off", path, file.len - good);
        status = ar_file_cut(path, (int64_t)good);
    }
    journal->bytes = (int64_t)good;
    ar_buf_free(&file);
    if (status)
        ar_journal_close(journal);
    return status;
}

void ar_journal_close(ar_journal *journal)
{
    ar_free(journal->path);
    memset(journal, 0, sizeof *journal);
}

int ar_journal_clear(ar_journal *journal)
{
    int status = ar_file_remove(journal->path);
    if (!status)
        journal->next = 0, journal->bytes = 0;
    return status;
}
