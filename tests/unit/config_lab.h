/* Configurations for tests: an environment of their own, and files that go away. */
#pragma once

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "client/config/sources.h"
#include "tests/unit/span.h"

enum { LAB_VARIABLES = 16 };

/* Each test has a process of its own, so these are fresh in each. */
static struct {
    const char *name;
    const char *value;
} lab_environment[LAB_VARIABLES];
static char lab_error[512];
static char lab_dir[64];

static inline void lab_setenv(const char *name, const char *value)
{
    size_t i = 0;
    while (i < LAB_VARIABLES - 1 && lab_environment[i].name != NULL)
        i++;
    lab_environment[i].name = name;
    lab_environment[i].value = value;
}

static inline const char *lab_getenv(const char *name)
{
    for (size_t i = 0; i < LAB_VARIABLES && lab_environment[i].name != NULL; i++)
        if (strcmp(lab_environment[i].name, name) == 0)
            return lab_environment[i].value;
    return NULL;
}

static inline struct s5a_config *lab_try(const char *text, bool is_private)
{
    struct s5a_config *config;
    enum s5a_status status = s5a_config_load_text(&config, lab_getenv, "F", is_private, span(text),
                                                  lab_error, sizeof(lab_error));
    cr_assert_eq(status == S5A_OK, config != NULL);
    return config;
}

/* The configuration of a private file "F"; free it. */
static inline struct s5a_config *lab_load(const char *text)
{
    struct s5a_config *config = lab_try(text, true);
    cr_assert_not_null(config, "%s", lab_error);
    return config;
}

/* The error that this text makes. */
static inline const char *lab_fail(const char *text)
{
    struct s5a_config *config = lab_try(text, true);
    cr_assert_null(config, "loaded: %s", text);
    return lab_error;
}

static inline bool lab_has_password(const struct s5a_proxy *proxy, const char *password)
{
    return s5a_span_equal(s5a_secret_span(&proxy->password), span(password));
}

#define LAB_FAILS(text, message) cr_assert_str_eq(lab_fail(text), message)
/* Where the message is long: its beginning. */
#define LAB_FAILS_LIKE(text, beginning) \
    cr_assert_eq(strncmp(lab_fail(text), beginning, strlen(beginning)), 0, "%s", lab_error)

static inline void lab_make_dir(void)
{
    strcpy(lab_dir, "/tmp/socks5a-unit-XXXXXX");
    cr_assert_not_null(mkdtemp(lab_dir));
}

static inline void lab_remove_dir(void)
{
    char command[128];
    snprintf(command, sizeof(command), "rm -rf '%s'", lab_dir);
    if (lab_dir[0] != '\0')
        cr_assert_eq(system(command), 0);
}

/* A path in the directory; two of them live at a time. */
static inline const char *lab_path(const char *name)
{
    static char paths[2][256];
    static unsigned next;
    char *path = paths[next++ % 2];
    snprintf(path, sizeof(paths[0]), "%s/%s", lab_dir, name);
    return path;
}

static inline const char *lab_write(const char *name, const char *content, mode_t mode)
{
    const char *path = lab_path(name);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    cr_assert_geq(fd, 0, "%s", path);
    cr_assert_eq(write(fd, content, strlen(content)), (ssize_t)strlen(content));
    cr_assert_eq(fchmod(fd, mode), 0);
    close(fd);
    return path;
}
