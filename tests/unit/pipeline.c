/* What is remembered of proxies and early bytes. */
#include "client/session/pipeline.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static char dir[64];

static void make_dir(void)
{
    strcpy(dir, "/tmp/s5a-pipeline-XXXXXX");
    cr_assert_not_null(mkdtemp(dir));
}

/* The path of the only file there; false where there is none. */
static bool find_file(char path[static 512])
{
    DIR *list = opendir(dir);
    bool found = false;
    for (struct dirent *entry; (entry = readdir(list));)
        if (entry->d_name[0] != '.') {
            snprintf(path, 512, "%s/%s", dir, entry->d_name);
            found = true;
        }
    closedir(list);
    return found;
}

static void remove_dir(void)
{
    char path[512];
    while (find_file(path))
        unlink(path);
    rmdir(dir);
}

TestSuite(pipeline, .init = make_dir, .fini = remove_dir);

static char where[] = "unix:/../../etc/proxy with/slashes";

static struct s5a_proxy proxy_at(char *text)
{
    return (struct s5a_proxy){ .name = text, .where = text };
}

/* What another process would recall: this one has its own memory. */
static enum s5a_pipeline_memory recall_elsewhere(const struct s5a_proxy *proxy)
{
    static char file[512], text[512];
    cr_assert(find_file(file));
    int fd = open(file, O_RDONLY | O_CLOEXEC);
    ssize_t len = read(fd, text, sizeof text - 1);
    close(fd);
    text[len > 0 ? len : 0] = '\0';
    char *blank = strchr(text, ' ');
    cr_assert(len == 0 || (blank && strncmp(blank + 1, proxy->where, 8) == 0));
    if (strncmp(text, "takes ", 6) == 0)
        return S5A_PIPELINE_TAKES;
    return strncmp(text, "drops ", 6) == 0 ? S5A_PIPELINE_DROPS : S5A_PIPELINE_UNKNOWN;
}

/* Writes what another process would have left, `age` seconds ago. */
static void leave(const struct s5a_proxy *proxy, const char *text, time_t age)
{
    char path[512];
    cr_assert_eq(s5a_pipeline_recall(dir, proxy), S5A_PIPELINE_UNKNOWN); /* makes the file */
    cr_assert(find_file(path));
    int fd = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC);
    cr_assert_eq(write(fd, text, strlen(text)), (ssize_t)strlen(text));
    struct timespec times[2] = { { .tv_sec = time(NULL) - age }, { .tv_sec = time(NULL) - age } };
    cr_assert_eq(futimens(fd, times), 0);
    close(fd);
}

Test(pipeline, nothing_is_known_of_a_new_proxy)
{
    struct s5a_proxy proxy = proxy_at(where);
    cr_assert_eq(s5a_pipeline_recall(dir, &proxy), S5A_PIPELINE_UNKNOWN);
}

Test(pipeline, what_is_remembered_is_recalled_and_kept_in_the_file)
{
    struct s5a_proxy proxy = proxy_at(where);
    cr_assert(s5a_pipeline_remember(dir, &proxy, S5A_PIPELINE_TAKES));
    cr_assert_eq(s5a_pipeline_recall(dir, &proxy), S5A_PIPELINE_TAKES);
    cr_assert_eq(recall_elsewhere(&proxy), S5A_PIPELINE_TAKES);
    cr_assert(s5a_pipeline_remember(dir, &proxy, S5A_PIPELINE_DROPS));
    cr_assert_eq(s5a_pipeline_recall(dir, &proxy), S5A_PIPELINE_DROPS);
    cr_assert_eq(recall_elsewhere(&proxy), S5A_PIPELINE_DROPS);
}

Test(pipeline, what_is_forgotten_is_unknown_everywhere)
{
    struct s5a_proxy proxy = proxy_at(where);
    cr_assert(s5a_pipeline_remember(dir, &proxy, S5A_PIPELINE_TAKES));
    cr_assert(s5a_pipeline_remember(dir, &proxy, S5A_PIPELINE_UNKNOWN));
    cr_assert_eq(s5a_pipeline_recall(dir, &proxy), S5A_PIPELINE_UNKNOWN);
    cr_assert_eq(recall_elsewhere(&proxy), S5A_PIPELINE_UNKNOWN);
}

Test(pipeline, what_another_process_left_is_recalled)
{
    struct s5a_proxy proxy = proxy_at(where);
    leave(&proxy, "takes somewhere\n", 365 * 24 * 3600);
    cr_assert_eq(s5a_pipeline_recall(dir, &proxy), S5A_PIPELINE_TAKES);
}

Test(pipeline, proxy_that_dropped_is_tried_again_another_day)
{
    struct s5a_proxy proxy = proxy_at(where);
    leave(&proxy, "drops somewhere\n", S5A_PIPELINE_DROPS_S + 10);
    cr_assert_eq(s5a_pipeline_recall(dir, &proxy), S5A_PIPELINE_UNKNOWN);
    leave(&proxy, "drops somewhere\n", S5A_PIPELINE_DROPS_S - 100);
    cr_assert_eq(s5a_pipeline_recall(dir, &proxy), S5A_PIPELINE_DROPS);
}

Test(pipeline, trial_that_nobody_ended_is_over_after_a_while)
{
    struct s5a_proxy proxy = proxy_at(where);
    cr_assert(s5a_pipeline_remember(dir, &proxy, S5A_PIPELINE_TRYING));
    cr_assert_eq(s5a_pipeline_recall(dir, &proxy), S5A_PIPELINE_TRYING);
    char path[512];
    struct timespec times[2] = { 0 };
    times[0].tv_sec = times[1].tv_sec = time(NULL) - S5A_PIPELINE_TRYING_S - 10;
    cr_assert(find_file(path));
    cr_assert_eq(utimensat(AT_FDCWD, path, times, 0), 0);
    cr_assert_eq(s5a_pipeline_recall(dir, &proxy), S5A_PIPELINE_UNKNOWN);
}

Test(pipeline, damaged_file_is_unknown)
{
    struct s5a_proxy proxy = proxy_at(where);
    leave(&proxy, "takesomewhere entirely different and long\n", 0);
    cr_assert_eq(s5a_pipeline_recall(dir, &proxy), S5A_PIPELINE_UNKNOWN);
    leave(&proxy, " takes\n", 0);
    cr_assert_eq(s5a_pipeline_recall(dir, &proxy), S5A_PIPELINE_UNKNOWN);
}

Test(pipeline, nothing_is_tried_where_nothing_can_be_kept)
{
    static char other[] = "elsewhere:1080";
    struct s5a_proxy proxy = proxy_at(where), second = proxy_at(other);
    cr_assert_eq(s5a_pipeline_recall(NULL, &proxy), S5A_PIPELINE_DROPS);
    cr_assert_not(s5a_pipeline_remember("/dev/null/no", &second, S5A_PIPELINE_TRYING));
    cr_assert_eq(s5a_pipeline_recall("/dev/null/no", &second), S5A_PIPELINE_DROPS);
}

Test(pipeline, proxies_are_told_apart_by_place_way_and_log_in)
{
    static char a[] = "a:1080", b[] = "b:1080", user[] = "me";
    struct s5a_proxy proxies[] = { proxy_at(a), proxy_at(b), proxy_at(b), proxy_at(b) };
    proxies[2].via = &proxies[0];
    proxies[3].user = user;
    for (size_t i = 0; i < 4; i++) {
        for (size_t k = i; k < 4; k++)
            cr_assert_eq(s5a_pipeline_recall(dir, &proxies[k]), S5A_PIPELINE_UNKNOWN);
        cr_assert(s5a_pipeline_remember(dir, &proxies[i], S5A_PIPELINE_TAKES));
        cr_assert_eq(s5a_pipeline_recall(dir, &proxies[i]), S5A_PIPELINE_TAKES);
    }
}

Test(pipeline, more_proxies_than_the_table_holds_are_kept_in_files)
{
    char text[50][16];
    struct s5a_proxy proxies[50];
    for (int i = 0; i < 50; i++) {
        snprintf(text[i], sizeof text[i], "host%d:1080", i);
        proxies[i] = proxy_at(text[i]);
        cr_assert(s5a_pipeline_remember(dir, &proxies[i], S5A_PIPELINE_TAKES));
    }
    for (int i = 0; i < 50; i++)
        cr_assert_eq(s5a_pipeline_recall(dir, &proxies[i]), S5A_PIPELINE_TAKES);
}

Test(pipeline, long_place_is_cut_in_the_file_alone)
{
    char text[1000];
    memset(text, 'a', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    struct s5a_proxy proxy = proxy_at(text);
    cr_assert(s5a_pipeline_remember(dir, &proxy, S5A_PIPELINE_TAKES));
    cr_assert_eq(recall_elsewhere(&proxy), S5A_PIPELINE_TAKES);
}
