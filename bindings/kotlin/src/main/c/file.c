/* file.c - looks at model files, and makes new ones: arny/file.h. */
#include "glue.h"

static jobject info_of(JNIEnv *env, const arny_file_info *info)
{
    const char *words[] = {info->kind, info->architecture, info->name, info->quantization, info->chat};
    jlong numbers[] = {info->bytes, info->tensors,  info->parameters, info->context, info->embedding, info->layers,
                       info->heads, info->kv_heads, info->vocabulary, info->weights, info->tokens,    info->sealed};
    size_t count = sizeof words / sizeof *words;
    jobjectArray list = glue_list(env, count);
    for (size_t i = 0; i < count; i++)
        glue_list_set(env, list, i, words[i]);
    return glue_make(env, GLUE_FILE_INFO, list, glue_longs(env, numbers, sizeof numbers / sizeof *numbers));
}

static jobject inspect(JNIEnv *env, jclass native, jbyteArray path)
{
    (void)native;
    arny_file_info info = {.size = sizeof info};
    char *p = glue_text(env, path);
    if (!glue_pending(env))
        glue_check(env, arny_file_inspect(&info, p));
    free(p);
    return glue_pending(env) ? NULL : info_of(env, &info);
}

static void quantize(JNIEnv *env, jclass native, jbyteArray in, jbyteArray out, jbyteArray type, jint threads,
                     jobject progress)
{
    (void)native;
    char *i = glue_text(env, in), *o = glue_text(env, out), *t = glue_text(env, type);
    if (!glue_pending(env))
        glue_check(env, arny_file_quantize(i, o, t, threads, glue_progress, progress));
    free(i), free(o), free(t);
}

static void merge(JNIEnv *env, jclass native, jbyteArray base, jbyteArray adapter, jbyteArray out, jobject progress)
{
    (void)native;
    char *b = glue_text(env, base), *a = glue_text(env, adapter), *o = glue_text(env, out);
    if (!glue_pending(env))
        glue_check(env, arny_file_merge(b, a, o, glue_progress, progress));
    free(b), free(a), free(o);
}

const JNINativeMethod glue_file_methods[] = {
    {"fileInspect", "([B)Ljava/lang/Object;", inspect},
    {"fileQuantize", "([B[B[BILjava/lang/Object;)V", quantize},
    {"fileMerge", "([B[B[BLjava/lang/Object;)V", merge},
    {NULL, NULL, NULL},
};
