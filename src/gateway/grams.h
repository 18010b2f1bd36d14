/*
 * gateway/grams.h - how a message is spelt, beside what it means: runs of two to five characters of its words, hashed.
 *
 * An encoder that was tuned on some thousand messages is led astray by words that it met in few of them; a linear model of
 * spelling errs elsewhere, on what is said in no word that it knows. Together they are right more often, and know better how
 * sure to be. The features are those of scikit-learn's HashingVectorizer(analyzer="char_wb", ngram_range=(2, 5)) with sublinear
 * counts, made of length 1.
 */
#ifndef AR_GATEWAY_GRAMS_H
#define AR_GATEWAY_GRAMS_H

#include "learn/sparse.h"

#define AR_GRAMS_LEAST 256 /* places */
#define AR_GRAMS_MOST  32768

/* Places for a head of so many labels that learns from so many messages: no more than either makes use of. */
size_t ar_grams_width(size_t labels, size_t messages);

/* Of the bounded part of the message. Fills the row again. */
int ar_grams(ar_sparse *row, const char *message, size_t width);

#endif
