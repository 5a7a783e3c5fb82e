/* The names with underscores under which glibc before 2.34 offered the resolver's functions, and
 * which programs built with it still ask for; no header declares them any more. */
#pragma once

#include <resolv.h>

__typeof__(res_query) __res_query __THROW;
__typeof__(res_search) __res_search __THROW;
__typeof__(res_querydomain) __res_querydomain __THROW;
__typeof__(res_send) __res_send __THROW;
__typeof__(res_nquery) __res_nquery __THROW;
__typeof__(res_nsearch) __res_nsearch __THROW;
__typeof__(res_nquerydomain) __res_nquerydomain __THROW;
__typeof__(res_nsend) __res_nsend __THROW;
