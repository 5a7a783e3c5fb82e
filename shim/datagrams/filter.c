/* What a socket lets in, as a classic BPF program. */
#include "shim/datagrams/filter.h"

#include <errno.h>
#include <linux/filter.h>
#include <string.h>

#include "shim/real.h"

enum {
    ACCEPT = 0x7fffffff,
    DROP = 0,
    IP_VERSION = 0, /* memory cell */
    /* offsets in the IP header */
    V4_SOURCE = SKF_NET_OFF + 12,
    V6_SOURCE = SKF_NET_OFF + 8,
    /* in the UDP header and the datagram of SOCKS behind it */
    SOURCE_PORT = 0,
    FRAG = 8 + 2,
    ATYP = 8 + 3,
    ADDRESS = 8 + 4,
    JUMPS = 16,
    /* the list of relays */
    LIST_WORDS = (sizeof(union s5a_inet) + 3) / 4,
    LIST_MARK = 0x53354100,
};

/* Checks stand one behind the other. One that fails leads to the next; some of what it asks leads
 * to its end at once, where it accepts. */
struct assembly {
    struct sock_filter *out;
    size_t len;
    size_t to_next[JUMPS], to_accept[JUMPS];
    size_t next_count, accept_count;
};

static void emit(struct assembly *a, uint16_t code, uint32_t k)
{
    if (a->len < S5A_FILTER_MAX)
        a->out[a->len++] = (struct sock_filter){ code, 0, 0, k };
}

static void load(struct assembly *a, uint16_t size, int offset)
{
    emit(a, (uint16_t)(BPF_LD | BPF_ABS | size), (uint32_t)offset);
}

/* What is loaded equals `k`, or the next check. */
static void must_equal(struct assembly *a, uint32_t k)
{
    a->to_next[a->next_count++] = a->len;
    emit(a, BPF_JMP | BPF_JEQ | BPF_K, k);
}

/* … or this check accepts without looking further. */
static void looks_on_if(struct assembly *a, uint32_t k)
{
    a->to_accept[a->accept_count++] = a->len;
    emit(a, BPF_JMP | BPF_JEQ | BPF_K, k);
}

static void patch(struct assembly *a, const size_t *jumps, size_t *count)
{
    for (size_t i = 0; i < *count; i++)
        a->out[jumps[i]].jf = (uint8_t)(a->len - jumps[i] - 1);
    *count = 0;
}

static void end_check(struct assembly *a)
{
    patch(a, a->to_accept, &a->accept_count);
    emit(a, BPF_RET | BPF_K, ACCEPT);
    patch(a, a->to_next, &a->next_count);
}

static void must_be_version(struct assembly *a, uint32_t version)
{
    emit(a, BPF_LD | BPF_MEM, IP_VERSION);
    must_equal(a, version);
}

static uint32_t word_of(const uint8_t *at)
{
    uint32_t word;
    memcpy(&word, at, sizeof word);
    return ntohl(word);
}

static void must_hold(struct assembly *a, int offset, const uint8_t *bytes, size_t len)
{
    for (size_t i = 0; i < len; i += 4) {
        load(a, BPF_W, offset + (int)i);
        must_equal(a, word_of(bytes + i));
    }
}

static void must_come_from_port(struct assembly *a, uint16_t port)
{
    load(a, BPF_H, SOURCE_PORT);
    must_equal(a, port);
}

static void must_come_from(struct assembly *a, const union s5a_inet *source)
{
    const uint8_t *ip = (const uint8_t *)&source->v6.sin6_addr;
    if (source->family == AF_INET)
        ip = (const uint8_t *)&source->v4.sin_addr;
    bool is_v4 = source->family == AF_INET || IN6_IS_ADDR_V4MAPPED(&source->v6.sin6_addr);
    must_be_version(a, is_v4 ? 4 : 6);
    if (source->family == AF_INET6 && is_v4)
        ip += 12;
    must_hold(a, is_v4 ? V4_SOURCE : V6_SOURCE, ip, is_v4 ? 4 : 16);
    must_come_from_port(a, ntohs(source->v4.sin_port));
}

static void must_come_from_here(struct assembly *a, int version)
{
    static const uint8_t loopback6[16] = { [15] = 1 };
    must_be_version(a, (uint32_t)version);
    if (version == 6) {
        must_hold(a, V6_SOURCE, loopback6, sizeof loopback6);
        return;
    }
    load(a, BPF_B, V4_SOURCE);
    must_equal(a, 127);
}

/* Unfragmented and, as far as its kind of address tells, of the peer. */
static void must_be_wrapped(struct assembly *a, const struct s5a_target *peer)
{
    load(a, BPF_B, FRAG);
    must_equal(a, 0);
    if (peer == NULL)
        return;
    bool is_v6 = peer->address.type == S5A_ATYP_IPV6;
    size_t len = is_v6 ? 16 : 4;
    load(a, BPF_B, ATYP);
    looks_on_if(a, is_v6 ? S5A_ATYP_IPV6 : S5A_ATYP_IPV4);
    if (peer->address.type != S5A_ATYP_NAME)
        must_hold(a, ADDRESS, peer->address.ip, len);
    load(a, BPF_H, ADDRESS + (int)len);
    must_equal(a, peer->port);
}

/* The source is right: what follows decides for good, whatever later checks would say. */
static void decide_wrapped(struct assembly *a, const struct s5a_target *peer)
{
    struct assembly source = *a;
    a->next_count = 0;
    must_be_wrapped(a, peer);
    end_check(a);
    emit(a, BPF_RET | BPF_K, DROP);
    patch(a, source.to_next, &source.next_count);
}

static void check_local(struct assembly *a, const struct s5a_filter_sources *sources)
{
    for (int version = 4; version <= 6; version += 2) {
        if (sources->peer == NULL) {
            must_come_from_here(a, version);
            end_check(a);
        } else if (sources->resolver != NULL) {
            must_come_from_here(a, version);
            must_come_from_port(a, ntohs(sources->resolver->v4.sin_port));
            must_be_wrapped(a, sources->peer);
            end_check(a);
        }
    }
}

/* ---- the list of relays, behind the last instruction that is ever reached: all processes that have the
 * socket have it there, whoever has made the association ---- */

static void append_list(struct assembly *a, const struct s5a_filter_sources *sources)
{
    for (size_t i = sources->relay_count; i > 0; i--) {
        uint32_t words[LIST_WORDS] = { 0 };
        memcpy(words, &sources->relays[i - 1], sizeof sources->relays[i - 1]);
        for (size_t word = 0; word < LIST_WORDS; word++)
            emit(a, BPF_LD | BPF_IMM, words[word]);
    }
    emit(a, BPF_RET | BPF_K, LIST_MARK + (uint32_t)sources->relay_count);
}

static void read_listed(const struct sock_filter *at, union s5a_inet *out)
{
    uint32_t words[LIST_WORDS] = { 0 };
    for (size_t word = 0; word < LIST_WORDS; word++)
        words[word] = at[word].k;
    memcpy(out, words, sizeof *out);
}

size_t s5a_filter_compile(const struct s5a_filter_sources *sources,
                          struct sock_filter out[static S5A_FILTER_MAX])
{
    struct assembly a = { .out = out };
    load(&a, BPF_B, SKF_NET_OFF);
    emit(&a, BPF_ALU | BPF_RSH | BPF_K, 4);
    emit(&a, BPF_ST, IP_VERSION);
    for (size_t i = 0; i < sources->relay_count; i++) {
        must_come_from(&a, &sources->relays[i]);
        decide_wrapped(&a, sources->peer);
    }
    check_local(&a, sources);
    for (size_t i = 0; i < sources->direct_count && sources->peer == NULL; i++) {
        must_come_from(&a, &sources->direct[i]);
        end_check(&a);
    }
    emit(&a, BPF_RET | BPF_K, DROP);
    append_list(&a, sources);
    return a.len;
}

size_t s5a_filter_relays(int fd, union s5a_inet out[static S5A_FILTER_RELAYS], bool *is_ours)
{
    struct sock_filter code[S5A_FILTER_MAX];
    socklen_t len = S5A_FILTER_MAX; /* instructions */
    int saved = errno;
    bool is_read = S5A_REAL(getsockopt)(fd, SOL_SOCKET, SO_GET_FILTER, code, &len) == 0 && len > 0;
    errno = saved;
    size_t count = is_read ? code[len - 1].k - LIST_MARK : SIZE_MAX;
    bool is_list = count <= S5A_FILTER_RELAYS && len > count * LIST_WORDS;
    if (is_ours != NULL)
        *is_ours = is_list;
    for (size_t i = 0; is_list && i < count; i++)
        read_listed(&code[len - 1 - (i + 1) * LIST_WORDS], &out[i]);
    return is_list ? count : 0;
}

int s5a_filter_attach(int fd, const struct s5a_filter_sources *sources)
{
    struct sock_filter code[S5A_FILTER_MAX];
    struct sock_fprog program = { .filter = code };
    program.len = (unsigned short)s5a_filter_compile(sources, code);
    if (S5A_REAL(setsockopt)(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program) != 0)
        return -errno;
    return 0;
}

void s5a_filter_detach(int fd)
{
    int nothing = 0;
    (void)S5A_REAL(setsockopt)(fd, SOL_SOCKET, SO_DETACH_FILTER, &nothing, sizeof nothing);
}
