/* What socks5a-keygen can be told to do. Each prints what goes where: lines to be copied as they
 * are, under comments that say into which file. */
#pragma once

#include <stdbool.h>

struct s5ad_keygen_options {
    const char *argument; /* FILE or NAME; NULL: none */
    const char *issuer;
    const char *password_file; /* NULL: ask */
    bool no_qr;
};

/* False, and a line on stderr, where it did not work. */
typedef bool s5ad_keygen_command_fn(const struct s5ad_keygen_options *options);

/* keys.c */
s5ad_keygen_command_fn s5ad_keygen_client, s5ad_keygen_server, s5ad_keygen_network,
    s5ad_keygen_ticket, s5ad_keygen_fingerprint;
/* secrets.c */
s5ad_keygen_command_fn s5ad_keygen_totp, s5ad_keygen_token, s5ad_keygen_password;
