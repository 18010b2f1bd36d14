/* agent.c - the agents of a team: arny/team.h. */
#include "glue.h"

static jint count(JNIEnv *env, jclass native, jlong team)
{
    (void)env, (void)native;
    return (jint)arny_team_agent_count(GLUE_HANDLE(arny_team, team));
}

static jbyteArray name(JNIEnv *env, jclass native, jlong team, jint index)
{
    (void)native;
    return glue_bytes(env, arny_team_agent_name(GLUE_HANDLE(arny_team, team), (size_t)index));
}

static jbyteArray description(JNIEnv *env, jclass native, jlong team, jint index)
{
    (void)native;
    return glue_bytes(env, arny_team_agent_description(GLUE_HANDLE(arny_team, team), (size_t)index));
}

static void expect(JNIEnv *env, jclass native, jlong team, jbyteArray agent)
{
    (void)native;
    char *a = glue_text(env, agent);
    if (!glue_pending(env))
        glue_check(env, arny_team_expect(GLUE_HANDLE(arny_team, team), a));
    free(a);
}

static void pin(JNIEnv *env, jclass native, jlong team, jbyteArray agent, jboolean pinned)
{
    (void)native;
    char *a = glue_text(env, agent);
    if (!glue_pending(env))
        glue_check(env, arny_agent_pin(GLUE_HANDLE(arny_team, team), a, pinned));
    free(a);
}

static void preload(JNIEnv *env, jclass native, jlong team, jbyteArray agent, jobject progress)
{
    (void)native;
    char *a = glue_text(env, agent);
    if (!glue_pending(env))
        glue_check(env, arny_agent_preload(GLUE_HANDLE(arny_team, team), a, glue_progress, progress));
    free(a);
}

static void unload(JNIEnv *env, jclass native, jlong team, jbyteArray agent)
{
    (void)native;
    char *a = glue_text(env, agent);
    if (!glue_pending(env))
        glue_check(env, arny_agent_unload(GLUE_HANDLE(arny_team, team), a));
    free(a);
}

const JNINativeMethod glue_agent_methods[] = {
    {"agentCount", "(J)I", count},
    {"agentName", "(JI)[B", name},
    {"agentDescription", "(JI)[B", description},
    {"agentExpect", "(J[B)V", expect},
    {"agentPin", "(J[BZ)V", pin},
    {"agentPreload", "(J[BLjava/lang/Object;)V", preload},
    {"agentUnload", "(J[B)V", unload},
    {NULL, NULL, NULL},
};
