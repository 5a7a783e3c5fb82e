/* Answers that have to be waited for, in threads of the shim's own. */
#include "shim/names/stub.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "shim/names/crew.h"
#include "shim/names/stub_forward.h"

enum { AT_ONCE = 32 };

/* With the query's bytes behind it. */
struct job {
    const struct s5a_names *names;
    struct s5a_stub_query query;
    s5a_stub_deliver *deliver;
    uint8_t context[S5A_STUB_CONTEXT_MAX];
    uint8_t server[S5A_NAME_MAX]; /* its name */
    uint8_t bytes[];
};

static struct s5a_crew crew;

static void answer_datagram(const struct job *job)
{
    uint8_t answer[S5A_DNS_UDP_MOST];
    size_t len = s5a_stub_answer(job->names, &job->query, answer, sizeof answer);
    job->deliver(job->context, (struct s5a_span){ answer, len });
}

void s5a_stub_now(const struct s5a_names *names, const struct s5a_stub_query *query,
                  s5a_stub_deliver *deliver, const void *context)
{
    struct s5a_stub_room *room = s5a_stub_room_new();
    size_t len = 0;
    if (room != NULL)
        len = s5a_stub_answer(names, query, room->bytes, sizeof room->bytes);
    deliver(context, (struct s5a_span){ len > 0 ? room->bytes : NULL, len });
    s5a_stub_room_free(room);
}

static void *work(void *given)
{
    struct job *job = given;
    if (job->query.is_stream)
        s5a_stub_now(job->names, &job->query, job->deliver, job->context);
    else
        answer_datagram(job);
    free(job);
    s5a_crew_leave(&crew);
    return NULL;
}

static struct job *job_of(const struct s5a_names *names, const struct s5a_stub_query *query,
                          s5a_stub_deliver *deliver, const void *context, size_t len)
{
    struct job *job = malloc(sizeof *job + query->bytes.len);
    if (job == NULL)
        return NULL;
    job->names = names;
    job->query = *query;
    job->query.server.address.text.at = job->server;
    job->query.bytes.at = job->bytes;
    job->deliver = deliver;
    memcpy(job->bytes, query->bytes.at, query->bytes.len);
    memcpy(job->context, context, len);
    if (query->server.address.text.len > 0)
        memcpy(job->server, query->server.address.text.at, query->server.address.text.len);
    return job;
}

int s5a_stub_later(const struct s5a_names *names, const struct s5a_stub_query *query,
                   s5a_stub_deliver *deliver, const void *context, size_t len)
{
    if (len > S5A_STUB_CONTEXT_MAX || query->server.address.text.len > S5A_NAME_MAX)
        return -EINVAL;
    struct job *job = job_of(names, query, deliver, context, len);
    int failed = job != NULL ? s5a_crew_start(&crew, AT_ONCE, work, job) : -ENOMEM;
    if (failed != 0)
        free(job);
    return failed;
}
