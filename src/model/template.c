/*
 * model/template.c - see template.h. The bytes are those of llama.cpp's llama_chat_apply_template where it
 * has a template of that name ("mistral" is its mistral-v3); tests/unit/test_model_template.c holds them
 * against each other.
 */
#include "model/template.h"

#include <string.h>

enum {
    TRIM_SYSTEM = 1, /* white space around a message is dropped */
    TRIM_USER = 2,
    TRIM_REPLY = 4,
    TRIM = TRIM_SYSTEM | TRIM_USER | TRIM_REPLY,
    SYSTEM_IN_USER = 8 /* no system role: it stands within the first user message, before the text */
};

/* A conversation is: start, system[0], system message, system[1], and for each turn user[0] (in the first
 * one `first`, if it is not NULL), user message, user[1], lead, reply, end. What is NULL is empty. */
struct ar_template {
    const char *name;
    const char *start;
    const char *system[2];
    const char *first;
    const char *user[2]; /* the second one also opens the assistant's turn */
    const char *lead;    /* what the model itself says before its first word */
    const char *end;
    int flags;
    const char *fallback; /* the system message where none is given */
    const char *stops[3];
};

static const struct ar_template templates[] = {
    {.name = "chatml",
     .system = {"<|im_start|>system\n", "<|im_end|>\n"},
     .user = {"<|im_start|>user\n", "<|im_end|>\n<|im_start|>assistant\n"},
     .end = "<|im_end|>\n"},

    {.name = "command-r",
     .system = {"<|START_OF_TURN_TOKEN|><|SYSTEM_TOKEN|>", "<|END_OF_TURN_TOKEN|>"},
     .user = {"<|START_OF_TURN_TOKEN|><|USER_TOKEN|>", "<|END_OF_TURN_TOKEN|><|START_OF_TURN_TOKEN|><|CHATBOT_TOKEN|>"},
     .end = "<|END_OF_TURN_TOKEN|>",
     .flags = TRIM},

    {.name = "deepseek", .user = {"### Instruction:\n", "\n### Response:\n"}, .end = "\n<|EOT|>\n"},

    {.name = "deepseek2",
     .system = {NULL, "\n\n"},
     .user = {"User: ", "\n\nAssistant:"},
     .lead = " ",
     .end = "<｜end▁of▁sentence｜>"},

    {.name = "deepseek3",
     .system = {NULL, "\n\n"},
     .user = {"<｜User｜>", "<｜Assistant｜>"},
     .end = "<｜end▁of▁sentence｜>"},

    {.name = "exaone3",
     .system = {"[|system|]", "[|endofturn|]\n"},
     .user = {"[|user|]", "\n[|assistant|]"},
     .end = "[|endofturn|]\n",
     .flags = TRIM},

    {.name = "falcon3", .system = {"<|system|>\n", "\n"}, .user = {"<|user|>\n", "\n<|assistant|>\n"}, .end = "\n"},

    {.name = "gemma",
     .system = {NULL, "\n\n"},
     .user = {"<start_of_turn>user\n", "<end_of_turn>\n<start_of_turn>model\n"},
     .end = "<end_of_turn>\n",
     .flags = TRIM | SYSTEM_IN_USER},

    {.name = "granite",
     .system = {"<|start_of_role|>system<|end_of_role|>", "<|end_of_text|>\n"},
     .user = {"<|start_of_role|>user<|end_of_role|>", "<|end_of_text|>\n<|start_of_role|>assistant<|end_of_role|>"},
     .end = "<|end_of_text|>\n"},

    {.name = "llama2",
     .start = "[INST] ",
     .system = {NULL, "\n"},
     .first = "",
     .user = {"[INST] ", " [/INST]"},
     .end = "</s>"},

    {.name = "llama2-sys",
     .start = "[INST] ",
     .system = {"<<SYS>>\n", "\n<</SYS>>\n\n"},
     .first = "",
     .user = {"[INST] ", " [/INST]"},
     .end = "</s>"},

    {.name = "llama2-sys-bos",
     .start = "[INST] ",
     .system = {"<<SYS>>\n", "\n<</SYS>>\n\n"},
     .first = "",
     .user = {"<s>[INST] ", " [/INST]"},
     .end = "</s>"},

    {.name = "llama2-sys-strip",
     .start = "[INST] ",
     .system = {"<<SYS>>\n", "\n<</SYS>>\n\n"},
     .first = "",
     .user = {"[INST] ", " [/INST]"},
     .end = "</s>",
     .flags = TRIM},

    {.name = "llama3",
     .system = {"<|start_header_id|>system<|end_header_id|>\n\n", "<|eot_id|>"},
     .user = {"<|start_header_id|>user<|end_header_id|>\n\n",
              "<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n"},
     .end = "<|eot_id|>",
     .flags = TRIM},

    /* The form of the guide that Arny follows: one newline after a header where llama3 has two. Its stops
     * are text, for models that do not have them as tokens. */
    {.name = "llama3-guide",
     .start = "<|begin_of_text|>",
     .system = {"<|start_header_id|>system<|end_header_id|>\n", "<|eot_id|>"},
     .user = {"<|start_header_id|>user<|end_header_id|>\n",
              "<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n"},
     .end = "<|eot_id|>",
     .fallback = "You are a helpful mobile AI assistant.",
     .stops = {"<|eot_id|>", "<|end_of_text|>"}},

    {.name = "mistral",
     .start = "[INST] ",
     .system = {NULL, "\n\n"},
     .first = "",
     .user = {"[INST] ", "[/INST]"},
     .lead = " ",
     .end = "</s>",
     .flags = TRIM_REPLY},

    {.name = "mistral-v1",
     .start = " [INST] ",
     .system = {NULL, "\n\n"},
     .first = "",
     .user = {" [INST] ", " [/INST]"},
     .lead = " ",
     .end = "</s>"},

    {.name = "mistral-v3-tekken",
     .start = "[INST]",
     .system = {NULL, "\n\n"},
     .first = "",
     .user = {"[INST]", "[/INST]"},
     .end = "</s>"},

    {.name = "mistral-v7",
     .system = {"[SYSTEM_PROMPT] ", "[/SYSTEM_PROMPT]"},
     .user = {"[INST] ", "[/INST]"},
     .lead = " ",
     .end = "</s>"},

    {.name = "mistral-v7-tekken",
     .system = {"[SYSTEM_PROMPT]", "[/SYSTEM_PROMPT]"},
     .user = {"[INST]", "[/INST]"},
     .end = "</s>"},

    {.name = "phi3",
     .system = {"<|system|>\n", "<|end|>\n"},
     .user = {"<|user|>\n", "<|end|>\n<|assistant|>\n"},
     .end = "<|end|>\n"},

    {.name = "phi4",
     .system = {"<|im_start|>system<|im_sep|>", "<|im_end|>"},
     .user = {"<|im_start|>user<|im_sep|>", "<|im_end|><|im_start|>assistant<|im_sep|>"},
     .end = "<|im_end|>"},

    /* The guide's form for models that know no markup. */
    {.name = "plain",
     .system = {NULL, "\n\n"},
     .user = {"User: ", "\nAssistant:"},
     .lead = " ",
     .end = "\n",
     .flags = TRIM_REPLY,
     .stops = {"\nUser:", "\nAssistant:"}},

    /* Zephyr's form with the end token of Llama 2's vocabulary: TinyLlama, Zephyr 7B. */
    {.name = "tinyllama",
     .system = {"<|system|>\n", "</s>\n"},
     .user = {"<|user|>\n", "</s>\n<|assistant|>\n"},
     .end = "</s>\n"},

    {.name = "vicuna", .system = {NULL, "\n\n"}, .user = {"USER: ", "\nASSISTANT:"}, .lead = " ", .end = "</s>\n"},

    {.name = "vicuna-orca",
     .system = {"SYSTEM: ", "\n"},
     .user = {"USER: ", "\nASSISTANT:"},
     .lead = " ",
     .end = "</s>\n"},

    {.name = "zephyr",
     .system = {"<|system|>\n", "<|endoftext|>\n"},
     .user = {"<|user|>\n", "<|endoftext|>\n<|assistant|>\n"},
     .end = "<|endoftext|>\n"},
};

#define COUNT(array) (sizeof(array) / sizeof *(array))

const char *arny_chat_templates(void)
{
    return "chatml command-r deepseek deepseek2 deepseek3 exaone3 falcon3 gemma granite llama2 llama2-sys "
           "llama2-sys-bos llama2-sys-strip llama3 llama3-guide mistral mistral-v1 mistral-v3-tekken "
           "mistral-v7 mistral-v7-tekken phi3 phi4 plain tinyllama vicuna vicuna-orca zephyr";
}

/* ---- finding one --------------------------------------------------------------------------------------- */

/* A Jinja template is the first of these all of whose texts are in it. Rows without a name are templates
 * that are not ours and would be taken for a later one. */
static const struct {
    const char *name;
    const char *has[3];
} signs[] = {
    {"phi4", {"<|im_start|>", "<|im_sep|>"}},
    {NULL, {"<|im_start|>", "<end_of_utterance>"}}, /* SmolVLM */
    {"chatml", {"<|im_start|>"}},
    {"mistral-v7", {"[INST]", "[SYSTEM_PROMPT]"}},
    {"mistral-v1", {"' [INST] ' + system_message"}},
    {"mistral-v1", {" [INST]", "[AVAILABLE_TOOLS]"}},
    {"mistral-v3-tekken", {"\"[INST]\"", "[AVAILABLE_TOOLS]"}},
    {"mistral", {"[INST]", "[AVAILABLE_TOOLS]"}},
    {"llama2-sys-strip", {"[INST]", "content.strip()"}},
    {"llama2-sys-bos", {"[INST]", "bos_token + '[INST]"}},
    {"llama2-sys", {"[INST]", "<<SYS>>"}},
    {"llama2", {"[INST]"}},
    {"phi3", {"<|assistant|>", "<|end|>"}},
    {NULL, {"[gMASK]<sop>"}},                                  /* ChatGLM 4 */
    {NULL, {"<|assistant|>", "<|user|>", "<|tool_declare|>"}}, /* EXAONE MoE */
    {"falcon3", {"<|assistant|>", "<|user|>", "</s>"}},
    {"tinyllama", {"<|assistant|>", "<|user|>", "message['content'] + eos_token }}"}},
    {NULL, {"<|assistant|>", "<|user|>"}}, /* GLM-Edge */
    {"zephyr", {"<|user|>", "<|endoftext|>"}},
    {"gemma", {"<start_of_turn>"}},
    {"vicuna-orca", {"USER: ", "ASSISTANT: ", "SYSTEM: "}},
    {"vicuna", {"USER: ", "ASSISTANT: "}},
    {"deepseek", {"### Instruction:", "<|EOT|>"}},
    {"command-r", {"<|START_OF_TURN_TOKEN|>", "<|USER_TOKEN|>"}},
    {"llama3", {"<|start_header_id|>", "<|end_header_id|>"}},
    {"deepseek2", {"'Assistant: ' + message['content'] + eos_token"}},
    {"deepseek3", {"<｜User｜>", "<｜Assistant｜>", "<｜end▁of▁sentence｜>"}},
    {"exaone3", {"[|system|]", "[|assistant|]", "[|endofturn|]"}},
    {"granite", {"<|start_of_role|>"}},
};

const ar_template *ar_template_find(const char *name)
{
    for (size_t i = 0; name != NULL && i < COUNT(templates); i++)
        if (strcmp(templates[i].name, name) == 0)
            return &templates[i];
    return NULL;
}

const ar_template *ar_template_detect(const char *jinja)
{
    if (jinja == NULL)
        return NULL;
    for (size_t i = 0; i < COUNT(signs); i++) {
        size_t seen = 0;
        while (seen < COUNT(signs[i].has) && signs[i].has[seen] != NULL && strstr(jinja, signs[i].has[seen]) != NULL)
            seen++;
        if (seen == COUNT(signs[i].has) || signs[i].has[seen] == NULL)
            return ar_template_find(signs[i].name);
    }
    return ar_template_find(jinja); /* some files have the name of one */
}

const char *ar_template_name(const ar_template *tmpl)
{
    return tmpl->name;
}

const char *const *ar_template_stops(const ar_template *tmpl)
{
    return tmpl->stops;
}

/* ---- rendering ----------------------------------------------------------------------------------------- */

typedef struct row {
    ar_piece pieces[8];
    size_t count;
} row;

static int is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static void markup(row *r, const char *text)
{
    if (text != NULL && text[0] != '\0')
        r->pieces[r->count++] = (ar_piece){text, strlen(text), 1};
}

static void content(row *r, const char *text, int trimmed)
{
    size_t bytes = strlen(text);

    if (trimmed) {
        for (; bytes > 0 && is_space(*text); text++)
            bytes--;
        while (bytes > 0 && is_space(text[bytes - 1]))
            bytes--;
    }
    if (bytes > 0)
        r->pieces[r->count++] = (ar_piece){text, bytes, 0};
}

/* Nothing at all when there is nothing in it. */
static void system_message(row *r, const ar_template *tmpl, const char *text)
{
    size_t before = r->count;
    size_t framed;

    if (text == NULL || text[0] == '\0')
        text = tmpl->fallback;
    if (text == NULL)
        return;
    markup(r, tmpl->system[0]);
    framed = r->count;
    content(r, text, tmpl->flags & TRIM_SYSTEM);
    if (r->count > framed)
        markup(r, tmpl->system[1]);
    else
        r->count = before;
}

int ar_template_begin(ar_tokens *out, const ar_template *tmpl, const ar_vocab *vocab, const char *system)
{
    row r = {.count = 0};

    markup(&r, tmpl->start);
    if (!(tmpl->flags & SYSTEM_IN_USER))
        system_message(&r, tmpl, system);
    return ar_vocab_tokenize(out, vocab, r.pieces, r.count, 1);
}

int ar_template_user(ar_tokens *out, const ar_template *tmpl, const ar_vocab *vocab, const char *text, int first,
                     const char *system)
{
    row r = {.count = 0};

    markup(&r, first && tmpl->first != NULL ? tmpl->first : tmpl->user[0]);
    if (first && (tmpl->flags & SYSTEM_IN_USER))
        system_message(&r, tmpl, system);
    content(&r, text, tmpl->flags & TRIM_USER);
    markup(&r, tmpl->user[1]);
    return ar_vocab_tokenize(out, vocab, r.pieces, r.count, 0);
}

int ar_template_reply(ar_tokens *out, const ar_template *tmpl, const ar_vocab *vocab, const char *text)
{
    row r = {.count = 0};

    /* A reply as the model gave it has the lead already; one that was trimmed, or typed, gets it. */
    if (tmpl->lead != NULL && (tmpl->flags & TRIM_REPLY || strncmp(text, tmpl->lead, strlen(tmpl->lead)) != 0))
        markup(&r, tmpl->lead);
    content(&r, text, tmpl->flags & TRIM_REPLY);
    return ar_vocab_tokenize(out, vocab, r.pieces, r.count, 0);
}

int ar_template_end(ar_tokens *out, const ar_template *tmpl, const ar_vocab *vocab)
{
    row r = {.count = 0};

    markup(&r, tmpl->end);
    return ar_vocab_tokenize(out, vocab, r.pieces, r.count, 0);
}
