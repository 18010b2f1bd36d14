/* cli/suggest.c - edit distance with swapped neighbours; words here are short. */
#include "suggest.h"

#include <string.h>

#define WORD_MAX 32

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

static size_t distance(const char *a, size_t a_length, const char *b, size_t b_length)
{
    size_t d[WORD_MAX + 1][WORD_MAX + 1];
    for (size_t i = 0; i <= a_length; i++)
        d[i][0] = i;
    for (size_t j = 0; j <= b_length; j++)
        d[0][j] = j;
    for (size_t i = 1; i <= a_length; i++) {
        for (size_t j = 1; j <= b_length; j++) {
            size_t change = d[i - 1][j - 1] + (a[i - 1] != b[j - 1]);
            d[i][j] = smaller(change, smaller(d[i - 1][j], d[i][j - 1]) + 1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                d[i][j] = smaller(d[i][j], d[i - 2][j - 2] + 1);
        }
    }
    return d[a_length][b_length];
}

const char *suggest(const char *word, const char *const *names)
{
    size_t length = strcspn(word, "="), best_distance = length / 3 + 1;
    const char *best = NULL;
    if (length < 2 || length > WORD_MAX)
        return NULL;
    for (size_t i = 0; names[i]; i++) {
        size_t name_length = strlen(names[i]);
        if (name_length > WORD_MAX)
            continue;
        /* The beginning of a name is near to it, however long the rest is. */
        if (length >= 3 && length < name_length && memcmp(word, names[i], length) == 0)
            return names[i];
        size_t d = distance(word, length, names[i], name_length);
        if (d <= best_distance) {
            best_distance = d - (d > 0);
            best = names[i];
        }
    }
    return best;
}
