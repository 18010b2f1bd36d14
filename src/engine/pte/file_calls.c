/*
 * engine/pte/file_calls.c - the instructions of a method, and what is collected on the way: its caches, its buffers,
 * its constants.
 *
 * They are walked twice: first to see which values are written at all, then in their order, to check each with what is
 * known of its arguments. What holds afterwards, whatever is run how often: each value stays of its kind and shape,
 * tensors have memory, and nobody writes into the file.
 */
#include "engine/pte/file_private.h"
#include "util/mem.h"
#include <stdlib.h>
#include <string.h>

#define CACHES_MAX    4096
#define CONSTANTS_MAX 65536

/* Fields, in the order of schema/program.fbs. */
enum { METHOD_OUTPUTS = 4, METHOD_CHAINS };
enum { CHAIN_INSTRUCTIONS = 2 };
enum { INSTRUCTION_KIND, INSTRUCTION_TABLE };
enum { CALL_WHAT, CALL_ARGUMENTS }; /* of operators and delegates */
enum { MOVE_FROM, MOVE_TO };
enum { JUMP_CONDITION, JUMP_TO };

enum { CALL_OPERATOR = 1, CALL_DELEGATE, MOVE, JUMP, RELEASE }; /* kinds of instructions */

/* ---- memory ----------------------------------------------------------------------------------------------------- */

ar_pte_slot *ar_pte_argument(const ar_pte_plan *plan, const ar_pte_call *call, uint32_t index)
{
    return &plan->slots[ar_flat_item_i32(&call->args, index)];
}

int ar_pte_touch(const ar_pte_plan *plan, const ar_pte_call *call, const char *who, ar_pte_slot *slot, int write)
{
    size_t index = (size_t)(slot - plan->slots);
    /* Whoever runs a method gives memory to its inputs, and to its first output. */
    if (slot->memory == AR_MEMORY_NONE && !slot->borrowed && slot->output != 1 && slot->bytes > 0)
        return ar_pte_bad(plan->reader, call->at, "%s uses value %zu, a tensor that has no memory", who, index);
    if (write && slot->memory == AR_MEMORY_CONSTANT)
        return ar_pte_bad(plan->reader, call->at, "%s writes value %zu, which is a constant", who, index);
    if (write && slot->borrowed)
        return ar_pte_bad(plan->reader, call->at, "%s writes value %zu, which is an input", who, index);
    return ARNY_OK;
}

/* ---- instructions ----------------------------------------------------------------------------------------------- */

typedef struct instruction {
    int kind;
    uint32_t chain_length;
    ar_flat_table table;
    ar_pte_call call; /* of an operator, or a delegate; otherwise only where */
    const ar_pte_operator *called;
    const ar_pte_delegate *delegate;
    ar_pte_slot *from, *to; /* of a move; from: the condition of a jump */
} instruction;

static int read_slot(ar_pte_slot **out, const ar_pte_plan *plan, const ar_flat_table *table, unsigned field)
{
    int32_t index = ar_flat_i32(table, field);
    int status = ar_pte_readable(plan->reader);
    if (!status && (index < 0 || (size_t)index >= plan->slot_count))
        status = ar_pte_bad(plan->reader, ar_flat_place(table, field), "an instruction uses value %d: there are %zu",
                            index, plan->slot_count);
    if (!status)
        *out = &plan->slots[index];
    return status;
}

static int read_call(instruction *out, const ar_pte_plan *plan)
{
    int operators = out->kind == CALL_OPERATOR;
    size_t count = operators ? plan->operator_count : plan->delegate_count;
    int32_t what = ar_flat_i32(&out->table, CALL_WHAT);
    ar_flat_list *args = &out->call.args;
    *args = ar_flat_list_of(&out->table, CALL_ARGUMENTS, 4, "the arguments of a call");
    int status = ar_pte_readable(plan->reader);
    if (!status && (what < 0 || (size_t)what >= count))
        status = ar_pte_bad(plan->reader, ar_flat_place(&out->table, CALL_WHAT), "%s %d is called: there are %zu",
                            operators ? "operator" : "delegate", what, count);
    if (!status && !args->there)
        status = ar_pte_bad(plan->reader, out->call.at, "a call has no list of arguments");
    for (uint32_t i = 0; !status && i < args->count; i++) {
        int32_t index = ar_flat_item_i32(args, i);
        if (index < 0 || (size_t)index >= plan->slot_count)
            status = ar_pte_bad(plan->reader, ar_flat_item_place(args, i),
                                "argument %u of a call is value %d: there are %zu", i, index, plan->slot_count);
    }
    if (!status && operators)
        out->called = &plan->operators[what];
    else if (!status)
        out->delegate = &plan->delegates[what];
    return status;
}

static int read_instruction(instruction *out, const ar_pte_plan *plan, const ar_flat_table *outer)
{
    out->kind = ar_flat_byte(outer, INSTRUCTION_KIND);
    out->table = ar_flat_child(outer, INSTRUCTION_TABLE, "what an instruction does");
    out->call.at = ar_flat_place(&out->table, 0);
    int status = ar_pte_readable(plan->reader);
    if (!status && (out->kind < CALL_OPERATOR || out->kind > RELEASE || out->table.at == 0))
        status = ar_pte_bad(plan->reader, ar_flat_place(outer, INSTRUCTION_KIND),
                            "an instruction of the kind %d: %d to %d expected", out->kind, CALL_OPERATOR, RELEASE);
    if (status)
        return status;
    switch (out->kind) {
    case MOVE:
        status = read_slot(&out->from, plan, &out->table, MOVE_FROM);
        return status ? status : read_slot(&out->to, plan, &out->table, MOVE_TO);
    case JUMP: return read_slot(&out->from, plan, &out->table, JUMP_CONDITION);
    case RELEASE:
        /* The tensor has no memory from then on, and in the next run. */
        return ar_pte_unsupported(plan->reader, out->call.at,
                                  "memory is given back between instructions: export it again with planned memory");
    default: return read_call(out, plan);
    }
}

static int for_each_instruction(ar_pte_plan *plan, const ar_flat_table *table,
                                int (*visit)(ar_pte_plan *plan, const instruction *one))
{
    ar_flat_list chains = ar_flat_list_of(table, METHOD_CHAINS, 4, "the list of chains");
    int status = ar_pte_readable(plan->reader);
    if (!status && chains.count == 0)
        status =
            ar_pte_bad(plan->reader, ar_flat_place(table, METHOD_CHAINS), "a method without a chain of instructions");
    for (uint32_t i = 0; !status && i < chains.count; i++) {
        ar_flat_table chain = ar_flat_item_table(&chains, i, "a chain of instructions");
        ar_flat_list list = ar_flat_list_of(&chain, CHAIN_INSTRUCTIONS, 4, "the list of instructions");
        status = ar_pte_readable(plan->reader);
        if (!status && !list.there)
            status = ar_pte_bad(plan->reader, ar_flat_item_place(&chains, i), "a chain has no list of instructions");
        for (uint32_t k = 0; !status && k < list.count; k++) {
            instruction one = {.chain_length = list.count};
            ar_flat_table outer = ar_flat_item_table(&list, k, "an instruction");
            status = read_instruction(&one, plan, &outer);
            if (!status)
                status = visit(plan, &one);
        }
    }
    return status;
}

/* ---- the first walk --------------------------------------------------------------------------------------------- */

static void mark_delegate(const ar_pte_plan *plan, const instruction *one)
{
    const ar_pte_graph *graph = one->delegate->graph;
    const ar_pte_call *call = &one->call;
    if (!graph) {
        for (uint32_t i = 0; i < call->args.count; i++)
            ar_pte_argument(plan, call, i)->written = 1;
        return;
    }
    for (size_t i = 0; i < graph->external_count; i++)
        if (graph->externals[i].output && graph->externals[i].id < call->args.count)
            ar_pte_argument(plan, call, graph->externals[i].id)->written = 1;
}

static int mark(ar_pte_plan *plan, const instruction *one)
{
    plan->instruction_count++;
    switch (one->kind) {
    case CALL_OPERATOR: ar_pte_mark_written(plan, one->called, &one->call); break;
    case CALL_DELEGATE: mark_delegate(plan, one); break;
    case MOVE: one->to->written = 1; break;
    default: plan->jumps = 1; break;
    }
    return ARNY_OK;
}

/* ---- the second walk -------------------------------------------------------------------------------------------- */

static int same_shape(const ar_pte_slot *a, const ar_pte_slot *b)
{
    return a->value.scalar_type == b->value.scalar_type && a->value.dim_count == b->value.dim_count &&
           a->value.dynamic == b->value.dynamic &&
           memcmp(a->value.dims, b->value.dims, a->value.dim_count * sizeof a->value.dims[0]) == 0 &&
           memcmp(a->order, b->order, a->value.dim_count) == 0;
}

/* A move makes a value the same tensor as another one: memory and all. */
static int check_move(const ar_pte_plan *plan, const instruction *one)
{
    ar_pte_slot *from = one->from, *to = one->to;
    int kind = from->value.kind;
    if (kind == AR_PTE_INT || kind == AR_PTE_BOOL || kind == AR_PTE_DOUBLE) {
        from->settled = 1;
        return ar_pte_settle(plan, &one->call, to, kind);
    }
    if (kind != to->value.kind || to->input)
        return ar_pte_bad(plan->reader, one->call.at, "a value is moved into an input, or into one of another kind");
    if (kind == AR_PTE_TENSOR &&
        (from->memory != AR_MEMORY_ARENA || to->memory != AR_MEMORY_ARENA || !same_shape(from, to)))
        return ar_pte_bad(plan->reader, one->call.at,
                          "a tensor is moved into one of another shape, or memory that is not planned");
    if (kind != AR_PTE_TENSOR && kind != AR_PTE_NONE)
        return ar_pte_unsupported(plan->reader, one->call.at, "a list or a string is moved");
    return ARNY_OK;
}

static int check_jump(const ar_pte_plan *plan, const instruction *one)
{
    ar_pte_slot *condition = one->from;
    int32_t to = ar_flat_i32(&one->table, JUMP_TO);
    if (to < 0 || (uint32_t)to > one->chain_length)
        return ar_pte_bad(plan->reader, ar_flat_place(&one->table, JUMP_TO), "a jump to instruction %d: there are %u",
                          to, one->chain_length);
    condition->settled = 1;
    if (condition->value.kind == AR_PTE_BOOL)
        return ARNY_OK;
    if (condition->value.kind != AR_PTE_TENSOR || condition->value.scalar_type != AR_SCALAR_BOOL)
        return ar_pte_bad(plan->reader, ar_flat_place(&one->table, JUMP_CONDITION),
                          "a jump depends on a value that is neither a bool nor a tensor of them");
    return ar_pte_touch(plan, &one->call, "a jump", condition, 0);
}

static int note_cache(ar_pte_plan *plan, const ar_pte_call *call)
{
    ar_pte_method *method = plan->method;
    ar_pte_slot *slot = ar_pte_argument(plan, call, 1);
    uint32_t value = (uint32_t)(slot - plan->slots), positions = (uint32_t)slot->value.dims[1];
    if (slot->cache)
        return ARNY_OK;
    slot->cache = 1;
    if (method->kv_count == CACHES_MAX)
        return ar_pte_bad(plan->reader, call->at, "more than %d caches", CACHES_MAX);
    ar_pte_kv *more = ar_resize(method->kv, method->kv_count + 1, sizeof *more);
    if (!more)
        return ARNY_E_MEMORY;
    method->kv = more;
    method->kv[method->kv_count++] = (ar_pte_kv){.arena = slot->arena,
                                                 .offset = slot->offset,
                                                 .positions = positions,
                                                 .row_bytes = (uint32_t)(slot->bytes / positions),
                                                 .heads = (uint32_t)slot->value.dims[2],
                                                 .value = value};
    return ARNY_OK;
}

/* Exporters end a change of a buffer with one of these: most leave its name out. */
static int is_write_back(const char *name)
{
    return strcmp(name, "aten::copy_") == 0 || strcmp(name, "aten::index_put_") == 0;
}

static int check(ar_pte_plan *plan, const instruction *one)
{
    int status;
    switch (one->kind) {
    case CALL_OPERATOR:
        status = ar_pte_check_kernel(plan, one->called, &one->call);
        if (!status && strcmp(one->called->name, "llama::update_cache.out") == 0)
            status = note_cache(plan, &one->call);
        if (!status && is_write_back(one->called->name))
            ar_pte_argument(plan, &one->call, 0)->kept |=
                ar_pte_argument(plan, &one->call, 0)->memory == AR_MEMORY_ARENA;
        if (!status && strcmp(one->called->name, "llama::custom_sdpa.out") == 0 && plan->method->heads == 0)
            plan->method->heads = ar_pte_argument(plan, &one->call, 0)->value.dims[2];
        return status;
    case CALL_DELEGATE:
        return one->delegate->graph ? ar_pte_check_delegate(plan, one->delegate->graph, &one->call) : ARNY_OK;
    case MOVE: return check_move(plan, one);
    case JUMP: return check_jump(plan, one);
    default: return ARNY_OK;
    }
}

/* ---- who reads the caches --------------------------------------------------------------------------------------- */

#define CACHES_PRIVATE 1024 /* of more it is not asked: each is compared with each argument */

static int overlaps(const ar_pte_slot *slot, const ar_pte_kv *kv)
{
    uint64_t end = kv->offset + (uint64_t)kv->positions * kv->row_bytes;
    return slot->value.kind == AR_PTE_TENSOR && slot->memory == AR_MEMORY_ARENA && slot->arena == kv->arena &&
           slot->offset < end && kv->offset < slot->offset + slot->bytes;
}

static void see_slot(const ar_pte_plan *plan, const ar_pte_slot *slot)
{
    ar_pte_method *method = plan->method;
    for (size_t i = 0; i < method->kv_count && !method->kv_shared; i++)
        method->kv_shared = overlaps(slot, &method->kv[i]);
}

/* The key or the value of llama::custom_sdpa: a cache from its first byte on, or something else. */
static void see_key(const ar_pte_plan *plan, const ar_pte_slot *slot)
{
    for (size_t i = 0; i < plan->method->kv_count; i++)
        if (overlaps(slot, &plan->method->kv[i]) && slot->offset == plan->method->kv[i].offset)
            return;
    plan->method->kv_shared = 1; /* attention over something that is no cache */
}

/* Anything but the two kernels of ours that touches a cache makes it one whose numbers must stay as they are. */
static int see_caches(ar_pte_plan *plan, const instruction *one)
{
    const char *name = one->kind == CALL_OPERATOR ? one->called->name : "";
    int updates = strcmp(name, "llama::update_cache.out") == 0, attends = strcmp(name, "llama::custom_sdpa.out") == 0;
    if (plan->method->kv_count == 0 || plan->method->kv_count > CACHES_PRIVATE) {
        plan->method->kv_shared = 1;
    } else if (one->kind == MOVE) {
        see_slot(plan, one->from);
        see_slot(plan, one->to);
    } else if (one->kind == CALL_OPERATOR || one->kind == CALL_DELEGATE) {
        for (uint32_t i = 0; i < one->call.args.count; i++) {
            const ar_pte_slot *slot = ar_pte_argument(plan, &one->call, i);
            if (updates && (i == 1 || i == 3)) /* the cache; and what stands for it afterwards, and is not written */
                continue;
            if (attends && (i == 1 || i == 2))
                see_key(plan, slot);
            else
                see_slot(plan, slot);
            for (uint32_t k = 0; k < slot->items.count && (slot->value.kind == AR_PTE_TENSOR_LIST ||
                                                           slot->value.kind == AR_PTE_OPTIONAL_TENSOR_LIST);
                 k++)
                if (ar_flat_item_i32(&slot->items, k) >= 0)
                    see_slot(plan, &plan->slots[ar_flat_item(&slot->items, k)]);
        }
    }
    return ARNY_OK;
}

/* ---- what is kept, and what is constant ------------------------------------------------------------------------- */

static int compare(const void *a, const void *b)
{
    const ar_pte_mutable *left = a, *right = b;
    if (left->arena != right->arena)
        return left->arena < right->arena ? -1 : 1;
    if (left->offset != right->offset)
        return left->offset < right->offset ? -1 : 1;
    return left->bytes == right->bytes ? 0 : left->bytes < right->bytes ? -1 : 1;
}

static int collect_mutables(ar_pte_plan *plan)
{
    ar_pte_method *method = plan->method;
    size_t count = 0, unique = 0;
    for (size_t i = 0; i < plan->slot_count; i++)
        count += (size_t)plan->slots[i].kept;
    if (!(method->mutables = ar_calloc(count + 1, sizeof *method->mutables)))
        return ARNY_E_MEMORY;
    count = 0;
    for (size_t i = 0; i < plan->slot_count; i++) {
        const ar_pte_slot *slot = &plan->slots[i];
        if (slot->kept)
            method->mutables[count++] = (ar_pte_mutable){slot->arena, slot->offset, slot->bytes};
    }
    qsort(method->mutables, count, sizeof *method->mutables, compare);
    for (size_t i = 0; i < count; i++)
        if (unique == 0 || compare(&method->mutables[unique - 1], &method->mutables[i]) != 0)
            method->mutables[unique++] = method->mutables[i];
    method->mutable_count = unique;
    return ARNY_OK;
}

static int add_constant(ar_pte_method *method, int64_t number)
{
    int64_t *more = ar_resize(method->constants, method->constant_count + 1, sizeof *more);
    if (!more)
        return ARNY_E_MEMORY;
    method->constants = more;
    method->constants[method->constant_count++] = number;
    return ARNY_OK;
}

static int collect_constants(ar_pte_plan *plan, const ar_flat_table *table)
{
    ar_pte_method *method = plan->method;
    ar_flat_list outputs = ar_flat_list_of(table, METHOD_OUTPUTS, 4, "the list of outputs");
    int status = ar_pte_readable(plan->reader);
    if (status || method->input_count > 0 || plan->instruction_count > 0)
        return status;
    for (uint32_t i = 0; !status && i < outputs.count; i++) {
        const ar_pte_slot *slot = &plan->slots[ar_flat_item_i32(&outputs, i)];
        int kind = slot->value.kind;
        if (kind == AR_PTE_INT || kind == AR_PTE_BOOL)
            status = add_constant(method, slot->number);
        uint32_t items = kind == AR_PTE_INT_LIST ? slot->items.count : 0;
        for (uint32_t k = 0; !status && k < items && method->constant_count <= CONSTANTS_MAX; k++) {
            const ar_pte_slot *item = &plan->slots[ar_flat_item(&slot->items, k)];
            if (item->value.kind == AR_PTE_INT)
                status = add_constant(method, item->number);
            else
                kind = item->value.kind; /* at its end */
        }
        if ((kind != AR_PTE_INT && kind != AR_PTE_BOOL && kind != AR_PTE_INT_LIST) ||
            method->constant_count > CONSTANTS_MAX) {
            method->constant_count = 0; /* something else besides, or no metadata at all */
            return status;
        }
    }
    return status;
}

/* ---- the whole -------------------------------------------------------------------------------------------------- */

int ar_pte_read_calls(ar_pte_plan *plan, const ar_flat_table *table)
{
    int status = for_each_instruction(plan, table, mark);
    if (!status)
        status = for_each_instruction(plan, table, check);
    if (!status)
        status = for_each_instruction(plan, table, see_caches);
    if (!status)
        status = collect_mutables(plan);
    return status ? status : collect_constants(plan, table);
}
