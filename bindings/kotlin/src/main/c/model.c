/* model.c - one model, no team: arny/model.h. */
#include "glue.h"

static jlong open_model(JNIEnv *env, jclass native, jbyteArray path, jbyteArray engine, jbyteArray tokenizer,
                        jbyteArray adapter, jbyteArray chat, jint context, jint batch, jint threads, jint gpu_layers,
                        jboolean repack, jobject progress)
{
    (void)native;
    arny_model *model = NULL;
    char *p = glue_text(env, path), *e = glue_text(env, engine), *t = glue_text(env, tokenizer),
         *a = glue_text(env, adapter), *c = glue_text(env, chat);
    if (!glue_pending(env)) {
        arny_model_options options = glue_model_options(e, t, c, context, batch, threads, gpu_layers, repack);
        options.adapter = a;
        options.progress = glue_progress;
        options.progress_data = progress;
        glue_check(env, arny_model_open(&model, p, &options));
    }
    free(p), free(e), free(t), free(a), free(c);
    return GLUE_NUMBER(model);
}

static void free_model(JNIEnv *env, jclass native, jlong model)
{
    (void)env, (void)native;
    arny_model_free(GLUE_HANDLE(arny_model, model));
}

static void drop(JNIEnv *env, jclass native, jlong model)
{
    (void)env, (void)native;
    arny_model_drop(GLUE_HANDLE(arny_model, model));
}

static jlong start(JNIEnv *env, jclass native, jlong model, jbyteArray prompt, jbyteArray system, jboolean raw,
                   jint max_tokens, jdoubleArray sampling, jlong seed, jobjectArray stop, jboolean ignore_eos)
{
    (void)native;
    arny_stream *stream = NULL;
    arny_sampling chosen;
    arny_request request = ARNY_REQUEST_INIT;
    char *p = glue_text(env, prompt), *s = glue_text(env, system), **stops = glue_texts(env, stop, &request.stop_count);
    request.prompt = p;
    request.system = s;
    request.raw = raw;
    request.max_tokens = max_tokens;
    request.sampling = glue_sampling(env, &chosen, sampling, seed);
    request.stop = (const char *const *)stops;
    request.ignore_eos = ignore_eos;
    if (!glue_pending(env))
        glue_check(env, arny_model_start(&stream, GLUE_HANDLE(arny_model, model), &request));
    free(p), free(s);
    glue_texts_free(stops, request.stop_count);
    return GLUE_NUMBER(stream);
}

static void cancel(JNIEnv *env, jclass native, jlong model)
{
    (void)env, (void)native;
    arny_model_cancel(GLUE_HANDLE(arny_model, model));
}

static jlong count_tokens(JNIEnv *env, jclass native, jlong model, jbyteArray text)
{
    (void)native;
    size_t count = 0;
    char *t = glue_text(env, text);
    if (!glue_pending(env))
        glue_check(env, arny_model_count_tokens(&count, GLUE_HANDLE(arny_model, model), t));
    free(t);
    return (jlong)count;
}

/* The nats; how many tokens were scored goes into scored[0]. */
static jdouble score(JNIEnv *env, jclass native, jlong model, jbyteArray text, jlongArray scored)
{
    (void)native;
    double nats = 0;
    size_t count = 0;
    char *t = glue_text(env, text);
    if (!glue_pending(env))
        glue_check(env, arny_model_score(&nats, &count, GLUE_HANDLE(arny_model, model), t));
    if (!glue_pending(env))
        (*env)->SetLongArrayRegion(env, scored, 0, 1, &(jlong){(jlong)count});
    free(t);
    return nats;
}

const JNINativeMethod glue_model_methods[] = {
    {"modelOpen", "([B[B[B[B[BIIIIZLjava/lang/Object;)J", open_model},
    {"modelFree", "(J)V", free_model},
    {"modelDrop", "(J)V", drop},
    {"modelStart", "(J[B[BZI[DJ[[BZ)J", start},
    {"modelCancel", "(J)V", cancel},
    {"modelCountTokens", "(J[B)J", count_tokens},
    {"modelScore", "(J[B[J)D", score},
    {NULL, NULL, NULL},
};
