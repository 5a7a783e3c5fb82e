/* The log-in of a client that speaks method 81, up to the confirmation. */
#pragma once

#include "protocol/tol/link.h"

enum { LAB_TOL_CAP = 2 * S5A_TOL_RECORD_MAX };

/* One end of a session: its records, and bytes that have come. */
struct lab_tol_end {
    int fd;
    struct s5a_tol_link link;
    uint8_t bytes[LAB_TOL_CAP];
    size_t from, to;
};

/* Reads the next record; false at the end of the connection, where `*why` is NULL, and for a record
 * that is not one. */
bool lab_tol_next(struct lab_tol_end *end, struct s5a_tol_record *record, const char **why);
/* False where it did not go. */
bool lab_tol_send(struct lab_tol_end *end, const void *bytes, size_t len);
/* From the greeting on; then both directions are under the keys of the session, and what stood behind
 * the confirmation in its record is behind it still. False where the client is gone or wrong. */
bool lab_tol_login(struct lab_tol_end *end, const char **why);
