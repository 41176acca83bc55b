/* SPDX-License-Identifier: MIT
 * The allocators that can be told to fail. See fault.h for the two builds; the count of
 * sites and the decision to fail are one and the same in both. */
#include "tests/oom/support/fault.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

static atomic_int armed;
static atomic_int for_ever;
static atomic_ulong target;
static atomic_ulong asked;
static atomic_ulong failed;
static _Thread_local int spared;

void oom_arm(unsigned long nth, enum oom_mode mode)
{
    atomic_store(&asked, 0);
    atomic_store(&failed, 0);
    atomic_store(&target, nth);
    atomic_store(&for_ever, mode == OOM_FOR_EVER);
    atomic_store(&armed, 1);
}

unsigned long oom_disarm(void)
{
    atomic_store(&armed, 0);
    return atomic_load(&asked);
}

unsigned long oom_failed(void)
{
    return atomic_load(&failed);
}

void oom_spare_this_thread(void)
{
    spared = 1;
}

/* Every allocation passes here once. */
static int fails(void)
{
    if (spared || !atomic_load(&armed))
        return 0;
    unsigned long number = atomic_fetch_add(&asked, 1) + 1, nth = atomic_load(&target);
    if (nth == 0 || (atomic_load(&for_ever) ? number < nth : number != nth))
        return 0;
    atomic_fetch_add(&failed, 1);
    errno = ENOMEM;
    return 1;
}

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SANITIZED 1
#endif
#endif

#ifdef SANITIZED
/* Of the sanitizers' allocator_interface.h, which gcc's packages leave out. */
extern size_t __sanitizer_get_current_allocated_bytes(void);

long oom_live(void)
{
    return (long)__sanitizer_get_current_allocated_bytes();
}

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *at, size_t size);
void *__real_aligned_alloc(size_t align, size_t size);
int __real_posix_memalign(void **out, size_t align, size_t size);
char *__real_strdup(const char *text);
char *__real_strndup(const char *text, size_t size);
char *__real_realpath(const char *path, char *out);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *at, size_t size);
void *__wrap_aligned_alloc(size_t align, size_t size);
int __wrap_posix_memalign(void **out, size_t align, size_t size);
char *__wrap_strdup(const char *text);
char *__wrap_strndup(const char *text, size_t size);
char *__wrap_realpath(const char *path, char *out);

void *__wrap_malloc(size_t size)
{
    return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return fails() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *at, size_t size)
{
    return fails() ? NULL : __real_realloc(at, size);
}

void *__wrap_aligned_alloc(size_t align, size_t size)
{
    return fails() ? NULL : __real_aligned_alloc(align, size);
}

int __wrap_posix_memalign(void **out, size_t align, size_t size)
{
    return fails() ? ENOMEM : __real_posix_memalign(out, align, size);
}

char *__wrap_strdup(const char *text)
{
    return fails() ? NULL : __real_strdup(text);
}

char *__wrap_strndup(const char *text, size_t size)
{
    return fails() ? NULL : __real_strndup(text, size);
}

char *__wrap_realpath(const char *path, char *out)
{
    return out == NULL && fails() ? NULL : __real_realpath(path, out);
}

#else
/* The names under which glibc's own allocator stays reachable. */
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *at, size_t size);
extern void *__libc_memalign(size_t align, size_t size);
extern void __libc_free(void *at);
/* For the dynamic linker, so that the libraries' calls come here too. */
#define EXPORTED __attribute__((visibility("default")))
EXPORTED void *memalign(size_t align, size_t size); /* no header of C11 has it */

static atomic_long live;

long oom_live(void)
{
    return atomic_load(&live);
}

static void *counted(void *at)
{
    if (at != NULL)
        atomic_fetch_add(&live, 1);
    return at;
}

EXPORTED void *malloc(size_t size)
{
    return fails() ? NULL : counted(__libc_malloc(size));
}

EXPORTED void *calloc(size_t count, size_t size)
{
    return fails() ? NULL : counted(__libc_calloc(count, size));
}

EXPORTED void *realloc(void *at, size_t size)
{
    if (at == NULL)
        return malloc(size);
    if (size == 0) {
        free(at);
        return NULL;
    }
    return fails() ? NULL : __libc_realloc(at, size);
}

EXPORTED void *memalign(size_t align, size_t size)
{
    return fails() ? NULL : counted(__libc_memalign(align, size));
}

EXPORTED void *aligned_alloc(size_t align, size_t size)
{
    return memalign(align, size);
}

EXPORTED int posix_memalign(void **out, size_t align, size_t size)
{
    void *at = memalign(align, size);
    if (at == NULL)
        return ENOMEM;
    *out = at;
    return 0;
}

EXPORTED void free(void *at)
{
    if (at != NULL)
        atomic_fetch_sub(&live, 1);
    __libc_free(at);
}
#endif
