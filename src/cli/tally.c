/* cli/tally.c - see tally.h. */
#include "tally.h"

#include <stdio.h>
#include <string.h>

int tally_init(tally *t, size_t messages)
{
    memset(t, 0, sizeof *t);
    return sample_init(&t->switch_ms, messages) | sample_init(&t->first_ms, messages) |
           sample_init(&t->decode_tps, messages);
}

void tally_free(tally *t)
{
    sample_free(&t->switch_ms);
    sample_free(&t->first_ms);
    sample_free(&t->decode_tps);
}

int tally_is_right(const answer *a, const char *expected)
{
    int none = strcmp(expected, "none") == 0;
    return strcmp(none ? a->best : a->agent, expected) == 0;
}

void tally_add(tally *t, const answer *a, const char *expected)
{
    t->right += (size_t)tally_is_right(a, expected);
    if (t->speaker[0] && strcmp(t->speaker, a->agent) != 0)
        sample_add(&t->switch_ms, a->ready_ms);
    sample_add(&t->first_ms, a->ttft_ms);
    if (a->decode_tps > 0)
        sample_add(&t->decode_tps, a->decode_tps);
    snprintf(t->speaker, sizeof t->speaker, "%s", a->agent);
}

void tally_end(summary *out, tally *t, const arny_memory *memory)
{
    *out = (summary){.messages = t->first_ms.count,
                     .right = t->right,
                     .switches = t->switch_ms.count,
                     .switch_ms = sample_share(&t->switch_ms, 0.5),
                     .first_ms = sample_share(&t->first_ms, 0.5),
                     .decode_tps = sample_share(&t->decode_tps, 0.5),
                     .peak = memory->peak,
                     .anon = memory->anon};
}
