/* The records of a session that is not relayed yet: what has come off the wire and is not opened, and
 * the state of both directions (profile, section 4.4). */
#pragma once

#include "protocol/attributes.h"
#include "protocol/buffer.h"
#include "protocol/tol/link.h"

/* Requests and answers of the largest size, with what shapes them. */
enum { S5AD_RECORDS_OUT_CAP = 48 * 1024 };

/* About 64 KiB, most of it never touched. Secret. */
struct s5ad_records {
    struct s5a_tol_link link;
    struct s5a_buffer raw;
    bool ended; /* the client's end record came */
    uint8_t storage[S5A_TOL_RECORD_MAX];
    uint8_t out[S5AD_RECORDS_OUT_CAP];
};

/* Under the hello keys; draws its seed. `network` may be NULL; `greeting`: all its bytes. NULL when out
 * of memory. */
S5A_MUST_USE struct s5ad_records *s5ad_records_new(const struct s5a_key *network,
                                                   struct s5a_span greeting);
/* Wipes; NULL is fine. */
void s5ad_records_free(struct s5ad_records *records);

enum s5ad_records_result {
    S5AD_RECORDS_PAYLOAD, /* one record was opened, perhaps a dummy */
    S5AD_RECORDS_MORE,    /* bytes are missing */
    S5AD_RECORDS_BAD,     /* close without a byte */
};

/* Opens the next record, and appends its payload to `to`. */
S5A_MUST_USE enum s5ad_records_result s5ad_records_open(struct s5ad_records *records,
                                                        struct s5a_buffer *to);
/* Appends `bytes` in records; false, nothing appended, where they do not fit. */
S5A_MUST_USE bool s5ad_records_send(struct s5ad_records *records, struct s5a_buffer *to,
                                    struct s5a_span bytes);
/* Bytes that s5ad_records_send surely takes now. */
size_t s5ad_records_room(const struct s5ad_records *records, const struct s5a_buffer *to);
/* Appends the end record, where there is one (profile, section 4.1). */
void s5ad_records_end(struct s5ad_records *records, struct s5a_buffer *to);
