/* session.c - arny/session.h. */
#include "glue.h"

static jlong open_session(JNIEnv *env, jclass native, jlong team, jbyteArray name, jint persist)
{
    (void)native;
    arny_session *session = NULL;
    char *n = glue_text(env, name);
    if (!glue_pending(env)) {
        arny_session_options options = ARNY_SESSION_OPTIONS_INIT;
        options.persist = persist;
        glue_check(env, arny_session_open_with(&session, GLUE_HANDLE(arny_team, team), n, &options));
    }
    free(n);
    return GLUE_NUMBER(session);
}

static void free_session(JNIEnv *env, jclass native, jlong session)
{
    (void)env, (void)native;
    arny_session_free(GLUE_HANDLE(arny_session, session));
}

static void drop(JNIEnv *env, jclass native, jlong session)
{
    (void)env, (void)native;
    arny_session_drop(GLUE_HANDLE(arny_session, session));
}

static jbyteArray name_of(JNIEnv *env, jclass native, jlong session)
{
    (void)native;
    return glue_bytes(env, arny_session_name(GLUE_HANDLE(arny_session, session)));
}

static jlong start(JNIEnv *env, jclass native, jlong session, jbyteArray text, jbyteArray agent, jint max_tokens,
                   jdoubleArray sampling, jlong seed)
{
    (void)native;
    arny_stream *stream = NULL;
    arny_sampling chosen;
    arny_ask_options options = ARNY_ASK_OPTIONS_INIT;
    char *t = glue_text(env, text), *a = glue_text(env, agent);
    options.agent = a;
    options.max_tokens = max_tokens;
    options.sampling = glue_sampling(env, &chosen, sampling, seed);
    if (!glue_pending(env))
        glue_check(env, arny_session_start(&stream, GLUE_HANDLE(arny_session, session), t, &options));
    free(t), free(a);
    return GLUE_NUMBER(stream);
}

static void cancel(JNIEnv *env, jclass native, jlong session)
{
    (void)env, (void)native;
    arny_session_cancel(GLUE_HANDLE(arny_session, session));
}

static void use(JNIEnv *env, jclass native, jlong session, jbyteArray agent)
{
    (void)native;
    char *a = glue_text(env, agent);
    if (!glue_pending(env))
        glue_check(env, arny_session_use(GLUE_HANDLE(arny_session, session), a));
    free(a);
}

static jbyteArray agent_of(JNIEnv *env, jclass native, jlong session)
{
    (void)native;
    return glue_bytes(env, arny_session_agent(GLUE_HANDLE(arny_session, session)));
}

/* ---- visits: what is found goes into a list of Kotlin's ---------------------------------------------------------- */

typedef struct visit {
    JNIEnv *env;
    jobject into;
} visit;

/* Non-zero stops, with an exception pending. */
static int on_turn(const arny_turn *turn, void *user_data)
{
    const visit *v = user_data;
    JNIEnv *env = v->env;
    if ((*env)->PushLocalFrame(env, 8) != JNI_OK)
        return 1;
    glue_make(env, GLUE_TURN, v->into, glue_bytes(env, turn->agent), glue_bytes(env, turn->user),
              glue_bytes(env, turn->reply));
    (*env)->PopLocalFrame(env, NULL);
    return glue_pending(env);
}

static int on_name(const char *name, void *user_data)
{
    const visit *v = user_data;
    JNIEnv *env = v->env;
    if ((*env)->PushLocalFrame(env, 4) != JNI_OK)
        return 1;
    glue_make(env, GLUE_NAME, v->into, glue_bytes(env, name));
    (*env)->PopLocalFrame(env, NULL);
    return glue_pending(env);
}

static void turns(JNIEnv *env, jclass native, jlong session, jobject into)
{
    (void)native;
    glue_check(env, arny_session_each_turn(GLUE_HANDLE(arny_session, session), on_turn, &(visit){env, into}));
}

static void names(JNIEnv *env, jclass native, jlong team, jobject into)
{
    (void)native;
    glue_check(env, arny_session_each(GLUE_HANDLE(arny_team, team), on_name, &(visit){env, into}));
}

static void clear(JNIEnv *env, jclass native, jlong session)
{
    (void)native;
    glue_check(env, arny_session_clear(GLUE_HANDLE(arny_session, session)));
}

static void forget(JNIEnv *env, jclass native, jlong team, jbyteArray name)
{
    (void)native;
    char *n = glue_text(env, name);
    if (!glue_pending(env))
        glue_check(env, arny_session_forget(GLUE_HANDLE(arny_team, team), n));
    free(n);
}

const JNINativeMethod glue_session_methods[] = {
    {"sessionOpen", "(J[BI)J", open_session},
    {"sessionFree", "(J)V", free_session},
    {"sessionDrop", "(J)V", drop},
    {"sessionName", "(J)[B", name_of},
    {"sessionStart", "(J[B[BI[DJ)J", start},
    {"sessionCancel", "(J)V", cancel},
    {"sessionUse", "(J[B)V", use},
    {"sessionAgent", "(J)[B", agent_of},
    {"sessionTurns", "(JLjava/lang/Object;)V", turns},
    {"sessionNames", "(JLjava/lang/Object;)V", names},
    {"sessionClear", "(J)V", clear},
    {"sessionForget", "(J[B)V", forget},
    {NULL, NULL, NULL},
};
