#include "util/mem.h"

#include "util/fault.h"
#include "util/status.h"
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif
#include <string.h>

static void *system_resize(void *pointer, size_t bytes, void *user_data)
{
    (void)user_data;
    return realloc(pointer, bytes);
}

static void system_release(void *pointer, void *user_data)
{
    (void)user_data;
    free(pointer);
}

/* Not atomic: the hook is set before any other call, from one thread. */
static arny_allocator hook = {system_resize, system_release, NULL};

int arny_set_allocator(const arny_allocator *allocator)
{
    if (allocator == NULL) {
        hook = (arny_allocator){system_resize, system_release, NULL};
        return ARNY_OK;
    }
    if (allocator->resize == NULL || allocator->release == NULL)
        return ar_fail(ARNY_E_ARGUMENT, "an allocator needs both functions: resize and release");
    hook = *allocator;
    return ARNY_OK;
}

void *ar_resize(void *pointer, size_t count, size_t bytes)
{
    void *resized = NULL;

    /* A block of no bytes is one byte: realloc of 0 may free, and NULL always means failure here. */
    if (count == 0 || bytes == 0)
        count = bytes = 1;
    if (count <= SIZE_MAX / bytes && !ar_fault(AR_FAULT_ALLOC))
        resized = hook.resize(pointer, count * bytes, hook.user_data);
    if (resized == NULL)
        ar_no_memory();
    return resized;
}

void *ar_alloc(size_t bytes)
{
    return ar_resize(NULL, 1, bytes);
}

void *ar_calloc(size_t count, size_t bytes)
{
    void *pointer = ar_resize(NULL, count, bytes);

    if (pointer != NULL)
        memset(pointer, 0, count * bytes);
    return pointer;
}

void ar_free(void *pointer)
{
    if (pointer != NULL)
        hook.release(pointer, hook.user_data);
}

char *ar_strdup(const char *text)
{
    return ar_strndup(text, text == NULL ? 0 : strlen(text));
}

char *ar_strndup(const char *text, size_t bytes)
{
    const char *end;
    char *copy;

    if (text == NULL)
        return NULL;
    end = memchr(text, '\0', bytes);
    if (end != NULL)
        bytes = (size_t)(end - text);
    if (bytes == SIZE_MAX) {
        ar_no_memory();
        return NULL;
    }
    copy = ar_alloc(bytes + 1);
    if (copy == NULL)
        return NULL;
    memcpy(copy, text, bytes);
    copy[bytes] = '\0';
    return copy;
}

char *ar_format(const char *format, ...)
{
    char *text;
    va_list args;
    int length;

    va_start(args, format);
    length = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (length < 0) {
        ar_no_memory(); /* what is left: a text of more than INT_MAX bytes */
        return NULL;
    }
    text = ar_alloc((size_t)length + 1);
    if (text == NULL)
        return NULL;
    va_start(args, format);
    vsnprintf(text, (size_t)length + 1, format, args);
    va_end(args);
    return text;
}

void ar_mem_trim(void)
{
#ifdef __GLIBC__
    malloc_trim(0);
#endif
}
