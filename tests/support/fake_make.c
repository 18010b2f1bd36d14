#include "fake_make.h"

#include "tmp.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char *make(const char *dir, const char *name, const char *first_line, const char *json)
{
    char *path = test_path(dir, name);
    size_t bytes = strlen(first_line) + strlen(json) + 2;
    char *text = malloc(bytes + 1);

    if (text == NULL)
        abort();
    snprintf(text, bytes + 1, "%s\n%s\n", first_line, json);
    test_write(path, text, bytes);
    free(text);
    return path;
}

char *fake_model(const char *dir, const char *name, const char *json)
{
    return make(dir, name, "#arny-fake 1", json);
}

char *fake_adapter(const char *dir, const char *name, const char *json)
{
    return make(dir, name, "#arny-fake-adapter 1", json);
}
