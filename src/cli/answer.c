/* cli/answer.c - see answer.h. */
#include "answer.h"
#include "cancel.h"
#include "error.h"
#include "human.h"
#include "json.h"
#include "out.h"
#include "progress.h"

#include <string.h>

#define LINE_BYTES 256

void answer_reset(answer *a)
{
    *a = (answer){.team = a->team, .json = a->json, .model_only = a->model_only, .badge = a->badge, .quiet = a->quiet};
}

static void keep_name(char out[ANSWER_NAME_BYTES], const char *name)
{
    snprintf(out, ANSWER_NAME_BYTES, "%s", name ? name : "");
}

/* ---- what came ----------------------------------------------------------------------------------------------------- */

static void keep_decision(answer *a, const arny_event *event)
{
    double best = -1;
    a->routed = 1;
    a->confidence = event->confidence;
    for (size_t i = 0; i < event->scores_count; i++) {
        if (event->scores[i].p > best) {
            best = event->scores[i].p;
            keep_name(a->best, event->scores[i].agent);
        }
    }
}

static void keep(answer *a, const arny_event *event)
{
    if (event->agent)
        keep_name(a->agent, event->agent);
    switch (event->type) {
    case ARNY_EVENT_ROUTED: keep_decision(a, event); break;
    case ARNY_EVENT_READY:
        a->ready = 1;
        a->from = event->from;
        a->ready_ms = event->ms;
        a->restored_tokens = event->restored_tokens;
        a->prefill_tokens = event->prefill_tokens;
        break;
    case ARNY_EVENT_DONE:
        a->done = 1;
        a->reason = event->reason;
        a->tokens = event->tokens;
        a->prompt_tokens = event->prompt_tokens;
        a->ttft_ms = event->ttft_ms;
        a->prefill_tps = event->prefill_tps;
        a->decode_tps = event->decode_tps;
        break;
    case ARNY_EVENT_ERROR: a->status = event->status; break;
    default: break;
    }
}

/* ---- showing it ---------------------------------------------------------------------------------------------------- */

int answer_style(const arny_team *team, const char *agent)
{
    for (size_t i = 0; team && i < arny_team_agent_count(team); i++)
        if (strcmp(arny_team_agent_name(team, i), agent) == 0)
            return OUT_AGENT + (int)i;
    return OUT_AGENT;
}

static void show_badge(answer *a)
{
    if (out_style(stdout, OUT_PLAIN)[0])
        out_print("%s%s%s  ", out_style(stdout, answer_style(a->team, a->agent)), a->agent,
                  out_style(stdout, OUT_PLAIN));
    else
        out_print("%s: ", a->agent);
}

static void end_text(answer *a)
{
    if (a->text_bytes && a->last != '\n')
        out_write("\n", 1);
    out_flush();
}

static void show(answer *a, const arny_event *event)
{
    if (event->type != ARNY_EVENT_LOADING)
        progress_end();
    switch (event->type) {
    case ARNY_EVENT_LOADING: progress_show(event->model ? event->model : "loading", event->progress); break;
    case ARNY_EVENT_SAFETY:
        if (event->text_len > 0)
            out_print("%s%s%s\n\n", out_style(stdout, OUT_BOLD), event->text, out_style(stdout, OUT_PLAIN));
        else
            out_note("this message speaks of danger to life (%.0f %%)", event->confidence * 100);
        out_flush();
        break;
    case ARNY_EVENT_DROPPED:
        out_note("%lld old %s left the context to make room", (long long)event->dropped_turns,
                 event->dropped_turns == 1 ? "turn" : "turns");
        break;
    case ARNY_EVENT_READY:
        if (a->badge && a->agent[0]) {
            show_badge(a);
            a->text_bytes = 1;
            out_flush();
        }
        break;
    case ARNY_EVENT_TOKEN:
        if (event->text_len == 0)
            break;
        out_speech(event->text, event->text_len);
        out_flush();
        a->text_bytes = 1;
        a->last = event->text[event->text_len - 1];
        break;
    case ARNY_EVENT_DONE: end_text(a); break;
    case ARNY_EVENT_ERROR:
        end_text(a);
        error_line("%s", event->message);
        break;
    default: break;
    }
}

static void show_json(answer *a, const arny_event *event)
{
    char message[ANSWER_MESSAGE_BYTES];
    int wanted = event->type == ARNY_EVENT_TOKEN || event->type == ARNY_EVENT_DONE || event->type == ARNY_EVENT_ERROR;
    if (event->type == ARNY_EVENT_ERROR) /* the sentence is borrowed from a place that the next call may write to */
        snprintf(message, sizeof message, "%s", event->message);
    if (wanted || !a->model_only)
        json_event(event);
    if (event->type == ARNY_EVENT_ERROR)
        error_line("%s", message);
}

int answer_event(const arny_event *event, void *user_data)
{
    answer *a = user_data;
    keep(a, event);
    if (a->quiet && event->type == ARNY_EVENT_ERROR)
        error_line("%s", event->message);
    else if (a->quiet)
        return cancel_asked();
    else if (a->json)
        show_json(a, event);
    else
        show(a, event);
    return cancel_asked() || out_error();
}

/* ---- figures -------------------------------------------------------------------------------------------------------- */

static size_t append(char *line, size_t used, const char *text)
{
    int added = snprintf(line + used, LINE_BYTES - used, "%s%s", used ? " - " : "", text);
    return added < 0 || (size_t)added >= LINE_BYTES - used ? LINE_BYTES - 1 : used + (size_t)added;
}

static void write_tokens(char out[LINE_BYTES], const answer *a)
{
    const char *word = a->tokens == 1 ? "token" : "tokens";
    if (a->decode_tps > 0)
        snprintf(out, LINE_BYTES, "%lld %s at %.0f/s", (long long)a->tokens, word, a->decode_tps);
    else
        snprintf(out, LINE_BYTES, "%lld %s", (long long)a->tokens, word);
}

void answer_figures(const answer *a)
{
    static const char *const ends[] = {"", "", "cut at its longest", "stopped", "the context is full"};
    char line[LINE_BYTES] = "", part[LINE_BYTES], time[HUMAN_BYTES];
    size_t used = 0;
    if (!a->done)
        return;
    if (a->agent[0] && a->routed)
        snprintf(part, sizeof part, "%s %.0f %%", a->agent, a->confidence * 100);
    else
        snprintf(part, sizeof part, "%s", a->agent);
    if (part[0])
        used = append(line, used, part);
    if (a->agent[0] && a->ready) {
        snprintf(part, sizeof part, "ready in %s", human_ms(time, a->ready_ms));
        used = append(line, used, part);
    }
    write_tokens(part, a);
    used = append(line, used, part);
    if (!a->agent[0] && a->tokens > 0) {
        snprintf(part, sizeof part, "the first after %s", human_ms(time, a->ttft_ms));
        used = append(line, used, part);
    }
    if (a->reason > 0 && (size_t)a->reason < sizeof ends / sizeof *ends && ends[a->reason][0])
        append(line, used, ends[a->reason]);
    out_note("%s", line);
}

int answer_exit(const answer *a)
{
    if (out_error())
        return CLI_IO;
    if (a->status)
        return exit_of(a->status);
    return a->reason == ARNY_REASON_CANCELLED ? CLI_CANCELLED : CLI_OK;
}
