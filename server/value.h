/* The values of settings, read from text. False, with what was found and what was expected in the
 * problem, where the text is none. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "server/inifile.h"
#include "server/log.h"

/* Decimal digits alone, up to `max`; no problem is told. */
S5A_MUST_USE bool s5ad_value_number(const char *text, unsigned long max, unsigned long *out);
/* Always false, so that it can be returned. */
bool s5ad_value_wrong(struct s5ad_problem *problem, const char *value, const char *what);
/* A copy, on the heap; frees what stood there. */
S5A_MUST_USE bool s5ad_value_text(char **to, const char *value, struct s5ad_problem *problem);
S5A_MUST_USE bool s5ad_value_switch(bool *to, const char *value, struct s5ad_problem *problem);
S5A_MUST_USE bool s5ad_value_count(unsigned *to, const char *value, struct s5ad_problem *problem);
S5A_MUST_USE bool s5ad_value_descriptor(int *to, const char *value, struct s5ad_problem *problem);
/* "10", "10s", "500ms"; in ms. */
S5A_MUST_USE bool s5ad_value_duration(uint64_t *to, const char *value,
                                      struct s5ad_problem *problem);
/* "LOW-HIGH" or one port; none is 0. */
S5A_MUST_USE bool s5ad_value_ports(uint16_t *low, uint16_t *high, const char *value,
                                   struct s5ad_problem *problem);
S5A_MUST_USE bool s5ad_value_level(enum s5ad_log_level *to, const char *value,
                                   struct s5ad_problem *problem);
/* "tol, eaf, chain, password, none": a set of enum s5ad_offer, never empty. */
S5A_MUST_USE bool s5ad_value_methods(unsigned *to, const char *value, struct s5ad_problem *problem);
