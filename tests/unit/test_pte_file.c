/* The bounded check of ExecuTorch programs, on one of two layers (tests/fixtures/tiny.pte) that is broken in one place
 * each. The places are found by the same reader of FlatBuffers that the check uses. */
#include "check.h"

#ifndef ARNY_HAVE_PTE

int main(void)
{
    return skip_all("needs the pte engine");
}

#else

#include "engine/pte/file.h"
#include "engine/pte/flat.h"
#include "tmp.h"
#include "util/fault.h"
#include "util/little.h"

/* ---- the fixture ------------------------------------------------------------------------------------------------ */

static unsigned char *whole;
static size_t whole_bytes;
static ar_flat_guard guard;
static ar_flat flat; /* its program */

static char *fixture_path(void)
{
    const char *root = getenv("ARNY_ROOT");
    return test_path(root ? root : ".", "tests/fixtures/tiny.pte");
}

static int load(void **state)
{
    char *path = fixture_path();
    (void)state;
    whole = (unsigned char *)test_read(path, &whole_bytes);
    free(path);
    guard.budget = UINT64_MAX;
    flat = (ar_flat){.data = whole, .bytes = (size_t)ar_get_little(whole + 16, 8), .guard = &guard};
    return 0;
}

static int unload(void **state)
{
    (void)state;
    free(whole);
    return 0;
}

/* Fields, in the order of schema/program.fbs. */
enum { METHODS = 1, SEGMENTS = 4, CONSTANTS, NAMED = 7 };
enum { NAME, VALUES = 2, INPUTS, OUTPUTS, CHAINS, OPERATORS, DELEGATES, ARENAS };
enum { KIND, TABLE };
enum { TYPE, SIZES = 2, ORDER, DATA = 5, PLACE, DYNAMISM = 8 };
enum { ARENA, OFFSET };
enum { CALLED, ARGUMENTS };

static ar_flat_table program(void)
{
    return ar_flat_root(&flat, "the program");
}

static ar_flat_table method(const char *name)
{
    ar_flat_table root = program(), found = {0};
    ar_flat_list list = ar_flat_list_of(&root, METHODS, 4, "methods");
    for (uint32_t i = 0; i < list.count; i++) {
        size_t bytes;
        ar_flat_table one = ar_flat_item_table(&list, i, "a method");
        const char *text = ar_flat_text(&bytes, &one, NAME, "a name");
        if (text && strcmp(text, name) == 0)
            found = one;
    }
    assert_int_not_equal(found.at, 0);
    return found;
}

static ar_flat_table forward(void)
{
    return method("forward");
}

static ar_flat_list list_in(ar_flat_table table, unsigned field, unsigned width)
{
    ar_flat_list list = ar_flat_list_of(&table, field, width, "a list");
    assert_true(list.there);
    return list;
}

static ar_flat_table item(ar_flat_list list, uint32_t index)
{
    ar_flat_table table = ar_flat_item_table(&list, index, "an item");
    assert_int_not_equal(table.at, 0);
    return table;
}

static ar_flat_table child(ar_flat_table table, unsigned field)
{
    ar_flat_table found = ar_flat_child(&table, field, "a child");
    assert_int_not_equal(found.at, 0);
    return found;
}

static size_t place(ar_flat_table table, unsigned field)
{
    assert_true(ar_flat_has(&table, field));
    return (size_t)ar_flat_place(&table, field);
}

static size_t count_place(ar_flat_list list)
{
    return (size_t)ar_flat_item_place(&list, 0) - 4;
}

static ar_flat_table value(uint32_t index)
{
    return child(item(list_in(forward(), VALUES, 4), index), TABLE);
}

/* The first instruction of that kind, and of operators of that name. */
static ar_flat_table instruction(int kind, const char *name)
{
    ar_flat_list operators = list_in(forward(), OPERATORS, 4);
    ar_flat_list list = list_in(item(list_in(forward(), CHAINS, 4), 0), 2, 4);
    for (uint32_t i = 0; i < list.count; i++) {
        ar_flat_table one = item(list, i), call = child(one, TABLE);
        size_t bytes;
        if (ar_flat_byte(&one, KIND) != kind)
            continue;
        if (kind != 1)
            return one;
        ar_flat_table called = item(operators, ar_flat_u32(&call, CALLED));
        if (strcmp(ar_flat_text(&bytes, &called, 0, "a name"), name) == 0)
            return one;
    }
    fail_msg("no instruction of that kind");
    return (ar_flat_table){0};
}

static ar_flat_list arguments(int kind, const char *name)
{
    return list_in(child(instruction(kind, name), TABLE), ARGUMENTS, 4);
}

/* The value that is an argument of the first call of that operator. */
static uint32_t argument(const char *name, uint32_t index)
{
    ar_flat_list list = arguments(1, name);
    return ar_flat_item_i32(&list, index) < 0 ? 0 : (uint32_t)ar_flat_item(&list, index);
}

/* ---- patches ---------------------------------------------------------------------------------------------------- */

static int check_bytes(const void *data, size_t bytes)
{
    ar_pte *pte;
    arny_file_info info;
    void *exact = malloc(bytes + (bytes == 0)); /* so that a sanitizer sees a byte too far */
    assert_non_null(exact);
    memcpy(exact, data, bytes);
    int status = ar_pte_read_memory(&pte, exact, bytes, "it.pte");
    if (status == ARNY_OK)
        ar_pte_describe(&info, pte);
    else
        assert_null(pte);
    ar_pte_free(pte);
    free(exact);
    return status;
}

static int patched(size_t at, uint64_t number, size_t bytes)
{
    unsigned char before[8];
    assert_true(at + bytes <= whole_bytes);
    memcpy(before, whole + at, bytes);
    ar_put_little(whole + at, number, bytes);
    int status = check_bytes(whole, whole_bytes);
    memcpy(whole + at, before, bytes);
    return status;
}

static int patched_twice(size_t first, uint64_t number, size_t bytes, size_t at, uint64_t other)
{
    unsigned char before[8];
    memcpy(before, whole + first, bytes);
    ar_put_little(whole + first, number, bytes);
    int status = patched(at, other, 4);
    memcpy(whole + first, before, bytes);
    return status;
}

#define REFUSED_AS(status, call, text)        \
    do {                                      \
        assert_status((call), (status));      \
        assert_error_has(text);               \
        assert_error_has("it.pte: at byte "); \
    } while (0)
#define REFUSED(call, text) REFUSED_AS(ARNY_E_DATA, call, text)

/* ---- whole files ------------------------------------------------------------------------------------------------ */

static void a_real_program_passes(void **state)
{
    char *path = fixture_path();
    ar_pte *pte;
    ar_file_id id;
    (void)state;
    assert_status(ar_pte_read(&pte, path), ARNY_OK);
    assert_status(ar_fs_id(&id, path), ARNY_OK);
    assert_memory_equal(&pte->id, &id, sizeof id);
    assert_int_equal(pte->bytes, whole_bytes);
    assert_memory_equal(pte->data, whole, whole_bytes);
    assert_true(pte->mapped >= whole_bytes + 4096);
    assert_int_equal(pte->data[pte->mapped - 1], 0); /* what lies behind can be read */
    ar_pte_free(pte);
    free(path);
}

static void the_description_says_what_the_program_says(void **state)
{
    ar_pte *pte;
    arny_file_info info;
    (void)state;
    assert_status(ar_pte_read_memory(&pte, whole, whole_bytes, "it.pte"), ARNY_OK);
    ar_pte_describe(&info, pte);
    assert_string_equal(info.kind, "pte");
    assert_string_equal(info.architecture, "");
    assert_string_equal(info.quantization, "8da4w");
    assert_int_equal(info.bytes, whole_bytes);
    assert_int_equal(info.context, 1024);
    assert_int_equal(info.vocabulary, 320);
    assert_int_equal(info.layers, 2);
    assert_int_equal(info.heads, 4);
    assert_int_equal(info.kv_heads, 2);
    assert_int_equal(info.embedding, 64);
    assert_int_equal(info.tensors, 107);
    /* an embedding, a head, and in each layer four matrices of attention and three of the rest */
    assert_int_equal(info.parameters, 2 * 320 * 64 + 2 * (2 * 64 * 64 + 2 * 32 * 64 + 3 * 128 * 64));
    assert_true(info.weights > 100000 && info.weights < info.bytes);
    ar_pte_free(pte);
}

static void the_method_is_told_with_its_memory(void **state)
{
    ar_pte *pte;
    (void)state;
    assert_status(ar_pte_read_memory(&pte, whole, whole_bytes, "it.pte"), ARNY_OK);
    assert_int_equal(pte->method_count, 8);
    assert_null(ar_pte_method_named(pte, "backward"));
    const ar_pte_method *one = ar_pte_method_named(pte, "forward");
    assert_non_null(one);
    assert_int_equal(one->input_count, 2);
    assert_int_equal(one->inputs[0].kind, AR_PTE_TENSOR);
    assert_int_equal(one->inputs[0].scalar_type, 4);
    assert_int_equal(one->inputs[0].dim_count, 2);
    assert_int_equal(one->inputs[0].dims[1], 1023);
    assert_int_equal(one->inputs[0].dynamic, 1);
    assert_int_equal(one->inputs[1].dim_count, 1);
    assert_int_equal(one->inputs[1].dynamic, 0);
    assert_int_equal(one->output_count, 1);
    assert_int_equal(one->outputs[0].scalar_type, 6);
    assert_int_equal(one->outputs[0].dims[1], 320);
    assert_int_equal(one->arena_count, 1);
    assert_int_equal(one->kv_count, 4);
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(one->kv[i].arena, 0);
        assert_int_equal(one->kv[i].positions, 1024);
        assert_int_equal(one->kv[i].row_bytes, 2 * 16 * 4);
        assert_int_equal(one->kv[i].heads, 2);
        assert_true(one->kv[i].offset + 1024 * 128 <= (uint64_t)one->arenas[0]);
    }
    assert_int_equal(one->mutable_count, 0);
    assert_int_equal(one->has_initial_state, 0);
    assert_int_equal(one->backend_count, 1);
    assert_string_equal(one->backends[0], "XnnpackBackend");
    assert_int_equal(one->operator_count, 11);
    assert_string_equal(one->operators[0], "aten::sym_size.int");
    assert_string_equal(one->operators[3], "aten::_local_scalar_dense");
    ar_pte_free(pte);
}

static void constants_of_a_program_are_read_without_running_it(void **state)
{
    ar_pte *pte;
    int64_t number = 7;
    size_t count = 7;
    (void)state;
    assert_status(ar_pte_read_memory(&pte, whole, whole_bytes, "it.pte"), ARNY_OK);
    assert_int_equal(ar_pte_constant(&number, 1, &count, pte, "forward"), 0);
    assert_int_equal(ar_pte_constant(&number, 1, &count, pte, "get_nothing"), 0);
    assert_int_equal(number, 7);
    assert_int_equal(count, 7);
    assert_int_equal(ar_pte_constant(&number, 0, &count, pte, "get_max_seq_len"), 1);
    assert_int_equal(number, 7);
    assert_int_equal(count, 1);
    assert_int_equal(ar_pte_constant(&number, 1, &count, pte, "get_max_seq_len"), 1);
    assert_int_equal(number, 1024);
    assert_int_equal(ar_pte_constant(&number, 1, &count, pte, "use_kv_cache"), 1);
    assert_int_equal(number, 1);
    ar_pte_free(pte);
}

static void the_first_bytes_say_what_it_is(void **state)
{
    (void)state;
    assert_int_equal(ar_pte_recognizes(whole, whole_bytes), 1);
    assert_int_equal(ar_pte_recognizes(whole, 8), 1);
    assert_int_equal(ar_pte_recognizes(whole, 7), 0);
    assert_int_equal(ar_pte_recognizes("GGUF\3\0\0\0", 8), 0);
}

/* ---- files ------------------------------------------------------------------------------------------------------ */

static void what_is_no_regular_file_is_refused(void **state)
{
    char *path = test_path(test_tmpdir(), "none.pte");
    ar_pte *pte;
    (void)state;
    assert_status(ar_pte_read(&pte, path), ARNY_E_NOT_FOUND);
    assert_null(pte);
    assert_status(ar_pte_read(&pte, "/"), ARNY_E_DATA);
    test_write(path, "", 0);
    assert_status(ar_pte_read(&pte, path), ARNY_E_DATA);
    assert_error_has("at byte 0: the file is empty");
    free(path);
}

static void other_files_are_refused(void **state)
{
    (void)state;
    REFUSED(check_bytes("", 0), "the file is empty");
    REFUSED(check_bytes("Once", 4), "cut short");
    REFUSED(check_bytes("Once upon a time, there was a model", 35), "\"ET12\" expected");
    REFUSED(patched(4, 0x31315445, 4), "\"ET12\" expected"); /* ET11 */
}

static void every_truncation_is_refused(void **state)
{
    (void)state;
    for (size_t i = 1; i < 16; i++)
        assert_status(check_bytes(whole, whole_bytes / 16 * i), ARNY_E_DATA);
    for (size_t i = 0; i < 4096; i++)
        assert_status(check_bytes(whole, i), ARNY_E_DATA);
}

#ifdef ARNY_FAULTS

static void every_failed_allocation_and_mapping_is_told(void **state)
{
    char *path = fixture_path();
    ar_pte *pte;
    int status = ARNY_E_MEMORY;
    long nth;
    (void)state;
    for (nth = 1; status != ARNY_OK; nth++) {
        ar_fault_arm(AR_FAULT_ALLOC, nth, 0);
        status = ar_pte_read(&pte, path);
        if (status != ARNY_OK)
            assert_status(status, ARNY_E_MEMORY);
        ar_pte_free(pte);
    }
    assert_true(nth > 50);
    ar_fault_arm(AR_FAULT_ALLOC, 0, 0);
    ar_fault_arm(AR_FAULT_READ, 1, 0);
    assert_status(ar_pte_read(&pte, path), ARNY_E_IO);
    ar_fault_arm(AR_FAULT_READ, 0, 0);
    free(path);
}

#endif

/* ---- FlatBuffers ------------------------------------------------------------------------------------------------ */

static void lists_that_share_all_they_have_are_not_read_for_ever(void **state)
{
    /* A list of 64 tables at byte 16, all of them the one at byte 276, with a list of 64 numbers. */
    unsigned char data[560] = {0};
    ar_flat_guard own = {.budget = 4096};
    ar_flat small = {.data = data, .bytes = sizeof data, .guard = &own};
    uint32_t entered = 0;
    (void)state;
    ar_put_little(data, 276, 4);
    ar_put_little(data + 8, 6, 2); /* the vtable: one field, at 4 */
    ar_put_little(data + 12, 4, 2);
    ar_put_little(data + 16, 64, 4);
    for (size_t i = 0; i < 64; i++)
        ar_put_little(data + 20 + 4 * i, 276 - (20 + 4 * i), 4);
    ar_put_little(data + 276, 276 - 8, 4);
    ar_put_little(data + 280, 4, 4);
    ar_put_little(data + 284, 64, 4);
    ar_flat_list tables = {.flat = &small, .name = "tables", .at = 20, .count = 64, .width = 4, .there = 1};
    for (uint32_t i = 0; i < 64; i++) {
        ar_flat_table table = ar_flat_item_table(&tables, i, "a table");
        entered += ar_flat_list_of(&table, 0, 4, "numbers").count;
    }
    assert_int_equal(entered, 62 * 64); /* 62 times 1 + 65 entries */
    assert_non_null(own.name);
    assert_int_equal(ar_flat_root(&small, "the root").at, 0);
}

static void what_leads_out_of_the_program_is_refused(void **state)
{
    ar_flat_list values = list_in(forward(), VALUES, 4);
    size_t first = (size_t)ar_flat_item_place(&values, 0);
    (void)state;
    REFUSED(patched(0, 0xfffffff0, 4), "the program lies outside");
    REFUSED(patched(0, flat.bytes - 2, 4), "the program lies outside");
    REFUSED(patched(first, 0x7fffffff, 4), "a value lies outside");
    REFUSED(patched(first, 0, 4), "a value lies outside");
    REFUSED(patched(forward().at, 0x7ffffff0, 4), "has a vtable outside");
    REFUSED(patched(forward().vtable, 3, 2), "vtable that is no even number");
    REFUSED(patched(count_place(values), 0x40000000, 4), "goes on beyond the end");
    REFUSED(patched(place(forward(), NAME), 6, 4), "not at a multiple of 4");
}

/* ---- the header, segments and constants ------------------------------------------------------------------------- */

static void sizes_in_the_header_must_lie_within_the_file(void **state)
{
    (void)state;
    REFUSED(patched(12, 20, 4), "a header of 20 bytes");
    REFUSED(patched(16, whole_bytes + 1, 8), "cut short, or damaged");
    REFUSED(patched(16, UINT64_MAX, 8), "cut short, or damaged");
    REFUSED(patched(24, whole_bytes + 1, 8), "cut short, or damaged");
    REFUSED(patched(24, 16, 8), "within the program");
    REFUSED(patched(32, whole_bytes, 8), "cut short, or damaged");
    REFUSED(patched(24, 0, 8), "no header says where segments begin");
}

static void segments_must_lie_in_the_file_one_behind_the_other(void **state)
{
    ar_flat_list segments = list_in(program(), SEGMENTS, 4);
    (void)state;
    assert_true(segments.count > 2);
    REFUSED(patched(place(item(segments, 1), 0), whole_bytes, 8), "segment 1 has");
    REFUSED(patched(place(item(segments, 1), 1), UINT64_MAX, 8), "segment 1 has");
    REFUSED(patched(place(item(segments, 2), 0), 16, 8), "within the one before it");
}

static void constants_must_lie_in_their_segment(void **state)
{
    ar_flat_table constants = child(program(), CONSTANTS);
    ar_flat_list offsets = list_in(constants, 1, 8);
    size_t weights = place(value(argument("quantized_decomposed::embedding_byte", 0)), DATA);
    (void)state;
    REFUSED(patched((size_t)ar_flat_item_place(&offsets, 2), 1u << 30, 8), "a tensor needs");
    REFUSED(patched((size_t)ar_flat_item_place(&offsets, 3), 2, 8), "a multiple of 4 expected");
    REFUSED(patched(weights, 1000, 4), "data 1000 of a tensor");
}

static void data_must_be_found_by_name(void **state)
{
    ar_flat_list named = list_in(program(), NAMED, 4);
    ar_flat_table one = item(named, 3);
    size_t bytes;
    const char *name = ar_flat_text(&bytes, &one, 0, "a name");
    (void)state;
    REFUSED(patched((size_t)((const unsigned char *)name - whole), '?', 1), "no data of the file have the name");
    REFUSED(patched(place(one, 1), 10000, 4), "is segment 10000");
}

/* ---- values ----------------------------------------------------------------------------------------------------- */

static void values_must_be_of_a_known_kind(void **state)
{
    ar_flat_list values = list_in(forward(), VALUES, 4);
    size_t kind = place(item(values, argument("quantized_decomposed::embedding_byte", 0)), KIND);
    (void)state;
    REFUSED(patched(kind, 0, 1), "of the kind 0");
    REFUSED(patched(kind, 12, 1), "of the kind 12");
}

static void tensors_must_be_of_a_size_that_can_be(void **state)
{
    ar_flat_table tensor = value(argument("llama::update_cache", 1));
    ar_flat_list sizes = list_in(tensor, SIZES, 4), order = list_in(tensor, ORDER, 1);
    (void)state;
    REFUSED(patched(place(tensor, TYPE), 99, 1), "elements of the type 99");
    REFUSED(patched((size_t)ar_flat_item_place(&sizes, 1), UINT32_MAX, 4), "dimension is -1");
    REFUSED(patched((size_t)ar_flat_item_place(&sizes, 1), 0x7fffffff, 4), "GB");
    REFUSED(patched((size_t)ar_flat_item_place(&order, 1), 7, 1), "order of dimensions has a 7");
    REFUSED(patched((size_t)ar_flat_item_place(&order, 1), 2, 1), "order of dimensions has a 2");
    REFUSED(patched(count_place(order), 3, 4), "4 dimensions, and an order of 3");
    tensor = value(argument("llama::update_cache", 0));
    REFUSED_AS(ARNY_E_UNSUPPORTED, patched(place(tensor, DYNAMISM), 2, 1), "no upper bound");
}

static void tensors_must_lie_within_their_memory(void **state)
{
    ar_flat_table where = child(value(argument("llama::update_cache", 1)), PLACE);
    ar_flat_list arenas = list_in(forward(), ARENAS, 8);
    size_t arena = (size_t)ar_flat_item_place(&arenas, 1);
    (void)state;
    REFUSED(patched(place(where, ARENA), 2, 4), "a tensor lies in memory 2");
    REFUSED(patched(place(where, ARENA), 0, 4), "a tensor lies in memory 0");
    REFUSED(patched(place(where, OFFSET), 2423040 - 4, 4), "it must end within");
    REFUSED(patched(place(where, OFFSET), 2, 4), "a multiple of 4");
    REFUSED(patched(arena, 1000, 8), "it must end within");
    REFUSED(patched(arena, (uint64_t)1 << 40, 8), "at most 64 GB");
    REFUSED(patched(arena, UINT64_MAX, 8), "at most 64 GB");
}

static void items_of_lists_must_be_values(void **state)
{
    ar_flat_list items = list_in(value(argument("executorch_prim::et_view", 1)), 0, 8);
    (void)state;
    REFUSED(patched((size_t)ar_flat_item_place(&items, 0), 277, 8), "a list has value 277 as an item");
    REFUSED(patched((size_t)ar_flat_item_place(&items, 0), UINT64_MAX, 8), "a list has value -1 as an item");
    REFUSED(patched((size_t)ar_flat_item_place(&items, 0), 18, 8), "item 0 is something else");
}

static void inputs_and_outputs_must_be_values(void **state)
{
    ar_flat_list inputs = list_in(forward(), INPUTS, 4), outputs = list_in(forward(), OUTPUTS, 4);
    uint32_t weights = argument("quantized_decomposed::embedding_byte", 0);
    (void)state;
    REFUSED(patched((size_t)ar_flat_item_place(&inputs, 0), 277, 4), "has value 277");
    REFUSED(patched((size_t)ar_flat_item_place(&inputs, 0), weights, 4), "a constant: nothing can be put there");
    REFUSED(patched((size_t)ar_flat_item_place(&outputs, 0), UINT32_MAX, 4), "has value -1");
    REFUSED(patched((size_t)ar_flat_item_place(&outputs, 0), argument("executorch_prim::et_view", 1), 4), "is a list");
}

/* ---- calls ------------------------------------------------------------------------------------------------------ */

static size_t argument_place(const char *name, uint32_t index)
{
    ar_flat_list list = arguments(1, name);
    return (size_t)ar_flat_item_place(&list, index);
}

static void calls_must_name_what_there_is(void **state)
{
    ar_flat_table call = child(instruction(1, "aten::mean"), TABLE), delegate = child(instruction(2, ""), TABLE);
    ar_flat_list args = arguments(2, "");
    (void)state;
    REFUSED(patched(place(call, CALLED), 11, 4), "operator 11 is called: there are 11");
    REFUSED(patched(place(call, CALLED), UINT32_MAX, 4), "operator -1");
    REFUSED(patched(argument_place("aten::mean", 0), 277, 4), "argument 0 of a call is value 277");
    REFUSED(patched((size_t)ar_flat_item_place(&args, 1), 277, 4), "argument 1 of a call is value 277");
    if (ar_flat_has(&delegate, CALLED))
        REFUSED(patched(place(delegate, CALLED), 10000, 4), "delegate 10000 is called");
}

static void operators_must_have_their_arguments(void **state)
{
    size_t none = argument("llama::custom_sdpa", 4), tensor = argument("aten::mean", 0);
    (void)state;
    REFUSED(patched(count_place(arguments(1, "aten::mean")), 5, 4),
            "aten::mean.out is called with 5 arguments: 6 expected");
    REFUSED(patched(count_place(arguments(1, "llama::update_cache")), 4, 4), "called with 4 arguments: 5 expected");
    REFUSED(patched(count_place(arguments(1, "llama::custom_sdpa")), 9, 4), "called with 9 arguments: 10 expected");
    REFUSED(patched(argument_place("llama::update_cache", 2), none, 4),
            "argument 2 of llama::update_cache.out must be an int");
    REFUSED(patched(argument_place("llama::custom_sdpa", 5), none, 4), "must be a double");
    REFUSED(patched(argument_place("llama::custom_sdpa", 6), tensor, 4), "must be a bool");
    REFUSED(patched(argument_place("aten::mean", 1), tensor, 4), "must be a list of ints");
    REFUSED(patched(argument_place("executorch_prim::et_view", 0), none, 4), "must be a tensor");
    REFUSED(patched(argument_place("aten::mean", 5), tensor, 4), "what aten::mean.out returns must be what it writes");
}

static void nobody_writes_into_the_file(void **state)
{
    uint32_t constant = argument("quantized_decomposed::embedding_byte", 1);
    ar_flat_list delegate = arguments(2, "");
    (void)state;
    REFUSED(patched(argument_place("aten::slice_copy", 5), constant, 4), "which is a constant");
    REFUSED(patched(argument_place("aten::select_copy", 3), 18, 4), "which is an input");
    REFUSED(patched((size_t)ar_flat_item_place(&delegate, 1), constant, 4), "of a delegate");
}

static void numbers_stay_of_their_kind(void **state)
{
    (void)state;
    /* aten::_local_scalar_dense of a tensor of floats makes a double of what is used as an int */
    REFUSED(patched(argument_place("aten::_local_scalar_dense", 0), argument("llama::update_cache", 1), 4),
            "must be an int");
    REFUSED(patched(argument_place("executorch_prim::add", 2), 18, 4), "becomes one of another kind");
}

static void other_instructions_are_looked_at_too(void **state)
{
    ar_flat_table one = instruction(1, "aten::mean");
    size_t kind = place(one, KIND), what = place(child(one, TABLE), CALLED),
           other = place(child(one, TABLE), ARGUMENTS);
    (void)state;
    REFUSED(patched_twice(kind, 3, 1, other, 277), "an instruction uses value 277");
    REFUSED(patched_twice(kind, 3, 1, other, 18), "is moved into");
    REFUSED(patched_twice(kind, 4, 1, other, 1000), "a jump to instruction 1000");
    REFUSED(patched_twice(kind, 4, 1, other, UINT32_MAX), "a jump to instruction -1");
    REFUSED(patched_twice(kind, 4, 1, what, 277), "an instruction uses value 277");
    REFUSED(patched_twice(kind, 4, 1, other, 3), "a jump depends on a value");
    REFUSED_AS(ARNY_E_UNSUPPORTED, patched(kind, 5, 1), "memory is given back");
    REFUSED(patched(kind, 6, 1), "an instruction of the kind 6");
    REFUSED(patched(kind, 0, 1), "an instruction of the kind 0");
}

static void shapes_that_kernels_trust_must_fit(void **state)
{
    ar_flat_list weights = list_in(value(argument("quantized_decomposed::embedding_byte", 0)), SIZES, 4);
    ar_flat_list scales = list_in(value(argument("quantized_decomposed::embedding_byte", 1)), SIZES, 4);
    ar_flat_list cache = list_in(value(argument("llama::update_cache", 1)), SIZES, 4);
    size_t size = place(value(argument("executorch_prim::et_view", 1) - 1), 0);
    size_t dim = argument_place("aten::sym_size", 1);
    (void)state;
    REFUSED(patched((size_t)ar_flat_item_place(&weights, 1), 32, 4), "a row of the weights");
    REFUSED(patched((size_t)ar_flat_item_place(&weights, 0), 300, 4), "300 rows, and there are 320 logits");
    REFUSED(patched((size_t)ar_flat_item_place(&scales, 0), 300, 4), "scales that do not fit");
    REFUSED(patched((size_t)ar_flat_item_place(&cache, 2), 1, 4), "llama::update_cache.out: rows");
    REFUSED(patched(size, 7, 8), "executorch_prim::et_view.default gives dimension");
    REFUSED(patched(dim, argument("aten::mean", 1) - 1, 4), "asks for dimension");
}

/* ---- graphs of XNNPACK ------------------------------------------------------------------------------------------ */

enum { GRAPH_NODES = 1, GRAPH_VALUES, GRAPH_EXTERNALS, GRAPH_CONSTANTS = 8 };
enum { XNN_TYPE, XNN_RANK, XNN_DIMS, XNN_CONSTANT, XNN_EXTERNAL, XNN_ROLE, XNN_ID };

static size_t graph_at;         /* where the one of delegate 2 lies: three linear layers */
static ar_flat_guard own_guard; /* failures here are not those of the program */
static ar_flat own_flat;

static ar_flat_table graph(void)
{
    ar_flat_table data = child(item(list_in(forward(), DELEGATES, 4), 2), 1);
    uint32_t index = ar_flat_u32(&data, 1);
    assert_int_equal(ar_flat_byte(&data, 0), 1); /* in a segment */
    ar_flat_table segment = item(list_in(program(), SEGMENTS, 4), index);
    graph_at = (size_t)(ar_get_little(whole + 24, 8) + ar_flat_number(&segment, 0, 8));
    size_t begin = graph_at + (size_t)ar_get_little(whole + graph_at + 10, 4);
    own_guard = (ar_flat_guard){.budget = UINT64_MAX};
    own_flat = (ar_flat){whole + begin, (size_t)ar_get_little(whole + graph_at + 14, 4), begin, &own_guard};
    return ar_flat_root(&own_flat, "a graph");
}

static ar_flat_table graph_value(uint32_t index, int quantized)
{
    ar_flat_table table = child(item(list_in(graph(), GRAPH_VALUES, 4), index), TABLE);
    return quantized ? child(table, 0) : table;
}

static ar_flat_table graph_node(uint32_t index)
{
    return child(item(list_in(graph(), GRAPH_NODES, 4), index), TABLE);
}

static void the_header_of_a_graph_must_lie_within_it(void **state)
{
    (void)state;
    graph();
    REFUSED(patched(graph_at + 10, 0xffff, 4), "they must lie one behind the other");
    REFUSED(patched(graph_at + 14, UINT32_MAX, 4), "they must lie one behind the other");
    REFUSED(patched(graph_at + 18, UINT32_MAX, 4), "they must lie one behind the other");
    REFUSED(patched(graph_at + 22, UINT64_MAX, 8), "they must lie one behind the other");
    REFUSED(patched(graph_at + 10, 36, 4), "no graph of XNNPACK");
    REFUSED(patched((size_t)own_flat.base + 4, 0, 4), "no graph of XNNPACK");
}

static void values_of_a_graph_must_be_what_they_say(void **state)
{
    ar_flat_table weights = graph_value(4, 1), output = graph_value(5, 0);
    ar_flat_list dims = list_in(weights, XNN_DIMS, 4);
    (void)state;
    REFUSED(patched(place(weights, XNN_TYPE), 6, 2), "of the type 6, quantized in the way 4");
    REFUSED(patched(place(weights, XNN_RANK), 3, 4), "a value has 2 dimensions, and says 3");
    REFUSED(patched(place(weights, XNN_CONSTANT), 100, 4), "constant 100 of a graph");
    REFUSED(patched(place(weights, XNN_ID), 9, 4), "has the id 9");
    REFUSED(patched(place(output, XNN_ROLE), 3, 4), "has the flags 3");
    REFUSED(patched(place(output, XNN_EXTERNAL), UINT32_MAX, 4), "the external id 4294967295");
    REFUSED(patched(place(output, XNN_EXTERNAL), 2, 4), "or not alone");
    REFUSED(patched(place(output, XNN_EXTERNAL), 4, 4), "has the external id 4 of 4");
    REFUSED(patched((size_t)ar_flat_item_place(&dims, 0), 128, 4), "constant 1 of a graph has 2048 bytes");
    REFUSED(patched((size_t)ar_flat_item_place(&dims, 1), UINT32_MAX, 4), "GB");
    dims = list_in(graph_value(1, 1), XNN_DIMS, 4);
    REFUSED(patched((size_t)ar_flat_item_place(&dims, 1), 1u << 24, 4), "a graph needs");
}

static void weights_must_have_their_scales(void **state)
{
    ar_flat_table quantization = child(child(item(list_in(graph(), GRAPH_VALUES, 4), 4), TABLE), 2);
    (void)state;
    REFUSED(patched(place(quantization, 2), 0, 4), "groups of 0");
    REFUSED(patched(place(quantization, 2), 48, 4), "groups of 48");
    REFUSED(patched(place(quantization, 2), 64, 4), "a value has 128 scales: 64 expected");
    REFUSED(patched(place(quantization, 4), 4, 4), "constant 4 of a graph has 128 bytes");
    REFUSED(patched(place(quantization, 5), 127, 4), "a value has 127 scales: 128 expected");
}

/* The named data that the constant of the graph is. */
static ar_flat_table data_of(uint32_t constant)
{
    size_t bytes, length;
    ar_flat_table one = item(list_in(graph(), GRAPH_CONSTANTS, 4), constant), found = {0};
    const char *wanted = ar_flat_text(&bytes, &one, 2, "a name");
    ar_flat_list named = list_in(program(), NAMED, 4);
    for (uint32_t i = 0; i < named.count; i++) {
        one = item(named, i);
        const char *name = ar_flat_text(&length, &one, 0, "a name");
        if (length == bytes && memcmp(name, wanted, bytes) == 0)
            found = one;
    }
    assert_int_not_equal(found.at, 0);
    return found;
}

static void weights_are_packed_once(void **state)
{
    ar_flat_table keys = data_of(3), values = data_of(5); /* of one shape, with scales of their own */
    (void)state;
    REFUSED(patched(place(keys, 1), ar_flat_u32(&values, 1), 4), "used as weights of two kinds or shapes");
}

static void nodes_of_a_graph_must_use_what_there_is(void **state)
{
    ar_flat_list nodes = list_in(graph(), GRAPH_NODES, 4);
    ar_flat_table convert = graph_node(0), linear = graph_node(3);
    (void)state;
    REFUSED(patched(place(linear, 1), 10, 4), "a node uses value 10 of a graph of 10");
    REFUSED(patched(place(linear, 1), UINT32_MAX, 4), "a node uses value");
    REFUSED(patched(place(linear, 0), 9, 4), "which has no data by then");
    REFUSED(patched(place(linear, 3), 4, 4), "which has data already");
    REFUSED(patched(place(linear, 2), 0, 4), "a bias of");
    REFUSED(patched(place(linear, 1), 6, 4), "whose matrix does not fit");
    REFUSED(patched(place(convert, 1), 5, 4), "which has no data by then");
    REFUSED(patched(place(item(nodes, 0), KIND), 3, 1), "of a type that it cannot write");
    REFUSED_AS(ARNY_E_UNSUPPORTED, patched(place(item(nodes, 0), KIND), 36, 1), "does not know");
    if (ar_flat_has(&linear, 4))
        REFUSED(patched(place(linear, 4), 8, 4), "has the flags 8");
}

static void a_delegate_must_be_given_what_it_was_made_for(void **state)
{
    ar_flat_list args = arguments(2, "");
    (void)state;
    REFUSED(patched(count_place(args), 1, 4), "a delegate needs argument 1, and is called with 1");
    REFUSED(patched((size_t)ar_flat_item_place(&args, 0), 18, 4), "not a tensor of the type");
    REFUSED(patched((size_t)ar_flat_item_place(&args, 0), 20, 4), "not a tensor of the type");
    REFUSED(patched((size_t)ar_flat_item_place(&args, 0), 5, 4), "not the dimensions");
}

/* ---- anything --------------------------------------------------------------------------------------------------- */

static uint64_t seed = 1;

static uint64_t next(void) /* xorshift64* */
{
    seed ^= seed >> 12;
    seed ^= seed << 25;
    seed ^= seed >> 27;
    return seed * UINT64_C(2685821657736338717);
}

/* A bit in the program, or in what a delegate was compiled to. */
static size_t any_place(const size_t *graphs, size_t count)
{
    if (next() % 2)
        return next() % flat.bytes;
    size_t begin = graphs[next() % count];
    return begin + next() % (size_t)(ar_get_little(whole + begin + 10, 4) + ar_get_little(whole + begin + 14, 4));
}

static void no_change_of_a_bit_crashes(void **state)
{
    size_t graphs[64], count = 0, accepted = 0;
    (void)state;
    for (size_t i = 0; i + 30 < whole_bytes && count < 64; i++)
        if (memcmp(whole + i + 4, "XH00", 4) == 0)
            graphs[count++] = i;
    assert_int_equal(count, 24);
    for (int i = 0; i < 20000; i++) {
        size_t at = any_place(graphs, count);
        unsigned char before = whole[at];
        whole[at] ^= (unsigned char)(1u << next() % 8);
        int status = check_bytes(whole, whole_bytes);
        assert_true(status == ARNY_OK || status == ARNY_E_DATA || status == ARNY_E_UNSUPPORTED);
        accepted += status == ARNY_OK;
        whole[at] = before;
    }
    assert_true(accepted < 8000); /* what is not looked at, or may be another number */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_real_program_passes),
        cmocka_unit_test(the_description_says_what_the_program_says),
        cmocka_unit_test(the_method_is_told_with_its_memory),
        cmocka_unit_test(constants_of_a_program_are_read_without_running_it),
        cmocka_unit_test(the_first_bytes_say_what_it_is),
        cmocka_unit_test(what_is_no_regular_file_is_refused),
        cmocka_unit_test(other_files_are_refused),
        cmocka_unit_test(every_truncation_is_refused),
#ifdef ARNY_FAULTS
        cmocka_unit_test(every_failed_allocation_and_mapping_is_told),
#endif
        cmocka_unit_test(lists_that_share_all_they_have_are_not_read_for_ever),
        cmocka_unit_test(what_leads_out_of_the_program_is_refused),
        cmocka_unit_test(sizes_in_the_header_must_lie_within_the_file),
        cmocka_unit_test(segments_must_lie_in_the_file_one_behind_the_other),
        cmocka_unit_test(constants_must_lie_in_their_segment),
        cmocka_unit_test(data_must_be_found_by_name),
        cmocka_unit_test(values_must_be_of_a_known_kind),
        cmocka_unit_test(tensors_must_be_of_a_size_that_can_be),
        cmocka_unit_test(tensors_must_lie_within_their_memory),
        cmocka_unit_test(items_of_lists_must_be_values),
        cmocka_unit_test(inputs_and_outputs_must_be_values),
        cmocka_unit_test(calls_must_name_what_there_is),
        cmocka_unit_test(operators_must_have_their_arguments),
        cmocka_unit_test(nobody_writes_into_the_file),
        cmocka_unit_test(numbers_stay_of_their_kind),
        cmocka_unit_test(other_instructions_are_looked_at_too),
        cmocka_unit_test(shapes_that_kernels_trust_must_fit),
        cmocka_unit_test(the_header_of_a_graph_must_lie_within_it),
        cmocka_unit_test(values_of_a_graph_must_be_what_they_say),
        cmocka_unit_test(weights_must_have_their_scales),
        cmocka_unit_test(weights_are_packed_once),
        cmocka_unit_test(nodes_of_a_graph_must_use_what_there_is),
        cmocka_unit_test(a_delegate_must_be_given_what_it_was_made_for),
        cmocka_unit_test(no_change_of_a_bit_crashes),
    };
    return cmocka_run_group_tests(tests, load, unload);
}

#endif
