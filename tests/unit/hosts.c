#include "client/names/hosts.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char path[64];

static void write_file(const char *text)
{
    strcpy(path, "/tmp/s5a-hosts-XXXXXX");
    int fd = mkstemp(path);
    cr_assert_geq(fd, 0);
    cr_assert_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    close(fd);
}

static void tear_down(void)
{
    if (path[0] != '\0')
        (void)unlink(path);
}

TestSuite(hosts, .fini = tear_down);

/* What was given, as text: "address canonical alias alias;" for each. */
struct seen {
    char text[4096];
    unsigned stop_after;
    unsigned count;
};

static bool note(const struct s5a_hosts_entry *entry, void *context)
{
    struct seen *seen = context;
    char ip[S5A_ADDRESS_TEXT_CAP];
    s5a_address_format(&entry->address, ip, sizeof(ip));
    size_t len = strlen(seen->text);
    len +=
        (size_t)snprintf(seen->text + len, sizeof(seen->text) - len, "%s %s", ip, entry->canonical);
    for (size_t i = 0; entry->aliases[i] != NULL; i++)
        len +=
            (size_t)snprintf(seen->text + len, sizeof(seen->text) - len, " %s", entry->aliases[i]);
    snprintf(seen->text + len, sizeof(seen->text) - len, ";");
    return ++seen->count != seen->stop_after;
}

static void expect(const char *name, const char *text)
{
    struct seen seen = { 0 };
    cr_assert(s5a_hosts_by_name(path, name, note, &seen));
    cr_assert_str_eq(seen.text, text, "%s: %s", name, seen.text);
}

Test(hosts, every_line_with_the_name_is_given_in_order)
{
    write_file("192.0.2.1 a.example a\n2001:db8::1\tb.example  a\t\n192.0.2.2 c.example\n");
    expect("a", "192.0.2.1 a.example a;2001:db8::1 b.example a;");
    expect("c.example", "192.0.2.2 c.example;");
    expect("d.example", "");
}

Test(hosts, case_does_not_matter)
{
    write_file("192.0.2.1 Host.Example\n");
    expect("hOST.eXAMPLE", "192.0.2.1 Host.Example;");
}

Test(hosts, comments_blank_and_wrong_lines_are_skipped)
{
    write_file("# 192.0.2.9 a\n\n   \n192.0.2.300 a\nnonsense a\n192.0.2.4\nfe80::1%lo a\n"
               " 192.0.2.5 b # a\n192.0.2.6 a#b\r\n192.0.2.7 x a\r\n");
    expect("a", "192.0.2.6 a;192.0.2.7 x a;");
    expect("b", "192.0.2.5 b;");
}

Test(hosts, part_of_a_name_does_not_match)
{
    write_file("192.0.2.1 host.example\n");
    expect("host", "");
    expect("host.example.org", "");
    expect("example", "");
}

Test(hosts, last_line_needs_no_line_feed)
{
    write_file("192.0.2.1 a\n192.0.2.2 b");
    expect("b", "192.0.2.2 b;");
}

Test(hosts, callback_may_stop)
{
    struct seen seen = { .stop_after = 1 };
    write_file("192.0.2.1 a\n192.0.2.2 a\n");
    cr_assert(s5a_hosts_by_name(path, "a", note, &seen));
    cr_assert_str_eq(seen.text, "192.0.2.1 a;");
}

Test(hosts, localhost_answers_both_families_where_no_line_has_it)
{
    write_file("192.0.2.1 a\n");
    expect("localhost", "127.0.0.1 localhost;::1 localhost;");
    expect("LocalHost", "127.0.0.1 LocalHost;::1 LocalHost;");
    expect("x.localhost", "127.0.0.1 x.localhost;::1 x.localhost;");
    expect("notlocalhost", "");
}

Test(hosts, localhost_of_the_file_stands)
{
    write_file("127.0.0.2 localhost\n");
    expect("localhost", "127.0.0.2 localhost;");
}

Test(hosts, missing_file_is_told_and_localhost_answers_still)
{
    struct seen seen = { 0 };
    cr_assert_not(s5a_hosts_by_name("/nonexistent/hosts", "localhost", note, &seen));
    cr_assert_str_eq(seen.text, "127.0.0.1 localhost;::1 localhost;");
    cr_assert_not(s5a_hosts_by_name("/nonexistent/hosts", "a", note, &seen));
}

Test(hosts, address_finds_its_lines)
{
    struct seen seen = { 0 };
    const uint8_t v6[16] = { 0x20, 0x01, 0x0d, 0xb8, [15] = 1 };
    struct s5a_address address = s5a_address_ipv6(v6);
    write_file("192.0.2.1 a\n2001:db8::1 b b2\n2001:0db8:0::0001 c\n");
    cr_assert(s5a_hosts_by_address(path, &address, note, &seen));
    cr_assert_str_eq(seen.text, "2001:db8::1 b b2;2001:db8::1 c;");
}

/* Lines of every length around the reader's own buffer, the next line untouched. */
Test(hosts, line_longer_than_the_buffer_is_cut_at_a_word)
{
    static char text[20000];
    for (size_t len = 4080; len < 4110; len++) {
        memset(text, 0, sizeof(text));
        strcpy(text, "192.0.2.1 first ");
        while (strlen(text) < len)
            strcat(text, "x");
        strcat(text, " tail\n192.0.2.2 next\n");
        write_file(text);
        expect("next", "192.0.2.2 next;");
        struct seen seen = { 0 };
        cr_assert(s5a_hosts_by_name(path, "first", note, &seen));
        cr_assert_eq(seen.count, 1);
        (void)unlink(path);
    }
}

Test(hosts, very_long_lines_and_many_names_do_no_harm)
{
    static char text[200000];
    strcpy(text, "192.0.2.1 first");
    for (size_t at = strlen(text); at < 150000; at += 2)
        memcpy(text + at, " a", 2);
    strcat(text, "\n192.0.2.2 next\n");
    write_file(text);
    expect("next", "192.0.2.2 next;");
    struct seen seen = { 0 };
    cr_assert(s5a_hosts_by_name(path, "first", note, &seen));
    cr_assert_eq(seen.count, 1);
}

Test(hosts, file_of_nul_bytes_is_no_entry)
{
    struct seen seen = { 0 };
    char zeros[10000] = { 0 };
    write_file("");
    int fd = open(path, O_WRONLY);
    cr_assert_eq(write(fd, zeros, sizeof(zeros)), (ssize_t)sizeof(zeros));
    close(fd);
    cr_assert(s5a_hosts_by_name(path, "a", note, &seen));
    cr_assert_eq(seen.count, 0);
}
