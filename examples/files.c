/* files.c - hooks, and work on files:  ./files model.gguf [OUT TYPE]
 *
 * Says what the file is, counts what the library allocates, and with OUT and TYPE writes it with other weight types. */
#include <arny/arny.h>
#include <stdio.h>
#include <stdlib.h>

static void on_log(int level, const char *line, void *user_data)
{
    (void)user_data;
    fprintf(stderr, "%d %s\n", level, line);
}

static void *resize(void *pointer, size_t bytes, void *user_data)
{
    size_t *calls = user_data;
    ++*calls;
    return realloc(pointer, bytes);
}

static void release(void *pointer, void *user_data)
{
    (void)user_data;
    free(pointer);
}

static int on_progress(double progress, void *user_data)
{
    (void)user_data;
    fprintf(stderr, "\r%3.0f %%", 100 * progress);
    return 0;
}

int main(int argc, char **argv)
{
    size_t calls = 0;
    arny_allocator allocator = {resize, release, &calls};
    arny_file_info info;
    arny_set_log(on_log, ARNY_LOG_WARN, NULL);
    arny_set_allocator(&allocator);
    printf("arny %s (%s); chat templates: %s\n", arny_version(), arny_engines(), arny_chat_templates());

    int status = arny_file_inspect(&info, argc > 1 ? argv[1] : "");
    if (status == 0)
        printf("%s %s, %lld tensors, %lld tokens, %lld bytes; %zu allocations\n", info.kind, info.architecture,
               (long long)info.tensors, (long long)info.vocabulary, (long long)info.bytes, calls);
    if (status == 0 && argc > 3)
        status = arny_file_quantize(argv[1], argv[2], argv[3], 0, on_progress, NULL);
    if (status != 0)
        fprintf(stderr, "%s: %s\n", arny_status_name(status), arny_last_error());
    return status != 0;
}
