/* Is a sanitizer in the program? None bears a thread that is cancelled (the address sanitizer takes its
 * stack for in use, the thread sanitizer loses sight of the locks that its clean-up takes), nor a
 * process that can have no more memory. */
#pragma once

#ifdef __has_feature
#define LAB_HAS(feature) __has_feature(feature)
#else
#define LAB_HAS(feature) 0
#endif

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || LAB_HAS(address_sanitizer) || \
    LAB_HAS(thread_sanitizer)
#define LAB_SANITIZED 1
#else
#define LAB_SANITIZED 0
#endif
