/* gateway/embed.c - see embed.h. */
#include "gateway/embed.h"
#include "gateway/gateway.h"
#include "util/status.h"
#include "util/utf8.h"
#include <math.h>
#include <string.h>

#define END_BYTES 700 /* so much of each end of a long message; more tokens than are read, in most languages */

int ar_embed_text(ar_buf *out, const char *prefix, const char *message)
{
    ar_buf line = AR_BUF_INIT(SIZE_MAX);
    int status = ar_gateway_line(&line, message, strlen(message), SIZE_MAX); /* white space fills no bounds */
    if (!status)
        status = ar_buf_puts(out, prefix);
    if (!status && line.len <= 2 * END_BYTES) {
        status = ar_buf_append(out, line.ptr, line.len);
    } else if (!status) {
        const char *tail = line.ptr + line.len - END_BYTES;
        while (((unsigned char)*tail & 0xc0) == 0x80) /* not within a character */
            tail++;
        ar_buf_append(out, line.ptr, ar_utf8_cut(line.ptr, line.len, END_BYTES));
        ar_buf_puts(out, " ");
        status = ar_buf_puts(out, tail);
    }
    ar_buf_free(&line);
    return status;
}

/* Both ends of the tokens, where they are too many. */
static void cut(ar_tokens *tokens, size_t most)
{
    if (tokens->len <= most)
        return;
    size_t tail = most / 2, head = most - tail;
    memmove(tokens->ptr + head, tokens->ptr + tokens->len - tail, tail * sizeof *tokens->ptr);
    tokens->len = most;
}

static void normalise(float *x, size_t width)
{
    double sum = 0;
    for (size_t i = 0; i < width; i++)
        sum += (double)x[i] * x[i];
    double scale = sum > 0 ? 1 / sqrt(sum) : 0;
    for (size_t i = 0; i < width; i++)
        x[i] = (float)(x[i] * scale);
}

int ar_embed(float *out, size_t *tokens, ar_timeline *timeline, const char *prefix, const char *message,
             const arny_engine_cancel *cancel)
{
    const ar_model *model = timeline->model;
    ar_buf text = AR_BUF_INIT(1 << 20);
    ar_tokens ids;
    ar_tokens_init(&ids, 1 << 20);
    if (!model->engine->embed)
        return ar_fail(ARNY_E_UNSUPPORTED, "%s: the engine \"%s\" gives no embeddings", model->path,
                       model->engine->name);
    int status = ar_embed_text(&text, prefix, message);
    ar_piece piece = {text.ptr, text.len, 0};
    if (!status)
        status = ar_vocab_tokenize(&ids, model->vocab, &piece, 1, 1);
    if (!status) {
        int ends = !model->info->generates && model->info->eos >= 0; /* encoders read a closing token too */
        cut(&ids, timeline->capacity < AR_EMBED_TOKENS ? timeline->capacity - 1 : AR_EMBED_TOKENS - 1);
        if (ends)
            ar_tokens_push(&ids, model->info->eos);
        status = ids.status;
    }
    if (!status && ids.len == 0)
        status = ar_fail(ARNY_E_DATA, "the message has no words");
    if (!status)
        status = model->engine->embed(out, timeline->context, ids.ptr, ids.len, cancel);
    if (!status)
        normalise(out, (size_t)model->info->embedding);
    if (tokens)
        *tokens = ids.len;
    ar_buf_free(&text);
    ar_tokens_free(&ids);
    return status;
}
