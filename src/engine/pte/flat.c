/*
 * engine/pte/flat.c - see flat.h.
 *
 * The format (source: FlatBuffers' docs, "Internals"), little-endian, every number at a multiple of its size:
 *
 *     buffer   u32 offset of the root table, 4 bytes that say which schema
 *     table    i32 distance back to its vtable, then fields, each where the vtable says
 *     vtable   u16 bytes of itself, u16 bytes of a table, u16 for each field: its offset in the table, 0: left out.
 *              Tables share it when their fields lie alike, whatever their size: that says nothing
 *     list     u32 count, elements; those of tables, and fields of tables, lists and text, are u32 distances ahead
 *     text     a list of bytes, and a NUL
 */
#include "engine/pte/flat.h"
#include "util/little.h"

static void fail(const ar_flat *flat, const char *name, size_t at, const char *why)
{
    if (flat->guard->name)
        return;
    flat->guard->name = name;
    flat->guard->why = why;
    flat->guard->at = flat->base + at;
}

static int spend(const ar_flat *flat, const char *name, size_t at, uint64_t entries)
{
    if (flat->guard->name)
        return 0;
    if (entries > flat->guard->budget) {
        fail(flat, name, at, "is read again and again: parts of the file are shared far too often");
        return 0;
    }
    flat->guard->budget -= entries;
    return 1;
}

/* ---- tables ----------------------------------------------------------------------------------------------------- */

static ar_flat_table open_table(const ar_flat *flat, size_t at, const char *name)
{
    ar_flat_table none = {.flat = flat, .name = name}, table = {.flat = flat, .name = name, .at = at};
    if (!spend(flat, name, at, 1))
        return none;
    if (at % 4 != 0 || flat->bytes < 4 || at > flat->bytes - 4 || at < 4) {
        fail(flat, name, at, "lies outside, or not at a multiple of 4");
        return none;
    }
    int64_t vtable = (int64_t)at - (int32_t)ar_get_little(flat->data + at, 4);
    if (vtable < 0 || vtable % 2 != 0 || (uint64_t)vtable > flat->bytes - 4) {
        fail(flat, name, at, "has a vtable outside, or not at a multiple of 2");
        return none;
    }
    table.vtable = (size_t)vtable;
    table.vtable_bytes = (unsigned)ar_get_little(flat->data + table.vtable, 2);
    if (table.vtable_bytes < 4 || table.vtable_bytes % 2 != 0 || table.vtable_bytes > flat->bytes - table.vtable) {
        fail(flat, name, table.vtable, "has a vtable that is no even number of bytes, or goes on beyond the end");
        return none;
    }
    return table;
}

ar_flat_table ar_flat_root(const ar_flat *flat, const char *name)
{
    if (flat->bytes < 8) {
        fail(flat, name, 0, "is cut short");
        return (ar_flat_table){.flat = flat, .name = name};
    }
    return open_table(flat, (size_t)ar_get_little(flat->data, 4), name);
}

/* Where the field's `bytes` lie; 0: it is left out. */
static size_t find(const ar_flat_table *table, unsigned field, unsigned bytes)
{
    if (table->at == 0 || table->flat->guard->name || 4 + 2 * (size_t)field + 2 > table->vtable_bytes)
        return 0;
    size_t offset = (size_t)ar_get_little(table->flat->data + table->vtable + 4 + 2 * (size_t)field, 2);
    if (offset == 0)
        return 0;
    size_t left = table->flat->bytes - table->at;
    if (offset < 4 || offset > left || bytes > left - offset || (table->at + offset) % bytes != 0) {
        fail(table->flat, table->name, table->at, "has a field outside, or not at a multiple of its size");
        return 0;
    }
    return table->at + offset;
}

int ar_flat_has(const ar_flat_table *table, unsigned field)
{
    return find(table, field, 1) != 0;
}

uint64_t ar_flat_number(const ar_flat_table *table, unsigned field, unsigned bytes)
{
    size_t at = find(table, field, bytes);
    return at == 0 ? 0 : ar_get_little(table->flat->data + at, bytes);
}

/* Where the distance at `at` leads; 0: nowhere that could be. */
static size_t follow(const ar_flat *flat, size_t at, const char *name)
{
    size_t distance = (size_t)ar_get_little(flat->data + at, 4);
    if (distance >= 4 && distance <= flat->bytes - at)
        return at + distance;
    fail(flat, name, at, "lies outside");
    return 0;
}

ar_flat_table ar_flat_child(const ar_flat_table *table, unsigned field, const char *name)
{
    size_t at = find(table, field, 4);
    if (at != 0)
        at = follow(table->flat, at, name);
    return at != 0 ? open_table(table->flat, at, name) : (ar_flat_table){.flat = table->flat, .name = name};
}

/* ---- lists and text --------------------------------------------------------------------------------------------- */

ar_flat_list ar_flat_list_of(const ar_flat_table *table, unsigned field, unsigned width, const char *name)
{
    const ar_flat *flat = table->flat;
    ar_flat_list none = {.flat = flat, .name = name, .width = width}, list = none;
    size_t at = find(table, field, 4);
    if (at == 0 || (at = follow(flat, at, name)) == 0)
        return none;
    if (at % 4 != 0 || flat->bytes - at < 4) {
        fail(flat, name, at, "has its count outside, or not at a multiple of 4");
        return none;
    }
    list.at = at + 4;
    list.count = (uint32_t)ar_get_little(flat->data + at, 4);
    if (list.count > (flat->bytes - list.at) / width || list.at % width != 0) {
        fail(flat, name, at, "goes on beyond the end, or does not begin at a multiple of its elements' size");
        return none;
    }
    if (!spend(flat, name, at, width == 1 ? 1 : 1 + (uint64_t)list.count)) /* bytes are not looked at one by one */
        return none;
    list.there = 1;
    return list;
}

const char *ar_flat_text(size_t *bytes, const ar_flat_table *table, unsigned field, const char *name)
{
    ar_flat_list list = ar_flat_list_of(table, field, 1, name);
    *bytes = list.count;
    if (!list.there)
        return NULL;
    if (list.count == list.flat->bytes - list.at || list.flat->data[list.at + list.count] != 0) {
        fail(list.flat, name, list.at, "does not end with a NUL");
        return NULL;
    }
    return (const char *)list.flat->data + list.at;
}

void ar_flat_again(const ar_flat_list *list)
{
    (void)spend(list->flat, list->name, list->at, list->count);
}

uint64_t ar_flat_item(const ar_flat_list *list, uint32_t index)
{
    if (index >= list->count || list->flat->guard->name)
        return 0;
    return ar_get_little(list->flat->data + list->at + (size_t)index * list->width, list->width);
}

ar_flat_table ar_flat_item_table(const ar_flat_list *list, uint32_t index, const char *name)
{
    size_t at = 0;
    if (index < list->count && list->width == 4 && !list->flat->guard->name)
        at = follow(list->flat, list->at + 4 * (size_t)index, name);
    return at != 0 ? open_table(list->flat, at, name) : (ar_flat_table){.flat = list->flat, .name = name};
}

/* ---- places ----------------------------------------------------------------------------------------------------- */

uint64_t ar_flat_place(const ar_flat_table *table, unsigned field)
{
    size_t at = find(table, field, 1);
    return table->flat->base + (at != 0 ? at : table->at);
}

uint64_t ar_flat_item_place(const ar_flat_list *list, uint32_t index)
{
    return list->flat->base + list->at + (size_t)index * list->width;
}
