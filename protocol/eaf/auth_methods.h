/* The rows of the table of EAF methods; for auth*.c only. */
#pragma once

#include "protocol/eaf/auth.h"

struct s5a_auth_method {
    /* Behind the MID, to the end of the reader; appends to the factors. */
    enum s5a_status (*decode)(struct s5a_reader *r, struct s5a_auth *out);
    /* Behind the MID; `factor` is not used by MULTI. */
    void (*encode)(struct s5a_writer *w, const struct s5a_auth *auth,
                   const struct s5a_factor *factor);
    bool (*may_be_first)(const struct s5a_factor *factor);
    bool (*may_be_factor)(const struct s5a_factor *factor);
};

extern const struct s5a_auth_method s5a_auth_anonymous, s5a_auth_publickey, s5a_auth_response,
    s5a_auth_totp, s5a_auth_multi, s5a_auth_token;

/* NULL for an unknown MID. */
const struct s5a_auth_method *s5a_auth_method_find(uint8_t mid);

/* MID and credential, of one method but MULTI; `r` at the MID, read to its end. */
enum s5a_status s5a_factor_decode(struct s5a_reader *r, struct s5a_auth *out);
void s5a_factor_encode(struct s5a_writer *w, const struct s5a_factor *factor);

/* For rows: the next factor, its MID set. NULL where all places are taken. */
struct s5a_factor *s5a_auth_append(struct s5a_auth *auth, enum s5a_mid mid);
bool s5a_factor_always(const struct s5a_factor *factor);
bool s5a_factor_never(const struct s5a_factor *factor);
