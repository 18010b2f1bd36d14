/*
 * engine/pte/file_kernels.c - the arguments of operators. The runtime calls a kernel with a bare array of values: with
 * one too few it reads beyond the array, with one of another kind it ends the process.
 *
 * How many arguments an operator has, and of what kind, no file says. So this is a table of the operators that
 * exporters write for language models (sources: PyTorch's native_functions.yaml, and of ExecuTorch
 * kernels/quantized/quantized.yaml, kernels/prim_ops, extension/llm/custom_ops). A call of another one passes when its
 * indices are in range, and its kernel must look after itself.
 *
 *     T tensor                 I int                    L list of ints
 *     W tensor, written        B bool                   X list of tensors
 *     V list of tensors,       D double                 Y list of optional tensors
 *       written                N one of these three     F list of doubles
 *                                                       S string
 *
 * Small letters: or none. Behind them comes one more argument, what the kernel returns: where it writes, again. For the
 * operators on numbers a '>' comes first, and then its kind:
 *
 *     I B D        these
 *     N            int when all arguments are, else double
 *     T            what the tensor's elements are
 *     C            that of the last two arguments, which must be the same
 *     nothing      nothing is returned
 */
#include "engine/pte/file_private.h"
#include <ctype.h>
#include <string.h>

struct ar_pte_signature {
    const char *arguments;
    const char *names; /* spaces between them; "aten::" is left out */
};

/* clang-format off */
static const ar_pte_signature signatures[] = {
    {"LW", "ones.out zeros.out"},
    {"NW", "arange.out scalar_tensor.out"},
    {"TW", "abs.out acos.out acosh.out alias_copy.out any.all_out asin.out asinh.out atan.out atanh.out "
           "bitwise_not.out ceil.out cos.out cosh.out detach_copy.out erf.out exp.out expm1.out floor.out "
           "isinf.out isnan.out lift_fresh_copy.out log.out log10.out log1p.out log2.out logical_not.out "
           "max.unary_out min.unary_out neg.out nonzero.out reciprocal.out relu.out round.out rsqrt.out "
           "sigmoid.out sign.out sin.out sinh.out sqrt.out t_copy.out tan.out tanh.out trunc.out"},
    {"LNW", "full.out"},
    {"LiW", "empty.out"},
    {"LlW", "dim_order_ops::_empty_dim_order.out"},
    {"NTW", "pow.Scalar_out"},
    {"TIV", "unbind_copy.int_out"},
    {"TIW", "glu.out pixel_shuffle.out pixel_unshuffle.out squeeze_copy.dim_out tril.out unsqueeze_copy.out"},
    {"TLW", "_adaptive_avg_pool2d.out flip.out permute_copy.out reflection_pad1d.out reflection_pad2d.out "
            "reflection_pad3d.out repeat.out replication_pad1d.out replication_pad2d.out replication_pad3d.out "
            "squeeze_copy.dims_out view_copy.out"},
    {"TNW", "bitwise_and.Scalar_out bitwise_left_shift.Tensor_Scalar_out bitwise_or.Scalar_out "
            "bitwise_right_shift.Tensor_Scalar_out bitwise_xor.Scalar_out div.Scalar_out eq.Scalar_out "
            "fill.Scalar_out fmod.Scalar_out ge.Scalar_out gt.Scalar_out le.Scalar_out leaky_relu.out "
            "lt.Scalar_out mul.Scalar_out ne.Scalar_out pow.Tensor_Scalar_out remainder.Scalar_out"},
    {"TSW", "gelu.out"},
    {"TTW", "atan2.out bitwise_and.Tensor_out bitwise_left_shift.Tensor_out bitwise_or.Tensor_out "
            "bitwise_right_shift.Tensor_out bitwise_xor.Tensor_out bmm.out div.out eq.Tensor_out fill.Tensor_out "
            "floor_divide.out fmod.Tensor_out ge.Tensor_out gt.Tensor_out le.Tensor_out logical_and.out "
            "logical_or.out logical_xor.out lt.Tensor_out masked_select.out maximum.out minimum.out mm.out mul.out "
            "ne.Tensor_out pow.Tensor_Tensor_out remainder.Tensor_out"},
    {"TYW", "index.Tensor_out"},
    {"TdW", "logit.out"},
    {"TiW", "clone.out mean.dtype_out prod.out repeat_interleave.Tensor_out"},
    {"WTB", "copy_"},
    {"XIW", "cat.out stack.out"},
    {"NNNW", "arange.start_out"},
    {"TBiW", "_to_copy.out"},
    {"TBlW", "dim_order_ops::_clone_dim_order.out dim_order_ops::_to_dim_order_copy.out"},
    {"TIBW", "_log_softmax.out _softmax.out any.out"},
    {"TIIV", "split_copy.Tensor_out"},
    {"TIIW", "select_copy.int_out transpose_copy.int_out"},
    {"TITW", "index_select.out"},
    {"TIWW", "quantized_decomposed::choose_qparams_per_token_asymmetric.out"},
    {"TIiW", "cumsum.out"},
    {"TLBW", "amax.out amin.out expand_copy.out"},
    {"TLIV", "split_with_sizes_copy.out"},
    {"TLLW", "roll.out"},
    {"TLNW", "constant_pad_nd.out"},
    {"TNNW", "add.Scalar_out hardtanh.out rsub.Scalar_out sub.Scalar_out"},
    {"TNiW", "full_like.out"},
    {"TNsW", "div.Scalar_mode_out"},
    {"TTBW", "copy.out"},
    {"TTNW", "add.out masked_fill.Scalar_out sub.out"},
    {"TTTW", "masked_scatter.out where.self_out"},
    {"TTsW", "div.out_mode"},
    {"TiBW", "argmax.out argmin.out"},
    {"TlBW", "any.dims_out"},
    {"TlfW", "upsample_nearest2d.vec_out"},
    {"TnnW", "clamp.out"},
    {"TttW", "clamp.Tensor_out"},
    {"WYTB", "index_put_"},
    {"TDbWW", "native_dropout.out"},
    {"TIBWW", "max.dim_max min.dim_min"},
    {"TIBiW", "prod.int_out"},
    {"TIIIW", "diagonal_copy.out narrow_copy.out unfold_copy.out"},
    {"TITBW", "gather.out"},
    {"TITNW", "scatter.value_out"},
    {"TITTW", "scatter.src_out scatter_add.out"},
    {"TLLiW", "as_strided_copy.out"},
    {"TNNNW", "elu.out"},
    {"TTIIW", "select_scatter.out"},
    {"TTTtW", "quantized_decomposed::mixed_mm.out"},
    {"TYTBW", "index_put.out"},
    {"TlBBW", "var.out"},
    {"TlBfW", "upsample_bilinear2d.vec_out"},
    {"TlBiW", "mean.out sum.IntList_out"},
    {"TlnBW", "var.correction_out"},
    {"TIiiIW", "slice_copy.Tensor_out"},
    {"TLBddW", "_upsample_bilinear2d_aa.out"},
    {"TTIBBW", "embedding.out"},
    {"TTIIBW", "grid_sampler_2d.out"},
    {"TTTNNW", "addmm.out"},
    {"TTTtiW", "quantized_decomposed::mixed_linear.out"},
    {"TlnBWW", "var_mean.correction_out"},
    {"TDIIIIW", "quantized_decomposed::quantize_per_tensor.out"},
    {"TIIBBWW", "topk.values"},
    {"TIIDIWW", "quantized_decomposed::choose_qparams.Tensor_out"},
    {"TTIiiIW", "slice_scatter.out"},
    {"TTTIIIW", "quantized_decomposed::quantize_per_tensor.Tensor_out quantized_decomposed::quantize_per_token.out"},
    {"TTtIITW", "quantized_decomposed::embedding_2bit.out quantized_decomposed::embedding_4bit.out "
                "quantized_decomposed::embedding_byte.out"},
    {"TDIIIIiW", "quantized_decomposed::dequantize_per_tensor.out"},
    {"TLLLBBiW", "avg_pool2d.out"},
    {"TLLLLBWW", "max_pool2d_with_indices.out"},
    {"TLttDWWW", "native_layer_norm.out"},
    {"TTTIIIIW", "quantized_decomposed::dequantize_per_token.out quantized_decomposed::quantize_per_channel.out"},
    {"TTTIIIiW", "quantized_decomposed::dequantize_per_tensor.Tensor_out"},
    {"TTtIITiW", "quantized_decomposed::embedding_2bit.dtype_out quantized_decomposed::embedding_4bit.dtype_out "
                 "quantized_decomposed::embedding_byte.dtype_out"},
    {"TTtIIIIiW", "quantized_decomposed::dequantize_per_channel.out"},
    {"TTtLLLBLIW", "convolution.out"},
    {"TttTTDDWWW", "_native_batch_norm_legit_no_training.out"},
    {"TttIIIIDWWW", "native_group_norm.out"},
    {"TDIIITDIIIDIIIW", "quantized_decomposed::add.out"},
    {"TWIW", "llama::update_cache.out"},
    {"TTTItDBdW", "llama::custom_sdpa.out"},
    {"TI>I", "sym_size.int"},
    {"T>I", "sym_numel"},
    {"T>T", "_local_scalar_dense"},
    {"NN>N", "executorch_prim::add.Scalar executorch_prim::sub.Scalar executorch_prim::mul.Scalar "
             "executorch_prim::floordiv.Scalar"},
    {"NN>D", "executorch_prim::truediv.Scalar"},
    {"NN>B", "executorch_prim::eq.Scalar executorch_prim::gt.Scalar executorch_prim::lt.Scalar "
             "executorch_prim::ge.Scalar executorch_prim::le.Scalar"},
    {"II>I", "executorch_prim::floordiv.int executorch_prim::mod.int executorch_prim::mod.Scalar "
             "executorch_prim::sym_max.Scalar executorch_prim::sym_min.Scalar"},
    {"N>N", "executorch_prim::neg.Scalar"},
    {"N>D", "executorch_prim::sym_float.Scalar"},
    {"N>I", "executorch_prim::sym_int.Scalar"},
    {"B>B", "executorch_prim::sym_not.Scalar"},
    {"BNN>C", "executorch_prim::sym_ite.Scalar"},
    {"D>I", "executorch_prim::ceil.Scalar executorch_prim::round.Scalar executorch_prim::trunc.Scalar"},
    {"WTI>", "executorch_prim::et_copy_index.tensor"},
    {"TLW>", "executorch_prim::et_view.default"},
};
/* clang-format on */

const ar_pte_signature *ar_pte_signature_of(const char *name)
{
    const char *wanted = strncmp(name, "aten::", 6) == 0 ? name + 6 : name;
    size_t bytes = strlen(wanted);
    int qualified = wanted == name; /* so must be what it is compared with */
    for (size_t i = 0; i < sizeof signatures / sizeof signatures[0]; i++)
        for (const char *at = signatures[i].names; *at; at += *at == ' ') {
            size_t length = strcspn(at, " ");
            if (length == bytes && memcmp(at, wanted, bytes) == 0 && qualified == (strstr(wanted, "::") != NULL))
                return &signatures[i];
            at += length;
        }
    return NULL;
}

/* ---- arguments -------------------------------------------------------------------------------------------------- */

static const char *name_of(char letter)
{
    switch (letter) {
    case 'T':
    case 'W': return "a tensor";
    case 'X':
    case 'V': return "a list of tensors";
    case 'Y': return "a list of optional tensors";
    case 'I': return "an int";
    case 'B': return "a bool";
    case 'D': return "a double";
    case 'N': return "a number";
    case 'L': return "a list of ints";
    case 'F': return "a list of doubles";
    default: return "a string";
    }
}

static int is_number(int kind)
{
    return kind == AR_PTE_INT || kind == AR_PTE_BOOL || kind == AR_PTE_DOUBLE;
}

static int fits(char letter, int kind)
{
    switch (letter) {
    case 'T':
    case 'W': return kind == AR_PTE_TENSOR;
    case 'X':
    case 'V': return kind == AR_PTE_TENSOR_LIST;
    case 'Y': return kind == AR_PTE_OPTIONAL_TENSOR_LIST;
    case 'I': return kind == AR_PTE_INT;
    case 'B': return kind == AR_PTE_BOOL;
    case 'D': return kind == AR_PTE_DOUBLE;
    case 'N': return is_number(kind);
    case 'L': return kind == AR_PTE_INT_LIST;
    case 'F': return kind == AR_PTE_DOUBLE_LIST;
    default: return kind == AR_PTE_STRING;
    }
}

/* What kernels compute with. Of other types some end in a call of what is not there. */
static int is_computable(int scalar_type, const char *who)
{
    if (scalar_type == AR_SCALAR_BITS16 || scalar_type == AR_SCALAR_UINT16)
        return strncmp(who, "quantized_decomposed::", 22) == 0;
    return scalar_type <= AR_SCALAR_DOUBLE || scalar_type == AR_SCALAR_BOOL || scalar_type == AR_SCALAR_BFLOAT16;
}

static int check_tensor(const ar_pte_plan *plan, const ar_pte_call *call, const char *who, ar_pte_slot *slot, int write)
{
    if (!is_computable(slot->value.scalar_type, who))
        return ar_pte_unsupported(plan->reader, call->at, "%s is called with elements of the type %d", who,
                                  slot->value.scalar_type);
    return ar_pte_touch(plan, call, who, slot, write);
}

/* Items are read when the list is: each must be what the list is of. */
static int check_items(const ar_pte_plan *plan, const ar_pte_call *call, const char *who, ar_pte_slot *list, int write,
                       int known)
{
    int ints = list->value.kind == AR_PTE_INT_LIST;
    ar_flat_again(&list->items);
    int status = ar_pte_readable(plan->reader);
    for (uint32_t i = 0; !status && i < list->items.count; i++) {
        int64_t index = ints ? (int64_t)ar_flat_item(&list->items, i) : ar_flat_item_i32(&list->items, i);
        if (index < 0)
            continue;
        ar_pte_slot *item = &plan->slots[index];
        if (ints && item->value.kind != AR_PTE_INT)
            return ar_pte_bad(plan->reader, call->at, "%s uses a list of ints whose item %u is something else", who, i);
        item->settled = 1;
        if (item->value.kind == AR_PTE_TENSOR)
            status = known ? check_tensor(plan, call, who, item, write) : ar_pte_touch(plan, call, who, item, write);
    }
    return status;
}

static int check_argument(const ar_pte_plan *plan, const ar_pte_call *call, const char *who, uint32_t index,
                          char letter)
{
    ar_pte_slot *slot = ar_pte_argument(plan, call, index);
    char kind = (char)toupper((unsigned char)letter);
    int write = kind == 'W' || kind == 'V';
    slot->settled = 1;
    if (letter != kind && slot->value.kind == AR_PTE_NONE)
        return ARNY_OK;
    if (!fits(kind, slot->value.kind))
        return ar_pte_bad(plan->reader, ar_flat_item_place(&call->args, index), "argument %u of %s must be %s", index,
                          who, name_of(kind));
    if (kind == 'L' || kind == 'X' || kind == 'V' || kind == 'Y')
        return check_items(plan, call, who, slot, write, 1);
    /* et_view makes its result a view: where that lies is another matter. */
    if (slot->value.kind == AR_PTE_TENSOR && !(write && strcmp(who, "executorch_prim::et_view.default") == 0))
        return check_tensor(plan, call, who, slot, write);
    return ARNY_OK;
}

/* ---- results ---------------------------------------------------------------------------------------------------- */

int ar_pte_settle(const ar_pte_plan *plan, const ar_pte_call *call, ar_pte_slot *slot, int kind)
{
    /* Exporters write an int where they do not know yet: it becomes what it is with a call, before it is used. */
    if (slot->value.kind != kind && (slot->settled || slot->input || !is_number(slot->value.kind)))
        return ar_pte_bad(plan->reader, call->at, "value %zu becomes one of another kind here",
                          (size_t)(slot - plan->slots));
    slot->value.kind = kind;
    slot->settled = 1;
    return ARNY_OK;
}

static int kind_of_elements(int scalar_type)
{
    if (scalar_type == AR_SCALAR_BOOL)
        return AR_PTE_BOOL;
    return scalar_type == AR_SCALAR_FLOAT || scalar_type == AR_SCALAR_DOUBLE || scalar_type == AR_SCALAR_HALF ||
                   scalar_type == AR_SCALAR_BFLOAT16
               ? AR_PTE_DOUBLE
               : AR_PTE_INT;
}

/* The kind of number that an operator on numbers returns; 0: its arguments do not go together. */
static int kind_of_result(const ar_pte_plan *plan, const ar_pte_call *call, char letter)
{
    const ar_pte_value *first = &ar_pte_argument(plan, call, 0)->value;
    int a, b, kind = AR_PTE_INT;
    switch (letter) {
    case 'I': return AR_PTE_INT;
    case 'B': return AR_PTE_BOOL;
    case 'D': return AR_PTE_DOUBLE;
    case 'T': return kind_of_elements(first->scalar_type);
    case 'C':
        a = ar_pte_argument(plan, call, 1)->value.kind;
        b = ar_pte_argument(plan, call, 2)->value.kind;
        return a == b ? a : 0;
    default:
        for (uint32_t i = 0; i + 1 < call->args.count; i++)
            if (ar_pte_argument(plan, call, i)->value.kind == AR_PTE_DOUBLE)
                kind = AR_PTE_DOUBLE;
        return kind;
    }
}

static int check_result(const ar_pte_plan *plan, const ar_pte_call *call, const char *who, const char *arguments,
                        size_t count, char letter)
{
    ar_pte_slot *result = ar_pte_argument(plan, call, (uint32_t)count);
    if (letter != 0) {
        int kind = kind_of_result(plan, call, letter);
        if (kind == 0)
            return ar_pte_bad(plan->reader, call->at, "%s chooses between values of two kinds", who);
        return ar_pte_settle(plan, call, result, kind);
    }
    /* The value that is written comes back; several come back as a list of them. */
    const char *written = strchr(arguments, 'W');
    if (written && !strchr(written + 1, 'W') && result != ar_pte_argument(plan, call, (uint32_t)(written - arguments)))
        return ar_pte_bad(plan->reader, ar_flat_item_place(&call->args, (uint32_t)count),
                          "what %s returns must be what it writes", who);
    return ARNY_OK;
}

/* ---- calls ------------------------------------------------------------------------------------------------------ */

void ar_pte_mark_written(const ar_pte_plan *plan, const ar_pte_operator *called, const ar_pte_call *call)
{
    const char *arguments = called->signature ? called->signature->arguments : "";
    uint32_t numbers = (uint32_t)strcspn(arguments, ">"); /* how many come before the result */
    for (uint32_t i = 0; i < call->args.count; i++) {
        char letter = i < numbers ? arguments[i] : '>';
        ar_pte_slot *slot = ar_pte_argument(plan, call, i);
        /* Of an operator that is not in the table any argument may be written. A view is no write. */
        if (letter == '>' || letter == 'W')
            slot->written |= strcmp(called->name, "executorch_prim::et_view.default") != 0;
        if (letter != 'V' || slot->value.kind != AR_PTE_TENSOR_LIST)
            continue;
        ar_flat_again(&slot->items);
        for (uint32_t k = 0; k < slot->items.count && !plan->reader->guard.name; k++)
            plan->slots[ar_flat_item_i32(&slot->items, k)].written = 1;
    }
}

static int check_unknown(const ar_pte_plan *plan, const ar_pte_operator *called, const ar_pte_call *call)
{
    int status = ARNY_OK;
    for (uint32_t i = 0; !status && i < call->args.count; i++) {
        ar_pte_slot *slot = ar_pte_argument(plan, call, i);
        int write = i + 1 == call->args.count; /* by the convention of all kernels the result comes last */
        slot->settled = 1;
        if (slot->value.kind == AR_PTE_TENSOR)
            status = ar_pte_touch(plan, call, called->name, slot, write);
        else if (slot->value.kind == AR_PTE_INT_LIST || slot->value.kind == AR_PTE_TENSOR_LIST ||
                 slot->value.kind == AR_PTE_OPTIONAL_TENSOR_LIST)
            status = check_items(plan, call, called->name, slot, write, 0);
    }
    return status;
}

int ar_pte_check_kernel(ar_pte_plan *plan, const ar_pte_operator *called, const ar_pte_call *call)
{
    if (!called->signature)
        return check_unknown(plan, called, call);
    const char *arguments = called->signature->arguments;
    size_t count = strcspn(arguments, ">");
    int numbers = arguments[count] == '>';
    char result = numbers ? arguments[count + 1] : 0;
    size_t wanted = count + (numbers && result == 0 ? 0 : 1);
    int status = ARNY_OK;
    if (call->args.count != wanted)
        return ar_pte_bad(plan->reader, call->at, "%s is called with %u arguments: %zu expected", called->name,
                          call->args.count, wanted);
    for (size_t i = 0; !status && i < count; i++)
        status = check_argument(plan, call, called->name, (uint32_t)i, arguments[i]);
    if (!status)
        status = ar_pte_check_shapes(plan, called->name, call);
    if (!status && wanted > count)
        status = check_result(plan, call, called->name, arguments, count, result);
    return status;
}
