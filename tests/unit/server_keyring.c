/* server/eaf/keyring, server/private_file, server/keygen/output: keys in files. */
#include "server/eaf/keyring.h"

#include <criterion/criterion.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "server/keygen/output.h"
#include "server/private_file.h"
#include "tests/unit/span.h"

#define ONE "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=" /* bytes 0, 1, 2 … */
#define TWO "AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA="

/* Names of files in a folder of the test's own. */
struct folder {
    char path[32], file[64], other[64];
};

static void open_folder(struct folder *f)
{
    cr_assert_geq(sodium_init(), 0);
    strcpy(f->path, "/tmp/server-keyring-XXXXXX");
    cr_assert_not_null(mkdtemp(f->path));
    snprintf(f->file, sizeof f->file, "%s/file", f->path);
    snprintf(f->other, sizeof f->other, "%s/other", f->path);
}

static void close_folder(struct folder *f)
{
    unlink(f->file);
    unlink(f->other);
    cr_expect_eq(rmdir(f->path), 0, "something left");
}

static void write_file(const char *path, const char *text, mode_t mode)
{
    FILE *file = fopen(path, "w");
    cr_assert_not_null(file);
    fputs(text, file);
    fclose(file);
    cr_assert_eq(chmod(path, mode), 0);
}

static void expect_file(const char *path, const char *text)
{
    uint8_t storage[S5AD_PRIVATE_FILE_CAP];
    struct s5a_span found;
    struct s5ad_problem problem = { "" };
    cr_assert(s5ad_private_read(path, storage, &found, &problem), "%s", problem.text);
    cr_expect(s5a_span_equal(found, span(text)), "%.*s", (int)found.len, (const char *)found.at);
}

Test(server_keyring, two_servers_keys_and_all_else_are_read)
{
    struct folder f;
    struct s5ad_keyring keyring;
    struct s5ad_problem problem = { "" };
    open_folder(&f);
    write_file(f.file, "socks5a-server-key-1 " ONE "\n", 0600);
    write_file(f.other, "socks5a-ticket-key-1 " TWO "\nsocks5a-ticket-key-1 " ONE "\n", 0400);
    struct s5ad_key_paths paths = { .statics = { f.file, f.file }, .tickets = f.other };
    cr_assert(s5ad_keyring_load(&keyring, &paths, &problem), "%s", problem.text);
    cr_expect_eq(keyring.static_count, 2);
    cr_expect_eq(keyring.statics[1].secret.bytes[31], 31);
    cr_expect_eq(keyring.tickets.count, 2);
    cr_expect_eq(keyring.tickets.keys[0].bytes[0], 1);
    cr_expect_not(keyring.has_network);
    s5ad_keyring_wipe(&keyring);
    close_folder(&f);
}

Test(server_keyring, ticket_key_is_drawn_where_there_is_none)
{
    struct s5ad_keyring one, two;
    struct s5ad_problem problem = { "" };
    struct s5ad_key_paths paths = { .network = NULL };
    cr_assert_geq(sodium_init(), 0);
    cr_assert(s5ad_keyring_load(&one, &paths, &problem));
    cr_assert(s5ad_keyring_load(&two, &paths, &problem));
    cr_expect_eq(one.static_count, 0);
    cr_expect_eq(one.tickets.count, 1);
    cr_expect_arr_neq(&one.tickets.keys[0], &two.tickets.keys[0], 32);
    two = one;
    for (int day = 0; day < 3; day++) {
        s5ad_keyring_rotate(&one);
        cr_expect_eq(one.tickets.count, 2);
        cr_expect_arr_neq(&one.tickets.keys[0], &two.tickets.keys[0], 32);
        cr_expect_arr_eq(&one.tickets.keys[1], &two.tickets.keys[0], 32);
        two = one;
    }
}

Test(server_keyring, wrong_files_are_refused_and_nothing_is_kept)
{
    static const struct {
        const char *text;
        mode_t mode;
        const char *what;
    } wrong[] = {
        { "socks5a-server-key-1 " ONE "\n", 0640, "0600" },
        { "socks5a-network-key-1 " ONE "\n", 0600, "socks5a-server-key-1" },
        { "socks5a-server-key-1 " ONE "\nsocks5a-server-key-1 " TWO "\n", 0600, "one line" },
        { "", 0600, "one line" },
    };
    static const struct s5ad_keyring nothing;
    struct folder f;
    open_folder(&f);
    write_file(f.other, "socks5a-server-key-1 " ONE "\n", 0600);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct s5ad_keyring keyring;
        struct s5ad_problem problem = { "" };
        struct s5ad_key_paths paths = { .statics = { f.other, f.file } };
        write_file(f.file, wrong[i].text, wrong[i].mode);
        cr_expect_not(s5ad_keyring_load(&keyring, &paths, &problem), "%zu", i);
        cr_expect(strstr(problem.text, wrong[i].what), "%s", problem.text);
        cr_expect(strstr(problem.text, f.file), "%s", problem.text);
        cr_expect_not(strstr(problem.text, ONE), "a secret in a complaint");
        cr_expect_arr_eq(&keyring, &nothing, sizeof nothing);
    }
    close_folder(&f);
}

Test(server_keyring, files_that_are_none_or_too_long_are_refused)
{
    static char text[S5AD_PRIVATE_FILE_CAP + 1];
    struct folder f;
    uint8_t storage[S5AD_PRIVATE_FILE_CAP];
    struct s5a_span found;
    struct s5ad_problem problem = { "" };
    open_folder(&f);
    cr_expect_not(s5ad_private_read(f.file, storage, &found, &problem), "not there");
    cr_expect_not(s5ad_private_read(f.path, storage, &found, &problem), "a folder");
    memset(text, 'x', sizeof text - 1);
    write_file(f.file, text, 0600);
    cr_expect_not(s5ad_private_read(f.file, storage, &found, &problem), "too long");
    close_folder(&f);
}

/* ---- writing them ---- */

Test(server_keyring, new_file_is_private_and_nothing_is_overwritten)
{
    struct folder f;
    struct stat about;
    open_folder(&f);
    umask(0);
    cr_expect(s5ad_keygen_create(f.file, "one"));
    cr_expect_eq(stat(f.file, &about), 0);
    cr_expect_eq(about.st_mode & 07777, 0600);
    cr_expect_not(s5ad_keygen_create(f.file, "two"));
    expect_file(f.file, "one\n");
    cr_assert_eq(symlink(f.path, f.other), 0);
    cr_expect_not(s5ad_keygen_create(f.other, "one"), "through a link");
    close_folder(&f);
}

Test(server_keyring, line_goes_before_those_that_stay)
{
    struct folder f;
    open_folder(&f);
    cr_expect(s5ad_keygen_prepend(f.file, "one", 2));
    cr_expect(s5ad_keygen_prepend(f.file, "two", 2));
    cr_expect(s5ad_keygen_prepend(f.file, "three", 2));
    expect_file(f.file, "three\ntwo\none\n");
    cr_expect(s5ad_keygen_prepend(f.file, "four", 2));
    expect_file(f.file, "four\nthree\ntwo\n");
    cr_assert_eq(chmod(f.file, 0644), 0);
    cr_expect_not(s5ad_keygen_prepend(f.file, "five", 2), "others can read it");
    close_folder(&f);
}
