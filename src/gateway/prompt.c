/* gateway/prompt.c - see prompt.h. Everything is tokenized as people's text: nothing in a message, a description or
 * an example can become a control token. */
#include "gateway/prompt.h"
#include "util/status.h"
#include "util/utf8.h"
#include <string.h>

#define MESSAGE_BYTES 600 /* about 128 tokens of English; what is longer is cut */

static const char instruction_score[] = "Choose the agent that should answer each message.";
static const char instruction_json[] =
    "You route messages to agents. Reply with one JSON object: {\"agent\": NAME, \"confidence\": 0 to 1}.";

size_t ar_gateway_labels(const ar_team_config *config)
{
    return config->agent_count + (config->gateway.none != 0);
}

const char *ar_gateway_label(const ar_team_config *config, size_t index)
{
    return index < config->agent_count ? config->agents[index].name : "none";
}

int ar_gateway_line(ar_buf *out, const char *text, size_t bytes, size_t most)
{
    size_t from = 0, start = out->len;
    for (size_t at = 0; at <= bytes; at++) {
        if (at < bytes && !strchr(" \t\r\n\v\f", text[at]))
            continue;
        size_t space = out->len > start, used = out->len - start + space;
        size_t fits = used < most ? ar_utf8_cut(text + from, at - from, most - used) : 0;
        if (fits > 0) {
            ar_buf_append(out, " ", space);
            ar_buf_append(out, text + from, fits);
        }
        if (fits < at - from) /* the rest has no room */
            break;
        from = at + 1;
    }
    return out->status;
}

int ar_gateway_clean(ar_buf *out, const char *message)
{
    return ar_gateway_line(out, message, strlen(message), MESSAGE_BYTES);
}

static int is_chat(const ar_team_config *config, const ar_model *model)
{
    return config->gateway.mode == AR_GATEWAY_JSON && model->chat;
}

static int append(ar_tokens *out, const ar_model *model, const char *text)
{
    ar_piece piece = {text, strlen(text), 0};
    return ar_vocab_tokenize(out, model->vocab, &piece, 1, 0);
}

static const char *opening(const ar_team_config *config)
{
    return config->gateway.mode == AR_GATEWAY_JSON ? "{\"agent\": \"" : "";
}

/* The instruction and the agents, as a system message or as the head of a page. */
static void put_instruction(ar_buf *out, const ar_team_config *config)
{
    const char *own = config->gateway.prompt;
    int json = config->gateway.mode == AR_GATEWAY_JSON;
    ar_buf_printf(out, "%s\n\nAgents:\n", own ? own : json ? instruction_json : instruction_score);
    for (size_t i = 0; i < config->agent_count; i++)
        ar_buf_printf(out, "- %s%s%s\n", config->agents[i].name, config->agents[i].description[0] ? ": " : "",
                      config->agents[i].description);
    if (config->gateway.none)
        ar_buf_puts(out, "- none: anything else\n");
}

int ar_gateway_prefix(ar_tokens *out, const ar_team_config *config, const ar_model *model)
{
    ar_buf head = AR_BUF_INIT(1 << 20);
    put_instruction(&head, config);
    int status = head.status;
    if (!status && is_chat(config, model)) {
        status = ar_template_begin(out, model->chat, model->vocab, head.ptr);
    } else if (!status) {
        ar_piece piece = {head.ptr, head.len, 0};
        status = ar_vocab_tokenize(out, model->vocab, &piece, 1, 1);
    }
    for (size_t i = 0; i < config->gateway.example_count && !status; i++) {
        const ar_example *example = &config->gateway.examples[i];
        status = ar_gateway_answered(out, config, model, example->text, example->agent, i == 0);
    }
    ar_buf_free(&head);
    return status;
}

int ar_gateway_question(ar_tokens *out, const ar_team_config *config, const ar_model *model, const char *message,
                        int first)
{
    ar_buf line = AR_BUF_INIT(MESSAGE_BYTES + 64), head = AR_BUF_INIT(1 << 20);
    ar_tokens words;
    ar_tokens_init(&words, MESSAGE_BYTES + 64);
    int status;
    if (is_chat(config, model)) {
        put_instruction(&head, config); /* templates without a system role put it into the first user message */
        if ((status = head.status) || (status = ar_gateway_clean(&line, message)) ||
            (status = ar_template_user(out, model->chat, model->vocab, line.ptr, first, head.ptr)) ||
            (status = append(out, model, opening(config))))
            goto out;
        goto out;
    }
    ar_buf_puts(&line, "\nMessage: ");
    if ((status = ar_gateway_clean(&line, message)) || (status = append(&words, model, line.ptr)))
        goto out;
    size_t most = AR_GATEWAY_MESSAGE_TOKENS + 4; /* with "\nMessage:" */
    ar_buf_clear(&line);
    ar_buf_printf(&line, "\nAgent:%s%s", opening(config)[0] ? " " : "", opening(config));
    if ((status = ar_tokens_append(out, words.ptr, words.len < most ? words.len : most)) || (status = line.status))
        goto out;
    status = append(out, model, line.ptr);
out:
    ar_buf_free(&head);
    ar_buf_free(&line);
    ar_tokens_free(&words);
    return status;
}

int ar_gateway_answered(ar_tokens *out, const ar_team_config *config, const ar_model *model, const char *message,
                        size_t agent, int first)
{
    const char *label = ar_gateway_label(config, agent);
    ar_buf reply = AR_BUF_INIT(512);
    int status = ar_gateway_question(out, config, model, message, first);
    if (status)
        return status;
    if (is_chat(config, model))
        ar_buf_printf(&reply, "%s\", \"confidence\": 0.95}", label);
    else if (config->gateway.mode == AR_GATEWAY_JSON)
        ar_buf_printf(&reply, "%s\", \"confidence\": 0.95}\n", label);
    else
        ar_buf_printf(&reply, " %s\n", label);
    if ((status = reply.status) == ARNY_OK)
        status = append(out, model, reply.ptr);
    if (!status && is_chat(config, model))
        status = ar_template_end(out, model->chat, model->vocab);
    ar_buf_free(&reply);
    return status;
}

int ar_gateway_continuation(ar_tokens *out, const ar_team_config *config, const ar_model *model, const char *label)
{
    ar_buf text = AR_BUF_INIT(256);
    int status = config->gateway.mode == AR_GATEWAY_JSON ? ar_buf_printf(&text, "%s\"", label)
                                                         : ar_buf_printf(&text, " %s\n", label);
    if (!status)
        status = append(out, model, text.ptr);
    ar_buf_free(&text);
    return status;
}
