/*
 * engine/pte/file_xnodes.c - the nodes of a graph of XNNPACK: of a kind that the runtime knows, reading only what has
 * data by then, each value written once, and of weights as many as the node will read. What XNNPACK looks at itself is
 * not repeated here: shapes of activations are checked anew whenever a graph is given inputs of other dimensions.
 */
#include "engine/pte/file_xnnpack.h"
#include <string.h>

#define NO          99u /* no such field */
#define NODE_INPUTS 5
#define WINDOW_MAX  65535

/* Fields of a graph and a node, in the order of backends/xnnpack/serialization/runtime_schema.fbs. */
enum { GRAPH_NODES = 1 };
enum { NODE_KIND, NODE_TABLE };

/* Flags that exporters set. Others change what is read: weights as float32, for one. */
enum { TRANSPOSE = 1, ALIGN_CORNERS = 8, KEEP_DIMS = 64 };

enum { /* kinds of nodes */
       ADD = 1,
       LINEAR,
       SOFTMAX,
       SIGMOID,
       PERMUTE,
       CLAMP,
       CONVOLUTION,
       DIVIDE,
       RESIZE,
       PAD,
       AVERAGE_POOL,
       MINIMUM,
       DEPTHWISE,
       MAX_POOL,
       MULTIPLY,
       SUBTRACT,
       FLOOR,
       CONVERT,
       AVERAGE,
       RESHAPE,
       ARGMAX_POOL,
       SQUARE_ROOT,
       CEILING,
       HARDSWISH,
       LEAKY_RELU,
       MAXIMUM,
       NEGATE,
       SQUARE,
       ELU,
       ABSOLUTE,
       PRELU,
       CONCATENATE_2,
       CONCATENATE_3,
       CONCATENATE_4,
       SLICE,
       ATTENTION, /* of which the runtime knows nothing */
       MATRICES,
       CONCATENATE_5,
       DECONVOLUTION,
       RECIPROCAL_ROOT,
       LOGARITHM,
       GELU,
       TANH,
       EXPONENTIAL,
       SINE,
       COPY,
       COSINE,
       NODE_KINDS
};

typedef struct kind {
    unsigned inputs[NODE_INPUTS], outputs[2], flags; /* fields; flags 0: not known */
    uint32_t allowed;                                /* of the flags */
} kind;

#define UNARY(input)             {input, NO, NO, NO, NO}, {input + 1, NO}, input + 2
#define BINARY                   {0, 1, NO, NO, NO}, {2, NO}, 3
#define WEIGHED(input)           {input, input + 1, input + 2, NO, NO}, {input + 3, NO}, input + 4
#define CONCATENATED(a, b, c, d) {1, a, b, c, d}, {5, NO}, 6

static const kind kinds[NODE_KINDS] = {
    [ADD] = {BINARY, 0},
    [LINEAR] = {WEIGHED(0), TRANSPOSE},
    [SOFTMAX] = {UNARY(0), 0},
    [SIGMOID] = {UNARY(0), 0},
    [PERMUTE] = {UNARY(2), 0},
    [CLAMP] = {UNARY(0), 0},
    [CONVOLUTION] = {WEIGHED(15), 0},
    [DIVIDE] = {BINARY, 0},
    [RESIZE] = {UNARY(2), ALIGN_CORNERS},
    [PAD] = {UNARY(3), 0},
    [AVERAGE_POOL] = {UNARY(10), KEEP_DIMS},
    [MINIMUM] = {BINARY, 0},
    [DEPTHWISE] = {WEIGHED(15), 0},
    [MAX_POOL] = {UNARY(10), KEEP_DIMS},
    [MULTIPLY] = {BINARY, 0},
    [SUBTRACT] = {BINARY, 0},
    [FLOOR] = {UNARY(0), 0},
    [CONVERT] = {UNARY(0), 0},
    [AVERAGE] = {UNARY(0), KEEP_DIMS},
    [RESHAPE] = {UNARY(2), 0},
    [ARGMAX_POOL] = {{6, NO, NO, NO, NO}, {7, 8}, 9, 0},
    [SQUARE_ROOT] = {UNARY(0), 0},
    [CEILING] = {UNARY(0), 0},
    [HARDSWISH] = {UNARY(0), 0},
    [LEAKY_RELU] = {UNARY(1), 0},
    [MAXIMUM] = {BINARY, 0},
    [NEGATE] = {UNARY(0), 0},
    [SQUARE] = {UNARY(0), 0},
    [ELU] = {UNARY(1), 0},
    [ABSOLUTE] = {UNARY(0), 0},
    [PRELU] = {BINARY, 0},
    [CONCATENATE_2] = {CONCATENATED(2, NO, NO, NO), 0},
    [CONCATENATE_3] = {CONCATENATED(2, 3, NO, NO), 0},
    [CONCATENATE_4] = {CONCATENATED(2, 3, 4, NO), 0},
    [SLICE] = {UNARY(3), 0},
    [MATRICES] = {BINARY, TRANSPOSE},
    [CONCATENATE_5] = {CONCATENATED(2, 3, 4, 7), 0},
    [DECONVOLUTION] = {WEIGHED(15), 0},
    [RECIPROCAL_ROOT] = {UNARY(0), 0},
    [LOGARITHM] = {UNARY(0), 0},
    [GELU] = {UNARY(0), 0},
    [TANH] = {UNARY(0), 0},
    [EXPONENTIAL] = {UNARY(0), 0},
    [SINE] = {UNARY(0), 0},
    [COPY] = {UNARY(0), 0},
    [COSINE] = {UNARY(0), 0},
};

typedef struct node {
    int type;
    uint32_t flags;
    ar_flat_table table;
    ar_xnn_value *inputs[NODE_INPUTS], *outputs[2]; /* NULL: none */
} node;

/* ---- weights ---------------------------------------------------------------------------------------------------- */

/* A segment is packed once, for the first who uses it. */
static int check_use(const ar_xnn_graph *graph, const node *one, const ar_xnn_value *weights)
{
    ar_pte_reader *reader = graph->reader;
    ar_pte_use use = {.rank = weights->rank,
                      .datatype = weights->datatype,
                      .block = weights->block,
                      .scales = weights->scales,
                      .node = (uint32_t)one->type | one->flags << 8 | one->inputs[0]->datatype << 16,
                      .used = 1};
    memcpy(use.dims, weights->dims, sizeof use.dims);
    if (weights->segment == AR_XNN_NONE)
        return ARNY_OK;
    ar_pte_use *known = &reader->uses[weights->segment];
    if (!known->used)
        *known = use;
    if (memcmp(known, &use, sizeof use) != 0)
        return ar_pte_bad(reader, weights->at, "segment %u is used as weights of two kinds or shapes",
                          weights->segment);
    return ARNY_OK;
}

static int check_bias(const ar_xnn_graph *graph, const node *one, uint64_t channels)
{
    const ar_xnn_value *bias = one->inputs[2];
    if (bias && (bias->elements != channels || bias->rank != 1))
        return ar_pte_bad(graph->reader, bias->at, "a bias of %llu numbers for %llu channels: as many expected",
                          (unsigned long long)bias->elements, (unsigned long long)channels);
    return ARNY_OK;
}

static void count_linear(ar_pte_reader *reader, const ar_xnn_value *input, const ar_xnn_value *filter)
{
    int dynamic = input->datatype == AR_XNN_QDINT8;
    reader->linear++;
    reader->linear_4bit += dynamic && (filter->datatype == AR_XNN_QBINT4 || filter->datatype == AR_XNN_QCINT4);
    reader->linear_8bit += dynamic && filter->datatype == AR_XNN_QCINT8;
    reader->pte->parameters += (int64_t)filter->elements;
}

static int check_linear(const ar_xnn_graph *graph, const node *one)
{
    const ar_xnn_value *input = one->inputs[0], *filter = one->inputs[1], *output = one->outputs[0];
    uint32_t out = one->flags & TRANSPOSE ? 1 : 0;
    if (filter->rank != 2 || input->rank < 1 || output->rank < 1 ||
        input->dims[input->rank - 1] != filter->dims[1 - out] || output->dims[output->rank - 1] != filter->dims[out])
        return ar_pte_bad(graph->reader, filter->at, "a linear layer whose matrix does not fit its input and output");
    if ((filter->datatype == AR_XNN_QCINT4 || filter->datatype == AR_XNN_QCINT8) && filter->channel != out)
        return ar_pte_bad(graph->reader, filter->at, "a linear layer whose matrix has a scale for each input");
    if (filter->block != 0 && out != 0)
        return ar_pte_bad(graph->reader, filter->at, "a linear layer whose matrix has groups across its outputs");
    if (input->datatype == AR_XNN_QDINT8 && input->nonbatch != 1)
        return ar_pte_bad(graph->reader, input->at, "a linear layer whose input has not a scale for each row");
    if (filter->constant)
        count_linear(graph->reader, input, filter);
    int status = check_bias(graph, one, filter->dims[out]);
    return status || !filter->constant ? status : check_use(graph, one, filter);
}

static int check_convolution(const ar_xnn_graph *graph, const node *one)
{
    enum { KERNEL_HEIGHT = 4, KERNEL_WIDTH, GROUP_INPUTS = 10, GROUP_OUTPUTS, GROUPS };
    const ar_xnn_value *input = one->inputs[0], *filter = one->inputs[1];
    uint32_t kernel[2] = {ar_flat_u32(&one->table, KERNEL_HEIGHT), ar_flat_u32(&one->table, KERNEL_WIDTH)};
    uint32_t inputs = ar_flat_u32(&one->table, GROUP_INPUTS), outputs = ar_flat_u32(&one->table, GROUP_OUTPUTS);
    uint32_t groups = ar_flat_u32(&one->table, GROUPS), depthwise = one->type == DEPTHWISE;
    uint32_t all[] = {groups, outputs, kernel[0], kernel[1], depthwise ? 1 : inputs};
    uint64_t channels = ar_pte_product(all, 2, 1), weights = ar_pte_product(all, 5, 1);
    int status = ar_pte_readable(graph->reader);
    if (status)
        return status;
    if (inputs == 0 || weights == 0 || weights != filter->elements || filter->rank != 4 || input->rank != 4 ||
        (depthwise && inputs != 1) || (filter->datatype == AR_XNN_QCINT8 && filter->dims[filter->channel] != channels))
        return ar_pte_bad(graph->reader, filter->at, "a convolution whose filter does not fit its channels and kernel");
    if (input->datatype == AR_XNN_QDINT8 && input->nonbatch != 3)
        return ar_pte_bad(graph->reader, input->at, "a convolution whose input has not a scale for each image");
    status = check_bias(graph, one, channels);
    return status ? status : check_use(graph, one, filter);
}

/* ---- shapes ----------------------------------------------------------------------------------------------------- */

/* Lists of a number for each dimension: XNNPACK reads as many as its input has. */
static int check_lists(const ar_xnn_graph *graph, const node *one)
{
    uint32_t rank = one->inputs[0]->rank;
    ar_flat_list first, second;
    int status;
    switch (one->type) {
    case PAD:
        first = ar_flat_list_of(&one->table, 0, 4, "the padding of a node");
        second = ar_flat_list_of(&one->table, 1, 4, "the padding of a node");
        break;
    case SLICE:
        first = ar_flat_list_of(&one->table, 1, 4, "the offsets of a slice");
        second = ar_flat_list_of(&one->table, 2, 4, "the sizes of a slice");
        break;
    case RESHAPE:
        first = second = ar_flat_list_of(&one->table, 1, 4, "the dimensions of a node");
        rank = first.count;
        break;
    default: first = second = ar_flat_list_of(&one->table, 1, 4, "the dimensions of a node"); break;
    }
    status = ar_pte_readable(graph->reader);
    if (!status && (!first.there || !second.there || first.count != rank || second.count != rank || rank > AR_XNN_DIMS))
        status = ar_pte_bad(graph->reader, ar_flat_place(&one->table, 0),
                            "a node has %u numbers for %u dimensions: as many expected, and at most %d", first.count,
                            one->inputs[0]->rank, AR_XNN_DIMS);
    for (uint32_t i = 0; !status && one->type == PAD && i < rank; i++)
        if (ar_flat_item(&first, i) > WINDOW_MAX || ar_flat_item(&second, i) > WINDOW_MAX)
            status = ar_pte_bad(graph->reader, ar_flat_item_place(&first, i), "dimension %u is padded by more than %d",
                                i, WINDOW_MAX);
    return status;
}

/* Numbers of windows, steps and paddings: as large as a picture at most, or their results grow beyond all memory. */
static int check_window(const ar_xnn_graph *graph, const node *one)
{
    static const unsigned counts[NODE_KINDS] = {
        [CONVOLUTION] = 10,  [DEPTHWISE] = 10, [DECONVOLUTION] = 10, [RESIZE] = 2,
        [AVERAGE_POOL] = 10, [MAX_POOL] = 10,  [ARGMAX_POOL] = 6};
    for (unsigned field = 0; field < counts[one->type]; field++)
        if (ar_flat_u32(&one->table, field) > WINDOW_MAX)
            return ar_pte_bad(graph->reader, ar_flat_place(&one->table, field),
                              "a node of the kind %d has a window, step or padding of %u: at most %d expected",
                              one->type, ar_flat_u32(&one->table, field), WINDOW_MAX);
    return ar_pte_readable(graph->reader);
}

/* [batch, height, width, channels]: of a result with nothing in it XNNPACK divides by 0. */
static int check_picture(const ar_xnn_graph *graph, const node *one)
{
    enum { TOP, RIGHT, BOTTOM, LEFT, WINDOW, STEP = 6, DILATION = 8, MORE = 13 }; /* each for height, then width */
    const ar_xnn_value *input = one->inputs[0], *output = one->outputs[0];
    int fits = input->rank == 4 && output->rank == 4;
    for (unsigned i = 0; fits && i < 2; i++) {
        int64_t padding =
            (int64_t)ar_flat_u32(&one->table, i ? LEFT : TOP) + ar_flat_u32(&one->table, i ? RIGHT : BOTTOM);
        int64_t window = ar_flat_u32(&one->table, WINDOW + i), step = ar_flat_u32(&one->table, STEP + i);
        int64_t wide = ar_flat_u32(&one->table, DILATION + i) * (window - 1) + 1, in = input->dims[1 + i], out;
        if (one->type == DECONVOLUTION)
            out = step * (in - 1) + ar_flat_u32(&one->table, MORE + i) + wide - padding;
        else
            out = step > 0 && in + padding >= wide ? (in + padding - wide) / step + 1 : 0;
        fits = in > 0 && window > 0 && out > 0 && out == output->dims[1 + i];
    }
    if (!fits)
        return ar_pte_bad(graph->reader, ar_flat_place(&one->table, 0),
                          "a node of the kind %d whose window does not make its input into its output", one->type);
    return ARNY_OK;
}

/* ---- nodes ------------------------------------------------------------------------------------------------------ */

static int read_id(ar_xnn_value **out, const ar_xnn_graph *graph, const node *one, unsigned field)
{
    uint32_t id = ar_flat_u32(&one->table, field);
    int status = ar_pte_readable(graph->reader);
    if (!status && id >= graph->value_count)
        status = ar_pte_bad(graph->reader, ar_flat_place(&one->table, field), "a node uses value %u of a graph of %u",
                            id, graph->value_count);
    if (!status)
        *out = &graph->values[id];
    return status;
}

static int is_weighed(int type)
{
    return type == LINEAR || type == CONVOLUTION || type == DECONVOLUTION || type == DEPTHWISE;
}

static int may_read(const node *one, const ar_xnn_value *value, int first)
{
    return value->datatype != AR_XNN_QDINT8 || (first && is_weighed(one->type));
}

/* Its inputs have data by now, and its outputs have none yet. */
static int check_flow(const ar_xnn_graph *graph, const node *one)
{
    for (size_t i = 0; i < NODE_INPUTS; i++) {
        const ar_xnn_value *input = one->inputs[i];
        if (input && (!input->made || !may_read(one, input, i == 0)))
            return ar_pte_bad(
                graph->reader, ar_flat_place(&one->table, 0),
                "a node of the kind %d reads value %u of a graph, which has no data by then, or of a type that "
                "it cannot read",
                one->type, (unsigned)(input - graph->values));
    }
    for (size_t i = 0; i < 2; i++) {
        ar_xnn_value *output = one->outputs[i];
        if (output && (output->made || (output->datatype == AR_XNN_QDINT8 && one->type != CONVERT)))
            return ar_pte_bad(
                graph->reader, ar_flat_place(&one->table, 0),
                "a node of the kind %d writes value %u of a graph, which has data already, or of a type that it "
                "cannot write",
                one->type, (unsigned)(output - graph->values));
        if (output)
            output->made = 1;
    }
    return ARNY_OK;
}

static int check_node(const ar_xnn_graph *graph, node *one)
{
    const kind *is = one->type > 0 && one->type < NODE_KINDS ? &kinds[one->type] : &kinds[0];
    int status = ar_pte_readable(graph->reader);
    if (!status && (is->flags == 0 || one->table.at == 0))
        status = ar_pte_unsupported(graph->reader, ar_flat_place(&one->table, 0),
                                    "a node of the kind %d, which the runtime does not know", one->type);
    for (size_t i = 0; !status && i < NODE_INPUTS && is->inputs[i] != NO; i++) {
        int optional = i == 2 && is_weighed(one->type); /* a bias */
        if (!optional || ar_flat_u32(&one->table, is->inputs[i]) != AR_XNN_NONE)
            status = read_id(&one->inputs[i], graph, one, is->inputs[i]);
    }
    for (size_t i = 0; !status && i < 2 && is->outputs[i] != NO; i++)
        status = read_id(&one->outputs[i], graph, one, is->outputs[i]);
    if (status)
        return status;
    if (!one->inputs[0] || !one->outputs[0] || (is_weighed(one->type) && !one->inputs[1]))
        return ar_pte_bad(graph->reader, ar_flat_place(&one->table, 0),
                          "a node of the kind %d without what it reads or writes", one->type);
    one->flags = ar_flat_u32(&one->table, is->flags);
    if (one->flags & ~is->allowed)
        return ar_pte_bad(graph->reader, ar_flat_place(&one->table, is->flags),
                          "a node of the kind %d has the flags %u: none but %u are known", one->type, one->flags,
                          is->allowed);
    if ((status = check_flow(graph, one)) || (status = check_window(graph, one)))
        return status;
    switch (one->type) {
    case LINEAR: return check_linear(graph, one);
    case CONVOLUTION:
    case DECONVOLUTION:
    case DEPTHWISE: status = check_convolution(graph, one); return status ? status : check_picture(graph, one);
    case MAX_POOL: return check_picture(graph, one);
    case PAD:
    case SLICE:
    case RESHAPE:
    case PERMUTE: return check_lists(graph, one);
    case CONVERT:
        if (one->inputs[0]->rank == one->outputs[0]->rank)
            return ARNY_OK;
        return ar_pte_bad(graph->reader, ar_flat_place(&one->table, 0),
                          "a conversion changes the number of dimensions");
    default: return ARNY_OK;
    }
}

int ar_xnn_check_nodes(ar_xnn_graph *graph, const ar_flat_table *root)
{
    ar_flat_list list = ar_flat_list_of(root, GRAPH_NODES, 4, "the list of nodes of a graph");
    int status = ar_pte_readable(graph->reader);
    if (!status && !list.there)
        status = ar_pte_bad(graph->reader, ar_flat_place(root, GRAPH_NODES), "a graph without a list of nodes");
    for (uint32_t i = 0; !status && i < list.count; i++) {
        ar_flat_table outer = ar_flat_item_table(&list, i, "a node of a graph");
        node one = {.type = ar_flat_byte(&outer, NODE_KIND),
                    .table = ar_flat_child(&outer, NODE_TABLE, "a node of a graph")};
        status = check_node(graph, &one);
    }
    for (uint32_t i = 0; !status && i < graph->value_count; i++)
        if (graph->values[i].role == AR_XNN_OUTPUT && !graph->values[i].made)
            status = ar_pte_bad(graph->reader, graph->values[i].at, "an output of a graph that no node writes");
    return status;
}
