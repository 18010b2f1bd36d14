/* engine/pte/file_xnnpack.h - a graph that XNNPACK was given, while it is checked. */
#ifndef AR_ENGINE_PTE_FILE_XNNPACK_H
#define AR_ENGINE_PTE_FILE_XNNPACK_H

#include "engine/pte/file_private.h"

#define AR_XNN_NONE UINT32_MAX /* no value, no external id, no segment */

enum { /* XNNPACK's element types, as the schema numbers them */
       AR_XNN_FP32 = 1,
       AR_XNN_FP16,
       AR_XNN_QINT8,
       AR_XNN_QUINT8,
       AR_XNN_QINT32,
       AR_XNN_QCINT8,
       AR_XNN_QCINT32,
       AR_XNN_QCINT4,
       AR_XNN_QDINT8,
       AR_XNN_QBINT4,
       AR_XNN_INT32 = 12,
       AR_XNN_BF16 = 14,
};

enum { AR_XNN_INPUT = 1, AR_XNN_OUTPUT = 2 };

typedef struct ar_xnn_value {
    uint64_t at;
    uint32_t datatype, rank, dims[AR_XNN_DIMS];
    uint64_t elements;
    uint32_t external_id, role; /* role: AR_XNN_INPUT, AR_XNN_OUTPUT, or neither */
    uint32_t segment;           /* of its data; AR_XNN_NONE when they are not in one of their own */
    uint32_t scales;            /* the segment of its scales */
    uint32_t channel, block;    /* the dimension that has scales; how many elements share one */
    uint32_t nonbatch;          /* dimensions of what shares a scale that is found while it runs */
    int constant;
    int made; /* 1: it has data before the node that is looked at */
} ar_xnn_value;

typedef struct ar_xnn_graph {
    ar_pte_reader *reader;
    ar_flat flat;
    int headed;       /* 1: constants lie in `data`, else in `constants` themselves */
    ar_pte_span data; /* of the file */
    ar_flat_list constants;
    ar_xnn_value *values; /* their places are their ids */
    uint32_t value_count;
} ar_xnn_graph;

/* file_xnodes.c: each node is of a known kind, reads what has data by then, and writes what nobody wrote. */
int ar_xnn_check_nodes(ar_xnn_graph *graph, const ar_flat_table *root);

#endif
