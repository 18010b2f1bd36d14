/*
 * fuzz_journal.c - any bytes as the turns of a session: refused with a sentence and left as they are, or read; a turn that is
 * then added is there the next time, and so are those before it.
 *
 * The first byte says what is done to the rest: 1 the hashes of its records are made right, 2 each of its lines becomes a record,
 * 4 it changes bytes of a file of three turns, 8 what is sealed is sealed, and read with the key, 16 its bytes above 127 stand for
 * parts of a record.
 */
#include "session/journal.h"
#include "util/hash.h"
#include "util/little.h"
#include "util/status.h"
#include "util/utf8.h"
#include "fuzz_folder.h"
#include <math.h>

#define HEAD_BYTES  16
#define FRAME_BYTES 12
#define FILE_MAX    ((size_t)1 << 20)
#define AGENTS      2

enum { HASHES = 1, LINES = 2, CHANGES = 4, SEALED = 8, PARTS = 16 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static const char *path;
static ar_team_config *config;
static ar_seal plain, key, other;
static ar_digest whose = {{1, 2, 3}};
static ar_buf example[2]; /* files of three turns: readable, sealed */

static void check(int good)
{
    if (!good)
        abort();
}

/* ---- a session -------------------------------------------------------------------------------------------------- */

typedef struct visit { /* of a process that has this session */
    ar_journal journal;
    ar_history history;
    double p[AGENTS + 1];
} visit;

static int enter(visit *v, const ar_seal *seal)
{
    memset(v, 0, sizeof *v);
    check(ar_history_init(&v->history, config) == ARNY_OK);
    int status = ar_journal_open(&v->journal, &v->history, v->p, path, &whose, seal);
    check(status == ARNY_OK || (status == ARNY_E_DATA && arny_last_error()[0] != 0));
    if (status)
        ar_history_free(&v->history);
    return status;
}

static void leave(visit *v)
{
    ar_journal_close(&v->journal);
    ar_history_free(&v->history);
}

static void add(visit *v, size_t agent, const char *user, const char *reply)
{
    static int32_t ids[] = {0, 7, INT32_MAX};
    static const double p[AGENTS + 1] = {0.25, 0.7499999, 1e-7};
    ar_turn turn = {.agent = agent, .user = (char *)(uintptr_t)user, .reply = (char *)(uintptr_t)reply};
    int64_t written = 0, before = v->journal.bytes;
    turn.model = UINT64_MAX - agent;
    turn.ids = ids;
    turn.id_count = sizeof ids / sizeof *ids;
    check(ar_journal_add(&written, &v->journal, config, &turn, p) == ARNY_OK);
    check(written > 0 && v->journal.bytes == before + written);
}

/* ---- begin ------------------------------------------------------------------------------------------------------ */

static void make_example(ar_buf *out, const ar_seal *seal)
{
    visit v;
    unlink(path);
    check(enter(&v, seal) == ARNY_OK);
    add(&v, 0, "one", "first");
    add(&v, 1, "two \"\\\n\t\xc3\xa4", "");
    add(&v, 0, "three", "third");
    leave(&v);
    ar_buf_init(out, FILE_MAX);
    check(ar_fs_read(out, path) == ARNY_OK);
}

static void begin(void)
{
    static const char team[] = "{\"arny\":1,\"plan\":\"monolith\",\"engine\":\"fake\",\"models\":{\"m\":{\"fake\":"
                               "\"team.json\"}},\"agents\":{\"math\":{},\"care\":{}}}";
    path = fuzz_file("team.json"); /* read as a team first; then it is the journal's place */
    fuzz_write(team, sizeof team - 1);
    check(ar_team_config_read(&config, path, NULL) == ARNY_OK && config->agent_count == AGENTS);
    check(ar_seal_init(&key, (const uint8_t *)"0123456789abcdef0123456789abcdef", NULL) == ARNY_OK &&
          ar_seal_init(&other, (const uint8_t *)"0123456789abcdef0123456789abcdeF", NULL) == ARNY_OK);
    make_example(&example[0], &plain);
    make_example(&example[1], &key);
}

/* ---- the file --------------------------------------------------------------------------------------------------- */

/* A record whose frame is right. */
static void put_record(ar_buf *out, uint64_t number, const void *body, size_t bytes, int is_sealed)
{
    uint8_t frame[FRAME_BYTES], place[AR_DIGEST_BYTES + 8];
    ar_buf sealed = AR_BUF_INIT(FILE_MAX);
    if (is_sealed) {
        memcpy(place, whose.bytes, AR_DIGEST_BYTES);
        ar_put_little(place + AR_DIGEST_BYTES, number, 8);
        check(ar_seal_close(&sealed, &key, place, sizeof place, body, bytes) == ARNY_OK);
        body = sealed.ptr;
        bytes = sealed.len;
    }
    ar_put_little(frame, bytes, 4);
    ar_put_little(frame + 4, ar_hash(AR_HASH_BEGIN, body, bytes), 8);
    ar_buf_append(out, frame, sizeof frame);
    ar_buf_append(out, body, bytes);
    ar_buf_free(&sealed);
}

static void put_lines(ar_buf *out, const uint8_t *data, size_t bytes, int is_sealed)
{
    uint64_t number = 0;
    ar_buf_append(out, is_sealed ? "arny turns 1 s\n" : "arny turns 1 p\n", HEAD_BYTES);
    for (size_t i = 0; i < bytes; number++) {
        const uint8_t *end = memchr(data + i, '\n', bytes - i);
        size_t length = end ? (size_t)(end - data) - i : bytes - i;
        put_record(out, number, data + i, length, is_sealed);
        i += length + 1;
    }
}

static void put_parts(ar_buf *out, const uint8_t *data, size_t bytes)
{
    static const char *const parts[] = {
        "{\"agent\":\"math\",\"user\":\"a\",\"reply\":\"b\"",
        "{",
        "}",
        "\n",
        ",",
        ":",
        "]",
        "\"agent\":\"care\"",
        "\"agent\":\"who\"",
        "\"user\":",
        "\"reply\":",
        "\"text\"",
        "\"\\u00e4\\u0000\"",
        ",\"model\":",
        "\"ffffffffffffffff\"",
        "\"12345678901234567890 -x\"",
        ",\"ids\":[",
        "0",
        "-1]",
        "2147483647]",
        "2147483648]",
        "1e9",
        "0.5",
        "2",
        "null",
        ",\"p\":{",
        "\"math\":",
        "\"care\":",
        "\"none\":",
        "[",
        " ",
        "\\",
    };
    for (size_t i = 0; i < bytes; i++)
        if (data[i] < 128)
            ar_buf_append(out, &data[i], 1);
        else
            ar_buf_puts(out, parts[data[i] % (sizeof parts / sizeof *parts)]);
}

/* Groups of three bytes: where (two), and what is put there. Behind the end: the file is cut there. */
static void put_changes(ar_buf *out, const uint8_t *data, size_t bytes, int is_sealed)
{
    ar_buf_append(out, example[is_sealed].ptr, example[is_sealed].len);
    for (size_t i = 0; i + 3 <= bytes; i += 3) {
        size_t at = (size_t)ar_get_little(data + i, 2) & 0x3ff;
        if (at < out->len)
            out->ptr[at] = (char)data[i + 2];
        else if (data[i + 2] < out->len)
            out->len -= data[i + 2];
    }
}

static void repair_hashes(char *file, size_t bytes)
{
    for (size_t at = HEAD_BYTES; at <= bytes && bytes - at >= FRAME_BYTES;) {
        size_t length = (size_t)ar_get_little(file + at, 4);
        at += FRAME_BYTES;
        if (length > bytes - at)
            return;
        ar_put_little((uint8_t *)file + at - 8, ar_hash(AR_HASH_BEGIN, file + at, length), 8);
        at += length;
    }
}

static void make_file(ar_buf *out, const uint8_t *data, size_t bytes, int how)
{
    int is_sealed = (how & SEALED) != 0;
    ar_buf text = AR_BUF_INIT(FILE_MAX);
    if (how & PARTS) {
        put_parts(&text, data, bytes);
        data = (const uint8_t *)text.ptr;
        bytes = text.len;
    }
    if (how & LINES)
        put_lines(out, data, bytes, is_sealed);
    else if (how & CHANGES)
        put_changes(out, data, bytes, is_sealed);
    else
        ar_buf_append(out, data, bytes);
    if (how & HASHES && out->len > 0)
        repair_hashes(out->ptr, out->len);
    check(out->status == ARNY_OK && text.status == ARNY_OK);
    ar_buf_free(&text);
    fuzz_write(out->ptr, out->len);
}

/* ---- what is read of it ----------------------------------------------------------------------------------------- */

static int is_text(const char *text)
{
    return text && ar_utf8_valid(text, strlen(text)) == strlen(text);
}

static void check_turns(const visit *v)
{
    for (size_t i = 0; i < v->history.turn_count; i++) {
        const ar_turn *turn = &v->history.turns[i];
        check(turn->agent < AGENTS && is_text(turn->user) && is_text(turn->reply) &&
              (turn->ids != NULL) == (turn->id_count > 0));
        for (size_t k = 0; k < turn->id_count; k++)
            check(turn->ids[k] >= 0);
    }
    for (size_t i = 0; i <= AGENTS; i++)
        check(v->p[i] >= 0 && v->p[i] <= 1);
}

static int same(const ar_turn *a, const ar_turn *b)
{
    return a->agent == b->agent && strcmp(a->user, b->user) == 0 && strcmp(a->reply, b->reply) == 0 &&
           a->model == b->model && a->id_count == b->id_count &&
           (a->id_count == 0 || memcmp(a->ids, b->ids, a->id_count * sizeof *a->ids) == 0);
}

/* Begins as a journal, or is the beginning of its beginning. */
static int begins_well(const ar_buf *file)
{
    size_t bytes = file->len < HEAD_BYTES ? file->len : HEAD_BYTES;
    return memcmp(file->ptr, "arny turns 1 p\n", bytes) == 0 || memcmp(file->ptr, "arny turns 1 s\n", bytes) == 0;
}

/* Wherever they begin. */
static size_t whole_records(const ar_buf *file)
{
    size_t count = 0;
    for (size_t at = HEAD_BYTES; at < file->len && file->len - at >= FRAME_BYTES; at++) {
        size_t length = (size_t)ar_get_little(file->ptr + at, 4);
        if (length <= file->len - at - FRAME_BYTES)
            count +=
                ar_get_little(file->ptr + at + 4, 8) == ar_hash(AR_HASH_BEGIN, file->ptr + at + FRAME_BYTES, length);
    }
    return count;
}

/* The same lines make the same turns, readable and sealed. */
static void reads_as_plain(size_t turns, const uint8_t *data, size_t bytes, int how)
{
    ar_buf file = AR_BUF_INIT(2 * FILE_MAX);
    visit v;
    make_file(&file, data, bytes, how & ~SEALED);
    check(enter(&v, &plain) == ARNY_OK && v.history.turn_count == turns);
    leave(&v);
    ar_buf_free(&file);
}

/* Nothing is changed where it is refused. */
static void refuses(const ar_seal *seal, const ar_buf *file)
{
    visit v;
    check(enter(&v, seal) == ARNY_E_DATA);
    check(fuzz_file_is(file->ptr, file->len));
}

static void add_and_come_back(const char *user, const ar_seal *seal)
{
    visit first, second;
    check(enter(&first, seal) == ARNY_OK);
    check_turns(&first);
    size_t turns = first.history.turn_count;
    add(&first, turns % AGENTS, user, "a reply");
    check(enter(&second, seal) == ARNY_OK);
    check_turns(&second);
    check(second.history.turn_count == turns + 1 && second.journal.bytes == first.journal.bytes);
    for (size_t i = 0; i < turns; i++)
        check(same(&first.history.turns[i], &second.history.turns[i]));
    const ar_turn *last = ar_history_last(&second.history);
    check(last->agent == turns % AGENTS && strcmp(last->user, user) == 0 && strcmp(last->reply, "a reply") == 0);
    check(last->model == UINT64_MAX - last->agent && last->id_count == 3 && last->ids[2] == INT32_MAX);
    check(fabs(second.p[0] - 0.25) < 1e-6 && fabs(second.p[1] - 0.75) < 1e-6 && second.p[2] > 0);
    leave(&first);
    check(ar_journal_clear(&second.journal) == ARNY_OK && access(path, F_OK) != 0);
    leave(&second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
    ar_buf file = AR_BUF_INIT(2 * FILE_MAX);
    visit v;
    if (!path)
        begin();
    if (bytes < 1 || bytes > FILE_MAX / 128) /* a line of no bytes becomes a record of 40, and a byte a part of 40 */
        return 0;
    const ar_seal *seal = data[0] & SEALED ? &key : &plain;
    make_file(&file, data + 1, bytes - 1, data[0]);
    char *user = strndup((const char *)data + 1, bytes - 1);
    check(user != NULL);
    if (!is_text(user))
        strcpy(user, bytes > 1 ? "?" : "");
    int status = enter(&v, seal);
    if (status) {
        check(fuzz_file_is(file.ptr, file.len));
    } else {
        size_t turns = v.history.turn_count;
        check_turns(&v);
        check(begins_well(&file) && turns <= whole_records(&file));
        check(v.journal.bytes <= (int64_t)file.len && fuzz_file_is(file.ptr, (size_t)v.journal.bytes));
        ar_buf kept = AR_BUF_INIT(2 * FILE_MAX);
        ar_buf_append(&kept, file.ptr, (size_t)v.journal.bytes);
        leave(&v);
        if (turns > 0) { /* to others it is unreadable, and they do not touch it */
            refuses(&other, &kept);
            refuses(data[0] & SEALED ? &plain : &other, &kept);
        }
        ar_buf_free(&kept);
        if (data[0] & LINES && data[0] & SEALED) {
            reads_as_plain(turns, data + 1, bytes - 1, data[0]);
            fuzz_write(file.ptr, file.len);
        }
        add_and_come_back(user, seal);
    }
    free(user);
    ar_buf_free(&file);
    return 0;
}
