/* engine/fake/fake_vocab.c - see fake_vocab.h. */
#include "engine/fake/fake_vocab.h"
#include "engine/fake/fake.h"

#include <string.h>

static const struct special {
    const char *text;
    int flags;
} specials[AR_FAKE_VOCABULARY - 256] = {
    [AR_FAKE_BOS - 256] = {"<|bos|>", ARNY_TOKEN_CONTROL},
    [AR_FAKE_IM_START - 256] = {"<|im_start|>", ARNY_TOKEN_CONTROL},
    [AR_FAKE_IM_END - 256] = {"<|im_end|>", ARNY_TOKEN_CONTROL | ARNY_TOKEN_END},
    [AR_FAKE_EOT - 256] = {"<|eot|>", ARNY_TOKEN_CONTROL | ARNY_TOKEN_END},
    [AR_FAKE_START_OF_TURN - 256] = {"<start_of_turn>", ARNY_TOKEN_CONTROL},
    [AR_FAKE_END_OF_TURN - 256] = {"<end_of_turn>", ARNY_TOKEN_CONTROL | ARNY_TOKEN_END},
    [AR_FAKE_TOOL - 256] = {"<tool>", ARNY_TOKEN_USER_DEFINED},
    [AR_FAKE_WORD - 256] = {"[FAKE]", ARNY_TOKEN_USER_DEFINED},
    [AR_FAKE_NEWLINES - 256] = {"\n\n", ARNY_TOKEN_USER_DEFINED},
    [AR_FAKE_UNKNOWN - 256] = {"<unk>", ARNY_TOKEN_UNKNOWN},
};

/* "<0x00>" .. "<0xFF>", as vocabularies with byte fallback spell them. */
#define ROW(h)                                                                                                      \
    "<0x" h "0>", "<0x" h "1>", "<0x" h "2>", "<0x" h "3>", "<0x" h "4>", "<0x" h "5>", "<0x" h "6>", "<0x" h "7>", \
        "<0x" h "8>", "<0x" h "9>", "<0x" h "A>", "<0x" h "B>", "<0x" h "C>", "<0x" h "D>", "<0x" h "E>", "<0x" h "F>"
static const char *const byte_texts[256] = {ROW("0"), ROW("1"), ROW("2"), ROW("3"), ROW("4"), ROW("5"),
                                            ROW("6"), ROW("7"), ROW("8"), ROW("9"), ROW("A"), ROW("B"),
                                            ROW("C"), ROW("D"), ROW("E"), ROW("F")};

static int is_token(int32_t token)
{
    return token >= 0 && token < AR_FAKE_VOCABULARY;
}

static const char *special_text(int32_t token)
{
    return specials[token - 256].text;
}

/* Like llama.cpp without parse_special: USER_DEFINED texts are merged wherever they appear, CONTROL ones are not. */
static int32_t user_defined_at(const char *text, size_t left, size_t *bytes)
{
    for (int32_t id = AR_FAKE_TOOL; id <= AR_FAKE_NEWLINES; id++) {
        *bytes = strlen(special_text(id));
        if (*bytes <= left && memcmp(text, special_text(id), *bytes) == 0)
            return id;
    }
    return -1;
}

int ar_fake_tokenize(int32_t *out, size_t capacity, size_t *count, const arny_engine_model *model, const char *text,
                     size_t bytes)
{
    (void)model;
    size_t n = 0;
    for (size_t at = 0; at < bytes; n++) {
        size_t length = 1;
        int32_t id = user_defined_at(text + at, bytes - at, &length);
        if (id < 0) {
            id = (unsigned char)text[at];
            length = 1;
        }
        if (n < capacity)
            out[n] = id;
        at += length;
    }
    *count = n;
    return ARNY_OK;
}

int ar_fake_piece(char *out, size_t capacity, size_t *bytes, const arny_engine_model *model, int32_t token)
{
    *bytes = 0;
    if (!is_token(token))
        return arny_engine_fail(ARNY_E_ARGUMENT, "token %d: 0 to %d expected", (int)token, AR_FAKE_VOCABULARY - 1);
    if (ar_fake_token_flags(model, token) & (ARNY_TOKEN_CONTROL | ARNY_TOKEN_UNKNOWN))
        return ARNY_OK;
    char byte = (char)token;
    const char *text = token < 256 ? &byte : special_text(token);
    *bytes = token < 256 ? 1 : strlen(text);
    if (capacity > 0)
        memcpy(out, text, *bytes < capacity ? *bytes : capacity);
    return ARNY_OK;
}

const char *ar_fake_token_text(const arny_engine_model *model, int32_t token)
{
    (void)model;
    if (!is_token(token))
        return NULL;
    return token < 256 ? byte_texts[token] : special_text(token);
}

int ar_fake_token_flags(const arny_engine_model *model, int32_t token)
{
    (void)model;
    if (!is_token(token))
        return 0;
    return token < 256 ? ARNY_TOKEN_BYTE : specials[token - 256].flags;
}

size_t ar_fake_render_bytes(int32_t token)
{
    if (token < 256)
        return 1;
    return strlen(special_text(token)) + ((ar_fake_token_flags(NULL, token) & ARNY_TOKEN_CONTROL) ? 1 : 0);
}

size_t ar_fake_render(char *out, int32_t token)
{
    size_t bytes = ar_fake_render_bytes(token);
    if (token < 256) {
        out[0] = (char)token;
    } else if (ar_fake_token_flags(NULL, token) & ARNY_TOKEN_CONTROL) {
        out[0] = AR_FAKE_MARK[0];
        memcpy(out + 1, special_text(token), bytes - 1);
    } else {
        memcpy(out, special_text(token), bytes);
    }
    return bytes;
}
