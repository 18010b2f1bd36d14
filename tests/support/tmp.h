/*
 * tests/support/tmp.h - files for tests. Whatever goes wrong here ends the test program with a message.
 */
#ifndef TEST_SUPPORT_TMP_H
#define TEST_SUPPORT_TMP_H

#include <stddef.h>

/* A fresh, empty folder under $TMPDIR or /tmp; removed with all that is in it when the process exits. Each call
 * makes another one. The name is borrowed for ever. */
char *test_tmpdir(void);

/* FOLDER/NAME; the caller frees it with free(). */
char *test_path(const char *folder, const char *name);

/* Makes the file hold these bytes. */
void test_write(const char *path, const void *data, size_t n);

/* The whole file with a NUL after it; *n, which may be NULL, is its size. The caller frees it with free(). */
char *test_read(const char *path, size_t *n);

/* How many names a folder has, without "." and "..": to see that nothing was left behind. */
size_t test_entries(const char *folder);

#endif
