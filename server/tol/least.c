/* How much obfuscation is wanted at least. */
#include "server/tol/least.h"

#include <string.h>

#include "protocol/eaf/capabilities.h"
#include "protocol/greeting.h"
#include "server/value.h"

static const char *const names[] = { "off", "bare", "padding", "jitter", "masking", "full" };

enum { NAMES = sizeof names / sizeof names[0] };

bool s5ad_tol_level_parse(uint8_t *out, const char *value, struct s5ad_problem *problem)
{
    for (uint8_t i = 0; i < NAMES; i++)
        if (strcmp(value, names[i]) == 0) {
            *out = i;
            return true;
        }
    return s5ad_value_wrong(problem, value, "off, bare, padding, jitter, masking or full");
}

const char *s5ad_tol_type_name(uint8_t type)
{
    uint8_t level = (uint8_t)(type + S5AD_TOL_BARE);
    return level < NAMES ? names[level] : "unknown";
}

bool s5ad_tol_mode_parse(bool *sealed, const char *value, struct s5ad_problem *problem)
{
    *sealed = strcmp(value, "plain") != 0;
    return !*sealed || strcmp(value, "sealed") == 0 ||
           s5ad_value_wrong(problem, value, "sealed or plain");
}

/* A client without bit 6 sends TYPE 00 whatever it is asked for. */
const char *s5ad_tol_objection(const struct s5ad_tol_least *least, uint8_t method,
                               uint32_t capabilities)
{
    if (method != S5A_METHOD_TOL)
        return least->level > S5AD_TOL_OFF ? "session without TOL" : NULL;
    if (least->sealed && !(capabilities & S5A_CAPABILITY(S5A_CAP_SEALED_TOL)))
        return "TOL in plain mode";
    if (least->level > S5AD_TOL_BARE && !(capabilities & S5A_CAPABILITY(S5A_CAP_TOL)))
        return "TOL without types of records";
    return NULL;
}

uint8_t s5ad_tol_type(uint8_t level, uint8_t other)
{
    uint8_t higher = level > other ? level : other;
    return higher > S5AD_TOL_BARE ? (uint8_t)(higher - S5AD_TOL_BARE) : 0;
}
