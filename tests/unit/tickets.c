/* The cache of tickets. */
#include "client/login/tickets.h"

#include <fcntl.h>
#include <glob.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#include "tests/unit/config_lab.h"

TestSuite(tickets, .init = lab_make_dir, .fini = lab_remove_dir);

static char where[] = "a:1", alice[] = "alice", bob[] = "bob";
static struct s5a_login login;
static struct s5a_proxy proxy = { .where = where, .user = alice, .login = &login };

static void put(uint8_t number, int64_t lifetime)
{
    struct s5a_ticket ticket = { .expiry = (uint64_t)(time(NULL) + lifetime), .len = 1 };
    ticket.bytes[0] = number;
    ticket.resumption.bytes[0] = number;
    cr_assert(s5a_tickets_put(lab_dir, &proxy, &ticket));
}

static unsigned take(void)
{
    struct s5a_ticket ticket;
    if (!s5a_tickets_take(&ticket, lab_dir, &proxy))
        return 0;
    cr_assert_eq(ticket.resumption.bytes[0], ticket.bytes[0]);
    return ticket.bytes[0];
}

Test(tickets, newest_first_each_once_then_the_newest_again)
{
    cr_assert_eq(take(), 0);
    put(1, 60);
    put(2, 60);
    cr_assert_eq(take(), 2);
    cr_assert_eq(take(), 1);
    cr_assert_eq(take(), 2);
    cr_assert_eq(take(), 2);
    put(3, 60);
    cr_assert_eq(take(), 3);
}

Test(tickets, those_that_are_over_are_not_there)
{
    uint64_t end;
    put(1, 60);
    put(2, -1);
    cr_assert_eq(s5a_tickets_count(lab_dir, &proxy, &end), 1);
    cr_assert_eq(take(), 1);
}

Test(tickets, refused_ones_are_dropped_one_by_one_or_all)
{
    uint64_t end;
    static const uint8_t two = 2;
    put(1, 60);
    put(2, 60);
    s5a_tickets_drop(lab_dir, &proxy, (struct s5a_span){ &two, 1 });
    cr_assert_eq(take(), 1);
    put(3, 60);
    s5a_tickets_drop(lab_dir, &proxy, (struct s5a_span){ NULL, 0 });
    cr_assert_eq(s5a_tickets_count(lab_dir, &proxy, &end), 0);
    cr_assert_eq(end, 0);
}

Test(tickets, a_full_cache_forgets_the_used_ones_first)
{
    put(1, 60);
    put(2, 60);
    cr_assert_eq(take(), 2);
    for (uint8_t i = 3; i < 3 + S5A_TICKETS_KEPT - 1; i++)
        put(i, 60);
    unsigned last = 0;
    for (int i = 0; i < S5A_TICKETS_KEPT; i++)
        last = take();
    cr_assert_eq(last, 1, "2 had to go");
}

Test(tickets, each_principal_has_a_file_that_is_private)
{
    char command[160];
    put(1, 60);
    proxy.user = bob;
    cr_assert_eq(take(), 0);
    proxy.user = alice;
    login.has_key = true;
    cr_assert_eq(take(), 0);
    login.has_key = false;
    snprintf(command, sizeof command, "test -z \"$(find '%s' -type f -perm /077)\"", lab_dir);
    cr_assert_eq(system(command), 0);
}

Test(tickets, rubbish_counts_as_nothing)
{
    char command[160];
    put(1, 60);
    snprintf(command, sizeof command, "for f in '%s'/tickets-*; do echo x >$f; done", lab_dir);
    cr_assert_eq(system(command), 0);
    cr_assert_eq(take(), 0);
    put(2, 60);
    cr_assert_eq(take(), 2);
}

Test(tickets, processes_at_once_never_get_the_same)
{
    unsigned seen = 0;
    int status;
    for (uint8_t i = 1; i <= S5A_TICKETS_KEPT; i++)
        put(i, 60);
    for (int i = 0; i < S5A_TICKETS_KEPT; i++)
        if (fork() == 0)
            _exit((int)take());
    while (wait(&status) > 0)
        seen |= 1u << WEXITSTATUS(status);
    cr_assert_eq(seen, 0x1feu);
}

/* ---- the file ---- */

/* The only one that there is. */
static int open_file(int flags, mode_t mode)
{
    char pattern[128];
    glob_t found;
    snprintf(pattern, sizeof pattern, "%s/tickets-*", lab_dir);
    cr_assert_eq(glob(pattern, 0, NULL, &found), 0);
    cr_assert_eq(found.gl_pathc, 1);
    cr_assert_eq(chmod(found.gl_pathv[0], mode), 0);
    int fd = open(found.gl_pathv[0], flags | O_CLOEXEC);
    cr_assert_geq(fd, 0);
    globfree(&found);
    return fd;
}

Test(tickets, lock_that_a_stopped_process_keeps_is_not_waited_for_for_ever)
{
    put(1, 60);
    int fd = open_file(O_RDWR, 0600);
    cr_assert_eq(flock(fd, LOCK_EX), 0);
    cr_assert_eq(take(), 0);
    cr_assert_eq(flock(fd, LOCK_UN), 0);
    cr_assert_eq(take(), 1);
    close(fd);
}

Test(tickets, file_that_others_may_read_is_not_used)
{
    put(1, 60);
    close(open_file(O_RDWR, 0644));
    cr_assert_eq(take(), 0);
    close(open_file(O_RDWR, 0600));
    cr_assert_eq(take(), 1);
}
