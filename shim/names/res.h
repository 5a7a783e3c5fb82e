/* The resolver library's functions (resolver(3)), answered as queries to port 53 are (stub.h); the server
 * for types that are passed on is the first of the library's state. */
#pragma once

#include <resolv.h>

#include "shim/names/names.h"

/* A question as res_query and its kin are given it. */
struct s5a_res_question {
    const char *name;
    const char *domain; /* NULL: `name` is whole */
    int class;
    int type;
};

/* As res_query(3): the length of the answer, or -1 with h_errno — and `state`'s, where there is
 * one: HOST_NOT_FOUND, TRY_AGAIN, NO_DATA, and NO_RECOVERY for types that cannot be answered. The
 * name is taken as it is: no search list, no aliases. */
int s5a_names_res_query(const struct s5a_names *names, res_state state,
                        const struct s5a_res_question *question, unsigned char *answer, int cap);
/* As res_send(3): the length of the answer, whatever it says, or -1 with errno. */
int s5a_names_res_send(const struct s5a_names *names, const unsigned char *query, int len,
                       unsigned char *answer, int cap);
