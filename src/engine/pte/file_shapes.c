/*
 * engine/pte/file_shapes.c - what kernels take of their arguments without a look: shapes that decide how far they read
 * and write, numbers that they divide by. Found by reading the kernels of file_kernels.c's table; most look at all they
 * need themselves.
 */
#include "engine/pte/file_private.h"
#include <string.h>

#define WINDOW_MAX 65535

static int is_floating(int scalar_type)
{
    return scalar_type == AR_SCALAR_FLOAT || scalar_type == AR_SCALAR_HALF || scalar_type == AR_SCALAR_BFLOAT16;
}

/* The number is that of the file, whenever it is read. */
static int is_constant(const ar_pte_slot *slot)
{
    return slot->value.kind == AR_PTE_INT && !slot->written;
}

/* ---- numbers ---------------------------------------------------------------------------------------------------- */

/* aten::sym_size.int(tensor, dim): ends the process on a dimension that there is not. */
static int check_size(const ar_pte_plan *plan, const char *name, const ar_pte_call *call)
{
    const ar_pte_slot *tensor = ar_pte_argument(plan, call, 0), *dim = ar_pte_argument(plan, call, 1);
    if (!is_constant(dim) || dim->number < 0 || (uint64_t)dim->number >= tensor->value.dim_count)
        return ar_pte_bad(plan->reader, dim->at, "%s asks for dimension %lld of a tensor of %zu", name,
                          (long long)dim->number, tensor->value.dim_count);
    return ARNY_OK;
}

/* Dividing ints by 0, or the least one by -1, is a trap. */
static int check_divisor(const ar_pte_plan *plan, const char *name, const ar_pte_call *call)
{
    const ar_pte_slot *divisor = ar_pte_argument(plan, call, 1);
    if (divisor->value.kind == AR_PTE_INT && (!is_constant(divisor) || divisor->number == 0 || divisor->number == -1))
        return ar_pte_bad(plan->reader, divisor->at,
                          "%s divides by %lld, or by a number that is not known before it runs", name,
                          (long long)divisor->number);
    return ARNY_OK;
}

/* 1: a number of the file, whenever it is read. */
static int is_known(double *out, const ar_pte_slot *slot)
{
    *out = slot->value.kind == AR_PTE_DOUBLE ? slot->real : (double)slot->number;
    return !slot->written;
}

/* aten::arange.out(end, out), .start_out(start, end, step, out): ends the process when there are more numbers than an
 * int32. */
static int check_range(const ar_pte_plan *plan, const char *name, const ar_pte_call *call)
{
    int all = call->args.count == 5;
    const ar_pte_slot *out = ar_pte_argument(plan, call, all ? 3 : 1);
    double start = 0, end, step = 1, count;
    int known = is_known(&end, ar_pte_argument(plan, call, all ? 1 : 0));
    if (all)
        known = known && is_known(&start, ar_pte_argument(plan, call, 0)) &&
                is_known(&step, ar_pte_argument(plan, call, 2));
    count = (end - start) / step;
    if (out->value.dim_count != 1 || (known && !(step != 0 && count > -1 && count <= out->value.dims[0])))
        return ar_pte_bad(plan->reader, call->at,
                          "%s gives more numbers than its result has room for, or fewer than none", name);
    return ARNY_OK;
}

/* aten::convolution.out(input, weight, bias, stride, padding, dilation, transposed, output_padding, groups, out) and
 * pools(input, kernel, stride, padding, ...): they divide by all but paddings. */
static int check_window(const ar_pte_plan *plan, const char *name, const ar_pte_call *call)
{
    int convolution = strcmp(name, "aten::convolution.out") == 0;
    for (uint32_t i = convolution ? 3 : 1; i < call->args.count; i++) {
        const ar_pte_slot *slot = ar_pte_argument(plan, call, i);
        uint32_t items = slot->value.kind == AR_PTE_INT_LIST ? slot->items.count : 0;
        int least = convolution ? i != 4 && i != 7 : i != 3;
        if (items > AR_PTE_DIMS)
            return ar_pte_bad(plan->reader, slot->at, "%s has %u numbers for dimensions: at most %d expected", name,
                              items, AR_PTE_DIMS);
        for (uint32_t k = 0; k < items; k++) {
            const ar_pte_slot *item = &plan->slots[ar_flat_item(&slot->items, k)];
            if (!is_constant(item) || item->number < least || item->number > WINDOW_MAX)
                return ar_pte_bad(plan->reader, item->at, "%s has a window, step or padding of %lld: %d to %d expected",
                                  name, (long long)item->number, least, WINDOW_MAX);
        }
    }
    if (!convolution)
        return ARNY_OK;
    const ar_pte_slot *groups = ar_pte_argument(plan, call, 8);
    if (!is_constant(groups) || groups->number < 1)
        return ar_pte_bad(plan->reader, groups->at, "%s has %lld groups", name, (long long)groups->number);
    return ARNY_OK;
}

/* ---- views ------------------------------------------------------------------------------------------------------ */

/* Sizes that are written in the file must be those of the result; for one of them -1 may stand. */
static int check_view_sizes(const ar_pte_plan *plan, const char *name, const ar_pte_call *call)
{
    const ar_pte_slot *sizes = ar_pte_argument(plan, call, 1), *out = ar_pte_argument(plan, call, 2);
    int open = 0;
    if (sizes->items.count != out->value.dim_count)
        return ar_pte_bad(plan->reader, call->at, "%s makes %u dimensions into %zu", name, sizes->items.count,
                          out->value.dim_count);
    for (uint32_t i = 0; i < sizes->items.count; i++) {
        const ar_pte_slot *size = &plan->slots[ar_flat_item(&sizes->items, i)];
        if (!is_constant(size) || size->number == out->value.dims[i])
            continue;
        if (size->number != -1 || open++)
            return ar_pte_bad(plan->reader, size->at, "%s gives dimension %u the size %lld, and its result has %d",
                              name, i, (long long)size->number, out->value.dims[i]);
    }
    return ARNY_OK;
}

/* executorch_prim::et_view.default(self, sizes, out): `out` is where `self` is from then on. */
static int check_view(const ar_pte_plan *plan, const char *name, const ar_pte_call *call)
{
    ar_pte_slot *self = ar_pte_argument(plan, call, 0), *out = ar_pte_argument(plan, call, 2);
    int elsewhere = self->memory == AR_MEMORY_CONSTANT || self->borrowed;
    if (self->value.scalar_type != out->value.scalar_type || self->bytes != out->bytes ||
        out->memory == AR_MEMORY_CONSTANT || out->input)
        return ar_pte_bad(plan->reader, call->at,
                          "%s makes a view of %llu bytes of a tensor of %llu, or of another type, or in place of a "
                          "constant or an input",
                          name, (unsigned long long)out->bytes, (unsigned long long)self->bytes);
    if (plan->jumps && out->memory == AR_MEMORY_NONE)
        return ar_pte_bad(plan->reader, call->at, "%s may be jumped over, and its result has no memory without it",
                          name);
    if (elsewhere && (out->written || plan->jumps))
        return ar_pte_bad(plan->reader, call->at, "%s makes a constant or an input into a value that is written", name);
    if (elsewhere || out->memory == AR_MEMORY_NONE) {
        out->memory = self->memory;
        out->borrowed = self->borrowed;
    }
    return check_view_sizes(plan, name, call);
}

/* aten::mm.out(a, b, out), bmm.out(a, b, out), addmm.out(sum, a, b, beta, alpha, out): end the process on fewer
 * dimensions. */
static int check_matrices(const ar_pte_plan *plan, const char *name, const ar_pte_call *call)
{
    uint32_t first = strcmp(name, "aten::addmm.out") == 0;
    size_t rank = strcmp(name, "aten::bmm.out") == 0 ? 3 : 2;
    for (uint32_t i = first; i < first + 2; i++)
        if (ar_pte_argument(plan, call, i)->value.dim_count != rank)
            return ar_pte_bad(plan->reader, ar_flat_item_place(&call->args, i),
                              "argument %u of %s must have %zu dimensions", i, name, rank);
    if (ar_pte_argument(plan, call, call->args.count - 1)->value.dim_count != rank)
        return ar_pte_bad(plan->reader, call->at, "the result of %s must have %zu dimensions", name, rank);
    return ARNY_OK;
}

/* ---- embeddings ------------------------------------------------------------------------------------------------- */

/* Rows of `weight` by `indices` become `out`: none of the kernels looks whether that is as wide, and not all whether an
 * index is a row. Tokens are below the length of the logits: so must the embedding's rows be. */
static int check_rows(const ar_pte_plan *plan, const char *name, const ar_pte_call *call, const ar_pte_slot *weight,
                      const ar_pte_slot *indices, const ar_pte_slot *out, int values_per_element)
{
    const ar_pte_method *method = plan->method;
    size_t dims = indices->value.dim_count;
    int same = weight->value.dim_count == 2 && out->value.dim_count == dims + 1 &&
               (int64_t)weight->value.dims[1] * values_per_element == out->value.dims[dims];
    for (size_t i = 0; same && i < dims; i++)
        same = indices->value.dims[i] == out->value.dims[i];
    if (!same || !weight->ordered || !indices->ordered || !out->ordered)
        return ar_pte_bad(plan->reader, call->at,
                          "%s: the result must have the dimensions of the indices, and a row of the weights", name);
    if (indices->value.scalar_type != AR_SCALAR_LONG && indices->value.scalar_type != AR_SCALAR_INT)
        return ar_pte_bad(plan->reader, call->at, "%s: indices must be int64 or int32", name);
    if (indices->input == 1 && method->output_count > 0 && strcmp(method->name, "forward") == 0) {
        const ar_pte_value *logits = &method->outputs[0];
        if (logits->dim_count > 0 && logits->dims[logits->dim_count - 1] > weight->value.dims[0])
            return ar_pte_bad(plan->reader, call->at, "%s has %d rows, and there are %d logits: as many expected", name,
                              weight->value.dims[0], logits->dims[logits->dim_count - 1]);
        plan->reader->pte->embedding = out->value.dims[dims];
        plan->reader->pte->parameters += (int64_t)weight->value.dims[0] * out->value.dims[dims];
    }
    return ARNY_OK;
}

static int check_embedding(const ar_pte_plan *plan, const char *name, const ar_pte_call *call)
{
    return check_rows(plan, name, call, ar_pte_argument(plan, call, 0), ar_pte_argument(plan, call, 1),
                      ar_pte_argument(plan, call, 5), 1);
}

/* quantized_decomposed::embedding_*(weight, scales, zero_points or none, min, max, indices, [dtype or none,] out) */
static int check_quantized_embedding(const ar_pte_plan *plan, const char *name, const ar_pte_call *call)
{
    const ar_pte_slot *weight = ar_pte_argument(plan, call, 0), *scales = ar_pte_argument(plan, call, 1);
    const ar_pte_slot *zeros = ar_pte_argument(plan, call, 2), *out = ar_pte_argument(plan, call, call->args.count - 1);
    const ar_pte_slot *least = ar_pte_argument(plan, call, 3), *most = ar_pte_argument(plan, call, 4);
    const ar_pte_slot *type = call->args.count == 9 ? ar_pte_argument(plan, call, 6) : NULL;
    int per_element = strstr(name, "2bit") ? 4 : strstr(name, "4bit") ? 2 : 1;
    const ar_pte_value *w = &weight->value, *s = &scales->value, *z = &zeros->value;
    const ar_pte_slot *indices = ar_pte_argument(plan, call, 5);
    int status = check_rows(plan, name, call, weight, indices, out, per_element);
    if (status)
        return status;
    if (per_element > 1 &&
        indices->input != 1) /* its kernel does not look whether an index is a row: of tokens that is known */
        return ar_pte_unsupported(plan->reader, call->at, "%s of what is not the first input", name);
    int64_t width = (int64_t)w->dims[1] * per_element, groups = s->dim_count == 2 ? s->dims[1] : 1;
    if (s->dim_count < 1 || s->dim_count > 2 || s->dims[0] != w->dims[0] || groups < 1 || groups > width ||
        width % groups != 0 || !scales->ordered)
        return ar_pte_bad(plan->reader, call->at, "%s: a row of %lld weights with scales that do not fit", name,
                          (long long)width);
    if ((w->scalar_type != AR_SCALAR_BYTE && (w->scalar_type != AR_SCALAR_CHAR || per_element > 1)) ||
        !is_floating(s->scalar_type) || !is_floating(out->value.scalar_type) ||
        (call->args.count < 9 && s->scalar_type != out->value.scalar_type))
        return ar_pte_bad(plan->reader, call->at, "%s: weights, scales and result are of types that do not go together",
                          name);
    if (z->kind != AR_PTE_NONE &&
        (z->dim_count != s->dim_count || memcmp(z->dims, s->dims, s->dim_count * sizeof s->dims[0]) != 0 ||
         z->scalar_type != s->scalar_type || z->scalar_type != out->value.scalar_type || !zeros->ordered))
        return ar_pte_bad(plan->reader, call->at, "%s: zero points must be as many as scales, and of the result's type",
                          name);
    if (!is_constant(least) || !is_constant(most) || least->number > most->number ||
        (type && type->value.kind == AR_PTE_INT && (!is_constant(type) || type->number != out->value.scalar_type)))
        return ar_pte_bad(plan->reader, call->at, "%s: its range is empty, or its result of another type than it says",
                          name);
    return ARNY_OK;
}

/* ---- attention -------------------------------------------------------------------------------------------------- */

/* [batch, rows, heads, width], with nothing of 0 elements. */
static int is_heads(const ar_pte_slot *slot)
{
    const int *dims = slot->value.dims;
    return slot->value.dim_count == 4 && slot->ordered && dims[0] > 0 && dims[1] > 0 && dims[2] > 0 && dims[3] > 0;
}

/* llama::update_cache.out(value, cache, start, out): rows of `value` into the cache. */
static int check_update_cache(const ar_pte_plan *plan, const char *name, const ar_pte_call *call)
{
    const ar_pte_slot *rows = ar_pte_argument(plan, call, 0), *cache = ar_pte_argument(plan, call, 1);
    const int *r = rows->value.dims, *c = cache->value.dims;
    if (!is_heads(rows) || !is_heads(cache) || rows->value.scalar_type != cache->value.scalar_type || c[0] != 1 ||
        r[0] != 1 || r[2] != c[2] || r[3] != c[3])
        return ar_pte_bad(
            plan->reader, call->at,
            "%s: rows [1, n, heads, width] of a cache [1, positions, heads, width] of their type expected", name);
    if (cache->memory != AR_MEMORY_ARENA || cache->value.dynamic)
        return ar_pte_bad(plan->reader, call->at, "%s: a cache in planned memory, of a size that stays, expected",
                          name);
    return ARNY_OK;
}

/* llama::custom_sdpa.out(query, key, value, start, mask or none, dropout, causal, scale or none, out) */
static int check_attention(const ar_pte_plan *plan, const char *name, const ar_pte_call *call)
{
    const ar_pte_slot *query = ar_pte_argument(plan, call, 0), *key = ar_pte_argument(plan, call, 1);
    const ar_pte_slot *value = ar_pte_argument(plan, call, 2), *out = ar_pte_argument(plan, call, 8);
    const int *q = query->value.dims, *k = key->value.dims;
    int type = query->value.scalar_type;
    if (!is_heads(query) || !is_heads(key) || !is_heads(value) || !is_heads(out) ||
        memcmp(k, value->value.dims, 4 * sizeof *k) != 0 || memcmp(q, out->value.dims, 4 * sizeof *q) != 0 ||
        q[0] != k[0] || q[2] % k[2] != 0 || q[3] != k[3])
        return ar_pte_bad(
            plan->reader, call->at,
            "%s: query and result [1, n, heads, width], key and value [1, positions, kv heads, width] expected", name);
    if (!is_floating(type) || key->value.scalar_type != type || value->value.scalar_type != type ||
        out->value.scalar_type != type)
        return ar_pte_bad(plan->reader, call->at, "%s: query, key, value and result of one type of floats expected",
                          name);
    return ARNY_OK;
}

/* ---- which ------------------------------------------------------------------------------------------------------ */

int ar_pte_check_shapes(const ar_pte_plan *plan, const char *name, const ar_pte_call *call)
{
    static const struct {
        const char *name; /* the beginning of it */
        int (*check)(const ar_pte_plan *plan, const char *name, const ar_pte_call *call);
    } checks[] = {
        {"aten::sym_size.int", check_size},
        {"aten::arange.", check_range},
        {"aten::convolution.out", check_window},
        {"aten::max_pool2d_with_indices.out", check_window},
        {"aten::avg_pool2d.out", check_window},
        {"aten::view_copy.out", check_view_sizes},
        {"aten::addmm.out", check_matrices},
        {"aten::mm.out", check_matrices},
        {"aten::bmm.out", check_matrices},
        {"aten::embedding.out", check_embedding},
        {"quantized_decomposed::embedding_", check_quantized_embedding},
        {"executorch_prim::et_view.default", check_view},
        {"executorch_prim::floordiv.", check_divisor},
        {"executorch_prim::mod.", check_divisor},
        {"llama::update_cache.out", check_update_cache},
        {"llama::custom_sdpa.out", check_attention},
    };
    for (size_t i = 0; i < sizeof checks / sizeof checks[0]; i++)
        if (strncmp(name, checks[i].name, strlen(checks[i].name)) == 0)
            return checks[i].check(plan, name, call);
    return ARNY_OK;
}
