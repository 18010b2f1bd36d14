/* values.c - errors, text, lists and numbers on their way between Java and C. */
#include "glue.h"
#include <string.h>

static jclass byte_array;

int glue_values_load(JNIEnv *env)
{
    jclass found = (*env)->FindClass(env, "[B");
    byte_array = found ? (*env)->NewGlobalRef(env, found) : NULL;
    return byte_array ? 0 : -1;
}

/* ---- errors ------------------------------------------------------------------------------------------------------ */

int glue_pending(JNIEnv *env)
{
    return (*env)->ExceptionCheck(env);
}

void glue_throw(JNIEnv *env, int status, const char *message)
{
    jobject error = glue_make(env, GLUE_ERROR, (jint)status, glue_bytes(env, message));
    if (error)
        (*env)->Throw(env, error);
}

void glue_check(JNIEnv *env, int status)
{
    if (status < 0)
        glue_throw(env, status, arny_last_error());
}

/* ---- to C -------------------------------------------------------------------------------------------------------- */

static void *allocate(JNIEnv *env, size_t count, size_t bytes)
{
    void *memory = calloc(count, bytes);
    if (!memory)
        glue_throw(env, ARNY_E_MEMORY, "no memory for what the library is told");
    return memory;
}

char *glue_text(JNIEnv *env, jbyteArray bytes)
{
    if (!bytes || glue_pending(env))
        return NULL;
    jsize length = (*env)->GetArrayLength(env, bytes);
    char *text = allocate(env, (size_t)length + 1, 1);
    if (text)
        (*env)->GetByteArrayRegion(env, bytes, 0, length, (jbyte *)text);
    return text;
}

char **glue_texts(JNIEnv *env, jobjectArray list, size_t *count)
{
    *count = 0;
    if (!list || glue_pending(env))
        return NULL;
    size_t length = (size_t)(*env)->GetArrayLength(env, list);
    char **texts = length ? allocate(env, length, sizeof *texts) : NULL;
    if (!texts)
        return NULL;
    for (; *count < length && !glue_pending(env); ++*count) {
        jbyteArray bytes = (*env)->GetObjectArrayElement(env, list, (jsize)*count);
        texts[*count] = glue_text(env, bytes);
        (*env)->DeleteLocalRef(env, bytes);
    }
    if (!glue_pending(env))
        return texts;
    glue_texts_free(texts, *count);
    *count = 0;
    return NULL;
}

void glue_texts_free(char **texts, size_t count)
{
    for (size_t i = 0; i < count; i++)
        free(texts[i]);
    free(texts);
}

arny_model_options glue_model_options(const char *engine, const char *tokenizer, const char *chat, jint context, jint batch,
                                      jint threads, jint gpu_layers, jboolean repack)
{
    arny_model_options options = ARNY_MODEL_OPTIONS_INIT;
    options.engine = engine;
    options.tokenizer = tokenizer;
    options.chat = chat;
    options.context = context;
    options.batch = batch;
    options.threads = threads;
    options.gpu_layers = gpu_layers;
    options.repack = repack;
    return options;
}

const arny_sampling *glue_sampling(JNIEnv *env, arny_sampling *out, jdoubleArray numbers, jlong seed)
{
    jdouble n[6] = {0};
    if (!numbers || glue_pending(env))
        return NULL;
    (*env)->GetDoubleArrayRegion(env, numbers, 0, 6, n);
    *out = (arny_sampling){.temperature = (float)n[0],
                           .top_k = (int32_t)n[1],
                           .top_p = (float)n[2],
                           .min_p = (float)n[3],
                           .repeat_penalty = (float)n[4],
                           .repeat_last = (int32_t)n[5],
                           .seed = (uint64_t)seed};
    return out;
}

int glue_progress(double progress, void *user_data)
{
    JNIEnv *env = user_data ? glue_env() : NULL;
    if (!env)
        return 0;
    jobject stop = glue_make(env, GLUE_PROGRESS, user_data, (jdouble)progress); /* an object, when it is to stop */
    int stopped = stop != NULL || glue_pending(env);
    (*env)->DeleteLocalRef(env, stop);
    return stopped;
}

/* ---- from C ------------------------------------------------------------------------------------------------------ */

jbyteArray glue_bytes(JNIEnv *env, const char *text)
{
    if (!text || glue_pending(env))
        return NULL;
    jsize length = (jsize)strlen(text);
    jbyteArray bytes = (*env)->NewByteArray(env, length);
    if (bytes)
        (*env)->SetByteArrayRegion(env, bytes, 0, length, (const jbyte *)text);
    return bytes;
}

jobjectArray glue_list(JNIEnv *env, size_t count)
{
    return glue_pending(env) ? NULL : (*env)->NewObjectArray(env, (jsize)count, byte_array, NULL);
}

void glue_list_set(JNIEnv *env, jobjectArray list, size_t index, const char *text)
{
    jbyteArray bytes = glue_bytes(env, text);
    if (glue_pending(env))
        return;
    (*env)->SetObjectArrayElement(env, list, (jsize)index, bytes);
    (*env)->DeleteLocalRef(env, bytes);
}

jlongArray glue_longs(JNIEnv *env, const jlong *numbers, size_t count)
{
    jlongArray array = glue_pending(env) ? NULL : (*env)->NewLongArray(env, (jsize)count);
    if (array)
        (*env)->SetLongArrayRegion(env, array, 0, (jsize)count, numbers);
    return array;
}

jobjectArray glue_scores(JNIEnv *env, jdoubleArray *shares, const arny_score *scores, size_t count)
{
    jobjectArray agents = glue_list(env, count);
    *shares = glue_pending(env) ? NULL : (*env)->NewDoubleArray(env, (jsize)count);
    for (size_t i = 0; i < count && !glue_pending(env); i++) {
        jdouble share = scores[i].p;
        (*env)->SetDoubleArrayRegion(env, *shares, (jsize)i, 1, &share);
        glue_list_set(env, agents, i, scores[i].agent);
    }
    return agents;
}
