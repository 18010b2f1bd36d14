/*
 * engine/pte/flat.h - reads FlatBuffers that nobody vouches for: each offset, length and alignment is checked before it
 * is used.
 *
 * The first thing that could not be read is kept in the guard, and from then on all reads as absent. So code reads
 * straight on, and asks once, at the end. What a file leaves out reads as absent too: a number as 0, a table with `at`
 * 0, a list with `there` 0.
 *
 * Offsets may point anywhere, so a million entries may share one long list. How deep it goes is known from the schema;
 * how often a table or list is entered again is what the guard's budget bounds.
 */
#ifndef AR_ENGINE_PTE_FLAT_H
#define AR_ENGINE_PTE_FLAT_H

#include <stddef.h>
#include <stdint.h>

/* Shared by all buffers of a file. */
typedef struct ar_flat_guard {
    uint64_t budget;        /* entries that may still be looked at */
    const char *name, *why; /* what could not be read; NULL: nothing so far */
    uint64_t at;            /* and where, in the file */
} ar_flat_guard;

typedef struct ar_flat {
    const unsigned char *data;
    size_t bytes;
    uint64_t base; /* where it begins in the file */
    ar_flat_guard *guard;
} ar_flat;

typedef struct ar_flat_table {
    const ar_flat *flat;
    const char *name; /* for the sentence of a failure: "a tensor" */
    size_t at;        /* in the buffer; 0: absent */
    size_t vtable;
    unsigned vtable_bytes;
} ar_flat_table;

typedef struct ar_flat_list {
    const ar_flat *flat;
    const char *name;
    size_t at; /* of the first element */
    uint32_t count;
    unsigned width; /* bytes of an element */
    int there;
} ar_flat_list;

ar_flat_table ar_flat_root(const ar_flat *flat, const char *name);

/* Fields are counted from 0 in the order of the schema. */
int ar_flat_has(const ar_flat_table *table, unsigned field);
uint64_t ar_flat_number(const ar_flat_table *table, unsigned field, unsigned bytes);
ar_flat_table ar_flat_child(const ar_flat_table *table, unsigned field, const char *name);
/* `width` 1, 2, 4 or 8; 4 for tables, too. */
ar_flat_list ar_flat_list_of(const ar_flat_table *table, unsigned field, unsigned width, const char *name);
/* NUL-terminated, as the format wants; NULL: absent. */
const char *ar_flat_text(size_t *bytes, const ar_flat_table *table, unsigned field, const char *name);

/* The list is gone through once more. */
void ar_flat_again(const ar_flat_list *list);
uint64_t ar_flat_item(const ar_flat_list *list, uint32_t index);
ar_flat_table ar_flat_item_table(const ar_flat_list *list, uint32_t index, const char *name);

/* Where it lies in the file: the field, or the table when it has none; an element. */
uint64_t ar_flat_place(const ar_flat_table *table, unsigned field);
uint64_t ar_flat_item_place(const ar_flat_list *list, uint32_t index);

static inline int32_t ar_flat_i32(const ar_flat_table *table, unsigned field)
{
    return (int32_t)ar_flat_number(table, field, 4);
}

static inline uint32_t ar_flat_u32(const ar_flat_table *table, unsigned field)
{
    return (uint32_t)ar_flat_number(table, field, 4);
}

static inline int ar_flat_byte(const ar_flat_table *table, unsigned field)
{
    return (int)ar_flat_number(table, field, 1);
}

static inline int32_t ar_flat_item_i32(const ar_flat_list *list, uint32_t index)
{
    return (int32_t)ar_flat_item(list, index);
}

#endif
