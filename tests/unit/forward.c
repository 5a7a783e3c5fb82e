/* Entries of [forward]. */
#include "client/routes/forward.h"

#include "tests/unit/config_lab.h"
#include "tests/unit/span.h"

static enum s5a_status status_of(const char *local, const char *value)
{
    enum s5a_status status;
    struct s5a_forward *f = s5a_forward_new(span(local), value, &status);
    cr_assert_eq(f != NULL, status == S5A_OK);
    s5a_forward_free_all(f);
    return status;
}

Test(forward, targets_of_all_types)
{
    enum s5a_status status;
    struct s5a_forward *f =
        s5a_forward_new(span("/run/a"), " unix:/run/b ,  host.example:80", &status);
    cr_assert_not_null(f);
    cr_assert_eq(f->to.address.type, S5A_ATYP_UNIX);
    cr_assert(s5a_span_equal(f->to.address.text, span("/run/b")));
    cr_assert_eq(f->otherwise.address.type, S5A_ATYP_NAME);
    cr_assert_eq(f->otherwise.port, 80);
    s5a_forward_free_all(f);
    f = s5a_forward_new(span("@x"), "unix:@y", &status);
    cr_assert_eq(f->to.address.type, S5A_ATYP_ABSTRACT);
    cr_assert_eq(f->otherwise.address.type, S5A_ATYP_NONE);
    s5a_forward_free_all(f);
    f = s5a_forward_new(span("@x"), "https://host.example:8443/", &status);
    cr_assert_eq(f->to.address.type, S5A_ATYP_URL);
    s5a_forward_free_all(f);
    f = s5a_forward_new(span("@x"), "[2001:db8::1]:22", &status);
    cr_assert_eq(f->to.address.type, S5A_ATYP_IPV6);
    cr_assert_eq(f->to.port, 22);
    s5a_forward_free_all(f);
}

Test(forward, what_is_none)
{
    static const char *const values[] = { "",
                                          ",",
                                          "unix:relative",
                                          "http://h/path",
                                          "http://u@h/",
                                          "ftp2://h/",
                                          "unix:/a, unix:/b",
                                          "unix:/a, h:1, h:2" };
    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        cr_assert_eq(status_of("/run/a", values[i]), S5A_MALFORMED, "%s", values[i]);
    cr_assert_eq(status_of("relative", "unix:/a"), S5A_MALFORMED);
    cr_assert_eq(status_of("@", "unix:/a"), S5A_MALFORMED);
    cr_assert_eq(status_of("/", "unix:/a"), S5A_MALFORMED);
    cr_assert_eq(status_of("/run/a/", "unix:/a"), S5A_MALFORMED);
}

Test(forward, entries_of_a_configuration_are_found_by_name)
{
    struct s5a_config *config =
        lab_load("[proxy a]\naddress = 192.0.2.1:1080\n[forward]\n/run/a = unix:/run/b\n"
                 "@n = unix:@m\n");
    uint16_t index;
    cr_assert_not_null(s5a_forward_find(config->forwards, span("/run/a"), &index));
    cr_assert_eq(index, 0);
    const struct s5a_forward *second = s5a_forward_find(config->forwards, span("@n"), &index);
    cr_assert_eq(index, 1);
    cr_assert_eq(s5a_forward_at(config->forwards, 1), second);
    cr_assert_null(s5a_forward_at(config->forwards, 2));
    cr_assert_null(s5a_forward_find(config->forwards, span("@"), &index));
    s5a_config_free(config);
}

Test(forward, connect_waits_where_it_is_told_to)
{
    static const struct {
        const char *line;
        bool waits;
    } cases[] = { { "", false }, { "wait = no\n", false }, { "wait = yes\n", true } };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[64];
        snprintf(text, sizeof text, "[forward]\n%s/a = h:1\n", cases[i].line);
        struct s5a_config *config = lab_load(text);
        cr_assert_eq(config->forward_waits, cases[i].waits);
        s5a_config_free(config);
    }
    lab_fail("[forward]\nwait = perhaps\n");
}

Test(forward, errors_name_the_line)
{
    cr_assert_not_null(strstr(lab_fail("[forward]\n/a = b c\n"), "F:2: "), "%s", lab_error);
    cr_assert_not_null(strstr(lab_fail("[forward]\n/a = unix:/b\n/a = unix:/c\n"), "F:3: /a for"),
                       "%s", lab_error);
}
