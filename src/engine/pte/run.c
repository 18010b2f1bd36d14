/* engine/pte/run.c - a method, and the pages that it computes in. */
#include "engine/pte/pte.h"
#include "util/mem.h"
#include "util/status.h"
#include <sys/mman.h>
#include <unistd.h>

/* With a page more: XNNPACK reads a few bytes behind what it computes with. */
static size_t mapped_bytes(uint64_t bytes, size_t page)
{
    return ((size_t)bytes + 2 * page - 1) / page * page;
}

static int map_arena(shim_arena *arena, uint64_t bytes)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE), rounded = mapped_bytes(bytes, page);
    int flags = MAP_PRIVATE | MAP_ANONYMOUS;
#ifdef MAP_NORESERVE
    flags |= MAP_NORESERVE; /* planned for the longest context; what is not touched takes nothing */
#endif
    arena->base = mmap(NULL, rounded, PROT_READ | PROT_WRITE, flags, -1, 0);
    arena->bytes = (size_t)bytes;
    if (arena->base == MAP_FAILED) {
        arena->base = NULL;
        return ar_fail(ARNY_E_MEMORY, "no %zu MB of address space for the memory that a .pte plans",
                       arena->bytes >> 20);
    }
#ifdef MADV_NOHUGEPAGE /* each layer's cache is touched at its beginning: of huge pages most would stay empty */
    (void)madvise(arena->base, rounded, MADV_NOHUGEPAGE);
#endif
    return ARNY_OK;
}

int ar_pte_run_open(ar_pte_run **out, const arny_engine_model *model, const char *packed, int one_thread)
{
    const ar_pte_method *forward = model->forward;
    int status = ARNY_E_MEMORY;
    *out = NULL;
    ar_pte_run *run = ar_calloc(1, sizeof *run);
    if (!run || !(run->arenas = ar_calloc(forward->arena_count, sizeof *run->arenas)))
        goto out;
    run->one_thread = one_thread;
    for (status = ARNY_OK; !status && run->arena_count < forward->arena_count; run->arena_count++)
        status = map_arena(&run->arenas[run->arena_count], (uint64_t)forward->arenas[run->arena_count]);
    if (!status)
        status = shim_method_load(&run->method, model->program,
                                  &(shim_method_options){.name = forward->name,
                                                         .arenas = run->arenas,
                                                         .arena_count = run->arena_count,
                                                         .packed = packed,
                                                         .one_thread = one_thread});
out:
    if (status) {
        ar_pte_run_free(run);
        return status;
    }
    *out = run;
    return ARNY_OK;
}

void ar_pte_run_free(ar_pte_run *run)
{
    if (!run)
        return;
    shim_method_free(run->method);
    for (size_t i = 0; run->arenas && i < run->arena_count; i++)
        if (run->arenas[i].base)
            munmap(run->arenas[i].base, mapped_bytes(run->arenas[i].bytes, (size_t)sysconf(_SC_PAGESIZE)));
    ar_free(run->arenas);
    ar_free(run);
}

void ar_pte_run_clear(ar_pte_run *run)
{
    for (size_t i = 0; i < run->arena_count; i++)
        (void)madvise(run->arenas[i].base, run->arenas[i].bytes, MADV_DONTNEED);
}
