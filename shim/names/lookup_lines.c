/* Sessions that wait between two names. */
#include "shim/names/lookup_lines.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "client/clock.h"
#include "shim/lock.h"

enum { WAITING_MAX = 4, WAITING_MS = 20000, PATIENCE_MS = 30000 };

static struct {
    struct s5a_line *line; /* NULL: free */
    uint64_t since;        /* ms */
} waiting[WAITING_MAX];    /* under the lock */
static pid_t home;         /* whose they are */

static void end(struct s5a_line *line)
{
    if (line == NULL)
        return;
    s5a_line_close(line);
    free(line);
}

/* The child of a fork has the parent's lines in its memory, and not their descriptors. Secrets go; the
 * memory stays, since malloc is not for here. */
static void forget_parents(void)
{
    if (home == getpid())
        return;
    for (int i = 0; i < WAITING_MAX; i++) {
        if (waiting[i].line != NULL)
            s5a_chain_wipe(&waiting[i].line->chain);
        waiting[i].line = NULL;
    }
    home = getpid();
}

void s5a_lookup_forget(void)
{
    forget_parents();
}

/* The session may be used no longer than its proxy lets it wait. */
static bool is_stale(const struct s5a_line *line, uint64_t since)
{
    uint64_t waited = s5a_now() - since;
    uint64_t idle = line->report.login.idle;
    return waited > WAITING_MS || (idle != 0 && waited > idle * 1000 * 2 / 3);
}

static struct s5a_line *take(const struct s5a_proxy *proxy, struct s5a_line **stale)
{
    struct s5a_line *found = NULL;
    struct s5a_locked locked;
    s5a_lock(&locked);
    forget_parents();
    for (int i = 0; i < WAITING_MAX && found == NULL; i++) {
        if (waiting[i].line == NULL || waiting[i].line->proxy != proxy)
            continue;
        if (is_stale(waiting[i].line, waiting[i].since))
            *stale = waiting[i].line;
        else
            found = waiting[i].line;
        waiting[i].line = NULL;
    }
    s5a_unlock(&locked);
    return found;
}

/* What has waited longest makes room. */
static void put(struct s5a_line *line)
{
    struct s5a_locked locked;
    unsigned oldest = 0;
    s5a_lock(&locked);
    forget_parents();
    for (unsigned i = 0; i < WAITING_MAX && waiting[oldest].line != NULL; i++)
        if (waiting[i].line == NULL || waiting[i].since < waiting[oldest].since)
            oldest = i;
    struct s5a_line *dropped = waiting[oldest].line;
    waiting[oldest].line = line;
    waiting[oldest].since = s5a_now();
    s5a_unlock(&locked);
    end(dropped);
}

static int ask_afresh(struct s5a_line *line, const struct s5a_config *config,
                      const struct s5a_proxy *proxy, const struct s5a_ask *ask)
{
    uint32_t patience =
        config->connect_timeout < PATIENCE_MS ? config->connect_timeout : PATIENCE_MS;
    return s5a_line_open(line, config, proxy, ask, s5a_now() + patience);
}

static bool has_died(const struct s5a_line *line, int result)
{
    return result == -ECONNRESET && !s5a_line_rests(line) && line->report.rep < 0;
}

int s5a_lookup_ask(const struct s5a_config *config, const struct s5a_proxy *proxy,
                   const struct s5a_ask *ask, struct s5a_chain_report *report)
{
    struct s5a_line *stale = NULL;
    struct s5a_line *line = take(proxy, &stale);
    int result = -ECONNRESET;
    end(stale);
    if (line != NULL)
        result = s5a_line_ask(line, ask, s5a_now() + PATIENCE_MS);
    if (line == NULL || has_died(line, result)) {
        line = line != NULL ? line : malloc(sizeof *line);
        if (line == NULL)
            return -ENOMEM;
        result = ask_afresh(line, config, proxy, ask);
    }
    *report = line->report;
    if (s5a_line_rests(line))
        put(line);
    else
        end(line);
    return result;
}
