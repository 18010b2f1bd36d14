/*
 * engine/pte/file_xnnpack.c - what a delegate of XNNPACK was compiled to. Its runtime looks at ids and kinds, and takes
 * the sizes of weights, scales and paddings as they stand in the file.
 *
 *     bytes  what (source: backends/xnnpack/runtime/XNNHeader.h of ExecuTorch)
 *     4      0
 *     4      "XH00"
 *     2      length of this header, u16
 *     4      where the graph is, u32: a FlatBuffer with the identifier "XN00" or "XN01"
 *     4      its bytes, u32
 *     4      where constants begin, u32
 *     8      their bytes, u64
 *
 * Old files have the graph alone, and constants in it. Weights lie in segments of the .pte since, and are found by
 * name.
 */
#include "engine/pte/file_xnnpack.h"
#include "util/little.h"
#include "util/mem.h"
#include <string.h>

#define HEADER_BYTES  30
#define VALUES_MAX    65536
#define EXTERNALS_MAX 4096 /* what the runtime takes */
#define ALIGNMENT     8

/* XNNPACK makes room for all values within a graph, and writes zeros there, before the first input comes. They follow
 * from its arguments: the scores of attention are many times as large as what they come from, but not any number of
 * times. */
#define SCRATCH_LEAST ((uint64_t)64 << 20)
#define SCRATCH_SHARE 64

/* Fields, in the order of backends/xnnpack/serialization/runtime_schema.fbs. */
enum { GRAPH_VALUES = 2, GRAPH_EXTERNALS, GRAPH_BUFFERS = 6, GRAPH_CONSTANTS = 8 };
enum { VALUE_KIND, VALUE_TABLE };
enum {
    TENSOR_TYPE,
    TENSOR_RANK,
    TENSOR_DIMS,
    TENSOR_CONSTANT,
    TENSOR_EXTERNAL,
    TENSOR_ROLE,
    TENSOR_ID,
    TENSOR_DYNAMIC
};
enum { QUANTIZED_TENSOR, QUANTIZED_KIND, QUANTIZED_TABLE };
enum { CHANNEL_SCALES, CHANNEL_DIM, CHANNEL_BUFFER, CHANNEL_COUNT };
enum { DYNAMIC_DIMS };
enum { GROUP_SCALES, GROUP_DIM, GROUP_SIZE, GROUP_BUFFER = 4, GROUP_COUNT };
enum { CONSTANT_OFFSET, CONSTANT_SIZE, CONSTANT_NAME };
enum { BUFFER_DATA };

enum { PLAIN = 1, QUANTIZED };                              /* kinds of values */
enum { PER_CHANNEL = 1, PER_TENSOR, PER_TOKEN, PER_GROUP }; /* kinds of quantization */

/* ---- constants -------------------------------------------------------------------------------------------------- */

/* Constant `index` must have so many bytes, at a multiple of `element`. *segment: where it has one of its own. */
static int find_constant(uint32_t *segment, const ar_xnn_graph *graph, uint32_t index, uint64_t bytes, uint64_t element,
                         uint64_t at)
{
    const ar_pte_reader *reader = graph->reader;
    ar_pte_span found = {0, 0};
    size_t name_bytes;
    *segment = AR_XNN_NONE;
    if (index >= graph->constants.count)
        return ar_pte_bad(reader, at, "constant %u of a graph, and there are %u", index, graph->constants.count);
    ar_flat_table table = ar_flat_item_table(&graph->constants, index, "a constant of a graph");
    if (!graph->headed) {
        ar_flat_list data = ar_flat_list_of(&table, BUFFER_DATA, 1, "a constant of a graph");
        found = (ar_pte_span){graph->flat.base + data.at, data.count};
    } else if (ar_flat_has(&table, CONSTANT_NAME)) {
        const char *name = ar_flat_text(&name_bytes, &table, CONSTANT_NAME, "the name of a constant");
        const ar_pte_named *named = name ? ar_pte_named_data(reader, name, name_bytes) : NULL;
        if (!named && !reader->guard.name)
            return ar_pte_bad(reader, ar_flat_place(&table, CONSTANT_NAME),
                              "no data of the file have the name of constant %u of a graph", index);
        if (named) {
            found = reader->segments[named->segment];
            *segment = named->segment;
        }
    } else {
        uint64_t offset = ar_flat_number(&table, CONSTANT_OFFSET, 8);
        found = (ar_pte_span){graph->data.at + offset, ar_flat_number(&table, CONSTANT_SIZE, 8)};
        if (offset > graph->data.bytes || found.bytes > graph->data.bytes - offset)
            return ar_pte_bad(reader, ar_flat_place(&table, CONSTANT_OFFSET),
                              "constant %u of a graph ends beyond its constants of %llu bytes", index,
                              (unsigned long long)graph->data.bytes);
    }
    int status = ar_pte_readable(reader);
    if (!status && (bytes > found.bytes || found.at % element != 0))
        status = ar_pte_bad(reader, at,
                            "constant %u of a graph has %llu bytes at byte %llu: %llu at a multiple of %llu expected",
                            index, (unsigned long long)found.bytes, (unsigned long long)found.at,
                            (unsigned long long)bytes, (unsigned long long)element);
    return status;
}

/* Scales come as a list of floats beside the value, or as a constant of `bytes` each. */
static int find_scales(ar_xnn_value *value, const ar_xnn_graph *graph, const ar_flat_table *table, uint64_t count,
                       unsigned bytes, unsigned buffer_field)
{
    unsigned count_field = buffer_field + 1;
    ar_flat_list list = ar_flat_list_of(table, CHANNEL_SCALES, 4, "the scales of a value");
    uint32_t index = ar_flat_u32(table, buffer_field), said = ar_flat_u32(table, count_field);
    int status = ar_pte_readable(graph->reader);
    if (!status && !list.there)
        status = ar_pte_bad(graph->reader, value->at, "a value has no list of scales, not even an empty one");
    if (!status && (index != 0 ? said : list.count) != count)
        status = ar_pte_bad(graph->reader, value->at, "a value has %u scales: %llu expected",
                            index != 0 ? said : list.count, (unsigned long long)count);
    if (status || index == 0)
        return status;
    return find_constant(&value->scales, graph, index, count * bytes, bytes, ar_flat_place(table, buffer_field));
}

/* ---- values ----------------------------------------------------------------------------------------------------- */

static unsigned bits_of(uint32_t datatype)
{
    switch (datatype) {
    case AR_XNN_FP32:
    case AR_XNN_INT32:
    case AR_XNN_QINT32:
    case AR_XNN_QCINT32: return 32;
    case AR_XNN_FP16:
    case AR_XNN_BF16: return 16;
    case AR_XNN_QCINT4:
    case AR_XNN_QBINT4: return 4;
    case AR_XNN_QINT8:
    case AR_XNN_QUINT8:
    case AR_XNN_QCINT8:
    case AR_XNN_QDINT8: return 8;
    default: return 0;
    }
}

/* Which types come with which kind of quantization. */
static int goes_with(uint32_t datatype, int quantization)
{
    switch (quantization) {
    case PER_CHANNEL: return datatype == AR_XNN_QCINT8 || datatype == AR_XNN_QCINT32 || datatype == AR_XNN_QCINT4;
    case PER_TENSOR: return datatype == AR_XNN_QINT8 || datatype == AR_XNN_QUINT8 || datatype == AR_XNN_QINT32;
    case PER_TOKEN: return datatype == AR_XNN_QDINT8;
    case PER_GROUP: return datatype == AR_XNN_QBINT4;
    default:
        return datatype == AR_XNN_FP32 || datatype == AR_XNN_FP16 || datatype == AR_XNN_BF16 ||
               datatype == AR_XNN_INT32;
    }
}

static int read_quantization(ar_xnn_value *value, const ar_xnn_graph *graph, const ar_flat_table *table, int kind)
{
    const ar_pte_reader *reader = graph->reader;
    const uint32_t *dims = value->dims;
    switch (kind) {
    case PER_CHANNEL:
        value->channel = ar_flat_u32(table, CHANNEL_DIM);
        if (!value->constant || value->channel >= value->rank)
            return ar_pte_bad(reader, value->at, "a value has scales by dimension %u, of %u, or is no constant",
                              value->channel, value->rank);
        return find_scales(value, graph, table, dims[value->channel], 4, CHANNEL_BUFFER);
    case PER_TOKEN:
        value->nonbatch = ar_flat_u32(table, DYNAMIC_DIMS);
        if (value->constant || value->role != 0 || value->nonbatch < 1 || value->nonbatch > value->rank)
            return ar_pte_bad(
                reader, value->at,
                "a value that is quantized while it runs is a constant or external, or has a scale for each %u "
                "of its %u dimensions",
                value->nonbatch, value->rank);
        return ARNY_OK;
    case PER_GROUP:
        value->block = ar_flat_u32(table, GROUP_SIZE);
        if (!value->constant || ar_flat_u32(table, GROUP_DIM) != 0 || value->rank != 2 || value->block == 0 ||
            value->block % 32 != 0 || dims[1] % value->block != 0)
            return ar_pte_bad(
                reader, value->at,
                "a matrix with scales for groups of %u: a constant of two dimensions, the second a multiple of "
                "that, and that of 32 expected",
                value->block);
        return find_scales(value, graph, table, (uint64_t)dims[0] * (dims[1] / value->block), 2, GROUP_BUFFER);
    default: return ARNY_OK;
    }
}

static int read_dims(ar_xnn_value *value, const ar_pte_reader *reader, const ar_flat_table *tensor)
{
    ar_flat_list dims = ar_flat_list_of(tensor, TENSOR_DIMS, 4, "the dimensions of a value");
    int status = ar_pte_readable(reader);
    if (!status && (dims.count > AR_XNN_DIMS || dims.count != ar_flat_u32(tensor, TENSOR_RANK)))
        status = ar_pte_bad(reader, value->at, "a value has %u dimensions, and says %u: at most %d expected",
                            dims.count, ar_flat_u32(tensor, TENSOR_RANK), AR_XNN_DIMS);
    if (status)
        return status;
    value->rank = dims.count;
    for (uint32_t i = 0; i < dims.count; i++)
        value->dims[i] = (uint32_t)ar_flat_item(&dims, i);
    value->elements = ar_pte_product(value->dims, value->rank, 1);
    if (value->elements > AR_PTE_BYTES_MAX / 4)
        return ar_pte_bad(reader, value->at, "a value of more than %llu GB",
                          (unsigned long long)AR_PTE_BYTES_MAX >> 30);
    return ARNY_OK;
}

/* Rows of 4 bits begin at a byte. */
static uint64_t bytes_of(const ar_xnn_value *value)
{
    unsigned bits = bits_of(value->datatype);
    if (bits >= 8 || value->rank == 0)
        return value->elements * (bits >= 8 ? bits / 8 : 1);
    uint64_t row = value->dims[value->rank - 1];
    return row == 0 ? 0 : value->elements / row * ((row + 1) / 2);
}

static int read_data(ar_xnn_value *value, const ar_xnn_graph *graph, const ar_flat_table *tensor)
{
    const ar_pte_reader *reader = graph->reader;
    uint32_t index = ar_flat_u32(tensor, TENSOR_CONSTANT);
    unsigned bits = bits_of(value->datatype);
    value->constant = index != 0;
    value->made = value->constant || value->role == AR_XNN_INPUT;
    if (!value->constant)
        return ARNY_OK;
    if (value->elements == 0 || value->role != 0)
        return ar_pte_bad(reader, value->at, "a constant of no elements, or one that is an input or output");
    return find_constant(&value->segment, graph, index, bytes_of(value), bits >= 8 ? bits / 8 : 1,
                         ar_flat_place(tensor, TENSOR_CONSTANT));
}

static int read_value(ar_xnn_value *value, const ar_xnn_graph *graph, const ar_flat_table *outer, uint32_t id)
{
    const ar_pte_reader *reader = graph->reader;
    int kind = ar_flat_byte(outer, VALUE_KIND), quantization = 0;
    ar_flat_table tensor = ar_flat_child(outer, VALUE_TABLE, "a value of a graph"), quantized, scales = tensor;
    if (kind == QUANTIZED) {
        quantized = tensor;
        tensor = ar_flat_child(&quantized, QUANTIZED_TENSOR, "a value of a graph");
        quantization = ar_flat_byte(&quantized, QUANTIZED_KIND);
        scales = ar_flat_child(&quantized, QUANTIZED_TABLE, "the quantization of a value");
    }
    value->at = ar_flat_place(&tensor, TENSOR_TYPE);
    value->datatype = (uint32_t)ar_flat_number(&tensor, TENSOR_TYPE, 2);
    value->role = ar_flat_u32(&tensor, TENSOR_ROLE);
    value->external_id = ar_flat_u32(&tensor, TENSOR_EXTERNAL);
    value->segment = value->scales = AR_XNN_NONE;
    int status = ar_pte_readable(reader);
    if (status)
        return status;
    if ((kind != PLAIN && kind != QUANTIZED) || tensor.at == 0 || scales.at == 0)
        return ar_pte_bad(reader, ar_flat_place(outer, VALUE_KIND),
                          "value %u of a graph is of the kind %d, or not there", id, kind);
    if ((kind == QUANTIZED) != (quantization != 0) || quantization > PER_GROUP ||
        !goes_with(value->datatype, quantization))
        return ar_pte_bad(reader, value->at, "value %u of a graph is of the type %u, quantized in the way %d", id,
                          value->datatype, quantization);
    if (ar_flat_number(&tensor, TENSOR_DYNAMIC, 2) != 0)
        return ar_pte_unsupported(reader, value->at, "quantization as it was written before 2024: export it again");
    if (ar_flat_u32(&tensor, TENSOR_ID) != id)
        return ar_pte_bad(reader, ar_flat_place(&tensor, TENSOR_ID), "value %u of a graph has the id %u", id,
                          ar_flat_u32(&tensor, TENSOR_ID));
    if (value->role > AR_XNN_OUTPUT || (value->role == 0) != (value->external_id == AR_XNN_NONE))
        return ar_pte_bad(reader, ar_flat_place(&tensor, TENSOR_ROLE),
                          "value %u of a graph has the flags %u and the external id %u", id, value->role,
                          value->external_id);
    if (!(status = read_dims(value, reader, &tensor)) && !(status = read_data(value, graph, &tensor)))
        status = read_quantization(value, graph, &scales, quantization);
    return status;
}

/* ---- arguments -------------------------------------------------------------------------------------------------- */

static int add_external(ar_pte_graph *out, const ar_xnn_graph *graph, const ar_xnn_value *value, char *taken,
                        uint32_t limit)
{
    ar_pte_external *external = &out->externals[out->external_count];
    if (value->external_id >= limit || taken[value->external_id])
        return ar_pte_bad(graph->reader, value->at, "a value of a graph has the external id %u of %u, or not alone",
                          value->external_id, limit);
    taken[value->external_id] = 1;
    *external = (ar_pte_external){.id = value->external_id,
                                  .output = value->role == AR_XNN_OUTPUT,
                                  .datatype = value->datatype,
                                  .rank = value->rank};
    memcpy(external->dims, value->dims, sizeof external->dims);
    out->external_count++;
    return ARNY_OK;
}

static int read_values(ar_pte_graph *out, ar_xnn_graph *graph, const ar_flat_table *root)
{
    ar_flat_list list = ar_flat_list_of(root, GRAPH_VALUES, 4, "the list of values of a graph");
    uint32_t limit = ar_flat_u32(root, GRAPH_EXTERNALS);
    char taken[EXTERNALS_MAX] = {0};
    int status = ar_pte_readable(graph->reader);
    if (!status && (!list.there || list.count > VALUES_MAX || limit > EXTERNALS_MAX))
        status = ar_pte_bad(graph->reader, ar_flat_place(root, GRAPH_VALUES),
                            "a graph of %u values, %u of them external: up to %d, and %d expected", list.count, limit,
                            VALUES_MAX, EXTERNALS_MAX);
    if (status)
        return status;
    graph->values = ar_calloc((size_t)list.count + 1, sizeof *graph->values);
    out->externals = ar_calloc((size_t)limit + 1, sizeof *out->externals);
    if (!graph->values || !out->externals)
        return ARNY_E_MEMORY;
    graph->value_count = list.count;
    uint64_t within = 0, around = 0;
    for (uint32_t i = 0; !status && i < list.count; i++) {
        ar_flat_table outer = ar_flat_item_table(&list, i, "a value of a graph");
        status = read_value(&graph->values[i], graph, &outer, i);
        if (!status && graph->values[i].role != 0)
            status = add_external(out, graph, &graph->values[i], taken, limit);
        if (graph->values[i].role != 0)
            around += bytes_of(&graph->values[i]);
        else if (!graph->values[i].constant)
            within += bytes_of(&graph->values[i]);
    }
    if (!status && within > SCRATCH_LEAST && (within - SCRATCH_LEAST) / SCRATCH_SHARE > around)
        status = ar_pte_bad(graph->reader, ar_flat_place(root, GRAPH_VALUES),
                            "a graph needs %llu MB for itself, and its arguments have %llu",
                            (unsigned long long)within >> 20, (unsigned long long)around >> 20);
    return status;
}

/* Is the argument what the graph was made for? XNNPACK is given its address and, of inputs, its dimensions. */
static int check_external(const ar_pte_plan *plan, const ar_pte_external *external, const ar_pte_call *call)
{
    static const struct {
        uint32_t datatype;
        int scalar_type;
    } pairs[] = {
        {AR_XNN_FP32, AR_SCALAR_FLOAT}, {AR_XNN_FP16, AR_SCALAR_HALF},   {AR_XNN_BF16, AR_SCALAR_BFLOAT16},
        {AR_XNN_QINT8, AR_SCALAR_CHAR}, {AR_XNN_QUINT8, AR_SCALAR_BYTE}, {AR_XNN_INT32, AR_SCALAR_INT},
        {AR_XNN_INT32, AR_SCALAR_LONG}, /* of outputs: the runtime makes them longer */
    };
    if (external->id >= call->args.count)
        return ar_pte_bad(plan->reader, call->at, "a delegate needs argument %u, and is called with %u", external->id,
                          call->args.count);
    ar_pte_slot *slot = ar_pte_argument(plan, call, external->id);
    const ar_pte_value *value = &slot->value;
    uint64_t at = ar_flat_item_place(&call->args, external->id);
    int fits = 0;
    for (size_t i = 0; value->kind == AR_PTE_TENSOR && i < sizeof pairs / sizeof pairs[0]; i++)
        fits |= pairs[i].datatype == external->datatype && pairs[i].scalar_type == value->scalar_type &&
                (value->scalar_type != AR_SCALAR_LONG || external->output);
    if (!fits)
        return ar_pte_bad(plan->reader, at,
                          "argument %u of a delegate is not a tensor of the type that it was made for", external->id);
    int scalar = value->dim_count == 0 && external->rank == 1 && external->dims[0] == 1;
    fits = scalar || value->dim_count == external->rank;
    for (size_t i = 0; fits && !scalar && i < value->dim_count; i++) {
        uint32_t most = (uint32_t)value->dims[slot->order[i]];
        fits = value->dynamic ? external->dims[i] <= most : external->dims[i] == most;
    }
    if (!fits)
        return ar_pte_bad(plan->reader, at, "argument %u of a delegate has not the dimensions that it was made for",
                          external->id);
    return ar_pte_touch(plan, call, "a delegate", slot, external->output);
}

int ar_pte_check_delegate(const ar_pte_plan *plan, const ar_pte_graph *graph, const ar_pte_call *call)
{
    int status = ARNY_OK;
    for (size_t i = 0; !status && i < graph->external_count; i++)
        status = check_external(plan, &graph->externals[i], call);
    return status;
}

/* ---- the whole -------------------------------------------------------------------------------------------------- */

static int read_header(ar_xnn_graph *graph, ar_pte_span span)
{
    const ar_pte_reader *reader = graph->reader;
    const unsigned char *data = reader->pte->data + span.at;
    ar_pte_span flat = span;
    if (span.bytes >= HEADER_BYTES && memcmp(data + 4, "XH00", 4) == 0) {
        uint64_t flat_at = ar_get_little(data + 10, 4), flat_bytes = ar_get_little(data + 14, 4);
        uint64_t data_at = ar_get_little(data + 18, 4), data_bytes = ar_get_little(data + 22, 8);
        if (flat_at > data_at || flat_bytes > data_at - flat_at || data_at > span.bytes ||
            data_bytes > span.bytes - data_at)
            return ar_pte_bad(
                reader, span.at + 10,
                "a graph of %llu bytes at %llu, and its constants of %llu at %llu, of %llu: they must lie one "
                "behind the other, and within",
                (unsigned long long)flat_bytes, (unsigned long long)flat_at, (unsigned long long)data_bytes,
                (unsigned long long)data_at, (unsigned long long)span.bytes);
        graph->headed = 1;
        graph->data = (ar_pte_span){span.at + data_at, data_bytes};
        flat = (ar_pte_span){span.at + flat_at, flat_bytes};
    }
    data = reader->pte->data + flat.at;
    if (flat.bytes < 8 || (memcmp(data + 4, "XN00", 4) != 0 && memcmp(data + 4, "XN01", 4) != 0))
        return ar_pte_bad(reader, flat.at,
                          "what a delegate was compiled to is no graph of XNNPACK: \"XN00\" or \"XN01\" "
                          "expected at its byte 4");
    if (flat.at % ALIGNMENT != 0 || flat.bytes > INT32_MAX)
        return ar_pte_bad(reader, flat.at, "a graph of %llu bytes: at most 2 GB, at a multiple of %d, expected",
                          (unsigned long long)flat.bytes, ALIGNMENT);
    graph->flat = (ar_flat){data, (size_t)flat.bytes, flat.at, &graph->reader->guard};
    return ARNY_OK;
}

int ar_pte_check_graph(ar_pte_reader *reader, ar_pte_graph *out, ar_pte_span span)
{
    ar_xnn_graph graph = {.reader = reader};
    int status = read_header(&graph, span);
    if (status)
        return status;
    ar_flat_table root = ar_flat_root(&graph.flat, "a graph");
    graph.constants =
        ar_flat_list_of(&root, graph.headed ? GRAPH_CONSTANTS : GRAPH_BUFFERS, 4, "the constants of a graph");
    status = read_values(out, &graph, &root);
    if (!status)
        status = ar_xnn_check_nodes(&graph, &root);
    ar_free(graph.values);
    return status;
}
