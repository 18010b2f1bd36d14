/* gateway/followup.c - see followup.h. */
#include "gateway/followup.h"
#include <math.h>
#include <string.h>

static double entropy(const double *p, size_t count)
{
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum -= p[i] > 0 ? p[i] * log(p[i]) : 0;
    return sum;
}

void ar_followup_features(float *out, const ar_said *now, const ar_said *before, size_t width, size_t labels)
{
    double alike = 0, agree = 0, most = 0;
    memcpy(out, now->embedding, width * sizeof *out);
    for (size_t i = 0; i < width; i++)
        alike += (double)now->embedding[i] * before->embedding[i];
    for (size_t i = 0; i < labels; i++) {
        agree += now->p[i] * before->p[i];
        most = now->p[i] > most ? now->p[i] : most;
    }
    out += width;
    *out++ = (float)alike;
    *out++ = (float)agree;
    *out++ = (float)most;
    *out++ = (float)now->p[labels - 1]; /* "none", where it is an answer */
    *out++ = (float)before->p[labels - 1];
    *out++ = (float)entropy(now->p, labels);
    *out++ = (float)log(1 + (double)now->tokens);
}

void ar_followup_mix(double *p, double share, const double *before, size_t labels)
{
    for (size_t i = 0; i < labels; i++)
        p[i] = share * before[i] + (1 - share) * p[i];
}
