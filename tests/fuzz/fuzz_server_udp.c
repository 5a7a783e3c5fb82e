/* An association of socks5ad in stream, behind a pair of sockets: the first byte says how the rest is cut.
 * Nothing may be written to, so nothing leaves; what is malformed ends it, and nothing else does. */
#include "tests/fuzz/check.h"

#include <ares.h>
#include <sodium.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "server/udp/association.h"

static struct s5ad_loop loop;
static struct s5ad_acl acl;
static struct s5ad_association_scene scene;
static bool over;
static enum s5ad_association_end how;
static unsigned denied;

static void set_up(void)
{
    static struct s5ad_batch batch;
    struct s5ad_problem problem;
    const char *why;
    REQUIRE(sodium_init() >= 0 && ares_library_init(ARES_LIB_INIT_ALL) == 0);
    REQUIRE(s5ad_loop_open(&loop) == 0);
    REQUIRE(s5ad_acl_add_text(&acl, false, "0.0.0.0/0", &problem));
    REQUIRE(s5ad_acl_add_text(&acl, false, "::/0", &problem));
    struct s5ad_names *names = s5ad_names_new(&loop, "127.0.0.1:9", "/dev/null", 0, &why);
    REQUIRE(names); /* for no look-up at all */
    scene = (struct s5ad_association_scene){ &loop, names, &acl, &batch };
}

static void on_ended(void *owner, enum s5ad_association_end end)
{
    (void)owner;
    over = true;
    how = end;
}

static void on_denied(void *owner, const struct s5ad_sockaddr *to, const char *why)
{
    (void)owner;
    REQUIRE(to->any.sa_family != AF_UNSPEC && why);
    denied++;
}

/* Whether the bytes are whole messages and the beginning of one. */
static bool is_well_formed(struct s5a_span bytes)
{
    struct s5a_reader r;
    struct s5a_span message;
    enum s5a_status status;
    s5a_reader_init(&r, bytes.at, bytes.len);
    while ((status = s5a_udp_stream_decode(&r, &message)) == S5A_OK)
        ;
    return status == S5A_INCOMPLETE;
}

static void feed(struct s5ad_association *a, int client, struct s5a_span bytes)
{
    while (bytes.len > 0 && !over) {
        size_t len = bytes.len < 32768 ? bytes.len : 32768;
        REQUIRE(send(client, bytes.at, len, MSG_DONTWAIT) == (ssize_t)len);
        a->control.ready(&a->control, EPOLLIN);
        bytes = (struct s5a_span){ bytes.at + len, bytes.len - len };
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int ends[2], error;
    struct s5ad_acl own = { 0 };
    struct s5ad_association_setup setup = { .own = &own, .options = { 1, 60, 1000 } };
    if (!scene.loop)
        set_up();
    if (size < 1)
        return 0;
    over = false;
    denied = 0;
    struct s5ad_association *a = s5ad_association_new(&scene, &setup, &error);
    REQUIRE(a && socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends) == 0);
    struct s5ad_watch control = { .fd = ends[0] };
    size_t early = data[0] < size - 1 ? data[0] : size - 1;
    s5ad_association_start(a, &control, (struct s5a_span){ data + 1, early }, on_ended, on_denied,
                           NULL);
    feed(a, ends[1], (struct s5a_span){ data + 1 + early, size - 1 - early });
    REQUIRE(over == !is_well_formed((struct s5a_span){ data + 1, size - 1 }));
    REQUIRE(!over || how == S5AD_ASSOCIATION_MALFORMED);
    REQUIRE(a->counts.up == 0 && a->counts.down == 0 && denied <= 16);
    uint8_t byte;
    REQUIRE(recv(ends[1], &byte, 1, MSG_DONTWAIT) < 0); /* nothing is said back */
    s5ad_association_free(a);
    close(ends[1]);
    while (loop.garbage) {
        struct s5ad_garbage *garbage = loop.garbage;
        loop.garbage = garbage->next;
        free(garbage);
    }
    return 0;
}
