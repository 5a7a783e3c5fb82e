/* Reply codes (profile, section 8; RFC 1928, section 6): one list gives number, name, the errno
 * that `connect()` ends with, and the text of a log line. */
#pragma once

#include <stdint.h>

/* clang-format off */
/*      name                     REP   errno           text */
#define S5A_REPS(X)                                                                              \
    X(SUCCEEDED,                0x00, 0,              "succeeded")                                \
    X(FAILURE,                  0x01, ECONNABORTED,   "general failure of the proxy")             \
    X(NOT_ALLOWED,              0x02, EACCES,         "not allowed by the proxy's rules")         \
    X(NET_UNREACHABLE,          0x03, ENETUNREACH,    "network unreachable")                      \
    X(HOST_UNREACHABLE,         0x04, EHOSTUNREACH,   "host unreachable or name unknown")         \
    X(CONN_REFUSED,             0x05, ECONNREFUSED,   "connection refused")                       \
    X(TTL_EXPIRED,              0x06, ETIMEDOUT,      "timed out")                                \
    X(CMD_UNSUPPORTED,          0x07, EOPNOTSUPP,     "command not supported")                    \
    X(ADDR_UNSUPPORTED,         0x08, EAFNOSUPPORT,   "address type not supported")               \
    X(AUTH_EXPIRED,             0x09, EACCES,         "authentication expired")                   \
    X(RATE_LIMITED,             0x0a, ETIMEDOUT,      "rate limit exceeded")                      \
    X(PROTOCOL_VIOLATION,       0x0b, ECONNABORTED,   "protocol violation")                       \
    X(TEMPORARY,                0x0c, ECONNRESET,     "temporary error of the proxy")             \
    X(CLIENT_CONFIG,            0x0d, EACCES,         "client configuration error")               \
    X(NETWORK_CONFIG,           0x0e, ENETUNREACH,    "network configuration error")              \
    X(PERMISSION_DENIED,        0x0f, EACCES,         "permission denied")                        \
    X(EXHAUSTED,                0x10, ECONNREFUSED,   "resources of the proxy exhausted")
/* clang-format on */

enum s5a_rep {
#define X(name, code, err, text) S5A_REP_##name = (code),
    S5A_REPS(X)
#undef X
};

/* CODE of error details: what a REP of 09 and above is about. */
/* clang-format off */
#define S5A_CODES(X)                                                                             \
    X(PER_TIME,                 0x0001, "too many in a while")                                    \
    X(AT_ONCE,                  0x0002, "too many at once")                                       \
    X(RETRY_AFTER,              0x0003, "try again later")                                        \
    X(POLICY,                   0x0004, "against the proxy's policy")                             \
    X(METHOD,                   0x0005, "log-in method")                                          \
    X(UNKNOWN_OBJECT,           0x0007, "unknown pool, ticket or option")                         \
    X(MALFORMED,                0x0008, "malformed")
/* clang-format on */

enum s5a_code {
#define X(name, code, text) S5A_CODE_##name = (code),
    S5A_CODES(X)
#undef X
};

/* The text of the list; "unknown code" for another number. Static storage. */
const char *s5a_code_text(uint16_t code);
/* The text of the list; "unknown reply" for another number. Static storage. */
const char *s5a_rep_text(uint8_t rep);
/* The errno of the list; ECONNABORTED for another number. */
int s5a_rep_errno(uint8_t rep);
