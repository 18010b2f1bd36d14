/* engine/logits.c - see logits.h. */
#include "engine/logits.h"
#include <math.h>

double ar_log_probability(const float *logits, int32_t count, int32_t token)
{
    float top = logits[0];
    double sum = 0;
    for (int32_t i = 1; i < count; i++)
        if (logits[i] > top)
            top = logits[i];
    for (int32_t i = 0; i < count; i++)
        sum += exp((double)logits[i] - (double)top);
    return (double)logits[token] - (double)top - log(sum);
}
