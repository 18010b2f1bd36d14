/*
 * tests/support/fake_make.h - fake models for tests. The keys of their JSON are in engine/fake/fake.h.
 *
 *     char *path = fake_model(test_tmpdir(), "math.fake", "{\"say\": [{\"when\": \"solve\", \"say\": \"x = 5\"}]}");
 */
#ifndef TEST_SUPPORT_FAKE_MAKE_H
#define TEST_SUPPORT_FAKE_MAKE_H

/* Writes DIR/NAME and returns its path; the caller frees it with free(). */
char *fake_model(const char *dir, const char *name, const char *json);
char *fake_adapter(const char *dir, const char *name, const char *json);

#endif
