/* cli/sample.c - see sample.h. */
#include "sample.h"

#include <stdlib.h>

int sample_init(sample *s, size_t room)
{
    *s = (sample){.at = calloc(room + 1, sizeof *s->at), .room = room};
    return s->at ? 0 : -1;
}

void sample_free(sample *s)
{
    free(s->at);
    *s = (sample){0};
}

void sample_add(sample *s, double value)
{
    if (s->count < s->room)
        s->at[s->count++] = value;
}

static int by_size(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

double sample_share(sample *s, double share)
{
    if (s->count == 0)
        return 0;
    qsort(s->at, s->count, sizeof *s->at, by_size);
    double place = share * (double)(s->count - 1);
    size_t low = (size_t)place, high = low + 1 < s->count ? low + 1 : low;
    return s->at[low] + (place - (double)low) * (s->at[high] - s->at[low]);
}
