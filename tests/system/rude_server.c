/* A server of method 80 that logs everybody in, or nobody, and has something to say about it:
 *
 *     rude_server login|request REP MESSAGE-HEX      the result, or the reply to any request
 *
 * Prints its port and its key, and serves one connection after the other. What it says of a request need
 * not be UTF-8. */
#include <arpa/inet.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "protocol/crypto/keytext.h"
#include "protocol/eaf/server.h"
#include "protocol/rep.h"

enum { MESSAGE_MAX = 600, GREETING_LEN = 3 };

static bool refuses_login;
static uint8_t rep;
static char message[MESSAGE_MAX + 1];
static size_t message_len;
static struct s5a_eaf_static key;

static void answer_login(struct s5a_eaf_server *eaf, struct s5a_writer *w)
{
    struct s5a_eaf_refusal refusal = { rep, S5A_CODE_POLICY, message, "told to" };
    if (refuses_login)
        s5a_eaf_server_refuse(eaf, &refusal, w);
    else
        s5a_eaf_server_accept(eaf, &(struct s5a_eaf_grant){ 0 }, w);
}

/* Details as they stand in the place of an address, whatever they are. */
static void answer_request(struct s5a_writer *w)
{
    s5a_write_bytes(w, (const uint8_t[]){ 5, rep, 0, 1 }, 4);
    s5a_write_u16(w, (uint16_t)(2 + message_len));
    s5a_write_u16(w, S5A_CODE_POLICY);
    s5a_write_bytes(w, message, message_len);
    s5a_write_u16(w, 0);
}

/* True where there is more to wait for. */
static bool serve(struct s5a_eaf_server *eaf, struct s5a_reader *r, struct s5a_writer *w)
{
    enum s5a_eaf_ask ask = s5a_eaf_server_feed(eaf, r, w);
    if (ask == S5A_EAF_ASK_LOGIN) {
        answer_login(eaf, w);
        ask = s5a_eaf_server_feed(eaf, r, w);
    }
    if (ask == S5A_EAF_ASK_DONE && s5a_reader_left(r) > 0)
        answer_request(w);
    return ask < S5A_EAF_ASK_DONE || (ask == S5A_EAF_ASK_DONE && s5a_reader_left(r) == 0);
}

static bool greet(int fd, struct s5a_eaf_server *eaf)
{
    static const struct s5a_eaf_server_setup setup = { .method = 0x80,
                                                       .statics = { &key },
                                                       .capabilities = 0x8e3f };
    uint8_t greeting[GREETING_LEN];
    struct s5a_key ephemeral;
    if (recv(fd, greeting, sizeof greeting, MSG_WAITALL) != GREETING_LEN)
        return false;
    randombytes_buf(ephemeral.bytes, sizeof ephemeral.bytes);
    s5a_eaf_server_init(eaf, &setup, (struct s5a_span){ greeting, GREETING_LEN }, &ephemeral);
    return send(fd, "\x05\x80", 2, MSG_NOSIGNAL) == 2;
}

static void converse(int fd)
{
    static struct s5a_eaf_server eaf;
    static uint8_t in[65536], out[65536];
    size_t have = 0;
    bool goes_on = greet(fd, &eaf);
    while (goes_on) {
        struct s5a_reader r;
        struct s5a_writer w;
        ssize_t n = recv(fd, in + have, sizeof in - have, 0);
        if (n <= 0)
            break;
        s5a_reader_init(&r, in, have + (size_t)n);
        s5a_writer_init(&w, out, sizeof out);
        goes_on = serve(&eaf, &r, &w);
        have = s5a_reader_left(&r);
        memmove(in, r.at, have);
        (void)!send(fd, out, s5a_writer_len(&w), MSG_NOSIGNAL);
    }
    shutdown(fd, SHUT_WR);
    while (recv(fd, in, sizeof in, 0) > 0)
        continue;
}

static int open_listener(void)
{
    struct sockaddr_in at = { .sin_family = AF_INET, .sin_addr = { htonl(INADDR_LOOPBACK) } };
    socklen_t size = sizeof at;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(fd, (struct sockaddr *)&at, size) < 0 || listen(fd, 16) < 0 ||
        getsockname(fd, (struct sockaddr *)&at, &size) < 0)
        exit(1);
    printf("%u ", ntohs(at.sin_port));
    return fd;
}

int main(int argc, char **argv)
{
    char text[sodium_base64_ENCODED_LEN(S5A_X25519_LEN, sodium_base64_VARIANT_ORIGINAL)];
    if (argc != 4 || sodium_init() < 0 ||
        sodium_hex2bin((uint8_t *)message, MESSAGE_MAX, argv[3], strlen(argv[3]), NULL,
                       &message_len, NULL) != 0)
        return 2;
    refuses_login = strcmp(argv[1], "login") == 0;
    rep = (uint8_t)strtoul(argv[2], NULL, 16);
    randombytes_buf(key.secret.bytes, sizeof key.secret.bytes);
    s5a_x25519_public(key.public, &key.secret);
    int listener = open_listener();
    puts(sodium_bin2base64(text, sizeof text, key.public, sizeof key.public,
                           sodium_base64_VARIANT_ORIGINAL));
    fflush(stdout);
    for (;;) {
        int fd = accept(listener, NULL, NULL);
        if (fd < 0)
            return 1;
        converse(fd);
        close(fd);
    }
}
