/* model/vocab.c - see vocab.h. */
#include "model/vocab.h"

#include "util/mem.h"
#include "util/status.h"
#include <string.h>

/* Longer special tokens are not looked for, so that no vocabulary makes a byte of text cost more than
 * this. The longest that are known have 93 bytes (Gemma's runs of spaces). */
#define SPECIAL_BYTES_MAX 256

/* How plain text with content in it is broken, from hardly to entirely. Each special token belongs to the
 * first of these at which content is broken behind its first character. */
enum level {
    BREAK_MERGED, /* USER_DEFINED tokens: an engine merges their texts wherever they stand */
    BREAK_MARKUP, /* CONTROL and UNKNOWN ones too: some vocabularies reach them by ordinary merges */
    BREAK_ALL,    /* at every character */
    LITERAL       /* never: USER_DEFINED white space or a single character, which means itself */
};

typedef struct special {
    const char *text; /* borrowed from the model */
    size_t bytes;
    uint32_t hash;
    int32_t id;
    int flags;
    enum level level;
} special;

struct ar_vocab {
    const arny_engine *engine;
    const arny_engine_model *model;
    special *specials;
    size_t count;
    int32_t unknown; /* what text becomes that the vocabulary does not have; -1 */
    uint32_t *slots; /* open addressing: place in specials + 1; 0: free */
    size_t mask;
    uint16_t *lengths;    /* of the special tokens that begin with byte b, ascending: */
    uint32_t begins[257]; /* lengths[begins[b]] .. lengths[begins[b + 1] - 1] */
};

/* ---- characters ---------------------------------------------------------------------------------------- */

static int is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Bytes of the character at text[0], by its continuation bytes. */
static size_t character(const char *text, size_t left)
{
    size_t bytes = 1;
    while (bytes < left && bytes < 4 && ((unsigned char)text[bytes] & 0xC0) == 0x80)
        bytes++;
    return bytes;
}

/* 1 for white space only, U+2581 (SentencePiece's space) included, and for a single character. */
static int means_itself(const char *text)
{
    size_t bytes = strlen(text);
    if (character(text, bytes) >= bytes)
        return 1;
    while (*text != '\0') {
        if (strncmp(text, "\xE2\x96\x81", 3) == 0)
            text += 3;
        else if (is_space(*text))
            text++;
        else
            return 0;
    }
    return 1;
}

/* ---- the index ----------------------------------------------------------------------------------------- */

#define HASH_START 2166136261u /* FNV-1a, which can be continued as a text gets longer */

static uint32_t hash_more(uint32_t hash, const char *text, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        hash = (hash ^ (unsigned char)text[i]) * 16777619u;
    return hash;
}

/* The slot of this text, or the free one where it belongs. */
static uint32_t *slot_of(const ar_vocab *vocab, uint32_t hash, const char *text, size_t bytes)
{
    for (size_t at = hash & vocab->mask;; at = (at + 1) & vocab->mask) {
        uint32_t *slot = &vocab->slots[at];
        if (*slot == 0)
            return slot;
        const special *entry = &vocab->specials[*slot - 1];
        if (entry->hash == hash && entry->bytes == bytes && memcmp(entry->text, text, bytes) == 0)
            return slot;
    }
}

/* The longest special token of at most this level that begins at text[0], or NULL. */
static const special *find(const ar_vocab *vocab, const char *text, size_t left, enum level most)
{
    const special *found = NULL;
    uint32_t hash = HASH_START;
    size_t hashed = 0;

    if (left == 0)
        return NULL;
    unsigned char first = (unsigned char)text[0];
    for (uint32_t i = vocab->begins[first]; i < vocab->begins[first + 1]; i++) {
        size_t bytes = vocab->lengths[i];
        if (bytes > left)
            break;
        hash = hash_more(hash, text + hashed, bytes - hashed);
        hashed = bytes;
        uint32_t slot = *slot_of(vocab, hash, text, bytes);
        if (slot != 0 && vocab->specials[slot - 1].level <= most)
            found = &vocab->specials[slot - 1];
    }
    return found;
}

static enum level level_of(int flags, const char *text)
{
    if ((flags & (ARNY_TOKEN_CONTROL | ARNY_TOKEN_UNKNOWN | ARNY_TOKEN_USER_DEFINED)) == ARNY_TOKEN_USER_DEFINED &&
        means_itself(text))
        return LITERAL;
    return flags & ARNY_TOKEN_USER_DEFINED ? BREAK_MERGED : BREAK_MARKUP;
}

static int collect(ar_vocab *vocab, int32_t tokens)
{
    size_t room = 0;

    for (int32_t id = 0; id < tokens; id++) {
        int flags = vocab->engine->token_flags(vocab->model, id);
        if (!(flags & (ARNY_TOKEN_CONTROL | ARNY_TOKEN_UNKNOWN | ARNY_TOKEN_USER_DEFINED)))
            continue;
        const char *text = vocab->engine->token_text(vocab->model, id);
        size_t bytes = text == NULL ? 0 : strlen(text);
        if (bytes == 0 || bytes > SPECIAL_BYTES_MAX)
            continue;
        if (vocab->count == room) {
            room = room == 0 ? 64 : room * 2;
            special *grown = ar_resize(vocab->specials, room, sizeof *grown);
            if (grown == NULL)
                return ARNY_E_MEMORY;
            vocab->specials = grown;
        }
        vocab->specials[vocab->count++] =
            (special){text, bytes, hash_more(HASH_START, text, bytes), id, flags, level_of(flags, text)};
    }
    return 0;
}

static int make_slots(ar_vocab *vocab)
{
    size_t size = 16;

    while (size < 2 * vocab->count)
        size *= 2;
    vocab->mask = size - 1;
    vocab->slots = ar_calloc(size, sizeof *vocab->slots);
    if (vocab->slots == NULL)
        return ARNY_E_MEMORY;
    for (size_t i = 0; i < vocab->count; i++) {
        const special *entry = &vocab->specials[i];
        uint32_t *slot = slot_of(vocab, entry->hash, entry->text, entry->bytes);
        if (*slot == 0) /* of two that are spelled alike, the first counts */
            *slot = (uint32_t)i + 1;
    }
    return 0;
}

static int make_lengths(ar_vocab *vocab)
{
    unsigned char(*seen)[SPECIAL_BYTES_MAX + 1] = ar_calloc(256, sizeof *seen);
    uint32_t count = 0;

    if (seen == NULL)
        return ARNY_E_MEMORY;
    for (size_t i = 0; i < vocab->count; i++) {
        unsigned char *mark = &seen[(unsigned char)vocab->specials[i].text[0]][vocab->specials[i].bytes];
        count += *mark == 0;
        *mark = 1;
    }
    vocab->lengths = ar_calloc(count, sizeof *vocab->lengths);
    if (vocab->lengths != NULL) {
        count = 0;
        for (size_t first = 0; first < 256; first++) {
            vocab->begins[first] = count;
            for (size_t bytes = 1; bytes <= SPECIAL_BYTES_MAX; bytes++)
                if (seen[first][bytes])
                    vocab->lengths[count++] = (uint16_t)bytes;
        }
        vocab->begins[256] = count;
    }
    ar_free(seen);
    return vocab->lengths == NULL ? ARNY_E_MEMORY : 0;
}

/* The special token that a character becomes which hardly any vocabulary has: U+12000, a cuneiform sign.
 * Its flags do not tell it, for BERT's [UNK] is a CONTROL token. */
static int32_t find_unknown(const ar_vocab *vocab)
{
    static const char sign[] = "\xF0\x92\x80\x80";
    int32_t tokens[16];
    size_t count = 0;

    if (vocab->engine->tokenize(tokens, 16, &count, vocab->model, sign, sizeof sign - 1) != 0)
        return -1;
    for (size_t i = 0; i < count && i < 16; i++)
        if (vocab->engine->token_flags(vocab->model, tokens[i]) & (ARNY_TOKEN_CONTROL | ARNY_TOKEN_UNKNOWN))
            return tokens[i];
    return -1;
}

int ar_vocab_new(ar_vocab **out, const arny_engine *engine, const arny_engine_model *model)
{
    ar_vocab *vocab = ar_calloc(1, sizeof *vocab);
    int status;

    *out = NULL;
    if (vocab == NULL)
        return ARNY_E_MEMORY;
    vocab->engine = engine;
    vocab->model = model;
    if ((status = collect(vocab, engine->model_info(model)->vocabulary)) != 0 || (status = make_slots(vocab)) != 0 ||
        (status = make_lengths(vocab)) != 0) {
        ar_vocab_free(vocab);
        return status;
    }
    vocab->unknown = find_unknown(vocab);
    *out = vocab;
    return 0;
}

void ar_vocab_free(ar_vocab *vocab)
{
    if (vocab == NULL)
        return;
    ar_free(vocab->specials);
    ar_free(vocab->slots);
    ar_free(vocab->lengths);
    ar_free(vocab);
}

int32_t ar_vocab_special_at(const ar_vocab *vocab, const char *text, size_t left, size_t *bytes)
{
    const special *found = find(vocab, text, left, LITERAL);

    *bytes = found == NULL ? 0 : found->bytes;
    return found == NULL ? -1 : found->id;
}

/* ---- plain text ---------------------------------------------------------------------------------------- */

/* A vocabulary that puts a space in front of each text (SentencePiece's add_space_prefix) does so at each
 * of these calls: text behind a special token gets one, as such models were trained, and so does text
 * behind a break. */
static int tokenize(ar_tokens *out, const ar_vocab *vocab, const char *text, size_t bytes)
{
    size_t most = out->max - out->len;
    size_t room = bytes / 2 + 16, count;

    if (bytes == 0)
        return 0;
    if (room > most)
        room = most > 0 ? most : 1;
    for (;;) {
        if (ar_tokens_reserve(out, room) != 0)
            return out->status;
        int status =
            vocab->engine->tokenize(out->ptr + out->len, out->cap - out->len, &count, vocab->model, text, bytes);
        if (status != 0)
            return status;
        if (count <= out->cap - out->len)
            break;
        room = count;
    }
    out->len += count;
    return 0;
}

/* The same with a break behind the first character of whatever must not match. */
static int tokenize_broken(ar_tokens *out, const ar_vocab *vocab, const char *text, size_t bytes, enum level level)
{
    size_t from = 0, at = 0;
    int status = 0;

    while (at < bytes && status == 0) {
        if (level < BREAK_ALL && find(vocab, text + at, bytes - at, level) == NULL) {
            at++;
            continue;
        }
        at += character(text + at, bytes - at);
        status = tokenize(out, vocab, text + from, at - from);
        from = at;
    }
    return status != 0 ? status : tokenize(out, vocab, text + from, bytes - from);
}

/* 1 when none of the tokens is one that content must not become. The unknown token is one only as long as
 * it may come from its own text; when that is broken, it stands for text that the vocabulary does not
 * have. */
static int is_clean(const ar_vocab *vocab, const int32_t *tokens, size_t count, enum level level)
{
    for (size_t i = 0; i < count; i++) {
        int flags = vocab->engine->token_flags(vocab->model, tokens[i]);
        if (flags & ARNY_TOKEN_UNKNOWN || tokens[i] == vocab->unknown) {
            if (level < BREAK_MARKUP)
                return 0;
        } else if (flags & ARNY_TOKEN_CONTROL) {
            return 0;
        } else if (flags & ARNY_TOKEN_USER_DEFINED) {
            const char *text = vocab->engine->token_text(vocab->model, tokens[i]);
            if (text == NULL || !means_itself(text))
                return 0;
        }
    }
    return 1;
}

/* A stretch without special tokens; `content`: some of it comes from people. */
static int tokenize_plain(ar_tokens *out, const ar_vocab *vocab, const char *text, size_t bytes, int content)
{
    size_t start = out->len;

    if (!content)
        return tokenize(out, vocab, text, bytes);
    for (enum level level = BREAK_MERGED; level <= BREAK_ALL; level++) {
        out->len = start;
        int status = tokenize_broken(out, vocab, text, bytes, level);
        if (status != 0)
            return status;
        if (is_clean(vocab, out->ptr + start, out->len - start, level))
            return 0;
    }
    return ar_fail(ARNY_E_DATA, "the text has a character that this model knows only as a special token");
}

/* ---- pieces -------------------------------------------------------------------------------------------- */

typedef struct reader {
    ar_tokens *out;
    const ar_vocab *vocab;
    const char *text; /* all pieces, joined */
    size_t plain;     /* where the stretch begins that is not tokenized yet */
    int content;      /* 1: people's text is in it */
} reader;

static int read_plain(reader *r, size_t end)
{
    int status = tokenize_plain(r->out, r->vocab, r->text + r->plain, end - r->plain, r->content);
    r->plain = end;
    r->content = 0;
    return status;
}

/* Markup from `at` to `end`: its special tokens are read; what is plain behind the last stays for what
 * follows. */
static int read_markup(reader *r, size_t at, size_t end)
{
    size_t begin = at;
    int status;

    while (at < end) {
        const special *found = find(r->vocab, r->text + at, end - at, BREAK_MARKUP);
        if (found == NULL) {
            at++;
            continue;
        }
        /* White space that a token swallows is markup's: people's stays. */
        size_t plain_end = at;
        if (found->flags & ARNY_TOKEN_LSTRIP)
            while (plain_end > begin && plain_end > r->plain && is_space(r->text[plain_end - 1]))
                plain_end--;
        if ((status = read_plain(r, plain_end)) != 0 || (status = ar_tokens_push(r->out, found->id)) != 0)
            return status;
        at += found->bytes;
        if (found->flags & ARNY_TOKEN_RSTRIP)
            while (at < end && is_space(r->text[at]))
                at++;
        r->plain = at;
    }
    return 0;
}

static int read_pieces(reader *r, const ar_piece *pieces, size_t count)
{
    size_t at = 0, next;
    int status;

    for (size_t i = 0; i < count; i = next) {
        size_t end = at;
        for (next = i; next < count && !pieces[next].markup == !pieces[i].markup; next++)
            end += pieces[next].bytes;
        if (!pieces[i].markup && end > at)
            r->content = 1;
        if (pieces[i].markup && (status = read_markup(r, at, end)) != 0)
            return status;
        at = end;
    }
    return read_plain(r, at);
}

int ar_vocab_tokenize(ar_tokens *out, const ar_vocab *vocab, const ar_piece *pieces, size_t count, int bos)
{
    const arny_engine_model_info *info = vocab->engine->model_info(vocab->model);
    size_t start = out->len;
    int status = out->status;
    ar_buf text;

    ar_buf_init(&text, SIZE_MAX);
    for (size_t i = 0; i < count && status == 0; i++)
        status = ar_buf_append(&text, pieces[i].text, pieces[i].bytes);

    int with_bos = bos && info->add_bos && info->bos >= 0;
    if (status == 0 && with_bos)
        status = ar_tokens_push(out, info->bos);
    if (status == 0)
        status = read_pieces(&(reader){out, vocab, text.ptr, 0, 0}, pieces, count);
    if (status == 0 && with_bos && out->len > start + 1 && out->ptr[start + 1] == info->bos) {
        out->len--; /* the markup had one */
        memmove(out->ptr + start, out->ptr + start + 1, (out->len - start) * sizeof *out->ptr);
    }
    if (status != 0)
        out->len = start;
    ar_buf_free(&text);
    return status;
}

/* ---- tokens -------------------------------------------------------------------------------------------- */

int ar_vocab_piece(ar_buf *out, const ar_vocab *vocab, int32_t token)
{
    size_t room = 64, bytes;

    for (;;) {
        if (ar_buf_reserve(out, room) != 0)
            return out->status;
        int status = vocab->engine->piece(out->ptr + out->len, room, &bytes, vocab->model, token);
        if (status != 0)
            return status;
        if (bytes <= room)
            break;
        room = bytes;
    }
    out->len += bytes;
    out->ptr[out->len] = '\0';
    return 0;
}

int ar_vocab_is_end(const ar_vocab *vocab, int32_t token)
{
    return (vocab->engine->token_flags(vocab->model, token) & ARNY_TOKEN_END) != 0;
}
