/* SPDX-License-Identifier: MIT
 * manifest.c - manifest.json beside a model: what its publisher says the files are. The
 * bytes that were read are compared, so that a half-copied version never loads. */
#include <string.h>
#include <strings.h>

#include "engine/base/error.h"
#include "registry/file.h"
#include "registry/formats/doc.h"

static const char manifest_name[] = "manifest.json";

/* A path with a folder in it can never be found: such files are not read. */
static roost_status check_entry(const struct reg_doc *doc,
                                const struct reg_doc_node *entry,
                                const struct reg_files *files, uint32_t at,
                                struct roost_error *err)
{
    char name[256];
    const struct reg_doc_node *path = reg_doc_get(doc, entry, "path");
    const struct reg_doc_node *bytes = reg_doc_get(doc, entry, "bytes");
    const struct reg_doc_node *sum = reg_doc_get(doc, entry, "sha256");
    if (!path || path->kind != REG_DOC_TEXT || !path->size || path->size >= sizeof name ||
        !sum || sum->kind != REG_DOC_TEXT || sum->size != 64 ||
        (bytes && reg_doc_count(bytes, INT64_MAX) < 0))
        return eng_fail(err, ROOST_FORMAT, manifest_name, at,
                        "files[%u] needs a path, a sha256 of 64 digits and, if given, "
                        "bytes as a whole number",
                        (unsigned)at);
    memcpy(name, path->as.text, path->size);
    name[path->size] = '\0';
    if (!strcmp(name, "rows.jsonl")) /* never read, so never checked */
        return ROOST_OK;
    const struct reg_file *file = reg_files_find(files, name);
    if (!file)
        return eng_fail(err, ROOST_VERIFY, name, 0,
                        "manifest.json lists it, but it is not there");
    if (bytes && reg_doc_count(bytes, INT64_MAX) != (int64_t)file->size)
        return eng_fail(err, ROOST_VERIFY, name, 0,
                        "it has %zu bytes, manifest.json says %lld", file->size,
                        (long long)reg_doc_count(bytes, INT64_MAX));
    if (strncasecmp(sum->as.text, file->sha256, 64) != 0)
        return eng_fail(err, ROOST_VERIFY, name, 0,
                        "its sha256 is %s, which is not what manifest.json says",
                        file->sha256);
    return ROOST_OK;
}

roost_status reg_files_verify(const struct reg_files *files, struct roost_error *err)
{
    const struct reg_file *manifest = reg_files_find(files, manifest_name);
    if (!manifest)
        return ROOST_OK;
    struct reg_doc doc;
    reg_doc_init(&doc);
    roost_status status = reg_doc_json(&doc, manifest->data, manifest->size, err);
    const struct reg_doc_node *list = reg_doc_get(&doc, reg_doc_root(&doc), "files");
    int is_list = list && (list->kind == REG_DOC_LIST ||
                           (list->kind == REG_DOC_NUMBERS && !list->count));
    if (!status && !is_list)
        status =
            eng_fail(err, ROOST_FORMAT, NULL, 0, "manifest.json has no list \"files\"");
    uint32_t i = 0;
    for (const struct reg_doc_node *at = reg_doc_child(&doc, list); at && !status;
         at = reg_doc_next(&doc, at), i++)
        status = check_entry(&doc, at, files, i, err);
    reg_doc_clear(&doc);
    if (status && err && !err->where[0])
        (void)strncat(err->where, manifest_name, sizeof err->where - 1);
    return status;
}
