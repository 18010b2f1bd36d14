/* Every special token of two real vocabularies, typed by a user, in every chat template. */
#include "real.h"

typedef struct rendered {
    ar_tokens tokens;
    ar_buf text;    /* what the tokens say; CONTROL ones as the vocabulary spells them */
    ar_buf special; /* the ids of all tokens that are no text, as int32_t */
} rendered;

static int is_special(const ar_model *model, int32_t token)
{
    int flags = model->engine->token_flags(model->open, token);
    if (flags & (ARNY_TOKEN_CONTROL | ARNY_TOKEN_UNKNOWN))
        return 1;
    if (!(flags & ARNY_TOKEN_USER_DEFINED))
        return 0;
    const char *text = model->engine->token_text(model->open, token);
    return text[strspn(text, " \t\n\r")] != 0; /* runs of white space mean themselves */
}

static void look(rendered *r, const ar_model *model)
{
    ar_buf_init(&r->text, SIZE_MAX);
    ar_buf_init(&r->special, SIZE_MAX);
    for (size_t i = 0; i < r->tokens.len; i++) {
        int32_t id = r->tokens.ptr[i];
        if (is_special(model, id))
            ar_buf_append(&r->special, (const char *)&id, sizeof id);
        if (model->engine->token_flags(model->open, id) & (ARNY_TOKEN_CONTROL | ARNY_TOKEN_UNKNOWN))
            ar_buf_puts(&r->text, model->engine->token_text(model->open, id));
        else
            assert_status(ar_vocab_piece(&r->text, model->vocab, id), ARNY_OK);
    }
    assert_status(r->text.status, ARNY_OK);
}

static void forget(rendered *r)
{
    ar_tokens_free(&r->tokens);
    ar_buf_free(&r->text);
    ar_buf_free(&r->special);
}

/* A whole conversation: all that a person or a model may say is `words`. */
static void render(rendered *r, const ar_model *model, const ar_template *chat, const char *words)
{
    ar_tokens_init(&r->tokens, SIZE_MAX);
    assert_status(ar_template_begin(&r->tokens, chat, model->vocab, words), ARNY_OK);
    assert_status(ar_template_user(&r->tokens, chat, model->vocab, words, 1, words), ARNY_OK);
    assert_status(ar_template_reply(&r->tokens, chat, model->vocab, words), ARNY_OK);
    assert_status(ar_template_end(&r->tokens, chat, model->vocab), ARNY_OK);
    assert_status(ar_template_user(&r->tokens, chat, model->vocab, words, 0, words), ARNY_OK);
    look(r, model);
}

/* The text with every `from` as `to`. */
static void replace(ar_buf *out, const char *text, const char *from, const char *to)
{
    ar_buf_init(out, SIZE_MAX);
    for (const char *at; (at = strstr(text, from)) != NULL; text = at + strlen(from)) {
        ar_buf_append(out, text, (size_t)(at - text));
        ar_buf_puts(out, to);
    }
    ar_buf_puts(out, text);
}

static const ar_template *next_template(const char **names)
{
    char name[64];
    size_t bytes = strcspn(*names, " ");
    if (bytes == 0)
        return NULL;
    snprintf(name, sizeof name, "%.*s", (int)bytes, *names);
    *names += bytes + ((*names)[bytes] == ' ');
    const ar_template *chat = ar_template_find(name);
    assert_non_null(chat);
    return chat;
}

#define PLAIN "xqz quark zqx"

static void typed_special_tokens_stay_text(int which)
{
    const ar_model *model = real_model(which);
    const char *names = arny_chat_templates();
    size_t specials = 0, templates = 0;
    for (const ar_template *chat; (chat = next_template(&names)) != NULL; templates++) {
        rendered plain, typed;
        render(&plain, model, chat, PLAIN);
        specials = 0;
        for (int32_t id = 0; id < model->info->vocabulary; id++) {
            if (!is_special(model, id))
                continue;
            char words[600];
            ar_buf expected;
            specials++;
            snprintf(words, sizeof words, "xqz %s zqx", model->engine->token_text(model->open, id));
            render(&typed, model, chat, words);
            replace(&expected, plain.text.ptr, PLAIN, words);
            if (typed.special.len != plain.special.len ||
                memcmp(typed.special.ptr, plain.special.ptr, plain.special.len) != 0)
                fail_msg("%s in %s became another token than text", words, ar_template_name(chat));
            assert_string_equal(typed.text.ptr, expected.ptr);
            ar_buf_free(&expected);
            forget(&typed);
        }
        forget(&plain);
    }
    assert_true(templates > 20);
    assert_true(specials >= 17);
    print_message("%zu templates, %zu special tokens\n", templates, specials);
}

static void smol_special_tokens_that_are_typed_stay_text(void **state)
{
    (void)state;
    typed_special_tokens_stay_text(REAL_SMOL);
}

static void gemma_special_tokens_that_are_typed_stay_text(void **state)
{
    (void)state;
    typed_special_tokens_stay_text(REAL_GEMMA);
}

/* Glued to other text, doubled, nested, cut in two by another one. */
static void special_tokens_in_any_company_stay_text(void **state)
{
    static const char *const forms[] = {"%s", "%s%s", "a%sb", "<%s>", "\n%s\n", "%.3s%s", "\xF0\x9F\x98\x80%s\xC3\xA9"};
    (void)state;
    for (int which = 0; which < REAL_COUNT; which++) {
        const ar_model *model = real_model(which);
        for (int32_t id = 0; id < model->info->vocabulary; id++) {
            if (!is_special(model, id))
                continue;
            for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
                char words[1200];
                const char *text = model->engine->token_text(model->open, id);
                rendered r;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
#pragma GCC diagnostic ignored "-Wformat-extra-args"
                snprintf(words, sizeof words, forms[i], text, text);
#pragma GCC diagnostic pop
                ar_piece piece = {words, strlen(words), 0};
                ar_tokens_init(&r.tokens, SIZE_MAX);
                assert_status(ar_vocab_tokenize(&r.tokens, model->vocab, &piece, 1, 0), ARNY_OK);
                look(&r, model);
                assert_string_equal(r.text.ptr, words);
                if (r.special.len != 0)
                    fail_msg("\"%s\" has a token that is no text", words);
                forget(&r);
            }
        }
    }
}

static void there_are_never_two_bos(void **state)
{
    static const char *const raw[] = {"<bos>hello", "hello", "<bos>", "<bos><start_of_turn>user\nhello"};
    (void)state;
    const ar_model *model = real_model(REAL_GEMMA);
    assert_int_equal(model->info->add_bos, 1);
    assert_int_equal(real_model(REAL_SMOL)->info->add_bos, 0);
    const char *names = arny_chat_templates();
    for (const ar_template *chat; (chat = next_template(&names)) != NULL;)
        for (int system = 0; system < 3; system++) {
            ar_tokens tokens;
            size_t count = 0;
            const char *message = system == 0 ? NULL : system == 1 ? "Be kind." : "<bos>Be kind.";
            ar_tokens_init(&tokens, SIZE_MAX);
            assert_status(ar_template_begin(&tokens, chat, model->vocab, message), ARNY_OK);
            assert_status(ar_template_user(&tokens, chat, model->vocab, "<bos>Hi", 1, message), ARNY_OK);
            for (size_t i = 0; i < tokens.len; i++)
                count += tokens.ptr[i] == model->info->bos;
            assert_int_equal(count, 1);
            assert_int_equal(tokens.ptr[0], model->info->bos);
            ar_tokens_free(&tokens);
        }
    for (size_t i = 0; i < sizeof raw / sizeof *raw; i++) {
        ar_tokens tokens;
        ar_piece piece = {raw[i], strlen(raw[i]), 1};
        size_t count = 0;
        ar_tokens_init(&tokens, SIZE_MAX);
        assert_status(ar_vocab_tokenize(&tokens, model->vocab, &piece, 1, 1), ARNY_OK);
        for (size_t at = 0; at < tokens.len; at++)
            count += tokens.ptr[at] == model->info->bos;
        assert_int_equal(count, 1);
        ar_tokens_free(&tokens);
    }
}

/* The engine itself, over what stands between the special tokens of a text: as llama.cpp reads a prompt that is given to
 * it whole. Appends. */
static void tokenize_whole(ar_tokens *out, const ar_model *model, const char *text)
{
    size_t from = 0, at = 0, bytes = strlen(text), special_bytes = 0;
    for (;;) {
        int end = at == bytes;
        int32_t id = end ? -1 : ar_vocab_special_at(model->vocab, text + at, bytes - at, &special_bytes);
        if (!end && (id < 0 || !(model->engine->token_flags(model->open, id) & ARNY_TOKEN_CONTROL))) {
            at++;
            continue;
        }
        if (at > from) {
            size_t count = 0;
            assert_status(ar_tokens_reserve(out, at - from + 16), ARNY_OK);
            assert_status(model->engine->tokenize(out->ptr + out->len, out->cap - out->len, &count, model->open,
                                                  text + from, at - from),
                          ARNY_OK);
            out->len += count;
        }
        if (end)
            return;
        assert_status(ar_tokens_push(out, id), ARNY_OK);
        from = at += special_bytes;
    }
}

/* What comes before the first message is rendered once and kept, so a text that ends there (llama2's "[INST] ") is
 * tokenized by itself; all else is one text. */
static void compare_with_whole(const ar_model *model, const ar_template *chat, const char *words)
{
    rendered start, message;
    ar_tokens whole;
    ar_tokens_init(&start.tokens, SIZE_MAX);
    ar_tokens_init(&message.tokens, SIZE_MAX);
    ar_tokens_init(&whole, SIZE_MAX);
    assert_status(ar_template_begin(&start.tokens, chat, model->vocab, NULL), ARNY_OK);
    assert_status(ar_template_user(&message.tokens, chat, model->vocab, words, 1, NULL), ARNY_OK);
    look(&start, model);
    look(&message, model);
    tokenize_whole(&whole, model, start.text.len ? start.text.ptr : "");
    tokenize_whole(&whole, model, message.text.ptr);
    assert_int_equal(start.tokens.len + message.tokens.len, whole.len);
    assert_memory_equal(message.tokens.ptr, whole.ptr + start.tokens.len, message.tokens.len * sizeof *whole.ptr);
    if (start.tokens.len > 0)
        assert_memory_equal(start.tokens.ptr, whole.ptr, start.tokens.len * sizeof *whole.ptr);
    ar_tokens_free(&whole);
    forget(&message);
    forget(&start);
}

static void ordinary_words_become_the_tokens_of_the_whole_prompt(void **state)
{
    static const char *const words[] = {
        "Hello, how are you?",    "for (int i = 0; i < 10; i++)\n    printf(\"%d\\n\", i);",
        "2x + 5 = 15, so x = 5.", "Zürich, 東京, Москва: \xF0\x9F\x8E\x89",
        "a  b   c\n\nd\te",       "1234567890",
    };
    (void)state;
    for (int which = 0; which < REAL_COUNT; which++) {
        const char *names = arny_chat_templates();
        for (const ar_template *chat; (chat = next_template(&names)) != NULL;)
            for (size_t i = 0; i < sizeof words / sizeof *words; i++)
                compare_with_whole(real_model(which), chat, words[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(smol_special_tokens_that_are_typed_stay_text),
        cmocka_unit_test(gemma_special_tokens_that_are_typed_stay_text),
        cmocka_unit_test(special_tokens_in_any_company_stay_text),
        cmocka_unit_test(there_are_never_two_bos),
        cmocka_unit_test(ordinary_words_become_the_tokens_of_the_whole_prompt),
    };
    return real_ready() ? RUN(tests) : REAL_SKIPPED;
}
