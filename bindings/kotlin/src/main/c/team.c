/* team.c - arny/team.h but for its agents (agent.c). */
#include "glue.h"
#include <string.h>

#define KEY_BYTES 32

/* ---- life -------------------------------------------------------------------------------------------------------- */

static jlong open_team(JNIEnv *env, jclass native, jbyteArray path, jbyteArray engine, jlong budget, jint threads,
                       jbyteArray language, jbyteArray state, jbyteArray key, jboolean watch)
{
    (void)native;
    arny_team *team = NULL;
    uint8_t secret[KEY_BYTES] = {0};
    char *p = glue_text(env, path), *e = glue_text(env, engine), *l = glue_text(env, language),
         *s = glue_text(env, state);
    if (key && !glue_pending(env)) /* of another length: an ArrayIndexOutOfBoundsException; Team.kt has looked before */
        (*env)->GetByteArrayRegion(env, key, 0, KEY_BYTES, (jbyte *)secret);
    if (!glue_pending(env)) {
        arny_team_options options = ARNY_TEAM_OPTIONS_INIT;
        options.engine = e;
        options.budget = budget;
        options.threads = threads;
        options.language = l;
        options.state = s;
        options.key = key ? secret : NULL;
        options.watch = watch;
        glue_check(env, arny_team_open(&team, p, &options));
    }
    memset(secret, 0, sizeof secret);
    free(p), free(e), free(l), free(s);
    return GLUE_NUMBER(team);
}

static jlong open_model(JNIEnv *env, jclass native, jbyteArray path, jbyteArray engine, jbyteArray tokenizer,
                        jbyteArray chat, jint context, jint batch, jint threads, jint gpu_layers, jboolean repack,
                        jbyteArray system)
{
    (void)native;
    arny_team *team = NULL;
    char *p = glue_text(env, path), *e = glue_text(env, engine), *t = glue_text(env, tokenizer),
         *c = glue_text(env, chat), *s = glue_text(env, system);
    if (!glue_pending(env)) {
        arny_model_options options = glue_model_options(e, t, c, context, batch, threads, gpu_layers, repack);
        glue_check(env, arny_team_open_model(&team, p, &options, s));
    }
    free(p), free(e), free(t), free(c), free(s);
    return GLUE_NUMBER(team);
}

static void free_team(JNIEnv *env, jclass native, jlong team)
{
    (void)env, (void)native;
    arny_team_free(GLUE_HANDLE(arny_team, team));
}

static void drop(JNIEnv *env, jclass native, jlong team)
{
    (void)env, (void)native;
    arny_team_drop(GLUE_HANDLE(arny_team, team));
}

static void warm(JNIEnv *env, jclass native, jlong team, jobject progress)
{
    (void)native;
    glue_check(env, arny_team_warm(GLUE_HANDLE(arny_team, team), glue_progress, progress));
}

/* ---- what is in it ----------------------------------------------------------------------------------------------- */

static jbyteArray plan(JNIEnv *env, jclass native, jlong team)
{
    (void)native;
    return glue_bytes(env, arny_team_plan(GLUE_HANDLE(arny_team, team)));
}

static jbyteArray engine_of(JNIEnv *env, jclass native, jlong team)
{
    (void)native;
    return glue_bytes(env, arny_team_engine(GLUE_HANDLE(arny_team, team)));
}

static jlong budget_of(JNIEnv *env, jclass native, jlong team)
{
    (void)env, (void)native;
    return arny_team_budget(GLUE_HANDLE(arny_team, team));
}

/* ---- routing ----------------------------------------------------------------------------------------------------- */

static jobject decision_of(JNIEnv *env, const arny_decision *decision)
{
    jdoubleArray shares;
    jobjectArray agents = glue_scores(env, &shares, arny_decision_scores(decision), arny_decision_count(decision));
    return glue_make(env, GLUE_DECISION, glue_bytes(env, arny_decision_agent(decision)),
                     arny_decision_confidence(decision), agents, shares, arny_decision_danger(decision),
                     arny_decision_ms(decision));
}

static jobject route(JNIEnv *env, jclass native, jlong team, jobjectArray turns)
{
    (void)native;
    arny_decision *decision = NULL;
    size_t count;
    char **texts = glue_texts(env, turns, &count);
    if (!glue_pending(env))
        glue_check(env,
                   arny_team_route_turns(&decision, GLUE_HANDLE(arny_team, team), (const char *const *)texts, count));
    jobject made = decision ? decision_of(env, decision) : NULL;
    arny_decision_free(decision);
    glue_texts_free(texts, count);
    return made;
}

/* ---- memory ------------------------------------------------------------------------------------------------------ */

#define MEMORY_COLUMNS   6 /* Make.memory knows their order */
#define ESTIMATE_COLUMNS 4 /* Make.estimate */

/* Room for so many rows of `bytes`: agents, and the gateway. */
static void *rows_for(JNIEnv *env, jlong team, size_t bytes, size_t *capacity)
{
    *capacity = arny_team_agent_count(GLUE_HANDLE(arny_team, team)) + 1;
    void *rows = calloc(*capacity, bytes);
    if (!rows)
        glue_throw(env, ARNY_E_MEMORY, "no memory for a row for each agent");
    return rows;
}

static jobject memory_of(JNIEnv *env, const arny_memory *total, const arny_agent_memory *rows, size_t count)
{
    jlong sums[] = {total->rss, total->anon, total->peak, total->budget, total->file, total->left};
    jlongArray totals = glue_longs(env, sums, sizeof sums / sizeof *sums);
    jobjectArray agents = glue_list(env, count), models = glue_list(env, count);
    jlongArray table = glue_pending(env) ? NULL : (*env)->NewLongArray(env, (jsize)(count * MEMORY_COLUMNS));
    for (size_t i = 0; i < count && !glue_pending(env); i++) {
        const arny_agent_memory *row = &rows[i];
        jlong numbers[MEMORY_COLUMNS] = {row->state,    row->weights,        row->context,
                                         row->snapshot, row->context_tokens, row->resident};
        (*env)->SetLongArrayRegion(env, table, (jsize)(i * MEMORY_COLUMNS), MEMORY_COLUMNS, numbers);
        glue_list_set(env, agents, i, row->agent);
        glue_list_set(env, models, i, row->model);
    }
    return glue_make(env, GLUE_MEMORY, totals, agents, models, table);
}

static jobject memory(JNIEnv *env, jclass native, jlong team)
{
    (void)native;
    jobject made = NULL;
    size_t capacity, count = 0;
    arny_agent_memory *rows = rows_for(env, team, sizeof *rows, &capacity);
    if (!rows)
        return NULL;
    arny_memory total = {.size = sizeof total};
    int status = arny_team_memory(&total, rows, capacity, &count, GLUE_HANDLE(arny_team, team));
    glue_check(env, status);
    if (!status)
        made = memory_of(env, &total, rows, count);
    free(rows);
    return made;
}

static jobject estimate_of(JNIEnv *env, const arny_team_estimate *total, const arny_agent_estimate *rows, size_t count)
{
    jlong sums[] = {total->peak, total->budget, total->fits};
    jlongArray totals = glue_longs(env, sums, sizeof sums / sizeof *sums);
    jobjectArray agents = glue_list(env, count);
    jlongArray table = glue_pending(env) ? NULL : (*env)->NewLongArray(env, (jsize)(count * ESTIMATE_COLUMNS));
    for (size_t i = 0; i < count && !glue_pending(env); i++) {
        jlong numbers[ESTIMATE_COLUMNS] = {rows[i].weights, rows[i].kv, rows[i].compute, rows[i].adapter};
        (*env)->SetLongArrayRegion(env, table, (jsize)(i * ESTIMATE_COLUMNS), ESTIMATE_COLUMNS, numbers);
        glue_list_set(env, agents, i, rows[i].agent);
    }
    return glue_make(env, GLUE_ESTIMATE, totals, agents, table);
}

static jobject estimate(JNIEnv *env, jclass native, jlong team)
{
    (void)native;
    jobject made = NULL;
    size_t capacity, count = 0;
    arny_agent_estimate *rows = rows_for(env, team, sizeof *rows, &capacity);
    if (!rows)
        return NULL;
    arny_team_estimate total = {.size = sizeof total};
    int status = arny_team_estimate_memory(&total, rows, capacity, &count, GLUE_HANDLE(arny_team, team));
    glue_check(env, status);
    if (!status)
        made = estimate_of(env, &total, rows, count);
    free(rows);
    return made;
}

static void pressure(JNIEnv *env, jclass native, jlong team, jint level)
{
    (void)native;
    glue_check(env, arny_team_pressure(GLUE_HANDLE(arny_team, team), level));
}

static void suspend(JNIEnv *env, jclass native, jlong team)
{
    (void)native;
    glue_check(env, arny_team_suspend(GLUE_HANDLE(arny_team, team)));
}

const JNINativeMethod glue_team_methods[] = {
    {"teamOpen", "([B[BJI[B[B[BZ)J", open_team},
    {"teamOpenModel", "([B[B[B[BIIIIZ[B)J", open_model},
    {"teamFree", "(J)V", free_team},
    {"teamDrop", "(J)V", drop},
    {"teamWarm", "(JLjava/lang/Object;)V", warm},
    {"teamPlan", "(J)[B", plan},
    {"teamEngine", "(J)[B", engine_of},
    {"teamBudget", "(J)J", budget_of},
    {"teamRoute", "(J[[B)Ljava/lang/Object;", route},
    {"teamMemory", "(J)Ljava/lang/Object;", memory},
    {"teamEstimate", "(J)Ljava/lang/Object;", estimate},
    {"teamPressure", "(JI)V", pressure},
    {"teamSuspend", "(J)V", suspend},
    {NULL, NULL, NULL},
};
