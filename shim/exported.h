/* The mark of a function that replaces libc's. Such a function decides and calls, in ten lines. */
#pragma once

#define S5A_EXPORTED __attribute__((visibility("default")))
