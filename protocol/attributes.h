/* Compiler attributes that the headers use as part of their contracts. */
#pragma once

/* The result says whether it worked; dropping it is a bug. */
#define S5A_MUST_USE __attribute__((warn_unused_result))
/* printf-like: argument `fmt` is the format, `args` the first of its arguments. */
#define S5A_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
