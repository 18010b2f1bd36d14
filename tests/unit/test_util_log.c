#include "check.h"

#include "util/log.h"

static char heard[2048];
static int heard_level, heard_times;

static void hear(int level, const char *line, void *user_data)
{
    assert_ptr_equal(user_data, heard);
    heard_level = level;
    heard_times++;
    snprintf(heard, sizeof heard, "%s", line);
}

static void nothing_is_wanted_without_a_hook(void **state)
{
    (void)state;
    arny_set_log(NULL, ARNY_LOG_DEBUG, NULL);
    assert_false(ar_log_wants(ARNY_LOG_ERROR));
    ar_log(ARNY_LOG_ERROR, "dropped");
    assert_int_equal(heard_times, 0);
}

static void lines_up_to_the_level_are_heard(void **state)
{
    (void)state;
    arny_set_log(hear, ARNY_LOG_WARN, heard);
    heard_times = 0;
    for (int level = ARNY_LOG_ERROR; level <= ARNY_LOG_DEBUG; level++)
        ar_log(level, "level %d", level);
    assert_int_equal(heard_times, 2);
    assert_int_equal(heard_level, ARNY_LOG_WARN);
    assert_string_equal(heard, "level 1");
    assert_true(ar_log_wants(ARNY_LOG_ERROR));
    assert_false(ar_log_wants(ARNY_LOG_INFO));
    arny_set_log(NULL, 0, NULL);
}

static void a_line_is_one_clean_line(void **state)
{
    char text[3000];

    (void)state;
    arny_set_log(hear, ARNY_LOG_DEBUG, heard);
    ar_log(ARNY_LOG_INFO, "engine\nsays %s\n\n", "\x1B[1m");
    assert_string_equal(heard, "engine says ?[1m");
    ar_log(ARNY_LOG_INFO, "%s", "");
    assert_string_equal(heard, "");
    memset(text, 'x', sizeof text);
    memcpy(text + 1022, "\xC3\xA4", 2);
    text[sizeof text - 1] = '\0';
    ar_log(ARNY_LOG_INFO, "%s", text);
    assert_int_equal(strlen(heard), 1022);
    arny_set_log(NULL, 0, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_wanted_without_a_hook),
        cmocka_unit_test(lines_up_to_the_level_are_heard),
        cmocka_unit_test(a_line_is_one_clean_line),
    };

    return RUN(tests);
}
