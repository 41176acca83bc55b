/* SPDX-License-Identifier: MIT
 * fault.h - make the Nth allocation fail, once or for ever, and see what is lost by it.
 * Threads  Armed and disarmed by one thread; allocations of all threads are counted and
 *          may fail, but for those that spared themselves.
 * Memory   Live blocks of the whole process are counted (bytes under AddressSanitizer).
 * Errors   A failing allocation gives NULL and ENOMEM; oom_torture fails the test.
 *
 * Two builds, two reaches. With sanitizers the linker sends the allocations of our
 * objects through here (--wrap) and those of shared libraries are left alone, so that the
 * sanitizer sees every block. Without, malloc itself is replaced and the libraries'
 * allocations (libyaml, jansson, gnutls, libmicrohttpd, zlib, libc) fail as well. */
#ifndef ROOST_TESTS_OOM_FAULT_H
#define ROOST_TESTS_OOM_FAULT_H
#include "engine/roost.h"

enum oom_mode { OOM_ONCE, OOM_FOR_EVER };
enum { OOM_MODES = 2 };

/* From now on the nth allocation (counted from 1) fails, or it and all after it. 0: none
 * fails, they are only counted. */
void oom_arm(unsigned long nth, enum oom_mode mode);
/* No allocation fails any more. How many were asked for since oom_arm. */
unsigned long oom_disarm(void);
/* How many failed since oom_arm. */
unsigned long oom_failed(void);
/* Of the calling thread neither fails any nor is any counted: for a client, a watcher. */
void oom_spare_this_thread(void);
/* Blocks (or bytes) that are allocated now. */
long oom_live(void);

/* One attempt of what is under test. It gives back whatever it took, and checks itself
 * what must hold besides. Another status than OK says why in err. */
typedef roost_status oom_attempt(void *world, struct roost_error *err);

/* Which sites are tried: the first `dense`, then every k-th so that there are at most
 * `most` in all, and always the last. */
struct oom_sample {
    unsigned long dense;
    unsigned long most;
};
/* The site tried after `site` (0: the first one); 0: that was the last. */
unsigned long oom_next(const struct oom_sample *sample, unsigned long site,
                       unsigned long sites);

/* Fail every site of the attempt in turn, once and for ever: it must succeed all the same
 * or end with NOMEM and a text that names memory, and leave as many live blocks as
 * before. Without failures it must succeed. Prints what was tried. */
void oom_torture(const char *what, oom_attempt *attempt, void *world,
                 const struct oom_sample *sample);
/* The check of one outcome, for tests that arm by themselves. 1: refused, 0: went on. */
int oom_check_outcome(const char *what, enum oom_mode mode, unsigned long site,
                      roost_status status, const struct roost_error *err);

#endif
