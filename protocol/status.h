/* What can go wrong, as one list: the enum, the text for a log line and the errno that a
 * `connect()` ends with (profile, section 8). Protocol and client functions return it;
 * system-call layers return -errno instead. */
#pragma once

/* clang-format off */
/*      name                 errno           text */
#define S5A_STATUSES(X)                                                                          \
    X(OK,                   0,              "success")                                            \
    X(INCOMPLETE,           EAGAIN,         "more bytes are needed")                              \
    X(MALFORMED,            ECONNABORTED,   "malformed message")                                  \
    X(UNSUPPORTED_COMMAND,  EOPNOTSUPP,     "command not supported")                              \
    X(UNSUPPORTED_ADDRESS,  EAFNOSUPPORT,   "address type not supported")                         \
    X(TOO_LONG,             ENAMETOOLONG,   "does not fit")                                       \
    X(NO_METHOD,            EACCES,         "the proxy accepts none of the methods offered")      \
    X(LOGIN_REFUSED,        EACCES,         "the proxy refused user name or password")            \
    X(NO_CREDENTIALS,       EACCES,         "the proxy wants a password and none is configured")  \
    X(PROXY_CLOSED,         ECONNRESET,     "the proxy closed the connection")                    \
    X(TIMED_OUT,            ETIMEDOUT,      "no answer within the deadline")                      \
    X(REFUSED,              ECONNREFUSED,   "the proxy refused the request")                      \
    X(BAD_CONFIG,           EACCES,         "the configuration has an error")                     \
    X(BAD_VERSION,          ECONNABORTED,   "the proxy does not speak this version of EAF")       \
    X(FORGED,               ECONNABORTED,   "a message is not from the proxy whose key is known") \
    X(UNSUPPORTED_METHOD,   EACCES,         "unknown way to log in")                              \
    X(BAD_CHALLENGE,        EACCES,         "the proxy's password challenge is out of bounds")    \
    X(BAD_PROOF,            ECONNABORTED,   "the proxy cannot prove that it knows the password")  \
    X(WEAK_TOL,             EACCES,         "the proxy grants less of TOL than is required")        \
    X(NOT_OFFERED,          ECONNABORTED,   "the proxy chose a method that was not offered")       \
    X(LOGIN_DENIED,         EACCES,         "the proxy refused the log-in")                        \
    X(LOGIN_NEEDED,         EACCES,         "no ticket: log in with socks5a-run --login")          \
    X(UNKNOWN_KEY,          EACCES,         "the proxy's key is not known")                        \
    X(WRONG_KEY,            EACCES,         "the proxy closed on the log-in: its key or the network key is another") \
    X(KEY_FETCHED,          EACCES,         "the proxy's key was fetched")                         \
    X(NEW_KEY,              EACCES,         "the proxy's key was accepted in this run; secrets go to it in the next") \
    X(BAD_RECORD,           ECONNABORTED,   "a record is not what the proxy has sent")             \
    X(NO_MEMORY,            ENOMEM,         "out of memory")
/* clang-format on */

enum s5a_status {
#define X(name, err, text) S5A_##name,
    S5A_STATUSES(X)
#undef X
};

/* The text of the list; "unknown status" for a value that is not in it. Static storage. */
const char *s5a_status_text(enum s5a_status status);
/* The errno of the list; EPROTO for a value that is not in it. For REFUSED ask s5a_rep_errno. */
int s5a_status_errno(enum s5a_status status);
