/* Maps of fake addresses for tests, in a directory of their own. */
#pragma once

#include <criterion/criterion.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "client/names/fakemap.h"
#include "tests/unit/span.h"

static char lab_dir[64];
static struct s5a_config lab_config;

static inline struct s5a_prefix lab_prefix(const char *text)
{
    struct s5a_prefix parsed;
    cr_assert_eq(s5a_prefix_parse(&parsed, span(text)), S5A_OK);
    return parsed;
}

static inline void lab_set_up(void)
{
    strcpy(lab_dir, "/tmp/s5a-fakemap-XXXXXX");
    cr_assert_not_null(mkdtemp(lab_dir));
    memset(&lab_config, 0, sizeof(lab_config));
    lab_config.fake4 = lab_prefix("198.18.0.0/15");
    lab_config.fake6 = lab_prefix("fd73:6f63:6b73:3561::/96");
    lab_config.state_dir = lab_dir;
}

/* The path of the one file in the state directory. */
static inline const char *lab_file_path(void)
{
    static char path[512];
    struct dirent *entry;
    DIR *d = opendir(lab_dir);
    path[0] = '\0';
    while (d != NULL && (entry = readdir(d)) != NULL)
        if (entry->d_name[0] != '.')
            snprintf(path, sizeof(path), "%s/%s", lab_dir, entry->d_name);
    if (d != NULL)
        closedir(d);
    return path;
}

static inline void lab_tear_down(void)
{
    (void)unlink(lab_file_path());
    (void)rmdir(lab_dir);
}

static inline struct s5a_fake lab_put(struct s5a_fakemap *map, const char *name)
{
    struct s5a_fake fake;
    cr_assert(s5a_fakemap_put(map, span(name), &fake), "%s", name);
    return fake;
}

static inline struct s5a_address lab_v4_of(const struct s5a_fake *fake)
{
    uint8_t ip[4];
    memcpy(ip, &fake->v4, 4);
    return s5a_address_ipv4(ip);
}

static inline struct s5a_address lab_v6_of(const struct s5a_fake *fake)
{
    return s5a_address_ipv6(fake->v6.s6_addr);
}

static inline void lab_expect_name(struct s5a_fakemap *map, const struct s5a_address *at,
                                   const char *name)
{
    char found[S5A_NAME_MAX + 1];
    cr_assert_eq(s5a_fakemap_name(map, at, found), strlen(name));
    cr_assert_str_eq(found, name);
}

static inline bool lab_same(struct s5a_fake a, struct s5a_fake b)
{
    return memcmp(&a, &b, sizeof(a)) == 0;
}

static inline void lab_expect_shared_with_child(struct s5a_fakemap *map)
{
    struct s5a_fake fake;
    int pipes[2];
    cr_assert_eq(pipe(pipes), 0);
    pid_t child = fork();
    if (child == 0) {
        bool given = s5a_fakemap_put(map, span("child.example"), &fake);
        _exit(given && write(pipes[1], &fake, sizeof(fake)) == sizeof(fake) ? 0 : 1);
    }
    cr_assert_eq(read(pipes[0], &fake, sizeof(fake)), sizeof(fake));
    cr_assert_eq(waitpid(child, NULL, 0), child);
    struct s5a_address v4 = lab_v4_of(&fake);
    lab_expect_name(map, &v4, "child.example");
    cr_assert(lab_same(lab_put(map, "child.example"), fake));
    close(pipes[0]);
    close(pipes[1]);
}
