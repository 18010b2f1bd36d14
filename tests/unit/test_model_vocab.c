#include "check.h"

#include "model/vocab.h"
#include "util/clock.h"

/*
 * A vocabulary for the tests: the 256 bytes, then `entries`. Like llama.cpp it merges the text of
 * USER_DEFINED tokens wherever it stands in plain text. It writes down what it was asked to tokenize.
 */
typedef struct entry {
    const char *text;
    int flags;
} entry;

struct arny_engine_model {
    arny_engine_model_info info;
    const entry *entries;
    int32_t unknown;    /* what characters of four bytes become; 0: their bytes */
    int merges_control; /* 1: CONTROL and UNKNOWN texts are merged too, as in some SentencePiece vocabularies */
};

#define CONTROL ARNY_TOKEN_CONTROL
#define USER    ARNY_TOKEN_USER_DEFINED
#define BAD     "\x01" /* a character that the normalizer of this vocabulary turns into token 256 */
#define STRANGE "\x02" /* a character that it does not have: the UNKNOWN token */

static char asked[4096]; /* the texts of the calls, each with a '|' behind it */
static size_t asked_bytes;
static int is_logged;

static void log_text(const char *text, size_t bytes)
{
    if (!is_logged || asked_bytes + bytes + 2 > sizeof asked)
        return;
    memcpy(asked + asked_bytes, text, bytes);
    asked_bytes += bytes;
    asked[asked_bytes++] = '|';
    asked[asked_bytes] = '\0';
}

static const arny_engine_model_info *stub_info(const arny_engine_model *model)
{
    return &model->info;
}

static const char *stub_text(const arny_engine_model *model, int32_t token)
{
    return token < 256 ? NULL : model->entries[token - 256].text;
}

static int stub_flags(const arny_engine_model *model, int32_t token)
{
    return token < 256 ? ARNY_TOKEN_BYTE : model->entries[token - 256].flags;
}

static int32_t stub_unknown(const arny_engine_model *model)
{
    for (int32_t id = 256; id < model->info.vocabulary; id++)
        if (stub_flags(model, id) & ARNY_TOKEN_UNKNOWN)
            return id;
    return 256;
}

static int32_t stub_token(const arny_engine_model *model, const char *text, size_t left, size_t *bytes)
{
    int mergeable = model->merges_control ? USER | CONTROL | ARNY_TOKEN_UNKNOWN : USER;
    int32_t found = (unsigned char)text[0];

    if (model->unknown != 0 && left >= 4 && (unsigned char)text[0] >= 0xF0) {
        *bytes = 4;
        return model->unknown;
    }
    *bytes = 1;
    if (text[0] == BAD[0])
        return 256;
    if (text[0] == STRANGE[0])
        return stub_unknown(model);
    for (int32_t id = 256; id < model->info.vocabulary && model->info.vocabulary < 1000; id++) {
        size_t length = strlen(stub_text(model, id));
        if ((stub_flags(model, id) & mergeable) && length > *bytes && length <= left &&
            memcmp(text, stub_text(model, id), length) == 0) {
            found = id;
            *bytes = length;
        }
    }
    return found;
}

static int stub_tokenize(int32_t *out, size_t capacity, size_t *count, const arny_engine_model *model, const char *text,
                         size_t bytes)
{
    size_t n = 0, length;

    log_text(text, bytes);
    for (size_t at = 0; at < bytes; at += length, n++) {
        int32_t token = stub_token(model, text + at, bytes - at, &length);
        if (n < capacity)
            out[n] = token;
    }
    *count = n;
    return 0;
}

static int stub_piece(char *out, size_t capacity, size_t *bytes, const arny_engine_model *model, int32_t token)
{
    char byte = (char)token;
    const char *text = token < 256 ? &byte : stub_text(model, token);

    *bytes = token < 256 ? 1 : stub_flags(model, token) & CONTROL ? 0 : strlen(text);
    memcpy(out, text, *bytes < capacity ? *bytes : capacity);
    return 0;
}

static const arny_engine stub = {.version = ARNY_ENGINE_VERSION,
                                 .name = "stub",
                                 .model_info = stub_info,
                                 .tokenize = stub_tokenize,
                                 .piece = stub_piece,
                                 .token_text = stub_text,
                                 .token_flags = stub_flags};

enum {
    BOS = 256,
    START,
    END,
    TOOL,
    TOOLS,
    WORD,
    NEWLINES,
    SPACES,
    UNK,
    LEFT,
    RIGHT,
    HEART,
    LONG,
    EOT,
    BERT_UNK,
    VOCABULARY
};

#define LONG_TEXT \
    "[a token of more than sixty-four bytes, so that its piece does not fit the room which is tried first]"

static const entry entries[VOCABULARY - 256] = {
    [BOS - 256] = {"<s>", CONTROL},
    [START - 256] = {"<|im_start|>", CONTROL},
    [END - 256] = {"<|im_end|>", CONTROL | ARNY_TOKEN_END},
    [TOOL - 256] = {"<tool>", USER},
    [TOOLS - 256] = {"<tool><tool>", USER},
    [WORD - 256] = {"[INST]", USER},
    [NEWLINES - 256] = {"\n\n", USER},
    [SPACES - 256] = {"\xE2\x96\x81\xE2\x96\x81", USER}, /* as Gemma spells two spaces */
    [UNK - 256] = {"<unk>", ARNY_TOKEN_UNKNOWN},
    [LEFT - 256] = {"<left>", CONTROL | ARNY_TOKEN_LSTRIP},
    [RIGHT - 256] = {"<right>", CONTROL | ARNY_TOKEN_RSTRIP},
    [HEART - 256] = {"\xE2\x9D\xA4", USER}, /* a single character */
    [LONG - 256] = {LONG_TEXT, USER},
    [BERT_UNK - 256] = {"[UNK]", CONTROL},
    [EOT - 256] = {"\xEF\xBD\x9Cx\xEF\xBD\x9C", USER}, /* begins with a character of three bytes */
};

typedef struct fixture {
    arny_engine_model model;
    ar_vocab *vocab;
    ar_tokens out;
} fixture;

static fixture f;

static int setup(void **state)
{
    (void)state;
    f.model = (arny_engine_model){.info = {.vocabulary = VOCABULARY, .bos = BOS, .eos = END}, .entries = entries};
    ar_tokens_init(&f.out, 10000);
    asked_bytes = 0;
    asked[0] = '\0';
    is_logged = 1;
    return ar_vocab_new(&f.vocab, &stub, &f.model);
}

static int teardown(void **state)
{
    (void)state;
    ar_vocab_free(f.vocab);
    ar_tokens_free(&f.out);
    return 0;
}

/* Pieces from texts: one that begins with '#' is markup, without it. NULL ends them. */
static size_t pieces_of(ar_piece *pieces, const char *const *texts)
{
    size_t count = 0;
    for (; texts[count] != NULL; count++) {
        int markup = texts[count][0] == '#';
        pieces[count] = (ar_piece){texts[count] + markup, strlen(texts[count] + markup), markup};
    }
    return count;
}

static int tokenize(const char *const *texts, int bos)
{
    ar_piece pieces[16];
    size_t count = pieces_of(pieces, texts);

    asked_bytes = 0;
    asked[0] = '\0';
    ar_tokens_clear(&f.out);
    return ar_vocab_tokenize(&f.out, f.vocab, pieces, count, bos);
}

#define PIECES(...) ((const char *const[]){__VA_ARGS__, NULL})

/* The tokens as text: "{name}" for one of the entries. */
static const char *shown(void)
{
    static char text[4096];
    size_t at = 0;

    for (size_t i = 0; i < f.out.len; i++) {
        int32_t id = f.out.ptr[i];
        at += (size_t)(id < 256 ? snprintf(text + at, sizeof text - at, "%c", (char)id)
                                : snprintf(text + at, sizeof text - at, "{%s}", entries[id - 256].text));
        assert_true(at < sizeof text);
    }
    text[at] = '\0';
    return text;
}

#define assert_shown(pieces, text)             \
    do {                                       \
        assert_status(tokenize(pieces, 0), 0); \
        assert_string_equal(shown(), (text));  \
    } while (0)

/* ---- finding
 * ---------------------------------------------------------------------------------------------- */

static int32_t special_at(const char *text, size_t left, size_t *bytes)
{
    return ar_vocab_special_at(f.vocab, text, left, bytes);
}

static void the_longest_special_token_is_found(void **state)
{
    size_t bytes;

    (void)state;
    assert_int_equal(special_at("<tool> and", 10, &bytes), TOOL);
    assert_int_equal(bytes, 6);
    assert_int_equal(special_at("<tool><tool>", 12, &bytes), TOOLS);
    assert_int_equal(bytes, 12);
    assert_int_equal(special_at("<tool><tool>", 11, &bytes), TOOL);
    assert_int_equal(bytes, 6);
    assert_int_equal(special_at("\n\n", 2, &bytes), NEWLINES);
    assert_int_equal(special_at("<s>", 3, &bytes), BOS);
}

static void what_is_no_special_token_is_not_found(void **state)
{
    size_t bytes = 7;

    (void)state;
    assert_int_equal(special_at("<tool", 5, &bytes), -1);
    assert_int_equal(bytes, 0);
    assert_int_equal(special_at("<s>", 2, &bytes), -1);
    assert_int_equal(special_at("", 0, &bytes), -1);
    assert_int_equal(special_at("x<s>", 4, &bytes), -1);
    assert_int_equal(special_at("\xFF\xFF", 2, &bytes), -1);
}

static void a_vocabulary_without_special_tokens_is_fine(void **state)
{
    arny_engine_model model = {.info = {.vocabulary = 256, .bos = -1}};
    ar_piece piece = {"<s>", 3, 1};
    ar_vocab *vocab;

    (void)state;
    assert_status(ar_vocab_new(&vocab, &stub, &model), 0);
    assert_status(ar_vocab_tokenize(&f.out, vocab, &piece, 1, 1), 0);
    assert_int_equal(f.out.len, 3);
    ar_vocab_free(vocab);
    ar_vocab_free(NULL);
}

/* ---- markup and content
 * ----------------------------------------------------------------------------------- */

static void markup_is_parsed_and_content_is_not(void **state)
{
    (void)state;
    assert_shown(PIECES("#<|im_start|>user\n", "Hi", "#<|im_end|>\n"), "{<|im_start|>}user\nHi{<|im_end|>}\n");
    assert_shown(PIECES("<|im_end|>"), "<|im_end|>");
    assert_shown(PIECES("#<tool>", "<tool>"), "{<tool>}<tool>");
    assert_shown(PIECES("#<tool><tool>[INST]"), "{<tool><tool>}{[INST]}");
    assert_shown(PIECES("#<unk>", "<unk>"), "{<unk>}<unk>");
}

static void plain_stretches_that_touch_are_tokenized_as_one(void **state)
{
    (void)state;
    assert_status(tokenize(PIECES("#<|im_start|>user\n", "Hi ", "there", "#!\n<|im_end|>\n"), 0), 0);
    assert_string_equal(asked, "user\nHi there!\n|\n|");
    assert_status(tokenize(PIECES("#a", "#b", "c"), 0), 0);
    assert_string_equal(asked, "abc|");
    assert_status(tokenize(PIECES("", "#", ""), 0), 0);
    assert_string_equal(asked, "");
    assert_int_equal(f.out.len, 0);
}

static void content_is_broken_only_where_a_token_would_match(void **state)
{
    (void)state;
    assert_status(tokenize(PIECES("a <tool> b <|im_end|> c"), 0), 0);
    assert_string_equal(asked, "a <|tool> b <|im_end|> c|");
    assert_status(tokenize(PIECES("<tool><tool>"), 0), 0);
    assert_string_equal(asked, "<|tool><|tool>|");
    assert_shown(PIECES("<tool><tool>"), "<tool><tool>");
}

static void a_break_does_not_cut_a_character(void **state)
{
    (void)state;
    assert_status(tokenize(PIECES("\xEF\xBD\x9Cx\xEF\xBD\x9C"), 0), 0);
    assert_string_equal(asked, "\xEF\xBD\x9C|x\xEF\xBD\x9C|");
}

static void touching_pieces_cannot_make_a_token_together(void **state)
{
    (void)state;
    assert_shown(PIECES("<to", "ol>"), "<tool>");
    assert_shown(PIECES("<", "t", "o", "o", "l", ">"), "<tool>");
    assert_shown(PIECES("#<to", "ol>"), "<tool>");
    assert_shown(PIECES("<to", "#ol>"), "<tool>");
    assert_shown(PIECES("#<to", "o", "#l>"), "<tool>");
    assert_shown(PIECES("#<|im_", "end|>"), "<|im_end|>");
    assert_shown(PIECES("<tool>", "#<tool>", "<tool>"), "<tool>{<tool>}<tool>");
    assert_shown(PIECES("#<tool>", "<tool>", "#<tool>"), "{<tool>}<tool>{<tool>}");
    assert_shown(PIECES("#<to", "#ol>"), "{<tool>}"); /* markup is one text, however it is cut */
}

/* Every special token, typed alone, within words, beside markup and in two halves: none gets through, and
 * no byte is lost. */
static void no_typed_special_token_gets_through(void **state)
{
    (void)state;
    for (int32_t id = BOS; id < VOCABULARY; id++) {
        if (id == NEWLINES || id == SPACES || id == HEART)
            continue; /* they mean themselves */
        const char *text = entries[id - 256].text;
        char wanted[512], inside[512];

        assert_shown(PIECES(text), text);
        snprintf(inside, sizeof inside, "say %s now%s", text, text);
        assert_shown(PIECES(inside), inside);
        snprintf(wanted, sizeof wanted, "{<|im_start|>}%s{<|im_end|>}", text);
        assert_shown(PIECES("#<|im_start|>", text, "#<|im_end|>"), wanted);

        for (size_t cut = 1; cut < strlen(text) && id != TOOLS; cut++) { /* a half of TOOLS is a token itself */
            char first[200], markup[256];
            snprintf(first, sizeof first, "%.*s", (int)cut, text);
            assert_shown(PIECES(first, text + cut), text);
            snprintf(markup, sizeof markup, "#%s", first);
            assert_shown(PIECES(markup, text + cut), text);
            snprintf(markup, sizeof markup, "#%s", text + cut);
            assert_shown(PIECES(first, markup), text);
        }
    }
}

static void white_space_and_single_characters_mean_themselves(void **state)
{
    (void)state;
    assert_shown(PIECES("a\n\nb\xE2\x96\x81\xE2\x96\x81"), "a{\n\n}b{\xE2\x96\x81\xE2\x96\x81}");
    assert_shown(PIECES("I \xE2\x9D\xA4 it"), "I {\xE2\x9D\xA4} it");
    assert_string_equal(asked, "I \xE2\x9D\xA4 it|");
    assert_shown(PIECES("#<|im_start|>user\n", "\nHi"), "{<|im_start|>}user{\n\n}Hi");
    assert_string_equal(asked, "user\n\nHi|");
}

static void a_token_swallows_the_white_space_of_markup_only(void **state)
{
    (void)state;
    assert_shown(PIECES("#a \n<left> b"), "a{<left>} b");
    assert_shown(PIECES("#a <right> \n b"), "a {<right>}b");
    assert_shown(PIECES("a ", "# <left>"), "a {<left>}");
    assert_shown(PIECES("#<right> ", " b"), "{<right>} b");
    assert_shown(PIECES("#<right> \n<left>"), "{<right>}{<left>}");
    assert_shown(PIECES("# <left>"), "{<left>}");
    assert_shown(PIECES("#<tool> <left>"), "{<tool>}{<left>}");
}

/* Random rows of fragments: a special token never covers a byte of content, and the text stays what it
 * was. */
static void whatever_the_pieces_content_is_never_special(void **state)
{
    static const char *const fragments[] = {"<",   "tool",  ">",          "<tool>", "[INST]",
                                            "<s>", "<|im_", "end|>",      "\n",     "[IN",
                                            "ST]", " x ",   "<|im_end|>", "\n\n",   "\xEF\xBD\x9C",
                                            "x",   "<unk>"};
    uint32_t random = 12345;

    (void)state;
    is_logged = 0;
    for (int round = 0; round < 20000; round++) {
        ar_piece pieces[8];
        char text[256], kind[256];
        size_t bytes = 0, at = 0;

        f.model.merges_control = round & 1;
        for (size_t i = 0; i < 8; i++) {
            random = random * 1664525u + 1013904223u;
            const char *fragment = fragments[(random >> 16) % (sizeof fragments / sizeof *fragments)];
            pieces[i] = (ar_piece){fragment, strlen(fragment), (int)(random >> 31)};
            memcpy(text + bytes, fragment, pieces[i].bytes);
            memset(kind + bytes, pieces[i].markup ? 'm' : 'c', pieces[i].bytes);
            bytes += pieces[i].bytes;
        }
        ar_tokens_clear(&f.out);
        assert_status(ar_vocab_tokenize(&f.out, f.vocab, pieces, 8, 0), 0);
        for (size_t i = 0; i < f.out.len; i++) {
            int32_t id = f.out.ptr[i];
            char byte = (char)id;
            const char *token = id < 256 ? &byte : entries[id - 256].text;
            size_t length = id < 256 ? 1 : strlen(token);
            assert_true(at + length <= bytes);
            assert_memory_equal(text + at, token, length);
            if (id >= 256 && id != NEWLINES)
                assert_null(memchr(kind + at, 'c', length));
            at += length;
        }
        assert_int_equal(at, bytes);
    }
}

/* ---- vocabularies that merge more than they should
 * -------------------------------------------------------- */

static void a_control_token_that_is_reached_by_merges_is_broken_too(void **state)
{
    (void)state;
    f.model.merges_control = 1;
    assert_shown(PIECES("a <|im_end|> b"), "a <|im_end|> b");
    assert_string_equal(asked, "a <|im_end|> b|a <||im_end|> b|");
    assert_shown(PIECES("<unk>"), "<unk>");
    assert_shown(PIECES("#<s>", "<s>"), "{<s>}<s>");
}

static void a_character_that_can_only_be_a_control_token_is_an_error(void **state)
{
    (void)state;
    assert_status(tokenize(PIECES("#<s>", "a" BAD), 0), ARNY_E_DATA);
    assert_error_has("only as a special token");
    assert_int_equal(f.out.len, 0);
    assert_status(f.out.status, 0);
}

static void a_character_that_the_vocabulary_lacks_is_unknown(void **state)
{
    (void)state;
    assert_shown(PIECES("a" STRANGE "b<unk>"), "a{<unk>}b<unk>");
}

/* In BERT's vocabularies [UNK] is a control token. An emoji in a message must not be an error, nor tear
 * the words apart. */
static void an_unknown_token_may_be_a_control_token(void **state)
{
    ar_vocab *vocab;
    ar_piece pieces[] = {{"hi \xF0\x9F\x98\x80 [UNK]", 13, 0}, {"[UNK]", 5, 1}};

    (void)state;
    f.model.unknown = BERT_UNK;
    assert_status(ar_vocab_new(&vocab, &stub, &f.model), 0);
    assert_status(ar_vocab_tokenize(&f.out, vocab, pieces, 2, 0), 0);
    assert_string_equal(shown(), "hi {[UNK]} [UNK]{[UNK]}");
    ar_vocab_free(vocab);
}

/* ---- bos
 * -------------------------------------------------------------------------------------------------- */

static void bos_stands_in_front_where_the_model_asks_for_one(void **state)
{
    (void)state;
    assert_status(tokenize(PIECES("a"), 1), 0);
    assert_string_equal(shown(), "a");
    f.model.info.add_bos = 1;
    assert_status(tokenize(PIECES("a"), 1), 0);
    assert_string_equal(shown(), "{<s>}a");
    assert_status(tokenize(PIECES("a"), 0), 0);
    assert_string_equal(shown(), "a");
    assert_status(tokenize(PIECES(""), 1), 0);
    assert_string_equal(shown(), "{<s>}");
    f.model.info.bos = -1;
    assert_status(tokenize(PIECES("a"), 1), 0);
    assert_string_equal(shown(), "a");
}

static void there_are_never_two_bos(void **state)
{
    (void)state;
    f.model.info.add_bos = 1;
    assert_status(tokenize(PIECES("#<s>a"), 1), 0);
    assert_string_equal(shown(), "{<s>}a");
    assert_status(tokenize(PIECES("#<s>"), 1), 0);
    assert_string_equal(shown(), "{<s>}");
    assert_status(tokenize(PIECES("<s>"), 1), 0);
    assert_string_equal(shown(), "{<s>}<s>"); /* what a user types is no bos */
}

static void tokens_are_appended(void **state)
{
    ar_piece piece = {"<s>b", 4, 1};

    (void)state;
    f.model.info.add_bos = 1;
    assert_status(ar_tokens_push(&f.out, 'a'), 0);
    assert_status(ar_vocab_tokenize(&f.out, f.vocab, &piece, 1, 1), 0);
    assert_string_equal(shown(), "a{<s>}b");
}

/* ---- limits
 * ----------------------------------------------------------------------------------------------- */

static void more_tokens_than_allowed_are_an_error_and_leave_nothing(void **state)
{
    ar_piece piece = {"123456", 6, 0};
    ar_tokens out;

    (void)state;
    ar_tokens_init(&out, 6);
    assert_status(ar_vocab_tokenize(&out, f.vocab, &piece, 1, 0), 0);
    assert_int_equal(out.len, 6);
    ar_tokens_free(&out);
    ar_tokens_init(&out, 5);
    assert_status(ar_vocab_tokenize(&out, f.vocab, &piece, 1, 0), ARNY_E_DATA);
    assert_int_equal(out.len, 0);
    assert_status(ar_vocab_tokenize(&out, f.vocab, &piece, 1, 0), ARNY_E_DATA);
    ar_tokens_free(&out);
}

/* Gemma has 6,400 special tokens, most of them "<unused123>". The bound is generous: it takes 0.05 s. */
static void a_megabyte_of_hostile_text_takes_less_than_a_second(void **state)
{
    enum { MANY = 6400, BYTES = 1 << 20 };
    static const char *const units[] = {"<", "<unused1", "<unused6399>", "\n"};
    entry *many = calloc(MANY, sizeof *many);
    char(*names)[24] = calloc(MANY, sizeof *names);
    char *text = malloc(BYTES);
    arny_engine_model model = {.info = {.vocabulary = 256 + MANY, .bos = -1}, .entries = many};
    ar_vocab *vocab;
    ar_tokens out;

    (void)state;
    is_logged = 0;
    for (int i = 0; i < MANY; i++) {
        snprintf(names[i], sizeof names[i], "<unused%d>", i);
        many[i] = (entry){names[i], USER};
    }
    assert_status(ar_vocab_new(&vocab, &stub, &model), 0);
    ar_tokens_init(&out, 2 * BYTES);
    for (size_t u = 0; u < sizeof units / sizeof *units; u++) {
        for (size_t i = 0; i < BYTES; i++)
            text[i] = units[u][i % strlen(units[u])];
        for (int markup = 0; markup <= 1; markup++) {
            ar_piece piece = {text, BYTES, markup};
            double begin = ar_now_ms();
            ar_tokens_clear(&out);
            assert_status(ar_vocab_tokenize(&out, vocab, &piece, 1, 0), 0);
            assert_true(ar_now_ms() - begin < 1000);
            assert_int_equal(out.len, markup && u == 2 ? BYTES / 12 + BYTES % 12 : BYTES);
        }
    }
    ar_tokens_free(&out);
    ar_vocab_free(vocab);
    free(text);
    free(names);
    free(many);
}

static long allocations_left;

static void *failing_resize(void *pointer, size_t bytes, void *user_data)
{
    (void)user_data;
    return allocations_left-- > 0 ? realloc(pointer, bytes) : NULL;
}

static void plain_release(void *pointer, void *user_data)
{
    (void)user_data;
    free(pointer);
}

static void no_memory_is_an_error_at_every_allocation(void **state)
{
    static const arny_allocator failing = {failing_resize, plain_release, NULL};
    ar_piece pieces[] = {{"<s>a", 4, 1}, {"<tool>", 6, 0}};
    int status = ARNY_E_MEMORY;
    long n = 0;

    (void)state;
    arny_set_allocator(&failing);
    for (; status == ARNY_E_MEMORY; n++) {
        ar_vocab *vocab;
        ar_tokens out;
        ar_tokens_init(&out, 100);
        allocations_left = n;
        status = ar_vocab_new(&vocab, &stub, &f.model);
        if (status == 0)
            status = ar_vocab_tokenize(&out, vocab, pieces, 2, 0);
        else
            assert_null(vocab);
        assert_int_equal(out.len, status == 0 ? 8 : 0);
        ar_vocab_free(vocab);
        ar_tokens_free(&out);
    }
    assert_int_equal(status, 0);
    assert_true(n > 5);
    arny_set_allocator(NULL);
}

/* ---- tokens
 * ----------------------------------------------------------------------------------------------- */

static void pieces_of_tokens_are_appended(void **state)
{
    ar_buf out = AR_BUF_INIT(1000);

    (void)state;
    assert_status(ar_vocab_piece(&out, f.vocab, 'a'), 0);
    assert_status(ar_vocab_piece(&out, f.vocab, END), 0);
    assert_status(ar_vocab_piece(&out, f.vocab, LONG), 0);
    assert_string_equal(out.ptr, "a" LONG_TEXT);
    assert_int_equal(out.len, strlen("a" LONG_TEXT));
    ar_buf_free(&out);
}

static void end_tokens_are_known(void **state)
{
    (void)state;
    assert_int_equal(ar_vocab_is_end(f.vocab, END), 1);
    assert_int_equal(ar_vocab_is_end(f.vocab, START), 0);
    assert_int_equal(ar_vocab_is_end(f.vocab, 'a'), 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(the_longest_special_token_is_found),
        TEST(what_is_no_special_token_is_not_found),
        TEST(a_vocabulary_without_special_tokens_is_fine),
        TEST(markup_is_parsed_and_content_is_not),
        TEST(plain_stretches_that_touch_are_tokenized_as_one),
        TEST(content_is_broken_only_where_a_token_would_match),
        TEST(a_break_does_not_cut_a_character),
        TEST(touching_pieces_cannot_make_a_token_together),
        TEST(no_typed_special_token_gets_through),
        TEST(white_space_and_single_characters_mean_themselves),
        TEST(a_token_swallows_the_white_space_of_markup_only),
        TEST(whatever_the_pieces_content_is_never_special),
        TEST(a_control_token_that_is_reached_by_merges_is_broken_too),
        TEST(a_character_that_can_only_be_a_control_token_is_an_error),
        TEST(a_character_that_the_vocabulary_lacks_is_unknown),
        TEST(an_unknown_token_may_be_a_control_token),
        TEST(bos_stands_in_front_where_the_model_asks_for_one),
        TEST(there_are_never_two_bos),
        TEST(tokens_are_appended),
        TEST(more_tokens_than_allowed_are_an_error_and_leave_nothing),
        TEST(a_megabyte_of_hostile_text_takes_less_than_a_second),
        TEST(no_memory_is_an_error_at_every_allocation),
        TEST(pieces_of_tokens_are_appended),
        TEST(end_tokens_are_known),
    };
    return RUN(tests);
}
