/*
 * engine/pte/file_parts.c - what the instructions of a method refer to: its operators, its delegates, its inputs and
 * outputs.
 */
#include "engine/pte/file_private.h"
#include "util/mem.h"
#include <string.h>

#define OPERATORS_MAX 4096
#define DELEGATES_MAX 65536
#define ENDS_MAX      4096
#define BACKENDS_MAX  64
#define BACKEND_MAX   63 /* bytes of its name */

/* Fields, in the order of schema/program.fbs. */
enum { METHOD_INPUTS = 3, METHOD_OUTPUTS, METHOD_OPERATORS = 6, METHOD_DELEGATES };
enum { OPERATOR_NAME, OPERATOR_OVERLOAD };
enum { DELEGATE_BACKEND, DELEGATE_DATA, DELEGATE_SPECS };
enum { DATA_LOCATION, DATA_INDEX };
enum { SPEC_KEY, SPEC_VALUE };

enum { INLINED, IN_SEGMENT };

/* ---- operators and delegates ------------------------------------------------------------------------------------ */

/* "name.overload", or "name" when the overload is empty: so the runtime looks them up. */
static int read_operator(ar_pte_operator *out, const ar_pte_reader *reader, const ar_flat_table *table)
{
    size_t bytes;
    const char *overload = ar_flat_text(&bytes, table, OPERATOR_OVERLOAD, "an operator's overload");
    char *first, *second = NULL;
    int status = ar_pte_readable(reader);
    if (!status && !overload)
        status =
            ar_pte_bad(reader, ar_flat_place(table, OPERATOR_OVERLOAD), "an operator has no overload, not even \"\"");
    if (!status)
        status = ar_pte_name(&first, reader, table, OPERATOR_NAME, AR_PTE_NAME_MAX, "an operator's name");
    if (status)
        return status;
    if (bytes > 0)
        status = ar_pte_name(&second, reader, table, OPERATOR_OVERLOAD, AR_PTE_NAME_MAX, "an operator's overload");
    if (!status && !(out->name = second ? ar_format("%s.%s", first, second) : ar_strdup(first)))
        status = ARNY_E_MEMORY;
    if (!status && strlen(out->name) > AR_PTE_NAME_MAX)
        status = ar_pte_bad(reader, ar_flat_place(table, OPERATOR_NAME), "an operator's name of more than %d bytes",
                            AR_PTE_NAME_MAX);
    ar_free(first);
    ar_free(second);
    if (!status)
        out->signature = ar_pte_signature_of(out->name);
    return status;
}

static int read_operators(ar_pte_plan *plan, const ar_flat_table *table)
{
    ar_pte_method *method = plan->method;
    ar_flat_list list = ar_flat_list_of(table, METHOD_OPERATORS, 4, "the list of operators");
    int status = ar_pte_readable(plan->reader);
    if (!status && list.count > OPERATORS_MAX)
        status = ar_pte_bad(plan->reader, ar_flat_place(table, METHOD_OPERATORS), "%u operators: at most %d expected",
                            list.count, OPERATORS_MAX);
    if (status)
        return status;
    plan->operators = ar_calloc((size_t)list.count + 1, sizeof *plan->operators);
    method->operators = ar_calloc((size_t)list.count + 1, sizeof *method->operators);
    if (!plan->operators || !method->operators)
        return ARNY_E_MEMORY;
    for (uint32_t i = 0; !status && i < list.count; i++) {
        ar_flat_table one = ar_flat_item_table(&list, i, "an operator");
        status = read_operator(&plan->operators[i], plan->reader, &one);
        method->operators[i] = plan->operators[i].name; /* whose it is from here on */
        method->operator_count = plan->operator_count = (size_t)i + 1;
    }
    return status;
}

static int note_backend(const ar_pte_reader *reader, uint64_t at, ar_pte_method *method, char *name)
{
    char **more = NULL;
    for (size_t i = 0; i < method->backend_count; i++)
        if (strcmp(method->backends[i], name) == 0) {
            ar_free(name);
            return ARNY_OK;
        }
    int status = ARNY_E_MEMORY;
    if (method->backend_count == BACKENDS_MAX)
        status = ar_pte_bad(reader, at, "a method uses more than %d backends", BACKENDS_MAX);
    else
        more = ar_resize(method->backends, method->backend_count + 1, sizeof *more);
    if (!more) {
        ar_free(name);
        return status;
    }
    method->backends = more;
    method->backends[method->backend_count++] = name;
    return ARNY_OK;
}

/* The runtime reads keys and values of these without a look at whether they are there. */
static int check_specs(const ar_pte_reader *reader, const ar_flat_table *table)
{
    ar_flat_list list = ar_flat_list_of(table, DELEGATE_SPECS, 4, "a delegate's settings");
    size_t bytes;
    int status = ar_pte_readable(reader);
    for (uint32_t i = 0; !status && i < list.count; i++) {
        ar_flat_table one = ar_flat_item_table(&list, i, "a setting");
        const char *key = ar_flat_text(&bytes, &one, SPEC_KEY, "a setting's key");
        ar_flat_list value = ar_flat_list_of(&one, SPEC_VALUE, 1, "a setting's value");
        status = ar_pte_readable(reader);
        if (!status && (!key || !value.there))
            status = ar_pte_bad(reader, ar_flat_item_place(&list, i), "a setting of a delegate has no key or no value");
    }
    return status;
}

static int read_delegate(ar_pte_plan *plan, ar_pte_delegate *out, const ar_flat_table *table)
{
    ar_pte_reader *reader = plan->reader;
    ar_flat_table data = ar_flat_child(table, DELEGATE_DATA, "where a delegate's data are");
    int location = ar_flat_byte(&data, DATA_LOCATION);
    uint32_t index = ar_flat_u32(&data, DATA_INDEX);
    size_t count = location == INLINED ? reader->inlined.count : reader->segment_count;
    char *name;
    int status = ar_pte_readable(reader);
    if (!status && data.at == 0)
        status = ar_pte_bad(reader, ar_flat_place(table, DELEGATE_DATA), "a delegate does not say where its data are");
    if (!status && location != INLINED && location != IN_SEGMENT)
        status =
            ar_pte_bad(reader, ar_flat_place(&data, DATA_LOCATION), "a delegate's data lie in a place %d", location);
    if (!status && index >= count)
        status = ar_pte_bad(reader, ar_flat_place(&data, DATA_INDEX), "data %u of a delegate, and there are %zu", index,
                            count);
    if (!status)
        status = check_specs(reader, table);
    if (!status)
        status = ar_pte_name(&name, reader, table, DELEGATE_BACKEND, BACKEND_MAX, "a backend's name");
    if (status)
        return status;
    int xnnpack = strcmp(name, "XnnpackBackend") == 0;
    status = note_backend(reader, ar_flat_place(table, DELEGATE_BACKEND), plan->method, name);
    if (status || !xnnpack)
        return status;
    ar_pte_span span;
    if (location == INLINED) {
        ar_flat_table inlined = ar_flat_item_table(&reader->inlined, index, "a delegate's data");
        ar_flat_list bytes = ar_flat_list_of(&inlined, 0, 1, "a delegate's data");
        span = (ar_pte_span){bytes.at, bytes.count};
    } else {
        span = reader->segments[index];
    }
    ar_pte_graph *graph = &reader->graphs[location == INLINED ? reader->segment_count + index : index];
    out->graph = graph;
    if ((status = ar_pte_readable(reader)) || graph->checked)
        return status;
    graph->checked = 1;
    return ar_pte_check_graph(reader, graph, span);
}

static int read_delegates(ar_pte_plan *plan, const ar_flat_table *table)
{
    ar_flat_list list = ar_flat_list_of(table, METHOD_DELEGATES, 4, "the list of delegates");
    int status = ar_pte_readable(plan->reader);
    if (!status && (!list.there || list.count > DELEGATES_MAX))
        status = ar_pte_bad(plan->reader, ar_flat_place(table, METHOD_DELEGATES),
                            "a list of up to %d delegates expected: %u", DELEGATES_MAX, list.count);
    if (!status && !(plan->delegates = ar_calloc((size_t)list.count + 1, sizeof *plan->delegates)))
        status = ARNY_E_MEMORY;
    for (uint32_t i = 0; !status && i < list.count; i++) {
        ar_flat_table one = ar_flat_item_table(&list, i, "a delegate");
        status = read_delegate(plan, &plan->delegates[i], &one);
        plan->delegate_count = (size_t)i + 1;
    }
    return status;
}

/* ---- inputs and outputs ----------------------------------------------------------------------------------------- */

static int read_ends(ar_pte_value **out, size_t *count, ar_pte_plan *plan, const ar_flat_table *table, unsigned field)
{
    int inputs = field == METHOD_INPUTS;
    const char *name = inputs ? "the list of inputs" : "the list of outputs";
    ar_flat_list list = ar_flat_list_of(table, field, 4, name);
    int status = ar_pte_readable(plan->reader);
    if (!status && (!list.there || list.count > ENDS_MAX))
        status = ar_pte_bad(plan->reader, ar_flat_place(table, field), "%s is not there, or has more than %d", name,
                            ENDS_MAX);
    if (!status && !(*out = ar_calloc((size_t)list.count + 1, sizeof **out)))
        status = ARNY_E_MEMORY;
    for (uint32_t i = 0; !status && i < list.count; i++) {
        int32_t index = ar_flat_item_i32(&list, i);
        uint64_t at = ar_flat_item_place(&list, i);
        if (index < 0 || (size_t)index >= plan->slot_count)
            return ar_pte_bad(plan->reader, at, "%s has value %d: there are %zu", name, index, plan->slot_count);
        ar_pte_slot *slot = &plan->slots[index];
        int kind = slot->value.kind;
        if (inputs && (kind > AR_PTE_STRING || slot->memory == AR_MEMORY_CONSTANT))
            return ar_pte_bad(plan->reader, at, "input %u is a list, or a constant: nothing can be put there", i);
        if (!inputs && kind > AR_PTE_STRING && plan->method->input_count > 0) /* the runtime has no way to give one */
            return ar_pte_bad(plan->reader, at, "output %u is a list", i);
        if (inputs && !slot->input)
            slot->input = (int)i + 1;
        if (!inputs && !slot->output)
            slot->output = (int)i + 1;
        slot->borrowed |= inputs && kind == AR_PTE_TENSOR && slot->memory == AR_MEMORY_NONE;
        (*out)[i] = slot->value;
        *count = (size_t)i + 1;
    }
    return status;
}

int ar_pte_read_parts(ar_pte_plan *plan, const ar_flat_table *table)
{
    ar_pte_method *method = plan->method;
    int status = read_ends(&method->inputs, &method->input_count, plan, table, METHOD_INPUTS);
    if (!status)
        status = read_ends(&method->outputs, &method->output_count, plan, table, METHOD_OUTPUTS);
    if (!status)
        status = read_operators(plan, table);
    return status ? status : read_delegates(plan, table);
}
