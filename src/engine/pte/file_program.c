/* engine/pte/file_program.c - what all methods share: the header, segments, constants, data with a name. */
#include "engine/pte/file_private.h"
#include "util/little.h"
#include "util/mem.h"
#include <stdlib.h>
#include <string.h>

#define HEADER_AT     8 /* the gap that the FlatBuffer leaves behind its root offset and its identifier */
#define HEADER_BYTES  24
#define HEADER_LONGER 32                    /* with the size of the segments, since ExecuTorch 1.0 */
#define PROGRAM_MAX   ((uint64_t)INT32_MAX) /* offsets of a FlatBuffer have 31 bits */

/* Fields, in the order of schema/program.fbs. */
enum {
    PROGRAM_METHODS = 1,
    PROGRAM_BUFFERS,
    PROGRAM_INLINED,
    PROGRAM_SEGMENTS,
    PROGRAM_CONSTANTS,
    PROGRAM_INITIAL,
    PROGRAM_NAMED
};
enum { SEGMENT_OFFSET, SEGMENT_SIZE };
enum { OFFSETS_SEGMENT, OFFSETS_LIST };
enum { NAMED_KEY, NAMED_SEGMENT };
enum { BUFFER_DATA };

/* ---- the header ------------------------------------------------------------------------------------------------- */

static int read_header(ar_pte_reader *reader, uint64_t *segments_at)
{
    const ar_pte *pte = reader->pte;
    const unsigned char *head = pte->data;
    uint64_t program = pte->bytes, length, base, more = 0;
    *segments_at = 0;
    if (pte->bytes < HEADER_AT)
        return ar_pte_bad(reader, pte->bytes, "the file ends here: it is cut short, or not a .pte");
    if (!ar_pte_recognizes(head, pte->bytes))
        return ar_pte_bad(reader, 4, "this is not a .pte that can be read: \"ET12\" expected here");
    if (pte->bytes >= HEADER_AT + HEADER_BYTES && memcmp(head + HEADER_AT, "eh00", 4) == 0) {
        length = ar_get_little(head + HEADER_AT + 4, 4);
        program = ar_get_little(head + HEADER_AT + 8, 8);
        base = ar_get_little(head + HEADER_AT + 16, 8);
        if (length < HEADER_BYTES)
            return ar_pte_bad(reader, HEADER_AT + 4, "a header of %llu bytes: at least %d expected",
                              (unsigned long long)length, HEADER_BYTES);
        if (length >= HEADER_LONGER && pte->bytes >= HEADER_AT + HEADER_LONGER)
            more = ar_get_little(head + HEADER_AT + 24, 8);
        if (program > pte->bytes || base > pte->bytes || more > pte->bytes - base)
            return ar_pte_bad(reader, HEADER_AT + 8,
                              "the program has %llu bytes, and segments %llu from byte %llu on, but the file ends at "
                              "byte %zu: it is cut short, or damaged",
                              (unsigned long long)program, (unsigned long long)more, (unsigned long long)base,
                              pte->bytes);
        if (base != 0 && base < program)
            return ar_pte_bad(reader, HEADER_AT + 16, "segments begin at byte %llu, within the program of %llu bytes",
                              (unsigned long long)base, (unsigned long long)program);
        *segments_at = base;
    }
    if (program > PROGRAM_MAX)
        return ar_pte_bad(reader, HEADER_AT, "a program of %llu bytes: at most %llu expected",
                          (unsigned long long)program, (unsigned long long)PROGRAM_MAX);
    reader->program = (ar_flat){.data = head, .bytes = (size_t)program, .guard = &reader->guard};
    return ARNY_OK;
}

/* ---- segments --------------------------------------------------------------------------------------------------- */

static int read_segments(ar_pte_reader *reader, const ar_flat_table *program, uint64_t base)
{
    ar_flat_list list = ar_flat_list_of(program, PROGRAM_SEGMENTS, 4, "the list of segments");
    uint64_t file = reader->pte->bytes, end = base;
    int status = ar_pte_readable(reader);
    if (status)
        return status;
    reader->segments = ar_calloc((size_t)list.count + 1, sizeof *reader->segments);
    reader->uses = ar_calloc((size_t)list.count + 1, sizeof *reader->uses);
    if (!reader->segments || !reader->uses)
        return ARNY_E_MEMORY;
    for (uint32_t i = 0; i < list.count; i++) {
        ar_flat_table table = ar_flat_item_table(&list, i, "a segment");
        uint64_t offset = ar_flat_number(&table, SEGMENT_OFFSET, 8), bytes = ar_flat_number(&table, SEGMENT_SIZE, 8);
        if ((status = ar_pte_readable(reader)))
            return status;
        if (offset > file - base || bytes > file - base - offset)
            return ar_pte_bad(reader, ar_flat_place(&table, SEGMENT_OFFSET),
                              "segment %u has %llu bytes from byte %llu of the segments on, but the file ends at byte "
                              "%llu: it is cut short, or damaged",
                              i, (unsigned long long)bytes, (unsigned long long)offset, (unsigned long long)file);
        if (base == 0 && bytes > 0)
            return ar_pte_bad(reader, HEADER_AT, "segment %u has %llu bytes, and no header says where segments begin",
                              i, (unsigned long long)bytes);
        /* They lie in their order: two that overlap would be two names for the same weights. */
        if (base + offset < end)
            return ar_pte_bad(reader, ar_flat_place(&table, SEGMENT_OFFSET),
                              "segment %u begins at byte %llu of the segments, within the one before it", i,
                              (unsigned long long)offset);
        end = base + offset + bytes;
        reader->segments[i] = (ar_pte_span){base + offset, bytes};
        reader->pte->weights += (int64_t)bytes;
    }
    reader->segment_count = list.count;
    return ARNY_OK;
}

/* A list of offsets into one segment. */
static int read_offsets(ar_flat_list *out, ar_pte_span *data, const ar_pte_reader *reader, const ar_flat_table *table)
{
    uint32_t segment = ar_flat_u32(table, OFFSETS_SEGMENT);
    *out = ar_flat_list_of(table, OFFSETS_LIST, 8, "a list of offsets into a segment");
    if (out->count > 0 && !reader->guard.name) {
        if (segment >= reader->segment_count)
            return ar_pte_bad(reader, ar_flat_place(table, OFFSETS_SEGMENT), "segment %u, and there are %zu", segment,
                              reader->segment_count);
        *data = reader->segments[segment];
    }
    return ar_pte_readable(reader);
}

/* ---- constants -------------------------------------------------------------------------------------------------- */

static int read_constants(ar_pte_reader *reader, const ar_flat_table *program)
{
    ar_flat_table constants = ar_flat_child(program, PROGRAM_CONSTANTS, "the constants");
    ar_flat_list initial = ar_flat_list_of(program, PROGRAM_INITIAL, 4, "the initial states");
    reader->buffers = ar_flat_list_of(program, PROGRAM_BUFFERS, 4, "the list of constants");
    int status = ar_pte_readable(reader);
    /* The first offset is that of no constant: with no other one, the segment is not even looked at. */
    if (!status && ar_flat_list_of(&constants, OFFSETS_LIST, 8, "a list of offsets into a segment").count > 1)
        status = read_offsets(&reader->constants, &reader->constant_data, reader, &constants);
    if (!status)
        reader->pte->constants = (int64_t)reader->constant_data.bytes;
    if (!status && reader->constants.count > 0 && reader->buffers.count > 0)
        status = ar_pte_bad(reader, ar_flat_item_place(&reader->buffers, 0),
                            "constants lie in a segment and in the program: one of both expected");
    if (status)
        return status;
    if (initial.count > 0) {
        ar_flat_table first = ar_flat_item_table(&initial, 0, "the initial states");
        status = read_offsets(&reader->initial, &reader->initial_data, reader, &first);
    }
    for (uint32_t i = 0; !status && i < reader->buffers.count; i++) {
        ar_flat_table buffer = ar_flat_item_table(&reader->buffers, i, "a constant");
        reader->pte->weights += ar_flat_list_of(&buffer, BUFFER_DATA, 1, "a constant").count;
        status = ar_pte_readable(reader);
    }
    return status;
}

static int lies_within(const ar_pte_reader *reader, const ar_flat_list *offsets, ar_pte_span data, uint32_t index,
                       uint64_t bytes, uint64_t element, uint64_t at)
{
    if (index >= offsets->count)
        return ar_pte_bad(reader, at, "data %u of a tensor, and there are %u", index, offsets->count);
    uint64_t offset = ar_flat_item(offsets, index);
    if (offset > data.bytes || bytes > data.bytes - offset)
        return ar_pte_bad(reader, at,
                          "a tensor needs %llu bytes from byte %llu of its segment on, and the segment has %llu",
                          (unsigned long long)bytes, (unsigned long long)offset, (unsigned long long)data.bytes);
    uint64_t place = data.at + offset;
    if (place % element != 0)
        return ar_pte_bad(reader, at, "a tensor's data lie at byte %llu: a multiple of %llu expected",
                          (unsigned long long)place, (unsigned long long)element);
    return ARNY_OK;
}

int ar_pte_constant_data(const ar_pte_reader *reader, uint32_t index, uint64_t bytes, uint64_t element, uint64_t at)
{
    if (reader->constants.count > 0)
        return lies_within(reader, &reader->constants, reader->constant_data, index, bytes, element, at);
    if (index >= reader->buffers.count)
        return ar_pte_bad(reader, at, "constant %u, and there are %u", index, reader->buffers.count);
    ar_flat_table buffer = ar_flat_item_table(&reader->buffers, index, "a constant");
    ar_flat_list data = ar_flat_list_of(&buffer, BUFFER_DATA, 1, "a constant");
    int status = ar_pte_readable(reader);
    if (!status && (!data.there || bytes > data.count || data.at % element != 0))
        status = ar_pte_bad(reader, at, "a tensor needs %llu bytes at a multiple of %llu, and its constant has %u",
                            (unsigned long long)bytes, (unsigned long long)element, data.count);
    return status;
}

int ar_pte_initial_data(const ar_pte_reader *reader, uint32_t index, uint64_t bytes, uint64_t at)
{
    return lies_within(reader, &reader->initial, reader->initial_data, index, bytes, 1, at);
}

/* ---- data with names, and data of delegates --------------------------------------------------------------------- */

static int compare(const void *a, const void *b)
{
    const ar_pte_named *left = a, *right = b;
    if (left->name_bytes != right->name_bytes)
        return left->name_bytes < right->name_bytes ? -1 : 1;
    return memcmp(left->name, right->name, left->name_bytes);
}

static int read_named(ar_pte_reader *reader, const ar_flat_table *program)
{
    ar_flat_list list = ar_flat_list_of(program, PROGRAM_NAMED, 4, "the list of named data");
    int status = ar_pte_readable(reader);
    if (!status && !(reader->named = ar_calloc((size_t)list.count + 1, sizeof *reader->named)))
        status = ARNY_E_MEMORY;
    for (uint32_t i = 0; !status && i < list.count; i++) {
        ar_flat_table table = ar_flat_item_table(&list, i, "a named piece of data");
        ar_pte_named *named = &reader->named[i];
        named->name = ar_flat_text(&named->name_bytes, &table, NAMED_KEY, "the name of data");
        named->segment = ar_flat_u32(&table, NAMED_SEGMENT);
        status = ar_pte_readable(reader);
        if (!status && (!named->name || memchr(named->name, 0, named->name_bytes)))
            status = ar_pte_bad(reader, ar_flat_place(&table, NAMED_KEY), "data %u has no name, or one with a NUL", i);
        if (!status && named->segment >= reader->segment_count)
            status = ar_pte_bad(reader, ar_flat_place(&table, NAMED_SEGMENT),
                                "data %u is segment %u, and there are %zu", i, named->segment, reader->segment_count);
    }
    if (status)
        return status;
    reader->named_count = list.count;
    qsort(reader->named, reader->named_count, sizeof *reader->named, compare);
    for (size_t i = 1; i < reader->named_count; i++)
        if (compare(&reader->named[i - 1], &reader->named[i]) == 0)
            return ar_pte_bad(reader, (uint64_t)((const unsigned char *)reader->named[i].name - reader->pte->data),
                              "two pieces of data have this name");
    return ARNY_OK;
}

const ar_pte_named *ar_pte_named_data(const ar_pte_reader *reader, const char *name, size_t bytes)
{
    ar_pte_named wanted = {.name = name, .name_bytes = bytes};
    if (reader->named_count == 0)
        return NULL;
    return bsearch(&wanted, reader->named, reader->named_count, sizeof wanted, compare);
}

static int read_inlined(ar_pte_reader *reader, const ar_flat_table *program)
{
    reader->inlined = ar_flat_list_of(program, PROGRAM_INLINED, 4, "the list of delegates' data");
    int status = ar_pte_readable(reader);
    if (!status &&
        !(reader->graphs = ar_calloc(reader->segment_count + reader->inlined.count + 1, sizeof *reader->graphs)))
        status = ARNY_E_MEMORY;
    for (uint32_t i = 0; !status && i < reader->inlined.count; i++) {
        ar_flat_table table = ar_flat_item_table(&reader->inlined, i, "a delegate's data");
        ar_flat_list data = ar_flat_list_of(&table, BUFFER_DATA, 1, "a delegate's data");
        status = ar_pte_readable(reader);
        if (!status && !data.there)
            status = ar_pte_bad(reader, ar_flat_place(&table, BUFFER_DATA), "data %u of delegates is not there", i);
        reader->pte->weights += data.count;
    }
    return status;
}

/* ---- the whole -------------------------------------------------------------------------------------------------- */

int ar_pte_read_program(ar_pte_reader *reader, ar_flat_list *methods)
{
    uint64_t base;
    int status = read_header(reader, &base);
    if (status)
        return status;
    ar_flat_table program = ar_flat_root(&reader->program, "the program");
    *methods = ar_flat_list_of(&program, PROGRAM_METHODS, 4, "the list of methods");
    if ((status = ar_pte_readable(reader)) || (status = read_segments(reader, &program, base)) ||
        (status = read_constants(reader, &program)) || (status = read_named(reader, &program)))
        return status;
    return read_inlined(reader, &program);
}
