/*
 * engine/pte/file.c - a .pte from its first to its last byte's bounds. What is trusted by whom is in the files named in
 * file_private.h. What is not kept away:
 *
 *   - operators that are not in file_kernels.c's table: their kernels see indices in range, and the rest as it is
 *   - what delegates of other backends were compiled to: it lies within the file, and their own checks see the rest
 *   - an index that is computed while it runs, and that a kernel ends the process on: the engine must catch that
 *   - numbers that make no sense, and time: an answer may be anything, and a loop of 10 million instructions
 *   - a file that is written to, or cut short, while it is mapped
 */
#include "engine/pte/file_private.h"
#include "util/fault.h"
#include "util/mem.h"
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define METHODS_MAX     256
#define METHOD_NAME_MAX 255
#define ARENAS_MAX      256
#define BUDGET_MAX      ((uint64_t)64 << 20) /* entries that are looked at; 30 layers have 70,000 */
#define BUDGET_LEAST    4096

/* Fields, in the order of schema/program.fbs. */
enum { METHOD_NAME, METHOD_ARENAS = 8, METHOD_DEVICES };
enum { DEVICE_ARENA, DEVICE_TYPE };

/* ---- sentences -------------------------------------------------------------------------------------------------- */

int ar_pte_readable(const ar_pte_reader *reader)
{
    const ar_flat_guard *guard = &reader->guard;
    if (!guard->name)
        return ARNY_OK;
    return ar_fail(ARNY_E_DATA, "%s: at byte %llu: %s %s: the file is damaged", reader->path,
                   (unsigned long long)guard->at, guard->name, guard->why);
}

AR_PRINTF(4, 0)
static int fail_at(const ar_pte_reader *reader, int status, uint64_t at, const char *format, va_list args)
{
    char what[512];
    int unreadable = ar_pte_readable(reader); /* what reads as absent after that is not at fault */
    if (unreadable)
        return unreadable;
    vsnprintf(what, sizeof what, format, args);
    return ar_fail(status, "%s: at byte %llu: %s", reader->path, (unsigned long long)at, what);
}

int ar_pte_bad(const ar_pte_reader *reader, uint64_t at, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int status = fail_at(reader, ARNY_E_DATA, at, format, args);
    va_end(args);
    return status;
}

int ar_pte_unsupported(const ar_pte_reader *reader, uint64_t at, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int status = fail_at(reader, ARNY_E_UNSUPPORTED, at, format, args);
    va_end(args);
    return status;
}

int ar_pte_name(char **out, const ar_pte_reader *reader, const ar_flat_table *table, unsigned field, size_t most,
                const char *what)
{
    size_t bytes;
    const char *text = ar_flat_text(&bytes, table, field, what);
    int status = ar_pte_readable(reader);
    *out = NULL;
    if (status)
        return status;
    if (!text || bytes == 0 || bytes > most)
        return ar_pte_bad(reader, ar_flat_place(table, field), "%s of %zu bytes: 1 to %zu expected", what, bytes, most);
    for (size_t i = 0; !status && i < bytes; i++)
        if (text[i] < 0x20 || text[i] > 0x7e)
            status = ar_pte_bad(reader, (uint64_t)((const unsigned char *)text + i - reader->pte->data),
                                "%s has a byte 0x%02x: only printable ASCII is expected", what, (unsigned char)text[i]);
    if (!status && !(*out = ar_strndup(text, bytes)))
        status = ARNY_E_MEMORY;
    return status;
}

/* ---- methods ---------------------------------------------------------------------------------------------------- */

/* What is planned: the first size is that of nothing, a relic of constants. */
static int read_arenas(ar_pte_method *method, const ar_pte_reader *reader, const ar_flat_table *table)
{
    ar_flat_list sizes = ar_flat_list_of(table, METHOD_ARENAS, 8, "the sizes of planned memory");
    ar_flat_list devices = ar_flat_list_of(table, METHOD_DEVICES, 4, "the devices of planned memory");
    uint64_t sum = 0;
    int status = ar_pte_readable(reader);
    if (!status && (!sizes.there || sizes.count > ARENAS_MAX))
        status = ar_pte_bad(reader, ar_flat_place(table, METHOD_ARENAS),
                            "sizes of planned memory: a list of up to %d expected, not of %u", ARENAS_MAX, sizes.count);
    if (!status && !(method->arenas = ar_calloc((size_t)sizes.count + 1, sizeof *method->arenas)))
        status = ARNY_E_MEMORY;
    for (uint32_t i = 1; !status && i < sizes.count; i++) {
        uint64_t bytes = ar_flat_item(&sizes, i);
        sum += bytes;
        if (bytes > AR_PTE_BYTES_MAX || sum > AR_PTE_BYTES_MAX)
            status = ar_pte_bad(reader, ar_flat_item_place(&sizes, i),
                                "%llu bytes of memory are planned: at most %llu GB expected, all together",
                                (unsigned long long)bytes, (unsigned long long)AR_PTE_BYTES_MAX >> 30);
        method->arenas[method->arena_count++] = (int64_t)bytes;
    }
    for (uint32_t i = 0; !status && i < devices.count; i++) {
        ar_flat_table device = ar_flat_item_table(&devices, i, "the device of planned memory");
        int type = ar_flat_byte(&device, DEVICE_TYPE);
        status = ar_pte_readable(reader);
        if (!status && type != 0)
            status = ar_pte_unsupported(reader, ar_flat_place(&device, DEVICE_TYPE),
                                        "memory is planned on another device: export it again for the CPU");
    }
    return status;
}

static int read_method(ar_pte_reader *reader, ar_pte_method *method, const ar_flat_table *table)
{
    ar_pte_plan plan = {.reader = reader, .method = method};
    int status = ar_pte_name(&method->name, reader, table, METHOD_NAME, METHOD_NAME_MAX, "a method's name");
    if (!status && ar_pte_method_named(reader->pte, method->name) != method)
        status = ar_pte_bad(reader, ar_flat_place(table, METHOD_NAME), "two methods have the name %s", method->name);
    if (!status)
        status = read_arenas(method, reader, table);
    if (!status)
        status = ar_pte_read_values(&plan, table);
    if (!status)
        status = ar_pte_read_parts(&plan, table);
    if (!status)
        status = ar_pte_read_calls(&plan, table);
    ar_free(plan.slots);
    ar_free(plan.operators);
    ar_free(plan.delegates);
    return status;
}

static int read_methods(ar_pte_reader *reader, const ar_flat_list *list)
{
    ar_pte *pte = reader->pte;
    if (list->count == 0 || list->count > METHODS_MAX)
        return ar_pte_bad(reader, 0, "a program of %u methods: 1 to %d expected", list->count, METHODS_MAX);
    if (!(pte->methods = ar_calloc(list->count, sizeof *pte->methods)))
        return ARNY_E_MEMORY;
    int status = ARNY_OK;
    for (uint32_t i = 0; !status && i < list->count; i++) {
        ar_flat_table table = ar_flat_item_table(list, i, "a method");
        pte->method_count = (size_t)i + 1;
        status = read_method(reader, &pte->methods[i], &table);
    }
    return status;
}

/* ---- the whole -------------------------------------------------------------------------------------------------- */

static void name_quantization(ar_pte *pte, const ar_pte_reader *reader)
{
    const char *name = "";
    if (reader->linear > 0 && reader->linear_4bit == reader->linear)
        name = "8da4w"; /* activations of 8 bits, dynamically; weights of 4 */
    else if (reader->linear > 0 && reader->linear_8bit == reader->linear)
        name = "8da8w";
    snprintf(pte->quantization, sizeof pte->quantization, "%s", name);
}

static int check(ar_pte *pte, const char *path)
{
    ar_pte_reader reader = {.path = path, .pte = pte};
    ar_flat_list methods;
    reader.guard.budget = BUDGET_LEAST + (pte->bytes < BUDGET_MAX ? pte->bytes : BUDGET_MAX);
    int status = ar_pte_read_program(&reader, &methods);
    if (!status)
        status = read_methods(&reader, &methods);
    if (!status)
        name_quantization(pte, &reader);
    for (size_t i = 0; reader.graphs && i < reader.segment_count + reader.inlined.count; i++)
        ar_free(reader.graphs[i].externals);
    ar_free(reader.graphs);
    ar_free(reader.segments);
    ar_free(reader.uses);
    ar_free(reader.named);
    return status;
}

static int map(ar_pte *pte, const char *path)
{
    struct stat info;
    int status = ar_fs_id(&pte->id, path);
    if (status)
        return status;
    if (pte->id.bytes == 0)
        return ar_fail(ARNY_E_DATA, "%s: at byte 0: the file is empty", path);
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a pipe that came in between must not be waited for */
    if (file < 0)
        return ar_fs_fail_reading(path, errno);
    if (fstat(file, &info) != 0 || (uint64_t)info.st_ino != pte->id.inode || (int64_t)info.st_size != pte->id.bytes) {
        close(file);
        return ar_fail(ARNY_E_IO, "%s: it was replaced while it was opened", path);
    }
    size_t page = (size_t)sysconf(_SC_PAGESIZE), bytes = (size_t)pte->id.bytes;
    size_t mapped = (bytes + page - 1) / page * page + page;
    void *place = MAP_FAILED;
    if (ar_fault(AR_FAULT_READ))
        errno = EIO;
    else
        place = mmap(NULL, mapped, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (place != MAP_FAILED && mmap(place, bytes, PROT_READ, MAP_PRIVATE | MAP_FIXED, file, 0) == MAP_FAILED) {
        munmap(place, mapped);
        place = MAP_FAILED;
    }
    if (place == MAP_FAILED) {
        status = ar_fs_fail_reading(path, errno);
    } else {
        pte->data = pte->mapping = place;
        pte->bytes = bytes;
        pte->mapped = mapped;
    }
    close(file);
    return status;
}

int ar_pte_read(ar_pte **out, const char *path)
{
    *out = NULL;
    ar_pte *pte = ar_calloc(1, sizeof *pte);
    int status = pte ? map(pte, path) : ARNY_E_MEMORY;
    if (!status)
        status = check(pte, path);
    if (status)
        ar_pte_free(pte);
    else
        *out = pte;
    return status;
}

int ar_pte_read_memory(ar_pte **out, const void *data, size_t bytes, const char *name)
{
    *out = NULL;
    if (bytes == 0)
        return ar_fail(ARNY_E_DATA, "%s: at byte 0: the file is empty", name);
    ar_pte *pte = ar_calloc(1, sizeof *pte);
    if (!pte)
        return ARNY_E_MEMORY;
    pte->data = data;
    pte->bytes = bytes;
    int status = check(pte, name);
    if (status)
        ar_pte_free(pte);
    else
        *out = pte;
    return status;
}

static void free_names(char **names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        ar_free(names[i]);
    ar_free(names);
}

void ar_pte_free(ar_pte *pte)
{
    if (!pte)
        return;
    for (size_t i = 0; i < pte->method_count; i++) {
        ar_pte_method *method = &pte->methods[i];
        free_names(method->backends, method->backend_count);
        free_names(method->operators, method->operator_count);
        ar_free(method->name);
        ar_free(method->inputs);
        ar_free(method->outputs);
        ar_free(method->arenas);
        ar_free(method->kv);
        ar_free(method->mutables);
        ar_free(method->constants);
    }
    ar_free(pte->methods);
    if (pte->mapping)
        munmap(pte->mapping, pte->mapped);
    ar_free(pte);
}

/* ---- what is asked ---------------------------------------------------------------------------------------------- */

int ar_pte_recognizes(const void *head, size_t bytes)
{
    return bytes >= 8 && memcmp((const char *)head + 4, "ET12", 4) == 0;
}

const ar_pte_method *ar_pte_method_named(const ar_pte *pte, const char *name)
{
    for (size_t i = 0; i < pte->method_count; i++)
        if (pte->methods[i].name && strcmp(pte->methods[i].name, name) == 0)
            return &pte->methods[i];
    return NULL;
}

int ar_pte_constant(int64_t *out, size_t capacity, size_t *count, const ar_pte *pte, const char *method)
{
    const ar_pte_method *found = ar_pte_method_named(pte, method);
    if (!found || found->constant_count == 0)
        return 0;
    *count = found->constant_count;
    for (size_t i = 0; i < *count && i < capacity; i++)
        out[i] = found->constants[i];
    return 1;
}
