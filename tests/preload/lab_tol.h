/* Method 81 of the laboratory's proxy: what is inside its records is talked by the script, which
 * knows nothing of them. */
#pragma once

#include "tests/preload/lab_proxy.h"

/* The public key that clients know the proxy by, in Base64. Static storage. */
const char *lab_tol_server_key(void);
/* As lab_proxy_talk(), over sealed records. Anonymous log-ins. Where a client sends what it must not
 * send, lab_tol_faults() grows. */
void lab_tol_talk(struct lab_connection *c);
int lab_tol_faults(void);
