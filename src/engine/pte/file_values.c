/*
 * engine/pte/file_values.c - the values of a method: of a known kind, tensors of a size that can be and with data that
 * are there, lists whose items are values.
 */
#include "engine/pte/file_private.h"
#include "util/mem.h"
#include "util/utf8.h"
#include <string.h>

/* Fields, in the order of schema/program.fbs. */
enum { METHOD_VALUES = 2 };

#define VALUES_MAX 262144 /* of a method; 30 layers have 3,600 */

enum { VALUE_KIND, VALUE_TABLE };
enum { SINGLE_VALUE }; /* of an int, a bool, a string, a list */
enum {
    TENSOR_TYPE,
    TENSOR_STORAGE_OFFSET,
    TENSOR_SIZES,
    TENSOR_ORDER,
    TENSOR_DATA = 5,
    TENSOR_PLACE,
    TENSOR_DYNAMISM = 8,
    TENSOR_EXTRA
};
enum { PLACE_ARENA, PLACE_OFFSET_LOW, PLACE_OFFSET_HIGH };
enum { EXTRA_NAME = 1, EXTRA_LOCATION, EXTRA_DEVICE };

enum { STATIC, BOUNDED };  /* dynamism: other tensors have no bound, and the runtime does not take them */
enum { IN_FILE, OUTSIDE }; /* location */
enum { DEVICE_CPU };

uint64_t ar_scalar_bytes(int scalar_type)
{
    static const unsigned char bytes[] = {1, 1, 2, 4, 8, 2, 4, 8, 0, 0, 0, 1, 1, 1, 4,
                                          2, 1, 1, 0, 0, 0, 0, 2, 1, 1, 1, 1, 2, 4, 8};
    return scalar_type >= 0 && (size_t)scalar_type < sizeof bytes ? bytes[scalar_type] : 0;
}

uint64_t ar_pte_product(const uint32_t *dims, size_t count, uint64_t element)
{
    uint64_t product = element;
    for (size_t i = 0; i < count; i++)
        if (dims[i] == 0)
            return 0;
    for (size_t i = 0; i < count; i++) {
        if (product > AR_PTE_BYTES_MAX / dims[i])
            return UINT64_MAX;
        product *= dims[i];
    }
    return product;
}

/* ---- tensors ---------------------------------------------------------------------------------------------------- */

static int read_shape(ar_pte_slot *slot, const ar_pte_reader *reader, const ar_flat_table *table)
{
    ar_pte_value *value = &slot->value;
    ar_flat_list sizes = ar_flat_list_of(table, TENSOR_SIZES, 4, "a tensor's dimensions");
    ar_flat_list order = ar_flat_list_of(table, TENSOR_ORDER, 1, "a tensor's order of dimensions");
    uint32_t dims[AR_PTE_DIMS], seen = 0;
    int status = ar_pte_readable(reader);
    if (status)
        return status;
    if (!sizes.there || !order.there || sizes.count != order.count)
        return ar_pte_bad(reader, slot->at, "a tensor has %u dimensions, and an order of %u", sizes.count, order.count);
    if (sizes.count > AR_PTE_DIMS)
        return ar_pte_bad(reader, ar_flat_item_place(&sizes, 0), "a tensor of %u dimensions: at most %d expected",
                          sizes.count, AR_PTE_DIMS);
    value->dim_count = sizes.count;
    slot->ordered = 1;
    for (uint32_t i = 0; i < sizes.count; i++) {
        unsigned place = (unsigned)ar_flat_item(&order, i);
        value->dims[i] = ar_flat_item_i32(&sizes, i);
        if (value->dims[i] < 0)
            return ar_pte_bad(reader, ar_flat_item_place(&sizes, i), "a tensor's dimension is %d", value->dims[i]);
        if (place >= sizes.count || seen & 1u << place)
            return ar_pte_bad(reader, ar_flat_item_place(&order, i),
                              "a tensor's order of dimensions has a %u: each of 0 to %u once expected", place,
                              sizes.count - 1);
        seen |= 1u << place;
        dims[i] = (uint32_t)value->dims[i];
        slot->order[i] = (unsigned char)place;
        slot->ordered &= place == i;
    }
    slot->bytes = ar_pte_product(dims, value->dim_count, ar_scalar_bytes(value->scalar_type));
    if (slot->bytes > AR_PTE_BYTES_MAX)
        return ar_pte_bad(reader, slot->at, "a tensor of more than %llu GB",
                          (unsigned long long)AR_PTE_BYTES_MAX >> 30);
    return ARNY_OK;
}

static int read_place(ar_pte_plan *plan, ar_pte_slot *slot, const ar_flat_table *table)
{
    const ar_pte_method *method = plan->method;
    ar_flat_table place = ar_flat_child(table, TENSOR_PLACE, "a tensor's place");
    uint32_t index = ar_flat_u32(table, TENSOR_DATA), arena = ar_flat_u32(&place, PLACE_ARENA);
    uint64_t data_at = ar_flat_place(table, TENSOR_DATA), element = ar_scalar_bytes(slot->value.scalar_type);
    int status = ar_pte_readable(plan->reader);
    if (status)
        return status;
    if (place.at == 0) {
        slot->memory = index != 0 ? AR_MEMORY_CONSTANT : AR_MEMORY_NONE;
        return index != 0 ? ar_pte_constant_data(plan->reader, index, slot->bytes, element, data_at) : ARNY_OK;
    }
    slot->memory = AR_MEMORY_ARENA;
    slot->offset = ar_flat_u32(&place, PLACE_OFFSET_LOW) | (uint64_t)ar_flat_u32(&place, PLACE_OFFSET_HIGH) << 32;
    if (arena < 1 || arena > method->arena_count)
        return ar_pte_bad(plan->reader, ar_flat_place(&place, PLACE_ARENA),
                          "a tensor lies in memory %u: 1 to %zu are planned", arena, method->arena_count);
    slot->arena = arena - 1;
    uint64_t size = (uint64_t)method->arenas[slot->arena];
    if (slot->offset > size || slot->bytes > size - slot->offset || slot->offset % element != 0)
        return ar_pte_bad(plan->reader, ar_flat_place(&place, PLACE_OFFSET_LOW),
                          "a tensor of %llu bytes lies at byte %llu of a memory of %llu: it must end within, and begin "
                          "at a multiple of %llu",
                          (unsigned long long)slot->bytes, (unsigned long long)slot->offset, (unsigned long long)size,
                          (unsigned long long)element);
    if (index == 0)
        return ARNY_OK;
    slot->kept = 1;
    plan->method->has_initial_state = 1;
    return ar_pte_initial_data(plan->reader, index, slot->bytes, data_at);
}

static int read_tensor(ar_pte_plan *plan, ar_pte_slot *slot, const ar_flat_table *table)
{
    const ar_pte_reader *reader = plan->reader;
    ar_flat_table extra = ar_flat_child(table, TENSOR_EXTRA, "what else is said of a tensor");
    int type = ar_flat_byte(table, TENSOR_TYPE), dynamism = ar_flat_byte(table, TENSOR_DYNAMISM);
    int location = ar_flat_byte(&extra, EXTRA_LOCATION), device = ar_flat_byte(&extra, EXTRA_DEVICE);
    size_t bytes;
    const char *name = ar_flat_text(&bytes, &extra, EXTRA_NAME, "a tensor's name");
    int status = ar_pte_readable(reader);
    if (status)
        return status;
    slot->value.scalar_type = type;
    slot->value.dynamic = dynamism != STATIC;
    if (ar_scalar_bytes(type) == 0)
        return ar_pte_bad(reader, ar_flat_place(table, TENSOR_TYPE), "a tensor has elements of the type %d", type);
    if (ar_flat_i32(table, TENSOR_STORAGE_OFFSET) != 0)
        return ar_pte_bad(reader, ar_flat_place(table, TENSOR_STORAGE_OFFSET),
                          "a tensor begins within its storage: 0 expected");
    if (dynamism != STATIC && dynamism != BOUNDED)
        return ar_pte_unsupported(reader, ar_flat_place(table, TENSOR_DYNAMISM),
                                  "a tensor's dimensions have no upper bound: the runtime does not take it");
    if (location == OUTSIDE)
        return ar_pte_unsupported(reader, ar_flat_place(&extra, EXTRA_LOCATION),
                                  "a tensor's data lie in another file (.ptd): export it again with its weights in it");
    if (location != IN_FILE)
        return ar_pte_bad(reader, ar_flat_place(&extra, EXTRA_LOCATION), "a tensor's data lie in a place %d", location);
    if (device != DEVICE_CPU)
        return ar_pte_unsupported(reader, ar_flat_place(&extra, EXTRA_DEVICE),
                                  "a tensor lies in the memory of another device: export it again for the CPU");
    status = read_shape(slot, reader, table);
    if (!status)
        status = read_place(plan, slot, table);
    if (name && bytes > 0 && slot->memory == AR_MEMORY_ARENA)
        slot->kept = 1;
    plan->method->tensors++;
    return status;
}

/* ---- lists ------------------------------------------------------------------------------------------------------ */

/* Items are values. Those of tensor lists must come before: the runtime looks at them while it makes the list. */
static int read_items(const ar_pte_plan *plan, ar_pte_slot *slot, const ar_flat_table *table)
{
    int kind = slot->value.kind, ints = kind == AR_PTE_INT_LIST;
    ar_flat_list *items = &slot->items;
    *items = ar_flat_list_of(table, SINGLE_VALUE, ints ? 8 : 4, "a list of values");
    int status = ar_pte_readable(plan->reader);
    if (!status && !items->there)
        status = ar_pte_bad(plan->reader, slot->at, "a list has no items, not even none");
    for (uint32_t i = 0; !status && i < items->count; i++) {
        int64_t item = ints ? (int64_t)ar_flat_item(items, i) : ar_flat_item_i32(items, i);
        size_t count = ints ? plan->slot_count : (size_t)(slot - plan->slots);
        if (kind == AR_PTE_OPTIONAL_TENSOR_LIST && item == -1)
            continue;
        if (item < 0 || (uint64_t)item >= count)
            status = ar_pte_bad(plan->reader, ar_flat_item_place(items, i),
                                "a list has value %lld as an item: 0 to %zu expected", (long long)item, count);
        else if (!ints && plan->slots[item].value.kind != AR_PTE_TENSOR &&
                 (kind != AR_PTE_OPTIONAL_TENSOR_LIST || plan->slots[item].value.kind != AR_PTE_NONE))
            status = ar_pte_bad(plan->reader, ar_flat_item_place(items, i), "item %u of a list is not a tensor", i);
    }
    return status;
}

/* ---- values ----------------------------------------------------------------------------------------------------- */

static int read_value(ar_pte_plan *plan, ar_pte_slot *slot, const ar_flat_table *outer)
{
    static const char *const names[AR_PTE_KINDS] = {
        [AR_PTE_NONE] = "a none",
        [AR_PTE_INT] = "an int",
        [AR_PTE_BOOL] = "a bool",
        [AR_PTE_DOUBLE] = "a double",
        [AR_PTE_TENSOR] = "a tensor",
        [AR_PTE_STRING] = "a string",
        [AR_PTE_INT_LIST] = "a list of ints",
        [AR_PTE_DOUBLE_LIST] = "a list of doubles",
        [AR_PTE_BOOL_LIST] = "a list of bools",
        [AR_PTE_TENSOR_LIST] = "a list of tensors",
        [AR_PTE_OPTIONAL_TENSOR_LIST] = "a list of optional tensors",
    };
    const ar_pte_reader *reader = plan->reader;
    int kind = ar_flat_byte(outer, VALUE_KIND), there = 1;
    const char *text;
    uint64_t bits;
    size_t bytes;
    slot->at = ar_flat_place(outer, VALUE_KIND);
    slot->value.kind = kind;
    if (!reader->guard.name && (kind < AR_PTE_NONE || kind >= AR_PTE_KINDS))
        return ar_pte_bad(reader, slot->at, "value %zu is of the kind %d: %d to %d are known",
                          (size_t)(slot - plan->slots), kind, AR_PTE_NONE, AR_PTE_KINDS - 1);
    if (kind == AR_PTE_NONE || reader->guard.name)
        return ar_pte_readable(reader);
    ar_flat_table table = ar_flat_child(outer, VALUE_TABLE, names[kind]);
    int status = ar_pte_readable(reader);
    if (!status && table.at == 0)
        status = ar_pte_bad(reader, slot->at, "value %zu is %s that is not there", (size_t)(slot - plan->slots),
                            names[kind]);
    if (status)
        return status;
    slot->at = ar_flat_place(&table, 0);
    switch (kind) {
    case AR_PTE_INT: slot->number = (int64_t)ar_flat_number(&table, SINGLE_VALUE, 8); break;
    case AR_PTE_BOOL: slot->number = ar_flat_byte(&table, SINGLE_VALUE) != 0; break;
    case AR_PTE_DOUBLE:
        bits = ar_flat_number(&table, SINGLE_VALUE, 8);
        memcpy(&slot->real, &bits, sizeof slot->real);
        break;
    case AR_PTE_STRING:
        text = ar_flat_text(&bytes, &table, SINGLE_VALUE, "a string");
        there = text && ar_utf8_valid(text, bytes) == bytes; /* kernels print it when they do not know it */
        break;
    case AR_PTE_DOUBLE_LIST: there = ar_flat_list_of(&table, SINGLE_VALUE, 8, "a list of doubles").there; break;
    case AR_PTE_BOOL_LIST: there = ar_flat_list_of(&table, SINGLE_VALUE, 1, "a list of bools").there; break;
    case AR_PTE_TENSOR: return read_tensor(plan, slot, &table);
    default: return read_items(plan, slot, &table);
    }
    status = ar_pte_readable(reader);
    if (!status && !there)
        status = ar_pte_bad(reader, slot->at, "value %zu is %s without what is in it, or no UTF-8",
                            (size_t)(slot - plan->slots), names[kind]);
    return status;
}

int ar_pte_read_values(ar_pte_plan *plan, const ar_flat_table *table)
{
    ar_flat_list list = ar_flat_list_of(table, METHOD_VALUES, 4, "the list of values");
    int status = ar_pte_readable(plan->reader);
    if (!status && !list.there)
        status = ar_pte_bad(plan->reader, ar_flat_place(table, METHOD_VALUES), "a method has no list of values");
    if (!status && list.count > VALUES_MAX)
        status = ar_pte_bad(plan->reader, ar_flat_place(table, METHOD_VALUES),
                            "a method of %u values: at most %d expected", list.count, VALUES_MAX);
    if (status)
        return status;
    if (!(plan->slots = ar_calloc((size_t)list.count + 1, sizeof *plan->slots)))
        return ARNY_E_MEMORY;
    plan->slot_count = list.count;
    for (uint32_t i = 0; !status && i < list.count; i++) {
        ar_flat_table value = ar_flat_item_table(&list, i, "a value");
        status = ar_pte_readable(plan->reader);
        if (!status)
            status = read_value(plan, &plan->slots[i], &value);
    }
    return status;
}
