/*
 * glue.h - what the files here share. All names in them that are not static begin with glue_.
 *
 * How things cross
 *   text       as byte[] in UTF-8, never as a Java string: JNI's own UTF-8 is another one
 *   a handle   as long; 0 is NULL, which the library refuses
 *   an error   is thrown: glue_check()
 *   results    are made by static functions of org.arny.Make, which take and give only Java's own types; C knows no
 *              other class
 *
 * Nothing of JNI but ExceptionCheck may be called while an exception is pending. So whatever here needs JNI does
 * nothing then, and a function can be read as if nothing failed up to its glue_pending().
 */
#ifndef GLUE_H
#define GLUE_H

#include <arny/arny.h>
#include <jni.h>
#include <stdlib.h>

#define GLUE_HANDLE(type, number) ((type *)(intptr_t)(number))
#define GLUE_NUMBER(pointer)      ((jlong)(intptr_t)(pointer))

/* ---- JVM and threads --------------------------------------------------------------------------------------------- */

/* Of this thread, which may be one of the library's: it is attached until it ends. NULL: the JVM did not take it. */
JNIEnv *glue_env(void);

/* ---- errors ------------------------------------------------------------------------------------------------------ */

int glue_pending(JNIEnv *env);

/* Throws what a call of this thread has failed with, if `status` says that it did. */
void glue_check(JNIEnv *env, int status);
void glue_throw(JNIEnv *env, int status, const char *message);

/* ---- to C -------------------------------------------------------------------------------------------------------- */

/* A C string, to be given to free(); NULL for null, or with an exception pending. */
char *glue_text(JNIEnv *env, jbyteArray bytes);

/* `count` C strings, to be given to glue_texts_free(); NULL for none, or with an exception pending. */
char **glue_texts(JNIEnv *env, jobjectArray list, size_t *count);
void glue_texts_free(char **texts, size_t count);

/* Options of a model; the strings stay the caller's. */
arny_model_options glue_model_options(const char *engine, const char *tokenizer, const char *chat, jint context, jint batch,
                                      jint threads, jint gpu_layers, jboolean repack);

/* Fills *out from the numbers of org.arny.Sampling, and returns it; NULL for null. */
const arny_sampling *glue_sampling(JNIEnv *env, arny_sampling *out, jdoubleArray numbers, jlong seed);

/* An arny_progress_callback: user_data is an org.arny.Progress, or NULL. The library calls it on the thread that waits
 * for the work, where this reference is good. */
int glue_progress(double progress, void *user_data);

/* ---- from C: NULL with an exception pending, when something failed ----------------------------------------------- */

jbyteArray glue_bytes(JNIEnv *env, const char *text); /* NULL gives null */
jobjectArray glue_list(JNIEnv *env, size_t count);    /* of byte[] */
void glue_list_set(JNIEnv *env, jobjectArray list, size_t index, const char *text);
jlongArray glue_longs(JNIEnv *env, const jlong *numbers, size_t count);
/* The agents of scores, and their shares. */
jobjectArray glue_scores(JNIEnv *env, jdoubleArray *shares, const arny_score *scores, size_t count);
/* Throws where the event is an error. */
jobject glue_event(JNIEnv *env, const arny_event *event);

/* Static functions of org.arny.Make. */
enum glue_maker {
    GLUE_ERROR,
    GLUE_ROUTED,
    GLUE_SAFETY,
    GLUE_DROPPED,
    GLUE_LOADING,
    GLUE_READY,
    GLUE_TOKEN,
    GLUE_DONE,
    GLUE_END,
    GLUE_DECISION,
    GLUE_MEMORY,
    GLUE_ESTIMATE,
    GLUE_FILE_INFO,
    GLUE_TURN,
    GLUE_NAME,
    GLUE_LOG,
    GLUE_PROGRESS,
    GLUE_MAKERS
};

jobject glue_make(JNIEnv *env, enum glue_maker maker, ...);

/* ---- life -------------------------------------------------------------------------------------------------------- */

/* Each finds what it needs once, when the library is loaded. 0, or an exception is pending. */
int glue_env_load(JavaVM *vm);
int glue_values_load(JNIEnv *env);
int glue_make_load(JNIEnv *env);

/* The functions of org.arny.Native that each file has; they end with a NULL name. */
extern const JNINativeMethod glue_library_methods[], glue_team_methods[], glue_agent_methods[], glue_session_methods[],
    glue_model_methods[], glue_stream_methods[], glue_file_methods[];

#endif
