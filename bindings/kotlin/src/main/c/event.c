/* event.c - arny_event as an org.arny.ArnyEvent. */
#include "glue.h"

jobject glue_event(JNIEnv *env, const arny_event *e)
{
    jdoubleArray shares = NULL;
    jobjectArray agents;
    switch (e->type) {
    case ARNY_EVENT_ROUTED:
        agents = glue_scores(env, &shares, e->scores, e->scores_count);
        return glue_make(env, GLUE_ROUTED, glue_bytes(env, e->agent), e->confidence, agents, shares, e->ms);
    case ARNY_EVENT_SAFETY: return glue_make(env, GLUE_SAFETY, e->confidence, glue_bytes(env, e->text));
    case ARNY_EVENT_DROPPED: return glue_make(env, GLUE_DROPPED, (jlong)e->dropped_turns);
    case ARNY_EVENT_LOADING: return glue_make(env, GLUE_LOADING, glue_bytes(env, e->model), e->progress);
    case ARNY_EVENT_READY:
        return glue_make(env, GLUE_READY, glue_bytes(env, e->agent), (jint)e->from, (jlong)e->restored_tokens,
                         (jlong)e->prefill_tokens, e->ms);
    case ARNY_EVENT_TOKEN: return glue_make(env, GLUE_TOKEN, (jint)e->id, glue_bytes(env, e->text));
    case ARNY_EVENT_DONE:
        return glue_make(env, GLUE_DONE, glue_bytes(env, e->agent), (jint)e->reason, (jlong)e->prompt_tokens,
                         (jlong)e->tokens, e->ttft_ms, e->prefill_tps, e->decode_tps, (jlong)e->rss, (jlong)e->anon,
                         (jlong)e->written);
    default: glue_throw(env, e->status, e->message); return NULL;
    }
}
