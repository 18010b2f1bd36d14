/*
 * engine/gguf/file_vocabulary.c - is this a vocabulary that llama.cpp survives? It ends the process on a token that is
 * there twice, and on several others (named below).
 */
#include "engine/gguf/shape.h"
#include "util/mem.h"
#include <stdio.h>
#include <string.h>

#define MAX_TOKEN  4096                /* bytes; the longest real ones have under 1,024 */
#define MAX_SPREAD ((uint64_t)1 << 30) /* see check_tokens */
#define AHEAD      16                  /* tokens whose slots are on their way from memory */
#define BERT_BOS   101                 /* what llama.cpp takes when the file does not say */
#define BERT_SEP   102
#define TYPE_BYTE  6

static const char *const tokenizers[] = {"llama", "gpt2", "gemma4", "bert", "t5", "rwkv", "plamo2", "whitespace"};

static const ar_gguf_entry *array_of(const ar_gguf *gguf, const char *key, uint32_t type)
{
    const ar_gguf_entry *entry = ar_gguf_find(gguf, key);

    return entry != NULL && entry->array && entry->type == type ? entry : NULL;
}

/* llama.cpp calls an empty token "[EMPTY_n]": that name must not be another's. */
static int check_empty(const ar_gguf *gguf, const ar_gguf_entry *tokens, const ar_gguf_set *set)
{
    size_t at = tokens->at;
    uint64_t i;

    for (i = 0; i < tokens->count; i++) {
        size_t bytes = (size_t)ar_gguf_le64(gguf->head + at);

        if (bytes == 0 || gguf->head[at + 8] == 0) {
            char name[32];
            int length = snprintf(name, sizeof name, "[EMPTY_%llu]", (unsigned long long)i);

            if (ar_gguf_set_has(set, name, (size_t)length))
                return ar_gguf_bad(gguf, at, "token %llu is empty, and there is another token %s",
                                   (unsigned long long)i, name);
        }
        at += 8 + bytes;
    }
    return ARNY_OK;
}

/* The number of the token whose string lies there. */
static unsigned long long number_of(const ar_gguf *gguf, const ar_gguf_entry *tokens, size_t place)
{
    size_t at = tokens->at;
    unsigned long long number = 0;

    for (; at < place; number++)
        at += 8 + (size_t)ar_gguf_le64(gguf->head + at);
    return number;
}

static int add_token(const ar_gguf *gguf, const ar_gguf_entry *tokens, ar_gguf_set *set, ar_gguf_key key)
{
    int added = ar_gguf_set_add(set, key);

    if (added == AR_GGUF_ADDED)
        return ARNY_OK;
    return ar_gguf_bad(gguf, key.place, "token %llu %s", number_of(gguf, tokens, key.place),
                       added == AR_GGUF_TWICE ? "is there twice: each token needs a text of its own"
                                              : "is one of many made to collide");
}

static int check_tokens(const ar_gguf *gguf, const ar_gguf_entry *tokens)
{
    ar_gguf_set set = {0};
    ar_gguf_key ahead[AHEAD];
    size_t at = tokens->at, keys = 0, added = 0;
    uint64_t i, spread = 0, empty = 0;
    int status = ar_gguf_set_init(&set, gguf, (size_t)tokens->count);

    for (i = 0; status == ARNY_OK && i < tokens->count; i++) {
        uint64_t bytes = ar_gguf_le64(gguf->head + at);

        if (bytes > MAX_TOKEN) {
            status = ar_gguf_bad(gguf, at, "token %llu has %llu bytes: at most %d are allowed", (unsigned long long)i,
                                 (unsigned long long)bytes, MAX_TOKEN);
        } else if (bytes == 0 || gguf->head[at + 8] == 0) {
            empty++;
        } else {
            if (keys - added == AHEAD)
                status = add_token(gguf, tokens, &set, ahead[added++ % AHEAD]);
            ahead[keys++ % AHEAD] = ar_gguf_set_key(&set, at);
            /* A token of odd characters is spelled out with its whole text for each: its length squared. */
            spread += bytes * bytes;
            if (status == ARNY_OK && spread > MAX_SPREAD)
                status =
                    ar_gguf_bad(gguf, at, "the tokens up to %llu are too long, taken together", (unsigned long long)i);
        }
        at += 8 + (size_t)bytes;
    }
    while (status == ARNY_OK && added < keys)
        status = add_token(gguf, tokens, &set, ahead[added++ % AHEAD]);
    if (status == ARNY_OK && empty > 0)
        status = check_empty(gguf, tokens, &set);
    ar_gguf_set_free(&set);
    return status;
}

/* An array that goes along with the tokens, when it is there. */
static int check_column(const ar_gguf_entry **out, const ar_gguf *gguf, const char *key, uint32_t type,
                        uint32_t or_type, uint64_t count)
{
    const ar_gguf_entry *entry = ar_gguf_find(gguf, key);

    *out = entry;
    if (entry == NULL)
        return ARNY_OK;
    if (!entry->array || (entry->type != type && entry->type != or_type))
        return ar_gguf_bad(gguf, entry->key, "%s must be an array of 32-bit numbers", key);
    if (entry->count != count)
        return ar_gguf_bad(gguf, entry->at, "%s has %llu entries for %llu tokens", key,
                           (unsigned long long)entry->count, (unsigned long long)count);
    return ARNY_OK;
}

/* BERT's tokenizer wraps a text into these two, and ends the process when there are none. */
static int check_bert(const ar_gguf *gguf, const ar_gguf_entry *types, uint64_t count)
{
    uint64_t bos = BERT_BOS, sep = BERT_SEP, type = 0, i;

    ar_gguf_u64(&bos, gguf, "tokenizer.ggml.bos_token_id");
    ar_gguf_u64(&sep, gguf, "tokenizer.ggml.seperator_token_id");
    if (bos >= count || sep >= count)
        return ar_gguf_bad(
            gguf, gguf->metadata_end,
            "a vocabulary of the kind bert needs tokens for begin (%llu) and separator (%llu) among its %llu",
            (unsigned long long)bos, (unsigned long long)sep, (unsigned long long)count);
    for (i = 0; types != NULL && i < count; i++) {
        if (ar_gguf_integer_at(&type, gguf, types, i) && type == TYPE_BYTE)
            return ar_gguf_bad(gguf, types->at + 4 * (size_t)i,
                               "token %llu is a byte token: a vocabulary of the kind bert has none",
                               (unsigned long long)i);
    }
    return ARNY_OK;
}

int ar_gguf_is_vocabulary(const ar_gguf *gguf, const char *path)
{
    static const char *const ids[] = {"tokenizer.ggml.bos_token_id", "tokenizer.ggml.eos_token_id",
                                      "tokenizer.ggml.eot_token_id", "tokenizer.ggml.eom_token_id"};
    const ar_gguf_entry *tokens = array_of(gguf, "tokenizer.ggml.tokens", AR_GGUF_STRING), *scores, *types, *merges;
    const char *kind = NULL;
    size_t bytes = 0, i;
    uint64_t id = 0;
    int status;

    if (!ar_gguf_string(&kind, &bytes, gguf, "tokenizer.ggml.model"))
        return ar_gguf_bad(gguf, gguf->metadata_end,
                           "the metadata ends without a tokenizer.ggml.model: a file with its vocabulary is needed");
    for (i = 0; i < sizeof tokenizers / sizeof *tokenizers; i++) {
        if (bytes == strlen(tokenizers[i]) && memcmp(kind, tokenizers[i], bytes) == 0)
            break;
    }
    if (i == sizeof tokenizers / sizeof *tokenizers)
        return ar_fail(ARNY_E_UNSUPPORTED,
                       "%s: the tokenizer \"%.*s\" is not supported: llama, gpt2, gemma4, bert, t5, rwkv, plamo2 and "
                       "whitespace are",
                       path, ar_gguf_shown(bytes), kind);
    if (tokens == NULL)
        return ar_gguf_bad(gguf, gguf->metadata_end, "tokenizer.ggml.tokens must be an array of strings");
    if (tokens->count == 0 || tokens->count > AR_GGUF_MAX_VOCABULARY)
        return ar_gguf_bad(gguf, tokens->at - 8, "a vocabulary of %llu tokens: 1 to %llu are allowed",
                           (unsigned long long)tokens->count, (unsigned long long)AR_GGUF_MAX_VOCABULARY);
    if ((status = check_column(&scores, gguf, "tokenizer.ggml.scores", AR_GGUF_F32, AR_GGUF_I32, tokens->count)) !=
            ARNY_OK ||
        (status = check_column(&types, gguf, "tokenizer.ggml.token_type", AR_GGUF_I32, AR_GGUF_I32, tokens->count)) !=
            ARNY_OK)
        return status;
    /* The other special ids are ignored by llama.cpp when they are out of range, and real files have such. */
    for (i = 0; i < sizeof ids / sizeof *ids; i++) {
        if (ar_gguf_u64(&id, gguf, ids[i]) && id >= tokens->count)
            return ar_gguf_bad(gguf, ar_gguf_find(gguf, ids[i])->at, "%s is %llu, in a vocabulary of %llu tokens",
                               ids[i], (unsigned long long)id, (unsigned long long)tokens->count);
    }
    merges = ar_gguf_find(gguf, "tokenizer.ggml.merges");
    if (merges != NULL && (!merges->array || merges->type != AR_GGUF_STRING))
        return ar_gguf_bad(gguf, merges->key, "tokenizer.ggml.merges must be an array of strings");
    if (ar_gguf_is(gguf, "tokenizer.ggml.model", "bert") &&
        (status = check_bert(gguf, types, tokens->count)) != ARNY_OK)
        return status;
    return check_tokens(gguf, tokens);
}
