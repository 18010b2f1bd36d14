/* cli/input.c - see input.h. */
#include "input.h"
#include "error.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static int open_file(FILE **out, const char *path)
{
    *out = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
    if (*out)
        return CLI_OK;
    error_line("%s: %s", path, strerror(errno));
    return errno == ENOENT || errno == ENOTDIR ? CLI_NO_INPUT : CLI_IO;
}

int input_same_file(const char *a, const char *b)
{
    struct stat left, right;
    return stat(a, &left) == 0 && stat(b, &right) == 0 && left.st_dev == right.st_dev && left.st_ino == right.st_ino;
}

static const char *name_of(const char *path)
{
    return strcmp(path, "-") == 0 ? "standard input" : path;
}

/* Room for one byte more and a NUL, within the limit. */
static int grow(char **text, size_t *capacity, size_t used, const char *name)
{
    if (used + 1 < *capacity)
        return CLI_OK;
    if (used >= INPUT_BYTES_MAX) {
        error_line("%s: the text is longer than %u bytes", name, INPUT_BYTES_MAX);
        return CLI_DATA;
    }
    size_t larger = *capacity ? *capacity * 2 : 4096;
    char *moved = realloc(*text, larger);
    if (!moved) {
        error_line("%s: there is no memory for %zu bytes", name, larger);
        return CLI_INTERNAL;
    }
    *text = moved;
    *capacity = larger;
    return CLI_OK;
}

static int zero_byte(const char *name)
{
    error_line("%s: there is a zero byte in it, so it is not a text", name);
    return CLI_DATA;
}

static int read_failed(const char *name)
{
    error_line("%s: %s", name, strerror(errno));
    return CLI_IO;
}

int input_all(char **out, const char *path)
{
    FILE *file;
    size_t used = 0, capacity = 0;
    const char *name = name_of(path);
    *out = NULL;
    int code = open_file(&file, path);
    if (code)
        return code;
    while (!(code = grow(out, &capacity, used, name))) {
        size_t got = fread(*out + used, 1, capacity - used - 1, file);
        used += got;
        if (got == 0)
            break;
    }
    if (!code && ferror(file))
        code = read_failed(name);
    if (!code && memchr(*out, 0, used))
        code = zero_byte(name);
    if (code) {
        free(*out);
        *out = NULL;
    } else {
        (*out)[used] = 0;
    }
    if (file != stdin)
        fclose(file);
    return code;
}

void input_chomp(char *text)
{
    size_t length = strlen(text);
    if (length > 0 && text[length - 1] == '\n')
        text[--length] = 0;
    if (length > 0 && text[length - 1] == '\r')
        text[--length] = 0;
}

int input_open(input_lines *input, const char *path)
{
    memset(input, 0, sizeof *input);
    input->name = name_of(path);
    return open_file(&input->file, path);
}

int input_next(input_lines *input)
{
    size_t used = 0;
    int c, zero = 0, code;
    while ((c = getc(input->file)) != EOF) {
        if ((code = grow(&input->line, &input->capacity, used, input->name)))
            return -code;
        input->line[used++] = (char)c;
        zero |= c == 0;
        if (c == '\n')
            break;
    }
    if (c == EOF && ferror(input->file))
        return -read_failed(input->name);
    if (used == 0)
        return 0;
    input->line[used] = 0;
    input->number++;
    if (zero)
        return -zero_byte(input->name);
    input_chomp(input->line);
    return 1;
}

void input_close(input_lines *input)
{
    if (input->file && input->file != stdin)
        fclose(input->file);
    free(input->line);
    memset(input, 0, sizeof *input);
}
