/* Who is open, who is parked, who is closed: within the budget, in the right order, and nothing is ever lost that the
 * rules say is kept. */
#include "engine/fake/fake.h"
#include "memory/residency.h"
#include "talk.h"
#include "tmp.h"

#define MB            1048576
#define SEATS_MAX     8
#define MODELS_MAX    4
#define CONTEXT       64                                        /* tokens */
#define HEAVY_CONTEXT "{'weights': 1048576, 'kv_bytes': 16384}" /* 1 MB of weights, and of KV at 64 tokens */

#define LONG   1024               /* tokens, of timelines that grow */
#define PLENTY ((int64_t)1 << 40) /* a budget that nothing exceeds */

static const char *folder;
static int32_t context_length = CONTEXT;

/* ---- helpers ---------------------------------------------------------------------------------------------------- */

typedef struct house {
    ar_residency *residency;
    ar_residency_model models[MODELS_MAX];
    ar_residency_seat seats[SEATS_MAX];
    size_t model_count, seat_count;
    ar_residency_rules rules;
    int from;
} house;

/* places: a letter a seat: the model's number, or p and its number for a pinned one: "001p2". */
static house make_house(const char *const *models, const char *places, ar_residency_rules rules)
{
    static const char *const names[SEATS_MAX] = {"ann", "bob", "cid", "dee", "eve", "fay", "gus", "hal"};
    static int number;
    house h = {.rules = rules};
    for (; models[h.model_count]; h.model_count++) {
        char name[32];
        snprintf(name, sizeof name, "m%d.fake", number++);
        h.models[h.model_count] = (ar_residency_model){
            .name = "model", .path = talk_model(folder, name, models[h.model_count]), .engine = "fake"};
    }
    for (; *places; places++) {
        int pinned = *places == 'p';
        places += pinned;
        h.seats[h.seat_count] = (ar_residency_seat){
            .name = names[h.seat_count],
            .model_name = "model",
            .model = (size_t)(*places - '0'),
            .context = {.length = context_length, .batch = 16, .outputs = 1, .threads = 1},
            .pinned = pinned,
        };
        h.seat_count++;
    }
    assert_status(ar_residency_new(&h.residency, h.models, h.model_count, h.seats, h.seat_count, &h.rules), ARNY_OK);
    ar_fake_counts_reset();
    return h;
}

static void leave_house(house *h)
{
    ar_residency_free(h->residency);
    talk_assert_nothing_is_open();
}

static int try_acquire(house *h, size_t seat, ar_timeline **out)
{
    ar_residency_want want = {.seat = seat};
    return ar_residency_acquire(out, &h->from, h->residency, &want);
}

static ar_timeline *acquire(house *h, size_t seat, int from)
{
    ar_timeline *timeline;
    assert_status(try_acquire(h, seat, &timeline), ARNY_OK);
    assert_int_equal(h->from, from);
    assert_ptr_equal(timeline, ar_residency_peek(h->residency, seat));
    return timeline;
}

/* Says something on a timeline; tells how much of it was there. */
static size_t say(ar_timeline *timeline, const char *text)
{
    int32_t tokens[LONG];
    size_t kept, prefilled, count = talk_tokens(tokens, LONG, text);
    assert_status(ar_timeline_prepare(timeline, tokens, count, &kept, &prefilled, NULL), ARNY_OK);
    return kept;
}

/* A letter a seat: Open, Parked, Closed; small with a snapshot. */
static const char *states(const house *h)
{
    static char text[SEATS_MAX + 1];
    arny_agent_memory rows[SEATS_MAX];
    ar_residency_report(rows, h->residency);
    for (size_t i = 0; i < h->seat_count; i++)
        text[i] = rows[i].snapshot > 0 ? "cpo"[rows[i].state] : "CPO"[rows[i].state];
    text[h->seat_count] = '\0';
    return text;
}

static const char *const one[] = {HEAVY_CONTEXT, NULL};
static const char *const three[] = {HEAVY_CONTEXT, HEAVY_CONTEXT, HEAVY_CONTEXT, NULL};

/* Of one heavy context, exactly. */
static int64_t context_bytes(void)
{
    house h = make_house(one, "0", (ar_residency_rules){0});
    arny_agent_estimate row;
    int64_t peak, least;
    assert_status(ar_residency_estimate(&row, &peak, &least, h.residency), ARNY_OK);
    ar_residency_free(h.residency);
    return row.kv + row.compute;
}

/* ---- states ----------------------------------------------------------------------------------------------------- */

static void a_seat_is_closed_then_hot(void **state)
{
    (void)state;
    house h = make_house(three, "01", (ar_residency_rules){0});
    assert_string_equal(states(&h), "CC");
    assert_null(ar_residency_peek(h.residency, 0));
    acquire(&h, 0, ARNY_FROM_CLOSED);
    assert_string_equal(states(&h), "OC");
    acquire(&h, 0, ARNY_FROM_HOT);
    acquire(&h, 1, ARNY_FROM_CLOSED);
    acquire(&h, 0, ARNY_FROM_HOT);
    assert_string_equal(states(&h), "OO");
    leave_house(&h);
}

static void seats_of_one_model_share_it(void **state)
{
    ar_fake_counts counts;
    (void)state;
    house h = make_house(one, "000", (ar_residency_rules){0});
    acquire(&h, 0, ARNY_FROM_CLOSED);
    assert_string_equal(states(&h), "OPP");
    acquire(&h, 1, ARNY_FROM_PARKED);
    acquire(&h, 2, ARNY_FROM_PARKED);
    ar_fake_counts_get(&counts);
    assert_int_equal(counts.opens, 1);
    assert_int_equal(counts.contexts, 3);
    leave_house(&h);
}

/* Room for one heavy model with its context, and a little more. */
static int64_t tight(void)
{
    return MB + context_bytes() + MB / 2;
}

static void under_a_tight_budget_a_switch_parks_the_other(void **state)
{
    ar_fake_counts counts;
    (void)state;
    house h = make_house(three, "0012", (ar_residency_rules){.budget = tight(), .snapshots = 1});
    say(acquire(&h, 0, ARNY_FROM_CLOSED), "hello");
    acquire(&h, 2, ARNY_FROM_CLOSED);
    assert_string_equal(states(&h), "pPOC");
    acquire(&h, 3, ARNY_FROM_CLOSED);
    assert_string_equal(states(&h), "pPPO"); /* nothing was said at seat 2, so nothing is kept */
    assert_int_equal(say(acquire(&h, 0, ARNY_FROM_PARKED), "hello you"), 5);
    assert_string_equal(states(&h), "OPPP");
    ar_fake_counts_get(&counts);
    assert_int_equal(counts.opens, 3);
    assert_int_equal(counts.parks, 3);
    assert_int_equal(counts.resumes, 1);
    assert_int_equal(counts.restores, 1);
    assert_true(counts.bytes_peak <= tight());
    leave_house(&h);
}

/* Pages cost less than a context: they go first, and the context stays when that is enough. */
static void pages_go_before_contexts(void **state)
{
    ar_fake_counts counts;
    (void)state;
    house h =
        make_house(three, "01", (ar_residency_rules){.budget = MB + 2 * context_bytes() + MB / 4, .snapshots = 1});
    say(acquire(&h, 0, ARNY_FROM_CLOSED), "hello");
    acquire(&h, 1, ARNY_FROM_CLOSED);
    assert_string_equal(states(&h), "PO"); /* its context is there, without a snapshot */
    ar_fake_counts_get(&counts);
    assert_int_equal(counts.contexts, 2);
    assert_int_equal(say(acquire(&h, 0, ARNY_FROM_PARKED), "hello you"), 5);
    ar_fake_counts_get(&counts);
    assert_int_equal(counts.restores, 0);
    assert_int_equal(counts.opens, 2);
    leave_house(&h);
}

static void a_model_that_cannot_be_parked_is_closed(void **state)
{
    static const char *const models[] = {"{'weights': 1048576, 'kv_bytes': 16384, 'fail': {'park': true}}",
                                         HEAVY_CONTEXT, NULL};
    (void)state;
    house h = make_house(models, "01", (ar_residency_rules){.budget = tight(), .snapshots = 1});
    say(acquire(&h, 0, ARNY_FROM_CLOSED), "hello");
    acquire(&h, 1, ARNY_FROM_CLOSED);
    assert_string_equal(states(&h), "cO");
    assert_int_equal(say(acquire(&h, 0, ARNY_FROM_CLOSED), "hello you"), 5);
    leave_house(&h);
}

/* Of agents that share a model, whoever is asked gets the context of the one that would have to give it up, and its own KV. */
static void a_context_changes_hands(void **state)
{
    (void)state;
    house h = make_house(three, "00", (ar_residency_rules){.snapshots = 1});
    leave_house(&h);
    char *lora = fake_adapter(folder, "lora.fake", "{\"say\": []}");
    h.seats[1].adapter = lora;
    h.rules = (ar_residency_rules){.budget = tight(), .snapshots = 1};
    assert_status(ar_residency_new(&h.residency, h.models, 2, h.seats, 2, &h.rules), ARNY_OK);
    ar_timeline *first = acquire(&h, 0, ARNY_FROM_CLOSED);
    say(first, "hello");
    const arny_engine_context *context = first->context;
    ar_timeline *second = acquire(&h, 1, ARNY_FROM_PARKED);
    assert_ptr_equal(second->context, context);
    assert_int_equal(say(second, "hello you"), 0); /* nothing of what the other one said */
    first = acquire(&h, 0, ARNY_FROM_PARKED);
    assert_ptr_equal(first->context, context);
    assert_int_equal(say(first, "hello there"), 5);
    assert_int_equal(say(acquire(&h, 1, ARNY_FROM_PARKED), "hello you too"), 9);
    leave_house(&h);
    free(lora);
}

/* What opening takes for a moment is in the budget too; the context comes when that is free again. */
static void opening_may_take_more_than_what_stays(void **state)
{
    static const char *const models[] = {"{'weights': 1048576, 'kv_bytes': 16384}",
                                         "{'weights': 1048576, 'parked': 524288, 'opening': 2097152, 'kv_bytes': 1024}",
                                         NULL};
    ar_fake_counts counts;
    ar_timeline *timeline;
    arny_agent_estimate rows[2];
    int64_t peak, least;
    (void)state;
    for (int less = 0; less < 2; less++) {
        house h = make_house(models, "01", (ar_residency_rules){.budget = 3 * MB - less, .snapshots = 1});
        acquire(&h, 0, ARNY_FROM_CLOSED);
        assert_status(ar_residency_estimate(rows, &peak, &least, h.residency), ARNY_OK);
        assert_int_equal(least, 3 * MB);
        assert_status(try_acquire(&h, 1, &timeline), less ? ARNY_E_BUDGET : ARNY_OK);
        assert_string_equal(states(&h), less ? "OC" : "PO");
        ar_fake_counts_get(&counts);
        assert_true(counts.bytes_peak <= 3 * MB - less);
        leave_house(&h);
    }
}

static void a_parked_model_whose_file_has_changed_is_opened_anew(void **state)
{
    ar_fake_counts counts;
    ar_timeline *timeline;
    (void)state;
    house h = make_house(three, "01", (ar_residency_rules){.budget = tight(), .snapshots = 1});
    say(acquire(&h, 0, ARNY_FROM_CLOSED), "hello");
    acquire(&h, 1, ARNY_FROM_CLOSED);
    remove(h.models[0].path);
    talk_model(folder, ar_path_base(h.models[0].path), HEAVY_CONTEXT);       /* the same words in another file */
    assert_int_equal(say(acquire(&h, 0, ARNY_FROM_CLOSED), "hello you"), 0); /* KV of the old file is not used */
    ar_fake_counts_get(&counts);
    assert_int_equal(counts.opens, 3);
    acquire(&h, 1, ARNY_FROM_PARKED);
    remove(h.models[0].path);
    assert_status(try_acquire(&h, 0, &timeline), ARNY_E_NOT_FOUND);
    assert_string_equal(states(&h), "CP");
    leave_house(&h);
}

static void a_pinned_seat_stays(void **state)
{
    ar_fake_counts counts;
    (void)state;
    house h = make_house(three, "01p2", (ar_residency_rules){.budget = tight() + MB + context_bytes(), .snapshots = 1});
    ar_timeline *pinned = acquire(&h, 2, ARNY_FROM_CLOSED);
    for (int i = 0; i < 3; i++) {
        acquire(&h, 0, i ? ARNY_FROM_PARKED : ARNY_FROM_CLOSED);
        assert_ptr_equal(acquire(&h, 2, ARNY_FROM_HOT), pinned);
        acquire(&h, 1, i ? ARNY_FROM_PARKED : ARNY_FROM_CLOSED);
        assert_ptr_equal(acquire(&h, 2, ARNY_FROM_HOT), pinned);
    }
    ar_fake_counts_get(&counts);
    assert_int_equal(counts.opens, 3);
    leave_house(&h);
}

static void pinning_and_unloading_are_for_the_app(void **state)
{
    (void)state;
    house h = make_house(three, "011", (ar_residency_rules){.budget = tight(), .snapshots = 1});
    ar_timeline *timeline;
    say(acquire(&h, 0, ARNY_FROM_CLOSED), "hello");
    ar_residency_pin(h.residency, 0, 1);
    assert_status(try_acquire(&h, 1, &timeline), ARNY_E_BUDGET);
    assert_string_equal(states(&h), "OCC");
    ar_residency_pin(h.residency, 0, 0);
    acquire(&h, 1, ARNY_FROM_CLOSED);
    assert_string_equal(states(&h), "pOP");
    ar_residency_unload(h.residency, 0);
    assert_string_equal(states(&h), "cOP");
    ar_residency_unload(h.residency, 2); /* another seat is live on that model */
    assert_string_equal(states(&h), "cOP");
    ar_residency_unload(h.residency, 1);
    assert_string_equal(states(&h), "cCC");
    leave_house(&h);
}

static void pressure_spares_the_speaker(void **state)
{
    (void)state;
    house h = make_house(three, "012p1", (ar_residency_rules){.snapshots = 1});
    for (size_t i = 0; i < 4; i++)
        say(acquire(&h, (i + 3) % 4,
                    i == 0   ? ARNY_FROM_CLOSED
                    : i == 2 ? ARNY_FROM_PARKED
                             : ARNY_FROM_CLOSED),
            "hello");
    assert_string_equal(states(&h), "OOOO");
    ar_residency_relieve(h.residency, ARNY_PRESSURE_LOW);
    assert_string_equal(states(&h), "ppOO");
    ar_residency_relieve(h.residency, ARNY_PRESSURE_CRITICAL);
    assert_string_equal(states(&h), "CCOC");
    assert_int_equal(say(acquire(&h, 0, ARNY_FROM_CLOSED), "hello"), 0);
    leave_house(&h);
}

/* ---- owners ----------------------------------------------------------------------------------------------------- */

static size_t say_as(house *h, size_t seat, const ar_owner *owner, const char *text)
{
    ar_timeline *timeline;
    ar_residency_want want = {.seat = seat, .owner = owner};
    assert_status(ar_residency_acquire(&timeline, &h->from, h->residency, &want), ARNY_OK);
    return say(timeline, text);
}

static void each_owner_has_a_timeline_of_its_own(void **state)
{
    static const ar_owner anna = {.id = 1, .keep = AR_KEEP_MEMORY}, ben = {.id = 2, .keep = AR_KEEP_MEMORY},
                          cleo = {.id = 3, .keep = AR_KEEP_NOTHING};
    (void)state;
    house h = make_house(one, "0", (ar_residency_rules){.snapshots = 1});
    assert_int_equal(say_as(&h, 0, &anna, "hello anna"), 0);
    assert_int_equal(say_as(&h, 0, &ben, "hello ben"), 0); /* nothing of hers is in what is his */
    assert_int_equal(say_as(&h, 0, &anna, "hello anna, again"), 10);
    assert_int_equal(say_as(&h, 0, &cleo, "hello"), 0);
    assert_int_equal(say_as(&h, 0, &ben, "hello ben, again"), 9);
    assert_int_equal(say_as(&h, 0, &cleo, "hello"), 0);
    ar_residency_leave(h.residency, &ben);
    assert_int_equal(say_as(&h, 0, &ben, "hello ben, again"), 0);
    assert_int_equal(say_as(&h, 0, &anna, "hello anna, again!"), 17);
    assert_status(ar_residency_forget(h.residency, &anna), ARNY_OK);
    assert_string_equal(states(&h), "p"); /* ben's snapshot */
    assert_int_equal(say_as(&h, 0, &anna, "hello anna, again!"), 0);
    leave_house(&h);
}

static ar_timeline *acquire_long(house *h, size_t seat, size_t length, int from)
{
    ar_timeline *timeline;
    ar_residency_want want = {.seat = seat, .length = length};
    assert_status(ar_residency_acquire(&timeline, &h->from, h->residency, &want), ARNY_OK);
    assert_int_equal(h->from, from);
    return timeline;
}

static void a_timeline_is_as_long_as_it_has_to_be(void **state)
{
    char text[401];
    (void)state;
    context_length = LONG;
    house h = make_house(one, "00", (ar_residency_rules){.budget = PLENTY, .snapshots = 1});
    context_length = CONTEXT;
    memset(text, 'x', 400);
    text[400] = '\0';
    ar_timeline *timeline = acquire_long(&h, 0, 100, ARNY_FROM_CLOSED);
    assert_int_equal(timeline->capacity, 256);
    say(timeline, "hello");
    int64_t bytes = ar_residency_bytes(h.residency);
    timeline = acquire_long(&h, 0, 257, ARNY_FROM_HOT); /* another one, and what was said is there */
    assert_int_equal(timeline->capacity, 512);
    assert_string_equal(talk_text(timeline), "hello");
    assert_true(ar_residency_bytes(h.residency) > bytes);
    say(timeline, text);
    assert_int_equal(acquire_long(&h, 0, 1, ARNY_FROM_HOT)->capacity, 512);
    ar_residency_relieve(h.residency, ARNY_PRESSURE_LOW);
    acquire_long(&h, 1, 0, ARNY_FROM_PARKED);
    ar_residency_unload(h.residency, 0);
    timeline = acquire_long(&h, 0, 1, ARNY_FROM_PARKED); /* for what waits as a snapshot there is room too */
    assert_int_equal(timeline->capacity, 512);
    assert_int_equal(say(timeline, text), 399);
    assert_int_equal(acquire_long(&h, 0, 513, ARNY_FROM_HOT)->capacity, LONG); /* past the half: all */
    assert_int_equal(acquire_long(&h, 0, 5000, ARNY_FROM_HOT)->capacity, LONG);
    assert_int_equal(acquire_long(&h, 1, 3, ARNY_FROM_HOT)->capacity, LONG); /* it stays as long as it is */
    leave_house(&h);
}

static void without_a_budget_nothing_has_to_grow(void **state)
{
    (void)state;
    context_length = LONG;
    house h = make_house(one, "0", (ar_residency_rules){.snapshots = 1});
    context_length = CONTEXT;
    assert_int_equal(acquire_long(&h, 0, 1, ARNY_FROM_CLOSED)->capacity, LONG);
    leave_house(&h);
}

/* What cannot become as long as it may be is refused at the beginning, not in the middle of a conversation. */
static void what_could_not_grow_is_refused_at_once(void **state)
{
    ar_timeline *timeline;
    arny_agent_estimate row;
    int64_t peak, least;
    (void)state;
    context_length = LONG;
    house h = make_house(one, "0", (ar_residency_rules){0});
    assert_status(ar_residency_estimate(&row, &peak, &least, h.residency), ARNY_OK);
    leave_house(&h);
    for (int less = 0; less < 2; less++) {
        h = make_house(one, "0", (ar_residency_rules){.budget = least - less});
        ar_residency_want want = {.seat = 0, .length = 10};
        assert_status(ar_residency_acquire(&timeline, &h.from, h.residency, &want), less ? ARNY_E_BUDGET : ARNY_OK);
        leave_house(&h);
    }
    context_length = CONTEXT;
}

static void a_role_prompt_is_prefilled_once(void **state)
{
    static const ar_owner anna = {.id = 1, .keep = AR_KEEP_MEMORY}, ben = {.id = 2, .keep = AR_KEEP_MEMORY};
    ar_timeline *timeline;
    ar_fake_counts counts;
    int32_t tokens[CONTEXT];
    size_t prefilled;
    (void)state;
    house h = make_house(one, "0", (ar_residency_rules){.snapshots = 1});
    size_t count = talk_tokens(tokens, CONTEXT, "you are kind");
    for (int i = 0; i < 4; i++) {
        ar_residency_want want = {.seat = 0, .owner = i % 2 ? &ben : &anna};
        assert_status(ar_residency_acquire(&timeline, &h.from, h.residency, &want), ARNY_OK);
        if (timeline->tokens.len == 0)
            assert_status(ar_residency_begin(&prefilled, h.residency, 0, tokens, count, NULL), ARNY_OK);
        assert_int_equal(say(timeline, "you are kind!"), 12);
    }
    ar_fake_counts_get(&counts);
    assert_int_equal(counts.prefilled, 12 + 4);
    leave_house(&h);
}

static void without_snapshots_a_closed_seat_forgets(void **state)
{
    ar_fake_counts counts;
    (void)state;
    house h = make_house(three, "01", (ar_residency_rules){.budget = tight()});
    say(acquire(&h, 0, ARNY_FROM_CLOSED), "hello");
    acquire(&h, 1, ARNY_FROM_CLOSED);
    assert_string_equal(states(&h), "PO");
    assert_int_equal(say(acquire(&h, 0, ARNY_FROM_PARKED), "hello"), 0);
    ar_fake_counts_get(&counts);
    assert_int_equal(counts.restores, 0);
    leave_house(&h);
}

static void a_snapshot_that_does_not_restore_means_a_prefill(void **state)
{
    static const char *const models[] = {"{'weights': 1048576, 'kv_bytes': 16384, 'fail': {'restore': true}}",
                                         "{'weights': 1048576, 'kv_bytes': 16384, 'fail': {'save': true}}", NULL};
    (void)state;
    house h = make_house(models, "01", (ar_residency_rules){.budget = tight(), .snapshots = 1});
    say(acquire(&h, 0, ARNY_FROM_CLOSED), "hello");
    say(acquire(&h, 1, ARNY_FROM_CLOSED), "hello");
    assert_int_equal(say(acquire(&h, 0, ARNY_FROM_PARKED), "hello"), 0);
    assert_string_equal(states(&h), "OP");
    assert_int_equal(say(acquire(&h, 1, ARNY_FROM_PARKED), "hello"), 0);
    leave_house(&h);
}

/* ---- budget ----------------------------------------------------------------------------------------------------- */

static void who_was_idle_longest_is_parked_first(void **state)
{
    (void)state;
    /* three contexts and a short snapshot fit, four contexts do not */
    house h =
        make_house(one, "0000", (ar_residency_rules){.snapshots = 1, .budget = MB + 4 * context_bytes() - MB / 2});
    say(acquire(&h, 0, ARNY_FROM_CLOSED), "aaaa");
    say(acquire(&h, 1, ARNY_FROM_PARKED), "bbbb");
    say(acquire(&h, 2, ARNY_FROM_PARKED), "cccc");
    acquire(&h, 0, ARNY_FROM_HOT);
    assert_string_equal(states(&h), "OOOP");
    say(acquire(&h, 3, ARNY_FROM_PARKED), "dddd");
    assert_string_equal(states(&h), "OpOO");
    assert_int_equal(say(acquire(&h, 1, ARNY_FROM_PARKED), "bbbbx"), 4);
    assert_string_equal(states(&h), "OOpO");
    leave_house(&h);
}

static void the_model_that_was_idle_longest_is_closed_first(void **state)
{
    (void)state;
    house h = make_house(three, "012", (ar_residency_rules){.budget = 3 * MB + context_bytes() - MB / 2});
    acquire(&h, 1, ARNY_FROM_CLOSED);
    acquire(&h, 0, ARNY_FROM_CLOSED);
    acquire(&h, 2, ARNY_FROM_CLOSED); /* both give their pages, and then one its context */
    assert_string_equal(states(&h), "PPO");
    arny_agent_memory rows[3];
    ar_residency_report(rows, h.residency);
    assert_true(rows[0].context > 0 && rows[1].context == 0);
    leave_house(&h);
}

static void the_oldest_snapshots_go_last(void **state)
{
    (void)state;
    /* one context fits beside the weights, and less than two snapshots of 40 tokens at 16 KB */
    char forty[41];
    memset(forty, 'x', 40);
    forty[40] = '\0';
    house h = make_house(one, "000", (ar_residency_rules){.snapshots = 1, .budget = MB + context_bytes() + MB});
    say(acquire(&h, 0, ARNY_FROM_CLOSED), forty);
    say(acquire(&h, 1, ARNY_FROM_PARKED), forty);
    assert_string_equal(states(&h), "pOP");
    say(acquire(&h, 2, ARNY_FROM_PARKED), forty);
    assert_string_equal(states(&h), "PpO"); /* the snapshot of seat 0 made place for that of seat 1 */
    assert_int_equal(say(acquire(&h, 1, ARNY_FROM_PARKED), forty), 39);
    leave_house(&h);
}

static void what_cannot_fit_is_refused_and_nobody_loses_anything(void **state)
{
    static const char *const models[] = {"{'weights': 1048576}", "{'weights': 10485760}", NULL};
    ar_timeline *timeline;
    (void)state;
    house h = make_house(models, "001p0", (ar_residency_rules){.snapshots = 1, .budget = 8 * MB});
    acquire(&h, 3, ARNY_FROM_CLOSED);
    say(acquire(&h, 0, ARNY_FROM_PARKED), "hello");
    acquire(&h, 1, ARNY_FROM_PARKED);
    assert_status(try_acquire(&h, 2, &timeline), ARNY_E_BUDGET);
    assert_null(timeline);
    assert_error("cid needs 11 MB beside the 2 MB that must stay, and the budget is 8 MB: a budget of 12 MB would do, "
                 "or a smaller context");
    assert_string_equal(states(&h), "OOCO");
    acquire(&h, 0, ARNY_FROM_HOT);
    leave_house(&h);
}

static void a_budget_of_least_is_enough_and_one_byte_less_is_not(void **state)
{
    static const char *const plans[] = {"0000", "012", "012p0", "000p0", "01p2"};
    (void)state;
    for (size_t i = 0; i < sizeof plans / sizeof *plans; i++)
        for (int less = 0; less < 2; less++) {
            arny_agent_estimate rows[SEATS_MAX];
            int64_t peak, least;
            ar_residency_rules rules = {.snapshots = 1};
            house h = make_house(three, plans[i], rules);
            assert_status(ar_residency_estimate(rows, &peak, &least, h.residency), ARNY_OK);
            leave_house(&h);
            rules.budget = least - less;
            h = make_house(three, plans[i], rules);
            int refused = 0;
            for (size_t round = 0; round < 2 * h.seat_count; round++) { /* the pinned one first */
                ar_timeline *timeline;
                size_t seat = (h.seat_count - 1 + round) % h.seat_count;
                int status = try_acquire(&h, seat, &timeline);
                refused |= status == ARNY_E_BUDGET;
                assert_true(status == 0 || status == ARNY_E_BUDGET);
                assert_true(ar_residency_bytes(h.residency) <= rules.budget);
            }
            assert_int_equal(refused, less);
            leave_house(&h);
        }
}

/* ---- estimate, report ------------------------------------------------------------------------------------------- */

static void an_estimate_tells_peak_and_least(void **state)
{
    arny_agent_estimate rows[4];
    int64_t peak, least, context = context_bytes();
    (void)state;
    house h = make_house(three, "001p2", (ar_residency_rules){0});
    assert_status(ar_residency_estimate(rows, &peak, &least, h.residency), ARNY_OK);
    for (size_t i = 0; i < 4; i++) {
        assert_string_equal(rows[i].agent, h.seats[i].name);
        assert_int_equal(rows[i].weights, MB);
        assert_int_equal(rows[i].kv + rows[i].compute, context);
        assert_int_equal(rows[i].kv, MB);
        assert_int_equal(rows[i].adapter, 0);
    }
    assert_int_equal(peak, 3 * MB + 4 * context);
    assert_int_equal(least, 2 * MB + 2 * context);
    leave_house(&h);

    h = make_house(three, "001p2", (ar_residency_rules){.budget = 6 * MB});
    assert_status(ar_residency_estimate(rows, &peak, &least, h.residency), ARNY_OK);
    assert_int_equal(peak, 6 * MB);
    leave_house(&h);

    h = make_house(three, "001p2", (ar_residency_rules){.budget = MB});
    assert_status(ar_residency_estimate(rows, &peak, &least, h.residency), ARNY_OK);
    assert_int_equal(peak, least);
    leave_house(&h);
}

static void an_estimate_of_a_missing_file_is_an_error(void **state)
{
    arny_agent_estimate rows[1];
    int64_t peak, least;
    ar_timeline *timeline;
    (void)state;
    house h = make_house(one, "0", (ar_residency_rules){0});
    char *text = test_read(h.models[0].path, NULL);
    remove(h.models[0].path);
    assert_status(ar_residency_estimate(rows, &peak, &least, h.residency), ARNY_E_NOT_FOUND);
    assert_status(try_acquire(&h, 0, &timeline), ARNY_E_NOT_FOUND);
    assert_null(timeline);
    test_write(h.models[0].path, text, strlen(text));
    free(text);
    acquire(&h, 0, ARNY_FROM_CLOSED); /* it is there now */
    leave_house(&h);
}

static void a_report_tells_bytes(void **state)
{
    arny_agent_memory rows[2];
    (void)state;
    house h = make_house(three, "01", (ar_residency_rules){.budget = tight(), .snapshots = 1});
    say(acquire(&h, 0, ARNY_FROM_CLOSED), "hello");
    acquire(&h, 0, ARNY_FROM_HOT); /* a report is of the last acquire */
    ar_residency_report(rows, h.residency);
    assert_string_equal(rows[0].agent, "ann");
    assert_string_equal(rows[0].model, "model");
    assert_int_equal(rows[0].weights, MB);
    assert_int_equal(rows[0].context, context_bytes());
    assert_int_equal(rows[0].context_tokens, 5);
    assert_int_equal(rows[0].snapshot, 0);
    assert_int_equal(rows[1].weights, 0);
    acquire(&h, 1, ARNY_FROM_CLOSED);
    ar_residency_report(rows, h.residency);
    assert_int_equal(rows[0].state, ARNY_STATE_PARKED);
    assert_int_equal(rows[0].weights, 0); /* this fake keeps nothing when it is parked */
    assert_int_equal(rows[0].context, 0);
    assert_int_equal(rows[0].context_tokens, 0);
    assert_true(rows[0].snapshot >= 5 * 16384);
    assert_int_equal(ar_residency_bytes(h.residency), MB + context_bytes() + rows[0].snapshot);
    leave_house(&h);
}

/* ---- when it goes wrong ----------------------------------------------------------------------------------------- */

static void a_model_that_does_not_open_leaves_the_rest_working(void **state)
{
    static const char *const models[] = {HEAVY_CONTEXT, "{'fail': {'open': 'data'}}", "{'fail': {'context': 'memory'}}",
                                         NULL};
    ar_timeline *timeline;
    (void)state;
    house h = make_house(models, "012", (ar_residency_rules){.budget = tight(), .snapshots = 1});
    say(acquire(&h, 0, ARNY_FROM_CLOSED), "hello");
    assert_status(try_acquire(&h, 1, &timeline), ARNY_E_DATA);
    assert_null(timeline);
    assert_string_equal(states(&h), "PCC");
    assert_status(try_acquire(&h, 2, &timeline), ARNY_E_MEMORY);
    assert_null(timeline);
    assert_int_equal(say(acquire(&h, 0, ARNY_FROM_PARKED), "hello!"), 5);
    leave_house(&h);
}

static int stop_loading(const char *model, double progress, void *data)
{
    assert_string_equal(model, "model");
    *(double *)data = progress;
    return progress > 0.3;
}

static void loading_can_be_stopped(void **state)
{
    ar_timeline *timeline;
    double progress = -1;
    (void)state;
    house h = make_house(one, "0", (ar_residency_rules){0});
    ar_residency_want want = {.seat = 0, .progress = stop_loading, .data = &progress};
    assert_status(ar_residency_acquire(&timeline, &h.from, h.residency, &want), ARNY_E_CANCELLED);
    assert_null(timeline);
    assert_true(progress > 0.3 && progress < 0.5);
    assert_string_equal(states(&h), "C");
    acquire(&h, 0, ARNY_FROM_CLOSED);
    leave_house(&h);
}

static void adapters_are_loaded_once_for_each_opening(void **state)
{
    (void)state;
    house h = make_house(three, "00", (ar_residency_rules){0});
    leave_house(&h);
    char *lora = fake_adapter(folder, "lora.fake", "{\"say\": []}");
    h.seats[0].adapter = lora;
    h.seats[1].model = 1;
    h.rules = (ar_residency_rules){.snapshots = 1};
    assert_status(ar_residency_new(&h.residency, h.models, 2, h.seats, 2, &h.rules), ARNY_OK);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(say(acquire(&h, 0, ARNY_FROM_CLOSED), "hello"), i ? 4 : 0);
        ar_residency_unload(h.residency, 0);
    }
    leave_house(&h);
    free(lora);
}

/* ---- anything in any order -------------------------------------------------------------------------------------- */

#define OWNERS  3
#define OPENING 200000 /* bytes, of the first model */

typedef struct witness { /* what must be true, kept beside the residency */
    house *h;
    unsigned seed;
    char said[OWNERS][SEATS_MAX][LONG + 1]; /* by each owner at each seat, last */
    int replaced[MODELS_MAX];               /* 1: the file is not the one that was opened */
    int lossy;                              /* 1: there were reasons to lose something */
    int64_t weights[MODELS_MAX], contexts[SEATS_MAX];
} witness;

static const ar_owner owners[OWNERS] = {
    {.id = 1, .keep = AR_KEEP_MEMORY}, {.id = 2, .keep = AR_KEEP_MEMORY}, {.id = 3, .keep = AR_KEEP_NOTHING}};

static size_t below(witness *w, size_t most)
{
    return (size_t)rand_r(&w->seed) % most;
}

static int is_pinned_model(const house *h, size_t model)
{
    for (size_t i = 0; i < h->seat_count; i++)
        if (h->seats[i].pinned && h->seats[i].model == model)
            return 1;
    return 0;
}

/* The least that has to be there at once with this seat live, whose model is opened for that, or is open. */
static int64_t least_with(const witness *w, size_t seat, const arny_agent_memory *rows, int opened)
{
    const house *h = w->h;
    size_t own = h->seats[seat].model, counted = 0;
    int64_t bytes = w->weights[own] + w->contexts[seat];
    if (own == 0 && opened && OPENING > w->contexts[seat])
        bytes = w->weights[own] + OPENING; /* before there is a context */
    for (size_t i = 0; i < h->seat_count; i++) {
        size_t model = h->seats[i].model;
        if (i != seat && h->seats[i].pinned)
            bytes += rows[i].context;
        if (model != own && is_pinned_model(h, model) && !(counted & (size_t)1 << model))
            bytes += rows[i].weights;
        counted |= (size_t)1 << model;
    }
    return bytes;
}

/* The report, the counters of the engine, and the budget agree. */
static void check(const witness *w)
{
    const house *h = w->h;
    ar_fake_counts counts;
    arny_agent_memory rows[SEATS_MAX];
    int64_t bytes = 0, snapshots = 0;
    long models = 0, contexts = 0;
    size_t counted = 0;
    ar_fake_counts_get(&counts);
    ar_residency_report(rows, h->residency);
    for (size_t i = 0; i < h->seat_count; i++) {
        size_t bit = (size_t)1 << h->seats[i].model;
        if (!(counted & bit)) {
            models += rows[i].state != ARNY_STATE_CLOSED;
            bytes += rows[i].weights;
        }
        counted |= bit;
        contexts += rows[i].context > 0;
        bytes += rows[i].context;
        snapshots += rows[i].snapshot;
    }
    assert_int_equal(models, counts.models);
    assert_int_equal(contexts, counts.contexts);
    assert_int_equal(bytes, counts.bytes);
    assert_int_equal(bytes + snapshots, ar_residency_bytes(h->residency));
    assert_true(h->rules.budget == 0 || bytes + snapshots <= h->rules.budget);
    assert_true(h->rules.budget == 0 || counts.bytes_peak <= h->rules.budget);
}

static void acquire_any(witness *w)
{
    house *h = w->h;
    ar_timeline *timeline;
    arny_agent_memory before[SEATS_MAX], after[SEATS_MAX];
    size_t seat = below(w, h->seat_count), owner = below(w, OWNERS);
    size_t length = 1 + below(w, below(w, 3) ? LONG / 4 : LONG);
    ar_residency_want want = {.seat = seat, .owner = &owners[owner], .length = length};
    char *said = w->said[owner][seat];
    ar_residency_report(before, h->residency);
    int closed = before[seat].state == ARNY_STATE_CLOSED;
    int status = ar_residency_acquire(&timeline, &h->from, h->residency, &want);
    ar_residency_report(after, h->residency);
    int replaced = w->replaced[h->seats[seat].model];
    if (closed || after[seat].state == ARNY_STATE_CLOSED || h->from == ARNY_FROM_CLOSED)
        w->replaced[h->seats[seat].model] = 0;
    if (status) {
        assert_status(status, ARNY_E_BUDGET);
        closed = closed || replaced; /* it was noticed, and the new file is opened */
        assert_true(least_with(w, seat, before, closed) > h->rules.budget);
        for (size_t i = 0; i < h->seat_count && !w->lossy; i++)
            assert_true(before[i].state == after[i].state && before[i].snapshot == after[i].snapshot);
        return;
    }
    /* What is hot takes nothing, and is not refused. */
    assert_true(h->rules.budget == 0 || h->from == ARNY_FROM_HOT ||
                least_with(w, seat, before, closed) <= h->rules.budget);
    int state = h->from == ARNY_FROM_CLOSED ? ARNY_STATE_CLOSED
                : h->from == ARNY_FROM_HOT  ? ARNY_STATE_OPEN
                                            : ARNY_STATE_PARKED;
    assert_true(state == before[seat].state || w->lossy);
    for (size_t i = 0; i < h->seat_count; i++)
        assert_true(!h->seats[i].pinned || before[i].state <= after[i].state || w->lossy);
    const char *there = talk_text(timeline); /* what this owner said, or nothing; never another's words */
    assert_true(strcmp(there, said) == 0 ||
                (*there == '\0' && (h->rules.budget || w->lossy || owners[owner].keep == AR_KEEP_NOTHING)));
    assert_true(timeline->capacity >= length && timeline->capacity <= LONG);
    if (below(w, 2)) {
        memset(said, 'a' + (int)(seat + SEATS_MAX * owner), length);
        said[length] = '\0';
        say(timeline, said);
    } else {
        strcpy(said, there);
    }
    ar_residency_publish(h->residency);
}

static void one_step(witness *w)
{
    house *h = w->h;
    size_t what = below(w, 100), seat = below(w, h->seat_count), owner = below(w, OWNERS), model = h->seats[seat].model;
    if (what < 80) {
        acquire_any(w);
    } else if (what < 84) {
        h->seats[seat].pinned = !h->seats[seat].pinned;
        ar_residency_pin(h->residency, seat, h->seats[seat].pinned);
    } else if (what < 90) {
        ar_residency_unload(h->residency, seat);
    } else if (what < 94) {
        if (what % 2)
            ar_residency_leave(h->residency, &owners[owner]);
        else
            assert_status(ar_residency_forget(h->residency, &owners[owner]), ARNY_OK);
        memset(w->said[owner], 0, sizeof w->said[owner]);
    } else if (what < 97) {
        ar_residency_relieve(h->residency, ARNY_PRESSURE_LOW);
    } else if (what < 98) {
        ar_residency_relieve(h->residency, ARNY_PRESSURE_CRITICAL);
        w->lossy = 1;
    } else if (below(w, 50) == 0) { /* a new file in its place: a parked model will notice */
        size_t bytes;
        char *text = test_read(h->models[model].path, &bytes);
        remove(h->models[model].path);
        test_write(h->models[model].path, text, bytes);
        free(text);
        w->replaced[model] = 1;
        w->lossy = 1;
    }
    check(w);
    ar_fake_counts_reset();
}

static void anything_in_any_order_keeps_to_the_rules(void **state)
{
    static const char *const models[] = {"{'weights': 300000, 'parked': 20000, 'opening': 200000, 'kv_bytes': 128}",
                                         "{'weights': 100000, 'kv_bytes': 16, 'fail': {'park': true}}",
                                         "{'weights': 500000, 'parked': 50000, 'kv_bytes': 32}", NULL};
    static const char *const plans[] = {"0000", "000p0", "012p1", "0012p2", "00112"};
    static const int64_t budgets[] = {0, 2000000, 1100000, 800000, 600000};
    context_length = LONG;
    long steps = getenv("ARNY_STEPS") ? atol(getenv("ARNY_STEPS")) : 1000000;
    (void)state;
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
    steps /= 20;
#endif
    for (size_t p = 0; p < sizeof plans / sizeof *plans; p++)
        for (size_t b = 0; b < sizeof budgets / sizeof *budgets; b++) {
            house h = make_house(models, plans[p], (ar_residency_rules){.budget = budgets[b], .snapshots = 1});
            witness w = {.h = &h, .seed = (unsigned)(20 + 5 * p + b)};
            arny_agent_estimate rows[SEATS_MAX];
            int64_t peak, least;
            assert_status(ar_residency_estimate(rows, &peak, &least, h.residency), ARNY_OK);
            for (size_t i = 0; i < h.seat_count; i++) {
                w.weights[h.seats[i].model] = rows[i].weights;
                w.contexts[i] = rows[i].kv + rows[i].compute;
            }
            for (long i = 0; i < steps / 25; i++)
                one_step(&w);
            leave_house(&h);
        }
    context_length = CONTEXT;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_seat_is_closed_then_hot),
        cmocka_unit_test(seats_of_one_model_share_it),
        cmocka_unit_test(under_a_tight_budget_a_switch_parks_the_other),
        cmocka_unit_test(pages_go_before_contexts),
        cmocka_unit_test(a_model_that_cannot_be_parked_is_closed),
        cmocka_unit_test(a_context_changes_hands),
        cmocka_unit_test(opening_may_take_more_than_what_stays),
        cmocka_unit_test(a_parked_model_whose_file_has_changed_is_opened_anew),
        cmocka_unit_test(pinning_and_unloading_are_for_the_app),
        cmocka_unit_test(pressure_spares_the_speaker),
        cmocka_unit_test(each_owner_has_a_timeline_of_its_own),
        cmocka_unit_test(a_timeline_is_as_long_as_it_has_to_be),
        cmocka_unit_test(without_a_budget_nothing_has_to_grow),
        cmocka_unit_test(what_could_not_grow_is_refused_at_once),
        cmocka_unit_test(a_role_prompt_is_prefilled_once),
        cmocka_unit_test(a_pinned_seat_stays),
        cmocka_unit_test(without_snapshots_a_closed_seat_forgets),
        cmocka_unit_test(a_snapshot_that_does_not_restore_means_a_prefill),
        cmocka_unit_test(who_was_idle_longest_is_parked_first),
        cmocka_unit_test(the_model_that_was_idle_longest_is_closed_first),
        cmocka_unit_test(the_oldest_snapshots_go_last),
        cmocka_unit_test(what_cannot_fit_is_refused_and_nobody_loses_anything),
        cmocka_unit_test(a_budget_of_least_is_enough_and_one_byte_less_is_not),
        cmocka_unit_test(an_estimate_tells_peak_and_least),
        cmocka_unit_test(an_estimate_of_a_missing_file_is_an_error),
        cmocka_unit_test(a_report_tells_bytes),
        cmocka_unit_test(a_model_that_does_not_open_leaves_the_rest_working),
        cmocka_unit_test(loading_can_be_stopped),
        cmocka_unit_test(adapters_are_loaded_once_for_each_opening),
        cmocka_unit_test(anything_in_any_order_keeps_to_the_rules),
    };
    folder = test_tmpdir();
    return RUN(tests);
}
