/* Texts and errno values of reply codes, texts of error codes. */
#include "protocol/rep.h"

#include <errno.h>

const char *s5a_rep_text(uint8_t rep)
{
    switch (rep) {
#define X(name, code, err, text) \
    case code:                   \
        return text;
        S5A_REPS(X)
#undef X
    }
    return "unknown reply";
}

int s5a_rep_errno(uint8_t rep)
{
    switch (rep) {
#define X(name, code, err, text) \
    case code:                   \
        return err;
        S5A_REPS(X)
#undef X
    }
    return ECONNABORTED;
}

const char *s5a_code_text(uint16_t code)
{
    switch (code) {
#define X(name, number, text) \
    case number:              \
        return text;
        S5A_CODES(X)
#undef X
    }
    return "unknown code";
}
