/* tests/support/comma.h - a locale that writes numbers with a comma, as an application's may. */
#ifndef TEST_SUPPORT_COMMA_H
#define TEST_SUPPORT_COMMA_H

/* Sets it for numbers; 0: this machine cannot make it. */
int test_comma_begin(void);
void test_comma_end(void);

#endif
