/* A client of EAF for the tests of socks5ad: logs in once, asks for a target, says what came of it.
 *
 *     eaf_client PORT NAME=VALUE...   method=80|82 server_key=BASE64 (none: a key fetch) network=FILE
 *         user= password= token= key=FILE totp=BASE32 code=  ticket=HEX resumption=HEX
 *         methods=publickey,password,totp,multi,token   factors=…   target=PORT (none: no request)
 *         lifetime=S idle=S flags=HEX (the client's wishes)   wait=MS (before the request)
 *         capabilities=HEX   bridge=FD: once accepted, a stream socket that is the session from then on
 *         pass=FD: the same, and the session's own socket is sent there (80 and 82, which go on in clear)
 *
 * One line: "accepted rep=00 echo=yes ticket=HEX resumption=HEX lifetime=N", "refused rep=0f",
 * "fetched BASE64", "failed WHY". */
#include <arpa/inet.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "protocol/crypto/base32.h"
#include "protocol/crypto/keytext.h"
#include "protocol/eaf/client.h"
#include "tests/system/eaf_client.h"

static int argument_count;
static char **arguments;

/* NULL where it was not given. */
static const char *option(const char *name)
{
    size_t len = strlen(name);
    for (int i = 0; i < argument_count; i++)
        if (strncmp(arguments[i], name, len) == 0 && arguments[i][len] == '=')
            return arguments[i] + len + 1;
    return NULL;
}

static const char *text_of(const char *name, const char *otherwise)
{
    return option(name) ? option(name) : otherwise;
}

static void die(const char *why)
{
    printf("failed %s\n", why);
    exit(0);
}

static struct s5a_span text(const char *option_value)
{
    const char *value = option_value ? option_value : "";
    return (struct s5a_span){ (const uint8_t *)value, strlen(value) };
}

static unsigned methods_of(const char *list)
{
    static const char *const names[] = { "anonymous", "publickey", "password",
                                         "totp",      "multi",     "token" };
    unsigned set = 0;
    for (unsigned i = 0; list && i < sizeof names / sizeof names[0]; i++)
        if (strstr(list, names[i]))
            set |= S5A_MID_BIT(i);
    return set;
}

static bool read_key(struct s5a_key *key, enum s5a_keytext_kind kind, const char *path)
{
    static uint8_t bytes[4096];
    FILE *file = path ? fopen(path, "r") : NULL;
    if (!file)
        return false;
    size_t len = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    if (s5a_keytext_parse(key, 1, kind, (struct s5a_span){ bytes, len }) != 1)
        die("key file");
    return true;
}

static int dial(const char *port)
{
    struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port)) };
    struct timeval limit = { 20, 0 };
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    inet_pton(AF_INET, "127.0.0.1", &to.sin_addr);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    if (connect(fd, (struct sockaddr *)&to, sizeof to) < 0)
        die("connect");
    return fd;
}

/* ---- the exchange ---- */

static struct s5a_eaf_client client;
static struct s5a_eaf_client_setup setup;
static uint8_t out[65536], in[65536];
static struct s5a_writer w;

static void derive(void)
{
    struct s5a_key salted;
    struct s5a_span password = text(option("password"));
    const struct s5a_challenge *c = &client.challenge;
    if (crypto_pwhash(salted.bytes, sizeof salted.bytes, (const char *)password.at, password.len,
                      c->salt, c->ops, (size_t)c->mem_kib * 1024,
                      crypto_pwhash_ALG_ARGON2ID13) != 0)
        die("memory");
    s5a_eaf_client_salted(&client, &salted, &w);
}

static void give_code(void)
{
    uint8_t secret[64];
    char code[S5A_TOTP_DIGITS_MAX];
    struct s5a_writer bytes;
    s5a_writer_init(&bytes, secret, sizeof secret);
    if (option("code")) {
        s5a_eaf_client_code(&client, text(option("code")), &w);
        return;
    }
    if (!s5a_base32_parse(&bytes, text(option("totp"))))
        die("totp");
    struct s5a_totp totp = { { secret, s5a_writer_len(&bytes) }, 6, S5A_TOTP_STEP, 0 };
    s5a_totp_code(code, &totp, s5a_totp_counter(&totp, (uint64_t)time(NULL)));
    s5a_eaf_client_code(&client, (struct s5a_span){ (uint8_t *)code, 6 }, &w);
}

static void flush(int fd)
{
    size_t len = s5a_writer_len(&w);
    if (w.bad || (len > 0 && send(fd, out, len, MSG_NOSIGNAL) != (ssize_t)len))
        die("send");
    s5a_writer_init(&w, out, sizeof out);
}

static void exchange(int fd)
{
    size_t have = 0;
    bool selected = false;
    while (client.want < S5A_EAF_ACCEPTED) {
        struct s5a_reader r;
        if (client.want == S5A_EAF_WANT_SALTED)
            derive();
        if (client.want == S5A_EAF_WANT_CODE)
            give_code();
        flush(fd);
        ssize_t n = recv(fd, in + have, sizeof in - have, 0);
        if (n <= 0)
            die(selected ? "closed" : "closed before the selection");
        have += (size_t)n;
        if (!selected && have < 2)
            continue;
        if (!selected && in[1] != setup.method)
            die("method refused");
        s5a_reader_init(&r, in + (selected ? 0 : 2), have - (selected ? 0 : 2));
        selected = true;
        s5a_eaf_client_feed(&client, &r, &w);
        have = s5a_reader_left(&r);
        memmove(in, r.at, have);
    }
}

static void start(uint8_t greeting[static 3])
{
    struct s5a_key ephemeral;
    randombytes_buf(&ephemeral, sizeof ephemeral);
    s5a_writer_init(&w, out, sizeof out);
    s5a_write_bytes(&w, greeting, 3);
    s5a_eaf_client_init(&client, &setup, &ephemeral);
    s5a_eaf_client_start(&client, &w);
}

/* ---- set-up and result ---- */

static void prepare(const uint8_t greeting[static 3])
{
    static struct s5a_key network, seed, resumption;
    static uint8_t server[S5A_X25519_LEN], ticket[S5A_TICKET_MAX];
    static struct s5a_ed25519 key;
    static struct s5a_session_params wishes;
    size_t len = 0;
    setup = (struct s5a_eaf_client_setup){
        .method = greeting[2],
        .greeting = { greeting, 3 },
        .capabilities =
            option("capabilities") ? (uint32_t)strtoul(option("capabilities"), NULL, 16) : 0x083f,
        .credentials = { .methods = methods_of(option("methods")),
                         .factors = methods_of(option("factors")),
                         .key = &key,
                         .user = text(option("user")),
                         .token = text(option("token")) },
        .limits = { 8, 262144 },
        .pad = 128,
    };
    if (option("server_key") && s5a_base64_parse(server, sizeof server, text(option("server_key"))))
        setup.server_key = server;
    if (read_key(&network, S5A_KEYTEXT_NETWORK, option("network")))
        setup.network_key = &network;
    if (read_key(&seed, S5A_KEYTEXT_PRIVATE, option("key")))
        s5a_ed25519_from_seed(&key, seed.bytes);
    wishes.lifetime = (uint32_t)strtoul(text_of("lifetime", "0"), NULL, 10);
    wishes.idle = (uint32_t)strtoul(text_of("idle", "0"), NULL, 10);
    wishes.flags = (uint32_t)strtoul(text_of("flags", "e"), NULL, 16);
    if (option("lifetime") || option("idle") || option("flags"))
        setup.wishes = &wishes;
    if (!option("ticket"))
        return;
    sodium_hex2bin(ticket, sizeof ticket, option("ticket"), strlen(option("ticket")), NULL, &len,
                   NULL);
    sodium_hex2bin(resumption.bytes, sizeof resumption.bytes, option("resumption"), 64, NULL, NULL,
                   NULL);
    setup.ticket = (struct s5a_span){ ticket, len };
    setup.resumption = &resumption;
}

/* REP of the reply, and whether the target says what it hears. */
static void request(int fd, const char *port)
{
    uint8_t reply[10], echo[5] = "";
    if (option("wait"))
        usleep((useconds_t)atoi(option("wait")) * 1000);
    s5a_eaf_client_confirm(&client, &w);
    s5a_write_bytes(&w, "\x05\x01\x00\x01\x7f\x00\x00\x01", 8);
    s5a_write_u16(&w, (uint16_t)atoi(port));
    s5a_write_bytes(&w, "hello", 5);
    flush(fd);
    if (recv(fd, reply, sizeof reply, MSG_WAITALL) != sizeof reply)
        die("no reply");
    bool echoed = recv(fd, echo, sizeof echo, MSG_WAITALL) == sizeof echo &&
                  memcmp(echo, "hello", sizeof echo) == 0;
    printf(" reply=%02x echo=%s", reply[1], echoed ? "yes" : "no");
}

static void print_ticket(void)
{
    static char hex[2 * S5A_TICKET_MAX + 1];
    const struct s5a_session_params *params = &client.params;
    if (params->ticket.len == 0)
        return;
    sodium_bin2hex(hex, sizeof hex, params->ticket.at, params->ticket.len);
    printf(" ticket=%s", hex);
    sodium_bin2hex(hex, sizeof hex, client.resumption.bytes, sizeof client.resumption.bytes);
    printf(" resumption=%s lifetime=%u", hex, (unsigned)params->ticket_lifetime);
}

static void report(int fd)
{
    char key[S5A_KEYTEXT_BASE64_CAP];
    switch (client.want) {
    case S5A_EAF_ACCEPTED:
        printf("accepted%s", client.ticket_refused ? " ticket_refused=yes" : "");
        print_ticket();
        printf(" flags=%x", (unsigned)client.params.flags);
        if (option("target"))
            request(fd, option("target"));
        break;
    case S5A_EAF_REFUSED:
        printf("refused rep=%02x", client.answer.rep);
        break;
    case S5A_EAF_FETCHED:
        s5a_base64_format(key, client.fetched);
        printf("fetched key=%s", key);
        break;
    default:
        printf("failed %s", s5a_status_text(client.status));
    }
    putchar('\n');
}

int main(int argc, char **argv)
{
    uint8_t greeting[3] = { 5, 1, 0x80 };
    if (argc < 2 || sodium_init() < 0)
        return 2;
    argument_count = argc - 2;
    arguments = argv + 2;
    if (option("method"))
        greeting[2] = (uint8_t)strtoul(option("method"), NULL, 16);
    prepare(greeting);
    int fd = dial(argv[1]);
    start(greeting);
    exchange(fd);
    report(fd);
    fflush(stdout);
    if (option("bridge") && client.want == S5A_EAF_ACCEPTED) {
        s5a_eaf_client_confirm(&client, &w);
        flush(fd);
        bridge(fd, atoi(option("bridge")));
    }
    if (option("pass") && client.want == S5A_EAF_ACCEPTED) {
        s5a_eaf_client_confirm(&client, &w);
        flush(fd);
        if (!pass(fd, atoi(option("pass"))))
            die("pass");
    }
    close(fd);
    return 0;
}
