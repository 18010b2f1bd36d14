/*
 * engine/pte/file_private.h - what the files that check a .pte share: what is known of it so far.
 *
 *     file.c          the mapping, the methods in a row, what is public
 *     file_program.c  header, segments, constants, named data
 *     file_values.c   the values of a method
 *     file_parts.c    its operators, delegates, inputs and outputs
 *     file_calls.c    its instructions, and what is collected from them
 *     file_kernels.c  the arguments of operators: their kinds; file_shapes.c: more
 *     file_xnnpack.c  a graph that XNNPACK was given: its values; file_xnodes.c: its nodes
 */
#ifndef AR_ENGINE_PTE_FILE_PRIVATE_H
#define AR_ENGINE_PTE_FILE_PRIVATE_H

#include "engine/pte/file.h"
#include "engine/pte/flat.h"
#include "util/status.h"

#define AR_PTE_BYTES_MAX ((uint64_t)64 << 30) /* of an arena, of a tensor */
#define AR_PTE_NAME_MAX  99                   /* bytes of an operator's full name: the runtime cuts what is longer */

/* PyTorch's numbers of the element types that something here depends on. */
enum {
    AR_SCALAR_BYTE = 0,
    AR_SCALAR_CHAR = 1,
    AR_SCALAR_INT = 3,
    AR_SCALAR_LONG = 4,
    AR_SCALAR_HALF = 5,
    AR_SCALAR_FLOAT = 6,
    AR_SCALAR_DOUBLE = 7,
    AR_SCALAR_BOOL = 11,
    AR_SCALAR_BFLOAT16 = 15,
    AR_SCALAR_BITS16 = 22,
    AR_SCALAR_UINT16 = 27,
};

typedef struct ar_pte_span { /* of the file */
    uint64_t at, bytes;
} ar_pte_span;

typedef struct ar_pte_named { /* data that is found by its name */
    const char *name;
    size_t name_bytes;
    uint32_t segment;
} ar_pte_named;

#define AR_XNN_DIMS 6

/* How a segment is used as weights. XNNPACK's cache knows packed weights by the segment's name alone: whoever else uses
 * it gets what was packed for the first, so all must want the same. */
typedef struct ar_pte_use {
    uint32_t dims[AR_XNN_DIMS], rank, datatype, block, scales; /* scales: their segment */
    uint32_t node; /* type, flags and input of what multiplies by it; 0: none yet */
    int used;
} ar_pte_use;

typedef struct ar_pte_external { /* an argument of a delegate: which, and what it must be */
    uint32_t id;
    int output;
    uint32_t datatype; /* XNNPACK's */
    uint32_t dims[AR_XNN_DIMS], rank;
} ar_pte_external;

typedef struct ar_pte_graph { /* a graph that XNNPACK was given; several delegates may share it */
    ar_pte_external *externals;
    size_t external_count;
    int checked;
} ar_pte_graph;

typedef struct ar_pte_reader {
    const char *path;
    ar_pte *pte;
    ar_flat_guard guard;
    ar_flat program;
    ar_pte_span *segments;
    ar_pte_use *uses;     /* one for each segment */
    ar_pte_graph *graphs; /* one for each segment, then one for each of `inlined` */
    size_t segment_count;
    ar_flat_list inlined;      /* what delegates were compiled to, within the program */
    ar_flat_list buffers;      /* constants within the program, of old files */
    ar_flat_list constants;    /* offsets of constants in a segment */
    ar_pte_span constant_data; /* that segment */
    ar_flat_list initial;      /* offsets of the initial states of buffers in a segment */
    ar_pte_span initial_data;
    ar_pte_named *named; /* sorted by name */
    size_t named_count;
    uint64_t linear;                   /* linear layers */
    uint64_t linear_4bit, linear_8bit; /* those with 8-bit activations, and weights of so many bits */
} ar_pte_reader;

/* ---- a method while it is checked ------------------------------------------------------------------------------- */

enum { AR_MEMORY_NONE, AR_MEMORY_ARENA, AR_MEMORY_CONSTANT };

typedef struct ar_pte_slot { /* a value, and what instructions do with it */
    ar_pte_value value;
    uint64_t at; /* in the file, for errors */
    int memory;  /* of a tensor */
    uint32_t arena;
    uint64_t offset, bytes;
    unsigned char order[AR_PTE_DIMS]; /* dimensions from the outermost in memory to the innermost */
    int ordered;                      /* 1: that is 0, 1, 2, ... */
    int cache;                        /* 1: llama::update_cache writes it */
    int kept;                         /* 1: a buffer whose contents go on to the next run */
    int input, output;                /* of the method: which one, counted from 1 */
    int borrowed;                     /* 1: its memory is the caller's, as large as what was passed */
    int written;                      /* 1: a call writes it: a number is not the one in the file for long */
    int settled;                      /* 1: it was used or written, and stays of this kind */
    int64_t number;                   /* int and bool */
    double real;                      /* double */
    ar_flat_list items;               /* of a list */
} ar_pte_slot;

typedef struct ar_pte_signature ar_pte_signature;

typedef struct ar_pte_operator {
    char *name;
    const ar_pte_signature *signature; /* NULL: not in our table */
} ar_pte_operator;

typedef struct ar_pte_delegate {
    const ar_pte_graph *graph; /* NULL: not XNNPACK's */
} ar_pte_delegate;

typedef struct ar_pte_plan {
    ar_pte_reader *reader;
    ar_pte_method *method;
    ar_pte_slot *slots;
    size_t slot_count;
    ar_pte_operator *operators;
    size_t operator_count;
    ar_pte_delegate *delegates;
    size_t delegate_count;
    size_t instruction_count;
    int jumps; /* 1: instructions need not run in the order of the file */
} ar_pte_plan;

typedef struct ar_pte_call { /* of an operator or a delegate */
    uint64_t at;
    ar_flat_list args; /* within the slots */
} ar_pte_call;

/* "PATH: at byte N: ", and the sentence; or that of what could not be read before, which comes first. Returns
 * ARNY_E_DATA. */
int ar_pte_bad(const ar_pte_reader *reader, uint64_t at, const char *format, ...) AR_PRINTF(3, 4);
int ar_pte_unsupported(const ar_pte_reader *reader, uint64_t at, const char *format, ...) AR_PRINTF(3, 4);
/* ARNY_OK, or the sentence of what could not be read. */
int ar_pte_readable(const ar_pte_reader *reader);

/* A name that may be printed: 1 to `most` bytes of printable ASCII. Owned. */
int ar_pte_name(char **out, const ar_pte_reader *reader, const ar_flat_table *table, unsigned field, size_t most,
                const char *what);
uint64_t ar_scalar_bytes(int scalar_type); /* 0: no such type */
/* Bytes of so many elements of each dimension; UINT64_MAX: more than AR_PTE_BYTES_MAX. */
uint64_t ar_pte_product(const uint32_t *dims, size_t count, uint64_t element);

/* file_program.c */
int ar_pte_read_program(ar_pte_reader *reader, ar_flat_list *methods);
/* Where the bytes of a constant are; `at` is where the file speaks of it. */
int ar_pte_constant_data(const ar_pte_reader *reader, uint32_t index, uint64_t bytes, uint64_t element, uint64_t at);
int ar_pte_initial_data(const ar_pte_reader *reader, uint32_t index, uint64_t bytes, uint64_t at);
const ar_pte_named *ar_pte_named_data(const ar_pte_reader *reader, const char *name, size_t bytes); /* NULL: none */

/* file_values.c */
int ar_pte_read_values(ar_pte_plan *plan, const ar_flat_table *table);

/* file_parts.c */
int ar_pte_read_parts(ar_pte_plan *plan, const ar_flat_table *table);

/* file_calls.c */
int ar_pte_read_calls(ar_pte_plan *plan, const ar_flat_table *table);
ar_pte_slot *ar_pte_argument(const ar_pte_plan *plan, const ar_pte_call *call, uint32_t index);
/* The tensor is read, or written, by a call: it must have memory that may be. */
int ar_pte_touch(const ar_pte_plan *plan, const ar_pte_call *call, const char *who, ar_pte_slot *slot, int write);

/* file_kernels.c */
const ar_pte_signature *ar_pte_signature_of(const char *name); /* NULL: not in the table */
/* Marks the values that the call makes other ones. */
void ar_pte_mark_written(const ar_pte_plan *plan, const ar_pte_operator *called, const ar_pte_call *call);
int ar_pte_check_kernel(ar_pte_plan *plan, const ar_pte_operator *called, const ar_pte_call *call);
/* A call makes a number one of that kind. */
int ar_pte_settle(const ar_pte_plan *plan, const ar_pte_call *call, ar_pte_slot *slot, int kind);

/* file_shapes.c: what kernels take of their arguments' shapes and numbers without a look. */
int ar_pte_check_shapes(const ar_pte_plan *plan, const char *name, const ar_pte_call *call);

/* file_xnnpack.c */
int ar_pte_check_graph(ar_pte_reader *reader, ar_pte_graph *out, ar_pte_span span);
int ar_pte_check_delegate(const ar_pte_plan *plan, const ar_pte_graph *graph, const ar_pte_call *call);

#endif
