/* SPDX-License-Identifier: MIT
 * api.c - the parts of roost.h that belong to no model: version, statuses, feature ids.
 * Ids are made when schemas are built and when requests name sparse features, so that a
 * name of any length is hashed on the way from UTF-8 to UTF-16, without a copy. */
#include "engine/base/hash.h"
#include "engine/base/utf8.h"
#include "engine/roost.h"
#include <string.h>

const char *roost_version(void)
{
    return ROOST_VERSION;
}

const char *roost_status_name(roost_status status)
{
    switch (status) {
    case ROOST_OK:
        return "OK";
#define X(code, name, text)                                                              \
    case ROOST_##name:                                                                   \
        return #name;
        ROOST_STATUS_MAP(X)
#undef X
    }
    return "UNKNOWN";
}

const char *roost_status_text(roost_status status)
{
    switch (status) {
    case ROOST_OK:
        return "no error";
#define X(code, name, text)                                                              \
    case ROOST_##name:                                                                   \
        return text;
        ROOST_STATUS_MAP(X)
#undef X
    }
    return "unknown status";
}

/* Add the UTF-16LE form of `size` bytes of UTF-8; what is not UTF-8 counts as U+FFFD. */
static void add_utf16(struct eng_hash *hash, const char *text, size_t size)
{
    uint8_t unit[64];
    size_t used = 0;
    const char *end = text + size;
    while (text < end) {
        uint32_t code = eng_utf8_next(&text, end);
        uint32_t pair = code - 0x10000;
        uint32_t high = code < 0x10000 ? code : 0xd800 + (pair >> 10);
        unit[used++] = (uint8_t)high;
        unit[used++] = (uint8_t)(high >> 8);
        if (code >= 0x10000) {
            uint32_t low = 0xdc00 + (pair & 0x3ff);
            unit[used++] = (uint8_t)low;
            unit[used++] = (uint8_t)(low >> 8);
        }
        if (used > sizeof unit - 4) {
            eng_hash_add(hash, unit, used);
            used = 0;
        }
    }
    eng_hash_add(hash, unit, used);
}

uint64_t roost_feature_id(const char *name, size_t size)
{
    struct eng_hash hash;
    uint64_t out[2];
    eng_hash_start(&hash, 0);
    /* A '#' that comes first splits nothing; of several the first one splits. */
    const char *mark = size ? memchr(name, '#', size) : NULL;
    if (mark && mark != name) {
        struct eng_hash group;
        eng_hash_start(&group, 0);
        add_utf16(&group, name, (size_t)(mark - name));
        eng_hash_end(&group, out);
        eng_hash_add(&hash, &out[0], sizeof out[0]);
        size -= (size_t)(mark - name) + 1;
        name = mark + 1;
    }
    add_utf16(&hash, name, size);
    eng_hash_end(&hash, out);
    return out[0];
}
