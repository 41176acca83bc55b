/* SPDX-License-Identifier: MIT
 * A member of a document by its path, so that a test reads as what it says. */
#include "tests/unit/gateway/support/json.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

json_t *document_of(struct eng_buf *out)
{
    json_error_t error;
    assert_false(out->failed);
    json_t *document = json_loadb(out->at, out->size, JSON_REJECT_DUPLICATES, &error);
    if (document == NULL)
        fail_msg("%s: %s", error.text, out->at);
    eng_buf_clear(out);
    return document;
}

json_t *at(json_t *document, const char *path)
{
    for (const char *from = path; document != NULL && *from != '\0';) {
        size_t size = strcspn(from, "/");
        char key[128];
        assert_true(size < sizeof key);
        memcpy(key, from, size);
        key[size] = '\0';
        document = json_is_array(document)
                       ? json_array_get(document, strtoul(key, NULL, 10))
                       : json_object_get(document, key);
        from += size + (from[size] == '/');
    }
    if (document == NULL)
        fail_msg("nothing at %s", path);
    return document;
}

const char *text_at(json_t *document, const char *path)
{
    const char *text = json_string_value(at(document, path));
    if (text == NULL)
        fail_msg("no string at %s", path);
    return text;
}

json_int_t int_at(json_t *document, const char *path)
{
    json_t *value = at(document, path);
    if (!json_is_integer(value))
        fail_msg("no integer at %s", path);
    return json_integer_value(value);
}
